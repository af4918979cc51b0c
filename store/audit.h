/* audit: the log of everything that changed the workspace: what, who, when, how it ended.
 *
 * Append-only: triggers refuse every other change, and whoever goes round them is found out.  Entries are canonical
 * JSON (sorted keys, no blanks, whole numbers, UTC), numbered from 1 without a gap, and chained: chain(i) =
 * SHA-256(chain(i-1) || entry(i)), chain(0) = 32 zeros.  The same entries are the leaves of a Merkle tree
 * (base/merkle.h), of which signed heads are given away.  No entry names a customer. */
#ifndef RECKON_STORE_AUDIT_H
#define RECKON_STORE_AUDIT_H

#include <jansson.h>

#include "base/job.h"
#include "base/merkle.h"
#include "store/store.h"

/* Who does something, where: both borrowed, "" when not known. */
struct audit_actor {
    const char *who;   /* a user of the system, or a key of the server */
    const char *front; /* "command line", "http", … */
};

/* Within a write transaction.  `facts` is an object (or NULL) whose members become part of the entry; stolen.  *number
 * may be NULL. */
int audit_append(struct store *self, const char *action, const struct audit_actor *actor, int64_t now, json_t *facts,
                 int64_t *number, struct error *err);

struct audit_entry {
    int64_t number;
    const char *entry; /* borrowed */
    const unsigned char *chain; /* MERKLE_HASH bytes; NULL: the row does not hold as many */
};
/* In order, those with number > after; a non-zero answer ends it and is returned. */
typedef int (*audit_fn)(void *context, const struct audit_entry *entry);
int audit_each(struct store *self, int64_t after, audit_fn fn, void *context, struct error *err);

/* The leaves in order, of the first `limit` (0: all); mem_free(*out). */
int audit_leaves(struct store *self, int64_t limit, struct merkle_hash **out, size_t *n, struct error *err);
int audit_size(struct store *self, int64_t *n, struct error *err);

/* What is wrong, first of all. */
struct audit_fault {
    int64_t number; /* 0: nothing */
    char why[200];
};
int audit_check(struct store *self, struct audit_fault *out, int64_t *n, struct job *job, struct error *err);

#endif
