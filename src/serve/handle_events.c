/* POST /v1/events. */
#include <ctype.h>
#include <math.h>
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "serve/consent.h"
#include "serve/handlers.h"
#include "serve/server.h"
#include "store/consents.h"
#include "store/daily_counts.h"
#include "store/events.h"
#include "store/items.h"
#include "store/kinds.h"
#include "store/posted.h"
#include "store/users.h"

/* The users of a request, as slots of generations, until it is committed. */
struct touched {
    size_t n, added, present, suppressed, withheld; /* n slots: also of those whose events are not kept, since a refusal
                                                     * that came with them is */
    unsigned slot[];
};

/* One event of the body, as it will be stored. */
struct draft {
    struct event_record record;
    struct event_context context;
    char *attributes; /* jansson's */
};

static int add_slate(json_t *attributes, const char *slate)
{
    return slate == NULL ? 0 : json_object_set_new(attributes, "slate", json_string(slate));
}

/* Attributes have one way to be written: keys sorted, nothing that is null; NULL when there are none. */
static int draft_attributes(struct draft *d, const json_t *event, struct error *err)
{
    json_t *given = json_object_get(event, "attributes"), *kept = json_object(), *value;
    const char *name;
    json_object_foreach (given, name, value)
        if (!json_is_null(value))
            json_object_set(kept, name, value);
    int rc = kept == NULL || add_slate(kept, call_text(event, "slate")) != 0 ? -1 : 0;
    if (rc == 0 && json_object_size(kept) > 0) {
        d->attributes = json_dumps(kept, JSON_COMPACT | JSON_SORT_KEYS);
        rc = d->attributes == NULL ? -1 : 0;
    }
    json_decref(kept);
    return rc == 0 ? 0 : error_nomem(err, "events");
}

static int draft_context(struct store *store, struct draft *d, const json_t *event, struct error *err)
{
    const char *channel = call_text(event, "channel"), *device = call_text(event, "device");
    double dwell = call_real(event, "dwell", -1);
    d->context = (struct event_context){.rating = call_real(event, "rating", (double)NAN),
                                        .dwell_ms = dwell < 0 ? -1 : (int64_t)floor(dwell * 1000 + 0.5),
                                        .referrer = call_text(event, "referrer"),
                                        .position = call_int(event, "position", -1)};
    int rc = draft_attributes(d, event, err);
    d->context.attributes = d->attributes;
    if (rc == 0 && channel != NULL)
        rc = words_intern(store, channel, strlen(channel), &d->context.channel, err);
    if (rc == 0 && device != NULL)
        rc = words_intern(store, device, strlen(device), &d->context.device, err);
    bool any = !isnan(d->context.rating) || dwell >= 0 || d->context.referrer != NULL || d->context.position >= 0 ||
               d->attributes != NULL || channel != NULL || device != NULL;
    d->record.context = any ? &d->context : NULL;
    return rc;
}

static int intern_kind(struct store *store, const char *kind, int64_t *id, struct error *err)
{
    char lower[64];
    size_t n = 0;
    for (; kind[n] != '\0' && n < sizeof lower - 1; n++)
        lower[n] = (char)tolower((unsigned char)kind[n]);
    return kinds_intern(store, lower, n, id, err);
}

static int draft_event(struct store *store, struct draft *d, const json_t *event, int64_t now, struct error *err)
{
    const char *user = call_text(event, "user"), *item = call_text(event, "item"), *kind = call_text(event, "kind"),
               *session = call_text(event, "session"), *time = call_text(event, "time");
    struct event_record *r = &d->record;
    *r = (struct event_record){.time = now, .id = call_text(event, "id"),
                               .quantity = call_real(event, "quantity", (double)NAN),
                               .price = call_real(event, "price", (double)NAN)};
    if (time != NULL)
        clock_parse(time, strlen(time), &r->time);
    int rc = users_intern(store, user, strlen(user), &r->user, NULL, err);
    if (rc == 0)
        rc = items_intern(store, item, strlen(item), &r->item, NULL, err);
    if (rc == 0)
        rc = intern_kind(store, kind != NULL ? kind : "view", &r->kind, err);
    if (rc == 0 && session != NULL)
        rc = sessions_intern(store, r->user, session, strlen(session), &r->session, err);
    return rc != 0 ? rc : draft_context(store, d, event, err);
}

/* Those with an id need a time: the two together are what an event is known by when it comes again. */
static bool check_ids(struct call *call, const json_t *list, size_t n)
{
    struct shape_faults faults = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        const json_t *event = list != NULL ? json_array_get(list, i) : call->json;
        if (call_text(event, "id") != NULL && call_text(event, "time") == NULL)
            shape_fault_add(&faults, list != NULL ? "/events" : "", "an event with an id needs its time: by both it is "
                            "known when it is sent again");
    }
    if (faults.n > 0)
        call_faults(call, &faults);
    return faults.n == 0;
}

/* Without consent to analytics an event is not stored; by policy it is counted. */
static int may_store(struct store *store, const json_t *event, int64_t now, bool *may, struct error *err)
{
    const struct consent_policy *policy;
    const char *user = call_text(event, "user"), *item = call_text(event, "item"), *kind = call_text(event, "kind"),
               *time = call_text(event, "time");
    int64_t who = 0, item_id, kind_id;
    int rc = consents_policy(store, &policy, err);
    rc = rc != 0 ? rc : users_lookup(store, user, &who, err);
    rc = rc != 0 ? rc : consents_may(store, who, CONSENT_ANALYTICS, may, err);
    if (rc != 0 || *may || !policy->count)
        return rc;
    if (time != NULL)
        clock_parse(time, strlen(time), &now);
    rc = items_intern(store, item, strlen(item), &item_id, NULL, err);
    rc = rc != 0 ? rc : intern_kind(store, kind != NULL ? kind : "view", &kind_id, err);
    return rc != 0 ? rc
                   : daily_counts_add(store, now, item_id, kind_id, call_real(event, "quantity", (double)NAN), err);
}

