#include "recommend/item_changes.h"

#include <stdbool.h>

void item_changes_init(struct item_changes *self)
{
    *self = (struct item_changes){.generation = 0};
    pthread_mutex_init(&self->lock, NULL);
}

void item_changes_release(struct item_changes *self)
{
    pthread_mutex_destroy(&self->lock);
}

void item_changes_add(struct item_changes *self, int64_t item)
{
    pthread_mutex_lock(&self->lock);
    uint64_t generation = atomic_load(&self->generation) + 1;
    self->item[generation % ITEM_CHANGES] = item;
    atomic_store(&self->generation, generation);
    pthread_mutex_unlock(&self->lock);
}

uint64_t item_changes_now(const struct item_changes *self)
{
    return atomic_load(&self->generation);
}

size_t item_changes_between(struct item_changes *self, uint64_t from, uint64_t to, int64_t out[ITEM_CHANGES])
{
    size_t n = 0;
    pthread_mutex_lock(&self->lock);
    uint64_t now = atomic_load(&self->generation);
    bool known = from <= to && to <= now && now - from <= ITEM_CHANGES;
    for (uint64_t g = from + 1; known && g <= to; g++) {
        int64_t item = self->item[g % ITEM_CHANGES];
        size_t i = 0;
        while (i < n && out[i] != item)
            i++;
        out[i] = item;
        n += i == n;
    }
    pthread_mutex_unlock(&self->lock);
    return known ? n : SIZE_MAX;
}
