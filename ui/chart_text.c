#include "ui/chart_text.h"

#include <langinfo.h>
#include <string.h>

#include "ui/charts.h"
#include "ui/plain.h"

enum { WIDTH = 80, WIDTH_MIN = 20, PANEL_ROWS = 16 };

static const char *panel_of(const struct series *s)
{
    const char *colon = strrchr(s->name, ':');
    return colon != NULL ? colon : s->name;
}

/* As many as charts_draw makes of them. */
static int count_panels(const struct result *r)
{
    int n = 0;
    for (size_t i = 0; i < r->n_series; i++) {
        size_t before = 0;
        while (before < i && strcmp(panel_of(&r->series[before]), panel_of(&r->series[i])) != 0)
            before++;
        n += before == i;
    }
    return n;
}

int chart_text(struct str *out, const struct result *result, size_t width)
{
    struct charts charts = {0};
    struct canvas canvas;
    int cols = width == 0 ? WIDTH : width < WIDTH_MIN ? WIDTH_MIN : width > CANVAS_SIDE_MAX ? CANVAS_SIDE_MAX : (int)width;
    if (canvas_init(&canvas, PANEL_ROWS * count_panels(result), cols) != 0)
        return -1;
    canvas.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    canvas.ink = canvas.ascii ? INK_ASCII : INK_BRAILLE;
    charts_add_result(&charts, result);
    charts_draw(&charts, &canvas, canvas_area(&canvas));
    int rc = plain_frame(out, &canvas);
    charts_clear(&charts);
    canvas_release(&canvas);
    return rc;
}
