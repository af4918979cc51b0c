#include "experiment/adapt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "experiment/context.h"
#include "stats/bandit.h"

struct learning {
    const struct design *design;
    int64_t now;
    bool rate;
    struct bandit_arm arms[DESIGN_ARMS_MAX]; /* more is better */
    struct adapted *out;
};

static int take_round(void *context, const struct round *round)
{
    struct learning *l = context;
    const struct design *d = l->design;
    int64_t over = round->exposed + rounds_window(d);
    if (over > l->now) {
        l->out->waiting++;
        return 0;
    }
    double reward = round->reward;
    double weight = d->keep < 1 ? pow(d->keep, (double)(l->now - over) / (double)CLOCK_DAY_MS) : 1;
    l->out->users++;
    l->out->users_of[round->variant]++;
    l->out->mean[round->variant] += reward;
    if (d->metrics[0].metric.down) /* less is better: of a rate, those who did not */
        reward = l->rate ? 1 - reward : -reward;
    bandit_add(&l->arms[round->variant], weight, weight * reward, weight * reward * reward);
    return 0;
}

static int probabilities(const struct bandit_arm *arms, const struct design *d, bool rate, double *p,
                         struct error *err)
{
    size_t k = d->n_arms;
    double n = 0, sum = 0, squares = 0;
    for (size_t a = 0; a < k; a++) {
        n += arms[a].n;
        sum += arms[a].sum;
        squares += arms[a].squares;
    }
    if (n < 2)
        return bandit_uniform(k, p, err);
    double variance = fmax(squares / n - sum / n * (sum / n), 1e-12);
    if (d->bandit == DESIGN_BANDIT_EPSILON)
        return bandit_epsilon_greedy(arms, k, d->epsilon, p, err);
    if (d->bandit == DESIGN_BANDIT_UCB) /* its width is for rewards in [0, 1]: others in their own measure */
        return bandit_ucb(arms, k, rate ? 2 : 2 * 4 * variance, NULL, p, err);
    int rc = rate ? bandit_thompson_beta(arms, k, 1, 1, p, err)
                  : bandit_thompson_normal(arms, k, sum / n, 1, 1, variance, p, err);
    if (rc != 0 || d->bandit != DESIGN_BANDIT_TOP_TWO)
        return rc;
    double best[DESIGN_ARMS_MAX];
    memcpy(best, p, k * sizeof *p);
    return bandit_top_two(best, k, 0.5, p, err);
}

int adapt_round(const double *probability, size_t n, uint32_t *weights)
{
    uint32_t given = 0;
    size_t largest = 0;
    for (size_t a = 0; a < n; a++) {
        weights[a] = (uint32_t)(probability[a] * 10000 + 1e-9);
        given += weights[a];
        largest = probability[a] > probability[largest] ? a : largest;
    }
    weights[largest] += 10000 - given;
    return 0;
}

int adapt_weights(const struct bandit_arm *arms, const struct design *d, bool rate, uint32_t weights[DESIGN_ARMS_MAX],
                  struct error *err)
{
    double p[DESIGN_ARMS_MAX];
    if (d->bandit == DESIGN_BANDIT_NONE)
        return error_set(err, E_USAGE, "experiment adapt", "the design has no bandit: its weights stay as they are");
    int rc = probabilities(arms, d, rate, p, err);
    if (rc == 0)
        rc = bandit_floor(p, d->n_arms, fmin(d->floor, 1.0 / (double)d->n_arms), err);
    return rc != 0 ? rc : adapt_round(p, d->n_arms, weights);
}

