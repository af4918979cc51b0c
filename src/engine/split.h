/* split: what a model may learn from, and what each test user should have been shown.
 *
 * Three ways to split, all deterministic, and none lets what happens to one user depend on another:
 *
 * random  round(test_share * n) of each user's n events are held out (never all of them), drawn from a stream
 *         keyed by (seed, user_key).  Asked at data->now about the events that stay.
 * last    each user's last event is held out.  `strict`: the one before it (which belongs to tuning) is not
 *         trained on either, though it is in the history at the moment of asking, which is the time of the
 *         held-out event.
 * time    one moment for everyone: what happened up to data->now - test_days trains, what happened later is
 *         held out.  Asked at that moment.
 *
 * The relevant items of a test user are the distinct items of their held-out events.  In discovery mode what
 * is in the history at the moment of asking is not relevant; in repeat mode it is.  Who has no history left
 * (unknown_users), and whose every relevant item falls away, is no test user.  Items without any training
 * event (unknown_items) cannot be ranked by what models learn: they are counted, and with drop_unknown_items
 * they are not relevant either; otherwise they stay and count as misses.
 *
 * The training data keeps the item numbering of the source, and all of its items; users without events are
 * left out.  Ownership: split_release frees; histories borrow from `train` and from the
 * source dataset, which must outlive the split. */
#ifndef RECKON_ENGINE_SPLIT_H
#define RECKON_ENGINE_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/dataset.h"

enum split_kind { SPLIT_RANDOM, SPLIT_LAST, SPLIT_TIME };

/* May what a user already has be recommended to them? */
enum answer_mode { ANSWER_REPEAT, ANSWER_DISCOVER };

struct split_options {
    enum split_kind kind;
    enum answer_mode mode;
    double test_share; /* random: in (0, 1) */
    double test_days;  /* time: > 0 */
    bool strict;       /* last */
    bool drop_unknown_items;
    uint64_t seed;     /* random */
};

struct split {
    struct split_options options;
    struct dataset train;

    uint32_t n_users;          /* test users, in the order of the source */
    uint32_t *user;            /* index in the source */
    uint64_t *user_key;
    struct history *history;   /* at the moment of asking; never empty */
    uint64_t *relevant_start;  /* n_users + 1 */
    uint32_t *relevant;        /* distinct, ascending within a user */

    uint32_t unknown_users;    /* had something held out, but no history: left out */
    uint64_t unknown_items;    /* relevant (user, item) pairs whose item has no training event */
    uint64_t already_had;      /* held-out (user, item) pairs that discovery mode does not count */
    uint32_t catalogue;        /* items with a training event */
    uint32_t moment;           /* time: the moment of the split; otherwise data->now */
};

/* random: a share of .25, unknown items count; last: strict, they count; time: 28 days, they are dropped. */
struct split_options split_defaults(enum split_kind kind, enum answer_mode mode);

const char *split_kind_name(enum split_kind kind); /* "random", "last", "time" */
const char *answer_mode_name(enum answer_mode mode); /* "repeat", "discover" */

/* E_USAGE: an option out of range; E_BAD_DATA: nothing left to train on or to test with. */
int split_make(struct split *out, const struct dataset *data, const struct split_options *options,
               struct error *err);
void split_release(struct split *self); /* zeroed is fine */

/* The sentence for people: "the last 28 days are the test; fitted on what came before". */
void split_describe(const struct split_options *options, char *out, size_t size);

#endif
