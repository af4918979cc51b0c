/* tune: a model that is tuned on the shop's own good texts.
 *
 * What it learns from are texts that were approved, and, as an option, whose products were met (clicked) while they stood
 * in the shop: prompt and text as a conversation.  A fifth of the products, told by a hash of their identifiers and so the
 * same each time, is held out: no product is on both sides.  What is malformed, there twice, or leads to a person is left
 * out and counted.  Training is paid from the ledger as calls are: reserved at the most that it can come to (a token a
 * byte and epoch), settled by what the provider says that it trained.  What the model is worth is what the checks say of
 * its texts about the products held out, beside the base model's. */
#ifndef RECKON_DESCRIBE_TUNE_H
#define RECKON_DESCRIBE_TUNE_H

#include "describe/describe.h"
#include "store/tunes.h"

enum { TUNE_EXAMPLES_MIN = 10, TUNE_HELD_OUT_PERCENT = 20, TUNE_EVALUATED_MAX = 200 };

struct tune_building {
    const struct provider *provider;
    const char *collection; /* NULL: all */
    int64_t since, until, kind, clicks, epochs; /* clicks: at least so many of that kind of event */
};
struct tune_counts {
    int64_t seen, training, held_out, unclicked, malformed, twice, personal;
};
/* E_BAD_DATA: fewer than TUNE_EXAMPLES_MIN; counts are true all the same. */
int tune_build(struct store *store, const struct tune_building *wish, int64_t *tune, struct tune_counts *counts,
               struct job *job, struct error *err);

/* A set as JSON lines, appended. */
int tune_lines(struct store *store, int64_t tune, bool held_out, struct str *out, struct error *err);

/* Tokens of the training set times epochs: about, and at most; and money. */
struct tune_estimate {
    int64_t tokens, tokens_most;
    double cost, cost_most; /* in the currency */
};
int tune_estimate(struct store *store, const struct provider *provider, int64_t tune, struct tune_estimate *out,
                  struct error *err);

struct tune_sending {
    const struct provider *provider;
    const char *team, *phase, *suffix;
    int64_t tune, job;
};
/* Uploads both sets and has the work begun.  E_REFUSED: no such interface, or a budget. */
int tune_start(struct store *store, const struct tune_sending *sending, struct job *job, struct error *err);

/* Asks how it goes, until it has ended when `wait`; settles it.  The curves of loss go to the job (job_point), the last of
 * each to *train and *valid (NAN: not told).  cancel: ends it there. */
int tune_follow(struct store *store, const struct tune_sending *sending, bool wait, bool cancel, double *train,
                double *valid, struct job *job, struct error *err);

/* Has both models write about the products held out (`most` of them), and stores what the checks say, with the losses. */
int tune_evaluate(struct store *store, const struct tune_sending *sending, size_t most, double train, double valid,
                  struct job *job, struct error *err);
/* From now on runs may use it. */
int tune_register(struct store *store, int64_t tune, struct error *err);

#endif
