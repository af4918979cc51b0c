#include "describe/surroundings.h"

#include <math.h>

#include "base/mem.h"
#include "describe/personal.h"
#include "recommend/recommender.h"
#include "store/ratings.h"

enum { NEIGHBOURS = 5, RATERS_LEAST = 5 };

struct surroundings {
    struct store *store;
    struct recommender *recommender; /* NULL: nobody asks for neighbours */
    bool reviews;
};

void surroundings_free(struct surroundings *self)
{
    if (self == NULL)
        return;
    recommender_free(self->recommender);
    mem_free(self);
}

int surroundings_new(struct surroundings **out, struct store *store, const struct template *template, struct job *job,
                     struct error *err)
{
    struct recommender_options options = {.similar = true, .job = job};
    struct surroundings *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "neighbours");
    self->store = store;
    self->reviews = template_uses(template, TEMPLATE_REVIEWS);
    int rc = template_uses(template, TEMPLATE_NEIGHBOURS) ? recommender_open(&self->recommender, store, &options, err) : 0;
    if (rc == E_NOT_FOUND) {
        error_set(err, E_NOT_FOUND, template->name, "it says {neighbours}, and no model can tell which products are alike");
        error_hint(err, E_NOT_FOUND, "`reckon train knn` makes one; or take {neighbours} out of the template");
    }
    if (rc != 0) {
        surroundings_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

int64_t surroundings_at_least(int64_t n)
{
    int64_t step = RATERS_LEAST;
    if (n < step)
        return 0;
    for (int i = 0;; i++) { /* 5 10 20 50 100 */
        int64_t next = i % 3 == 2 ? step / 2 * 5 : step * 2;
        if (next > n)
            return step;
        step = next;
    }
}

static int take_ratings(struct surroundings *self, struct facts *facts, struct error *err)
{
    struct rating_sums sums;
    struct facts_beside *b = &facts->beside;
    int rc = ratings_of_item(self->store, facts->item, &sums, err);
    if (rc != 0)
        return rc;
    b->raters = surroundings_at_least(sums.raters);
    b->reviewers = surroundings_at_least(sums.reviewers);
    b->rating = b->raters > 0 ? round(10 * sums.mean) / 10 : 0;
    return 0;
}

static int take_neighbours(struct surroundings *self, struct facts *facts, struct error *err)
{
    struct recommender_request request = {.n = NEIGHBOURS, .no_reasons = true, .repeat = true};
    struct slate slate;
    struct facts_beside *b = &facts->beside;
    int rc = recommender_similar(self->recommender, facts->identifier, &request, &slate, err);
    if (rc == E_NOT_FOUND) /* the model does not know it (yet): there are none */
        return 0;
    if (rc != 0)
        return rc;
    b->neighbours = mem_zalloc(slate.n > 0 ? slate.n : 1, sizeof *b->neighbours);
    rc = b->neighbours == NULL ? error_nomem(err, "neighbours") : 0;
    for (uint32_t i = 0; rc == 0 && i < slate.n; i++) {
        const char *why = NULL, *title = slate.items[i].title != NULL ? slate.items[i].title : "";
        rc = personal_is(self->store, title, &why, err); /* titles that lead to a person go out as little as facts do */
        if (rc == 0 && why == NULL && facts_one_line(title, &b->neighbours[b->n_neighbours]) > 0)
            b->n_neighbours++;
    }
    slate_release(&slate);
    return rc;
}

int surroundings_facts(struct surroundings *self, int64_t item, struct facts *out, struct error *err)
{
    int rc = facts_read(out, self->store, item, err);
    if (rc == 0 && self->reviews)
        rc = take_ratings(self, out, err);
    if (rc == 0 && self->recommender != NULL)
        rc = take_neighbours(self, out, err);
    return rc;
}
