/* privacy budget show | set. */
#include <string.h>

#include "base/clock.h"
#include "command/audited.h"
#include "command/commands.h"
#include "privacy/noisy.h"
#include "store/budgets.h"

struct showing {
    struct app *app;
    struct result *out;
    struct error *err;
};

static int add_budget(void *context, const struct budget_record *r)
{
    struct showing *s = context;
    struct budget_spend sums;
    int rc = budgets_spent(s->app->store, r->data_set, &sums, s->err);
    if (rc != 0)
        return rc;
    struct account_budget budget = {r->epsilon, r->delta, r->zcdp ? ACCOUNT_ZCDP : ACCOUNT_BASIC};
    struct account_cost spent = {sums.epsilon, sums.delta, sums.rho};
    result_add_text(s->out, r->data_set);
    result_add_real(s->out, (double)r->epsilon / ACCOUNT_EPSILON);
    result_add_real(s->out, (double)r->delta / ACCOUNT_DELTA);
    result_add_text(s->out, r->zcdp ? "zcdp" : "basic");
    result_add_int(s->out, sums.spend);
    result_add_real(s->out, (double)sums.epsilon / ACCOUNT_EPSILON);
    result_add_real(s->out, (double)sums.delta / ACCOUNT_DELTA);
    result_add_real(s->out, (double)sums.rho / ACCOUNT_RHO);
    result_add_real(s->out, 100 * account_left(&budget, &spent));
    return 0;
}

static int add_spend(void *context, const struct budget_spend *p)
{
    struct result *t = context;
    result_add_int(t, p->spend);
    result_add_time(t, p->at);
    result_add_text(t, p->data_set);
    result_add_text(t, p->query);
    result_add_real(t, (double)p->epsilon / ACCOUNT_EPSILON);
    result_add_real(t, (double)p->delta / ACCOUNT_DELTA);
    result_add_real(t, (double)p->rho / ACCOUNT_RHO);
    return 0;
}

static int add_spends(struct app *app, const char *set, struct result *out, struct error *err)
{
    struct result *t = result_add_table(out, "spends");
    if (t == NULL)
        return error_nomem(err, "the budget");
    result_set_title(t, "What was spent of %s", set);
    result_add_column(t, "spend", CELL_INT, "", "", -1);
    result_add_column(t, "at", CELL_TIME, "", "", -1);
    result_add_column(t, "data", CELL_TEXT, "", "", -1);
    result_add_column(t, "query", CELL_TEXT, "", "", -1);
    result_add_column(t, "epsilon", CELL_REAL, "", "", -1);
    result_add_column(t, "delta", CELL_REAL, "", "", -1);
    result_add_column(t, "rho", CELL_REAL, "", "", -1);
    return budgets_spends(app->store, set, add_spend, t, err);
}

static int show(struct app *app, const char *set, struct result *out, struct error *err)
{
    struct showing s = {app, out, err};
    result_add_column(out, "data", CELL_TEXT, "", "", -1);
    result_add_column(out, "epsilon", CELL_REAL, "", "what may be spent", -1);
    result_add_column(out, "delta", CELL_REAL, "", "", -1);
    result_add_column(out, "composition", CELL_TEXT, "", "basic: the epsilons add up; zcdp: the rhos do, which is less "
                      "for many answers", -1);
    result_add_column(out, "answers", CELL_INT, "", "", -1);
    result_add_column(out, "spent_epsilon", CELL_REAL, "", "the sum", -1);
    result_add_column(out, "spent_delta", CELL_REAL, "", "", -1);
    result_add_column(out, "spent_rho", CELL_REAL, "", "of zero-concentrated differential privacy", -1);
    result_add_column(out, "left", CELL_REAL, "%", "", 2);
    int rc = budgets_each(app->store, add_budget, &s, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "There is none: nothing may be spent. reckon privacy budget set events --epsilon 1 --yes");
    return rc != 0 || set == NULL ? rc : add_spends(app, set, out, err);
}

static int run_show(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return show(app, args_text(args, "data"), out, err);
}

static const struct command_param show_params[] = {
    {"data", PT_CHOICE, PF_POSITIONAL, NULL, 0, 0, "events|users", "whose spends are listed too"},
    {0},
};

