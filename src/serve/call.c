#include "serve/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "serve/dialect.h"
#include "serve/server.h"

#define JSON_TYPE "application/json"
#define PROBLEM_TYPE "application/problem+json"

enum { PROBLEM_MAX = 1 << 24 };

static const char nothing_to_say[] = "{\"type\":\"about:blank\",\"title\":\"out of memory\",\"status\":500}";

void call_answer_blob(struct call *self, int status, const char *type, struct blob *blob)
{
    blob_release(self->blob);
    self->blob = blob;
    self->status = blob != NULL ? status : 500;
    self->type = type;
}

void call_answer(struct call *self, int status, const char *type, struct str *body)
{
    call_answer_blob(self, status, type, blob_take(body));
}

void call_answer_json(struct call *self, int status, struct str *body)
{
    call_answer(self, status, JSON_TYPE, body);
}

void call_answer_empty(struct call *self, int status)
{
    struct str body;
    str_init(&body, 16);
    str_append(&body, "", 0);
    call_answer(self, status, NULL, &body);
}

static const char *title_of(int status)
{
    switch (status) {
    case 400: return "Bad request";
    case 401: return "No valid key";
    case 403: return "Not allowed";
    case 404: return "Not found";
    case 405: return "Method not allowed";
    case 409: return "Conflict";
    case 413: return "Body too large";
    case 415: return "Unsupported media type";
    case 422: return "Cannot be processed";
    case 429: return "Too many requests";
    case 503: return "Not available now";
    default: return "Failed";
    }
}

static void put_problem(struct str *out, const struct call *self, int status, const char *code, const char *detail,
                        const char *hint, const struct shape_faults *faults, const char *extra)
{
    str_printf(out,
               "{\"type\":\"urn:reckon:problem:%s\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\",\"detail\":", code,
               title_of(status), status, code);
    if (!text_utf8_valid(detail, strlen(detail)))
        detail = "the message holds bytes that are not UTF-8";
    text_json_string(out, detail, strlen(detail));
    if (hint[0] != '\0' && text_utf8_valid(hint, strlen(hint))) {
        str_puts(out, ",\"hint\":");
        text_json_string(out, hint, strlen(hint));
    }
    for (size_t i = 0; faults != NULL && i < faults->n; i++) {
        str_puts(out, i == 0 ? ",\"errors\":[" : ",");
        str_puts(out, "{\"pointer\":");
        text_json_string(out, faults->list[i].pointer, strlen(faults->list[i].pointer));
        str_puts(out, ",\"detail\":");
        text_json_string(out, faults->list[i].detail, strlen(faults->list[i].detail));
        str_putc(out, '}');
    }
    if (faults != NULL && faults->n > 0)
        str_putc(out, ']');
    str_puts(out, extra);
    str_printf(out, ",\"request_id\":\"%s\"}", self->id);
}

/* As the protocol of the call's dialect writes it. */
static int put_foreign(struct str *out, const struct call *self, int status, const char *code, const char *detail,
                       const char *hint)
{
    if (!text_utf8_valid(detail, strlen(detail)))
        detail = "the message holds bytes that are not UTF-8";
    return self->dialect->put_error(out, self, status, code, detail, text_utf8_valid(hint, strlen(hint)) ? hint : "");
}

static void answer_problem(struct call *self, int status, const char *code, const char *detail, const char *hint,
                           const struct shape_faults *faults, const char *extra)
{
    struct str body;
    str_init(&body, PROBLEM_MAX);
    if (self->dialect != NULL)
        status = put_foreign(&body, self, status, code, detail, hint);
    else
        put_problem(&body, self, status, code, detail, hint, faults, extra);
    if (body.failed) {
        str_clear(&body);
        str_puts(&body, nothing_to_say);
    }
    call_answer(self, status, self->dialect != NULL ? JSON_TYPE : PROBLEM_TYPE, &body);
    str_release(&body);
}

void call_problem(struct call *self, int status, const char *code, const char *fmt, ...)
{
    char detail[700];
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(detail, sizeof detail, fmt, ap) >= (int)sizeof detail)
        text_ellipsize(detail, sizeof detail);
    va_end(ap);
    answer_problem(self, status, code, detail, "", NULL, "");
}

static void error_detail(const struct error *err, char out[700])
{
    if (snprintf(out, 700, "%s%s%s", err->what, err->what[0] != '\0' ? ": " : "", err->why) >= 700)
        text_ellipsize(out, 700);
}

void call_error(struct call *self, const struct error *err)
{
    call_error_with(self, err, "");
}

void call_error_with(struct call *self, const struct error *err, const char *extra)
{
    char detail[700];
    int status = error_http_status(err->code);
    if (status == 499) { /* cancelled: by us, who are about to stop */
        call_unavailable(self, 5, "stopping", err);
        return;
    }
    if (status == 507)
        status = 503;
    error_detail(err, detail);
    /* what failed within is for the journal, not for a caller: paths, states of the disk */
    if (status >= 500 && !call_may(self, KEY_ADMIN))
        snprintf(detail, sizeof detail, "the request could not be carried out (%s)", error_meaning(err->code));
    answer_problem(self, status, error_name(err->code), detail, status >= 500 ? "" : err->hint, NULL, extra);
}

void call_unavailable(struct call *self, int retry_after, const char *code, const struct error *err)
{
    char detail[700];
    error_detail(err, detail);
    answer_problem(self, 503, code, detail, "", NULL, "");
    self->retry_after = retry_after;
}

void call_overloaded(struct call *call)
{
    struct error err = {.code = E_CONFLICT};
    error_set(&err, E_CONFLICT, "", "too many requests wait already");
    call_unavailable(call, 1, "overloaded", &err);
    meters_add(&call->server->meters.shed, 1);
}

void call_faults(struct call *self, const struct shape_faults *faults)
{
    char detail[400];
    const struct shape_fault *f = &faults->list[0];
    snprintf(detail, sizeof detail, "%s%s%s", f->pointer, f->pointer[0] != '\0' ? " " : "", f->detail);
    char hint[80];
    snprintf(hint, sizeof hint, "/openapi%s%s.json describes every request", self->dialect != NULL ? "/" : "",
             self->dialect != NULL ? self->dialect->name : "");
    answer_problem(self, 400, "invalid_request", detail, hint, faults, "");
}

bool call_check_id(struct call *self, const char *name)
{
    static const struct shape id[] = {{"id", SHAPE_ID, SHAPE_REQUIRED, 0, 0, NULL, NULL, ""}, {0}};
    struct shape_faults faults;
    json_t *object = json_pack("{s:s}", "id", self->param[0]);
    shape_check(id, object, &faults);
    json_decref(object);
    for (size_t i = 0; i < faults.n; i++)
        snprintf(faults.list[i].pointer, sizeof faults.list[i].pointer, "%s", name);
    if (faults.n > 0)
        call_faults(self, &faults);
    return faults.n == 0;
}

bool call_may(const struct call *self, unsigned wanted)
{
    return (self->roles & wanted) == wanted;
}

const char *call_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

int64_t call_int(const json_t *object, const char *name, int64_t missing)
{
    const json_t *v = json_object_get(object, name);
    return json_is_integer(v) ? json_integer_value(v) : missing;
}

double call_real(const json_t *object, const char *name, double missing)
{
    const json_t *v = json_object_get(object, name);
    return json_is_number(v) ? json_number_value(v) : missing;
}

bool call_bool(const json_t *object, const char *name, bool missing)
{
    const json_t *v = json_object_get(object, name);
    return json_is_boolean(v) ? json_is_true(v) : missing;
}
