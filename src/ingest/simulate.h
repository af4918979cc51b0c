/* simulate: a synthetic shop of any size, for tests of scale.  Never a ground for a claim about quality.
 *
 * What it has in it, so that there is something to learn:
 *   popularity   the item of rank r is drawn with a weight of r^-zipf;
 *   tastes       every item belongs to one of `tastes` groups and has one of four styles; a person looks at items of
 *                a main group (65 %), a second one (20 %) or any, and mostly at those of the own style;
 *   sequences    within a session the next item is often the next one on the group's ring;
 *   habits       three staples that a person comes back to;
 *   sessions     view → click → add_to_cart → purchase at the stated rates, one checkout at the end, a review
 *                some days later;
 *   seasons      by hour of the day, day of the week and week of the year;
 *   arrivals     a share of the items is launched, and half of the people come, within the time simulated.
 *
 * Events come in the order of time; of equal times, in the order in which they were made.  The output is a
 * function of the options alone: random streams are keyed by (seed, session), (seed, item), (seed, user).
 * Memory: some tens of bytes for each item and user, and the events of the sessions that are going on; none of it
 * grows with the number of events.
 *
 * The files are what `reckon import` reads without a mapping: a first line that begins with `# synthetic` and says
 * how it was made, a header with the names of the fields, and rows. */
#ifndef RECKON_INGEST_SIMULATE_H
#define RECKON_INGEST_SIMULATE_H

#include <stdint.h>

#include "base/error.h"
#include "base/job.h"

enum simulate_kind { SIMULATE_VIEW, SIMULATE_CLICK, SIMULATE_CART, SIMULATE_PURCHASE, SIMULATE_REVIEW, SIMULATE_KINDS };

enum { SIMULATE_TASTES_MAX = 4096, SIMULATE_DAYS_MAX = 3650 };

struct simulate_options {
    uint32_t users, items; /* at least 1 */
    uint64_t events;
    uint32_t days;         /* 1 to SIMULATE_DAYS_MAX */
    int64_t start;         /* ms; midnight of the first day */
    uint64_t seed;
    double zipf;           /* 0: all items alike */
    uint32_t tastes;       /* 1 to SIMULATE_TASTES_MAX */
    double click, cart, purchase, review; /* of those that got as far as the step before, in [0, 1] */
    double new_items;      /* share of the items that are launched within the time, in [0, 1] */
};

struct simulate_counts {
    uint64_t events[SIMULATE_KINDS], sessions, bytes;
    int64_t first, last; /* times of events, ms; 0 when there are none */
};

/* Writes events.csv, items.csv and users.csv to `dir` (made when missing); all three appear, or none.  E_CONFLICT
 * when one of them is there already. */
int simulate_to_directory(const struct simulate_options *options, const char *dir, struct job *job,
                          struct simulate_counts *counts, struct error *err);

/* Writes only the events, to an open file descriptor. */
int simulate_to_fd(const struct simulate_options *options, int fd, struct job *job, struct simulate_counts *counts,
                   struct error *err);

#endif
