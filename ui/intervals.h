/* intervals: what a report found, drawn as intervals: a line for each series of three points (low, middle, high).
 *
 * The points' y is the row of the report that a series belongs to; what that row says (its column "says") stands beside
 * the interval and colours it. */
#ifndef RECKON_UI_INTERVALS_H
#define RECKON_UI_INTERVALS_H

#include "command/result.h"
#include "ui/canvas.h"

size_t intervals_count(const struct result *report);
/* With an axis below; what there is no room for is counted.  The rows that it took. */
int intervals_draw(const struct result *report, struct canvas *canvas, struct area area);

#endif
