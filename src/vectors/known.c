#include "vectors/known.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"

void known_release(struct known *c)
{
    for (size_t i = 0; i < c->n_owned; i++)
        mem_free(c->owned[i]);
    mem_free(c->owned);
    json_decref(c->got);
    c->owned = NULL;
    c->n_owned = 0;
    c->got = NULL;
}

static void refuse(struct known *c, const char *name, const char *why)
{
    if (!c->failed)
        error_set(&c->err, E_BAD_DATA, c->function, "its input '%s' %s", name, why);
    c->failed = true;
}

void *known_alloc(struct known *c, size_t count, size_t size)
{
    void *p = mem_zalloc(count, size);
    if (p == NULL || mem_grow((void **)&c->owned, &c->cap_owned, c->n_owned + 1, sizeof *c->owned) != 0) {
        mem_free(p);
        error_nomem(&c->err, c->function);
        c->failed = true;
        return NULL;
    }
    c->owned[c->n_owned++] = p;
    return p;
}

/* What others call our inputs; either way round. */
static const char *const input_names[][2] = {
    {"p", "q"}, {"q", "p"}, {"p", "x"}, {"q", "x"}, {"p", "p_values"}, {"p", "pvalues"}, {"p", "pvals"},
    {"alpha", "significance_level"}, {"alpha", "level"}, {"continuity", "use_continuity"}, {"continuity", "correction"},
    {"cohen_d", "effect_size"}, {"cohen_d", "d"}, {"n_per_arm", "n"}, {"ratio_b_over_a", "ratio"},
    {"x_a", "successes_a"}, {"x_b", "successes_b"}, {"x_a", "count_a"}, {"x_b", "count_b"}, {"x", "successes"},
    {"x", "count"}, {"n", "nobs"}, {"n_a", "nobs_a"}, {"n_b", "nobs_b"}, {"sd_a", "std_a"}, {"sd_b", "std_b"},
    {"observed", "counts"}, {"weights", "expected_weights"}, {"weights", "expected"}, {"df1", "dfn"}, {"df2", "dfd"},
    {"shape", "a"}, {"null", "value"},
};

static json_t *get(const struct known *c, const char *name)
{
    json_t *v = json_object_get(c->inputs, name);
    return json_is_null(v) ? NULL : v;
}

static json_t *look(struct known *c, const char *name)
{
    if (c->n_looked < KNOWN_LOOKED_MAX)
        c->looked[c->n_looked++] = name;
    json_t *v = get(c, name);
    for (size_t i = 0; v == NULL && i < sizeof input_names / sizeof input_names[0]; i++)
        if (strcmp(input_names[i][0], name) == 0)
            v = get(c, input_names[i][1]);
    return v;
}

bool known_looked_at(const struct known *c, const char *name)
{
    for (size_t i = 0; i < c->n_looked; i++) {
        if (strcmp(c->looked[i], name) == 0)
            return true;
        for (size_t k = 0; k < sizeof input_names / sizeof input_names[0]; k++)
            if (strcmp(input_names[k][0], c->looked[i]) == 0 && strcmp(input_names[k][1], name) == 0)
                return true;
    }
    return false;
}

bool known_has(struct known *c, const char *name)
{
    return look(c, name) != NULL;
}

static size_t skip_marks(const char *s, size_t n, size_t i)
{
    while (i < n && (s[i] == '-' || s[i] == '_' || s[i] == ' '))
        i++;
    return i;
}

bool known_same_name(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t i = skip_marks(a, n_a, 0), j = skip_marks(b, n_b, 0);
    while (i < n_a && j < n_b && tolower((unsigned char)a[i]) == tolower((unsigned char)b[j])) {
        i = skip_marks(a, n_a, i + 1);
        j = skip_marks(b, n_b, j + 1);
    }
    return i == n_a && j == n_b;
}

static bool to_real(const json_t *v, double *out)
{
    if (json_is_number(v)) {
        *out = json_number_value(v);
        return true;
    }
    const char *s = json_string_value(v);
    if (s == NULL)
        return false;
    bool minus = s[0] == '-';
    const char *word = s + (minus || s[0] == '+');
    bool infinite = known_same_name(word, strlen(word), "inf", 3) || known_same_name(word, strlen(word), "infinity", 8);
    *out = infinite ? minus ? -HUGE_VAL : HUGE_VAL : nan("");
    return infinite || known_same_name(s, strlen(s), "nan", 3);
}

