/* experiment value: what another policy would have earned, before anybody is shown it. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "command/commands.h"
#include "command/experiment/logged_places.h"
#include "store/experiments.h"

#define TWO_SIDED_95 1.959963984540054

/* Figures that belong to every estimate, also to one that is refused. */
static void add_facts(struct result *out, const struct value *v)
{
    result_fact_int(out, "rounds", (int64_t)v->rounds, "");
    result_fact_real(out, "as it was", v->logged, "");
    if (v->overlap.mean_weight_se > 0 || v->overlap.mean_weight > 0) {
        result_fact_text(out, "overlap", policy_support_name(v->overlap.support));
        result_fact_real(out, "mean weight", v->overlap.mean_weight, "");
        result_fact_real(out, "largest weight", v->overlap.max_weight, "");
        result_fact_real(out, "effective", v->overlap.effective, "rounds");
        result_fact_real(out, "never shown", 100 * v->unseen, "%");
    }
}

static void add_lines(struct result *out, const struct value *v, const double *on_policy)
{
    result_add_column(out, "estimator", CELL_TEXT, "", "", 0);
    result_add_column(out, "value", CELL_REAL, "", "by round (of a list: by list), under the other policy", -1);
    result_add_column(out, "low", CELL_REAL, "", "", -1);
    result_add_column(out, "high", CELL_REAL, "", "", -1);
    result_add_column(out, "effective", CELL_REAL, "rounds", "that the estimate is as good as", 0);
    result_add_column(out, "cut", CELL_REAL, "%", "of the rounds weigh less than they should", 2);
    if (on_policy != NULL)
        result_add_column(out, "holds", CELL_BOOL, "", "the interval holds what the policy earned when it ran", 0);
    for (size_t i = 0; i < v->n_lines; i++) {
        const struct value_line *l = &v->lines[i];
        result_add_text(out, l->estimator);
        result_add_real(out, l->known ? l->value : (double)NAN);
        result_add_real(out, l->known ? l->low : (double)NAN);
        result_add_real(out, l->known ? l->high : (double)NAN);
        result_add_real(out, l->known ? l->effective : (double)NAN);
        result_add_real(out, l->known ? 100 * l->cut : (double)NAN);
        if (on_policy != NULL && l->known && strncmp(l->estimator, "list", 4) != 0)
            result_add_bool(out, l->low <= *on_policy && *on_policy <= l->high);
        else if (on_policy != NULL)
            result_add_null(out);
        if (!l->known)
            result_note(out, "%s: %s", l->estimator, l->why);
    }
}

/* Other weights of an experiment's arms. */

static int read_weights(const struct args *args, const struct design *d, uint32_t *weights, struct error *err)
{
    const char *text = args_text(args, "weights");
    size_t n = 1;
    for (const char *c = text != NULL ? text : ""; *c != '\0'; c++)
        n += *c == ',';
    if (text != NULL && n == d->n_arms && strspn(text, "0123456789,") == strlen(text) &&
        design_weights(d, text, weights, NULL) == 0)
        return 0;
    error_set(err, E_USAGE, text != NULL ? text : "experiment value",
              "%s a weight for each of the %zu arms, in basis points that sum to 10000",
              text != NULL ? "is not" : "of an experiment needs", d->n_arms);
    return error_hint(err, E_USAGE, "as in --weights 2000,8000");
}

static int of_experiment(struct app *app, const struct args *args, struct value *value, struct error *err)
{
    struct experiment_record record = {.experiment = 0};
    uint32_t weights[DESIGN_ARMS_MAX];
    struct design *d = mem_zalloc(1, sizeof *d);
    int rc = d == NULL ? error_nomem(err, "experiment value") : app_open_store(app, false, err);
    if (rc == 0)
        rc = experiments_find(app->store, args_text(args, "name"), &record, err);
    if (rc == 0)
        rc = design_read(d, record.design, record.name, err);
    if (rc == 0)
        rc = metric_bind(&d->metrics[0].metric, 1, app->store, err);
    if (rc == 0)
        rc = read_weights(args, d, weights, err);
    if (rc == 0)
        rc = value_of_weights(value, app->store, record.experiment, d, weights, args_real(args, "lambda"), app->job,
                              err);
    experiment_record_release(&record);
    mem_free(d);
    return rc;
}

