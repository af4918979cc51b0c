/* The registry: list, show, diff, promote, rollback, archive, export, import. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/curves.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/commands.h"
#include "train/models.h"
#include "train/unlearn.h"

/* "blend@3" */
static const char *spec_of(const struct model_record *r, char out[96])
{
    snprintf(out, 96, "%s@%lld", r->name, (long long)r->version);
    return out;
}

/* ---- list ---------------------------------------------------------------------------------------------- */

struct main_metric {
    double ndcg;
    char protocol[80];
};

static int take_main_metric(void *context, const struct model_metric *m)
{
    struct main_metric *found = context;
    if (strncmp(m->metric, "ndcg@", 5) != 0)
        return 0;
    found->ndcg = m->value;
    snprintf(found->protocol, sizeof found->protocol, "%s", m->protocol);
    return 1;
}

struct listing {
    struct store *store;
    struct result *out;
    const char *name, *stage;
    struct error *err;
};

static int list_one(void *context, const struct model_record *r)
{
    struct listing *l = context;
    if ((l->name != NULL && strcmp(l->name, r->name) != 0) || (l->stage != NULL && strcmp(l->stage, r->stage) != 0))
        return 0;
    struct main_metric metric = {.ndcg = (double)NAN};
    int rc = registry_metrics(l->store, r->model, take_main_metric, &metric, l->err);
    if (rc < 0)
        return rc;
    char spec[96];
    result_add_text(l->out, spec_of(r, spec));
    result_add_text(l->out, r->kind);
    result_add_text(l->out, r->stage);
    result_add_time(l->out, r->created / 1000 * 1000);
    result_add_int(l->out, r->data_events);
    result_add_int(l->out, r->data_users);
    result_add_int(l->out, r->data_items);
    result_add_int(l->out, r->bytes);
    result_add_real(l->out, metric.ndcg);
    result_add_text(l->out, metric.protocol[0] != '\0' ? metric.protocol : NULL);
    return 0;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    result_add_column(out, "model", CELL_TEXT, "", "", 0);
    result_add_column(out, "kind", CELL_TEXT, "", "", 0);
    result_add_column(out, "stage", CELL_TEXT, "", "", 0);
    result_add_column(out, "created", CELL_TIME, "", "", 0);
    result_add_column(out, "events", CELL_INT, "", "", 0);
    result_add_column(out, "users", CELL_INT, "", "", 0);
    result_add_column(out, "items", CELL_INT, "", "", 0);
    result_add_column(out, "bytes", CELL_INT, "", "", 0);
    result_add_column(out, "ndcg", CELL_REAL, "", "NDCG at the K of its evaluation, when it was trained", 4);
    result_add_column(out, "measured", CELL_TEXT, "", "", 0);
    struct listing l = {.store = app->store, .out = out, .name = args_text(args, "name"), .stage = args_text(args, "stage"), .err = err};
    int rc = registry_each(app->store, list_one, &l, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "No model %s. `reckon train blend` trains one.", l.name != NULL || l.stage != NULL ? "fits" : "was trained yet");
    return rc;
}

static const struct command_param list_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_MODEL, NULL, 0, 0, NULL, "only models of this name"},
    {"stage", PT_CHOICE, 0, NULL, 0, 0, "candidate|staging|production|archived", "only those in this stage"},
    {0},
};

const struct command command_models_list = {
    .name = "models list",
    .summary = "list the trained models, newest first",
    .description = "",
    .examples = "  reckon models list\n  reckon models list blend --stage production\n",
    .params = list_params,
    .flags = CF_WORKSPACE,
    .run = run_list,
};

/* ---- show ---------------------------------------------------------------------------------------------- */

static int add_metric(void *context, const struct model_metric *m)
{
    struct result *out = context;
    result_add_text(out, m->protocol);
    result_add_text(out, m->metric);
    result_add_real(out, m->value);
    result_add_real(out, m->low);
    result_add_real(out, m->high);
    return 0;
}

