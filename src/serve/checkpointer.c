/* The thread that brings the store's log into the database.
 *
 * Done by whoever commits, as SQLite does it by itself, the writer and all who wait for it would stand still for as long
 * as the disk takes.  Here it is done beside: the pages are copied while the writer goes on.  Under load there is
 * always something newer in the log then, and a log that is not empty never begins anew; so the writer is told, and
 * copies what little has come since between two of its transactions. */
#include "base/mem.h"
#include "serve/server.h"
#include "store/store.h"

enum { PAUSE_MS = 200, LOG_PAGES = 2048 };

struct checkpointer {
    struct server *server;
    struct store *store;
    unsigned epoch;
    struct work_queue rest; /* always empty: closing it ends the pause */
    pthread_t thread;
};

static void look(struct checkpointer *self)
{
    struct error err = {0};
    struct server *server = self->server;
    if (atomic_load(&server->log_pages) < LOG_PAGES || atomic_load(&server->log_is_short))
        return;
    int rc = server_open_store(server, &self->store, &self->epoch, true, &err);
    if (rc == 0)
        rc = store_checkpoint(self->store, false, &err);
    if (rc == 0) /* a disk that fails is told by the writer, which meets it too */
        atomic_store(&server->log_is_short, true);
}

static void *run(void *context)
{
    struct checkpointer *self = context;
    bool over = false;
    while (work_queue_take(&self->rest, 1, PAUSE_MS, &over) == NULL && !over)
        look(self);
    store_close(self->store);
    return NULL;
}

int checkpointer_start(struct checkpointer **out, struct server *server, struct error *err)
{
    struct checkpointer *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "serve");
    self->server = server;
    work_queue_init(&self->rest, 1);
    if (pthread_create(&self->thread, NULL, run, self) != 0) {
        work_queue_release(&self->rest);
        mem_free(self);
        return error_set(err, E_FAILED, "serve", "no thread can be started");
    }
    *out = self;
    return 0;
}

void checkpointer_stop(struct checkpointer *self)
{
    if (self == NULL)
        return;
    work_queue_close(&self->rest);
    pthread_join(self->thread, NULL);
    work_queue_release(&self->rest);
    mem_free(self);
}
