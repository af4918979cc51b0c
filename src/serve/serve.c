#include "serve/serve.h"
#include "serve/experiment.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "recommend/policy.h"
#include "recommend/recommender.h"
#include "serve/admin.h"
#include "serve/answers.h"
#include "serve/attendant.h"
#include "serve/captioner.h"
#include "serve/container.h"
#include "serve/dialect.h"
#include "serve/handlers.h"
#include "serve/opendsr_signer.h"
#include "serve/server.h"
#include "store/consents.h"
#include "store/store.h"

enum { TICK_MS = 50, WORKER_BATCH = 16, COMMANDERS = 2, COMMANDS_WAITING = 64, WATCHDOG_MS = 5000,
       RETRY_MS = 60000 };

int server_open_store(struct server *self, struct store **store, unsigned *epoch, bool writable, struct error *err)
{
    unsigned now = atomic_load(&self->epoch);
    if (*store != NULL && *epoch == now)
        return 0;
    store_close(*store);
    *store = NULL;
    mem_wipe_stack(); /* it may have been rebuilt for an erasure: nothing of what was read stays */
    *epoch = now;
    return store_open(store, self->workspace, writable, err);
}

struct recommender_moment server_moment(const struct server *self, unsigned epoch)
{
    return (struct recommender_moment){.store = epoch,
                                       .data = atomic_load(&self->data_generation),
                                       .items = item_changes_now(&self->item_changes)};
}

unsigned server_user_slot(const char *identifier, size_t n)
{
    return (unsigned)(rng_key(identifier, n) % USER_SLOTS);
}

/* Views. */

struct keeper {
    struct server *server;
    struct store *store;
    unsigned epoch;
    unsigned view_epoch; /* of the store that the current view is from */
    int64_t watchdog_ms;
    int64_t changes_at; /* of the current view */
    sigset_t signals;
};

/* The attributes that rules and scenarios name, for one model: who asks first need not wait for them. */
static int read_ahead(struct keeper *self, const struct view *view, struct recommender_core *core, struct error *err)
{
    struct recommender *recommender;
    const struct recommender_moment now = server_moment(self->server, self->epoch);
    int rc = recommender_new(&recommender, core, self->store, NULL, err);
    if (rc != 0)
        return rc;
    recommender_now(recommender, &now, &self->server->item_changes);
    rc = recommender_read_ahead(recommender, view->policy, view->placer, err);
    recommender_free(recommender);
    return rc;
}

/* For all models that answer.  What cannot be read now is read when somebody asks, who then learns why. */
static void read_all_ahead(struct keeper *self, const struct view *view)
{
    struct error err = {0};
    if (policy_rulesets(view->policy) + policy_scenarios(view->policy) == 0)
        return;
    int rc = view->core != NULL ? read_ahead(self, view, view->core, &err) : 0;
    for (size_t i = 0; i < view->n_named && rc == 0; i++)
        rc = view->named[i].core != view->core ? read_ahead(self, view, view->named[i].core, &err) : 0;
    if (rc != 0)
        journal_event(self->server->journal, "warning", "attributes", "%s: %s", err.what, err.why);
}

/* Reads settings, keys and the registry again. */
static int renew_view(struct keeper *self, bool settings_too, struct error *err)
{
    struct server *server = self->server;
    struct view *former = view_hold(&server->view), *next = NULL;
    struct settings settings;
    int rc = server_open_store(server, &self->store, &self->epoch, false, err);
    if (rc == 0 && (settings_too || former == NULL))
        rc = app_settings(server->app, &settings, err);
    else if (rc == 0)
        settings = former->settings;
    unsigned dialects = 0;
    if (rc == 0)
        rc = dialect_parse(server->dialects != NULL ? server->dialects : settings_text(&settings, SETTING_ID_DIALECTS),
                           &dialects, err);
    if (rc == 0)
        rc = view_build(&next, self->store, &settings, dialects, former, self->epoch == self->view_epoch, err);
    if (rc == 0) {
        if (self->epoch != self->view_epoch)
            server_forget_named(server);
        self->view_epoch = self->epoch;
        work_queue_bound(&server->work, (size_t)settings_int(&settings, SETTING_ID_QUEUE),
                         settings_int(&settings, SETTING_ID_QUEUE_MS) * INT64_C(1000),
                         settings_int(&settings, SETTING_ID_STEADY_MS) * INT64_C(1000));
        read_all_ahead(self, next);
        self->changes_at = next->changes_at;
        bool other = former != NULL && strcmp(former->model, next->model) != 0;
        state_model(&server->state, next->core_problem);
        if (former == NULL || other)
            journal_event(server->journal, "info", "model", "%s%s%s", next->model[0] != '\0' ? next->model : "none",
                          other ? ", before: " : "", other ? former->model : "");
        view_swap(&server->view, next);
        meters_add(&server->meters.views, 1);
    }
    view_release(former);
    return rc;
}

