#include "describe/embed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "describe/facts.h"
#include "store/embeddings.h"
#include "store/ledger.h"

enum { TEXT_MAX = 6000, UNDER_WAY = 32 };

struct run {
    struct store *store;
    const struct embed_wish *wish;
    const struct provider *provider;
    struct embed_sums *sums;
    struct llm *llm;
    size_t n, ended;
    int rc; /* stops everything */
    struct error error;
};

/* Products of one request. */
struct batch {
    struct run *run;
    int64_t item[EMBED_BATCH_MAX];
    char *text[EMBED_BATCH_MAX];
    char digest[EMBED_BATCH_MAX][65];
    size_t n;
};

static void batch_free(struct batch *self)
{
    for (size_t i = 0; self != NULL && i < self->n; i++)
        mem_free(self->text[i]);
    mem_free(self);
}

static void stop(struct run *self, int rc, const struct error *error)
{
    if (self->rc != 0)
        return;
    self->rc = rc;
    self->error = *error;
}

/* ---- the ledger ------------------------------------------------------------------------------------------ */

static int64_t cost_of(const struct provider *p, int64_t tokens)
{
    return (int64_t)ceil((double)tokens * p->embedding_price - 1e-9);
}

static int reserve(void *context, void *call_context, const struct provider *p, int64_t prompt, int64_t completion,
                   int64_t *ticket, struct error *err)
{
    struct run *run = context;
    struct charge_scope scope = {p->name, p->embedding_model, run->wish->team, run->wish->phase, "embed"};
    struct charge_amount most = {prompt, 0, completion, cost_of(p, prompt)};
    (void)call_context;
    return ledger_reserve(run->store, &scope, &most, run->wish->job, clock_now_ms(), ticket, err);
}

static int settle(void *context, int64_t ticket, const struct provider *p, const struct chat_usage *usage, struct error *err)
{
    struct run *run = context;
    if (usage == NULL)
        return ledger_settle(run->store, ticket, CHARGE_RELEASED, NULL, err);
    run->sums->calls++;
    if (!usage->told)
        return ledger_settle(run->store, ticket, CHARGE_ESTIMATED, NULL, err);
    struct charge_amount amount = {usage->prompt, 0, usage->completion, cost_of(p, usage->prompt)};
    run->sums->prompt += amount.prompt;
    run->sums->cost += amount.cost;
    return ledger_settle(run->store, ticket, CHARGE_SETTLED, &amount, err);
}

/* ---- what came back -------------------------------------------------------------------------------------- */

static int check_dim(struct run *run, size_t dim, struct error *err)
{
    struct embed_sums *sums = run->sums;
    if (sums->dim == 0)
        sums->dim = dim;
    if (sums->dim == dim && dim <= EMBEDDING_DIM_MAX)
        return 0;
    error_set(err, E_BAD_DATA, run->provider->name, "embeddings of %zu numbers came, and those of %.60s here have %zu", dim,
              run->provider->embedding_model, dim <= EMBEDDING_DIM_MAX ? sums->dim : (size_t)EMBEDDING_DIM_MAX);
    return error_hint(err, E_BAD_DATA, "another model needs another name as embedding-model in providers.toml");
}

static int keep(struct batch *self, const struct llm_outcome *outcome, struct error *err)
{
    struct store *store = self->run->store;
    int rc = store_begin(store, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < self->n; i++)
        rc = embeddings_put(store, self->item[i], self->run->provider->embedding_model, self->digest[i],
                            outcome->rows + i * outcome->dim, outcome->dim, err);
    return store_end(store, rc, err);
}

static void on_done(void *context, const struct llm_outcome *outcome)
{
    struct batch *self = context;
    struct run *run = self->run;
    struct error err = outcome->error;
    int rc = outcome->rc;
    run->ended += self->n;
    if (llm_ends_all(outcome))
        stop(run, rc, &err);
    if (rc == 0)
        rc = check_dim(run, outcome->dim, &err);
    if (rc == 0 && (rc = keep(self, outcome, &err)) != 0)
        stop(run, rc, &err);
    if (rc == 0) {
        run->sums->embedded += (int64_t)self->n;
    } else if (rc != E_CANCELLED && run->rc == 0) {
        if (run->sums->failed == 0)
            run->sums->error = err;
        run->sums->failed += (int64_t)self->n;
    }
    batch_free(self);
}

/* ---- what is asked --------------------------------------------------------------------------------------- */

