#include "train/retrain.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/blend.h"

static json_t *describe_settings(const struct recipe *recipe)
{
    json_t *list = json_array();
    for (size_t i = 0; i < recipe->n_settings; i++) {
        const struct member_setting *s = &recipe->settings[i];
        struct params params = {.value = {0}};
        char value[64];
        params.value[s->param] = s->value;
        params_text(&params, s->param, value, sizeof value);
        json_array_append_new(list, json_pack("[s, s, s]", s->member, param_specs[s->param].name, value));
    }
    return list;
}

char *retrain_describe(const struct recipe *recipe, double data_days, int64_t next_event, const struct split_options *v)
{
    json_t *object = json_pack("{s:I, s:f, s:o, s:{s:s, s:s, s:f, s:f, s:b, s:b, s:I}}", "next_event", (json_int_t)next_event,
                               "data_days", data_days, "settings",
                               describe_settings(recipe), "validation", "kind", split_kind_name(v->kind), "mode",
                               answer_mode_name(v->mode), "share", v->test_share, "days", v->test_days, "strict",
                               (int)v->strict, "drop", (int)v->drop_unknown_items, "seed", (json_int_t)v->seed);
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(object);
    return text;
}

double retrain_data_days(const struct model_record *record)
{
    json_t *how = record->recipe != NULL ? json_loads(record->recipe, 0, NULL) : NULL;
    double days = json_number_value(json_object_get(how, "data_days"));
    json_decref(how);
    return days;
}

struct training_data_options retrain_data_of_then(const struct model_record *record)
{
    const struct model_kind *kind = model_kind_find(record->kind);
    json_t *how = record->recipe != NULL ? json_loads(record->recipe, 0, NULL) : NULL;
    struct training_data_options o = {.window_days = json_number_value(json_object_get(how, "data_days")),
                                      .terms = kind != NULL && kind->reads_terms,
                                      .traits = kind != NULL && kind->reads_traits,
                                      .until = record->data_to + 1,
                                      .next_event = (int64_t)json_integer_value(json_object_get(how, "next_event"))};
    json_decref(how);
    return o;
}

static int read_settings(struct recipe *recipe, const json_t *list, struct error *err)
{
    json_t *one;
    size_t i;
    int rc = 0;
    json_array_foreach (list, i, one) {
        const char *member = json_string_value(json_array_get(one, 0)),
                   *name = json_string_value(json_array_get(one, 1)),
                   *value = json_string_value(json_array_get(one, 2));
        if (rc == 0 && (member == NULL || name == NULL || value == NULL || recipe->n_settings == RECIPE_SETTINGS_MAX))
            rc = error_set(err, E_CORRUPT, "the registry", "a recipe cannot be read");
        if (rc == 0)
            rc = blend_setting(&recipe->settings[recipe->n_settings], member, name, value, err);
        recipe->n_settings += rc == 0;
    }
    return rc;
}

static struct split_options read_validation(const json_t *v)
{
    static const enum split_kind kinds[] = {SPLIT_RANDOM, SPLIT_LAST, SPLIT_TIME};
    const char *kind = json_string_value(json_object_get(v, "kind")),
               *mode = json_string_value(json_object_get(v, "mode"));
    struct split_options out = {
        .mode = mode != NULL && strcmp(mode, answer_mode_name(ANSWER_DISCOVER)) == 0 ? ANSWER_DISCOVER : ANSWER_REPEAT,
        .test_share = json_number_value(json_object_get(v, "share")),
        .test_days = json_number_value(json_object_get(v, "days")),
        .strict = json_is_true(json_object_get(v, "strict")),
        .drop_unknown_items = json_is_true(json_object_get(v, "drop")),
        .seed = (uint64_t)json_integer_value(json_object_get(v, "seed")),
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kind != NULL && strcmp(kind, split_kind_name(kinds[i])) == 0)
            out.kind = kinds[i];
    return out;
}

static int train(struct retrained *out, const struct model_record *record, struct recipe *recipe,
                 const struct split_options *validation, struct pool *pool, struct job *job, struct error *err)
{
    struct train_context ctx = recipe_context(recipe);
    ctx.seed = record->seed;
    ctx.pool = pool;
    ctx.job = job;
    ctx.validation = *validation;
    int rc = model_train(&out->model, recipe->kind, &out->data.dataset, &ctx, err);
    memcpy(out->note, ctx.note, sizeof out->note);
    out->lineage = (struct model_lineage){.data = &out->data, .seed = record->seed, .note = out->note,
                                          .recipe = out->recipe};
    return rc;
}

int retrain(struct retrained *out, struct store *store, const struct model_record *record,
            const struct retrain_options *options, struct pool *pool, struct job *job, struct error *err)
{
    struct recipe *recipe = mem_alloc(1, sizeof *recipe);
    char spec[REGISTRY_NAME_MAX + 32];
    *out = (struct retrained){.exact = record->recipe != NULL};
    json_t *how = record->recipe != NULL ? json_loads(record->recipe, 0, NULL) : NULL;
    snprintf(spec, sizeof spec, "%s@%lld", record->name, (long long)record->version);
    int rc = recipe == NULL ? error_nomem(err, "training") : recipe_init(recipe, spec, store, err);
    if (rc == 0)
        rc = read_settings(recipe, json_object_get(how, "settings"), err);
    if (rc == 0) {
        struct training_data_options o = retrain_data_of_then(record);
        if (!options->of_then)
            o.until = o.next_event = 0;
        o.without = options->without;
        rc = training_data_load(&out->data, store, &o, job, err);
    }
    if (rc == 0) {
        struct split_options validation = read_validation(json_object_get(how, "validation"));
        out->recipe = retrain_describe(recipe, retrain_data_days(record), out->data.next_event, &validation);
        rc = out->recipe == NULL ? error_nomem(err, "training")
                                 : train(out, record, recipe, &validation, pool, job, err);
    }
    json_decref(how);
    mem_free(recipe);
    if (rc != 0)
        retrained_release(out);
    return rc;
}

void retrained_release(struct retrained *self)
{
    model_free(self->model);
    training_data_release(&self->data);
    free(self->recipe);
    *self = (struct retrained){0};
}
