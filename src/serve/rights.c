#include "serve/rights.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "command/privacy/subject_argument.h"
#include "privacy/erasure.h"
#include "privacy/requests.h"
#include "serve/attendant.h"
#include "serve/server.h"
#include "store/subjects.h"

struct audit_actor rights_actor(const struct call *call, char who[RIGHTS_CALLER_MAX])
{
    snprintf(who, RIGHTS_CALLER_MAX, "key %" PRId64, call->key);
    return (struct audit_actor){.who = who, .front = "http"};
}

bool rights_has_archive(const struct case_record *r)
{
    return r->closed == 0 && strcmp(r->state, "checked") == 0 &&
           (strcmp(r->type, "access") == 0 || strcmp(r->type, "portability") == 0);
}

int rights_note(struct store *store, const struct audit_actor *actor, int64_t number, const char *action, const char *note,
                struct error *err)
{
    int rc = store_begin(store, err);
    rc = rc != 0 ? rc : cases_step(store, number, actor->who, action, note, clock_now_ms(), err);
    return store_end(store, rc, err);
}

int rights_close(const struct call *call, struct store *store, const struct case_record *r, bool refused, const char *note,
                 struct error *err)
{
    char who[RIGHTS_CALLER_MAX];
    struct erasure erasure = {.store = store, .actor = rights_actor(call, who)};
    if (strcmp(r->type, "erase") != 0)
        return requests_close(store, &erasure.actor, r->number, refused, note, err);
    int rc = refused ? erasure_drop(&erasure, r->number, err)
                     : error_set(err, E_REFUSED, "the case", "is an erasure, which is done with its certificate");
    return rc != 0 ? rc : rights_note(store, &erasure.actor, r->number, "refused", note, err);
}

/* ---- asked ----------------------------------------------------------------------------------------------- */

/* What was given leads to one person; *user 0: to nobody. */
static int find_one(struct store *store, const struct rights_request *q, int64_t *user, struct error *err)
{
    *user = 0;
    for (size_t i = 0; i < q->n_names; i++) {
        struct subject_users all;
        int64_t found = 0;
        int rc = subject_argument(store, q->names[i], &found, err);
        if (rc == E_NOT_FOUND)
            continue;
        rc = rc != 0 || *user == 0 ? rc : subjects_users(store, *user, &all, err);
        bool same = *user == 0;
        for (size_t k = 0; rc == 0 && *user != 0 && k < all.n; k++)
            same = same || all.user[k] == found;
        if (rc == 0 && !same)
            rc = error_set(err, E_CONFLICT, "the subject", "the identifiers lead to several people who are not linked");
        if (rc != 0)
            return rc;
        *user = found;
    }
    return 0;
}

/* The case is there: when another erasure rebuilds the store from now on, which is told once, it is gone on with. */
enum { TRIES = 3 };

static int note_on(struct store *store, const struct audit_actor *actor, int64_t number, const char *what,
                   const char *text, struct error *err)
{
    int rc = E_CONFLICT;
    for (int tries = 0; tries < TRIES && rc == E_CONFLICT; tries++)
        rc = rights_note(store, actor, number, what, text, err);
    return rc;
}

static int approve_on(struct erasure *erasure, int64_t number, struct error *err)
{
    int rc = E_CONFLICT;
    for (int tries = 0; tries < TRIES && rc == E_CONFLICT; tries++)
        rc = erasure_approve(erasure, number, err);
    return rc;
}

static int open_request(struct store *store, const struct audit_actor *actor, const struct rights_request *q,
                        const struct case_origin *origin, int64_t *number, struct error *err)
{
    struct request_new n = {.type = q->type, .regulation = q->regulation, .note = q->note, .received = q->received,
                            .checked = q->checked, .set = q->set, .origin = origin};
    int rc = find_one(store, q, &n.user, err);
    if (rc == 0 && n.user == 0 && q->nobody_is_fine)
        return requests_open_nobody(store, actor, &n, number, err);
    if (rc == 0 && n.user == 0)
        return subject_argument(store, q->names[0], &n.user, err); /* says that there is nobody */
    rc = rc != 0 ? rc : requests_open(store, actor, &n, number, err);
    return rc != 0 || q->vouched == NULL ? rc : note_on(store, actor, *number, "identity checked", q->vouched, err);
}

