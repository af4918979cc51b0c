#include "stats/bandit.h"

#include <math.h>

#include "stats/variate.h"

static int check_arms(const struct bandit_arm *arms, size_t k, struct error *err)
{
    if (k == 0 || k > BANDIT_ARMS_MAX)
        return error_set(err, E_BAD_DATA, "bandit", "%zu arms: there must be 1 to %d", k, BANDIT_ARMS_MAX);
    for (size_t i = 0; arms != NULL && i < k; i++)
        if (!(arms[i].n >= 0) || !isfinite(arms[i].n + arms[i].sum + arms[i].squares))
            return error_set(err, E_BAD_DATA, "bandit", "arm %zu holds something that is not a finite number", i + 1);
    return 0;
}

void bandit_add(struct bandit_arm *arm, double n, double sum, double squares)
{
    arm->n += n;
    arm->sum += sum;
    arm->squares += squares;
}

int bandit_discount(struct bandit_arm *arms, size_t k, double keep, struct error *err)
{
    if (!(keep > 0 && keep <= 1)) {
        error_set(err, E_BAD_DATA, "bandit", "cannot keep %g of what is known", keep);
        return error_hint(err, E_BAD_DATA, "1 forgets nothing, 0.99 forgets one per cent per batch");
    }
    for (size_t i = 0; i < k; i++)
        arms[i] = (struct bandit_arm){arms[i].n * keep, arms[i].sum * keep, arms[i].squares * keep};
    return 0;
}

int bandit_uniform(size_t k, double *probability, struct error *err)
{
    int rc = check_arms(NULL, k, err);
    for (size_t i = 0; i < k && rc == 0; i++)
        probability[i] = 1 / (double)k;
    return rc;
}

/* All to the arms with the largest score, evenly. */
static void share_largest(const double *score, size_t k, double *probability)
{
    double most = -INFINITY, ties = 0;
    for (size_t i = 0; i < k; i++)
        most = fmax(most, score[i]);
    for (size_t i = 0; i < k; i++)
        ties += score[i] == most;
    for (size_t i = 0; i < k; i++)
        probability[i] = score[i] == most ? 1 / ties : 0;
}

int bandit_epsilon_greedy(const struct bandit_arm *arms, size_t k, double epsilon, double *probability,
                          struct error *err)
{
    double score[BANDIT_ARMS_MAX] = {0};
    int rc = check_arms(arms, k, err);
    if (rc != 0)
        return rc;
    if (!(epsilon >= 0 && epsilon <= 1))
        return error_set(err, E_BAD_DATA, "bandit", "epsilon %g is not between 0 and 1", epsilon);
    for (size_t i = 0; i < k; i++) /* an arm that was never played is looked at first */
        score[i] = arms[i].n > 0 ? arms[i].sum / arms[i].n : INFINITY;
    share_largest(score, k, probability);
    for (size_t i = 0; i < k; i++)
        probability[i] = epsilon / (double)k + (1 - epsilon) * probability[i];
    return 0;
}

int bandit_ucb(const struct bandit_arm *arms, size_t k, double width, double *index, double *probability,
               struct error *err)
{
    double score[BANDIT_ARMS_MAX], plays = 0;
    int rc = check_arms(arms, k, err);
    if (rc != 0)
        return rc;
    if (!(width >= 0) || isinf(width))
        return error_set(err, E_BAD_DATA, "bandit", "a width of %g is not usable", width);
    for (size_t i = 0; i < k; i++)
        plays += arms[i].n;
    for (size_t i = 0; i < k; i++) {
        double n = arms[i].n;
        score[i] = n > 0 ? arms[i].sum / n + sqrt(width * log(fmax(plays, 1)) / n) : INFINITY;
        if (index != NULL)
            index[i] = score[i];
    }
    share_largest(score, k, probability);
    return 0;
}

