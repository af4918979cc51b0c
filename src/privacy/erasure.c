#include "privacy/erasure.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "privacy/certificate.h"
#include "privacy/erasure_private.h"
#include "privacy/sealed.h"
#include "privacy/signed.h"
#include "store/erase.h"
#include "store/jobs.h"
#include "store/origins.h"

/* ---- one at a time ------------------------------------------------------------------------------------- */

/* The first byte of the lock file, which belongs to no job; the kernel lets go of it with the process. */
static int lock_erasures(const char *workspace, int *fd, struct error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    char path[FS_PATH_MAX];
    if (fs_join(path, sizeof path, workspace, STORE_LOCK) != 0)
        return error_set(err, E_USAGE, workspace, "the path is too long");
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0)
        return fs_error(err, path, "cannot be opened");
    if (fcntl(*fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    close(*fd);
    *fd = -1;
    error_set(err, E_CONFLICT, workspace, "another erasure is running");
    return error_hint(err, E_CONFLICT, "wait until it is done; several people in one command are one erasure");
}

/* ---- cases --------------------------------------------------------------------------------------------- */

static int note(const struct erasure *self, const struct case_record *r, const char *action, struct error *err)
{
    json_t *facts = json_pack("{s:I, s:I}", "case", (json_int_t)r->number, "people", (json_int_t)r->people);
    json_object_set(facts, "commitments", json_object_get(r->facts, "commitments"));
    char digest[65];
    if (signed_digest(json_object_get(r->facts, "plan"), digest, NULL) == 0)
        json_object_set_new(facts, "plan", json_string(digest));
    return audit_append(self->store, action, &self->actor, clock_now_ms(), facts, NULL, err);
}

int erasure_begin(const struct erasure *self, struct erasure_plan *plan, bool approved, const struct case_origin *origin,
                  int64_t *number, struct error *err)
{
    struct case_record *r = &plan->record;
    snprintf(r->state, sizeof r->state, "%s", approved ? CASE_APPROVED : CASE_PLANNED);
    int rc = store_begin(self->store, err);
    rc = rc != 0 ? rc : cases_add(self->store, r, err);
    if (rc == 0 && origin != NULL)
        rc = origins_add(self->store, origin, r->number, clock_now_ms(), err);
    rc = rc != 0 ? rc : sealed_put(r, store_workspace(self->store), plan->sealed, err);
    rc = rc != 0 ? rc : cases_save(self->store, r, err);
    rc = rc != 0 ? rc : note(self, r, "erasure planned", err);
    if (rc == 0 && approved)
        rc = note(self, r, "erasure approved", err);
    rc = rc != 0 ? rc : store_commit(self->store, err);
    if (rc != 0) {
        /* in this order: once the lock is gone, somebody else's case may have that number */
        sealed_destroy(r->number, store_workspace(self->store), NULL);
        store_rollback(self->store);
    }
    *number = r->number;
    return rc;
}

static int set_state(const struct erasure *self, struct case_record *r, const char *state, const char *action,
                     struct error *err)
{
    snprintf(r->state, sizeof r->state, "%s", state);
    int rc = store_begin(self->store, err);
    rc = rc != 0 ? rc : cases_save(self->store, r, err);
    rc = rc != 0 ? rc : note(self, r, action, err);
    return store_end(self->store, rc, err);
}

static int not_in_state(const struct case_record *r, const char *doing, struct error *err)
{
    char what[40];
    snprintf(what, sizeof what, "case %" PRId64, r->number);
    error_set(err, E_CONFLICT, what, "is '%s' (%s) and cannot be %s", r->state, r->type, doing);
    return error_hint(err, E_CONFLICT, "`reckon privacy cases` shows what is open");
}

static int find_erasure(const struct erasure *self, int64_t number, struct case_record *r, struct error *err)
{
    int rc = cases_find(self->store, number, r, err);
    if (rc == 0 && strcmp(r->type, "erase") != 0) {
        rc = not_in_state(r, "carried out as an erasure", err);
        case_release(r);
    }
    return rc;
}

int erasure_approve(const struct erasure *self, int64_t number, struct error *err)
{
    struct case_record r;
    int rc = find_erasure(self, number, &r, err);
    if (rc != 0)
        return rc;
    rc = strcmp(r.state, CASE_PLANNED) == 0 ? set_state(self, &r, CASE_APPROVED, "erasure approved", err)
                                            : not_in_state(&r, "approved", err);
    case_release(&r);
    return rc;
}

int erasure_drop(const struct erasure *self, int64_t number, struct error *err)
{
    struct case_record r;
    int rc = find_erasure(self, number, &r, err);
    if (rc != 0)
        return rc;
    sealed_empty(&r);
    json_object_del(r.facts, "proven");
    rc = strcmp(r.state, CASE_PLANNED) == 0 ? 0 : not_in_state(&r, "dropped", err);
    r.closed = clock_now_ms();
    rc = rc != 0 ? rc : set_state(self, &r, "dropped", "erasure dropped", err);
    rc = rc != 0 ? rc : sealed_destroy(number, store_workspace(self->store), err);
    case_release(&r);
    return rc;
}

const char *erasure_next(const struct case_record *r)
{
    static const struct {
        const char *state, *next;
    } steps[] = {{CASE_PLANNED, "to be approved"},
                 {CASE_APPROVED, "to be carried out"},
                 {CASE_COMMITTED, "out of every answer; files to be cleaned"},
                 {CASE_SCRUBBED, "to be verified"},
                 {CASE_INCOMPLETE, "something is still there"},
                 {CASE_CERTIFIED, "done"},
                 {"open", "who asks is to be checked"},
                 {"checked", "to be answered"},
                 {"done", "done"},
                 {"refused", "refused"}};
    if (r->closed == 0 && json_array_size(json_object_get(r->facts, "models_due")) > 0 &&
        strcmp(r->state, CASE_SCRUBBED) == 0)
        return "models that learnt from them wait to be trained again";
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (strcmp(steps[i].state, r->state) == 0)
            return steps[i].next;
    return "";
}

/* ---- carried out --------------------------------------------------------------------------------------- */

/* Those that are names, for what the database's texts are searched with. */
static int add_identifier(struct erasing *self, const struct needle *needle, struct error *err)
{
    if (!needle->identifier || needle->n < MATCHER_MIN)
        return 0;
    int rc = matcher_add(self->all, needle->text, needle->n, 0, err);
    return rc != 0 || needle->weak ? rc : matcher_add(self->strong, needle->text, needle->n, 0, err);
}

static int load(struct erasing *self, struct error *err)
{
    int rc = sealed_get(self->record, self->workspace, &self->sealed, err);
    rc = rc != 0 ? rc : erasing_needles(&self->needles, self->sealed, err);
    rc = rc != 0 ? rc : matcher_new(&self->all, err);
    rc = rc != 0 ? rc : matcher_new(&self->strong, err);
    for (size_t i = 0; rc == 0 && i < self->needles.n; i++)
        rc = add_identifier(self, &self->needles.list[i], err);
    rc = rc != 0 ? rc : matcher_ready(self->all, err);
    rc = rc != 0 ? rc : matcher_ready(self->strong, err);
    proven_init(&self->proven, self->record->salt);
    return rc != 0 ? rc : facts_get_proven(self->record->facts, &self->proven, err);
}

static void unload(struct erasing *self)
{
    json_decref(self->sealed);
    needles_release(&self->needles);
    proven_release(&self->proven);
    matcher_free(self->all);
    matcher_free(self->strong);
    departed_release(&self->departed);
}

bool facts_done(const struct case_record *r, const char *step)
{
    return json_is_true(json_object_get(json_object_get(r->facts, "steps"), step));
}

int erasing_save(struct erasing *self, const char *step, struct error *err)
{
    json_t *steps = json_object_get(self->record->facts, "steps");
    if (steps == NULL) {
        steps = json_object();
        json_object_set_new(self->record->facts, "steps", steps);
    }
    if (step != NULL)
        json_object_set_new(steps, step, json_true());
    if (facts_put_proven(self->record->facts, &self->proven) != 0)
        return error_nomem(err, "erasure");
    int rc = store_begin(self->store, err);
    rc = rc != 0 ? rc : cases_save(self->store, self->record, err);
    return store_end(self->store, rc, err);
}

static int scrub_all(struct erasing *self, struct error *err)
{
    static const struct {
        const char *name;
        int (*run)(struct erasing *, struct error *);
    } steps[] = {{"control", erasing_control}, {"texts", erasing_scrub},     {"files", erasing_files},
                 {"models", erasing_models},   {"rewrite", erasing_rewrite}, {"backups", erasing_backups}};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof steps / sizeof steps[0]; i++) {
        if (facts_done(self->record, steps[i].name))
            continue;
        rc = steps[i].run(self, err);
        rc = rc != 0 ? rc : erasing_save(self, steps[i].name, err);
    }
    return rc != 0 ? rc : set_state(self->erasure, self->record, CASE_SCRUBBED, "erasure scrubbed", err);
}

