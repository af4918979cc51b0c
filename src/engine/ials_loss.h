/* ials_loss: how large the error of factors is, on a sample of the users: for the curve that people watch. */
#ifndef RECKON_ENGINE_IALS_LOSS_H
#define RECKON_ENGINE_IALS_LOSS_H

#include "engine/dataset.h"

struct ials_sample {
    const struct csr *by_user;
    const float *x, *y;  /* rows of dense_pad(dim) floats */
    const float *gram;   /* of y */
    uint32_t dim;
    double unobserved_weight;
};

/* Mean over evenly chosen users of
 *     sum over the user's entries of w (1 - x.y)^2  +  w0 * sum over all items of (x.y)^2,
 * which is what the sweeps lower, without the regularisation.  So few users that it costs next to nothing beside an
 * epoch. */
double ials_loss_sample(const struct ials_sample *self);

#endif
