/* batch: texts through a provider's batch interface: cheaper, and answered within a day instead of a second.
 *
 * What is asked is what describe_items would ask, in files of JSON lines.  Nobody has to wait: a batch is in the store
 * (store/batches.h) and goes on at the provider whatever becomes of this process; batch_resume takes it up wherever it
 * was, also when it was killed between asking for a batch and hearing of it (the provider is asked for one with our
 * word).  What came is read line by line: a line that names nothing that was asked, or something twice, is counted and
 * changes nothing; what is missing is asked for again as a file, and then counts as spent, or, when the provider says
 * that it did not get to it, as not spent.  A failed request is listed, and asked again by the next run. */
#ifndef RECKON_DESCRIBE_BATCH_H
#define RECKON_DESCRIBE_BATCH_H

#include "describe/describe.h"

enum { BATCH_REQUESTS = 10000, BATCH_REQUESTS_MAX = 50000 };

struct batch_sums {
    struct describe_sums texts;
    int64_t made, ended, waiting;      /* batches */
    int64_t asked;                     /* requests of those that were made */
    int64_t unknown, twice, broken;    /* lines that could not be used */
};

/* Asks the first of wish->providers.  E_REFUSED: it has no such interface, or a budget is used up (what it allowed has
 * been sent).  wait: until all have ended; E_CANCELLED leaves them at the provider. */
int batch_run(struct store *store, const struct describe_wish *wish, const int64_t *items, size_t n, size_t requests,
              bool wait, struct batch_sums *sums, describe_fn fn, void *context, struct job *job, struct error *err);

/* Takes up one that is open; the provider is looked for by its name.  E_CONFLICT: it has ended, or a job sees to it. */
struct batch_taking {
    struct store *store;
    const struct providers *providers;
    int64_t batch, job; /* job: of the log */
    double duplicates;  /* as describe_wish.duplicates */
    bool wait, cancel;  /* cancel: the provider is asked to end it; what it has done by then is kept */
};
int batch_resume(const struct batch_taking *taking, struct batch_sums *sums, describe_fn fn, void *context,
                 struct job *job, struct error *err);

#endif
