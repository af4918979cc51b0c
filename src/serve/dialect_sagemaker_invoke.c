/* POST /invocations of the container contract of Amazon SageMaker: records in, answers out, a few at a time. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "recommend/policy.h"
#include "serve/consent.h"
#include "serve/container.h"
#include "serve/crowd.h"
#include "serve/dialect_sagemaker.h"
#include "serve/item_json.h"
#include "serve/server.h"
#include "store/kinds.h"

enum { TOGETHER = 64, ANSWER_MAX = 1 << 28, ANSWER_SECONDS = 60, BATCH_SECONDS = 3600, FIELDS_MAX = 1001 };

enum form { JSON_FORM, LINES_FORM, CSV_FORM, FORMS };
static const char *const types[FORMS] = {"application/json", "application/jsonlines", "text/csv"};

static const struct shape one_id = {"", SHAPE_ID, 0, 0, 0, NULL, NULL, ""};

#define RECORD_FIELDS                                                                                                  \
    {"user", SHAPE_ID, 0, 0, 0, NULL, NULL, "for whom; a package knows nobody, so that it helps only in a workspace"}, \
        {"history", SHAPE_LIST, 0, 0, 1000, NULL, &one_id, "items met, oldest first"},                                 \
        {"n", SHAPE_INT, 0, 1, 1000, NULL, NULL, "items wanted; the setting recommend.n when absent"},                 \
        {"mode", SHAPE_TEXT, 0, 0, 0, "repeat|discover", NULL, "may items of the history be recommended"},             \
        {"filter", SHAPE_TEXT, 0, 0, 4096, NULL, NULL, "which items may be shown, as in price<20"},                    \
        {"exclude", SHAPE_LIST, 0, 0, 1000, NULL, &one_id, "items that must not be shown"}

static const struct shape record_shape[] = {RECORD_FIELDS, {0}};
const struct shape dialect_sagemaker_body[] = {
    RECORD_FIELDS,
    {"instances", SHAPE_ANY, 0, 0, 0, NULL, NULL, "instead of all this: a list of records"},
    {0},
};
const struct shape dialect_sagemaker_answer[] = {
    {"model", SHAPE_TEXT, 0, 0, 0, NULL, NULL, "NAME@VERSION"},
    {"user", SHAPE_ID, 0, 0, 0, NULL, NULL, "as in the record"},
    {"fallback", SHAPE_TEXT, 0, 0, 0, NULL, NULL, "instead of the model, and why"},
    {"withheld", SHAPE_TEXT, 0, 0, 0, NULL, NULL, "why nothing of the user was used"},
    {"items", SHAPE_ANY, 0, 0, 0, NULL, NULL, "best first: item, title, score"},
    {"predictions", SHAPE_ANY, 0, 0, 0, NULL, NULL, "of instances: an answer for each"},
    {0},
};

/* One invocation. */
struct invocation {
    struct call *call;
    enum form in, out;
    json_t *body;      /* of JSON_FORM */
    json_t *instances; /* borrowed; NULL: the body is the one record */
    size_t next;       /* of the instances; else bytes of the body that were read */
    size_t records;    /* so far */
    bool impersonal;   /* whoever asks refuses that anything of the users be used */
    struct str answer;
};

/* Forms. */

static bool is_type(const char *text, size_t n, const char *type)
{
    return n == strlen(type) && strncasecmp(text, type, n) == 0;
}

static enum form form_of(const char *text, size_t n)
{
    int form = 0;
    while (form < FORMS && !is_type(text, n, types[form]))
        form++;
    return (enum form)form;
}

/* Nothing said, or anything: the form of the request. */
static bool choose_forms(struct invocation *self)
{
    const char *type = self->call->content_type, *accept = self->call->accept;
    self->in = type == NULL ? JSON_FORM : form_of(type, strcspn(type, "; "));
    if (self->in == FORMS) {
        call_problem(self->call, 415, "unsupported_media_type",
                     "the Content-Type must be application/json, application/jsonlines or text/csv");
        return false;
    }
    self->out = accept == NULL || *accept == '\0' ? self->in : FORMS;
    for (const char *p = accept; p != NULL && *p != '\0' && self->out == FORMS; p += strspn(p, ", ")) {
        size_t n = strcspn(p, ",; ");
        self->out = is_type(p, n, "*/*") || is_type(p, n, "application/*") ? self->in : form_of(p, n);
        p += strcspn(p, ",");
    }
    if (self->out == FORMS)
        call_problem(self->call, 406, "not_acceptable",
                     "answers are application/json, application/jsonlines or text/csv");
    return self->out != FORMS;
}

