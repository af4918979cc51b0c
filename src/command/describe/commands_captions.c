/* describe captions list | preview | warm: why items are recommended, in sentences. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/commands.h"
#include "command/describe/describe_report.h"
#include "describe/captions.h"
#include "describe/selection.h"
#include "recommend/recommender.h"
#include "store/captions.h"
#include "store/items.h"
#include "store/ledger.h"

/* ---- list ------------------------------------------------------------------------------------------------ */

static int add_caption(void *context, const struct caption *c)
{
    struct result *out = context;
    result_add_int(out, c->caption);
    result_add_text(out, c->identifier);
    result_add_text(out, c->kind);
    result_add_text(out, c->because_identifier[0] != '\0' ? c->because_identifier : NULL);
    result_add_text(out, c->language);
    result_add_text(out, c->refused ? "refused" : "written");
    result_add_text(out, c->body);
    result_add_time(out, c->created);
    return 0;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int64_t item = 0;
    int rc = args_given(args, "item") ? items_find(app->store, args_text(args, "item"), &item, err) : 0;
    if (rc != 0)
        return rc;
    result_add_column(out, "caption", CELL_INT, "", "its number", 0);
    result_add_column(out, "item", CELL_TEXT, "", "that is recommended", 0);
    result_add_column(out, "kind", CELL_TEXT, "", "of the reason", 0);
    result_add_column(out, "because", CELL_TEXT, "", "the item of the reason", 0);
    result_add_column(out, "language", CELL_TEXT, "", "", 0);
    result_add_column(out, "state", CELL_TEXT, "", "refused: the checks found something in it", 0);
    result_add_column(out, "text", CELL_TEXT, "", REASON_SLOT " stands for the name of that item", 0);
    result_add_column(out, "at", CELL_TIME, "", "", 0);
    rc = captions_each(app->store, item, args_int(args, "limit"), add_caption, out, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "There are none. Next: reckon describe captions preview ITEM");
    return rc;
}

static const struct command_param list_params[] = {
    {"item", PT_TEXT, PF_POSITIONAL | PF_ITEM, NULL, 0, 0, NULL, "only of this product"},
    {"limit", PT_INT, 0, "100", 1, 1e9, NULL, "the newest so many"},
    {0},
};

const struct command command_describe_captions_list = {
    .name = "describe captions list",
    .summary = "show the captions of recommendations that were written, the newest first",
    .description = "",
    .examples = "  reckon describe captions list\n  reckon describe captions list 85123A\n",
    .params = list_params,
    .flags = CF_WORKSPACE,
    .run = run_list,
};

/* ---- preview --------------------------------------------------------------------------------------------- */

static int read_reason(struct caption_wish *out, struct app *app, const struct args *args, struct error *err)
{
    const char *kind = args_text(args, "kind"), *because = args_text(args, "because");
    *out = (struct caption_wish){.kind = because != NULL ? REASON_HISTORY : REASON_MODEL, .language = args_text(args, "language")};
    if (kind != NULL)
        reason_find(kind, &out->kind);
    if (reason_names_other(out->kind) != (because != NULL)) {
        error_set(err, E_USAGE, reason_name(out->kind), because != NULL ? "names no other product" : "names another product");
        return error_hint(err, E_USAGE, because != NULL ? "leave --because out, or take --kind history or similar"
                                                        : "say which: --because ITEM");
    }
    int rc = items_find(app->store, args_text(args, "item"), &out->item, err);
    return rc != 0 || because == NULL ? rc : items_find(app->store, because, &out->because, err);
}

static int take_body(void *context, const struct caption *c)
{
    struct result *out = context;
    result_fact_text(out, c->refused ? "refused" : "written", c->body);
    return 1;
}

static int show_ask(struct app *app, const struct caption_ask *ask, const struct caption_wish *wish, struct result *out,
                    struct error *err)
{
    struct str sentence;
    result_add_column(out, "role", CELL_TEXT, "", "", 0);
    result_add_column(out, "text", CELL_TEXT, "", "", 0);
    for (size_t i = 0; i < ask->prompt.request.n_messages; i++) {
        result_add_text(out, ask->prompt.messages[i].role);
        result_add_text(out, ask->prompt.messages[i].text);
    }
    str_init(&sentence, 8192);
    reason_fill(&sentence, reason_sentence(wish->kind, wish->language), ask->because.len > 0 ? str_text(&ask->because) : NULL);
    result_fact_text(out, "template", str_text(&sentence));
    str_release(&sentence);
    result_fact_int(out, "prompt", prompt_tokens(&ask->prompt), "tokens, about");
    result_note(out, "Nothing was sent. The template's sentence is shown until a caption is written and checked.");
    int rc = captions_find(app->store, ask->digest, take_body, out, err);
    return rc < 0 ? rc : 0;
}

