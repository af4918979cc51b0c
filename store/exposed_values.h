/* exposed_values: what is known of users who were exposed, from before they were: an attribute of theirs, or of the item
 * or the surroundings of what they did last up to the exposure.  For segments and strata: nothing that the exposure may
 * have changed. */
#ifndef RECKON_STORE_EXPOSED_VALUES_H
#define RECKON_STORE_EXPOSED_VALUES_H

#include "store/attributes.h"

enum exposed_value {
    EXPOSED_ATTRIBUTE, /* of the user */
    EXPOSED_ITEM,      /* an attribute of the item of the last event up to the exposure whose item has it */
    EXPOSED_DEVICE,    /* of the last event up to the exposure that has one */
    EXPOSED_CHANNEL
};

/* By ascending user, those who have it; `attribute` of the first two.  fn's non-zero answer ends it and is returned. */
typedef int (*exposed_value_fn)(void *context, int64_t user, const struct attribute_value *value);
int exposed_values_each(struct store *self, int64_t experiment, enum exposed_value what,
                        const struct attribute *attribute, exposed_value_fn fn, void *context, struct error *err);

#endif