/* Reading.  A record is an object of record_shape. */

static void bad_record(struct invocation *self, const char *code, const char *detail)
{
    bool only = self->in == JSON_FORM && self->instances == NULL;
    if (only)
        call_problem(self->call, 400, code, "%s", detail);
    else
        call_problem(self->call, 400, code, "record %zu: %s", self->records + 1, detail);
}

static json_t *parse(struct invocation *self, const char *text, size_t n)
{
    json_error_t e = {.text = "is nested too deeply"};
    json_t *value = shape_too_deep(text, n) ? NULL : json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);
    if (value == NULL)
        bad_record(self, "invalid_json", e.text);
    return value;
}

/* The next line that is not empty; false: there is none. */
static bool next_line(struct invocation *self, const char **line, size_t *n)
{
    const struct call *call = self->call;
    while (self->next < call->n_body) {
        const char *start = call->body + self->next, *end = memchr(start, '\n', call->n_body - self->next);
        *n = end != NULL ? (size_t)(end - start) : call->n_body - self->next;
        self->next += *n + 1;
        *line = start;
        if (*n > 0 && start[*n - 1] == '\r')
            (*n)--;
        if (*n > 0)
            return true;
    }
    return false;
}

/* A field of a line of CSV into `out`, after it a comma or the end. */
static bool read_field(const char **p, const char *end, struct str *out)
{
    bool quoted = *p < end && **p == '"', open = quoted;
    str_clear(out);
    for (*p += quoted; *p < end && (open || **p != ','); (*p)++) {
        if (open && **p == '"') {
            if (*p + 1 < end && (*p)[1] == '"')
                (*p)++;
            else {
                open = false;
                continue;
            }
        } else if (!open && quoted) {
            return false;
        }
        str_putc(out, **p);
    }
    return !open && !out->failed;
}

static json_t *read_csv(struct invocation *self, const char *line, size_t n)
{
    const char *p = line, *end = line + n;
    json_t *record = json_object(), *history = json_array();
    struct str field;
    bool good = true;
    str_init(&field, 65536);
    for (size_t i = 0; good && i < FIELDS_MAX && p <= end; i++, p++) {
        good = read_field(&p, end, &field) && text_utf8_valid(str_text(&field), field.len);
        json_t *text = good && field.len > 0 ? json_stringn(str_text(&field), field.len) : NULL;
        if (text != NULL)
            good = (i == 0 ? json_object_set_new(record, "user", text) : json_array_append_new(history, text)) == 0;
    }
    str_release(&field);
    json_object_set_new(record, "history", history);
    if (good && p > end)
        return record;
    bad_record(self, "invalid_csv", good ? "has more than 1001 fields"
                                         : "is not CSV in UTF-8: a field in quotes must end with one");
    json_decref(record);
    return NULL;
}

/* NULL: the end, or (then the call is answered) a fault. */
static json_t *next_record(struct invocation *self)
{
    const char *line;
    size_t n;
    if (self->in == JSON_FORM && self->instances != NULL)
        return json_incref(json_array_get(self->instances, self->next++));
    if (self->in == JSON_FORM)
        return self->next++ == 0 ? json_incref(self->body) : NULL;
    if (!next_line(self, &line, &n))
        return NULL;
    return self->in == CSV_FORM ? read_csv(self, line, n) : parse(self, line, n);
}

static bool check_record(struct invocation *self, json_t *record)
{
    struct shape_faults faults;
    char detail[400];
    if (!json_is_object(record)) {
        bad_record(self, "invalid_request", "must be an object");
        return false;
    }
    shape_check(record_shape, record, &faults);
    if (faults.n == 0 && json_object_get(record, "user") == NULL && json_object_get(record, "history") == NULL)
        shape_fault_add(&faults, "", "needs user, history or both");
    if (faults.n == 0)
        return true;
    snprintf(detail, sizeof detail, "%s%s%s", faults.list[0].pointer, faults.list[0].pointer[0] != '\0' ? " " : "",
             faults.list[0].detail);
    bad_record(self, "invalid_request", detail);
    return false;
}