static int run_preview(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct caption_wish wish;
    struct caption_ask ask;
    struct template *template = NULL;
    int rc = read_reason(&wish, app, args, err);
    rc = rc != 0 ? rc : captions_template(app->store, &template, err);
    rc = rc != 0 ? rc : caption_ask_make(&ask, app->store, template, &wish, err);
    if (rc == 0) {
        rc = show_ask(app, &ask, &wish, out, err);
        caption_ask_release(&ask);
    }
    template_free(template);
    return rc;
}

static const struct command_param preview_params[] = {
    {"item", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_ITEM, NULL, 0, 0, NULL, "the product that is recommended"},
    {"because", PT_TEXT, PF_ITEM, NULL, 0, 0, NULL, "the product that speaks for it"},
    {"kind", PT_CHOICE, 0, NULL, 0, 0, "history|popular|model|similar", "of the reason; default: history with --because, else model"},
    {"language", PT_TEXT, 0, NULL, 0, 0, NULL, "of the sentence; default: the template's"},
    {0},
};

const struct command command_describe_captions_preview = {
    .name = "describe captions preview",
    .summary = "show what would be asked for a caption, and what is shown until then",
    .description = "A caption says in a sentence why something is recommended. What is asked is made of the facts of the product, "
                   "the kind of the reason and the name of the product in it; nothing of any person. Nothing is sent.",
    .examples = "  reckon describe captions preview 22423 --because 85123A\n  reckon describe captions preview 22423 --kind popular\n",
    .params = preview_params,
    .flags = CF_WORKSPACE,
    .run = run_preview,
};

/* ---- warm ------------------------------------------------------------------------------------------------ */

struct warming {
    struct caption_wish *list;
    size_t n, cap;
    const char *language;
    struct recommender *recommender; /* NULL: none can tell which items are alike */
    uint32_t neighbours;
    struct result *out;
};

static int add_wish(struct warming *self, enum reason_kind kind, int64_t item, int64_t because, struct error *err)
{
    if (mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0)
        return error_nomem(err, "captions");
    self->list[self->n++] = (struct caption_wish){kind, item, because, self->language};
    return 0;
}

/* What speaks for the items that are like this one: it, in a history or in view.  By the model, not by anybody's history. */
static int add_neighbours(struct warming *self, struct app *app, int64_t item, const char *identifier, struct error *err)
{
    const struct recommender_request request = {.n = self->neighbours, .repeat = true, .no_reasons = true, .weight = 1};
    struct slate slate;
    int64_t like = 0;
    int rc = recommender_similar(self->recommender, identifier, &request, &slate, err);
    if (rc == E_NOT_FOUND) /* the model does not know it: nobody will see it with this reason */
        return 0;
    for (uint32_t i = 0; rc == 0 && i < slate.n; i++) {
        rc = items_lookup(app->store, slate.items[i].item, &like, err);
        rc = rc != 0 ? rc : add_wish(self, REASON_HISTORY, like, item, err);
        rc = rc != 0 ? rc : add_wish(self, REASON_SIMILAR, like, item, err);
    }
    slate_release(&slate);
    return rc;
}

static int add_item(struct warming *self, struct app *app, int64_t item, struct error *err)
{
    struct str identifier;
    str_init(&identifier, 4096);
    int rc = items_name(app->store, item, &identifier, NULL, err);
    rc = rc != 0 ? rc : add_wish(self, REASON_POPULAR, item, 0, err);
    rc = rc != 0 ? rc : add_wish(self, REASON_MODEL, item, 0, err);
    if (rc == 0 && self->recommender != NULL)
        rc = add_neighbours(self, app, item, str_text(&identifier), err);
    str_release(&identifier);
    return rc;
}

static int gather(struct warming *self, struct app *app, const struct args *args, struct error *err)
{
    int64_t *items = NULL;
    size_t n = 0, limit = (size_t)args_int(args, "limit");
    const struct recommender_options options = {.model = args_text(args, "model"), .similar = true, .job = app->job};
    int rc = selection_make(app->store, args_text(args, "filter"), &items, &n, err);
    if (rc == 0)
        rc = recommender_open(&self->recommender, app->store, &options, err);
    if (rc == E_NOT_FOUND && options.model == NULL) {
        result_note(self->out, "No model can tell which products are alike: only what is popular or chosen is written.");
        rc = 0;
    }
    for (size_t i = 0; rc == 0 && i < n && i < limit; i++) {
        if (job_step(app->job, "reasons", (double)i, (double)n, "products"))
            rc = job_error_cancelled(err, "describe captions warm");
        rc = rc != 0 ? rc : add_item(self, app, items[i], err);
    }
    recommender_free(self->recommender);
    mem_free(items);
    return rc;
}

