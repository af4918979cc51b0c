#include "engine/evaluate.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/simd.h"

#define BLOCK 2048 /* scores that stay in the nearest cache while they are compared */
/* Separate the streams of the two draws from each other and from all others of the same seed. */
#define SALT_RELEVANT UINT64_C(0x72656c6576616e74)
#define SALT_OTHERS UINT64_C(0x63616e6469646174)

struct worker {
    float *scores; /* tile x n_items */
    void *scratch;
    uint8_t *hit;            /* depth */
    float *threshold;        /* scores of the relevant items */
    uint64_t *barred, *drawn; /* bits per item, clear between users; candidates only */
    uint32_t *candidate;
    float *candidate_score;
};

struct evaluating {
    struct evaluation *out;
    const struct model *model;
    const struct split *split;
    const struct evaluate_options *options;
    unsigned metrics;
    uint32_t tile, depth;
    float *surprise; /* per item: -log2 of its share of the users; NULL when novelty is not asked for */
    struct worker *workers;
    atomic_uint done;
    atomic_bool cancelled;
};

static int is_set(const uint64_t *bits, uint32_t i)
{
    return (int)(bits[i / 64] >> (i % 64) & 1);
}

/* Returns whether it was clear. */
static int set_bit(uint64_t *bits, uint32_t i)
{
    uint64_t mask = UINT64_C(1) << (i % 64);
    int clear = (bits[i / 64] & mask) == 0;
    bits[i / 64] |= mask;
    return clear;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Integers in the order of the scores, for comparing integers takes a fraction of the time: -0 is made 0 first. */
static inline int32_t in_order(float score)
{
    int32_t bits;
    score += 0.0f;
    memcpy(&bits, &score, sizeof bits);
    return bits ^ (int32_t)((uint32_t)(bits >> 31) >> 1);
}

/* Over all pairs: 2 where the score is above the threshold, 1 where they are equal. */
ENGINE_CLONES
static uint64_t count_pairs(const float *scores, uint32_t n, const float *threshold, uint32_t m)
{
    int32_t block[BLOCK];
    uint64_t total = 0;
    for (uint32_t from = 0; from < n; from += BLOCK) {
        uint32_t size = n - from < BLOCK ? n - from : BLOCK;
        for (uint32_t i = 0; i < size; i++)
            block[i] = in_order(scores[from + i]);
        for (uint32_t j = 0; j < m; j++) {
            int32_t t = in_order(threshold[j]), above = 0, not_below = 0;
            for (uint32_t i = 0; i < size; i++) {
                above += block[i] > t;
                not_below += block[i] >= t;
            }
            total += (uint64_t)(uint32_t)above + (uint64_t)(uint32_t)not_below;
        }
    }
    return total;
}

/* scores[0..n): of everything in the ranking, `eligible` of them above -infinity; threshold[0..m): of the relevant. */
static double auc(const float *scores, uint32_t n, uint32_t eligible, const float *threshold, uint32_t m)
{
    if (eligible <= m)
        return 0.5; /* no pair to tell apart */
    double lost = (double)(count_pairs(scores, n, threshold, m) - count_pairs(threshold, m, threshold, m));
    return 1 - lost / (2.0 * m * (eligible - m));
}

/* One user's ranking: the items and their scores (item NULL: item i is at place i), best ones asked for. */
struct ranking {
    const uint32_t *item;
    float *score;
    uint32_t n, eligible;
};

static void measure_user(struct evaluating *e, struct worker *w, uint32_t user, const struct ranking *r)
{
    struct evaluation *out = e->out;
    struct scored *list = out->list + (size_t)user * e->depth;
    const uint32_t *relevant = out->relevant + out->relevant_start[user];
    uint32_t n_relevant = (uint32_t)(out->relevant_start[user + 1] - out->relevant_start[user]);
    uint32_t n = topk_select(r->score, r->n, NULL, e->depth < r->eligible ? e->depth : r->eligible, list);
    out->list_length[user] = n;
    for (uint32_t i = 0; i < n; i++) {
        if (r->item != NULL)
            list[i].item = r->item[list[i].item];
        w->hit[i] = bsearch(&list[i].item, relevant, n_relevant, sizeof *relevant, ascending) != NULL;
    }
    for (uint32_t c = 0; c < out->n_columns; c++) {
        struct evaluate_column *column = &out->column[c];
        if (column->value == NULL)
            continue;
        double sum = 0;
        switch (column->metric) {
        case METRIC_AUC:
            column->value[user] = auc(r->score, r->n, r->eligible, w->threshold, n_relevant);
            break;
        case METRIC_NOVELTY:
            for (uint32_t i = 0; i < n && i < column->k; i++)
                sum += (double)e->surprise[list[i].item];
            column->value[user] = sum / (n < column->k ? n : column->k);
            break;
        default:
            column->value[user] = metric_of_hits(column->metric, w->hit, n, n_relevant, column->k);
        }
    }
}

/* Bars what may not be drawn, draws, and gathers relevant and drawn items in ascending order. */
static struct ranking draw_candidates(struct evaluating *e, struct worker *w, uint32_t user, const float *scores)
{
    const struct split *split = e->split;
    const struct history *h = &split->history[user];
    const struct evaluation *out = e->out;
    uint32_t n_items = e->model->n_items, open = n_items, wanted = e->options->candidates, n = 0;
    size_t words = (size_t)n_items / 64 + 1;
    memset(w->barred, 0, words * sizeof *w->barred);
    memset(w->drawn, 0, words * sizeof *w->drawn);
    for (uint32_t i = 0; split->options.mode == ANSWER_DISCOVER && i < h->n; i++)
        open -= (uint32_t)set_bit(w->barred, h->item[i]);
    for (uint64_t i = split->relevant_start[user]; i < split->relevant_start[user + 1]; i++)
        open -= (uint32_t)set_bit(w->barred, split->relevant[i]);
    for (uint64_t i = out->relevant_start[user]; i < out->relevant_start[user + 1]; i++)
        wanted -= (uint32_t)set_bit(w->drawn, out->relevant[i]);
    struct rng rng;
    rng_init(&rng, e->options->seed ^ SALT_OTHERS, split->user_key[user]);
    for (uint32_t i = 0; wanted >= open && i < n_items; i++)
        if (!is_set(w->barred, i))
            set_bit(w->drawn, i);
    while (wanted < open && wanted > 0) {
        uint32_t item = (uint32_t)rng_below(&rng, n_items);
        if (!is_set(w->barred, item) && set_bit(w->drawn, item))
            wanted--;
    }
    for (size_t word = 0; word < words; word++)
        for (uint64_t bits = w->drawn[word]; bits != 0; bits &= bits - 1) {
            w->candidate[n] = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits);
            w->candidate_score[n] = scores[w->candidate[n]];
            n++;
        }
    return (struct ranking){w->candidate, w->candidate_score, n, n};
}

