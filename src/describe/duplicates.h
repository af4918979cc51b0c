/* duplicates: which text of many is nearly the same as one, exactly enough to send it to an editor.
 *
 * A text is the set of its runs of three words (shingles; letters of either case alike, whatever is no word passed over; of a
 * shorter text its words).  How alike two are is the Jaccard index of their sets, between 0 and 1.  Candidates are found
 * by MinHash in bands (A. Broder 1997; P. Indyk & R. Motwani 1998), with as many bands as miss one of a thousand pairs at
 * the threshold, fewer above it; each candidate is then confirmed by its sets, so that what is told is true.
 *
 * Deterministic: the same texts in the same order give the same answers.  Memory: about 4 bytes a word and 60 a text, and
 * 4 bytes a band.  Pure; one thread. */
#ifndef RECKON_DESCRIBE_DUPLICATES_H
#define RECKON_DESCRIBE_DUPLICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The shingles of a text, ascending, each once. */
struct shingles {
    uint32_t *list; /* owned */
    size_t n, cap;
};

int shingles_make(struct shingles *out, const char *text, struct error *err); /* out: zeroed, or of before */
void shingles_release(struct shingles *self);
/* Jaccard; 0 when one of them is empty. */
double shingles_alike(const uint32_t *a, size_t n, const uint32_t *b, size_t m);

struct duplicates;

/* threshold: in (0, 1]: from which likeness on two texts are nearly the same. */
int duplicates_new(struct duplicates **out, double threshold, struct error *err);
void duplicates_free(struct duplicates *self); /* NULL is fine */

/* A text of an owner (an item): its earlier texts stay, and never count against a later one of the same owner. */
int duplicates_add(struct duplicates *self, int64_t owner, const struct shingles *text, struct error *err);

/* Is there a text of another owner that is so alike?  *other, and how alike: the most alike of those that are looked at
 * (of equals the one that was added first), which are all candidates up to a thousand: where there are more, the shop's
 * texts are all the same anyway. */
bool duplicates_find(struct duplicates *self, int64_t owner, const struct shingles *text, int64_t *other, double *alike);

#endif
