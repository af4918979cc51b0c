/* experiment design | copy. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/commands.h"
#include "command/experiment/experiment_design.h"
#include "experiment/book.h"
#include "experiment/context.h"
#include "experiment/dimension.h"
#include "experiment/plan.h"
#include "recommend/policy.h"
#include "store/descriptions.h"
#include "store/documents.h"
#include "store/registry.h"

/* From the arguments to a design. */

static int add_metric(struct design *d, const char *text, enum design_role role, double margin, struct error *err)
{
    if (d->n_metrics == METRICS_MAX)
        return error_set(err, E_USAGE, text, "an experiment has at most %d metrics", METRICS_MAX);
    struct design_metric *m = &d->metrics[d->n_metrics++];
    m->role = role;
    m->margin = margin;
    return metric_parse(&m->metric, text, err);
}

static int read_metrics(struct design *d, const struct args *args, struct error *err)
{
    int rc = add_metric(d, args_text(args, "metric"), DESIGN_PRIMARY, 0, err);
    for (size_t i = 0; i < args_count(args, "secondary") && rc == 0; i++)
        rc = add_metric(d, args_text_at(args, "secondary", i), DESIGN_SECONDARY, 0, err);
    for (size_t i = 0; i < args_count(args, "guardrail") && rc == 0; i++) {
        char name[METRIC_NAME_MAX];
        snprintf(name, sizeof name, "%s", args_text_at(args, "guardrail", i));
        char *equals = strrchr(name, '=');
        if (equals == NULL)
            return error_set(err, E_USAGE, name, "a guardrail needs its margin, as in revenue=0.02");
        *equals = '\0';
        rc = add_metric(d, name, DESIGN_GUARDRAIL, strtod(equals + 1, NULL), err);
    }
    return rc;
}

/* control, new=model:ease, b=scenario:home2, c=rules:summer, d=widget:title=Yours or e=descriptions:warm */
static int read_arm(struct design_arm *arm, const char *text, struct error *err)
{
    static const char *const forms[] = {"model:", "scenario:", "rules:", "widget:", "descriptions:"};
    enum { FORMS = sizeof forms / sizeof forms[0] };
    const char *equals = strchr(text, '='), *what = equals != NULL ? equals + 1 : "";
    size_t n = equals != NULL ? (size_t)(equals - text) : strlen(text), form = 0;
    if (n == 0 || n >= sizeof arm->name)
        return error_set(err, E_USAGE, text, "an arm has a name of at most %zu bytes", sizeof arm->name - 1);
    memcpy(arm->name, text, n);
    arm->name[n] = '\0';
    int rc = experiments_check_name(arm->name, err);
    if (rc != 0 || what[0] == '\0')
        return rc;
    while (form < FORMS && strncmp(what, forms[form], strlen(forms[form])) != 0)
        form++;
    if (form == FORMS) {
        error_set(err, E_USAGE, text, "is no arm");
        return error_hint(err, E_USAGE, "write NAME, NAME=model:MODEL, NAME=scenario:SCENARIO, NAME=rules:SET, "
                                        "NAME=descriptions:COLLECTION or NAME='widget:title=Picked for you; level=3'");
    }
    const char *value = what + strlen(forms[form]);
    char *const into[] = {arm->model, arm->scenario, arm->rules, arm->widget, arm->descriptions};
    const size_t size[] = {sizeof arm->model, sizeof arm->scenario, sizeof arm->rules, sizeof arm->widget,
                           sizeof arm->descriptions};
    if (value[0] == '\0' || strlen(value) >= size[form])
        return error_set(err, E_USAGE, text, "names nothing");
    snprintf(into[form], size[form], "%s", value);
    return 0;
}

