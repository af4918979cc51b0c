#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "command/render.h"

static void put_cell(struct str *out, const struct cell *cell)
{
    char buf[40];
    switch (cell->type) {
    case CELL_NULL: break;
    case CELL_TEXT: text_csv_field(out, cell->text); break;
    case CELL_INT: str_printf(out, "%" PRId64, cell->integer); break;
    case CELL_REAL: str_printf(out, "%.10g", cell->real); break;
    case CELL_BOOL: str_puts(out, cell->boolean ? "true" : "false"); break;
    case CELL_TIME: str_puts(out, clock_format(cell->integer, buf, sizeof buf)); break;
    }
}

/* A result without rows is its summary, one fact a line, so that --csv is never empty. */
static void put_summary(struct str *out, const struct result *r)
{
    str_puts(out, "name,value,unit\n");
    for (size_t i = 0; i < r->n_summary; i++) {
        text_csv_field(out, r->summary[i].name);
        str_putc(out, ',');
        put_cell(out, &r->summary[i].value);
        str_putc(out, ',');
        text_csv_field(out, r->summary[i].unit);
        str_putc(out, '\n');
    }
}

int render_csv(struct str *out, const struct result *r)
{
    if (r->document != NULL)
        return str_puts(out, r->document);
    if (r->n_columns == 0) {
        put_summary(out, r);
        return out->failed ? -1 : 0;
    }
    for (size_t c = 0; c < r->n_columns; c++) {
        if (c > 0)
            str_putc(out, ',');
        text_csv_field(out, r->columns[c].name);
    }
    str_putc(out, '\n');
    for (size_t row = 0; row < r->n_rows; row++) {
        for (size_t c = 0; c < r->n_columns; c++) {
            if (c > 0)
                str_putc(out, ',');
            put_cell(out, result_cell(r, row, c));
        }
        str_putc(out, '\n');
    }
    return out->failed ? -1 : 0;
}
