#include "command/background.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "recommend/cores.h"

enum { CREW_MAX = 8, NICER = 5 };

struct background {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct background_job *jobs; /* newest first */
    int64_t numbers;
    bool closing;
    char workspace[4096];
    unsigned threads, n_crew;
    struct cores *cores;
    int (*check_keys)(const char *text, size_t n, struct error *err);
    const char *front;
    void (*changed)(void *context);
    void *context;
    pthread_t crew[CREW_MAX];
};

const char *background_state_name(enum background_state state)
{
    static const char *const names[] = {"waiting", "running", "done", "failed", "cancelled"};
    return names[state];
}

bool background_over(const struct background_job *job)
{
    return job->state >= BACKGROUND_DONE;
}

/* `lock` is held. */
static void touch(struct background_job *job)
{
    job->version++;
    if (job->owner->changed != NULL)
        job->owner->changed(job->owner->context);
}

static void on_progress(void *context, const char *note, double done, double total, const char *unit)
{
    struct background_job *job = context;
    pthread_mutex_lock(&job->owner->lock);
    snprintf(job->note, sizeof job->note, "%s", note);
    snprintf(job->unit, sizeof job->unit, "%s", unit != NULL ? unit : "");
    job->done = done;
    job->total = total;
    touch(job);
    pthread_mutex_unlock(&job->owner->lock);
}

static void job_free(struct background_job *job)
{
    args_free(job->args);
    result_release(&job->result);
    curves_release(&job->curves);
    mem_free(job);
}

/* The oldest that are over and that nobody watches; `lock` is held. */
static void forget_some(struct background *self)
{
    size_t n = 0;
    for (struct background_job **at = &self->jobs; *at != NULL;) {
        struct background_job *job = *at;
        if (++n > BACKGROUND_KEPT && background_over(job) && job->watchers == 0) {
            *at = job->next;
            job_free(job);
        } else {
            at = &job->next;
        }
    }
}

/* The one that waits longest; `lock` is held. */
static struct background_job *next_waiting(struct background *self)
{
    struct background_job *oldest = NULL;
    for (struct background_job *j = self->jobs; j != NULL; j = j->next)
        if (j->state == BACKGROUND_WAITING)
            oldest = j;
    return oldest;
}

/* Without the lock. */
static int carry_out(struct background_job *job, const char *workspace, unsigned threads, struct result *result,
                     struct error *err)
{
    struct app app = {.workspace_option = workspace[0] != '\0' ? workspace : NULL,
                      .threads = threads,
                      .cores = job->owner->cores,
                      .check_keys = job->owner->check_keys,
                      .job = &job->job,
                      .confirmed = job->confirmed,
                      .front = job->owner->front,
                      .caller = job->caller[0] != '\0' ? job->caller : NULL};
    int rc = job_cancelled(&job->job) ? job_error_cancelled(err, job->command->name)
                                      : command_run(job->command, &app, job->args, result, err);
    app_release(&app);
    return rc;
}

/* `lock` is held, and let go while the command runs. */
static void run_job(struct background *self, struct background_job *job)
{
    struct error err = {0};
    struct result result;
    char workspace[sizeof self->workspace];
    strcpy(workspace, self->workspace);
    job->state = BACKGROUND_RUNNING;
    job->started = clock_now_ms();
    touch(job);
    pthread_mutex_unlock(&self->lock);
    result_init(&result);
    int rc = carry_out(job, workspace, self->threads, &result, &err);
    pthread_mutex_lock(&self->lock);
    job->result = result;
    job->error = err;
    struct args *none = (job->command->flags & CF_PRIVATE) != 0 ? args_new(job->command) : NULL;
    if (none != NULL) { /* whom it was about is remembered no longer than it takes */
        args_free(job->args);
        job->args = none;
    }
    job->ended = clock_now_ms();
    job->state = rc == 0 ? BACKGROUND_DONE : rc == E_CANCELLED ? BACKGROUND_CANCELLED : BACKGROUND_FAILED;
    touch(job);
}

/* Long work lets those go first who wait at a key or for an answer: the front's own threads.  Threads that this one
 * starts (base/pool.h) inherit it.  On a processor that is free it costs nothing; where it cannot be done, it is left. */
static void go_behind(void)
{
#ifdef SCHED_BATCH
    struct sched_param none = {0};
    sched_setscheduler(0, SCHED_BATCH, &none); /* on Linux both are about the calling thread alone */
    int before = getpriority(PRIO_PROCESS, 0);
    setpriority(PRIO_PROCESS, 0, before < 19 - NICER ? before + NICER : 19);
#endif
}

