/* change: a data set and the same without some people, for models that are updated instead of trained again.
 *
 * `after` is what loading the data would give if those people had never been there: the others in the same order, and
 * only items that somebody still has (or that are described, when there are terms).
 *
 * Owner: change_release, of `after` and `place`; the rest is borrowed.  Read-only once made. */
#ifndef RECKON_ENGINE_CHANGE_H
#define RECKON_ENGINE_CHANGE_H

#include <stdbool.h>

#include "engine/dataset.h"

#define CHANGE_NOWHERE UINT32_MAX

struct change {
    const struct dataset *before;
    const uint8_t *gone; /* before->n_users: is left out */
    uint32_t n_gone;
    const char *note;    /* that training left on the model of before (train_context); NULL: none */
    struct dataset after;
    uint32_t *place;     /* before->n_items: the item's number in `after`, or CHANGE_NOWHERE */
};

/* now: the moment of training without them, as the loader would set it.  `after` has the traits of `before`, and its
 * terms when no item went (else NULL).  E_BAD_DATA: nobody is left. */
int change_make(struct change *out, const struct dataset *before, const uint8_t *gone, uint32_t now, struct error *err);
void change_release(struct change *self); /* zeroed is fine */

/* Do ages count from another moment than before, under this weighting?  Then every number is another. */
bool change_moves_ages(const struct change *self, const struct weighting *weighting);

/* after.n_items bytes: who left had it.  mem_free; NULL: out of memory. */
uint8_t *change_touched(const struct change *self);

#endif
