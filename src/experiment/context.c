#include "experiment/context.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/labels.h"
#include "base/mem.h"
#include "base/words.h"
#include "stats/bandit.h"
#include "stats/linear_bandit.h"
#include "stats/moments.h"
#include "store/attributes.h"

#define RIDGE 1.0

enum { TEXT_MAX = 64, FEATURES_MAX = 1 + CONTEXT_MAX * CONTEXT_VALUES };

struct feature {
    char name[TEXT_MAX];
    bool number;
    double mean, sd;                        /* of a number */
    char values[CONTEXT_VALUES][TEXT_MAX];  /* of a text */
    size_t n_values;
};

struct context {
    struct feature features[CONTEXT_MAX];
    size_t n, d, n_arms;
    bool ucb;
    double scale, floor; /* of rewards: a standard deviation */
    struct linear_bandit arms[DESIGN_ARMS_MAX];
};

void context_free(struct context *self)
{
    if (self == NULL)
        return;
    for (size_t a = 0; a < self->n_arms; a++)
        linear_bandit_release(&self->arms[a]);
    mem_free(self);
}

static size_t count_features(const struct context *self)
{
    size_t d = 1;
    for (size_t f = 0; f < self->n; f++)
        d += self->features[f].number ? 1 : self->features[f].n_values;
    return d;
}

static int init_arms(struct context *self, size_t arms, struct error *err)
{
    int rc = 0;
    self->d = count_features(self);
    for (size_t a = 0; a < arms && rc == 0; a++) {
        rc = linear_bandit_init(&self->arms[a], self->d, RIDGE, err);
        self->n_arms += rc == 0;
    }
    return rc;
}

/* A person's features. */
struct person {
    const struct context *context;
    double *x; /* d */
};

static int take_attribute(void *context, const struct attribute *attribute, const struct attribute_value *value)
{
    struct person *p = context;
    size_t at = 1;
    for (size_t f = 0; f < p->context->n; f++) {
        const struct feature *one = &p->context->features[f];
        bool same = strcmp(one->name, attribute->name) == 0;
        if (same && one->number && attribute->type != ATTRIBUTE_TEXT)
            p->x[at] = (value->number - one->mean) / one->sd;
        for (size_t v = 0; v < one->n_values && same && attribute->type == ATTRIBUTE_TEXT; v++)
            p->x[at + v] = strlen(one->values[v]) == value->n && memcmp(one->values[v], value->text, value->n) == 0;
        at += one->number ? 1 : one->n_values;
    }
    return 0;
}

static int read_person(const struct context *self, struct store *store, int64_t user, double *x, struct error *err)
{
    struct person p = {self, x};
    memset(x, 0, self->d * sizeof *x);
    x[0] = 1;
    return user != 0 ? attributes_of(store, ATTRIBUTE_OF_USER, user, take_attribute, &p, err) : 0;
}

static int weigh(const struct context *self, const double *x, double *probability, struct error *err)
{
    const double *each[DESIGN_ARMS_MAX];
    for (size_t a = 0; a < self->n_arms; a++)
        each[a] = x;
    int rc = self->ucb ? linear_bandit_ucb(self->arms, each, self->n_arms, 2 * self->scale, NULL, probability, err)
                       : linear_bandit_thompson(self->arms, each, self->n_arms, self->scale, probability, err);
    return rc != 0 ? rc : bandit_floor(probability, self->n_arms, fmin(self->floor, 1.0 / (double)self->n_arms), err);
}

int context_weigh(const struct context *self, struct store *store, int64_t user, double *probability, struct error *err)
{
    double x[FEATURES_MAX];
    int rc = read_person(self, store, user, x, err);
    return rc != 0 ? rc : weigh(self, x, probability, err);
}

/* Learning: users first, then what their attributes look like, then the regressions. */

