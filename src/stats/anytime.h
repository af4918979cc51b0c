/* anytime: tests and intervals that hold at every look, however often one looks.
 *
 * Mixture SPRT (Robbins 1970; Johari, Pekelis & Walsh 2017, "Always valid inference"); asymptotic confidence sequences
 * (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2021, Prop. 2.1, eq. 9, as in GrowthBook); sub-Gaussian boundaries
 * (Howard, Ramdas, McAuliffe & Sekhon 2021, "Time-uniform, nonparametric, nonasymptotic confidence sequences"), and the
 * empirical-Bernstein sequence for values in [0,1] (Waudby-Smith & Ramdas 2023, Theorem 2), which is exact.
 *
 * tau, rho and N* must be fixed before the first look; p-values of single looks become always valid as their running
 * minimum: keep it.  The mixture SPRT with tau = rho √n se is the asymptotic sequence; both want about 100 users per
 * arm. */
#ifndef RECKON_STATS_ANYTIME_H
#define RECKON_STATS_ANYTIME_H

#include "stats/outcome.h"

struct anytime_answer {
    double log_ratio;  /* ln of the mixture likelihood ratio against "no effect" */
    double p;          /* of this look: min(1, 1/ratio) */
    double low, high;
};

/* Two-sided, mixture variance tau² around 0.  A good tau is the size of effect that one hopes for. */
int anytime_msprt(double effect, double se, double tau, double alpha, struct anytime_answer *out, struct error *err);

/* The asymptotic sequence after n users (of both arms).  rho from anytime_rho.  one_sided: the lower bound only (then
 * alpha < ½), high is infinite. */
int anytime_asymptotic(double effect, double se, double n, double rho, double alpha, bool one_sided,
                       struct anytime_answer *out, struct error *err);
/* These plain functions want n, n_best, rho > 0 and alpha in (0,1): outside they give NaN, as distributions do.
 * The rho whose sequence is narrowest at n_best users: √((-2 ln α + ln(1 - 2 ln α))/n). */
double anytime_rho(double n_best, double alpha);
/* Its half-width in standard errors of the mean at n users. */
double anytime_halfwidth(double n, double rho, double alpha, bool one_sided);

/* Sub-Gaussian sums: bounds that S_t stays within for all t with probability 1 - alpha (one side each), where V_t is
 * the intrinsic time (Σ variance proxies).  For means divide by the count. */
double anytime_normal_mixture(double v, double rho, double alpha);           /* two-sided */
double anytime_normal_mixture_one_sided(double v, double rho, double alpha); /* one-sided */
double anytime_best_rho(double v_best, double alpha);                        /* for the two-sided one */
/* The polynomial stitched boundary, growing like √(v ln ln v): scale c (0: sub-Gaussian), v_min > 0. */
double anytime_stitched(double v, double v_min, double alpha, double c);

/* A mean of values in [0,1], added one at a time; exact for any distribution, however often it is looked at. */
struct anytime_bounded {
    double alpha;
    double t, sum, squares;           /* predictable plug-ins */
    double weight, weighted, penalty; /* Σλ, Σλx, Σ v ψ(λ) */
    double low, high;                 /* the running intersection */
};

int anytime_bounded_init(struct anytime_bounded *self, double alpha, struct error *err);
int anytime_bounded_add(struct anytime_bounded *self, double x, struct error *err); /* E_BAD_DATA outside [0,1] */

#endif
