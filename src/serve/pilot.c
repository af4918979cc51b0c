/* The thread that steers experiments: rollouts take their steps and go back by themselves, and the weights of bandits
 * follow what is learnt, every experiment.check-seconds.
 *
 * Of several servers on one workspace, the one that holds the lease does what is read from the store.  What a server saw
 * itself (errors and latency of its own answers) it judges itself: going back twice is going back once. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "experiment/adapt.h"
#include "serve/server.h"
#include "store/leases.h"

enum { POLL_MS = 250, COST_SHARE = 4, LEAST_CHANGE = 50 };

#define LEASE "experiments"

struct charge {
    int64_t experiment;
    char name[EXPERIMENT_NAME_MAX];
    bool rollout, bandit;
};

struct pilot {
    struct server *server;
    struct store *store;
    unsigned epoch;
    struct work_queue rest; /* always empty: closing it ends the pause */
    pthread_t thread;
    struct job job;
    char holder[32];
    bool holds;             /* the lease, as far as it knows */
    struct charge *charges;
    size_t n, cap;
    int64_t next_ms;        /* monotonic: the next look */
};

static void say(struct pilot *self, const char *level, const char *event, const char *name, const char *what,
                const char *why)
{
    journal_event(self->server->journal, level, event, "%s: %s: %s", name, what, why);
}

static struct audit_actor actor_of(const struct pilot *self)
{
    return (struct audit_actor){.who = self->holder, .front = "serve"};
}

/* Who is to be looked at. */

static int take_running(void *context, const struct experiment_record *record)
{
    struct pilot *self = context;
    struct design *d = record->state == EXPERIMENT_RUNNING ? mem_zalloc(1, sizeof *d) : NULL;
    if (d == NULL)
        return 0;
    if (design_read(d, record->design, record->name, NULL) == 0 &&
        mem_grow((void **)&self->charges, &self->cap, self->n + 1, sizeof *self->charges) == 0) {
        struct charge *c = &self->charges[self->n++];
        *c = (struct charge){.experiment = record->experiment, .rollout = true, .bandit = d->bandit != DESIGN_BANDIT_NONE};
        memcpy(c->name, record->name, sizeof c->name);
    }
    mem_free(d);
    return 0;
}

/* Live guardrails of one rollout. */

static void tell(struct pilot *self, const struct charge *c, const struct rollout_outcome *o)
{
    static const char *const what[] = {"hold", "step", "rolled back", "complete"};
    if (o->step == ROLLOUT_HOLD || o->step == ROLLOUT_DONE)
        return;
    atomic_store(&self->server->refresh, true);
    meters_add(o->step == ROLLOUT_BACK ? &self->server->meters.rollbacks : &self->server->meters.rollout_steps, 1);
    say(self, o->step == ROLLOUT_BACK ? "warning" : "info", "rollout", c->name, what[o->step], o->reason);
}

static void look(struct pilot *self, const struct charge *c, const char *breach)
{
    struct rollout_outcome o;
    struct error err = {0};
    struct audit_actor actor = actor_of(self);
    int rc = rollout_look(&o, self->store, c->name, breach, &actor, clock_now_ms(), &self->job, &err);
    if (rc == 0)
        tell(self, c, &o);
    else if (rc != E_CONFLICT && rc != E_CANCELLED) /* a conflict: it was stopped meanwhile, or is over */
        say(self, "error", "rollout_failed", c->name, err.what, err.why);
}

/* true: it went back. */
static bool look_live(struct pilot *self, struct charge *c)
{
    struct experiment_record record = {.experiment = 0};
    struct rollout_record rollout = {.experiment = 0};
    struct rollout_plan plan;
    struct rollout_live live[DESIGN_ARMS_MAX];
    struct design *d = mem_zalloc(1, sizeof *d);
    char why[300];
    bool known = false, breached = false;
    int rc = d == NULL ? E_NOMEM : experiments_find(self->store, c->name, &record, NULL);
    if (rc == 0)
        rc = rollouts_find(self->store, record.experiment, &rollout, &known, NULL);
    c->rollout = rc == 0 && known && rollout.state != ROLLOUT_ABORTED && rollout.state != ROLLOUT_ROLLED_BACK;
    if (c->rollout && rollout_plan_read(&plan, rollout.plan, c->name, NULL) == 0 &&
        design_read(d, record.design, record.name, NULL) == 0) {
        arm_meters_take(&self->server->arms, record.experiment, plan.ms, live);
        breached = rollout_breached(&plan, d, live, why, sizeof why);
    }
    if (breached)
        look(self, c, why);
    experiment_record_release(&record);
    rollout_record_release(&rollout);
    mem_free(d);
    return breached;
}

/* Under the lease. */

