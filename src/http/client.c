#include "http/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/job.h"
#include "base/mem.h"
#include "base/text.h"

enum { CONNECT_MS = 10000, BUFFER = 16384 };

struct transfer {
    struct client *client;
    struct client_request request;
    struct client_answer answer;
    struct curl_slist *headers;
    CURL *curl;
    size_t taken;
    struct transfer *next, **place; /* in the client's list */
};

struct client {
    CURLM *multi;
    struct transfer *first;
    unsigned pending;
};

static bool is_this_machine(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0;
}

static int check_parts(CURLU *parts, const char *url, bool plain, struct error *err)
{
    char *scheme = NULL, *host = NULL, *user = NULL;
    int rc = 0;
    if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        rc = error_set(err, E_USAGE, url, "this is not an address like https://api.example.com/v1");
    else if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
        rc = error_set(err, E_USAGE, url, "only https is spoken, and http to this machine");
    else if (!plain && strcmp(scheme, "http") == 0 && !is_this_machine(host))
        rc = error_hint(err, error_set(err, E_USAGE, url, "http would show the key to whoever is in between"), "%s",
                        "use https, or http to localhost");
    else if (curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_OK)
        rc = error_set(err, E_USAGE, host, "a name or password in an address ends up in logs; use a key");
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    return rc;
}

static int check_url(const char *url, bool plain, struct error *err)
{
    CURLU *parts = curl_url();
    if (parts == NULL)
        return error_nomem(err, url);
    int rc = check_parts(parts, url, plain, err);
    curl_url_cleanup(parts);
    return rc;
}

int client_check_url(const char *url, struct error *err)
{
    return check_url(url, false, err);
}

