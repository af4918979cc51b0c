/* How often each value of a column occurs, or how its numbers are spread. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "command/render.h"
#include "ui/grid.h"
#include "ui/plot.h"

struct summary_screen {
    struct screen screen;
    struct grid grid;
    struct source *source; /* of the rows that are counted */
    char where[BROWSE_WHERE_MAX], column[GRID_NAME_MAX];
    size_t bins;
    bool numbers; /* a histogram as its table */
    struct error problem;
    double x[BROWSE_BINS_MAX + 1], y[BROWSE_BINS_MAX + 1];
    size_t n;
    bool time;
    char unit[32];
};

struct counting {
    struct source *source;
    char where[BROWSE_WHERE_MAX], column[GRID_NAME_MAX];
    size_t bins;
    struct result result;
};

static void counting_free(void *data)
{
    struct counting *c = data;
    source_drop(c->source);
    result_release(&c->result);
    mem_free(c);
}

static int count(struct store *store, void *data, struct job *job, struct error *err)
{
    struct counting *c = data;
    struct browse_query query = {.where = c->where};
    int rc = c->source->ops->summary(c->source, store, &query, c->column, c->bins, &c->result, job, err);
    return rc != 0 ? rc : result_check(&c->result, err);
}

static void deliver(void *owner, void *data, int rc, const struct error *err)
{
    struct summary_screen *self = owner;
    struct counting *c = data;
    self->grid.coming = false;
    self->problem = rc != 0 ? *err : (struct error){0};
    if (rc != 0)
        return;
    grid_set_source(&self->grid, source_of_result(&c->result));
    const struct series *p = c->result.n_series > 0 ? &c->result.series[0] : NULL;
    for (self->n = 0; p != NULL && self->n < p->n && self->n <= BROWSE_BINS_MAX; self->n++) {
        self->x[self->n] = p->points[self->n].x;
        self->y[self->n] = p->points[self->n].y;
    }
    if (p != NULL) {
        self->time = strcmp(p->x_unit, "time") == 0;
        snprintf(self->unit, sizeof self->unit, "%s", self->time ? "" : p->x_unit);
    }
}

static void ask(struct summary_screen *self)
{
    struct counting *c = mem_zalloc(1, sizeof *c);
    if (c == NULL)
        return;
    fetcher_forget(console_fetcher(self->screen.console), self);
    c->source = source_hold(self->source);
    strcpy(c->where, self->where);
    strcpy(c->column, self->column);
    c->bins = self->bins;
    result_init(&c->result);
    struct question q = {.owner = self, .lane = READ_LATER, .data = c, .without_store = !self->source->of_store,
                         .read = count, .deliver = deliver, .free = counting_free};
    self->grid.coming = fetcher_ask(console_fetcher(self->screen.console), &q, &self->problem) == 0;
}

/* Enter on a value: the rows that have it. */
static void open_value(struct screen *s)
{
    struct summary_screen *self = (struct summary_screen *)s;
    const struct cell *cell = grid_cell(&self->grid, self->column);
    if (self->bins > 0 || self->source->view[0] == '\0' || cell == NULL) {
        console_push(s->console, &screen_row, &self->grid, "row");
        return;
    }
    struct str argument, title;
    str_init(&argument, BROWSE_WHERE_MAX);
    str_init(&title, BROWSE_WHERE_MAX);
    str_printf(&argument, "%s %s", self->source->view, self->where);
    if (cell->type == CELL_NULL)
        str_puts(&title, "missing");
    else
        render_cell(&title, NULL, cell);
    if (grid_put_term(s->console, &argument, self->column, cell))
        console_push(s->console, &screen_rows, str_text(&argument), str_text(&title));
    str_release(&argument);
    str_release(&title);
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct summary_screen *self = (struct summary_screen *)s;
    const struct summary_argument *a = argument;
    (void)err;
    self->source = source_hold(a->source);
    snprintf(self->where, sizeof self->where, "%s", a->where);
    snprintf(self->column, sizeof self->column, "%s", a->column);
    self->bins = a->bins;
    grid_init(&self->grid, s, NULL);
    self->grid.open = open_value;
    self->grid.bar_column = a->bins > 0 ? 3 : 2; /* n */
    ask(self);
    return 0;
}

static void close_it(struct screen *s)
{
    struct summary_screen *self = (struct summary_screen *)s;
    grid_release(&self->grid);
    source_drop(self->source);
}

static void draw_chart(const struct summary_screen *self, struct canvas *c, struct area a)
{
    struct plot plot = {.kind = PLOT_BARS, .series = {{"rows", self->x, self->y, self->n}}, .n = 1,
                        .x_unit = self->unit[0] != '\0' ? self->unit : self->column, .y_unit = "", .x_time = self->time};
    plot_draw(&plot, c, area_part(a, 1, 0, a.rows - 1, a.cols));
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct summary_screen *self = (struct summary_screen *)s;
    if (self->problem.code != 0)
        canvas_wrap(c, a, 1, STYLE_BAD, self->problem.why);
    else if (self->grid.coming && self->grid.n_rows == 0)
        canvas_text(c, a, 1, 0, STYLE_DIM, "Counting ...  Esc cancels it.");
    else if (self->bins > 0 && !self->numbers && self->n > 0)
        draw_chart(self, c, a);
    else
        grid_draw(&self->grid, c, a);
}

static void refresh(struct screen *s)
{
    ask((struct summary_screen *)s);
}

static bool can_chart(struct screen *s, const char **why)
{
    *why = "frequencies have their bars beside them";
    return ((struct summary_screen *)s)->bins > 0;
}

static void act_chart(struct screen *s)
{
    struct summary_screen *self = (struct summary_screen *)s;
    self->numbers = !self->numbers;
    console_changed(s->console);
}

static const struct action actions[] = {
    {"chart", "v", "numbers", "show the histogram as numbers, or as a chart again", can_chart, act_chart},
    {0},
};

const struct screen_kind screen_summary = {
    .name = "summary",
    .help = "How often each value of a column occurs, or how its numbers are spread. Enter on a value shows its rows.",
    .size = sizeof(struct summary_screen),
    .tables = {actions, grid_actions},
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = grid_screen_event,
    .refresh = refresh,
};
