#include "llm/llm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "http/client.h"
#include "llm/gate.h"

enum { URL_MAX = 2048, CONFLICT_MS = 200, CONFLICTS_MAX = 150, RETRY_AFTER_MAX = 120, BACKOFF_MAX = 60, CHECK_MS = 10000,
       FRAME_TOKENS = 8, FRAME_BYTES = 1 << 16, TOKEN_BYTES = 64, CHUNK_BYTES = 1024, ROW_BYTES = 1 << 17 };
#define SECOND INT64_C(1000000)

struct ask {
    struct llm *llm;
    struct llm_call call;
    size_t provider;           /* whose turn it is */
    unsigned tries, attempts;  /* at that one; in all */
    unsigned conflicts;
    int64_t ready_us, begun_us;
    int64_t prompt_most;       /* tokens; counted once */
    bool in_flight, reserved, unaffordable;
    int64_t ticket;
    double booked;             /* tokens, at the gate */
    char url[URL_MAX];
    struct str body;
    struct chat_reply reply;
    struct chat_stream stream;
    float *rows; /* of embeddings */
    size_t dim;
    int rc;                    /* of the last attempt */
    struct error error;
    struct ask *next;
};

struct llm {
    const struct providers *providers;
    struct llm_options options;
    struct client *client;
    struct gate gates[PROVIDERS_MAX];
    struct ask *first;
    unsigned pending, in_flight;
    struct rng jitter;
    int rc; /* of what keeps the budget: nothing goes any more */
    struct error error;
};

static void put_url(char out[URL_MAX], const struct provider *provider, const char *path)
{
    snprintf(out, URL_MAX, "%s%s", provider->url, path);
}

/* ---- the end of a call ----------------------------------------------------------------------------------- */

static void ask_free(struct ask *self)
{
    chat_stream_release(&self->stream);
    chat_reply_release(&self->reply);
    str_release(&self->body);
    mem_free(self->rows);
    mem_free(self);
}

static bool all_are_shut(const struct llm *self)
{
    size_t i = 0;
    while (i < self->providers->n && self->gates[i].shut)
        i++;
    return i == self->providers->n;
}

bool llm_ends_all(const struct llm_outcome *outcome)
{
    return outcome->unaffordable || outcome->hopeless;
}

static void ask_finish(struct ask *self)
{
    struct llm *llm = self->llm;
    struct llm_outcome outcome = {.rc = self->rc, .error = self->error, .attempts = self->attempts,
                                  .unaffordable = self->unaffordable,
                                  .hopeless = self->rc != 0 && all_are_shut(llm)};
    size_t at = self->provider < llm->providers->n ? self->provider : llm->providers->n - 1;
    struct ask **place = &llm->first;
    while (*place != self)
        place = &(*place)->next;
    *place = self->next;
    llm->pending--;
    outcome.provider = self->attempts > 0 ? &llm->providers->list[at] : NULL;
    outcome.reply = self->rc == 0 ? &self->reply : NULL;
    outcome.rows = self->rc == 0 ? self->rows : NULL;
    outcome.dim = outcome.rows != NULL ? self->dim : 0;
    outcome.seconds = (double)(clock_monotonic_us() - self->begun_us) / SECOND;
    self->call.done(self->call.context, &outcome);
    ask_free(self);
}

/* ---- an attempt and what came of it ---------------------------------------------------------------------- */

/* Settles what was reserved; an error of the budget stops everything. */
static void settle(struct ask *self, const struct chat_usage *usage)
{
    struct llm *llm = self->llm;
    const struct llm_budget *budget = &llm->options.budget;
    if (self->reserved && budget->settle != NULL) {
        int rc = budget->settle(budget->context, self->ticket, &llm->providers->list[self->provider], usage, &llm->error);
        llm->rc = llm->rc != 0 ? llm->rc : rc;
    }
    self->reserved = false;
}

/* What an answer of that status costs: errors cost nothing, and what was cut may have cost anything. */
static void settle_answer(struct ask *self, const struct client_answer *answer)
{
    static const struct chat_usage nothing = {.told = true};
    if (answer->status >= 400)
        settle(self, &nothing);
    else
        settle(self, answer->sent ? &self->reply.usage : NULL);
}