static int read_weights(struct design *d, const struct args *args, struct error *err)
{
    char **words;
    size_t n;
    if (!args_given(args, "weights")) {
        for (size_t a = 0; a < d->n_arms; a++)
            d->arms[a].weight = (uint32_t)(10000 / d->n_arms + (a < 10000 % d->n_arms));
        return 0;
    }
    int rc = args_list(args, "weights", &words, &n, err);
    if (rc != 0)
        return rc;
    if (n != d->n_arms)
        rc = error_set(err, E_USAGE, "weights", "are %zu, for %zu arms", n, d->n_arms);
    for (size_t a = 0; a < n && rc == 0; a++) {
        char *end;
        double weight = strtod(words[a], &end);
        if (*end != '\0' || !(weight >= 0 && weight <= 10000) || weight != floor(weight))
            rc = error_set(err, E_USAGE, words[a], "is not a weight in basis points, from 1 to 10000");
        else if (weight == 0)
            rc = error_set(err, E_USAGE, d->arms[a].name, "would get nobody with a weight of 0: leave the arm out");
        else
            d->arms[a].weight = (uint32_t)weight;
    }
    mem_free(words);
    return rc;
}

static int read_arms(struct design *d, const struct args *args, struct error *err)
{
    size_t given = args_count(args, "arm"), n = given > 0 ? given : (size_t)args_int(args, "arms");
    int rc = 0;
    if (n > DESIGN_ARMS_MAX)
        return error_set(err, E_USAGE, "arms", "are at most %d", DESIGN_ARMS_MAX);
    d->n_arms = n;
    for (size_t a = 0; a < n && rc == 0; a++) {
        if (given > 0)
            rc = read_arm(&d->arms[a], args_text_at(args, "arm", a), err);
        else if (a == 0)
            snprintf(d->arms[a].name, sizeof d->arms[a].name, "control");
        else
            snprintf(d->arms[a].name, sizeof d->arms[a].name, n == 2 ? "treatment" : "treatment%zu", a);
    }
    return rc != 0 ? rc : read_weights(d, args, err);
}

static int read_text(char *out, size_t size, const struct args *args, const char *name, struct error *err)
{
    const char *text = args_text(args, name);
    if (text != NULL && strlen(text) >= size)
        return error_set(err, E_USAGE, name, "is longer than %zu bytes", size - 1);
    snprintf(out, size, "%s", text != NULL ? text : "");
    return 0;
}

static size_t choice(const char *text, const char *(*name)(size_t), size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name(i), text) == 0)
            return i;
    return 0;
}

static const char *method_at(size_t i)
{
    return design_method_name((enum design_method)i);
}

static const char *bandit_at(size_t i)
{
    return design_bandit_name((enum design_bandit)i);
}

static const char *correction_at(size_t i)
{
    return design_correction_name((enum design_correction)i);
}

static int read_design(struct design *d, const struct args *args, struct error *err)
{
    *d = (struct design){.effect = args_real(args, "effect"), .alpha = args_real(args, "alpha"),
                         .power = args_real(args, "power"), .looks = (uint32_t)args_int(args, "looks"),
                         .share = (uint32_t)(args_real(args, "share") * 10000 + 0.5),
                         .window_days = (uint32_t)args_int(args, "window"),
                         .pre_days = (uint32_t)args_int(args, "pre"), .cap = args_real(args, "cap"),
                         .cuped = !args_flag(args, "no-cuped"),
                         .method = (enum design_method)choice(args_text(args, "method"), method_at, 3),
                         .bandit = (enum design_bandit)choice(args_text(args, "bandit"), bandit_at, 7),
                         .correction = (enum design_correction)choice(args_text(args, "correction"), correction_at, 2),
                         .interleave = args_flag(args, "interleave"),
                         .floor = args_real(args, "floor"), .keep = args_real(args, "keep"),
                         .epsilon = args_real(args, "epsilon")};
    int rc = read_metrics(d, args, err);
    if (rc == 0)
        rc = read_arms(d, args, err);
    if (rc == 0)
        rc = hash_scheme_find(args_text(args, "scheme"), &d->scheme, err);
    if (rc == 0)
        rc = read_text(d->layer, sizeof d->layer, args, "layer", err);
    if (rc == 0)
        rc = read_text(d->place, sizeof d->place, args, "scenario", err);
    if (rc == 0)
        rc = read_text(d->target, sizeof d->target, args, "target", err);
    if (rc == 0)
        rc = read_text(d->context, sizeof d->context, args, "context", err);
    if (rc == 0)
        rc = read_text(d->strata, sizeof d->strata, args, "strata", err);
    if (rc == 0)
        rc = read_text(d->salt, sizeof d->salt, args, "salt", err);
    if (rc == 0 && d->salt[0] == '\0')
        snprintf(d->salt, sizeof d->salt, "%s", args_text(args, "name"));
    return rc != 0 ? rc : design_check(d, err);
}

