/* dictionary: text -> integer in memory, in front of a table; private to store/.
 *
 * Bounded: when it is full it forgets everything and starts anew, so that an import of any size keeps
 * within its memory.  Keys are 128-bit hashes (SipHash-2-4-128 under a random key of the process), so
 * that the texts need not be kept and nobody can make two of them meet on purpose.
 * Owner: the struct store.  One thread. */
#ifndef RECKON_STORE_DICTIONARY_H
#define RECKON_STORE_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

struct dictionary_slot {
    uint64_t key[2];
    int64_t value; /* 0: empty */
};

struct dictionary {
    struct dictionary_slot *slots;
    size_t size, used; /* size: a power of two, or 0 */
    size_t max;        /* of size */
    unsigned char secret[16];
};

void dictionary_init(struct dictionary *self, size_t max_slots);
void dictionary_release(struct dictionary *self);
void dictionary_clear(struct dictionary *self);

struct dictionary_key {
    uint64_t half[2];
};

/* `scope` keeps equal texts of different owners apart (0 where there is none). */
struct dictionary_key dictionary_key(const struct dictionary *self, int64_t scope, const char *text, size_t n);
int64_t dictionary_get(const struct dictionary *self, struct dictionary_key key); /* 0: not known here */
void dictionary_put(struct dictionary *self, struct dictionary_key key, int64_t value); /* out of memory: forgotten */

#endif
