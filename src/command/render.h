/* render: a typed result as text, for the fronts that show text.
 *
 * Each renderer appends to a bounded string and knows nothing about terminals; what is special about
 * one (width, bold) comes in as options. */
#ifndef RECKON_COMMAND_RENDER_H
#define RECKON_COMMAND_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"
#include "command/result.h"

struct render_options {
    size_t width; /* of the terminal; 0: unlimited */
    bool bold;    /* headings in bold */
    bool quiet;   /* without notes */
};

int render_table(struct str *out, const struct result *result, const struct render_options *options);
int render_csv(struct str *out, const struct result *result);

/* One cell as plain text: numbers with the column's decimals, times as RFC 3339. */
int render_cell(struct str *out, const struct column *column, const struct cell *cell);

#endif
