/* plain: the sink that turns a canvas into lines of text, without blanks at their ends. */
#ifndef RECKON_UI_PLAIN_H
#define RECKON_UI_PLAIN_H

#include "base/str.h"
#include "ui/canvas.h"

int plain_frame(struct str *out, const struct canvas *canvas);

#endif
