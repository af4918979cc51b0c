/* state: the one state machine: starting, ready, degraded, draining, stopped.
 *
 * /readyz, /ping, the journal and sd_notify all tell the same.  Degraded: it answers, but something is missing (no
 * model can be loaded, or nothing can be written); what, is said.  From draining there is no way back. */
#ifndef RECKON_SERVE_STATE_H
#define RECKON_SERVE_STATE_H

#include <pthread.h>
#include <stdbool.h>

enum serve_state { SERVE_STARTING, SERVE_READY, SERVE_DEGRADED, SERVE_DRAINING, SERVE_STOPPED };

struct journal;

struct state {
    pthread_mutex_t lock;
    struct journal *journal;
    enum serve_state state;
    bool serving, draining, stopped;
    bool no_model, no_writes;
    char model_problem[400], write_problem[400];
};

void state_init(struct state *self, struct journal *journal);
void state_release(struct state *self);

enum serve_state state_of(struct state *self);
const char *state_name(enum serve_state state);

/* Each tells the journal and systemd when the state changes by it. */
void state_serving(struct state *self);
void state_draining(struct state *self);
void state_stopped(struct state *self);
void state_model(struct state *self, const char *problem);  /* "" or NULL: all is well */
void state_writes(struct state *self, const char *problem);
bool state_can_write(struct state *self);

/* Copies what is missing (for people; "" when nothing is). */
void state_problems(struct state *self, char model[400], char writes[400]);

#endif
