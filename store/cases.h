/* cases: what people asked for under the law, and how far it is.
 *
 * A case has a type (erase, access, rectify, restrict, object, opt-out), a regulation (gdpr, ccpa), a state and a date
 * by which it must be answered.  States of an erasure, in order: planned, approved, committed (nobody is answered
 * from their data any more), scrubbed (nothing of it is in any file), certified; `incomplete` when something was still
 * found.  Other types bring their own states; closed != 0 ends any of them.
 *
 * A case names nobody: `sealed` holds what is still to be looked for, encrypted under keys/case-N.key, and that key is
 * destroyed when the case is closed.  `facts` is a JSON object with counts. */
#ifndef RECKON_STORE_CASES_H
#define RECKON_STORE_CASES_H

#include <jansson.h>

#include "store/store.h"

#define CASE_PLANNED "planned"
#define CASE_APPROVED "approved"
#define CASE_COMMITTED "committed"
#define CASE_SCRUBBED "scrubbed"
#define CASE_INCOMPLETE "incomplete"
#define CASE_CERTIFIED "certified"

enum { CASE_SALT = 32 };

struct case_record {
    int64_t number, received, due, closed, people; /* closed 0: open */
    char type[16], regulation[16], state[16];
    unsigned char salt[CASE_SALT];
    bool has_salt;
    unsigned char *sealed; /* owned */
    size_t n_sealed;
    json_t *facts;         /* owned */
    char *certificate;     /* owned; NULL: none */
};
void case_release(struct case_record *self); /* zeroed is fine */

/* When an answer is due: a month (gdpr) or 45 days (ccpa) after it was received. */
int64_t case_due(const char *regulation, int64_t received);

/* All that change something: within a write transaction. */
int cases_add(struct store *self, struct case_record *record, struct error *err); /* sets number */
/* State, due, closed, sealed, facts and certificate as they are in the record. */
int cases_save(struct store *self, const struct case_record *record, struct error *err);

/* Was any certificate signed? */
int cases_certified(struct store *self, bool *any, struct error *err);
int cases_find(struct store *self, int64_t number, struct case_record *out, struct error *err); /* E_NOT_FOUND */

/* What was done in a case, by whom; the note is free text, and names nobody. */
int cases_step(struct store *self, int64_t number, const char *who, const char *action, const char *note, int64_t now,
               struct error *err);
typedef int (*case_step_fn)(void *context, int64_t at, const char *who, const char *action, const char *note);
int cases_steps(struct store *self, int64_t number, case_step_fn fn, void *context, struct error *err);

/* Whom a case is about, by identifier; kept as a keyed hash (store/suppressions.h). */
int cases_about(struct store *self, int64_t number, const char *identifier, size_t n, struct error *err);
/* Cases about whoever has this hash, other than `number`: mem_free(*out). */
int cases_of(struct store *self, const unsigned char *digest, size_t n_digest, int64_t number, int64_t **list, size_t *n,
             struct error *err);
/* Within a write transaction, also of a copy of an older schema: takes away what was written in it; *rows more. */
int cases_forget_notes(struct store *self, int64_t number, int64_t *rows, struct error *err);

typedef int (*cases_fn)(void *context, const struct case_record *record);
/* Open ones first, those that are due soonest first of all; `type` NULL: all. */
int cases_each(struct store *self, const char *type, bool open_only, cases_fn fn, void *context, struct error *err);

#endif