static int open_erasure(struct server *server, struct store *store, const struct audit_actor *actor,
                        const struct rights_request *q, const struct case_origin *origin, struct rights_answer *out,
                        struct error *err)
{
    struct erasure erasure = {.store = store, .actor = *actor};
    struct erasure_request wanted = {.names = q->names, .n = q->n_names, .regulation = q->regulation,
                                     .received = q->received, .skip_unknown = q->nobody_is_fine || q->n_names > 1};
    struct erasure_plan plan = {0};
    int rc = erasure_plan_make(&erasure, &wanted, &plan, err);
    if (rc != 0)
        return rc;
    if (plan.users == 0 && plan.erased_by != 0) { /* erased before: that case, with its certificate */
        out->number = plan.erased_by;
        out->repeated = true;
    } else if (plan.users == 0 && q->nobody_is_fine) {
        struct request_new n = {.type = "erase", .regulation = q->regulation, .received = q->received, .origin = origin};
        rc = requests_open_nobody(store, actor, &n, &out->number, err);
    } else if (plan.users == 0) {
        rc = error_set(err, E_NOT_FOUND, "the subject", "nobody is known by this identifier");
    } else {
        rc = erasure_begin(&erasure, &plan, false, origin, &out->number, err);
        if (rc == 0 && q->note != NULL)
            rc = note_on(store, actor, out->number, "opened", q->note, err);
        if (rc == 0 && q->vouched != NULL)
            rc = note_on(store, actor, out->number, "identity checked", q->vouched, err);
        if (rc == 0 && q->checked && !q->waits) /* now that what was written down is there to be searched */
            rc = approve_on(&erasure, out->number, err);
        attendant_wake(server->attendant);
    }
    erasure_plan_release(&plan);
    return rc;
}

/* Under the same id something else is asked for: a slip of the caller's. */
static int check_same(struct store *store, int64_t number, const struct rights_request *q, struct error *err)
{
    struct case_record r;
    int rc = cases_find(store, number, &r, err);
    if (rc == 0 && strcmp(r.type, q->type) != 0)
        rc = error_set(err, E_CONFLICT, "the request", "came before under this id, and was of the type %s", r.type);
    case_release(&r);
    return rc;
}

static int ask(struct server *server, const struct call *call, struct store *store, const struct rights_request *q,
               struct rights_answer *out, struct error *err)
{
    char who[RIGHTS_CALLER_MAX];
    struct audit_actor actor = rights_actor(call, who);
    struct case_origin origin = {.caller = who, .request = q->request, .callbacks = q->callbacks};
    *out = (struct rights_answer){0};
    int rc = q->request != NULL ? origins_find(store, who, q->request, &out->number, err) : 0;
    if (rc == 0 && out->number != 0) {
        out->repeated = true;
        return check_same(store, out->number, q, err);
    }
    rc = rc != 0 ? rc
         : strcmp(q->type, "erase") == 0 ? open_erasure(server, store, &actor, q, &origin, out, err)
                                         : open_request(store, &actor, q, &origin, &out->number, err);
    if (rc == 0) /* what was refused holds from the next answer on */
        atomic_fetch_add(&server->data_generation, 1);
    return rc;
}

int rights_ask(struct server *server, const struct call *call, struct store **store, const struct rights_request *q,
               struct rights_answer *out, struct error *err)
{
    struct error local = {0};
    int rc = 0;
    *store = NULL;
    for (int tries = 0; tries < TRIES; tries++) { /* while it was planned, another erasure may have rebuilt the store */
        store_close(*store);
        *store = NULL;
        rc = store_open(store, server->workspace, true, &local);
        rc = rc != 0 ? rc : ask(server, call, *store, q, out, &local);
        if (rc != E_CONFLICT || out->number != 0)
            break;
    }
    if (rc != 0 && err != NULL)
        *err = local;
    return rc;
}
