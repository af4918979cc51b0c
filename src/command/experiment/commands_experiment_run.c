/* experiment start | pause | stop | cover | override | list | show | assign. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/commands.h"
#include "experiment/book.h"
#include "experiment/reading.h"
#include "store/users.h"

#define NAME_PARAM {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the experiment"}
enum { ADAPTED_MAX = 1000 };

#define REASON_PARAM {"reason", PT_TEXT, 0, "", 0, 0, NULL, "why, for the record"}

/* Layers: each experiment in one owns a stretch of its 10,000 slots while it runs. */

struct layer {
    const char *name;
    bool taken[ASSIGN_SLOTS];
    struct error *err;
};

static int take_slots(void *context, const struct experiment_record *record)
{
    struct layer *layer = context;
    struct design *d;
    if (record->layer_to == 0 || (record->state != EXPERIMENT_RUNNING && record->state != EXPERIMENT_PAUSED))
        return 0;
    d = mem_zalloc(1, sizeof *d);
    if (d == NULL)
        return error_nomem(layer->err, "experiment start");
    int rc = design_read(d, record->design, record->name, layer->err);
    if (rc == 0 && strcmp(d->layer, layer->name) == 0)
        for (int32_t s = record->layer_from; s < record->layer_to && s < ASSIGN_SLOTS; s++)
            layer->taken[s] = true;
    mem_free(d);
    return rc;
}

/* The first stretch that is free. */
static int take_layer(struct store *store, const struct design *d, struct experiment_record *record, struct error *err)
{
    struct layer *layer = mem_zalloc(1, sizeof *layer);
    int32_t run = 0, best = 0;
    if (layer == NULL)
        return error_nomem(err, "experiment start");
    layer->name = d->layer;
    layer->err = err;
    int rc = experiments_each(store, take_slots, layer, err);
    record->layer_to = 0;
    for (int32_t s = 0; rc == 0 && s < ASSIGN_SLOTS && record->layer_to == 0; s++) {
        run = layer->taken[s] ? 0 : run + 1;
        best = run > best ? run : best;
        if (run == (int32_t)d->share) {
            record->layer_from = s - run + 1;
            record->layer_to = s + 1;
        }
    }
    if (rc == 0 && record->layer_to == 0) {
        rc = error_set(err, E_CONFLICT, d->layer, "has no room for a share of %.4g: the largest one that is free is "
                                                  "%.4g",
                       d->share / 10000.0, best / 10000.0);
        rc = error_hint(err, rc, "stop another experiment of the layer, or design a smaller --share");
    }
    mem_free(layer);
    return rc;
}

/* Requests of one place of the shop take part in one experiment: a second one that ran there would get nobody.  And one
 * salt gives a user the same slot in both, so that the arms of one would go with those of the other. */
struct others {
    const struct design *design;
    const char *name;
    struct error *err;
};

static bool shares_slots(const struct design *a, const struct design *b)
{
    bool apart = a->layer[0] != '\0' && strcmp(a->layer, b->layer) == 0;
    return !apart && a->scheme == b->scheme && strcmp(a->salt, b->salt) == 0;
}

static int refuse_taken(void *context, const struct experiment_record *record)
{
    const struct others *place = context;
    if (record->state != EXPERIMENT_RUNNING || strcmp(record->name, place->name) == 0)
        return 0;
    struct design *d = mem_zalloc(1, sizeof *d);
    if (d == NULL)
        return error_nomem(place->err, "experiment start");
    int rc = design_read(d, record->design, record->name, place->err);
    if (rc == 0 && d->place[0] != '\0' && strcmp(d->place, place->design->place) == 0) {
        rc = error_set(place->err, E_CONFLICT, place->design->place, "is the place of %s, which runs", record->name);
        rc = error_hint(place->err, rc, "pause or stop it first, or design without --scenario, for requests that name the "
                                        "experiment");
    } else if (rc == 0 && shares_slots(d, place->design)) {
        rc = error_set(place->err, E_CONFLICT, place->name,
                       "overlaps with %s, which runs with the same salt: who is in an arm of one would be in the same arm "
                       "of the other, and neither could be read", record->name);
        rc = error_hint(place->err, rc, "stop it first, or draw users anew: reckon experiment copy %s NEW-NAME", place->name);
    }
    mem_free(d);
    return rc;
}

