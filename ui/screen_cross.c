/* Two columns together: how often each pair of their values occurs, as a heat map or as numbers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "command/render.h"
#include "ui/grid.h"
#include "ui/heat.h"

enum { SIDE_MAX = 60, LABEL_MAX = 64, PAIRS_MAX = 5000 };

/* The values of one column that are on the map: numbers and days in their order, texts with the most frequent first. */
struct side {
    char labels[SIDE_MAX][LABEL_MAX];
    double numbers[SIDE_MAX];
    size_t n, order[SIDE_MAX]; /* place on the map -> label */
};

struct cross_screen {
    struct screen screen;
    struct grid grid; /* the numbers */
    struct source *source;
    char where[BROWSE_WHERE_MAX], a[GRID_NAME_MAX], b[GRID_NAME_MAX];
    struct side rows, cols;
    double *values; /* SIDE_MAX x SIDE_MAX, rows.n x cols.n of it in use */
    bool numbers, log;
    struct error problem;
};

struct crossing {
    struct source *source;
    char where[BROWSE_WHERE_MAX], a[GRID_NAME_MAX], b[GRID_NAME_MAX];
    struct result result;
};

static void crossing_free(void *data)
{
    struct crossing *c = data;
    source_drop(c->source);
    result_release(&c->result);
    mem_free(c);
}

static int count(struct store *store, void *data, struct job *job, struct error *err)
{
    struct crossing *c = data;
    struct browse_query query = {.where = c->where};
    int rc = c->source->ops->cross(c->source, store, &query, c->a, c->b, PAIRS_MAX, &c->result, job, err);
    return rc != 0 ? rc : result_check(&c->result, err);
}

/* The place of a value on its side; SIZE_MAX: there is no room for it. */
static size_t place_of(struct side *self, const struct result *r, size_t row, size_t column)
{
    const struct cell *cell = result_cell(r, row, column);
    struct str text;
    size_t at = 0;
    str_init(&text, 1 << 16);
    if (cell->type == CELL_NULL)
        str_puts(&text, "(missing)");
    else
        render_cell(&text, &r->columns[column], cell);
    char label[LABEL_MAX];
    snprintf(label, sizeof label, "%.*s", LABEL_MAX - 1, str_text(&text));
    str_release(&text);
    while (at < self->n && strcmp(self->labels[at], label) != 0)
        at++;
    if (at == SIDE_MAX)
        return SIZE_MAX;
    if (at == self->n) {
        strcpy(self->labels[at], label);
        self->numbers[at] = cell->type == CELL_INT ? (double)cell->integer : cell->type == CELL_REAL ? cell->real
                            : cell->type == CELL_NULL ? (double)INFINITY : 0;
        size_t *order = self->order, i = at;
        for (; i > 0 && self->numbers[at] < self->numbers[order[i - 1]]; i--)
            order[i] = order[i - 1];
        order[i] = at;
        self->n++;
    }
    return at;
}

/* Pairs come most frequent first. */
static void fill(struct cross_screen *self, const struct result *r)
{
    self->rows.n = self->cols.n = 0;
    memset(self->values, 0, SIDE_MAX * SIDE_MAX * sizeof *self->values);
    for (size_t i = 0; i < r->n_rows; i++) {
        size_t row = place_of(&self->rows, r, i, 0), col = place_of(&self->cols, r, i, 1);
        if (row != SIZE_MAX && col != SIZE_MAX)
            self->values[row * SIDE_MAX + col] += (double)result_cell(r, i, 2)->integer;
    }
}

static void deliver(void *owner, void *data, int rc, const struct error *err)
{
    struct cross_screen *self = owner;
    struct crossing *c = data;
    self->grid.coming = false;
    self->problem = rc != 0 ? *err : (struct error){0};
    if (rc != 0)
        return;
    fill(self, &c->result);
    grid_set_source(&self->grid, source_of_result(&c->result));
}

