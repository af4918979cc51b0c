/* describe list | show | approve | reject | publish | rollback: what an editor does with texts. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/describe/describe_report.h"
#include "command/documents_command.h"
#include "describe/describe.h"
#include "store/items.h"
#include "store/ledger.h"

/* ---- list ------------------------------------------------------------------------------------------------ */

/* What the checks found, in a line. */
static void put_findings(struct str *out, const char *findings)
{
    json_t *list = json_loads(findings, 0, NULL);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *why = json_string_value(json_object_get(json_array_get(list, i), "why"));
        str_printf(out, "%s%s", out->len > 0 ? "; " : "", why != NULL ? why : "");
    }
    json_decref(list);
}

static int add_description(void *context, const struct description *d)
{
    struct result *out = context;
    json_t *content = json_loads(d->content, 0, NULL);
    struct str text, found;
    str_init(&text, 1 << 20);
    str_init(&found, 1 << 16);
    for (int i = 0; i < TEMPLATE_OF_ALL && text.len == 0; i++)
        checker_content_text(content, i == 0 ? TEMPLATE_OF_DESCRIPTION : (enum template_field)(i - (i == 1)), &text);
    put_findings(&found, d->findings);
    result_add_int(out, d->description);
    result_add_text(out, d->identifier);
    result_add_text(out, d->collection);
    result_add_text(out, d->language);
    result_add_text(out, d->channel);
    result_add_text(out, description_state_name(d->state));
    result_add_text(out, str_text(&text));
    result_add_text(out, found.len > 0 ? str_text(&found) : NULL);
    result_add_real(out, ledger_money(d->cost));
    result_add_time(out, d->created);
    result_add_text(out, d->editor);
    json_decref(content);
    str_release(&text);
    str_release(&found);
    return 0;
}

static int add_counts(void *context, const char *collection, const int64_t n[DESCRIPTION_STATES])
{
    result_note(context, "%s: %lld to review, %lld approved, %lld published, %lld rejected", collection,
                (long long)n[DESCRIPTION_REVIEW], (long long)n[DESCRIPTION_APPROVED], (long long)n[DESCRIPTION_PUBLISHED],
                (long long)n[DESCRIPTION_REJECTED]);
    return 0;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct descriptions_wish wish = {.collection = args_text(args, "collection"), .state = DESCRIPTION_STATES,
                                     .limit = args_int(args, "limit")};
    int rc = args_given(args, "item") ? items_find(app->store, args_text(args, "item"), &wish.item, err) : 0;
    if (rc != 0)
        return rc;
    if (args_given(args, "state"))
        description_state_find(args_text(args, "state"), &wish.state);
    result_add_column(out, "text", CELL_INT, "", "its number", 0);
    result_add_column(out, "item", CELL_TEXT, "", "", 0);
    result_add_column(out, "collection", CELL_TEXT, "", "", 0);
    result_add_column(out, "language", CELL_TEXT, "", "", 0);
    result_add_column(out, "channel", CELL_TEXT, "", "", 0);
    result_add_column(out, "state", CELL_TEXT, "", "", 0);
    result_add_column(out, "description", CELL_TEXT, "", "", 0);
    result_add_column(out, "findings", CELL_TEXT, "", "what the checks say", 0);
    result_add_column(out, "cost", CELL_REAL, "", "in the currency of providers.toml", -1);
    result_add_column(out, "at", CELL_TIME, "", "", 0);
    result_add_column(out, "editor", CELL_TEXT, "", "", 0);
    rc = descriptions_each(app->store, &wish, add_description, out, err);
    if (rc == 0)
        rc = descriptions_counts(app->store, add_counts, out, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "There are none%s. Next: reckon describe run --template NAME --limit 10",
                    args_given(args, "state") || wish.item != 0 ? " of that kind" : "");
    return rc;
}

#define COLLECTION_PARAM {"collection", PT_TEXT, 0, NULL, 0, 0, NULL, "only texts of this collection"}
#define STATES "review|approved|published|replaced|rejected"