static int check_others(struct store *store, const struct experiment_record *r, const struct design *d, struct error *err)
{
    struct others place = {.design = d, .name = r->name, .err = err};
    return experiments_each(store, refuse_taken, &place, err);
}

/* Changes of state. */

static int start(struct app *app, const struct args *args, struct experiment_record *r, const struct design *d,
                 struct error *err)
{
    if (r->state == EXPERIMENT_STOPPED) {
        error_set(err, E_CONFLICT, r->name, "was stopped, and what is stopped does not begin again");
        return error_hint(err, E_CONFLICT, "reckon experiment copy %s NEW-NAME draws its users anew", r->name);
    }
    if (r->state == EXPERIMENT_RUNNING)
        return error_set(err, E_CONFLICT, r->name, "runs already");
    int rc = check_others(app->store, r, d, err);
    if (rc == 0 && r->state == EXPERIMENT_DRAFT && d->layer[0] != '\0')
        rc = take_layer(app->store, d, r, err);
    if (args_given(args, "coverage"))
        r->coverage = (uint32_t)(args_real(args, "coverage") * 100 + 0.5);
    if (r->started == 0)
        r->started = clock_now_ms();
    r->state = EXPERIMENT_RUNNING;
    return rc;
}

static int change(struct app *app, const struct args *args, enum experiment_state to, const char *what,
                  struct experiment_record *r, struct error *err)
{
    struct design *d = mem_zalloc(1, sizeof *d);
    if (d == NULL)
        return error_nomem(err, "experiment");
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = experiments_find(app->store, args_text(args, "name"), r, err);
    if (rc == 0)
        rc = design_read(d, r->design, r->name, err);
    if (rc == 0 && to == EXPERIMENT_RUNNING) {
        rc = start(app, args, r, d, err);
    } else if (rc == 0 && (r->state == EXPERIMENT_STOPPED || r->state == to ||
                           (to == EXPERIMENT_PAUSED && r->state != EXPERIMENT_RUNNING))) {
        rc = error_set(err, E_CONFLICT, r->name, "is %s: it cannot be %s", experiment_state_name(r->state),
                       experiment_state_name(to));
    } else if (rc == 0) {
        r->state = to;
        r->stopped = to == EXPERIMENT_STOPPED ? clock_now_ms() : 0;
    }
    if (rc == 0)
        rc = experiments_update(app->store, r, clock_now_ms(), what, args_text(args, "reason"), err);
    rc = store_end(app->store, rc, err);
    mem_free(d);
    return rc;
}

static int run_start(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct experiment_record r = {.experiment = 0};
    int rc = change(app, args, EXPERIMENT_RUNNING, "started", &r, err);
    if (rc == 0) {
        result_note(out, "%s runs, and its design is fixed. A running server assigns from its next answer on.", r.name);
        result_note(out, "Next: reckon experiment assign %s --user USER; later: reckon experiment report %s", r.name,
                    r.name);
    }
    experiment_record_release(&r);
    return rc;
}

static int run_pause(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct experiment_record r = {.experiment = 0};
    int rc = change(app, args, EXPERIMENT_PAUSED, "paused", &r, err);
    if (rc == 0)
        result_note(out, "%s is paused: everybody gets the default. reckon experiment start %s goes on.", r.name,
                    r.name);
    experiment_record_release(&r);
    return rc;
}

static int run_stop(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct experiment_record r = {.experiment = 0};
    int rc = change(app, args, EXPERIMENT_STOPPED, "stopped", &r, err);
    if (rc == 0)
        result_note(out, "%s is stopped for good; its report stays: reckon experiment report %s", r.name, r.name);
    experiment_record_release(&r);
    return rc;
}

