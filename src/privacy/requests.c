#include "privacy/requests.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "privacy/consent_write.h"
#include "privacy/rectify.h"
#include "privacy/sealed.h"
#include "store/subjects.h"
#include "store/users.h"

static int finish(struct store *store, const struct audit_actor *actor, const struct case_record *r, const char *action,
                  const char *note, int rc, struct error *err)
{
    int64_t now = clock_now_ms();
    rc = rc != 0 ? rc : cases_step(store, r->number, actor->who, action, note != NULL ? note : "", now, err);
    rc = rc != 0 ? rc
                 : audit_append(store, "case", actor, now,
                                json_pack("{s:I, s:s, s:s, s:s}", "case", (json_int_t)r->number, "type", r->type, "step",
                                          action, "state", r->state), NULL, err);
    return store_end(store, rc, err);
}

/* What the request itself does. */
static int act(struct store *store, const struct request_new *q, int64_t number, struct error *err)
{
    char proof[48];
    snprintf(proof, sizeof proof, "case %" PRId64, number);
    struct consent_words w = {.source = "reckon", .proof = proof, .at = clock_now_ms()};
    if (strcmp(q->type, "restrict") == 0) {
        w.withdraw = 1U << CONSENT_PROCESSING;
        w.basis = "restriction";
    } else if (strcmp(q->type, "object") == 0) {
        w.withdraw = 1U << CONSENT_PERSONALISATION | 1U << CONSENT_MARKETING | 1U << CONSENT_EXPERIMENTS;
        w.basis = "objection";
    } else if (strcmp(q->type, "opt-out") == 0) {
        w.withdraw = 1U << CONSENT_SALE;
        w.basis = "opt-out";
    } else if (strcmp(q->type, "limit") == 0) {
        w.withdraw = 1U << CONSENT_SENSITIVE;
        w.basis = "opt-out";
    } else {
        return 0;
    }
    int rc = consent_words_check(&w, err);
    return rc != 0 ? rc : consent_words_record(store, q->user, &w, NULL, err);
}

/* So that what is written in the case goes with the person, also when it is closed. */
static int note_people(struct store *store, int64_t number, int64_t user, struct error *err)
{
    struct subject_users all;
    int rc = subjects_users(store, user, &all, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        struct str name;
        str_init(&name, 4096);
        rc = users_name(store, all.user[i], &name, err);
        rc = rc != 0 ? rc : cases_about(store, number, str_text(&name), name.len, err);
        str_release(&name);
    }
    return rc;
}

static void prepare(struct case_record *r, const struct request_new *q, const char *state)
{
    *r = (struct case_record){.received = q->received != 0 ? q->received : clock_now_ms(), .facts = json_object()};
    snprintf(r->type, sizeof r->type, "%s", q->type);
    snprintf(r->regulation, sizeof r->regulation, "%s", q->regulation);
    snprintf(r->state, sizeof r->state, "%s", state);
    r->due = case_due(q->regulation, r->received);
}

static int add(struct store *store, const struct request_new *q, struct case_record *r, struct error *err)
{
    int64_t now = clock_now_ms();
    if (r->received > now + CLOCK_DAY_MS)
        return error_set(err, E_USAGE, "the request", "cannot be received in the future");
    int rc = store_begin(store, err);
    rc = rc != 0 ? rc : cases_add(store, r, err);
    return rc != 0 || q->origin == NULL ? rc : origins_add(store, q->origin, r->number, now, err);
}

/* A rectification that says what is right, by somebody who is who they say. */
static int put_right(struct store *store, struct case_record *r, int64_t user, json_t *set, struct error *err)
{
    if (set == NULL)
        return 0;
    int rc = rectify_values(store, user, set, err);
    if (rc != 0)
        return rc;
    snprintf(r->state, sizeof r->state, "done");
    r->closed = clock_now_ms();
    sealed_empty(r);
    return 0;
}

int requests_open(struct store *store, const struct audit_actor *actor, const struct request_new *q, int64_t *number,
                  struct error *err)
{
    struct case_record r;
    json_t *who = json_pack("{s:I}", "user", (json_int_t)q->user);
    if (q->set != NULL)
        json_object_set(who, "set", q->set);
    prepare(&r, q, q->checked ? "checked" : "open");
    r.people = 1;
    int rc = add(store, q, &r, err);
    rc = rc != 0 ? rc : note_people(store, r.number, q->user, err);
    rc = rc != 0 ? rc : sealed_put(&r, store_workspace(store), who, err);
    rc = rc != 0 || !q->checked ? rc : put_right(store, &r, q->user, q->set, err);
    rc = rc != 0 ? rc : cases_save(store, &r, err);
    rc = rc != 0 ? rc : act(store, q, r.number, err);
    rc = finish(store, actor, &r, "opened", q->note, rc, err);
    rc = rc != 0 || r.closed == 0 ? rc : sealed_destroy(r.number, store_workspace(store), err);
    *number = r.number;
    json_decref(who);
    case_release(&r);
    return rc;
}