double known_real(struct known *c, const char *name)
{
    double value = 1;
    if (!known_has(c, name))
        refuse(c, name, "is missing");
    else if (!to_real(look(c, name), &value))
        refuse(c, name, "is not a number");
    return value;
}

double known_real_or(struct known *c, const char *name, double otherwise)
{
    return known_has(c, name) ? known_real(c, name) : otherwise;
}

int64_t known_integer(struct known *c, const char *name)
{
    double value = known_real(c, name);
    if (!(fabs(value) <= 9007199254740992.0) || value != floor(value)) {
        refuse(c, name, "is not a whole number");
        return 1;
    }
    return (int64_t)value;
}

int64_t known_integer_or(struct known *c, const char *name, int64_t otherwise)
{
    return known_has(c, name) ? known_integer(c, name) : otherwise;
}

bool known_flag_or(struct known *c, const char *name, bool otherwise)
{
    if (!known_has(c, name))
        return otherwise;
    const json_t *v = look(c, name);
    if (json_is_integer(v) && (json_integer_value(v) == 0 || json_integer_value(v) == 1))
        return json_integer_value(v) == 1;
    if (!json_is_boolean(v))
        refuse(c, name, "is neither true nor false");
    return json_is_true(v);
}

const char *known_text_or(struct known *c, const char *name, const char *otherwise)
{
    if (!known_has(c, name))
        return otherwise;
    const char *s = json_string_value(look(c, name));
    if (s == NULL)
        refuse(c, name, "is not a text");
    return s == NULL ? otherwise : s;
}

/* What others call our choices. */
static const char *const choice_names[][2] = {
    {"larger", "greater"}, {"smaller", "less"}, {"two-tailed", "two-sided"}, {"2-sided", "two-sided"},
    {"both", "two-sided"}, {"fdr_bh", "bh"}, {"benjamini-hochberg", "bh"}, {"fdr_by", "by"},
    {"benjamini-yekutieli", "by"}, {"simes-hochberg", "hochberg"}, {"bonf", "bonferroni"}, {"beta", "clopper_pearson"},
    {"exact", "clopper_pearson"}, {"normal", "wald"}, {"score", "miettinen_nurminen"}, {"score", "wilson"},
    {"normal", "asymptotic"}, {"approximate", "asymptotic"}, {"obf", "obrien_fleming"}, {"hwang-shih-decani", "hsd"},
    {"difference", "b-a"}, {"b - a", "b-a"}, {"relative", "lift"},
};

/* The place of the text among "a|b|c"; -1. */
static int place_of(const char *s, const char *choices)
{
    int place = 0;
    for (const char *from = choices; *from != '\0'; place++) {
        size_t len = strcspn(from, "|");
        if (known_same_name(s, strlen(s), from, len))
            return place;
        from += len + (from[len] == '|');
    }
    return -1;
}

int known_choice(struct known *c, const char *name, const char *choices)
{
    if (!known_has(c, name))
        return 0;
    const char *s = json_string_value(look(c, name));
    int place = s != NULL ? place_of(s, choices) : -1;
    for (size_t i = 0; s != NULL && place < 0 && i < sizeof choice_names / sizeof choice_names[0]; i++)
        if (known_same_name(s, strlen(s), choice_names[i][0], strlen(choice_names[i][0])))
            place = place_of(choice_names[i][1], choices);
    if (place >= 0)
        return place;
    char why[200];
    snprintf(why, sizeof why, "is not one of %s", choices);
    refuse(c, name, why);
    return 0;
}

enum outcome_alternative known_alternative(struct known *c)
{
    static const enum outcome_alternative all[] = {OUTCOME_TWO_SIDED, OUTCOME_GREATER, OUTCOME_LESS};
    return all[known_choice(c, "alternative", "two-sided|greater|less")];
}

static const json_t *array_of(struct known *c, const char *name, size_t *n)
{
    const json_t *v = look(c, name);
    *n = 0;
    if (!json_is_array(v)) {
        refuse(c, name, v == NULL ? "is missing" : "is not a list");
        return NULL;
    }
    *n = json_array_size(v);
    return v;
}