/* Asking. */

static const char **texts_of(const json_t *list, uint32_t *n)
{
    const char **texts = mem_alloc(json_array_size(list), sizeof *texts);
    *n = texts != NULL ? (uint32_t)json_array_size(list) : 0;
    for (uint32_t i = 0; i < *n; i++)
        texts[i] = json_string_value(json_array_get(list, i));
    return texts;
}

static int make_request(struct recommender_request *r, const json_t *record, const struct view *view,
                        bool impersonal, struct error *err)
{
    const json_t *history = json_object_get(record, "history");
    const struct asked asked = {.mode = call_text(record, "mode"), .filter = call_text(record, "filter"),
                                .n = (uint32_t)call_int(record, "n", 0), .diversity = -1, .fresh = -1};
    const struct scenario *none;
    size_t n = json_array_size(history);
    struct recommender_event *recent = mem_alloc(n, sizeof *recent);
    *r = (struct recommender_request){.user = call_text(record, "user"), .anyone = true, .no_reasons = true, .impersonal = impersonal,
                                      .recent = recent, .n_recent = (uint32_t)n, .at = clock_now_ms(),
                                      .placer = view->placer, .weight = 1};
    r->exclude = texts_of(json_object_get(record, "exclude"), &r->n_exclude);
    if (recent == NULL || r->exclude == NULL)
        return error_nomem(err, "recommend");
    for (size_t i = 0; i < n; i++)
        recent[i] = (struct recommender_event){.item = json_string_value(json_array_get(history, i)),
                                               .weight = kinds_usual_weight("view")};
    return policy_request(view->policy, &asked, &view->settings, r, &none, err);
}

static void forget_request(struct recommender_request *r)
{
    mem_free((void *)(uintptr_t)r->recent);
    mem_free((void *)(uintptr_t)r->exclude);
}

/* Writing. */

static void put_object(struct str *out, const struct recommender_request *r, const struct slate *slate,
                       const struct model_record *model)
{
    str_printf(out, "{\"model\":\"%s@%lld\"", model->name, (long long)model->version);
    if (r->user != NULL) {
        str_puts(out, ",\"user\":");
        item_json_text(out, r->user);
    }
    if (slate->fallback[0] != '\0') {
        str_puts(out, ",\"fallback\":");
        item_json_text(out, slate->fallback);
    }
    if (slate->withheld[0] != '\0') {
        str_puts(out, ",\"withheld\":");
        item_json_text(out, slate->withheld);
    }
    str_puts(out, ",\"items\":[");
    for (uint32_t i = 0; i < slate->n; i++) {
        str_puts(out, i > 0 ? ",{\"item\":" : "{\"item\":");
        item_json_text(out, slate->items[i].item);
        str_puts(out, ",\"title\":");
        item_json_text(out, slate->items[i].title);
        str_printf(out, ",\"score\":%.7g}", (double)slate->items[i].score);
    }
    str_puts(out, "]}");
}

static void put_answer(struct invocation *self, const struct recommender_request *r, const struct slate *slate,
                       const struct model_record *model)
{
    struct str *out = &self->answer;
    if (self->out == JSON_FORM && self->records > 0)
        str_putc(out, ',');
    if (self->out != CSV_FORM)
        put_object(out, r, slate, model);
    for (uint32_t i = 0; self->out == CSV_FORM && i < slate->n; i++) {
        if (i > 0)
            str_putc(out, ',');
        text_csv_field(out, slate->items[i].item);
    }
    if (self->out != JSON_FORM)
        str_putc(out, '\n');
}

