/* train, evaluate, compare, models kinds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/curves.h"
#include "base/mem.h"
#include "command/commands.h"
#include "command/details.h"
#include "command/protocol.h"
#include "train/cold_start.h"
#include "train/models.h"
#include "train/retrain.h"

/* With what the items are described by, and what is known of people, when one of the recipes learns from it. */
static int load_data(struct app *app, const struct args *args, const struct recipe *recipes, size_t n, bool names,
                     struct training_data *data, struct error *err)
{
    struct training_data_options o = {.window_days = args_real(args, "data-days"), .user_names = names};
    for (size_t i = 0; i < n; i++) {
        o.terms |= recipes[i].kind->reads_terms;
        o.traits |= recipes[i].kind->reads_traits;
    }
    return training_data_load(data, app->store, &o, app->job, err);
}

/* ---- train --------------------------------------------------------------------------------------------- */

/* Files the figures under the model. */
static int keep_metrics(struct store *store, int64_t model, const struct trial *t, const char *label,
                        struct error *err)
{
    const struct trial_model *m = &t->models[0];
    int rc = store_begin(store, err);
    for (uint32_t c = 0; rc == 0 && c < m->evaluation.n_columns; c++) {
        const struct evaluate_column *column = &m->evaluation.column[c];
        char metric[64];
        metric_label(column->metric, column->k, metric, sizeof metric);
        if (isfinite(column->mean))
            rc = registry_put_metric(store, model, label, metric, column->mean, m->interval[c].low, m->interval[c].high, err);
    }
    return store_end(store, rc, err);
}

struct curve_keeping {
    struct store *store;
    int64_t model;
    struct error *err;
};

static int keep_curve(void *context, const struct curve *c)
{
    const struct curve_keeping *k = context;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < c->n; i++)
        rc = registry_put_point(k->store, k->model, c->name, c->x_unit, c->x[i], c->y[i], k->err);
    return rc;
}

/* And the curves of its training, for those who train the next one. */
static int keep_curves(struct app *app, int64_t model, struct error *err)
{
    struct curve_keeping keeping = {app->store, model, err};
    if (!job_keeps_points(app->job))
        return 0;
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = curves_each(app->job->curves, keep_curve, &keeping);
    return store_end(app->store, rc, err);
}

/* What was measured before the training on everything; empty when it could not be. */
struct measured {
    struct trial trial;
    struct trial_options options;
    char why_not[512];
};

static int measure_first(struct measured *out, struct app *app, const struct args *args,
                         const struct training_data *data, const struct recipe *recipe, struct error *err)
{
    int rc = protocol_from_args(&out->options, app, args, data, err);
    if (rc != 0 || args_flag(args, "no-evaluate"))
        return rc;
    rc = trial_run(&out->trial, data, recipe, 1, &out->options, err);
    if (rc != E_BAD_DATA)
        return rc;
    snprintf(out->why_not, sizeof out->why_not, "%s", err != NULL ? err->why : "");
    return 0;
}

static void report_model(struct result *out, const struct model_record *r, const struct measured *m, double seconds)
{
    char spec[96];
    snprintf(spec, sizeof spec, "%s@%lld", r->name, (long long)r->version);
    result_fact_text(out, "model", spec);
    result_fact_text(out, "stage", r->stage);
    result_fact_int(out, "events", r->data_events, "");
    result_fact_int(out, "users", r->data_users, "");
    result_fact_int(out, "items", r->data_items, "");
    result_fact_real(out, "training", seconds, "s");
    result_fact_text(out, "file", r->file);
    result_fact_int(out, "bytes", r->bytes, "");
    result_fact_text(out, "sha256", r->checksum);
    if (r->note[0] != '\0')
        result_note(out, "%s", r->note);
    if (m->why_not[0] != '\0')
        result_note(out, "Not measured: %s.", m->why_not);
    if (m->trial.n_models > 0)
        result_note(out, "The figures are of the same recipe, trained without what was held out; the model itself learnt from everything.");
    result_note(out, "Next: reckon models promote %s", spec);
}

