#include "engine/cold_split.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

/* Separate the draws from each other and from the others of the same seed. */
#define SALT_PEOPLE UINT64_C(0x636f6c6470656f70)
#define SALT_EVENTS UINT64_C(0x636f6c6465766e74)

/* Who is kept out of the training: not only the measured ones, so that whether somebody is does not depend on
 * what they did later. */
static bool is_drawn(const struct cold_options *o, uint64_t user_key)
{
    struct rng rng;
    rng_init(&rng, o->split.seed ^ SALT_PEOPLE, user_key);
    return rng_uniform(&rng) < o->share;
}

/* split.train without the people who were drawn; `whole` keeps what it was. */
static int reduce_train(struct cold_split *self, const struct cold_options *o, struct error *err)
{
    const struct dataset *whole = &self->whole;
    struct dataset *train = &self->split.train;
    uint64_t n_events = 0, at = 0;
    uint32_t n_users = 0;
    *train = (struct dataset){0};
    for (uint32_t u = 0; u < whole->n_users; u++)
        if (!is_drawn(o, whole->user_key[u])) {
            n_events += whole->user_start[(size_t)u + 1] - whole->user_start[u];
            n_users++;
        }
    if (n_events == 0) {
        error_set(err, E_BAD_DATA, "cold start", "no event of other people is left to learn from");
        return error_hint(err, E_BAD_DATA, "hold out less, or import more events");
    }
    int rc = dataset_alloc(train, n_users, whole->n_items, n_events, err);
    if (rc != 0)
        return rc;
    train->now = whole->now;
    train->terms = whole->terms;
    train->traits = whole->traits;
    memcpy(train->item_key, whole->item_key, whole->n_items * sizeof *whole->item_key);
    n_users = 0;
    for (uint32_t u = 0; u < whole->n_users; u++) {
        uint64_t from = whole->user_start[u], n = whole->user_start[(size_t)u + 1] - from;
        if (is_drawn(o, whole->user_key[u]))
            continue;
        memcpy(train->item + at, whole->item + from, n * sizeof *whole->item);
        memcpy(train->time + at, whole->time + from, n * sizeof *whole->time);
        memcpy(train->weight + at, whole->weight + from, n * sizeof *whole->weight);
        at += n;
        train->user_key[n_users++] = whole->user_key[u];
        train->user_start[n_users] = at;
    }
    return 0;
}

/* Keeps of the test users those that `keep` says; their relevant items move together. */
static void keep_users(struct split *self, bool (*keep)(const void *context, uint32_t i), const void *context)
{
    uint32_t people = 0;
    uint64_t at = 0;
    for (uint32_t i = 0; i < self->n_users; i++) {
        uint64_t from = self->relevant_start[i], n = self->relevant_start[(size_t)i + 1] - from;
        if (!keep(context, i))
            continue;
        memmove(self->relevant + at, self->relevant + from, n * sizeof *self->relevant);
        self->user[people] = self->user[i];
        self->user_key[people] = self->user_key[i];
        self->history[people] = self->history[i];
        self->relevant_start[people++] = at; /* people <= i: what is read later is not yet written over */
        at += n;
    }
    self->relevant_start[people] = at;
    self->n_users = people;
}

struct choosing {
    const struct split *split;
    const struct cold_options *options;
};

static bool is_measured(const void *context, uint32_t i)
{
    const struct choosing *c = context;
    return c->split->history[i].n >= c->options->least && is_drawn(c->options, c->split->user_key[i]);
}

/* The first draws of a Fisher-Yates shuffle, or the last events backwards. */
static int order_events(struct cold_split *self, const struct cold_options *o, struct error *err)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < self->split.n_users; i++)
        most = self->split.history[i].n > most ? self->split.history[i].n : most;
    uint32_t *order = mem_alloc(most, sizeof *order);
    if (order == NULL)
        return error_nomem(err, "cold start");
    for (uint32_t i = 0; i < self->split.n_users; i++) {
        uint32_t n = self->split.history[i].n, *known = self->known + (size_t)i * self->least;
        struct rng rng;
        rng_init(&rng, o->split.seed ^ SALT_EVENTS, self->split.user_key[i]);
        for (uint32_t e = 0; e < n; e++)
            order[e] = n - 1 - e;
        for (uint32_t e = 0; e < self->least; e++) {
            uint32_t other = o->split.kind == SPLIT_RANDOM ? e + (uint32_t)rng_below(&rng, n - e) : e;
            known[e] = order[other];
            order[other] = order[e];
        }
    }
    mem_free(order);
    return 0;
}

