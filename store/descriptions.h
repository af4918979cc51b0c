/* descriptions: texts that were written about items, and what became of them.
 *
 * A text belongs to an item and a collection ("default", "warm"): what an experiment compares are collections.  It is
 * written into review or approved; published it stands in the shop, one of an item, collection, language and channel; what
 * was published there before is replaced, and comes back by descriptions_rollback (published.h reads what stands).  Every version keeps its prompt, its model, what the
 * checks found, its charge in the ledger, and who decided.  An edited text is a new one, whose parent is the old. */
#ifndef RECKON_STORE_DESCRIPTIONS_H
#define RECKON_STORE_DESCRIPTIONS_H

#include <stdbool.h>

#include "store/store.h"

enum description_state {
    DESCRIPTION_REVIEW,    /* the checks found something, or somebody wants to look */
    DESCRIPTION_APPROVED,  /* good, and not in the shop yet */
    DESCRIPTION_PUBLISHED,
    DESCRIPTION_REPLACED,  /* was published */
    DESCRIPTION_REJECTED,
    DESCRIPTION_STATES
};
enum { COLLECTION_NAME_MAX = 64 };

const char *description_state_name(enum description_state state);
bool description_state_find(const char *name, enum description_state *out);

struct description {
    int64_t description, item, version, charge, parent; /* charge, parent 0: none */
    int64_t created, decided;                           /* ms; 0: not yet */
    enum description_state state;
    const char *identifier, *title;        /* of the item; borrowed, when read */
    const char *collection, *template, *language, *channel, *provider, *model;
    const char *digest;                    /* of everything that the text was made of: facts, template, model */
    const char *content, *prompt, *findings; /* JSON: an object of texts; messages; a list */
    const char *editor, *note;
    int64_t cost;                          /* of its charge; when read */
};

/* Within a write transaction.  Fills description; one that is published replaces what is. */
int descriptions_add(struct store *self, struct description *d, struct error *err);

/* Within a write transaction: E_CONFLICT when it is not in a state from which that can be reached; publishing replaces
 * what is published. */
int descriptions_decide(struct store *self, int64_t description, enum description_state state, const char *editor,
                        const char *note, int64_t now, struct error *err);
/* Within a write transaction: what was published before comes back; *back is its number.  E_NOT_FOUND. */
struct description_place {
    const char *collection, *language, *channel; /* the latter two NULL: where something was replaced last */
};
int descriptions_rollback(struct store *self, int64_t item, const struct description_place *place, const char *editor,
                          int64_t now, int64_t *back, struct error *err);

/* Rows with all that they have; fn's non-zero answer ends it and is returned. */
typedef int (*descriptions_fn)(void *context, const struct description *d);
int descriptions_find(struct store *self, int64_t description, descriptions_fn fn, void *context, struct error *err);
/* Those of a collection (NULL: all), in a state (DESCRIPTION_STATES: any), of an item (0: all), the newest first. */
struct descriptions_wish {
    const char *collection;
    enum description_state state;
    int64_t item, limit;
};
int descriptions_each(struct store *self, const struct descriptions_wish *wish, descriptions_fn fn, void *context,
                      struct error *err);

/* What a collection has now, the oldest first: every text in review, approved or published, its content as JSON. */
typedef int (*descriptions_content_fn)(void *context, int64_t item, const char *content);
int descriptions_current(struct store *self, const char *collection, descriptions_content_fn fn, void *context,
                         struct error *err);

/* The newest text of that item, collection and digest that was not rejected; 0: none.  Such a text costs nothing. */
int descriptions_same(struct store *self, int64_t item, const char *collection, const char *digest, int64_t *description,
                      struct error *err);

/* How many of a collection are in each state. */
typedef int (*description_counts_fn)(void *context, const char *collection, const int64_t n[DESCRIPTION_STATES]);
int descriptions_counts(struct store *self, description_counts_fn fn, void *context, struct error *err);

#endif