const double *known_reals(struct known *c, const char *name, size_t *n)
{
    const json_t *v = array_of(c, name, n);
    double *values = known_alloc(c, *n, sizeof *values);
    if (values == NULL)
        *n = 0;
    for (size_t i = 0; i < *n; i++)
        if (!to_real(json_array_get(v, i), &values[i]))
            refuse(c, name, "holds something that is not a number");
    return values;
}

const double *known_reals_of(struct known *c, const char *name, size_t n)
{
    size_t got;
    const double *values = known_reals(c, name, &got);
    if (values != NULL && got == n)
        return values;
    refuse(c, name, "has not as many elements as the others");
    return known_alloc(c, n, sizeof *values);
}

const double *known_matrix(struct known *c, const char *name, size_t *rows, size_t *columns)
{
    const json_t *v = array_of(c, name, rows);
    *columns = *rows > 0 ? json_array_size(json_array_get(v, 0)) : 0;
    double *values = known_alloc(c, *rows * *columns, sizeof *values);
    if (values == NULL)
        *rows = *columns = 0;
    for (size_t i = 0; i < *rows; i++) {
        const json_t *row = json_array_get(v, i);
        if (!json_is_array(row) || json_array_size(row) != *columns) {
            refuse(c, name, "has rows of different lengths");
            continue;
        }
        for (size_t j = 0; j < *columns; j++)
            if (!to_real(json_array_get(row, j), &values[i * *columns + j]))
                refuse(c, name, "holds something that is not a number");
    }
    return values;
}

uint32_t *known_indices(struct known *c, const char *name, size_t *n)
{
    const json_t *v = array_of(c, name, n);
    uint32_t *values = known_alloc(c, *n, sizeof *values);
    if (values == NULL)
        *n = 0;
    for (size_t i = 0; i < *n; i++) {
        const json_t *e = json_array_get(v, i);
        if (!json_is_integer(e) || json_integer_value(e) < 0 || json_integer_value(e) > UINT32_MAX)
            refuse(c, name, "holds something that is not a whole number from 0");
        else
            values[i] = (uint32_t)json_integer_value(e);
    }
    return values;
}

void known_put(struct known *c, const char *name, json_t *value)
{
    if (name == NULL) {
        json_decref(c->got);
        c->got = value;
        return;
    }
    if (c->got == NULL)
        c->got = json_object();
    json_object_set_new(c->got, name, value);
}

static json_t *real_value(double value)
{
    return isfinite(value) ? json_real(value) : json_string(isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

void known_put_real(struct known *c, const char *name, double value)
{
    known_put(c, name, real_value(value));
}

int known_put_in_domain(struct known *c, const char *name, double value, struct error *err)
{
    if (isnan(value))
        return error_set(err, E_BAD_DATA, c->function, "its inputs are outside of its domain");
    known_put_real(c, name, value);
    return 0;
}

void known_put_integer(struct known *c, const char *name, int64_t value)
{
    known_put(c, name, json_integer(value));
}

void known_put_bool(struct known *c, const char *name, bool value)
{
    known_put(c, name, json_boolean(value));
}

void known_put_text(struct known *c, const char *name, const char *value)
{
    known_put(c, name, json_string(value));
}

void known_put_reals(struct known *c, const char *name, const double *values, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, real_value(values[i]));
    known_put(c, name, list);
}

void known_put_bools(struct known *c, const char *name, const bool *values, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_boolean(values[i]));
    known_put(c, name, list);
}

void known_put_indices(struct known *c, const char *name, const uint32_t *values, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_integer(values[i]));
    known_put(c, name, list);
}

void known_put_outcome(struct known *c, const struct outcome *o, const char *statistic)
{
    known_put_text(c, "state", outcome_state_name(o->state));
    known_put_real(c, "effect", o->effect);
    known_put_real(c, "se", o->se);
    known_put_real(c, statistic, o->statistic);
    known_put_real(c, "df", o->df);
    known_put_real(c, "p_value", o->p);
    known_put_real(c, "log_p_value", o->log_p);
    known_put_real(c, "ci_low", o->low);
    known_put_real(c, "ci_high", o->high);
}
