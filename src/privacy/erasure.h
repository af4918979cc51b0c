/* erasure: people taken out of everything that the workspace holds, and the proof of it.
 *
 * Five steps, each with its state in the case (store/cases.h), each run again without harm when it was interrupted:
 *   plan     who it is, what there is of them and where; kept sealed, with all that must be looked for afterwards
 *   approve  somebody said yes
 *   commit   they cannot come back (suppressions), and their rows are gone: from here on no answer knows them
 *   scrub    a control is planted, found and erased the same way; texts that name them, files, models that learnt from
 *            them, the database file and its log, backups
 *   verify   every byte is searched; only when nothing is found,
 *   certify  the certificate is made, and with it the case ends
 * A crash at any point leaves a case that erasure_finish takes up where it was.  When something is still found the case
 * stays open ("incomplete") and no certificate exists.
 *
 * Any number may be planned and approved; one is carried out at a time: E_CONFLICT. */
#ifndef RECKON_PRIVACY_ERASURE_H
#define RECKON_PRIVACY_ERASURE_H

#include "base/job.h"
#include "base/pool.h"
#include "store/audit.h"
#include "store/cases.h"
#include "store/store.h"

struct erasure {
    struct store *store; /* for writing */
    struct audit_actor actor;
    struct pool *pool;
    struct job *job;
    bool retrain;        /* models that learnt from them: now; else the case stays open until it is done */
};

struct erasure_request {
    const char *const *names;
    size_t n;
    const char *regulation; /* "gdpr", "ccpa" */
    int64_t received;       /* 0: now */
    bool skip_unknown;      /* names that nobody has are passed over */
};

struct case_origin;

struct erasure_plan {
    struct case_record record; /* number 0; facts["plan"] is the list of what goes */
    json_t *sealed;
    int64_t users;
    int64_t erased_by;         /* a case that erased one of the names before; 0: none */
    size_t unknown, erased;    /* of the names */
};

/* Reads only.  E_NOT_FOUND: a name that nobody has (and says nothing of others); E_REFUSED: a legal hold. */
int erasure_plan_make(const struct erasure *self, const struct erasure_request *request, struct erasure_plan *out,
                      struct error *err);
void erasure_plan_release(struct erasure_plan *self);

/* Keeps the plan as a case, approved or waiting for it; origin (may be NULL): of one that came over the wire. */
int erasure_begin(const struct erasure *self, struct erasure_plan *plan, bool approved, const struct case_origin *origin,
                  int64_t *number, struct error *err);
int erasure_approve(const struct erasure *self, int64_t number, struct error *err);
int erasure_drop(const struct erasure *self, int64_t number, struct error *err); /* one that nothing was done of */

/* Carries an approved case on to its certificate.  0 also when it stays open because models wait to be trained (then
 * out->closed is 0).  E_CONFLICT: remnants were found, or somebody reads the workspace; the case says which.  `out`
 * (may be NULL) is the case as it is now, also after an error when its number is set. */
int erasure_finish(const struct erasure *self, int64_t number, struct case_record *out, struct error *err);

/* The next step of a case, for people: "to be approved", "done". */
const char *erasure_next(const struct case_record *record);

#endif
