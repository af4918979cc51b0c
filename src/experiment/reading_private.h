/* reading_private: one line of a reading.  Private to reading*.c. */
#ifndef RECKON_EXPERIMENT_READING_PRIVATE_H
#define RECKON_EXPERIMENT_READING_PRIVATE_H

#include "experiment/reading.h"

/* How lines are read: by the design, and how far it has come. */
struct reading_rule {
    const struct design *design;
    double planned;
    double alpha;             /* of the whole */
    size_t k;                 /* treatments that share it */
    double t[DESIGN_LOOKS_MAX], z[DESIGN_LOOKS_MAX];
    uint32_t look;            /* from 1; 0: before the first */
    const struct collected_by *strata; /* NULL: none */
    bool frequentist;         /* only what decides: without probabilities of being best, and with a p of 1 at looks that
                               * do not stop, which take most of the time */
};

int reading_rule_make(struct reading_rule *out, const struct design *design, double users, struct error *err);
/* Fills what does not depend on other lines. */
int reading_compare(struct reading_line *line, const struct sums *sums, const struct reading_rule *rule,
                    struct error *err);

/* The interval of the lift: all lifts that are at most `reach` errors from what the two arms say (Fieller: the delta method
 * misses them too often where control has few users or its values are skewed). */
void reading_reach(struct reading_line *line, double reach);

/* p and interval (level alpha / k) of an estimate after so many users, as the design has it. */
int reading_interval(const struct reading_rule *rule, double effect, double se, double users, double *p, double *low,
                     double *high, struct error *err);

#endif
