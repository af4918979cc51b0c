/* value: what another policy would have earned, from rounds that were logged with their propensities (off-policy
 * evaluation; stats/policy.h for single choices, stats/slate.h for whole lists).
 *
 * A round is one choice: an action (an arm, an item), at a position, with its reward and the probability with which the
 * logging policy chose it.  What the other policy would do is said either for all actions and positions (`policy`), or
 * round by round for the action that was logged (`target`), perhaps with all others (`each`).  With all actions there are also the estimators that use a
 * model of the rewards.  That model is made of the rounds themselves: the mean reward of each action at each position,
 * drawn to the position's by VALUE_PRIOR rounds, always from the other VALUE_FOLDS - 1 parts of the rounds (by unit), so
 * that no round is judged by a model that has seen it.
 *
 * Where the logs cannot answer there is no number: value_of_rounds refuses, and the overlap says why. */
#ifndef RECKON_EXPERIMENT_VALUE_H
#define RECKON_EXPERIMENT_VALUE_H

#include "base/job.h"
#include "experiment/design.h"
#include "stats/policy.h"

enum { VALUE_FOLDS = 3, VALUE_PRIOR = 200, VALUE_LINES_MAX = 16 };

struct value_rounds {
    size_t n, actions, positions;
    const double *reward, *behaviour; /* n each */
    const uint32_t *action, *position;
    const double *target;             /* n; NULL: by policy */
    const double *policy;             /* actions x positions, each position's column sums to 1; NULL: by target */
    const float *each;                /* beside target, n x actions: the policy in each round; NULL: not known */
    const uint32_t *unit;             /* whose round, numbered from 0; NULL: each its own */
    const uint32_t *slate;            /* which list, numbered from 0; NULL: no lists */
    size_t slates;
    const uint32_t *slot;             /* the place in its list, where that is not the position, and lists may lack some:
                                       * nothing was chosen there */
    size_t slots;
};

struct value_line {
    const char *estimator; /* "ips" */
    bool known;            /* else `why` */
    char why[512];
    double value, low, high;
    double effective;      /* rounds (slates) that it is as good as */
    double cut;            /* share of rounds whose weight was cut */
};

struct value {
    size_t rounds;
    double logged, logged_se; /* what was earned, by round */
    struct policy_overlap overlap;
    double unseen;            /* share of the policy's choices that the logs never show; 0 when it is not known */
    struct value_line lines[VALUE_LINES_MAX];
    size_t n_lines;
};

/* lambda: where weights are cut (clipped, switch) or shrunk.  E_REFUSED: the logs cannot answer; then all but the
 * lines is filled in.  E_BAD_DATA: what is no probability; a list with a position twice, or without one. */
int value_of_rounds(struct value *out, const struct value_rounds *rounds, double lambda, double alpha,
                    struct error *err);

/* Of an experiment: other weights of its arms, in basis points, together 10,000.  Each user is a round; the reward is
 * the primary metric.  E_USAGE: a ratio has no value of one user. */
int value_of_weights(struct value *out, struct store *store, int64_t experiment, const struct design *design,
                     const uint32_t *weights, double lambda, struct job *job, struct error *err);

#endif
