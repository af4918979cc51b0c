/* describe budget list | set | remove | report: what texts may cost, and do cost. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/describe/ledger_report.h"
#include "store/ledger.h"

/* ---- list ------------------------------------------------------------------------------------------------ */

static void put_scope(struct str *out, const char *name, const char *value)
{
    if (value != NULL)
        str_printf(out, "%s%s %s", out->len > 0 ? ", " : "", name, value[0] != '\0' ? value : "(not said)");
}

static void add_limit(struct result *out, int64_t limit, bool is_money)
{
    if (limit < 0)
        result_add_null(out);
    else if (is_money)
        result_add_real(out, ledger_money(limit));
    else
        result_add_int(out, limit);
}

static const char *state_of(const struct ledger_state *s)
{
    const struct ledger_budget *b = &s->budget;
    bool used_up = (b->hard_tokens >= 0 && s->tokens >= b->hard_tokens) || (b->hard_cost >= 0 && s->cost >= b->hard_cost);
    bool high = (b->soft_tokens >= 0 && s->tokens >= b->soft_tokens) || (b->soft_cost >= 0 && s->cost >= b->soft_cost);
    return used_up ? "USED UP" : high ? "above its soft limit" : "ok";
}

static int add_budget(void *context, const struct ledger_state *s)
{
    struct result *out = context;
    struct str scope;
    str_init(&scope, 1024);
    put_scope(&scope, "provider", s->budget.provider);
    put_scope(&scope, "model", s->budget.model);
    put_scope(&scope, "team", s->budget.team);
    put_scope(&scope, "phase", s->budget.phase);
    result_add_text(out, s->budget.name);
    result_add_text(out, scope.len > 0 ? str_text(&scope) : "everything");
    result_add_text(out, s->budget.month[0] != '\0' ? s->budget.month : s->budget.monthly ? "month" : "once");
    result_add_int(out, s->tokens);
    add_limit(out, s->budget.soft_tokens, false);
    add_limit(out, s->budget.hard_tokens, false);
    result_add_real(out, ledger_money(s->cost));
    add_limit(out, s->budget.soft_cost, true);
    add_limit(out, s->budget.hard_cost, true);
    result_add_int(out, s->tokens_reserved);
    result_add_text(out, state_of(s));
    str_release(&scope);
    return 0;
}

int ledger_show_budgets(struct app *app, struct result *out, struct error *err)
{
    result_add_column(out, "budget", CELL_TEXT, "", "", 0);
    result_add_column(out, "of", CELL_TEXT, "", "which calls it covers", 0);
    result_add_column(out, "period", CELL_TEXT, "", "month: anew each month (UTC); 2026-11: that one alone", 0);
    result_add_column(out, "tokens", CELL_INT, "", "spent", 0);
    result_add_column(out, "soft_tokens", CELL_INT, "", "above it one is told", 0);
    result_add_column(out, "hard_tokens", CELL_INT, "", "never passed", 0);
    result_add_column(out, "cost", CELL_REAL, "", "spent", -1);
    result_add_column(out, "soft_cost", CELL_REAL, "", "", -1);
    result_add_column(out, "hard_cost", CELL_REAL, "", "", -1);
    result_add_column(out, "reserved", CELL_INT, "tokens", "of calls under way", 0);
    result_add_column(out, "state", CELL_TEXT, "", "", 0);
    int rc = ledger_each_budget(app->store, clock_now_ms(), add_budget, out, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "There are none, so nothing is limited. Next: reckon describe budget set all --hard-cost 50");
    return rc;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)args;
    return ledger_show_budgets(app, out, err);
}

const struct command command_ledger_list = {
    .name = "describe budget list",
    .summary = "show what texts may cost, and how much of it is spent",
    .description = "",
    .examples = "  reckon describe budget list\n",
    .flags = CF_WORKSPACE,
    .run = run_list,
};

/* ---- set, remove ----------------------------------------------------------------------------------------- */

static char *text_of(const struct args *args, const char *name)
{
    return args_given(args, name) ? mem_strdup(args_text(args, name)) : NULL;
}