int llm_explain(const struct provider *p, long status, const char *body, size_t n, bool *shut, struct error *err)
{
    char text[256], code[64], what[64];
    chat_error_text(body, n, text, sizeof text, code, sizeof code);
    const char *colon = text[0] != '\0' ? ": " : "";
    bool quota = strcmp(code, "insufficient_quota") == 0;
    snprintf(what, sizeof what, "provider %s", p->name);
    *shut = status == 401 || status == 403 || status == 404 || quota;
    if (status == 401 || status == 403) {
        error_set(err, E_REFUSED, what, p->key[0] != '\0' ? "the key was not accepted (%ld)%s%s" : "it wants a key (%ld)%s%s",
                  status, colon, text);
        return error_hint(err, E_REFUSED, "the key was looked for in %s", p->key_looked);
    }
    error_set(err, E_IO, what, "status %ld%s%s", status, colon, text);
    if (status == 404)
        error_hint(err, E_IO, "has it the model %s, and is %s its address?", p->model, p->url);
    else if (quota)
        error_hint(err, E_IO, "the account with %s is used up", p->name);
    return E_IO;
}

/* The same for a call; true: who asks again, gets it perhaps. */
static bool take_status(struct ask *self, const struct provider *p, const struct client_answer *answer)
{
    long status = answer->status;
    bool shut, again = status == 408 || status == 409 || status == 429 || status >= 500;
    self->rc = llm_explain(p, status, str_text(&answer->body), answer->body.len, &shut, &self->error);
    if (shut)
        self->llm->gates[self->provider].shut = true;
    return answer->should_retry >= 0 ? answer->should_retry != 0 : again && !shut;
}

/* Reads the answer into self->rc and the reply; true: another attempt may help. */
static bool read_answer(struct ask *self, const struct provider *p, const struct client_answer *answer)
{
    if (answer->rc != 0) {
        self->rc = answer->rc;
        self->error = answer->error;
        return answer->rc == E_IO || answer->rc == E_BAD_DATA;
    }
    if (answer->status / 100 != 2)
        return take_status(self, p, answer);
    if (self->call.inputs != NULL)
        self->rc = embeddings_parse(str_text(&answer->body), answer->body.len, self->call.n_inputs, &self->rows, &self->dim,
                                    &self->reply.usage, &self->error);
    else if (self->call.request.stream)
        self->rc = chat_stream_end(&self->stream, &self->error);
    else
        self->rc = chat_parse(str_text(&answer->body), answer->body.len, &self->reply, &self->error);
    if (self->rc != 0 && strncmp(answer->content_type, "text/html", 9) == 0)
        error_hint(&self->error, self->rc, "a page came instead of an answer: is %s right?", p->url);
    return self->rc != 0;
}

static double delay(struct ask *self, const struct client_answer *answer)
{
    double base = self->llm->providers->list[self->provider].backoff_seconds;
    if (answer->retry_after >= 0)
        return answer->retry_after;
    return fmin(ldexp(base, (int)self->tries - 1), BACKOFF_MAX) * (1 - 0.25 * rng_uniform(&self->llm->jitter));
}

/* Later, or elsewhere, or never. */
static void ask_again(struct ask *self, const struct provider *p, const struct client_answer *answer, bool may_help)
{
    int64_t now = clock_monotonic_us();
    double wait = delay(self, answer);
    if (answer->status == 429)
        gate_pause(&self->llm->gates[self->provider], now + (int64_t)(fmin(wait, RETRY_AFTER_MAX) * SECOND));
    if (may_help && self->tries <= p->retries && wait <= RETRY_AFTER_MAX) {
        self->ready_us = now + (int64_t)(wait * SECOND);
        return;
    }
    self->tries = 0;
    self->ready_us = now;
    if (++self->provider == self->llm->providers->n)
        ask_finish(self);
}

static void on_done(void *context, const struct client_answer *answer)
{
    struct ask *self = context;
    struct llm *llm = self->llm;
    const struct provider *p = &llm->providers->list[self->provider];
    self->in_flight = false;
    llm->in_flight--;
    bool again = read_answer(self, p, answer);
    double used = self->reply.usage.told ? (double)(self->reply.usage.prompt + self->reply.usage.completion) : self->booked;
    enum gate_end end = self->rc == 0                                      ? GATE_GOOD
                        : answer->rc != 0 || answer->status >= 500         ? GATE_FAILED
                                                                           : GATE_NEUTRAL;
    gate_leave(&llm->gates[self->provider], p, self->booked - used, end, clock_monotonic_us());
    settle_answer(self, answer);
    if (self->rc == 0)
        ask_finish(self);
    else
        ask_again(self, p, answer, again);
}

static int on_bytes(void *context, const char *bytes, size_t n, struct error *err)
{
    struct ask *self = context;
    return chat_stream_feed(&self->stream, bytes, n, err);
}

