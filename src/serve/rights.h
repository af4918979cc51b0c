/* rights: what the routes of /privacy/v1 and the dialect OpenDSR do alike with what people ask for (privacy/requests.h,
 * privacy/erasure.h).
 *
 * A request becomes a case.  Restriction, objection, opt-out and limit act at once.  An erasure whose person was vouched
 * for is approved, and carried out by the server's attendant; others wait until somebody vouches.  The same request of the
 * same caller is the same case. */
#ifndef RECKON_SERVE_RIGHTS_H
#define RECKON_SERVE_RIGHTS_H

#include "serve/call.h"
#include "store/audit.h"
#include "store/cases.h"

#define RIGHTS_REQUESTS "/privacy/v1/requests"

enum { RIGHTS_NAMES_MAX = 32, RIGHTS_CALLER_MAX = 40 };

struct rights_request {
    const char *names[RIGHTS_NAMES_MAX]; /* of one person */
    size_t n_names;
    const char *type, *regulation, *note; /* type: "erase" or one of REQUEST_TYPES */
    const char *request;       /* the caller's own id; NULL: none */
    const char *vouched;       /* who vouches for the person, in words; NULL: nobody */
    bool checked;              /* somebody does */
    bool waits;                /* an erasure waits for an approval all the same */
    bool nobody_is_fine;       /* somebody unknown is a case that is done, instead of E_NOT_FOUND */
    int64_t received;          /* 0: now */
    json_t *set;               /* of a rectification; borrowed */
    const json_t *callbacks;   /* addresses; NULL: none */
};

struct rights_answer {
    int64_t number;
    bool repeated; /* it was there */
};

/* *store is opened, and yours to close, also when it fails. */
int rights_ask(struct server *server, const struct call *call, struct store **store, const struct rights_request *q,
               struct rights_answer *out, struct error *err);

/* Closes a case; an erasure that was only planned is dropped.  E_REFUSED, E_CONFLICT: it cannot be. */
int rights_close(const struct call *call, struct store *store, const struct case_record *r, bool refused, const char *note,
                 struct error *err);

/* Can the copy of everything be had of it now? */
bool rights_has_archive(const struct case_record *r);

/* A step of a case that is not a request, as an erasure. */
int rights_note(struct store *store, const struct audit_actor *actor, int64_t number, const char *action, const char *note,
                struct error *err);

/* Who calls, for the audit log and as the owner of requests: "key 3". */
struct audit_actor rights_actor(const struct call *call, char who[RIGHTS_CALLER_MAX]);

#endif
