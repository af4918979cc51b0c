/* curves: what long work measures of itself on its way: named series of points ("validation ndcg@10" by epoch).
 *
 * Work reports a point with job_point (base/job.h); whoever keeps a struct curves with the job can read them at any
 * time: the console's plot, the progress line, the server's events, and at the end the command's result.  Reporting
 * takes a lock for a moment and changes nothing in the work.
 *
 * A series whose x does not go on from its last point has begun anew (the same kind of model is trained twice): it
 * is kept as another one, with a number behind its name ("loss (2)").  Bounded: CURVES_MAX series, of CURVES_POINTS
 * points; a series that is full drops every second point.  Any thread. */
#ifndef RECKON_BASE_CURVES_H
#define RECKON_BASE_CURVES_H

#include <pthread.h>
#include <stddef.h>

enum { CURVES_MAX = 32, CURVES_POINTS = 512, CURVES_NAME_MAX = 64 };

struct curve {
    char name[CURVES_NAME_MAX];
    char x_unit[16];        /* "epoch" */
    unsigned run;           /* 1, 2, ... of those with this base name */
    size_t base;            /* length of the name without its number */
    double *x, *y;          /* CURVES_POINTS each */
    size_t n;
    unsigned long every, seen; /* each `every`th point is kept */
};

struct curves {
    pthread_mutex_t lock;
    struct curve curve[CURVES_MAX];
    size_t n;
    unsigned long version; /* grows with every point */
};

void curves_init(struct curves *self);
void curves_release(struct curves *self);

/* Points that are not finite, and what is beyond the bounds or the memory, are left out. */
void curves_add(struct curves *self, const char *name, const char *x_unit, double x, double y);

/* Calls fn for each series that has points, in the order in which they began, under the lock; a non-zero answer ends it
 * and is returned. */
typedef int (*curves_fn)(void *context, const struct curve *curve);
int curves_each(struct curves *self, curves_fn fn, void *context);

/* The newest point of all, as "validation ndcg@10 0.1234"; "" when there is none.  Returns out. */
const char *curves_newest(struct curves *self, char *out, size_t size);

#endif
