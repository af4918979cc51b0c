#include "engine/blend_fit.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/simd.h"
#include "engine/topk.h"

#define BAGS 16
#define STEPS 24
#define FEW_RELEVANT 24
#define COARSE 12 /* before this step the weights are too coarse to be taken */
#define SALT UINT64_C(0x626c656e64626167)

void blend_sample_release(struct blend_sample *self)
{
    mem_free(self->start);
    mem_free(self->z);
    mem_free(self->relevant);
    mem_free(self->n_relevant);
    mem_free(self->user_key);
    *self = (struct blend_sample){0};
}

struct fitting {
    const struct blend_sample *sample;
    uint64_t seed;
    uint32_t longest;         /* candidates of one user */
    uint32_t n_speaking, speaking[BLEND_MEMBERS_MAX]; /* the members that say anything at all */
    double discount[BLEND_DEPTH], ideal[BLEND_DEPTH + 1];
    double *weight;           /* BAGS x n_members */
    struct job *job;
    atomic_uint done;
    atomic_bool cancelled, no_memory;
};

static void fill_discounts(struct fitting *f)
{
    for (int i = 0; i < BLEND_DEPTH; i++) {
        f->discount[i] = 1 / log2(i + 2.0);
        f->ideal[i + 1] = f->ideal[i] + f->discount[i];
    }
}

/* Marks the places of the first BLEND_DEPTH that hold a relevant candidate.  Few of those are looked up one by one,
 * which takes a fraction of the time of ranking all; many by ranking. */
static void mark_hits(const float *scores, const uint8_t *relevant, uint32_t n, uint8_t hit[BLEND_DEPTH])
{
    uint32_t at[FEW_RELEVANT], found = 0;
    for (const uint8_t *p = relevant; (p = memchr(p, 1, (size_t)(relevant + n - p))) != NULL && found <= FEW_RELEVANT; p++) {
        if (found < FEW_RELEVANT)
            at[found] = (uint32_t)(p - relevant);
        found++;
    }
    if (found <= FEW_RELEVANT) {
        for (uint32_t i = 0; i < found; i++) {
            uint32_t rank = topk_rank(scores, n, NULL, at[i]);
            if (rank < BLEND_DEPTH)
                hit[rank] = 1;
        }
        return;
    }
    struct scored best[BLEND_DEPTH];
    found = topk_select(scores, n, NULL, n < BLEND_DEPTH ? n : BLEND_DEPTH, best);
    for (uint32_t i = 0; i < found; i++)
        hit[i] = relevant[best[i].item];
}

static double user_ndcg(const struct fitting *f, uint32_t u, const float *scores)
{
    const struct blend_sample *s = f->sample;
    uint8_t hit[BLEND_DEPTH] = {0};
    double gained = 0;
    mark_hits(scores, s->relevant + s->start[u], (uint32_t)(s->start[u + 1] - s->start[u]), hit);
    for (uint32_t i = 0; i < BLEND_DEPTH; i++)
        if (hit[i])
            gained += f->discount[i];
    return gained / f->ideal[s->n_relevant[u] < BLEND_DEPTH ? s->n_relevant[u] : BLEND_DEPTH];
}

ENGINE_CLONES
static void add(float *restrict out, const float *restrict a, const float *restrict b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = a[i] + b[i];
}

/* Poisson(1) by multiplication of uniforms (Knuth). */
static uint32_t poisson(struct rng *rng)
{
    double limit = exp(-1), product = rng_uniform(rng);
    uint32_t n = 0;
    while (product > limit) {
        product *= rng_uniform(rng);
        n++;
    }
    return n;
}

struct bag {
    uint32_t *times; /* per user */
    float *sum;      /* per candidate: the members added so far */
    float *trial;
    double *gain;    /* per member */
    double *count;
    double users;    /* drawn, with repetition */
};

static void release_bag(struct bag *b)
{
    mem_free(b->times);
    mem_free(b->sum);
    mem_free(b->trial);
    mem_free(b->gain);
    mem_free(b->count);
}

static int init_bag(struct bag *b, const struct fitting *f, size_t number)
{
    const struct blend_sample *s = f->sample;
    b->times = mem_alloc(s->n_users, sizeof *b->times);
    b->sum = mem_zalloc(s->start[s->n_users], sizeof *b->sum);
    b->trial = mem_alloc(f->longest, sizeof *b->trial);
    b->gain = mem_alloc(s->n_members, sizeof *b->gain);
    b->count = mem_zalloc(s->n_members, sizeof *b->count);
    if (b->times == NULL || b->sum == NULL || b->trial == NULL || b->gain == NULL || b->count == NULL)
        return E_NOMEM;
    for (uint32_t u = 0; u < s->n_users; u++) {
        struct rng rng;
        rng_init(&rng, f->seed ^ SALT ^ (number << 48), s->user_key[u]);
        b->times[u] = poisson(&rng);
        b->users += s->start[u + 1] > s->start[u] ? b->times[u] : 0;
    }
    return 0;
}

/* NDCG summed over the bag, with each member added in turn. */
static void try_members(const struct fitting *f, struct bag *b)
{
    const struct blend_sample *s = f->sample;
    memset(b->gain, 0, s->n_members * sizeof *b->gain);
    for (uint32_t u = 0; u < s->n_users; u++) {
        uint32_t n = (uint32_t)(s->start[u + 1] - s->start[u]);
        if (b->times[u] == 0 || n == 0)
            continue;
        for (uint32_t k = 0; k < f->n_speaking; k++) {
            uint32_t m = f->speaking[k];
            add(b->trial, b->sum + s->start[u], s->z + s->start[u] * s->n_members + (size_t)m * n, n);
            b->gain[m] += b->times[u] * user_ndcg(f, u, b->trial);
        }
    }
}