/* *context: what a bandit with context has learnt; else NULL. */
static int learn(struct adapted *out, struct context **context, struct store *store,
                 const struct experiment_record *record, const struct design *design, int64_t now, struct job *job,
                 struct error *err)
{
    struct learning l = {.design = design, .now = now, .rate = metric_is_rate(&design->metrics[0].metric), .out = out};
    *out = (struct adapted){.users = 0};
    *context = NULL;
    int rc = design_weights(design, record->weights, out->before, err);
    if (rc == 0 && design_has_context(design))
        return context_learn(context, out, store, record->experiment, design, now, job, err);
    if (rc == 0)
        rc = rounds_each(store, record->experiment, design, take_round, &l, job, err);
    for (size_t a = 0; a < design->n_arms && rc == 0; a++)
        out->mean[a] = out->users_of[a] > 0 ? out->mean[a] / out->users_of[a] : 0;
    return rc != 0 ? rc : adapt_weights(l.arms, design, l.rate, out->weights, err);
}

static void write_weights(const struct design *d, const uint32_t *weights, char *text, size_t size)
{
    size_t n = 0;
    for (size_t a = 0; a < d->n_arms && n < size; a++)
        n += (size_t)snprintf(text + n, size - n, "%s%u", a > 0 ? "," : "", weights[a]);
}

/* In a transaction, on the record as it is now: somebody may have stopped it meanwhile. */
static int put(struct store *store, const char *name, const struct design *d, const uint32_t *weights,
               const struct context *context, const struct audit_actor *actor, int64_t now, struct error *err)
{
    char *model = NULL;
    struct experiment_record fresh = {.experiment = 0};
    char text[DESIGN_ARMS_MAX * 6 + 1];
    write_weights(d, weights, text, sizeof text);
    int rc = context != NULL ? context_write(context, &model, err) : 0;
    if (rc == 0)
        rc = store_begin(store, err);
    if (rc == 0)
        rc = experiments_find(store, name, &fresh, err);
    if (rc == 0 && fresh.state != EXPERIMENT_RUNNING)
        rc = error_set(err, E_CONFLICT, name, "is %s: it does not run", experiment_state_name(fresh.state));
    if (rc == 0) {
        mem_free(fresh.weights);
        fresh.weights = mem_strdup(text);
        rc = fresh.weights == NULL ? error_nomem(err, name) : 0;
    }
    if (rc == 0 && model != NULL)
        rc = experiment_model_put(store, fresh.experiment, model, err);
    if (rc == 0)
        rc = experiments_update(store, &fresh, now, "adapted", text, err);
    if (rc == 0)
        rc = audit_append(store, "experiment weights", actor, now,
                          json_pack("{s:s, s:s}", "experiment", name, "weights", text), NULL, err);
    experiment_record_release(&fresh);
    mem_free(model);
    return store_end(store, rc, err);
}

static bool differ(const struct adapted *a, const struct design *d, uint32_t least)
{
    bool differ = least == 0;
    for (size_t i = 0; i < d->n_arms; i++)
        differ = differ || labs((long)a->weights[i] - (long)a->before[i]) >= (long)least;
    return differ;
}

int adapt_take(struct adapted *out, struct store *store, const char *name, uint32_t least,
               const struct audit_actor *actor, int64_t now, struct job *job, struct error *err)
{
    struct experiment_record record = {.experiment = 0};
    struct design *d = mem_zalloc(1, sizeof *d);
    struct context *context = NULL;
    int rc = d == NULL ? error_nomem(err, name) : experiments_find(store, name, &record, err);
    if (rc == 0)
        rc = design_read(d, record.design, record.name, err);
    if (rc == 0 && record.state != EXPERIMENT_RUNNING) {
        rc = error_set(err, E_CONFLICT, record.name, "is %s: it does not run", experiment_state_name(record.state));
        rc = error_hint(err, rc, "reckon experiment start %s", record.name);
    }
    if (rc == 0)
        rc = metric_bind(&d->metrics[0].metric, 1, store, err);
    if (rc == 0)
        rc = learn(out, &context, store, &record, d, now, job, err);
    if (rc == 0 && (differ(out, d, least) || (context != NULL && record.weights == NULL))) {
        rc = put(store, record.name, d, out->weights, context, actor, now, err);
        out->changed = rc == 0;
    }
    context_free(context);
    experiment_record_release(&record);
    mem_free(d);
    return rc;
}
