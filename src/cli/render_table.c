#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/render.h"

int render_cell(struct str *out, const struct column *column, const struct cell *cell)
{
    char buf[40];
    switch (cell->type) {
    case CELL_NULL: return 0;
    case CELL_TEXT: return text_terminal_safe(out, cell->text, strlen(cell->text));
    case CELL_INT: return str_printf(out, "%" PRId64, cell->integer);
    case CELL_BOOL: return str_puts(out, cell->boolean ? "yes" : "no");
    case CELL_TIME: return str_puts(out, clock_format(cell->integer, buf, sizeof buf));
    case CELL_REAL:
        if (column != NULL && column->decimals >= 0)
            return str_printf(out, "%.*f", column->decimals, cell->real);
        return str_printf(out, "%.6g", cell->real);
    }
    return 0;
}

static bool is_number(enum cell_type type)
{
    return type == CELL_INT || type == CELL_REAL;
}

/* The grid of rendered cells, made once: measuring and printing use the same text. */
struct grid {
    size_t columns, rows;
    char **text;   /* header row first */
    size_t *width; /* per column */
};

static void grid_release(struct grid *g)
{
    if (g->text != NULL)
        for (size_t i = 0; i < g->columns * (g->rows + 1); i++)
            mem_free(g->text[i]);
    mem_free(g->text);
    mem_free(g->width);
}

static int grid_make(struct grid *g, const struct result *r)
{
    *g = (struct grid){.columns = r->n_columns, .rows = r->n_rows};
    g->text = mem_zalloc(g->columns * (g->rows + 1), sizeof *g->text);
    g->width = mem_zalloc(g->columns, sizeof *g->width);
    if (g->text == NULL || g->width == NULL)
        return -1;
    for (size_t row = 0; row <= g->rows; row++)
        for (size_t c = 0; c < g->columns; c++) {
            struct str s;
            str_init(&s, 1 << 20);
            if (row == 0)
                str_puts(&s, r->columns[c].name);
            else
                render_cell(&s, &r->columns[c], result_cell(r, row - 1, c));
            char *text = str_take(&s);
            if (text == NULL)
                return -1;
            g->text[row * g->columns + c] = text;
            size_t w = text_width(text, strlen(text));
            if (w > g->width[c])
                g->width[c] = w;
        }
    return 0;
}

enum { GAP = 2, LEAST_WIDTH = 8 };

/* Takes columns of text from the widest until the line fits. */
static void grid_fit(struct grid *g, const struct result *r, size_t width)
{
    for (;;) {
        size_t total = 0, widest = SIZE_MAX;
        for (size_t c = 0; c < g->columns; c++) {
            total += g->width[c] + (c > 0 ? GAP : 0);
            if (r->columns[c].type == CELL_TEXT && g->width[c] > LEAST_WIDTH &&
                (widest == SIZE_MAX || g->width[c] > g->width[widest]))
                widest = c;
        }
        if (total <= width || widest == SIZE_MAX)
            return;
        size_t over = total - width, spare = g->width[widest] - LEAST_WIDTH;
        size_t second = LEAST_WIDTH;
        for (size_t c = 0; c < g->columns; c++)
            if (c != widest && r->columns[c].type == CELL_TEXT && g->width[c] > second)
                second = g->width[c];
        size_t step = g->width[widest] > second ? g->width[widest] - second : 1;
        g->width[widest] -= step < over ? (step < spare ? step : spare) : (over < spare ? over : spare);
    }
}

/* Appends the text cut to `width` columns, with an ellipsis when cut; returns the columns used. */
static size_t put_cut(struct str *out, const char *text, size_t width)
{
    size_t n = strlen(text), full = text_width(text, n);
    if (full <= width) {
        str_append(out, text, n);
        return full;
    }
    size_t used = 0, at = 0;
    while (at < n) {
        uint32_t c;
        size_t len = text_utf8_decode(text + at, n - at, &c);
        if (len == 0)
            len = 1;
        size_t w = text_width(text + at, len);
        if (used + w + 1 > width)
            break;
        used += w;
        at += len;
    }
    str_append(out, text, at);
    str_puts(out, "\xE2\x80\xA6");
    return used + 1;
}

