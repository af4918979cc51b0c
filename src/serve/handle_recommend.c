/* POST /v1/recommend, /v1/similar, /v1/session: from a request to a slate, and slates that are still true. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "experiment/interleaving.h"
#include "recommend/policy.h"
#include "recommend/recommender.h"
#include "serve/answers.h"
#include "serve/crowd.h"
#include "serve/experiment.h"
#include "serve/handlers.h"
#include "serve/item_json.h"
#include "serve/public_key.h"
#include "serve/server.h"
#include "serve/wish.h"
#include "store/consents.h"
#include "store/items.h"

enum { ANSWER_MAX = 1 << 26 };

/* Stamps. */

static struct answer_stamp stamp_now(struct server *server, struct desk *desk, const struct call *call)
{
    const char *user = call_text(call->json, "user");
    int64_t policy = 0; /* when it cannot be read, neither can the answer be computed */
    consents_policy_number(desk->store, &policy, NULL);
    unsigned slot = user != NULL ? server_user_slot(user, strlen(user)) : USER_SLOTS;
    return (struct answer_stamp){
        .view = call->view->generation,
        .data = atomic_load(&server->data_generation),
        .policy = policy,
        .items = item_changes_now(&server->item_changes),
        .slot = slot,
        .user = slot < USER_SLOTS ? atomic_load(&server->user_generation[slot]) : 0,
    };
}

static bool is_true(struct server *server, const struct call *call, const struct answer_stamp *s)
{
    return s->view == call->view->generation && s->data == atomic_load(&server->data_generation) &&
           s->policy == atomic_load(&server->policy_number) &&
           s->items == item_changes_now(&server->item_changes) &&
           (s->slot >= USER_SLOTS || s->user == atomic_load(&server->user_generation[s->slot]));
}

static struct answer_name name_of(struct server *server, const struct call *call)
{
    unsigned route = (unsigned)(call->route - route_table) + (public_key_used(call) ? (unsigned)route_count : 0) +
                     (call->gpc ? 2 * (unsigned)route_count : 0);
    return answers_name(server->answers, route, call->body != NULL ? call->body : "", call->n_body);
}

/* An answer that was computed before and is still true. */
bool quick_answer(struct server *server, struct call *call)
{
    struct answer_stamp stamp;
    struct blob *blob = answers_find(server->answers, name_of(server, call), &stamp);
    if (blob == NULL)
        return false;
    if (!is_true(server, call, &stamp)) {
        blob_release(blob);
        return false;
    }
    meters_add(&server->meters.cache_hits, 1);
    call_answer_blob(call, 200, "application/json", blob);
    return true;
}

/* Who answers. */

static const char *asked_model(const struct call *call, const struct wish *w)
{
    return w->variant.model != NULL ? w->variant.model : call_text(call->json, "model");
}

/* That of the scenario; *out NULL: it names none, or one that cannot tell which items are alike when that is asked. */
static int choose_of_scenario(struct server *server, struct desk *desk, const struct call *call, const struct wish *w,
                              bool similar, struct recommender_core **out, struct error *err)
{
    *out = NULL;
    if (w->scenario == NULL || w->scenario->n_models == 0)
        return 0;
    int rc = server_named_core(server, desk->store, call->view, w->scenario->models[0].spec, out, err);
    if (rc == 0 && similar && !recommender_core_tells_similar(*out)) {
        recommender_core_release(*out);
        *out = NULL;
    }
    return rc;
}

static int choose_core(struct server *server, struct desk *desk, struct call *call, const struct wish *w, bool similar,
                       struct recommender_core **out, struct error *err)
{
    const char *spec = asked_model(call, w);
    struct recommender_core *core = similar ? call->view->similar_core : call->view->core;
    int rc = spec != NULL ? server_named_core(server, desk->store, call->view, spec, out, err)
                          : choose_of_scenario(server, desk, call, w, similar, out, err);
    if (rc != 0 || *out != NULL)
        return rc;
    *out = core != NULL ? recommender_core_hold(core) : NULL;
    if (core != NULL)
        return 0;
    struct error none = {.code = E_NOT_FOUND};
    error_set(&none, E_NOT_FOUND, "", similar ? "there is no model that can tell which items are alike"
                                              : "there is no model that can answer; train one and promote it");
    call_unavailable(call, 30, "no_model", &none);
    return 0;
}

