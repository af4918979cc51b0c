/* spending: what calls that write texts may cost: each attempt is reserved in the ledger before it goes and settled when it has
 * ended.  One thread. */
#ifndef RECKON_DESCRIBE_SPENDING_H
#define RECKON_DESCRIBE_SPENDING_H

#include "llm/llm.h"
#include "store/store.h"

/* Who writes into the store: whoever asks (write NULL), or a thread that does for all. */
typedef int (*hand_fn)(void *context, struct store *store, struct error *err);
struct hand {
    struct store *store; /* of whoever asks; may be written when write is NULL */
    void *context;
    int (*write)(void *context, hand_fn fn, void *fn_context, struct error *err);
};
int hand_write(const struct hand *self, hand_fn fn, void *context, struct error *err);

struct spending {
    const struct hand *hand;
    const char *team, *phase, *purpose;
    int64_t job; /* whose life tells whether its charges will be settled */
    int64_t calls, prompt, cached, completion, cost; /* so far; cost in millionths */
};

/* What the context of each call begins with. */
struct spending_call {
    int64_t charge; /* of the last attempt; 0: none was reserved */
};

struct llm_budget spending_budget(struct spending *self);

#endif
