/* events: what people did.  Append-only.
 *
 * The hot row: user, time, item, kind, session, quantity, price.  What few events have (rating, dwell,
 * channel, device, referrer, position, attributes) is kept apart.  A user's history is one range of the
 * table, an item's one range of an index.
 *
 * The same event twice.  Two events are the same when user, item, kind and time agree and so does all the
 * rest (or, when the source gives its events an id, that id).  A source may well hold the same line twice
 * and mean it (two equal invoice lines), so what counts is how often: within one run (one import, one
 * posted batch), the nth equal line is the nth equal event of the store, and is added only if the store
 * had fewer than n before the run.  (An event with an id is added once, however often it comes.)  So an import
 * that is repeated, or repeated after it was killed half-way, adds just what is missing. */
#ifndef RECKON_STORE_EVENTS_H
#define RECKON_STORE_EVENTS_H

#include "store/store.h"

struct event_context {
    double rating;         /* NaN: none, as in all numbers here */
    int64_t dwell_ms;      /* -1: none */
    int64_t channel, device; /* words_intern; 0: none */
    const char *referrer;  /* NULL: none */
    int64_t position;      /* -1: none */
    const char *attributes;/* a JSON object; NULL: none */
};

struct event_record {
    int64_t user, item, kind, time; /* ms UTC */
    int64_t session;                /* 0: none */
    double quantity, price;         /* NaN: none */
    const char *id;                 /* the source's own id of the event; NULL: none */
    const struct event_context *context; /* NULL: none */
};

int sessions_intern(struct store *self, int64_t user, const char *label, size_t n, int64_t *session,
                    struct error *err);
int words_intern(struct store *self, const char *text, size_t n, int64_t *word, struct error *err);

struct event_run;

/* Begins a run (see above).  user, item, kind, session and words of the records are interned in the transaction that
 * appends them.  The store must outlive it.  Memory: one bit for each event that was
 * there before, at most. */
int event_run_new(struct event_run **out, struct store *store, struct error *err);
void event_run_free(struct event_run *self);

/* Appends within store_begin .. store_commit, in any order of users and times; events of one user at one time
 * keep the order given.  *added and *present are set.  Large batches are faster: each touches every page of
 * the table and the index once.  After an error (also of the commit) roll back, and free the run: its
 * memory of what it met is no longer true.  attributes must be written one way only (keys sorted). */
int event_run_append(struct event_run *self, const struct event_record *records, size_t n, uint64_t *added,
                     uint64_t *present, struct error *err);

struct event_row {
    int64_t event, user, item, kind, time, session; /* session 0: none */
    double quantity, price;
};

/* A user's events in time order (ties in stored order), only those with since <= time < until.
 * limit > 0: only the newest `limit`, still oldest first.  mem_free(*out). */
int events_history(struct store *self, int64_t user, int64_t since, int64_t until, size_t limit,
                   struct event_row **out, size_t *n, struct error *err);

/* Every event with since <= time < until, by user, then time, then stored order.  fn's non-zero answer ends it
 * and is returned. */
typedef int (*events_fn)(void *context, const struct event_row *row);
int events_each(struct store *self, int64_t since, int64_t until, events_fn fn, void *context, struct error *err);

/* How many people ever met it, counted up to `enough`. */
int events_people_of_item(struct store *self, int64_t item, int64_t enough, int64_t *n, struct error *err);
/* When somebody first did something with the item; *found false: nobody did. */
int events_first_of_item(struct store *self, int64_t item, int64_t *time, bool *found, struct error *err);

/* The number that the next event gets: all there are have smaller ones, all that come have not. */
int events_next(struct store *self, int64_t *next, struct error *err);

struct event_totals {
    int64_t events, first, last; /* times; 0 when there are none */
};
int events_totals(struct store *self, struct event_totals *out, struct error *err);

#endif