static int add_stage(void *context, const struct model_stage_change *c)
{
    char when[40];
    result_note(context, "%s  %s -> %s", clock_format(c->at / 1000 * 1000, when, sizeof when), c->before, c->after);
    return 0;
}

struct curve_reading {
    struct result *out;
    char series[CURVES_NAME_MAX];
};

static int add_curve_point(void *context, const struct model_point *p)
{
    struct curve_reading *r = context;
    if (strcmp(r->series, p->series) != 0) {
        snprintf(r->series, sizeof r->series, "%s", p->series);
        result_begin_series(r->out, p->series, p->x_unit, "");
    }
    result_add_point(r->out, p->x, p->y);
    return 0;
}

static void add_params(struct result *out, const char *json)
{
    json_t *object = json_loads(json, 0, NULL);
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value) {
        char label[TENSOR_NAME_MAX + 8];
        snprintf(label, sizeof label, "param.%s", name);
        result_fact_text(out, label, json_string_value(value));
    }
    json_decref(object);
}

static int run_show(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct model_record r;
    char spec[96], seed[32];
    int rc = registry_find(app->store, args_text(args, "model"), &r, err);
    if (rc != 0)
        return rc;
    result_set_title(out, "%s", spec_of(&r, spec));
    result_add_column(out, "measured", CELL_TEXT, "", "", 0);
    result_add_column(out, "metric", CELL_TEXT, "", "", 0);
    result_add_column(out, "value", CELL_REAL, "", "", 4);
    result_add_column(out, "low", CELL_REAL, "", "lower bound of the 95 % interval", 4);
    result_add_column(out, "high", CELL_REAL, "", "upper bound", 4);
    rc = registry_metrics(app->store, r.model, add_metric, out, err);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)r.seed);
    result_fact_text(out, "model", spec);
    result_fact_text(out, "kind", r.kind);
    result_fact_text(out, "stage", r.stage);
    result_fact_time(out, "created", r.created / 1000 * 1000);
    result_fact_text(out, "file", r.file);
    result_fact_int(out, "bytes", r.bytes, "");
    result_fact_text(out, "sha256", r.checksum);
    result_fact_time(out, "data_from", r.data_from);
    result_fact_time(out, "data_to", r.data_to);
    result_fact_int(out, "data_events", r.data_events, "");
    result_fact_int(out, "data_users", r.data_users, "");
    char lineage[100];
    if (unlearn_lineage(&r, lineage, sizeof lineage))
        result_fact_text(out, "lineage", lineage);
    if (r.left_out > 0)
        result_fact_int(out, "left_out", r.left_out, "people without consent");
    result_fact_int(out, "data_items", r.data_items, "");
    result_fact_text(out, "data_digest", r.data_digest);
    result_fact_text(out, "seed", seed);
    result_fact_text(out, "build", r.build);
    add_params(out, r.params);
    if (r.note[0] != '\0')
        result_note(out, "%s", r.note);
    if (rc == 0)
        rc = registry_stages(app->store, r.model, add_stage, out, err);
    struct curve_reading reading = {.out = out};
    if (rc == 0)
        rc = registry_curves(app->store, r.model, add_curve_point, &reading, err);
    if (out->n_series > 0)
        result_note(out, "Its training told curves: --json has their points, and the console draws them.");
    model_record_release(&r);
    return rc;
}

static const struct command_param show_params[] = {
    {"model", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_MODEL, NULL, 0, 0, NULL, "a name (its newest version), or NAME@VERSION"},
    {0},
};

const struct command command_models_show = {
    .name = "models show",
    .summary = "show one model: lineage, parameters, metrics, stages",
    .description = "",
    .examples = "  reckon models show blend\n  reckon models show ease@2 --json\n",
    .params = show_params,
    .flags = CF_WORKSPACE,
    .run = run_show,
};

/* ---- diff ---------------------------------------------------------------------------------------------- */