int requests_open_nobody(struct store *store, const struct audit_actor *actor, const struct request_new *q, int64_t *number,
                         struct error *err)
{
    struct case_record r;
    prepare(&r, q, "done");
    r.closed = clock_now_ms();
    int rc = add(store, q, &r, err);
    rc = rc != 0 ? rc : cases_save(store, &r, err);
    rc = finish(store, actor, &r, "answered", "nobody is known by what was given", rc, err);
    *number = r.number;
    case_release(&r);
    return rc;
}

static int open_box(struct store *store, const struct case_record *r, int64_t *user, json_t **set, struct error *err)
{
    json_t *who;
    int rc = sealed_get(r, store_workspace(store), &who, err);
    if (rc != 0)
        return rc;
    *user = (int64_t)json_integer_value(json_object_get(who, "user"));
    *set = json_incref(json_object_get(who, "set"));
    json_decref(who);
    return 0;
}

int requests_user(struct store *store, const struct case_record *r, int64_t *user, struct error *err)
{
    json_t *set = NULL;
    int rc = open_box(store, r, user, &set, err);
    json_decref(set);
    return rc;
}

/* Begins a transaction with the case in it. */
static int take(struct store *store, int64_t number, struct case_record *r, struct error *err)
{
    char what[40];
    int rc = store_begin(store, err);
    *r = (struct case_record){.number = 0};
    rc = rc != 0 ? rc : cases_find(store, number, r, err);
    snprintf(what, sizeof what, "case %" PRId64, number);
    if (rc == 0 && strcmp(r->type, "erase") == 0) {
        error_set(err, E_REFUSED, what, "is an erasure, which has steps of its own");
        rc = error_hint(err, E_REFUSED, "`reckon privacy case %" PRId64 "` says what comes next", number);
    } else if (rc == 0 && r->closed != 0) {
        rc = error_set(err, E_REFUSED, what, "is closed");
    }
    if (rc != 0)
        store_rollback(store);
    return rc;
}

static int put_right_sealed(struct store *store, struct case_record *r, struct error *err)
{
    json_t *set = NULL;
    int64_t user;
    int rc = open_box(store, r, &user, &set, err);
    rc = rc != 0 ? rc : put_right(store, r, user, set, err);
    json_decref(set);
    return rc;
}

int requests_note(struct store *store, const struct audit_actor *actor, int64_t number, bool checked, const char *note,
                  struct error *err)
{
    struct case_record r;
    int rc = take(store, number, &r, err);
    if (rc != 0) {
        case_release(&r);
        return rc;
    }
    if (checked)
        snprintf(r.state, sizeof r.state, "checked");
    if (checked && strcmp(r.type, "rectify") == 0)
        rc = put_right_sealed(store, &r, err);
    rc = rc != 0 ? rc : cases_save(store, &r, err);
    rc = finish(store, actor, &r, checked ? "identity checked" : "noted", note, rc, err);
    rc = rc != 0 || r.closed == 0 ? rc : sealed_destroy(number, store_workspace(store), err);
    case_release(&r);
    return rc;
}

int requests_extend(struct store *store, const struct audit_actor *actor, int64_t number, const char *reason,
                    struct error *err)
{
    struct case_record r;
    char what[40];
    int rc = take(store, number, &r, err);
    snprintf(what, sizeof what, "case %" PRId64, number);
    if (rc != 0) {
        case_release(&r);
        return rc;
    }
    if (json_object_get(r.facts, "extended") != NULL)
        rc = error_set(err, E_REFUSED, what, "was extended before; the law allows it once");
    else if (r.due < clock_now_ms())
        rc = error_set(err, E_REFUSED, what, "is overdue: whoever asked had to be told of an extension in time");
    bool gdpr = strcmp(r.regulation, "gdpr") == 0;
    if (rc == 0) {
        r.due = gdpr ? case_due("gdpr", case_due("gdpr", r.due)) : case_due("ccpa", r.due);
        json_object_set_new(r.facts, "extended", json_true());
        rc = cases_save(store, &r, err);
    }
    rc = finish(store, actor, &r, "extended", reason, rc, err);
    case_release(&r);
    return rc;
}

int requests_close(struct store *store, const struct audit_actor *actor, int64_t number, bool refused, const char *note,
                   struct error *err)
{
    struct case_record r;
    int rc = take(store, number, &r, err);
    if (rc != 0) {
        case_release(&r);
        return rc;
    }
    if (!refused && strcmp(r.state, "checked") != 0) {
        error_set(err, E_REFUSED, "the case", "nobody has checked yet that whoever asks is who they say");
        rc = error_hint(err, E_REFUSED, "`reckon privacy cases note %" PRId64 " --identity-checked`", number);
    }
    snprintf(r.state, sizeof r.state, "%s", refused ? "refused" : "done");
    r.closed = clock_now_ms();
    sealed_empty(&r);
    rc = rc != 0 ? rc : cases_save(store, &r, err);
    rc = finish(store, actor, &r, refused ? "refused" : "answered", note, rc, err);
    rc = rc != 0 ? rc : sealed_destroy(number, store_workspace(store), err);
    case_release(&r);
    return rc;
}
