#include "describe/captions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "describe/checker.h"
#include "describe/describe.h"
#include "describe/personal.h"
#include "store/captions.h"
#include "store/documents.h"
#include "store/items.h"

enum { WINDOW = 64, TEXT_MAX = 4096 };

const char caption_template_builtin[] =
    "language = \"en\"\n"
    "channel = \"web\"\n"
    "tone = \"plain and friendly\"\n"
    "words = 20\n"
    "fields = \"caption\"\n"
    "banned = \"best, perfect, guaranteed\"\n"
    "max-tokens = 120\n"
    "temperature = 0.3\n"
    "---\n"
    "Write one short sentence of at most {words} words that says why this product is recommended.\n"
    "\n"
    "{facts}\n";

static const char *const end_names[CAPTION_ENDS] = {
    [CAPTION_KNOWN] = "known", [CAPTION_WRITTEN] = "written", [CAPTION_REFUSED] = "refused",
    [CAPTION_UNTOLD] = "nothing known", [CAPTION_FAILED] = "failed"};

const char *caption_end_name(enum caption_end end)
{
    return end_names[end];
}

int captions_template(struct store *store, struct template **out, struct error *err)
{
    struct error none = {0};
    int rc = describe_template(store, CAPTION_TEMPLATE, out, &none);
    if (rc == E_NOT_FOUND)
        rc = template_parse(out, "the template of captions", CAPTION_TEMPLATE, 0, caption_template_builtin,
                            strlen(caption_template_builtin), &none);
    if (rc == 0 && !(*out)->fields[TEMPLATE_OF_CAPTION]) {
        template_free(*out);
        *out = NULL;
        error_set(&none, E_BAD_DATA, "template " CAPTION_TEMPLATE, "asks for no caption");
        rc = error_hint(&none, E_BAD_DATA, "its head wants fields = \"caption\"");
    }
    if (rc != 0 && err != NULL)
        *err = none;
    return rc;
}

/* ---- what is asked --------------------------------------------------------------------------------------- */

/* The template's own language unless another is wanted: the struct alone is copied, its texts are borrowed. */
static struct template in_language(const struct template *template, const char *language)
{
    struct template t = *template;
    if (language != NULL)
        memcpy(&t.language, &language, sizeof t.language); /* only read */
    return t;
}

static int read_because(struct caption_ask *out, struct store *store, const struct caption_wish *wish, struct error *err)
{
    const char *why = NULL;
    str_init(&out->because, TEXT_MAX);
    if (!reason_names_other(wish->kind))
        return 0;
    int rc = items_name(store, wish->because, NULL, &out->because, err);
    if (rc == 0)
        rc = personal_is(store, str_text(&out->because), &why, err);
    if (rc == 0 && out->because.len == 0)
        why = "there is none";
    if (rc == 0 && why == NULL && facts_injection(str_text(&out->because)) != NULL)
        why = "it looks like an instruction";
    return rc == 0 && why != NULL ? error_set(err, E_BAD_DATA, out->facts.identifier,
                                              "the title of its reason's product cannot be sent: %s", why) : rc;
}

int caption_ask_make(struct caption_ask *out, struct store *store, const struct template *template,
                     const struct caption_wish *wish, struct error *err)
{
    const struct template t = in_language(template, wish->language);
    struct prompt_extras extras = {.reason = reason_told(wish->kind)};
    memset(out, 0, sizeof *out);
    int rc = facts_read(&out->facts, store, wish->item, err);
    int named = read_because(out, store, wish, rc == 0 ? err : NULL);
    rc = rc != 0 ? rc : named;
    extras.because = out->because.len > 0 ? str_text(&out->because) : NULL;
    rc = rc != 0 ? rc : prompt_make(&out->prompt, &t, &out->facts, &extras, "", err);
    if (rc == 0)
        memcpy(out->digest, out->prompt.digest, sizeof out->digest);
    else
        caption_ask_release(out);
    return rc;
}

void caption_ask_release(struct caption_ask *self)
{
    facts_release(&self->facts);
    prompt_release(&self->prompt);
    str_release(&self->because);
}

/* ---- one under way --------------------------------------------------------------------------------------- */

struct run {
    struct captions_run *public;
    const struct caption_wish *wishes;
    caption_fn fn;
    void *context;
    struct template *template;
    struct llm *llm;
    char **brands;
    size_t n_brands;
    int rc;
    struct error error;
};

