#include "engine/split.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

#define DAY 86400.0

enum part { PART_TRAIN, PART_TEST, PART_NEITHER };

struct splitting {
    const struct dataset *data;
    const struct split_options *options;
    struct split *out;
    uint8_t *part;       /* per event */
    uint64_t *train_at;  /* per source user: where its training events begin in out->train, UINT64_MAX: nowhere */
    uint32_t *order;     /* scratch: as long as the longest history */
    uint64_t *known;     /* bit per item: has a training event */
    uint64_t *had;       /* bit per item: scratch, clear between users */
};

struct split_options split_defaults(enum split_kind kind, enum answer_mode mode)
{
    return (struct split_options){
        .kind = kind,
        .mode = mode,
        .test_share = 0.25,
        .test_days = 28,
        .strict = true,
        .drop_unknown_items = kind == SPLIT_TIME,
    };
}

const char *split_kind_name(enum split_kind kind)
{
    return kind == SPLIT_RANDOM ? "random" : kind == SPLIT_LAST ? "last" : "time";
}

const char *answer_mode_name(enum answer_mode mode)
{
    return mode == ANSWER_REPEAT ? "repeat" : "discover";
}

void split_describe(const struct split_options *options, char *out, size_t size)
{
    switch (options->kind) {
    case SPLIT_RANDOM:
        snprintf(out, size, "a random %.15g %% of each user's events is the test; fitted on the rest",
                 100 * options->test_share);
        break;
    case SPLIT_LAST:
        snprintf(out, size, "each user's last event is the test; fitted %s",
                 options->strict ? "without the last two events (the one before the last is only in the history)"
                                 : "on all events but the last");
        break;
    case SPLIT_TIME:
        snprintf(out, size, "the last %.15g days are the test; fitted on what came before", options->test_days);
        break;
    }
}

static int bit(const uint64_t *bits, uint32_t i)
{
    return (int)(bits[i / 64] >> (i % 64) & 1);
}

