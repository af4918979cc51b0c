/* dataset: what a model is trained on, and what it scores from.  Plain arrays, no identifiers.
 *
 * Users and items are dense indices.  Items are sorted by their external identifier (bytewise), users
 * by the store's integer, so that the relative order of everyone else does not change when a person
 * is removed; item_key (rng_key of the external identifier) keys what is drawn at random per item.
 *
 * A user's events are events[user_start[u] .. user_start[u+1]), in time order, ties in stored order.
 * Repeats of the same item are separate events.  `weight` is the implicit weight of the event's kind
 * (1 for most) and is > 0.  Times are whole seconds since 1970 UTC.
 *
 * What items are described by (words, attributes) is in `terms`, and what is known of people in `traits`, for the
 * kinds that read them; they are borrowed, shared by a dataset and what is split from it, and NULL when nobody asked
 * for them.
 *
 * Ownership: dataset_release frees the arrays.  A dataset is read-only once built; any number of
 * threads may read it. */
#ifndef RECKON_ENGINE_DATASET_H
#define RECKON_ENGINE_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Sparse matrix in compressed rows, columns ascending within a row, no duplicates.
 * val may be NULL: every stored entry is 1. */
struct csr {
    uint32_t rows, cols;
    uint64_t *start; /* rows + 1 */
    uint32_t *col;
    float *val;
};

void csr_release(struct csr *self);

/* One term of one item: rng_key of the term (the engine never sees words), and how often it is there. */
struct item_term {
    uint64_t key;
    float count; /* >= 1 */
    bool embedded; /* a number of the item's embedding, not a word */
};

/* Items x terms, with how often a term is there; the terms in ascending order of their keys. */
struct item_terms {
    struct csr counts;
    uint64_t *key;  /* counts.cols */
    bool *embedded; /* counts.cols; as of item_term; NULL: all are words */
};

void item_terms_release(struct item_terms *self); /* zeroed is fine */

/* What is known of people beside their events (country=france, a band of ages): keys of traits, as of terms. */
struct user_traits {
    uint32_t n_users;
    uint64_t *user_key; /* n_users, ascending */
    uint64_t *start;    /* n_users + 1 */
    uint64_t *trait;    /* ascending within a user, each once */
};

void user_traits_release(struct user_traits *self); /* zeroed is fine */
/* A user's traits, *n of them; self may be NULL, and the user unknown: then none. */
const uint64_t *user_traits_of(const struct user_traits *self, uint64_t user_key, uint32_t *n);

struct dataset {
    uint32_t n_users, n_items;
    uint64_t n_events;
    uint64_t *user_start; /* n_users + 1 */
    uint32_t *item;       /* n_events */
    uint32_t *time;       /* n_events, seconds */
    float *weight;        /* n_events */
    uint64_t *item_key;   /* n_items */
    uint64_t *user_key;   /* n_users: keys random draws per user (splits, bootstrap) */
    uint32_t now;         /* the moment of training: no event is later; ages count back from here */
    const struct item_terms *terms; /* n_items rows; borrowed; may be NULL */
    const struct user_traits *traits; /* of these users and perhaps others; borrowed; may be NULL */
};

int dataset_alloc(struct dataset *self, uint32_t n_users, uint32_t n_items, uint64_t n_events, struct error *err);
void dataset_release(struct dataset *self); /* zeroed is fine */

/* What a scorer is asked about: one user's past, in time order, the moment of asking, and the user's traits. */
struct history {
    uint32_t n;
    const uint32_t *item;
    const uint32_t *time;
    const float *weight;
    uint32_t now; /* seconds; >= every time */
    uint32_t n_traits; /* read by few kinds; 0: nothing is known */
    const uint64_t *trait; /* ascending */
};

/* The history of user u in `data` (borrowed), asked at data->now. */
struct history dataset_history(const struct dataset *data, uint32_t u);

/* How a user's events on one item become one number.  An event counts weight * 2^(-age/half_life), its
 * age counted back from data->now (half_life 0: just its weight). */
enum counting {
    COUNT_ONCE, /* the largest of them: with weights of 1 and no half-life, 1 */
    COUNT_SUM,  /* their sum */
    COUNT_DAYS, /* the sum over days (UTC) of the largest of each day */
    COUNT_LOG   /* ln(1 + sum) */
};

struct weighting {
    enum counting counting;
    double half_life_days; /* 0: no decay */
    double window_days;    /* only events at most this old; 0: all */
};

/* weight * 2^(-age/half_life) of an event at `time` as seen from `now`, 0 outside the window. */
double weighting_event(const struct weighting *self, uint32_t now, uint32_t time, float weight);

/* One distinct item of a history and what its events came to. */
struct counted {
    uint32_t item;
    uint32_t last; /* position of its last event in the history */
    float value;
    double sum, best; /* running values of the count */
    double amount;    /* the caller's; see weighting_spread */
    uint32_t day;
};

/* One history under a weighting: its distinct items with a value > 0, in the order of their first event.
 * Items >= n_items are left out.  *out points into scratch (weighting_scratch(n_items) bytes, 64-aligned). */
uint32_t weighting_history(const struct weighting *self, const struct history *history, uint32_t n_items,
                           void *scratch, struct counted **out);
size_t weighting_scratch(uint32_t n_items);

/* Gives each event its share of its item's `amount`, in proportion to what it is worth (an event that
 * counted for nothing: 0).  scratch and counted as weighting_history left them, amounts filled in. */
void weighting_spread(const struct weighting *self, const struct history *history, uint32_t n_items, void *scratch,
                      uint32_t n_counted, struct counted *counted, double *contribution);

/* Users x items under a weighting; entries that come to 0 are left out.  val is NULL when every entry is 1. */
int csr_from_events(struct csr *self, const struct dataset *data, const struct weighting *weighting,
                    struct error *err);

/* The same for the two commonest cases: `binary`: every entry is 1 and val is NULL (weights and decay
 * play no part); otherwise COUNT_SUM. */
int csr_from_dataset(struct csr *self, const struct dataset *data, double half_life_days, int binary,
                     struct error *err);
int csr_transpose(struct csr *out, const struct csr *in, struct error *err);

#endif
