/* browse: reading the store's nouns as tables, for lists and grids of any length.
 *
 * A view has a name ("events"), typed columns, and an order of its own; browse_views lists them.  Views of items and
 * users have their attributes as columns too, found when the view is opened.  Nothing is ever skipped over: a page
 * begins behind a key (keyset), so the millionth page costs what the first does.
 *
 * What a query costs: in the view's own order a page reads just its rows.  Sorted by another column, or filtered by
 * what has no index, a page reads the view once and keeps its few best rows; memory stays small (store/browse_top.h).
 * Texts that are numbers in the rows (titles, people) are looked up first, which costs no more than their own table.
 * browse_prepare writes an order by another column down, in a temporary table of the connection, after which its pages cost the same anywhere.  Every read
 * can be cancelled by its job within some thousand steps of SQLite.
 *
 * The filter, as people type it: terms with blanks between them, which must all hold.
 *
 *     word              some column of text that is shown by itself holds it (letters of either case alike)
 *     column=value      also != < <= > >=, ~ (holds the text) and ~~ (its letters in this order: blstmug)
 *     ~word             the same of some column of text
 *     !term             the term does not hold
 *
 * Values with blanks stand in quotes: title~"red car".  Times are dates or RFC 3339; a date means all of its day.  A
 * missing value fits no comparison and no text, and so it fits every ! of one.  column= with nothing behind it: it is
 * missing.  Values are always bound as parameters.
 *
 * A struct browse is read-only after browse_open and may be used with any connection to the same workspace. */
#ifndef RECKON_STORE_BROWSE_H
#define RECKON_STORE_BROWSE_H

#include "base/job.h"
#include "store/store.h"

enum { BROWSE_KEY_MAX = 5, BROWSE_WHERE_MAX = 1024, BROWSE_TERMS_MAX = 32 };

enum browse_type { BROWSE_NULL, BROWSE_INT, BROWSE_REAL, BROWSE_TEXT, BROWSE_TIME, BROWSE_BOOL };

struct browse_column {
    const char *name;
    enum browse_type type;
    const char *unit, *help;
    int decimals; /* of BROWSE_REAL; -1: as many as it has */
    bool shown;   /* when nobody has chosen columns */
    bool attribute;
};

struct browse_value {
    enum browse_type type; /* BROWSE_NULL: missing */
    union {
        int64_t integer; /* INT, TIME, BOOL */
        double real;
        const char *text;
    };
};

/* Where a row stands in the order of a query. */
struct browse_key {
    size_t n, of_sort; /* how many values; how many of them come from the sorting: what follows tells rows apart */
    struct browse_value values[BROWSE_KEY_MAX];
};

struct browse_query {
    const char *where;  /* a filter as above; NULL or "": all rows */
    const char *sort;   /* a column's name; NULL or "": the view's own order */
    bool descending;
    int64_t prepared;   /* the number that the order was given by browse_prepare; 0: none */
};

struct browse_view {
    const char *name, *help;
};
extern const struct browse_view browse_views[]; /* ends with a NULL name */

struct browse;
int browse_open(struct browse **out, struct store *store, const char *view, struct error *err); /* E_NOT_FOUND */
void browse_free(struct browse *self); /* NULL is fine */
size_t browse_width(const struct browse *self); /* how many columns */
const struct browse_column *browse_column(const struct browse *self, size_t index);
/* E_USAGE names the columns there are. */
int browse_find(const struct browse *self, const char *name, size_t *index, struct error *err);

/* Gives out up to `limit` rows behind `from` (NULL: from the beginning), or, with `back`, those before it, nearest
 * first (NULL: from the end).  values: one for each column; borrowed.  fn's non-zero answer ends it and is returned. */
typedef int (*browse_fn)(void *context, const struct browse_value *values, const struct browse_key *key);
int browse_page(struct store *store, const struct browse *self, const struct browse_query *query,
                const struct browse_key *from, bool back, size_t limit, browse_fn fn, void *context, struct job *job,
                struct error *err);

/* Writes down the rows that fit the query, in its order, on this connection under a number of the caller's choice
 * (above 0): pages with query->prepared = number are then read from it.  A connection keeps one; the one before goes.
 * What was prepared is of that moment: rows that were added since are not in it, rows that are gone are left out.  A page whose
 * order is not there (any more) is read as without.
 *
 * It is a temporary file, without a name, outside of the workspace; so only numbers go into it, never texts: those are
 * not prepared (browse_can_prepare), nor is the view's own order, which needs nothing; then it does nothing. */
bool browse_can_prepare(const struct browse *self, const struct browse_query *query);
int browse_prepare(struct store *store, const struct browse *self, const struct browse_query *query, int64_t number,
                   struct job *job, struct error *err);

int browse_count(struct store *store, const struct browse *self, const struct browse_query *query, int64_t *n,
                 struct job *job, struct error *err);

/* The values of a column and how often each occurs, most frequent first. */
typedef int (*browse_frequency_fn)(void *context, const struct browse_value *value, int64_t n);
int browse_frequency(struct store *store, const struct browse *self, const struct browse_query *query, size_t column,
                     size_t limit, browse_frequency_fn fn, void *context, struct job *job, struct error *err);

/* How often each pair of values of two columns occurs, most frequent first. */
typedef int (*browse_pair_fn)(void *context, const struct browse_value *a, const struct browse_value *b, int64_t n);
int browse_cross(struct store *store, const struct browse *self, const struct browse_query *query, size_t a, size_t b,
                 size_t limit, browse_pair_fn fn, void *context, struct job *job, struct error *err);

/* Of a column of times: counts[day * 24 + hour], Monday first, UTC. */
enum { BROWSE_WEEK = 7 * 24 };
int browse_week(struct store *store, const struct browse *self, const struct browse_query *query, size_t column,
                int64_t counts[BROWSE_WEEK], struct job *job, struct error *err);

/* Bins of equal width over a column of numbers or times: counts[i] of [low + i * width, low + (i + 1) * width); the
 * last one holds the largest value too.  Bins have round bounds; `bins` is the most there may be. */
enum { BROWSE_BINS_MAX = 200 };
struct browse_histogram {
    double low, width;
    size_t n;
    int64_t counts[BROWSE_BINS_MAX];
    int64_t missing;
};
int browse_histogram(struct store *store, const struct browse *self, const struct browse_query *query, size_t column,
                     size_t bins, struct browse_histogram *out, struct job *job, struct error *err);

/* A round width (1, 2 or 5 times a power of ten; for times a second, a minute, an hour, a day, a week, ...) so that the
 * range fits into `bins`, and the round bound below `low`. */
void browse_round_bins(double low, double high, size_t bins, bool time, double *from, double *width);

#endif
