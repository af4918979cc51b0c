/* server: what the parts of the server share.  Private to src/serve. */
#ifndef RECKON_SERVE_SERVER_H
#define RECKON_SERVE_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "command/app.h"
#include "recommend/item_changes.h"
#include "recommend/recommender.h"
#include "serve/arm_meters.h"
#include "serve/call.h"
#include "serve/journal.h"
#include "serve/limiter.h"
#include "serve/listen.h"
#include "serve/meters.h"
#include "serve/route.h"
#include "serve/slate_log.h"
#include "serve/state.h"
#include "serve/view.h"
#include "serve/work.h"

struct admin;
struct answers;
struct attendant;
struct captioner;
struct http;
struct opendsr_signer;
struct writer;

enum { NAMED_CORES = 4 };

enum { USER_SLOTS = 1 << 16 };

struct server {
    struct app *app;
    const char *workspace;
    const char *dialects; /* asked for by --dialects; NULL: the setting */
    bool demo;            /* asked for by --demo */
    struct listener listener;
    struct state state;
    struct journal *journal;
    struct meters meters;
    struct arm_meters arms;
    struct limiter *limiter;
    struct view_slot view;
    struct answers *answers;
    struct http *http;
    struct slate_log slates; /* to be recorded */
    struct writer *writer;
    struct checkpointer *checkpointer;
    struct pilot *pilot;
    struct admin *admin;
    struct attendant *attendant;
    struct captioner *captioner;
    struct opendsr_signer *signer; /* of the dialect opendsr; NULL: it was not spoken at the start */
    struct work_queue work, commands;
    struct work_crew *workers, *commanders;
    pthread_mutex_t named_lock;
    struct recommender_core *named[NAMED_CORES]; /* the newest first */
    int64_t began_us;
    uint64_t id_seed;
    atomic_uint_least64_t next_id;
    atomic_bool draining;        /* answers close their connections */
    atomic_bool refusing;        /* the time for draining is over: new requests are turned away */
    atomic_bool log_is_short;    /* the checkpointer has been over it: the writer may begin the log anew */
    atomic_uint log_pages;       /* of the store's log, as the writer last saw it */
    atomic_bool refresh;         /* somebody else changed the store: build a new view */
    atomic_uint epoch;           /* of the store; another one after `reckon restore`: connections are opened anew */
    /* Answers are true as long as these stay: */
    atomic_uint_least64_t data_generation;           /* changes of others */
    atomic_int_least64_t policy_number;              /* of the consent policy; it changes with the settings' file */
    atomic_uint user_generation[USER_SLOTS];         /* changes of ours, by the hash of the user's identifier */
    struct item_changes item_changes;                /* of items and their attributes */
};

/* What one thread works with. */
enum { DESK_SEATS = 8 };

struct desk {
    struct store *store;
    unsigned epoch;
    uint64_t view;           /* generation of the view that the seats were last compared with */
    struct {
        struct recommender *recommender;
        struct recommender_core *core;
        uint64_t used;
    } seats[DESK_SEATS];
    uint64_t uses;
};

/* Opens the store, or opens it anew when the database is another file; then what hung on it is gone. */
int desk_open(struct desk *self, struct server *server, struct error *err);
/* A recommender of that core; the desk keeps it. */
int desk_recommender(struct desk *self, struct server *server, const struct view *view, struct recommender_core *core,
                     struct recommender **out, struct error *err);
/* Lets go of models that the current view has not. */
void desk_tidy(struct desk *self, const struct view *view);
void desk_close(struct desk *self);

/* The core of a model that a request names ("ease@2"); you hold it.  The few that were asked for last are kept. */
int server_named_core(struct server *server, struct store *store, const struct view *view, const char *spec,
                      struct recommender_core **out, struct error *err);
void server_forget_named(struct server *server);

/* A connection for this thread; kept as long as the file is the same one.  *store NULL or what it was before. */
int server_open_store(struct server *self, struct store **store, unsigned *epoch, bool writable, struct error *err);

/* Of the store, as far as we know of changes; take it before you read. */
struct recommender_moment server_moment(const struct server *self, unsigned epoch);

unsigned server_user_slot(const char *identifier, size_t n);

/* http.c */
int http_start(struct server *server, struct error *err);
void http_resume(struct call *call);    /* it has its answer; may be freed as soon as this begins */
void http_quiesce(struct http *self);   /* no new connections */
void http_stop(struct http *self);      /* nothing may be suspended; NULL is fine */
void http_tick(struct http *self);      /* closes connections whose time is over */
int64_t http_in_flight(struct http *self);

/* prepare.c: the body becomes call->json; false: it has a problem for an answer. */
bool call_prepare(struct call *call);

/* checkpointer.c: brings the store's log into the database while the writer goes on. */
struct checkpointer;
int checkpointer_start(struct checkpointer **out, struct server *server, struct error *err);
void checkpointer_stop(struct checkpointer *self); /* NULL is fine */

/* pilot.c: steers rollouts and bandits. */
struct pilot;
int pilot_start(struct pilot **out, struct server *server, struct error *err);
void pilot_stop(struct pilot *self); /* NULL is fine */

/* writer.c */
int writer_start(struct writer **out, struct server *server, struct error *err);
bool writer_put(struct writer *self, struct call *call);
/* Runs fn in the writer's thread, with its store and without a transaction, and waits for it: what other threads of the server
 * write in the background does not look as if another process had.  E_CANCELLED: the writer has ended. */
int writer_run(struct writer *self, int (*fn)(void *context, struct store *store, struct error *err), void *context,
               struct error *err);
void writer_stop(struct writer *self);  /* writes what waits; NULL is fine */

#endif
