#include "experiment/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "stats/moments.h"
#include "stats/slate.h"

/* More of the policy's choices than this must not be outside of what the logs show. */
#define UNSEEN_MAX 0.05

struct model {
    double *q, *dm; /* of each round: of its action, and of what the policy would choose */
};

static double target_of(const struct value_rounds *r, size_t i)
{
    return r->target != NULL ? r->target[i] : r->policy[r->action[i] * r->positions + r->position[i]];
}

static uint32_t fold_of(const struct value_rounds *r, size_t i)
{
    return (uint32_t)((r->unit != NULL ? r->unit[i] : i) % VALUE_FOLDS);
}

/* The reward of each action at each position from all rounds that are not of the fold. */
static void fit(const struct value_rounds *r, uint32_t fold, double *sum, double *n, double *q)
{
    size_t cells = r->actions * r->positions;
    memset(sum, 0, cells * sizeof *sum);
    memset(n, 0, cells * sizeof *n);
    for (size_t i = 0; i < r->n; i++)
        if (fold_of(r, i) != fold) {
            sum[r->action[i] * r->positions + r->position[i]] += r->reward[i];
            n[r->action[i] * r->positions + r->position[i]]++;
        }
    for (size_t p = 0; p < r->positions; p++) {
        double all = 0, rounds = 0;
        for (size_t a = 0; a < r->actions; a++) {
            all += sum[a * r->positions + p];
            rounds += n[a * r->positions + p];
        }
        double rate = rounds > 0 ? all / rounds : 0;
        for (size_t a = 0; a < r->actions; a++) {
            size_t c = a * r->positions + p;
            q[c] = (sum[c] + VALUE_PRIOR * rate) / (n[c] + VALUE_PRIOR);
        }
    }
}

/* What a round whose policy is its own would earn. */
static double expected_in(const struct value_rounds *r, size_t i, const double *q)
{
    double sum = 0;
    for (size_t a = 0; a < r->actions; a++)
        sum += (double)r->each[i * r->actions + a] * q[a * r->positions + r->position[i]];
    return sum;
}

static int make_model(const struct value_rounds *r, struct model *m, struct error *err)
{
    size_t cells = r->actions * r->positions;
    double *sum = mem_alloc(cells, sizeof *sum), *n = mem_alloc(cells, sizeof *n), *q = mem_alloc(cells, sizeof *q),
           *expected = mem_alloc(r->positions, sizeof *expected);
    *m = (struct model){mem_alloc(r->n, sizeof *m->q), mem_alloc(r->n, sizeof *m->dm)};
    bool room = sum != NULL && n != NULL && q != NULL && expected != NULL && m->q != NULL && m->dm != NULL;
    for (uint32_t f = 0; f < VALUE_FOLDS && room; f++) {
        fit(r, f, sum, n, q);
        for (size_t p = 0; p < r->positions && r->policy != NULL; p++) {
            expected[p] = 0;
            for (size_t a = 0; a < r->actions; a++)
                expected[p] += r->policy[a * r->positions + p] * q[a * r->positions + p];
        }
        for (size_t i = 0; i < r->n; i++)
            if (fold_of(r, i) == f) {
                m->q[i] = q[r->action[i] * r->positions + r->position[i]];
                m->dm[i] = r->policy != NULL ? expected[r->position[i]] : expected_in(r, i, q);
            }
    }
    mem_free(sum);
    mem_free(n);
    mem_free(q);
    mem_free(expected);
    return room ? 0 : error_nomem(err, "off-policy evaluation");
}

/* How often the policy would choose what the logs never show. */
static int count_unseen(const struct value_rounds *r, double *unseen, struct error *err)
{
    *unseen = 0;
    if (r->policy == NULL && r->each == NULL)
        return 0;
    uint8_t *seen = mem_zalloc(r->actions * r->positions, 1);
    double *rounds = mem_zalloc(r->positions, sizeof *rounds);
    int rc = seen == NULL || rounds == NULL ? error_nomem(err, "off-policy evaluation") : 0;
    for (size_t i = 0; i < r->n && rc == 0; i++) {
        seen[r->action[i] * r->positions + r->position[i]] = 1;
        rounds[r->position[i]] += 1 / (double)r->n;
    }
    for (size_t a = 0; a < r->actions && rc == 0 && r->policy != NULL; a++)
        for (size_t p = 0; p < r->positions; p++)
            *unseen += seen[a * r->positions + p] ? 0 : rounds[p] * r->policy[a * r->positions + p];
    for (size_t i = 0; i < r->n && rc == 0 && r->policy == NULL; i++)
        for (size_t a = 0; a < r->actions; a++)
            *unseen += seen[a * r->positions + r->position[i]] ? 0 : (double)r->each[i * r->actions + a] / (double)r->n;
    mem_free(seen);
    mem_free(rounds);
    return rc;
}

