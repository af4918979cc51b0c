/* requests: cases that are not erasures (store/cases.h): access, portability, rectification, restriction, objection, opt-out
 * of sale, limit of sensitive uses.
 *
 * States: open, checked (whoever asks is who they say), done, refused.  Restriction, objection, opt-out and limit act at
 * once, by what they record of consent, and stay in force when the case is closed.  A rectification that says what is to be
 * set is carried out, and done, as soon as the identity was checked.  Whom a case is about is sealed (privacy/sealed.h)
 * until it is closed. */
#ifndef RECKON_PRIVACY_REQUESTS_H
#define RECKON_PRIVACY_REQUESTS_H

#include "store/audit.h"
#include "store/cases.h"
#include "store/origins.h"

#define REQUEST_TYPES "access|portability|rectify|restrict|object|opt-out|limit"

struct request_new {
    int64_t user;
    const char *type, *regulation, *note;
    int64_t received; /* 0: now */
    bool checked;     /* their identity was */
    json_t *set;      /* of a rectification: attributes and their right values; NULL: somebody sees to it.  Borrowed */
    const struct case_origin *origin; /* NULL: it did not come over the wire */
};

/* Each is one transaction, with an entry of the audit log. */
int requests_open(struct store *store, const struct audit_actor *actor, const struct request_new *request, int64_t *number,
                  struct error *err);
/* One about nobody whom the store knows: done as it is opened. */
int requests_open_nobody(struct store *store, const struct audit_actor *actor, const struct request_new *request,
                         int64_t *number, struct error *err);
int requests_note(struct store *store, const struct audit_actor *actor, int64_t number, bool checked, const char *note,
                  struct error *err);
/* Two months more (GDPR article 12(3)), or 45 days (CCPA), once; the reason is kept.  E_REFUSED: it was done before, or the
 * time is over. */
int requests_extend(struct store *store, const struct audit_actor *actor, int64_t number, const char *reason,
                    struct error *err);
int requests_close(struct store *store, const struct audit_actor *actor, int64_t number, bool refused, const char *note,
                   struct error *err);

/* Whom an open case is about. */
int requests_user(struct store *store, const struct case_record *record, int64_t *user, struct error *err);

#endif
