#include "ui/fetcher.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/store.h"

enum { CACHE_MIB = 8 };

struct asked {
    struct asked *next;
    struct question question;
    struct job job;
    bool forgotten;
    int rc;
    struct error error;
};

struct lane {
    struct fetcher *fetcher;
    struct asked *first, *last; /* that wait */
    struct asked *now;          /* under way */
    pthread_cond_t filled;
    pthread_t thread;
    bool started;
    /* Of the thread alone. */
    struct store *store;
    struct stat file;
    char workspace[FS_PATH_MAX];
};

struct fetcher {
    pthread_mutex_t lock;
    struct lane lanes[READ_LANES];
    struct asked *done, **done_end;
    char workspace[FS_PATH_MAX];
    bool closing;
    size_t pending;
    void (*bell)(void *context);
    void *context;
};

static void asked_free(struct asked *a)
{
    if (a->question.free != NULL)
        a->question.free(a->question.data);
    mem_free(a);
}

/* Opens the store anew when its file is not the one that was opened. */
static int open_store(struct lane *self, const char *workspace, struct error *err)
{
    char path[FS_PATH_MAX];
    struct stat now;
    if (workspace[0] == '\0' || fs_join(path, sizeof path, workspace, STORE_FILE) != 0 || stat(path, &now) != 0) {
        store_close(self->store);
        self->store = NULL;
        error_set(err, E_NOT_FOUND, workspace[0] != '\0' ? workspace : "workspace",
                  "there is no workspace here (any more)");
        return error_hint(err, E_NOT_FOUND, "`reckon init DIR` makes one; `:` and init does it from the console");
    }
    bool same = self->store != NULL && strcmp(workspace, self->workspace) == 0 && now.st_ino == self->file.st_ino &&
                now.st_dev == self->file.st_dev;
    if (same)
        return 0;
    store_close(self->store);
    self->store = NULL;
    int rc = store_open(&self->store, workspace, false, err);
    if (rc == 0)
        rc = store_set_cache(self->store, CACHE_MIB, err);
    if (rc == 0) {
        self->file = now;
        snprintf(self->workspace, sizeof self->workspace, "%s", workspace);
    }
    return rc;
}

static void answer(struct lane *self, struct asked *a, const char *workspace)
{
    bool without = a->question.without_store;
    a->rc = job_cancelled(&a->job) ? job_error_cancelled(&a->error, "reading")
            : without              ? 0
                                   : open_store(self, workspace, &a->error);
    if (a->rc == 0)
        a->rc = a->question.read(without ? NULL : self->store, a->question.data, &a->job, &a->error);
    if (a->rc == E_IO || a->rc == E_CORRUPT) { /* the next question gets a new connection */
        store_close(self->store);
        self->store = NULL;
    }
}

static void *work(void *context)
{
    struct lane *self = context;
    struct fetcher *fetcher = self->fetcher;
    char workspace[FS_PATH_MAX];
    pthread_mutex_lock(&fetcher->lock);
    for (;;) {
        struct asked *a = self->first;
        if (a == NULL && fetcher->closing)
            break;
        if (a == NULL) {
            pthread_cond_wait(&self->filled, &fetcher->lock);
            continue;
        }
        self->first = a->next;
        if (self->first == NULL)
            self->last = NULL;
        a->next = NULL;
        self->now = a;
        strcpy(workspace, fetcher->workspace);
        pthread_mutex_unlock(&fetcher->lock);
        answer(self, a, workspace);
        pthread_mutex_lock(&fetcher->lock);
        self->now = NULL;
        *fetcher->done_end = a;
        fetcher->done_end = &a->next;
        fetcher->bell(fetcher->context);
    }
    pthread_mutex_unlock(&fetcher->lock);
    store_close(self->store);
    return NULL;
}

