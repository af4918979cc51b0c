/* ratings: what people think of an item, in numbers alone: how many rated or reviewed it, and the mean.
 *
 * Counted are people, each once whatever identifiers they have (store/subjects.h), and of each the mean of what they gave.
 * Those who do not allow descriptions to be written from what they said (store/consents.h) are not counted.  No word of
 * anybody is read. */
#ifndef RECKON_STORE_RATINGS_H
#define RECKON_STORE_RATINGS_H

#include "store/store.h"

struct rating_sums {
    int64_t raters, reviewers; /* people with a rating; with an event of the kind "review" */
    double mean;               /* of the raters; 0 when there are none */
};

int ratings_of_item(struct store *self, int64_t item, struct rating_sums *out, struct error *err);

#endif
