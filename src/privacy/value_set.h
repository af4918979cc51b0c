/* value_set: different texts, numbered as they come. */
#ifndef RECKON_PRIVACY_VALUE_SET_H
#define RECKON_PRIVACY_VALUE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct value_set {
    char **texts;       /* by number */
    uint32_t n;
    size_t cap;
    uint32_t *slots;    /* number + 1; 0: empty */
    size_t n_slots;     /* a power of two, or 0 */
};

void value_set_release(struct value_set *self); /* zeroed is fine, and an empty one */
bool value_set_find(const struct value_set *self, const char *text, uint32_t *number);
int value_set_put(struct value_set *self, const char *text, uint32_t *number); /* -1: out of memory */

#endif
