/* describe budget import | forecast: a table of who may spend what, and what will be left of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/describe/allocation.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/describe/ledger_report.h"
#include "describe/forecast.h"

/* ---- import ---------------------------------------------------------------------------------------------- */

enum { SHOWN = 100, MINUTE_MS = 60000 };

static void add_mistake(void *context, uint64_t line, const char *field, const char *why)
{
    struct result *out = context;
    if (out->n_rows >= SHOWN)
        return;
    result_add_int(out, (int64_t)line);
    result_add_text(out, field[0] != '\0' ? field : NULL);
    result_add_text(out, why);
}

static int put_all(struct app *app, const struct allocation *table, struct error *err)
{
    int rc = store_begin(app->store, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < table->n; i++)
        rc = ledger_put_budget(app->store, &table->list[i], err);
    return audited_end(app, "describe.budget", json_pack("{s:I}", "imported", (json_int_t)table->n), rc, err);
}

static int run_import(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct allocation table;
    struct result mistakes;
    result_init(&mistakes);
    result_add_column(&mistakes, "line", CELL_INT, "", "", 0);
    result_add_column(&mistakes, "field", CELL_TEXT, "", "", 0);
    result_add_column(&mistakes, "why", CELL_TEXT, "", "nothing of the table was taken", 0);
    int rc = allocation_read(&table, args_text(args, "file"), add_mistake, &mistakes, err);
    if (rc != 0) {
        result_copy_columns(out, &mistakes);
        for (size_t i = 0; i < mistakes.n_rows; i++)
            result_copy_row(out, &mistakes, i);
        result_release(&mistakes);
        return rc;
    }
    result_release(&mistakes);
    rc = args_flag(args, "dry-run") ? 0 : put_all(app, &table, err);
    rc = rc != 0 ? rc : ledger_show_budgets(app, out, err);
    if (rc == 0) {
        result_fact_int(out, "budgets", (int64_t)table.n, "in the table");
        result_fact_bool(out, "stored", !args_flag(args, "dry-run"));
    }
    allocation_release(&table);
    return rc;
}

static const struct command_param import_params[] = {
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the table, CSV with a header; - is standard input"},
    {"dry-run", PT_FLAG, 0, NULL, 0, 0, NULL, "only look for mistakes"},
    {0},
};

const struct command command_ledger_import = {
    .name = "describe budget import",
    .summary = "take budgets from an allocation table, all of it or nothing",
    .description = "Columns, in any order: budget (its name; else made of what it covers), provider, model, team or agent, "
                   "phase, month (2026-11: that month alone), period (month or once; once when not said), ends (a date), and "
                   "the limits tokens (or hard_tokens), soft_tokens, cost (or hard_cost) and soft_cost. Every mistake is "
                   "told with its line and field, and then nothing is taken. Budgets of the same names are replaced; "
                   "others stay.",
    .examples = "  printf 'phase,tokens\\nresearch,15000\\ndevelopment,35000\\n' | reckon describe budget import -\n"
                "  reckon describe budget import allocation.csv --dry-run\n",
    .params = import_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_import,
};

/* ---- forecast -------------------------------------------------------------------------------------------- */

/* What was spent on each day of a period, the first of which is `first` (days since 1970). */
struct days {
    int64_t first;
    double *tokens, *cost;
    size_t n, cap_tokens, cap_cost;
};

static int take_day(void *context, const char *day, int64_t tokens, int64_t cost)
{
    struct days *self = context;
    int64_t at;
    if (!clock_parse(day, strlen(day), &at))
        return 0;
    at /= CLOCK_DAY_MS;
    if (self->n == 0 && self->first < 0)
        self->first = at;
    size_t need = (size_t)(at - self->first) + 1;
    if (mem_grow((void **)&self->tokens, &self->cap_tokens, need, sizeof *self->tokens) != 0 ||
        mem_grow((void **)&self->cost, &self->cap_cost, need, sizeof *self->cost) != 0)
        return E_NOMEM;
    for (; self->n < need; self->n++)
        self->tokens[self->n] = self->cost[self->n] = 0;
    self->tokens[need - 1] = (double)tokens;
    self->cost[need - 1] = (double)cost / 1e6;
    return 0;
}

/* Days without charges up to the one before `today`, and that of today is set apart. */
static int fill_days(struct days *self, int64_t today)
{
    size_t whole = self->first < 0 || today < self->first ? 0 : (size_t)(today - self->first);
    if (mem_grow((void **)&self->tokens, &self->cap_tokens, whole + 1, sizeof *self->tokens) != 0 ||
        mem_grow((void **)&self->cost, &self->cap_cost, whole + 1, sizeof *self->cost) != 0)
        return E_NOMEM;
    for (; self->n <= whole; self->n++)
        self->tokens[self->n] = self->cost[self->n] = 0;
    return 0;
}

