/* labels: texts numbered from 0 in the order in which they are first met.
 *
 * For what an input calls its things (items, users, slates), when only "the same" and "another" matter.  Owner: whoever
 * has it; labels_release, zeroed is fine.  One thread at a time. */
#ifndef RECKON_BASE_LABELS_H
#define RECKON_BASE_LABELS_H

#include <stddef.h>
#include <stdint.h>

struct labels {
    char **texts; /* n */
    size_t n, cap;
    uint32_t *slots; /* number + 1; 0: free */
    size_t size;
};

void labels_release(struct labels *self);

/* The number of the text, a new one when it was not met before; -1: out of memory. */
long labels_number(struct labels *self, const char *text, size_t n);
/* -1: it was not met. */
long labels_find(const struct labels *self, const char *text, size_t n);

#endif