enum { SHOWN = 50 };

static int add_news(void *context, const struct caption_news *news)
{
    struct warming *self = context;
    struct result *out = self->out;
    bool plain = news->end == CAPTION_WRITTEN || news->end == CAPTION_KNOWN;
    if (plain && out->n_rows >= SHOWN)
        return 0;
    result_add_text(out, news->identifier);
    result_add_text(out, reason_name(self->list[news->wish].kind));
    result_add_text(out, news->because[0] != '\0' ? news->because : NULL);
    result_add_text(out, caption_end_name(news->end));
    result_add_text(out, news->caption);
    result_add_text(out, news->why != NULL && news->why[0] != '\0' ? news->why : NULL);
    return 0;
}

static int forget_refused(struct app *app, struct error *err)
{
    int rc = store_begin(app->store, err);
    return rc != 0 ? rc : store_end(app->store, captions_forget_refused(app->store, err), err);
}

static void add_sums(struct result *out, const struct captions_run *run, const char *currency)
{
    static const char *const names[CAPTION_ENDS] = {"known", "written", "refused", "without_facts", "failed"};
    for (int i = 0; i < CAPTION_ENDS; i++)
        result_fact_int(out, names[i], run->ends[i], "");
    result_fact_int(out, "calls", run->spent.calls, "");
    result_fact_int(out, "prompt", run->spent.prompt, "tokens");
    result_fact_int(out, "completion", run->spent.completion, "tokens");
    result_fact_real(out, "cost", ledger_money(run->spent.cost), currency);
}

static void add_columns(struct result *out)
{
    result_add_column(out, "item", CELL_TEXT, "", "that is recommended", 0);
    result_add_column(out, "kind", CELL_TEXT, "", "of the reason", 0);
    result_add_column(out, "because", CELL_TEXT, "", "the product of the reason", 0);
    result_add_column(out, "end", CELL_TEXT, "", "the first 50 of those that went well, and all others", 0);
    result_add_column(out, "text", CELL_TEXT, "", REASON_SLOT " stands for that product's name", 0);
    result_add_column(out, "why", CELL_TEXT, "", "", 0);
}

static int run_warm(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct providers providers;
    struct warming warming = {.language = args_text(args, "language"), .neighbours = (uint32_t)args_int(args, "n"), .out = out};
    struct hand hand = {.store = app->store};
    int64_t orphans;
    int rc = providers_load(&providers, app->workspace, err);
    if (rc != 0)
        return rc;
    struct captions_run run = {.hand = &hand, .providers = &providers, .team = args_text(args, "team"),
                               .phase = args_text(args, "phase"), .job = app->logged,
                               .in_flight = (unsigned)args_int(args, "in-flight")};
    rc = ledger_recover(app->store, &orphans, err);
    if (rc == 0 && args_flag(args, "again"))
        rc = forget_refused(app, err);
    rc = rc != 0 ? rc : gather(&warming, app, args, err);
    if (rc == 0) {
        add_columns(out);
        rc = captions_write(&run, warming.list, warming.n, add_news, &warming, app->job, err);
        add_sums(out, &run, providers.currency);
    }
    mem_free(warming.list);
    providers_release(&providers);
    return rc;
}

static const struct command_param warm_params[] = {
    {"filter", PT_TEXT, 0, NULL, 0, 0, NULL, "which products, as in 'category=Garden and price<20'"},
    {"limit", PT_INT, 0, "100", 1, 1e9, NULL, "at most so many of them"},
    {"n", PT_INT, 0, "4", 1, 100, NULL, "of the products like each, that it may speak for"},
    {"model", PT_TEXT, PF_MODEL, NULL, 0, 0, NULL, "that says which are alike; default: the one that `reckon similar` asks"},
    {"language", PT_TEXT, 0, NULL, 0, 0, NULL, "of the sentences; default: the template's"},
    PAYING_PARAMS,
    {"in-flight", PT_INT, 0, NULL, 1, 1000, NULL, "calls at a time over all providers; default: as many as they allow"},
    {"again", PT_FLAG, 0, NULL, 0, 0, NULL, "also those that the checks refused before"},
    {0},
};

const struct command command_describe_captions_warm = {
    .name = "describe captions warm",
    .summary = "have captions of recommendations written ahead, so that the server finds them",
    .description = "For each product: why it is popular or chosen, and why those that are like it are recommended because of it. "
                   "What is there already, of the same facts, costs nothing. A server with describe.captions = \"on\" in "
                   "reckon.toml has what it misses written by itself.",
    .examples = "  reckon describe captions warm --filter 'category=Garden' --limit 20\n",
    .params = warm_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_warm,
};
