/* documents: texts by which the shop decides how slates are made, and how products are described: rule sets, scenarios,
 * templates.
 *
 * A document has a kind, a name and versions (1, 2, ...) that never change.  The version put last is in force until it
 * is rolled back or the name removed; every such change is kept.  What a text means is the business of whoever reads
 * it (recommend/ruleset.h, recommend/scenario.h): it is checked before it is put here. */
#ifndef RECKON_STORE_DOCUMENTS_H
#define RECKON_STORE_DOCUMENTS_H

#include <stdbool.h>

#include "store/store.h"

enum document_kind { DOCUMENT_RULES, DOCUMENT_SCENARIO, DOCUMENT_TEMPLATE };
enum { DOCUMENT_NAME_MAX = 64, DOCUMENT_BODY_MAX = 1 << 20 };

struct document {
    char name[DOCUMENT_NAME_MAX];
    int64_t version, created; /* ms */
    char *author, *comment, *body; /* owned */
};

void document_release(struct document *self); /* zeroed is fine */

/* Letters, digits, '-', '_' and '.'; E_USAGE. */
int documents_check_name(enum document_kind kind, const char *name, struct error *err);

/* Within a write transaction: the next version of that name, in force from now on; fills `version`. */
int documents_put(struct store *self, enum document_kind kind, struct document *document, struct error *err);

/* `spec`: "summer" (the version in force) or "summer@3".  E_NOT_FOUND names what there is. */
int documents_find(struct store *self, enum document_kind kind, const char *spec, struct document *out,
                   struct error *err);

/* Those in force, by name. */
typedef int (*documents_fn)(void *context, const struct document *document);
int documents_each(struct store *self, enum document_kind kind, documents_fn fn, void *context, struct error *err);

/* What happened to a name, the newest first; version 0: it was removed.  E_NOT_FOUND: nothing ever did. */
struct document_change {
    int64_t at, version;
    const char *author, *comment; /* the comment of the version; borrowed */
    bool again;                   /* the version was there before: a rollback */
    bool in_force;                /* this is what counts now */
};
typedef int (*document_changes_fn)(void *context, const struct document_change *change);
int documents_history(struct store *self, enum document_kind kind, const char *name, document_changes_fn fn,
                      void *context, struct error *err);

/* Within a write transaction: `to`, or, when it is 0, the version before the one in force, comes back into force;
 * *from and *back are the two (from 0: it had been removed).  E_NOT_FOUND: there is none. */
int documents_rollback(struct store *self, enum document_kind kind, const char *name, int64_t to, const char *author,
                       int64_t now, int64_t *from, int64_t *back, struct error *err);

/* Within a write transaction: no version is in force any more; what was stays readable.  E_NOT_FOUND. */
int documents_remove(struct store *self, enum document_kind kind, const char *name, const char *author, int64_t now,
                     struct error *err);

#endif
