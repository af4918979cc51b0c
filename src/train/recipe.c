#include "train/recipe.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "engine/blend.h"
#include "engine/kinds.h"

static int unknown_kind(const char *name, struct error *err)
{
    struct str near, all;
    str_init(&near, 200);
    str_init(&all, 300);
    for (size_t i = 0; model_kinds[i] != NULL; i++) {
        const char *kind = model_kinds[i]->name;
        if (text_distance(kind, name, 2) <= 2)
            str_printf(&near, "%s%s", near.len > 0 ? ", " : "", kind);
        str_printf(&all, "%s%s", i > 0 ? ", " : "", kind);
    }
    error_set(err, E_NOT_FOUND, name, "there is no such model");
    if (near.len > 0)
        error_hint(err, E_NOT_FOUND, "perhaps %s; there are %s", str_text(&near), str_text(&all));
    else
        error_hint(err, E_NOT_FOUND, "there are %s, and the trained ones of `reckon models list` as NAME@VERSION", str_text(&all));
    str_release(&near);
    str_release(&all);
    return E_NOT_FOUND;
}

int recipe_params(struct params *out, const struct model_kind *kind, const struct model_record *record, struct error *err)
{
    json_t *params = json_loads(record->params, 0, NULL), *value;
    const char *name;
    int rc = 0;
    model_default_params(kind, out);
    json_object_foreach (params, name, value) {
        int id = param_find(name);
        if (rc == 0 && id >= 0 && json_is_string(value))
            rc = params_set(out, id, json_string_value(value), err);
    }
    json_decref(params);
    return rc;
}

/* The parameters that a trained model was trained with. */
static int take_trained(struct recipe *self, const char *spec, struct store *store, struct error *err)
{
    struct model_record record;
    int rc = registry_find(store, spec, &record, err);
    if (rc != 0)
        return rc;
    self->kind = model_kind_find(record.kind);
    if (self->kind == NULL) {
        error_set(err, E_CORRUPT, spec, "is of the kind '%s', which this version of reckon does not know", record.kind);
        rc = error_hint(err, E_CORRUPT, "it may come from a newer version");
    } else {
        rc = recipe_params(&self->params, self->kind, &record, err);
    }
    model_record_release(&record);
    return rc;
}

int recipe_init(struct recipe *self, const char *name, struct store *store, struct error *err)
{
    *self = (struct recipe){0};
    snprintf(self->name, sizeof self->name, "%s", name);
    if (store != NULL && strchr(name, '@') != NULL)
        return take_trained(self, name, store, err);
    self->kind = model_kind_find(name);
    if (self->kind == NULL)
        return unknown_kind(name, err);
    model_default_params(self->kind, &self->params);
    return 0;
}

struct train_context recipe_context(const struct recipe *self)
{
    return (struct train_context){
        .params = self->params, .settings = self->settings, .n_settings = self->n_settings};
}

int recipe_set(struct recipe *self, int param, const char *text, bool *used, struct error *err)
{
    if (!model_uses_param(self->kind, param))
        return 0;
    *used = true;
    return params_set(&self->params, param, text, err);
}

static bool is_member(const char *name)
{
    for (size_t i = 0; blend_member_name(i) != NULL; i++)
        if (strcmp(blend_member_name(i), name) == 0)
            return true;
    return false;
}

int recipe_set_one(struct recipe *self, const char *setting, bool *used, struct error *err)
{
    const char *dot = strchr(setting, '.'), *equals = strchr(setting, '=');
    char kind[64], name[64];
    if (dot == NULL || equals == NULL || dot > equals || (size_t)(dot - setting) >= sizeof kind ||
        (size_t)(equals - dot) > sizeof name) {
        error_set(err, E_USAGE, "--set", "'%.80s' is not MODEL.NAME=VALUE", setting);
        return error_hint(err, E_USAGE, "for example --set ease.lambda=300");
    }
    snprintf(kind, sizeof kind, "%.*s", (int)(dot - setting), setting);
    snprintf(name, sizeof name, "%.*s", (int)(equals - dot - 1), dot + 1);
    if (self->kind == &blend_kind) {
        struct member_setting one;
        int rc = blend_setting(&one, kind, name, equals + 1, err);
        if (rc == 0 && self->n_settings == RECIPE_SETTINGS_MAX)
            rc = error_set(err, E_USAGE, "--set", "at most %d settings of a blend's members", RECIPE_SETTINGS_MAX);
        if (rc == 0) {
            self->settings[self->n_settings++] = one;
            *used = true;
        }
        if (rc != E_NOT_FOUND)
            return rc;
    }
    int id = param_find(name);
    const struct model_kind *of = model_kind_find(kind);
    if (of == NULL && is_member(kind))
        return 0;
    if (of == NULL || id < 0 || !model_uses_param(of, id)) {
        error_set(err, E_USAGE, "--set", "%s", of == NULL ? "there is no such model or member of the blend" : "that model has no such parameter");
        return error_hint(err, E_USAGE, "`reckon models kinds` shows every model with its parameters");
    }
    if (of != self->kind)
        return 0;
    return recipe_set(self, id, equals + 1, used, err);
}
