#include "llm/remote.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "http/client.h"
#include "llm/llm.h"

enum { URL_MAX = 2048, ANSWER_MAX = 4 << 20, RETRY_AFTER_MAX = 120, BACKOFF_MAX = 60, FILE_SECONDS = 900, WAIT_MS = 50,
       PAGES_MAX = 50 };

struct remote {
    const struct provider *provider;
    struct client *client;
    struct rng jitter;
};

/* One attempt. */
struct attempt {
    bool over, again; /* again: another may help, and may be made */
    bool repeatable;
    int rc;
    double wait; /* seconds that they ask for; negative: they do not say */
    const struct provider *provider;
    struct str *out;
    struct error *err;
};

int remote_new(struct remote **out, const struct provider *provider, struct error *err)
{
    struct remote *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, provider->name);
    self->provider = provider;
    rng_init(&self->jitter, (uint64_t)clock_monotonic_us(), rng_key("remote", 6));
    int rc = client_new(&self->client, 1, err);
    if (rc != 0) {
        mem_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

void remote_free(struct remote *self)
{
    if (self == NULL)
        return;
    client_free(self->client);
    mem_free(self);
}

int remote_wait(double seconds, const char *note, double done, double total, struct job *job, struct error *err)
{
    int64_t until = clock_monotonic_us() + (int64_t)(seconds * 1e6);
    do {
        if (job_step(job, note, done, total, "requests"))
            return job_error_cancelled(err, note);
        int64_t left = (until - clock_monotonic_us()) / 1000;
        left = left < 0 ? 0 : left > WAIT_MS ? WAIT_MS : left;
        nanosleep(&(struct timespec){0, (long)left * 1000000}, NULL);
    } while (clock_monotonic_us() < until);
    return 0;
}

static void take_refusal(struct attempt *self, const struct client_answer *answer)
{
    long status = answer->status;
    bool shut;
    self->rc = llm_explain(self->provider, status, str_text(&answer->body), answer->body.len, &shut, self->err);
    if (status == 404 || status == 405 || status == 501) {
        if (self->err != NULL)
            self->err->hint[0] = '\0';
        self->rc = E_NOT_FOUND;
    }
    self->again = (status == 408 || status == 409 || status == 429 || (status >= 500 && status != 501 && self->repeatable)) &&
                  !shut && answer->should_retry != 0;
    if (status >= 500 && status != 501 && !self->repeatable)
        self->rc = E_CONFLICT;
    if (self->err != NULL)
        self->err->code = self->rc;
}

static void got(void *context, const struct client_answer *answer)
{
    struct attempt *self = context;
    self->over = true;
    self->rc = answer->rc;
    self->wait = answer->retry_after;
    if (answer->rc != 0) {
        if (self->err != NULL)
            *self->err = answer->error;
        self->again = answer->rc == E_IO && (self->repeatable || !answer->sent);
        if (!self->repeatable && answer->sent) { /* they may have begun, whatever came back */
            self->rc = E_CONFLICT;
            self->again = false;
        }
        if (self->err != NULL)
            self->err->code = self->rc;
    } else if (answer->status / 100 != 2) {
        take_refusal(self, answer);
    } else if (str_append(self->out, str_text(&answer->body), answer->body.len) != 0) {
        self->rc = error_nomem(self->err, self->provider->name);
    }
}

static int attempt(struct remote *self, struct client_request *request, struct attempt *try, struct job *job,
                   struct error *err)
{
    request->done = got;
    request->context = try;
    int rc = client_submit(self->client, request, err);
    while (rc == 0 && !try->over)
        rc = job_cancelled(job) ? job_error_cancelled(err, self->provider->name) : client_poll(self->client, 100, err);
    if (rc == 0 || try->over)
        return rc;
    client_free(self->client); /* what is under way goes with it */
    self->client = NULL;
    int made = client_new(&self->client, 1, err);
    return made != 0 ? made : rc;
}

static int ask(struct remote *self, struct client_request *request, bool repeatable, struct str *out, struct job *job,
               struct error *err)
{
    const struct provider *p = self->provider;
    size_t before = out->len;
    for (unsigned tries = 1;; tries++) {
        struct attempt try = {.repeatable = repeatable, .provider = p, .out = out, .err = err};
        int rc = attempt(self, request, &try, job, err);
        if (rc != 0)
            return rc;
        double wait = try.wait >= 0 ? try.wait
                      : fmin(ldexp(p->backoff_seconds, (int)tries - 1), BACKOFF_MAX) * (1 - 0.25 * rng_uniform(&self->jitter));
        if (try.rc == 0 || !try.again || tries > p->retries || wait > RETRY_AFTER_MAX)
            return try.rc;
        str_cut(out, before);
        if ((rc = remote_wait(wait, p->name, 0, 0, job, err)) != 0)
            return rc;
    }
}

static struct client_request request_of(const struct remote *self, const char *method, const char *url)
{
    const struct provider *p = self->provider;
    return (struct client_request){.method = method, .url = url, .token = p->key, .accept = "application/json",
                                   .answer_max = ANSWER_MAX, .timeout_ms = (long)(p->timeout_seconds * 1000),
                                   .idle_ms = (long)(p->idle_seconds * 1000)};
}

/* The answer as an object. */
static int take_object(const struct remote *self, const struct str *text, json_t **out, struct error *err)
{
    json_t *o = json_loadb(str_text(text), text->len, 0, NULL);
    if (json_is_object(o)) {
        *out = o;
        return 0;
    }
    json_decref(o);
    return error_set(err, E_BAD_DATA, self->provider->name, "the answer is not a JSON object");
}

int remote_ask(struct remote *self, const struct remote_ask *what, json_t **out, struct job *job, struct error *err)
{
    char url[URL_MAX], *body = NULL;
    struct str text;
    snprintf(url, sizeof url, "%s%s", self->provider->url, what->path);
    struct client_request request = request_of(self, what->method, url);
    if (what->body != NULL) {
        if ((body = json_dumps(what->body, JSON_COMPACT)) == NULL)
            return error_nomem(err, url);
        request.content_type = "application/json";
    }
    request.once = !what->repeatable;
    request.body = body != NULL ? body : strcmp(what->method, "POST") == 0 ? "" : NULL;
    request.body_bytes = body != NULL ? strlen(body) : 0;
    str_init(&text, ANSWER_MAX);
    int rc = ask(self, &request, what->repeatable, &text, job, err);
    rc = rc != 0 ? rc : take_object(self, &text, out, err);
    if (rc == 0 && !what->repeatable && (remote_id(*out, "id") == NULL || !json_is_string(json_object_get(*out, "status")))) {
        json_decref(*out);
        *out = NULL;
        rc = error_set(err, E_BAD_DATA, self->provider->name, "what it says of what it has begun has no name or no status");
    }
    if (rc == E_BAD_DATA && !what->repeatable) { /* they said yes, and it cannot be read to what */
        rc = E_CONFLICT;
        if (err != NULL)
            err->code = rc;
    }
    str_release(&text);
    free(body);
    return rc;
}

int remote_find(struct remote *self, const char *path, const char *word, json_t **out, struct job *job, struct error *err)
{
    char page[URL_MAX];
    *out = NULL;
    snprintf(page, sizeof page, "%s?limit=100", path);
    for (int n = 0; n < PAGES_MAX && *out == NULL; n++) {
        json_t *list = NULL, *one;
        size_t i;
        const char *last = NULL;
        const struct remote_ask ask = {.method = "GET", .path = page, .repeatable = true};
        int rc = remote_ask(self, &ask, &list, job, err);
        if (rc != 0)
            return rc;
        json_array_foreach (json_object_get(list, "data"), i, one) {
            const char *theirs = json_string_value(json_object_get(json_object_get(one, "metadata"), REMOTE_WORD));
            last = remote_id(one, "id");
            if (*out == NULL && theirs != NULL && strcmp(theirs, word) == 0)
                *out = json_incref(one);
        }
        bool more = last != NULL && json_is_true(json_object_get(list, "has_more"));
        if (more)
            snprintf(page, sizeof page, "%s?limit=100&after=%s", path, last);
        json_decref(list);
        if (!more)
            break;
    }
    return 0;
}

/* ---- files ----------------------------------------------------------------------------------------------- */

const char *remote_id(const json_t *object, const char *key)
{
    const char *id = json_string_value(json_object_get(object, key));
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:";
    if (id == NULL || id[0] == '\0' || strlen(id) >= REMOTE_ID_MAX || id[strspn(id, letters)] != '\0' || strstr(id, "..") != NULL)
        return NULL;
    return id;
}

/* RFC 7578; a boundary that no text holds. */
static int put_form(struct str *out, const char *boundary, const char *name, const char *purpose, const char *text, size_t n)
{
    str_printf(out, "--%s\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n%s\r\n", boundary, purpose);
    str_printf(out, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n"
                    "Content-Type: application/jsonl\r\n\r\n", boundary, name);
    str_append(out, text, n);
    return str_printf(out, "\r\n--%s--\r\n", boundary);
}

int remote_upload(struct remote *self, const char *name, const char *purpose, const char *text, size_t n,
                  char id[REMOTE_ID_MAX], struct job *job, struct error *err)
{
    char url[URL_MAX], boundary[33], type[96];
    unsigned char word[16];
    struct str body, answer;
    json_t *o = NULL;
    randombytes_buf(word, sizeof word);
    sodium_bin2hex(boundary, sizeof boundary, word, sizeof word);
    snprintf(type, sizeof type, "multipart/form-data; boundary=%s", boundary);
    snprintf(url, sizeof url, "%s/files", self->provider->url);
    str_init(&body, REMOTE_FILE_MAX + 4096);
    str_init(&answer, ANSWER_MAX);
    struct client_request request = request_of(self, "POST", url);
    int rc = put_form(&body, boundary, name, purpose, text, n) != 0 ? error_nomem(err, name) : 0;
    request.content_type = type;
    request.body = str_text(&body);
    request.body_bytes = body.len;
    request.timeout_ms = FILE_SECONDS * 1000L;
    rc = rc != 0 ? rc : ask(self, &request, true, &answer, job, err);
    rc = rc != 0 ? rc : take_object(self, &answer, &o, err);
    if (rc == 0 && remote_id(o, "id") == NULL)
        rc = error_set(err, E_BAD_DATA, self->provider->name, "it took the file and gave it no name");
    if (rc == 0)
        snprintf(id, REMOTE_ID_MAX, "%s", remote_id(o, "id"));
    json_decref(o);
    str_release(&answer);
    str_release(&body);
    return rc;
}

int remote_download(struct remote *self, const char *id, struct str *out, struct job *job, struct error *err)
{
    char url[URL_MAX];
    snprintf(url, sizeof url, "%s/files/%s/content", self->provider->url, id);
    struct client_request request = request_of(self, "GET", url);
    request.accept = NULL;
    request.answer_max = REMOTE_FILE_MAX;
    request.timeout_ms = FILE_SECONDS * 1000L;
    return ask(self, &request, true, out, job, err);
}