static const struct command_param change_params[] = {NAME_PARAM, REASON_PARAM, {0}};

static const struct command_param start_params[] = {
    NAME_PARAM,
    {"coverage", PT_REAL, 0, NULL, 0, 100, NULL,
     "per cent of the experiment's share to begin with, for a rollout; default: as it was, 100 at first"},
    REASON_PARAM,
    {0},
};

const struct command command_experiment_start = {
    .name = "experiment start",
    .summary = "begin an experiment, or go on with one that is paused",
    .description = "From then on the design cannot be changed.",
    .examples = "  reckon experiment start checkout\n",
    .params = start_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_start,
};

const struct command command_experiment_pause = {
    .name = "experiment pause",
    .summary = "assign nobody for a while",
    .description = "",
    .examples = "  reckon experiment pause checkout --reason 'payment provider is down'\n",
    .params = change_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_pause,
};

const struct command command_experiment_stop = {
    .name = "experiment stop",
    .summary = "end an experiment for good",
    .description = "Its exposures and its report stay. What is stopped does not begin again: copy it.",
    .examples = "  reckon experiment stop checkout\n",
    .params = change_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_stop,
};

/* Overrides. */

static int run_override(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *user_name = args_text(args, "user"), *arm = args_text(args, "arm");
    struct experiment_record r = {.experiment = 0};
    struct book_entry *entry = NULL;
    int64_t user = 0;
    int rc = experiments_find(app->store, args_text(args, "name"), &r, err);
    if (rc == 0)
        rc = book_entry_make(&entry, &r, err);
    int variant = rc == 0 && arm != NULL ? design_arm_find(&entry->design, arm) : -1;
    if (rc == 0 && arm != NULL && variant < 0)
        rc = error_set(err, E_NOT_FOUND, arm, "is no arm of %s; its control is %s", r.name, entry->design.arms[0].name);
    if (rc == 0)
        rc = store_begin(app->store, err);
    if (rc == 0)
        rc = users_intern(app->store, user_name, strlen(user_name), &user, NULL, err);
    if (rc == 0)
        rc = experiment_override_set(app->store, r.experiment, user, variant, err);
    rc = store_end(app->store, rc, err);
    if (rc == 0 && arm != NULL)
        result_note(out, "%s always gets %s from now on, and is not counted.", user_name, arm);
    else if (rc == 0)
        result_note(out, "%s is assigned as everybody else from now on.", user_name);
    book_entry_free(entry);
    experiment_record_release(&r);
    return rc;
}

static const struct command_param override_params[] = {
    NAME_PARAM,
    {"user", PT_TEXT, PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "the tester"},
    {"arm", PT_TEXT, 0, NULL, 0, 0, NULL, "that the tester always gets; default: none any more"},
    {0},
};

const struct command command_experiment_override = {
    .name = "experiment override",
    .summary = "give a tester one arm for good",
    .description = "Testers are not counted.",
    .examples = "  reckon experiment override checkout --user anna --arm treatment\n"
                "  reckon experiment override checkout --user anna\n",
    .params = override_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_override,
};

/* Lists. */

struct listing_of_all {
    struct store *store;
    struct result *out;
    struct error *err;
    size_t broken;
};

/* What somebody should look at; "" : nothing. */
static const char *attention(const struct experiment_record *r, const struct design *d,
                             const struct reading_shares *shares, double users)
{
    if (shares->broken)
        return "BROKEN split";
    if (r->state == EXPERIMENT_PAUSED)
        return "nobody is assigned";
    if (r->state != EXPERIMENT_RUNNING)
        return "";
    if (r->coverage == 0)
        return "covers nobody";
    if (users < 1)
        return "nobody was exposed yet";
    return d->users > 0 && users >= (double)d->users ? "planned users are there" : "";
}

