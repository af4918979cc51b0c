#include "experiment/course.h"

#include <math.h>

#include "base/mem.h"

enum { STRETCH_MIN = 60000 };

struct reading_course {
    struct course *out;
    const struct design *design;
    double missed[DESIGN_ARMS_MAX]; /* by a user of that arm */
    int64_t step;
    size_t cap;
    struct error *err;
};

static int take(void *context, int64_t time, uint32_t variant, int64_t users)
{
    struct reading_course *r = context;
    struct course *c = r->out;
    if (variant >= r->design->n_arms)
        return 0;
    if (c->n == 0 || c->points[c->n - 1].time != time + r->step) {
        if (mem_grow((void **)&c->points, &r->cap, c->n + 1, sizeof *c->points) != 0)
            return error_nomem(r->err, "experiment");
        c->points[c->n] = c->n > 0 ? c->points[c->n - 1] : (struct course_point){.time = 0};
        c->points[c->n++].time = time + r->step;
    }
    c->points[c->n - 1].users[variant] += (double)users;
    c->points[c->n - 1].regret += (double)users * r->missed[variant];
    return 0;
}

int course_read(struct course *out, struct store *store, int64_t experiment, const struct design *d,
                const struct adapted *learnt, struct error *err)
{
    struct reading_course r = {.out = out, .design = d, .err = err};
    uint64_t users[DESIGN_ARMS_MAX];
    int64_t first = 0, last = 0;
    double sign = d->metrics[0].metric.down ? -1 : 1, best = -(double)INFINITY;
    *out = (struct course){.n = 0};
    for (size_t a = 0; a < d->n_arms; a++)
        if (learnt->users_of[a] > 0)
            best = fmax(best, sign * learnt->mean[a]);
    for (size_t a = 0; a < d->n_arms; a++)
        r.missed[a] = learnt->users_of[a] > 0 ? best - sign * learnt->mean[a] : 0;
    int rc = exposures_count(store, experiment, users, DESIGN_ARMS_MAX, &first, &last, err);
    r.step = (last - first) / COURSE_POINTS + 1;
    r.step = r.step > STRETCH_MIN ? r.step : STRETCH_MIN;
    if (rc == 0)
        rc = exposures_course(store, experiment, r.step, take, &r, err);
    if (rc != 0) {
        mem_free(out->points);
        *out = (struct course){.n = 0};
    }
    return rc;
}
