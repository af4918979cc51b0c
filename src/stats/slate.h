/* slate: off-policy values of whole lists.
 *
 * A slate has `slots` positions with a reward each.  Per position the conditional probabilities are given: of the shown
 * item, given those above it, under the logging and under the target policy.  Estimators (Swaminathan et al. 2017; Li
 * et al. 2018; McInerney et al. 2020; Kiyohara et al. 2022; as obp's slate estimators): SIPS      Σ_k W_K r_k W_k =
 * Π_{j<=k} w_j: weights of the whole slate; unbiased, very noisy IIPS      Σ_k w_k r_k            positions do not
 * influence each other (give marginals then) RIPS      Σ_k W_k r_k            a reward depends on what is above:
 * cascade cascade DR Σ_k [W_k (r_k - q_k) + W_{k-1} v_k]   with the model's reward q_k of the shown item and its
 * expectation v_k under the target, both of all that follows from k on when rewards are to be summed Self-normalised
 * variants divide by the mean weight of the position.  Intervals are normal over slates. */
#ifndef RECKON_STATS_SLATE_H
#define RECKON_STATS_SLATE_H

#include "stats/outcome.h"

struct slate_log {
    size_t n, slots;         /* arrays are n x slots, row by row */
    const double *reward, *behaviour, *target;
    const double *q, *v;     /* of cascade DR; else NULL */
    const double *position;  /* slots weights of positions; NULL: 1 each */
};

enum slate_estimator {
    SLATE_SIPS,
    SLATE_IIPS,
    SLATE_RIPS,
    SLATE_CASCADE_DR
};

struct slate_value {
    double value, se, low, high;
    double effective; /* (Σw)²/Σw² of the last position's weights */
};

/* E_REFUSED as in policy.h when a logged item has propensity 0, or fewer than POLICY_LEAST slates are effective and
 * `force` is not set. */
int slate_evaluate(const struct slate_log *log, enum slate_estimator estimator, bool self_normalised, double alpha,
                   bool force, struct slate_value *out, struct error *err);

#endif
