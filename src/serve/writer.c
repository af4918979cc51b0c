/* The one thread that writes: many requests, one transaction, one fsync.  A request is answered when its
 * transaction is durable, never before.  One that cannot be carried out is taken back alone; when the store itself
 * fails, all of the transaction are answered with 503, and nothing of them is kept. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "serve/answers.h"
#include "serve/experiment.h"
#include "serve/server.h"
#include "store/posted.h"
#include "store/slates.h"
#include "store/store.h"

enum { GROUP_MAX = 512, WAITING_MAX = 4096, TICK_MS = 50, RETRY_S = 2, PROBE_MS = 2000, FORGET_MS = 3600000, RECORD_MS = 1000 };

/* What another thread wants written. */
struct errand {
    struct errand *next;
    int (*fn)(void *context, struct store *store, struct error *err);
    void *context;
    int rc;
    struct error *err;
    bool done;
};

struct writer {
    struct server *server;
    pthread_mutex_t errand_lock;
    pthread_cond_t errand_done;
    struct errand *errands; /* the newest first; few */
    bool no_errands;        /* it has ended */
    struct work_queue queue;
    pthread_t thread;
    struct desk desk; /* its store may be written */
    int64_t data_version, schema_version; /* as last seen; 0: not yet */
    int64_t probed_ms, forgot_ms, recorded_ms;
};

static void says_failed(struct writer *self, const struct error *err)
{
    char text[400];
    snprintf(text, sizeof text, "nothing can be written: %.100s: %.250s", err->what, err->why);
    state_writes(&self->server->state, text);
    meters_add(&self->server->meters.commit_failures, 1);
}

/* An error of the store, not of one request. */
static bool is_of_the_store(int code)
{
    return code == E_IO || code == E_CORRUPT || code == E_NOMEM;
}

static void refuse(struct writer *self, struct call *calls, const struct error *err)
{
    struct error said = {.code = err->code};
    if (err->code == E_CONFLICT)
        error_set(&said, E_CONFLICT, "", "another process is writing; try again");
    else
        error_set(&said, err->code, "", "nothing can be written at the moment; reading goes on");
    struct call *refused = NULL;
    for (struct call *c = calls, *next; c != NULL; c = next) {
        next = c->next;
        atomic_fetch_sub(&self->server->meters.writing, 1);
        if (experiment_must_write(c)) { /* a slate that is finished goes out all the same */
            http_resume(c);
        } else {
            c->next = refused;
            refused = c;
        }
    }
    work_refuse(refused, RETRY_S, "writes_unavailable", &said);
}

/* All of the group within the open transaction; an error: none of it may be kept. */
static int write_all(struct writer *self, struct call *calls, struct error *err)
{
    int rc = 0;
    for (struct call *c = calls; c != NULL && rc == 0; c = c->next) {
        rc = store_mark(self->desk.store, err);
        if (rc != 0)
            return rc;
        int done = experiment_must_write(c) ? experiment_write(self->desk.store, c, err)
                                            : c->route->handle(self->server, &self->desk, c, err);
        if (done != 0 && is_of_the_store(done))
            return done;
        if (done != 0 && c->status == 0)
            call_error(c, err);
        rc = store_mark_end(self->desk.store, done == 0, err);
    }
    return rc;
}

/* After the answers, since nobody waits for it; and now and then, since slates are recorded when nobody else writes. */
static void empty_log(struct writer *self)
{
    struct error err = {0};
    if (atomic_load(&self->server->log_is_short)) {
        if (store_checkpoint(self->desk.store, true, &err) != 0)
            says_failed(self, &err);
        atomic_store(&self->server->log_is_short, false);
    }
    atomic_store(&self->server->log_pages, store_log_pages(self->desk.store));
}

static void write_group(struct writer *self, struct call *calls)
{
    struct error err = {0};
    int rc = server_open_store(self->server, &self->desk.store, &self->desk.epoch, true, &err);
    if (rc == 0)
        rc = store_set_writing(self->desk.store, STORE_STEADY, &err);
    if (rc == 0)
        rc = store_begin(self->desk.store, &err);
    if (rc == 0)
        rc = write_all(self, calls, &err);
    if (rc == 0)
        rc = store_commit(self->desk.store, &err);
    if (rc != 0) {
        if (self->desk.store != NULL)
            store_rollback(self->desk.store);
        if (rc != E_CONFLICT)
            says_failed(self, &err);
        refuse(self, calls, &err);
        return;
    }
    meters_add(&self->server->meters.commits, 1);
    state_writes(&self->server->state, NULL);
    for (struct call *c = calls, *next; c != NULL; c = next) {
        next = c->next;
        if (c->status < 300 && c->route->committed != NULL)
            c->route->committed(self->server, c);
        atomic_fetch_sub(&self->server->meters.writing, 1);
        http_resume(c);
    }
    empty_log(self);
}

/* Has another connection changed something?  Then nothing that was remembered is certain.  Was the workspace restored?
 * Then also integers mean something else, and everything begins anew. */
static void look_at_others(struct writer *self)
{
    struct server *server = self->server;
    struct error err = {0};
    int64_t data = 0, schema = 0;
    if (server_open_store(server, &self->desk.store, &self->desk.epoch, true, &err) != 0 ||
        store_versions(self->desk.store, &data, &schema, &err) != 0)
        return;
    if (self->schema_version != 0 && schema != self->schema_version) {
        atomic_fetch_add(&server->epoch, 1);
        answers_clear(server->answers); /* rebuilt after an erasure: what was answered before goes from memory, too */
        journal_event(server->journal, "warning", "store_replaced", "the workspace was restored or rebuilt");
    }
    if (data != self->data_version) { /* the first time too: the view is older than this look */
        atomic_fetch_add(&server->data_generation, 1);
        atomic_store(&server->refresh, true);
    }
    self->data_version = data;
    self->schema_version = schema;
}

