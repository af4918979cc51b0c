/* describe providers | preview | run: who writes, what would be said to them, and having it written. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/describe/describe_report.h"
#include "describe/describe.h"
#include "describe/selection.h"
#include "describe/surroundings.h"
#include "store/items.h"
#include "store/ledger.h"
#include "store/tunes.h"

/* ---- providers ------------------------------------------------------------------------------------------- */

static const char example[] =
    "# Who writes texts, in order of preference.  Keep keys out of this file.\n"
    "currency = \"USD\"\n"
    "\n"
    "[local]                                   # llama.cpp, vLLM, Ollama, or whatever else speaks the protocol\n"
    "url = \"http://localhost:8000/v1\"\n"
    "model = \"gemma-3-270m\"\n"
    "schema = \"flat\"                           # how a form is asked for: nested (OpenAI), flat (llama.cpp), object, none\n"
    "in-flight = 2\n"
    "\n"
    "# [openai]\n"
    "# url = \"https://api.openai.com/v1\"\n"
    "# model = \"gpt-4o-mini\"\n"
    "# key-variable = \"OPENAI_API_KEY\"         # else keys/provider-openai.token, a file of mode 0600\n"
    "# limit-name = \"max_completion_tokens\"\n"
    "# input-price = 0.15                      # of a million tokens\n"
    "# output-price = 0.60\n"
    "# in-flight = 16\n"
    "# requests-per-minute = 500\n"
    "# tokens-per-minute = 200000\n";

static void add_check(struct result *out, const struct provider *p)
{
    double ms = 0;
    struct error why = {0};
    struct str models;
    str_init(&models, 1 << 20);
    int rc = llm_check(p, &ms, &models, &why);
    result_add_text(out, rc == 0 ? "answers" : why.why);
    result_add_real(out, rc == 0 ? ms : (double)NAN);
    if (rc != 0 && why.hint[0] != '\0')
        result_note(out, "%s: %s", p->name, why.hint);
    str_release(&models);
}

static int run_providers(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct providers providers;
    bool check = args_flag(args, "check");
    if (args_flag(args, "example")) {
        result_set_document(out, example);
        return 0;
    }
    int rc = app_find_workspace(app, err);
    rc = rc != 0 ? rc : providers_load(&providers, app->workspace, err);
    if (rc != 0)
        return rc;
    result_add_column(out, "provider", CELL_TEXT, "", "in order of preference", 0);
    result_add_column(out, "url", CELL_TEXT, "", "", 0);
    result_add_column(out, "model", CELL_TEXT, "", "", 0);
    result_add_column(out, "key", CELL_TEXT, "", "whether there is one", 0);
    result_add_column(out, "input", CELL_REAL, providers.currency, "a million tokens said", -1);
    result_add_column(out, "output", CELL_REAL, providers.currency, "a million tokens written", -1);
    result_add_column(out, "in_flight", CELL_INT, "", "calls at a time", 0);
    if (check) {
        result_add_column(out, "state", CELL_TEXT, "", "", 0);
        result_add_column(out, "after", CELL_REAL, "ms", "", 0);
    }
    for (size_t i = 0; i < providers.n; i++) {
        const struct provider *p = &providers.list[i];
        result_add_text(out, p->name);
        result_add_text(out, p->url);
        result_add_text(out, p->model);
        result_add_text(out, p->key[0] != '\0' ? "yes" : "none");
        result_add_real(out, p->input_price);
        result_add_real(out, p->output_price);
        result_add_int(out, p->in_flight);
        if (check)
            add_check(out, p);
    }
    providers_release(&providers);
    return 0;
}

static const struct command_param providers_params[] = {
    {"check", PT_FLAG, 0, NULL, 0, 0, NULL, "ask each of them whether it is there and takes the key"},
    {"example", PT_FLAG, 0, NULL, 0, 0, NULL, "write a providers.toml to begin with"},
    {0},
};

const struct command command_describe_providers = {
    .name = "describe providers",
    .summary = "show who writes texts: the services in providers.toml",
    .description = "Any service that speaks the OpenAI protocol: a hosted one over https, or llama.cpp, vLLM or Ollama on "
                   "this machine. They are asked in the order of the file; when one fails for good, the next. A key comes "
                   "from the environment or from a file of mode 0600 in keys/, and is never shown or logged.",
    .examples = "  reckon describe providers --example >shop/providers.toml\n  reckon describe providers --check\n",
    .params = providers_params,
    .run = run_providers,
};

