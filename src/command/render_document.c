#include "command/render_document.h"

#include <math.h>
#include <string.h>

enum { CELL_MAX = 65536, PLOT_WIDTH = 640, PLOT_LEFT = 220, PLOT_ROW = 28 };

/* What would be markup in either. */
static void put_escaped(struct str *out, const char *text, bool html)
{
    for (; *text != '\0'; text++) {
        if (strchr("&<>\"", *text) != NULL)
            str_puts(out, *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : "&quot;");
        else if (!html && strchr("|\\`*_[]", *text) != NULL)
            str_printf(out, "\\%c", *text);
        else
            str_putc(out, *text == '\n' ? ' ' : *text);
    }
}

static void put_cell(struct str *out, const struct column *column, const struct cell *cell, bool html)
{
    struct str text;
    str_init(&text, CELL_MAX);
    if (cell->type != CELL_NULL)
        render_cell(&text, column, cell);
    put_escaped(out, str_text(&text), html);
    str_release(&text);
}

static void put_fact(struct str *out, const struct fact *fact, bool html)
{
    const struct column plain = {.name = fact->name, .type = fact->value.type, .unit = "", .definition = "",
                                 .decimals = -1};
    put_cell(out, &plain, &fact->value, html);
    if (fact->unit[0] != '\0') {
        str_putc(out, ' ');
        put_escaped(out, fact->unit, html);
    }
}

int render_markdown(struct str *out, const struct result *r)
{
    if (r->title != NULL) {
        str_puts(out, "# ");
        put_escaped(out, r->title, false);
        str_puts(out, "\n\n");
    }
    for (size_t c = 0; c < r->n_columns; c++) {
        str_puts(out, c == 0 ? "| " : " | ");
        put_escaped(out, r->columns[c].name, false);
        if (r->columns[c].unit[0] != '\0')
            str_printf(out, " (%s)", r->columns[c].unit);
    }
    for (size_t c = 0; c < r->n_columns; c++)
        str_puts(out, c == 0 ? " |\n|---|" : "---|");
    for (size_t i = 0; i < r->n_rows; i++)
        for (size_t c = 0; c < r->n_columns; c++) {
            str_puts(out, c == 0 ? "\n| " : " | ");
            put_cell(out, &r->columns[c], result_cell(r, i, c), false);
            str_puts(out, c + 1 == r->n_columns ? " |" : "");
        }
    str_puts(out, "\n\n");
    for (size_t i = 0; i < r->n_summary; i++) {
        str_puts(out, "- ");
        put_escaped(out, r->summary[i].name, false);
        str_puts(out, ": ");
        put_fact(out, &r->summary[i], false);
        str_putc(out, '\n');
    }
    for (size_t i = 0; i < r->n_notes; i++) {
        str_puts(out, "\n");
        put_escaped(out, r->notes[i], false);
        str_putc(out, '\n');
    }
    return out->failed ? -1 : 0;
}

static bool is_interval(const struct series *s)
{
    return s->n == 3 && s->points[0].y == s->points[2].y;
}

static void plot_range(const struct result *r, double *low, double *high)
{
    *low = *high = 0; /* "no change" is always in sight */
    for (size_t i = 0; i < r->n_series; i++)
        for (size_t p = 0; p < r->series[i].n && is_interval(&r->series[i]); p++) {
            *low = fmin(*low, r->series[i].points[p].x);
            *high = fmax(*high, r->series[i].points[p].x);
        }
}

static void put_plot(struct str *out, const struct result *r)
{
    double low, high, row = 0;
    plot_range(r, &low, &high);
    if (!(high > low))
        return;
    double scale = (PLOT_WIDTH - PLOT_LEFT - 20) / (high - low), zero = PLOT_LEFT + (0 - low) * scale;
    str_printf(out, "<svg role=\"img\" viewBox=\"0 0 %d %zu\" width=\"%d\">\n", PLOT_WIDTH, r->n_series * PLOT_ROW + 10,
               PLOT_WIDTH);
    str_printf(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%zu\" stroke=\"#888\" stroke-dasharray=\"3\"/>\n",
               zero,
               zero, r->n_series * PLOT_ROW + 10);
    for (size_t i = 0; i < r->n_series; i++) {
        const struct series *s = &r->series[i];
        if (!is_interval(s))
            continue;
        double y = PLOT_ROW * (row++ + 0.5), x[3];
        for (size_t p = 0; p < 3; p++)
            x[p] = PLOT_LEFT + (s->points[p].x - low) * scale;
        str_printf(out, "<text x=\"0\" y=\"%.1f\" dy=\"4\">", y);
        put_escaped(out, s->name, true);
        str_printf(out,
                   "</text><line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#06c\" stroke-width=\"3\"/>"
                   "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"#06c\"><title>%.2f (%.2f to %.2f) ",
                   x[0], x[2], y, y, x[1], y, s->points[1].x, s->points[0].x, s->points[2].x);
        put_escaped(out, s->x_unit, true);
        str_puts(out, "</title></circle>\n");
    }
    str_puts(out, "</svg>\n");
}

static void put_html_table(struct str *out, const struct result *r)
{
    str_puts(out, "<table>\n<tr>");
    for (size_t c = 0; c < r->n_columns; c++) {
        str_puts(out, "<th title=\"");
        put_escaped(out, r->columns[c].definition, true);
        str_puts(out, "\">");
        put_escaped(out, r->columns[c].name, true);
        if (r->columns[c].unit[0] != '\0')
            str_putc(out, ' ');
        put_escaped(out, r->columns[c].unit, true);
        str_puts(out, "</th>");
    }
    for (size_t i = 0; i < r->n_rows; i++) {
        str_puts(out, "</tr>\n<tr>");
        for (size_t c = 0; c < r->n_columns; c++) {
            str_puts(out, "<td>");
            put_cell(out, &r->columns[c], result_cell(r, i, c), true);
            str_puts(out, "</td>");
        }
    }
    str_puts(out, "</tr>\n</table>\n");
}

int render_html(struct str *out, const struct result *r)
{
    str_puts(out, "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>reckon</title>\n"
                  "<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
                  "table{border-collapse:collapse;font-size:.85rem}th,td{border:1px solid #ccc;padding:.2rem .5rem;"
                  "text-align:left}dt{float:left;clear:left;width:16rem;color:#555}</style>\n");
    if (r->title != NULL) {
        str_puts(out, "<h1>");
        put_escaped(out, r->title, true);
        str_puts(out, "</h1>\n");
    }
    put_plot(out, r);
    put_html_table(out, r);
    str_puts(out, "<dl>\n");
    for (size_t i = 0; i < r->n_summary; i++) {
        str_puts(out, "<dt>");
        put_escaped(out, r->summary[i].name, true);
        str_puts(out, "</dt><dd>");
        put_fact(out, &r->summary[i], true);
        str_puts(out, "</dd>\n");
    }
    str_puts(out, "</dl>\n");
    for (size_t i = 0; i < r->n_notes; i++) {
        str_puts(out, "<p>");
        put_escaped(out, r->notes[i], true);
        str_puts(out, "</p>\n");
    }
    return out->failed ? -1 : 0;
}
