#include "ui/progress_bar.h"

#include <stdio.h>

#include "base/clock.h"

const char *progress_bar_number(double v, char out[16])
{
    if (v >= 1e9)
        snprintf(out, 16, "%.2fG", v / 1e9);
    else if (v >= 1e6)
        snprintf(out, 16, "%.2fM", v / 1e6);
    else if (v >= 1e4)
        snprintf(out, 16, "%.1fk", v / 1e3);
    else
        snprintf(out, 16, "%.0f", v);
    return out;
}

static void put_time(char out[24], double seconds)
{
    if (seconds < 3600)
        snprintf(out, 24, "%d:%02d", (int)seconds / 60, (int)seconds % 60);
    else
        snprintf(out, 24, "%d h %d min", (int)seconds / 3600, (int)seconds / 60 % 60);
}

static void draw_bar(struct canvas *c, struct area a, double share)
{
    int cols = a.cols - 6, full = (int)((double)cols * share + 0.5);
    for (int i = 0; i < cols; i++) {
        const char *fine = i < full ? "\xE2\x96\x88" : "\xE2\x96\x91", *plain = i < full ? "#" : ".";
        canvas_text(c, a, 0, i, i < full ? STYLE_ACCENT : STYLE_BORDER, c->ascii ? plain : fine);
    }
    canvas_printf(c, a, 0, cols + 1, STYLE_TITLE, "%3.0f %%", 100 * share);
}

void progress_bar_draw(const struct background_job *job, struct canvas *c, struct area a)
{
    char done[16], total[16], took[24], left[24];
    double seconds = (double)(clock_now_ms() - (job->started != 0 ? job->started : job->created)) / 1000;
    put_time(took, seconds);
    if (job->state == BACKGROUND_WAITING) {
        canvas_text(c, a, 0, 0, STYLE_DIM, "It waits for the commands before it.");
        return;
    }
    if (job->note[0] == '\0') {
        canvas_printf(c, a, 0, 0, STYLE_DIM, "%s", "It is running.");
        return;
    }
    progress_bar_number(job->done, done);
    if (job->total <= 0) {
        canvas_printf(c, a, 0, 0, STYLE_NORMAL, "%s: %s %s, for %s", job->note, done, job->unit, took);
        return;
    }
    double share = job->done < job->total ? job->done / job->total : 1;
    draw_bar(c, area_part(a, 0, 0, 1, a.cols < 80 ? a.cols : 80), share);
    int col = canvas_printf(c, a, 1, 0, STYLE_NORMAL, "%s: %s of %s %s, for %s", job->note, done,
                            progress_bar_number(job->total, total), job->unit, took);
    if (share > 0.02 && seconds > 1) {
        put_time(left, seconds * (1 - share) / share);
        canvas_printf(c, a, 1, col, STYLE_NORMAL, ", about %s left", left);
    }
}
