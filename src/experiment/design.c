#include "experiment/design.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "experiment/arm_options.h"

static const char *const methods[] = {
#define X(name, text) text,
    DESIGN_METHODS(X)
#undef X
};

static const char *const bandits[] = {
#define X(name, text) text,
    DESIGN_BANDITS(X)
#undef X
};

static const char *const corrections[] = {
#define X(name, text) text,
    DESIGN_CORRECTIONS(X)
#undef X
};

static const char *const roles[] = {"primary", "secondary", "guardrail"};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

const char *design_method_name(enum design_method method)
{
    return methods[method];
}

bool design_has_context(const struct design *self)
{
    return self->bandit == DESIGN_BANDIT_LINUCB || self->bandit == DESIGN_BANDIT_LINEAR;
}

const char *design_bandit_name(enum design_bandit bandit)
{
    return bandits[bandit];
}

const char *design_correction_name(enum design_correction correction)
{
    return corrections[correction];
}

int64_t design_horizon(const struct design *self)
{
    int64_t days = self->window_days;
    for (size_t m = 0; m < self->n_metrics; m++)
        days = self->metrics[m].metric.days > days ? self->metrics[m].metric.days : days;
    return days;
}

int design_arm_find(const struct design *self, const char *name)
{
    for (size_t i = 0; i < self->n_arms; i++)
        if (strcmp(self->arms[i].name, name) == 0)
            return (int)i;
    return -1;
}

static int check_arms(const struct design *self, struct error *err)
{
    uint64_t sum = 0;
    if (self->n_arms < 2)
        return error_set(err, E_USAGE, "arms", "an experiment compares at least two");
    for (size_t i = 0; i < self->n_arms; i++) {
        sum += self->arms[i].weight;
        if (design_arm_find(self, self->arms[i].name) != (int)i)
            return error_set(err, E_USAGE, self->arms[i].name, "two arms have this name");
        int rc = self->arms[i].widget[0] != '\0' ? arm_options_check(self->arms[i].widget, err) : 0;
        if (rc != 0)
            return rc;
    }
    if (sum == 10000)
        return 0;
    error_set(err, E_BAD_DATA, "weights", "sum to %llu basis points, not to 10000", (unsigned long long)sum);
    return error_hint(err, E_BAD_DATA, "as in --weights 5000,5000; leave them out for equal arms");
}

static int check_metrics(const struct design *self, struct error *err)
{
    if (self->n_metrics == 0 || self->metrics[0].role != DESIGN_PRIMARY)
        return error_set(err, E_USAGE, "metric", "an experiment needs one primary metric");
    for (size_t i = 0; i < self->n_metrics; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(self->metrics[i].metric.name, self->metrics[j].metric.name) == 0 &&
                self->metrics[i].role != DESIGN_GUARDRAIL)
                return error_set(err, E_USAGE, self->metrics[i].metric.name, "is given twice");
    for (size_t i = 0; i < self->n_metrics; i++)
        if (self->metrics[i].role == DESIGN_GUARDRAIL && !(self->metrics[i].margin > 0 && self->metrics[i].margin < 1))
            return error_set(err, E_USAGE, self->metrics[i].metric.name,
                             "its margin %g is not between 0 and 1: 0.02 tolerates a loss of 2 %%",
                             self->metrics[i].margin);
    return 0;
}

