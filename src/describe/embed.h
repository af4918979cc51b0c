/* embed: vectors of products by the embeddings endpoint of a service, for models that learn from descriptions
 * (`train content --features embeddings`).
 *
 * What goes out is what goes out to who writes texts: title and attributes without whatever leads to a person (facts.h).
 * Many products go in one request, and several requests at a time.  What was made of the same text by the same model is not
 * asked again, so that a run that ended in the middle is taken up by running it again; every attempt goes through the
 * ledger (purpose "embed").  All vectors of a model have the same length, or the answer is refused. */
#ifndef RECKON_DESCRIBE_EMBED_H
#define RECKON_DESCRIBE_EMBED_H

#include "base/job.h"
#include "llm/llm.h"
#include "store/store.h"

enum { EMBED_BATCH_MAX = 256 };

struct embed_wish {
    const struct providers *providers; /* one, which has an embedding-model */
    const char *team, *phase;
    int64_t job;        /* as in describe.h */
    size_t batch;       /* products in one request */
};

struct embed_sums {
    int64_t embedded, unchanged, without_facts, failed, withheld; /* products; withheld: something of it was left out */
    int64_t calls, prompt, cost;
    size_t dim;
    struct error error; /* of the first that failed */
};

/* 0 when every product came to an end; E_REFUSED: no embedding-model, or a budget is used up; E_CANCELLED. */
int embed_items(struct store *store, const struct embed_wish *wish, const int64_t *items, size_t n, struct embed_sums *sums,
                struct job *job, struct error *err);

#endif