struct collection {
    const char *name;
    int64_t published;
};

static int count_published(void *context, const char *collection, const int64_t n[DESCRIPTION_STATES])
{
    struct collection *self = context;
    if (strcmp(collection, self->name) == 0)
        self->published = n[DESCRIPTION_PUBLISHED];
    return 0;
}

/* Who sees an arm without a text learns nothing about texts. */
static int check_collection(struct store *store, const char *name, struct error *err)
{
    struct collection c = {.name = name};
    int rc = descriptions_counts(store, count_published, &c, err);
    if (rc != 0 || c.published > 0)
        return rc;
    error_set(err, E_NOT_FOUND, name, "no text of this collection is published");
    return error_hint(err, E_NOT_FOUND, "`reckon describe list` shows what there is, `reckon describe publish --collection "
                                        "%.64s` publishes what is approved", name);
}

/* Do the models, scenarios, rules and texts of the arms exist? */
static int check_variants(const struct design *d, struct store *store, struct error *err)
{
    struct policy *policy;
    int rc = context_check(d, store, err);
    if (rc == 0)
        rc = policy_load(&policy, store, err);
    if (rc != 0)
        return rc;
    for (size_t a = 0; a < d->n_arms && rc == 0; a++) {
        const struct design_arm *arm = &d->arms[a];
        const struct scenario *scenario;
        struct document rules = {.version = 0};
        struct model_record model = {.model = 0};
        if (arm->scenario[0] != '\0')
            rc = policy_scenario(policy, arm->scenario, &scenario, err);
        if (rc == 0 && arm->rules[0] != '\0' && strcmp(arm->rules, POLICY_NO_RULES) != 0)
            rc = documents_find(store, DOCUMENT_RULES, arm->rules, &rules, err);
        if (rc == 0 && arm->descriptions[0] != '\0')
            rc = check_collection(store, arm->descriptions, err);
        if (rc == 0 && arm->model[0] != '\0')
            rc = registry_find(store, arm->model, &model, err);
        document_release(&rules);
        model_record_release(&model);
    }
    policy_release(policy);
    return rc;
}

static int put_design(struct app *app, const char *name, const struct design *d, struct error *err)
{
    char *text;
    int rc = design_write(d, &text, err);
    if (rc != 0)
        return rc;
    rc = store_begin(app->store, err);
    if (rc == 0)
        rc = experiments_put(app->store, name, text, clock_now_ms(), err);
    rc = store_end(app->store, rc, err);
    mem_free(text);
    return rc;
}

/* A design that has begun is refused before its numbers are computed. */
static int check_is_draft(struct app *app, const char *name, struct error *err)
{
    struct experiment_record record = {.state = EXPERIMENT_DRAFT};
    int rc = experiments_check_name(name, err);
    if (rc != 0)
        return rc;
    rc = experiments_find(app->store, name, &record, NULL);
    bool begun = rc == 0 && record.state != EXPERIMENT_DRAFT;
    experiment_record_release(&record);
    return begun ? experiments_put(app->store, name, "", 0, err) : 0;
}

/* With the way on, when it is kept. */
static int answer(struct app *app, const struct args *args, struct design *d, const struct plan *plan,
                  const struct baseline *baseline, struct result *out, struct error *err)
{
    const char *name = args_text(args, "name");
    d->users = plan->trivial ? 0 : (uint64_t)plan->users.total;
    experiment_design_answer(out, plan, d, baseline);
    if (args_given(args, "simulate")) {
        struct rehearsal done;
        uint32_t runs = (uint32_t)args_int(args, "simulate");
        int rc = rehearsal_run(&done, app->store, d, runs, (uint64_t)args_int(args, "seed"), app->job, err);
        struct result *t = rc == 0 ? result_add_table(out, "simulation") : NULL;
        if (rc != 0)
            return rc;
        if (t != NULL)
            experiment_rehearsal_answer(t, &done, d);
    }
    if (args_flag(args, "dry-run"))
        return 0;
    result_note(out, "A draft now. Next: reckon experiment start %s", name);
    return put_design(app, name, d, err);
}