static int add_row(void *context, const struct experiment_record *r)
{
    struct listing_of_all *list = context;
    struct result *out = list->out;
    struct design *d = mem_zalloc(1, sizeof *d);
    uint64_t counts[DESIGN_ARMS_MAX] = {0};
    double users[DESIGN_ARMS_MAX], all = 0;
    struct reading_shares shares = {.known = false};
    int64_t first, last;
    int rc = d == NULL ? error_nomem(list->err, "experiment list") : design_read(d, r->design, r->name, list->err);
    if (rc == 0 && r->state != EXPERIMENT_DRAFT)
        rc = exposures_count(list->store, r->experiment, counts, DESIGN_ARMS_MAX, &first, &last, list->err);
    for (size_t a = 0; a < DESIGN_ARMS_MAX; a++) {
        users[a] = (double)counts[a];
        all += users[a];
    }
    if (rc == 0)
        rc = reading_shares(&shares, users, d, list->err);
    if (rc == 0) {
        list->broken += shares.broken;
        result_add_text(out, r->name);
        result_add_text(out, experiment_state_name(r->state));
        result_add_text(out, attention(r, d, &shares, all));
        result_add_text(out, d->metrics[0].metric.name);
        result_add_int(out, (int64_t)d->n_arms);
        result_add_real(out, d->share / 100.0 * r->coverage / 10000.0);
        result_add_int(out, (int64_t)all);
        result_add_int(out, (int64_t)d->users);
        if (r->started != 0)
            result_add_time(out, r->started);
        else
            result_add_null(out);
    }
    mem_free(d);
    return rc;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct listing_of_all list = {app->store, out, err, 0};
    (void)args;
    result_add_column(out, "experiment", CELL_TEXT, "", "", 0);
    result_add_column(out, "state", CELL_TEXT, "", "", 0);
    result_add_column(out, "attention", CELL_TEXT, "", "what is to be looked at", 0);
    result_add_column(out, "metric", CELL_TEXT, "", "the primary one", 0);
    result_add_column(out, "arms", CELL_INT, "", "", 0);
    result_add_column(out, "share", CELL_REAL, "%", "of all users who may take part now", 2);
    result_add_column(out, "users", CELL_INT, "", "who met an arm so far", 0);
    result_add_column(out, "planned", CELL_INT, "users", "", 0);
    result_add_column(out, "started", CELL_TIME, "", "", 0);
    int rc = experiments_each(app->store, add_row, &list, err);
    if (list.broken > 0)
        result_note(out, "%zu of them %s broken: the shares of users in the arms are not as planned, and nothing may be "
                         "concluded. reckon experiment report NAME says more.",
                    list.broken, list.broken == 1 ? "is" : "are");
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "There are none. Next: reckon experiment design NAME --metric conversion");
    return rc;
}

const struct command command_experiment_list = {
    .name = "experiment list",
    .summary = "show all experiments, the newest first",
    .description = "",
    .examples = "  reckon experiment list\n",
    .flags = CF_WORKSPACE,
    .run = run_list,
};

/* What happened to it: a table, and the weights of a bandit as they went, a series for each arm. */
struct history {
    const struct book_entry *entry;
    struct result *table, *out;
    int64_t at[ADAPTED_MAX];
    uint32_t weights[ADAPTED_MAX][DESIGN_ARMS_MAX];
    size_t n; /* of those that adapted it; the newest ones are kept */
};

static int add_change(void *context, const struct experiment_change *change)
{
    struct history *h = context;
    result_add_time(h->table, change->at);
    result_add_text(h->table, change->what);
    result_add_text(h->table, change->detail);
    if (strcmp(change->what, "adapted") != 0 && strcmp(change->what, "started") != 0)
        return 0;
    if (h->n == ADAPTED_MAX) {
        h->n--;
        memmove(h->at, h->at + 1, h->n * sizeof h->at[0]);
        memmove(h->weights, h->weights + 1, h->n * sizeof h->weights[0]);
    }
    bool adapted = change->what[0] == 'a';
    if (h->n == 0 || adapted) {
        int rc = design_weights(&h->entry->design, adapted ? change->detail : NULL, h->weights[h->n], NULL);
        h->at[h->n] = change->at;
        h->n += rc == 0;
    }
    return 0;
}

