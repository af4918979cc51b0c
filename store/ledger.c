#include "store/ledger.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/db.h"
#include "store/jobs.h"

static const char *const state_names[] = {
    [CHARGE_RESERVED] = "reserved", [CHARGE_SETTLED] = "settled", [CHARGE_ESTIMATED] = "estimated",
    [CHARGE_RELEASED] = "released"};

void ledger_budget_release(struct ledger_budget *self)
{
    mem_free(self->provider);
    mem_free(self->model);
    mem_free(self->team);
    mem_free(self->phase);
    self->provider = self->model = self->team = self->phase = NULL;
}

int ledger_clock(struct store *self, int64_t *now, char month[LEDGER_MONTH], struct error *err)
{
    int64_t newest = 0;
    char date[32];
    int rc = db_int(self, err, &newest, 0, "SELECT at FROM charges ORDER BY charge DESC LIMIT 1", "");
    *now = newest > *now ? newest : *now;
    clock_format_date(*now, date, sizeof date);
    if (month != NULL)
        snprintf(month, LEDGER_MONTH, "%.7s", date);
    return rc;
}

/* ---- reserving and settling ------------------------------------------------------------------------------ */

#define IN_SCOPE(p, m, t, h, month)                                                            \
    "ifnull(b.provider, " p ") = " p " AND ifnull(b.model, " m ") = " m " AND ifnull(b.team, " t ") = " t \
    " AND ifnull(b.phase, " h ") = " h " AND ifnull(b.month, " month ") = " month
#define CHARGE_IN_SCOPE IN_SCOPE("c.provider", "c.model", "c.team", "c.phase", "c.month")

double ledger_money(int64_t millionths)
{
    return (double)millionths / 1e6;
}

/* Would this limit be passed?  0, or the error. */
static int check_limit(const char *name, const char *what, int64_t limit, int64_t spent, int64_t reserved, int64_t more,
                       struct error *err)
{
    bool money = what[0] == 'm';
    if (limit < 0 || spent + reserved + more <= limit)
        return 0;
    if (spent + more <= limit)
        return error_set(err, E_CONFLICT, name, "the rest of this budget is reserved by calls under way");
    if (money)
        error_set(err, E_REFUSED, name, "this budget is used up: %.6g of %.6g spent, and the call may cost %.6g",
                  ledger_money(spent), ledger_money(limit), ledger_money(more));
    else
        error_set(err, E_REFUSED, name, "this budget is used up: %lld of %lld tokens spent, and the call may take %lld",
                  (long long)spent, (long long)limit, (long long)more);
    return error_hint(err, E_REFUSED, "`reckon describe budget list` shows them all; a larger one is set by "
                                      "`reckon describe budget set %s ...`", name);
}

static int check_budgets(struct store *self, const struct charge_scope *scope, const struct charge_amount *most,
                         const char *month, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self,
                        "SELECT b.name, ifnull(b.hard_tokens, -1), ifnull(b.hard_cost, -1), ifnull(u.tokens, 0), "
                        "ifnull(u.tokens_reserved, 0), ifnull(u.cost, 0), ifnull(u.cost_reserved, 0) FROM ledger_budgets b "
                        "LEFT JOIN ledger_use u ON u.budget = b.budget AND "
                        "u.month = CASE b.period WHEN 'month' THEN ?5 ELSE '' END "
                        "WHERE " IN_SCOPE("?1", "?2", "?3", "?4", "?5"),
                        &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "ttttt", scope->provider, scope->model, scope->team, scope->phase, month) : rc;
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        const char *name = db_text(s, 0);
        rc = check_limit(name, "tokens", sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 3),
                         sqlite3_column_int64(s, 4), most->prompt + most->completion, err);
        rc = rc != 0 ? rc : check_limit(name, "money", sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 5),
                                        sqlite3_column_int64(s, 6), most->cost, err);
    }
    db_done(s);
    return rc;
}

#define OVER_CHARGE                                                                                             \
    "SELECT b.budget, CASE b.period WHEN 'month' THEN c.month ELSE '' END FROM charges c, ledger_budgets b "           \
    "WHERE c.charge = ?1 AND " CHARGE_IN_SCOPE

/* Adds to the sums of every budget that the charge is under: what is spent, and what is reserved. */
static int add_use(struct store *self, int64_t charge, int64_t tokens, int64_t cost, int64_t tokens_reserved,
                   int64_t cost_reserved, struct error *err)
{
    int rc = db_exec(self, err, "INSERT OR IGNORE INTO ledger_use (budget, month) " OVER_CHARGE, "i", charge);
    return rc != 0 ? rc : db_exec(self, err,
                   "UPDATE ledger_use SET tokens = tokens + ?2, cost = cost + ?3, "
                   "tokens_reserved = tokens_reserved + ?4, cost_reserved = cost_reserved + ?5 "
                   "WHERE (budget, month) IN (" OVER_CHARGE ")",
                   "iiiii", charge, tokens, cost, tokens_reserved, cost_reserved);
}

