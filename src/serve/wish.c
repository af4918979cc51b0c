#include "serve/wish.h"

#include "base/clock.h"
#include "base/mem.h"
#include "serve/consent.h"
#include "serve/public_key.h"
#include "store/kinds.h"

static int read_texts(const json_t *list, const char ***out, size_t *n, struct error *err)
{
    *n = json_array_size(list);
    *out = mem_alloc(*n, sizeof **out);
    if (*out == NULL)
        return error_nomem(err, "recommend");
    for (size_t i = 0; i < *n; i++)
        (*out)[i] = json_string_value(json_array_get(list, i));
    return 0;
}

static void add_recent(struct wish *w, const char *item, const char *kind)
{
    if (item != NULL)
        w->recent[w->request.n_recent++] = (struct recommender_event){item, kinds_usual_weight(kind)};
}

/* What the caller knows and the store does not: the session, the cart, the item in view, oldest first. */
static int read_recent(struct wish *w, const json_t *body, struct error *err)
{
    const json_t *context = json_object_get(body, "context"), *lists[] = {
        json_object_get(body, "items"), json_object_get(context, "session"), json_object_get(context, "cart")};
    size_t n = 1;
    for (size_t i = 0; i < 3; i++)
        n += json_array_size(lists[i]);
    w->recent = mem_alloc(n, sizeof *w->recent);
    if (w->recent == NULL)
        return error_nomem(err, "recommend");
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < json_array_size(lists[l]); i++)
            add_recent(w, json_string_value(json_array_get(lists[l], i)), l == 2 ? "add_to_cart" : "view");
    add_recent(w, call_text(context, "item"), "view");
    w->request.recent = w->recent;
    return 0;
}

/* What rules may ask for.  In a session, the last item is the one in view. */
static int read_moment(struct wish *w, const json_t *body, struct error *err)
{
    const json_t *context = json_object_get(body, "context"), *items = json_object_get(body, "items");
    size_t n;
    int rc = read_texts(json_object_get(context, "cart"), &w->cart, &n, err);
    if (rc != 0)
        return rc;
    w->request.cart = w->cart;
    w->request.n_cart = (uint32_t)n;
    w->request.page = call_text(context, "page");
    w->request.view = json_array_size(items) > 0 ? json_string_value(json_array_get(items, json_array_size(items) - 1))
                                                 : call_text(context, "item");
    return 0;
}

/* What the arm of its user says, then the request, else its scenario, else the settings. */
static int read_asked(struct wish *w, struct desk *desk, struct call *call, struct error *err)
{
    const json_t *body = call->json;
    struct asked asked = {.scenario = call_text(body, "scenario"), .rules = call_text(body, "rules"),
                          .mode = call_text(body, "mode"), .filter = call_text(body, "filter"),
                          .n = (uint32_t)call_int(body, "n", 0), .fresh = call_real(body, "fresh", -1),
                          .diversity = call_real(body, "diversity", -1)};
    int rc = w->variant.entry != NULL ? 0 : experiment_choose(&w->variant, desk, call, body, err);
    if (rc != 0)
        return rc;
    asked.scenario = w->variant.scenario != NULL ? w->variant.scenario : asked.scenario;
    asked.rules = w->variant.rules != NULL ? w->variant.rules : asked.rules;
    return policy_request(call->view->policy, &asked, &call->view->settings, &w->request, &w->scenario, err);
}

static void read_limits(struct wish *w, const json_t *body)
{
    const json_t *limits = json_object_get(body, "limit_per");
    for (size_t i = 0; i < json_array_size(limits); i++) {
        const json_t *limit = json_array_get(limits, i);
        w->limits[w->request.n_limits++] =
            (struct recommender_limit){call_text(limit, "attribute"), (uint32_t)call_int(limit, "k", 1)};
    }
    w->request.limits = w->limits;
}

/* Those of the scenario, as far as the caller may read them. */
static int take_attributes(struct wish *w, const struct call *call, const struct scenario *scenario, struct error *err)
{
    bool all = !public_key_used(call);
    mem_free(w->attributes);
    w->attributes = mem_alloc(scenario->attributes.n, sizeof *w->attributes);
    if (w->attributes == NULL)
        return error_nomem(err, "recommend");
    for (size_t i = 0; i < scenario->attributes.n; i++)
        if (all || public_key_may_read(call, scenario->attributes.list[i]))
            w->attributes[w->n_attributes++] = scenario->attributes.list[i];
    return 0;
}

int wish_read(struct wish *w, struct desk *desk, struct call *call, const struct variant *variant,
                     struct error *err)
{
    const json_t *body = call->json;
    size_t n_exclude;
    *w = (struct wish){.scenario = NULL};
    if (variant != NULL)
        w->variant = *variant;
    w->request = (struct recommender_request){.user = call_text(body, "user"), .anyone = true, .at = clock_now_ms(),
                                              .no_reasons = !call_bool(body, "reasons", true),
                                              .placer = call->view->placer, .weight = 1};
    w->record = settings_real(&call->view->settings, SETTING_ID_SLATES_SHARE);
    caption_wishes_read(&w->captions, call);
    w->hide_reasons = w->request.no_reasons;
    if (w->captions.wanted)
        w->request.no_reasons = false;
    read_limits(w, body);
    int rc = consent_refused_by_browser(desk->store, call, &w->request.impersonal, err);
    if (rc == 0)
        rc = read_asked(w, desk, call, err);
    if (rc == 0)
        item_text_read(&w->text, call, json_object_get(body, "description"), json_object_get(body, "description") != NULL,
                       &w->variant);
    if (rc == 0)
        rc = read_recent(w, body, err);
    if (rc == 0)
        rc = read_moment(w, body, err);
    if (rc == 0)
        rc = read_texts(json_object_get(body, "exclude"), &w->exclude, &n_exclude, err);
    if (rc == 0) {
        w->request.exclude = w->exclude;
        w->request.n_exclude = (uint32_t)n_exclude;
        rc = read_texts(json_object_get(body, "attributes"), &w->attributes, &w->n_attributes, err);
    }
    if (rc == 0 && w->n_attributes == 0 && w->scenario != NULL)
        rc = take_attributes(w, call, w->scenario, err);
    return rc;
}

void wish_release(struct wish *w)
{
    for (uint32_t v = 0; v < w->n_voices; v++)
        recommender_core_release(w->voices[v].core);
    mem_free(w->recent);
    mem_free(w->exclude);
    mem_free(w->attributes);
    mem_free(w->cart);
}
