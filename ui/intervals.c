#include "ui/intervals.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/plot.h"

enum { POINTS = 3, NAME_COLS_MAX = 34, SAYS_COLS = 30, PLOT_COLS_LEAST = 16, TICK_COLS = 12 };

struct scale {
    double low, high, step;
    int cols;
};

static bool is_interval(const struct series *s)
{
    return s->n == POINTS && isfinite(s->points[0].x) && isfinite(s->points[1].x) && isfinite(s->points[2].x);
}

size_t intervals_count(const struct result *report)
{
    size_t n = 0;
    for (size_t i = 0; i < report->n_series; i++)
        n += is_interval(&report->series[i]);
    return n;
}

/* Bounds that hold all of them, and 0. */
static struct scale find_scale(const struct result *report, int cols)
{
    struct scale s = {.cols = cols > 1 ? cols : 1};
    for (size_t i = 0; i < report->n_series; i++)
        if (is_interval(&report->series[i])) {
            s.low = fmin(s.low, report->series[i].points[0].x);
            s.high = fmax(s.high, report->series[i].points[2].x);
        }
    s.step = plot_step(s.low, s.high, cols / TICK_COLS > 2 ? cols / TICK_COLS : 2);
    double room = s.high > s.low ? (s.high - s.low) / 50 : s.step;
    s.low -= room, s.high += room;
    return s;
}

static int place(const struct scale *s, double x)
{
    return (int)lround((x - s->low) / (s->high - s->low) * (s->cols - 1));
}

static enum style style_of(const char *says)
{
    if (strcmp(says, "better") == 0 || strcmp(says, "passed") == 0)
        return STYLE_GOOD;
    return strcmp(says, "worse") == 0 || strcmp(says, "hurt") == 0 ? STYLE_BAD : STYLE_NORMAL;
}

static void draw_line(const struct series *line, const struct scale *s, enum style style, struct canvas *c, struct area a,
                      int row)
{
    int low = place(s, line->points[0].x), middle = place(s, line->points[1].x), high = place(s, line->points[2].x);
    canvas_text(c, a, row, place(s, 0), STYLE_DIM, c->ascii ? ":" : "\xE2\x94\x8A");
    for (int col = low; col <= high; col++)
        canvas_text(c, a, row, col, style, c->ascii ? "-" : "\xE2\x94\x80");
    if (low < high) {
        canvas_text(c, a, row, low, style, c->ascii ? "|" : "\xE2\x94\x9C");
        canvas_text(c, a, row, high, style, c->ascii ? "|" : "\xE2\x94\xA4");
    }
    canvas_text(c, a, row, middle, style, c->ascii ? "o" : "\xE2\x97\x8F");
}

static void draw_axis(const struct scale *s, struct canvas *c, struct area a, int row)
{
    int end = 0;
    for (double v = ceil(s->low / s->step - 1e-9) * s->step; v <= s->high; v += s->step) {
        char label[16];
        plot_label(v, s->step, label);
        int width = (int)strlen(label), col = place(s, v) - width / 2;
        col = col < 0 ? 0 : col + width > a.cols ? a.cols - width : col;
        if (col >= end)
            end = canvas_text(c, a, row, col, STYLE_DIM, label) + 1;
    }
}

/* "+19.7 % better" */
static void say(const struct result *report, const struct series *line, char out[SAYS_COLS * 4], enum style *style)
{
    const char *says = result_text_named(report, (size_t)fmax(0, line->points[0].y), "says");
    *style = style_of(says != NULL ? says : "");
    snprintf(out, SAYS_COLS * 4, "%+.1f %% %.80s", line->points[1].x, says != NULL ? says : "");
}

static int says_cols(const struct result *report)
{
    char text[SAYS_COLS * 4];
    enum style style;
    int cols = 0;
    for (size_t i = 0; i < report->n_series; i++)
        if (is_interval(&report->series[i])) {
            say(report, &report->series[i], text, &style);
            int width = (int)text_width(text, strlen(text));
            cols = width > cols ? width : cols;
        }
    return cols < SAYS_COLS ? cols : SAYS_COLS;
}

static int name_cols(const struct result *report, int most)
{
    int cols = 0;
    for (size_t i = 0; i < report->n_series; i++) {
        int width = (int)text_width(report->series[i].name, strlen(report->series[i].name));
        cols = is_interval(&report->series[i]) && width > cols ? width : cols;
    }
    return cols < most ? cols : most;
}

int intervals_draw(const struct result *report, struct canvas *canvas, struct area area)
{
    int names = name_cols(report, area.cols / 3 < NAME_COLS_MAX ? area.cols / 3 : NAME_COLS_MAX);
    int right = says_cols(report);
    right = area.cols - names - 1 - right - 1 >= PLOT_COLS_LEAST ? right : 0;
    int cols = area.cols - names - 1 - (right > 0 ? right + 1 : 0), row = 0;
    struct area plot = area_part(area, 0, names + 1, area.rows, cols);
    struct scale scale = find_scale(report, cols);
    size_t n = intervals_count(report), shown = 0;
    size_t room = area.rows > 2 ? (size_t)(area.rows - 1 - (n + 1 > (size_t)area.rows)) : 0;
    for (size_t i = 0; i < report->n_series && shown < room; i++) {
        const struct series *line = &report->series[i];
        if (!is_interval(line))
            continue;
        char text[SAYS_COLS * 4];
        enum style style;
        say(report, line, text, &style);
        canvas_field(canvas, area, row, 0, names, ALIGN_LEFT, STYLE_NORMAL, line->name);
        draw_line(line, &scale, style, canvas, plot, row);
        if (right > 0)
            canvas_field(canvas, area, row, area.cols - right, right, ALIGN_LEFT, style, text);
        row++;
        shown++;
    }
    if (shown > 0) {
        canvas_field(canvas, area, row, 0, names, ALIGN_RIGHT, STYLE_DIM, "% to control");
        draw_axis(&scale, canvas, plot, row++);
    }
    if (shown < n)
        canvas_printf(canvas, area, row++, 0, STYLE_DIM, "%zu more of %zu need a larger window", n - shown, n);
    return row;
}