static void put_row(struct str *out, const struct grid *g, const struct result *r, size_t row)
{
    for (size_t c = 0; c < g->columns; c++) {
        const char *text = g->text[row * g->columns + c];
        size_t w = text_width(text, strlen(text));
        size_t pad = w < g->width[c] ? g->width[c] - w : 0;
        bool right = is_number(r->columns[c].type);
        if (c > 0)
            str_pad(out, ' ', GAP);
        if (right)
            str_pad(out, ' ', pad);
        put_cut(out, text, g->width[c]);
        if (!right && c + 1 < g->columns)
            str_pad(out, ' ', pad);
    }
    str_putc(out, '\n');
}

static void put_summary(struct str *out, const struct result *r)
{
    size_t widest = 0;
    for (size_t i = 0; i < r->n_summary; i++) {
        size_t w = strlen(r->summary[i].name);
        widest = w > widest ? w : widest;
    }
    for (size_t i = 0; i < r->n_summary; i++) {
        const struct fact *f = &r->summary[i];
        for (const char *p = f->name; *p != '\0'; p++)
            str_putc(out, *p == '_' ? ' ' : *p);
        str_pad(out, ' ', widest - strlen(f->name) + GAP);
        if (f->value.type == CELL_NULL)
            str_puts(out, "-");
        render_cell(out, NULL, &f->value);
        if (f->unit[0] != '\0')
            str_printf(out, " %s", f->unit);
        str_putc(out, '\n');
    }
}

static void put_definitions(struct str *out, const struct result *r)
{
    bool any = false;
    for (size_t c = 0; c < r->n_columns; c++) {
        const struct column *col = &r->columns[c];
        if (col->definition[0] == '\0' && col->unit[0] == '\0')
            continue;
        if (!any)
            str_putc(out, '\n');
        any = true;
        str_printf(out, "  %s: %s%s%s%s\n", col->name, col->definition,
                   col->unit[0] != '\0' ? (col->definition[0] != '\0' ? " [" : "in ") : "", col->unit,
                   col->unit[0] != '\0' && col->definition[0] != '\0' ? "]" : "");
    }
}

static int put_grid(struct str *out, const struct result *r, const struct render_options *o)
{
    struct grid g;
    int rc = grid_make(&g, r);
    if (rc == 0) {
        if (o->width > 0)
            grid_fit(&g, r, o->width);
        if (o->bold)
            str_puts(out, "\033[1m");
        put_row(out, &g, r, 0);
        if (o->bold)
            str_puts(out, "\033[0m");
        for (size_t row = 1; row <= g.rows; row++)
            put_row(out, &g, r, row);
    } else {
        out->failed = true;
    }
    grid_release(&g);
    return rc;
}

int render_table(struct str *out, const struct result *r, const struct render_options *o)
{
    if (r->document != NULL)
        return str_puts(out, r->document);
    if (r->title != NULL) {
        text_terminal_safe(out, r->title, strlen(r->title));
        str_puts(out, "\n\n");
    }
    if (r->n_columns > 0 && r->n_rows > 0) {
        put_grid(out, r, o);
        if (!o->quiet)
            put_definitions(out, r);
        if (r->n_summary > 0)
            str_putc(out, '\n');
    }
    put_summary(out, r);
    if (r->n_notes > 0 && !o->quiet) {
        if (r->n_summary > 0 || r->n_rows > 0)
            str_putc(out, '\n');
        for (size_t i = 0; i < r->n_notes; i++) {
            text_terminal_safe(out, r->notes[i], strlen(r->notes[i]));
            str_putc(out, '\n');
        }
    }
    return out->failed ? -1 : 0;
}