/* Another policy, on logs from a file. */

static int read_policy(struct app *app, const struct args *args, struct logged_rounds *logged, double **policy,
                       double *mean, double *se, char valued[96], struct error *err)
{
    const char *table = args_text(args, "policy"), *log = args_text(args, "policy-log"), *model = args_text(args, "model");
    struct logged_rounds ran = {.n = 0};
    if (model != NULL)
        return logged_places_model(logged, app->store, model, valued, app->job, err);
    if (table != NULL)
        return logged_rounds_policy(logged, table, policy, err);
    if (log == NULL) {
        if (logged->has_target)
            return 0;
        error_set(err, E_USAGE, "experiment value", "what is the other policy?");
        return error_hint(err, E_USAGE, "give --policy FILE with item_id, position and probability, --policy-log FILE "
                                        "with what it showed, or a column `target` beside each propensity");
    }
    int rc = logged_rounds_read(&ran, log, args, app->job, err);
    if (rc == 0)
        rc = logged_rounds_policy_log(logged, &ran, policy, mean, se, err);
    logged_rounds_release(&ran);
    return rc;
}

static int read_rounds(struct app *app, const struct args *args, struct logged_rounds *logged, struct error *err)
{
    if (!args_flag(args, "slates"))
        return logged_rounds_read(logged, args_text(args, "log"), args, app->job, err);
    *logged = (struct logged_rounds){.n = 0};
    int rc = app_open_store(app, false, err);
    return rc != 0 ? rc : logged_rounds_slates(logged, app->store, args_int(args, "days"), args_text(args, "scenario"),
                                               err);
}

static int of_log(struct app *app, const struct args *args, struct value *value, double *mean, double *se,
                  char valued[96], struct error *err)
{
    struct logged_rounds logged;
    double *policy = NULL;
    int rc = read_rounds(app, args, &logged, err);
    if (rc == 0)
        rc = read_policy(app, args, &logged, &policy, mean, se, valued, err);
    if (rc == 0 && policy != NULL && args_flag(args, "slates")) {
        rc = logged_places_policy(&logged, app->store, policy, app->job, err);
        mem_free(policy);
        policy = NULL;
    }
    if (rc == 0) {
        struct value_rounds rounds = logged_rounds_view(&logged, policy);
        rc = value_of_rounds(value, &rounds, args_real(args, "lambda"), args_real(args, "alpha"), err);
    }
    mem_free(policy);
    logged_rounds_release(&logged);
    return rc;
}

static int run_value(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    double mean = 0, se = 0;
    char valued[96] = "";
    bool name = args_text(args, "name") != NULL, ran = args_text(args, "policy-log") != NULL;
    struct value value = {.rounds = 0};
    int ways = name + (args_text(args, "log") != NULL) + args_flag(args, "slates");
    if (ways != 1) {
        error_set(err, E_USAGE, "experiment value", ways > 1 ? "takes an experiment, --log or --slates, and not several"
                                                             : "needs an experiment, or logs");
        return error_hint(err, E_USAGE, "reckon experiment value NAME --weights 2000,8000, or reckon experiment value "
                                        "--log FILE --policy FILE");
    }
    if (args_text(args, "model") != NULL && (!args_flag(args, "slates") || args_text(args, "policy") != NULL || ran)) {
        error_set(err, E_USAGE, "--model", "is valued on the shop's own slates, and instead of another policy");
        return error_hint(err, E_USAGE, "reckon experiment value --slates --model NAME");
    }
    int rc = name ? of_experiment(app, args, &value, err) : of_log(app, args, &value, &mean, &se, valued, err);
    if (rc != 0 && value.overlap.mean_weight <= 0)
        return rc;
    add_facts(out, &value);
    if (rc != 0)
        return rc;
    add_lines(out, &value, ran ? &mean : NULL);
    if (valued[0] != '\0')
        result_note(out, "Valued is what %s would have drawn for these places, by what it would have known then; of a list, what is "
                         "earned by all places that were drawn on it.", valued);
    if (ran) {
        result_fact_real(out, "on policy", mean, "");
        result_fact_real(out, "on policy, low", mean - TWO_SIDED_95 * se, "");
        result_fact_real(out, "on policy, high", mean + TWO_SIDED_95 * se, "");
        result_note(out, "The other policy is taken as the shares of what its log shows; that these are themselves "
                         "counted is not in the intervals.");
    }
    return 0;
}