static int train_and_publish(struct app *app, const struct args *args, const struct training_data *data,
                             const struct recipe *recipe, struct measured *m, struct result *out, struct error *err)
{
    struct train_context ctx = recipe_context(recipe);
    ctx.seed = m->options.seed;
    ctx.pool = m->options.pool;
    ctx.job = app->job;
    ctx.validation = m->options.split;
    struct model *model;
    struct model_record record;
    char label[80];
    const char *name = args_text(args, "name");
    double started = clock_seconds();
    int rc = model_train(&model, recipe->kind, &data->dataset, &ctx, err);
    if (rc != 0)
        return rc;
    double seconds = clock_seconds() - started;
    char *how = retrain_describe(recipe, args_real(args, "data-days"), data->next_event, &m->options.split);
    struct model_lineage lineage = {.data = data, .seed = m->options.seed, .note = ctx.note, .recipe = how};
    rc = how == NULL ? error_nomem(err, "training")
                     : models_publish(app->store, name != NULL ? name : recipe->kind->name, model, &lineage, app->job,
                                      &record, err);
    free(how);
    model_free(model);
    if (rc == 0)
        rc = keep_curves(app, record.model, err);
    if (rc != 0)
        return rc;
    if (m->trial.n_models > 0) {
        protocol_label(&m->options, label, sizeof label);
        rc = keep_metrics(app->store, record.model, &m->trial, label, err);
        if (rc == 0)
            rc = protocol_report(out, &m->trial, &m->options, err);
    }
    if (rc == 0)
        report_model(out, &record, m, seconds);
    model_record_release(&record);
    return rc;
}

static int run_train(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct training_data data;
    struct recipe recipe;
    struct measured measured = {0};
    int rc = recipe_init(&recipe, args_text(args, "model"), app->store, err);
    if (rc == 0)
        rc = protocol_set_params(&recipe, 1, args, err);
    if (rc == 0 && args_text(args, "name") != NULL)
        rc = models_check_name(args_text(args, "name"), err);
    if (rc == 0)
        rc = load_data(app, args, &recipe, 1, false, &data, err);
    if (rc != 0)
        return rc;
    rc = measure_first(&measured, app, args, &data, &recipe, err);
    if (rc == 0)
        rc = train_and_publish(app, args, &data, &recipe, &measured, out, err);
    trial_release(&measured.trial);
    training_data_release(&data);
    return rc;
}

static const struct command_param train_params[] = {
    {"model", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_RECIPE, NULL, 0, 0, NULL, "a kind of model, or NAME@VERSION: as that one was trained"},
    {"name", PT_TEXT, 0, NULL, 0, 0, NULL, "the name it gets in the registry; default: its kind"},
    {"no-evaluate", PT_FLAG, 0, NULL, 0, 0, NULL, "do not measure the recipe on held-out data first"},
    PROTOCOL_PARAMS,
    {0},
};

const struct command command_train = {
    .name = "train",
    .summary = "train a model on all data and register it as a candidate",
    .description = "First the recipe is trained without the held-out data and measured, so that the model has figures beside it; "
                   "then it is trained on everything, written to models/ and registered with its lineage. The same data, seed and "
                   "build give the same file, byte for byte.",
    .examples = "  reckon train blend\n  reckon train ease --lambda 300 --counting sum --half-life-days 60 --name ease-recent\n",
    .params = train_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG | CF_MODEL_PARAMS,
    .run = run_train,
};

/* ---- evaluate, compare --------------------------------------------------------------------------------- */

static bool wants_names(const struct args *args)
{
    return args_flag(args, "details") || args_text(args, "dump") != NULL || args_text(args, "per-user") != NULL;
}

static int check_details(const struct args *args, const struct trial_options *o, uint32_t seeds, struct error *err)
{
    if (args_flag(args, "details") && seeds > 1) {
        error_set(err, E_USAGE, "--details", "looks at the users of one split, and --seeds makes %u", seeds);
        return error_hint(err, E_USAGE, "leave one of them out");
    }
    if (args_flag(args, "details") && o->k[0] > DETAILS_K_MAX)
        return error_set(err, E_USAGE, "--details", "looks at lists of at most %d items", DETAILS_K_MAX);
    if (args_text(args, "by") != NULL && !args_flag(args, "details")) {
        error_set(err, E_USAGE, "--by", "adds segments to --details, which is not given");
        return error_hint(err, E_USAGE, "give both");
    }
    return 0;
}

