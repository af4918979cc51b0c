/* limiter: token buckets by a 64-bit name, in bounded memory.
 *
 * Each name may take `rate` tokens a second, and up to rate * burst_seconds at once.  When the table is crowded
 * the bucket that was used longest ago makes room: it was full again anyway, or its owner starts anew.
 * Thread-safe. */
#ifndef RECKON_SERVE_LIMITER_H
#define RECKON_SERVE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

struct limiter;

struct limiter *limiter_new(void); /* NULL: out of memory */
void limiter_free(struct limiter *self); /* NULL is fine */

/* Takes one token; false when there is none: then *wait_s says in how many whole seconds there will be one.
 * now_us: monotonic. */
bool limiter_take(struct limiter *self, uint64_t name, double rate, double burst_seconds, int64_t now_us, int *wait_s);

#endif