/* The next few records; *more: there may be others. */
static int answer_some(struct invocation *self, struct server *server, struct recommender *recommender, bool *more,
                       struct error *err)
{
    json_t *records[TOGETHER];
    struct crowd crowd;
    uint32_t n = 0;
    int rc = crowd_init(&crowd, TOGETHER, err);
    for (json_t *record; rc == 0 && n < TOGETHER && (record = next_record(self)) != NULL; self->records++) {
        records[n] = record;
        if (!check_record(self, record)) {
            json_decref(record);
            break;
        }
        rc = make_request(&crowd.requests[n++], record, self->call->view, self->impersonal, err);
    }
    *more = n == TOGETHER;
    self->records -= n;
    crowd.n = n;
    if (rc == 0 && self->call->status == 0)
        rc = crowd_ask(&crowd, recommender, err);
    for (uint32_t i = 0; rc == 0 && self->call->status == 0 && i < n; i++, self->records++) {
        if ((rc = crowd.outcome[i]) == 0)
            put_answer(self, &crowd.requests[i], &crowd.slates[i], recommender_record(recommender));
        else
            *err = crowd.errors[i];
        meters_add(&server->meters.items_answered, crowd.slates[i].n);
    }
    for (uint32_t i = 0; i < n; i++) {
        forget_request(&crowd.requests[i]);
        json_decref(records[i]);
    }
    crowd_release(&crowd);
    return rc;
}

/* Nobody waits any longer, or the server stops. */
static bool is_too_late(const struct invocation *self, struct server *server)
{
    int64_t seconds = container_is_batch() ? BATCH_SECONDS : ANSWER_SECONDS;
    bool late = clock_monotonic_us() - self->call->began_us > seconds * 1000000;
    struct error err = {.code = E_CANCELLED};
    if (!late && !atomic_load(&server->refusing))
        return false;
    error_set(&err, E_CANCELLED, "", late ? "there are too many records for the time that the platform allows: send "
                                            "fewer at a time"
                                          : "the server is about to stop");
    call_unavailable(self->call, 5, late ? "too_late" : "stopping", &err);
    return true;
}

static int answer_all(struct invocation *self, struct server *server, struct recommender *recommender,
                      struct error *err)
{
    bool listed = self->out == JSON_FORM && !(self->in == JSON_FORM && self->instances == NULL), more = true;
    int rc = 0;
    str_puts(&self->answer, listed ? "{\"predictions\":[" : "");
    while (rc == 0 && more && self->call->status == 0 && !is_too_late(self, server))
        rc = answer_some(self, server, recommender, &more, err);
    str_puts(&self->answer, listed ? "]}" : "");
    if (rc != 0 || self->call->status != 0)
        return rc;
    if (self->records == 0)
        call_problem(self->call, 400, "invalid_request", "there is no record in it");
    else if (self->answer.failed)
        call_problem(self->call, 413, "too_large", "the answer would be too large: send fewer records, or a smaller n");
    else
        call_answer(self->call, 200, types[self->out], &self->answer);
    return 0;
}

static bool open_body(struct invocation *self)
{
    const char *text = self->call->body != NULL ? self->call->body : "";
    if (!choose_forms(self))
        return false;
    if (self->in != JSON_FORM)
        return true;
    self->body = parse(self, text, self->call->n_body);
    if (self->body == NULL)
        return false;
    self->instances = json_object_get(self->body, "instances");
    if (self->instances == NULL || (json_is_array(self->instances) && json_object_size(self->body) == 1))
        return true;
    self->instances = NULL;
    bad_record(self, "invalid_request", "'instances' must be a list of records, and stand alone");
    return false;
}

HANDLER(dialect_sagemaker_invoke)
{
    struct invocation self = {.call = call};
    struct recommender *recommender;
    struct error none = {.code = E_NOT_FOUND};
    int rc = 0;
    str_init(&self.answer, ANSWER_MAX);
    if (!open_body(&self)) {
        rc = 0;
    } else if (call->view->core == NULL) {
        error_set(&none, E_NOT_FOUND, "", "there is no model that can answer");
        call_unavailable(call, 30, "no_model", &none);
    } else {
        rc = desk_recommender(desk, server, call->view, call->view->core, &recommender, err);
        if (rc == 0)
            rc = consent_refused_by_browser(desk->store, call, &self.impersonal, err);
        if (rc == 0)
            rc = answer_all(&self, server, recommender, err);
    }
    json_decref(self.body);
    str_release(&self.answer);
    return rc;
}
