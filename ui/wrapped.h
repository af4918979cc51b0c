/* wrapped: where the lines of a text end that is shown in so many columns; and drawing one whose places are marked. */
#ifndef RECKON_UI_WRAPPED_H
#define RECKON_UI_WRAPPED_H

#include "ui/canvas.h"

/* The line that begins at byte `from`: where it ends (white space at its end is not part of it), and *next, where the one
 * behind it begins.  It ends at '\n' or before the word that has no room; a word longer than a line is cut.  *next is n at
 * the end of the text. */
size_t wrapped_line(const char *text, size_t n, size_t from, int cols, size_t *next);

/* A place in a text, and the number by which it is told of elsewhere (from 1). */
struct wrapped_mark {
    size_t from, n; /* bytes */
    unsigned number;
};

/* Draws it from a row on, as canvas_wrap does, each marked place in STYLE_BAD within brackets and with its number: [oak]1, so
 * that it is seen without colours.  The row behind it. */
int wrapped_draw(struct canvas *canvas, struct area area, int row, const char *text, const struct wrapped_mark *marks,
                 size_t n_marks);

#endif