static void rank_user(struct evaluating *e, struct worker *w, uint32_t user, float *scores)
{
    const struct evaluation *out = e->out;
    const struct history *h = &e->split->history[user];
    for (uint64_t i = out->relevant_start[user], k = 0; i < out->relevant_start[user + 1]; i++)
        w->threshold[k++] = scores[out->relevant[i]];
    struct ranking r = {NULL, scores, e->model->n_items, e->model->n_items};
    if (e->options->candidates > 0)
        r = draw_candidates(e, w, user, scores);
    else if (e->split->options.mode == ANSWER_DISCOVER)
        for (uint32_t i = 0; i < h->n; i++) {
            r.eligible -= scores[h->item[i]] > -INFINITY;
            scores[h->item[i]] = -INFINITY;
        }
    measure_user(e, w, user, &r);
}

static void evaluate_tile(void *context, size_t task, unsigned worker)
{
    struct evaluating *e = context;
    struct worker *w = &e->workers[worker];
    uint32_t from = (uint32_t)task * e->tile, n_items = e->model->n_items;
    uint32_t n = e->split->n_users - from < e->tile ? e->split->n_users - from : e->tile;
    if (atomic_load(&e->cancelled))
        return;
    e->model->kind->score(e->model, e->split->history + from, n, w->scores, n_items, w->scratch);
    for (uint32_t i = 0; i < n; i++)
        rank_user(e, w, from + i, w->scores + (size_t)i * n_items);
    unsigned done = atomic_fetch_add(&e->done, n) + n;
    if (job_step(e->options->job, "evaluating", done, e->split->n_users, "users"))
        atomic_store(&e->cancelled, true);
}

static uint32_t most_relevant(const struct evaluation *out)
{
    uint64_t most = 0;
    for (uint32_t u = 0; u < out->n_users; u++) {
        uint64_t n = out->relevant_start[u + 1] - out->relevant_start[u];
        most = n > most ? n : most;
    }
    return (uint32_t)most;
}

