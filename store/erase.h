/* erase: people taken out of a database, and out of its file.
 *
 * Everything walks the map of personal data (store/personal_data.h): tables reached by `user` lose the rows of the
 * chosen people; columns reached by `content`, and texts that others' rows hold about them, are searched for their
 * identifiers; what nobody refers to any more goes.  Then the file itself is written anew (VACUUM: deleting alone, even
 * overwritten, leaves old cells in the gaps of pages) and the log is emptied.
 *
 * The chosen people are kept in a temporary table of the connection, in memory; choosing again begins anew. */
#ifndef RECKON_STORE_ERASE_H
#define RECKON_STORE_ERASE_H

#include "base/job.h"
#include "base/matcher.h"
#include "store/store.h"

int erase_choose(struct store *self, const int64_t *users, size_t n, struct error *err);
int erase_choose_user(struct store *self, int64_t user, struct error *err); /* adds one */
/* Adds whoever has this identifier (nobody: nothing happens). */
int erase_choose_named(struct store *self, const char *identifier, size_t n, struct error *err);
int erase_chosen(struct store *self, int64_t *n, struct error *err);
/* Ascending; fn's non-zero answer ends it and is returned. */
int erase_chosen_each(struct store *self, int (*fn)(void *context, int64_t user), void *context, struct error *err);

/* Texts by which the chosen are known: their identifiers, and then (identifier false) labels, addresses, values and
 * devices that nobody else has and that are longer than 8 bytes.  At most `max` of the latter; *left_out: the rest. */
typedef int (*erase_text_fn)(void *context, const char *text, size_t n, bool identifier);
int erase_texts(struct store *self, int64_t max, int64_t *left_out, erase_text_fn fn, void *context, struct error *err);

/* The times of the first and the last event of the chosen, and how many there are. */
int erase_events(struct store *self, int64_t *first, int64_t *last, int64_t *n, struct error *err);

/* What goes, or went: rows of a table and how.  NULL: nobody is told. */
typedef int (*erase_fn)(void *context, const char *place, const char *method, int64_t rows);
/* What would go; `all` finds identifiers in text (may be NULL). */
int erase_count(struct store *self, const struct matcher *all, erase_fn fn, void *context, struct error *err);

/* A write transaction within which references are not checked row by row; erase_end commits it or takes it back. */
int erase_begin(struct store *self, struct error *err);
int erase_end(struct store *self, bool keep, struct error *err);

/* Within it: the rows of the chosen.  Events under a hold (store/holds.h) are moved to held_events first. */
int erase_rows(struct store *self, erase_fn fn, void *context, struct error *err);
/* Within a write transaction: identifiers in text.  `all` is looked for where lines are kept as they came, `strong`
 * (those that are long enough to be nothing else; may be NULL) also in what others' rows say. */
int erase_scrub(struct store *self, const struct matcher *all, const struct matcher *strong, erase_fn fn, void *context,
                struct error *err);

/* Rows that still belong to the chosen, in whatever table refers to users (found by the schema, not by the map). */
int erase_left(struct store *self, int64_t *rows, struct error *err);

/* The whole file anew, and the log emptied.  E_CONFLICT: somebody reads what was before, longer than patience. */
int erase_rewrite(struct store *self, struct job *job, struct error *err);

/* The same into a new file, for a copy that nobody reads, which is to be thrown away then; it is on the disk for good when
 * this returns.  Cheaper by one writing of the whole. */
int erase_rewrite_into(struct store *self, const char *to, struct job *job, struct error *err);

/* Puts a person called `marker` into every table that can hold one, for the scan to find; *user is its integer. */
int erase_plant(struct store *self, const char *marker, int64_t *user, struct error *err);

#endif