static void *work(void *context)
{
    struct background *self = context;
    go_behind();
    pthread_mutex_lock(&self->lock);
    for (;;) {
        struct background_job *job = next_waiting(self);
        if (job != NULL) {
            run_job(self, job);
            mem_wipe_stack(); /* it may have erased somebody */
        } else if (self->closing) {
            break;
        } else {
            pthread_cond_wait(&self->work, &self->lock);
        }
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

int background_new(struct background **out, const struct background_options *options, struct error *err)
{
    sigset_t all, before;
    struct background *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "jobs");
    self->threads = options->threads;
    self->cores = options->keep_models ? cores_new() : NULL; /* without, each question opens its own */
    self->front = options->front;
    self->check_keys = options->check_keys;
    self->changed = options->changed;
    self->context = options->context;
    if (options->workspace != NULL)
        snprintf(self->workspace, sizeof self->workspace, "%s", options->workspace);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->work, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (self->n_crew < options->crew && self->n_crew < CREW_MAX &&
           pthread_create(&self->crew[self->n_crew], NULL, work, self) == 0)
        self->n_crew++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (self->n_crew == 0) {
        background_free(self);
        return error_set(err, E_FAILED, "jobs", "no thread can be started");
    }
    *out = self;
    return 0;
}

void background_cancel_all(struct background *self)
{
    if (self == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    self->closing = true;
    for (struct background_job *j = self->jobs; j != NULL; j = j->next)
        job_cancel(&j->job);
    pthread_cond_broadcast(&self->work);
    pthread_mutex_unlock(&self->lock);
}

void background_free(struct background *self)
{
    if (self == NULL)
        return;
    background_cancel_all(self);
    for (unsigned i = 0; i < self->n_crew; i++)
        pthread_join(self->crew[i], NULL);
    for (struct background_job *j = self->jobs, *next; j != NULL; j = next) {
        next = j->next;
        job_free(j);
    }
    cores_free(self->cores);
    pthread_mutex_destroy(&self->lock);
    pthread_cond_destroy(&self->work);
    mem_free(self);
}

void background_set_workspace(struct background *self, const char *workspace)
{
    pthread_mutex_lock(&self->lock);
    snprintf(self->workspace, sizeof self->workspace, "%s", workspace);
    pthread_mutex_unlock(&self->lock);
}

int background_start(struct background *self, const struct command *command, struct args *args, bool confirmed,
                     const char *caller, int64_t *number, struct error *err)
{
    unsigned char random[(BACKGROUND_ID_SIZE - 1) / 2];
    struct background_job *job = mem_zalloc(1, sizeof *job);
    if (job == NULL) {
        args_free(args);
        return error_nomem(err, command->name);
    }
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(job->id, sizeof job->id, random, sizeof random);
    job->command = command;
    job->args = args;
    job->confirmed = confirmed;
    snprintf(job->caller, sizeof job->caller, "%s", caller != NULL ? caller : "");
    job->owner = self;
    job->created = clock_now_ms();
    job_init(&job->job, on_progress, job);
    curves_init(&job->curves);
    job->job.curves = &job->curves;
    result_init(&job->result);
    pthread_mutex_lock(&self->lock);
    job->number = ++self->numbers;
    job->next = self->jobs;
    self->jobs = job;
    if (self->closing)
        job_cancel(&job->job);
    if (number != NULL)
        *number = job->number;
    forget_some(self);
    touch(job);
    pthread_cond_signal(&self->work);
    pthread_mutex_unlock(&self->lock);
    return 0;
}

struct cores *background_cores(struct background *self)
{
    return self->cores;
}

void background_lock(struct background *self)
{
    pthread_mutex_lock(&self->lock);
}

void background_unlock(struct background *self)
{
    pthread_mutex_unlock(&self->lock);
}

struct background_job *background_first(struct background *self)
{
    return self->jobs;
}

struct background_job *background_find(struct background *self, const char *id)
{
    struct background_job *j = self->jobs;
    while (j != NULL && strcmp(j->id, id) != 0)
        j = j->next;
    return j;
}

struct background_job *background_numbered(struct background *self, int64_t number)
{
    struct background_job *j = self->jobs;
    while (j != NULL && j->number != number)
        j = j->next;
    return j;
}

size_t background_unfinished(struct background *self)
{
    size_t n = 0;
    for (const struct background_job *j = self->jobs; j != NULL; j = j->next)
        n += !background_over(j);
    return n;
}