static int run_trial(struct app *app, const struct args *args, const char *const *names, size_t n, uint32_t seeds,
                     const char *dump, struct result *out, struct error *err)
{
    struct training_data data = {0};
    struct trial trial = {0};
    struct trial_options options;
    struct recipe *recipes = mem_zalloc(n, sizeof *recipes);
    int rc = recipes == NULL ? error_nomem(err, "evaluation") : 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = recipe_init(&recipes[i], names[i], app->store, err);
    if (rc == 0)
        rc = protocol_set_params(recipes, n, args, err);
    if (rc == 0)
        rc = load_data(app, args, recipes, n, wants_names(args), &data, err);
    if (rc == 0)
        rc = protocol_from_args(&options, app, args, &data, err);
    if (rc == 0)
        rc = check_details(args, &options, seeds, err);
    if (rc == 0) {
        options.details = args_flag(args, "details");
        options.per_user = args_text(args, "per-user");
        options.seeds = seeds;
        options.dump = dump;
        rc = trial_run(&trial, &data, recipes, n, &options, err);
    }
    if (rc == 0)
        rc = protocol_report(out, &trial, &options, err);
    if (rc == 0 && options.details)
        rc = details_report(out, &trial, &options, &data, app->store, args_text(args, "by"), err);
    if (rc == 0 && options.per_user != NULL)
        result_note(out, "The figures of each test user are in %s.", options.per_user);
    if (rc == 0 && dump != NULL)
        result_note(out, "The ranked lists and the relevant items of seed %lld are in %s.", (long long)options.seed, dump);
    trial_release(&trial);
    training_data_release(&data);
    mem_free(recipes);
    return rc;
}

static int run_compare(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char **names;
    size_t n;
    int rc = args_list(args, "models", &names, &n, err);
    if (rc != 0)
        return rc;
    rc = run_trial(app, args, (const char *const *)names, n, (uint32_t)args_int(args, "seeds"), args_text(args, "dump"), out, err);
    mem_free(names);
    return rc;
}

#define TRIAL_PARAMS                                                                                              \
    {"seeds", PT_INT, 0, "1", 1, 100, NULL, "repeat with this many seeds from --seed on; figures are the means"},     \
    {"details", PT_FLAG, 0, NULL, 0, 0, NULL,                                                                     \
     "tables beside the figures: every difference with its interval, segments (new, light and heavy users, tail "  \
     "items), and the users in whom the models differ most"},                                                      \
    {"by", PT_TEXT, 0, NULL, 0, 0, NULL, "with --details: segments by an attribute of users, too (country)"},      \
    {"per-user", PT_PATH, 0, NULL, 0, 0, NULL, "write the figures of each test user as CSV into this file"},       \
    {"dump", PT_PATH, 0, NULL, 0, 0, NULL, "write the ranked lists and the relevant items as CSV into this directory"}

static const struct command_param compare_params[] = {
    {"models", PT_TEXT, PF_REQUIRED | PF_RECIPE | PF_LIST, NULL, 0, 0, NULL, "kinds of model, or NAME@VERSION, with commas: popular,ease,blend"},
    PROTOCOL_PARAMS,
    TRIAL_PARAMS,
    {0},
};

const struct command command_compare = {
    .name = "compare",
    .summary = "train several models on the same split and measure them side by side",
    .description = "Every model is trained on the same part of the data and ranks the whole catalogue for the same users; nothing "
                   "is sampled unless --candidates says so. Intervals and differences are bootstrapped over the users, paired: "
                   "a difference is marked when its 95 % interval leaves out 0.",
    .examples = "  reckon compare --models popular,ease,blend --split time --test-days 28 --mode discover --k 10\n"
                "  reckon compare --models ease,ials --split random --test-share 0.25 --seeds 5 --json\n",
    .params = compare_params,
    .flags = CF_WORKSPACE | CF_LONG | CF_MODEL_PARAMS,
    .run = run_compare,
};

