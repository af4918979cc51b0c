#include "disclosure/account.h"

#include <math.h>

enum { STEPS = 1000 };

int account_epsilon(double epsilon, int64_t *out, struct error *err)
{
    double units = round(epsilon * ACCOUNT_EPSILON);
    if (!isfinite(epsilon) || !(units >= 1) || units > (double)ACCOUNT_EPSILON_MAX) {
        error_set(err, E_USAGE, "epsilon", "must be between 0.000001 and 1000");
        return error_hint(err, E_USAGE, "0.1 to 1 is usual for one answer; above 10 little is left to promise");
    }
    *out = (int64_t)units;
    return 0;
}

int account_delta(double delta, int64_t *out, struct error *err)
{
    double units = round(delta * ACCOUNT_DELTA);
    if (!isfinite(delta) || !(delta >= 0) || !(delta < 1) || (delta > 0 && units < 1)) {
        error_set(err, E_USAGE, "delta", "must be 0, or between 1e-15 and 1");
        return error_hint(err, E_USAGE, "well below 1 / the number of people: 1e-6 for a hundred thousand");
    }
    *out = (int64_t)units;
    return 0;
}

int64_t account_rho_of_pure(int64_t epsilon)
{
    return (epsilon * epsilon + 1) / 2;
}

/* Each a is an upper bound, so that the search may end anywhere. */
double account_delta_of(double rho, double epsilon)
{
    double low = 1.01, high = (epsilon + 1) / (2 * rho) + 2;
    if (!(rho > 0))
        return 0;
    for (int i = 0; i < STEPS && high - low > 1e-12 * high; i++) {
        double a = (low + high) / 2, slope = (2 * a - 1) * rho - epsilon + log1p(-1 / a);
        if (slope < 0)
            low = a;
        else
            high = a;
    }
    double a = (low + high) / 2;
    return fmin(1, exp((a - 1) * (a * rho - epsilon) + a * log1p(-1 / a)) / (a - 1));
}

int64_t account_rho(int64_t epsilon, int64_t delta)
{
    double e = (double)epsilon / ACCOUNT_EPSILON, d = (double)delta / ACCOUNT_DELTA * (1 - 1e-9), low = 0, high = e + 1;
    if (epsilon <= 0 || delta <= 0)
        return 0;
    for (int i = 0; i < STEPS && high - low > 1e-14 * high; i++) {
        double rho = (low + high) / 2;
        if (account_delta_of(rho, e) <= d)
            low = rho;
        else
            high = rho;
    }
    return (int64_t)floor(low * ACCOUNT_RHO);
}

bool account_allows(const struct account_budget *budget, const struct account_cost *spent,
                    const struct account_cost *cost)
{
    if (budget->composition == ACCOUNT_BASIC)
        return cost->epsilon <= budget->epsilon - spent->epsilon && cost->delta <= budget->delta - spent->delta;
    return cost->rho <= account_rho(budget->epsilon, budget->delta) - spent->rho;
}

static double part_left(int64_t all, int64_t spent)
{
    return all > spent ? 1 - (double)spent / (double)all : all == spent && all == 0 ? 1 : 0;
}

double account_left(const struct account_budget *budget, const struct account_cost *spent)
{
    if (budget->composition == ACCOUNT_ZCDP)
        return part_left(account_rho(budget->epsilon, budget->delta), spent->rho);
    return fmin(part_left(budget->epsilon, spent->epsilon), part_left(budget->delta, spent->delta));
}
