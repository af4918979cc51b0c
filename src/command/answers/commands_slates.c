/* What came of the slates that the server gave out: slates report. */
#include "base/clock.h"
#include "command/commands.h"
#include "experiment/credit.h"
#include "store/slates.h"

struct report {
    struct result *out;
    int64_t slates, seen, clicks, seen_clicks;
};

static void add_rate(struct result *out, const struct slate_credit *c)
{
    struct credit_rate rate;
    if (!credit_rate(c, &rate)) {
        for (int i = 0; i < 3; i++)
            result_add_null(out);
        return;
    }
    result_add_real(out, rate.rate);
    result_add_real(out, rate.low);
    result_add_real(out, rate.high);
}

static int add_credit(void *context, const struct slate_credit *c)
{
    struct report *r = context;
    result_add_text(r->out, c->scenario);
    result_add_text(r->out, c->model);
    result_add_int(r->out, c->slates);
    result_add_int(r->out, c->seen);
    result_add_int(r->out, c->impressions);
    result_add_int(r->out, c->clicks);
    result_add_int(r->out, c->orders);
    add_rate(r->out, c);
    result_add_int(r->out, c->drawn);
    result_add_int(r->out, c->drawn_clicks);
    r->slates += c->slates;
    r->seen += c->seen;
    r->clicks += c->clicks;
    r->seen_clicks += c->seen_clicks;
    return 0;
}

static void add_columns(struct result *out)
{
    result_add_column(out, "scenario", CELL_TEXT, "", "", -1);
    result_add_column(out, "model", CELL_TEXT, "", "that answered", -1);
    result_add_column(out, "slates", CELL_INT, "slates", "given out", -1);
    result_add_column(out, "seen", CELL_INT, "slates", "of which at least one item was seen, clicked or bought", -1);
    result_add_column(out, "impressions", CELL_INT, "items", "events of kind exposure that name the slate", -1);
    result_add_column(out, "clicks", CELL_INT, "items", "of kind click or view", -1);
    result_add_column(out, "orders", CELL_INT, "items", "of kind purchase; each item of a slate counts once", -1);
    result_add_column(out, "rate", CELL_REAL, "", "of the impressions, those that were clicked", 4);
    result_add_column(out, "low", CELL_REAL, "", "95 % interval (Wilson)", 4);
    result_add_column(out, "high", CELL_REAL, "", "", 4);
    result_add_column(out, "drawn", CELL_INT, "items", "of the slates seen, those that were drawn for their place", -1);
    result_add_column(out, "drawn_hits", CELL_INT, "items", "of those, clicked or bought", -1);
}

static int run_report(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int64_t days = args_int(args, "days");
    struct report report = {.out = out};
    add_columns(out);
    int rc = slates_credit(app->store, clock_now_ms() - days * CLOCK_DAY_MS, add_credit, &report, err);
    if (rc != 0)
        return rc;
    result_fact_int(out, "days", days, "days");
    result_fact_int(out, "slates", report.slates, "slates");
    if (report.slates == 0)
        result_note(out, "No slate was recorded: `reckon serve` records what it gives out (the settings "
                         "serve.slates-share and serve.slates-days).");
    else if (report.seen == 0)
        result_note(out, "No event names one of these slates: post exposures, clicks and purchases with the slate and "
                         "position of the answer that they came from.");
    if (report.clicks > report.seen_clicks)
        result_note(out, "%lld clicks are on items that nobody reported as seen; they are not in the rate.",
                    (long long)(report.clicks - report.seen_clicks));
    result_note(out, "The people behind impressions differ by model and scenario as long as nobody was assigned by "
                     "chance: this describes, it does not compare.");
    return 0;
}

static const struct command_param report_params[] = {
    {"days", PT_INT, 0, "30", 1, 36500, NULL, "slates given out in the last so many days"},
    {0},
};

const struct command command_slates_report = {
    .name = "slates report",
    .summary = "impressions, clicks and orders of the slates that the server gave out",
    .description = "Every answer of the server names its slate; events that name it too (the widget's do) are credited "
                   "to it, when they are about an item that was on it. By scenario and model.",
    .examples = "  reckon slates report\n  reckon slates report --days 7 --json\n",
    .params = report_params,
    .flags = CF_WORKSPACE,
    .run = run_report,
};