/* ---- what is asked --------------------------------------------------------------------------------------- */

struct asking {
    struct providers providers;
    struct template *template;
    struct surroundings *surroundings; /* of what is only looked at */
    struct prompt_extras extras;
};

static void asking_release(struct asking *self)
{
    surroundings_free(self->surroundings);
    providers_release(&self->providers);
    template_free(self->template);
}

static int keep_only(struct providers *list, const char *name, struct error *err)
{
    const struct provider *one;
    int rc = providers_find(list, name, &one, err);
    if (rc != 0)
        return rc;
    struct provider chosen = *one;
    size_t at = (size_t)(one - list->list);
    memmove(&list->list[at], &list->list[at + 1], (list->n - at - 1) * sizeof *list->list);
    list->list[--list->n] = (struct provider){0};
    struct providers kept = {.n = 1};
    kept.list[0] = chosen;
    memcpy(kept.currency, list->currency, sizeof kept.currency);
    providers_release(list);
    *list = kept;
    return 0;
}

static int take_model(void *context, const struct tune *t)
{
    struct provider *p = context;
    char *name = mem_strdup(t->tuned);
    if (name == NULL)
        return E_NOMEM;
    mem_free(p->model);
    p->model = name;
    return 0;
}

/* The first provider asks a model that was tuned and registered, by its name or number, instead of its own. */
static int use_tuned(struct providers *list, struct app *app, const char *model, struct error *err)
{
    struct provider *p = &list->list[0];
    int64_t tune = 0;
    int rc = strcmp(model, p->model) == 0 ? 0 : tunes_registered(app->store, p->name, model, &tune, err);
    if (rc == 0 && tune == 0 && strcmp(model, p->model) != 0) {
        error_set(err, E_NOT_FOUND, model, "no tuned model of %s is registered under that name or number", p->name);
        return error_hint(err, E_NOT_FOUND, "`reckon describe tune list` shows them; another model is named in providers.toml");
    }
    rc = rc != 0 || tune == 0 ? rc : tunes_find(app->store, tune, take_model, p, err);
    return rc != 0 ? rc : keep_only(list, p->name, err); /* nobody else writes in its place */
}

/* Whom it is for is no place for instructions: a caller of the admin API may say it who may not write templates. */
static int check_audience(const char *audience, struct error *err)
{
    const char *found = audience != NULL ? facts_injection(audience) : NULL;
    if (found == NULL)
        return 0;
    error_set(err, E_USAGE, "--audience", "it speaks to whoever writes (\"%s\")", found);
    return error_hint(err, E_USAGE, "say whom the text is for, as in --audience 'people who look for presents'");
}

static int asking_make(struct asking *self, struct app *app, const struct args *args, struct error *err)
{
    memset(self, 0, sizeof *self);
    int rc = describe_template(app->store, args_text(args, "template"), &self->template, err);
    rc = rc != 0 ? rc : providers_load(&self->providers, app->workspace, err);
    if (rc == 0 && args_given(args, "provider"))
        rc = keep_only(&self->providers, args_text(args, "provider"), err);
    if (rc == 0 && args_given(args, "model"))
        rc = use_tuned(&self->providers, app, args_text(args, "model"), err);
    self->extras = (struct prompt_extras){.note = args_text(args, "note"), .audience = args_text(args, "audience")};
    rc = rc != 0 ? rc : check_audience(self->extras.audience, err);
    if (rc != 0)
        asking_release(self);
    return rc;
}

/* Facts and prompt of a product that is not asked about; release both, whatever comes. */
static int look_at(struct asking *self, struct app *app, int64_t item, struct facts *facts, struct prompt *prompt,
                   struct error *err)
{
    int rc = self->surroundings == NULL ? surroundings_new(&self->surroundings, app->store, self->template, app->job, err) : 0;
    rc = rc != 0 ? rc : surroundings_facts(self->surroundings, item, facts, err);
    return rc != 0 ? rc : prompt_make(prompt, self->template, facts, &self->extras, self->providers.list[0].model, err);
}

