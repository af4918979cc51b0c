/* describe embed: vectors of products by the embeddings endpoint of a service, for `train content`. */
#include <string.h>

#include "base/mem.h"
#include "command/commands.h"
#include "command/describe/describe_report.h"
#include "describe/embed.h"
#include "describe/selection.h"
#include "store/items.h"
#include "store/ledger.h"

/* The first provider that has a model for embeddings, or the one that is named, alone in *one. */
static int choose_provider(const struct providers *all, const char *name, struct providers *one, struct error *err)
{
    const struct provider *p = NULL;
    int rc = name != NULL ? providers_find(all, name, &p, err) : 0;
    for (size_t i = 0; rc == 0 && p == NULL && i < all->n; i++)
        if (all->list[i].embedding_model != NULL)
            p = &all->list[i];
    if (rc == 0 && p == NULL) {
        error_set(err, E_REFUSED, "providers.toml", "no provider has a model for embeddings");
        rc = error_hint(err, E_REFUSED, "name one: embedding-model = \"text-embedding-3-small\"");
    }
    if (rc != 0)
        return rc;
    *one = (struct providers){.n = 1};
    one->list[0] = *p; /* borrows the texts of `all` */
    memcpy(one->currency, all->currency, sizeof one->currency);
    return 0;
}

static int choose_items(struct app *app, const struct args *args, int64_t **items, size_t *n, struct error *err)
{
    int64_t limit = args_given(args, "limit") ? args_int(args, "limit") : 0;
    int rc = selection_make(app->store, args_text(args, "filter"), items, n, err);
    if (rc == 0 && limit > 0 && *n > (size_t)limit)
        *n = (size_t)limit;
    return rc;
}

static void add_sums(struct result *out, const struct embed_sums *sums, const struct providers *providers)
{
    result_fact_text(out, "provider", providers->list[0].name);
    result_fact_text(out, "model", providers->list[0].embedding_model);
    result_fact_int(out, "embedded", sums->embedded, "");
    result_fact_int(out, "unchanged", sums->unchanged, "");
    result_fact_int(out, "without_facts", sums->without_facts, "");
    result_fact_int(out, "failed", sums->failed, "");
    result_fact_int(out, "numbers_each", (int64_t)sums->dim, "");
    result_fact_int(out, "calls", sums->calls, "");
    result_fact_int(out, "prompt", sums->prompt, "tokens");
    result_fact_real(out, "cost", ledger_money(sums->cost), providers->currency);
    if (sums->withheld > 0)
        result_note(out, "Of %lld products something was left out, since it leads to a person; `reckon describe preview` tells what.",
                    (long long)sums->withheld);
    if (sums->failed > 0)
        result_note(out, "%s: %s%s%s", sums->error.what, sums->error.why, sums->error.hint[0] != '\0' ? "; " : "", sums->error.hint);
    if (sums->embedded + sums->unchanged > 0)
        result_note(out, "To learn from them: reckon train content --features embeddings");
}

static int run_embed(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct providers all, one;
    struct embed_sums sums = {0};
    int64_t *items = NULL;
    size_t n = 0;
    int rc = providers_load(&all, app->workspace, err);
    if (rc != 0)
        return rc;
    rc = choose_provider(&all, args_text(args, "provider"), &one, err);
    rc = rc != 0 ? rc : choose_items(app, args, &items, &n, err);
    if (rc == 0) {
        struct embed_wish wish = {.providers = &one, .team = args_text(args, "team"), .phase = args_text(args, "phase"),
                                  .job = app->logged, .batch = (size_t)args_int(args, "batch")};
        rc = embed_items(app->store, &wish, items, n, &sums, app->job, err);
        add_sums(out, &sums, &one);
    }
    mem_free(items);
    providers_release(&all);
    return rc;
}

static const struct command_param embed_params[] = {
    {"provider", PT_TEXT, 0, NULL, 0, 0, NULL, "this one of providers.toml; default: the first that has an embedding-model"},
    {"filter", PT_TEXT, 0, NULL, 0, 0, NULL, "which products, as in 'category=Garden and price<20'"},
    {"limit", PT_INT, 0, NULL, 1, 1e9, NULL, "at most so many of them"},
    {"batch", PT_INT, 0, "64", 1, EMBED_BATCH_MAX, NULL, "products in one request"},
    PAYING_PARAMS,
    {0},
};

const struct command command_describe_embed = {
    .name = "describe embed",
    .summary = "have a service make vectors of products, for models that learn from texts",
    .description = "What is known of each product (never of a person) is sent to the embeddings endpoint of a provider that has "
                   "an embedding-model, many in a request. What was made of the same text by the same model is not asked again "
                   "and costs nothing, so that a run that ends in the middle is taken up by the same command. "
                   "`reckon train content --features embeddings` learns from them, `--features both` from words as well.",
    .examples = "  reckon describe embed\n  reckon evaluate content --features embeddings\n",
    .params = embed_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_embed,
};
