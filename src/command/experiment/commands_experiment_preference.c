/* experiment preference: which of two rankers in one list people prefer. */
#include <math.h>

#include "base/mem.h"
#include "command/commands.h"
#include "experiment/interleaving.h"

static void add_answer(struct result *out, const struct preference *p, const struct design *d)
{
    const struct interleave_answer *a = &p->answer;
    const double wins[] = {a->wins_a, a->wins_b};
    result_add_column(out, "arm", CELL_TEXT, "", "", 0);
    result_add_column(out, "credit", CELL_INT, "items", "of its picks that were clicked, looked at, put into the cart or "
                                                        "bought; each item of a list once", 0);
    result_add_column(out, "preferred", CELL_INT, "users", "who did more with its picks", 0);
    for (size_t i = 0; i < 2; i++) {
        result_add_text(out, d->arms[i].name);
        result_add_int(out, (int64_t)p->credit[i]);
        result_add_int(out, (int64_t)wins[i]);
    }
    bool decided = a->p < d->alpha;
    const char *winner = d->arms[a->wins_b > a->wins_a].name;
    result_fact_text(out, "verdict", decided ? "preferred" : "open");
    if (decided)
        result_fact_text(out, "preferred", winner);
    result_fact_int(out, "users", (int64_t)p->users, "who did something with a list");
    result_fact_int(out, "no preference", (int64_t)a->ties, "users");
    result_fact_real(out, "share", wins[0] + wins[1] > 0 ? 100 * wins[1] / (wins[0] + wins[1]) : (double)NAN,
                     "% of those with a preference are for the second arm");
    result_fact_real(out, "low", 100 * a->low, "%");
    result_fact_real(out, "high", 100 * a->high, "%");
    result_fact_real(out, "p", a->p, "sign test over users");
    result_fact_real(out, "p of means", a->mean_p, "paired t over users");
    if (decided)
        result_note(out, "People prefer %s: %.0f users against %.0f, which chance does in %.2g of such tests.", winner,
                    fmax(wins[0], wins[1]), fmin(wins[0], wins[1]), a->p);
    else
        result_note(out, "No preference is shown yet: %.0f users for %s, %.0f for %s.", wins[0], d->arms[0].name, wins[1],
                    d->arms[1].name);
    result_note(out, "This is what people prefer when they see both, not what either earns: confirm the winner by a test. "
                     "Read it once, at the end, or at the times that were planned: the sign test is no always-valid one.");
}

static int run_preference(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct experiment_record record = {.experiment = 0};
    struct preference preference;
    struct design *d = mem_zalloc(1, sizeof *d);
    int rc = d == NULL ? error_nomem(err, "experiment preference")
                       : experiments_find(app->store, args_text(args, "name"), &record, err);
    if (rc == 0)
        rc = design_read(d, record.design, record.name, err);
    if (rc == 0 && !d->interleave) {
        rc = error_set(err, E_USAGE, record.name, "shows each user one arm, and interleaves nothing");
        rc = error_hint(err, rc, "reckon experiment report %s", record.name);
    }
    if (rc == 0)
        rc = interleaving_read(&preference, app->store, record.experiment, d, err);
    if (rc == 0)
        add_answer(out, &preference, d);
    experiment_record_release(&record);
    mem_free(d);
    return rc;
}

static const struct command_param preference_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the experiment"}, {0}};

const struct command command_experiment_preference = {
    .name = "experiment preference",
    .summary = "which of two interleaved rankers people prefer",
    .description = "Of an experiment that was designed with --interleave: everybody gets one list in which both arms pick "
                   "in turn (team draft). What is clicked, looked at, put into the cart or bought counts for whose pick "
                   "it was; a user has one voice. It takes far fewer users than a test of the same change, but says what "
                   "people prefer, not what it earns.",
    .examples = "  reckon experiment design rank --metric conversion --interleave --scenario home \\\n"
                "      --arm now=model:ease --arm next=model:blend\n"
                "  reckon experiment preference rank\n",
    .params = preference_params,
    .flags = CF_WORKSPACE,
    .run = run_preference,
};