/* "Blue mug. material: porcelain. height: 10." */
static void put_text(struct str *out, const struct facts *facts)
{
    if (facts->title[0] != '\0')
        str_printf(out, "%s.", facts->title);
    for (size_t i = 0; i < facts->n; i++)
        if (out->len + strlen(facts->list[i].name) + strlen(facts->list[i].text) < TEXT_MAX)
            str_printf(out, "%s%s: %s.", out->len > 0 ? " " : "", facts->list[i].name, facts->list[i].text);
}

/* Adds what is to be asked of an item, if there is anything. */
static int add_item(struct batch *self, int64_t item, struct error *err)
{
    struct run *run = self->run;
    struct facts facts;
    struct str text;
    bool same = false;
    int rc = facts_read(&facts, run->store, item, err);
    if (rc != 0 && rc != E_BAD_DATA)
        return rc;
    run->sums->withheld += facts.withheld != NULL;
    if (rc == E_BAD_DATA) {
        facts_release(&facts);
        run->sums->without_facts++;
        run->ended++;
        return 0;
    }
    str_init(&text, 4 * TEXT_MAX);
    str_printf(&text, "%s\n", run->provider->embedding_model);
    size_t begun = text.len;
    put_text(&text, &facts);
    facts_release(&facts);
    fs_sha256(str_text(&text), text.len, self->digest[self->n]);
    rc = text.failed ? error_nomem(err, "a text")
                     : embeddings_same(run->store, item, self->digest[self->n], &same, err);
    if (rc == 0 && same) {
        run->sums->unchanged++;
        run->ended++;
    } else if (rc == 0) {
        self->item[self->n] = item;
        self->text[self->n] = mem_strdup(str_text(&text) + begun);
        rc = self->text[self->n] != NULL ? 0 : error_nomem(err, "a text");
        self->n += rc == 0;
    }
    str_release(&text);
    return rc;
}

/* Fills a request from items[*next] on, and sends it. */
static int begin(struct run *run, const int64_t *items, size_t *next, struct error *err)
{
    struct batch *batch = mem_zalloc(1, sizeof *batch);
    int rc = batch == NULL ? error_nomem(err, "a batch") : 0;
    if (rc == 0)
        batch->run = run;
    for (size_t looked = 0; rc == 0 && *next < run->n && batch->n < run->wish->batch && looked < 10 * EMBED_BATCH_MAX; looked++)
        rc = add_item(batch, items[(*next)++], err);
    if (rc == 0 && batch->n > 0) {
        struct llm_call call = {.inputs = (const char *const *)batch->text, .n_inputs = batch->n, .done = on_done, .context = batch};
        if ((rc = llm_submit(run->llm, &call, err)) == 0)
            return 0;
    }
    batch_free(batch);
    return rc;
}

static int work(struct run *self, const int64_t *items, struct job *job, struct error *err)
{
    size_t next = 0;
    int rc = 0;
    while (rc == 0 && (next < self->n || llm_pending(self->llm) > 0)) {
        if (self->rc != 0)
            next = self->n; /* what is under way is still kept */
        if (job_step(job, "embed", (double)self->ended, (double)self->n, "products"))
            return job_error_cancelled(err, "embed");
        if (next < self->n && llm_pending(self->llm) < UNDER_WAY)
            rc = begin(self, items, &next, err);
        if (rc == 0)
            rc = llm_poll(self->llm, next < self->n && llm_pending(self->llm) < UNDER_WAY ? 0 : 100, err);
    }
    return rc;
}

int embed_items(struct store *store, const struct embed_wish *wish, const int64_t *items, size_t n, struct embed_sums *sums,
                struct job *job, struct error *err)
{
    struct run self = {.store = store, .wish = wish, .provider = &wish->providers->list[0], .sums = sums, .n = n};
    struct llm_options options = {.budget = {&self, reserve, settle}, .seed = (uint64_t)clock_monotonic_us()};
    int64_t orphans;
    memset(sums, 0, sizeof *sums);
    if (self.provider->embedding_model == NULL) {
        error_set(err, E_REFUSED, self.provider->name, "it has no model for embeddings");
        return error_hint(err, E_REFUSED, "name it in providers.toml: embedding-model = \"text-embedding-3-small\"");
    }
    int rc = ledger_recover(store, &orphans, err);
    rc = rc != 0 ? rc : embeddings_dim(store, self.provider->embedding_model, &sums->dim, err);
    rc = rc != 0 ? rc : llm_new(&self.llm, wish->providers, &options, err);
    rc = rc != 0 ? rc : work(&self, items, job, err);
    llm_free(self.llm);
    if (rc == 0 && self.rc != 0) {
        rc = self.rc;
        if (err != NULL)
            *err = self.error;
    }
    return rc;
}
