/* describe tune build | estimate | start | status | register | list: a model tuned on the shop's own good texts. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/fs.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/describe/describe_report.h"
#include "describe/tune.h"
#include "llm/remote.h"
#include "store/kinds.h"

/* ---- what they show -------------------------------------------------------------------------------------- */

static double number_of(const json_t *o, const char *side, const char *key)
{
    const json_t *value = json_object_get(side != NULL ? json_object_get(o, side) : o, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static int add_tune(void *context, const struct tune *t)
{
    struct result *out = context;
    json_t *e = json_loads(t->evaluation, 0, NULL);
    result_add_int(out, t->tune);
    result_add_text(out, t->provider);
    result_add_text(out, t->model);
    result_add_time(out, t->created);
    result_add_int(out, t->training);
    result_add_int(out, t->held_out);
    result_add_text(out, t->state);
    result_add_text(out, t->remote_state[0] != '\0' ? t->remote_state : NULL);
    result_add_text(out, t->tuned);
    result_add_bool(out, t->registered != 0);
    result_add_real(out, number_of(e, "base", "pass_rate"));
    result_add_real(out, number_of(e, "tuned", "pass_rate"));
    result_add_real(out, number_of(e, "base", "claims"));
    result_add_real(out, number_of(e, "tuned", "claims"));
    result_add_real(out, number_of(e, NULL, "p"));
    result_add_real(out, number_of(e, NULL, "held_out_loss"));
    result_add_text(out, t->why[0] != '\0' ? t->why : NULL);
    json_decref(e);
    return 0;
}

static void add_columns(struct result *out)
{
    result_add_column(out, "tune", CELL_INT, "", "", 0);
    result_add_column(out, "provider", CELL_TEXT, "", "", 0);
    result_add_column(out, "base", CELL_TEXT, "", "the model that is tuned", 0);
    result_add_column(out, "built", CELL_TIME, "", "", 0);
    result_add_column(out, "training", CELL_INT, "texts", "", 0);
    result_add_column(out, "held_out", CELL_INT, "texts", "about products of which none is trained on", 0);
    result_add_column(out, "state", CELL_TEXT, "", "", 0);
    result_add_column(out, "there", CELL_TEXT, "", "what the provider said last", 0);
    result_add_column(out, "model", CELL_TEXT, "", "the tuned one, at the provider", 0);
    result_add_column(out, "registered", CELL_BOOL, "", "runs may use it", 0);
    result_add_column(out, "base_pass", CELL_REAL, "", "share of the held out of which the checks find nothing grave in the base "
                                                       "model's texts", 3);
    result_add_column(out, "tuned_pass", CELL_REAL, "", "the same of the tuned one's", 3);
    result_add_column(out, "base_claims", CELL_REAL, "", "claims that the facts do not hold", 0);
    result_add_column(out, "tuned_claims", CELL_REAL, "", "", 0);
    result_add_column(out, "p", CELL_REAL, "", "of the difference in passing (sign test of the pairs)", 3);
    result_add_column(out, "loss", CELL_REAL, "", "on the held out, as the provider says", 3);
    result_add_column(out, "why", CELL_TEXT, "", "", 0);
}

static int show_one(struct app *app, int64_t tune, struct result *out, struct error *err)
{
    add_columns(out);
    return tunes_find(app->store, tune, add_tune, out, err);
}

/* ---- which ----------------------------------------------------------------------------------------------- */

struct choosing {
    const char *states; /* "sent|starting"; NULL: any */
    int64_t tune;
    char provider[PROVIDER_NAME_MAX];
};

static int take_tune(void *context, const struct tune *t)
{
    struct choosing *self = context;
    if (self->states != NULL && strstr(self->states, t->state) == NULL)
        return 0;
    self->tune = t->tune;
    snprintf(self->provider, sizeof self->provider, "%s", t->provider);
    return 1;
}

/* The one that the arguments name, else the newest in one of the states. */
static int choose(struct app *app, const struct args *args, struct choosing *self, struct error *err)
{
    int rc;
    if (args_given(args, "tune")) {
        self->states = NULL;
        rc = tunes_find(app->store, args_int(args, "tune"), take_tune, self, err);
    } else {
        rc = tunes_each(app->store, take_tune, self, err);
    }
    if (rc < 0 || self->tune != 0)
        return rc < 0 ? rc : 0;
    error_set(err, E_NOT_FOUND, "tune", "there is none that is %s", self->states);
    return error_hint(err, E_NOT_FOUND, "`reckon describe tune list` shows all; `reckon describe tune build` begins one");
}

struct tuning {
    struct providers providers;
    struct tune_sending sending;
};

static int tuning_make(struct tuning *self, struct app *app, const struct args *args, const char *states, struct error *err)
{
    struct choosing chosen = {.states = states};
    memset(self, 0, sizeof *self);
    int rc = providers_load(&self->providers, app->workspace, err);
    rc = rc != 0 ? rc : choose(app, args, &chosen, err);
    rc = rc != 0 ? rc : providers_find(&self->providers, chosen.provider, &self->sending.provider, err);
    self->sending.tune = chosen.tune;
    self->sending.job = app->logged;
    if (rc != 0)
        providers_release(&self->providers);
    return rc;
}

static void take_payer(struct tuning *self, const struct args *args)
{
    self->sending.team = args_text(args, "team");
    self->sending.phase = args_text(args, "phase");
}

#define TUNE_PARAM(which) {"tune", PT_INT, PF_POSITIONAL, NULL, 1, 9e15, NULL, "its number; default: the newest that " which}

/* ---- build ----------------------------------------------------------------------------------------------- */

static int write_set(struct app *app, int64_t tune, bool held_out, const char *directory, struct error *err)
{
    char path[FS_PATH_MAX];
    struct str text;
    if (fs_join(path, sizeof path, directory, held_out ? "held-out.jsonl" : "training.jsonl") != 0)
        return error_set(err, E_USAGE, directory, "the path is too long");
    str_init(&text, REMOTE_FILE_MAX);
    int rc = tune_lines(app->store, tune, held_out, &text, err);
    rc = rc != 0 ? rc : fs_write_all(path, str_text(&text), text.len, 0600, err);
    str_release(&text);
    return rc;
}

static void add_counts(struct result *out, const struct tune_counts *c)
{
    result_fact_int(out, "seen", c->seen, "approved texts of that time");
    result_fact_int(out, "training", c->training, "");
    result_fact_int(out, "held_out", c->held_out, "");
    result_fact_int(out, "not_clicked", c->unclicked, "");
    result_fact_int(out, "malformed", c->malformed, "");
    result_fact_int(out, "twice", c->twice, "");
    result_fact_int(out, "personal", c->personal, "left out, since they lead to a person");
}

static int run_build(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct providers providers;
    struct tune_counts counts = {0};
    int64_t tune = 0, now = clock_now_ms(), kind = 0;
    int rc = args_int(args, "min-clicks") > 0 ? kinds_find(app->store, args_text(args, "kind"), &kind, err) : 0;
    rc = rc != 0 ? rc : providers_load(&providers, app->workspace, err);
    if (rc != 0)
        return rc;
    struct tune_building wish = {.provider = &providers.list[0], .collection = args_text(args, "collection"),
                                 .since = now - args_int(args, "days") * CLOCK_DAY_MS, .until = now + 1, .kind = kind,
                                 .clicks = args_int(args, "min-clicks"), .epochs = args_int(args, "epochs")};
    if (args_given(args, "provider"))
        rc = providers_find(&providers, args_text(args, "provider"), &wish.provider, err);
    if (rc == 0) {
        rc = tune_build(app->store, &wish, &tune, &counts, app->job, err);
        add_counts(out, &counts);
    }
    if (rc == 0 && args_given(args, "out")) {
        rc = fs_make_dir(args_text(args, "out"), 0700, err);
        rc = rc != 0 ? rc : write_set(app, tune, false, args_text(args, "out"), err);
        rc = rc != 0 ? rc : write_set(app, tune, true, args_text(args, "out"), err);
    }
    if (rc == 0) {
        rc = show_one(app, tune, out, err);
        result_note(out, "Nothing was sent. Next: reckon describe tune estimate %lld", (long long)tune);
    }
    providers_release(&providers);
    return rc;
}

static const struct command_param build_params[] = {
    {"provider", PT_TEXT, 0, NULL, 0, 0, NULL, "whose model is tuned; default: the first of providers.toml"},
    {"collection", PT_TEXT, 0, NULL, 0, 0, NULL, "only texts of this one"},
    {"days", PT_INT, 0, "180", 1, 36500, NULL, "so far back"},
    {"kind", PT_TEXT, PF_EVENT_KIND, "click", 0, 0, NULL, "the kind of event that counts as a click"},
    {"min-clicks", PT_INT, 0, "1", 0, 1e9, NULL, "at least so many while the text stood in the shop; 0: all that are approved"},
    {"epochs", PT_INT, 0, "3", 1, 50, NULL, "how often it goes through the texts"},
    {"out", PT_PATH, 0, NULL, 0, 0, NULL, "a directory to write both sets into, as JSON lines"},
    {0},
};

const struct command command_tune_build = {
    .name = "describe tune build",
    .summary = "gather good texts that a model can be tuned on, and hold some out",
    .description = "Texts that were approved, and whose products were clicked while they stood in the shop, as conversations "
                   "(JSON lines, chat format). A fifth of the products is held out, the same each time. What is malformed, "
                   "there twice, or leads to a person (an address, a number, an identifier of a user) is left out and "
                   "counted. Nothing is sent.",
    .examples = "  reckon describe tune build --provider openai\n  reckon describe tune build --min-clicks 0 --out sets\n",
    .params = build_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_build,
};

/* ---- estimate, start, status ----------------------------------------------------------------------------- */

static int run_estimate(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct tuning t;
    struct tune_estimate e;
    int rc = tuning_make(&t, app, args, "built", err);
    if (rc != 0)
        return rc;
    rc = tune_estimate(app->store, t.sending.provider, t.sending.tune, &e, err);
    if (rc == 0) {
        result_fact_int(out, "tune", t.sending.tune, "");
        result_fact_text(out, "provider", t.sending.provider->name);
        result_fact_int(out, "tokens", e.tokens, "of all epochs, about");
        result_fact_int(out, "tokens_at_most", e.tokens_most, "");
        result_fact_real(out, "cost", e.cost, t.providers.currency);
        result_fact_real(out, "cost_at_most", e.cost_most, t.providers.currency);
        if (!(t.sending.provider->training_price > 0))
            result_note(out, "%s has no training-price in providers.toml, so it is counted as free.", t.sending.provider->name);
    }
    providers_release(&t.providers);
    return rc;
}

static const struct command_param estimate_params[] = {TUNE_PARAM("was built"), {0}};

const struct command command_tune_estimate = {
    .name = "describe tune estimate",
    .summary = "show what tuning a model would cost",
    .description = "",
    .examples = "  reckon describe tune estimate\n",
    .params = estimate_params,
    .flags = CF_WORKSPACE,
    .run = run_estimate,
};

static int run_start(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct tuning t;
    double train, valid;
    int rc = tuning_make(&t, app, args, "built|starting", err);
    if (rc != 0)
        return rc;
    take_payer(&t, args);
    t.sending.suffix = args_text(args, "suffix");
    rc = tune_start(app->store, &t.sending, app->job, err);
    if (rc == 0 && args_flag(args, "wait"))
        rc = tune_follow(app->store, &t.sending, true, false, &train, &valid, app->job, err);
    rc = rc != 0 ? rc : show_one(app, t.sending.tune, out, err);
    providers_release(&t.providers);
    return rc;
}

static const struct command_param start_params[] = {
    TUNE_PARAM("was built"),
    {"suffix", PT_TEXT, 0, NULL, 0, 0, NULL, "a word in the tuned model's name"},
    {"wait", PT_FLAG, 0, NULL, 0, 0, NULL, "until it has ended"},
    PAYING_PARAMS,
    {0},
};

const struct command command_tune_start = {
    .name = "describe tune start",
    .summary = "upload both sets, and have the provider tune the model",
    .description = "The most that it can cost is reserved under the budgets first. It goes on at the provider whatever becomes of "
                   "this machine.",
    .examples = "  reckon describe tune start --wait\n",
    .params = start_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_start,
};

static int run_status(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct tuning t;
    double train, valid;
    int rc = tuning_make(&t, app, args, "sent|succeeded|failed|cancelled", err);
    if (rc != 0)
        return rc;
    rc = tune_follow(app->store, &t.sending, args_flag(args, "wait"), args_flag(args, "cancel"), &train, &valid, app->job, err);
    rc = rc != 0 ? rc : show_one(app, t.sending.tune, out, err);
    providers_release(&t.providers);
    return rc;
}

static const struct command_param status_params[] = {
    TUNE_PARAM("was started"),
    {"wait", PT_FLAG, 0, NULL, 0, 0, NULL, "until it has ended"},
    {"cancel", PT_FLAG, 0, NULL, 0, 0, NULL, "have the provider end it"},
    {0},
};

const struct command command_tune_status = {
    .name = "describe tune status",
    .summary = "ask how a tuning goes, with its losses as curves",
    .description = "What it cost is settled as soon as it has ended.",
    .examples = "  reckon describe tune status --wait --plot\n",
    .params = status_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_status,
};

/* ---- register, list -------------------------------------------------------------------------------------- */

static int run_register(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct tuning t;
    double train, valid;
    int rc = tuning_make(&t, app, args, "succeeded", err);
    if (rc != 0)
        return rc;
    int64_t tune = t.sending.tune;
    take_payer(&t, args);
    rc = tune_follow(app->store, &t.sending, false, false, &train, &valid, app->job, err);
    rc = rc != 0 ? rc : tune_evaluate(app->store, &t.sending, (size_t)args_int(args, "examples"), train, valid, app->job, err);
    rc = rc != 0 ? rc : tune_register(app->store, tune, err);
    rc = rc != 0 ? rc : show_one(app, tune, out, err);
    if (rc == 0)
        result_note(out, "It can be used now: reckon describe run --provider %s --model %lld --template ...",
                    t.sending.provider->name, (long long)tune);
    providers_release(&t.providers);
    return rc;
}

static const struct command_param register_params[] = {
    TUNE_PARAM("succeeded"),
    {"examples", PT_INT, 0, "50", 1, TUNE_EVALUATED_MAX, NULL, "so many of the products held out are asked about at most"},
    PAYING_PARAMS,
    {0},
};

const struct command command_tune_register = {
    .name = "describe tune register",
    .summary = "judge a tuned model beside its base, and let runs use it",
    .description = "Both write about products of which none was trained on, paid from the budgets; the checks say what of it "
                   "holds. Whether it is better is for whoever reads it to decide: a run uses it only when it is named.",
    .examples = "  reckon describe tune register\n  reckon describe run --provider openai --model 3 --template web\n",
    .params = register_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_register,
};

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)args;
    add_columns(out);
    int rc = tunes_each(app->store, add_tune, out, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "There are none. Next: reckon describe tune build");
    return rc;
}

const struct command command_tune_list = {
    .name = "describe tune list",
    .summary = "show the tunings, and what their models are worth",
    .description = "",
    .examples = "  reckon describe tune list\n",
    .flags = CF_WORKSPACE,
    .run = run_list,
};
