/* Bandits: statistics of arms in, allocation probabilities out. */
#include "stats/bandit.h"
#include "stats/linear_bandit.h"
#include "vectors/known.h"

static struct bandit_arm *read_arms(struct known *c, size_t *k)
{
    const double *n = known_reals(c, "n", k), *sum = known_reals_of(c, "sum", *k);
    const double *squares = known_has(c, "squares") ? known_reals_of(c, "squares", *k) : sum;
    struct bandit_arm *arms = known_alloc(c, *k, sizeof *arms);
    for (size_t i = 0; i < *k && !c->failed; i++)
        bandit_add(&arms[i], n[i], sum[i], squares[i]);
    return arms;
}

static int run_bandit(struct known *c, struct error *err)
{
    enum { UNIFORM, EPSILON, UCB, BETA, NORMAL };
    size_t k;
    struct bandit_arm *arms = read_arms(c, &k);
    double *p = known_alloc(c, k, sizeof *p), *index = known_alloc(c, k, sizeof *index);
    int policy = known_choice(c, "policy", "uniform|epsilon_greedy|ucb1|thompson_beta|thompson_normal"), rc = 0;
    if (c->failed)
        return 0;
    if (known_has(c, "keep"))
        rc = bandit_discount(arms, k, known_real(c, "keep"), err);
    if (rc == 0 && policy == UNIFORM)
        rc = bandit_uniform(k, p, err);
    if (rc == 0 && policy == EPSILON)
        rc = bandit_epsilon_greedy(arms, k, known_real_or(c, "epsilon", 0.1), p, err);
    if (rc == 0 && policy == UCB)
        rc = bandit_ucb(arms, k, known_real_or(c, "width", 2), index, p, err);
    if (rc == 0 && policy == BETA)
        rc = bandit_thompson_beta(arms, k, known_real_or(c, "prior_a", 1), known_real_or(c, "prior_b", 1), p, err);
    if (rc == 0 && policy == NORMAL)
        rc = bandit_thompson_normal(arms, k, known_real_or(c, "prior_mean", 0), known_real_or(c, "prior_kappa", 1),
                                    known_real_or(c, "prior_shape", 1), known_real_or(c, "prior_rate", 1), p, err);
    if (rc == 0 && known_has(c, "leader"))
        rc = bandit_top_two(p, k, known_real(c, "leader"), p, err);
    if (rc == 0 && known_has(c, "floor"))
        rc = bandit_floor(p, k, known_real(c, "floor"), err);
    if (rc != 0)
        return rc;
    known_put_reals(c, "probability", p, k);
    if (policy == UCB)
        known_put_reals(c, "index", index, k);
    return 0;
}

/* Adds the rows that belong to an arm. */
static int feed(struct known *c, struct linear_bandit *model, uint32_t arm, size_t d, struct error *err)
{
    size_t n, width, m;
    const double *x = known_matrix(c, "x", &n, &width), *reward = known_reals_of(c, "reward", n);
    const uint32_t *who = known_indices(c, "arm", &m);
    int rc = linear_bandit_init(model, d, known_real_or(c, "ridge", 1), err);
    if (c->failed || rc != 0)
        return rc;
    if (m != n || width != d)
        return error_set(err, E_BAD_DATA, c->function, "'x', 'arm' and 'context' do not fit together");
    for (size_t i = 0; i < n && rc == 0; i++)
        if (who[i] == arm)
            rc = linear_bandit_add(model, x + i * d, reward[i], 1, err);
    return rc == 0 && known_has(c, "keep") ? linear_bandit_discount(model, known_real(c, "keep"), err) : rc;
}

static int run_linear_bandit(struct known *c, struct error *err)
{
    size_t d;
    const double *context = known_reals(c, "context", &d);
    int64_t arms = known_integer(c, "arms");
    if (c->failed)
        return 0;
    if (arms < 1 || arms > BANDIT_ARMS_MAX)
        return error_set(err, E_BAD_DATA, c->function, "there must be 1 to %d arms", BANDIT_ARMS_MAX);
    struct linear_bandit model[BANDIT_ARMS_MAX] = {{0}};
    const double *x[BANDIT_ARMS_MAX];
    double score[BANDIT_ARMS_MAX], p[BANDIT_ARMS_MAX], mean[BANDIT_ARMS_MAX], spread[BANDIT_ARMS_MAX];
    size_t k = (size_t)arms;
    int rc = 0;
    for (size_t i = 0; i < k && rc == 0; i++) {
        x[i] = context;
        rc = feed(c, &model[i], (uint32_t)i, d, err);
    }
    bool ucb = known_choice(c, "policy", "linucb|thompson") == 0;
    if (rc == 0 && !c->failed)
        rc = ucb ? linear_bandit_ucb(model, x, k, known_real_or(c, "alpha", 1), score, p, err)
                 : linear_bandit_thompson(model, x, k, known_real_or(c, "v", 1), p, err);
    for (size_t i = 0; i < k && rc == 0 && !c->failed; i++) {
        mean[i] = linear_bandit_mean(&model[i], context);
        spread[i] = linear_bandit_spread(&model[i], context);
    }
    for (size_t i = 0; i < k; i++)
        linear_bandit_release(&model[i]);
    if (rc != 0 || c->failed)
        return rc;
    if (ucb)
        known_put_reals(c, "score", score, k);
    known_put_reals(c, "mean", mean, k);
    known_put_reals(c, "spread", spread, k);
    known_put_reals(c, "probability", p, k);
    return 0;
}

const struct known_function calls_bandits[] = {
    {"bandit",
     "n, sum, squares (per arm), policy uniform|epsilon_greedy|ucb1|thompson_beta|thompson_normal, epsilon, width, "
     "prior_a, "
     "prior_b, prior_mean, prior_kappa, prior_shape, prior_rate, keep, leader (top-two), floor → probability, index",
     run_bandit},
    {"linear_bandit",
     "arms, x (rows), arm, reward, context, ridge, keep, policy linucb|thompson, alpha, v → probability, score, mean, "
     "spread",
     run_linear_bandit},
    {0},
};