const struct command command_privacy_budget_show = {
    .name = "privacy budget show",
    .summary = "show the budget of noisy answers: what was spent, what is left",
    .description = "Events and users are about the same people: what a person loses at most is the sum of both.",
    .examples = "  reckon privacy budget show\n  reckon privacy budget show events\n",
    .params = show_params,
    .flags = CF_WORKSPACE,
    .run = run_show,
};

static const char *composition_of(const struct budget_record *r)
{
    return r->zcdp ? "zcdp" : "basic";
}

static bool more_than(const struct budget_record *now, const struct budget_record *was)
{
    return now->epsilon > was->epsilon || now->delta > was->delta || now->zcdp != was->zcdp;
}

static int run_set(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct budget_record r = {.data_set = args_text(args, "data"), .since = clock_now_ms(),
                              .zcdp = strcmp(args_text(args, "composition"), "zcdp") == 0};
    struct budget_record was = {0};
    bool found = false;
    double epsilon = args_real(args, "epsilon");
    int rc = epsilon > 0 ? account_epsilon(epsilon, &r.epsilon, err) : 0;
    rc = rc != 0 ? rc : account_delta(args_real(args, "delta"), &r.delta, err);
    if (rc == 0 && r.zcdp && r.delta == 0 && r.epsilon > 0) {
        error_set(err, E_USAGE, "--delta", "is missing: zcdp promises an epsilon with a delta only");
        rc = error_hint(err, E_USAGE, "well below 1 / the number of people: 1e-6 for a hundred thousand");
    }
    rc = rc != 0 ? rc : store_begin(app->store, err);
    if (rc != 0)
        return rc;
    rc = budgets_get(app->store, r.data_set, &was, &found, err);
    rc = rc != 0 ? rc : budgets_set(app->store, &r, err);
    rc = audited_end(app, "privacy budget",
                     json_pack("{s:s, s:I, s:I, s:s, s:I, s:I, s:s}", "data_set", r.data_set, "epsilon_millionths",
                               (json_int_t)r.epsilon, "delta_e15", (json_int_t)r.delta, "composition",
                               composition_of(&r), "was_epsilon_millionths", (json_int_t)was.epsilon, "was_delta_e15",
                               (json_int_t)was.delta, "was_composition", found ? composition_of(&was) : "none"),
                     rc, err);
    if (rc == 0 && found && more_than(&r, &was))
        result_note(out, "More may be told than was promised before: %s had an epsilon of %g and a delta of %g (%s). The "
                    "audit log shows who allowed it.", r.data_set, (double)was.epsilon / ACCOUNT_EPSILON,
                    (double)was.delta / ACCOUNT_DELTA, composition_of(&was));
    return rc != 0 ? rc : show(app, NULL, out, err);
}

/* What takes away needs no second thought. */
static bool allows_nothing(const struct args *args)
{
    return args_real(args, "epsilon") <= 0;
}

static const struct command_param set_params[] = {
    {"data", PT_CHOICE, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, "events|users", "what of"},
    {"epsilon", PT_REAL, PF_REQUIRED, NULL, 0, 1000, NULL, "what may be spent in all; 0: nothing"},
    {"delta", PT_REAL, 0, "0", 0, 1, NULL, "the probability with which that may not hold; needed for Gaussian noise "
     "and zcdp"},
    {"composition", PT_CHOICE, 0, "basic", 0, 0, "basic|zcdp", "how answers add up"},
    {0},
};

const struct command command_privacy_budget_set = {
    .name = "privacy budget set",
    .summary = "say how much privacy may be spent on noisy answers",
    .description = "What is told cannot be taken back: anything but an epsilon of 0 asks for confirmation. What was spent "
                   "stays spent, whatever the budget is set to; a restored backup does not give it back either. The "
                   "change, with what held before, is in the audit log.",
    .examples = "  reckon privacy budget set events --epsilon 2 --yes\n"
                "  reckon privacy budget set events --epsilon 2 --delta 1e-6 --composition zcdp --yes\n"
                "  reckon privacy budget set events --epsilon 0\n",
    .params = set_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_DESTRUCTIVE,
    .harmless = allows_nothing,
    .run = run_set,
};
