#include "cli/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/curves.h"

static void human(char *buf, size_t size, double v)
{
    if (v >= 1e9)
        snprintf(buf, size, "%.2fG", v / 1e9);
    else if (v >= 1e6)
        snprintf(buf, size, "%.2fM", v / 1e6);
    else if (v >= 1e4)
        snprintf(buf, size, "%.0fk", v / 1e3);
    else
        snprintf(buf, size, "%.0f", v);
}

/* What is left at the rate of the current phase, as m:ss. */
static void eta(char *buf, size_t size, double seconds)
{
    if (seconds < 360000)
        snprintf(buf, size, ", %d:%02d left", (int)seconds / 60, (int)seconds % 60);
    else
        buf[0] = '\0';
}

void progress_show(void *context, const char *note, double done, double total, const char *unit)
{
    struct progress *self = context;
    double now = clock_seconds();
    if (self->started == 0)
        self->started = now;
    if (strncmp(self->note, note, sizeof self->note - 1) != 0) {
        snprintf(self->note, sizeof self->note, "%s", note);
        self->phase_started = now;
        self->phase_from = done;
    }
    double took = now - self->phase_started, rate = took > 0.2 ? (done - self->phase_from) / took : 0;
    char d[32], t[32] = "", r[64] = "", left[32] = "", share[16] = "";
    human(d, sizeof d, done);
    if (total > 0) {
        human(t, sizeof t, total);
        snprintf(share, sizeof share, " %3.0f %%", 100 * done / total);
        if (rate > 0)
            eta(left, sizeof left, (total - done) / rate);
    }
    if (rate > 0) {
        char per[32];
        human(per, sizeof per, rate);
        snprintf(r, sizeof r, ", %s %s/s", per, unit);
    }
    char point[CURVES_NAME_MAX + 32] = "";
    if (self->curves != NULL)
        curves_newest(self->curves, point, sizeof point);
    fprintf(stderr, "\r\033[K%s:%s %s%s%s %s%s%s%s%s", note, share, d, total > 0 ? "/" : "", t, unit, r, left,
            point[0] != '\0' ? "; " : "", point);
    fflush(stderr);
    self->shown = true;
}

void progress_clear(struct progress *self)
{
    if (self->shown)
        fputs("\r\033[K", stderr);
    self->shown = false;
}