struct learner {
    struct context *context;
    const struct design *design;
    int64_t now;
    struct round *rounds;
    size_t n, cap;
    struct adapted *adapted;
    struct moments rewards, numbers[CONTEXT_MAX];
    struct labels texts[CONTEXT_MAX];
    uint32_t *counts[CONTEXT_MAX];
    size_t cap_counts[CONTEXT_MAX];
    bool failed;
    struct error *err;
};

static int take_round(void *context, const struct round *round)
{
    struct learner *l = context;
    bool down = l->design->metrics[0].metric.down;
    if (round->exposed + rounds_window(l->design) > l->now) {
        l->adapted->waiting++;
        return 0;
    }
    if (mem_grow((void **)&l->rounds, &l->cap, l->n + 1, sizeof *l->rounds) != 0)
        return error_nomem(l->err, "bandit");
    l->adapted->users++;
    l->adapted->users_of[round->variant]++;
    l->adapted->mean[round->variant] += round->reward;
    l->rounds[l->n] = *round;
    l->rounds[l->n].reward = down ? -round->reward : round->reward;
    moments_add(&l->rewards, l->rounds[l->n++].reward);
    return 0;
}

static void count_text(struct learner *l, size_t f, const struct attribute_value *value)
{
    long number = value->n < TEXT_MAX ? labels_number(&l->texts[f], value->text, value->n) : -1;
    if (value->n >= TEXT_MAX)
        return;
    size_t before = l->cap_counts[f];
    if (number < 0 || mem_grow((void **)&l->counts[f], &l->cap_counts[f], (size_t)number + 1, sizeof(uint32_t)) != 0) {
        l->failed = true;
        return;
    }
    memset(l->counts[f] + before, 0, (l->cap_counts[f] - before) * sizeof(uint32_t));
    l->counts[f][number]++;
}

static int look_at_attribute(void *context, const struct attribute *attribute, const struct attribute_value *value)
{
    struct learner *l = context;
    for (size_t f = 0; f < l->context->n; f++) {
        if (strcmp(l->context->features[f].name, attribute->name) != 0)
            continue;
        if (l->context->features[f].number)
            moments_add(&l->numbers[f], value->number);
        else if (attribute->type == ATTRIBUTE_TEXT)
            count_text(l, f, value);
    }
    return 0;
}

/* The most frequent texts, by number where they are equally frequent. */
static void choose_values(struct learner *l, size_t f)
{
    struct feature *one = &l->context->features[f];
    while (one->n_values < CONTEXT_VALUES) {
        size_t best = SIZE_MAX;
        for (size_t t = 0; t < l->texts[f].n; t++)
            if (l->counts[f][t] > 0 && (best == SIZE_MAX || l->counts[f][t] > l->counts[f][best]))
                best = t;
        if (best == SIZE_MAX)
            return;
        l->counts[f][best] = 0;
        snprintf(one->values[one->n_values++], TEXT_MAX, "%s", l->texts[f].texts[best]);
    }
}

static int find_feature(struct feature *out, struct store *store, const char *name, struct error *err)
{
    struct attribute *all;
    size_t n;
    int rc = attributes_list(store, ATTRIBUTE_OF_USER, &all, &n, err);
    if (rc != 0)
        return rc;
    rc = E_NOT_FOUND;
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0 && all[i].type != ATTRIBUTE_LIST) {
            *out = (struct feature){.number = all[i].type != ATTRIBUTE_TEXT};
            snprintf(out->name, sizeof out->name, "%s", name);
            rc = 0;
        }
    mem_free(all);
    if (rc == 0)
        return 0;
    error_set(err, rc, name, "is no number, text or truth value of people");
    return error_hint(err, rc, "import users with it, or choose another for --context");
}

static int find_features(struct context *self, struct store *store, const struct design *design, struct error *err)
{
    char **words = NULL;
    size_t n = 0;
    int rc = words_split(design->context, &words, &n);
    if (rc != 0 || n == 0 || n > CONTEXT_MAX)
        rc = error_set(err, E_USAGE, design->context, "is not a list of one to %d attributes", CONTEXT_MAX);
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = find_feature(&self->features[self->n], store, words[i], err);
        self->n += rc == 0;
    }
    mem_free(words);
    return rc;
}

