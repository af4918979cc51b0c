#include "vectors/vectors.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Where in the list of functions a name is; -1 when nowhere. */
static int find_function(const char *name)
{
    const struct known_function *f;
    for (int i = 0; (f = function_at((size_t)i)) != NULL; i++)
        if (strcmp(f->name, name) == 0)
            return i;
    return -1;
}

struct run {
    vectors_miss_fn on_miss;
    void *context;
    struct vectors_miss miss; /* of the case at hand: what does not change */
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

static void report_values(struct run *r, const char *path, const json_t *expected, const json_t *got)
{
    size_t flags = JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17);
    char *e = json_dumps(expected, flags), *g = got == NULL ? NULL : json_dumps(got, flags);
    report(r, path, e == NULL ? "?" : e, g == NULL ? "nothing" : g);
    free(e);
    free(g);
}

static bool number_passes(const struct run *r, const json_t *expected, const json_t *got)
{
    if (json_is_integer(expected) && json_is_integer(got))
        return json_integer_value(expected) == json_integer_value(got);
    double e = json_number_value(expected), g = json_number_value(got);
    return fabs(g - e) <= fmax(r->miss.absolute, r->miss.relative * fabs(e));
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
    bool same = json_is_number(expected) && json_is_number(got) ? number_passes(r, expected, got)
                                                                : got != NULL && json_equal(expected, got);
    if (!same)
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

static void read_tolerance(struct run *r, const json_t *one)
{
    const json_t *t = json_object_get(one, "tolerance"), *rel = json_object_get(t, "rel"),
                 *abs = json_object_get(t, "abs");
    r->miss.relative = json_is_number(t) ? json_number_value(t) : json_is_number(rel) ? json_number_value(rel) : 1e-9;
    r->miss.absolute = json_is_number(abs) ? json_number_value(abs) : 1e-300;
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
    read_tolerance(r, one);
    int index = name == NULL ? -1 : find_function(name);
    if (!json_is_object(inputs) || expected == NULL || index < 0) {
        report(r, "", "a function, its inputs and what is expected",
               name == NULL       ? "a case without a function"
               : index < 0        ? "there is no such function (reckon stats functions)"
               : expected == NULL ? "a case that expects nothing"
                                  : "a case without inputs");
        return index;
    }
    struct known c = {.function = name, .inputs = inputs};
    struct error err = {0};
    int rc = function_at((size_t)index)->run(&c, &err);
    if (c.failed)
        compare_error(r, expected, &c.err);
    else if (rc != 0)
        compare_error(r, expected, &err);
    else
        compare(r, "", expected, c.got);
    known_release(&c);
    return index;
}

static int load(const char *path, json_t **root, struct error *err)
{
    char *data;
    size_t n;
    json_error_t e;
    int rc = fs_read_all(path, FILE_MAX, &data, &n, err);
    if (rc != 0)
        return rc;
    *root = json_loadb(data, n, JSON_REJECT_DUPLICATES, &e);
    mem_free(data);
    if (*root == NULL)
        return error_set(err, E_BAD_DATA, path, "is not JSON: line %d: %s", e.line, e.text);
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
