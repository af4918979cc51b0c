#include "describe/describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/words.h"
#include "describe/keep.h"
#include "describe/near.h"
#include "describe/personal.h"
#include "describe/spending.h"
#include "describe/surroundings.h"
#include "store/batches.h"
#include "store/ledger.h"
#include "store/documents.h"

enum { WINDOW = 256, REPAIR_MAX = 1 << 16 };

static const char *const end_names[DESCRIBE_ENDS] = {
    [DESCRIBE_WRITTEN] = "written", [DESCRIBE_REVIEW] = "to be reviewed", [DESCRIBE_SAME] = "unchanged",
    [DESCRIBE_NO_FACTS] = "nothing known", [DESCRIBE_FAILED] = "failed",
    [DESCRIBE_UNDER_WAY] = "in a batch"};

const char *describe_end_name(enum describe_end end)
{
    return end_names[end];
}

struct run {
    struct store *store;
    const struct describe_wish *wish;
    struct describe_sums *sums;
    describe_fn fn;
    void *context;
    struct llm *llm;
    struct surroundings *surroundings;
    struct keeping keeping;
    size_t n, ended;
    int rc; /* stops everything */
    struct error error;
    struct hand hand;
    struct spending spending;
};

/* One item under way. */
struct writing {
    struct spending_call spent; /* first: see spending.h */
    struct run *run;
    struct facts facts;
    struct prompt prompt;
    struct chat_message messages[4]; /* the prompt's, and, once repaired, the wrong answer and what was wrong */
    char *wrong, *complaint;
    unsigned repairs;
};

static void writing_free(struct writing *self)
{
    facts_release(&self->facts);
    prompt_release(&self->prompt);
    mem_free(self->wrong);
    mem_free(self->complaint);
    mem_free(self);
}

/* The run cannot go on; what is under way comes to its end. */
static void stop(struct run *self, int rc, const struct error *error)
{
    if (self->rc != 0)
        return;
    self->rc = rc;
    self->error = *error;
}

static void tell(struct writing *self, enum describe_end end, int64_t description, size_t findings,
                 const struct error *error)
{
    struct run *run = self->run;
    struct describe_news news = {
        .item = self->facts.item, .identifier = self->facts.identifier, .title = self->facts.title, .end = end,
        .description = description, .error = error, .findings = findings,
        .left_out = str_text(&self->prompt.left_out), .withheld = self->facts.withheld};
    run->sums->ends[end]++;
    run->ended++;
    if (run->fn != NULL) {
        int told = run->fn(run->context, &news);
        if (told != 0 && run->rc == 0)
            run->rc = told;
    }
}

/* ---- what came back -------------------------------------------------------------------------------------- */

static void on_done(void *context, const struct llm_outcome *outcome);

static int submit(struct writing *self, struct error *err)
{
    struct llm_call call = {.request = self->prompt.request, .done = on_done, .context = self};
    size_t n = self->prompt.request.n_messages;
    memcpy(self->messages, self->prompt.messages, n * sizeof *self->messages);
    if (self->complaint != NULL) {
        self->messages[n++] = (struct chat_message){"assistant", self->wrong};
        self->messages[n++] = (struct chat_message){"user", self->complaint};
    }
    call.request.messages = self->messages;
    call.request.n_messages = n;
    return llm_submit(self->run->llm, &call, err);
}

static char *prompt_json(const struct writing *self)
{
    json_t *list = json_array();
    for (size_t i = 0; i < self->prompt.request.n_messages; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "role", self->prompt.messages[i].role, "content",
                                              self->prompt.messages[i].text));
    char *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

/* Checks and stores a text; 0, or what stops the run. */
static int keep(struct writing *self, const struct llm_outcome *outcome, const json_t *content, struct error *err)
{
    struct run *run = self->run;
    char *prompt = prompt_json(self);
    struct kept text = {
        .facts = &self->facts, .provider = outcome->provider->name, .digest = self->prompt.digest, .prompt = prompt,
        .model = outcome->reply->model[0] != '\0' ? outcome->reply->model : outcome->provider->model,
        .charge = self->spent.charge};
    int rc = prompt == NULL ? error_nomem(err, "a text") : store_begin(run->store, err);
    if (rc == 0)
        rc = store_end(run->store, keep_text(&run->keeping, content, &text, err), err);
    if (rc == 0)
        tell(self, text.grave ? DESCRIBE_REVIEW : DESCRIBE_WRITTEN, text.description, text.findings, NULL);
    free(prompt);
    return rc;
}

