/* fetcher: threads that read the store for screens.
 *
 * The thread of the console never opens the database.  A screen asks (fetcher_ask); a thread with its own read-only
 * connection reads; the answer comes back in the console's thread when it calls fetcher_deliver.  There are four
 * lanes: READ_NOW for pages that somebody waits for, READ_LATER for counts, frequencies and everything else that may
 * take long, so that a page never waits for a count, READ_ORDER, whose connection holds the order that a sorted
 * grid had prepared, and READ_AWAY for what is not in the store: a server may take its time to answer.  Each lane is
 * first come, first served.
 *
 * A question owns its data; the reading function may touch only these (and what they hold on to by counting
 * references).  fetcher_forget drops all questions of an owner: those under way are cancelled (job), and no answer of
 * theirs is delivered; a screen does that before it closes, or asks anew.
 *
 * When the workspace's database was replaced, restored or removed since the connection was opened, it is opened
 * again before the next question; without one, the question fails with E_NOT_FOUND. */
#ifndef RECKON_UI_FETCHER_H
#define RECKON_UI_FETCHER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/job.h"

struct store;
struct fetcher;

enum read_lane { READ_NOW, READ_LATER, READ_ORDER, READ_AWAY, READ_LANES };

struct question {
    void *owner;
    enum read_lane lane;
    bool without_store; /* read works on what data holds: store is NULL */
    void *data;
    /* In a reading thread. */
    int (*read)(struct store *store, void *data, struct job *job, struct error *err);
    /* In the console's thread; what it takes out of data it must clear there. */
    void (*deliver)(void *owner, void *data, int rc, const struct error *err);
    void (*free)(void *data); /* in any thread, exactly once; may be NULL */
};

/* bell: called from any thread when there is something to deliver. */
int fetcher_new(struct fetcher **out, void (*bell)(void *context), void *context, struct error *err);
void fetcher_free(struct fetcher *self); /* cancels and waits; NULL is fine */
void fetcher_set_workspace(struct fetcher *self, const char *workspace);

/* Takes data in every case. */
int fetcher_ask(struct fetcher *self, const struct question *question, struct error *err);
void fetcher_forget(struct fetcher *self, const void *owner);
/* Gives out what was read; the number of answers. */
size_t fetcher_deliver(struct fetcher *self);
bool fetcher_idle(struct fetcher *self, enum read_lane lane); /* nothing is being read there, and nothing waits */
size_t fetcher_pending(struct fetcher *self); /* asked and not yet delivered */

#endif
