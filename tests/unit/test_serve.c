/* The parts of the server that can be tried alone: shapes, routes, limits, answers that are kept, the document. */
#include <jansson.h>
#include <string.h>

#include "serve/admission.h"
#include "serve/answers.h"
#include "serve/dialect.h"
#include "serve/limiter.h"
#include "serve/meters.h"
#include "serve/route.h"
#include "serve/shape.h"
#include "serve/state.h"
#include "serve/journal.h"
#include "tests/unit/check_main.h"

static const struct shape element = {"", SHAPE_ID, 0, 0, 0, NULL, NULL, ""};
static const struct shape inner[] = {{"x", SHAPE_INT, SHAPE_REQUIRED, -3, 3, NULL, NULL, ""}, {0}};
static const struct shape fields[] = {
    {"id", SHAPE_ID, SHAPE_REQUIRED, 0, 0, NULL, NULL, "who"},
    {"n", SHAPE_INT, 0, 1, 10, NULL, NULL, ""},
    {"r", SHAPE_REAL, SHAPE_NULLABLE, 0, 0, NULL, NULL, ""},
    {"when", SHAPE_TIME, 0, 0, 0, NULL, NULL, ""},
    {"mode", SHAPE_TEXT, 0, 0, 0, "a|bc", NULL, ""},
    {"list", SHAPE_LIST, 0, 1, 2, NULL, &element, ""},
    {"in", SHAPE_OBJECT, 0, 0, 0, NULL, inner, ""},
    {"attributes", SHAPE_ATTRIBUTES, 0, 0, 0, NULL, NULL, ""},
    {0},
};

/* The first fault as "pointer detail"; "" when there is none. */
static const char *first_fault(const char *text)
{
    static char out[400];
    struct shape_faults faults;
    json_t *object = json_loads(text, 0, NULL);
    ck_assert_msg(object != NULL, "%s", text);
    shape_check(fields, object, &faults);
    json_decref(object);
    out[0] = '\0';
    if (faults.n > 0)
        snprintf(out, sizeof out, "%s %s", faults.list[0].pointer, faults.list[0].detail);
    return out;
}

