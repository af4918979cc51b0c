/* origins: cases (store/cases.h) that came over the wire.
 *
 * The caller's own id of a request is kept as a hash together with who called, so that the same request sent again is the
 * same case, and nobody sees another caller's.  Where the caller wants to be told of what becomes of it, each address is a
 * callback, with the request's id as it came (a UUID, which names nobody); it goes when the last status has arrived there,
 * or nobody wants to hear it. */
#ifndef RECKON_STORE_ORIGINS_H
#define RECKON_STORE_ORIGINS_H

#include <jansson.h>

#include "store/store.h"

struct case_origin {
    const char *caller;    /* "key 3" */
    const char *request;   /* the caller's own id; NULL: none, and it is always another case */
    const json_t *callbacks; /* addresses; may be NULL */
};

/* Within the write transaction that makes the case.  E_CONFLICT: the caller has a case of that request. */
int origins_add(struct store *self, const struct case_origin *origin, int64_t number, int64_t now, struct error *err);

/* *number 0: there is none. */
int origins_find(struct store *self, const char *caller, const char *request, int64_t *number, struct error *err);

/* The first erasure of this kind that was approved and is not done, and waits for nothing else (models, people); 0: none. */
int origins_waiting(struct store *self, int64_t *number, struct error *err);

/* Whose it is; E_NOT_FOUND: it did not come over the wire. */
int origins_caller(struct store *self, int64_t number, char *out, size_t size, struct error *err);

struct callback {
    int64_t callback, number, next;
    char *request, *url, *told; /* owned */
    int attempts;
};
/* Those whose time has come, at most `max`; callbacks_free(*out). */
int callbacks_due(struct store *self, int64_t now, size_t max, struct callback **out, size_t *n, struct error *err);
void callbacks_free(struct callback *list, size_t n);

/* Each within a write transaction. */
int callbacks_told(struct store *self, int64_t callback, const char *status, int64_t next, struct error *err);
int callbacks_failed(struct store *self, int64_t callback, int64_t next, struct error *err);
int callbacks_remove(struct store *self, int64_t callback, struct error *err);

#endif
