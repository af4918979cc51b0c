/* Posteriors and what is decided from them. */
#include "stats/bayes.h"
#include "vectors/known.h"

static int run_beta_binomial_prob_b_beats_a(struct known *c, struct error *err)
{
    struct bayes_posterior arms[2] = {
        {.kind = BAYES_BETA, .a = known_real(c, "alpha_a"), .b = known_real(c, "beta_a")},
        {.kind = BAYES_BETA, .a = known_real(c, "alpha_b"), .b = known_real(c, "beta_b")}};
    double probability[2], loss[2];
    int rc = bayes_best(arms, 2, probability, loss, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "prob_b_gt_a", probability[1]);
    known_put_real(c, "loss_a", loss[0]);
    known_put_real(c, "loss_b", loss[1]);
    return 0;
}

/* Arms as columns: "a" and "b" of betas, or "location" and "scale" (and "df") of the others. */
static struct bayes_posterior *read_arms(struct known *c, size_t *n)
{
    bool rates = known_has(c, "a"), t = known_has(c, "df");
    const double *x = known_reals(c, rates ? "a" : "location", n), *y = known_reals_of(c, rates ? "b" : "scale", *n);
    const double *df = t ? known_reals_of(c, "df", *n) : NULL;
    struct bayes_posterior *arms = known_alloc(c, *n, sizeof *arms);
    for (size_t i = 0; i < *n && !c->failed; i++)
        arms[i] = rates ? (struct bayes_posterior){.kind = BAYES_BETA, .a = x[i], .b = y[i]}
                        : (struct bayes_posterior){.kind = t ? BAYES_STUDENT : BAYES_NORMAL, .location = x[i],
                                                   .scale = y[i], .df = t ? df[i] : 0};
    return arms;
}

static int run_bayes_best(struct known *c, struct error *err)
{
    size_t n;
    struct bayes_posterior *arms = read_arms(c, &n);
    double *probability = known_alloc(c, n, sizeof *probability), *loss = known_alloc(c, n, sizeof *loss);
    int rc = c->failed ? 0 : bayes_best(arms, n, probability, loss, err);
    if (rc != 0 || c->failed)
        return rc;
    known_put_reals(c, "probability", probability, n);
    known_put_reals(c, "loss", loss, n);
    return 0;
}

static void put_posterior(struct known *c, const struct bayes_posterior *p)
{
    if (p->kind == BAYES_BETA) {
        known_put_real(c, "a", p->a);
        known_put_real(c, "b", p->b);
    } else {
        known_put_real(c, "location", p->location);
        known_put_real(c, "scale", p->scale);
        if (p->kind == BAYES_STUDENT)
            known_put_real(c, "df", p->df);
    }
    known_put_real(c, "mean", bayes_expectation(p));
}

static int put_intervals(struct known *c, const struct bayes_posterior *p, struct error *err)
{
    double alpha = known_real_or(c, "alpha", 0.05), low, high, from, to;
    int rc = bayes_interval(p, alpha, &low, &high, err);
    if (rc == 0)
        rc = bayes_shortest(p, alpha, &from, &to, err);
    if (rc != 0)
        return rc;
    put_posterior(c, p);
    known_put_real(c, "low", low);
    known_put_real(c, "high", high);
    known_put_real(c, "shortest_low", from);
    known_put_real(c, "shortest_high", to);
    return 0;
}

static int run_bayes_rate(struct known *c, struct error *err)
{
    struct bayes_posterior p;
    int rc = bayes_rate(known_real_or(c, "prior_a", 1), known_real_or(c, "prior_b", 1), known_real(c, "x"),
                        known_real(c, "n"), &p, err);
    return rc != 0 ? rc : put_intervals(c, &p, err);
}

static struct moments read_data(struct known *c)
{
    return moments_from_sd(known_real(c, "n"), known_real(c, "mean"), known_real_or(c, "sd", 0));
}