struct one {
    struct spending_call spent; /* first: see spending.h */
    struct run *run;
    size_t wish;
    struct caption_ask ask;
};

static void one_free(struct one *self)
{
    caption_ask_release(&self->ask);
    mem_free(self);
}

static void stop(struct run *self, int rc, const struct error *error)
{
    if (self->rc != 0)
        return;
    self->rc = rc;
    self->error = *error;
}

static void tell_news(struct one *self, enum caption_end end, bool answered, const char *caption, const char *why)
{
    struct run *run = self->run;
    struct caption_news news = {.wish = self->wish, .end = end, .answered = answered, .caption = caption, .why = why,
                                .identifier = self->ask.facts.identifier != NULL ? self->ask.facts.identifier : "",
                                .because = str_text(&self->ask.because)};
    run->public->ends[end]++;
    int told = run->fn != NULL ? run->fn(run->context, &news) : 0;
    if (told != 0 && run->rc == 0)
        run->rc = told;
}

static void tell(struct one *self, enum caption_end end, const char *caption, const char *why)
{
    tell_news(self, end, false, caption, why);
}

static void tell_muddled(struct one *self)
{
    tell_news(self, CAPTION_FAILED, true, NULL, "the answer is not the JSON object asked for");
}

static int write_caption(void *context, struct store *store, struct error *err)
{
    int rc = store_begin(store, err);
    return rc != 0 ? rc : store_end(store, captions_add(store, context, err), err);
}

/* The caption without its slot: what is left speaks of the item alone. */
static json_t *without_slot(const char *caption)
{
    struct str text;
    str_init(&text, TEXT_MAX);
    reason_fill(&text, caption, "it");
    json_t *content = json_pack("{s:s}", "caption", str_text(&text));
    str_release(&text);
    return content;
}

/* What is wrong with it, in words; "" nothing. */
static int check(struct one *self, const char *caption, char why[256], json_t **list, struct error *err)
{
    struct run *run = self->run;
    const struct caption_wish *wish = &run->wishes[self->wish];
    const struct template t = in_language(run->template, wish->language);
    struct checker_findings findings = {0};
    const char *more = reason_overstated(wish->kind, caption);
    json_t *content = without_slot(caption);
    int rc = content == NULL ? error_nomem(err, "a caption")
                             : checker_check(&self->ask.facts, (const char *const *)run->brands, run->n_brands, &t, content,
                                             &findings, err);
    json_decref(content);
    if (rc != 0)
        return rc;
    why[0] = '\0';
    if (more != NULL)
        snprintf(why, 256, "the reason does not hold it: %s", more);
    for (size_t i = 0; i < findings.n && why[0] == '\0'; i++)
        if (findings.list[i].grave)
            snprintf(why, 256, "%s", findings.list[i].why);
    *list = checker_findings_json(&findings);
    if (*list != NULL && more != NULL)
        json_array_append_new(*list, json_pack("{s:s, s:s, s:b, s:s}", "kind", "reason", "field", "caption", "grave", 1, "why", why));
    checker_findings_release(&findings);
    return *list != NULL ? 0 : error_nomem(err, "a caption");
}

static int keep(struct one *self, const struct llm_outcome *outcome, const char *caption, struct error *err)
{
    struct run *run = self->run;
    const struct caption_wish *wish = &run->wishes[self->wish];
    const struct template *t = run->template;
    char why[256];
    json_t *list = NULL;
    int rc = check(self, caption, why, &list, err);
    if (rc != 0)
        return rc;
    char *findings = json_dumps(list, JSON_COMPACT);
    struct caption c = {
        .digest = self->ask.digest, .kind = reason_name(wish->kind), .item = wish->item, .because = wish->because,
        .language = wish->language != NULL ? wish->language : t->language != NULL ? t->language : "en",
        .refused = why[0] != '\0', .body = caption, .findings = findings, .template = t->name, .version = t->version,
        .provider = outcome->provider->name, .model = outcome->reply->model[0] != '\0' ? outcome->reply->model
                                                                                       : outcome->provider->model,
        .charge = self->spent.charge, .created = clock_now_ms()};
    rc = findings == NULL ? error_nomem(err, "a caption") : hand_write(run->public->hand, write_caption, &c, err);
    json_decref(list);
    free(findings);
    if (rc == 0)
        tell(self, why[0] != '\0' ? CAPTION_REFUSED : CAPTION_WRITTEN, why[0] != '\0' ? NULL : caption, why);
    return rc;
}

