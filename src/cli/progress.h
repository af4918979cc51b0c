/* progress: one line on stderr, rewritten in place, while a job runs; only on a terminal. */
#ifndef RECKON_CLI_PROGRESS_H
#define RECKON_CLI_PROGRESS_H

#include <stdbool.h>

struct progress {
    bool shown;
    double started, phase_started, phase_from;
    char note[96];
};

/* A job_progress_fn; context: a zeroed struct progress. */
void progress_show(void *context, const char *note, double done, double total, const char *unit);
void progress_clear(struct progress *self); /* removes the line */

#endif