/* The other models of the scenario, when the request names none itself. */
static int choose_voices(struct server *server, struct desk *desk, const struct call *call, struct wish *w,
                         struct error *err)
{
    const struct scenario *s = w->scenario;
    int rc = 0;
    if (s == NULL || s->n_models < 2 || asked_model(call, w) != NULL)
        return 0;
    w->request.weight = s->models[0].weight;
    for (uint32_t m = 1; m < s->n_models && rc == 0; m++) {
        rc = server_named_core(server, desk->store, call->view, s->models[m].spec, &w->voices[w->n_voices].core, err);
        if (rc == 0)
            w->voices[w->n_voices++].weight = s->models[m].weight;
    }
    w->request.voices = w->voices;
    w->request.n_voices = w->n_voices;
    return rc;
}

/* Slates. */

static void put_reason(struct str *out, const struct recommender_item *item, const struct slate *slate)
{
    const struct recommender_reason *r = &item->reason;
    if (r->item == NULL) {
        str_puts(out, slate->fallback[0] != '\0' && item->model == NULL ? ",\"reason\":{\"kind\":\"popular\"}"
                                                 : ",\"reason\":{\"kind\":\"model\"}");
        return;
    }
    str_puts(out, ",\"reason\":{\"kind\":\"history\",\"item\":");
    item_json_text(out, r->item);
    str_puts(out, ",\"title\":");
    item_json_text(out, r->title);
    str_printf(out, ",\"events\":%u,\"last\":", r->events);
    item_json_time(out, r->last);
    str_printf(out, ",\"share\":%.4g}", r->share);
}

/* Why it is recommended, in a sentence. */
static void put_caption(struct str *out, const struct wish *w, const struct recommender_item *item, const struct slate *slate)
{
    const struct recommender_reason *r = &item->reason;
    const struct caption_wishes *c = &w->captions;
    bool popular = slate->fallback[0] != '\0' && item->model == NULL;
    if (c->similar != NULL)
        captioner_put(out, c, REASON_SIMILAR, item->item, c->similar, c->similar_title);
    else if (r->item != NULL && strcmp(r->item, item->item) != 0)
        captioner_put(out, c, REASON_HISTORY, item->item, r->item, r->title);
    else
        captioner_put(out, c, popular ? REASON_POPULAR : REASON_MODEL, item->item, NULL, NULL);
}

static void put_rules(struct str *out, const struct recommender_item *item)
{
    for (uint32_t i = 0; i < item->n_rules; i++) {
        str_puts(out, i == 0 ? ",\"rules\":[" : ",");
        item_json_text(out, item->rules[i]);
    }
    str_putc(out, ']');
}

static int put_item_attributes(struct str *out, struct store *store, const struct wish *w, const char *identifier,
                               struct error *err)
{
    int64_t item;
    if (w->n_attributes == 0)
        return 0;
    int rc = items_lookup(store, identifier, &item, err);
    str_puts(out, ",\"attributes\":{");
    if (rc == 0 && item != 0)
        rc = item_json_attributes(out, store, ATTRIBUTE_OF_ITEM, item, w->attributes, w->n_attributes, err);
    str_putc(out, '}');
    return rc;
}

static int put_items(struct str *out, struct store *store, const struct wish *w, const struct slate *slate,
                     const char *model, bool reasons, struct error *err)
{
    int rc = 0;
    str_puts(out, ",\"items\":[");
    for (uint32_t i = 0; i < slate->n && rc == 0; i++) {
        const struct recommender_item *item = &slate->items[i];
        str_printf(out, "%s{\"rank\":%u,\"item\":", i > 0 ? "," : "", i + 1);
        item_json_text(out, item->item);
        str_puts(out, ",\"title\":");
        item_json_text(out, item->title);
        str_printf(out, ",\"score\":%.7g,\"model\":\"%s\"", (double)item->score,
                   item->model != NULL ? item->model : model);
        if (item->propensity < 1)
            str_printf(out, ",\"propensity\":%.6g", item->propensity);
        if (reasons)
            put_reason(out, item, slate);
        if (w->captions.wanted)
            put_caption(out, w, item, slate);
        if (!w->hide_reasons && item->n_rules > 0)
            put_rules(out, item);
        item_text_put(out, &w->text, item->item);
        rc = put_item_attributes(out, store, w, item->item, err);
        str_putc(out, '}');
    }
    str_putc(out, ']');
    return rc;
}

