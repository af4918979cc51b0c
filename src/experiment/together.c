#include "experiment/together.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "stats/srm.h"

struct reading_together {
    struct together *out;
    int64_t experiment[TOGETHER_MAX];
    double counts[TOGETHER_MAX][DESIGN_ARMS_MAX * DESIGN_ARMS_MAX];
    double all[TOGETHER_MAX]; /* also in arms that the designs do not have */
};

static int take(void *context, int64_t other, uint32_t variant, uint32_t others, int64_t users)
{
    struct reading_together *r = context;
    struct together *t = r->out;
    if (t->n == 0 || r->experiment[t->n - 1] != other) {
        if (t->n == TOGETHER_MAX)
            return 0;
        r->experiment[t->n++] = other;
    }
    r->all[t->n - 1] += (double)users;
    if (variant < DESIGN_ARMS_MAX && others < DESIGN_ARMS_MAX)
        r->counts[t->n - 1][variant * DESIGN_ARMS_MAX + others] += (double)users;
    return 0;
}

static int name_others(void *context, const struct experiment_record *record)
{
    struct reading_together *r = context;
    for (size_t i = 0; i < r->out->n; i++)
        if (r->experiment[i] == record->experiment)
            snprintf(r->out->others[i].name, sizeof r->out->others[i].name, "%s", record->name);
    return 0;
}

int together_read(struct together *out, struct store *store, int64_t experiment, const struct design *design, double exposed,
                  struct error *err)
{
    struct reading_together r = {.out = out};
    *out = (struct together){.looked_at = fmin(exposed, TOGETHER_USERS)};
    int rc = exposures_also(store, experiment, TOGETHER_USERS, design->window_days * CLOCK_DAY_MS, take, &r, err);
    for (size_t i = 0; i < out->n && rc == 0; i++) {
        struct together_other *o = &out->others[i];
        struct srm_answer answer;
        rc = srm_independence(r.counts[i], DESIGN_ARMS_MAX, DESIGN_ARMS_MAX, &answer, err);
        o->users = r.all[i];
        o->p = rc == 0 ? answer.p : 1;
        o->bound = rc == 0 && answer.p < TOGETHER_ALARM;
    }
    return rc != 0 || out->n == 0 ? rc : experiments_each(store, name_others, &r, err);
}
