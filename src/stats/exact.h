/* exact: tests of a 2x2 table that hold for any number of users.
 *
 * Rows are groups, columns "converted" and "did not".  Fisher's test (1935) sums hypergeometric probabilities;
 * Barnard's (1945) and Boschloo's (1970) do not condition on the total and so find more: the largest probability, over
 * the common rate, of a table at least as extreme.  As in R and SciPy OUTCOME_GREATER means: the first row's rate is
 * larger. */
#ifndef RECKON_STATS_EXACT_H
#define RECKON_STATS_EXACT_H

#include "stats/outcome.h"

struct exact_table {
    double a, b, c, d; /* [[a, b], [c, d]]: whole numbers from 0 */
};

struct exact_answer {
    double p, log_p;
    double odds_ratio;   /* ad/bc of the sample; INFINITY when only bc is 0 */
    bool has_odds_ratio; /* false when ad and bc are both 0 */
    double nuisance;     /* of Barnard and Boschloo: the common rate with the largest probability */
};

/* Two-sided: all tables that are not likelier than this one (with a relative slack of 1e-7 for ties). */
int exact_fisher(const struct exact_table *t, enum outcome_alternative alternative, struct exact_answer *out,
                 struct error *err);

/* Both need at least one user per group and at most EXACT_GROUP_MAX (E_REFUSED: there Fisher's test is as good).
 * Barnard orders tables by the pooled z statistic; Boschloo by Fisher's one-sided p, and two-sided doubles the smaller.
 */
#define EXACT_GROUP_MAX 1000
int exact_barnard(const struct exact_table *t, enum outcome_alternative alternative, struct exact_answer *out,
                  struct error *err);
int exact_boschloo(const struct exact_table *t, enum outcome_alternative alternative, struct exact_answer *out,
                   struct error *err);

#endif
