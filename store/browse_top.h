/* browse_top: the next few rows of a view in the order of any column, when nobody wrote that order down.
 *
 * Numbers, and texts of the row itself: the view is read once in its own order, and only what may still be among the
 * few best leaves SQLite: after each few hundred candidates the worst of the best so far goes into the condition, so
 * that a row that cannot be among them costs one comparison.  Texts that a number stands for (titles of items, identifiers of
 * people), without a filter: their table is read in the order of the text, and of each the rows that have it, until
 * there are enough; the view itself is not read. */
#ifndef RECKON_STORE_BROWSE_TOP_H
#define RECKON_STORE_BROWSE_TOP_H

#include "store/browse_query.h"

struct rank {
    struct browse_value s; /* BROWSE_NULL: missing, which comes last whichever way it is sorted; a text is owned */
    int64_t keys[BROWSE_KEY_MAX - 2];
};

struct ranks {
    struct rank *rows;
    size_t n, cap;
};

/* Up to `limit` rows behind `from` (NULL: from the beginning) in the order q->sort, q->sort_down, read towards q->down;
 * browse_top_release in every case.  q->sql is used up. */
int browse_top_find(struct store *store, const struct browse *self, struct browse_sql *q, const struct browse_key *from,
                    size_t limit, struct ranks *out, struct job *job, struct error *err);
void browse_top_release(struct ranks *self);

#endif