/* So that the first person without a history, and the first who is shown new items, do not wait for it. */
static void warm(struct keeper *self)
{
    struct error err = {0};
    struct view *view = view_hold(&self->server->view);
    if (view != NULL && view->core != NULL && recommender_core_warm(view->core, self->store, NULL, &err) != 0)
        journal_event(self->server->journal, "warning", "popular", "%s: %s", err.what, err.why);
    if (view != NULL && view->core != NULL && policy_wants_new(view->policy) &&
        recommender_core_warm_ages(view->core, self->store, &err) != 0)
        journal_event(self->server->journal, "warning", "new_items", "%s: %s", err.what, err.why);
    view_release(view);
}

static void reload(struct keeper *self, bool settings_too)
{
    struct error err = {0};
    if (renew_view(self, settings_too, &err) != 0) {
        journal_event(self->server->journal, "error", "reload_failed", "%s: %s; what was in force stays", err.what,
                      err.why);
        return;
    }
    if (settings_too) {
        struct view *view = view_hold(&self->server->view);
        if (journal_reopen(self->server->journal, settings_text(&view->settings, SETTING_ID_ACCESS_LOG), &err) != 0)
            journal_event(self->server->journal, "error", "access_log", "%s: %s", err.what, err.why);
        view_release(view);
        journal_event(self->server->journal, "info", "reloaded", "settings, keys and models were read again");
    }
    warm(self);
}

/* Keeping house. */

/* The policy of consent is in force as soon as the settings' file says so, without a reload. */
static void look_at_policy(struct keeper *self)
{
    int64_t number;
    if (self->store != NULL && consents_policy_number(self->store, &number, NULL) == 0)
        atomic_store(&self->server->policy_number, number);
}

static void tick(struct keeper *self)
{
    struct server *server = self->server;
    int64_t now = clock_now_ms();
    if (atomic_exchange(&server->refresh, false) || now >= self->changes_at) {
        self->changes_at = now + RETRY_MS; /* unless there is a new view */
        reload(self, false);
    }
    look_at_policy(self);
    http_tick(server->http);
    admin_tick(server->admin);
    journal_flush(server->journal);
    if (clock_monotonic_ms() - self->watchdog_ms >= WATCHDOG_MS) {
        self->watchdog_ms = clock_monotonic_ms();
        listen_notify("WATCHDOG=1");
    }
}

/* The next signal, 0 after at most `ms`. */
static int wait_signal(struct keeper *self, int ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    int number = sigtimedwait(&self->signals, NULL, &t);
    return number > 0 ? number : 0;
}

static void serve_until_told(struct keeper *self)
{
    for (;;) {
        int number = wait_signal(self, TICK_MS);
        if (number == SIGTERM || number == SIGINT || job_cancelled(self->server->app->job))
            return;
        if (number == SIGHUP)
            reload(self, true);
        tick(self);
    }
}

/* Ticks on until `done` or the time is over; false when a second signal says: now. */
static bool wait_while(struct keeper *self, double seconds, bool until_idle)
{
    double until = clock_seconds() + seconds;
    while (clock_seconds() < until && !(until_idle && http_in_flight(self->server->http) == 0)) {
        int left = (int)((until - clock_seconds()) * 1000) + 1,
            number = wait_signal(self, left < TICK_MS ? left : TICK_MS);
        if (number == SIGTERM || number == SIGINT)
            return false;
        tick(self);
    }
    return true;
}

/* Ready says no; a while later no new connections; then what is under way may end. */
static void drain(struct keeper *self)
{
    struct server *server = self->server;
    struct view *view = view_hold(&server->view);
    double grace = settings_real(&view->settings, SETTING_ID_GRACE_SECONDS),
           rest = settings_real(&view->settings, SETTING_ID_DRAIN_SECONDS);
    view_release(view);
    atomic_store(&server->draining, true);
    state_draining(&server->state);
    bool patient = wait_while(self, grace, false);
    http_quiesce(server->http);
    admin_cancel_all(server->admin);
    if (patient)
        patient = wait_while(self, rest, true);
    atomic_store(&server->refusing, true);
    if (!patient || http_in_flight(server->http) > 0)
        journal_event(server->journal, "warning", "cut_off", "%lld requests were not finished in time",
                      (long long)http_in_flight(server->http));
}

/* Start. */

