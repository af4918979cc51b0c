#include "base/job.h"

#include "base/clock.h"
#include "base/curves.h"
#include "base/error.h"

void job_init(struct job *self, job_progress_fn progress, void *context)
{
    atomic_init(&self->cancel, false);
    atomic_init(&self->last_report_ms, 0);
    self->progress = progress;
    self->context = context;
    self->curves = NULL;
}

bool job_step(struct job *self, const char *note, double done, double total, const char *unit)
{
    if (self == NULL)
        return false;
    if (self->progress != NULL) {
        int_least64_t now = clock_monotonic_ms();
        int_least64_t last = atomic_load_explicit(&self->last_report_ms, memory_order_relaxed);
        /* Who wins the exchange reports; a report takes far less than the 100 ms between two. */
        if ((last == 0 || now - last >= 100) &&
            atomic_compare_exchange_strong(&self->last_report_ms, &last, now))
            self->progress(self->context, note, done, total, unit);
    }
    return atomic_load_explicit(&self->cancel, memory_order_relaxed);
}

bool job_keeps_points(const struct job *self)
{
    return self != NULL && self->curves != NULL;
}

void job_point(struct job *self, const char *name, const char *x_unit, double x, double y)
{
    if (job_keeps_points(self))
        curves_add(self->curves, name, x_unit, x, y);
}

bool job_cancelled(struct job *self)
{
    return self != NULL && atomic_load_explicit(&self->cancel, memory_order_relaxed);
}

void job_cancel(struct job *self)
{
    atomic_store(&self->cancel, true);
}

int job_error_cancelled(struct error *err, const char *what)
{
    return error_set(err, E_CANCELLED, what, "cancelled; nothing half-done was left behind");
}
