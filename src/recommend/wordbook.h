/* wordbook: distinct texts, numbered as they are met.  Counted: columns of items share those that did not change.
 * Not thread-safe while texts are added; read-only once wordbook_finish has been called. */
#ifndef RECKON_RECOMMEND_WORDBOOK_H
#define RECKON_RECOMMEND_WORDBOOK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct wordbook {
    atomic_uint holders;
    char *block;
    size_t used, cap_block;
    size_t *offset; /* of each text in block */
    size_t n, cap_offset;
    uint32_t *slots; /* open addressing: number + 1, 0: empty */
    size_t n_slots;  /* a power of two; 0: not yet looked for by what they say */
    const char **list; /* once all are there: n */
};

struct wordbook *wordbook_new(void);                              /* NULL: no memory */
struct wordbook *wordbook_copy(const struct wordbook *of);           /* with `of`'s numbers, to be added to; NULL: no memory */
struct wordbook *wordbook_hold(struct wordbook *self);
void wordbook_release(struct wordbook *self);                     /* NULL is fine */

/* Room for n texts of so many bytes in all, each with its NUL. */
int wordbook_reserve(struct wordbook *self, size_t n, size_t bytes);
/* Adds a text that is not there, of n bytes and a NUL, without looking; there is room. */
void wordbook_append(struct wordbook *self, const char *text, size_t n);
/* The number of the text, added when it is new; one with a NUL in it ends there. */
int wordbook_intern(struct wordbook *self, const char *text, size_t n, uint32_t *number);
/* UINT32_MAX: it is not there, or it was never interned. */
uint32_t wordbook_find(const struct wordbook *self, const char *text, size_t n);
int wordbook_finish(struct wordbook *self); /* makes `list` */

#endif
