/* hash: where a user falls, as GrowthBook, PlanOut, PostHog, Optimizely, Eppo and Statsig place them.
 *
 * Agreement with clients that already run is the point: every scheme hashes the same text in the same way as its
 * reference.  What is hashed (hash_text gives it out, so that nobody has to doubt it):
 *   growthbook-v2  FNV-1a of the decimal FNV-1a of <salt><unit>, mod 10000          (salt: the seed, or the key)
 *   growthbook-v1  FNV-1a of <unit><salt>, mod 1000
 *   planout        SHA-1 of <salt>.<unit>, 15 hex digits of 2^60                    (salt: experiment.parameter)
 *   posthog        SHA-1 of <salt>.<unit><suffix>, the same                         (salt: the flag; suffix "variant")
 *   optimizely     MurmurHash3 seed 1 of <unit><salt>, 10000 of 2^32                (salt: the experiment's id)
 *   eppo           MD5 of <salt>-<unit>, 4 bytes, mod 10000
 *   statsig        SHA-256 of <salt>.<unit>, 8 bytes, mod 10000                     (salt: config.rule)
 * GrowthBook hashes UTF-16 code units, the others the bytes of UTF-8.  Texts are UTF-8; an invalid byte counts as
 * U+FFFD for GrowthBook.  No allocation; re-entrant; well below 200 ns. */
#ifndef RECKON_STATS_HASH_H
#define RECKON_STATS_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*      name            text             buckets */
#define HASH_SCHEMES(X)                                                                \
    X(GROWTHBOOK_V2, "growthbook-v2", 10000)                                           \
    X(GROWTHBOOK_V1, "growthbook-v1", 1000)                                            \
    X(PLANOUT, "planout", 0)                                                           \
    X(POSTHOG, "posthog", 0)                                                           \
    X(OPTIMIZELY, "optimizely", 10000)                                                 \
    X(EPPO, "eppo", 10000)                                                             \
    X(STATSIG, "statsig", 10000)

enum hash_scheme {
#define X(name, text, buckets) HASH_##name,
    HASH_SCHEMES(X)
#undef X
};

struct hash_place {
    uint64_t integer;  /* the scheme's own number: a bucket, or 60 bits */
    uint64_t buckets;  /* how many there are: 2^60 for planout and posthog */
    double fraction;   /* integer / buckets; in [0,1), but for planout and posthog, where rounding may give 1 */
};

const char *hash_scheme_name(enum hash_scheme scheme);
int hash_scheme_find(const char *name, enum hash_scheme *scheme, struct error *err); /* E_NOT_FOUND names them all */

/* A text longer than HASH_TEXT_MAX together is refused (E_BAD_DATA), as is an empty unit: nobody is assigned by it.
 * suffix may be NULL (""); only posthog has one. */
#define HASH_TEXT_MAX 4096
int hash_of(enum hash_scheme scheme, const char *salt, const char *unit, const char *suffix, struct hash_place *out,
            struct error *err);
/* The text that is hashed, cut at `size`; returns its whole length. */
size_t hash_text(enum hash_scheme scheme, const char *salt, const char *unit, const char *suffix, char *out,
                 size_t size);

/* PlanOut's operators on the 60-bit number; `salt` as above, several units joined with "." by the caller. */
int hash_planout_integer(const char *salt, const char *unit, int64_t min, int64_t max, int64_t *out, struct error *err);
int hash_planout_float(const char *salt, const char *unit, double min, double max, double *out, struct error *err);
int hash_planout_choice(const char *salt, const char *unit, size_t n, size_t *out, struct error *err);
/* The first index whose cumulative weight is at least u times the sum. */
int hash_planout_weighted(const char *salt, const char *unit, const double *weights, size_t n, size_t *out,
                          struct error *err);
/* Fisher-Yates over 0..n-1; the first `draws` are left in out (which has room for n). */
int hash_planout_sample(const char *salt, const char *unit, size_t n, size_t draws, uint32_t *out, struct error *err);

#endif