int design_check(const struct design *self, struct error *err)
{
    int rc = check_arms(self, err);
    if (rc == 0)
        rc = check_metrics(self, err);
    if (rc != 0)
        return rc;
    const struct metric *primary = &self->metrics[0].metric;
    if (self->bandit != DESIGN_BANDIT_NONE && (primary->type == METRIC_RATIO || primary->type == METRIC_QUANTILE))
        return error_set(err, E_USAGE, "bandit", "learns from values of users, and %s has none", primary->name);
    if (self->bandit == DESIGN_BANDIT_UCB && !metric_is_rate(primary))
        return error_set(err, E_USAGE, "bandit", "ucb1 is for rates; thompson takes any metric");
    if (!(self->alpha > 0 && self->alpha < 0.5))
        return error_set(err, E_USAGE, "alpha", "%g is not between 0 and 0.5", self->alpha);
    if (!(self->power > self->alpha && self->power < 1))
        return error_set(err, E_USAGE, "power", "%g is not between alpha and 1", self->power);
    if (!(self->floor >= 0 && self->floor < 0.5) || !(self->keep > 0 && self->keep <= 1) ||
        !(self->epsilon >= 0 && self->epsilon <= 1)) {
        error_set(err, E_USAGE, "bandit", "a floor of %g, keeping %g a day, exploring %g cannot be", self->floor,
                  self->keep, self->epsilon);
        return error_hint(err, E_USAGE, "the floor is below 0.5, keep is above 0 up to 1, epsilon from 0 to 1");
    }
    for (size_t i = 0; i < self->n_arms; i++)
        if (self->interleave && self->arms[i].descriptions[0] != '\0')
            return error_set(err, E_USAGE, self->arms[i].name, "has texts, and interleaving compares orders of items");
    if (self->interleave && (self->n_arms != 2 || self->bandit != DESIGN_BANDIT_NONE)) {
        error_set(err, E_USAGE, "interleave", "is of two arms without a bandit");
        return error_hint(err, E_USAGE, "--interleave --arm now=model:ease --arm next=model:blend");
    }
    if (design_has_context(self) != (self->context[0] != '\0')) {
        error_set(err, E_USAGE, "context", design_has_context(self) ? "of which attributes of people is not said"
                                                                    : "is for linucb and linear-thompson");
        return error_hint(err, E_USAGE, "--bandit linear-thompson --context country,age");
    }
    if (!(fabs(self->effect) > 0) || !isfinite(self->effect))
        return error_set(err, E_USAGE, "effect", "%g is not a change: 0.05 is 5 %% more than control", self->effect);
    return 0;
}

static json_t *metric_json(const struct design_metric *m)
{
    return json_pack("{s:s, s:s, s:f}", "metric", m->metric.name, "role", roles[m->role], "margin", m->margin);
}

static json_t *arm_json(const struct design_arm *a)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s}", "name", a->name, "weight", (int)a->weight, "model", a->model,
                     "scenario", a->scenario, "rules", a->rules, "widget", a->widget, "descriptions", a->descriptions);
}

int design_write(const struct design *d, char **out, struct error *err)
{
    json_t *arms = json_array(), *metrics = json_array();
    for (size_t i = 0; i < d->n_arms; i++)
        json_array_append_new(arms, arm_json(&d->arms[i]));
    for (size_t i = 0; i < d->n_metrics; i++)
        json_array_append_new(metrics, metric_json(&d->metrics[i]));
    json_t *all = json_pack(
        "{s:o, s:o, s:f, s:f, s:f, s:s, s:i, s:i, s:i, s:i, s:f, s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "arms", arms,
        "metrics", metrics, "effect", d->effect, "alpha", d->alpha, "power", d->power, "method",
        methods[d->method], "looks", (int)d->looks, "share", (int)d->share, "window_days", (int)d->window_days, "pre_days",
        (int)d->pre_days, "cap",
        d->cap, "cuped", (int)d->cuped, "bandit", bandits[d->bandit], "scheme", hash_scheme_name(d->scheme),
        "salt", d->salt,
        "layer", d->layer, "place", d->place, "target", d->target, "strata", d->strata,
        "correction", corrections[d->correction], "users", (json_int_t)d->users);
    if (all != NULL) {
        json_object_set_new(all, "interleave", json_boolean(d->interleave));
        json_object_set_new(all, "context", json_string(d->context));
        json_object_set_new(all, "floor", json_real(d->floor));
        json_object_set_new(all, "keep", json_real(d->keep));
        json_object_set_new(all, "epsilon", json_real(d->epsilon));
    }
    char *text = all != NULL ? json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    *out = text != NULL ? mem_strdup(text) : NULL;
    free(text);
    json_decref(all);
    return *out != NULL ? 0 : error_nomem(err, "experiment");
}