static int alloc_shown(struct cold_split *self, struct error *err)
{
    size_t n = self->split.n_users, events = n * self->least;
    self->known = mem_alloc(events, sizeof *self->known);
    self->shown = mem_alloc(n, sizeof *self->shown);
    self->item = mem_alloc(events, sizeof *self->item);
    self->time = mem_alloc(events, sizeof *self->time);
    self->weight = mem_alloc(events, sizeof *self->weight);
    if (self->known == NULL || self->shown == NULL || self->item == NULL || self->time == NULL || self->weight == NULL)
        return error_nomem(err, "cold start");
    return 0;
}

static int choose_people(struct cold_split *self, const struct cold_options *o, struct error *err)
{
    struct choosing choosing = {&self->split, o};
    keep_users(&self->split, is_measured, &choosing);
    if (self->split.n_users > 0)
        return 0;
    error_set(err, E_BAD_DATA, "cold start", "nobody who was drawn has %u events before and something to find after",
              o->least);
    return error_hint(err, E_BAD_DATA, "import more events, hold out more days, or draw others with --seed");
}

int cold_split_make(struct cold_split *out, const struct dataset *data, const struct cold_options *options,
                    struct error *err)
{
    struct cold_split made = {.least = options->least};
    int rc = split_make(&made.split, data, &options->split, err);
    if (rc != 0)
        return rc;
    made.whole = made.split.train;
    rc = reduce_train(&made, options, err);
    if (rc == 0)
        rc = choose_people(&made, options, err);
    if (rc == 0)
        rc = alloc_shown(&made, err);
    if (rc == 0)
        rc = order_events(&made, options, err);
    if (rc != 0)
        cold_split_release(&made);
    else
        *out = made;
    return rc;
}

void cold_split_release(struct cold_split *self)
{
    split_release(&self->split);
    dataset_release(&self->whole);
    mem_free(self->known);
    mem_free(self->shown);
    mem_free(self->item);
    mem_free(self->time);
    mem_free(self->weight);
    *self = (struct cold_split){0};
}

/* The first k of `known`, ascending: events stay in time order. */
static void sort_known(const struct cold_split *self, uint32_t user, uint32_t k, uint32_t *out)
{
    for (uint32_t n = 0; n < k; n++) {
        uint32_t e = self->known[(size_t)user * self->least + n], at = n;
        while (at > 0 && out[at - 1] > e) {
            out[at] = out[at - 1];
            at--;
        }
        out[at] = e;
    }
}

struct split cold_split_known(struct cold_split *self, uint32_t k)
{
    struct split view = self->split;
    for (uint32_t i = 0; i < view.n_users; i++) {
        const struct history *all = &self->split.history[i];
        size_t from = (size_t)i * self->least;
        uint32_t *item = self->item + from; /* first their positions, then the items */
        sort_known(self, i, k, item);
        for (uint32_t e = 0; e < k; e++) {
            self->time[from + e] = all->time[item[e]];
            self->weight[from + e] = all->weight[item[e]];
            item[e] = all->item[item[e]];
        }
        self->shown[i] = *all; /* the moment, and what is known of the person */
        self->shown[i].n = k;
        self->shown[i].item = item;
        self->shown[i].time = self->time + from;
        self->shown[i].weight = self->weight + from;
    }
    view.history = self->shown;
    return view;
}

/* ---- items --------------------------------------------------------------------------------------------- */

static bool has_something(const void *context, uint32_t i)
{
    const struct split *s = context;
    return s->relevant_start[(size_t)i + 1] > s->relevant_start[i];
}

int cold_split_new_items(struct split *self, struct error *err)
{
    bool *had = mem_zalloc(self->train.n_items, sizeof *had);
    if (had == NULL)
        return error_nomem(err, "cold start");
    for (uint64_t e = 0; e < self->train.n_events; e++)
        had[self->train.item[e]] = true;
    uint64_t at = 0, from = 0;
    for (uint32_t i = 0; i < self->n_users; i++) {
        uint64_t to = self->relevant_start[(size_t)i + 1];
        self->relevant_start[i] = at;
        for (uint64_t e = from; e < to; e++)
            if (!had[self->relevant[e]])
                self->relevant[at++] = self->relevant[e];
        from = to;
    }
    self->relevant_start[self->n_users] = at;
    mem_free(had);
    keep_users(self, has_something, self);
    if (self->n_users > 0)
        return 0;
    return error_set(err, E_BAD_DATA, "cold start", "nobody met an item that was new");
}
