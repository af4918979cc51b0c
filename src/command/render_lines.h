/* render_lines: the curves of a result as drawings of a page (SVG), those of one measure in one drawing. */
#ifndef RECKON_COMMAND_RENDER_LINES_H
#define RECKON_COMMAND_RENDER_LINES_H

#include "base/str.h"
#include "command/result.h"

/* Of the series of which `leave` does not say true.  A series "who: what" is a curve of the drawing "what". */
void render_lines(struct str *out, const struct result *result, bool (*leave)(const struct series *series));

/* A step of 1, 2 or 5 times a power of ten that goes about five times into the range. */
double render_step(double range);
/* Text as HTML. */
void render_escaped(struct str *out, const char *text, bool html);

#endif