static int run_bayes_mean(struct known *c, struct error *err)
{
    struct moments data = read_data(c);
    struct bayes_posterior p;
    int rc = bayes_mean(known_real(c, "prior_mean"), known_real(c, "prior_sd"), &data, known_real(c, "known_variance"),
                        &p, err);
    return rc != 0 ? rc : put_intervals(c, &p, err);
}

static int run_bayes_mean_unknown(struct known *c, struct error *err)
{
    struct moments data = read_data(c);
    struct bayes_posterior p;
    int rc = bayes_mean_unknown(known_real(c, "prior_mean"), known_real(c, "prior_kappa"), known_real(c, "prior_shape"),
                                known_real(c, "prior_rate"), &data, &p, err);
    return rc != 0 ? rc : put_intervals(c, &p, err);
}

static int run_bayes_effect(struct known *c, struct error *err)
{
    struct bayes_posterior p;
    int rc = bayes_effect(known_real(c, "prior_mean"), known_real(c, "prior_sd"), known_real(c, "estimate"),
                          known_real(c, "se"), &p, err);
    return rc != 0 ? rc : put_intervals(c, &p, err);
}

static int run_bayes_difference(struct known *c, struct error *err)
{
    size_t n;
    struct bayes_posterior *arms = read_arms(c, &n);
    if (c->failed)
        return 0;
    if (n != 2)
        return error_set(err, E_BAD_DATA, "difference", "takes two arms, not %zu", n);
    double alpha = known_real_or(c, "alpha", 0.05), low, high;
    bool lift = known_choice(c, "effect", "b-a|lift") == 1;
    int rc = lift ? bayes_lift_interval(&arms[0], &arms[1], alpha, &low, &high, err)
                  : bayes_difference_interval(&arms[0], &arms[1], alpha, &low, &high, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "low", low);
    known_put_real(c, "high", high);
    if (!lift)
        known_put_real(c, "cdf", bayes_difference_cdf(&arms[0], &arms[1], known_real_or(c, "x", 0)));
    return 0;
}

static int run_bayes_at(struct known *c, struct error *err)
{
    size_t n;
    struct bayes_posterior *arms = read_arms(c, &n);
    if (c->failed)
        return 0;
    if (n != 1)
        return error_set(err, E_BAD_DATA, "posterior", "takes one arm, not %zu", n);
    int rc = known_put_in_domain(c, "cdf", bayes_cdf(arms, known_real_or(c, "x", 0)), err);
    return rc != 0 ? rc : known_put_in_domain(c, "quantile", bayes_quantile(arms, known_real_or(c, "q", 0.5)), err);
}

#define INTERVALS " → mean, low, high, shortest_low, shortest_high and the posterior's parameters"

const struct known_function calls_bayes[] = {
    {"beta_binomial_prob_b_beats_a", "alpha_a, beta_a, alpha_b, beta_b → prob_b_gt_a, loss_a, loss_b",
     run_beta_binomial_prob_b_beats_a},
    {"bayes_best", "a, b | location, scale [, df] (per arm) → probability, loss", run_bayes_best},
    {"bayes_rate", "prior_a, prior_b, x, n, alpha" INTERVALS, run_bayes_rate},
    {"bayes_mean", "prior_mean, prior_sd, n, mean, known_variance, alpha" INTERVALS, run_bayes_mean},
    {"bayes_mean_unknown", "prior_mean, prior_kappa, prior_shape, prior_rate, n, mean, sd, alpha" INTERVALS,
     run_bayes_mean_unknown},
    {"bayes_effect", "prior_mean, prior_sd, estimate, se, alpha" INTERVALS, run_bayes_effect},
    {"bayes_difference", "a, b | location, scale [, df] (of two arms), effect b-a|lift, x, alpha → low, high, cdf at x",
     run_bayes_difference},
    {"bayes_at", "a, b | location, scale [, df] (of one arm), x, q → cdf, quantile", run_bayes_at},
    {0},
};
