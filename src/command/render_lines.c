#include "command/render_lines.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

enum { WIDTH = 900, HEIGHT = 300, LEFT = 90, RIGHT = 850, TOP = 10, BOTTOM = 250, LINES_MAX = 8, TICKS = 5 };

static const char *const colours[LINES_MAX] = {"#0b57c2", "#c2410b", "#0b8a4b", "#7a2bb5", "#8a6d0b", "#b00020", "#0b7d8a",
                                               "#444"};

struct frame {
    const char *what;
    double x_low, x_high, y_low, y_high;
    size_t drawn, left_out;
    bool is_time;
};

static const char *what_of(const struct series *s)
{
    const char *colon = strrchr(s->name, ':');
    return colon != NULL ? colon + 1 + strspn(colon + 1, " ") : s->name;
}

static double x_of(const struct frame *f, double x)
{
    return f->x_high > f->x_low ? LEFT + (x - f->x_low) / (f->x_high - f->x_low) * (RIGHT - LEFT) : LEFT;
}

static double y_of(const struct frame *f, double y)
{
    return f->y_high > f->y_low ? BOTTOM - (y - f->y_low) / (f->y_high - f->y_low) * (BOTTOM - TOP) : BOTTOM;
}

static void stretch(struct frame *f, const struct series *s, bool first)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct point *p = &s->points[i];
        if (!isfinite(p->x) || !isfinite(p->y))
            continue;
        f->x_low = first ? p->x : fmin(f->x_low, p->x);
        f->x_high = first ? p->x : fmax(f->x_high, p->x);
        f->y_low = fmin(f->y_low, p->y); /* zero is always in sight */
        f->y_high = fmax(f->y_high, p->y);
        first = false;
    }
}

static void put_ticks(struct str *out, const struct frame *f, const char *unit)
{
    double step = render_step(f->y_high - f->y_low);
    for (double k = ceil(f->y_low / step); k * step <= f->y_high + step * 1e-9; k++)
        str_printf(out, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e4e4e4\"/><text x=\"%d\" y=\"%.1f\" "
                        "text-anchor=\"end\" class=\"tick\">%g</text>\n",
                   LEFT, RIGHT, y_of(f, k * step), y_of(f, k * step), LEFT - 6, y_of(f, k * step) + 4, k * step + 0.0);
    for (int i = 0; i <= TICKS; i++) {
        double x = f->x_low + (f->x_high - f->x_low) * i / TICKS;
        char text[32];
        str_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" class=\"tick\">", x_of(f, x), BOTTOM + 18);
        if (f->is_time)
            str_puts(out, clock_format_date((int64_t)x, text, sizeof text));
        else
            str_printf(out, "%.6g", x);
        str_puts(out, "</text>\n");
    }
    if (!f->is_time) {
        str_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" class=\"tick\">", RIGHT, BOTTOM + 34);
        render_escaped(out, unit, true);
        str_puts(out, "</text>\n");
    }
}

static void put_line(struct str *out, const struct frame *f, const struct series *s)
{
    const char *colour = colours[f->drawn % LINES_MAX];
    str_printf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s points=\"", colour,
               s->n == 2 ? " stroke-dasharray=\"6 4\"" : "");
    for (size_t i = 0; i < s->n; i++)
        if (isfinite(s->points[i].x) && isfinite(s->points[i].y))
            str_printf(out, "%.1f,%.1f ", x_of(f, s->points[i].x), y_of(f, s->points[i].y));
    str_printf(out, "\"/><text x=\"%d\" y=\"%zu\" fill=\"%s\">", LEFT + 10, (size_t)(TOP + 16) + 17 * f->drawn, colour);
    render_escaped(out, s->name, true);
    str_puts(out, "</text>\n");
}

static void draw(struct str *out, const struct result *r, size_t from, bool (*leave)(const struct series *))
{
    struct frame f = {.what = what_of(&r->series[from]), .is_time = strcmp(r->series[from].x_unit, "time") == 0};
    for (size_t i = from; i < r->n_series; i++)
        if (!leave(&r->series[i]) && strcmp(what_of(&r->series[i]), f.what) == 0)
            stretch(&f, &r->series[i], i == from);
    str_printf(out, "<svg role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" aria-label=\"", WIDTH, HEIGHT, WIDTH);
    render_escaped(out, f.what, true);
    str_puts(out, "\">\n");
    if (f.y_high > f.y_low)
        put_ticks(out, &f, r->series[from].x_unit);
    for (size_t i = from; i < r->n_series; i++)
        if (!leave(&r->series[i]) && strcmp(what_of(&r->series[i]), f.what) == 0) {
            if (f.drawn == LINES_MAX)
                f.left_out++;
            else {
                put_line(out, &f, &r->series[i]);
                f.drawn++;
            }
        }
    str_puts(out, "</svg>\n");
    if (f.left_out > 0)
        str_printf(out, "<p class=\"tick\">%zu more curves are not drawn.</p>\n", f.left_out);
}

void render_lines(struct str *out, const struct result *r, bool (*leave)(const struct series *))
{
    for (size_t i = 0; i < r->n_series; i++) {
        bool begun = leave(&r->series[i]) || r->series[i].n == 0;
        for (size_t k = 0; !begun && k < i; k++)
            begun = !leave(&r->series[k]) && r->series[k].n > 0 &&
                    strcmp(what_of(&r->series[k]), what_of(&r->series[i])) == 0;
        if (!begun)
            draw(out, r, i, leave);
    }
}