/* ---- starting one ---------------------------------------------------------------------------------------- */

static void renew(struct ask *self)
{
    chat_stream_release(&self->stream);
    chat_reply_release(&self->reply);
    chat_reply_init(&self->reply);
    chat_stream_init(&self->stream, &self->reply);
    mem_free(self->rows);
    self->rows = NULL;
    str_clear(&self->body);
}

/* Bytes of an answer over the wire: no token is longer than an escaped word, and streamed each comes in a chunk of its own.
 * So also a hundred endless answers at a time are small. */
static size_t answer_max(const struct chat_request *r)
{
    size_t max = FRAME_BYTES + (size_t)r->max_tokens * (r->stream ? CHUNK_BYTES : TOKEN_BYTES);
    return max < CHAT_ANSWER_MAX ? max : CHAT_ANSWER_MAX;
}

static int ask_send(struct ask *self, const struct provider *p, struct error *err)
{
    renew(self);
    const struct llm_call *call = &self->call;
    put_url(self->url, p, call->inputs != NULL ? "/embeddings" : "/chat/completions");
    int rc = call->inputs != NULL ? embeddings_body(p, call->inputs, call->n_inputs, &self->body, err)
                                  : chat_body(p, &call->request, &self->body, err);
    if (rc != 0)
        return rc;
    struct client_request request = {
        .method = "POST", .url = self->url, .token = p->key, .content_type = "application/json",
        .accept = self->call.request.stream ? "text/event-stream" : "application/json",
        .body = str_text(&self->body), .body_bytes = self->body.len, .answer_max = call->inputs != NULL ? FRAME_BYTES + call->n_inputs * ROW_BYTES : answer_max(&call->request),
        .timeout_ms = (long)(p->timeout_seconds * 1000), .idle_ms = (long)(p->idle_seconds * 1000),
        .bytes = self->call.request.stream ? on_bytes : NULL, .done = on_done, .context = self,
    };
    return client_submit(self->llm->client, &request, err);
}

static int reserve(struct ask *self, const struct provider *p, struct error *err)
{
    const struct llm_budget *budget = &self->llm->options.budget;
    if (budget->reserve == NULL)
        return 0;
    int rc = budget->reserve(budget->context, self->call.context, p, self->prompt_most,
                             self->call.request.max_tokens, &self->ticket, err);
    self->reserved = rc == 0;
    return rc;
}

/* The provider whose turn it is, past those that are down as long as there is one that is not.  False: all are shut. */
static bool choose(struct ask *self, int64_t now)
{
    struct llm *llm = self->llm;
    size_t n = llm->providers->n, first_open = n;
    for (size_t i = self->provider; i < n; i++) {
        if (!gate_is_broken(&llm->gates[i], now)) {
            self->tries = i == self->provider ? self->tries : 0;
            self->provider = i;
            return true;
        }
        if (!llm->gates[i].shut && first_open == n)
            first_open = i;
    }
    if (first_open < n)
        self->provider = first_open;
    return first_open < n;
}

/* Everything that it could have been tried with is shut. */
static void refuse(struct ask *self)
{
    if (self->rc == 0)
        self->rc = error_hint(&self->error, error_set(&self->error, E_IO, "providers", "none of them can be used any more"),
                              "%s", "`reckon describe providers` asks each of them");
    ask_finish(self);
}

/* Starts it if it may go, else lowers *wake to when it may.  0; what the budget says that stops everything. */
static int try_start(struct ask *self, int64_t now, int64_t *wake, struct error *err)
{
    struct llm *llm = self->llm;
    if (!choose(self, now)) {
        refuse(self);
        return 0;
    }
    const struct provider *p = &llm->providers->list[self->provider];
    struct gate *gate = &llm->gates[self->provider];
    double tokens = (double)self->prompt_most / 4 + self->call.request.max_tokens;
    int64_t when = self->ready_us > now ? self->ready_us : gate_opens(gate, p, tokens, now);
    if (llm->options.in_flight > 0 && llm->in_flight >= llm->options.in_flight)
        when = INT64_MAX;
    if (when > 0) {
        *wake = when < *wake ? when : *wake;
        return 0;
    }
    int rc = reserve(self, p, &self->error);
    if (rc == E_CONFLICT && self->conflicts++ < CONFLICTS_MAX) {
        self->ready_us = now + CONFLICT_MS * INT64_C(1000);
        *wake = self->ready_us < *wake ? self->ready_us : *wake;
        return 0;
    }
    if (rc != 0) {
        self->rc = rc;
        self->unaffordable = true;
        ask_finish(self);
        return 0;
    }
    self->conflicts = 0;
    if ((rc = ask_send(self, p, err)) != 0) {
        settle(self, NULL);
        return rc;
    }
    self->tries++;
    self->attempts++;
    self->booked = tokens;
    self->in_flight = true;
    llm->in_flight++;
    gate_enter(gate, p, tokens);
    return 0;
}

