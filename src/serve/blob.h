/* blob: bytes that several holders share: an answer that is being sent, and kept. */
#ifndef RECKON_SERVE_BLOB_H
#define RECKON_SERVE_BLOB_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/str.h"

struct blob {
    atomic_uint holders;
    size_t n;
    char *data;
};

/* Takes the text of `from`, which is empty afterwards; NULL when it failed or memory is out.  One holder. */
struct blob *blob_take(struct str *from);
struct blob *blob_hold(struct blob *self);
void blob_release(void *self); /* NULL is fine */

#endif
