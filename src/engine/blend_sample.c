#include "engine/blend_sample.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/simd.h"
#include "engine/topk.h"

#define TILE 16        /* users scored at once: all members' scores of a tile are held */
#define BEST 60        /* of each member's list */

ENGINE_CLONES
static void moments(const float *scores, uint32_t n, double *mean, double *variance)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (double)scores[i];
    double m = sum / n;
    for (uint32_t i = 0; i < n; i++) {
        double d = (double)scores[i] - m;
        squares += d * d;
    }
    *mean = m;
    *variance = squares / n;
}

struct blend_scale blend_scale_of(const float *scores, uint32_t n)
{
    double mean, variance;
    moments(scores, n, &mean, &variance);
    double deviation = sqrt(variance);
    /* below that the differences are rounding */
    return (struct blend_scale){mean, deviation > 1e-7 * fabs(mean) && deviation > 1e-30 ? 1 / deviation : 0};
}

ENGINE_CLONES
static void add_scaled(float *out, const float *scores, uint32_t n, float a, float b)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] += a * scores[i] + b;
}

void blend_scale_add(float *out, const float *scores, uint32_t n, struct blend_scale scale, double weight)
{
    double a = weight * scale.factor;
    add_scaled(out, scores, n, (float)a, (float)(-a * scale.mean));
}

/* One user's candidates. */
struct gathered {
    uint32_t n;
    float *z;          /* n_members x n */
    uint8_t *relevant; /* n */
};

struct worker {
    float *scores; /* n_members x TILE x n_items */
    void *scratch;
    uint64_t *wanted, *had; /* bits per item, clear between users */
    struct scored *best;
    uint32_t *item;
};

struct gathering {
    const struct model *const *members;
    uint32_t n_members, n_items, n_users;
    const struct split *split;
    const uint32_t *user; /* the chosen test users */
    struct gathered *out;
    struct worker *workers;
    struct job *job;
    atomic_uint done;
    atomic_int failed;
};

