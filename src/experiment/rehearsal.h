/* rehearsal: a design tried out on the shop's own history, before anybody is shown anything.
 *
 * The users of the baseline are drawn into arms again and again: without any effect (A/A), to see how often the design
 * finds one all the same, and with the effect that it is made for (A/B), to see how often it finds that.  They come in
 * random order, and the design is read as it says: once, at its looks, or, when it may be read at any time, at
  * twenty. */
#ifndef RECKON_EXPERIMENT_REHEARSAL_H
#define RECKON_EXPERIMENT_REHEARSAL_H

#include "experiment/history.h"

struct rehearsal {
    uint64_t users, seed;
    uint32_t runs;
    double peeked;             /* of a design that is read once: share of A/A that find a difference to who looks twenty
                                  times, and stops at the first; 0 of others */
    double truth;              /* the relative effect that was planted */
    double false_positives, found; /* shares of runs */
    double covered;            /* share of last intervals of A/B that hold the truth */
    double intervals;          /* how many there were */
};

/* Of the primary metric.  E_BAD_DATA: a metric without spread, or too few users. */
int rehearsal_run(struct rehearsal *out, struct store *store, const struct design *design, uint32_t runs, uint64_t seed,
              struct job *job, struct error *err);

#endif