static int put_host(CURLU *parts, const char *url, char *out, size_t size, struct error *err)
{
    char *host = NULL, *port = NULL;
    int rc = check_parts(parts, url, false, err);
    if (rc == 0 && curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        rc = error_nomem(err, url);
    if (rc == 0 && curl_url_get(parts, CURLUPART_PORT, &port, 0) != CURLUE_OK)
        port = NULL;
    if (rc == 0 && (size_t)snprintf(out, size, "%s%s%s", host, port != NULL ? ":" : "", port != NULL ? port : "") >= size)
        rc = error_set(err, E_USAGE, url, "the host's name is too long");
    curl_free(host);
    curl_free(port);
    return rc;
}

int client_url_host(const char *url, char *out, size_t size, struct error *err)
{
    CURLU *parts = curl_url();
    if (parts == NULL)
        return error_nomem(err, url);
    int rc = put_host(parts, url, out, size, err);
    curl_url_cleanup(parts);
    return rc;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *context)
{
    struct transfer *self = context;
    struct client_answer *answer = &self->answer;
    n *= size;
    self->taken += n;
    if (self->taken > self->request.answer_max) {
        answer->rc = error_set(&answer->error, E_BAD_DATA, self->request.url, "the answer is larger than %zu bytes",
                               self->request.answer_max);
        return 0;
    }
    long status = 0;
    curl_easy_getinfo(self->curl, CURLINFO_RESPONSE_CODE, &status);
    if (self->request.bytes != NULL && status / 100 == 2)
        answer->rc = self->request.bytes(self->request.context, bytes, n, &answer->error);
    else if (str_append(&answer->body, bytes, n) != 0)
        answer->rc = error_nomem(&answer->error, self->request.url);
    return answer->rc == 0 ? n : 0;
}

/* Where the value begins when the line is that header; else NULL. */
static const char *value_of(const char *line, size_t n, const char *name)
{
    size_t len = strlen(name);
    if (n <= len || line[len] != ':')
        return NULL;
    for (size_t i = 0; i < len; i++)
        if ((line[i] | 0x20) != name[i])
            return NULL;
    line += len + 1;
    return line + strspn(line, " \t");
}

/* "2.5", or a date; negative when it is neither. */
static double seconds_until(const char *text)
{
    double seconds;
    if (text_to_double(text, strlen(text), &seconds))
        return seconds < 0 ? 0 : seconds;
    time_t then = curl_getdate(text, NULL);
    seconds = (double)then - (double)clock_now_ms() / 1000;
    return then == -1 ? -1 : seconds < 0 ? 0 : seconds;
}

static size_t take_header(char *bytes, size_t size, size_t n, void *context)
{
    struct client_answer *answer = &((struct transfer *)context)->answer;
    char line[512];
    const char *value;
    size_t len = size * n;
    while (len > 0 && (bytes[len - 1] == '\r' || bytes[len - 1] == '\n' || bytes[len - 1] == ' '))
        len--;
    if (len >= sizeof line)
        return size * n; /* none of those that are looked for */
    memcpy(line, bytes, len);
    line[len] = '\0';
    if ((value = value_of(line, len, "content-type")) != NULL)
        snprintf(answer->content_type, sizeof answer->content_type, "%s", value);
    else if ((value = value_of(line, len, "x-request-id")) != NULL)
        snprintf(answer->request_id, sizeof answer->request_id, "%s", value);
    else if ((value = value_of(line, len, "x-should-retry")) != NULL)
        answer->should_retry = strcmp(value, "true") == 0 ? 1 : strcmp(value, "false") == 0 ? 0 : -1;
    else if ((value = value_of(line, len, "retry-after-ms")) != NULL)
        answer->retry_after = seconds_until(value) / 1000;
    else if ((value = value_of(line, len, "retry-after")) != NULL && answer->retry_after < 0)
        answer->retry_after = seconds_until(value);
    return size * n;
}

static void unlink_transfer(struct transfer *self)
{
    *self->place = self->next;
    if (self->next != NULL)
        self->next->place = self->place;
    self->client->pending--;
}

static void transfer_free(struct transfer *self)
{
    if (self->curl != NULL)
        curl_easy_cleanup(self->curl);
    curl_slist_free_all(self->headers);
    str_release(&self->answer.body);
    mem_free(self);
}

static bool add_header(struct transfer *self, const char *name, const char *value)
{
    struct str line;
    str_init(&line, 1024);
    str_printf(&line, "%s%s", name, value);
    struct curl_slist *longer = line.failed ? NULL : curl_slist_append(self->headers, str_text(&line));
    str_release(&line);
    if (longer != NULL)
        self->headers = longer;
    return longer != NULL;
}

static bool add_headers(struct transfer *self)
{
    const struct client_request *r = &self->request;
    bool ok = add_header(self, "Expect:", ""); /* no waiting for "100 Continue" */
    ok = ok && (r->content_type == NULL || add_header(self, "Content-Type: ", r->content_type));
    ok = ok && (r->accept == NULL || add_header(self, "Accept: ", r->accept));
    for (size_t i = 0; ok && i < sizeof r->headers / sizeof *r->headers && r->headers[i] != NULL; i++)
        ok = add_header(self, "", r->headers[i]);
    return ok;
}

static void set_up(struct transfer *self)
{
    const struct client_request *r = &self->request;
    CURL *curl = self->curl;
    curl_easy_setopt(curl, CURLOPT_URL, r->url);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, self);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "reckon");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, self->headers);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, r->timeout_ms);
    if (r->idle_ms > 0) {
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (r->idle_ms + 999) / 1000);
    }
    /* many at once: small buffers, 100 of them in 4 MB */
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)BUFFER);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, self);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, self);
    if (r->token != NULL && r->token[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, r->token);
    }
    if (r->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_bytes);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body);
    }
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, r->once ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, r->method);
}

int client_submit(struct client *self, const struct client_request *request, struct error *err)
{
    int rc = check_url(request->url, request->plain, err);
    if (rc != 0)
        return rc;
    struct transfer *transfer = mem_zalloc(1, sizeof *transfer);
    if (transfer == NULL)
        return error_nomem(err, request->url);
    transfer->client = self;
    transfer->request = *request;
    transfer->answer.retry_after = -1;
    transfer->answer.should_retry = -1;
    str_init(&transfer->answer.body, request->answer_max + 1);
    transfer->curl = curl_easy_init();
    bool ok = transfer->curl != NULL && add_headers(transfer);
    if (ok) {
        set_up(transfer);
        ok = curl_multi_add_handle(self->multi, transfer->curl) == CURLM_OK;
    }
    if (!ok) {
        transfer_free(transfer);
        return error_nomem(err, request->url);
    }
    transfer->next = self->first;
    transfer->place = &self->first;
    if (self->first != NULL)
        self->first->place = &transfer->next;
    self->first = transfer;
    self->pending++;
    return 0;
}

