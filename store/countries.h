/* countries: names of the countries that laws of consent are about, as shops' data have them: codes of two and three letters
 * (ISO 3166), English names and a few others in use.  Any case. */
#ifndef RECKON_STORE_COUNTRIES_H
#define RECKON_STORE_COUNTRIES_H

#include <stdbool.h>

/* Do both mean the same place?  Names that are not known are compared as they are. */
bool countries_same(const char *a, const char *b);
/* Is `country` in the region "EEA" or "EU"?  false for any other region. */
bool countries_in(const char *country, const char *region);

#endif