int bandit_thompson_beta(const struct bandit_arm *arms, size_t k, double a, double b, double *probability,
                         struct error *err)
{
    struct bayes_posterior posterior[BANDIT_ARMS_MAX];
    int rc = check_arms(arms, k, err);
    for (size_t i = 0; i < k && rc == 0; i++) {
        if (!(arms[i].sum >= 0 && arms[i].sum <= arms[i].n)) {
            error_set(err, E_BAD_DATA, "bandit", "arm %zu has a reward of %g from %g plays", i + 1, arms[i].sum,
                      arms[i].n);
            rc = error_hint(err, E_BAD_DATA, "rewards must be between 0 and 1; use the normal policy for others");
        } else {
            rc = bayes_rate(a, b, arms[i].sum, arms[i].n, &posterior[i], err);
        }
    }
    return rc != 0 ? rc : bayes_best(posterior, k, probability, NULL, err);
}

int bandit_thompson_normal(const struct bandit_arm *arms, size_t k, double prior_mean, double prior_kappa,
                           double prior_shape, double prior_rate, double *probability, struct error *err)
{
    struct bayes_posterior posterior[BANDIT_ARMS_MAX];
    int rc = check_arms(arms, k, err);
    for (size_t i = 0; i < k && rc == 0; i++) {
        struct moments data = moments_from_sums(arms[i].n, arms[i].sum, arms[i].squares);
        rc = bayes_mean_unknown(prior_mean, prior_kappa, prior_shape, prior_rate, &data, &posterior[i], err);
    }
    return rc != 0 ? rc : bayes_best(posterior, k, probability, NULL, err);
}

static int check_probability(const double *p, size_t k, struct error *err)
{
    double sum = 0;
    int rc = check_arms(NULL, k, err);
    for (size_t i = 0; i < k && rc == 0; i++) {
        if (!(p[i] >= 0 && p[i] <= 1))
            rc = error_set(err, E_BAD_DATA, "bandit", "the probability of arm %zu is %g", i + 1, p[i]);
        sum += p[i];
    }
    if (rc == 0 && !(fabs(sum - 1) < 1e-6))
        rc = error_set(err, E_BAD_DATA, "bandit", "probabilities sum to %g, not to 1", sum);
    return rc;
}

int bandit_top_two(const double *best, size_t k, double leader, double *probability, struct error *err)
{
    double p[BANDIT_ARMS_MAX];
    int rc = check_probability(best, k, err);
    if (rc != 0)
        return rc;
    if (!(leader >= 0 && leader <= 1))
        return error_set(err, E_BAD_DATA, "bandit", "the leader's share %g is not between 0 and 1", leader);
    for (size_t i = 0; i < k; i++) {
        p[i] = leader * best[i];
        for (size_t j = 0; j < k; j++) {
            double others = 1 - best[j];
            if (j == i && !(others > 1e-12))
                p[i] += k == 1 ? (1 - leader) : 0;
            else if (j != i && others > 1e-12)
                p[i] += (1 - leader) * best[j] * best[i] / others;
            else if (j != i) /* nobody else is ever best: the challenger is any other */
                p[i] += (1 - leader) * best[j] / (double)(k - 1);
        }
    }
    for (size_t i = 0; i < k; i++)
        probability[i] = p[i];
    return 0;
}

int bandit_floor(double *probability, size_t k, double floor, struct error *err)
{
    int rc = check_probability(probability, k, err);
    if (rc != 0)
        return rc;
    if (!(floor >= 0 && floor * (double)k <= 1)) {
        error_set(err, E_BAD_DATA, "bandit", "a floor of %g for each of %zu arms is more than there is", floor, k);
        return error_hint(err, E_BAD_DATA, "at most %g", 1 / (double)k);
    }
    for (size_t i = 0; i < k; i++)
        probability[i] = floor + (1 - (double)k * floor) * probability[i];
    return 0;
}

size_t bandit_draw(const double *probability, size_t k, struct rng *rng)
{
    double u = rng_uniform(rng);
    size_t last = 0;
    for (size_t i = 0; i < k; i++) {
        if (probability[i] > 0)
            last = i;
        if (u < probability[i])
            return i;
        u -= probability[i];
    }
    return last;
}

size_t bandit_draw_beta(const struct bandit_arm *arms, size_t k, double a, double b, struct rng *rng)
{
    size_t best = 0;
    double most = -1;
    for (size_t i = 0; i < k; i++) {
        double x = variate_beta(rng, a + arms[i].sum, b + arms[i].n - arms[i].sum);
        if (x > most) {
            most = x;
            best = i;
        }
    }
    return best;
}