int context_check(const struct design *design, struct store *store, struct error *err)
{
    struct context *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "bandit");
    int rc = design_has_context(design) ? find_features(self, store, design, err) : 0;
    context_free(self);
    return rc;
}

static int shape(struct learner *l, struct store *store, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < l->n && rc == 0; i++) {
        rc = attributes_of(store, ATTRIBUTE_OF_USER, l->rounds[i].user, look_at_attribute, l, err);
        if (rc == 0 && l->failed)
            rc = error_nomem(err, "bandit");
    }
    for (size_t f = 0; f < l->context->n && rc == 0; f++) {
        l->context->features[f].mean = l->numbers[f].mean;
        l->context->features[f].sd = l->numbers[f].n > 1 ? sqrt(moments_variance(&l->numbers[f])) : 1;
        if (!(l->context->features[f].sd > 0))
            l->context->features[f].sd = 1;
        choose_values(l, f);
    }
    l->context->scale = l->n > 1 ? fmax(sqrt(moments_variance(&l->rewards)), 1e-6) : 1;
    return rc != 0 ? rc : init_arms(l->context, l->design->n_arms, err);
}

static int fit(struct learner *l, struct store *store, struct job *job, struct error *err)
{
    double x[FEATURES_MAX], p[DESIGN_ARMS_MAX], sum[DESIGN_ARMS_MAX] = {0};
    int rc = 0;
    for (size_t i = 0; i < l->n && rc == 0; i++) {
        const struct round *r = &l->rounds[i];
        double age = (double)(l->now - r->exposed - rounds_window(l->design)) / (double)CLOCK_DAY_MS;
        rc = read_person(l->context, store, r->user, x, err);
        if (rc == 0)
            rc = linear_bandit_add(&l->context->arms[r->variant], x, r->reward, pow(l->design->keep, age), err);
        if (rc == 0 && i % 256 == 0 && job_step(job, "bandit", (double)i, (double)l->n, "users"))
            rc = job_error_cancelled(err, "bandit");
    }
    for (size_t i = 0; i < l->n && rc == 0; i++) {
        rc = read_person(l->context, store, l->rounds[i].user, x, err);
        if (rc == 0)
            rc = weigh(l->context, x, p, err);
        for (size_t a = 0; a < l->design->n_arms && rc == 0; a++)
            sum[a] += p[a] / (double)l->n;
    }
    if (rc == 0 && l->n == 0)
        rc = bandit_uniform(l->design->n_arms, sum, err);
    return rc != 0 ? rc : adapt_round(sum, l->design->n_arms, l->adapted->weights);
}

static void learner_release(struct learner *l)
{
    for (size_t f = 0; f < CONTEXT_MAX; f++) {
        labels_release(&l->texts[f]);
        mem_free(l->counts[f]);
    }
    mem_free(l->rounds);
}

int context_learn(struct context **out, struct adapted *adapted, struct store *store, int64_t experiment,
                  const struct design *design, int64_t now, struct job *job, struct error *err)
{
    struct context *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "bandit");
    struct learner l = {.context = self, .design = design, .now = now, .adapted = adapted, .err = err};
    self->ucb = design->bandit == DESIGN_BANDIT_LINUCB;
    self->floor = design->floor;
    int rc = find_features(self, store, design, err);
    if (rc == 0)
        rc = rounds_each(store, experiment, design, take_round, &l, job, err);
    for (size_t a = 0; a < design->n_arms && rc == 0; a++)
        adapted->mean[a] = adapted->users_of[a] > 0 ? adapted->mean[a] / adapted->users_of[a] : 0;
    if (rc == 0)
        rc = shape(&l, store, err);
    if (rc == 0)
        rc = fit(&l, store, job, err);
    learner_release(&l);
    if (rc != 0) {
        context_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

/* Text. */

static json_t *reals_json(const double *values, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_real(values[i]));
    return list;
}

