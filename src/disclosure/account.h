/* account: how what was spent of people's privacy adds up.
 *
 * epsilon is counted in millionths, delta in 1e-15, rho (zero-concentrated differential privacy, Bun & Steinke 2016) in
 * 1e-12: whole numbers, so that sums are exact.  What is computed in between is rounded so that nobody is promised more
 * than holds.  A mechanism that is epsilon-differentially private has rho = epsilon^2 / 2.  Pure. */
#ifndef RECKON_DISCLOSURE_ACCOUNT_H
#define RECKON_DISCLOSURE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define ACCOUNT_EPSILON 1e6  /* units in 1 */
#define ACCOUNT_DELTA 1e15
#define ACCOUNT_RHO 1e12
#define ACCOUNT_EPSILON_MAX INT64_C(1000000000) /* 1000 */

struct account_cost {
    int64_t epsilon, delta, rho;
};

/* From numbers as people write them; E_USAGE: not above 0 (delta: below 0), not finite, or more than can mean anything.
 * */
int account_epsilon(double epsilon, int64_t *out, struct error *err);
int account_delta(double delta, int64_t *out, struct error *err);

int64_t account_rho_of_pure(int64_t epsilon); /* rounded up */

/* The largest rho that is (epsilon, delta)-differentially private, rounded down; 0 when delta is 0: none is.  By the
 * conversion of Canonne, Kamath & Steinke 2020, corollary 13:
 *   delta = inf over a > 1 of exp((a - 1)(a rho - epsilon)) / (a - 1) (1 - 1/a)^a */
int64_t account_rho(int64_t epsilon, int64_t delta);
double account_delta_of(double rho, double epsilon);

/* How a budget is used up. */
enum account_composition { ACCOUNT_BASIC, ACCOUNT_ZCDP };

struct account_budget {
    int64_t epsilon, delta;
    enum account_composition composition;
};

/* May `cost` be spent when `spent` (sums) is gone?  Basic: sums of epsilon and of delta; zCDP: the sum of rho. */
bool account_allows(const struct account_budget *budget, const struct account_cost *spent,
                    const struct account_cost *cost);
/* What is left of it, 0 to 1, by whatever is used up most. */
double account_left(const struct account_budget *budget, const struct account_cost *spent);

#endif