static void on_done(void *context, const struct llm_outcome *outcome)
{
    struct one *self = context;
    struct error error = {0};
    if (outcome->rc == 0) {
        const struct chat_reply *reply = outcome->reply;
        json_t *all = chat_object(str_text(&reply->text), reply->text.len);
        const char *caption = json_string_value(json_object_get(all, "caption"));
        bool good = caption != NULL && caption[0] != '\0' && strlen(caption) < TEXT_MAX / 2;
        int rc = good ? keep(self, outcome, caption, &error) : 0;
        if (rc != 0)
            stop(self->run, rc, &error);
        else if (!good)
            tell_muddled(self);
        json_decref(all);
    } else if (llm_ends_all(outcome)) {
        stop(self->run, outcome->rc, &outcome->error);
    } else {
        tell(self, CAPTION_FAILED, NULL, outcome->error.why);
    }
    one_free(self);
}

/* ---- the run --------------------------------------------------------------------------------------------- */

static int take_known(void *context, const struct caption *c)
{
    struct one *self = context;
    tell(self, c->refused ? CAPTION_REFUSED : CAPTION_KNOWN, c->refused ? NULL : c->body, c->refused ? "it was refused before" : "");
    return 1;
}

/* 1: it is at its end. */
static int look_up(struct one *self, struct error *err)
{
    struct store *store = self->run->public->hand->store;
    int rc = caption_ask_make(&self->ask, store, self->run->template, &self->run->wishes[self->wish], err);
    if (rc == E_BAD_DATA) {
        tell(self, CAPTION_UNTOLD, NULL, err->why);
        return 1;
    }
    rc = rc != 0 ? rc : captions_find(store, self->ask.digest, take_known, self, err);
    if (rc == 0 && self->run->public->providers == NULL) {
        tell(self, CAPTION_FAILED, NULL, "nobody writes: there is no providers.toml");
        return 1;
    }
    return rc;
}

static int begin(struct run *run, size_t wish, struct error *err)
{
    struct one *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "a caption");
    self->run = run;
    self->wish = wish;
    int rc = look_up(self, err);
    if (rc == 0) {
        struct llm_call call = {.request = self->ask.prompt.request, .done = on_done, .context = self};
        rc = llm_submit(run->llm, &call, err);
        if (rc == 0)
            return 0;
    }
    one_free(self);
    return rc == 1 ? 0 : rc;
}

static int work(struct run *self, size_t n, struct job *job, struct error *err)
{
    size_t next = 0;
    int rc = 0;
    while (rc == 0 && (next < n || (self->llm != NULL && llm_pending(self->llm) > 0))) {
        while (rc == 0 && self->rc == 0 && next < n && (self->llm == NULL || llm_pending(self->llm) < WINDOW))
            rc = begin(self, next++, err);
        if (self->rc != 0)
            next = n;
        if (job_step(job, "captions", (double)next, (double)n, "captions"))
            return job_error_cancelled(err, "captions");
        if (rc == 0 && self->llm != NULL && llm_pending(self->llm) > 0)
            rc = llm_poll(self->llm, 100, err);
    }
    return rc;
}

int captions_write(struct captions_run *run, const struct caption_wish *wishes, size_t n, caption_fn fn, void *context,
                   struct job *job, struct error *err)
{
    struct run self = {.public = run, .wishes = wishes, .fn = fn, .context = context};
    run->spent = (struct spending){.hand = run->hand, .team = run->team, .phase = run->phase, .purpose = "caption",
                                   .job = run->job};
    memset(run->ends, 0, sizeof run->ends);
    struct llm_options options = {.budget = spending_budget(&run->spent), .in_flight = run->in_flight,
                                  .seed = (uint64_t)clock_monotonic_us()};
    int rc = captions_template(run->hand->store, &self.template, err);
    if (rc == 0 && run->providers != NULL) /* what is written is checked by them; they are in all items */
        rc = facts_brands(run->hand->store, &self.brands, &self.n_brands, err);
    if (rc == 0 && run->providers != NULL)
        rc = llm_new(&self.llm, run->providers, &options, err);
    rc = rc != 0 ? rc : work(&self, n, job, err);
    llm_free(self.llm);
    facts_free_brands(self.brands, self.n_brands);
    template_free(self.template);
    if (rc == 0 && self.rc != 0) {
        rc = self.rc;
        if (err != NULL)
            *err = self.error;
    }
    return rc;
}
