#include "ui/charts.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ui/plot.h"

enum { PANEL_ROWS = 7, PANEL_COLS = 44, PANELS_MAX = 12 };

void charts_clear(struct charts *self)
{
    for (size_t i = 0; i < self->n; i++) {
        mem_free(self->series[i].x);
        mem_free(self->series[i].y);
    }
    self->n = 0;
}

static struct chart_series *find(struct charts *self, const char *name, const char *x_unit)
{
    char cut[CHART_NAME_MAX];
    snprintf(cut, sizeof cut, "%s", name);
    for (size_t i = self->n; i-- > 0;)
        if (strcmp(self->series[i].name, cut) == 0)
            return &self->series[i];
    if (self->n == CHART_SERIES_MAX)
        return NULL;
    struct chart_series *s = &self->series[self->n++];
    *s = (struct chart_series){0};
    snprintf(s->name, sizeof s->name, "%s", cut);
    snprintf(s->x_unit, sizeof s->x_unit, "%s", x_unit);
    return s;
}

static bool make_room(struct chart_series *s)
{
    if (s->n < s->cap)
        return true;
    size_t cap = s->cap > 0 ? 2 * s->cap : 32;
    double *x = mem_realloc(s->x, cap, sizeof *x);
    if (x == NULL)
        return false;
    s->x = x;
    double *y = mem_realloc(s->y, cap, sizeof *y);
    if (y == NULL)
        return false;
    s->y = y;
    s->cap = cap;
    return true;
}

void charts_add(struct charts *self, const char *name, const char *x_unit, double x, double y)
{
    struct chart_series *s = find(self, name, x_unit);
    if (s == NULL || !make_room(s))
        return;
    s->x[s->n] = x;
    s->y[s->n++] = y;
}

static int add_curve(void *context, const struct curve *c)
{
    for (size_t i = 0; i < c->n; i++)
        charts_add(context, c->name, c->x_unit, c->x[i], c->y[i]);
    return 0;
}

void charts_add_curves(struct charts *self, struct curves *curves)
{
    curves_each(curves, add_curve, self);
}

void charts_add_result(struct charts *self, const struct result *result)
{
    for (size_t s = 0; s < result->n_series; s++)
        for (size_t i = 0; i < result->series[s].n; i++)
            charts_add(self, result->series[s].name, result->series[s].x_unit, result->series[s].points[i].x,
                       result->series[s].points[i].y);
}

/* ---- panels -------------------------------------------------------------------------------------------- */

struct panel {
    char metric[CHART_NAME_MAX];
    const struct chart_series *series[PLOT_SERIES_MAX];
    size_t n, left_out;
};

/* "ials, validation: ndcg@10 (2)" -> "ndcg@10". */
static void metric_of(const char *name, char out[CHART_NAME_MAX])
{
    const char *colon = strrchr(name, ':');
    snprintf(out, CHART_NAME_MAX, "%s", colon != NULL ? colon + 1 + strspn(colon + 1, " ") : name);
    char *number = strstr(out, " (");
    if (number != NULL)
        *number = '\0';
}

/* "ials, validation: ndcg@10 (2)" -> "ials, validation (2)". */
static void who_of(const char *name, char out[CHART_NAME_MAX])
{
    const char *colon = strrchr(name, ':'), *number = strrchr(name, '(');
    snprintf(out, CHART_NAME_MAX, "%.*s%s%s", (int)(colon != NULL ? colon - name : 0), name,
             number != NULL && colon != NULL && number > colon ? " " : "",
             number != NULL && colon != NULL && number > colon ? number : "");
    if (colon == NULL)
        snprintf(out, CHART_NAME_MAX, "%s", name);
}

static size_t make_panels(const struct charts *self, struct panel *panels)
{
    size_t n = 0;
    for (size_t s = self->n; s-- > 0;) { /* the newest matter most */
        char metric[CHART_NAME_MAX];
        size_t p = 0;
        metric_of(self->series[s].name, metric);
        while (p < n && strcmp(panels[p].metric, metric) != 0)
            p++;
        if (p == PANELS_MAX)
            continue;
        if (p == n) {
            panels[n++] = (struct panel){0};
            memcpy(panels[p].metric, metric, sizeof metric);
        }
        if (panels[p].n < PLOT_SERIES_MAX)
            panels[p].series[panels[p].n++] = &self->series[s];
        else
            panels[p].left_out++;
    }
    return n;
}

/* A loss is the better the smaller it is. */
static bool smaller_is_better(const char *metric)
{
    return strstr(metric, "loss") != NULL;
}