/* One call of a batch; true when it is a recommendation that may be answered with others. */
static bool work_on(struct server *server, struct desk *desk, struct call *c)
{
    struct error err = {0};
    atomic_fetch_sub(&server->meters.queued, 1);
    if (!c->prepared && !call_prepare(c)) {
        http_resume(c);
        return false;
    }
    if (recommend_fits_group(c))
        return true;
    if (c->route->place == BY_WRITER) {
        if (writer_put(server->writer, c))
            return false;
        call_overloaded(c);
    } else if (c->route->handle(server, desk, c, &err) != 0) {
        call_error(c, &err);
    } else if (experiment_must_write(c) && writer_put(server->writer, c)) {
        return false;
    }
    http_resume(c);
    return false;
}

/* Those of one view go together; then the rest. */
static void answer_group(struct server *server, struct desk *desk, struct call **group, size_t n)
{
    while (n > 0) {
        struct call *same[WORKER_BATCH];
        size_t n_same = 0, left = 0;
        for (size_t i = 0; i < n; i++)
            if (group[i]->view == group[0]->view && i < WORKER_BATCH)
                same[n_same++] = group[i];
        const struct view *view = group[0]->view;
        for (size_t i = 0; i < n; i++)
            if (group[i]->view != view)
                group[left++] = group[i];
        recommend_group(server, desk, same, n_same);
        for (size_t i = 0; i < n_same; i++)
            http_resume(same[i]);
        n = left;
    }
}

static void each_work(struct server *server, struct desk *desk, struct call *calls)
{
    struct call *group[WORKER_BATCH];
    size_t n = 0;
    for (struct call *c = calls, *next; c != NULL; c = next) {
        next = c->next;
        if (work_on(server, desk, c))
            group[n++] = c;
    }
    answer_group(server, desk, group, n);
}

static void each_command(struct server *server, struct desk *desk, struct call *calls)
{
    for (struct call *c = calls, *next; c != NULL; c = next) {
        struct error err = {0};
        next = c->next;
        if (c->route->handle(server, desk, c, &err) != 0)
            call_error(c, &err);
        http_resume(c);
    }
}

static unsigned threads_for(long wanted)
{
    long n = wanted > 0 ? wanted : sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (unsigned)n;
}

static int may_listen(struct server *server, const struct view *view, struct error *err)
{
    if (server->listener.loopback || view->any_key)
        return 0;
    if (dialect_any_keyless(view->dialects)) {
        journal_event(server->journal, "warning", "keyless",
                      "there are no keys: to other machines only /ping, /invocations and /execution-parameters are open");
        return 0;
    }
    error_set(err, E_REFUSED, server->listener.address, "other machines can reach this address, and there are no keys");
    return error_hint(err, E_REFUSED,
                      "make one first: `reckon keys create NAME --roles serve,ingest`; or listen on 127.0.0.1");
}

static int start_threads(struct server *server, const struct view *view, struct error *err)
{
    unsigned workers = threads_for(settings_int(&view->settings, SETTING_ID_WORKERS));
    int rc = writer_start(&server->writer, server, err);
    if (rc == 0)
        rc = checkpointer_start(&server->checkpointer, server, err);
    if (rc == 0)
        rc = pilot_start(&server->pilot, server, err);
    if (rc == 0)
        rc = captioner_start(&server->captioner, server, err);
    if (rc == 0)
        rc = work_crew_start(&server->workers, server, &server->work, workers, WORKER_BATCH, true, each_work, err);
    if (rc == 0)
        rc = work_crew_start(&server->commanders, server, &server->commands, COMMANDERS, 1, false, each_command, err);
    return rc;
}

/* OpenDSR signs what it says. */
static int read_signer(struct server *server, const struct view *view, struct error *err)
{
    const struct settings *s = &view->settings;
    const char *certificate = settings_text(s, SETTING_ID_OPENDSR_CERTIFICATE), *key = settings_text(s, SETTING_ID_OPENDSR_KEY);
    if (!dialect_is_spoken(view->dialects, &dialect_opendsr))
        return 0;
    if (certificate[0] == '\0' && key[0] == '\0') {
        certificate = settings_text(s, SETTING_ID_TLS_CERTIFICATE);
        key = settings_text(s, SETTING_ID_TLS_KEY);
    }
    if (certificate[0] != '\0' && key[0] != '\0')
        return opendsr_signer_new(&server->signer, certificate, key, err);
    error_set(err, E_USAGE, "the dialect opendsr", "signs its answers, and there is no certificate to sign with");
    return error_hint(err, E_USAGE, "set serve.opendsr-certificate and serve.opendsr-key, or those of tls");
}