/* A name for this list, which later events may say that they came from. */
enum { SLATE_ID_MAX = 40 };
static void name_slate(struct server *server, char out[SLATE_ID_MAX])
{
    uint64_t n = atomic_fetch_add(&server->next_id, 1);
    snprintf(out, SLATE_ID_MAX, "s%016llx%08llx", (unsigned long long)server->id_seed, (unsigned long long)n);
}

/* What was given out, for those who ask what came of it. */
static void record_slate(struct server *server, const struct wish *w, const char *user, const char *id,
                         const char *model, const struct slate *slate)
{
    struct str items, chances, teams;
    bool drawn = false;
    if (slate->n == 0 || (double)(rng_key(id, strlen(id)) >> 11) * 0x1p-53 >= w->record)
        return;
    str_init(&items, ANSWER_MAX);
    str_init(&chances, ANSWER_MAX);
    str_init(&teams, ANSWER_MAX);
    for (uint32_t i = 0; i < slate->n; i++) {
        str_putc(&items, i == 0 ? '[' : ',');
        item_json_text(&items, slate->items[i].item);
        str_printf(&chances, "%c%.6g", i == 0 ? '[' : ',', slate->items[i].propensity);
        drawn = drawn || slate->items[i].propensity < 1;
        if (w->teams != NULL)
            str_printf(&teams, "%c%u", i == 0 ? '[' : ',', w->teams[i]);
    }
    str_putc(&items, ']');
    str_putc(&chances, ']');
    str_putc(&teams, ']');
    const struct shown_slate shown = {.slate = id, .at = w->request.at, .user = user, .scenario = w->request.scenario,
                                      .model = model, .items = items.data, .propensities = drawn ? chances.data : NULL,
                                      .experiment = w->teams != NULL ? w->variant.entry->record.experiment : 0,
                                      .teams = w->teams != NULL ? teams.data : NULL};
    bool kept = !items.failed && !chances.failed && !teams.failed && slate_log_put(&server->slates, &shown);
    meters_add(&server->meters.slates_dropped, !kept);
    str_release(&items);
    str_release(&chances);
    str_release(&teams);
}

static int put_slate(struct str *out, struct server *server, struct store *store, const struct wish *w,
                     const char *user, const struct slate *slate, const struct model_record *record, bool reasons, struct error *err)
{
    char model[96], id[SLATE_ID_MAX];
    snprintf(model, sizeof model, "%s@%lld", record->name, (long long)record->version);
    name_slate(server, id);
    const char *answered = slate->fallback[0] != '\0' ? slate->fallback_model : model;
    record_slate(server, w, user, id, answered, slate);
    str_printf(out, "\"slate\":\"%s\"", id);
    str_printf(out, ",\"model\":\"%s\"", model);
    if (slate->fallback[0] != '\0') {
        str_puts(out, ",\"fallback\":");
        item_json_text(out, slate->fallback);
    }
    if (slate->withheld[0] != '\0') {
        str_puts(out, ",\"withheld\":");
        item_json_text(out, slate->withheld);
    }
    if (slate->filter_note[0] != '\0' || slate->rules_note[0] != '\0') {
        str_puts(out, ",\"note\":");
        item_json_text(out, slate->rules_note[0] != '\0' ? slate->rules_note : slate->filter_note);
    }
    str_printf(out, ",\"eligible\":%u", slate->eligible);
    meters_add(&server->meters.items_answered, slate->n);
    int rc = put_items(out, store, w, slate, answered, reasons, err);
    return rc;
}

/* The slate of a user, or of nobody. */
static int put_user_slate(struct str *out, struct server *server, struct desk *desk, const struct wish *w,
                          const struct recommender_request *request, const struct slate *slate,
                          const struct recommender *recommender, struct error *err)
{
    str_putc(out, '{');
    if (request->user != NULL) {
        str_puts(out, "\"user\":");
        item_json_text(out, request->user);
        str_putc(out, ',');
    }
    if (w->variant.entry != NULL) {
        experiment_put(out, &w->variant);
        str_putc(out, ',');
    }
    int rc = put_slate(out, server, desk->store, w, request->impersonal ? NULL : request->user, slate,
                       recommender_record(recommender), !w->hide_reasons, err);
    str_putc(out, '}');
    return rc;
}