static int reserve(struct store *self, const struct charge_scope *scope, const struct charge_amount *most, int64_t job,
                   bool held, int64_t now, int64_t *charge, struct error *err)
{
    char month[LEDGER_MONTH];
    int rc = ledger_clock(self, &now, month, err);
    rc = rc != 0 ? rc : check_budgets(self, scope, most, month, err);
    if (rc == 0)
        rc = db_exec(self, err,
                     "INSERT INTO charges (at, month, provider, model, team, phase, purpose, state, job, prompt, "
                     "completion, cost, held) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'reserved', ?8, ?9, ?10, ?11, ?12)",
                     "itttttt" "iiiii", now, month, scope->provider, scope->model, scope->team, scope->phase,
                     scope->purpose, job, most->prompt, most->completion, most->cost, (int64_t)held);
    *charge = sqlite3_last_insert_rowid(self->db);
    return rc != 0 ? rc : add_use(self, *charge, 0, 0, most->prompt + most->completion, most->cost, err);
}

int ledger_reserve(struct store *self, const struct charge_scope *scope, const struct charge_amount *most, int64_t job,
                    int64_t now, int64_t *charge, struct error *err)
{
    int rc = store_begin(self, err);
    return rc != 0 ? rc : store_end(self, reserve(self, scope, most, job, false, now, charge, err), err);
}

int ledger_hold(struct store *self, const struct charge_scope *scope, const struct charge_amount *most, int64_t now,
                int64_t *charge, struct error *err)
{
    return reserve(self, scope, most, 0, true, now, charge, err);
}

/* What stands in the ledger; E_NOT_FOUND. */
static int read_charge(struct store *self, int64_t charge, enum charge_state *state, struct charge_amount *out,
                       struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT state, prompt, cached, completion, cost FROM charges WHERE charge = ?1", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "i", charge) : rc;
    rc = rc == 0 ? db_step(self, s, err) : rc;
    if (rc == 1) {
        *state = CHARGE_RESERVED;
        while (*state < CHARGE_RELEASED && strcmp(state_names[*state], db_text(s, 0)) != 0)
            (*state)++;
        *out = (struct charge_amount){sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2),
                                      sqlite3_column_int64(s, 3), sqlite3_column_int64(s, 4)};
    }
    db_done(s);
    return rc < 0 ? rc : rc == 1 ? 0 : error_set(err, E_NOT_FOUND, "ledger", "there is no charge %lld", (long long)charge);
}

int ledger_settle_within(struct store *self, int64_t charge, enum charge_state state,
                         const struct charge_amount *amount, struct error *err)
{
    enum charge_state before = CHARGE_RESERVED;
    struct charge_amount was = {0}, now = {0};
    int rc = read_charge(self, charge, &before, &was, err);
    if (rc != 0)
        return rc;
    if (before == CHARGE_SETTLED || before == CHARGE_RELEASED) /* never twice */
        return error_set(err, E_CONFLICT, "ledger", "charge %lld was settled before", (long long)charge);
    if (amount != NULL)
        now = *amount;
    else if (state == CHARGE_ESTIMATED)
        now = was;
    int64_t reserved = before == CHARGE_RESERVED ? was.prompt + was.completion : 0;
    int64_t cost_reserved = before == CHARGE_RESERVED ? was.cost : 0;
    int64_t spent = before == CHARGE_ESTIMATED ? was.prompt + was.completion : 0;
    int64_t cost_spent = before == CHARGE_ESTIMATED ? was.cost : 0;
    rc = db_exec(self, err,
                 "UPDATE charges SET state = ?2, prompt = ?3, cached = ?4, completion = ?5, cost = ?6 WHERE charge = ?1",
                 "itiiii", charge, state_names[state], now.prompt, now.cached, now.completion, now.cost);
    return rc != 0 ? rc : add_use(self, charge, now.prompt + now.completion - spent, now.cost - cost_spent, -reserved,
                                  -cost_reserved, err);
}

int ledger_settle(struct store *self, int64_t charge, enum charge_state state, const struct charge_amount *amount,
                   struct error *err)
{
    int rc = store_begin(self, err);
    return rc != 0 ? rc : store_end(self, ledger_settle_within(self, charge, state, amount, err), err);
}

