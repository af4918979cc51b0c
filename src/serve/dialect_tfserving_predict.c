/* POST …:predict of TensorFlow Serving's REST protocol: rows or columns in, rows or columns out. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "recommend/policy.h"
#include "serve/consent.h"
#include "serve/crowd.h"
#include "serve/dialect_tfserving.h"
#include "serve/item_json.h"
#include "serve/server.h"
#include "store/kinds.h"

enum { ROWS_MAX = 1000, ANSWER_MAX = 1 << 26 };

/* An empty text fills a history up to the length of the others. */
static const struct shape one_item = {"", SHAPE_TEXT, 0, 0, 256, NULL, NULL, ""};
static const struct shape row_shape[] = {
    {"user", SHAPE_ID, 0, 0, 0, NULL, NULL, "for whom"},
    {"history", SHAPE_LIST, 0, 0, 1000, NULL, &one_item, "items met, oldest first; filled up with \"\""},
    {"n", SHAPE_INT, 0, 1, 1000, NULL, NULL, "items wanted"},
    {0},
};
static const struct shape one_row = {"", SHAPE_OBJECT, 0, 0, 0, NULL, row_shape, ""};
static const struct shape rows_shape[] = {
    {"instances", SHAPE_LIST, SHAPE_REQUIRED, 1, ROWS_MAX, NULL, &one_row, ""}, {0}};

const struct shape dialect_tfserving_body[] = {
    {"signature_name", SHAPE_TEXT, 0, 0, 256, NULL, NULL, "serving_default when absent"},
    {"instances", SHAPE_ANY, 0, 0, 0, NULL, NULL,
     "rows: a list of objects with user, history or both, and n; a text alone is a user"},
    {"inputs", SHAPE_ANY, 0, 0, 0, NULL, NULL,
     "instead of instances, columns: an object with a list for each input; a list alone is that of users"},
    {0},
};
const struct shape dialect_tfserving_answer[] = {
    {"predictions", SHAPE_ANY, 0, 0, 0, NULL, NULL, "of rows: for each an object with items and scores"},
    {"outputs", SHAPE_ANY, 0, 0, 0, NULL, NULL, "of columns: an object with items and scores, lists of lists"},
    {0},
};

/* What is asked. */
struct question {
    json_t *body, *rows; /* rows: objects of row_shape; owned */
    bool columns;
    size_t width;        /* of the tensors that go back: the largest n */
};

static void refuse(struct call *call, const char *why)
{
    call_problem(call, 400, "invalid_request", "%s", why);
}