static void take_text(const json_t *o, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(o, key));
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static double take_real(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

/* What designs of before do not say. */
static double take_real_or(const json_t *o, const char *key, double otherwise)
{
    const json_t *value = json_object_get(o, key);
    return value != NULL ? json_number_value(value) : otherwise;
}

static uint32_t take_whole(const json_t *o, const char *key)
{
    return (uint32_t)json_integer_value(json_object_get(o, key));
}

static size_t take_word(const json_t *o, const char *key, const char *const *words, size_t n)
{
    const char *text = json_string_value(json_object_get(o, key));
    for (size_t i = 0; text != NULL && i < n; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return 0;
}

static int read_metrics(struct design *d, const json_t *list, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < json_array_size(list) && d->n_metrics < METRICS_MAX && rc == 0; i++) {
        const json_t *one = json_array_get(list, i);
        struct design_metric *m = &d->metrics[d->n_metrics++];
        const char *text = json_string_value(json_object_get(one, "metric"));
        rc = metric_parse(&m->metric, text != NULL ? text : "", err);
        m->role = (enum design_role)take_word(one, "role", roles, COUNT(roles));
        m->margin = take_real(one, "margin");
    }
    return rc;
}

static void read_arms(struct design *d, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list) && d->n_arms < DESIGN_ARMS_MAX; i++) {
        const json_t *one = json_array_get(list, i);
        struct design_arm *a = &d->arms[d->n_arms++];
        take_text(one, "name", a->name, sizeof a->name);
        take_text(one, "model", a->model, sizeof a->model);
        take_text(one, "scenario", a->scenario, sizeof a->scenario);
        take_text(one, "rules", a->rules, sizeof a->rules);
        take_text(one, "widget", a->widget, sizeof a->widget);
        take_text(one, "descriptions", a->descriptions, sizeof a->descriptions);
        a->weight = take_whole(one, "weight");
    }
}

int design_read(struct design *d, const char *text, const char *name, struct error *err)
{
    json_t *all = json_loads(text, 0, NULL);
    char scheme[32];
    *d = (struct design){.alpha = take_real(all, "alpha"), .power = take_real(all, "power"),
                         .effect = take_real(all, "effect"), .looks = take_whole(all, "looks"),
                         .share = take_whole(all, "share"), .window_days = take_whole(all, "window_days"),
                         .pre_days = take_whole(all, "pre_days"), .cap = take_real(all, "cap"),
                         .cuped = json_is_true(json_object_get(all, "cuped")),
                         .interleave = json_is_true(json_object_get(all, "interleave")),
                         .floor = take_real_or(all, "floor", DESIGN_FLOOR), .keep = take_real_or(all, "keep", 1),
                         .epsilon = take_real_or(all, "epsilon", DESIGN_EPSILON),
                         .method = (enum design_method)take_word(all, "method", methods, COUNT(methods)),
                         .bandit = (enum design_bandit)take_word(all, "bandit", bandits, COUNT(bandits)),
                         .users = (uint64_t)json_integer_value(json_object_get(all, "users"))};
    take_text(all, "salt", d->salt, sizeof d->salt);
    take_text(all, "context", d->context, sizeof d->context);
    take_text(all, "layer", d->layer, sizeof d->layer);
    take_text(all, "place", d->place, sizeof d->place);
    take_text(all, "target", d->target, sizeof d->target);
    take_text(all, "strata", d->strata, sizeof d->strata);
    d->correction = (enum design_correction)take_word(all, "correction", corrections, COUNT(corrections));
    take_text(all, "scheme", scheme, sizeof scheme);
    read_arms(d, json_object_get(all, "arms"));
    int rc = read_metrics(d, json_object_get(all, "metrics"), err);
    if (rc == 0)
        rc = hash_scheme_find(scheme, &d->scheme, err);
    if (rc == 0)
        rc = design_check(d, err);
    json_decref(all);
    if (rc == 0)
        return 0;
    error_set(err, E_CORRUPT, name, "its design in the store cannot be read");
    return error_hint(err, E_CORRUPT, "reckon doctor checks the store; a backup may be whole");
}

int design_weights(const struct design *self, const char *text, uint32_t weights[DESIGN_ARMS_MAX], struct error *err)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < self->n_arms; i++)
        weights[i] = self->arms[i].weight;
    if (text == NULL)
        return 0;
    const char *at = text;
    for (size_t i = 0; i < self->n_arms; i++) {
        char *end;
        weights[i] = (uint32_t)strtoul(at, &end, 10);
        sum += weights[i];
        at = *end == ',' ? end + 1 : end;
    }
    return sum == 10000 ? 0 : error_set(err, E_CORRUPT, text, "the weights of an experiment in the store are none");
}
