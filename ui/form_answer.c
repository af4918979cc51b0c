#include "ui/form_answer.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "command/render.h"
#include "ui/ask.h"
#include "ui/plot.h"

enum { FACT_COLS = 22, FACTS_AND_REST = 15, PLOT_ROWS_LEAST = 6, PLOT_ROWS_MOST = 16, POINTS_MAX = 64, COLUMN_COLS = 11 };

/* What is asked next of a design, after users and days. */
static const char *const facts[] = {"users in each treatment", "users a day", "baseline", "users saved by it"};

void form_answer_init(struct form_answer *self, struct console *console)
{
    self->console = console;
    result_init(&self->result);
}

void form_answer_release(struct form_answer *self)
{
    if (self->console == NULL)
        return;
    fetcher_forget(console_fetcher(self->console), self);
    result_release(&self->result);
}

static void deliver(void *owner, int tag, struct result *result, int rc, const struct error *err)
{
    struct form_answer *self = owner;
    (void)tag;
    self->coming = false;
    self->problem = rc != 0 ? *err : (struct error){0};
    if (rc != 0)
        return;
    result_release(&self->result);
    self->result = *result;
    result_init(result);
    self->known = true;
}

void form_answer_ask(struct form_answer *self, const struct command *command, const char *const *values)
{
    const char *all[FORM_VALUES_MAX + 3];
    size_t n = 0;
    while (values[n] != NULL && n < FORM_VALUES_MAX) {
        all[n] = values[n];
        n++;
    }
    all[n++] = "dry-run", all[n++] = "1", all[n] = NULL;
    struct ask ask = {.owner = self, .command = command, .values = all, .lane = READ_LATER, .deliver = deliver};
    fetcher_forget(console_fetcher(self->console), self);
    self->problem = (struct error){0};
    self->coming = ask_command(self->console, &ask, &self->problem) == 0;
}

static void put_fact(struct str *out, const struct result *r, const char *before, const char *name, const char *behind)
{
    const struct cell *value = result_fact_named(r, name);
    struct column column = {.decimals = -1};
    if (value == NULL || value->type == CELL_NULL)
        return;
    column.type = value->type;
    str_puts(out, before);
    render_cell(out, &column, value);
    str_puts(out, behind);
}

static void draw_headline(const struct form_answer *self, struct canvas *c, struct area a)
{
    struct str text;
    str_init(&text, 256);
    put_fact(&text, &self->result, "That takes ", "users in all", " users");
    put_fact(&text, &self->result, ", ", "days", " days");
    canvas_text(c, a, 0, 0, self->coming ? STYLE_DIM : STYLE_TITLE, str_text(&text));
    str_release(&text);
}

static int draw_facts(const struct result *r, struct canvas *c, struct area a, int row, enum style style)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0] && row < a.rows; i++) {
        struct str text;
        str_init(&text, 256);
        put_fact(&text, r, "", facts[i], "");
        if (text.len > 0) {
            canvas_field(c, a, row, 0, FACT_COLS, ALIGN_LEFT, STYLE_LABEL, facts[i]);
            canvas_text(c, a, row++, FACT_COLS + 1, style, str_text(&text));
        }
        str_release(&text);
    }
    return row;
}

static int draw_rows(const struct result *r, struct canvas *c, struct area a, int row, enum style style)
{
    int cols = a.cols / (int)(r->n_columns > 0 ? r->n_columns : 1);
    cols = cols < COLUMN_COLS ? cols : COLUMN_COLS;
    for (size_t k = 0; k < r->n_columns; k++)
        canvas_field(c, a, row, (int)k * cols, cols - 1, ALIGN_RIGHT, STYLE_HEADER, r->columns[k].name);
    for (size_t i = 0; i < r->n_rows && ++row < a.rows; i++)
        for (size_t k = 0; k < r->n_columns; k++) {
            struct str text;
            str_init(&text, 256);
            render_cell(&text, &r->columns[k], result_cell(r, i, k));
            if (text.len > 0)
                str_puts(&text, r->columns[k].unit[0] == '%' ? " %" : strcmp(r->columns[k].unit, "days") == 0 ? " d" : "");
            canvas_field(c, a, row, (int)k * cols, cols - 1, ALIGN_RIGHT, style, str_text(&text));
            str_release(&text);
        }
    return row + 1;
}

static int draw_curve(const struct result *r, struct canvas *c, struct area a, int row)
{
    double x[POINTS_MAX], y[POINTS_MAX];
    int rows = a.rows - row < PLOT_ROWS_MOST ? a.rows - row : PLOT_ROWS_MOST;
    if (r->n_series == 0 || r->series[0].n < 2 || rows < PLOT_ROWS_LEAST)
        return row;
    const struct series *s = &r->series[0];
    size_t n = s->n < POINTS_MAX ? s->n : POINTS_MAX;
    for (size_t i = 0; i < n; i++) {
        x[i] = s->points[i].x;
        y[i] = s->points[i].y;
    }
    struct plot plot = {.kind = PLOT_LINE, .series = {{s->name, x, y, n}}, .n = 1, .x_unit = s->x_unit, .y_unit = s->name,
                        .from_zero = true};
    plot_draw(&plot, c, area_part(a, row, 0, rows, a.cols));
    return row + rows;
}

void form_answer_draw(const struct form_answer *self, struct canvas *canvas, struct area area)
{
    const struct result *r = &self->result;
    if (self->problem.code != 0) {
        int row = canvas_printf(canvas, area, 0, 0, STYLE_TITLE, "Not yet:") > 0;
        char text[sizeof self->problem.what + sizeof self->problem.why + 2];
        snprintf(text, sizeof text, "%s %s", self->problem.what, self->problem.why);
        canvas_wrap(canvas, area, row, STYLE_WARN, text);
        return;
    }
    if (!self->known) {
        canvas_text(canvas, area, 0, 0, STYLE_DIM, "Reading the shop's history ...");
        return;
    }
    enum style style = self->coming ? STYLE_DIM : STYLE_NORMAL; /* what is not up to date */
    draw_headline(self, canvas, area);
    int row = area.rows < FACTS_AND_REST ? 1 : draw_facts(r, canvas, area, 1, style);
    row = draw_rows(r, canvas, area, row, style);
    row = draw_curve(r, canvas, area, row);
    for (size_t i = 0; i < r->n_notes && row < area.rows; i++)
        row = canvas_wrap(canvas, area, row, STYLE_WARN, r->notes[i]);
}