static int check_strata(struct app *app, const struct design *d, struct error *err)
{
    struct dimension known;
    int rc = d->strata[0] == '\0' ? 0 : dimension_read(&known, app->store, 0, d->strata, app->job, err);
    if (rc == 0 && d->strata[0] != '\0')
        dimension_release(&known);
    return rc;
}

static int run_design(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *name = args_text(args, "name");
    struct design *d = mem_zalloc(1, sizeof *d);
    struct baseline baseline = {.sums = NULL};
    struct plan plan;
    if (d == NULL)
        return error_nomem(err, "experiment design");
    int rc = check_is_draft(app, name, err);
    if (rc == 0)
        rc = read_design(d, args, err);
    for (size_t m = 0; m < d->n_metrics && rc == 0; m++)
        rc = metric_bind(&d->metrics[m].metric, 1, app->store, err);
    if (rc == 0)
        rc = check_variants(d, app->store, err);
    if (rc == 0)
        rc = book_check_target(app->store, d->target, err);
    if (rc == 0)
        rc = check_strata(app, d, err);
    if (rc == 0)
        rc = baseline_read(&baseline, app->store, d, app->job, err);
    if (rc == 0)
        rc = plan_make(&plan, d, &baseline, err);
    if (rc == 0)
        rc = answer(app, args, d, &plan, &baseline, out, err);
    baseline_release(&baseline);
    mem_free(d);
    return rc;
}

static const struct command_param design_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "of the experiment"},
    {"metric", PT_TEXT, PF_REQUIRED, NULL, 0, 0, NULL, "the primary metric: conversion, orders, revenue, ctr, "
                                                       "retention, "
     "rate:KIND, count:KIND, revenue:KIND, ratio:KIND/KIND, quantile:Q/KIND, retention:DAYS, churn:DAYS or ltv:DAYS; "
     "with ,down when less is better"},
    {"effect", PT_REAL, 0, "0.05", -1, 10, NULL, "the smallest relative change worth finding; 0.05 is 5 %"},
    {"secondary", PT_TEXT, PF_MANY, NULL, 0, 0, NULL, "another success metric"},
    {"guardrail", PT_TEXT, PF_MANY, NULL, 0, 0, NULL, "METRIC=MARGIN that must not get worse by more; revenue=0.02"},
    {"power", PT_REAL, 0, "0.8", 0.01, 0.999, NULL, "probability to find the effect when it is there"},
    {"alpha", PT_REAL, 0, "0.05", 1e-9, 0.49, NULL, "probability to find one that is not"},
    {"arms", PT_INT, 0, "2", 2, DESIGN_ARMS_MAX, NULL, "how many, control included"},
    {"arm", PT_TEXT, PF_MANY, NULL, 0, 0, NULL, "instead: NAME, NAME=model:MODEL, NAME=scenario:SCENARIO or "
                                                "NAME=rules:SET, NAME=widget:OPTIONS or NAME=descriptions:COLLECTION; "
     "the first one is control"},
    {"weights", PT_TEXT, PF_LIST, NULL, 0, 0, NULL, "of the arms in basis points, together 10000; default: equal"},
    {"share", PT_REAL, 0, "0.1", 0.0001, 1, NULL, "of all users who take part"},
    {"method", PT_CHOICE, 0, "always-valid", 0, 0, "always-valid|fixed|group-sequential",
     "when the result may be read"},
    {"looks", PT_INT, 0, "5", 1, DESIGN_LOOKS_MAX, NULL, "of group-sequential"},
    {"window", PT_INT, 0, "7", 1, 365, NULL, "days after the first exposure that count"},
    {"pre", PT_INT, 0, "28", 0, 365, NULL, "days before it, for variance reduction"},
    {"no-cuped", PT_FLAG, 0, NULL, 0, 0, NULL, "without variance reduction by what users did before"},
    {"cap", PT_REAL, 0, "0", 0, 1, NULL, "cut revenue and counts at this quantile of those above zero; 0: nowhere"},
    {"strata", PT_TEXT, 0, NULL, 0, 0, NULL, "compare within these groups (post-stratification): weekday, history, "
     "device, channel, an attribute of people, or item:ATTRIBUTE of what they did last before"},
    {"correction", PT_CHOICE, 0, "holm", 0, 0, "holm|bh", "of secondaries: against any false one, or for a share of "
     "alpha among those found, when many are screened"},
    {"bandit", PT_CHOICE, 0, "none", 0, 0, "none|thompson|top-two|epsilon-greedy|ucb1|linucb|linear-thompson",
     "let weights follow what is learnt (reckon experiment adapt)"},
    {"interleave", PT_FLAG, 0, NULL, 0, 0, NULL, "show both arms in one list, and read which one people prefer"},
    {"context", PT_TEXT, PF_LIST, NULL, 0, 0, NULL, "of linucb and linear-thompson: attributes of people, as country,age"},
    {"floor", PT_REAL, 0, "0.01", 0, 0.49, NULL, "of a bandit: the least weight of an arm"},
    {"keep", PT_REAL, 0, "1", 0.01, 1, NULL, "of a bandit: what a user counts a day later, where the world changes"},
    {"epsilon", PT_REAL, 0, "0.1", 0, 1, NULL, "of epsilon-greedy: what all arms share"},
    {"scenario", PT_TEXT, PF_SCENARIO, NULL, 0, 0, NULL, "place of the shop whose requests take part by themselves"},
    {"target", PT_TEXT, 0, NULL, 0, 0, NULL, "filter over people's attributes: country=France"},
    {"layer", PT_TEXT, 0, NULL, 0, 0, NULL, "a user is in one experiment of a layer at most"},
    {"scheme", PT_CHOICE, 0, "growthbook-v2", 0, 0,
     "growthbook-v2|growthbook-v1|planout|posthog|optimizely|eppo|statsig", "how users are hashed"},
    {"salt", PT_TEXT, 0, NULL, 0, 0, NULL, "what is hashed with the user; default: the name"},
    {"simulate", PT_INT, 0, NULL, 1, 1000000, NULL, "so many A/A and A/B tests on the shop's own history, to see false alarms "
     "and power as they are"},
    {"seed", PT_INT, 0, "1", 0, 1e15, NULL, "of the simulation"},
    {"dry-run", PT_FLAG, 0, NULL, 0, 0, NULL, "only answer; keep no draft"},
    {0},
};