/* Asks again with what was wrong; false: often enough. */
static bool repair(struct writing *self, const struct chat_reply *reply, const char *why)
{
    if (self->repairs == DESCRIBE_REPAIRS || self->run->rc != 0)
        return false;
    struct str complaint;
    self->repairs++;
    mem_free(self->wrong);
    mem_free(self->complaint);
    self->wrong = mem_strndup(str_text(&reply->text), reply->text.len < REPAIR_MAX ? reply->text.len : REPAIR_MAX);
    str_init(&complaint, 1024);
    str_printf(&complaint, "That cannot be used: %s%s. Answer with the JSON object that was asked for and nothing else.", why,
               reply->finish == CHAT_LENGTH ? ", because it was cut at its greatest length; be shorter" : "");
    self->complaint = str_take(&complaint);
    str_release(&complaint);
    return self->wrong != NULL && self->complaint != NULL && submit(self, &self->run->error) == 0;
}

static void fail(struct writing *self, const struct error *error)
{
    tell(self, DESCRIBE_FAILED, 0, 0, error);
}

/* True: it is over with this item. */
static bool take_reply(struct writing *self, const struct llm_outcome *outcome)
{
    struct run *run = self->run;
    const struct chat_reply *reply = outcome->reply;
    struct error error = {0};
    json_t *all = chat_object(str_text(&reply->text), reply->text.len);
    const char *why = reply->refusal.len > 0 ? "it was refused" : keep_wrong_form(run->wish->template, all);
    if (why == NULL) {
        int rc = keep(self, outcome, all, &error);
        if (rc != 0)
            stop(run, rc, &error);
    } else if (reply->refusal.len == 0 && repair(self, reply, why)) {
        json_decref(all);
        return false;
    } else {
        error_set(&error, E_BAD_DATA, outcome->provider->name, "the answer cannot be used: %s%s%.200s", why,
                  reply->refusal.len > 0 ? ": " : "", str_text(&reply->refusal));
        fail(self, &error);
    }
    json_decref(all);
    return true;
}

static void on_done(void *context, const struct llm_outcome *outcome)
{
    struct writing *self = context;
    if (outcome->rc == 0 && !take_reply(self, outcome))
        return;
    if (llm_ends_all(outcome))
        stop(self->run, outcome->rc, &outcome->error);
    else if (outcome->rc != 0 && outcome->rc != E_CANCELLED)
        fail(self, &outcome->error);
    writing_free(self);
}

/* ---- the run --------------------------------------------------------------------------------------------- */

/* Facts and prompt of an item; true: there is something to ask. */
static bool prepare(struct writing *self, int64_t item, struct error *err)
{
    struct run *run = self->run;
    const struct describe_wish *w = run->wish;
    struct prompt_extras extras = {.note = w->note, .audience = w->audience};
    int64_t same = 0, batch = 0;
    int rc = surroundings_facts(run->surroundings, item, &self->facts, err);
    if (rc == E_BAD_DATA) {
        tell(self, DESCRIBE_NO_FACTS, 0, 0, err);
        return false;
    }
    if (rc == 0)
        rc = prompt_make(&self->prompt, w->template, &self->facts, &extras, w->providers->list[0].model, err);
    if (rc == E_BAD_DATA) {
        fail(self, err);
        return false;
    }
    if (rc == 0 && !w->again)
        rc = descriptions_same(run->store, item, w->collection, self->prompt.digest, &same, err);
    if (rc == 0 && same != 0)
        tell(self, DESCRIBE_SAME, same, 0, NULL);
    if (rc == 0 && same == 0)
        rc = batches_under_way(run->store, item, w->collection, self->prompt.digest, &batch, err);
    if (rc == 0 && batch != 0)
        tell(self, DESCRIBE_UNDER_WAY, 0, 0, NULL);
    if (rc != 0)
        stop(run, rc, err);
    return rc == 0 && same == 0 && batch == 0;
}

static void begin(struct run *run, int64_t item)
{
    struct error err = {0};
    struct writing *self = mem_zalloc(1, sizeof *self);
    int rc = self == NULL ? error_nomem(&err, "a text") : 0;
    if (rc == 0) {
        self->run = run;
        if (!prepare(self, item, &err)) {
            writing_free(self);
            return;
        }
        rc = submit(self, &err);
    }
    if (rc != 0) {
        stop(run, rc, &err);
        if (self != NULL)
            writing_free(self);
    }
}

static int work(struct run *self, const int64_t *items, struct job *job, struct error *err)
{
    size_t next = 0;
    int rc = 0;
    while (rc == 0 && (next < self->n || llm_pending(self->llm) > 0)) {
        while (self->rc == 0 && next < self->n && llm_pending(self->llm) < WINDOW) {
            if (job_step(job, "describe", (double)self->ended, (double)self->n, "products"))
                return job_error_cancelled(err, "describe");
            begin(self, items[next++]);
        }
        if (self->rc != 0)
            next = self->n; /* what is under way is still kept */
        if (job_step(job, "describe", (double)self->ended, (double)self->n, "products"))
            return job_error_cancelled(err, "describe");
        rc = llm_poll(self->llm, 100, err);
    }
    return rc;
}