START_TEST(shapes)
{
    static const char *const cases[][2] = {
        {"{\"id\":\"a\"}", ""},
        {"{\"id\":\"a\",\"n\":10,\"r\":null,\"when\":\"2026-01-02\",\"mode\":\"bc\",\"list\":[\"b\"],\"in\":{\"x\":-3}"
         "}",
         ""},
        {"{\"id\":\"a\",\"attributes\":{\"p\":1.5,\"q\":[\"s\"],\"r\":null,\"s\":true,\"t\":\"u\"}}", ""},
        {"{}", "/id is missing"},
        {"{\"id\":\"\"}", "/id has 0 bytes; it may have 1 to 256"},
        {"{\"id\":\"a\\u007f\"}", "/id holds a control character"},
        {"{\"id\":\"a\",\"n\":11}", "/n 11 is not between 1 and 10"},
        {"{\"id\":\"a\",\"n\":2.0}", "/n must be a whole number"},
        {"{\"id\":\"a\",\"n\":null}", "/n must be a whole number"},
        {"{\"id\":\"a\",\"r\":\"1\"}", "/r must be a number"},
        {"{\"id\":\"a\",\"when\":\"1989-12-31\"}", "/when is before 1990"},
        {"{\"id\":\"a\",\"when\":\"9000-12-31\"}", "/when is more than a day from now"},
        {"{\"id\":\"a\",\"mode\":\"b\"}", "/mode must be one of a|bc"},
        {"{\"id\":\"a\",\"list\":[]}", "/list must be a list of 1 to 2 elements"},
        {"{\"id\":\"a\",\"list\":[\"b\",7]}", "/list/1 must be a text"},
        {"{\"id\":\"a\",\"in\":{\"x\":4}}", "/in/x 4 is not between -3 and 3"},
        {"{\"id\":\"a\",\"in\":{}}", "/in/x is missing"},
        {"{\"id\":\"a\",\"in\":[]}", "/in must be an object"},
        {"{\"id\":\"a\",\"a/b~c\":1}", "/a~1b~0c there is no such field"},
        {"{\"id\":\"a\",\"attributes\":{\"p\":{}}}",
         "/attributes/p must be a number, a text, true, false, null or a list of at most 1000 texts"},
        {"{\"id\":\"a\",\"attributes\":{\"\":1}}",
         "/attributes/ the name of an attribute has 1 to 63 bytes and no control characters"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(first_fault(cases[i][0]), cases[i][1]);
}
END_TEST

/* A name of many bytes is cut at a character, so that the answer stays UTF-8. */
START_TEST(faults_are_bounded)
{
    struct shape_faults faults;
    char name[1200] = "";
    for (int i = 0; i < 390; i++)
        strcat(name, "\xe2\x82\xac");
    json_t *object = json_pack("{s:s}", "id", "a");
    json_object_set_new(object, name, json_true());
    shape_check(fields, object, &faults);
    ck_assert_uint_eq(faults.n, 1);
    size_t n = strlen(faults.list[0].pointer);
    ck_assert(n > 100 && n % 3 == 1);
    for (int i = 0; i < 40; i++)
        shape_fault_add(&faults, "/x", "%d", i);
    ck_assert_uint_eq(faults.n, SHAPE_FAULTS_MAX);
    json_decref(object);
}
END_TEST

static bool is_deep(const char *text)
{
    return shape_too_deep(text, strlen(text));
}

START_TEST(depth)
{
    ck_assert(!is_deep("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}"));
    ck_assert(!is_deep("[[[[[[[[[[[[[[[[[[[[[[[["));
    ck_assert(is_deep("[[[[[[[[[[[[[[[[[[[[[[[[["));
    ck_assert(!is_deep("\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\""));
    ck_assert(!is_deep("\"a\\"));
}
END_TEST

static const char *route_of(const char *method, const char *path)
{
    static char copy[200], out[300];
    const char *param[CALL_PARAMS_MAX];
    char allow[64];
    int status;
    snprintf(copy, sizeof copy, "%s", path);
    const struct route *r = route_find(method, copy, param, allow, &status);
    if (r == NULL)
        snprintf(out, sizeof out, "%d %s", status, allow);
    else
        snprintf(out, sizeof out, "%s %s", r->name, param[0] != NULL ? param[0] : "");
    return out;
}

START_TEST(routes)
{
    ck_assert_str_eq(route_of("POST", "/v1/events"), "post_events ");
    ck_assert_str_eq(route_of("GET", "/v1/items/a%2Fb%20%c3%bc"), "get_item a/b \xc3\xbc");
    ck_assert_str_eq(route_of("HEAD", "/v1/models"), "models ");
    ck_assert_str_eq(route_of("DELETE", "/v1/items/x"), "405 PUT, GET, HEAD");
    ck_assert_str_eq(route_of("GET", "/v1/items/"), "404 ");
    ck_assert_str_eq(route_of("GET", "/v1/items/a/b"), "404 ");
    ck_assert_str_eq(route_of("GET", "v1"), "404 ");
    ck_assert_str_eq(route_of("GET", ""), "404 ");
    ck_assert_str_eq(route_of("GET", "/v1/items/%"), "400 ");
    ck_assert_str_eq(route_of("GET", "/v1/items/%0a"), "400 ");
    ck_assert_str_eq(route_of("GET", "/v1/items/%ff"), "400 ");
    ck_assert_str_eq(route_of("POST", "/admin/v1/models/promote"), "command models/promote");
    ck_assert_str_eq(route_of("GET", "/a/b/c/d/e/f/g/h/i/j/k"), "404 ");
    ck_assert_uint_lt(route_count, METERS_ROUTES);
}
END_TEST

START_TEST(dialects)
{
    unsigned spoken = 7;
    struct error err = {0};
    bool seen[METERS_ROUTES] = {false};
    ck_assert_int_eq(dialect_parse("", &spoken, &err), 0);
    ck_assert_uint_eq(spoken, 0);
    ck_assert_int_eq(dialect_parse(" sagemaker, tfserving", &spoken, &err), 0);
    ck_assert_uint_eq(spoken, 3);
    ck_assert_int_eq(dialect_parse("tfserving,", &spoken, &err), 0);
    ck_assert_uint_eq(spoken, 1);
    ck_assert_int_eq(dialect_parse("tfserv", &spoken, &err), E_USAGE);
    ck_assert_ptr_eq(dialect_of_path(1, "/V1/models/a"), &dialect_tfserving);
    ck_assert_ptr_null(dialect_of_path(1, "/v1/models"));
    ck_assert_ptr_null(dialect_of_path(2, "/v1/models/a"));
    ck_assert_ptr_eq(dialect_of_path(3, "/ping?x"), &dialect_sagemaker);
    ck_assert_ptr_null(dialect_of_path(3, "/pingx"));
    ck_assert(!dialect_any_keyless(1));
    ck_assert(dialect_any_keyless(2));
    /* every route has a number of its own, below that of all others */
    const struct dialect *d;
    for (size_t i = 0; i < route_count; i++)
        seen[dialect_route_number(&route_table[i])] = true;
    size_t n = route_count;
    for (size_t k = 0; (d = dialect_at(k)) != NULL; n += d->n_routes, k++)
        for (size_t i = 0; i < d->n_routes; i++) {
            unsigned number = dialect_route_number(&d->routes[i]);
            ck_assert_uint_lt(number, METERS_ROUTES - 1);
            ck_assert(!seen[number]);
            seen[number] = true;
        }
    for (size_t i = 0; i < n; i++)
        ck_assert(seen[i]);
}
END_TEST

START_TEST(queries)
{
    static const struct shape q[] = {
        {"limit", SHAPE_INT, 0, 1, 9, NULL, NULL, ""}, {"t", SHAPE_TEXT, 0, 0, 9, NULL, NULL, ""}, {0}};
    static const struct {
        const char *query;
        size_t faults;
    } cases[] = {{"limit=3&t=a+b%21", 0}, {"", 0}, {"&&", 0}, {"limit=10", 1}, {"limit=x", 1}, {"limit=1&limit=2", 1},
                 {"other=1", 1}, {"t=%0g", 1}, {"=", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[80];
        struct shape_faults faults;
        snprintf(text, sizeof text, "%s", cases[i].query);
        json_t *object = route_query(q, text, &faults);
        ck_assert_msg(faults.n == cases[i].faults, "%s: %zu", cases[i].query, faults.n);
        if (i == 0)
            ck_assert_str_eq(json_string_value(json_object_get(object, "t")), "a b!");
        json_decref(object);
    }
}
END_TEST

START_TEST(limits)
{
    struct limiter *l = limiter_new();
    int wait;
    for (int i = 0; i < 20; i++)
        ck_assert(limiter_take(l, 7, 10, 2, 1000, &wait));
    ck_assert(!limiter_take(l, 7, 10, 2, 1000, &wait));
    ck_assert_int_eq(wait, 1);
    ck_assert(limiter_take(l, 8, 10, 2, 1000, &wait)); /* another name */
    ck_assert(!limiter_take(l, 7, 10, 2, 100999, &wait));
    ck_assert(limiter_take(l, 7, 10, 2, 101001, &wait)); /* a tenth of a second later: one more */
    ck_assert(!limiter_take(l, 7, 10, 2, 101001, &wait));
    ck_assert(limiter_take(l, 9, 0.01, 1, 0, &wait)); /* however low the rate, one is always to be had at first */
    ck_assert(!limiter_take(l, 9, 0.01, 1, 0, &wait));
    ck_assert_int_eq(wait, 100);
    for (uint64_t i = 0; i < 200000; i++) /* many more names than there is room for */
        ck_assert(limiter_take(l, i * 0x9e3779b97f4a7c15u, 10, 2, 200000 + (int64_t)i, &wait));
    limiter_free(l);
}
END_TEST

static struct blob *text_blob(const char *text)
{
    struct str s;
    str_init(&s, 1 << 20);
    str_puts(&s, text);
    return blob_take(&s);
}

START_TEST(answers_are_kept)
{
    static struct meters meters;
    struct answers *a;
    struct answer_stamp stamp = {.view = 1, .user = 5}, found;
    ck_assert_int_eq(answers_new(&a, 1 << 20, &meters, NULL), 0);
    struct answer_name one = answers_name(a, 1, "x", 1), two = answers_name(a, 2, "x", 1);
    ck_assert_int_ne(memcmp(&one, &two, sizeof one), 0);
    ck_assert_ptr_null(answers_find(a, one, &found));
    struct blob *blob = text_blob("hello");
    answers_keep(a, one, &stamp, blob);
    blob_release(blob);
    blob = answers_find(a, one, &found);
    ck_assert_str_eq(blob->data, "hello");
    ck_assert_uint_eq(found.user, 5);
    ck_assert_ptr_null(answers_find(a, two, &found));
    struct blob *next = text_blob("again");
    answers_keep(a, one, &stamp, next); /* takes its place; who reads the old one may go on */
    ck_assert_str_eq(blob->data, "hello");
    blob_release(blob);
    blob_release(next);
    ck_assert_int_eq((int)atomic_load(&meters.cache_entries), 1);
    answers_free(a);
}
END_TEST

/* Bounded; those that are asked for stay, those that are not go. */
START_TEST(answers_make_room)
{
    static struct meters meters;
    struct answers *a;
    struct answer_stamp stamp = {.view = 1};
    char text[900];
    ck_assert_int_eq(answers_new(&a, 1 << 20, &meters, NULL), 0);
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct answer_name wanted = answers_name(a, 0, "wanted", 6);
    struct blob *blob = text_blob(text);
    answers_keep(a, wanted, &stamp, blob);
    for (int i = 0; i < 20000; i++) {
        answers_keep(a, answers_name(a, 0, &i, sizeof i), &stamp, blob);
        blob_release(answers_find(a, wanted, &stamp));
    }
    struct blob *still = answers_find(a, wanted, &stamp);
    ck_assert_ptr_nonnull(still);
    blob_release(still);
    ck_assert_int_le((int)atomic_load(&meters.cache_bytes), 1 << 20);
    ck_assert_int_gt((int)atomic_load(&meters.cache_bytes), 1 << 19);
    blob_release(blob);
    answers_free(a);
}
END_TEST

START_TEST(states)
{
    struct journal *journal;
    struct state s;
    char model[400], writes[400];
    ck_assert_int_eq(journal_open(&journal, "", NULL), 0);
    state_init(&s, journal);
    ck_assert_int_eq(state_of(&s), SERVE_STARTING);
    state_model(&s, "there is none");
    ck_assert_int_eq(state_of(&s), SERVE_STARTING);
    state_serving(&s);
    ck_assert_int_eq(state_of(&s), SERVE_DEGRADED);
    state_model(&s, NULL);
    ck_assert_int_eq(state_of(&s), SERVE_READY);
    state_writes(&s, "the disk is full");
    ck_assert_int_eq(state_of(&s), SERVE_DEGRADED);
    ck_assert(!state_can_write(&s));
    state_problems(&s, model, writes);
    ck_assert_str_eq(writes, "the disk is full");
    state_draining(&s);
    state_writes(&s, NULL);
    ck_assert_int_eq(state_of(&s), SERVE_DRAINING); /* no way back */
    state_stopped(&s);
    ck_assert_str_eq(state_name(state_of(&s)), "stopped");
    state_release(&s);
    journal_close(journal);
}
END_TEST

/* The document is JSON, and whatever it refers to is there. */
static void check_refs(json_t *document, json_t *v)
{
    const char *name;
    json_t *one;
    size_t i;
    json_array_foreach (v, i, one)
        check_refs(document, one);
    json_object_foreach (v, name, one) {
        if (strcmp(name, "$ref") == 0) {
            char path[200];
            snprintf(path, sizeof path, "%s", json_string_value(one));
            json_t *at = document;
            for (char *p = strchr(path, '/'); p != NULL;) {
                char *end = strchr(p + 1, '/');
                if (end != NULL)
                    *end = '\0';
                at = json_object_get(at, p + 1);
                p = end;
            }
            ck_assert_msg(at != NULL, "%s", json_string_value(one));
        }
        check_refs(document, one);
    }
}

/* Generators of clients stop at a list of whatever. */
static void check_lists(json_t *part)
{
    const char *name, *type = json_string_value(json_object_get(part, "type"));
    json_t *one;
    size_t i;
    if (type != NULL && strcmp(type, "array") == 0) {
        char *text = json_object_get(part, "items") == NULL ? json_dumps(part, JSON_COMPACT) : NULL;
        ck_assert_msg(text == NULL, "%s", text);
    }
    json_object_foreach (part, name, one)
        check_lists(one);
    json_array_foreach (part, i, one)
        check_lists(one);
}

START_TEST(the_document)
{
    struct str out;
    json_error_t e;
    str_init(&out, 1 << 22);
    ck_assert_int_eq(openapi_document(&out, NULL), 0);
    json_t *document = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, &e);
    ck_assert_msg(document != NULL, "%d: %s", e.line, e.text);
    check_refs(document, document);
    check_lists(document);
    json_t *paths = json_object_get(document, "paths");
    for (size_t i = 0; i < route_count; i++)
        if (strchr(route_table[i].path, '+') == NULL)
            ck_assert_msg(json_object_get(paths, route_table[i].path) != NULL, "%s", route_table[i].path);
    json_decref(document);
    const struct dialect *d;
    for (size_t k = 0; (d = dialect_at(k)) != NULL; k++) {
        str_clear(&out);
        ck_assert_int_eq(openapi_document(&out, d), 0);
        document = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, &e);
        ck_assert_msg(document != NULL, "%s: %d: %s", d->name, e.line, e.text);
        check_refs(document, document);
        json_decref(document);
    }
    str_release(&out);
}
END_TEST

/* A queue of `waiting`, asked every millisecond for that long: how many were let in. */
static unsigned ask(struct admission *a, size_t waiting, unsigned ms, int64_t *now)
{
    unsigned in = 0;
    for (unsigned i = 0; i < ms; i++, *now += 1000)
        in += admission_lets_in(a, &(struct admission_case){.waiting = waiting, .takers = 2}, *now);
    return in;
}

START_TEST(bursts_and_floods)
{
    struct admission a = {.burst_us = 100000, .steady_us = 1000};
    int64_t now = 77000000;
    ck_assert_uint_eq(ask(&a, 1000, 10, &now), 10); /* nothing is known of answers yet */
    admission_learn(&a, 1, 1e5);                    /* the first one reads its pages from the disk */
    ck_assert_uint_eq(ask(&a, 20, 1, &now), 1);
    admission_learn(&a, 64, 64 * 100); /* 0.1 ms each: 20 of two takers wait 1 ms */
    ck_assert_uint_eq(ask(&a, 20, 10, &now), 10);
    ck_assert_uint_eq(ask(&a, 400, 450, &now), 450); /* a burst: 20 ms, for less than half a second */
    ck_assert_uint_eq(ask(&a, 20, 10, &now), 10);
    ck_assert_uint_eq(ask(&a, 400, 450, &now), 450);
    ck_assert(!a.pressed);
    ck_assert_uint_lt(ask(&a, 400, 200, &now), 60); /* no burst any more */
    ck_assert(a.pressed);
    ck_assert_int_eq(admission_limit_us(&a), 1000);
    const struct admission_case nobody = {.takers = 2}, old = {.takers = 2, .age_us = 4000},
                                waits = {.takers = 2, .waiting = 1, .first_us = 1500};
    ck_assert(admission_lets_in(&a, &nobody, now));
    ck_assert(!admission_lets_in(&a, &old, now)); /* it lay in the socket for too long */
    ck_assert(!admission_lets_in(&a, &waits, now));
    admission_learn(&a, 64, 64 * 3000); /* 3 ms each, a thousand a second of two: more than they can */
    ck_assert_int_eq(admission_limit_us(&a), 6000);
    ask(&a, 0, 1200, &now);
    ck_assert(a.pressed);
    admission_learn(&a, 64, 64 * 100); /* a twentieth of what they can */
    ask(&a, 0, 1200, &now);
    ck_assert(!a.pressed);
    ck_assert_uint_eq(ask(&a, 2001, 1, &now), 0); /* longer than any burst may wait: at once */
    ck_assert(a.pressed);
    now += 60000000;
    ask(&a, 0, 2, &now); /* a quiet minute is no flood */
    ck_assert(!a.pressed);
}
END_TEST

CHECK_MAIN("serve", bursts_and_floods, shapes, faults_are_bounded, depth, routes, dialects, queries, limits, answers_are_kept,
           answers_make_room, states, the_document)