/* The table that product people use; its figures are of the sampled protocol. */
static const struct target {
    const char *kind, *models; /* whose best counts */
    double precision, recall, ndcg;
} targets[] = {
    {"collaborative", "knn ease ials", 0.150, 0.350, 0.450},
    {"content", "content", 0.180, 0.320, 0.480},
    {"hybrid", "blend", 0.220, 0.420, 0.550},
};

static const char *const target_models[] = {"random", "knn", "ease", "ials", "content", "blend"};
enum { TARGET_MODELS = sizeof target_models / sizeof target_models[0], TARGET_CANDIDATES = 112 };

/* The best by NDCG of those that count for the target; NULL when there are none. */
static const struct trial_model *best_for(const struct target *target, const struct trial *t)
{
    const struct trial_model *best = NULL;
    for (size_t i = 0; i < t->n_models; i++) {
        const struct trial_model *m = &t->models[i];
        const char *at = strstr(target->models, m->recipe->kind->name);
        if (at == NULL)
            continue;
        if (best == NULL || evaluation_mean(&m->evaluation, METRIC_NDCG, 10) > evaluation_mean(&best->evaluation, METRIC_NDCG, 10))
            best = m;
    }
    return best;
}

static void target_row(struct result *out, const struct target *target, const struct trial_model *m,
                       enum metric_id metric, double wanted)
{
    char label[64];
    result_add_text(out, target->kind);
    result_add_text(out, metric_label(metric, 10, label, sizeof label));
    result_add_real(out, wanted);
    if (m == NULL) {
        result_add_null(out);
        result_add_null(out);
        result_add_null(out);
        return;
    }
    double value = evaluation_mean(&m->evaluation, metric, 10);
    result_add_text(out, m->recipe->name);
    result_add_real(out, value);
    result_add_bool(out, value > wanted);
}

static void report_targets(struct result *out, const struct trial *t, const struct trial_options *options)
{
    result_set_title(out, "The targets table: %s", t->protocol);
    result_add_column(out, "target", CELL_TEXT, "", "", 0);
    result_add_column(out, "metric", CELL_TEXT, "", "", 0);
    result_add_column(out, "wanted", CELL_REAL, "", "more than this", 3);
    result_add_column(out, "model", CELL_TEXT, "", "the best of its class by NDCG", 0);
    result_add_column(out, "measured", CELL_REAL, "", "", 4);
    result_add_column(out, "reached", CELL_BOOL, "", "", 0);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const struct trial_model *m = best_for(&targets[i], t);
        target_row(out, &targets[i], m, METRIC_PRECISION, targets[i].precision);
        target_row(out, &targets[i], m, METRIC_RECALL, targets[i].recall);
        target_row(out, &targets[i], m, METRIC_NDCG, targets[i].ndcg);
    }
    result_fact_int(out, "test_users", t->test_users, "");
    result_fact_int(out, "candidates", options->candidates, "");
    result_fact_text(out, "mode", answer_mode_name(options->split.mode));
    result_fact_real(out, "random_precision@10", evaluation_mean(&t->models[0].evaluation, METRIC_PRECISION, 10), "");
    result_fact_real(out, "random_recall@10", evaluation_mean(&t->models[0].evaluation, METRIC_RECALL, 10), "");
    result_note(out, "Sampled: at most 4 relevant items among %d candidates. Easier than reality; the random ranker above gives the scale. "
                     "`reckon compare` ranks the whole catalogue.", TARGET_CANDIDATES);
}

static int run_targets(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct training_data data = {0};
    struct trial trial = {0};
    struct trial_options options;
    struct recipe recipes[TARGET_MODELS];
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < TARGET_MODELS; i++)
        rc = recipe_init(&recipes[i], target_models[i], app->store, err);
    if (rc == 0)
        rc = protocol_set_params(recipes, TARGET_MODELS, args, err);
    if (rc == 0)
        rc = load_data(app, args, recipes, TARGET_MODELS, false, &data, err);
    if (rc == 0)
        rc = protocol_from_args(&options, app, args, &data, err);
    if (rc == 0) {
        options.k[0] = 10;
        options.n_k = 1;
        if (options.candidates == 0)
            options.candidates = TARGET_CANDIDATES;
        if (args_text(args, "mode") == NULL)
            options.split.mode = ANSWER_REPEAT;
        rc = trial_run(&trial, &data, recipes, TARGET_MODELS, &options, err);
    }
    if (rc == 0)
        report_targets(out, &trial, &options);
    trial_release(&trial);
    training_data_release(&data);
    return rc;
}