/* One fact of two models; only differences are shown unless `all`. */
static void compare_texts(struct result *out, const char *name, const char *a, const char *b, bool all)
{
    bool same = a != NULL && b != NULL && strcmp(a, b) == 0;
    if (same && !all)
        return;
    result_add_text(out, name);
    result_add_text(out, a);
    result_add_text(out, b);
    result_add_bool(out, !same);
}

static void compare_ints(struct result *out, const char *name, int64_t a, int64_t b, bool all)
{
    char x[32], y[32];
    snprintf(x, sizeof x, "%lld", (long long)a);
    snprintf(y, sizeof y, "%lld", (long long)b);
    compare_texts(out, name, x, y, all);
}

static void compare_times(struct result *out, const char *name, int64_t a, int64_t b, bool all)
{
    char x[40], y[40];
    compare_texts(out, name, clock_format(a, x, sizeof x), clock_format(b, y, sizeof y), all);
}

/* Every key of either object. */
static void compare_objects(struct result *out, const char *prefix, json_t *a, json_t *b, bool all)
{
    const char *name;
    json_t *value;
    char label[256];
    json_object_foreach (a, name, value) {
        snprintf(label, sizeof label, "%s%s", prefix, name);
        compare_texts(out, label, json_string_value(value), json_string_value(json_object_get(b, name)), all);
    }
    json_object_foreach (b, name, value) {
        if (json_object_get(a, name) != NULL)
            continue;
        snprintf(label, sizeof label, "%s%s", prefix, name);
        compare_texts(out, label, NULL, json_string_value(value), all);
    }
}

static int take_metric(void *context, const struct model_metric *m)
{
    char label[256], value[32];
    snprintf(label, sizeof label, "%s (%s)", m->metric, m->protocol);
    snprintf(value, sizeof value, "%.4f", m->value);
    return json_object_set_new(context, label, json_string(value)) == 0 ? 0 : E_NOMEM;
}

static int compare_metrics(struct store *store, struct result *out, const struct model_record *a,
                           const struct model_record *b, bool all, struct error *err)
{
    json_t *x = json_object(), *y = json_object();
    int rc = registry_metrics(store, a->model, take_metric, x, err);
    if (rc == 0)
        rc = registry_metrics(store, b->model, take_metric, y, err);
    if (rc == 0)
        compare_objects(out, "", x, y, all);
    json_decref(x);
    json_decref(y);
    return rc;
}

static void compare_lineage(struct result *out, const struct model_record *a, const struct model_record *b, bool all)
{
    compare_texts(out, "kind", a->kind, b->kind, all);
    compare_texts(out, "stage", a->stage, b->stage, all);
    compare_times(out, "created", a->created / 1000 * 1000, b->created / 1000 * 1000, all);
    compare_texts(out, "sha256", a->checksum, b->checksum, all);
    compare_ints(out, "bytes", a->bytes, b->bytes, all);
    compare_times(out, "data_from", a->data_from, b->data_from, all);
    compare_times(out, "data_to", a->data_to, b->data_to, all);
    compare_ints(out, "data_events", a->data_events, b->data_events, all);
    compare_ints(out, "data_users", a->data_users, b->data_users, all);
    compare_ints(out, "data_items", a->data_items, b->data_items, all);
    compare_texts(out, "data_digest", a->data_digest, b->data_digest, all);
    compare_ints(out, "seed", (int64_t)a->seed, (int64_t)b->seed, all);
    compare_texts(out, "build", a->build, b->build, all);
    json_t *x = json_loads(a->params, 0, NULL), *y = json_loads(b->params, 0, NULL);
    compare_objects(out, "param.", x, y, all);
    json_decref(x);
    json_decref(y);
    compare_texts(out, "note", a->note, b->note, all);
}