static int64_t tokens_of(const struct args *args, const char *name)
{
    return args_given(args, name) ? args_int(args, name) : -1;
}

static int64_t cost_of(const struct args *args, const char *name)
{
    return args_given(args, name) ? llround(args_real(args, name) * 1e6) : -1;
}

/* --period: month, once, or a month alone; --ends. */
static int set_period(struct ledger_budget *b, const struct args *args, struct error *err)
{
    const char *period = args_text(args, "period"), *ends = args_text(args, "ends");
    char day[16];
    int64_t at;
    snprintf(day, sizeof day, "%.7s-01", period);
    b->monthly = strcmp(period, "once") != 0;
    if (b->monthly && strcmp(period, "month") != 0) {
        if (strlen(period) != 7 || !clock_parse(day, strlen(day), &at))
            return error_set(err, E_USAGE, "period", "'%s' is neither month, once nor a month as in 2026-11", period);
        snprintf(b->month, sizeof b->month, "%s", period);
    }
    if (ends == NULL)
        return 0;
    if (b->monthly)
        return error_set(err, E_USAGE, "ends", "is for a budget that is given once; a month ends by itself");
    return clock_parse(ends, strlen(ends), &b->ends) ? 0
           : error_set(err, E_USAGE, "ends", "'%s' is not a date, as in 2026-12-31", ends);
}

static int run_set(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *name = args_text(args, "budget");
    if (!text_is_name(name, LEDGER_NAME_MAX))
        return error_hint(err, error_set(err, E_USAGE, name, "cannot be the name of a budget"), "%s",
                          "use letters, digits, '-', '_' and '.'");
    struct ledger_budget b = {.provider = text_of(args, "provider"), .model = text_of(args, "model"),
                       .team = text_of(args, "team"), .phase = text_of(args, "phase"),
                       .soft_tokens = tokens_of(args, "soft-tokens"), .hard_tokens = tokens_of(args, "hard-tokens"),
                       .soft_cost = cost_of(args, "soft-cost"), .hard_cost = cost_of(args, "hard-cost")};
    snprintf(b.name, sizeof b.name, "%s", name);
    int rc = set_period(&b, args, err);
    rc = rc != 0 ? rc : store_begin(app->store, err);
    if (rc == 0)
        /* Names and scopes are free words, which a log that is never changed must not hold. */
        rc = audited_end(app, "describe.budget", NULL, ledger_put_budget(app->store, &b, err), err);
    ledger_budget_release(&b);
    return rc != 0 ? rc : ledger_show_budgets(app, out, err);
}

#define TOKENS 0, 0x1p52
#define COST 0, 1e9
static const struct command_param set_params[] = {
    {"budget", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "its name; one of that name is replaced"},
    {"provider", PT_TEXT, 0, NULL, 0, 0, NULL, "only calls of this provider"},
    {"model", PT_TEXT, 0, NULL, 0, 0, NULL, "only of this model"},
    {"team", PT_TEXT, 0, NULL, 0, 0, NULL, "only of this team (`describe run --team`)"},
    {"phase", PT_TEXT, 0, NULL, 0, 0, NULL, "only of this phase of the project (--phase)"},
    {"period", PT_TEXT, 0, "month", 0, 0, NULL, "month: each month anew; once: for all; 2026-11: for that month alone"},
    {"ends", PT_TEXT, 0, NULL, 0, 0, NULL, "until when a budget that is given once should last, for `budget forecast`"},
    {"soft-tokens", PT_INT, 0, NULL, TOKENS, NULL, "above so many, one is told"},
    {"hard-tokens", PT_INT, 0, NULL, TOKENS, NULL, "so many are never passed"},
    {"soft-cost", PT_REAL, 0, NULL, COST, NULL, "above so much money, one is told"},
    {"hard-cost", PT_REAL, 0, NULL, COST, NULL, "so much is never passed"},
    {0},
};

