#include "serve/blob.h"

#include <sodium.h>

#include "base/mem.h"

struct blob *blob_take(struct str *from)
{
    size_t n = from->len;
    struct blob *self = mem_alloc(1, sizeof *self);
    char *data = str_take(from);
    if (self == NULL || data == NULL) {
        mem_free(self);
        mem_free(data);
        return NULL;
    }
    *self = (struct blob){.n = n, .data = data};
    atomic_init(&self->holders, 1);
    return self;
}

struct blob *blob_hold(struct blob *self)
{
    atomic_fetch_add_explicit(&self->holders, 1, memory_order_relaxed);
    return self;
}

void blob_release(void *blob)
{
    struct blob *self = blob;
    if (self == NULL || atomic_fetch_sub_explicit(&self->holders, 1, memory_order_acq_rel) != 1)
        return;
    sodium_memzero(self->data, self->n); /* it was about somebody */
    mem_free(self->data);
    mem_free(self);
}