static const struct command_param value_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL, NULL, 0, 0, NULL, "the experiment; or --log"},
    {"weights", PT_TEXT, 0, NULL, 0, 0, NULL, "of its arms in basis points, together 10000"},
    {"log", PT_PATH, 0, NULL, 0, 0, NULL, "rounds of a policy that ran: item_id, position, click, propensity_score"},
    {"slates", PT_FLAG, 0, NULL, 0, 0, NULL, "instead: the places that were drawn on the shop's own slates"},
    {"days", PT_INT, 0, "30", 1, 36500, NULL, "of --slates: the last so many"},
    {"scenario", PT_TEXT, PF_SCENARIO, NULL, 0, 0, NULL, "of --slates: only that one"},
    {"policy", PT_PATH, 0, NULL, 0, 0, NULL, "the other policy: item_id, position and probability"},
    {"model", PT_TEXT, PF_MODEL, NULL, 0, 0, NULL, "of --slates, instead of --policy: what this model would have drawn"},
    {"policy-log", PT_PATH, 0, NULL, 0, 0, NULL, "instead: what the other policy showed when it ran"},
    {"column", PT_SETTING, PF_MANY, NULL, 0, 0, NULL,
     "what a column of the logs is called: item, reward, propensity, position, target, user or slate = NAME"},
    {"lambda", PT_REAL, 0, "10", 0, 1e9, NULL, "weights above it are cut (clipped), not used (switch) or shrunk"},
    {"alpha", PT_REAL, 0, "0.05", 1e-9, 0.49, NULL, "of the intervals of --log; an experiment has its own"},
    {0},
};

const struct command command_experiment_value = {
    .name = "experiment value",
    .summary = "what another policy would have earned, from logs with propensities",
    .description =
        "Off-policy evaluation: IPS, SNIPS, clipped, DM, DR, self-normalised DR, SWITCH and shrunk DR, and of whole "
        "lists (rounds with a slate) independent and cascade (RIPS) weights and cascade DR; each with its interval and "
        "the rounds that it is as good as.\n\n"
        "Of an experiment: other weights of its arms, from its exposures; the reward is the primary metric by user. Of the "
        "shop's own slates: another choice of items, or another model's, for the places that were drawn (new items); the "
        "reward is 1 when "
        "something was done with the item. Of "
        "logs from a file: another policy over items and positions. Intervals are by user, or by list, when the logs "
        "name them.\n\n"
        "Where the logs cannot answer (what the policy would do was never or hardly shown, weights that do not average "
        "1, too few rounds behind them) it refuses, and says why.",
    .examples = "  reckon experiment value banner --weights 1000,9000\n"
                "  reckon experiment value --log random.csv --policy-log thompson.csv\n"
                "  reckon experiment value --slates --scenario home --policy next.csv\n"
                "  reckon experiment value --slates --model content@2\n"
                "  reckon experiment value --log log.csv --policy next.csv --column reward=purchase --column user=uid\n",
    .params = value_params,
    .flags = CF_LONG,
    .run = run_value,
};
