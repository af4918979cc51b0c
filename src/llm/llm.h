/* llm: calls of providers, many at once from one thread.
 *
 * A call goes to the first provider that is well; when one fails for good, to the next.  Within a provider it is tried
 * again after 408, 409, 429, 5xx, a cut or late answer, and one that is no answer: after the time that the service asks
 * for (up to two minutes), else after a growing one with jitter.  429 holds back all calls of that provider.  What every
 * attempt may cost is reserved before it goes and settled when it has ended, by whoever keeps the budget (llm_budget).
 *
 * A call's strings are borrowed until its `done` was called.  One thread; `done` may submit more. */
#ifndef RECKON_LLM_LLM_H
#define RECKON_LLM_LLM_H

#include "base/job.h"
#include "llm/chat.h"

struct llm;

/* Who keeps the money.  Both may be NULL. */
struct llm_budget {
    void *context;
    /* E_REFUSED: it would go over a limit; E_CONFLICT: so it would, but for what is reserved and not settled yet. */
    int (*reserve)(void *context, void *call_context, const struct provider *provider, int64_t prompt,
                   int64_t completion, int64_t *ticket, struct error *err);
    /* usage NULL: nothing was sent.  usage->told false: it was, and nobody knows what it cost. */
    int (*settle)(void *context, int64_t ticket, const struct provider *provider, const struct chat_usage *usage,
                  struct error *err);
};

struct llm_outcome {
    int rc;
    struct error error;
    const struct provider *provider; /* of the last attempt; NULL: there was none */
    const struct chat_reply *reply;  /* when rc is 0 */
    const float *rows; /* of inputs: n_inputs rows of `dim`; borrowed */
    size_t dim;
    bool unaffordable; /* rc is what the budget said */
    bool hopeless;     /* rc is not 0, and no provider can be used any more: a wrong key, an account used up, no such model */
    unsigned attempts;
    double seconds;
};
/* Nor would any other call be answered: the run should end. */
bool llm_ends_all(const struct llm_outcome *outcome);

typedef void (*llm_done_fn)(void *context, const struct llm_outcome *outcome);

struct llm_call {
    struct chat_request request; /* of a chat; zeroed: */
    const char *const *inputs;   /* texts to be made vectors of, by the provider's embedding-model */
    size_t n_inputs;
    llm_done_fn done;
    void *context;
};

struct llm_options {
    struct llm_budget budget;
    unsigned in_flight;     /* over all providers; 0: as many as they allow together */
    uint64_t seed;          /* of the jitter */
};

/* The providers are borrowed for as long as it lives. */
int llm_new(struct llm **out, const struct providers *providers, const struct llm_options *options, struct error *err);
/* Calls under way are dropped and settled as unknown, and their `done` is called with E_CANCELLED; NULL is fine. */
void llm_free(struct llm *self);

int llm_submit(struct llm *self, const struct llm_call *call, struct error *err);
unsigned llm_pending(const struct llm *self); /* submitted and not done */

/* Works for up to so many ms, or until a call is done; 0, or what the budget or the network as such says. */
int llm_poll(struct llm *self, int timeout_ms, struct error *err);
/* Until nothing is pending.  E_CANCELLED. */
int llm_run(struct llm *self, struct job *job, const char *note, struct error *err);

/* What a status that is not 2xx says, in words; an error code.  *shut: there is no use in asking this provider anything
 * more. */
int llm_explain(const struct provider *provider, long status, const char *body, size_t n, bool *shut, struct error *err);

/* Whether a provider answers and takes the key: GET /models; *ms is how long that took. */
int llm_check(const struct provider *provider, double *ms, struct str *models, struct error *err);

#endif
