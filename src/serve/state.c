#include "serve/state.h"

#include <stdio.h>

#include "base/text.h"
#include "serve/journal.h"
#include "serve/listen.h"

static const char *const names[] = {"starting", "ready", "degraded", "draining", "stopped"};

const char *state_name(enum serve_state state)
{
    return names[state];
}

void state_init(struct state *self, struct journal *journal)
{
    *self = (struct state){.journal = journal, .state = SERVE_STARTING};
    pthread_mutex_init(&self->lock, NULL);
}

void state_release(struct state *self)
{
    pthread_mutex_destroy(&self->lock);
}

/* `lock` is held. */
static void settle(struct state *self)
{
    char message[600];
    enum serve_state was = self->state;
    self->state = self->stopped                          ? SERVE_STOPPED
                  : self->draining                       ? SERVE_DRAINING
                  : !self->serving                       ? SERVE_STARTING
                  : (self->no_model || self->no_writes)  ? SERVE_DEGRADED
                                                         : SERVE_READY;
    if (self->state == was)
        return;
    const char *why = self->state != SERVE_DEGRADED ? "" : self->no_writes ? self->write_problem : self->model_problem;
    const char *word = self->state == SERVE_READY || self->state == SERVE_DEGRADED ? "READY=1\n"
                       : self->state == SERVE_STARTING                             ? ""
                                                                                   : "STOPPING=1\n";
    snprintf(message, sizeof message, "%sSTATUS=%s%s%.400s", word, names[self->state], why[0] != '\0' ? ": " : "", why);
    listen_notify(message);
    journal_event(self->journal, self->state == SERVE_DEGRADED ? "warning" : "info", names[self->state],
                  why[0] != '\0' ? "%s -> %s: %s" : "%s -> %s", names[was], names[self->state], why);
}

#define CHANGE(self, statement)               \
    do {                                      \
        pthread_mutex_lock(&(self)->lock);    \
        statement;                            \
        settle(self);                         \
        pthread_mutex_unlock(&(self)->lock);  \
    } while (0)

void state_serving(struct state *self)
{
    CHANGE(self, self->serving = true);
}

void state_draining(struct state *self)
{
    CHANGE(self, self->draining = true);
}

void state_stopped(struct state *self)
{
    CHANGE(self, self->stopped = true);
}

static void note(bool *flag, char text[400], const char *problem)
{
    *flag = problem != NULL && problem[0] != '\0';
    if (snprintf(text, 400, "%s", problem != NULL ? problem : "") >= 400)
        text_ellipsize(text, 400);
}

void state_model(struct state *self, const char *problem)
{
    CHANGE(self, note(&self->no_model, self->model_problem, problem));
}

void state_writes(struct state *self, const char *problem)
{
    CHANGE(self, note(&self->no_writes, self->write_problem, problem));
}

enum serve_state state_of(struct state *self)
{
    pthread_mutex_lock(&self->lock);
    enum serve_state state = self->state;
    pthread_mutex_unlock(&self->lock);
    return state;
}

bool state_can_write(struct state *self)
{
    pthread_mutex_lock(&self->lock);
    bool can = !self->no_writes;
    pthread_mutex_unlock(&self->lock);
    return can;
}

void state_problems(struct state *self, char model[400], char writes[400])
{
    pthread_mutex_lock(&self->lock);
    snprintf(model, 400, "%s", self->model_problem);
    snprintf(writes, 400, "%s", self->write_problem);
    pthread_mutex_unlock(&self->lock);
}
