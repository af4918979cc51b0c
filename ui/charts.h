/* charts: curves in panels, one for each thing that is measured, with earlier runs laid over them.
 *
 * A series is named "who: metric" ("ials, validation: ndcg@10"); those with the same metric share a panel and its axis.
 * Copies what it is given; one thread. */
#ifndef RECKON_UI_CHARTS_H
#define RECKON_UI_CHARTS_H

#include "base/curves.h"
#include "command/result.h"
#include "ui/canvas.h"

enum { CHART_SERIES_MAX = 48, CHART_NAME_MAX = 128 };

struct chart_series {
    char name[CHART_NAME_MAX], x_unit[16];
    double *x, *y;
    size_t n, cap;
};

struct charts {
    struct chart_series series[CHART_SERIES_MAX];
    size_t n;
    bool log_y, numbers; /* numbers: as a table of the same points */
    unsigned zoom;       /* only the last 1 / 2^zoom */
};

void charts_clear(struct charts *self); /* zeroed is fine; keeps log_y, numbers and zoom */
/* Appends to the series of that name, which is begun when it is not there; what is beyond the bounds is left out. */
void charts_add(struct charts *self, const char *name, const char *x_unit, double x, double y);
void charts_add_curves(struct charts *self, struct curves *curves);
void charts_add_result(struct charts *self, const struct result *result);

/* by 1: twice as near, -1: half, 0: all of it. */
void charts_zoom(struct charts *self, int by);

/* As many panels as there is room for, and a line that says how many more there are. */
void charts_draw(const struct charts *self, struct canvas *canvas, struct area area);

#endif