int describe_check_note(struct store *store, const char *note, struct error *err)
{
    const char *why = NULL;
    int rc = note != NULL ? personal_is(store, note, &why, err) : 0;
    if (rc != 0 || why == NULL)
        return rc;
    error_set(err, E_REFUSED, "note", "%s is in it, and it would be sent to whoever writes", why);
    return error_hint(err, E_REFUSED, "say it without naming anybody");
}

int describe_items(struct store *store, const struct describe_wish *wish, const int64_t *items, size_t n,
                   struct describe_sums *sums, describe_fn fn, void *context, struct job *job, struct error *err)
{
    struct run self = {.store = store, .wish = wish, .sums = sums, .fn = fn, .context = context, .n = n,
                       .keeping = {.store = store, .template = wish->template, .collection = wish->collection,
                                   .note = wish->note, .parent = wish->parent, .publish = wish->publish}};
    self.hand.store = store;
    self.spending = (struct spending){.hand = &self.hand, .team = wish->team, .phase = wish->phase, .purpose = "describe",
                                      .job = wish->job};
    struct llm_options options = {.budget = spending_budget(&self.spending), .in_flight = wish->in_flight,
                                  .seed = (uint64_t)clock_monotonic_us()};
    int64_t orphans;
    memset(sums, 0, sizeof *sums);
    int rc = describe_check_note(store, wish->note, err);
    rc = rc != 0 ? rc : ledger_recover(store, &orphans, err);
    rc = rc != 0 ? rc : facts_brands(store, &self.keeping.brands, &self.keeping.n_brands, err);
    rc = rc != 0 ? rc : surroundings_new(&self.surroundings, store, wish->template, job, err);
    rc = rc != 0 ? rc : near_new(&self.keeping.near, store, wish->collection, wish->duplicates, n, job, err);
    rc = rc != 0 ? rc : llm_new(&self.llm, wish->providers, &options, err);
    rc = rc != 0 ? rc : work(&self, items, job, err);
    llm_free(self.llm);
    near_free(self.keeping.near);
    surroundings_free(self.surroundings);
    sums->calls = self.spending.calls;
    sums->prompt = self.spending.prompt;
    sums->cached = self.spending.cached;
    sums->completion = self.spending.completion;
    sums->cost = self.spending.cost;
    facts_free_brands(self.keeping.brands, self.keeping.n_brands);
    if (rc == 0 && self.rc != 0) {
        rc = self.rc;
        if (err != NULL)
            *err = self.error;
    }
    return rc;
}

/* ---- templates ------------------------------------------------------------------------------------------- */

int describe_template(struct store *store, const char *spec, struct template **out, struct error *err)
{
    struct document d;
    char source[128];
    int rc = documents_find(store, DOCUMENT_TEMPLATE, spec, &d, err);
    if (rc != 0)
        return rc;
    snprintf(source, sizeof source, "template %s@%lld", d.name, (long long)d.version);
    rc = template_parse(out, source, d.name, d.version, d.body, strlen(d.body), err);
    document_release(&d);
    return rc;
}

static int unknown_attribute(const char *source, const struct template_part *part, const struct attribute *list, size_t n,
                             struct error *err)
{
    struct str hint;
    char where[160];
    const char **names = mem_zalloc(n + 1, sizeof *names);
    snprintf(where, sizeof where, "%s:%u", source, part->line);
    error_set(err, E_BAD_DATA, where, "no item has anything called '%.60s'", part->text);
    str_init(&hint, 300);
    for (size_t i = 0; names != NULL && i < n; i++)
        names[i] = list[i].name;
    if (names != NULL)
        words_nearest(&hint, names, part->text);
    error_hint(err, E_BAD_DATA, "%s", str_text(&hint));
    str_release(&hint);
    mem_free(names);
    return E_BAD_DATA;
}

int describe_check_template(struct store *store, const char *source, const struct template *template, struct error *err)
{
    struct attribute *list;
    size_t n;
    int rc = attributes_list(store, ATTRIBUTE_OF_ITEM, &list, &n, err);
    for (size_t i = 0; rc == 0 && i < template->n_parts; i++) {
        bool there = template->parts[i].slot != TEMPLATE_ATTRIBUTE;
        for (size_t k = 0; !there && k < n; k++)
            there = strcmp(list[k].name, template->parts[i].text) == 0;
        if (!there)
            rc = unknown_attribute(source, &template->parts[i], list, n, err);
    }
    mem_free(list);
    return rc;
}