#define ASKING_PARAMS                                                                                             \
    {"template", PT_TEXT, PF_REQUIRED | PF_TEMPLATE, NULL, 0, 0, NULL, "how it is to be described, NAME or NAME@VERSION"}, \
    {"provider", PT_TEXT, 0, NULL, 0, 0, NULL, "only this one of providers.toml; default: all, in their order"}, \
    {"model", PT_TEXT, 0, NULL, 0, 0, NULL, "a tuned model of the (first) provider, by name or number (`describe tune list`)"}, \
    {"audience", PT_TEXT, 0, NULL, 0, 0, NULL, "whom the text is for: a segment, instead of the template's {audience}"}, \
    {"note", PT_TEXT, 0, NULL, 0, 0, NULL, "a word to whoever writes, beside the template"}

static int run_preview(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct asking asking;
    struct facts facts = {0};
    struct prompt prompt = {0};
    int64_t item;
    int rc = asking_make(&asking, app, args, err);
    if (rc != 0)
        return rc;
    const struct provider *p = &asking.providers.list[0];
    rc = items_find(app->store, args_text(args, "item"), &item, err);
    rc = rc != 0 ? rc : look_at(&asking, app, item, &facts, &prompt, err);
    if (rc == 0) {
        int64_t tokens = prompt_tokens(&prompt), most = chat_prompt_at_most(&prompt.request);
        result_add_column(out, "role", CELL_TEXT, "", "", 0);
        result_add_column(out, "text", CELL_TEXT, "", "", 0);
        for (size_t i = 0; i < prompt.request.n_messages; i++) {
            result_add_text(out, prompt.messages[i].role);
            result_add_text(out, prompt.messages[i].text);
        }
        result_fact_text(out, "provider", p->name);
        result_fact_text(out, "model", p->model);
        result_fact_int(out, "prompt", tokens, "tokens, about");
        result_fact_int(out, "answer_at_most", asking.template->max_tokens, "tokens");
        result_fact_real(out, "cost", ledger_money(provider_cost(p, tokens, 0, asking.template->max_tokens / 2)),
                         asking.providers.currency);
        result_fact_real(out, "cost_at_most", ledger_money(provider_cost(p, most, 0, asking.template->max_tokens)),
                         asking.providers.currency);
        if (prompt.left_out.len > 0)
            result_note(out, "Left out, since it looks like an instruction: %s", str_text(&prompt.left_out));
        if (facts.withheld != NULL)
            result_note(out, "Left out, since it leads to a person: %s", facts.withheld);
        result_note(out, "Nothing was sent. Tokens are counted by a rule of thumb (four bytes each); what is reserved of a "
                         "budget is the most that it can be.");
        prompt_release(&prompt);
    }
    facts_release(&facts);
    asking_release(&asking);
    return rc;
}

static const struct command_param preview_params[] = {
    {"item", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_ITEM, NULL, 0, 0, NULL, "the product"},
    ASKING_PARAMS,
    {0},
};

const struct command command_describe_preview = {
    .name = "describe preview",
    .summary = "show exactly what would be said about a product, and what that would cost",
    .description = "Nothing is sent.",
    .examples = "  reckon describe preview 85123A --template web\n",
    .params = preview_params,
    .flags = CF_WORKSPACE,
    .run = run_preview,
};

/* ---- run ------------------------------------------------------------------------------------------------- */

enum { SHOWN = 50 };

/* What to do about an error of a product: once, however many have it. */
static void add_hint(struct result *out, const struct describe_news *news)
{
    const struct error *e = news->error;
    char note[sizeof e->what + sizeof e->hint + 4];
    if (e->hint[0] == '\0' || out->n_notes >= SHOWN)
        return;
    if (strcmp(e->what, news->identifier) == 0)
        snprintf(note, sizeof note, "%s", e->hint);
    else
        snprintf(note, sizeof note, "%s: %s", e->what, e->hint);
    for (size_t i = 0; i < out->n_notes; i++)
        if (strcmp(out->notes[i], note) == 0)
            return;
    result_note(out, "%s", note);
}

int describe_add_news(void *context, const struct describe_news *news)
{
    struct result *out = context;
    bool plain = news->end == DESCRIBE_WRITTEN || news->end == DESCRIBE_SAME;
    if (news->left_out[0] != '\0' && out->n_notes < SHOWN)
        result_note(out, "%s: left out of what was said, since it looks like an instruction: %s", news->identifier,
                    news->left_out);
    if (news->withheld != NULL && out->n_notes < SHOWN)
        result_note(out, "%s: left out of what was said, since it leads to a person: %s", news->identifier, news->withheld);
    if (plain && out->n_rows >= SHOWN)
        return 0;
    if (news->error != NULL)
        add_hint(out, news);
    result_add_text(out, news->identifier);
    result_add_text(out, news->title);
    result_add_text(out, describe_end_name(news->end));
    if (news->description != 0)
        result_add_int(out, news->description);
    else
        result_add_null(out);
    if (news->error != NULL)
        result_add_text(out, news->error->why);
    else if (news->findings > 0) {
        char text[64];
        snprintf(text, sizeof text, "%zu findings", news->findings);
        result_add_text(out, text);
    } else
        result_add_null(out);
    return 0;
}

