/* job: how long work reports progress and learns that it should stop.
 *
 * Long work takes a `struct job *` (NULL = nobody is watching) and calls job_step now and then, at
 * least every 200 ms of work; when it answers true the work must undo what is half-done and return
 * E_CANCELLED.  The front owns the struct: it sets `progress`, and may set the cancel flag from a
 * signal handler or another thread.  job_step is cheap (an atomic load and, at most 10 times a
 * second, a call of `progress`) and may be called from several worker threads at once.
 *
 * What the work measures of itself on its way it may tell with job_point; the front that set `curves` keeps it. */
#ifndef RECKON_BASE_JOB_H
#define RECKON_BASE_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct curves;
struct error;

/* done of total (total 0: unknown) in `unit` ("rows", "epochs"); note: what is going on ("ials: epoch 3"). */
typedef void (*job_progress_fn)(void *context, const char *note, double done, double total, const char *unit);

struct job {
    atomic_bool cancel;
    atomic_int_least64_t last_report_ms;
    job_progress_fn progress; /* may be NULL; never called by two threads at once */
    void *context;
    struct curves *curves; /* where points are kept; NULL: nowhere */
};

void job_init(struct job *self, job_progress_fn progress, void *context);

/* Reports, and answers whether to stop.  `self` may be NULL: then false. */
bool job_step(struct job *self, const char *note, double done, double total, const char *unit);

/* A point of the curve `name`, x in units of x_unit ("epoch"), from any thread.  Work that has to compute y only for
 * this asks job_keeps_points first.  Never changes what the work does. */
void job_point(struct job *self, const char *name, const char *x_unit, double x, double y);
bool job_keeps_points(const struct job *self);

bool job_cancelled(struct job *self);          /* only asks; cheap enough for inner loops */
void job_cancel(struct job *self);             /* async-signal-safe */
int job_error_cancelled(struct error *err, const char *what); /* sets the error; returns E_CANCELLED */

#endif
