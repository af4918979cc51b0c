/* Items, users, their history, and the models. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "serve/handlers.h"
#include "serve/item_json.h"
#include "serve/item_text.h"
#include "serve/server.h"
#include "store/events.h"
#include "store/items.h"
#include "store/kinds.h"
#include "store/registry.h"
#include "store/users.h"

enum { ANSWER_MAX = 1 << 24, HISTORY_USUAL = 100 };

/* Attributes of a body. */

static enum attribute_type type_of(const json_t *v)
{
    return json_is_number(v)    ? ATTRIBUTE_NUMBER
           : json_is_boolean(v) ? ATTRIBUTE_BOOLEAN
           : json_is_array(v)   ? ATTRIBUTE_LIST
                                : ATTRIBUTE_TEXT;
}

static int put_attribute(struct store *store, enum attribute_entity entity, int64_t owner, const char *name,
                         const json_t *v, struct error *err)
{
    int64_t attribute;
    char *list = NULL;
    if (json_is_null(v))
        return attributes_unset(store, entity, owner, name, err);
    enum attribute_type type = type_of(v);
    struct attribute_value value = {.number = json_is_boolean(v) ? json_is_true(v) : json_number_value(v),
                                    .text = json_string_value(v), .n = json_string_length(v)};
    if (type == ATTRIBUTE_LIST) {
        value.text = list = json_dumps(v, JSON_COMPACT);
        if (list == NULL)
            return error_nomem(err, "attributes");
        value.n = strlen(list);
    }
    int rc = attributes_intern(store, entity, name, type, &attribute, err);
    if (rc == 0)
        rc = attributes_set(store, entity, owner, attribute, type, &value, err);
    free(list);
    return rc;
}

static int put_attributes(struct store *store, enum attribute_entity entity, int64_t owner, json_t *attributes,
                          struct error *err)
{
    const char *name;
    json_t *v;
    int rc = 0;
    json_object_foreach (attributes, name, v)
        if (rc == 0)
            rc = put_attribute(store, entity, owner, name, v, err);
    return rc;
}

static void answer_put(struct call *call, const char *noun, bool created)
{
    struct str body;
    str_init(&body, 4096);
    str_printf(&body, "{\"%s\":", noun);
    item_json_text(&body, call->param[0]);
    str_printf(&body, ",\"created\":%s}", created ? "true" : "false");
    call_answer_json(call, 200, &body);
    str_release(&body);
}

HANDLER(handle_put_item)
{
    (void)server;
    struct store *store = desk->store;
    const char *title = call_text(call->json, "title");
    int64_t item;
    bool created;
    if (!call_check_id(call, "item"))
        return 0;
    int rc = items_intern(store, call->param[0], strlen(call->param[0]), &item, &created, err);
    call->item = rc == 0 ? item : 0;
    if (rc == 0 && title != NULL)
        rc = items_set_title(store, item, title, strlen(title), err);
    if (rc == 0)
        rc = put_attributes(store, ATTRIBUTE_OF_ITEM, item, json_object_get(call->json, "attributes"), err);
    if (rc == 0)
        answer_put(call, "item", created);
    return rc;
}

void item_committed(struct server *server, struct call *call)
{
    item_changes_add(&server->item_changes, call->item);
}

HANDLER(handle_put_user)
{
    (void)server;
    int64_t user;
    bool created;
    if (!call_check_id(call, "user"))
        return 0;
    int rc = users_intern(desk->store, call->param[0], strlen(call->param[0]), &user, &created, err);
    if (rc == 0)
        rc = put_attributes(desk->store, ATTRIBUTE_OF_USER, user, json_object_get(call->json, "attributes"), err);
    if (rc == 0)
        answer_put(call, "user", created);
    return rc;
}

void user_committed(struct server *server, struct call *call)
{
    atomic_fetch_add(&server->user_generation[server_user_slot(call->param[0], strlen(call->param[0]))], 1);
}

static int put_item(struct str *out, struct store *store, int64_t item, const struct item_text_wish *text,
                    const struct variant *variant, struct error *err)
{
    struct str identifier, title;
    str_init(&identifier, 4096);
    str_init(&title, 8192);
    int rc = items_name(store, item, &identifier, &title, err);
    if (rc == 0) {
        str_puts(out, "{\"item\":");
        item_json_text(out, str_text(&identifier));
        str_puts(out, ",\"title\":");
        item_json_text(out, str_text(&title));
        str_puts(out, ",\"attributes\":{");
        rc = item_json_attributes(out, store, ATTRIBUTE_OF_ITEM, item, NULL, 0, err);
        str_putc(out, '}');
        item_text_put(out, text, str_text(&identifier));
        if (variant->entry != NULL) {
            str_putc(out, ',');
            experiment_put(out, variant);
        }
        str_putc(out, '}');
    }
    str_release(&identifier);
    str_release(&title);
    return rc;
}