void describe_add_sums(struct result *out, const struct describe_sums *sums, const char *currency)
{
    static const char *const names[DESCRIBE_ENDS] = {"written", "review", "unchanged", "without_facts", "failed", "under_way"};
    for (int i = 0; i < DESCRIBE_ENDS; i++)
        result_fact_int(out, names[i], sums->ends[i], "");
    result_fact_int(out, "calls", sums->calls, "");
    result_fact_int(out, "prompt", sums->prompt, "tokens");
    result_fact_int(out, "completion", sums->completion, "tokens");
    result_fact_real(out, "cost", ledger_money(sums->cost), currency);
    if (sums->ends[DESCRIBE_REVIEW] > 0)
        result_note(out, "Some want an editor: reckon describe list --state review");
    if (sums->ends[DESCRIBE_WRITTEN] > 0)
        result_note(out, "Into the shop: reckon describe publish");
}

/* What would be asked, and what that would cost, without asking. */
static int dry_run(struct app *app, struct asking *asking, const struct describe_wish *wish, const int64_t *items,
                   size_t n, struct result *out, struct error *err)
{
    const struct provider *p = &asking->providers.list[0];
    int64_t asked = 0, same = 0, nothing = 0, tokens = 0, most = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct facts facts = {0};
        struct prompt prompt = {0};
        int64_t before = 0;
        if (job_step(app->job, "describe", (double)i, (double)n, "products"))
            return job_error_cancelled(err, "describe");
        rc = look_at(asking, app, items[i], &facts, &prompt, err);
        facts_release(&facts);
        if (rc == E_BAD_DATA) {
            nothing++;
            rc = 0;
            continue;
        }
        if (rc != 0)
            return rc;
        if (!wish->again)
            rc = descriptions_same(app->store, items[i], wish->collection, prompt.digest, &before, err);
        same += before != 0;
        if (before == 0) {
            asked++;
            tokens += prompt_tokens(&prompt);
            most += provider_cost(p, chat_prompt_at_most(&prompt.request), 0, asking->template->max_tokens);
        }
        prompt_release(&prompt);
    }
    result_fact_int(out, "would_be_written", asked, "");
    result_fact_int(out, "unchanged", same, "");
    result_fact_int(out, "without_facts", nothing, "");
    result_fact_int(out, "prompt", tokens, "tokens, about");
    result_fact_real(out, "cost", ledger_money(provider_cost(p, tokens, 0, asked * asking->template->max_tokens / 2)),
                     asking->providers.currency);
    result_fact_real(out, "cost_at_most", ledger_money(most), asking->providers.currency);
    result_note(out, "Nothing was sent.");
    return rc;
}

/* The items that the arguments name, or that the filter lets through. */
static int choose(struct app *app, const struct args *args, int64_t **items, size_t *n, struct error *err)
{
    size_t named = args_count(args, "item"), limit = (size_t)args_int(args, "limit");
    int rc = 0;
    if (named == 0) {
        rc = selection_make(app->store, args_text(args, "filter"), items, n, err);
    } else {
        *n = named;
        *items = mem_alloc(named, sizeof **items);
        rc = *items == NULL ? error_nomem(err, "items") : 0;
        for (size_t i = 0; rc == 0 && i < named; i++)
            rc = items_find(app->store, args_text_at(args, "item", i), &(*items)[i], err);
    }
    if (rc == 0 && limit > 0 && *n > limit)
        *n = limit;
    return rc;
}

void describe_add_columns(struct result *out)
{
    result_add_column(out, "item", CELL_TEXT, "", "", 0);
    result_add_column(out, "title", CELL_TEXT, "", "", 0);
    result_add_column(out, "end", CELL_TEXT, "", "the first 50 of those that went well, and all others", 0);
    result_add_column(out, "text", CELL_INT, "", "its number, as in `reckon describe show 12`", 0);
    result_add_column(out, "why", CELL_TEXT, "", "", 0);
}

