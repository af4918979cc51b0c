/* money: prices as people of a language write them.
 *
 * A small table of languages instead of the C library's locales: those need not be installed, and are of the whole
 * process.  A language that is not in it is written as English. */
#ifndef RECKON_SERVE_MONEY_H
#define RECKON_SERVE_MONEY_H

#include <stdbool.h>

#include "base/str.h"

/* currency: ISO 4217, "" for none.  language: as in "de-AT" or "de". */
void money_put(struct str *out, double value, const char *currency, const char *language);

/* Is it written from right to left? */
bool money_is_rtl(const char *language);

#endif
