#include "ui/plain.h"

int plain_frame(struct str *out, const struct canvas *c)
{
    for (int row = 0; row < c->rows; row++) {
        for (int col = 0; col < c->cols; col++)
            str_puts(out, canvas_glyph(c, row, col)->text);
        str_trim_end(out, ' ');
        str_putc(out, '\n');
    }
    return out->failed ? -1 : 0;
}