static int run_batch(struct app *app, const struct args *args, const struct asking *asking, const struct describe_wish *wish,
                     const int64_t *items, size_t n, struct result *out, struct error *err)
{
    struct batch_sums sums;
    describe_add_columns(out);
    int rc = batch_run(app->store, wish, items, n, (size_t)args_int(args, "batch-size"), !args_flag(args, "no-wait"), &sums,
                       describe_add_news, out, app->job, err);
    describe_add_batch_sums(out, &sums, asking->providers.currency);
    return rc;
}

static int run_run(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct asking asking;
    struct describe_sums sums;
    struct settings settings;
    int64_t *items = NULL;
    size_t n = 0;
    int rc = app_settings(app, &settings, err);
    rc = rc != 0 ? rc : asking_make(&asking, app, args, err);
    if (rc != 0)
        return rc;
    struct describe_wish wish = {
        .providers = &asking.providers, .template = asking.template, .collection = args_text(args, "collection"),
        .team = args_text(args, "team"), .phase = args_text(args, "phase"), .note = args_text(args, "note"),
        .audience = args_text(args, "audience"), .job = app->logged, .again = args_flag(args, "again"), .publish = args_flag(args, "publish"),
        .in_flight = (unsigned)args_int(args, "in-flight"), .duplicates = settings_real(&settings, SETTING_ID_DUPLICATES)};
    rc = choose(app, args, &items, &n, err);
    if (rc == 0 && args_flag(args, "dry-run")) {
        rc = dry_run(app, &asking, &wish, items, n, out, err);
    } else if (rc == 0 && args_flag(args, "batch")) {
        rc = run_batch(app, args, &asking, &wish, items, n, out, err);
    } else if (rc == 0) {
        describe_add_columns(out);
        rc = describe_items(app->store, &wish, items, n, &sums, describe_add_news, out, app->job, err);
        describe_add_sums(out, &sums, asking.providers.currency);
    }
    mem_free(items);
    asking_release(&asking);
    return rc;
}

static const struct command_param run_params[] = {
    {"item", PT_TEXT, PF_POSITIONAL | PF_MANY | PF_ITEM, NULL, 0, 0, NULL, "products; default: all that the filter lets through"},
    ASKING_PARAMS,
    {"filter", PT_TEXT, 0, NULL, 0, 0, NULL, "which products, as in 'category=Garden and price<20'"},
    {"limit", PT_INT, 0, NULL, 1, 1e9, NULL, "at most so many of them"},
    {"collection", PT_TEXT, 0, "default", 0, 0, NULL, "where the texts belong; an experiment compares collections"},
    PAYING_PARAMS,
    {"in-flight", PT_INT, 0, NULL, 1, 1000, NULL, "calls at a time over all providers; default: as many as they allow"},
    {"again", PT_FLAG, 0, NULL, 0, 0, NULL, "also what was written of the same facts by the same template before"},
    {"publish", PT_FLAG, 0, NULL, 0, 0, NULL, "what the checks find nothing in goes into the shop at once"},
    {"batch", PT_FLAG, 0, NULL, 0, 0, NULL, "through the provider's batch interface: cheaper, and within a day"},
    {"batch-size", PT_INT, 0, "10000", 1, BATCH_REQUESTS_MAX, NULL, "requests of one batch at most"},
    {"no-wait", PT_FLAG, 0, NULL, 0, 0, NULL, "of --batch: do not wait for it; `describe batch resume` takes it up"},
    {"dry-run", PT_FLAG, 0, NULL, 0, 0, NULL, "count and price it, and send nothing"},
    {0},
};

const struct command command_describe_run = {
    .name = "describe run",
    .summary = "have texts about products written, checked and kept",
    .description = "What is known of each product is put into the template and asked of the providers, several at a time. "
                   "Every text is checked before anybody sees it; what the checks find grave waits for an editor. A run "
                   "that ends in the middle, by a budget, Ctrl-C or the power, is taken up by the same command: what was "
                   "written of the same facts by the same template is not asked again and costs nothing.",
    .examples = "  reckon describe run --template web --filter 'category=Garden' --dry-run\n"
                "  reckon describe run 85123A 22423 --template web\n"
                "  reckon describe run --template web --batch --no-wait\n",
    .params = run_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_run,
};
