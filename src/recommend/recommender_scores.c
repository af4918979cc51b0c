/* What the model makes of given items for a person, without putting a slate together. */
#include <math.h>

#include "recommend/recommender_private.h"

int recommender_numbers(struct recommender *self, const char *const *items, uint32_t n, uint32_t *numbers,
                        struct error *err)
{
    int rc = 0;
    for (uint32_t i = 0; i < n && rc == 0; i++)
        rc = recommender_lookup(self, items[i], &numbers[i], err);
    return rc;
}

static int score_items(struct recommender *self, const struct recommender_request *request, const uint32_t *numbers,
                       uint32_t n, float *scores, struct error *err)
{
    struct past past = {0};
    struct slate slate = {.n = 0};
    int rc = recommender_past(self, request, &past, err);
    if (rc == 0)
        rc = recommender_score(self, &past, &slate, err);
    for (uint32_t i = 0; i < n && rc == 0; i++)
        scores[i] = numbers[i] < self->core->opened.model->n_items ? self->scores[numbers[i]] : -INFINITY;
    recommender_end_question(self);
    recommender_past_release(&past);
    slate_release(&slate);
    return rc;
}

int recommender_scores(struct recommender *self, const struct recommender_request *request, const uint32_t *numbers,
                       uint32_t n, float *scores, struct error *err)
{
    int rc = store_begin_read(self->store, err);
    if (rc != 0)
        return rc;
    rc = score_items(self, request, numbers, n, scores, err);
    store_end_read(self->store);
    return rc;
}