/* ---- cold start ---------------------------------------------------------------------------------------- */

static void cold_row(struct result *out, const char *who, const struct cold_start_row *r, uint32_t users, bool items)
{
    result_add_text(out, who);
    if (items)
        result_add_null(out);
    else
        result_add_int(out, r->known);
    result_add_int(out, users);
    result_add_real(out, r->popular);
    result_add_real(out, r->answer);
    result_add_real(out, r->answer / r->popular); /* NaN and infinity become empty */
    result_add_real(out, 1 + r->difference.low / r->popular);
    result_add_real(out, 1 + r->difference.high / r->popular);
    result_add_bool(out, r->difference.significant);
    result_add_real(out, r->popular_auc);
    result_add_real(out, r->answer_auc);
}

static void cold_columns(struct result *out, uint32_t k)
{
    char label[64];
    snprintf(label, sizeof label, "popular.ndcg@%u", k);
    result_add_column(out, "who", CELL_TEXT, "", "", 0);
    result_add_column(out, "known_events", CELL_INT, "", "of the person, at the moment of asking", 0);
    result_add_column(out, "test_users", CELL_INT, "", "", 0);
    result_add_column(out, label, CELL_REAL, "", "NDCG of the same list for everybody: how many people have the item", 4);
    snprintf(label, sizeof label, "answer.ndcg@%u", k);
    result_add_column(out, label, CELL_REAL, "", "NDCG of what reckon answers", 4);
    result_add_column(out, "ratio", CELL_REAL, "", "answer / popular", 3);
    result_add_column(out, "ratio.low", CELL_REAL, "", "95 % interval of the difference, paired over the test users, as a share of popular", 3);
    result_add_column(out, "ratio.high", CELL_REAL, "", "", 3);
    result_add_column(out, "differs", CELL_BOOL, "", "does that interval leave out 1", 0);
    result_add_column(out, "popular.auc", CELL_REAL, "", metric_specs[METRIC_AUC].definition, 4);
    result_add_column(out, "answer.auc", CELL_REAL, "", "", 4);
}

static void report_cold_start(struct result *out, const struct cold_start *c, const struct trial_options *o)
{
    result_set_title(out, "Cold start: %s", c->protocol);
    cold_columns(out, c->k);
    for (size_t i = 0; i < COLD_START_ROWS; i++)
        cold_row(out, "new person", &c->rows[i], c->users, false);
    if (c->items_measured)
        cold_row(out, "new items", &c->items, c->items_users, true);
    result_fact_text(out, "model", c->answers);
    result_fact_text(out, "split", split_kind_name(o->split.kind));
    result_fact_text(out, "mode", answer_mode_name(o->split.mode));
    result_fact_text(out, "ranking", "full catalogue");
    result_fact_int(out, "seed", (int64_t)o->seed, "");
    result_fact_int(out, "test_users", c->users, "");
    result_fact_int(out, "relevant", (int64_t)c->relevant, "pairs of user and item");
    result_fact_int(out, "train_users", c->train_users, "");
    result_note(out, "All rows of people are about the same people and the same items to be found. While no event of "
                     "somebody is known, popularity among people with the same attributes answers (popular-segment).");
    if (c->items_measured) {
        result_fact_int(out, "new_items", c->items_new, "");
        result_fact_real(out, "new_items.hit_rate", c->items_hit_rate, "");
        result_note(out, "New items: what %u people had in the test period of which nobody had had any before (%u different ones), "
                         "among all items; only those are to be found. By %s, which was trained without their descriptions and given "
                         "them afterwards.", c->items_users, c->items_new, c->items_model);
    } else {
        result_note(out, "New items were not measured: %s.", c->items_why_not);
    }
}

/* What answers in production unless another model is named. */
static const char *production_recipe(void)
{
    return model_kind_find("blend") != NULL ? "blend" : "ease";
}

