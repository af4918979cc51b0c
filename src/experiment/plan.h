/* plan: how many users and days a design takes, and what it can find. */
#ifndef RECKON_EXPERIMENT_PLAN_H
#define RECKON_EXPERIMENT_PLAN_H

#include "experiment/history.h"
#include "stats/power.h"

struct plan {
    struct power_design power;       /* of the primary metric */
    struct power_users users;
    double baseline, sd, rho, inflation;
    double eligible;                 /* of all users, those that the share lets in */
    double days;                     /* until the users have come; INFINITY: never.  Without the window */
    double uncorrected;              /* users without variance reduction */
    double reduced;                  /* users with it, whether or not the design wants it */
    bool trivial;                    /* the metric has no spread, or a baseline of zero: nothing can be planned */
};

/* Reads the primary's baseline.  E_BAD_DATA: the effect is out of reach (a rate above 1). */
int plan_make(struct plan *out, const struct design *design, const struct baseline *baseline, struct error *err);

/* The same for another metric of the design, as if it were the primary; its effect is the primary's. */
int plan_make_of(struct plan *out, const struct design *design, const struct sums *sums, size_t metric,
                 struct error *err);
/* The smallest relative change that is found with so many users in all; NaN: none is. */
double plan_effect_with(const struct plan *self, double users);
/* The smallest relative change that is found after so many days; NaN: there are not enough users for any. */
double plan_effect_after(const struct plan *self, const struct baseline *baseline, double days);

/* The power to find a relative change with so many users in all. */
double plan_power(const struct plan *self, const struct design *design, double effect, double users);

/* How many times more users a method takes than a fixed test. */
int plan_inflation(const struct design *design, double alpha, double power, double users, double *out,
                   struct error *err);

#endif
