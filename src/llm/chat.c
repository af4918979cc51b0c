#include "llm/chat.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { EVENT_MAX = 1 << 20, FRAME_TOKENS = 16, MESSAGE_TOKENS = 8, OBJECT_TRIES = 32 };

/* ---- what is said ---------------------------------------------------------------------------------------- */

static json_t *form_of_answer(const struct provider *provider, const struct chat_request *r)
{
    switch (provider->schema) {
    case PROVIDER_SCHEMA_NESTED:
        return json_pack("{s:s, s:{s:s, s:b, s:O}}", "type", "json_schema", "json_schema", "name", r->schema_name, "strict",
                         true, "schema", r->schema);
    case PROVIDER_SCHEMA_FLAT:
        return json_pack("{s:s, s:O}", "type", "json_object", "schema", r->schema);
    case PROVIDER_SCHEMA_OBJECT:
        return json_pack("{s:s}", "type", "json_object");
    case PROVIDER_SCHEMA_NONE:
        break;
    }
    return NULL;
}

static json_t *messages_of(const struct chat_request *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_messages; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "role", r->messages[i].role, "content", r->messages[i].text));
    if (json_array_size(list) == r->n_messages)
        return list;
    json_decref(list);
    return NULL;
}

/* Appends the object, which is given away; NULL: there was no memory for it. */
static int put_object(json_t *object, struct str *out, struct error *err)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    int rc = text == NULL || str_puts(out, text) != 0 ? error_nomem(err, "a request") : 0;
    free(text);
    json_decref(object);
    return rc;
}

int chat_body(const struct provider *provider, const struct chat_request *request, struct str *out, struct error *err)
{
    const char *limit = provider->limit_name != NULL ? provider->limit_name : "max_tokens";
    json_t *o = json_pack("{s:s, s:o, s:I}", "model", provider->model, "messages", messages_of(request), limit,
                          (json_int_t)request->max_tokens);
    if (request->temperature >= 0)
        json_object_set_new(o, "temperature", json_real(request->temperature));
    if (request->seed >= 0)
        json_object_set_new(o, "seed", json_integer(request->seed));
    if (request->schema_name != NULL && provider->schema != PROVIDER_SCHEMA_NONE)
        json_object_set_new(o, "response_format", form_of_answer(provider, request));
    if (request->stream) {
        json_object_set_new(o, "stream", json_true());
        json_object_set_new(o, "stream_options", json_pack("{s:b}", "include_usage", true));
    }
    return put_object(o, out, err);
}

int64_t chat_prompt_at_most(const struct chat_request *request)
{
    size_t n = FRAME_TOKENS;
    for (size_t i = 0; i < request->n_messages; i++)
        n += MESSAGE_TOKENS + strlen(request->messages[i].text);
    if (request->schema != NULL) {
        char *text = json_dumps(request->schema, JSON_COMPACT); /* some services put it into the prompt */
        n += text != NULL ? strlen(text) : 0;
        free(text);
    }
    return (int64_t)n;
}

int embeddings_body(const struct provider *provider, const char *const *inputs, size_t n, struct str *out,
                    struct error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(inputs[i]));
    return put_object(json_pack("{s:s, s:o}", "model", provider->embedding_model, "input", list), out, err);
}

/* ---- what is answered ------------------------------------------------------------------------------------ */

void chat_reply_init(struct chat_reply *self)
{
    memset(self, 0, sizeof *self);
    self->finish = CHAT_OTHER;
    str_init(&self->text, CHAT_ANSWER_MAX);
    str_init(&self->refusal, 1 << 16);
}

void chat_reply_release(struct chat_reply *self)
{
    str_release(&self->text);
    str_release(&self->refusal);
}

static int64_t count_of(const json_t *o, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(o, name));
    return n > 0 && n < INT64_C(1) << 40 ? n : 0;
}

static void take_usage(struct chat_usage *out, const json_t *usage)
{
    if (!json_is_object(usage))
        return;
    out->prompt = count_of(usage, "prompt_tokens");
    out->completion = count_of(usage, "completion_tokens");
    out->cached = count_of(json_object_get(usage, "prompt_tokens_details"), "cached_tokens");
    out->cached = out->cached > out->prompt ? out->prompt : out->cached;
    out->told = true;
}