const struct command command_experiment_design = {
    .name = "experiment design",
    .summary = "plan an experiment from the shop's own events: users, days, what it can find",
    .description =
        "Reads the baseline, the spread by user and the traffic of a day off the store's events: users of the last "
        "days "
        "before a whole attribution window, each from right after the first event there. Answers how many users each "
        "arm takes, how many days that is, and what can be found after one, two and four weeks. The design is kept as "
        "a "
        "draft; designing it again replaces the draft. Once started it never changes.",
    .examples = "  reckon experiment design checkout --metric conversion --effect 0.05 --share 0.1\n"
                "  reckon experiment design blend --metric revenue --cap 0.99 --guardrail conversion=0.02 \\\n"
                "      --arm control=model:ease --arm blend=model:blend --scenario home\n",
    .params = design_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_design,
};

static int run_copy(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *name = args_text(args, "to");
    struct experiment_record record = {.experiment = 0};
    struct design *d = mem_zalloc(1, sizeof *d);
    if (d == NULL)
        return error_nomem(err, "experiment copy");
    int rc = experiments_find(app->store, args_text(args, "name"), &record, err);
    if (rc == 0)
        rc = design_read(d, record.design, record.name, err);
    if (rc == 0) {
        snprintf(d->salt, sizeof d->salt, "%s", name); /* users are drawn anew */
        rc = put_design(app, name, d, err);
    }
    if (rc == 0)
        result_note(out, "%s is a draft with the design of %s; its users are drawn anew. Next: reckon experiment "
                         "start %s",
                    name, record.name, name);
    experiment_record_release(&record);
    mem_free(d);
    return rc;
}

static const struct command_param copy_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the experiment"},
    {"to", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the new one"},
    {0},
};

const struct command command_experiment_copy = {
    .name = "experiment copy",
    .summary = "make a draft of the design of another experiment",
    .description = "",
    .examples = "  reckon experiment copy checkout checkout-2\n",
    .params = copy_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_copy,
};