static int run_diff(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct model_record a, b;
    char x[96], y[96];
    bool all = args_flag(args, "all");
    int rc = registry_find(app->store, args_text(args, "model"), &a, err);
    if (rc != 0)
        return rc;
    rc = registry_find(app->store, args_text(args, "other"), &b, err);
    if (rc != 0) {
        model_record_release(&a);
        return rc;
    }
    result_add_column(out, "fact", CELL_TEXT, "", "", 0);
    result_add_column(out, spec_of(&a, x), CELL_TEXT, "", "", 0);
    result_add_column(out, strcmp(x, spec_of(&b, y)) == 0 ? "the same" : y, CELL_TEXT, "", "", 0);
    result_add_column(out, "differs", CELL_BOOL, "", "", 0);
    compare_lineage(out, &a, &b, all);
    rc = compare_metrics(app->store, out, &a, &b, all, err);
    if (rc == 0 && strcmp(a.checksum, b.checksum) == 0)
        result_note(out, "The two files are the same, byte for byte.");
    model_record_release(&a);
    model_record_release(&b);
    return rc;
}

static const struct command_param diff_params[] = {
    {"model", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_MODEL, NULL, 0, 0, NULL, "NAME or NAME@VERSION"},
    {"other", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_MODEL, NULL, 0, 0, NULL, "the one to compare it with"},
    {"all", PT_FLAG, 0, NULL, 0, 0, NULL, "also what is the same"},
    {0},
};

const struct command command_models_diff = {
    .name = "models diff",
    .summary = "show in what two models differ: data, parameters, metrics",
    .description = "",
    .examples = "  reckon models diff blend@1 blend@2\n",
    .params = diff_params,
    .flags = CF_WORKSPACE,
    .run = run_diff,
};

/* ---- promote, rollback, archive ------------------------------------------------------------------------ */

static int change_stage(struct app *app, int64_t model, const char *stage, struct error *err)
{
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = registry_set_stage(app->store, model, stage, clock_now_ms(), err);
    return store_end(app->store, rc, err);
}

/* A model that cannot be loaded must not come into production. */
static int check_file(struct app *app, const struct model_record *r, struct error *err)
{
    struct opened_model opened;
    int rc = models_open(&opened, app->store, r, app->job, err);
    if (rc == 0)
        models_close(&opened);
    return rc;
}

static int run_promote(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct model_record r, before = {0};
    char spec[96];
    const char *stage = args_text(args, "stage");
    int rc = registry_find(app->store, args_text(args, "model"), &r, err);
    if (rc != 0)
        return rc;
    bool had = registry_production(app->store, &before, NULL) == 0;
    rc = check_file(app, &r, err);
    if (rc == 0)
        rc = change_stage(app, r.model, stage, err);
    if (rc == 0) {
        result_fact_text(out, "model", spec_of(&r, spec));
        result_fact_text(out, "stage", stage);
        if (had && before.model != r.model && strcmp(stage, "production") == 0) {
            result_fact_text(out, "before", spec_of(&before, spec));
            result_note(out, "%s went back to staging; `reckon models rollback` brings it back.", spec);
        }
    }
    model_record_release(&r);
    model_record_release(&before);
    return rc;
}

static const struct command_param promote_params[] = {
    {"model", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_MODEL, NULL, 0, 0, NULL, "NAME (its newest version) or NAME@VERSION"},
    {"stage", PT_CHOICE, 0, "production", 0, 0, "staging|production", "where to"},
    {0},
};

const struct command command_models_promote = {
    .name = "models promote",
    .summary = "put a model into production, or into staging",
    .description = "The file is read and checked first. One model at most is in production; whichever was there goes "
                   "back to staging.",
    .examples = "  reckon models promote blend\n  reckon models promote blend@2 --stage staging\n",
    .params = promote_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_promote,
};

struct wanted {
    int64_t model;
    char spec[96];
};

static int find_model(void *context, const struct model_record *r)
{
    struct wanted *wanted = context;
    if (r->model != wanted->model)
        return 0;
    spec_of(r, wanted->spec);
    return 1;
}

static void spec_by_number(struct store *store, int64_t model, char out[96])
{
    struct wanted wanted = {.model = model};
    registry_each(store, find_model, &wanted, NULL);
    memcpy(out, wanted.spec, sizeof wanted.spec);
}

