/* surroundings: what else may be told of a product than its own facts: how many people rated it and how well, and the
 * titles of products that are alike (facts.beside).
 *
 * Only what the template asks for is looked up: {reviews}, and {neighbours} by the model in production, else the newest
 * that can tell.  Numbers are rough on purpose, at least so many of 5, 10, 20, 50, ..., and the mean to a tenth: fewer than
 * five are told to nobody, no single person can be read off a difference, and a product costs nothing again
 * for one rating more.  A word that anybody wrote is never read (store/ratings.h).
 * Borrows store and template.  One thread. */
#ifndef RECKON_DESCRIBE_SURROUNDINGS_H
#define RECKON_DESCRIBE_SURROUNDINGS_H

#include "base/job.h"
#include "describe/facts.h"
#include "describe/template.h"

struct surroundings;

/* E_NOT_FOUND: the template asks for {neighbours}, and no model can tell them. */
int surroundings_new(struct surroundings **out, struct store *store, const struct template *template, struct job *job,
                     struct error *err);
void surroundings_free(struct surroundings *self); /* NULL is fine */

/* facts_read, and what stands beside. */
int surroundings_facts(struct surroundings *self, int64_t item, struct facts *out, struct error *err);

/* 0, 5, 10, 20, 50, 100, ...: the largest that is not above n. */
int64_t surroundings_at_least(int64_t n);

#endif