const struct command command_ledger_set = {
    .name = "describe budget set",
    .summary = "limit what texts may cost",
    .description = "A call is reserved under every budget that covers it, with the most that it may come to, before it goes, "
                   "and settled when it has ended. A hard limit is never passed, however many run at once; what a process "
                   "that was killed had reserved counts as spent.",
    .examples = "  reckon describe budget set all --hard-cost 50 --soft-cost 40\n"
                "  reckon describe budget set research --phase research --period once --hard-tokens 15000\n",
    .params = set_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_set,
};

static int run_remove(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *name = args_text(args, "budget");
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = audited_end(app, "describe.budget", json_pack("{s:b}", "removed", true),
                         ledger_remove_budget(app->store, name, err), err);
    return rc != 0 ? rc : ledger_show_budgets(app, out, err);
}

static const struct command_param remove_params[] = {
    {"budget", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "its name"}, {0}};

const struct command command_ledger_remove = {
    .name = "describe budget remove",
    .summary = "take a limit away; the ledger stays",
    .description = "",
    .examples = "  reckon describe budget remove research\n",
    .params = remove_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_remove,
};

/* ---- report ---------------------------------------------------------------------------------------------- */

static int add_sum(void *context, const struct charge_sum *s)
{
    struct result *out = context;
    result_add_text(out, s->key[0] != '\0' ? s->key : "(not said)");
    result_add_int(out, s->calls);
    result_add_int(out, s->amount.prompt);
    result_add_int(out, s->amount.cached);
    result_add_int(out, s->amount.completion);
    result_add_real(out, ledger_money(s->amount.cost));
    result_add_int(out, s->estimated);
    result_add_int(out, s->reserved);
    return 0;
}

static int add_day(void *context, const struct charge_sum *s)
{
    int64_t at = 0;
    if (clock_parse(s->key, strlen(s->key), &at))
        result_add_point(context, (double)at, ledger_money(s->amount.cost));
    return 0;
}

static int time_of(const struct args *args, const char *name, int64_t otherwise, int64_t *out, struct error *err)
{
    const char *text = args_text(args, name);
    *out = otherwise;
    if (text == NULL || clock_parse(text, strlen(text), out))
        return 0;
    return error_set(err, E_USAGE, name, "'%s' is not a date, as in 2026-03-01", text);
}

static int run_report(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int64_t from, until;
    const char *by = args_text(args, "by");
    int rc = time_of(args, "from", 0, &from, err);
    rc = rc != 0 ? rc : time_of(args, "until", INT64_MAX, &until, err);
    if (rc != 0)
        return rc;
    result_add_column(out, by, CELL_TEXT, "", "", 0);
    result_add_column(out, "calls", CELL_INT, "", "", 0);
    result_add_column(out, "prompt", CELL_INT, "tokens", "", 0);
    result_add_column(out, "cached", CELL_INT, "tokens", "among those of the prompt", 0);
    result_add_column(out, "completion", CELL_INT, "tokens", "", 0);
    result_add_column(out, "cost", CELL_REAL, "", "", -1);
    result_add_column(out, "estimated", CELL_INT, "calls", "whose cost nobody told: counted as the most it can be", 0);
    result_add_column(out, "reserved", CELL_INT, "calls", "under way", 0);
    rc = ledger_sums(app->store, by, from, until, add_sum, out, err);
    result_begin_series(out, "cost", "time", "");
    rc = rc != 0 ? rc : ledger_sums(app->store, "day", from, until, add_day, out, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "Nothing was spent in that time.");
    return rc;
}

static const struct command_param report_params[] = {
    {"by", PT_CHOICE, 0, "month", 0, 0, "month|day|provider|model|team|phase|purpose|state", "a row for each"},
    {"from", PT_TEXT, 0, NULL, 0, 0, NULL, "a date or time; default: the beginning"},
    {"until", PT_TEXT, 0, NULL, 0, 0, NULL, "the first moment after"},
    {0},
};

const struct command command_ledger_report = {
    .name = "describe budget report",
    .summary = "show what texts have cost, from the ledger",
    .description = "",
    .examples = "  reckon describe budget report --by team --from 2026-11-01\n",
    .params = report_params,
    .flags = CF_WORKSPACE,
    .run = run_report,
};