static int is_set(const uint64_t *bits, uint32_t i)
{
    return (int)(bits[i / 64] >> (i % 64) & 1);
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The union of the members' best items, ascending, in w->item. */
static uint32_t choose_items(const struct gathering *g, struct worker *w, uint32_t row, const struct history *h)
{
    uint32_t n = 0;
    int discover = g->split->options.mode == ANSWER_DISCOVER;
    size_t words = (size_t)g->n_items / 64 + 1;
    memset(w->had, 0, words * sizeof *w->had);
    memset(w->wanted, 0, words * sizeof *w->wanted);
    for (uint32_t i = 0; discover && i < h->n; i++)
        w->had[h->item[i] / 64] |= UINT64_C(1) << (h->item[i] % 64);
    for (uint32_t m = 0; m < g->n_members; m++) {
        const float *scores = w->scores + ((size_t)m * TILE + row) * g->n_items;
        if (g->members[m] == NULL)
            continue;
        uint32_t held = topk_select(scores, g->n_items, w->had, BEST < g->n_items ? BEST : g->n_items, w->best);
        for (uint32_t k = 0; k < held; k++) {
            uint32_t item = w->best[k].item;
            if (is_set(w->wanted, item))
                continue;
            w->wanted[item / 64] |= UINT64_C(1) << (item % 64);
            w->item[n++] = item;
        }
    }
    qsort(w->item, n, sizeof *w->item, ascending);
    return n;
}

static int gather_user(struct gathering *g, struct worker *w, uint32_t at, uint32_t row)
{
    const struct split *split = g->split;
    uint32_t user = g->user[at];
    uint32_t n = choose_items(g, w, row, &split->history[user]);
    struct gathered *out = &g->out[at];
    out->z = mem_zalloc((size_t)n * g->n_members, sizeof *out->z);
    out->relevant = mem_zalloc(n, 1);
    if (out->z == NULL || out->relevant == NULL)
        return E_NOMEM;
    out->n = n;
    for (uint32_t m = 0; m < g->n_members; m++) {
        const float *scores = w->scores + ((size_t)m * TILE + row) * g->n_items;
        if (g->members[m] == NULL)
            continue;
        struct blend_scale scale = blend_scale_of(scores, g->n_items);
        for (uint32_t i = 0; i < n; i++)
            out->z[(size_t)m * n + i] = (float)(((double)scores[w->item[i]] - scale.mean) * scale.factor);
    }
    const uint32_t *relevant = split->relevant + split->relevant_start[user];
    size_t n_relevant = split->relevant_start[user + 1] - split->relevant_start[user];
    for (uint32_t i = 0; i < n; i++)
        out->relevant[i] = bsearch(&w->item[i], relevant, n_relevant, sizeof *relevant, ascending) != NULL;
    return 0;
}

static void gather_tile(void *context, size_t task, unsigned worker)
{
    struct gathering *g = context;
    struct worker *w = &g->workers[worker];
    uint32_t from = (uint32_t)task * TILE, n = g->n_users - from < TILE ? g->n_users - from : TILE;
    struct history users[TILE];
    if (atomic_load(&g->failed) != 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        users[i] = g->split->history[g->user[from + i]];
    for (uint32_t m = 0; m < g->n_members; m++)
        if (g->members[m] != NULL)
            g->members[m]->kind->score(g->members[m], users, n, w->scores + (size_t)m * TILE * g->n_items,
                                       g->n_items, w->scratch);
    for (uint32_t i = 0; i < n; i++)
        if (gather_user(g, w, from + i, i) != 0)
            atomic_store(&g->failed, E_NOMEM);
    unsigned done = atomic_fetch_add(&g->done, n) + n;
    if (job_step(g->job, "blend: members", done, g->n_users, "users"))
        atomic_store(&g->failed, E_CANCELLED);
}

static int workers_init(struct gathering *g, unsigned n)
{
    size_t scratch = 0, words = (size_t)g->n_items / 64 + 1, most = (size_t)g->n_members * BEST;
    for (uint32_t m = 0; m < g->n_members; m++) {
        size_t size = g->members[m] == NULL ? 0 : g->members[m]->kind->score_scratch(g->members[m]);
        scratch = size > scratch ? size : scratch;
    }
    g->workers = mem_zalloc(n, sizeof *g->workers);
    for (unsigned i = 0; g->workers != NULL && i < n; i++) {
        struct worker *w = &g->workers[i];
        w->scores = mem_alloc_aligned((size_t)g->n_members * TILE * g->n_items, sizeof *w->scores);
        w->scratch = mem_alloc_aligned(1, scratch);
        w->wanted = mem_alloc(words, sizeof *w->wanted);
        w->had = mem_alloc(words, sizeof *w->had);
        w->best = mem_alloc(BEST, sizeof *w->best);
        w->item = mem_alloc(most, sizeof *w->item);
        if (w->scores == NULL || w->scratch == NULL || w->wanted == NULL || w->had == NULL || w->best == NULL ||
            w->item == NULL)
            return E_NOMEM;
    }
    return g->workers == NULL ? E_NOMEM : 0;
}

static void workers_release(struct worker *workers, unsigned n)
{
    for (unsigned i = 0; workers != NULL && i < n; i++) {
        mem_free(workers[i].scores);
        mem_free(workers[i].scratch);
        mem_free(workers[i].wanted);
        mem_free(workers[i].had);
        mem_free(workers[i].best);
        mem_free(workers[i].item);
    }
    mem_free(workers);
}

struct keyed {
    uint64_t hash;
    uint32_t user;
};

static int by_hash(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->user < y->user ? -1 : x->user > y->user;
}

/* All test users, or the BLEND_USERS_MAX whose keys hash lowest; ascending. */
static uint32_t *choose_users(const struct split *split, uint32_t *n)
{
    uint32_t *user = mem_alloc(split->n_users, sizeof *user);
    struct keyed *keyed = mem_alloc(split->n_users, sizeof *keyed);
    *n = split->n_users < BLEND_USERS_MAX ? split->n_users : BLEND_USERS_MAX;
    for (uint32_t u = 0; user != NULL && keyed != NULL && u < split->n_users; u++)
        keyed[u] = (struct keyed){rng_key(&split->user_key[u], sizeof split->user_key[u]), u};
    if (user != NULL && keyed != NULL) {
        qsort(keyed, split->n_users, sizeof *keyed, by_hash);
        for (uint32_t i = 0; i < *n; i++)
            user[i] = keyed[i].user;
        qsort(user, *n, sizeof *user, ascending);
        mem_free(keyed);
        return user;
    }
    mem_free(keyed);
    mem_free(user);
    return NULL;
}

static int grow(struct blend_sample *self, uint64_t candidates, uint32_t users)
{
    uint64_t n = (self->start == NULL ? 0 : self->start[self->n_users]) + candidates;
    size_t u = (size_t)self->n_users + users;
    void *start = mem_realloc(self->start, u + 1, sizeof *self->start);
    self->start = start != NULL ? start : self->start;
    void *z = mem_realloc(self->z, n, self->n_members * sizeof *self->z);
    self->z = z != NULL ? z : self->z;
    void *relevant = mem_realloc(self->relevant, n, 1);
    self->relevant = relevant != NULL ? relevant : self->relevant;
    void *n_relevant = mem_realloc(self->n_relevant, u, sizeof *self->n_relevant);
    self->n_relevant = n_relevant != NULL ? n_relevant : self->n_relevant;
    void *user_key = mem_realloc(self->user_key, u, sizeof *self->user_key);
    self->user_key = user_key != NULL ? user_key : self->user_key;
    return start == NULL || z == NULL || relevant == NULL || n_relevant == NULL || user_key == NULL ? E_NOMEM : 0;
}

static int append(struct blend_sample *out, const struct gathering *g)
{
    uint64_t total = 0;
    for (uint32_t u = 0; u < g->n_users; u++)
        total += g->out[u].n;
    out->n_members = g->n_members;
    if (grow(out, total, g->n_users) != 0)
        return E_NOMEM;
    if (out->n_users == 0)
        out->start[0] = 0;
    for (uint32_t u = 0; u < g->n_users; u++) {
        const struct gathered *from = &g->out[u];
        uint32_t user = g->user[u], to = out->n_users++;
        uint64_t at = out->start[to];
        memcpy(out->z + at * g->n_members, from->z, (size_t)from->n * g->n_members * sizeof *out->z);
        memcpy(out->relevant + at, from->relevant, from->n);
        out->start[to + 1] = at + from->n;
        out->n_relevant[to] = (uint32_t)(g->split->relevant_start[user + 1] - g->split->relevant_start[user]);
        out->user_key[to] = g->split->user_key[user];
    }
    return 0;
}

int blend_sample_add(struct blend_sample *out, const struct model *const *members, uint32_t n_members,
                      const struct split *split, struct pool *pool, struct job *job, struct error *err)
{
    struct gathering g = {
        .members = members,
        .n_members = n_members,
        .n_items = split->train.n_items,
        .split = split,
        .job = job,
    };
    unsigned n_workers = pool_size(pool);
    uint32_t *user = choose_users(split, &g.n_users);
    g.user = user;
    g.out = mem_zalloc(g.n_users, sizeof *g.out);
    int rc = user == NULL || g.out == NULL ? E_NOMEM : workers_init(&g, n_workers);
    if (rc == 0) {
        pool_run(pool, ((size_t)g.n_users + TILE - 1) / TILE, gather_tile, &g);
        rc = atomic_load(&g.failed);
    }
    workers_release(g.workers, n_workers);
    if (rc == 0)
        rc = append(out, &g);
    for (uint32_t u = 0; g.out != NULL && u < g.n_users; u++) {
        mem_free(g.out[u].z);
        mem_free(g.out[u].relevant);
    }
    mem_free(g.out);
    mem_free(user);
    return rc == E_CANCELLED ? job_error_cancelled(err, "blend") : rc != 0 ? error_nomem(err, "blend") : 0;
}
