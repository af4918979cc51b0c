/* riding: values that ride along on event lines, kept until a batch ends.
 *
 * (owner, attribute) -> the last value met; of a list attribute every value met, which is added to the
 * list.  Adding the value that is there already costs a look-up and no memory, which is the usual case: the
 * same title again and again.  Between batches a small cache remembers what was written, so that it is not
 * written anew. */
#ifndef RECKON_INGEST_RIDING_H
#define RECKON_INGEST_RIDING_H

#include <stddef.h>
#include <stdint.h>

enum { RIDING_TITLE = UINT32_MAX }; /* as the attribute: an item's title */

struct riding_value {
    int64_t owner;
    uint32_t attribute; /* place in the types, or RIDING_TITLE */
    uint32_t n;
    size_t at;          /* of its text in `text` */
    uint8_t form;       /* field_type of the value */
    uint8_t collect;    /* of a list: the value is added to what is there */
};

struct riding_written {
    uint64_t key, value;
};

struct riding {
    struct riding_value *values;
    size_t n, cap;
    uint32_t *slots;    /* place in values + 1; 0: free */
    size_t n_slots;     /* a power of two */
    char *text;
    size_t text_n, text_cap;
    struct riding_written *written;
};

int riding_init(struct riding *self); /* -1: out of memory */
void riding_release(struct riding *self);
int riding_put(struct riding *self, int64_t owner, uint32_t attribute, const char *text, uint32_t n, uint8_t form,
               int collect);
/* Was exactly this written last?  Takes note that it is now. */
int riding_is_known(struct riding *self, const struct riding_value *value);
void riding_clear(struct riding *self); /* the batch is written */

#endif
