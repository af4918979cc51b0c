/* context: bandits that give each person the arm that fits: one ridge regression per arm over attributes of people
 * (LinUCB, linear Thompson; stats/linear_bandit.h).
 *
 * Features are a constant, numbers and truth values in standard deviations from their mean, and a place for each of the
 * CONTEXT_VALUES most frequent texts; what a person has not is the mean, or no text.  Attributes are those that a person
 * has when they are read.  Learnt anew from the store each time, so that who was erased is gone with the next learning.
 * Read-only once it is made: shared by threads. */
#ifndef RECKON_EXPERIMENT_CONTEXT_H
#define RECKON_EXPERIMENT_CONTEXT_H

#include "experiment/adapt.h"

enum { CONTEXT_MAX = 8, CONTEXT_VALUES = 8 };

struct context;

/* Are the attributes of a design with context there?  E_NOT_FOUND. */
int context_check(const struct design *design, struct store *store, struct error *err);

/* From users whose window is over; out->weights are the shares that they would be given now.  E_NOT_FOUND: an attribute
 * that people do not have. */
int context_learn(struct context **out, struct adapted *adapted, struct store *store, int64_t experiment,
                  const struct design *design, int64_t now, struct job *job, struct error *err);
void context_free(struct context *self); /* NULL is fine */

/* JSON text; mem_free.  E_CORRUPT when it is not what context_write writes. */
int context_write(const struct context *self, char **out, struct error *err);
int context_read(struct context **out, const char *text, const char *name, struct error *err);

/* How likely each arm is for a person (0: unknown to the store), the floor included. */
int context_weigh(const struct context *self, struct store *store, int64_t user, double *probability,
                  struct error *err);

#endif
