#include "engine/change.h"

#include <string.h>

#include "base/mem.h"

/* The items that stay, numbered anew. */
static uint32_t number_items(struct change *self)
{
    const struct dataset *b = self->before;
    const struct csr *described = b->terms != NULL ? &b->terms->counts : NULL;
    uint32_t n = 0;
    memset(self->place, 0xff, b->n_items * sizeof *self->place);
    for (uint32_t u = 0; u < b->n_users; u++)
        for (uint64_t e = b->user_start[u]; self->gone[u] == 0 && e < b->user_start[(size_t)u + 1]; e++)
            self->place[b->item[e]] = 0;
    for (uint32_t i = 0; i < b->n_items; i++) {
        bool stays = self->place[i] == 0 || (described != NULL && described->start[(size_t)i + 1] > described->start[i]);
        self->place[i] = stays ? n++ : CHANGE_NOWHERE;
    }
    return n;
}

static void fill(struct change *self)
{
    const struct dataset *b = self->before;
    struct dataset *a = &self->after;
    uint64_t at = 0;
    uint32_t users = 0;
    for (uint32_t u = 0; u < b->n_users; u++) {
        if (self->gone[u] != 0)
            continue;
        uint64_t from = b->user_start[u], n = b->user_start[(size_t)u + 1] - from;
        a->user_start[users] = at;
        a->user_key[users++] = b->user_key[u];
        for (uint64_t e = 0; e < n; e++)
            a->item[at + e] = self->place[b->item[from + e]];
        memcpy(a->time + at, b->time + from, n * sizeof *a->time);
        memcpy(a->weight + at, b->weight + from, n * sizeof *a->weight);
        at += n;
    }
    a->user_start[users] = at;
    for (uint32_t i = 0; i < b->n_items; i++)
        if (self->place[i] != CHANGE_NOWHERE)
            a->item_key[self->place[i]] = b->item_key[i];
}

int change_make(struct change *out, const struct dataset *before, const uint8_t *gone, uint32_t now, struct error *err)
{
    struct change self = {.before = before, .gone = gone};
    uint64_t events = before->n_events;
    for (uint32_t u = 0; u < before->n_users; u++)
        if (gone[u] != 0) {
            self.n_gone++;
            events -= before->user_start[(size_t)u + 1] - before->user_start[u];
        }
    if (events == 0)
        return error_set(err, E_BAD_DATA, "training", "nobody is left to learn from");
    self.place = mem_alloc(before->n_items, sizeof *self.place);
    if (self.place == NULL)
        return error_nomem(err, "the data without them");
    uint32_t n_items = number_items(&self);
    int rc = dataset_alloc(&self.after, before->n_users - self.n_gone, n_items, events, err);
    if (rc != 0) {
        mem_free(self.place);
        return rc;
    }
    fill(&self);
    self.after.now = now;
    self.after.traits = before->traits;
    self.after.terms = n_items == before->n_items ? before->terms : NULL;
    *out = self;
    return 0;
}

void change_release(struct change *self)
{
    dataset_release(&self->after);
    mem_free(self->place);
    *self = (struct change){0};
}

bool change_moves_ages(const struct change *self, const struct weighting *w)
{
    return self->after.now != self->before->now && (w->half_life_days > 0 || w->window_days > 0);
}

uint8_t *change_touched(const struct change *self)
{
    const struct dataset *b = self->before;
    uint8_t *touched = mem_zalloc(self->after.n_items, 1);
    for (uint32_t u = 0; touched != NULL && u < b->n_users; u++)
        for (uint64_t e = b->user_start[u]; self->gone[u] != 0 && e < b->user_start[(size_t)u + 1]; e++)
            if (self->place[b->item[e]] != CHANGE_NOWHERE)
                touched[self->place[b->item[e]]] = 1;
    return touched;
}
