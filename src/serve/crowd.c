#include "serve/crowd.h"

#include "base/mem.h"

int crowd_init(struct crowd *self, uint32_t n, struct error *err)
{
    *self = (struct crowd){.requests = mem_zalloc(n, sizeof *self->requests),
                           .slates = mem_zalloc(n, sizeof *self->slates),
                           .errors = mem_zalloc(n, sizeof *self->errors),
                           .outcome = mem_zalloc(n, sizeof *self->outcome),
                           .n = n};
    bool good = self->requests != NULL && self->slates != NULL && self->errors != NULL && self->outcome != NULL;
    return good ? 0 : error_nomem(err, "recommend");
}

int crowd_ask(struct crowd *self, struct recommender *recommender, struct error *err)
{
    return recommender_recommend_many(recommender, self->requests, self->n, self->slates, self->outcome, self->errors,
                                      err);
}

void crowd_release(struct crowd *self)
{
    for (uint32_t i = 0; self->slates != NULL && i < self->n; i++)
        slate_release(&self->slates[i]);
    mem_free(self->requests);
    mem_free(self->slates);
    mem_free(self->errors);
    mem_free(self->outcome);
}
