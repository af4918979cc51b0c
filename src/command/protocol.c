#include "command/protocol.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "store/store.h"

/* The setting recommend.mode, unless the call says otherwise. */
static int mode_from(struct app *app, const struct args *args, enum answer_mode *mode, struct error *err)
{
    const char *text = args_text(args, "mode");
    struct settings settings;
    if (text == NULL) {
        int rc = app_settings(app, &settings, err);
        if (rc != 0)
            return rc;
        text = settings_text(&settings, SETTING_ID_MODE);
    }
    *mode = strcmp(text, "repeat") == 0 ? ANSWER_REPEAT : ANSWER_DISCOVER;
    return 0;
}

static int lengths_from(struct trial_options *out, const struct args *args, struct error *err)
{
    char **words;
    size_t n;
    int rc = args_list(args, "k", &words, &n, err);
    if (rc != 0)
        return rc;
    if (n > EVALUATE_K_MAX)
        rc = error_set(err, E_USAGE, "--k", "at most %d lengths can be measured at once", EVALUATE_K_MAX);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        int64_t k;
        if (!text_to_int64(words[i], strlen(words[i]), &k) || k < 1 || k > 10000)
            rc = error_set(err, E_USAGE, "--k", "'%s' is not a whole number from 1 to 10000", words[i]);
        else
            out->k[out->n_k++] = (uint32_t)k;
    }
    mem_free(words);
    return rc;
}

static enum split_kind kind_from(const struct args *args, const struct training_data *data)
{
    const char *text = args_text(args, "split");
    if (strcmp(text, "time") == 0)
        return SPLIT_TIME;
    if (strcmp(text, "random") == 0)
        return SPLIT_RANDOM;
    if (strcmp(text, "last") == 0)
        return SPLIT_LAST;
    double days = (double)(data->last - data->first) / (double)CLOCK_DAY_MS;
    return days >= 3 * args_real(args, "test-days") ? SPLIT_TIME : SPLIT_LAST;
}

int protocol_from_args(struct trial_options *out, struct app *app, const struct args *args,
                       const struct training_data *data, struct error *err)
{
    enum answer_mode mode;
    *out = (struct trial_options){.seeds = 1, .seed = (uint64_t)args_int(args, "seed"), .job = app->job};
    int rc = mode_from(app, args, &mode, err);
    if (rc == 0)
        rc = lengths_from(out, args, err);
    if (rc != 0)
        return rc;
    out->split = split_defaults(kind_from(args, data), mode);
    out->split.test_days = args_real(args, "test-days");
    out->split.test_share = args_real(args, "test-share");
    out->split.strict = strcmp(args_text(args, "fit"), "strict") == 0;
    out->candidates = (uint32_t)args_int(args, "candidates");
    out->pool = app_pool(app);
    return 0;
}

static int set_param(struct recipe *recipes, size_t n, int id, const char *text, struct error *err)
{
    bool used = false;
    for (size_t i = 0; i < n; i++) {
        int rc = recipe_set(&recipes[i], id, text, &used, err);
        if (rc != 0)
            return rc;
    }
    if (used)
        return 0;
    char what[64];
    snprintf(what, sizeof what, "--%s", param_specs[id].option);
    error_set(err, E_USAGE, what, "%s", n == 1 ? "this model does not use it" : "none of these models uses it");
    return error_hint(err, E_USAGE, "`reckon models kinds` shows every model with its parameters");
}

int protocol_set_params(struct recipe *recipes, size_t n, const struct args *args, struct error *err)
{
    int rc = 0;
    for (int id = 0; rc == 0 && id < PARAM_COUNT; id++)
        if (args_given(args, param_specs[id].option))
            rc = set_param(recipes, n, id, args_text(args, param_specs[id].option), err);
    for (size_t s = 0; rc == 0 && s < args_count(args, "set"); s++) {
        const char *setting = args_text_at(args, "set", s);
        bool used = false;
        for (size_t i = 0; rc == 0 && i < n; i++)
            rc = recipe_set_one(&recipes[i], setting, &used, err);
        if (rc == 0 && !used) {
            error_set(err, E_USAGE, "--set", "'%s' is about a model that is not asked for", setting);
            rc = error_hint(err, E_USAGE, "name one of the models of this call");
        }
    }
    return rc;
}

void protocol_label(const struct trial_options *o, char *out, size_t size)
{
    char what[48] = "";
    if (o->split.kind == SPLIT_TIME)
        snprintf(what, sizeof what, "time %g days", o->split.test_days);
    else if (o->split.kind == SPLIT_RANDOM)
        snprintf(what, sizeof what, "random %g", o->split.test_share);
    else
        snprintf(what, sizeof what, "last, %s", o->split.strict ? "strict" : "all but last");
    int at = snprintf(out, size, "%s, %s", what, answer_mode_name(o->split.mode));
    if (o->candidates > 0 && at > 0 && (size_t)at < size)
        snprintf(out + at, size - (size_t)at, ", %u candidates", o->candidates);
}

