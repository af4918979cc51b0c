/* ials_train: alternating sweeps over users and items, from random item factors to good ones.
 *
 * An epoch solves the users from the items and then the items from the users (ials_solver.h).  Between epochs
 * the items' factors move a little further in the direction in which they moved last (Nesterov's momentum,
 * which starts anew when the last sweep turned against it): half the epochs then do.
 *
 * Observed weights are brought to a mean of 1 first, so that the regularisation and the unobserved weight mean
 * the same whatever the kinds of event weigh.
 *
 * The start is drawn from streams keyed by (seed, item); rows are solved alone and sums are added in a fixed
 * order, so the result is the same for any number of threads. */
#ifndef RECKON_ENGINE_IALS_TRAIN_H
#define RECKON_ENGINE_IALS_TRAIN_H

#include <stdbool.h>

#include "engine/model.h"

struct ials_factors {
    uint32_t n_items, dim;
    float *items; /* n_items rows of dense_pad(dim); an item without events: zeros */
    float *gram;  /* of the items, dense_pad(dim) square */
    float weight_scale; /* what observed weights were multiplied by: their mean is then 1 */
};

void ials_factors_release(struct ials_factors *self); /* zeroed is fine */

/* Called after each epoch (from 1) with borrowed factors; *stop ends the training. */
typedef int (*ials_watch_fn)(void *context, const struct ials_factors *now, unsigned epoch, bool *stop,
                             struct error *err);

/* `epochs` epochs at most, on `data` with ctx->params (note and seed as there).  start: the items' first factors, as in
 * struct ials_factors; NULL: drawn at random.  watch may be NULL; `what` names the work in progress reports. */
int ials_factorise(struct ials_factors *out, const struct dataset *data, const struct train_context *ctx,
                   unsigned epochs, const char *what, const float *start, ials_watch_fn watch, void *context,
                   struct error *err);

#endif