static int check_policy(const struct value_rounds *r, struct error *err)
{
    for (size_t p = 0; p < r->positions && r->policy != NULL; p++) {
        double sum = 0;
        for (size_t a = 0; a < r->actions; a++)
            sum += r->policy[a * r->positions + p];
        if (fabs(sum - 1) > 1e-3) {
            error_set(err, E_BAD_DATA, "the policy", "its probabilities at position %zu sum to %.6g and not to 1",
                      p + 1, sum);
            return error_hint(err, E_BAD_DATA, "name every item that it may show there");
        }
    }
    return 0;
}

/* Single choices. */

static const struct {
    const char *name;
    enum policy_estimator estimator;
    bool model, limited;
} estimators[] = {
    {"ips", POLICY_IPS, false, false}, {"snips", POLICY_SNIPS, false, false},
    {"clipped", POLICY_CLIPPED, false, true}, {"dm", POLICY_DM, true, false}, {"dr", POLICY_DR, true, false},
    {"sndr", POLICY_SNDR, true, false}, {"switch", POLICY_SWITCH, true, true}, {"shrunk", POLICY_SHRUNK, true, true},
};

static struct value_line *add_line(struct value *out, const char *name)
{
    struct value_line *line = &out->lines[out->n_lines++];
    *line = (struct value_line){.estimator = name};
    return line;
}

static int estimate(struct value *out, const struct policy_log *log, double lambda, double alpha, struct error *err)
{
    int rc = 0;
    for (size_t e = 0; e < sizeof estimators / sizeof estimators[0] && rc == 0; e++) {
        struct policy_value v;
        if (estimators[e].model && log->dm == NULL)
            continue;
        double limit = estimators[e].limited ? lambda : (double)INFINITY;
        rc = policy_evaluate(log, estimators[e].estimator, limit, alpha, false, &v, err);
        if (rc != 0)
            break;
        struct value_line *line = add_line(out, estimators[e].name);
        line->known = true;
        line->value = v.value;
        line->low = v.low;
        line->high = v.high;
        line->effective = v.overlap.effective;
        line->cut = v.clipped;
    }
    return rc;
}

/* Whole lists. */

static const struct {
    const char *name;
    enum slate_estimator estimator;
    bool self, model;
} slate_estimators[] = {
    {"list, independent", SLATE_IIPS, false, false}, {"list, independent, normalised", SLATE_IIPS, true, false},
    {"list, cascade", SLATE_RIPS, false, false}, {"list, cascade, normalised", SLATE_RIPS, true, false},
    {"list, cascade DR", SLATE_CASCADE_DR, false, true}, {"list, whole", SLATE_SIPS, false, false},
};

/* Puts rounds into rows of slates. */
struct grid {
    double *cells; /* five of slates x positions */
    struct slate_log log;
};

