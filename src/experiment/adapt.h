/* adapt: weights that follow what is learnt, and steps of a rollout. */
#ifndef RECKON_EXPERIMENT_ADAPT_H
#define RECKON_EXPERIMENT_ADAPT_H

#include "experiment/reading.h"

/* Basis points for each arm by the bandit of the design, from the primary metric; no arm gets less than one per cent.
 * Users keep the arm that they met first; the weights are for those who come.  E_USAGE: the design has no bandit. */
int adapt_weights(const struct sums *sums, const struct design *design, uint32_t weights[DESIGN_ARMS_MAX],
                  struct error *err);
/* "2500,7500" */
void adapt_write(const struct design *design, const uint32_t *weights, char *text, size_t size);

enum adapt_step { ADAPT_HOLD, ADAPT_NEXT, ADAPT_BACK, ADAPT_DONE };

struct adapt_rule {
    const uint32_t *steps; /* coverages in basis points, rising */
    size_t n;
    double least_users;    /* in all arms, before a step */
    double least_hours;    /* since the last step */
};

/* What is to be done now; *coverage and the reason say how.  Broken or harmful: back to nobody; too little known, or
 * nothing seen since the last step: hold. */
enum adapt_step adapt_next(const struct adapt_rule *rule, const struct reading *reading, uint32_t now,
                           double hours_since, bool seen_since, uint32_t *coverage, char *reason, size_t size);

#endif
