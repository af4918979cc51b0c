/* item_changes: which items have changed lately, and how often any has: the generation of items.
 *
 * Who remembers something of items and knows the generation that it is of learns here which ones to look at again, as long
 * as there are few.  Thread-safe. */
#ifndef RECKON_RECOMMEND_ITEM_CHANGES_H
#define RECKON_RECOMMEND_ITEM_CHANGES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { ITEM_CHANGES = 64 }; /* that are remembered */

struct item_changes {
    pthread_mutex_t lock;
    atomic_uint_least64_t generation; /* of items; written under the lock */
    int64_t item[ITEM_CHANGES];       /* that generation g brought is at g % ITEM_CHANGES */
};

void item_changes_init(struct item_changes *self);
void item_changes_release(struct item_changes *self);

/* The item has changed, and the store says so: whoever takes the generation after this reads what is new. */
void item_changes_add(struct item_changes *self, int64_t item);
uint64_t item_changes_now(const struct item_changes *self);

/* Copies the items that changed after generation `from` and up to `to`, each once; SIZE_MAX: they are too many. */
size_t item_changes_between(struct item_changes *self, uint64_t from, uint64_t to, int64_t out[ITEM_CHANGES]);

#endif
