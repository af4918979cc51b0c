/* chart_text: the curves of a result as lines of text, as the console draws them. */
#ifndef RECKON_UI_CHART_TEXT_H
#define RECKON_UI_CHART_TEXT_H

#include "base/str.h"
#include "command/result.h"

/* The hook `draw` of the command line: width columns (0: 80); in ASCII where the locale knows no more. */
int chart_text(struct str *out, const struct result *result, size_t width);

#endif