static const struct command_param list_params[] = {
    {"item", PT_TEXT, PF_POSITIONAL | PF_ITEM, NULL, 0, 0, NULL, "only texts about this product"},
    {"state", PT_CHOICE, 0, NULL, 0, 0, STATES, "only those"},
    COLLECTION_PARAM,
    {"limit", PT_INT, 0, "100", 1, 1e9, NULL, "the newest so many"},
    {0},
};

const struct command command_describe_list = {
    .name = "describe list",
    .summary = "show texts about products, the newest first, and what the checks found in them",
    .description = "",
    .examples = "  reckon describe list --state review\n  reckon describe list 85123A\n",
    .params = list_params,
    .flags = CF_WORKSPACE,
    .run = run_list,
};

/* ---- show ------------------------------------------------------------------------------------------------ */

/* Marks the places that the findings name: [[like this]]. */
static void put_marked(struct str *out, const char *text, const char *field, const json_t *findings)
{
    size_t n = strlen(text);
    for (size_t i = 0; i <= n; i++) {
        for (size_t f = 0; f < json_array_size(findings); f++) {
            const json_t *o = json_array_get(findings, f);
            const char *of = json_string_value(json_object_get(o, "field"));
            size_t from = (size_t)json_integer_value(json_object_get(o, "from"));
            size_t bytes = (size_t)json_integer_value(json_object_get(o, "bytes"));
            if (of == NULL || strcmp(of, field) != 0 || bytes == 0)
                continue;
            if (i == from + bytes)
                str_puts(out, "]]");
            if (i == from)
                str_puts(out, "[[");
        }
        if (i < n)
            str_putc(out, text[i]);
    }
}

static void add_findings(struct result *out, const json_t *findings)
{
    struct result *table = result_add_table(out, "findings");
    if (table == NULL)
        return;
    result_set_title(table, json_array_size(findings) > 0 ? "What the checks found" : "The checks found nothing");
    result_add_column(table, "part", CELL_TEXT, "", "", 0);
    result_add_column(table, "check", CELL_TEXT, "", "", 0);
    result_add_column(table, "grave", CELL_BOOL, "", "it sends a text to review", 0);
    result_add_column(table, "why", CELL_TEXT, "", "", 0);
    result_add_column(table, "from", CELL_INT, "", "where it is in the part, in bytes", 0);
    result_add_column(table, "bytes", CELL_INT, "", "0: it is about all of it", 0);
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *o = json_array_get(findings, i);
        result_add_text(table, json_string_value(json_object_get(o, "field")));
        result_add_text(table, json_string_value(json_object_get(o, "kind")));
        result_add_bool(table, json_is_true(json_object_get(o, "grave")));
        result_add_text(table, json_string_value(json_object_get(o, "why")));
        result_add_int(table, json_integer_value(json_object_get(o, "from")));
        result_add_int(table, json_integer_value(json_object_get(o, "bytes")));
    }
}

static void add_prompt(struct result *out, const char *prompt)
{
    struct result *table = result_add_table(out, "prompt");
    json_t *messages = json_loads(prompt, 0, NULL);
    if (table != NULL) {
        result_set_title(table, "What was said to whoever wrote it");
        result_add_column(table, "role", CELL_TEXT, "", "", 0);
        result_add_column(table, "text", CELL_TEXT, "", "", 0);
    }
    for (size_t i = 0; table != NULL && i < json_array_size(messages); i++) {
        const json_t *m = json_array_get(messages, i);
        result_add_text(table, json_string_value(json_object_get(m, "role")));
        result_add_text(table, json_string_value(json_object_get(m, "content")));
    }
    json_decref(messages);
}