static int still_there(struct erasing *self, struct error *err)
{
    char what[40];
    snprintf(what, sizeof what, "case %" PRId64, self->record->number);
    int rc = set_state(self->erasure, self->record, CASE_INCOMPLETE, "erasure incomplete", err);
    if (rc != 0)
        return rc;
    error_set(err, E_CONFLICT, what, "something of them was still found; there is no certificate");
    return error_hint(err, E_CONFLICT, "`reckon privacy case %" PRId64 "` says where; remove it, then `reckon privacy "
                      "resume %" PRId64 "`", self->record->number, self->record->number);
}

static int go_on(struct erasing *self, struct error *err)
{
    struct case_record *r = self->record;
    bool clean = false;
    int rc = 0;
    if (strcmp(r->state, CASE_INCOMPLETE) == 0) { /* all of it again */
        json_object_del(r->facts, "steps");
        proven_clear(&self->proven);
        snprintf(r->state, sizeof r->state, "%s", CASE_COMMITTED);
    }
    if (strcmp(r->state, CASE_SCRUBBED) == 0 && json_array_size(json_object_get(r->facts, "models_due")) > 0) {
        static const char *const again[] = {"models", "rewrite", "backups"};
        for (size_t i = 0; i < sizeof again / sizeof again[0]; i++)
            json_object_del(json_object_get(r->facts, "steps"), again[i]);
        snprintf(r->state, sizeof r->state, "%s", CASE_COMMITTED);
    }
    if (strcmp(r->state, CASE_APPROVED) == 0)
        rc = erasing_commit(self, err);
    if (rc == 0 && strcmp(r->state, CASE_COMMITTED) == 0)
        rc = scrub_all(self, err);
    if (rc == 0 && json_array_size(json_object_get(r->facts, "models_due")) > 0)
        return 0;
    if (rc == 0 && strcmp(r->state, CASE_SCRUBBED) == 0) {
        rc = erasing_verify(self, &clean, err);
        if (rc == 0 && !clean)
            return still_there(self, err);
        json_object_del(r->facts, "proven"); /* nothing is looked for again */
        rc = rc != 0 ? rc : certificate_issue(self->store, &self->erasure->actor, r, err);
    }
    return rc;
}

int erasure_finish(const struct erasure *self, int64_t number, struct case_record *out, struct error *err)
{
    struct case_record r = {0};
    struct erasing e = {.erasure = self, .store = self->store, .workspace = store_workspace(self->store), .record = &r};
    int fd = -1, rc = lock_erasures(e.workspace, &fd, err);
    if (rc != 0)
        return rc;
    rc = find_erasure(self, number, &r, err);
    if (rc == 0 && r.closed == 0 && strcmp(r.state, CASE_PLANNED) == 0)
        rc = not_in_state(&r, "carried out before it is approved", err);
    else if (rc == 0 && r.closed == 0) {
        rc = load(&e, err);
        rc = rc != 0 ? rc : go_on(&e, err);
        unload(&e);
    }
    rc = rc != 0 ? rc : sealed_sweep(self->store, err);
    close(fd);
    if (out != NULL)
        *out = r;
    else
        case_release(&r);
    return rc;
}