static int append(struct store *store, struct draft *drafts, size_t n, struct touched *touched, struct error *err)
{
    struct event_record *records = mem_alloc(n, sizeof *records);
    struct event_run *run = NULL;
    uint64_t added = 0, present = 0;
    int rc = records == NULL ? error_nomem(err, "events") : event_run_new(&run, store, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        records[i] = drafts[i].record;
    if (rc == 0)
        rc = event_run_append(run, records, n, &added, &present, err);
    touched->added = added;
    touched->present = present;
    event_run_free(run);
    mem_free(records);
    return rc;
}

static int store_events(struct store *store, struct call *call, const json_t *list, size_t n, struct touched *touched,
                        struct error *err)
{
    struct draft *drafts = mem_zalloc(n, sizeof *drafts);
    int64_t now = clock_now_ms();
    int rc = drafts == NULL ? error_nomem(err, "events") : 0;
    size_t kept = 0;
    rc = rc != 0 ? rc : consent_take_signal(store, call, list, n, now, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const json_t *event = list != NULL ? json_array_get(list, i) : call->json;
        const char *user = call_text(event, "user");
        bool may = true;
        rc = may_store(store, event, now, &may, err);
        if (rc != 0)
            break;
        touched->slot[touched->n++] = server_user_slot(user, strlen(user));
        if (!may) {
            touched->withheld++;
            continue;
        }
        rc = draft_event(store, &drafts[kept], event, now, err);
        if (rc == E_REFUSED) { /* of somebody who was erased: accepted, and left out */
            touched->suppressed++;
            rc = 0;
            continue;
        }
        kept++;
    }
    if (rc == 0)
        rc = append(store, drafts, kept, touched, err);
    for (size_t i = 0; drafts != NULL && i < n; i++)
        free(drafts[i].attributes);
    mem_free(drafts);
    return rc;
}

static void answer_accepted(struct call *call, int64_t added, int64_t present, int64_t suppressed,
                            int64_t withheld, bool repeated)
{
    struct str body;
    str_init(&body, 256);
    str_printf(&body, "{\"accepted\":%lld,\"added\":%lld,\"present\":%lld,\"suppressed\":%lld,\"withheld\":%lld,\"repeated\":%s}",
               (long long)(added + present), (long long)added, (long long)present, (long long)suppressed, (long long)withheld,
               repeated ? "true" : "false");
    call_answer_json(call, 202, &body);
    str_release(&body);
}

static void digest_request(struct posted *posted, const struct call *call)
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)&call->key, sizeof call->key);
    crypto_hash_sha256_update(&state, (const unsigned char *)call->idempotency_key, strlen(call->idempotency_key));
    crypto_hash_sha256_final(&state, posted->request);
    /* with the caller's key, which is stored nowhere: what a body said cannot be tried out against this */
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)call->idempotency_key, strlen(call->idempotency_key));
    crypto_hash_sha256_update(&state, (const unsigned char *)call->body, call->n_body);
    crypto_hash_sha256_final(&state, posted->content);
}

/* *done: the request was carried out before, or used its key for something else; the call has its answer. */
static int recognise(struct store *store, struct call *call, struct posted *posted, bool *done, struct error *err)
{
    unsigned char content[POSTED_DIGEST];
    *done = false;
    if (call->idempotency_key[0] == '\0')
        return 0;
    digest_request(posted, call);
    memcpy(content, posted->content, sizeof content);
    int rc = posted_find(store, posted, done, err);
    if (rc != 0 || !*done)
        return rc;
    if (memcmp(content, posted->content, sizeof content) == 0)
        answer_accepted(call, posted->added, posted->present, 0, 0, true);
    else
        call_problem(call, 422, "idempotency_key_reused", "this Idempotency-Key was sent with another body before");
    return 0;
}

HANDLER(handle_events)
{
    (void)server;
    json_t *list = json_object_get(call->json, "events");
    size_t n = list != NULL ? json_array_size(list) : 1;
    struct posted posted;
    bool done;
    if (!check_ids(call, list, n))
        return 0;
    int rc = recognise(desk->store, call, &posted, &done, err);
    if (rc != 0 || done)
        return rc;
    struct touched *touched = mem_zalloc(1, sizeof *touched + n * sizeof touched->slot[0]);
    if (touched == NULL)
        return error_nomem(err, "events");
    call->context = touched;
    rc = store_events(desk->store, call, list, n, touched, err);
    if (rc == 0 && call->idempotency_key[0] != '\0') {
        posted.at = clock_now_ms();
        posted.added = (int64_t)touched->added;
        posted.present = (int64_t)touched->present;
        rc = posted_add(desk->store, &posted, err);
    }
    if (rc == 0)
        answer_accepted(call, (int64_t)touched->added, (int64_t)touched->present, (int64_t)touched->suppressed,
                        (int64_t)touched->withheld, false);
    return rc;
}

/* From now on no answer that was computed before is given to these users. */
void events_committed(struct server *server, struct call *call)
{
    struct touched *touched = call->context;
    if (touched == NULL)
        return;
    for (size_t i = 0; i < touched->n; i++)
        atomic_fetch_add(&server->user_generation[touched->slot[i]], 1);
    meters_add(&server->meters.events_added, touched->added);
    meters_add(&server->meters.events_present, touched->present);
}