static int show_text(void *context, const struct description *d)
{
    struct result *out = context;
    json_t *content = json_loads(d->content, 0, NULL), *findings = json_loads(d->findings, 0, NULL);
    result_set_title(out, "%s  %s", d->identifier, d->title);
    result_fact_text(out, "item", d->identifier);
    result_add_column(out, "part", CELL_TEXT, "", "", 0);
    result_add_column(out, "text", CELL_TEXT, "", "[[so]] is marked what the checks found", 0);
    for (int i = 0; i < TEMPLATE_OF_ALL; i++) {
        struct str text, marked;
        const char *name = template_field_name((enum template_field)i);
        if (json_object_get(content, name) == NULL)
            continue;
        str_init(&text, 1 << 20);
        str_init(&marked, 1 << 21);
        checker_content_text(content, (enum template_field)i, &text);
        put_marked(&marked, str_text(&text), name, findings);
        result_add_text(out, name);
        result_add_text(out, str_text(&marked));
        str_release(&text);
        str_release(&marked);
    }
    result_fact_int(out, "number", d->description, "");
    result_fact_text(out, "state", description_state_name(d->state));
    result_fact_text(out, "collection", d->collection);
    result_fact_text(out, "template", d->template);
    result_fact_int(out, "version", d->version, "");
    result_fact_text(out, "language", d->language);
    result_fact_text(out, "channel", d->channel);
    result_fact_text(out, "provider", d->provider);
    result_fact_text(out, "model", d->model);
    result_fact_real(out, "cost", ledger_money(d->cost), "");
    result_fact_time(out, "at", d->created);
    if (d->decided != 0)
        result_fact_time(out, "decided", d->decided);
    result_fact_text(out, "editor", d->editor);
    result_fact_text(out, "note", d->note);
    if (d->parent != 0)
        result_fact_int(out, "written_from", d->parent, "");
    add_findings(out, findings);
    add_prompt(out, d->prompt);
    json_decref(content);
    json_decref(findings);
    return 0;
}

static int add_fact_rows(struct result *out, struct store *store, int64_t item)
{
    struct facts facts;
    struct result *table = result_add_table(out, "facts");
    if (table == NULL || facts_read(&facts, store, item, NULL) != 0)
        return 0;
    result_set_title(table, "What is known of it");
    result_add_column(table, "fact", CELL_TEXT, "", "", 0);
    result_add_column(table, "value", CELL_TEXT, "", "", 0);
    result_add_text(table, "title");
    result_add_text(table, facts.title);
    for (size_t i = 0; i < facts.n; i++) {
        result_add_text(table, facts.list[i].name);
        result_add_text(table, facts.list[i].text);
    }
    facts_release(&facts);
    return 0;
}

static int take_item(void *context, const struct description *d)
{
    *(int64_t *)context = d->item;
    return 0;
}

static int run_show(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int64_t item = 0, number = args_int(args, "text");
    int rc = descriptions_find(app->store, number, show_text, out, err);
    rc = rc != 0 ? rc : descriptions_find(app->store, number, take_item, &item, err);
    return rc != 0 ? rc : add_fact_rows(out, app->store, item);
}

static const struct command_param show_params[] = {TEXT_PARAM, {0}};

const struct command command_describe_show = {
    .name = "describe show",
    .summary = "show a text beside what is known of the product, doubtful places marked",
    .description = "",
    .examples = "  reckon describe show 12\n",
    .params = show_params,
    .flags = CF_WORKSPACE,
    .run = run_show,
};

/* ---- decisions ------------------------------------------------------------------------------------------- */

static int decide(struct app *app, const struct args *args, enum description_state state, const char *action,
                  struct result *out, struct error *err)
{
    char name[64];
    size_t n = args_count(args, "text");
    int rc = store_begin(app->store, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        int64_t number = 0;
        const char *text = args_text_at(args, "text", i);
        rc = text_to_int64(text, strlen(text), &number) ? 0 : error_set(err, E_USAGE, text, "is not the number of a text");
        rc = rc != 0 ? rc : descriptions_decide(app->store, number, state, audited_actor(app, name).who,
                                                args_text(args, "note"), clock_now_ms(), err);
    }
    rc = audited_end(app, action, json_pack("{s:I}", "texts", (json_int_t)n), rc, err);
    if (rc == 0)
        result_fact_int(out, description_state_name(state), (int64_t)n, "");
    return rc;
}

#define TEXTS_PARAM \
    {"text", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_MANY, NULL, 0, 0, NULL, "their numbers (`reckon describe list`)"}

static int run_approve(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return decide(app, args, DESCRIPTION_APPROVED, "describe.approve", out, err);
}

static const struct command_param decide_params[] = {TEXTS_PARAM, NOTE_PARAM, {0}};

