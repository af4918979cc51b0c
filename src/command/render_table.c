#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "command/render.h"

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

enum { GAP = 2, LEAST_WIDTH = 18, INDENT = 2 };

/* Takes the width of columns of text, from the widest, until the line fits. */
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

/* The end of the block of columns that begins at `from` and fits into the line beside the first column. */
static size_t block_end(const struct grid *g, size_t from, size_t width)
{
    size_t total = from == 0 ? 0 : g->width[0], c = from;
    for (; c < g->columns; c++) {
        total += g->width[c] + (c > 0 ? GAP : 0);
        if (width > 0 && total > width && c > from)
            break;
    }
    return c;
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

static void put_cell(struct str *out, const struct grid *g, const struct result *r, size_t row, size_t c, bool last)
{
    const char *text = g->text[row * g->columns + c];
    size_t w = text_width(text, strlen(text));
    size_t pad = w < g->width[c] ? g->width[c] - w : 0;
    bool right = is_number(r->columns[c].type);
    if (right)
        str_pad(out, ' ', pad);
    put_cut(out, text, g->width[c]);
    if (!right && !last)
        str_pad(out, ' ', pad);
}

/* The first column, then those of the block [from, to). */
static void put_row(struct str *out, const struct grid *g, const struct result *r, size_t row, size_t from, size_t to)
{
    if (from > 0) {
        put_cell(out, g, r, row, 0, false);
        str_pad(out, ' ', GAP);
    }
    for (size_t c = from; c < to; c++) {
        if (c > from)
            str_pad(out, ' ', GAP);
        put_cell(out, g, r, row, c, c + 1 == to);
    }
    str_trim_end(out, ' ');
    str_putc(out, '\n');
}

/* Words into lines of `width` columns (0: one line), the later ones indented. */
static void put_wrapped(struct str *out, const char *text, size_t width, size_t indent)
{
    size_t at = 0;
    while (*text != '\0') {
        size_t n = strcspn(text, " \n"), w = text_width(text, n);
        if (at > 0 && width > 0 && at + 1 + w > width) {
            str_putc(out, '\n');
            str_pad(out, ' ', indent);
            at = indent;
        } else if (at > 0) {
            str_putc(out, ' ');
            at++;
        }
        text_terminal_safe(out, text, n);
        at += w;
        text += n;
        while (*text == ' ')
            text++;
        if (*text == '\n') {
            str_putc(out, '\n');
            at = 0;
            text++;
        }
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

/* "ndcg@10: …"; at K = 5 and 10 a metric is the same thing, and is told once. */
static bool told_before(const struct result *r, size_t c)
{
    for (size_t b = 0; b < c; b++)
        if (r->columns[b].definition[0] != '\0' && strcmp(r->columns[b].definition, r->columns[c].definition) == 0)
            return true;
    return false;
}

static void put_definitions(struct str *out, const struct result *r, size_t width)
{
    bool any = false;
    for (size_t c = 0; c < r->n_columns; c++) {
        const struct column *col = &r->columns[c];
        if ((col->definition[0] == '\0' && col->unit[0] == '\0') || told_before(r, c))
            continue;
        if (!any)
            str_putc(out, '\n');
        any = true;
        struct str line;
        str_init(&line, 4096);
        if (col->definition[0] == '\0')
            str_printf(&line, "%s: in %s", col->name, col->unit);
        else if (col->unit[0] == '\0')
            str_printf(&line, "%s: %s", col->name, col->definition);
        else
            str_printf(&line, "%s: %s [%s]", col->name, col->definition, col->unit);
        str_pad(out, ' ', INDENT);
        put_wrapped(out, str_text(&line), width > INDENT ? width - INDENT : 0, 2 * INDENT);
        str_release(&line);
    }
}

/* What does not fit beside the first column goes into further blocks below. */
static int put_grid(struct str *out, const struct result *r, const struct render_options *o)
{
    struct grid g;
    int rc = grid_make(&g, r);
    size_t from = 0;
    if (rc != 0)
        out->failed = true;
    else if (o->width > 0)
        grid_fit(&g, r, o->width);
    while (rc == 0 && from < g.columns) {
        size_t to = block_end(&g, from, o->width);
        if (from > 0)
            str_putc(out, '\n');
        if (o->bold)
            str_puts(out, "\033[1m");
        put_row(out, &g, r, 0, from, to);
        if (o->bold)
            str_puts(out, "\033[0m");
        for (size_t row = 1; row <= g.rows; row++)
            put_row(out, &g, r, row, from, to);
        from = to;
    }
    grid_release(&g);
    return rc;
}

int render_table(struct str *out, const struct result *r, const struct render_options *o)
{
    if (r->document != NULL)
        return str_puts(out, r->document);
    if (r->title != NULL) {
        if (r->alarm && o->bold)
            str_puts(out, "\033[1;31m");
        put_wrapped(out, r->title, o->width, 0);
        if (r->alarm && o->bold)
            str_puts(out, "\033[0m");
        str_putc(out, '\n');
    }
    if (r->n_columns > 0 && r->n_rows > 0) {
        put_grid(out, r, o);
        if (!o->quiet)
            put_definitions(out, r, o->width);
        if (r->n_summary > 0)
            str_putc(out, '\n');
    }
    put_summary(out, r);
    for (size_t i = 0; i < r->n_tables; i++) {
        str_putc(out, '\n');
        render_table(out, r->tables[i], o);
    }
    if (r->n_notes > 0 && !o->quiet) {
        if (r->n_summary > 0 || r->n_rows > 0)
            str_putc(out, '\n');
        for (size_t i = 0; i < r->n_notes; i++)
            put_wrapped(out, r->notes[i], o->width, 0);
    }
    return out->failed ? -1 : 0;
}