static void add_columns(struct result *out, const struct trial *t)
{
    const struct evaluation *e = &t->models[0].evaluation;
    result_add_column(out, "model", CELL_TEXT, "", "", 0);
    for (uint32_t c = 0; c < e->n_columns; c++) {
        const struct evaluate_column *column = &e->column[c];
        char label[64], bound[80];
        metric_label(column->metric, column->k, label, sizeof label);
        result_add_column(out, label, CELL_REAL, "", metric_specs[column->metric].definition,
                          column->metric == METRIC_NOVELTY ? 2 : 4);
        if (column->metric != METRIC_NDCG)
            continue;
        snprintf(bound, sizeof bound, "%s.low", label);
        result_add_column(out, bound, CELL_REAL, "", "95 % interval of NDCG: bootstrap over the test users", 4);
        snprintf(bound, sizeof bound, "%s.high", label);
        result_add_column(out, bound, CELL_REAL, "", "", 4);
        if (t->n_models > 1) {
            snprintf(bound, sizeof bound, "%s.to_best", label);
            result_add_column(out, bound, CELL_REAL, "", "difference to the best model, over the same users (paired)", 4);
            snprintf(bound, sizeof bound, "%s.differs", label);
            result_add_column(out, bound, CELL_BOOL, "", "does the 95 % interval of that difference leave out 0", 0);
        }
    }
    result_add_column(out, "train", CELL_REAL, "s", "", 2);
    result_add_column(out, "rank", CELL_REAL, "s", "", 2);
}

static void add_row(struct result *out, const struct trial *t, size_t i)
{
    const struct trial_model *m = &t->models[i];
    result_add_text(out, m->recipe->name);
    for (uint32_t c = 0; c < m->evaluation.n_columns; c++) {
        result_add_real(out, m->evaluation.column[c].mean);
        if (m->evaluation.column[c].metric != METRIC_NDCG)
            continue;
        result_add_real(out, m->interval[c].low);
        result_add_real(out, m->interval[c].high);
        if (t->n_models == 1)
            continue;
        if (i == t->reference) {
            result_add_null(out);
            result_add_null(out);
        } else {
            result_add_real(out, m->difference[c].mean);
            result_add_bool(out, m->difference[c].significant);
        }
    }
    result_add_real(out, m->train_seconds);
    result_add_real(out, m->rank_seconds);
}

static void add_notes(struct result *out, const struct trial *t)
{
    const char *best = t->models[t->reference].recipe->name;
    size_t alike = 0;
    for (size_t i = 0; i < t->n_models; i++) {
        if (t->models[i].note[0] != '\0')
            result_note(out, "%s: %s", t->models[i].recipe->name, t->models[i].note);
        for (uint32_t c = 0; i != t->reference && c < t->models[i].evaluation.n_columns; c++)
            if (t->models[i].evaluation.column[c].metric == METRIC_NDCG) {
                alike += !t->models[i].difference[c].significant;
                break;
            }
    }
    if (t->n_models > 1 && alike == 0)
        result_note(out, "%s has the highest NDCG; the 95 %% interval of the difference to each of the others leaves out 0.", best);
    else if (t->n_models > 1)
        result_note(out, "%s has the highest NDCG, but for %zu of the others the 95 %% interval of the difference holds 0: they may be as good.", best, alike);
    if (t->already_had > 0)
        result_note(out, "%llu held-out pairs of user and item do not count: the user had the item before.", (unsigned long long)t->already_had);
    if (t->unknown_users > 0)
        result_note(out, "%u users had events held out but none before: they are not tested.", t->unknown_users);
    if (t->n_models > 1)
        result_note(out, "Next: reckon %s %s", strchr(best, '@') != NULL ? "models promote" : "train", best);
}

int protocol_report(struct result *out, const struct trial *t, const struct trial_options *o, struct error *err)
{
    (void)err;
    result_set_title(out, "%s", t->protocol);
    add_columns(out, t);
    for (size_t i = 0; i < t->n_models; i++)
        add_row(out, t, i);
    result_fact_text(out, "split", split_kind_name(o->split.kind));
    result_fact_text(out, "mode", answer_mode_name(o->split.mode));
    result_fact_text(out, "ranking", o->candidates > 0 ? "sampled candidates (easier than reality)" : "full catalogue");
    if (o->candidates > 0)
        result_fact_int(out, "candidates", o->candidates, "");
    if (o->split.kind == SPLIT_TIME)
        result_fact_time(out, "moment", (int64_t)t->moment * 1000);
    if (o->split.kind == SPLIT_LAST)
        result_fact_text(out, "fit", o->split.strict ? "strict: without the last two events of a user" : "all but the last event of a user");
    result_fact_int(out, "seeds", o->seeds, "");
    result_fact_int(out, "seed", (int64_t)o->seed, "");
    result_fact_int(out, "test_users", t->test_users, "");
    result_fact_int(out, "relevant", (int64_t)t->relevant, "pairs of user and item");
    result_fact_int(out, "train_users", t->train_users, "");
    result_fact_int(out, "train_events", (int64_t)t->train_events, "");
    result_fact_int(out, "items", t->items, "");
    if (t->unknown_items > 0)
        result_fact_int(out, o->split.drop_unknown_items ? "new_items_left_out" : "new_items_counted_as_missed",
                        (int64_t)t->unknown_items, "pairs of user and item");
    add_notes(out, t);
    return 0;
}
