#include "vectors/vectors.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "vectors/known.h"

#define FILE_MAX ((size_t)256 << 20)

static const struct known_function *const lists[] = {
    calls_distributions, calls_tests,   calls_design,   calls_sequential, calls_bayes,
    calls_effects,       calls_bandits, calls_policies, calls_assignment, NULL,
};

static const struct known_function *function_at(size_t index)
{
    for (size_t l = 0; lists[l] != NULL; l++)
        for (size_t i = 0; lists[l][i].name != NULL; i++)
            if (index-- == 0)
                return &lists[l][i];
    return NULL;
}

const char *vectors_function(size_t index, const char **takes)
{
    const struct known_function *f = function_at(index);
    if (f == NULL)
        return NULL;
    *takes = f->takes;
    return f->name;
}

static int find_exactly(const char *name)
{
    const struct known_function *f;
    for (int i = 0; (f = function_at((size_t)i)) != NULL; i++)
        if (known_same_name(f->name, strlen(f->name), name, strlen(name)))
            return i;
    return -1;
}

/* What others call our functions: the whole name, its beginning, or its end. */
static const char *const whole_names[][2] = {
    {"proportions_ztest", "two_proportion_z"}, {"two_proportion_z_test", "two_proportion_z"}, {"ttest_welch", "welch_t"},
    {"welch", "welch_t"}, {"welch_ttest", "welch_t"}, {"mannwhitneyu", "mann_whitney"}, {"fisher", "fisher_exact"},
    {"barnard", "barnard_exact"}, {"boschloo", "boschloo_exact"}, {"multipletests", "adjust_p_values"},
    {"srm", "srm_chi2"}, {"chisquare", "srm_chi2"}, {"proportion_confint", "proportion_ci"},
    {"confint_proportions_2indep", "two_proportion_diff_ci"}, {"holm", "adjust_p_values"}};
static const char *const beginnings[][2] = {{"normal_", "norm_"}, {"student_t_", "t_"}, {"student_", "t_"},
                                            {"chisq_", "chi2_"}, {"chi_squared_", "chi2_"}, {"binom_", "binomial_"},
                                            {"hypergeom_", "hypergeometric_"}};
static const char *const ends[][2] = {{"_ppf", "_quantile"}, {"_isf", "_upper_quantile"}, {"_inv", "_quantile"},
                                      {"_logcdf", "_log_cdf"}, {"_logsf", "_log_sf"}, {"_logpdf", "_log_pdf"},
                                      {"_survival", "_sf"}};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* Where in the list of functions a name is; -1 when nowhere. */
static int find_function(const char *name)
{
    char other[120];
    int at = find_exactly(name);
    for (size_t i = 0; at < 0 && i < COUNT(whole_names); i++)
        if (known_same_name(name, strlen(name), whole_names[i][0], strlen(whole_names[i][0])))
            at = find_exactly(whole_names[i][1]);
    if (at >= 0 || strlen(name) > 60)
        return at;
    snprintf(other, sizeof other, "%s", name);
    for (size_t i = 0; i < COUNT(beginnings); i++) {
        size_t n = strlen(beginnings[i][0]);
        if (strncasecmp(name, beginnings[i][0], n) == 0) {
            snprintf(other, sizeof other, "%s%s", beginnings[i][1], name + n);
            break;
        }
    }
    for (size_t i = 0; i < COUNT(ends); i++) {
        size_t n = strlen(ends[i][0]), len = strlen(other);
        if (len > n && strcasecmp(other + len - n, ends[i][0]) == 0) {
            snprintf(other + len - n, sizeof other - (len - n), "%s", ends[i][1]);
            break;
        }
    }
    return find_exactly(other);
}

struct run {
    vectors_miss_fn on_miss;
    void *context;
    struct vectors_miss miss; /* of the case at hand: what does not change */
    struct known *call;       /* NULL: none was made */
    json_t *inputs;
    bool missed;
};

static void report(struct run *r, const char *path, const char *expected, const char *got)
{
    r->missed = true;
    r->miss.output = path;
    r->miss.expected = expected;
    r->miss.got = got;
    if (r->on_miss != NULL)
        r->on_miss(r->context, &r->miss);
}

/* Inputs that the function does not have: a reason for a miss that is easily overlooked. */
static void put_ignored(const struct run *r, struct str *words)
{
    const char *key;
    json_t *value;
    bool any = false;
    if (r->call == NULL)
        return;
    json_object_foreach(r->inputs, key, value)
    {
        if (known_looked_at(r->call, key))
            continue;
        str_printf(words, "%s%s", any ? ", " : " (inputs that it does not take: ", key);
        any = true;
    }
    str_puts(words, any ? ")" : "");
}