/* Slates that were given out since the last time; nobody waits for them, and one that cannot be stored is not missed. */
static void record_slates(struct writer *self)
{
    struct server *server = self->server;
    size_t n;
    struct logged_slate *slates = slate_log_take(&server->slates, &n);
    int rc = n == 0 || self->desk.store == NULL ? E_FAILED : store_begin(self->desk.store, NULL);
    for (const struct logged_slate *s = slates; rc == 0 && s != NULL; s = s->next)
        rc = slates_add(self->desk.store, &s->shown, NULL);
    if (rc == 0)
        rc = store_commit(self->desk.store, NULL);
    if (rc != 0 && self->desk.store != NULL && n > 0)
        store_rollback(self->desk.store);
    meters_add(rc == 0 ? &server->meters.slates_recorded : &server->meters.slates_dropped, n);
    slate_log_free(slates);
}

static int forget_old(struct writer *self, struct error *err)
{
    int64_t now = clock_now_ms();
    struct view *view = view_hold(&self->server->view);
    int64_t days = view != NULL ? settings_int(&view->settings, SETTING_ID_SLATES_DAYS) : 0;
    view_release(view);
    int rc = posted_forget(self->desk.store, now - POSTED_KEPT_MS, err);
    return rc != 0 || days == 0 ? rc : slates_forget(self->desk.store, now - days * CLOCK_DAY_MS, err);
}

static void look_after(struct writer *self)
{
    struct error err = {0};
    int64_t now = clock_monotonic_ms();
    look_at_others(self);
    if (!state_can_write(&self->server->state) && self->desk.store != NULL && now - self->probed_ms >= PROBE_MS) {
        self->probed_ms = now;
        if (store_try_write(self->desk.store, &err) == 0)
            state_writes(&self->server->state, NULL);
    }
    if (self->desk.store != NULL && now - self->forgot_ms >= FORGET_MS && store_begin(self->desk.store, &err) == 0) {
        self->forgot_ms = now;
        if (forget_old(self, &err) != 0 || store_commit(self->desk.store, &err) != 0)
            store_rollback(self->desk.store);
    }
    if (now - self->recorded_ms >= RECORD_MS) {
        self->recorded_ms = now;
        record_slates(self);
    }
    if (self->desk.store != NULL)
        empty_log(self);
}

/* Those that wait; `end`: there will be no others. */
static void run_errands(struct writer *self, bool end)
{
    pthread_mutex_lock(&self->errand_lock);
    struct errand *list = self->errands;
    self->errands = NULL;
    self->no_errands = end;
    pthread_mutex_unlock(&self->errand_lock);
    for (struct errand *e = list, *next; e != NULL; e = next) {
        next = e->next;
        int rc = server_open_store(self->server, &self->desk.store, &self->desk.epoch, true, e->err);
        if (rc == 0)
            rc = store_set_writing(self->desk.store, STORE_STEADY, e->err);
        e->rc = rc != 0 ? rc : e->fn(e->context, self->desk.store, e->err);
        pthread_mutex_lock(&self->errand_lock);
        e->done = true;
        pthread_cond_broadcast(&self->errand_done);
        pthread_mutex_unlock(&self->errand_lock);
    }
}

int writer_run(struct writer *self, int (*fn)(void *context, struct store *store, struct error *err), void *context,
               struct error *err)
{
    struct errand errand = {.fn = fn, .context = context, .err = err};
    pthread_mutex_lock(&self->errand_lock);
    bool over = self->no_errands;
    if (!over) {
        errand.next = self->errands;
        self->errands = &errand;
        work_queue_wake(&self->queue);
        while (!errand.done)
            pthread_cond_wait(&self->errand_done, &self->errand_lock);
    }
    pthread_mutex_unlock(&self->errand_lock);
    return over ? error_set(err, E_CANCELLED, "serve", "the server ends") : errand.rc;
}

static void *run(void *context)
{
    struct writer *self = context;
    int64_t looked = 0;
    bool over = false;
    while (!over) {
        struct call *calls = work_queue_take(&self->queue, GROUP_MAX, TICK_MS, &over);
        if (calls != NULL)
            write_group(self, calls);
        run_errands(self, false);
        if (clock_monotonic_ms() - looked >= TICK_MS) {
            look_after(self);
            looked = clock_monotonic_ms();
        }
    }
    run_errands(self, true);
    record_slates(self);
    store_close(self->desk.store);
    return NULL;
}

int writer_start(struct writer **out, struct server *server, struct error *err)
{
    struct writer *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "serve");
    self->server = server;
    self->forgot_ms = clock_monotonic_ms() - FORGET_MS;
    work_queue_init(&self->queue, WAITING_MAX);
    pthread_mutex_init(&self->errand_lock, NULL);
    pthread_cond_init(&self->errand_done, NULL);
    if (pthread_create(&self->thread, NULL, run, self) != 0) {
        work_queue_release(&self->queue);
        mem_free(self);
        return error_set(err, E_FAILED, "serve", "no thread can be started");
    }
    *out = self;
    return 0;
}

bool writer_put(struct writer *self, struct call *call)
{
    atomic_fetch_add(&self->server->meters.writing, 1);
    if (work_queue_put(&self->queue, call))
        return true;
    atomic_fetch_sub(&self->server->meters.writing, 1);
    return false;
}

void writer_stop(struct writer *self)
{
    if (self == NULL)
        return;
    work_queue_close(&self->queue);
    pthread_join(self->thread, NULL);
    work_queue_release(&self->queue);
    pthread_cond_destroy(&self->errand_done);
    pthread_mutex_destroy(&self->errand_lock);
    mem_free(self);
}