static int workers_init(struct evaluating *e, unsigned n)
{
    size_t n_items = e->model->n_items, words = n_items / 64 + 1;
    uint32_t relevant = most_relevant(e->out), candidates = e->options->candidates;
    e->workers = mem_zalloc(n, sizeof *e->workers);
    for (unsigned i = 0; e->workers != NULL && i < n; i++) {
        struct worker *w = &e->workers[i];
        w->scores = mem_alloc_aligned(e->tile * n_items, sizeof *w->scores);
        w->scratch = mem_alloc_aligned(1, e->model->kind->score_scratch(e->model));
        w->hit = mem_alloc(e->depth, 1);
        w->threshold = mem_alloc(relevant, sizeof *w->threshold);
        if (w->scores == NULL || w->scratch == NULL || w->hit == NULL || w->threshold == NULL)
            return E_NOMEM;
        if (candidates == 0)
            continue;
        w->barred = mem_alloc(words, sizeof *w->barred);
        w->drawn = mem_alloc(words, sizeof *w->drawn);
        w->candidate = mem_alloc(n_items, sizeof *w->candidate);
        w->candidate_score = mem_alloc(n_items, sizeof *w->candidate_score);
        if (w->barred == NULL || w->drawn == NULL || w->candidate == NULL || w->candidate_score == NULL)
            return E_NOMEM;
    }
    return e->workers == NULL ? E_NOMEM : 0;
}

static void workers_release(struct worker *workers, unsigned n)
{
    for (unsigned i = 0; workers != NULL && i < n; i++) {
        struct worker *w = &workers[i];
        mem_free(w->scores);
        mem_free(w->scratch);
        mem_free(w->hit);
        mem_free(w->threshold);
        mem_free(w->barred);
        mem_free(w->drawn);
        mem_free(w->candidate);
        mem_free(w->candidate_score);
    }
    mem_free(workers);
}

/* The split's relevant items, at most so many a user. */
static int copy_relevant(struct evaluation *out, const struct split *split, const struct evaluate_options *o)
{
    out->relevant_start = mem_alloc((size_t)split->n_users + 1, sizeof *out->relevant_start);
    out->relevant = mem_dup(split->relevant, split->relevant_start[split->n_users] * sizeof *out->relevant);
    if (out->relevant_start == NULL || out->relevant == NULL)
        return E_NOMEM;
    uint64_t at = 0;
    for (uint32_t u = 0; u < split->n_users; u++) {
        uint32_t *items = out->relevant + split->relevant_start[u];
        uint32_t n = (uint32_t)(split->relevant_start[u + 1] - split->relevant_start[u]);
        if (o->candidates > 0 && n > EVALUATE_CANDIDATE_RELEVANT) {
            struct rng rng;
            rng_init(&rng, o->seed ^ SALT_RELEVANT, split->user_key[u]);
            rng_shuffle_u32(&rng, items, n);
            n = EVALUATE_CANDIDATE_RELEVANT;
            qsort(items, n, sizeof *items, ascending);
        }
        out->relevant_start[u] = at;
        memmove(out->relevant + at, items, n * sizeof *items);
        at += n;
    }
    out->relevant_start[split->n_users] = at;
    return 0;
}

static int count_surprise(struct evaluating *e)
{
    const struct dataset *train = &e->split->train;
    uint32_t *users = mem_zalloc(train->n_items, sizeof *users);
    uint32_t *last = mem_zalloc(train->n_items, sizeof *last); /* 1 + who was counted last */
    e->surprise = mem_alloc(train->n_items, sizeof *e->surprise);
    int rc = users == NULL || last == NULL || e->surprise == NULL ? E_NOMEM : 0;
    for (uint32_t u = 0; rc == 0 && u < train->n_users; u++)
        for (uint64_t i = train->user_start[u]; i < train->user_start[(size_t)u + 1]; i++)
            if (last[train->item[i]] != u + 1) {
                last[train->item[i]] = u + 1;
                users[train->item[i]]++;
            }
    for (uint32_t i = 0; rc == 0 && i < train->n_items; i++)
        e->surprise[i] = (float)-log2((users[i] > 0 ? users[i] : 1) / (double)train->n_users);
    mem_free(users);
    mem_free(last);
    return rc;
}

/* How often each item is among the first k of a list. */
static void count_exposure(const struct evaluation *out, uint32_t k, uint32_t *counts)
{
    memset(counts, 0, out->n_items * sizeof *counts);
    for (uint32_t u = 0; u < out->n_users; u++)
        for (uint32_t i = 0; i < out->list_length[u] && i < k; i++)
            counts[out->list[(size_t)u * out->depth + i].item]++;
}