HANDLER(handle_get_item)
{
    (void)server;
    struct str body;
    struct variant variant;
    struct item_text_wish text;
    int64_t item = 0;
    if (!call_check_id(call, "item"))
        return 0;
    int rc = items_lookup(desk->store, call->param[0], &item, err);
    if (rc == 0 && item == 0)
        call_problem(call, 404, "not_found", "there is no such item");
    if (rc != 0 || item == 0)
        return rc;
    rc = experiment_choose(&variant, desk, call, call->query, err);
    if (rc != 0)
        return rc;
    item_text_read(&text, call, call->query, call_text(call->query, "collection") != NULL, &variant);
    str_init(&body, ANSWER_MAX);
    rc = put_item(&body, desk->store, item, &text, &variant, err);
    if (rc == 0)
        call_answer_json(call, 200, &body);
    str_release(&body);
    return rc;
}

/* The name of a kind, from a list that is read once for an answer. */
static const char *kind_name(const struct kind *kinds, size_t n, int64_t kind)
{
    for (size_t i = 0; i < n; i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "";
}

static int put_event(struct str *out, struct store *store, const struct event_row *row, const char *kind,
                     struct error *err)
{
    struct str identifier;
    str_init(&identifier, 4096);
    int rc = items_name(store, row->item, &identifier, NULL, err);
    str_puts(out, "{\"item\":");
    item_json_text(out, str_text(&identifier));
    str_puts(out, ",\"kind\":");
    item_json_text(out, kind);
    str_puts(out, ",\"time\":");
    item_json_time(out, row->time);
    if (!isnan(row->quantity)) {
        str_puts(out, ",\"quantity\":");
        item_json_number(out, row->quantity);
    }
    if (!isnan(row->price)) {
        str_puts(out, ",\"price\":");
        item_json_number(out, row->price);
    }
    str_putc(out, '}');
    str_release(&identifier);
    return rc;
}

static int put_history(struct str *out, struct store *store, const struct call *call, int64_t user, struct error *err)
{
    struct event_row *rows = NULL;
    struct kind *kinds = NULL;
    size_t n = 0, n_kinds = 0;
    size_t limit = (size_t)call_int(call->query, "limit", HISTORY_USUAL);
    int rc = kinds_list(store, false, &kinds, &n_kinds, err);
    if (rc == 0)
        rc = events_history(store, user, INT64_MIN, INT64_MAX, limit, &rows, &n, err);
    str_puts(out, "{\"user\":");
    item_json_text(out, call->param[0]);
    str_puts(out, ",\"events\":[");
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (i > 0)
            str_putc(out, ',');
        rc = put_event(out, store, &rows[i], kind_name(kinds, n_kinds, rows[i].kind), err);
    }
    str_puts(out, "]}");
    mem_free(rows);
    mem_free(kinds);
    return rc;
}

HANDLER(handle_history)
{
    (void)server;
    struct str body;
    int64_t user = 0;
    if (!call_check_id(call, "user"))
        return 0;
    int rc = users_lookup(desk->store, call->param[0], &user, err);
    if (rc == 0 && user == 0)
        call_problem(call, 404, "not_found", "there is no such user");
    if (rc != 0 || user == 0)
        return rc;
    str_init(&body, ANSWER_MAX);
    rc = store_begin_read(desk->store, err);
    if (rc == 0) {
        rc = put_history(&body, desk->store, call, user, err);
        store_end_read(desk->store);
    }
    if (rc == 0)
        call_answer_json(call, 200, &body);
    str_release(&body);
    return rc;
}

struct models {
    struct str *out;
    const char *serving;
    bool any;
};

static int put_model(void *context, const struct model_record *r)
{
    struct models *m = context;
    char spec[96];
    snprintf(spec, sizeof spec, "%s@%lld", r->name, (long long)r->version);
    str_printf(m->out,
               "%s{\"model\":\"%s\",\"kind\":\"%s\",\"stage\":\"%s\",\"serving\":%s,\"created\":", m->any ? "," : "",
               spec, r->kind, r->stage, strcmp(spec, m->serving) == 0 ? "true" : "false");
    item_json_time(m->out, r->created);
    str_printf(m->out, ",\"events\":%lld,\"items\":%lld}", (long long)r->data_events, (long long)r->data_items);
    m->any = true;
    return 0;
}

HANDLER(handle_models)
{
    (void)server;
    struct str body;
    str_init(&body, ANSWER_MAX);
    struct models m = {.out = &body, .serving = call->view->model};
    str_puts(&body, "{\"models\":[");
    int rc = registry_each(desk->store, put_model, &m, err);
    str_puts(&body, "]}");
    if (rc == 0)
        call_answer_json(call, 200, &body);
    str_release(&body);
    return rc;
}