static void adapt(struct pilot *self, const struct charge *c)
{
    struct adapted a;
    struct error err = {0};
    struct audit_actor actor = actor_of(self);
    int rc = adapt_take(&a, self->store, c->name, LEAST_CHANGE, &actor, clock_now_ms(), &self->job, &err);
    if (rc == 0 && a.changed) {
        char users[80];
        snprintf(users, sizeof users, "%.0f users whose window is over", a.users);
        atomic_store(&self->server->refresh, true);
        say(self, "info", "bandit", c->name, "new weights", users);
    } else if (rc != 0 && rc != E_CONFLICT && rc != E_CANCELLED) {
        say(self, "error", "bandit_failed", c->name, err.what, err.why);
    }
}

static bool take_lease(struct pilot *self, int64_t ms)
{
    bool taken = false;
    int rc = store_begin(self->store, NULL);
    if (rc == 0)
        rc = leases_take(self->store, LEASE, self->holder, clock_now_ms(), ms, &taken, NULL);
    if (store_end(self->store, rc, NULL) != 0)
        taken = false;
    if (taken != self->holds)
        journal_event(self->server->journal, "info", "lease", taken ? "this server steers experiments"
                                                                    : "another server steers experiments");
    self->holds = taken;
    return taken;
}

/* A place for each that runs, and none for those that do not any more. */
static void tidy_meters(struct pilot *self)
{
    int64_t running[ARM_METERS];
    size_t n = 0;
    for (size_t i = 0; i < self->n && n < ARM_METERS; i++)
        running[n++] = self->charges[i].experiment;
    arm_meters_keep(&self->server->arms, running, n);
}

static void look_at_all(struct pilot *self, int64_t interval_ms)
{
    struct error err = {0};
    self->n = 0;
    int rc = server_open_store(self->server, &self->store, &self->epoch, true, &err);
    if (rc == 0)
        rc = experiments_each(self->store, take_running, self, &err);
    if (rc != 0) /* a store that fails is told by the writer, which meets it too */
        return;
    tidy_meters(self);
    for (size_t i = 0; i < self->n; i++)
        if (look_live(self, &self->charges[i]))
            self->charges[i].rollout = false;
    bool any = false;
    for (size_t i = 0; i < self->n; i++)
        any = any || self->charges[i].rollout || self->charges[i].bandit;
    if (!any || !take_lease(self, 3 * interval_ms + 10000))
        return;
    for (size_t i = 0; i < self->n && !job_cancelled(&self->job); i++) {
        if (self->charges[i].rollout)
            look(self, &self->charges[i], NULL);
        if (self->charges[i].bandit)
            adapt(self, &self->charges[i]);
    }
}

/* A look that takes long is not taken all the time. */
static void look_if_due(struct pilot *self)
{
    int64_t began = clock_monotonic_ms();
    if (began < self->next_ms)
        return;
    struct view *view = view_hold(&self->server->view);
    int64_t interval = view != NULL ? settings_int(&view->settings, SETTING_ID_CHECK_SECONDS) * INT64_C(1000) : 1000;
    view_release(view);
    if (self->next_ms != 0)
        look_at_all(self, interval);
    int64_t cost = COST_SHARE * (clock_monotonic_ms() - began);
    self->next_ms = began + (cost > interval ? cost : interval);
}

static void give_lease(struct pilot *self)
{
    if (!self->holds || self->store == NULL || store_begin(self->store, NULL) != 0)
        return;
    store_end(self->store, leases_give(self->store, LEASE, self->holder, NULL), NULL);
}

static void *run(void *context)
{
    struct pilot *self = context;
    bool over = false;
    while (work_queue_take(&self->rest, 1, POLL_MS, &over) == NULL && !over)
        look_if_due(self);
    give_lease(self);
    store_close(self->store);
    return NULL;
}

int pilot_start(struct pilot **out, struct server *server, struct error *err)
{
    struct pilot *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "serve");
    self->server = server;
    snprintf(self->holder, sizeof self->holder, "server %08llx", (unsigned long long)(server->id_seed >> 32));
    work_queue_init(&self->rest, 1);
    job_init(&self->job, NULL, NULL);
    if (pthread_create(&self->thread, NULL, run, self) != 0) {
        work_queue_release(&self->rest);
        mem_free(self);
        return error_set(err, E_FAILED, "serve", "no thread can be started");
    }
    *out = self;
    return 0;
}

void pilot_stop(struct pilot *self)
{
    if (self == NULL)
        return;
    job_cancel(&self->job);
    work_queue_close(&self->rest);
    pthread_join(self->thread, NULL);
    work_queue_release(&self->rest);
    mem_free(self->charges);
    mem_free(self);
}
