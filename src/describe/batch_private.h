/* batch_private: what the files of batch share. */
#ifndef RECKON_DESCRIBE_BATCH_PRIVATE_H
#define RECKON_DESCRIBE_BATCH_PRIVATE_H

#include "describe/batch.h"
#include "describe/keep.h"
#include "describe/surroundings.h"
#include "llm/remote.h"
#include "store/batches.h"
#include "store/ledger.h"

/* One batch that is worked on. */
struct working {
    struct store *store;
    const struct provider *provider;
    struct remote *remote;
    const struct template *template;
    struct keeping keeping;
    struct surroundings *surroundings;
    struct batch batch;        /* its texts are owned here, see batch_copy */
    char *owned[8];
    struct batch_sums *sums;
    describe_fn fn;
    void *context;
    struct job *job;
    /* of the files that came */
    unsigned char *seen;       /* a bit for each request: it was answered with a text */
    int64_t answered, completed; /* texts that we saw, that the provider says there are (-1: it does not) */
    int64_t total;
    char reason[300];          /* why it failed, in the provider's words */
};

int64_t batch_cost(const struct provider *p, int64_t prompt, int64_t cached, int64_t completion);

/* Reads a file that came: every line, some at a time in a transaction. */
int batch_take_file(struct working *self, const char *text, size_t n, struct error *err);

/* What is open has ended without an answer: `spent` says that nobody knows what it cost. */
int batch_give_up(struct working *self, bool spent, const char *why, struct error *err);

void batch_tell(struct working *self, const struct facts *facts, enum describe_end end, int64_t description,
                size_t findings, const struct error *error);

#endif