static void take_finish(struct chat_reply *out, const json_t *choice)
{
    const char *why = json_string_value(json_object_get(choice, "finish_reason"));
    if (why == NULL)
        return;
    out->finished = true;
    out->finish = strcmp(why, "stop") == 0             ? CHAT_STOP
                  : strcmp(why, "length") == 0         ? CHAT_LENGTH
                  : strcmp(why, "content_filter") == 0 ? CHAT_FILTERED
                                                       : CHAT_OTHER;
}

static int take_text(struct str *out, const json_t *message, const char *name, struct error *err)
{
    const json_t *text = json_object_get(message, name);
    if (json_is_string(text) && str_append(out, json_string_value(text), json_string_length(text)) != 0)
        return error_set(err, E_BAD_DATA, "answer", "the text is too long");
    return 0;
}

/* `part`: "message" of a whole answer, "delta" of a chunk. */
static int take_answer(struct chat_reply *out, const json_t *o, const char *part, struct error *err)
{
    const json_t *choice = json_array_get(json_object_get(o, "choices"), 0), *message = json_object_get(choice, part);
    const char *model = json_string_value(json_object_get(o, "model"));
    int rc = take_text(&out->text, message, "content", err);
    rc = rc != 0 ? rc : take_text(&out->refusal, message, "refusal", err);
    if (rc != 0)
        return rc;
    take_finish(out, choice);
    take_usage(&out->usage, json_object_get(o, "usage"));
    if (model != NULL && out->model[0] == '\0')
        snprintf(out->model, sizeof out->model, "%s", model);
    return 0;
}

static json_t *load(const char *body, size_t n, struct error *err)
{
    json_error_t why;
    json_t *o = json_loadb(body, n, 0, &why);
    if (json_is_object(o))
        return o;
    json_decref(o);
    error_set(err, E_BAD_DATA, "answer", "it is not a JSON object: %s", why.text);
    return NULL;
}

int chat_parse(const char *body, size_t n, struct chat_reply *out, struct error *err)
{
    json_t *o = load(body, n, err);
    if (o == NULL)
        return E_BAD_DATA;
    int rc = json_is_object(json_object_get(json_array_get(json_object_get(o, "choices"), 0), "message"))
                 ? take_answer(out, o, "message", err)
                 : error_set(err, E_BAD_DATA, "answer", "it holds no choices[0].message");
    out->finished = true;
    json_decref(o);
    return rc;
}

/* ---- streamed -------------------------------------------------------------------------------------------- */

void chat_stream_init(struct chat_stream *self, struct chat_reply *reply)
{
    event_stream_init(&self->events, EVENT_MAX);
    self->reply = reply;
    self->done = false;
}

void chat_stream_release(struct chat_stream *self)
{
    event_stream_release(&self->events);
}

static int take_event(void *context, const char *data, size_t n, struct error *err)
{
    struct chat_stream *self = context;
    if (n == 6 && memcmp(data, "[DONE]", 6) == 0) {
        self->done = true;
        return 0;
    }
    json_t *o = load(data, n, err);
    if (o == NULL)
        return E_BAD_DATA;
    char text[256], code[64];
    int rc;
    chat_error_text(data, n, text, sizeof text, code, sizeof code);
    if (json_object_get(o, "error") != NULL && !json_is_null(json_object_get(o, "error")))
        rc = error_set(err, E_IO, "answer", "the service broke off: %s", text);
    else
        rc = take_answer(self->reply, o, "delta", err);
    json_decref(o);
    return rc;
}

int chat_stream_feed(struct chat_stream *self, const char *bytes, size_t n, struct error *err)
{
    return event_stream_feed(&self->events, bytes, n, take_event, self, err);
}

