/* values: numbers and times as files write them.  Pure, no locale, strict: the whole text or nothing. */
#ifndef RECKON_INGEST_VALUES_H
#define RECKON_INGEST_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A finite number.  With decimal_comma "1.234,5" and "1234,5" are 1234.5, without it "1234.5" is, and "1,234.5"
 * is none.  Blanks around it are allowed. */
bool values_number(const char *s, size_t n, bool decimal_comma, double *out);

/* A number as an identifier: "17850.0" -> "17850".  Returns the length without a fraction of zeros, or n when
 * the text is not digits with such a fraction. */
size_t values_without_fraction(const char *s, size_t n);

bool values_boolean(const char *s, size_t n, bool *out); /* true/false, yes/no, t/f, y/n, 1/0; any case */

/* True when the text is a number in the one way that reads back the same (no leading zeros, no '+', no blanks),
 * so that a column of such values may be taken for numbers and one of codes ("007") may not. */
bool values_is_plain_number(const char *s, size_t n);

enum time_style {
    TIME_AUTO,     /* RFC 3339 and relatives (base/clock.h), or an epoch, its unit by magnitude */
    TIME_SECONDS,  /* since 1970, with or without a fraction */
    TIME_MILLIS,
    TIME_PATTERN   /* %Y %m %d %H %M %S %f %y %b %I %p %z %% and literal characters */
};

struct time_format {
    enum time_style style;
    char pattern[64];
    int zone_minutes; /* east of UTC, of times that state no zone */
};

/* text: "auto", "seconds", "milliseconds" or a pattern with '%'; E_USAGE. */
int time_format_set(struct time_format *self, const char *text, struct error *err);
/* "UTC", "Z", "+01:00", "-0530"; E_USAGE. */
int time_format_set_zone(struct time_format *self, const char *text, struct error *err);
const char *time_format_text(const struct time_format *self); /* what time_format_set takes */

bool values_time(const char *s, size_t n, const struct time_format *format, int64_t *ms);

#endif