static void add_allocation(const struct history *h)
{
    const struct design *d = &h->entry->design;
    for (size_t a = 0; a < d->n_arms && d->bandit != DESIGN_BANDIT_NONE && h->n > 1; a++) {
        char name[EXPERIMENT_NAME_MAX + 16];
        snprintf(name, sizeof name, "%s: weight", d->arms[a].name);
        result_begin_series(h->out, name, "time", "%");
        for (size_t i = 0; i < h->n; i++)
            result_add_point(h->out, (double)h->at[i], h->weights[i][a] / 100.0);
    }
}

static int add_history(struct app *app, const struct book_entry *e, struct result *out, struct error *err)
{
    struct history *h = mem_zalloc(1, sizeof *h);
    if (h == NULL)
        return error_nomem(err, "experiment show");
    h->entry = e;
    h->out = out;
    h->table = result_add_table(out, "history");
    int rc = 0;
    if (h->table != NULL) {
        result_add_column(h->table, "time", CELL_TIME, "", "", 0);
        result_add_column(h->table, "what", CELL_TEXT, "", "", 0);
        result_add_column(h->table, "why", CELL_TEXT, "", "", 0);
        rc = experiments_changes(app->store, e->record.experiment, add_change, h, err);
    }
    add_allocation(h);
    mem_free(h);
    return rc;
}

/* "model ease"; "" the default. */
static void arm_shows(const struct design_arm *arm, char *out, size_t size)
{
    const char *const shows[][2] = {{"model", arm->model}, {"scenario", arm->scenario}, {"rules", arm->rules},
                                    {"widget", arm->widget}, {"descriptions", arm->descriptions}};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof shows / sizeof shows[0] && out[0] == '\0'; i++)
        if (shows[i][1][0] != '\0')
            snprintf(out, size, "%s %s", shows[i][0], shows[i][1]);
}

static void add_arms(struct result *out, const struct book_entry *e, const uint64_t *users)
{
    result_add_column(out, "arm", CELL_TEXT, "", "the first one is control", 0);
    result_add_column(out, "weight", CELL_REAL, "%", "of those who take part", 2);
    result_add_column(out, "shows", CELL_TEXT, "", "empty: the default", 0);
    result_add_column(out, "users", CELL_INT, "", "who met it so far", 0);
    for (size_t a = 0; a < e->design.n_arms; a++) {
        const struct design_arm *arm = &e->design.arms[a];
        char shows[DESIGN_TEXT_MAX + 16];
        arm_shows(arm, shows, sizeof shows);
        result_add_text(out, arm->name);
        result_add_real(out, e->weights[a] / 100.0);
        result_add_text(out, shows);
        result_add_int(out, (int64_t)users[a]);
    }
}

static void add_design(struct result *out, const struct book_entry *e)
{
    const struct design *d = &e->design;
    result_fact_text(out, "state", experiment_state_name(e->record.state));
    for (size_t m = 0; m < d->n_metrics; m++) {
        char words[220], margin[40] = "";
        if (d->metrics[m].role == DESIGN_GUARDRAIL)
            snprintf(margin, sizeof margin, ", margin %g %%", 100 * d->metrics[m].margin);
        snprintf(words, sizeof words, "%s%s", d->metrics[m].metric.name, margin);
        result_fact_text(out, m == 0 ? "primary" : d->metrics[m].role == DESIGN_SECONDARY ? "secondary" : "guardrail",
                         words);
    }
    result_fact_text(out, "read", design_method_name(d->method));
    result_fact_real(out, "effect", 100 * d->effect, "%");
    result_fact_real(out, "alpha", d->alpha, "");
    result_fact_real(out, "power", d->power, "");
    result_fact_int(out, "planned users", (int64_t)d->users, "");
    result_fact_real(out, "share", d->share / 100.0, "%");
    result_fact_real(out, "coverage", e->record.coverage / 100.0, "%");
    result_fact_int(out, "window", d->window_days, "days");
    result_fact_text(out, "hash", hash_scheme_name(d->scheme));
    result_fact_text(out, "salt", d->salt);
    if (d->bandit != DESIGN_BANDIT_NONE)
        result_fact_text(out, "bandit", design_bandit_name(d->bandit));
    if (d->context[0] != '\0')
        result_fact_text(out, "context", d->context);
    if (d->place[0] != '\0')
        result_fact_text(out, "scenario", d->place);
    if (d->target[0] != '\0')
        result_fact_text(out, "target", d->target);
    if (d->layer[0] != '\0')
        result_fact_text(out, "layer", d->layer);
}