static json_t *feature_json(const struct feature *f)
{
    if (f->number)
        return json_pack("{s:s, s:f, s:f}", "name", f->name, "mean", f->mean, "sd", f->sd);
    json_t *values = json_array();
    for (size_t v = 0; v < f->n_values; v++)
        json_array_append_new(values, json_string(f->values[v]));
    return json_pack("{s:s, s:o}", "name", f->name, "values", values);
}

int context_write(const struct context *self, char **out, struct error *err)
{
    json_t *features = json_array(), *arms = json_array();
    for (size_t f = 0; f < self->n; f++)
        json_array_append_new(features, feature_json(&self->features[f]));
    for (size_t a = 0; a < self->n_arms; a++)
        json_array_append_new(arms, json_pack("{s:o, s:o}", "theta", reals_json(self->arms[a].theta, self->d), "inverse",
                                              reals_json(self->arms[a].inverse, self->d * self->d)));
    json_t *all = json_pack("{s:b, s:f, s:f, s:o, s:o}", "ucb", (int)self->ucb, "scale", self->scale, "floor",
                            self->floor, "features", features, "arms", arms);
    char *text = all != NULL ? json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    *out = text != NULL ? mem_strdup(text) : NULL;
    free(text);
    json_decref(all);
    return *out != NULL ? 0 : error_nomem(err, "bandit");
}

static int read_reals(double *out, size_t n, const json_t *list)
{
    if (json_array_size(list) != n)
        return -1;
    for (size_t i = 0; i < n; i++)
        out[i] = json_number_value(json_array_get(list, i));
    return 0;
}

static void read_feature(struct feature *out, const json_t *one)
{
    const json_t *values = json_object_get(one, "values");
    const char *name = json_string_value(json_object_get(one, "name"));
    *out = (struct feature){.number = values == NULL, .mean = json_number_value(json_object_get(one, "mean")),
                            .sd = json_number_value(json_object_get(one, "sd"))};
    snprintf(out->name, sizeof out->name, "%s", name != NULL ? name : "");
    for (size_t v = 0; v < json_array_size(values) && v < CONTEXT_VALUES; v++) {
        const char *text = json_string_value(json_array_get(values, v));
        snprintf(out->values[out->n_values++], TEXT_MAX, "%s", text != NULL ? text : "");
    }
}

int context_read(struct context **out, const char *text, const char *name, struct error *err)
{
    json_t *all = json_loads(text, 0, NULL);
    const json_t *features = json_object_get(all, "features"), *arms = json_object_get(all, "arms");
    struct context *self = mem_zalloc(1, sizeof *self);
    bool fits = self != NULL && json_array_size(features) <= CONTEXT_MAX && json_array_size(arms) > 0 &&
                json_array_size(arms) <= DESIGN_ARMS_MAX;
    for (size_t f = 0; fits && f < json_array_size(features); f++)
        read_feature(&self->features[self->n++], json_array_get(features, f));
    int rc = fits ? init_arms(self, json_array_size(arms), err) : E_CORRUPT;
    for (size_t a = 0; rc == 0 && a < self->n_arms; a++)
        if (read_reals(self->arms[a].theta, self->d, json_object_get(json_array_get(arms, a), "theta")) != 0 ||
            read_reals(self->arms[a].inverse, self->d * self->d, json_object_get(json_array_get(arms, a), "inverse")) != 0)
            rc = E_CORRUPT;
    if (rc == 0) {
        self->ucb = json_is_true(json_object_get(all, "ucb"));
        self->scale = json_number_value(json_object_get(all, "scale"));
        self->floor = json_number_value(json_object_get(all, "floor"));
    }
    json_decref(all);
    if (rc == 0) {
        *out = self;
        return 0;
    }
    context_free(self);
    return rc == E_CORRUPT ? error_set(err, rc, name, "what its bandit has learnt cannot be read") : rc;
}
