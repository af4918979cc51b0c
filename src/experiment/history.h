/* history: users of the store, each with all events; and what a design can expect of them.
 *
 * The baseline stands in for the experiment: users who come within a stretch of days (the intake), as if each had been
 * exposed right after the first event there, and what they do in the attribution window after it. */
#ifndef RECKON_EXPERIMENT_HISTORY_H
#define RECKON_EXPERIMENT_HISTORY_H

#include "base/job.h"
#include "experiment/sums.h"

enum { HISTORY_INTAKE_MAX = 28 };

typedef int (*history_fn)(void *context, int64_t user, const struct metric_event *events, size_t n, struct error *err);
/* Every user with events in [since, until), by ascending user. */
int history_each(struct store *store, int64_t since, int64_t until, history_fn fn, void *context, struct job *job,
                 struct error *err);

struct history_window {
    int64_t start, intake_end, until; /* ms */
    uint32_t intake_days;
};

/* The newest stretch that the store can answer for.  E_BAD_DATA: its history is too short for the window. */
int history_window(struct store *store, const struct design *design, struct history_window *out, struct error *err);
/* When a user of that stretch would have been exposed; 0: never. */
int64_t history_exposed(const struct history_window *self, const struct metric_event *events, size_t n);

struct baseline {
    struct history_window window;
    struct sums *sums;                     /* of one arm: everybody */
    double arrivals[HISTORY_INTAKE_MAX];   /* users seen first on each day of the intake */
    struct design *tamed;                  /* the design with HISTORY_CAP, of money that is not cut; NULL: no need */
    struct sums *tamed_sums;
};

#define HISTORY_CAP 0.99

/* baseline_release.  `target`: who takes part is not looked at. */
int baseline_read(struct baseline *out, struct store *store, const struct design *design, struct job *job,
                  struct error *err);
void baseline_release(struct baseline *self);
/* Users who have come within that many days; beyond the intake at the pace of its last week. */
double baseline_users(const struct baseline *self, double days);
/* Days until so many have come; INFINITY when they never will. */
double baseline_days(const struct baseline *self, double users);

#endif
