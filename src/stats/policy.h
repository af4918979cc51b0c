/* policy: what another policy would have earned, from logs of the one that ran (off-policy evaluation).
 *
 * Per round: the reward, the probability with which the logging policy chose the action (its propensity), and with
 * which the other one would; w is their ratio.  Estimators (Dudík et al. 2014; Swaminathan & Joachims 2015; Wang,
 * Agarwal & Dudík 2017; Su et al. 2020; as in the Open Bandit Pipeline, whose figures they give to the last digits):
 *   IPS mean(w r)   SNIPS Σw r/Σw   clipped mean(min(w,λ) r)   DM mean(dm)
 *   DR mean(dm + w (r - q))   SNDR mean(dm) + Σw(r - q)/Σw   SWITCH mean(dm + w 1[w<=λ](r - q))
 *   shrunk mean(dm + λ w/(w²+λ) (r - q))
 * with q the model's reward for the logged action and dm = Σ_a π(a|x) q(x,a).
 *
 * Intervals are normal over rounds, or over units (users, slates) when they are given: rounds of one user are not
 * independent.  Self-normalised ones by the delta method, so that the denominator's noise counts too.  DM's interval is
 * as wide as DR's when q is given; without q it knows nothing of the model's error, and is far too narrow.
 * Overlap comes first: where the logs cannot answer, the answer is a refusal (E_REFUSED) that says why. */
#ifndef RECKON_STATS_POLICY_H
#define RECKON_STATS_POLICY_H

#include <stdint.h>

#include "stats/outcome.h"

struct policy_log {
    size_t n;
    const double *reward;
    const double *behaviour; /* of the logged action, in (0,1] */
    const double *target;    /* of the logged action, in [0,1]; slot positions must match */
    const double *q;         /* model's reward of the logged action; NULL where no model is used */
    const double *dm;        /* model's expected reward under the target policy; NULL likewise */
    const uint32_t *unit;    /* whose round it is, numbered from 0; NULL: each its own */
};

enum policy_estimator {
    POLICY_IPS,
    POLICY_SNIPS,
    POLICY_CLIPPED,
    POLICY_DM,
    POLICY_DR,
    POLICY_SNDR,
    POLICY_SWITCH,
    POLICY_SHRUNK
};

enum policy_support {
    POLICY_ANSWERS,
    POLICY_NO_SUPPORT,  /* an action that the target would take has no propensity in the logs */
    POLICY_TOO_FEW,     /* fewer than POLICY_LEAST effective rounds, or less than a hundredth of all */
    POLICY_NOT_ONE,     /* the mean weight is more than 4 standard errors from 1: propensities or matching are wrong */
    POLICY_ONE_ROUND    /* one round (or unit) carries more than a tenth of all weight */
};

#define POLICY_LEAST 100

struct policy_overlap {
    enum policy_support support;
    double mean_weight, mean_weight_se, max_weight;
    double effective;   /* (Σw)²/Σw² rounds */
    double largest;     /* the largest share of Σw in one round */
    double unsupported; /* rounds with propensity 0 that the target would choose */
};

const char *policy_support_name(enum policy_support support);

/* Looks before anything is estimated.  E_BAD_DATA for numbers that are no probabilities. */
int policy_overlap(const struct policy_log *log, struct policy_overlap *out, struct error *err);

struct policy_value {
    double value, se, low, high;
    double clipped;     /* share of rounds whose weight was cut or switched off */
    struct policy_overlap overlap;
};

/* `lambda` is of CLIPPED, SWITCH and SHRUNK (INFINITY: none).  force: answers in spite of weak overlap (never without
 * support); DM does not look at weights and needs no overlap. */
int policy_evaluate(const struct policy_log *log, enum policy_estimator estimator, double lambda, double alpha,
                    bool force, struct policy_value *out, struct error *err);

#endif