static void ask(struct cross_screen *self)
{
    struct crossing *c = mem_zalloc(1, sizeof *c);
    if (c == NULL)
        return;
    fetcher_forget(console_fetcher(self->screen.console), self);
    c->source = source_hold(self->source);
    strcpy(c->where, self->where);
    strcpy(c->a, self->a);
    strcpy(c->b, self->b);
    result_init(&c->result);
    struct question q = {.owner = self, .lane = READ_LATER, .data = c, .read = count, .deliver = deliver,
                         .free = crossing_free};
    self->grid.coming = fetcher_ask(console_fetcher(self->screen.console), &q, &self->problem) == 0;
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct cross_screen *self = (struct cross_screen *)s;
    const struct cross_argument *a = argument;
    self->source = source_hold(a->source);
    snprintf(self->where, sizeof self->where, "%s", a->where);
    snprintf(self->a, sizeof self->a, "%s", a->a);
    snprintf(self->b, sizeof self->b, "%s", a->b);
    grid_init(&self->grid, s, NULL);
    self->grid.bar_column = 3;
    self->values = mem_zalloc(SIDE_MAX * SIDE_MAX, sizeof *self->values);
    if (self->values == NULL)
        return error_nomem(err, "the map");
    ask(self);
    return 0;
}

static void close_it(struct screen *s)
{
    struct cross_screen *self = (struct cross_screen *)s;
    grid_release(&self->grid);
    source_drop(self->source);
    mem_free(self->values);
}

static void draw_map(const struct cross_screen *self, struct canvas *c, struct area a)
{
    const char *rows[SIDE_MAX], *cols[SIDE_MAX];
    double *packed = mem_zalloc(self->rows.n * self->cols.n, sizeof *packed);
    for (size_t i = 0; packed != NULL && i < self->rows.n * self->cols.n; i++) {
        size_t row = self->rows.order[i / self->cols.n], col = self->cols.order[i % self->cols.n];
        rows[i / self->cols.n] = self->rows.labels[row];
        cols[i % self->cols.n] = self->cols.labels[col];
        packed[i] = self->values[row * SIDE_MAX + col];
    }
    struct heat heat = {rows, cols, self->rows.n, self->cols.n, packed, "rows", self->log};
    if (packed != NULL)
        heat_draw(&heat, c, a);
    mem_free(packed);
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct cross_screen *self = (struct cross_screen *)s;
    if (self->problem.code != 0)
        canvas_wrap(c, a, 1, STYLE_BAD, self->problem.why);
    else if (self->grid.coming && self->grid.n_rows == 0)
        canvas_text(c, a, 1, 0, STYLE_DIM, "Counting ...  Esc cancels it.");
    else if (!self->numbers && self->rows.n > 0)
        draw_map(self, c, area_part(a, 1, 0, a.rows - 1, a.cols));
    else
        grid_draw(&self->grid, c, a);
}

static void refresh(struct screen *s)
{
    ask((struct cross_screen *)s);
}

static void act_chart(struct screen *s)
{
    struct cross_screen *self = (struct cross_screen *)s;
    self->numbers = !self->numbers;
    console_changed(s->console);
}

static void act_log(struct screen *s)
{
    struct cross_screen *self = (struct cross_screen *)s;
    self->log = !self->log;
    console_changed(s->console);
}

static const struct action actions[] = {
    {"chart", "v", "numbers", "show the map as numbers, or as a map again", NULL, act_chart},
    {"log-scale", "L", "log", "shades by powers of ten, or by equal steps", NULL, act_log},
    {0},
};

const struct screen_kind screen_cross = {
    .name = "cross",
    .help = "How often the values of two columns occur together; of a column of times with itself: the hours of the week "
            "(UTC).",
    .size = sizeof(struct cross_screen),
    .tables = {actions, grid_actions},
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = grid_screen_event,
    .refresh = refresh,
};