int chat_stream_end(struct chat_stream *self, struct error *err)
{
    int rc = event_stream_end(&self->events, take_event, self, err);
    if (rc != 0)
        return rc;
    /* "[DONE]" may be missing; a reason to stop may not */
    return self->reply->finished ? 0 : error_set(err, E_BAD_DATA, "answer", "the stream ended in the middle");
}

/* ---- errors, objects, embeddings ------------------------------------------------------------------------- */

static void copy_safe(char *out, size_t size, const char *text)
{
    struct str safe;
    str_init(&safe, 8192);
    text_terminal_safe(&safe, text, strnlen(text, 2000));
    if (snprintf(out, size, "%s", str_text(&safe)) >= (int)size)
        text_ellipsize(out, size);
    str_release(&safe);
}

void chat_error_text(const char *body, size_t n, char *text, size_t size, char *code, size_t code_size)
{
    json_t *o = json_loadb(body, n, 0, NULL), *e = json_object_get(o, "error");
    const json_t *message = json_object_get(e, "message"), *c = json_object_get(e, "code");
    if (!json_is_string(message))
        message = json_is_string(e) ? e : json_object_get(o, json_is_string(json_object_get(o, "message")) ? "message" : "detail");
    if (!json_is_string(c))
        c = json_object_get(e, "type");
    copy_safe(text, size, json_is_string(message) ? json_string_value(message) : "");
    copy_safe(code, code_size, json_is_string(c) ? json_string_value(c) : "");
    json_decref(o);
}

/* The end of the object that begins at text[0] == '{'; 0: it is not whole. */
static size_t object_end(const char *text, size_t n)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (quoted && text[i] == '\\') {
            i++;
        } else if (quoted) {
            quoted = text[i] != '"';
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == '{') {
            depth++;
        } else if (text[i] == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

json_t *chat_object(const char *text, size_t n)
{
    int tries = 0;
    for (const char *p = text; tries < OBJECT_TRIES && (p = memchr(p, '{', n - (size_t)(p - text))) != NULL; p++, tries++) {
        size_t end = object_end(p, n - (size_t)(p - text));
        json_t *o = end > 0 ? json_loadb(p, end, 0, NULL) : NULL;
        if (o != NULL)
            return o;
    }
    return NULL;
}

/* The numbers of one row into *rows, which is made when the first one tells how many there are. */
static int take_row(const json_t *entry, size_t n, size_t at, float **rows, size_t *dim, struct error *err)
{
    const json_t *numbers = json_object_get(entry, "embedding"), *index = json_object_get(entry, "index");
    size_t width = json_array_size(numbers);
    bool in_place = index == NULL || json_integer_value(index) == (json_int_t)at;
    if (*rows == NULL && width > 0 && width <= 65536 && (*rows = mem_zalloc(n * width, sizeof **rows)) == NULL)
        return error_nomem(err, "embeddings");
    if (*dim == 0)
        *dim = width;
    if (!in_place || width == 0 || width != *dim)
        return error_set(err, E_BAD_DATA, "answer", "row %zu of the embeddings is out of place or of another length", at);
    for (size_t i = 0; i < width; i++) {
        double x = json_number_value(json_array_get(numbers, i));
        if (!json_is_number(json_array_get(numbers, i)) || !isfinite(x))
            return error_set(err, E_BAD_DATA, "answer", "an embedding holds what is no number");
        (*rows)[at * width + i] = (float)x;
    }
    return 0;
}

int embeddings_parse(const char *body, size_t bytes, size_t n, float **rows, size_t *dim, struct chat_usage *usage,
                     struct error *err)
{
    json_t *o = load(body, bytes, err);
    if (o == NULL)
        return E_BAD_DATA;
    const json_t *data = json_object_get(o, "data");
    int rc = json_array_size(data) == n ? 0
             : error_set(err, E_BAD_DATA, "answer", "%zu embeddings came for %zu texts", json_array_size(data), n);
    *rows = NULL;
    *dim = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = take_row(json_array_get(data, i), n, i, rows, dim, err);
    take_usage(usage, json_object_get(o, "usage"));
    json_decref(o);
    if (rc != 0) {
        mem_free(*rows);
        *rows = NULL;
    }
    return rc;
}