static int start_ready(struct llm *self, int64_t *wake, struct error *err)
{
    int64_t now = clock_monotonic_us();
    *wake = INT64_MAX;
    for (struct ask *ask = self->first, *next; ask != NULL; ask = next) {
        next = ask->next;
        int rc = ask->in_flight ? 0 : try_start(ask, now, wake, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* ---- from outside ---------------------------------------------------------------------------------------- */

int llm_new(struct llm **out, const struct providers *providers, const struct llm_options *options, struct error *err)
{
    unsigned connections = 0;
    struct llm *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "providers");
    self->providers = providers;
    self->options = *options;
    rng_init(&self->jitter, options->seed, rng_key("jitter", 6));
    for (size_t i = 0; i < providers->n; i++) {
        gate_init(&self->gates[i], &providers->list[i], clock_monotonic_us());
        connections += providers->list[i].in_flight;
    }
    int rc = client_new(&self->client, connections, err);
    if (rc != 0) {
        mem_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

void llm_free(struct llm *self)
{
    static const struct chat_usage unknown = {.told = false};
    if (self == NULL)
        return;
    client_free(self->client);
    while (self->first != NULL) {
        struct ask *ask = self->first;
        settle(ask, &unknown);
        ask->rc = error_set(&ask->error, E_CANCELLED, "a call", "it was under way when the work ended");
        ask_finish(ask);
    }
    mem_free(self);
}

int llm_submit(struct llm *self, const struct llm_call *call, struct error *err)
{
    struct ask *ask = mem_zalloc(1, sizeof *ask), **place = &self->first;
    if (ask == NULL)
        return error_nomem(err, "a call");
    ask->llm = self;
    ask->call = *call;
    ask->begun_us = clock_monotonic_us();
    ask->prompt_most = chat_prompt_at_most(&call->request);
    for (size_t i = 0; i < call->n_inputs; i++) /* as of messages: no token is less than a byte */
        ask->prompt_most += (int64_t)strlen(call->inputs[i]) + FRAME_TOKENS;
    str_init(&ask->body, CHAT_ANSWER_MAX);
    chat_reply_init(&ask->reply);
    chat_stream_init(&ask->stream, &ask->reply);
    while (*place != NULL) /* in their order */
        place = &(*place)->next;
    *place = ask;
    self->pending++;
    return 0;
}

unsigned llm_pending(const struct llm *self)
{
    return self->pending;
}

int llm_poll(struct llm *self, int timeout_ms, struct error *err)
{
    int64_t wake;
    int rc = start_ready(self, &wake, err), wait = timeout_ms;
    if (rc == 0 && wake != INT64_MAX) {
        int64_t ms = (wake - clock_monotonic_us()) / 1000 + 1;
        wait = ms < 0 ? 0 : ms < timeout_ms ? (int)ms : timeout_ms;
    }
    rc = rc != 0 ? rc : client_poll(self->client, self->pending > 0 ? wait : 0, err);
    if (rc == 0 && self->rc != 0) {
        rc = self->rc;
        if (err != NULL)
            *err = self->error;
    }
    return rc;
}

int llm_run(struct llm *self, struct job *job, const char *note, struct error *err)
{
    unsigned all = self->pending;
    int rc = 0;
    while (rc == 0 && self->pending > 0) {
        if (job_step(job, note, all - (double)self->pending, all, "calls"))
            return job_error_cancelled(err, note);
        rc = llm_poll(self, 100, err);
    }
    return rc;
}

int llm_check(const struct provider *provider, double *ms, struct str *models, struct error *err)
{
    char url[URL_MAX];
    long status = 0;
    bool shut;
    put_url(url, provider, "/models");
    double begun = clock_seconds();
    int rc = client_get(url, provider->key, false, CHECK_MS, NULL, models, &status, err);
    *ms = (clock_seconds() - begun) * 1000;
    return rc != 0 || status / 100 == 2 ? rc : llm_explain(provider, status, str_text(models), models->len, &shut, err);
}
