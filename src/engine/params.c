#include "engine/params.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct param_spec param_specs[PARAM_COUNT] = {
#define X(name, option, type, min, max, help) {#name, option, PARAM_##type, min, max, help},
    ENGINE_PARAMS(X)
#undef X
};

int param_find(const char *name_or_option)
{
    for (int id = 0; id < PARAM_COUNT; id++)
        if (strcmp(param_specs[id].name, name_or_option) == 0 || strcmp(param_specs[id].option, name_or_option) == 0)
            return id;
    return -1;
}

/* Word `index` of "a|b|c": its start and length, or NULL. */
static const char *choice_word(const char *words, unsigned index, size_t *length)
{
    for (; index > 0; index--) {
        words = strchr(words, '|');
        if (words == NULL)
            return NULL;
        words++;
    }
    *length = strcspn(words, "|");
    return words;
}

const char *param_choice_name(int id, unsigned value, char *out, size_t size)
{
    size_t length = 0;
    const char *word = choice_word(param_specs[id].help, value, &length);
    snprintf(out, size, "%.*s", word == NULL ? 0 : (int)length, word == NULL ? "" : word);
    return out;
}

const char *params_text(const struct params *self, int id, char *out, size_t size)
{
    double v = self->value[id];
    if (param_specs[id].type == PARAM_CHOICE)
        return param_choice_name(id, (unsigned)v, out, size);
    snprintf(out, size, "%.15g", v);
    if (strtod(out, NULL) < v || strtod(out, NULL) > v)
        snprintf(out, size, "%.17g", v);
    return out;
}

static int set_choice(struct params *self, int id, const char *text, const char *what, struct error *err)
{
    const char *words = param_specs[id].help, *word;
    size_t length = 0;
    for (unsigned i = 0; (word = choice_word(words, i, &length)) != NULL; i++)
        if (strlen(text) == length && memcmp(text, word, length) == 0) {
            self->value[id] = i;
            return 0;
        }
    error_set(err, E_USAGE, what, "'%.60s' is not one of %s", text, words);
    return E_USAGE;
}

int params_set(struct params *self, int id, const char *text, struct error *err)
{
    const struct param_spec *spec = &param_specs[id];
    char what[64];
    snprintf(what, sizeof what, "--%s", spec->option);
    if (spec->type == PARAM_CHOICE)
        return set_choice(self, id, text, what, err);
    char *end;
    errno = 0;
    double v = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(v) || text[0] == ' ') {
        error_set(err, E_USAGE, what, "'%.60s' is not a number", text);
        return error_hint(err, E_USAGE, "give a number from %.15g to %.15g", spec->min, spec->max);
    }
    if (spec->type == PARAM_INT && (v < floor(v) || v > floor(v)))
        return error_set(err, E_USAGE, what, "%.60s is not a whole number", text);
    if (v < spec->min || v > spec->max) {
        error_set(err, E_USAGE, what, "%.60s is %s %.15g", text, v < spec->min ? "below" : "above",
                  v < spec->min ? spec->min : spec->max);
        return error_hint(err, E_USAGE, "give a number from %.15g to %.15g", spec->min, spec->max);
    }
    self->value[id] = v;
    return 0;
}
