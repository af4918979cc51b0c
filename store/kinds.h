/* kinds: the kinds of event, and the weight of one in training.
 *
 * A kind is made by the first event that has it, with the usual weight of its word (kinds_usual_weight) or 1;
 * the weight may be changed at any time.  A kind of weight 0 (view of an impression, a return) teaches nothing. */
#ifndef RECKON_STORE_KINDS_H
#define RECKON_STORE_KINDS_H

#include "store/store.h"

struct kind {
    int64_t kind;
    char name[64];
    double weight;
    int64_t events; /* only when asked for */
};

double kinds_usual_weight(const char *name);
int kinds_intern(struct store *self, const char *name, size_t n, int64_t *kind, struct error *err);
/* E_NOT_FOUND says what there is. */
int kinds_find(struct store *self, const char *name, int64_t *kind, struct error *err);
int kinds_list(struct store *self, bool count_events, struct kind **out, size_t *n, struct error *err); /* mem_free */
int kinds_set_weight(struct store *self, const char *name, double weight, struct error *err); /* E_NOT_FOUND */

#endif
