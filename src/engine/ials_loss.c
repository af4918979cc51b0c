#include "engine/ials_loss.h"

#include "engine/dense.h"

#define PRODUCTS 3.2e7 /* that the sample may cost in the Gram matrix */
#define USERS_MIN 64
#define USERS_MAX 4096

static double dot(const float *a, const float *b, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static double user_loss(const struct ials_sample *s, uint32_t row)
{
    const struct csr *m = s->by_user;
    size_t width = dense_pad(s->dim);
    const float *x = s->x + row * width;
    double loss = 0, everywhere = 0;
    for (uint64_t i = m->start[row]; i < m->start[(size_t)row + 1]; i++) {
        double gap = 1 - dot(x, s->y + m->col[i] * width, s->dim);
        loss += (m->val == NULL ? 1 : (double)m->val[i]) * gap * gap;
    }
    for (uint32_t k = 0; k < s->dim; k++)
        everywhere += (double)x[k] * dot(s->gram + k * width, x, s->dim);
    return loss + s->unobserved_weight * everywhere;
}

double ials_loss_sample(const struct ials_sample *self)
{
    double most = PRODUCTS / ((double)self->dim * self->dim), sum = 0;
    uint32_t wanted = most < USERS_MIN ? USERS_MIN : most > USERS_MAX ? USERS_MAX : (uint32_t)most;
    uint32_t rows = self->by_user->rows, step = rows / wanted + 1, n = 0;
    for (uint32_t row = 0; row < rows; row += step, n++)
        sum += user_loss(self, row);
    return n > 0 ? sum / n : 0;
}