static void report_values(struct run *r, const char *path, const json_t *expected, const json_t *got)
{
    size_t flags = JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17);
    char *e = json_dumps(expected, flags), *g = got == NULL ? NULL : json_dumps(got, flags);
    struct str words;
    str_init(&words, 4096);
    str_puts(&words, g == NULL ? "nothing" : g);
    put_ignored(r, &words);
    report(r, path, e == NULL ? "?" : e, str_text(&words));
    str_release(&words);
    free(e);
    free(g);
}

static bool number_passes(const struct run *r, const json_t *expected, const json_t *got)
{
    if (json_is_integer(expected) && json_is_integer(got))
        return json_integer_value(expected) == json_integer_value(got);
    double e = json_number_value(expected), g = json_number_value(got);
    if (!(r->miss.relative >= 0) || !(r->miss.absolute >= 0))
        return false;
    return fabs(g - e) <= fmax(r->miss.absolute, r->miss.relative * fabs(e));
}

/* How "nan" and infinities may be written. */
static const char *special_word(const json_t *v)
{
    static const char *const words[][2] = {{"nan", "nan"}, {"inf", "inf"}, {"infinity", "inf"}, {"+inf", "inf"},
                                           {"-inf", "-inf"}, {"-infinity", "-inf"}};
    const char *s = json_is_null(v) ? "nan" : json_string_value(v);
    for (size_t i = 0; s != NULL && i < COUNT(words); i++)
        if (strcasecmp(s, words[i][0]) == 0)
            return words[i][1];
    return NULL;
}

static bool is_same(const struct run *r, const json_t *expected, const json_t *got)
{
    if (got == NULL)
        return false;
    if (json_is_number(expected) && json_is_number(got))
        return number_passes(r, expected, got);
    if (json_is_boolean(got) && json_is_integer(expected))
        return json_integer_value(expected) == json_is_true(got);
    const char *e = special_word(expected), *g = special_word(got);
    return e != NULL && g != NULL ? strcmp(e, g) == 0 : json_equal(expected, got);
}

static void compare(struct run *r, const char *path, json_t *expected, json_t *got)
{
    char deeper[200];
    if (json_is_object(expected)) {
        const char *key;
        json_t *value;
        json_object_foreach(expected, key, value)
        {
            snprintf(deeper, sizeof deeper, "%s%s%s", path, path[0] == '\0' ? "" : ".", key);
            compare(r, deeper, value, json_object_get(got, key));
        }
        return;
    }
    if (json_is_object(got) && json_object_size(got) == 1 && path[0] == '\0')
        got = json_object_iter_value(json_object_iter(got));
    if (json_is_array(expected) && json_is_array(got) && json_array_size(expected) == json_array_size(got)) {
        for (size_t i = 0; i < json_array_size(expected); i++) {
            snprintf(deeper, sizeof deeper, "%s[%zu]", path, i);
            compare(r, deeper, json_array_get(expected, i), json_array_get(got, i));
        }
        return;
    }
    if (!is_same(r, expected, got))
        report_values(r, path, expected, got);
}

static void compare_error(struct run *r, json_t *expected, const struct error *e)
{
    const char *wanted = json_string_value(json_object_get(expected, "error"));
    if (wanted != NULL && strcmp(wanted, error_name(e->code)) == 0)
        return;
    char words[900];
    char *text = json_dumps(expected, JSON_ENCODE_ANY | JSON_COMPACT);
    snprintf(words, sizeof words, "error %s: %s: %s", error_name(e->code), e->what, e->why);
    report(r, "", text == NULL ? "?" : text, words);
    free(text);
}

static double number_among(const json_t *t, const char *const *names, double otherwise)
{
    for (; *names != NULL; names++)
        if (json_is_number(json_object_get(t, *names)))
            return json_number_value(json_object_get(t, *names));
    return otherwise;
}

/* {"rel", "abs"}, one number (relative), or [relative, absolute]. */
static void read_tolerance(struct run *r, const json_t *one)
{
    static const char *const relative[] = {"rel", "relative", "rtol", NULL},
                      *const absolute[] = {"abs", "absolute", "atol", NULL};
    const json_t *t = json_object_get(one, "tolerance");
    if (t == NULL)
        t = one; /* as {"rtol", "atol"} beside the rest */
    r->miss.relative = number_among(t, relative, 1e-9);
    r->miss.absolute = number_among(t, absolute, 1e-300);
    if (json_is_number(t))
        r->miss.relative = json_number_value(t);
    if (json_is_number(json_array_get(t, 0)))
        r->miss.relative = json_number_value(json_array_get(t, 0));
    if (json_is_number(json_array_get(t, 1)))
        r->miss.absolute = json_number_value(json_array_get(t, 1));
}