/* One budget's period: from its first day (or first charge) to its end. */
struct period {
    int64_t from, end, now; /* ms; end 0: it has none */
    size_t whole;           /* days that are over */
    double left;            /* days; NAN: there is no end */
};

static int64_t month_begin(int64_t at, int add)
{
    char date[32];
    int year, month;
    clock_format_date(at, date, sizeof date);
    if (sscanf(date, "%d-%d", &year, &month) != 2)
        return 0;
    month += add;
    year += (month - 1) / 12;
    return clock_days_from_civil(year, (month - 1) % 12 + 1, 1) * CLOCK_DAY_MS;
}

static void period_of(struct period *out, const struct ledger_budget *b, int64_t now)
{
    char day[16];
    int64_t at = now;
    *out = (struct period){.now = now, .left = NAN};
    if (b->monthly) {
        snprintf(day, sizeof day, "%s-01", b->month);
        if (b->month[0] != '\0')
            clock_parse(day, strlen(day), &at);
        out->from = month_begin(at, 0);
        out->end = month_begin(at, 1);
    } else {
        out->from = 0;
        out->end = b->ends;
    }
    if (out->end != 0)
        out->left = out->end > now ? (double)(out->end - now) / (double)CLOCK_DAY_MS : 0;
}

/* "within it", or what is to be feared, in words. */
static void say_state(char *text, size_t size, const struct forecast *f, const struct period *p, double spent, double limit)
{
    if (limit >= 0 && spent >= limit)
        snprintf(text, size, "USED UP");
    else if (p->now < p->from)
        snprintf(text, size, "not begun");
    else if (!f->told)
        snprintf(text, size, "too early to say: %zu whole days of %d", p->whole, FORECAST_DAYS_MIN);
    else if (limit < 0)
        snprintf(text, size, "no limit");
    else if (isnan(f->end))
        snprintf(text, size, f->rate > 0 ? "no end was said" : "nothing is spent");
    else
        snprintf(text, size, f->low > limit ? "will not last" : f->high > limit ? "may not last" : "lasts");
}

struct forecasting {
    struct app *app;
    struct result *out;
    const char *only; /* NULL: all */
    int64_t now;
    struct error *err;
    size_t found;
};

static void add_line(struct result *out, const char *name, const char *what, const char *unit, const struct point *a,
                     const struct point *b)
{
    char title[160];
    snprintf(title, sizeof title, "%s, %s: %s", name, what, unit);
    result_begin_series(out, title, "time", unit);
    result_add_point(out, a->x, a->y);
    result_add_point(out, b->x, b->y);
}

/* The limit and the straight line to the end (of a budget that is shown alone), and what was spent by each day. */
static void add_curves(struct result *out, const char *name, const char *unit, const double *days, const struct days *d,
                       const struct period *p, const struct forecast *f, double spent, double limit, bool alone)
{
    char title[160];
    double sum = 0, first = (double)(d->first * CLOCK_DAY_MS), end = (double)p->end, now = (double)p->now;
    if (alone && end > 0 && limit >= 0)
        add_line(out, name, "limit", unit, &(struct point){first, limit}, &(struct point){end, limit});
    if (alone && end > 0 && f->told)
        add_line(out, name, "at this rate", unit, &(struct point){now, spent}, &(struct point){end, f->end});
    snprintf(title, sizeof title, "%s: %s", name, unit);
    result_begin_series(out, title, "time", unit);
    result_add_point(out, first, 0);
    for (size_t i = 0; i <= p->whole; i++) {
        sum += days[i];
        result_add_point(out, fmin(first + (double)(i + 1) * (double)CLOCK_DAY_MS, now), sum);
    }
}

static void add_forecast(struct forecasting *self, const struct ledger_state *s, const struct days *d, struct period *p,
                         bool is_money)
{
    struct result *out = self->out;
    const struct ledger_budget *b = &s->budget;
    const double *days = is_money ? d->cost : d->tokens;
    double scale = is_money ? 1e6 : 1, spent = (double)(is_money ? s->cost : s->tokens) / scale;
    int64_t hard = is_money ? b->hard_cost : b->hard_tokens, soft = is_money ? b->soft_cost : b->soft_tokens;
    double limit = hard >= 0 ? (double)hard / scale : soft >= 0 ? (double)soft / scale : -1;
    struct forecast f;
    char state[96];
    forecast_make(&f, days, p->whole, spent, p->left, limit);
    say_state(state, sizeof state, &f, p, spent, limit);
    result_add_text(out, b->name);
    result_add_text(out, is_money ? "money" : "tokens");
    result_add_int(out, (int64_t)p->whole);
    result_add_real(out, spent);
    result_add_real(out, limit >= 0 ? limit : (double)NAN);
    result_add_real(out, f.rate);
    if (p->end != 0)
        result_add_time(out, p->end);
    else
        result_add_null(out);
    result_add_real(out, f.end);
    result_add_real(out, f.low);
    result_add_real(out, f.high);
    if (isfinite(f.lasts) && f.lasts > 0 && f.lasts < 36500)
        result_add_time(out, (p->now + (int64_t)(f.lasts * (double)CLOCK_DAY_MS)) / MINUTE_MS * MINUTE_MS);
    else
        result_add_null(out);
    result_add_text(out, state);
    if (d->first >= 0 && p->now >= d->first * CLOCK_DAY_MS)
        add_curves(out, b->name, is_money ? "money" : "tokens", days, d, p, &f, spent, limit, self->only != NULL);
}

