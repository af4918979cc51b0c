#include "ui/plot.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

enum { LABEL_COLS = 8, TICKS_MAX = 20 };

/* The cells that are drawn in, and which dots of each are set. */
struct raster {
    int rows, cols, dots_x, dots_y; /* of a cell */
    unsigned char *dots, *series;
};

struct range {
    double low, high;
};

double plot_step(double low, double high, int n)
{
    double rough = (high - low) / (double)(n > 0 ? n : 1);
    if (!(rough > 0))
        return 1;
    double power = pow(10, floor(log10(rough)));
    double part = rough / power;
    return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

const char *plot_label(double v, double step, char out[16])
{
    double size = fabs(v);
    if (size < step / 1000)
        v = size = 0;
    if (size >= 1e9)
        snprintf(out, 16, "%.4gG", v / 1e9);
    else if (size >= 1e6)
        snprintf(out, 16, "%.4gM", v / 1e6);
    else if (size >= 1e4)
        snprintf(out, 16, "%.4gk", v / 1e3);
    else
        snprintf(out, 16, "%.*f", step >= 1 || step <= 0 ? 0 : (int)fmin(4, ceil(-log10(step) - 1e-9)), v);
    return out;
}

static double value_y(const struct plot *self, double y)
{
    return !self->log_y ? y : y > 0 ? log10(y) : (double)NAN;
}

/* Where x begins: of all, or of its last part. */
static double first_x(const struct plot *self)
{
    struct range x = {DBL_MAX, -DBL_MAX};
    for (size_t s = 0; self->zoom > 0 && s < self->n; s++)
        for (size_t i = 0; i < self->series[s].n; i++)
            if (isfinite(self->series[s].x[i])) {
                x.low = fmin(x.low, self->series[s].x[i]);
                x.high = fmax(x.high, self->series[s].x[i]);
            }
    return x.low <= x.high ? x.high - (x.high - x.low) / ldexp(1, (int)self->zoom) : -DBL_MAX;
}

static bool find_ranges(const struct plot *self, struct range *x, struct range *y)
{
    double from = first_x(self);
    *x = *y = (struct range){DBL_MAX, -DBL_MAX};
    for (size_t s = 0; s < self->n; s++)
        for (size_t i = 0; i < self->series[s].n; i++) {
            double a = self->series[s].x[i], b = value_y(self, self->series[s].y[i]);
            if (!isfinite(a) || !isfinite(b) || a < from)
                continue;
            x->low = fmin(x->low, a), x->high = fmax(x->high, a);
            y->low = fmin(y->low, b), y->high = fmax(y->high, b);
        }
    if (x->low > x->high)
        return false;
    if ((self->from_zero || self->kind == PLOT_BARS) && !self->log_y)
        y->low = fmin(y->low, 0), y->high = fmax(y->high, 0);
    if (x->high <= x->low)
        x->low -= 0.5, x->high += 0.5;
    if (y->high <= y->low)
        y->low -= 0.5, y->high += 0.5;
    return true;
}

/* To round bounds. */
static double round_range(struct range *r, int ticks)
{
    double step = plot_step(r->low, r->high, ticks);
    r->low = floor(r->low / step + 1e-9) * step;
    r->high = ceil(r->high / step - 1e-9) * step;
    return step;
}

/* ---- dots ---------------------------------------------------------------------------------------------- */

static void set_dot(struct raster *r, int x, int y, size_t series)
{
    if (x < 0 || y < 0 || x >= r->cols * r->dots_x || y >= r->rows * r->dots_y)
        return;
    int cell = y / r->dots_y * r->cols + x / r->dots_x;
    static const unsigned char braille[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    r->dots[cell] |= r->dots_y == 4 ? braille[y % 4][x % 2] : (unsigned char)(1 << (y % r->dots_y));
    r->series[cell] = (unsigned char)series;
}

static void draw_segment(struct raster *r, int x0, int y0, int x1, int y1, size_t series)
{
    int dx = x1 > x0 ? x1 - x0 : x0 - x1, dy = y1 > y0 ? y1 - y0 : y0 - y1;
    int steps = dx > dy ? dx : dy;
    for (int i = 0; i <= steps; i++)
        set_dot(r, steps > 0 ? x0 + (x1 - x0) * i / steps : x0, steps > 0 ? y0 + (y1 - y0) * i / steps : y0, series);
}

static void draw_series(const struct plot *self, struct raster *r, const struct range *x, const struct range *y, size_t s)
{
    const struct plot_series *p = &self->series[s];
    int wide = r->cols * r->dots_x - 1, high = r->rows * r->dots_y - 1, x0 = 0, y0 = 0;
    bool before = false;
    for (size_t i = 0; i < p->n; i++) {
        double v = value_y(self, p->y[i]);
        if (!isfinite(p->x[i]) || !isfinite(v) || p->x[i] < x->low) {
            before = false;
            continue;
        }
        int x1 = (int)lround((p->x[i] - x->low) / (x->high - x->low) * wide);
        int y1 = high - (int)lround((v - y->low) / (y->high - y->low) * high);
        if (self->kind == PLOT_LINE && before)
            draw_segment(r, x0, y0, x1, y1, s);
        else
            set_dot(r, x1, y1, s);
        x0 = x1, y0 = y1;
        before = true;
    }
}

static void put_cell(const struct raster *r, struct canvas *c, struct area a, int row, int col)
{
    unsigned char dots = r->dots[row * r->cols + col];
    size_t series = r->series[row * r->cols + col];
    enum style style = (enum style)(STYLE_SERIES_1 + series % PLOT_SERIES_MAX);
    char text[5] = "";
    if (dots == 0)
        return;
    if (r->dots_y == 4) {
        text[0] = (char)0xE2;
        text[1] = (char)(0xA0 | dots >> 6);
        text[2] = (char)(0x80 | (dots & 0x3F));
    } else if (r->dots_y == 2) {
        strcpy(text, dots == 3 ? "\xE2\x96\x88" : dots == 1 ? "\xE2\x96\x80" : "\xE2\x96\x84");
    } else {
        text[0] = series == 0 ? '*' : (char)('a' + series);
    }
    canvas_text(c, a, row, col, style, text);
}

static void draw_dots(const struct plot *self, struct canvas *c, struct area a, const struct range *x,
                      const struct range *y)
{
    struct raster r = {.rows = a.rows, .cols = a.cols,
                       .dots_x = c->ink == INK_BRAILLE ? 2 : 1,
                       .dots_y = c->ink == INK_BRAILLE ? 4 : c->ink == INK_BLOCK ? 2 : 1};
    size_t cells = (size_t)a.rows * (size_t)a.cols;
    r.dots = mem_zalloc(cells, 1);
    r.series = mem_zalloc(cells, 1);
    for (size_t s = 0; r.dots != NULL && r.series != NULL && s < self->n; s++)
        draw_series(self, &r, x, y, s);
    for (int row = 0; r.dots != NULL && r.series != NULL && row < a.rows; row++)
        for (int col = 0; col < a.cols; col++)
            put_cell(&r, c, a, row, col);
    mem_free(r.dots);
    mem_free(r.series);
}

/* ---- bars ---------------------------------------------------------------------------------------------- */

static const char *const eighths[] = {" ", "\xE2\x96\x81", "\xE2\x96\x82", "\xE2\x96\x83", "\xE2\x96\x84",
                                      "\xE2\x96\x85", "\xE2\x96\x86", "\xE2\x96\x87", "\xE2\x96\x88"};

static void draw_bar(struct canvas *c, struct area a, int col, double share, enum style style)
{
    int high = (int)(share * a.rows * 8 + 0.5);
    if (share > 0 && high == 0)
        high = 1; /* a little is not nothing */
    for (int row = a.rows - 1; row >= 0 && high > 0; row--, high -= 8)
        canvas_text(c, a, row, col, style, c->ink == INK_ASCII ? (high >= 4 ? "#" : ".") : eighths[high < 8 ? high : 8]);
}

static void draw_bars(const struct plot *self, struct canvas *c, struct area a, const struct range *y)
{
    const struct plot_series *p = &self->series[0];
    for (int col = 0; p->n > 0 && col < a.cols; col++) {
        size_t i = (size_t)col * p->n / (size_t)a.cols;
        double v = value_y(self, p->y[i]);
        if (isfinite(v))
            draw_bar(c, a, col, (v - y->low) / (y->high - y->low), STYLE_SERIES_1);
    }
}

void plot_sparkline(struct canvas *c, struct area area, int row, int col, int cols, enum style style,
                    const double *values, size_t n)
{
    struct area a = area_part(area, row, col, 1, cols);
    double most = 0;
    for (int pass = 0; pass < 2 && n > 0; pass++)
        for (int i = 0; i < cols; i++) {
            size_t from = (size_t)i * n / (size_t)cols, to = ((size_t)i + 1) * n / (size_t)cols;
            double sum = 0;
            for (size_t k = from; k < (to > from ? to : from + 1); k++)
                sum += values[k];
            most = pass == 0 && sum > most ? sum : most;
            if (pass == 1 && most > 0)
                draw_bar(c, a, i, sum / most, style);
        }
}

/* ---- axes ---------------------------------------------------------------------------------------------- */

static void draw_y_axis(const struct plot *self, struct canvas *c, struct area a, const struct range *y, double step)
{
    char label[16];
    for (int i = 0; i <= TICKS_MAX; i++) {
        double v = y->low + i * step;
        if (v > y->high + step / 2)
            break;
        int row = a.rows - 1 - (int)lround((v - y->low) / (y->high - y->low) * (a.rows - 1));
        double shown = self->log_y ? pow(10, v) : v;
        canvas_field(c, a, row, 0, LABEL_COLS - 1, ALIGN_RIGHT, STYLE_DIM, plot_label(shown, self->log_y ? 0.01 : step, label));
    }
    for (int row = 0; row < a.rows; row++)
        canvas_text(c, a, row, LABEL_COLS, STYLE_BORDER, c->ink == INK_ASCII ? "|" : "\xE2\x94\x82");
}

static void put_x_label(const struct plot *self, double v, double step, char out[32])
{
    char at[40];
    if (!self->x_time) {
        plot_label(v, step, out);
        return;
    }
    clock_format((int64_t)v, at, sizeof at);
    if (step >= 86400000)
        snprintf(out, 32, "%.10s", at);
    else
        snprintf(out, 32, "%.5s %.5s", at + 5, at + 11);
}

static void draw_x_axis(const struct plot *self, struct canvas *c, struct area a, const struct range *x)
{
    static const double times[] = {6e4, 36e5, 864e5, 6048e5, 2592e6, 7776e6, 31536e6};
    int ticks = a.cols / 14 > 0 ? a.cols / 14 : 1;
    double step = plot_step(x->low, x->high, ticks);
    for (size_t i = 0; self->x_time && i < sizeof times / sizeof times[0]; i++)
        if (times[i] >= (x->high - x->low) / ticks) {
            step = times[i];
            break;
        }
    canvas_rule(c, a, 0, STYLE_BORDER);
    int behind = 0;
    for (double v = ceil(x->low / step) * step; v <= x->high; v += step) {
        char label[32];
        int col = (int)lround((v - x->low) / (x->high - x->low) * (a.cols - 1));
        put_x_label(self, v, step, label);
        int width = (int)text_width(label, strlen(label));
        if (col < behind || col + width > a.cols)
            continue;
        canvas_text(c, a, 1, col, STYLE_DIM, label);
        canvas_text(c, a, 0, col, STYLE_BORDER, c->ink == INK_ASCII ? "+" : "\xE2\x94\xB4");
        behind = col + width + 2;
    }
}

static void draw_legend(const struct plot *self, struct canvas *c, struct area a)
{
    int col = LABEL_COLS + 1;
    if (self->y_unit[0] != '\0')
        canvas_field(c, a, 0, 0, LABEL_COLS - 1, ALIGN_RIGHT, STYLE_LABEL, self->y_unit);
    for (size_t s = 0; s < self->n; s++) {
        char sign[2] = {s == 0 ? '*' : (char)('a' + s), '\0'};
        enum style style = (enum style)(STYLE_SERIES_1 + s % PLOT_SERIES_MAX);
        col = canvas_text(c, a, 0, col, style, c->ink == INK_ASCII ? sign : "\xE2\x96\xA0");
        col = canvas_printf(c, a, 0, col, STYLE_NORMAL, " %s  ", self->series[s].name);
    }
    if (self->x_unit[0] != '\0')
        canvas_printf(c, a, 0, col, STYLE_DIM, "over %s", self->x_unit);
    if (self->log_y)
        canvas_text(c, a, 0, a.cols - 10, STYLE_DIM, "log scale");
    if (self->zoom > 0)
        canvas_printf(c, a, 0, a.cols - (self->log_y ? 22 : 11), STYLE_DIM, "last 1/%.0f", ldexp(1, (int)self->zoom));
}

void plot_draw(const struct plot *self, struct canvas *c, struct area a)
{
    struct range x, y;
    if (a.rows < 5 || a.cols < LABEL_COLS + 10)
        return;
    if (!find_ranges(self, &x, &y)) {
        canvas_text(c, a, 0, 0, STYLE_DIM, "There is nothing to plot.");
        return;
    }
    int rows = a.rows - 3;
    double step = round_range(&y, rows / 4 > 1 ? rows / 4 : 2);
    struct area body = area_part(a, 1, LABEL_COLS + 1, rows, a.cols - LABEL_COLS - 1);
    draw_legend(self, c, a);
    draw_y_axis(self, c, area_part(a, 1, 0, rows, a.cols), &y, step);
    draw_x_axis(self, c, area_part(a, 1 + rows, LABEL_COLS + 1, 2, body.cols), &x);
    if (self->kind == PLOT_BARS)
        draw_bars(self, c, body, &y);
    else
        draw_dots(self, c, body, &x, &y);
}