static int fill_grid(struct grid *g, const struct value_rounds *r, const struct model *m, struct error *err)
{
    size_t slots = r->slot != NULL ? r->slots : r->positions, cells = r->slates * slots;
    if (r->slot == NULL && cells != r->n) {
        error_set(err, E_BAD_DATA, "lists", "%zu lists of %zu positions are not %zu rounds", r->slates, r->positions,
                  r->n);
        return error_hint(err, E_BAD_DATA, "each list must name each of its positions once");
    }
    g->cells = mem_alloc(cells, 5 * sizeof *g->cells);
    uint8_t *taken = mem_zalloc(cells, 1);
    int rc = g->cells == NULL || taken == NULL ? error_nomem(err, "off-policy evaluation") : 0;
    double *reward = g->cells, *behaviour = reward + cells, *target = behaviour + cells, *q = target + cells,
           *v = q + cells;
    for (size_t i = 0; i < cells && rc == 0; i++) { /* where nothing was chosen */
        reward[i] = q[i] = v[i] = 0;
        behaviour[i] = target[i] = 1;
    }
    for (size_t i = 0; i < r->n && rc == 0; i++) {
        size_t at = r->slate[i] * slots + (r->slot != NULL ? r->slot[i] : r->position[i]);
        if (taken[at])
            rc = error_set(err, E_BAD_DATA, "lists", "round %zu has a position of its list for the second time", i + 1);
        taken[at] = 1;
        reward[at] = r->reward[i];
        behaviour[at] = r->behaviour[i];
        target[at] = target_of(r, i);
        q[at] = m->q != NULL ? m->q[i] : 0;
        v[at] = m->dm != NULL ? m->dm[i] : 0;
    }
    mem_free(taken);
    g->log = (struct slate_log){.n = r->slates, .slots = slots, .reward = reward, .behaviour = behaviour,
                                .target = target, .q = m->q != NULL ? q : NULL, .v = m->q != NULL ? v : NULL};
    return rc;
}

/* One that the logs cannot answer says so, and the others are still given. */
static int estimate_lists(struct value *out, const struct value_rounds *r, const struct model *m, double alpha,
                          struct error *err)
{
    struct grid g = {.cells = NULL};
    int rc = fill_grid(&g, r, m, err);
    for (size_t e = 0; e < sizeof slate_estimators / sizeof slate_estimators[0] && rc == 0; e++) {
        struct slate_value v;
        struct error local = {0};
        if (slate_estimators[e].model && m->q == NULL)
            continue;
        rc = slate_evaluate(&g.log, slate_estimators[e].estimator, slate_estimators[e].self, alpha, false, &v, &local);
        struct value_line *line = add_line(out, slate_estimators[e].name);
        if (rc == E_REFUSED) {
            snprintf(line->why, sizeof line->why, "%s", local.why);
            rc = 0;
            continue;
        }
        if (rc != 0 && err != NULL)
            *err = local;
        line->known = rc == 0;
        line->value = v.value;
        line->low = v.low;
        line->high = v.high;
        line->effective = v.effective;
    }
    mem_free(g.cells);
    return rc;
}

static int overlap(struct value *out, const struct value_rounds *r, const struct policy_log *log, struct error *err)
{
    struct moments m = {0};
    for (size_t i = 0; i < r->n; i++)
        moments_add(&m, r->reward[i]);
    out->rounds = r->n;
    out->logged = m.mean;
    out->logged_se = r->n > 1 ? sqrt(moments_variance(&m) / m.n) : 0;
    int rc = check_policy(r, err);
    if (rc == 0)
        rc = policy_overlap(log, &out->overlap, err);
    if (rc == 0)
        rc = count_unseen(r, &out->unseen, err);
    if (rc == 0 && out->unseen > UNSEEN_MAX) {
        out->overlap.support = POLICY_NO_SUPPORT;
        error_set(err, E_REFUSED, "off-policy evaluation",
                  "%.0f %% of what the policy would show is never shown in the logs: nothing is known of it",
                  100 * out->unseen);
        rc = error_hint(err, E_REFUSED,
                        "log with more exploration, choose a policy nearer to the logged one, or run a test");
    }
    return rc;
}

int value_of_rounds(struct value *out, const struct value_rounds *r, double lambda, double alpha, struct error *err)
{
    *out = (struct value){.rounds = r->n};
    double *target = mem_alloc(r->n, sizeof *target);
    struct model m = {NULL, NULL};
    if (target == NULL)
        return error_nomem(err, "off-policy evaluation");
    for (size_t i = 0; i < r->n; i++)
        target[i] = target_of(r, i);
    struct policy_log log = {.n = r->n, .reward = r->reward, .behaviour = r->behaviour, .target = target,
                             .unit = r->unit};
    int rc = overlap(out, r, &log, err);
    if (rc == 0 && (r->policy != NULL || r->each != NULL))
        rc = make_model(r, &m, err);
    log.q = m.q;
    log.dm = m.dm;
    if (rc == 0)
        rc = estimate(out, &log, lambda, alpha, err);
    if (rc == 0 && r->slate != NULL)
        rc = estimate_lists(out, r, &m, alpha, err);
    mem_free(m.q);
    mem_free(m.dm);
    mem_free(target);
    return rc;
}
