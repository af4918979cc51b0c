/* progress: one line on stderr, rewritten in place, while a job runs; only on a terminal. */
#ifndef RECKON_CLI_PROGRESS_H
#define RECKON_CLI_PROGRESS_H

#include <stdbool.h>

struct curves;

struct progress {
    bool shown;
    double started, phase_started, phase_from;
    char note[96];
    struct curves *curves; /* whose newest point is told; NULL: none */
};

/* A job_progress_fn; context: a struct progress, zeroed but for `curves`. */
void progress_show(void *context, const char *note, double done, double total, const char *unit);
void progress_clear(struct progress *self); /* removes the line */

#endif