static int put_one(struct str *out, struct server *server, struct desk *desk, struct recommender *recommender,
                   const struct wish *w, struct error *err)
{
    struct slate slate;
    int rc = recommender_recommend(recommender, &w->request, &slate, err);
    if (rc != 0)
        return rc;
    rc = put_user_slate(out, server, desk, w, &w->request, &slate, recommender, err);
    slate_release(&slate);
    return rc;
}

/* Both arms of an experiment in one list. */

static const char **names_of(const struct slate *slate)
{
    const char **names = mem_alloc(slate->n + 1, sizeof *names);
    for (uint32_t i = 0; names != NULL && i < slate->n; i++)
        names[i] = slate->items[i].item;
    return names;
}

static void label_items(struct slate *slate, const char *label)
{
    for (uint32_t i = 0; i < slate->n; i++)
        if (slate->items[i].model == NULL)
            slate->items[i].model = label;
}

/* *mixed borrows the texts of both; mem_free its items and *team. */
static int mix(const struct wish *w, const struct slate *a, const struct slate *b, struct slate *mixed, uint8_t **team,
               struct error *err)
{
    size_t n = 0, length = a->n > b->n ? a->n : b->n;
    const char **names[2] = {names_of(a), names_of(b)};
    uint32_t *from = mem_alloc(length + 1, sizeof *from);
    *team = mem_alloc(length + 1, 1);
    *mixed = *a;
    mixed->items = mem_alloc(length + 1, sizeof *mixed->items);
    bool room = names[0] != NULL && names[1] != NULL && from != NULL && *team != NULL && mixed->items != NULL;
    int rc = room ? interleaving_mix(names[0], a->n, names[1], b->n, length, w->request.user,
                                     w->request.at / CLOCK_DAY_MS, from, *team, &n, err)
                  : error_nomem(err, "recommend");
    for (size_t i = 0; i < n && rc == 0; i++)
        mixed->items[i] = ((*team)[i] == 0 ? a : b)->items[from[i]];
    mixed->n = (uint32_t)n;
    mem_free(names[0]);
    mem_free(names[1]);
    mem_free(from);
    return rc;
}

static int recommend_labelled(struct recommender *recommender, const struct wish *w, struct slate *slate,
                              char label[96], struct error *err)
{
    const struct model_record *record = recommender_record(recommender);
    int rc = recommender_recommend(recommender, &w->request, slate, err);
    if (rc != 0)
        return rc;
    snprintf(label, 96, "%s@%lld", record->name, (long long)record->version);
    label_items(slate, slate->fallback[0] != '\0' ? "popular" : label);
    return 0;
}

static int recommend_second(struct server *server, struct desk *desk, struct call *call, struct wish *w,
                            struct slate *slate, char label[96], struct error *err)
{
    struct recommender_core *core;
    struct recommender *recommender;
    int rc = choose_core(server, desk, call, w, false, &core, err);
    if (rc != 0 || call->status != 0)
        return rc;
    rc = choose_voices(server, desk, call, w, err);
    if (rc == 0)
        rc = desk_recommender(desk, server, call->view, core, &recommender, err);
    if (rc == 0)
        rc = recommend_labelled(recommender, w, slate, label, err);
    recommender_core_release(core);
    return rc;
}

static int put_mixed(struct str *out, struct server *server, struct desk *desk, struct call *call, struct wish *w,
                     struct recommender *recommender, struct error *err)
{
    struct variant second = experiment_second(&w->variant);
    struct wish other;
    struct slate a = {.n = 0}, b = {.n = 0}, mixed = {.n = 0};
    char labels[2][96];
    uint8_t *team = NULL;
    int rc = wish_read(&other, desk, call, &second, err);
    if (rc == 0)
        rc = recommend_labelled(recommender, w, &a, labels[0], err);
    if (rc == 0)
        rc = recommend_second(server, desk, call, &other, &b, labels[1], err);
    if (rc == 0 && call->status == 0)
        rc = mix(w, &a, &b, &mixed, &team, err);
    w->teams = team;
    if (rc == 0 && call->status == 0)
        rc = put_user_slate(out, server, desk, w, &w->request, &mixed, recommender, err);
    w->teams = NULL;
    mem_free(mixed.items);
    mem_free(team);
    slate_release(&a);
    slate_release(&b);
    wish_release(&other);
    return rc;
}

