/* input: a line that is being typed. */
#ifndef RECKON_UI_INPUT_H
#define RECKON_UI_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"
#include "ui/key.h"

enum { INPUT_MAX = 4096 };

struct input {
    char text[INPUT_MAX]; /* valid UTF-8, without control characters */
    size_t n, at;         /* the cursor, in bytes */
};

void input_set(struct input *self, const char *text); /* the cursor goes to its end */
/* Typing and editing keys (arrows left and right, home, end, backspace, delete, ctrl-a e b f d u k w) and paste: line
 * ends become blanks, other control characters are left out.  False: not a key for it. */
bool input_event(struct input *self, const struct event *event);
/* Draws it in `cols` columns, scrolled so that the cursor is seen; `focus`: with the cursor. */
void input_draw(const struct input *self, struct canvas *canvas, struct area area, int row, int col, int cols,
                bool focus);

#endif
