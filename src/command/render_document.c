#include "command/render_document.h"

#include <math.h>
#include <string.h>

#include "command/render_lines.h"

enum { CELL_MAX = 65536, PLOT_WIDTH = 900, PLOT_LEFT = 280, PLOT_RIGHT = 690,
       PLOT_ROW = 26 };

/* What would be markup in either. */
void render_escaped(struct str *out, const char *text, bool html)
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
    render_escaped(out, str_text(&text), html);
    str_release(&text);
}

static void put_fact(struct str *out, const struct fact *fact, bool html)
{
    const struct column plain = {.name = fact->name, .type = fact->value.type, .unit = "", .definition = "",
                                 .decimals = -1};
    put_cell(out, &plain, &fact->value, html);
    if (fact->unit[0] != '\0') {
        str_putc(out, ' ');
        render_escaped(out, fact->unit, html);
    }
}

static void put_markdown_table(struct str *out, const struct result *r)
{
    for (size_t c = 0; c < r->n_columns; c++) {
        str_puts(out, c == 0 ? "| " : " | ");
        render_escaped(out, r->columns[c].name, false);
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
}

static void put_markdown_title(struct str *out, const struct result *r, const char *level)
{
    if (r->title == NULL)
        return;
    str_puts(out, level);
    str_puts(out, r->alarm ? "**" : "");
    render_escaped(out, r->title, false);
    str_puts(out, r->alarm ? "**\n\n" : "\n\n");
}

static void put_markdown_notes(struct str *out, const struct result *r)
{
    for (size_t i = 0; i < r->n_notes; i++) {
        render_escaped(out, r->notes[i], false);
        str_puts(out, "\n\n");
    }
}

int render_markdown(struct str *out, const struct result *r)
{
    put_markdown_title(out, r, "# ");
    if (r->n_rows > 0)
        put_markdown_table(out, r);
    for (size_t i = 0; i < r->n_summary; i++) {
        str_puts(out, "- ");
        render_escaped(out, r->summary[i].name, false);
        str_puts(out, ": ");
        put_fact(out, &r->summary[i], false);
        str_putc(out, '\n');
    }
    str_puts(out, r->n_summary > 0 ? "\n" : "");
    for (size_t i = 0; i < r->n_tables; i++) {
        put_markdown_title(out, r->tables[i], "## ");
        put_markdown_table(out, r->tables[i]);
        put_markdown_notes(out, r->tables[i]);
    }
    put_markdown_notes(out, r);
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

double render_step(double range)
{
    double raw = range / 5, power = pow(10, floor(log10(raw))), lead = raw / power;
    return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

struct plot {
    double low, high, scale, step;
    size_t rows;
};

static double plot_x(const struct plot *p, double value)
{
    return PLOT_LEFT + (value - p->low) * p->scale;
}

static void put_axis(struct str *out, const struct plot *p, const char *unit)
{
    double bottom = PLOT_ROW * (double)p->rows + 4;
    for (double k = ceil(p->low / p->step); k * p->step <= p->high + p->step * 1e-9; k++) {
        double x = plot_x(p, k * p->step);
        str_printf(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%.1f\" stroke=\"%s\"/>"
                        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" class=\"tick\">%g</text>\n",
                   x, x, bottom, k == 0 ? "#444" : "#e4e4e4", x, bottom + 16, k * p->step + 0.0);
    }
    str_printf(out, "<text x=\"%d\" y=\"%.1f\" class=\"tick\">", PLOT_RIGHT + 10, bottom + 16);
    render_escaped(out, unit, true);
    str_puts(out, "</text>\n");
}

/* Grey: "no change" is within. */
static void put_interval(struct str *out, const struct plot *p, const struct series *s, size_t row)
{
    const struct point *at = s->points;
    const char *colour = at[0].x > 0 || at[2].x < 0 ? "#0b57c2" : "#777";
    double y = PLOT_ROW * ((double)row + 0.5);
    str_printf(out, "<text x=\"0\" y=\"%.1f\" dy=\"5\">", y);
    render_escaped(out, s->name, true);
    str_printf(out,
               "</text><line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"3\"/>"
               "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>"
               "<text x=\"%d\" y=\"%.1f\" dy=\"4\" class=\"tick\">%+.2f (%+.2f to %+.2f)</text>\n",
               plot_x(p, at[0].x), plot_x(p, at[2].x), y, y, colour, plot_x(p, at[1].x), y, colour, PLOT_RIGHT + 10, y,
               at[1].x, at[0].x, at[2].x);
}

static void put_plot(struct str *out, const struct result *r)
{
    struct plot p = {.rows = 0};
    const char *unit = "";
    plot_range(r, &p.low, &p.high);
    for (size_t i = 0; i < r->n_series; i++)
        if (is_interval(&r->series[i])) {
            p.rows++;
            unit = r->series[i].x_unit;
        }
    render_lines(out, r, is_interval);
    if (!(p.high > p.low) || p.rows == 0)
        return;
    double margin = (p.high - p.low) * 0.03, height = PLOT_ROW * (double)p.rows + 28;
    p.low -= margin;
    p.high += margin;
    p.scale = (PLOT_RIGHT - PLOT_LEFT) / (p.high - p.low);
    p.step = render_step(p.high - p.low);
    str_printf(out, "<svg role=\"img\" aria-label=\"intervals\" viewBox=\"0 0 %d %.0f\" width=\"%d\">\n", PLOT_WIDTH,
               height, PLOT_WIDTH);
    put_axis(out, &p, unit);
    size_t row = 0;
    for (size_t i = 0; i < r->n_series; i++)
        if (is_interval(&r->series[i]))
            put_interval(out, &p, &r->series[i], row++);
    str_puts(out, "</svg>\n");
}

static void put_html_table(struct str *out, const struct result *r)
{
    str_puts(out, "<div class=\"wide\"><table>\n<tr>");
    for (size_t c = 0; c < r->n_columns; c++) {
        str_puts(out, "<th title=\"");
        render_escaped(out, r->columns[c].definition, true);
        str_puts(out, "\">");
        render_escaped(out, r->columns[c].name, true);
        if (r->columns[c].unit[0] != '\0')
            str_putc(out, ' ');
        render_escaped(out, r->columns[c].unit, true);
        str_puts(out, "</th>");
    }
    for (size_t i = 0; i < r->n_rows; i++) {
        str_puts(out, "</tr>\n<tr>");
        for (size_t c = 0; c < r->n_columns; c++) {
            const struct cell *cell = result_cell(r, i, c);
            str_puts(out, cell->type == CELL_INT || cell->type == CELL_REAL ? "<td class=\"n\">" : "<td>");
            put_cell(out, &r->columns[c], cell, true);
            str_puts(out, "</td>");
        }
    }
    str_puts(out, "</tr>\n</table></div>\n");
}

static void put_html_title(struct str *out, const struct result *r, const char *element)
{
    if (r->title == NULL)
        return;
    str_printf(out, "<%s%s>", element, r->alarm ? " class=\"alarm\"" : "");
    render_escaped(out, r->title, true);
    str_printf(out, "</%s>\n", element);
}

static void put_html_notes(struct str *out, const struct result *r)
{
    for (size_t i = 0; i < r->n_notes; i++) {
        str_puts(out, "<p>");
        render_escaped(out, r->notes[i], true);
        str_puts(out, "</p>\n");
    }
}

static const char style[] =
    "body{font:16px/1.5 sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}.wide{overflow-x:auto}"
    ".alarm{color:#fff;background:#b00020;padding:1rem}svg{max-width:100%;height:auto;font-size:14px}"
    ".tick{font-size:12px;fill:#555}table{border-collapse:collapse;font-size:.8rem}"
    "th,td{border:1px solid #ddd;padding:.2rem .5rem;text-align:left}th{background:#f4f4f4}.n{text-align:right}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1rem;font-size:.9rem}dt{color:#555}dd{margin:0}";

int render_html(struct str *out, const struct result *r)
{
    str_puts(out, "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
                  "content=\"width=device-width\"><title>");
    render_escaped(out, r->title != NULL ? r->title : "reckon", true);
    str_printf(out, "</title>\n<style>%s</style>\n", style);
    put_html_title(out, r, "h1");
    put_plot(out, r);
    if (r->n_rows > 0)
        put_html_table(out, r);
    str_puts(out, "<dl>\n");
    for (size_t i = 0; i < r->n_summary; i++) {
        str_puts(out, "<dt>");
        render_escaped(out, r->summary[i].name, true);
        str_puts(out, "</dt><dd>");
        put_fact(out, &r->summary[i], true);
        str_puts(out, "</dd>\n");
    }
    str_puts(out, "</dl>\n");
    put_html_notes(out, r);
    for (size_t i = 0; i < r->n_tables; i++) {
        put_html_title(out, r->tables[i], "h2");
        put_plot(out, r->tables[i]);
        put_html_table(out, r->tables[i]);
        put_html_notes(out, r->tables[i]);
    }
    return out->failed ? -1 : 0;
}
