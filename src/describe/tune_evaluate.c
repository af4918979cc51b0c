/* What a tuned model is worth: both models write about the products held out, and the checks say what of it holds. */
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "describe/keep.h"
#include "describe/tune_private.h"
#include "stats/discrete.h"
#include "store/ledger.h"

enum { SAID_MAX = 8 };

/* What one model did. */
struct side {
    int64_t passed, failed, claims, prompt, completion;
};

struct evaluating {
    struct store *store;
    const struct tune_sending *sending;
    struct llm *llm;
    struct trial **list;
    size_t n, cap, most;
    struct side *side;  /* of the model that is asked now */
    bool tuned;
    char **brands;
    size_t n_brands;
    int rc;
    struct error error, *err;
};

/* One product held out. */
struct trial {
    struct evaluating *of;
    int64_t item;
    json_t *body;
    struct chat_message messages[SAID_MAX];
    size_t n;
    struct template *template;
    bool passed[2]; /* base, tuned */
};

static void trial_free(struct trial *self)
{
    json_decref(self->body);
    template_free(self->template);
    mem_free(self);
}

static int take_example(void *context, const struct tune_example *e)
{
    struct evaluating *self = context;
    struct trial *t = mem_zalloc(1, sizeof *t);
    if (t == NULL || mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0) {
        mem_free(t);
        return error_nomem(self->err, "a tuning");
    }
    *t = (struct trial){.of = self, .item = e->item, .body = json_loads(e->body, 0, NULL)};
    self->list[self->n++] = t;
    const json_t *said = json_object_get(t->body, "messages");
    for (size_t i = 0; i + 1 < json_array_size(said) && i < SAID_MAX; i++) { /* all but the answer */
        const json_t *m = json_array_get(said, i);
        t->messages[t->n++] = (struct chat_message){json_string_value(json_object_get(m, "role")),
                                                    json_string_value(json_object_get(m, "content"))};
    }
    char spec[160];
    snprintf(spec, sizeof spec, "%s@%lld", e->template, (long long)e->version);
    int rc = describe_template(self->store, spec, &t->template, self->err);
    return rc != 0 ? rc : self->n == self->most ? 1 : 0;
}

static int reserve(void *context, void *call, const struct provider *p, int64_t prompt, int64_t completion, int64_t *ticket,
                   struct error *err)
{
    const struct evaluating *self = context;
    const struct tune_sending *s = self->sending;
    const struct charge_scope scope = {p->name, p->model, s->team, s->phase, "tune"};
    const struct charge_amount most = {prompt, 0, completion, provider_cost(p, prompt, 0, completion)};
    (void)call;
    return ledger_reserve(self->store, &scope, &most, s->job, clock_now_ms(), ticket, err);
}

static int settle(void *context, int64_t ticket, const struct provider *p, const struct chat_usage *usage, struct error *err)
{
    struct evaluating *self = context;
    if (usage == NULL || !usage->told)
        return ledger_settle(self->store, ticket, usage == NULL ? CHARGE_RELEASED : CHARGE_ESTIMATED, NULL, err);
    const struct charge_amount amount = {usage->prompt, usage->cached, usage->completion,
                                         provider_cost(p, usage->prompt, usage->cached, usage->completion)};
    self->side->prompt += amount.prompt;
    self->side->completion += amount.completion;
    return ledger_settle(self->store, ticket, CHARGE_SETTLED, &amount, err);
}

static int judge(struct trial *self, const json_t *content, struct error *err)
{
    struct evaluating *of = self->of;
    struct checker_findings findings = {0};
    struct facts facts = {0};
    int rc = facts_read(&facts, of->store, self->item, err);
    rc = rc != 0 ? rc : checker_check(&facts, (const char *const *)of->brands, of->n_brands, self->template, content, &findings, err);
    for (size_t i = 0; rc == 0 && i < findings.n; i++)
        of->side->claims += findings.list[i].kind == FINDING_CLAIM;
    if (rc == 0 && !checker_findings_are_grave(&findings)) {
        self->passed[of->tuned] = true;
        of->side->passed++;
    }
    checker_findings_release(&findings);
    facts_release(&facts);
    return rc == E_BAD_DATA ? 0 : rc;
}

static void on_done(void *context, const struct llm_outcome *outcome)
{
    struct trial *self = context;
    struct evaluating *of = self->of;
    json_t *o = outcome->rc == 0 ? chat_object(str_text(&outcome->reply->text), outcome->reply->text.len) : NULL;
    bool good = outcome->rc == 0 && outcome->reply->refusal.len == 0 && keep_wrong_form(self->template, o) == NULL;
    int rc = llm_ends_all(outcome) ? outcome->rc : 0;
    of->side->failed += !good;
    if (rc != 0)
        of->error = outcome->error;
    else if (good)
        rc = judge(self, o, &of->error);
    of->rc = of->rc != 0 ? of->rc : rc;
    json_decref(o);
}

