/* power: how many users a test needs, what it can find, and how likely it is to find it.
 *
 * Proportions: the variance under the null from the pooled rate, under the alternative from the two rates (Fleiss,
 * Tytun & Ury 1980; as statsmodels' power_proportions_2indep).  Means: the noncentral t, exact for normal data.
 * A two-sided test may also reject in the wrong direction: `far_tail` says whether that counts as power (statsmodels
 * counts it for means and leaves it out of the closed form for proportions; it matters only where power is near alpha).
 * Effects are B - A, and must be on the side that the alternative asks for.  Sizes are real numbers: round up per arm.
 */
#ifndef RECKON_STATS_POWER_H
#define RECKON_STATS_POWER_H

#include "stats/moments.h"
#include "stats/outcome.h"

struct power_test {
    double alpha;                        /* of this comparison: see power_alpha */
    double power;                        /* of what asks for it */
    enum outcome_alternative alternative;
    bool far_tail;
};

/* Proportions. */
int power_proportions(const struct power_test *t, double pa, double pb, double na, double nb, double *power,
                      struct error *err);
int power_proportions_size(const struct power_test *t, double pa, double pb, double a_over_b, double *nb,
                           struct error *err);
/* The smallest pb above pa (below it for OUTCOME_LESS) that is found with that power. */
int power_proportions_mde(const struct power_test *t, double pa, double na, double nb, double *pb, struct error *err);
double power_cohen_h(double pa, double pb); /* 2 asin √pb - 2 asin √pa */

/* Means: d = (mean B - mean A) / sd (Cohen's d); for a ratio metric the sd per user is power_ratio_sd. */
int power_means_t(const struct power_test *t, double d, double na, double nb, double *power, struct error *err);
int power_means_t_size(const struct power_test *t, double d, double b_over_a, double *na, struct error *err);
int power_means_t_mde(const struct power_test *t, double na, double nb, double *d, struct error *err);
/* The same by the normal approximation, which is all one needs for hundreds of users. */
int power_means_z(const struct power_test *t, double d, double na, double nb, double *power, struct error *err);
int power_means_z_size(const struct power_test *t, double d, double b_over_a, double *na, struct error *err);
int power_means_z_mde(const struct power_test *t, double na, double nb, double *d, struct error *err);
int power_ratio_sd(const struct moments_pair *users, double *ratio, double *sd, struct error *err);

/* Non-inferiority by a margin, one-sided at alpha: the size of control, when B is in truth `effect` better (usually 0).
 * Rates: unpooled variance; `less_is_better` for rates of complaints and the like. */
int power_noninferiority_rates(const struct power_test *t, double pa, double pb, double margin, bool less_is_better,
                               double b_over_a, double *na, struct error *err);
int power_noninferiority_means(const struct power_test *t, double effect, double margin, double sd, bool less_is_better,
                               double b_over_a, double *na, struct error *err);

/* How many times more users are needed when they come in clusters of `size` on average, with coefficient of variation
 * `cv` of the sizes and correlation `icc` within: 1 + ((1 + cv²) size - 1) icc (Eldridge 2006). */
int power_design_effect(double size, double cv, double icc, double *factor, struct error *err);
/* The share of the variance that is left when a covariate with correlation rho is used (CUPED): 1 - rho². */
int power_variance_left(double rho, double *factor, struct error *err);
/* The share of traffic for control that makes its k comparisons most precise: √k times a treatment's share. */
double power_control_share(unsigned treatments);
/* alpha per comparison when `comparisons` success metrics x arms share it (Bonferroni), and the power that each test
 * needs so that all of `guardrails` and the primary pass together with `power` (the type-II budget is divided). */
double power_alpha(double alpha, unsigned comparisons);
double power_of_each(double power, unsigned guardrails);

/* All of it at once: users per arm for a metric of given baseline and spread. */
struct power_design {
    bool is_rate;              /* baseline is a rate and sd follows from it */
    double baseline, sd;
    double effect;             /* the smallest difference worth finding, absolute */
    double margin; /* > 0: non-inferiority by that margin instead; then effect is what is expected in truth */
    bool less_is_better;
    struct power_test test;    /* before sharing alpha */
    unsigned treatments;       /* arms but for control; 0 counts as 1 */
    unsigned metrics;          /* success metrics; 0 counts as 1 */
    unsigned guardrails;
    double control_share;      /* of all users; 0: equal arms */
    double cluster_size, cluster_cv, icc; /* cluster_size 0: none */
    double rho;                /* correlation with the pre-period */
    double inflation;          /* of a sequential method (groupseq_inflation); 0 counts as 1 */
};

struct power_users {
    double control, treatment, total; /* whole users, rounded up per arm */
    double alpha, power;              /* per comparison, after sharing */
    double factor;                    /* by which clusters, covariate and looks changed the size */
};

int power_users_for(const struct power_design *design, struct power_users *out, struct error *err);
/* The smallest effect (absolute, on the good side) that `total` users can find; design->effect is not looked at. */
int power_effect_of(const struct power_design *design, double total, double *effect, struct error *err);

#endif
