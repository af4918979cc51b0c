/* plot: lines, points, bars and sparklines in cells.
 *
 * Drawn with what the canvas allows (canvas.ink): braille (2x4 dots in a cell), blocks (1x2, bars in eighths), or
 * ASCII.  Axes have round numbers and units; times are dates or hours.  Several series are told apart by style and, in
 * ASCII, by their letter, and named in a legend.  A series of any length is drawn in one pass. */
#ifndef RECKON_UI_PLOT_H
#define RECKON_UI_PLOT_H

#include "ui/canvas.h"

enum plot_kind { PLOT_LINE, PLOT_POINTS, PLOT_BARS };
enum { PLOT_SERIES_MAX = 6 };

struct plot_series {
    const char *name;
    const double *x, *y; /* x ascending for lines; not finite: left out */
    size_t n;
};

struct plot {
    enum plot_kind kind;
    struct plot_series series[PLOT_SERIES_MAX]; /* bars: the first alone, one bar for each point */
    size_t n;
    const char *x_unit, *y_unit; /* "" : none */
    bool x_time;                 /* x is ms */
    bool from_zero, log_y;
    unsigned zoom;               /* only the last 1 / 2^zoom of x, whatever comes in meanwhile */
};

void plot_draw(const struct plot *self, struct canvas *canvas, struct area area);

/* Values as one row of small bars over `cols` columns; several values in a column are added up. */
void plot_sparkline(struct canvas *canvas, struct area area, int row, int col, int cols, enum style style,
                    const double *values, size_t n);

/* A round step so that about `n` of them span the range; and a number as a label of at most 7 columns. */
double plot_step(double low, double high, int n);
const char *plot_label(double v, double step, char out[16]);

#endif