static void panel_title(const struct panel *p, struct canvas *c, struct area a)
{
    const struct chart_series *s = p->series[0];
    size_t best = 0;
    for (size_t i = 1; i < s->n; i++)
        if (smaller_is_better(p->metric) ? s->y[i] < s->y[best] : s->y[i] > s->y[best])
            best = i;
    int col = canvas_text(c, a, 0, 0, STYLE_TITLE, p->metric);
    if (s->n > 0)
        col = canvas_printf(c, a, 0, col + 2, STYLE_NORMAL, "last %.4g", s->y[s->n - 1]);
    if (s->n > 1 && strcmp(s->x_unit, "time") != 0)
        col = canvas_printf(c, a, 0, col, STYLE_DIM, ", best %.4g at %s %g", s->y[best], s->x_unit, s->x[best]);
    if (p->left_out > 0)
        canvas_printf(c, a, 0, col + 2, STYLE_DIM, "(%zu more runs)", p->left_out);
}

static void draw_plot(const struct charts *self, const struct panel *p, struct canvas *c, struct area a)
{
    char who[PLOT_SERIES_MAX][CHART_NAME_MAX];
    struct plot plot = {.kind = PLOT_LINE, .x_unit = p->series[0]->x_unit, .y_unit = "", .log_y = self->log_y, .zoom = self->zoom,
                        .n = p->n};
    for (size_t i = 0; i < p->n; i++) {
        who_of(p->series[i]->name, who[i]);
        plot.series[i] = (struct plot_series){who[i], p->series[i]->x, p->series[i]->y, p->series[i]->n};
    }
    plot.x_time = strcmp(plot.x_unit, "time") == 0;
    plot_draw(&plot, c, a);
}

/* The last points that there is room for. */
static void draw_numbers(const struct panel *p, struct canvas *c, struct area a)
{
    const struct chart_series *first = p->series[0];
    size_t from = first->n > (size_t)(a.rows - 1) && a.rows > 1 ? first->n - (size_t)(a.rows - 1) : 0;
    canvas_field(c, a, 0, 0, 10, ALIGN_RIGHT, STYLE_HEADER, first->x_unit);
    for (size_t s = 0; s < p->n; s++) {
        char who[CHART_NAME_MAX];
        who_of(p->series[s]->name, who);
        canvas_field(c, a, 0, 11 + (int)s * 17, 16, ALIGN_RIGHT, STYLE_HEADER, who);
    }
    for (size_t i = from; i < first->n; i++) {
        int row = (int)(i - from) + 1;
        char text[32];
        snprintf(text, sizeof text, "%g", first->x[i]);
        canvas_field(c, a, row, 0, 10, ALIGN_RIGHT, STYLE_NORMAL, text);
        for (size_t s = 0; s < p->n; s++)
            for (size_t k = 0; k < p->series[s]->n; k++)
                if (p->series[s]->x[k] - first->x[i] < 1e-9 && first->x[i] - p->series[s]->x[k] < 1e-9) {
                    snprintf(text, sizeof text, "%.6g", p->series[s]->y[k]);
                    canvas_field(c, a, row, 11 + (int)s * 17, 16, ALIGN_RIGHT, STYLE_NORMAL, text);
                }
    }
}

static void draw_panel(const struct charts *self, const struct panel *p, struct canvas *c, struct area a)
{
    struct area body = area_part(a, 1, 0, a.rows - 1, a.cols);
    panel_title(p, c, a);
    if (self->numbers)
        draw_numbers(p, c, body);
    else
        draw_plot(self, p, c, body);
}

void charts_zoom(struct charts *self, int by)
{
    enum { NEAREST = 12 };
    if (by == 0)
        self->zoom = 0;
    else if (by > 0 ? self->zoom < NEAREST : self->zoom > 0)
        self->zoom = by > 0 ? self->zoom + 1 : self->zoom - 1;
}

void charts_draw(const struct charts *self, struct canvas *canvas, struct area area)
{
    struct panel panels[PANELS_MAX];
    size_t n = make_panels(self, panels);
    if (n == 0 || area.rows < 3)
        return;
    size_t across = area.cols >= 2 * PANEL_COLS && n > 1 ? 2 : 1, down = (n + across - 1) / across;
    size_t room = (size_t)(area.rows / PANEL_ROWS);
    down = down > room ? room > 0 ? room : 1 : down;
    size_t shown = down * across < n ? down * across : n;
    int rows = (area.rows - (shown < n)) / (int)down, cols = area.cols / (int)across;
    for (size_t i = 0; i < shown; i++)
        draw_panel(self, &panels[i], canvas,
                   area_part(area, (int)(i / across) * rows, (int)(i % across) * cols, rows, cols - (across > 1 ? 2 : 0)));
    if (shown < n)
        canvas_printf(canvas, area, area.rows - 1, 0, STYLE_DIM, "%zu more of %zu need a larger window", n - shown, n);
}
