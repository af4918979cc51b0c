/* batches: texts that are asked for through a provider's batch interface (describe/batch.h), which may take a day.
 *
 * A batch is prepared (its requests are stored, and what they may cost is reserved and held), sent (the provider has it,
 * under a name of its own), and ended.  Each of its requests is open until it was written or has failed; that, the text
 * and what it cost are one transaction, so that an answer that is read twice counts once.  Who works on a batch is told
 * by a job of the log, as long as that lives. */
#ifndef RECKON_STORE_BATCHES_H
#define RECKON_STORE_BATCHES_H

#include <stdbool.h>

#include "store/store.h"

enum { BATCH_TOKEN_MAX = 33 };

struct batch {
    int64_t batch, job, version, created, ended; /* ended 0: not yet */
    const char *provider, *model, *template, *collection, *note; /* note NULL: none */
    const char *token;                 /* a word that names it, also to the provider */
    const char *remote;                /* the provider's name of it; NULL: it has none yet */
    const char *state, *remote_state, *why; /* "preparing", "sent", "ended"; as the provider says */
    bool publish;
    int64_t requests, open, written;   /* when read; the rest has failed */
};

/* Within a write transaction; batch is set, and it is prepared. */
int batches_add(struct store *self, struct batch *batch, struct error *err);

struct batch_request {
    int64_t batch, request, item, charge;
    const char *digest, *body; /* of the request, JSON; "" once its text is kept */
    const char *state, *why;   /* "open", "written", "failed" */
};
int batches_add_request(struct store *self, const struct batch_request *request, struct error *err); /* likewise */

/* Rows borrow; fn's non-zero answer ends it and is returned. */
typedef int (*batches_fn)(void *context, const struct batch *batch);
int batches_each(struct store *self, bool only_open, batches_fn fn, void *context, struct error *err);
int batches_find(struct store *self, int64_t batch, batches_fn fn, void *context, struct error *err); /* E_NOT_FOUND */

typedef int (*batch_requests_fn)(void *context, const struct batch_request *request);
int batches_each_request(struct store *self, int64_t batch, const char *state, batch_requests_fn fn, void *context,
                         struct error *err);
/* One of them; nothing is called when there is none. */
int batches_request(struct store *self, int64_t batch, int64_t request, batch_requests_fn fn, void *context,
                    struct error *err);

/* A transaction each.  claim: this job works on it now; E_CONFLICT: another does. */
int batches_claim(struct store *self, int64_t batch, int64_t job, struct error *err);
int batches_sent(struct store *self, int64_t batch, const char *remote, const char *remote_state, struct error *err);
int batches_told(struct store *self, int64_t batch, const char *remote_state, struct error *err);

/* Within a write transaction. */
int batches_request_ended(struct store *self, int64_t batch, int64_t request, const char *state, const char *why,
                          struct error *err);
int batches_end(struct store *self, int64_t batch, const char *why, int64_t now, struct error *err);

/* The batch in which the same is asked and open; 0: none. */
int batches_under_way(struct store *self, int64_t item, const char *collection, const char *digest, int64_t *batch,
                      struct error *err);

#endif
