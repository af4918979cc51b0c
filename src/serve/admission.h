/* admission: whether one more request may wait for a worker, or is turned away at once.
 *
 * Two limits of the time that it would wait.  A burst is taken in as long as its last one waits no longer than
 * `burst_us`: a queue that empties again costs nobody anything that counts.  Where the wait has been above `steady_us`
 * for half a second without a break, it is no burst any more: more is asked for than can be computed, and nobody is
 * served sooner for the length of the queue.  Then the limit is `steady_us` (the idea of CoDel, RFC 8289, applied to who
 * comes in), until in half a second less was asked for than could have been computed.  Where one answer takes longer
 * than the limit, the limit is two answers.
 *
 * No clock of its own: the caller says what time it is (monotonic, microseconds).  Not thread-safe: under the lock of
 * the queue. */
#ifndef RECKON_SERVE_ADMISSION_H
#define RECKON_SERVE_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct admission {
    int64_t burst_us, steady_us; /* 0: any */
    double cost_us;              /* of one answer, as it was lately; 0 in the beginning */
    bool pressed;                /* the queue stands */
    int64_t calm_us;             /* when the wait was last within steady_us */
    int64_t window_us;           /* when it was last decided whether it stands */
    uint64_t asked;              /* since then, let in or not */
};

/* n answers took so long. */
void admission_learn(struct admission *self, size_t n, double us);

/* What is known of the queue, and of the one who wants to come in. */
struct admission_case {
    size_t waiting, takers; /* takers 0: one */
    int64_t first_us;       /* how long the first one has waited */
    int64_t age_us;         /* how long the new one has waited already, before it was read */
};
bool admission_lets_in(struct admission *self, const struct admission_case *c, int64_t now_us);

/* The limit in force, INT64_MAX: none. */
int64_t admission_limit_us(const struct admission *self);

#endif
