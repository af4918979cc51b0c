#include "ui/plain.h"

#include <string.h>

static void put_line(struct str *out, const struct canvas *c, int row)
{
    for (int col = 0; col < c->cols; col++)
        str_puts(out, canvas_glyph(c, row, col)->text);
    str_trim_end(out, ' ');
    str_putc(out, '\n');
}

int plain_frame(struct str *out, const struct canvas *c)
{
    for (int row = 0; row < c->rows; row++)
        put_line(out, c, row);
    return out->failed ? -1 : 0;
}

static char letter(const struct glyph *g)
{
    if (g->over != 0)
        return (char)('A' + g->over - STYLE_OVER);
    return (char)(g->style == STYLE_NORMAL ? ' ' : 'a' + g->style - 1);
}

int plain_frame_styles(struct str *out, const struct canvas *c)
{
    bool used[256] = {false};
    for (int row = 0; row < c->rows; row++) {
        put_line(out, c, row);
        size_t before = out->len;
        for (int col = 0; col < c->cols; col++) {
            char l = letter(canvas_glyph(c, row, col));
            used[(unsigned char)l] = true;
            str_putc(out, l);
        }
        str_trim_end(out, ' ');
        if (out->len > before)
            str_putc(out, '\n');
    }
    for (int s = 1; s < STYLE_COUNT; s++) {
        char l = (char)(s >= STYLE_OVER ? 'A' + s - STYLE_OVER : 'a' + s - 1);
        if (used[(unsigned char)l])
            str_printf(out, "%c %s\n", l, style_name((enum style)s));
    }
    return out->failed ? -1 : 0;
}
