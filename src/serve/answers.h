/* answers: rendered answers that are still true, in bounded memory.  What goes is overwritten.
 *
 * An answer is kept under the bytes of its request, and is true as long as the stamp under which it was computed
 * is the stamp of now: the view, what others changed, what happened to its user, the policy of consent.  A stamp is taken before the
 * store is read, so that what is written meanwhile makes the answer untrue, never the other way round.
 * When the memory is full, whoever was not asked for since the hand last came by goes (CLOCK).  Thread-safe. */
#ifndef RECKON_SERVE_ANSWERS_H
#define RECKON_SERVE_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "serve/blob.h"
#include "serve/meters.h"

struct answers;

struct answer_stamp {
    uint64_t view, data, items; /* generations */
    int64_t policy;       /* number of the consent policy */
    unsigned user;        /* generation */
    unsigned slot;        /* whose generation `user` is; the caller's business */
};

int answers_new(struct answers **out, size_t max_bytes, struct meters *meters, struct error *err);
void answers_free(struct answers *self); /* NULL is fine */

/* Forgets all of them: somebody may have been erased who is in one. */
void answers_clear(struct answers *self);

/* The name of a request: a 128-bit hash of what it says, under a secret of the process. */
struct answer_name {
    uint64_t half[2];
};
struct answer_name answers_name(const struct answers *self, unsigned route, const void *request, size_t n);

/* The answer and its stamp; NULL: none.  You hold the blob.  (Whether the stamp is true the caller decides.) */
struct blob *answers_find(struct answers *self, struct answer_name name, struct answer_stamp *stamp);

/* Keeps the answer (holds it). */
void answers_keep(struct answers *self, struct answer_name name, const struct answer_stamp *stamp, struct blob *blob);

#endif