static int run_cold_start(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct training_data data = {0};
    struct training_data_options load = {.window_days = args_real(args, "data-days"), .terms = true, .traits = true};
    struct trial_options options;
    struct cold_start cold;
    struct recipe recipe;
    const char *name = args_text(args, "model");
    int rc = recipe_init(&recipe, name != NULL ? name : production_recipe(), app->store, err);
    if (rc == 0)
        rc = protocol_set_params(&recipe, 1, args, err);
    if (rc == 0)
        rc = training_data_load(&data, app->store, &load, app->job, err);
    if (rc == 0)
        rc = protocol_from_args(&options, app, args, &data, err);
    if (rc == 0 && options.candidates > 0) {
        error_set(err, E_USAGE, "--candidates", "a cold start is measured over the whole catalogue");
        rc = error_hint(err, E_USAGE, "leave it out");
    }
    if (rc == 0)
        rc = cold_start_run(&cold, &data, &recipe, &options, err);
    if (rc == 0)
        report_cold_start(out, &cold, &options);
    training_data_release(&data);
    return rc;
}

static int run_evaluate(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *name = args_text(args, "model");
    if (args_flag(args, "targets"))
        return run_targets(app, args, out, err);
    if (args_flag(args, "cold-start"))
        return run_cold_start(app, args, out, err);
    if (name == NULL) {
        error_set(err, E_USAGE, "evaluate", "MODEL is missing");
        return error_hint(err, E_USAGE, "name one (reckon evaluate ease), or --targets for the table of targets");
    }
    return run_trial(app, args, &name, 1, (uint32_t)args_int(args, "seeds"), args_text(args, "dump"), out, err);
}

static const struct command_param evaluate_params[] = {
    {"model", PT_TEXT, PF_POSITIONAL | PF_RECIPE, NULL, 0, 0, NULL, "a kind of model, or NAME@VERSION: as that one was trained"},
    {"targets", PT_FLAG, 0, NULL, 0, 0, NULL, "measure our models against the table of targets instead"},
    {"cold-start", PT_FLAG, 0, NULL, 0, 0, NULL, "measure people of whom 0, 1, 2, 3 or 5 events are known, and items that nobody had"},
    PROTOCOL_PARAMS,
    TRIAL_PARAMS,
    {0},
};

const struct command command_evaluate = {
    .name = "evaluate",
    .summary = "train a model without the held-out data and measure it on them",
    .description = "The definition of each metric stands below the table and in the JSON. --targets prints our models against the targets "
                   "table that product people use, under its own, easier protocol (112 candidates). --cold-start keeps a third of the people out "
                   "of the training and asks about them with few events known, and looks for the items that were new in the test period.",
    .examples = "  reckon evaluate ease --split time --test-days 28 --mode repeat --k 5,10,20\n  reckon evaluate --targets\n"
                "  reckon evaluate --cold-start --split time --mode discover\n",
    .params = evaluate_params,
    .flags = CF_WORKSPACE | CF_LONG | CF_MODEL_PARAMS,
    .run = run_evaluate,
};

/* ---- models kinds -------------------------------------------------------------------------------------- */

static int run_kinds(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app;
    (void)args;
    (void)err;
    result_add_column(out, "kind", CELL_TEXT, "", "", 0);
    result_add_column(out, "title", CELL_TEXT, "", "", 0);
    result_add_column(out, "about", CELL_TEXT, "", "", 0);
    result_add_column(out, "parameters", CELL_TEXT, "", "with their defaults", 0);
    for (size_t i = 0; model_kinds[i] != NULL; i++) {
        result_add_text(out, model_kinds[i]->name);
        result_add_text(out, model_kinds[i]->title);
        result_add_text(out, model_kinds[i]->about);
        result_add_text(out, model_kinds[i]->defaults);
    }
    result_note(out, "A parameter is an option with dashes (--half-life-days 60); `reckon train --help` explains each.");
    return 0;
}

const struct command command_models_kinds = {
    .name = "models kinds",
    .summary = "list the kinds of model that can be trained, with their parameters",
    .description = "",
    .examples = "  reckon models kinds\n",
    .run = run_kinds,
};