/* Runs one case; the index of its function, or -1. */
static int run_case(struct run *r, json_t *one)
{
    const char *name = json_string_value(json_object_get(one, "function"));
    json_t *inputs = json_object_get(one, "inputs"), *expected = json_object_get(one, "expected");
    char shown[400] = "";
    char *text = json_dumps(inputs, JSON_COMPACT | JSON_REAL_PRECISION(17));
    snprintf(shown, sizeof shown, "%s", text == NULL ? "" : text);
    free(text);
    r->miss.function = name == NULL ? "" : name;
    r->miss.inputs = shown;
    r->missed = false;
    r->call = NULL;
    read_tolerance(r, one);
    int index = name == NULL ? -1 : find_function(name);
    if (!json_is_object(inputs) || expected == NULL || index < 0) {
        report(r, "", "a function, its inputs and what is expected",
               !json_is_object(one) ? "what is not a case"
               : name == NULL     ? "a case without a function"
               : index < 0        ? "there is no such function (reckon stats functions)"
               : expected == NULL ? "a case that expects nothing"
                                  : "a case without inputs");
        return index;
    }
    struct known c = {.function = name, .inputs = inputs};
    struct error err = {0};
    r->call = &c;
    r->inputs = inputs;
    int rc = function_at((size_t)index)->run(&c, &err);
    if (c.failed)
        compare_error(r, expected, &c.err);
    else if (rc != 0)
        compare_error(r, expected, &err);
    else
        compare(r, "", expected, c.got);
    known_release(&c);
    r->call = NULL;
    return index;
}

/* Python writes NaN, Infinity and -Infinity, which are no JSON: outside of texts they become texts. */
static int quote_specials(struct str *out, const char *data, size_t n)
{
    static const char *const specials[] = {"NaN", "-Infinity", "Infinity"};
    bool within = false;
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        if (within && data[i] == '\\')
            i++;
        else if (data[i] == '"')
            within = !within;
        for (size_t k = 0; !within && i < n && k < COUNT(specials); k++) {
            size_t len = strlen(specials[k]);
            if (i + len > n || memcmp(data + i, specials[k], len) != 0)
                continue;
            str_append(out, data + from, i - from);
            str_printf(out, "\"%s\"", specials[k]);
            i += len - 1;
            from = i + 1;
            break;
        }
    }
    return str_append(out, data + from, n - from);
}

static int parse(const char *path, const struct str *text, json_t **root, struct error *err)
{
    json_error_t e;
    *root = json_loadb(str_text(text), text->len, JSON_REJECT_DUPLICATES, &e);
    if (*root == NULL) /* whole numbers beyond 64 bits are read as real ones */
        *root = json_loadb(str_text(text), text->len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &e);
    return *root != NULL ? 0 : error_set(err, E_BAD_DATA, path, "is not JSON: line %d: %s", e.line, e.text);
}

static int load(const char *path, json_t **root, struct error *err)
{
    char *data;
    size_t n;
    struct str text;
    int rc = fs_read_all(path, FILE_MAX, &data, &n, err);
    if (rc != 0)
        return rc;
    str_init(&text, 2 * FILE_MAX);
    rc = quote_specials(&text, data, n) == 0 ? parse(path, &text, root, err) : error_nomem(err, path);
    str_release(&text);
    mem_free(data);
    if (rc != 0)
        return rc;
    if (json_is_array(*root)) /* the list alone */
        *root = json_pack("{s:o}", "cases", *root);
    if (json_is_array(json_object_get(*root, "cases")))
        return 0;
    json_decref(*root);
    error_set(err, E_BAD_DATA, path, "has no list 'cases'");
    return error_hint(err, E_BAD_DATA,
                      "the form is {\"cases\": [{\"function\", \"inputs\", \"expected\", \"tolerance\"}]}");
}

int vectors_check(const char *path, vectors_miss_fn on_miss, void *context, struct vectors_counts *counts,
                  struct job *job, struct error *err)
{
    json_t *root;
    int rc = load(path, &root, err);
    if (rc != 0)
        return rc;
    const json_t *cases = json_object_get(root, "cases");
    size_t n = json_array_size(cases), n_functions = 0;
    while (function_at(n_functions) != NULL)
        n_functions++;
    bool *used = mem_zalloc(n_functions, sizeof *used);
    struct run r = {.on_miss = on_miss, .context = context};
    struct vectors_counts total = {.cases = n};
    rc = used == NULL ? error_nomem(err, path) : 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        r.miss.number = i + 1;
        int index = run_case(&r, json_array_get(cases, i));
        total.missed += r.missed;
        if (index >= 0 && !used[index]) {
            used[index] = true;
            total.functions++;
        }
        if (job_step(job, "checking", (double)(i + 1), (double)n, "cases"))
            rc = job_error_cancelled(err, "stats check");
    }
    mem_free(used);
    json_decref(root);
    if (rc == 0)
        *counts = total;
    return rc;
}