int fetcher_new(struct fetcher **out, void (*bell)(void *context), void *context, struct error *err)
{
    sigset_t all, before;
    struct fetcher *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the console");
    self->bell = bell;
    self->context = context;
    self->done_end = &self->done;
    pthread_mutex_init(&self->lock, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    for (int i = 0; i < READ_LANES; i++) {
        self->lanes[i].fetcher = self;
        pthread_cond_init(&self->lanes[i].filled, NULL);
        self->lanes[i].started = pthread_create(&self->lanes[i].thread, NULL, work, &self->lanes[i]) == 0;
        started = started && self->lanes[i].started;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started) {
        fetcher_free(self);
        return error_set(err, E_FAILED, "the console", "no thread can be started");
    }
    *out = self;
    return 0;
}

void fetcher_free(struct fetcher *self)
{
    if (self == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    self->closing = true;
    for (int i = 0; i < READ_LANES; i++) {
        for (struct asked *a = self->lanes[i].first; a != NULL; a = a->next)
            job_cancel(&a->job);
        if (self->lanes[i].now != NULL)
            job_cancel(&self->lanes[i].now->job);
        pthread_cond_broadcast(&self->lanes[i].filled);
    }
    pthread_mutex_unlock(&self->lock);
    for (int i = 0; i < READ_LANES; i++) {
        if (self->lanes[i].started)
            pthread_join(self->lanes[i].thread, NULL);
        pthread_cond_destroy(&self->lanes[i].filled);
    }
    for (struct asked *a = self->done, *next; a != NULL; a = next) {
        next = a->next;
        asked_free(a);
    }
    pthread_mutex_destroy(&self->lock);
    mem_free(self);
}

void fetcher_set_workspace(struct fetcher *self, const char *workspace)
{
    pthread_mutex_lock(&self->lock);
    snprintf(self->workspace, sizeof self->workspace, "%s", workspace);
    pthread_mutex_unlock(&self->lock);
}

int fetcher_ask(struct fetcher *self, const struct question *question, struct error *err)
{
    struct asked *a = mem_zalloc(1, sizeof *a);
    if (a == NULL) {
        if (question->free != NULL)
            question->free(question->data);
        return error_nomem(err, "the console");
    }
    a->question = *question;
    job_init(&a->job, NULL, NULL);
    struct lane *lane = &self->lanes[question->lane];
    pthread_mutex_lock(&self->lock);
    if (lane->last != NULL)
        lane->last->next = a;
    else
        lane->first = a;
    lane->last = a;
    self->pending++;
    pthread_cond_signal(&lane->filled);
    pthread_mutex_unlock(&self->lock);
    return 0;
}

static void forget(struct asked *a, const void *owner)
{
    if (a == NULL || a->question.owner != owner)
        return;
    a->forgotten = true;
    job_cancel(&a->job);
}

void fetcher_forget(struct fetcher *self, const void *owner)
{
    pthread_mutex_lock(&self->lock);
    for (int i = 0; i < READ_LANES; i++) {
        for (struct asked *a = self->lanes[i].first; a != NULL; a = a->next)
            forget(a, owner);
        forget(self->lanes[i].now, owner);
    }
    for (struct asked *a = self->done; a != NULL; a = a->next)
        forget(a, owner);
    pthread_mutex_unlock(&self->lock);
}

/* One answer, taken off the list; NULL. */
static struct asked *take_done(struct fetcher *self)
{
    pthread_mutex_lock(&self->lock);
    struct asked *a = self->done;
    if (a != NULL) {
        self->done = a->next;
        if (self->done == NULL)
            self->done_end = &self->done;
        self->pending--;
    }
    pthread_mutex_unlock(&self->lock);
    return a;
}

size_t fetcher_deliver(struct fetcher *self)
{
    struct asked *a;
    size_t n = 0;
    while ((a = take_done(self)) != NULL) {
        if (!a->forgotten && a->question.deliver != NULL)
            a->question.deliver(a->question.owner, a->question.data, a->rc, &a->error);
        n += !a->forgotten;
        asked_free(a);
    }
    return n;
}

bool fetcher_idle(struct fetcher *self, enum read_lane lane)
{
    pthread_mutex_lock(&self->lock);
    bool idle = self->lanes[lane].now == NULL && self->lanes[lane].first == NULL;
    pthread_mutex_unlock(&self->lock);
    return idle;
}

size_t fetcher_pending(struct fetcher *self)
{
    pthread_mutex_lock(&self->lock);
    size_t n = self->pending;
    pthread_mutex_unlock(&self->lock);
    return n;
}
