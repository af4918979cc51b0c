/* plain: the sink that turns a canvas into lines of text, without blanks at their ends. */
#ifndef RECKON_UI_PLAIN_H
#define RECKON_UI_PLAIN_H

#include "base/str.h"
#include "ui/canvas.h"

int plain_frame(struct str *out, const struct canvas *canvas);

/* The same with what each cell means, for tests: below each line one with a letter for each cell that is not NORMAL,
 * and a legend of the letters at the end. */
int plain_frame_styles(struct str *out, const struct canvas *canvas);

#endif
