/* heat: a heat map: how much there is of each pair of two things, as shades, with a legend of round bounds.
 *
 * Shades are signs of rising ink (in ASCII: . : + * #), so that they need no colour; nothing at all is a blank. */
#ifndef RECKON_UI_HEAT_H
#define RECKON_UI_HEAT_H

#include "ui/canvas.h"

struct heat {
    const char *const *rows, *const *cols; /* labels */
    size_t n_rows, n_cols;
    const double *values; /* n_rows x n_cols, 0 or more */
    const char *unit;
    bool log; /* bounds are powers */
};

void heat_draw(const struct heat *self, struct canvas *canvas, struct area area);

/* The bounds of up to HEAT_LEVELS shades: bounds[i] is the most that shade i stands for.  How many there are; 0: all is
 * nothing. */
enum { HEAT_LEVELS = 5 };
size_t heat_bounds(double most, bool log, double bounds[HEAT_LEVELS]);

#endif