/* All of them by one model. */
static int ask_all(struct evaluating *self, const char *model, bool tuned, struct side *side, struct job *job, struct error *err)
{
    struct providers one = {.n = 1};
    struct llm_options options = {.budget = {self, reserve, settle}, .seed = (uint64_t)clock_monotonic_us()};
    char *name = mem_strdup(model);
    if (name == NULL)
        return error_nomem(err, model);
    one.list[0] = *self->sending->provider; /* borrows all but the model */
    one.list[0].model = name;
    self->side = side;
    self->tuned = tuned;
    int rc = llm_new(&self->llm, &one, &options, err);
    for (size_t i = 0; rc == 0 && i < self->n; i++) {
        struct trial *t = self->list[i];
        const struct llm_call call = {.request = {.messages = t->messages, .n_messages = t->n, .max_tokens = t->template->max_tokens,
                                                  .temperature = 0, .seed = -1}, .done = on_done, .context = t};
        rc = llm_submit(self->llm, &call, err);
    }
    rc = rc != 0 ? rc : llm_run(self->llm, job, tuned ? "the tuned model" : "the base model", err);
    llm_free(self->llm);
    mem_free(name);
    if (rc == 0 && self->rc != 0) {
        rc = self->rc;
        if (err != NULL)
            *err = self->error;
    }
    return rc;
}

static json_t *side_json(const struct side *s, size_t n)
{
    return json_pack("{s:I, s:I, s:I, s:f, s:I, s:I}", "passed", (json_int_t)s->passed, "failed", (json_int_t)s->failed, "claims",
                     (json_int_t)s->claims, "pass_rate", (double)s->passed / (double)n, "prompt", (json_int_t)s->prompt,
                     "completion", (json_int_t)s->completion);
}

/* The pairs on which they differ decide (the exact sign test, two-sided). */
static int write_down(struct evaluating *self, const struct side sides[2], double train, double valid, struct error *err)
{
    struct tune_copy copy;
    double only[2] = {0, 0};
    for (size_t i = 0; i < self->n; i++)
        for (int k = 0; k < 2; k++)
            only[k] += self->list[i]->passed[k] && !self->list[i]->passed[!k];
    double p = fmin(1, 2 * discrete_binomial_cdf(fmin(only[0], only[1]), only[0] + only[1], 0.5));
    json_t *o = json_pack("{s:I, s:o, s:o, s:f, s:f, s:f}", "examples", (json_int_t)self->n, "base", side_json(&sides[0], self->n),
                          "tuned", side_json(&sides[1], self->n), "only_base", only[0], "only_tuned", only[1], "p", p);
    if (o != NULL && isfinite(train))
        json_object_set_new(o, "train_loss", json_real(train));
    if (o != NULL && isfinite(valid))
        json_object_set_new(o, "held_out_loss", json_real(valid));
    char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
    int rc = text == NULL ? error_nomem(err, "a tuning") : tune_read(self->store, self->sending->tune, &copy, err);
    if (rc == 0) {
        copy.tune.evaluation = text;
        rc = tune_write(self->store, &copy.tune, err);
        tune_copy_release(&copy);
    }
    free(text);
    json_decref(o);
    return rc;
}

int tune_evaluate(struct store *store, const struct tune_sending *sending, size_t most, double train, double valid,
                  struct job *job, struct error *err)
{
    struct evaluating self = {.store = store, .sending = sending, .most = most, .err = err};
    struct side sides[2] = {{0}, {0}};
    struct tune_copy copy;
    int rc = tune_read(store, sending->tune, &copy, err);
    if (rc == 0 && copy.tune.tuned == NULL)
        rc = error_set(err, E_CONFLICT, "tune", "tuning %lld has no model: it is %s", (long long)sending->tune, copy.tune.state);
    rc = rc != 0 ? rc : tunes_examples(store, sending->tune, true, take_example, &self, err);
    rc = rc > 0 ? 0 : rc;
    if (rc == 0 && self.n == 0)
        rc = error_set(err, E_BAD_DATA, "tune", "no product was held out: there is nothing to judge it by");
    rc = rc != 0 ? rc : facts_brands(store, &self.brands, &self.n_brands, err);
    rc = rc != 0 ? rc : ask_all(&self, copy.tune.model, false, &sides[0], job, err);
    rc = rc != 0 ? rc : ask_all(&self, copy.tune.tuned, true, &sides[1], job, err);
    rc = rc != 0 ? rc : write_down(&self, sides, train, valid, err);
    for (size_t i = 0; i < self.n; i++)
        trial_free(self.list[i]);
    mem_free(self.list);
    facts_free_brands(self.brands, self.n_brands);
    tune_copy_release(&copy);
    return rc;
}