/* The first reserved charge after `after` whose job is no more; 0: none. */
static int next_orphan(struct store *self, int64_t after, int64_t *charge, struct error *err)
{
    sqlite3_stmt *s;
    *charge = 0;
    int rc = db_prepare(self, "SELECT charge, job FROM charges WHERE state = 'reserved' AND charge > ?1 AND held = 0 "
                        "ORDER BY charge", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "i", after) : rc;
    while (rc == 0 && *charge == 0 && (rc = db_step(self, s, err)) == 1) {
        int64_t job = sqlite3_column_int64(s, 1);
        if (job == 0 || !jobs_alive(self->workspace, job))
            *charge = sqlite3_column_int64(s, 0);
        rc = 0;
    }
    db_done(s);
    return rc < 0 ? rc : 0;
}

int ledger_recover(struct store *self, int64_t *n, struct error *err)
{
    int64_t charge = 0;
    int rc = 0;
    *n = 0;
    while (rc == 0 && (rc = next_orphan(self, charge, &charge, err)) == 0 && charge != 0) {
        rc = ledger_settle(self, charge, CHARGE_ESTIMATED, NULL, err);
        *n += rc == 0;
    }
    return rc;
}

/* ---- budgets --------------------------------------------------------------------------------------------- */

/* Counts again what was spent and is reserved in its scope. */
static int count_again(struct store *self, const char *name, struct error *err)
{
    int rc = db_exec(self, err, "DELETE FROM ledger_use WHERE budget = (SELECT budget FROM ledger_budgets WHERE name = ?1)", "t",
                     name);
    return rc != 0 ? rc : db_exec(self, err,
                   "INSERT INTO ledger_use (budget, month, tokens, cost, tokens_reserved, cost_reserved) "
                   "SELECT b.budget, CASE b.period WHEN 'month' THEN c.month ELSE '' END, "
                   "sum(iif(c.state = 'reserved', 0, c.prompt + c.completion)), sum(iif(c.state = 'reserved', 0, c.cost)), "
                   "sum(iif(c.state = 'reserved', c.prompt + c.completion, 0)), sum(iif(c.state = 'reserved', c.cost, 0)) "
                   "FROM ledger_budgets b, charges c WHERE b.name = ?1 AND "
                   CHARGE_IN_SCOPE " GROUP BY 1, 2", "t", name);
}

int ledger_put_budget(struct store *self, const struct ledger_budget *b, struct error *err)
{
    int rc = db_exec(self, err,
                     "INSERT INTO ledger_budgets (name, provider, model, team, phase, period, soft_tokens, hard_tokens, soft_cost, "
                     "hard_cost, month, ends) VALUES (?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, -1), nullif(?8, -1), "
                     "nullif(?9, -1), nullif(?10, -1), nullif(?11, ''), nullif(?12, 0)) ON CONFLICT (name) DO UPDATE SET provider = excluded.provider, "
                     "model = excluded.model, team = excluded.team, phase = excluded.phase, period = excluded.period, "
                     "soft_tokens = excluded.soft_tokens, hard_tokens = excluded.hard_tokens, "
                     "soft_cost = excluded.soft_cost, hard_cost = excluded.hard_cost, month = excluded.month, "
                     "ends = excluded.ends", "ttttttiiii" "ti", b->name, b->provider, b->model, b->team, b->phase, b->monthly ? "month" : "once",
                     b->soft_tokens < 0 ? -1 : b->soft_tokens, b->hard_tokens < 0 ? -1 : b->hard_tokens,
                     b->soft_cost < 0 ? -1 : b->soft_cost, b->hard_cost < 0 ? -1 : b->hard_cost, b->month,
                     b->ends);
    return rc != 0 ? rc : count_again(self, b->name, err);
}

int ledger_remove_budget(struct store *self, const char *name, struct error *err)
{
    int64_t budget = 0;
    int rc = db_int(self, err, &budget, 0, "SELECT budget FROM ledger_budgets WHERE name = ?1", "t", name);
    if (rc == 0 && budget == 0)
        return error_hint(err, error_set(err, E_NOT_FOUND, name, "there is no such budget"), "%s",
                          "`reckon describe budget list` shows them");
    rc = rc != 0 ? rc : db_exec(self, err, "DELETE FROM ledger_use WHERE budget = ?1", "i", budget);
    return rc != 0 ? rc : db_exec(self, err, "DELETE FROM ledger_budgets WHERE budget = ?1", "i", budget);
}

static char *text_or_null(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? NULL : mem_strdup(db_text(s, column));
}

