/* requests: cases that are not erasures (store/cases.h): access, portability, rectification, restriction, objection, opt-out
 * of sale, limit of sensitive uses.
 *
 * States: open, checked (whoever asks is who they say), done, refused.  Restriction, objection, opt-out and limit act at
 * once, by what they record of consent, and stay in force when the case is closed.  Whom a case is about is sealed
 * (privacy/sealed.h) until then. */
#ifndef RECKON_PRIVACY_REQUESTS_H
#define RECKON_PRIVACY_REQUESTS_H

#include "store/audit.h"
#include "store/cases.h"

#define REQUEST_TYPES "access|portability|rectify|restrict|object|opt-out|limit"

struct request_new {
    int64_t user;
    const char *type, *regulation, *note;
    int64_t received; /* 0: now */
    bool checked;     /* their identity was */
};

/* Each is one transaction, with an entry of the audit log. */
int requests_open(struct store *store, const struct audit_actor *actor, const struct request_new *request, int64_t *number,
                  struct error *err);
int requests_note(struct store *store, const struct audit_actor *actor, int64_t number, bool checked, const char *note,
                  struct error *err);
/* Two months more (GDPR article 12(3)), or 45 days (CCPA), once; the reason is kept.  E_REFUSED: it was done before, or the
 * time is over. */
int requests_extend(struct store *store, const struct audit_actor *actor, int64_t number, const char *reason,
                    struct error *err);
int requests_close(struct store *store, const struct audit_actor *actor, int64_t number, bool refused, const char *note,
                   struct error *err);

#endif
