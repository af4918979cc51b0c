/* credit: how often what was shown is taken up: clicks by impressions, with Wilson's interval at 95 %. */
#ifndef RECKON_EXPERIMENT_CREDIT_H
#define RECKON_EXPERIMENT_CREDIT_H

#include <stdbool.h>

#include "store/slates.h"

struct credit_rate {
    double rate, low, high;
};

/* false: nothing was reported as seen, so that there is nothing to divide by.  Only clicks on what was reported as seen
 * count: where clicks are reported and impressions are not (or are blocked), their share says nothing. */
bool credit_rate(const struct slate_credit *credit, struct credit_rate *out);

#endif