int ledger_each_budget(struct store *self, int64_t now, ledger_budgets_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    char month[LEDGER_MONTH];
    int told = 0, rc = ledger_clock(self, &now, month, err);
    rc = rc != 0 ? rc : db_prepare(self,
                        "SELECT b.name, b.provider, b.model, b.team, b.phase, b.period = 'month', "
                        "ifnull(b.soft_tokens, -1), ifnull(b.hard_tokens, -1), ifnull(b.soft_cost, -1), "
                        "ifnull(b.hard_cost, -1), ifnull(u.tokens, 0), ifnull(u.tokens_reserved, 0), ifnull(u.cost, 0), "
                        "ifnull(u.cost_reserved, 0), ifnull(b.month, ''), ifnull(b.ends, 0) FROM ledger_budgets b "
                        "LEFT JOIN ledger_use u ON u.budget = b.budget AND "
                        "u.month = CASE b.period WHEN 'month' THEN ifnull(b.month, ?1) ELSE '' END ORDER BY b.name", &s, err);
    if (rc != 0)
        return rc;
    rc = db_bind(self, s, err, "t", month);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct ledger_state state = {
            .budget = {.provider = text_or_null(s, 1), .model = text_or_null(s, 2), .team = text_or_null(s, 3),
                       .phase = text_or_null(s, 4), .monthly = sqlite3_column_int(s, 5) != 0,
                       .soft_tokens = sqlite3_column_int64(s, 6), .hard_tokens = sqlite3_column_int64(s, 7),
                       .soft_cost = sqlite3_column_int64(s, 8), .hard_cost = sqlite3_column_int64(s, 9)},
            .tokens = sqlite3_column_int64(s, 10), .tokens_reserved = sqlite3_column_int64(s, 11),
            .cost = sqlite3_column_int64(s, 12), .cost_reserved = sqlite3_column_int64(s, 13)};
        state.budget.ends = sqlite3_column_int64(s, 15);
        snprintf(state.budget.month, sizeof state.budget.month, "%s", db_text(s, 14));
        snprintf(state.budget.name, sizeof state.budget.name, "%s", db_text(s, 0));
        told = fn(context, &state);
        ledger_budget_release(&state.budget);
        rc = 0;
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

int ledger_each_day(struct store *self, const char *budget, int64_t from, ledger_days_fn fn, void *context,
                    struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self,
                        "SELECT date(c.at / 1000, 'unixepoch'), sum(c.prompt + c.completion), sum(c.cost) "
                        "FROM ledger_budgets b, charges c WHERE b.name = ?1 AND c.at >= ?2 AND c.state <> 'reserved' AND "
                        CHARGE_IN_SCOPE " GROUP BY 1 ORDER BY 1", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "ti", budget, from) : rc;
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        told = fn(context, db_text(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2));
        rc = 0;
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

/* ---- the ledger in sums ---------------------------------------------------------------------------------- */

#define SUMS(key)                                                                                                  \
    "SELECT " key ", count(*), sum(prompt), sum(cached), sum(completion), sum(cost), sum(state = 'estimated'), "   \
    "sum(state = 'reserved') FROM charges WHERE at >= ?1 AND at < ?2 GROUP BY 1 ORDER BY 1"

static const struct {
    const char *by, *sql;
} sums[] = {
    {"provider", SUMS("provider")}, {"model", SUMS("model")}, {"team", SUMS("team")}, {"phase", SUMS("phase")},
    {"purpose", SUMS("purpose")}, {"month", SUMS("month")}, {"state", SUMS("state")},
    {"day", SUMS("date(at / 1000, 'unixepoch')")},
};

int ledger_sums(struct store *self, const char *by, int64_t from, int64_t until, charge_sums_fn fn, void *context,
                 struct error *err)
{
    const char *sql = NULL;
    sqlite3_stmt *s;
    int told = 0;
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        sql = strcmp(sums[i].by, by) == 0 ? sums[i].sql : sql;
    if (sql == NULL)
        return error_set(err, E_USAGE, by, "the ledger is not summed by that");
    int rc = db_prepare(self, sql, &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "ii", from, until) : rc;
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct charge_sum sum = {
            .key = db_text(s, 0), .calls = sqlite3_column_int64(s, 1),
            .amount = {sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3), sqlite3_column_int64(s, 4),
                       sqlite3_column_int64(s, 5)},
            .estimated = sqlite3_column_int64(s, 6), .reserved = sqlite3_column_int64(s, 7)};
        told = fn(context, &sum);
        rc = 0;
    }
    db_done(s);
    return rc < 0 ? rc : told;
}
