/* extract: rows about people as they are needed outside of the tables, to be published or counted: a set, its columns,
 * and the person of each row as an integer.
 *
 *   events    what people did, one row each
 *   users     people, one row each: attributes, and how many events, first, last
 *   profiles  people and items, one row for each pair: how many events, quantity, spent, first, last
 *
 * Attributes are columns too: of people "user.NAME" (in `users` NAME), of items "item.NAME".  Identifiers of people and
 * what may carry one (session, referrer, free facts) are columns that say so (`identifies`) and are never given out.
 * Read-only after extract_open. */
#ifndef RECKON_STORE_EXTRACT_H
#define RECKON_STORE_EXTRACT_H

#include "store/store.h"

enum extract_type { EXTRACT_NUMBER, EXTRACT_TEXT, EXTRACT_TIME };

struct extract_column {
    char name[80];
    enum extract_type type;
    bool of_person;  /* what is known of a person beside what they do */
    bool identifies; /* says, or may say, who it is */
    char sql[144];
};

struct extract;
/* E_USAGE: no such set */
int extract_open(struct extract **out, struct store *store, const char *set, struct error *err);
void extract_free(struct extract *self); /* NULL is fine */
size_t extract_width(const struct extract *self);
const struct extract_column *extract_column(const struct extract *self, size_t index);

/* By its name, or the part of it behind the dot where only one ends so.  E_USAGE names the columns there are. */
int extract_find(const struct extract *self, const char *name, size_t *index, struct error *err);

struct extract_filter {
    int64_t kind;         /* 0: all */
    bool any_time;        /* else since <= time < until */
    int64_t since, until;
};

/* E_USAGE: the filter leaves out events, and none of the columns is about any. */
int extract_check_filter(const struct extract *self, const struct extract_filter *filter, const size_t *columns,
                         size_t n, struct error *err);

struct extract_value {
    double number;        /* NaN: missing */
    int64_t time;         /* EXTRACT_TIME; when `missing` is false */
    const char *text;     /* borrowed; NULL: missing */
    bool missing;
};

/* By ascending user.  `columns`: indices, `n` of them, for the values.  The filter is of events: of `users` it is what
 * the counts count, and people without any such event are rows too.  fn's non-zero answer ends it and is returned. */
typedef int (*extract_fn)(void *context, int64_t user, const struct extract_value *values);
int extract_each(struct store *store, const struct extract *self, const struct extract_filter *filter,
                 const size_t *columns, size_t n, extract_fn fn, void *context, struct error *err);

#endif