static void add_member(const struct fitting *f, struct bag *b, uint32_t m)
{
    const struct blend_sample *s = f->sample;
    for (uint32_t u = 0; u < s->n_users; u++) {
        uint32_t n = (uint32_t)(s->start[u + 1] - s->start[u]);
        float *sum = b->sum + s->start[u];
        add(b->trial, sum, s->z + s->start[u] * s->n_members + (size_t)m * n, n);
        memcpy(sum, b->trial, n * sizeof *sum);
    }
    b->count[m]++;
}

static void fit_bag(void *context, size_t task, unsigned worker)
{
    struct fitting *f = context;
    uint32_t n_members = f->sample->n_members;
    double *weight = f->weight + task * n_members, best = 0;
    struct bag b = {0};
    (void)worker;
    if (init_bag(&b, f, task) != 0)
        atomic_store(&f->no_memory, true);
    for (int step = 0; step < STEPS; step++) {
        if (atomic_load(&f->no_memory) || atomic_load(&f->cancelled))
            break;
        try_members(f, &b);
        uint32_t first = f->speaking[0];
        for (uint32_t k = 1; k < f->n_speaking; k++)
            if (b.gain[f->speaking[k]] > b.gain[first])
                first = f->speaking[k];
        add_member(f, &b, first);
        if (task == 0 && b.users > 0)
            job_point(f->job, "blend, validation: ndcg@40", "step", step + 1, b.gain[first] / b.users);
        if (step >= COARSE && b.gain[first] > best) {
            best = b.gain[first];
            for (uint32_t m = 0; m < n_members; m++)
                weight[m] = b.count[m] / (step + 1);
        }
        if (job_step(f->job, "blend: weights", atomic_fetch_add(&f->done, 1) + 1, BAGS * STEPS, "steps"))
            atomic_store(&f->cancelled, true);
    }
    release_bag(&b);
}

static void find_speaking(struct fitting *f)
{
    const struct blend_sample *s = f->sample;
    for (uint32_t m = 0; m < s->n_members; m++) {
        int any = 0;
        for (uint32_t u = 0; !any && u < s->n_users; u++) {
            size_t n = s->start[u + 1] - s->start[u];
            for (size_t i = 0; !any && i < n; i++)
                any = fabsf(s->z[s->start[u] * s->n_members + m * n + i]) > 0;
        }
        if (any)
            f->speaking[f->n_speaking++] = m;
    }
}

double blend_fit_ndcg(const struct blend_sample *sample, const double *weight, float *scratch)
{
    struct fitting f = {.sample = sample};
    double sum = 0;
    fill_discounts(&f);
    for (uint32_t u = 0; u < sample->n_users; u++) {
        uint32_t n = (uint32_t)(sample->start[u + 1] - sample->start[u]);
        memset(scratch, 0, n * sizeof *scratch);
        for (uint32_t m = 0; m < sample->n_members; m++)
            for (uint32_t i = 0; i < n; i++)
                scratch[i] += (float)weight[m] * sample->z[sample->start[u] * sample->n_members + (size_t)m * n + i];
        sum += n == 0 ? 0 : user_ndcg(&f, u, scratch);
    }
    return sample->n_users == 0 ? 0 : sum / sample->n_users;
}

int blend_fit(const struct blend_sample *sample, uint64_t seed, struct pool *pool, struct job *job, double *weight,
              double *ndcg, struct error *err)
{
    struct fitting f = {.sample = sample, .seed = seed, .job = job};
    fill_discounts(&f);
    find_speaking(&f);
    for (uint32_t m = 0; m < sample->n_members; m++)
        weight[m] = 0;
    *ndcg = 0;
    if (f.n_speaking == 0)
        return 0;
    for (uint32_t u = 0; u < sample->n_users; u++)
        f.longest = sample->start[u + 1] - sample->start[u] > f.longest
                        ? (uint32_t)(sample->start[u + 1] - sample->start[u])
                        : f.longest;
    f.weight = mem_zalloc((size_t)BAGS * sample->n_members, sizeof *f.weight);
    float *scratch = mem_alloc(f.longest, sizeof *scratch);
    if (f.weight == NULL || scratch == NULL) {
        mem_free(f.weight);
        mem_free(scratch);
        return error_nomem(err, "blend");
    }
    pool_run(pool, BAGS, fit_bag, &f);
    int rc = atomic_load(&f.cancelled)   ? job_error_cancelled(err, "blend")
             : atomic_load(&f.no_memory) ? error_nomem(err, "blend")
                                         : 0;
    double sum = 0;
    for (uint32_t m = 0; rc == 0 && m < sample->n_members; m++) {
        for (int bag = 0; bag < BAGS; bag++)
            weight[m] += f.weight[(size_t)bag * sample->n_members + m];
        sum += weight[m];
    }
    for (uint32_t m = 0; rc == 0 && sum > 0 && m < sample->n_members; m++)
        weight[m] /= sum;
    if (rc == 0)
        *ndcg = blend_fit_ndcg(sample, weight, scratch);
    mem_free(f.weight);
    mem_free(scratch);
    return rc;
}
