/* tunes: models that are tuned on texts of the shop: what they learn from, where they are made, what they are worth.
 *
 * built: examples are stored, nothing was sent; starting: the provider may have got it; sent; then succeeded, failed or
 * cancelled.  One that succeeded can be registered: then runs may use it by its name. */
#ifndef RECKON_STORE_TUNES_H
#define RECKON_STORE_TUNES_H

#include <stdbool.h>

#include "store/store.h"

struct tune {
    int64_t tune, since, until, epochs, job, charge, trained, created, ended, registered; /* 0: not yet, none */
    const char *provider, *model, *token, *state, *remote_state, *chosen, *digest, *why, *evaluation;
    const char *remote, *tuned; /* the provider's names of the work, and of the model; NULL: not yet */
    int64_t training, held_out; /* examples, when read */
};
typedef int (*tunes_fn)(void *context, const struct tune *tune);

/* Within a write transaction: it is built; tune is set. */
int tunes_add(struct store *self, struct tune *tune, struct error *err);
int tunes_add_example(struct store *self, int64_t tune, int64_t example, bool held_out, int64_t description,
                      const char *body, struct error *err);
/* Within a write transaction: state, remote, remote_state, job, charge, tuned, trained, why, ended, registered and
 * evaluation are as given. */
int tunes_change(struct store *self, const struct tune *tune, struct error *err);

/* From now on the job sees to it; E_CONFLICT: another one does, and is at it. */
int tunes_claim(struct store *self, int64_t tune, int64_t job, struct error *err);
/* What the provider said last of one that is sent; of another it is passed over. */
int tunes_told(struct store *self, int64_t tune, const char *remote_state, struct error *err);

int tunes_each(struct store *self, tunes_fn fn, void *context, struct error *err); /* the newest first */
int tunes_find(struct store *self, int64_t tune, tunes_fn fn, void *context, struct error *err); /* E_NOT_FOUND */
/* The registered one of that name or number, of that provider; *tune 0: there is none. */
int tunes_registered(struct store *self, const char *provider, const char *name, int64_t *tune, struct error *err);

struct tune_example {
    int64_t description, item, version;
    const char *template, *body;
};
typedef int (*tune_examples_fn)(void *context, const struct tune_example *example);
int tunes_examples(struct store *self, int64_t tune, bool held_out, tune_examples_fn fn, void *context, struct error *err);

/* Texts that somebody (or the checks) approved in a time, and how often their product was met in an event of a kind while
 * the text stood in the shop. */
struct tune_wish {
    const char *collection; /* NULL: all */
    int64_t since, until, kind;
};
struct tune_candidate {
    int64_t description, item, clicks;
    const char *identifier, *content, *prompt; /* JSON */
};
typedef int (*tune_candidates_fn)(void *context, const struct tune_candidate *candidate);
int tunes_candidates(struct store *self, const struct tune_wish *wish, tune_candidates_fn fn, void *context,
                     struct error *err);

#endif