static int put_answers(struct str *out, struct server *server, struct desk *desk, const struct recommender *recommender,
                       const struct wish *w, const struct crowd *crowd, struct error *err)
{
    int rc = 0;
    str_puts(out, "{\"answers\":[");
    for (uint32_t i = 0; i < crowd->n && rc == 0; i++) {
        if (i > 0)
            str_putc(out, ',');
        rc = crowd->outcome[i];
        if (rc != 0)
            *err = crowd->errors[i];
        else
            rc = put_user_slate(out, server, desk, w, &crowd->requests[i], &crowd->slates[i], recommender, err);
    }
    str_puts(out, "]}");
    return rc;
}

static int put_many(struct str *out, struct server *server, struct desk *desk, struct recommender *recommender,
                    const struct wish *w, const json_t *users, struct error *err)
{
    struct crowd crowd;
    int rc = crowd_init(&crowd, (uint32_t)json_array_size(users), err);
    for (uint32_t i = 0; rc == 0 && i < crowd.n; i++) {
        crowd.requests[i] = w->request;
        crowd.requests[i].user = json_string_value(json_array_get(users, i));
    }
    if (rc == 0)
        rc = crowd_ask(&crowd, recommender, err);
    if (rc == 0)
        rc = put_answers(out, server, desk, recommender, w, &crowd, err);
    crowd_release(&crowd);
    return rc;
}

/* The name of the item in view, for captions. */
static int read_similar(struct wish *w, struct store *store, const char *item, struct str *title, struct error *err)
{
    int64_t number;
    int rc = w->captions.wanted ? items_lookup(store, item, &number, err) : 0;
    if (rc == 0 && w->captions.wanted)
        rc = items_name(store, number, NULL, title, err);
    w->captions.similar = w->captions.wanted ? item : NULL;
    w->captions.similar_title = str_text(title);
    return rc;
}

static int put_similar(struct str *out, struct server *server, struct desk *desk, struct recommender *recommender,
                       struct wish *w, const char *item, struct error *err)
{
    struct slate slate;
    struct str title;
    str_init(&title, 8192);
    int rc = read_similar(w, desk->store, item, &title, err);
    rc = rc != 0 ? rc : recommender_similar(recommender, item, &w->request, &slate, err);
    if (rc != 0) {
        str_release(&title);
        return rc;
    }
    str_puts(out, "{\"item\":");
    item_json_text(out, item);
    str_putc(out, ',');
    rc = put_slate(out, server, desk->store, w, NULL, &slate, recommender_record(recommender), false, err);
    str_putc(out, '}');
    slate_release(&slate);
    str_release(&title);
    return rc;
}

/* An item that nobody has heard of is told before similar names are looked for: that would be slow. */
static int check_item(struct desk *desk, struct call *call, const char *identifier, struct error *err)
{
    int64_t item;
    int rc = items_lookup(desk->store, identifier, &item, err);
    if (rc == 0 && item == 0)
        call_problem(call, 404, "not_found", "there is no such item");
    return rc;
}

static int render(struct server *server, struct desk *desk, struct call *call, struct wish *w, bool similar,
                  struct str *out, struct error *err)
{
    struct recommender_core *core;
    struct recommender *recommender;
    const json_t *users = json_object_get(call->json, "users");
    int rc = similar ? check_item(desk, call, call_text(call->json, "item"), err) : 0;
    if (rc == 0 && call->status == 0)
        rc = choose_core(server, desk, call, w, similar, &core, err);
    if (rc != 0 || call->status != 0)
        return rc;
    rc = similar ? 0 : choose_voices(server, desk, call, w, err);
    if (rc != 0) {
        recommender_core_release(core);
        return rc;
    }
    rc = desk_recommender(desk, server, call->view, core, &recommender, err);
    if (rc == 0 && similar)
        rc = put_similar(out, server, desk, recommender, w, call_text(call->json, "item"), err);
    else if (rc == 0 && users != NULL)
        rc = put_many(out, server, desk, recommender, w, users, err);
    else if (rc == 0 && w->variant.mixed)
        rc = put_mixed(out, server, desk, call, w, recommender, err);
    else if (rc == 0)
        rc = put_one(out, server, desk, recommender, w, err);
    recommender_core_release(core);
    return rc;
}

static int ask(struct server *server, struct desk *desk, struct call *call, bool similar, bool record, struct str *out,
               struct error *err)
{
    struct wish w;
    int rc = wish_read(&w, desk, call, NULL, err);
    if (!record)
        w.record = 0;
    if (rc == 0)
        rc = render(server, desk, call, &w, similar, out, err);
    wish_release(&w);
    return rc;
}

