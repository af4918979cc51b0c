/* Other weights of an experiment's arms: its exposed users, each one round. */
#include "base/mem.h"
#include "experiment/rounds.h"
#include "experiment/value.h"

struct gathered {
    double *reward, *behaviour;
    uint32_t *arm, *position; /* position: 0 everywhere */
    size_t n, cap[4];
    struct error *err;
};

static int take(void *context, const struct round *round)
{
    struct gathered *g = context;
    size_t n = g->n + 1;
    if (mem_grow((void **)&g->reward, &g->cap[0], n, sizeof *g->reward) != 0 ||
        mem_grow((void **)&g->behaviour, &g->cap[1], n, sizeof *g->behaviour) != 0 ||
        mem_grow((void **)&g->arm, &g->cap[2], n, sizeof *g->arm) != 0 ||
        mem_grow((void **)&g->position, &g->cap[3], n, sizeof *g->position) != 0)
        return error_nomem(g->err, "experiment value");
    g->reward[g->n] = round->reward;
    g->behaviour[g->n] = round->propensity;
    g->position[g->n] = 0;
    g->arm[g->n++] = round->variant;
    return 0;
}

static int evaluate(struct value *out, const struct gathered *g, const struct design *design, const uint32_t *weights,
                    double lambda, struct error *err)
{
    double policy[DESIGN_ARMS_MAX];
    for (size_t a = 0; a < design->n_arms; a++)
        policy[a] = weights[a] / 10000.0;
    const struct value_rounds rounds = {
        .n = g->n, .actions = design->n_arms, .positions = 1, .reward = g->reward, .behaviour = g->behaviour,
        .action = g->arm, .position = g->position, .policy = policy};
    *out = (struct value){.rounds = g->n};
    if (g->n == 0) {
        error_set(err, E_REFUSED, "experiment value", "nobody has been exposed to one arm alone yet");
        return error_hint(err, E_REFUSED, "let the experiment run");
    }
    return value_of_rounds(out, &rounds, lambda, design->alpha, err);
}

int value_of_weights(struct value *out, struct store *store, int64_t experiment, const struct design *design,
                     const uint32_t *weights, double lambda, struct job *job, struct error *err)
{
    struct gathered g = {.err = err};
    int rc = rounds_each(store, experiment, design, take, &g, job, err);
    if (rc == 0)
        rc = evaluate(out, &g, design, weights, lambda, err);
    mem_free(g.reward);
    mem_free(g.behaviour);
    mem_free(g.arm);
    mem_free(g.position);
    return rc;
}