const struct command command_describe_approve = {
    .name = "describe approve",
    .summary = "say of texts that they may go into the shop, whatever the checks found",
    .description = "",
    .examples = "  reckon describe approve 12 13 --note 'the size is on the box'\n",
    .params = decide_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_approve,
};

static int run_reject(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return decide(app, args, DESCRIPTION_REJECTED, "describe.reject", out, err);
}

const struct command command_describe_reject = {
    .name = "describe reject",
    .summary = "say of texts that they must not be in the shop",
    .description = "The next run writes such a product anew.",
    .examples = "  reckon describe reject 12 --note 'reads like an advertisement'\n",
    .params = decide_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_reject,
};

struct numbers {
    int64_t *list;
    size_t n, cap;
};

static int take_number(void *context, const struct description *d)
{
    struct numbers *self = context;
    if (mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0)
        return E_NOMEM;
    self->list[self->n++] = d->description;
    return 0;
}

/* All that are approved, the oldest first, so that of two about a product the newer one stays. */
static int publish_all(struct app *app, const char *collection, struct numbers *numbers, struct error *err)
{
    char name[64];
    struct descriptions_wish wish = {.collection = collection, .state = DESCRIPTION_APPROVED};
    int rc = descriptions_each(app->store, &wish, take_number, numbers, err);
    if (rc == E_NOMEM)
        return error_nomem(err, "texts");
    for (size_t i = numbers->n; rc == 0 && i-- > 0;)
        rc = descriptions_decide(app->store, numbers->list[i], DESCRIPTION_PUBLISHED, audited_actor(app, name).who, NULL,
                                 clock_now_ms(), err);
    return rc;
}

static int run_publish(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct numbers numbers = {0};
    if (args_count(args, "text") > 0)
        return decide(app, args, DESCRIPTION_PUBLISHED, "describe.publish", out, err);
    int rc = store_begin(app->store, err);
    rc = rc != 0 ? rc : publish_all(app, args_text(args, "collection"), &numbers, err);
    rc = audited_end(app, "describe.publish", json_pack("{s:I}", "texts", (json_int_t)numbers.n), rc, err);
    if (rc == 0)
        result_fact_int(out, "published", (int64_t)numbers.n, "");
    mem_free(numbers.list);
    return rc;
}

static const struct command_param publish_params[] = {
    {"text", PT_TEXT, PF_POSITIONAL | PF_MANY, NULL, 0, 0, NULL, "their numbers; default: all that are approved"},
    COLLECTION_PARAM, NOTE_PARAM, {0}};

const struct command command_describe_publish = {
    .name = "describe publish",
    .summary = "put approved texts into the shop, instead of those that are there",
    .description = "What is published of a product stands in answers that ask for its description. What was there before "
                   "is kept, and comes back by `reckon describe rollback`.",
    .examples = "  reckon describe publish\n  reckon describe publish 12 13\n",
    .params = publish_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_publish,
};

static int run_rollback(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char name[64];
    int64_t item, back = 0;
    int rc = items_find(app->store, args_text(args, "item"), &item, err);
    rc = rc != 0 ? rc : store_begin(app->store, err);
    if (rc != 0)
        return rc;
    struct description_place place = {args_text(args, "collection"), args_text(args, "language"),
                                      args_text(args, "channel")};
    rc = descriptions_rollback(app->store, item, &place, audited_actor(app, name).who, clock_now_ms(), &back, err);
    rc = audited_end(app, "describe.rollback", json_pack("{s:I}", "text", (json_int_t)back), rc, err);
    if (rc == 0)
        result_fact_int(out, "published", back, "");
    return rc;
}

static const struct command_param rollback_params[] = {
    {"item", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_ITEM, NULL, 0, 0, NULL, "the product"},
    {"collection", PT_TEXT, 0, "default", 0, 0, NULL, "of the texts"},
    {"language", PT_TEXT, 0, NULL, 0, 0, NULL, "of the text; default: of the one that was replaced last"},
    {"channel", PT_TEXT, 0, NULL, 0, 0, NULL, "the same"},
    {0},
};

const struct command command_describe_rollback = {
    .name = "describe rollback",
    .summary = "bring the text back that was in the shop before",
    .description = "",
    .examples = "  reckon describe rollback 85123A\n",
    .params = rollback_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_rollback,
};