static int start(struct keeper *self, const char *listen, struct error *err)
{
    struct server *server = self->server;
    int rc = renew_view(self, true, err);
    if (rc != 0)
        return rc;
    look_at_policy(self);
    struct view *view = view_hold(&server->view);
    const struct settings *s = &view->settings;
    rc = listener_open(&server->listener, listen != NULL ? listen : settings_text(s, SETTING_ID_LISTEN), err);
    if (rc == 0)
        rc = may_listen(server, view, err);
    if (rc == 0)
        rc = read_signer(server, view, err);
    if (rc == 0)
        rc = journal_reopen(server->journal, settings_text(s, SETTING_ID_ACCESS_LOG), err);
    if (rc == 0)
        rc = answers_new(&server->answers, (size_t)settings_int(s, SETTING_ID_CACHE_MB) << 20, &server->meters, err);
    if (rc == 0)
        rc = admin_new(&server->admin, server, err);
    if (rc == 0)
        rc = start_threads(server, view, err);
    if (rc == 0)
        rc = http_start(server, err);
    bool tls = settings_text(s, SETTING_ID_TLS_KEY)[0] != '\0';
    view_release(view);
    if (rc != 0)
        return rc;
    journal_event(server->journal, "info", "listening", "%s://%s", tls ? "https" : "http", server->listener.address);
    state_serving(&server->state);
    warm(self);
    admin_resume_erasures(server->admin);
    return attendant_start(&server->attendant, server, err);
}

/* In this order: nobody may wait for a thread that is gone, and nothing may be suspended when the loops end. */
static void stop(struct keeper *self)
{
    struct server *server = self->server;
    attendant_stop(server->attendant);
    server->attendant = NULL;
    work_crew_stop(server->commanders);
    work_crew_stop(server->workers);
    captioner_stop(server->captioner);
    writer_stop(server->writer);
    slate_log_release(&server->slates);
    pilot_stop(server->pilot);
    checkpointer_stop(server->checkpointer);
    admin_cancel_all(server->admin);
    admin_tick(server->admin);
    http_stop(server->http);
    admin_free(server->admin);
    if (server->listener.fd >= 0)
        listener_close(&server->listener);
    opendsr_signer_free(server->signer);
    answers_free(server->answers);
    store_close(self->store);
    state_stopped(&server->state);
    view_slot_release(&server->view);
}

static void more_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int run(struct server *server, const char *listen, struct error *err)
{
    struct keeper self = {.server = server};
    sigset_t former;
    sigemptyset(&self.signals);
    sigaddset(&self.signals, SIGTERM);
    sigaddset(&self.signals, SIGINT);
    sigaddset(&self.signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &self.signals, &former); /* also for the threads: only the housekeeper takes them */
    int rc = start(&self, listen, err);
    if (rc == 0) {
        serve_until_told(&self);
        drain(&self);
    } else if (server->http != NULL && server->listener.fd >= 0) {
        atomic_store(&server->refusing, true);
    }
    stop(&self);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    return rc;
}

static void *json_memory(size_t n)
{
    return mem_resize(NULL, n);
}

int serve_run(struct app *app, const struct serve_options *options, struct error *err)
{
    struct container container;
    const char *listen = options->listen, *dialects = options->dialects;
    int rc = container_look(&container, app, err);
    if (rc == 0 && container.found) {
        snprintf(app->workspace, sizeof app->workspace, "%s", container.workspace);
        listen = listen != NULL ? listen : container.listen;
        dialects = dialects != NULL ? dialects : "sagemaker";
    }
    if (rc == 0)
        rc = app_find_workspace(app, err);
    struct server *server = rc == 0 ? mem_zalloc(1, sizeof *server) : NULL;
    if (rc != 0)
        return rc;
    if (server == NULL)
        return error_nomem(err, "serve");
    more_files();
    json_set_alloc_funcs(json_memory, mem_release);
    mallopt(M_PERTURB, 0xa5); /* what is freed is overwritten: nothing of somebody who was erased stays in memory */
    server->app = app;
    server->workspace = app->workspace;
    server->dialects = dialects;
    server->demo = options->demo;
    server->listener.fd = -1;
    server->began_us = clock_monotonic_us();
    slate_log_init(&server->slates);
    randombytes_buf(&server->id_seed, sizeof server->id_seed);
    view_slot_init(&server->view);
    pthread_mutex_init(&server->named_lock, NULL);
    work_queue_init(&server->work, 0);
    work_queue_init(&server->commands, COMMANDS_WAITING);
    item_changes_init(&server->item_changes);
    server->limiter = limiter_new();
    rc = server->limiter == NULL ? error_nomem(err, "serve") : journal_open(&server->journal, "", err);
    if (rc == 0) {
        state_init(&server->state, server->journal);
        rc = run(server, listen, err);
        journal_close(server->journal);
        state_release(&server->state);
    }
    server_forget_named(server);
    pthread_mutex_destroy(&server->named_lock);
    limiter_free(server->limiter);
    item_changes_release(&server->item_changes);
    work_queue_release(&server->work);
    work_queue_release(&server->commands);
    mem_free(server);
    return rc;
}
