/* What a thread works with: its store connection, and a recommender for each model that it was asked for lately. */
#include "recommend/recommender.h"
#include "serve/server.h"
#include "serve/view_model.h"
#include "store/registry.h"
#include "store/store.h"

static void leave(struct desk *self, size_t seat)
{
    recommender_free(self->seats[seat].recommender);
    recommender_core_release(self->seats[seat].core);
    self->seats[seat].recommender = NULL;
    self->seats[seat].core = NULL;
}

int desk_open(struct desk *self, struct server *server, struct error *err)
{
    if (self->store != NULL && self->epoch == atomic_load(&server->epoch))
        return 0;
    desk_close(self); /* the recommenders first: they read from it */
    return server_open_store(server, &self->store, &self->epoch, false, err);
}

void desk_tidy(struct desk *self, const struct view *view)
{
    if (view == NULL || view->generation == self->view)
        return;
    self->view = view->generation;
    for (size_t i = 0; i < DESK_SEATS; i++)
        if (self->seats[i].core != NULL && !view_has_core(view, self->seats[i].core))
            leave(self, i);
}

void desk_close(struct desk *self)
{
    for (size_t i = 0; i < DESK_SEATS; i++)
        leave(self, i);
    store_close(self->store);
    self->store = NULL;
}

/* The seat of that core, or the one to be had. */
static size_t find_seat(const struct desk *self, const struct recommender_core *core)
{
    size_t best = 0;
    for (size_t i = 0; i < DESK_SEATS; i++) {
        if (self->seats[i].core == core)
            return i;
        if (self->seats[i].core == NULL ||
            (self->seats[best].core != NULL && self->seats[i].used < self->seats[best].used))
            best = i;
    }
    return best;
}

int desk_recommender(struct desk *self, struct server *server, const struct view *view, struct recommender_core *core,
                     struct recommender **out, struct error *err)
{
    const struct recommender_moment now = server_moment(server, self->epoch);
    desk_tidy(self, view);
    size_t i = find_seat(self, core);
    if (self->seats[i].core != core) {
        leave(self, i);
        int rc = recommender_new(&self->seats[i].recommender, core, self->store, NULL, err);
        if (rc != 0)
            return rc;
        self->seats[i].core = recommender_core_hold(core);
    }
    recommender_now(self->seats[i].recommender, &now, &server->item_changes);
    self->seats[i].used = ++self->uses;
    *out = self->seats[i].recommender;
    return 0;
}

/* `named_lock` is held. */
static struct recommender_core *find_named(struct server *server, int64_t model)
{
    for (size_t i = 0; i < NAMED_CORES; i++)
        if (server->named[i] != NULL && recommender_core_record(server->named[i])->model == model) {
            struct recommender_core *found = server->named[i];
            for (; i > 0; i--)
                server->named[i] = server->named[i - 1];
            return server->named[0] = found;
        }
    return NULL;
}

int server_named_core(struct server *server, struct store *store, const struct view *view, const char *spec,
                      struct recommender_core **out, struct error *err)
{
    struct model_record record;
    struct recommender_options options = {.model = spec};
    *out = view_named_core(view, spec);
    if (*out != NULL)
        return 0;
    int rc = registry_find(store, spec, &record, err);
    if (rc != 0)
        return rc;
    int64_t model = record.model;
    model_record_release(&record);
    *out = view_model_core(view, model);
    if (*out != NULL)
        return 0;
    pthread_mutex_lock(&server->named_lock); /* also while it is loaded: once is enough */
    struct recommender_core *core = find_named(server, model);
    if (core == NULL && (rc = recommender_core_open(&core, store, &options, err)) == 0) {
        recommender_core_release(server->named[NAMED_CORES - 1]);
        for (size_t i = NAMED_CORES - 1; i > 0; i--)
            server->named[i] = server->named[i - 1];
        server->named[0] = core;
    }
    if (rc == 0)
        *out = recommender_core_hold(core);
    pthread_mutex_unlock(&server->named_lock);
    return rc;
}

void server_forget_named(struct server *server)
{
    pthread_mutex_lock(&server->named_lock);
    for (size_t i = 0; i < NAMED_CORES; i++) {
        recommender_core_release(server->named[i]);
        server->named[i] = NULL;
    }
    pthread_mutex_unlock(&server->named_lock);
}
