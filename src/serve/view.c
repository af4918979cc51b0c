#include "serve/view.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "describe/texts.h"
#include "recommend/policy.h"
#include "serve/view_model.h"

void view_slot_init(struct view_slot *self)
{
    *self = (struct view_slot){.current = NULL};
    pthread_mutex_init(&self->lock, NULL);
}

void view_slot_release(struct view_slot *self)
{
    view_release(self->current);
    pthread_mutex_destroy(&self->lock);
}

struct view *view_hold(struct view_slot *self)
{
    pthread_mutex_lock(&self->lock);
    struct view *view = self->current;
    if (view != NULL)
        atomic_fetch_add_explicit(&view->holders, 1, memory_order_relaxed);
    pthread_mutex_unlock(&self->lock);
    return view;
}

void view_release(struct view *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->holders, 1, memory_order_acq_rel) != 1)
        return;
    view_model_release(self);
    policy_release(self->policy);
    book_release(&self->book);
    texts_release(self->texts);
    if (self->keys != NULL)
        sodium_memzero(self->keys, self->n_keys * sizeof *self->keys);
    mem_free(self->keys);
    mem_free(self);
}

void view_swap(struct view_slot *self, struct view *next)
{
    pthread_mutex_lock(&self->lock);
    struct view *former = self->current;
    self->current = next;
    pthread_mutex_unlock(&self->lock);
    view_release(former);
}

struct gathering {
    struct view *view;
    size_t cap;
};

static int take_key(void *context, const struct key_info *info)
{
    struct gathering *g = context;
    g->view->any_key = true;
    if (info->revoked != 0)
        return 0;
    if (mem_grow((void **)&g->view->keys, &g->cap, g->view->n_keys + 1, sizeof *g->view->keys) != 0)
        return E_NOMEM;
    struct view_key *key = &g->view->keys[g->view->n_keys++];
    *key = (struct view_key){.key = info->key, .expires = info->expires, .roles = info->roles};
    memcpy(key->hash, info->hash, KEY_HASH);
    return 0;
}

int view_build(struct view **out, struct store *store, const struct settings *settings, unsigned dialects,
               const struct view *former, bool same_store, struct error *err)
{
    struct view *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "serve");
    atomic_init(&self->holders, 1);
    self->generation = former != NULL ? former->generation + 1 : 1;
    self->settings = *settings;
    self->dialects = dialects;
    struct gathering g = {.view = self};
    int rc = keys_each(store, take_key, &g, err);
    if (rc == 0)
        rc = policy_load(&self->policy, store, err);
    if (rc == 0)
        rc = book_load(&self->book, store, settings_real(settings, SETTING_ID_HOLDOUT), err);
    if (rc == 0)
        rc = texts_load(&self->texts, store, same_store && former != NULL ? former->texts : NULL, err);
    if (rc == 0)
        self->changes_at = policy_next_change(self->policy, clock_now_ms());
    if (rc == 0)
        rc = view_model_open(self, store, same_store ? former : NULL, err);
    if (rc != 0) {
        view_release(self);
        return rc;
    }
    *out = self;
    return 0;
}

bool view_has_core(const struct view *self, const struct recommender_core *core)
{
    bool has = core == self->core || core == self->similar_core || core == self->placer;
    for (size_t i = 0; i < self->n_named && !has; i++)
        has = core == self->named[i].core;
    return has;
}

const struct view_key *view_find_key(const struct view *self, const char *token, size_t n, int64_t now_ms)
{
    int64_t number;
    unsigned char hash[KEY_HASH];
    if (!keys_read_token(token, n, &number, hash))
        return NULL;
    size_t low = 0, high = self->n_keys;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (self->keys[mid].key < number)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == self->n_keys || self->keys[low].key != number ||
        sodium_memcmp(self->keys[low].hash, hash, KEY_HASH) != 0)
        return NULL;
    const struct view_key *key = &self->keys[low];
    return key->expires == 0 || key->expires > now_ms ? key : NULL;
}