static int answer(struct server *server, struct desk *desk, struct call *call, bool similar, bool keep,
                  struct error *err)
{
    struct str body;
    struct answer_stamp stamp = stamp_now(server, desk, call);
    meters_add(&server->meters.cache_misses, 1);
    str_init(&body, ANSWER_MAX);
    int rc = ask(server, desk, call, similar, true, &body, err);
    if (rc == 0 && call->status == 0) {
        call_answer_json(call, 200, &body);
        if (keep && call->blob != NULL && !call->unsettled && !experiment_must_write(call))
            answers_keep(server->answers, name_of(server, call), &stamp, call->blob);
    }
    str_release(&body);
    return rc;
}

bool recommend_check_who(struct call *call)
{
    struct shape_faults faults = {.n = 0};
    if ((json_object_get(call->json, "user") == NULL) != (json_object_get(call->json, "users") == NULL))
        return true;
    shape_fault_add(&faults, "", "give either user or users");
    call_faults(call, &faults);
    return false;
}

int recommend_text(struct server *server, struct desk *desk, struct call *call, bool record, struct str *out,
                   struct error *err)
{
    return ask(server, desk, call, false, record, out, err);
}

HANDLER(handle_recommend)
{
    return recommend_check_who(call) ? answer(server, desk, call, false, json_object_get(call->json, "users") == NULL, err) : 0;
}

HANDLER(handle_similar)
{
    return answer(server, desk, call, true, true, err);
}

HANDLER(handle_session)
{
    return answer(server, desk, call, false, true, err);
}

/* Requests that came at the same time. */

bool recommend_fits_group(const struct call *call)
{
    return call->route->handle == handle_recommend && call->view->core != NULL &&
           json_object_get(call->json, "model") == NULL && json_object_get(call->json, "scenario") == NULL &&
           json_object_get(call->json, "rules") == NULL && json_object_get(call->json, "experiment") == NULL &&
           json_object_get(call->json, "user") != NULL &&
           json_object_get(call->json, "users") == NULL;
}

struct member {
    struct wish wish;
    struct answer_stamp stamp;
};

static void answer_member(struct server *server, struct desk *desk, struct call *call, const struct member *m,
                          const struct crowd *crowd, size_t i, const struct recommender *recommender)
{
    struct error err = crowd->errors[i];
    struct str body;
    int rc = crowd->outcome[i];
    str_init(&body, ANSWER_MAX);
    if (rc == 0)
        rc = put_user_slate(&body, server, desk, &m->wish, &crowd->requests[i], &crowd->slates[i], recommender, &err);
    if (rc != 0) {
        call_error(call, &err);
    } else {
        call_answer_json(call, 200, &body);
        if (call->blob != NULL && !call->unsettled)
            answers_keep(server->answers, name_of(server, call), &m->stamp, call->blob);
    }
    str_release(&body);
}

static int ask_for_group(struct desk *desk, struct server *server, struct call *const *calls, struct member *members,
                         struct crowd *crowd, struct recommender **out, struct error *err)
{
    for (size_t i = 0; i < crowd->n; i++)
        members[i].stamp = stamp_now(server, desk, calls[i]);
    int rc = desk_recommender(desk, server, calls[0]->view, calls[0]->view->core, out, err);
    for (size_t i = 0; i < crowd->n && rc == 0; i++) {
        rc = wish_read(&members[i].wish, desk, calls[i], NULL, err);
        crowd->requests[i] = members[i].wish.request;
    }
    return rc != 0 ? rc : crowd_ask(crowd, *out, err);
}

void recommend_group(struct server *server, struct desk *desk, struct call *const *calls, size_t n)
{
    struct recommender *recommender;
    struct crowd crowd;
    struct error err = {0};
    struct member *members = mem_zalloc(n, sizeof *members);
    meters_add(&server->meters.cache_misses, n);
    int rc = crowd_init(&crowd, (uint32_t)n, &err);
    if (rc == 0)
        rc = members == NULL ? error_nomem(&err, "recommend")
                             : ask_for_group(desk, server, calls, members, &crowd, &recommender, &err);
    for (size_t i = 0; i < n; i++) {
        if (rc != 0)
            call_error(calls[i], &err);
        else
            answer_member(server, desk, calls[i], &members[i], &crowd, i, recommender);
        if (members != NULL)
            wish_release(&members[i].wish);
    }
    crowd_release(&crowd);
    mem_free(members);
}
