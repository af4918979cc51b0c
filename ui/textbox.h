/* textbox: a text of several lines that is being written, wrapped to the width of its place. */
#ifndef RECKON_UI_TEXTBOX_H
#define RECKON_UI_TEXTBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"
#include "ui/key.h"

enum { TEXTBOX_MAX = 16384 };

struct textbox {
    char text[TEXTBOX_MAX]; /* valid UTF-8; of control characters '\n' alone */
    size_t n, at;           /* the cursor, in bytes */
    size_t top;             /* the first line that is seen */
    int cols;               /* as it was drawn last */
};

void textbox_set(struct textbox *self, const char *text); /* the cursor goes to its end */
/* Typing, enter, arrows, page keys, home and end of the line, backspace, delete, ctrl-w (the word
 * before), ctrl-k (to the end of the line), ctrl-u (the line up to here), and paste.  False: not a key for it. */
bool textbox_event(struct textbox *self, const struct event *event);
void textbox_draw(struct textbox *self, struct canvas *canvas, struct area area, bool focus);
/* How many lines it has in so many columns; at least 1. */
int textbox_rows(const struct textbox *self, int cols);

#endif