static int fill_means(struct evaluation *out)
{
    uint32_t *counts = mem_alloc(out->n_items, sizeof *counts);
    if (counts == NULL)
        return E_NOMEM;
    for (uint32_t c = 0; c < out->n_columns; c++) {
        struct evaluate_column *column = &out->column[c];
        double sum = 0;
        if (column->value != NULL) {
            for (uint32_t u = 0; u < out->n_users; u++)
                sum += column->value[u];
            column->mean = sum / out->n_users;
            continue;
        }
        count_exposure(out, column->k, counts);
        for (uint32_t i = 0; i < out->n_items; i++)
            sum += counts[i] > 0;
        column->mean = column->metric == METRIC_COVERAGE ? sum / out->n_items : metric_gini(counts, out->n_items);
    }
    mem_free(counts);
    return 0;
}

static int check(const struct model *model, const struct split *split, const struct evaluate_options *o,
                 struct error *err)
{
    for (uint32_t i = 0; i < o->n_k && i < EVALUATE_K_MAX; i++)
        if (o->k[i] == 0)
            return error_set(err, E_USAGE, "--k", "a list of 0 items cannot be measured");
    if (o->n_k > EVALUATE_K_MAX)
        return error_set(err, E_USAGE, "--k", "at most %d lengths at once", EVALUATE_K_MAX);
    if (o->candidates > 0 && o->candidates <= EVALUATE_CANDIDATE_RELEVANT) {
        error_set(err, E_USAGE, "--candidates", "%u leave nothing to rank the relevant items against", o->candidates);
        return error_hint(err, E_USAGE, "give more than %d, such as 112", EVALUATE_CANDIDATE_RELEVANT);
    }
    if (model->n_items != split->train.n_items)
        return error_set(err, E_BAD_DATA, "evaluation", "the model knows %u items, the test has %u", model->n_items,
                         split->train.n_items);
    return 0;
}

static int prepare(struct evaluating *e, const uint32_t *k, uint32_t n_k, struct error *err)
{
    const struct split *split = e->split;
    int rc = evaluation_init(e->out, split->n_users, e->metrics, k, n_k, err);
    if (rc != 0)
        return rc;
    for (uint32_t i = 0; i < n_k; i++)
        e->depth = k[i] > e->depth ? k[i] : e->depth;
    e->depth = e->depth < split->train.n_items ? e->depth : split->train.n_items;
    e->out->n_items = split->train.n_items;
    e->out->depth = e->depth;
    memcpy(e->out->user, split->user, split->n_users * sizeof *split->user);
    memcpy(e->out->user_key, split->user_key, split->n_users * sizeof *split->user_key);
    e->out->list_length = mem_zalloc(split->n_users, sizeof *e->out->list_length);
    e->out->list = mem_alloc((size_t)split->n_users * e->depth, sizeof *e->out->list);
    if (e->out->list_length == NULL || e->out->list == NULL || copy_relevant(e->out, split, e->options) != 0)
        return error_nomem(err, "evaluation");
    if ((e->metrics & METRIC_BIT(NOVELTY)) && count_surprise(e) != 0)
        return error_nomem(err, "evaluation");
    return 0;
}

int evaluate_model(struct evaluation *out, const struct model *model, const struct split *split,
                   const struct evaluate_options *options, struct error *err)
{
    static const uint32_t ten[] = {10};
    struct evaluation made = {0};
    struct evaluating e = {
        .out = &made,
        .model = model,
        .split = split,
        .options = options,
        .metrics = options->metrics == 0 ? METRIC_ALL : options->metrics,
        .tile = options->tile == 0 || options->tile > MODEL_TILE ? MODEL_TILE : options->tile,
    };
    unsigned n_workers = pool_size(options->pool);
    int rc = check(model, split, options, err);
    if (rc == 0)
        rc = prepare(&e, options->n_k == 0 ? ten : options->k, options->n_k == 0 ? 1 : options->n_k, err);
    if (rc == 0 && workers_init(&e, n_workers) != 0)
        rc = error_nomem(err, "evaluation");
    if (rc == 0) {
        pool_run(options->pool, (split->n_users + e.tile - 1) / e.tile, evaluate_tile, &e);
        if (atomic_load(&e.cancelled))
            rc = job_error_cancelled(err, "evaluation");
        else if (fill_means(&made) != 0)
            rc = error_nomem(err, "evaluation");
    }
    workers_release(e.workers, n_workers);
    mem_free(e.surprise);
    if (rc != 0)
        evaluation_release(&made);
    else
        *out = made;
    return rc;
}