static int run_show(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct experiment_record r = {.experiment = 0};
    struct book_entry *e = NULL;
    uint64_t users[DESIGN_ARMS_MAX];
    int64_t first, last;
    int rc = experiments_find(app->store, args_text(args, "name"), &r, err);
    if (rc == 0)
        rc = book_entry_make(&e, &r, err);
    if (rc == 0)
        rc = exposures_count(app->store, r.experiment, users, DESIGN_ARMS_MAX, &first, &last, err);
    if (rc == 0) {
        add_arms(out, e, users);
        add_design(out, e);
        rc = add_history(app, e, out, err);
    }
    book_entry_free(e);
    experiment_record_release(&r);
    return rc;
}

static const struct command_param show_params[] = {NAME_PARAM, {0}};

const struct command command_experiment_show = {
    .name = "experiment show",
    .summary = "show an experiment: its arms, its design, and what happened to it",
    .description = "",
    .examples = "  reckon experiment show checkout\n",
    .params = show_params,
    .flags = CF_WORKSPACE,
    .run = run_show,
};

/* Assigning. */

static void add_assignment(struct result *out, const struct book_entry *e, const char *user, const struct assignment *a)
{
    char text[HASH_TEXT_MAX];
    result_fact_text(out, "user", user);
    if (a->in)
        result_fact_text(out, "arm", e->design.arms[a->variant].name);
    result_fact_text(out, "why", book_reason_text(a->reason));
    if (a->in)
        result_fact_real(out, "propensity", a->propensity, "");
    if (a->place.buckets == 0)
        return;
    hash_text(e->design.scheme, e->design.salt, user, NULL, text, sizeof text);
    result_fact_text(out, "hashed text", text);
    result_fact_text(out, "scheme", hash_scheme_name(e->design.scheme));
    result_fact_int(out, "hash", (int64_t)a->place.integer, "");
    result_fact_int(out, "slot", (int64_t)assign_slot(&a->place), "of 10000");
}

static int run_assign(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *name = args_text(args, "user");
    struct experiment_record r = {.experiment = 0};
    struct book_entry *e = NULL;
    struct assignment a;
    struct settings settings;
    int64_t user = 0;
    int rc = app_settings(app, &settings, err);
    if (rc == 0)
        rc = experiments_find(app->store, args_text(args, "name"), &r, err);
    if (rc == 0)
        rc = book_entry_make(&e, &r, err);
    if (rc == 0)
        rc = book_entry_learnt(e, app->store, err);
    if (rc == 0)
        rc = users_lookup(app->store, name, &user, err);
    if (rc == 0)
        rc = book_assign(e, (uint32_t)(settings_real(&settings, SETTING_ID_HOLDOUT) * 10000 + 0.5), app->store, name,
                         user, &a,
                         err);
    if (rc == 0)
        add_assignment(out, e, name, &a);
    book_entry_free(e);
    experiment_record_release(&r);
    return rc;
}

static const struct command_param assign_params[] = {
    NAME_PARAM,
    {"user", PT_TEXT, PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "who; need not be known to the store"},
    {0},
};

const struct command command_experiment_assign = {
    .name = "experiment assign",
    .summary = "show which arm a user gets, and why",
    .description = "Shows the very text that is hashed. Logs nothing: exposures are logged by the server, or imported.",
    .examples = "  reckon experiment assign checkout --user anna\n",
    .params = assign_params,
    .flags = CF_WORKSPACE,
    .run = run_assign,
};
