#include "ui/heat.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/plot.h"

enum { ROW_LABEL_MOST = 18, CELL_MOST = 14 };

size_t heat_bounds(double most, bool log, double bounds[HEAT_LEVELS])
{
    size_t n = 0;
    if (!(most > 0))
        return 0;
    double step = plot_step(0, most, HEAT_LEVELS), base = 10;
    while (log && pow(base, HEAT_LEVELS) < most)
        base *= 10;
    for (double bound = log ? base : step; n < HEAT_LEVELS; bound = log ? bound * base : bound + step) {
        bounds[n++] = bound;
        if (bound >= most)
            break;
    }
    return n;
}

static const char *shade(const struct canvas *c, size_t level, size_t levels)
{
    static const char *const inks[] = {"\xC2\xB7", "\xE2\x96\x91", "\xE2\x96\x92", "\xE2\x96\x93", "\xE2\x96\x88"};
    static const char *const letters[] = {".", ":", "+", "*", "#"};
    size_t at = levels > 1 ? level * (HEAT_LEVELS - 1) / (levels - 1) : HEAT_LEVELS - 1; /* the last is the fullest */
    return c->ink == INK_ASCII ? letters[at] : inks[at];
}

static int widest(const char *const *labels, size_t n, int most)
{
    int width = 1;
    for (size_t i = 0; i < n; i++) {
        int w = (int)text_width(labels[i], strlen(labels[i]));
        width = w > width ? w : width;
    }
    return width < most ? width : most;
}

static void draw_legend(const struct heat *self, struct canvas *c, struct area a, const double *bounds, size_t levels)
{
    char to[16];
    int col = 0;
    for (size_t i = 0; i < levels; i++) {
        col = canvas_text(c, a, 0, col, STYLE_SERIES_1, shade(c, i, levels));
        col = canvas_printf(c, a, 0, col, STYLE_NORMAL, " %s%s  ", i > 0 ? "to " : "1 to ",
                            plot_label(bounds[i], bounds[0], to));
    }
    col = canvas_text(c, a, 0, col, STYLE_LABEL, self->unit);
    if (self->log)
        canvas_text(c, a, 0, col + 2, STYLE_DIM, "log scale");
}

/* As many labels as stand apart. */
static void draw_header(const struct heat *self, struct canvas *c, struct area a, size_t cols, int cell)
{
    int behind = 0;
    for (size_t i = 0; i < cols; i++) {
        int col = (int)i * cell;
        int room = cell > 3 ? cell - 1 : (int)text_width(self->cols[i], strlen(self->cols[i]));
        if (col < behind || col + room > a.cols)
            continue;
        canvas_field(c, a, 0, col, room, ALIGN_LEFT, STYLE_HEADER, self->cols[i]);
        behind = col + room + 1;
    }
}

void heat_draw(const struct heat *self, struct canvas *c, struct area a)
{
    double most = 0, bounds[HEAT_LEVELS];
    for (size_t i = 0; i < self->n_rows * self->n_cols; i++)
        most = fmax(most, self->values[i]);
    size_t levels = heat_bounds(most, self->log, bounds);
    if (levels == 0 || a.rows < 4) {
        canvas_text(c, a, 0, 0, STYLE_DIM, levels == 0 ? "There is nothing to draw." : "");
        return;
    }
    int label = widest(self->rows, self->n_rows, a.cols / 3 < ROW_LABEL_MOST ? a.cols / 3 : ROW_LABEL_MOST);
    struct area body = area_part(a, 1, label + 1, a.rows - 3, a.cols - label - 1);
    int cell = widest(self->cols, self->n_cols, CELL_MOST - 1) + 1, room = body.cols / (int)self->n_cols;
    cell = cell > room ? room : cell;
    cell = cell < 1 ? 1 : cell;
    size_t cols = (size_t)(body.cols / cell) < self->n_cols ? (size_t)(body.cols / cell) : self->n_cols;
    size_t rows = (size_t)body.rows < self->n_rows ? (size_t)body.rows : self->n_rows;
    draw_header(self, c, area_part(a, 0, label + 1, 1, body.cols), cols, cell);
    for (size_t r = 0; r < rows; r++) {
        canvas_field(c, a, 1 + (int)r, 0, label, ALIGN_RIGHT, STYLE_LABEL, self->rows[r]);
        for (size_t k = 0; k < cols; k++) {
            double v = self->values[r * self->n_cols + k];
            size_t level = 0;
            while (level + 1 < levels && v > bounds[level])
                level++;
            for (int i = 0; v > 0 && i < (cell > 2 ? cell - 1 : cell); i++)
                canvas_text(c, body, (int)r, (int)k * cell + i, STYLE_SERIES_1, shade(c, level, levels));
        }
    }
    draw_legend(self, c, area_part(a, a.rows - 1, 0, 1, a.cols), bounds, levels);
    if (rows < self->n_rows || cols < self->n_cols)
        canvas_printf(c, a, a.rows - 2, 0, STYLE_DIM, 
                      "%zu of %zu rows and %zu of %zu columns: a larger window shows more", rows, self->n_rows, cols, self->n_cols);
}