/* {"b64": text} is a binary string; elsewhere a text is one as it stands.  NULL: it is none that UTF-8 could hold. */
static json_t *plain_text(json_t *value)
{
    const char *coded = json_string_value(json_object_get(value, "b64"));
    unsigned char bytes[1024];
    size_t n;
    if (!json_is_object(value) || json_object_size(value) != 1 || coded == NULL)
        return json_incref(value);
    if (sodium_base642bin(bytes, sizeof bytes, coded, strlen(coded), NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return NULL;
    return json_stringn((const char *)bytes, n); /* NULL when not UTF-8 */
}

/* Replaces what is binary in a value, and in the texts of a list. */
static bool make_plain(json_t *row, const char *name)
{
    json_t *value = json_object_get(row, name);
    if (json_is_object(value)) {
        json_t *text = plain_text(value);
        return text != NULL && json_object_set_new(row, name, text) == 0;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *text = plain_text(json_array_get(value, i));
        if (text == NULL || json_array_set_new(value, i, text) != 0)
            return false;
    }
    return true;
}

/* Rows. */

static bool take_instances(struct call *call, struct question *asked, json_t *instances)
{
    if (!json_is_array(instances) || json_array_size(instances) == 0) {
        refuse(call, "'instances' must be a list, and not an empty one");
        return false;
    }
    for (size_t i = 0; i < json_array_size(instances); i++) {
        json_t *value = json_array_get(instances, i), *row;
        bool bare = !json_is_object(value) || json_object_get(value, "b64") != NULL;
        row = bare ? json_pack("{s:O}", "user", value) : json_incref(value);
        if (json_array_append_new(asked->rows, row) != 0) {
            refuse(call, "'instances' holds what cannot be read");
            return false;
        }
    }
    return true;
}

/* Columns. */

static bool is_scalar(const json_t *value)
{
    return !json_is_array(value);
}

/* The number of rows: of every column that is a list the same.  0: they differ, or are empty. */
static size_t count_rows(json_t *columns)
{
    const char *name;
    json_t *value;
    size_t n = 0;
    json_object_foreach (columns, name, value) {
        size_t of = is_scalar(value) ? 0 : json_array_size(value);
        if ((!is_scalar(value) && of == 0) || (n != 0 && of != 0 && of != n))
            return 0;
        n = of > n ? of : n;
    }
    return n > 0 || json_object_size(columns) == 0 ? n : 1;
}

static bool add_row(struct question *asked, json_t *columns, size_t i)
{
    json_t *row = json_object(), *value;
    const char *name;
    json_object_foreach (columns, name, value)
        json_object_set(row, name, is_scalar(value) ? value : json_array_get(value, i));
    return json_array_append_new(asked->rows, row) == 0;
}

static bool take_inputs(struct call *call, struct question *asked, json_t *inputs)
{
    bool named = json_is_object(inputs) && json_object_get(inputs, "b64") == NULL;
    json_t *columns = named ? json_incref(inputs) : json_pack("{s:O}", "user", inputs);
    size_t n = count_rows(columns);
    bool good = n > 0 && n <= ROWS_MAX;
    if (!good)
        refuse(call, n > 0 ? "'inputs' has more than 1000 rows"
                           : "the tensors of 'inputs' must have the same number of rows, and not none");
    for (size_t i = 0; good && i < n; i++)
        good = add_row(asked, columns, i);
    json_decref(columns);
    asked->columns = true;
    return good;
}

/* Tensors are rectangular: every row has the same inputs, and every history the same length. */
static const char *is_ragged(json_t *rows)
{
    json_t *first = json_array_get(rows, 0), *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        const char *name;
        json_t *value;
        if (json_object_size(row) != json_object_size(first))
            return "every row must have the same inputs";
        json_object_foreach (row, name, value)
            if (json_object_get(first, name) == NULL)
                return "every row must have the same inputs";
        if (json_array_size(json_object_get(row, "history")) != json_array_size(json_object_get(first, "history")))
            return "'history' must have the same length in every row: fill it up with \"\"";
    }
    if (json_object_get(first, "user") == NULL && json_object_get(first, "history") == NULL)
        return "a row needs 'user', 'history' or both";
    return NULL;
}

static bool check_rows(struct call *call, struct question *asked)
{
    struct shape_faults faults = {.n = 0};
    json_t *whole = json_pack("{s:O}", "instances", asked->rows), *row;
    size_t i;
    bool good = true;
    json_array_foreach (asked->rows, i, row)
        good = good && make_plain(row, "user") && make_plain(row, "history");
    if (!good)
        refuse(call, "a binary value must be base64, and UTF-8 beneath it");
    else
        shape_check(rows_shape, whole, &faults);
    json_decref(whole);
    if (faults.n > 0)
        call_faults(call, &faults);
    const char *ragged = good && faults.n == 0 ? is_ragged(asked->rows) : NULL;
    if (ragged != NULL)
        refuse(call, ragged);
    return call->status == 0;
}

static bool parse(struct call *call, struct question *asked)
{
    json_error_t e;
    const char *text = call->body != NULL ? call->body : "";
    if (shape_too_deep(text, call->n_body)) {
        refuse(call, "the body is nested too deeply");
        return false;
    }
    asked->body = json_loadb(text, call->n_body, JSON_REJECT_DUPLICATES, &e);
    if (asked->body == NULL)
        call_problem(call, 400, "invalid_json", "JSON Parse error: line %d, column %d: %s", e.line, e.column, e.text);
    else if (!json_is_object(asked->body))
        refuse(call, "the body must be an object");
    return call->status == 0;
}

static bool read_asked(struct call *call, struct question *asked)
{
    if (!parse(call, asked))
        return false;
    json_t *signature = json_object_get(asked->body, "signature_name"),
           *instances = json_object_get(asked->body, "instances"), *inputs = json_object_get(asked->body, "inputs");
    const char *name = signature != NULL ? json_string_value(signature) : "";
    asked->rows = json_array();
    if (name == NULL)
        refuse(call, "'signature_name' must be a string");
    else if (name[0] != '\0' && strcmp(name, DIALECT_TFSERVING_SIGNATURE) != 0)
        call_problem(call, 400, "invalid_request", "Serving signature name: \"%.100s\" not found in signature def",
                     name);
    else if ((instances == NULL) == (inputs == NULL))
        refuse(call, instances == NULL ? "Missing 'inputs' or 'instances' key"
                                       : "Not formatted correctly: give either 'inputs' or 'instances', not both");
    else if (instances != NULL ? take_instances(call, asked, instances) : take_inputs(call, asked, inputs))
        return check_rows(call, asked);
    if (call->status == 0)
        call_problem(call, 500, "out_of_memory", "there is not enough memory");
    return false;
}

/* Answers. */

/* The request of each row; *recent holds all their histories. */
static int fill_crowd(struct crowd *crowd, struct question *asked, const struct view *view, bool impersonal,
                      struct recommender_event **recent, struct error *err)
{
    size_t most = json_array_size(json_object_get(json_array_get(asked->rows, 0), "history")), at = 0;
    *recent = mem_alloc(most * crowd->n, sizeof **recent);
    if (*recent == NULL)
        return error_nomem(err, "recommend");
    int rc = 0;
    for (uint32_t i = 0; i < crowd->n && rc == 0; i++) {
        const json_t *row = json_array_get(asked->rows, i), *history = json_object_get(row, "history");
        const struct asked asked_for = {.n = (uint32_t)call_int(row, "n", 0), .diversity = -1, .fresh = -1};
        struct recommender_request *r = &crowd->requests[i];
        const struct scenario *none;
        *r = (struct recommender_request){.user = call_text(row, "user"), .anyone = true, .no_reasons = true,
                                          .impersonal = impersonal,
                                          .recent = *recent + at, .at = clock_now_ms(),
                                          .placer = view->placer, .weight = 1};
        rc = policy_request(view->policy, &asked_for, &view->settings, r, &none, err);
        for (size_t k = 0; k < json_array_size(history); k++) {
            const char *item = json_string_value(json_array_get(history, k));
            if (item[0] == '\0')
                continue;
            (*recent)[at++] = (struct recommender_event){item, kinds_usual_weight("view")};
            r->n_recent++;
        }
        asked->width = r->n > asked->width ? r->n : asked->width;
    }
    return rc;
}

static void put_tensor_row(struct str *out, const struct slate *slate, size_t width, bool items)
{
    str_putc(out, '[');
    for (size_t i = 0; i < width; i++) {
        if (i > 0)
            str_putc(out, ',');
        if (items)
            item_json_text(out, i < slate->n ? slate->items[i].item : "");
        else
            str_printf(out, "%.7g", i < slate->n ? (double)slate->items[i].score : 0.0);
    }
    str_putc(out, ']');
}

static void put_columns(struct str *out, const struct crowd *crowd, size_t width)
{
    for (int items = 1; items >= 0; items--) {
        str_puts(out, items != 0 ? "{\"outputs\":{\"items\":[" : ",\"scores\":[");
        for (uint32_t i = 0; i < crowd->n; i++) {
            str_puts(out, i > 0 ? "," : "");
            put_tensor_row(out, &crowd->slates[i], width, items != 0);
        }
        str_putc(out, ']');
    }
    str_puts(out, "}}");
}

static void put_rows(struct str *out, const struct crowd *crowd, size_t width)
{
    str_puts(out, "{\"predictions\":[");
    for (uint32_t i = 0; i < crowd->n; i++) {
        str_puts(out, i > 0 ? ",{\"items\":" : "{\"items\":");
        put_tensor_row(out, &crowd->slates[i], width, true);
        str_puts(out, ",\"scores\":");
        put_tensor_row(out, &crowd->slates[i], width, false);
        str_putc(out, '}');
    }
    str_puts(out, "]}");
}

static int answer(struct server *server, struct desk *desk, struct call *call, struct recommender *recommender,
                  struct question *asked, struct error *err)
{
    struct crowd crowd;
    struct recommender_event *recent = NULL;
    struct str body;
    str_init(&body, ANSWER_MAX);
    bool impersonal = false;
    int rc = crowd_init(&crowd, (uint32_t)json_array_size(asked->rows), err);
    if (rc == 0)
        rc = consent_refused_by_browser(desk->store, call, &impersonal, err);
    if (rc == 0)
        rc = fill_crowd(&crowd, asked, call->view, impersonal, &recent, err);
    if (rc == 0)
        rc = crowd_ask(&crowd, recommender, err);
    for (uint32_t i = 0; rc == 0 && i < crowd.n; i++) {
        meters_add(&server->meters.items_answered, crowd.slates[i].n);
        if ((rc = crowd.outcome[i]) != 0)
            *err = crowd.errors[i];
    }
    if (rc == 0 && asked->columns)
        put_columns(&body, &crowd, asked->width);
    else if (rc == 0)
        put_rows(&body, &crowd, asked->width);
    if (rc == 0 && body.failed)
        call_problem(call, 413, "too_large", "the answer would be too large: ask for fewer rows, or a smaller n");
    else if (rc == 0)
        call_answer_json(call, 200, &body);
    crowd_release(&crowd);
    mem_free(recent);
    str_release(&body);
    return rc;
}

static int answer_by(struct server *server, struct desk *desk, struct call *call, const char *spec,
                     struct question *asked, struct error *err)
{
    struct recommender_core *core;
    struct recommender *recommender;
    int rc = server_named_core(server, desk->store, call->view, spec, &core, err);
    if (rc == E_NOMEM)
        return rc;
    if (rc != 0) { /* registered, but its file is gone or damaged: what that server calls UNAVAILABLE */
        call_unavailable(call, 30, "no_model", err);
        return 0;
    }
    rc = desk_recommender(desk, server, call->view, core, &recommender, err);
    if (rc == 0)
        rc = answer(server, desk, call, recommender, asked, err);
    recommender_core_release(core);
    return rc;
}

HANDLER(dialect_tfserving_predict)
{
    char spec[96] = "";
    struct question asked = {.body = NULL};
    int rc = dialect_tfserving_choose(desk, call, spec, err);
    if (rc == 0 && call->status == 0 && read_asked(call, &asked))
        rc = answer_by(server, desk, call, spec, &asked, err);
    json_decref(asked.rows);
    json_decref(asked.body);
    return rc;
}
