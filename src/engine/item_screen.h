/* item_screen: which of 32 items may be worth a look for 8 users, from products of 8-bit integers.
 *
 * A block holds 32 items, 4 factors at a time: byte (k / 4) * 128 + i * 4 + k % 4 is factor k of item i, plus 128.
 * A group holds 8 users likewise: byte (k / 4) * 32 + u * 4 + k % 4, as it is, in [-127, 127].  quads: factors / 4,
 * rounded up; what is beyond the factors is 128 of items and 0 of users.  Sums of integers are exact, so all
 * versions of the function give the same bits.  Thread rule: no state. */
#ifndef RECKON_ENGINE_ITEM_SCREEN_H
#define RECKON_ENGINE_ITEM_SCREEN_H

#include <stddef.h>
#include <stdint.h>

#define SCREEN_ITEMS 32
#define SCREEN_USERS 8

struct screen_group {
    const int8_t *code;          /* quads * 32 bytes */
    int32_t sum[SCREEN_USERS];   /* of a user's codes */
    float floor[SCREEN_USERS];
};

/* Bit i of pass[u]: is product * scale[i] >= floor[u], the product of the two codes as a float? */
void item_screen(const uint8_t *block, uint32_t quads, const float *scale, const struct screen_group *group,
                 uint32_t pass[SCREEN_USERS]);
void item_screen_plain(const uint8_t *block, uint32_t quads, const float *scale, const struct screen_group *group,
                       uint32_t pass[SCREEN_USERS]);
#if defined(__x86_64__) && defined(__GNUC__)
/* For the tests: what item_screen chooses from by the processor. */
void item_screen_avx2(const uint8_t *block, uint32_t quads, const float *scale, const struct screen_group *group,
                      uint32_t pass[SCREEN_USERS]);
#endif

#endif
