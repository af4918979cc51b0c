/* near: is a text nearly the same as one that the collection has of another product?
 *
 * Compared are the description, or, where there is none, all that was written; with what stands in the collection now (in
 * review, approved, published).  For a few texts the collection is read for each (some seconds a million); for more it is
 * kept in memory (duplicates.h: 180 MB for 500,000).  One thread; borrows the store. */
#ifndef RECKON_DESCRIBE_NEAR_H
#define RECKON_DESCRIBE_NEAR_H

#include "base/job.h"
#include "describe/checker.h"
#include "store/store.h"

struct near;

/* threshold 0: nothing is ever near.  expected: so many texts will be asked about. */
int near_new(struct near **out, struct store *store, const char *collection, double threshold, size_t expected,
             struct job *job, struct error *err);
void near_free(struct near *self); /* NULL is fine */

/* Adds what is found of it to the findings: "near-duplicate of ITEM (91 % alike)". */
int near_check(struct near *self, int64_t item, const json_t *content, struct checker_findings *findings,
               struct error *err);
/* From now on the collection has the text too that near_check was asked about last. */
int near_add(struct near *self, int64_t item, struct error *err);

#endif