static int run_rollback(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)args;
    int64_t back = 0, gone = 0;
    char spec[96];
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = registry_rollback(app->store, clock_now_ms(), &back, &gone, err);
    rc = store_end(app->store, rc, err);
    if (rc != 0)
        return rc;
    spec_by_number(app->store, back, spec);
    result_fact_text(out, "production", spec);
    spec_by_number(app->store, gone, spec);
    result_fact_text(out, "candidate", spec);
    return 0;
}

const struct command command_models_rollback = {
    .name = "models rollback",
    .summary = "bring back the model that was in production before",
    .description = "The one in production goes back to being a candidate.",
    .examples = "  reckon models rollback\n",
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_rollback,
};

static int run_archive(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct model_record r;
    char spec[96];
    int rc = registry_find(app->store, args_text(args, "model"), &r, err);
    if (rc != 0)
        return rc;
    spec_of(&r, spec);
    if (strcmp(r.stage, "production") == 0) {
        error_set(err, E_CONFLICT, spec, "is in production");
        rc = error_hint(err, E_CONFLICT, "promote another one, or `reckon models rollback`, first");
    }
    if (rc == 0)
        rc = change_stage(app, r.model, "archived", err);
    if (rc == 0) {
        result_fact_text(out, "model", spec);
        result_fact_text(out, "stage", "archived");
    }
    model_record_release(&r);
    return rc;
}

const struct command command_models_archive = {
    .name = "models archive",
    .summary = "retire a model: it stays, but nothing picks it by itself",
    .description = "",
    .examples = "  reckon models archive ease@1\n",
    .params = show_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_archive,
};

/* ---- export, import ------------------------------------------------------------------------------------ */

static int run_export(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct model_record r;
    char spec[96];
    const char *path = args_text(args, "file");
    int rc = registry_find(app->store, args_text(args, "model"), &r, err);
    if (rc != 0)
        return rc;
    if (fs_exists(path) && !app->confirmed) {
        error_set(err, E_REFUSED, path, "exists already");
        rc = error_hint(err, E_REFUSED, "give another name, or --yes to replace it");
    }
    if (rc == 0)
        rc = models_export(app->store, &r, path, app->job, err);
    if (rc == 0) {
        result_fact_text(out, "model", spec_of(&r, spec));
        result_fact_text(out, "file", path);
        result_fact_int(out, "bytes", r.bytes, "");
        result_fact_text(out, "sha256", r.checksum);
    }
    model_record_release(&r);
    return rc;
}

static const struct command_param export_params[] = {
    {"model", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_MODEL, NULL, 0, 0, NULL, "NAME or NAME@VERSION"},
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the safetensors file to write"},
    {0},
};

const struct command command_models_export = {
    .name = "models export",
    .summary = "copy a model out as a safetensors file",
    .description = "The file opens in Python (safetensors, PyTorch) as it is; its metadata hold the lineage, its arrays "
                   "the model and the identifiers of its items. It holds no person.",
    .examples = "  reckon models export blend blend.safetensors\n",
    .params = export_params,
    .flags = CF_WORKSPACE,
    .run = run_export,
};

static int run_import(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct model_record r;
    char spec[96];
    int rc = models_import(app->store, args_text(args, "file"), args_text(args, "name"), app->job, &r, err);
    if (rc != 0)
        return rc;
    result_fact_text(out, "model", spec_of(&r, spec));
    result_fact_text(out, "kind", r.kind);
    result_fact_text(out, "stage", r.stage);
    result_fact_text(out, "sha256", r.checksum);
    result_note(out, "Next: reckon models promote %s", spec);
    model_record_release(&r);
    return 0;
}

static const struct command_param import_params[] = {
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "a file that `reckon models export` wrote"},
    {"name", PT_TEXT, 0, NULL, 0, 0, NULL, "the name it gets here; its kind when absent"},
    {0},
};

const struct command command_models_import = {
    .name = "models import",
    .summary = "take in a model from a safetensors file, as a candidate",
    .description = "Everything in the file is checked, and it is loaded once, before it is registered.",
    .examples = "  reckon models import blend.safetensors --name blend\n",
    .params = import_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_import,
};