static int take_budget(void *context, const struct ledger_state *s)
{
    struct forecasting *self = context;
    const struct ledger_budget *b = &s->budget;
    struct period p;
    if (self->only != NULL && strcmp(self->only, b->name) != 0)
        return 0;
    self->found++;
    period_of(&p, b, self->now);
    struct days days = {.first = b->monthly ? p.from / CLOCK_DAY_MS : -1};
    int64_t seen = p.end != 0 && p.end <= self->now ? p.end - 1 : self->now;
    int rc = ledger_each_day(self->app->store, b->name, p.from, take_day, &days, self->err);
    if (rc == E_NOMEM || (rc == 0 && fill_days(&days, seen / CLOCK_DAY_MS) != 0))
        rc = error_nomem(self->err, b->name);
    if (rc == 0) {
        p.whole = days.n - 1;
        bool money = b->soft_cost >= 0 || b->hard_cost >= 0, tokens = b->soft_tokens >= 0 || b->hard_tokens >= 0;
        if (tokens || !money)
            add_forecast(self, s, &days, &p, false);
        if (money)
            add_forecast(self, s, &days, &p, true);
    }
    mem_free(days.tokens);
    mem_free(days.cost);
    return rc;
}

static int run_forecast(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct forecasting self = {.app = app, .out = out, .only = args_text(args, "budget"), .now = clock_now_ms(), .err = err};
    result_add_column(out, "budget", CELL_TEXT, "", "", 0);
    result_add_column(out, "in", CELL_TEXT, "", "tokens, or money", 0);
    result_add_column(out, "days", CELL_INT, "", "whole days (UTC) of its period that are over", 0);
    result_add_column(out, "spent", CELL_REAL, "", "", -1);
    result_add_column(out, "limit", CELL_REAL, "", "the hard one, else the soft one", -1);
    result_add_column(out, "a_day", CELL_REAL, "", "the mean of the whole days", -1);
    result_add_column(out, "ends", CELL_TIME, "", "its period", 0);
    result_add_column(out, "at_end", CELL_REAL, "", "spent by then, at that rate", -1);
    result_add_column(out, "low", CELL_REAL, "", "nine times of ten it is between low and high, if the days to come are like "
                                                 "those gone by", -1);
    result_add_column(out, "high", CELL_REAL, "", "", -1);
    result_add_column(out, "used_up", CELL_TIME, "", "at that rate", 0);
    result_add_column(out, "state", CELL_TEXT, "", "", 0);
    int rc = ledger_clock(app->store, &self.now, NULL, err);
    rc = rc != 0 ? rc : ledger_each_budget(app->store, self.now, take_budget, &self, err);
    if (rc == 0 && self.found == 0 && self.only != NULL)
        return error_hint(err, error_set(err, E_NOT_FOUND, self.only, "there is no such budget"), "%s",
                          "`reckon describe budget list` shows them");
    if (rc == 0 && self.found == 0)
        result_note(out, "There are no budgets. Next: reckon describe budget set all --hard-cost 50");
    return rc;
}

static const struct command_param forecast_params[] = {
    {"budget", PT_TEXT, PF_POSITIONAL, NULL, 0, 0, NULL, "only this one, with its curve, the rate and the limit"},
    {0},
};

const struct command command_ledger_forecast = {
    .name = "describe budget forecast",
    .summary = "show how fast budgets are spent, and what that comes to in the end",
    .description = "The rate is the mean of the whole days (UTC) of the period that are over; a budget that is given once "
                   "begins with its first charge. Of fewer than three whole days nothing is foretold. Weekdays and trends "
                   "are not looked at: the interval says how much days differ. With --plot as a curve, with --html as a page.",
    .examples = "  reckon describe budget forecast\n  reckon describe budget forecast research --plot\n",
    .params = forecast_params,
    .flags = CF_WORKSPACE,
    .run = run_forecast,
};