static int explain(struct transfer *self, CURLcode code)
{
    const struct client_request *r = &self->request;
    struct error *err = &self->answer.error;
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        error_set(err, E_IO, r->url, self->taken > 0 ? "the answer stopped coming" : "no answer came in time");
        return error_hint(err, E_IO, "%s", "is the service slow? a longer time can be set");
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        error_set(err, E_IO, r->url, "%s", curl_easy_strerror(code));
        return error_hint(err, E_IO, "%s", "is the service running, and the address right?");
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
        return error_set(err, E_IO, r->url, "the connection was cut before the answer was whole");
    default:
        return error_set(err, E_IO, r->url, "%s", curl_easy_strerror(code));
    }
}

static void finish(struct transfer *self, CURLcode code)
{
    struct client_answer *answer = &self->answer;
    long request_bytes = 0;
    curl_easy_getinfo(self->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(self->curl, CURLINFO_REQUEST_SIZE, &request_bytes);
    answer->sent = request_bytes > 0;
    if (code != CURLE_OK && answer->rc == 0)
        answer->rc = explain(self, code);
    if (answer->rc == 0 && answer->status / 100 == 3)
        answer->rc = error_set(&answer->error, E_REFUSED, self->request.url,
                               "the service sends to another address (status %ld), and a key must not follow",
                               answer->status);
    curl_multi_remove_handle(self->client->multi, self->curl);
    unlink_transfer(self);
    self->request.done(self->request.context, answer);
    transfer_free(self);
}

int client_poll(struct client *self, int timeout_ms, struct error *err)
{
    int running = 0, left = 0;
    CURLMcode rc = curl_multi_perform(self->multi, &running);
    if (rc == CURLM_OK && running == (int)self->pending && timeout_ms > 0) {
        rc = curl_multi_poll(self->multi, NULL, 0, timeout_ms, NULL);
        rc = rc == CURLM_OK ? curl_multi_perform(self->multi, &running) : rc;
    }
    if (rc != CURLM_OK)
        return error_set(err, E_IO, "requests", "%s", curl_multi_strerror(rc));
    for (CURLMsg *m; (m = curl_multi_info_read(self->multi, &left)) != NULL;) {
        struct transfer *transfer = NULL;
        CURLcode code = m->data.result; /* the message goes with the handle */
        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &transfer);
        finish(transfer, code);
    }
    return 0;
}

unsigned client_pending(const struct client *self)
{
    return self->pending;
}

int client_new(struct client **out, unsigned connections, struct error *err)
{
    struct client *self = mem_zalloc(1, sizeof *self);
    if (self == NULL || (self->multi = curl_multi_init()) == NULL) {
        mem_free(self);
        return error_nomem(err, "requests");
    }
    curl_multi_setopt(self->multi, CURLMOPT_MAXCONNECTS, (long)connections);
    curl_multi_setopt(self->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
    *out = self;
    return 0;
}

void client_free(struct client *self)
{
    if (self == NULL)
        return;
    while (self->first != NULL) {
        struct transfer *transfer = self->first;
        curl_multi_remove_handle(self->multi, transfer->curl);
        unlink_transfer(transfer);
        transfer_free(transfer);
    }
    curl_multi_cleanup(self->multi);
    mem_free(self);
}

/* ---- one alone ------------------------------------------------------------------------------------------- */

struct getting {
    bool over;
    int rc;
    struct str *out;
    long *status;
    struct error *err;
};

static void got(void *context, const struct client_answer *answer)
{
    struct getting *self = context;
    self->over = true;
    /* what sends elsewhere is still an answer to whoever only looks */
    self->rc = answer->status / 100 == 3 ? 0 : answer->rc;
    *self->status = answer->status;
    if (self->rc != 0 && self->err != NULL)
        *self->err = answer->error;
    else if (self->rc == 0)
        str_append(self->out, str_text(&answer->body), answer->body.len);
}

int client_get(const char *url, const char *token, bool plain, long timeout_ms, struct job *job, struct str *out,
               long *status, struct error *err)
{
    struct client *client;
    struct getting get = {.out = out, .status = status, .err = err};
    struct client_request request = {.method = "GET", .url = url, .token = token, .plain = plain, .answer_max = out->max,
                                     .timeout_ms = timeout_ms, .done = got, .context = &get};
    int rc = client_new(&client, 1, err);
    if (rc != 0)
        return rc;
    rc = client_submit(client, &request, err);
    while (rc == 0 && !get.over)
        rc = job_cancelled(job) ? job_error_cancelled(err, url) : client_poll(client, 100, err);
    client_free(client);
    return rc != 0 ? rc : get.rc;
}