static void set_bit(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static void clear_bit(uint64_t *bits, uint32_t i)
{
    bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

static int check_options(const struct split_options *o, struct error *err)
{
    if (o->kind == SPLIT_RANDOM && !(o->test_share > 0 && o->test_share < 1)) {
        error_set(err, E_USAGE, "--test-share", "%g is not between 0 and 1", o->test_share);
        return error_hint(err, E_USAGE, "give a share such as 0.25");
    }
    if (o->kind == SPLIT_TIME && !(o->test_days > 0 && o->test_days <= 1e6)) {
        error_set(err, E_USAGE, "--test-days", "%g is not a number of days", o->test_days);
        return error_hint(err, E_USAGE, "give the length of the test period, such as 28");
    }
    return 0;
}

/* The first draws of a Fisher-Yates shuffle are the held-out ones. */
static void part_random(struct splitting *s, uint32_t u, uint64_t from, uint32_t n)
{
    uint32_t held = (uint32_t)floor(s->options->test_share * n + 0.5);
    if (held >= n)
        held = n - 1;
    struct rng rng;
    rng_init(&rng, s->options->seed, s->data->user_key[u]);
    for (uint32_t i = 0; i < n; i++)
        s->order[i] = i;
    for (uint32_t i = 0; i < held; i++) {
        uint32_t j = i + (uint32_t)rng_below(&rng, n - i);
        uint32_t chosen = s->order[j];
        s->order[j] = s->order[i];
        s->part[from + chosen] = PART_TEST;
    }
}

static void part_events(struct splitting *s)
{
    const struct dataset *data = s->data;
    for (uint32_t u = 0; u < data->n_users; u++) {
        uint64_t from = data->user_start[u], to = data->user_start[(size_t)u + 1];
        if (from == to)
            continue;
        switch (s->options->kind) {
        case SPLIT_RANDOM:
            part_random(s, u, from, (uint32_t)(to - from));
            break;
        case SPLIT_LAST:
            s->part[to - 1] = PART_TEST;
            if (s->options->strict && to - from >= 2)
                s->part[to - 2] = PART_NEITHER;
            break;
        case SPLIT_TIME:
            for (uint64_t e = from; e < to; e++)
                s->part[e] = data->time[e] > s->out->moment ? PART_TEST : PART_TRAIN;
            break;
        }
    }
}

static int make_train(struct splitting *s, struct error *err)
{
    const struct dataset *data = s->data;
    struct dataset *train = &s->out->train;
    uint64_t n_events = 0;
    uint32_t n_users = 0;
    for (uint32_t u = 0; u < data->n_users; u++) {
        uint64_t before = n_events;
        for (uint64_t e = data->user_start[u]; e < data->user_start[(size_t)u + 1]; e++)
            n_events += s->part[e] == PART_TRAIN;
        n_users += n_events > before;
    }
    if (n_events == 0) {
        error_set(err, E_BAD_DATA, "split", "no event is left to learn from");
        return error_hint(err, E_BAD_DATA, "hold out less, or import more events");
    }
    int rc = dataset_alloc(train, n_users, data->n_items, n_events, err);
    if (rc != 0)
        return rc;
    train->now = s->out->moment;
    train->terms = data->terms;
    train->traits = data->traits;
    memcpy(train->item_key, data->item_key, data->n_items * sizeof *data->item_key);
    uint32_t at_user = 0;
    uint64_t at = 0;
    for (uint32_t u = 0; u < data->n_users; u++) {
        uint64_t before = at;
        for (uint64_t e = data->user_start[u]; e < data->user_start[(size_t)u + 1]; e++) {
            if (s->part[e] != PART_TRAIN)
                continue;
            train->item[at] = data->item[e];
            train->time[at] = data->time[e];
            train->weight[at] = data->weight[e];
            if (!bit(s->known, data->item[e]))
                s->out->catalogue++;
            set_bit(s->known, data->item[e]);
            at++;
        }
        s->train_at[u] = before;
        if (at > before) {
            train->user_key[at_user++] = data->user_key[u];
            train->user_start[at_user] = at;
        }
    }
    return 0;
}

/* What user u is known by when asked, and the time of asking. */
static struct history history_of(const struct splitting *s, uint32_t u)
{
    const struct dataset *data = s->data;
    uint64_t from = data->user_start[u], to = data->user_start[(size_t)u + 1];
    struct history h = dataset_history(data, u);
    h.now = s->out->moment;
    if (s->options->kind == SPLIT_RANDOM) {
        const struct dataset *train = &s->out->train;
        uint64_t at = s->train_at[u], end = u + 1 < data->n_users ? s->train_at[u + 1] : train->n_events;
        h.n = (uint32_t)(end - at);
        h.item = train->item + at;
        h.time = train->time + at;
        h.weight = train->weight + at;
        return h;
    }
    if (s->options->kind == SPLIT_LAST) {
        h.n--;
        h.now = data->time[to - 1];
        return h;
    }
    h.n = 0; /* events are in time order: those before the moment come first */
    while (from + h.n < to && s->part[from + h.n] == PART_TRAIN)
        h.n++;
    return h;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Writes u's relevant items and returns how many they are; counts what falls away. */
static uint32_t relevant_of(struct splitting *s, uint32_t u, const struct history *h, uint32_t *out)
{
    const struct dataset *data = s->data;
    uint32_t n = 0, kept = 0;
    for (uint64_t e = data->user_start[u]; e < data->user_start[(size_t)u + 1]; e++)
        if (s->part[e] == PART_TEST)
            out[n++] = data->item[e];
    qsort(out, n, sizeof *out, ascending);
    int discover = s->options->mode == ANSWER_DISCOVER;
    for (uint32_t i = 0; discover && i < h->n; i++)
        set_bit(s->had, h->item[i]);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && out[i] == out[i - 1])
            continue;
        if (bit(s->had, out[i])) {
            s->out->already_had++;
            continue;
        }
        int unknown = !bit(s->known, out[i]);
        s->out->unknown_items += (uint64_t)unknown;
        if (!unknown || !s->options->drop_unknown_items)
            s->order[kept++] = out[i];
    }
    for (uint32_t i = 0; discover && i < h->n; i++)
        clear_bit(s->had, h->item[i]);
    memcpy(out, s->order, kept * sizeof *out);
    return kept;
}

static int make_test(struct splitting *s, struct error *err)
{
    const struct dataset *data = s->data;
    struct split *out = s->out;
    uint64_t n_test = 0, at = 0;
    for (uint64_t e = 0; e < data->n_events; e++)
        n_test += s->part[e] == PART_TEST;
    out->user = mem_alloc(data->n_users, sizeof *out->user);
    out->user_key = mem_alloc(data->n_users, sizeof *out->user_key);
    out->history = mem_alloc(data->n_users, sizeof *out->history);
    out->relevant_start = mem_alloc((size_t)data->n_users + 1, sizeof *out->relevant_start);
    out->relevant = mem_alloc(n_test, sizeof *out->relevant);
    if (out->user == NULL || out->user_key == NULL || out->history == NULL || out->relevant_start == NULL ||
        out->relevant == NULL)
        return error_nomem(err, "split");
    for (uint32_t u = 0; u < data->n_users; u++) {
        uint64_t held = 0;
        for (uint64_t e = data->user_start[u]; e < data->user_start[(size_t)u + 1]; e++)
            held += s->part[e] == PART_TEST;
        if (held == 0)
            continue;
        struct history h = history_of(s, u);
        if (h.n == 0) {
            out->unknown_users++;
            continue;
        }
        uint32_t n = relevant_of(s, u, &h, out->relevant + at);
        if (n == 0)
            continue;
        out->user[out->n_users] = u;
        out->user_key[out->n_users] = data->user_key[u];
        out->history[out->n_users] = h;
        out->relevant_start[out->n_users++] = at;
        at += n;
    }
    out->relevant_start[out->n_users] = at;
    if (out->n_users > 0)
        return 0;
    error_set(err, E_BAD_DATA, "split", "no user has both a history and something to find in the test");
    return error_hint(err, E_BAD_DATA, "hold out more, choose another split, or import more events");
}

static uint32_t split_moment(const struct dataset *data, const struct split_options *o)
{
    if (o->kind != SPLIT_TIME)
        return data->now;
    double moment = (double)data->now - o->test_days * DAY;
    return moment <= 0 ? 0 : (uint32_t)moment;
}

static uint64_t longest_history(const struct dataset *data)
{
    uint64_t most = 0;
    for (uint32_t u = 0; u < data->n_users; u++) {
        uint64_t n = data->user_start[(size_t)u + 1] - data->user_start[u];
        most = n > most ? n : most;
    }
    return most;
}

int split_make(struct split *out, const struct dataset *data, const struct split_options *options, struct error *err)
{
    int rc = check_options(options, err);
    if (rc != 0)
        return rc;
    struct split made = {.options = *options, .moment = split_moment(data, options)};
    size_t words = (size_t)data->n_items / 64 + 1;
    struct splitting s = {
        .data = data,
        .options = options,
        .out = &made,
        .part = mem_zalloc(data->n_events, sizeof *s.part),
        .train_at = mem_alloc((size_t)data->n_users + 1, sizeof *s.train_at),
        .order = mem_alloc(longest_history(data), sizeof *s.order),
        .known = mem_zalloc(words, sizeof *s.known),
        .had = mem_zalloc(words, sizeof *s.had),
    };
    if (s.part == NULL || s.train_at == NULL || s.order == NULL || s.known == NULL || s.had == NULL) {
        rc = error_nomem(err, "split");
        goto out;
    }
    part_events(&s);
    rc = make_train(&s, err);
    if (rc == 0)
        rc = make_test(&s, err);
out:
    mem_free(s.part);
    mem_free(s.train_at);
    mem_free(s.order);
    mem_free(s.known);
    mem_free(s.had);
    if (rc != 0)
        split_release(&made);
    else
        *out = made;
    return rc;
}

void split_release(struct split *self)
{
    dataset_release(&self->train);
    mem_free(self->user);
    mem_free(self->user_key);
    mem_free(self->history);
    mem_free(self->relevant_start);
    mem_free(self->relevant);
    *self = (struct split){0};
}
