#include "serve/public_key.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "serve/handlers.h"

enum { EVENTS_MAX = 100, ITEMS_MAX = 50 };

static const char *const asks[] = {"user",    "item",    "items",   "n",         "mode", "exclude", "attributes",
                                   "reasons", "context", "scenario", "diversity", "description", NULL};
static const char *const tells[] = {"user",  "item",    "kind",   "session", "position",
                                    "slate", "channel", "device", NULL};
static const char *const consents[] = {"user", "grant", "withdraw", "tcf", "policy", "proof", NULL};
static const char *const kinds[] = {"exposure", "click", "view", NULL};

bool public_key_used(const struct call *call)
{
    unsigned access = call->route != NULL ? call->route->access : 0;
    return (access & KEY_BROWSER) != 0 && (call->roles & access) == KEY_BROWSER;
}

static bool among(const char *word, const char *const *list)
{
    while (*list != NULL && !text_equal_nocase(*list, word))
        list++;
    return *list != NULL;
}

static bool refuse(struct call *call, const char *what)
{
    call_problem(call, 403, "forbidden", "a key for browsers may not %s", what);
    return false;
}

static bool only_fields(struct call *call, json_t *object, const char *const *fields)
{
    char what[120];
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value) {
        if (among(name, fields))
            continue;
        snprintf(what, sizeof what, "say '%.60s'", name);
        return refuse(call, what);
    }
    return true;
}

bool public_key_may_read(const struct call *call, const char *attribute)
{
    return text_is_among(attribute, settings_text(&call->view->settings, SETTING_ID_BROWSER_ATTRIBUTES), ' ', false);
}

static bool check_question(struct call *call)
{
    const json_t *attributes = json_object_get(call->json, "attributes");
    char what[160];
    if (!only_fields(call, call->json, asks))
        return false;
    if (call_int(call->json, "n", 1) > ITEMS_MAX)
        return refuse(call, "ask for more than 50 items");
    if (call_bool(call->json, "reasons", false))
        return refuse(call, "ask for reasons: they tell of a person's past");
    for (size_t i = 0; i < json_array_size(attributes); i++) {
        const char *name = json_string_value(json_array_get(attributes, i));
        if (public_key_may_read(call, name))
            continue;
        snprintf(what, sizeof what, "read the attribute '%.60s'; the setting serve.browser-attributes names those that"
                 " are for everybody", name);
        return refuse(call, what);
    }
    if (json_object_set_new(call->json, "reasons", json_false()) != 0)
        return refuse(call, "be answered: there is not enough memory");
    return true;
}

static bool check_event(struct call *call, json_t *event)
{
    const char *kind = call_text(event, "kind");
    if (!only_fields(call, event, tells))
        return false;
    return kind == NULL || among(kind, kinds) || refuse(call, "post other events than exposure, click and view");
}

static bool check_events(struct call *call)
{
    json_t *list = json_object_get(call->json, "events");
    if (list == NULL)
        return check_event(call, call->json);
    if (json_array_size(list) > EVENTS_MAX)
        return refuse(call, "post more than 100 events at once");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!check_event(call, json_array_get(list, i)))
            return false;
    return true;
}

bool public_key_check(struct call *call)
{
    if (call->route->handle == handle_consent) /* the visitor's own; what it asks is the same for everybody */
        return only_fields(call, call->json, consents);
    return call->route->body_form == BODY_ONE_OR_MANY ? check_events(call) : check_question(call);
}
