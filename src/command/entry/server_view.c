#include "command/entry/server_view.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/keyfile.h"
#include "base/mem.h"
#include "http/client.h"

enum { BODY_MAX = 1 << 22, TIMEOUT_MS = 3000 };

/* ---- reading ------------------------------------------------------------------------------------------- */

/* The value of a label in `labels` (name="value",...); false when it is not there. */
static bool label_of(const char *labels, const char *name, char *out, size_t size)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%s=\"", name);
    const char *at = strstr(labels, wanted);
    if (at == NULL)
        return false;
    at += strlen(wanted);
    snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
    return true;
}

/* Where the labels that begin at `from` end: a brace within quotes is of a route (/v1/items/{id}).  NULL: nowhere. */
static const char *labels_end(const char *from, size_t n)
{
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (quoted && from[i] == '\\')
            i++;
        else if (from[i] == '"')
            quoted = !quoted;
        else if (from[i] == '}' && !quoted)
            return from + i;
    }
    return NULL;
}

static struct server_route *route_named(struct server_sample *s, const char *labels)
{
    char name[SERVER_NAME];
    if (!label_of(labels, "route", name, sizeof name))
        return NULL;
    for (size_t i = 0; i < s->n_routes; i++)
        if (strcmp(s->routes[i].name, name) == 0)
            return &s->routes[i];
    if (s->n_routes == SERVER_ROUTES)
        return NULL;
    struct server_route *r = &s->routes[s->n_routes++];
    memcpy(r->name, name, sizeof name);
    return r;
}

static void take_request(struct server_sample *s, const char *labels, double value)
{
    struct server_route *r = route_named(s, labels);
    char status[8] = "";
    if (r == NULL || !label_of(labels, "status", status, sizeof status))
        return;
    r->answered += value;
    r->failed += status[0] == '4' || status[0] == '5' ? value : 0;
    r->server_errors += status[0] == '5' ? value : 0;
}

static void take_bucket(struct server_sample *s, const char *labels, double value)
{
    struct server_route *r = route_named(s, labels);
    char le[32] = "";
    if (r == NULL || r->n_buckets == SERVER_BUCKETS || !label_of(labels, "le", le, sizeof le))
        return;
    r->le[r->n_buckets] = strcmp(le, "+Inf") == 0 ? HUGE_VAL : strtod(le, NULL);
    r->bucket[r->n_buckets++] = value;
}

static void take_plain(struct server_sample *s, const char *name, double value)
{
    const struct {
        const char *name;
        double *to;
    } known[] = {
        {"reckon_answer_cache_hits_total", &s->cache_hits},     {"reckon_answer_cache_misses_total", &s->cache_misses},
        {"reckon_events_added_total", &s->events_added},        {"reckon_requests_shed_total", &s->shed},
        {"reckon_requests_limited_total", &s->limited},         {"reckon_requests_refused_total", &s->refused},
        {"reckon_store_commit_failures_total", &s->commit_failures}, {"reckon_connections", &s->connections},
        {"reckon_requests_in_flight", &s->in_flight},           {"reckon_queue_length", &s->queued},
        {"reckon_writer_queue_length", &s->writing},            {"process_resident_memory_bytes", &s->memory},
        {"process_cpu_seconds_total", &s->cpu},                 {"process_start_time_seconds", &s->started},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            *known[i].to = value;
}

static void take_line(struct server_sample *s, const char *line, size_t n)
{
    char name[128], labels[512] = "";
    size_t length = strcspn(line, "{ ");
    if (line[0] == '#' || length >= sizeof name || length >= n)
        return;
    snprintf(name, sizeof name, "%.*s", (int)length, line);
    const char *value = line + length;
    if (*value == '{') {
        const char *end = labels_end(value, n - length);
        if (end == NULL)
            return;
        snprintf(labels, sizeof labels, "%.*s", (int)(end - value - 1), value + 1);
        value = end + 1;
    }
    double v = strtod(value, NULL);
    if (strcmp(name, "reckon_requests_total") == 0)
        take_request(s, labels, v);
    else if (strcmp(name, "reckon_request_seconds_bucket") == 0)
        take_bucket(s, labels, v);
    else if (strcmp(name, "reckon_state") == 0 && v > 0)
        label_of(labels, "state", s->state, sizeof s->state);
    else if (strcmp(name, "reckon_serving_info") == 0)
        label_of(labels, "model", s->model, sizeof s->model);
    else
        take_plain(s, name, v);
}

void server_sample_parse(struct server_sample *out, const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        take_line(out, text, n);
        text += n + (text[n] == '\n');
    }
}

/* What /readyz says is wrong. */
static void take_health(struct server_sample *s, const char *body)
{
    json_t *root = json_loads(body, 0, NULL), *value;
    const char *name;
    size_t at = 0;
    json_object_foreach (json_object_get(root, "checks"), name, value)
        if (json_is_string(value) && strcmp(json_string_value(value), "ok") != 0 && at < sizeof s->problems)
            at += (size_t)snprintf(s->problems + at, sizeof s->problems - at, "%s%s: %s", at > 0 ? "; " : "", name,
                                   json_string_value(value));
    json_decref(root);
}

static int get(const char *url, const char *path, const char *token, struct job *job, struct str *out, long *status,
               struct error *err)
{
    char whole[1024];
    size_t n = strlen(url);
    while (n > 0 && url[n - 1] == '/')
        n--;
    snprintf(whole, sizeof whole, "%s%.*s%s", strstr(url, "://") != NULL ? "" : "http://", (int)(n < 900 ? n : 900), url, path);
    str_clear(out);
    return client_get(whole, token, true, TIMEOUT_MS, job, out, status, err);
}

int server_sample_read(struct server_sample *out, const char *url, const char *token, struct job *job,
                       struct error *err)
{
    struct str body;
    long status = 0;
    *out = (struct server_sample){0};
    str_init(&body, BODY_MAX);
    int rc = get(url, "/metrics", token, job, &body, &status, err);
    if (rc == E_IO)
        error_hint(err, rc, "is it running? `reckon serve` starts one; name another as in `reckon top http://shop:8080`");
    if (rc == 0 && (status == 401 || status == 403)) {
        error_set(err, E_REFUSED, url, "the server wants a key");
        rc = error_hint(err, E_REFUSED, "put its token into $RECKON_TOKEN, or into a file of mode 0600 and name that by --key-file");
    } else if (rc == 0 && (status != 200 || strstr(str_text(&body), "reckon_") == NULL)) {
        rc = error_set(err, E_BAD_DATA, url, "what answers there (status %ld) is no server of reckon", status);
    }
    if (rc == 0) {
        out->at = clock_seconds();
        server_sample_parse(out, str_text(&body));
        rc = get(url, "/readyz", token, job, &body, &status, err);
    }
    if (rc == 0)
        take_health(out, str_text(&body));
    str_release(&body);
    return rc;
}

int server_token(const char *file, char out[SERVER_TOKEN], struct error *err)
{
    const char *token = getenv("RECKON_TOKEN");
    if (file != NULL)
        return keyfile_token(file, out, SERVER_TOKEN, err);
    snprintf(out, SERVER_TOKEN, "%s", token != NULL ? token : "");
    return 0;
}

/* ---- what it comes to ---------------------------------------------------------------------------------- */

static const struct server_route none = {.name = ""};

static const struct server_route *same_route(const struct server_sample *s, const char *name)
{
    for (size_t i = 0; s != NULL && i < s->n_routes; i++)
        if (strcmp(s->routes[i].name, name) == 0)
            return &s->routes[i];
    return &none;
}

/* The share of `quantile` of what came in between, in ms, within its bucket by interpolation; NaN: nothing came. */
static double latency(const struct server_route *before, const struct server_route *now, double quantile)
{
    size_t n = now->n_buckets;
    bool comparable = before->n_buckets == n;
    double all = n > 0 ? now->bucket[n - 1] - (comparable ? before->bucket[n - 1] : 0) : 0, low = 0, under = 0;
    if (!(all > 0))
        return (double)NAN;
    for (size_t i = 0; i < n; i++) {
        double upto = now->bucket[i] - (comparable ? before->bucket[i] : 0);
        if (upto >= quantile * all) {
            double share = upto > under ? (quantile * all - under) / (upto - under) : 1;
            return 1000 * (isfinite(now->le[i]) ? low + share * (now->le[i] - low) : low);
        }
        under = upto;
        low = now->le[i];
    }
    return 1000 * low;
}

struct busy {
    const struct server_route *before, *now;
    double n;
};

static int busiest_first(const void *a, const void *b)
{
    const struct busy *x = a, *y = b;
    return x->n < y->n ? 1 : x->n > y->n ? -1 : strcmp(x->now->name, y->now->name);
}

static void add_rows(struct result *out, struct busy *busy, size_t n, double seconds)
{
    result_add_column(out, "route", CELL_TEXT, "", "", 0);
    result_add_column(out, "rate", CELL_REAL, "/s", "answers in a second", 1);
    result_add_column(out, "errors", CELL_REAL, "/s", "of them with a status of 4xx or 5xx", 1);
    result_add_column(out, "server_errors", CELL_REAL, "/s", "of them with 5xx", 1);
    result_add_column(out, "p50", CELL_REAL, "ms", "half of the answers took less; by the buckets of the histogram", 2);
    result_add_column(out, "p95", CELL_REAL, "ms", "", 2);
    result_add_column(out, "p99", CELL_REAL, "ms", "", 2);
    result_add_column(out, "answered", CELL_INT, "", "since the server started", 0);
    for (size_t i = 0; i < n; i++) {
        const struct server_route *a = busy[i].before, *b = busy[i].now;
        result_add_text(out, b->name);
        result_add_real(out, busy[i].n / seconds);
        result_add_real(out, (b->failed - a->failed) / seconds);
        result_add_real(out, (b->server_errors - a->server_errors) / seconds);
        result_add_real(out, latency(a, b, 0.5));
        result_add_real(out, latency(a, b, 0.95));
        result_add_real(out, latency(a, b, 0.99));
        result_add_int(out, (int64_t)b->answered);
    }
}

/* All routes as one; their buckets are the same. */
static void add_up(const struct server_sample *s, struct server_route *out)
{
    *out = (struct server_route){.name = ""};
    for (size_t i = 0; s != NULL && i < s->n_routes; i++) {
        const struct server_route *r = &s->routes[i];
        out->answered += r->answered;
        out->failed += r->failed;
        out->server_errors += r->server_errors;
        for (size_t b = 0; b < r->n_buckets; b++) {
            out->le[b] = r->le[b];
            out->bucket[b] += r->bucket[b];
        }
        out->n_buckets = r->n_buckets > out->n_buckets ? r->n_buckets : out->n_buckets;
    }
}

static void add_whole(struct result *out, const struct server_sample *a, const struct server_sample *b, double seconds)
{
    struct server_route before, now;
    add_up(a, &before);
    add_up(b, &now);
    result_fact_real(out, "rate", (now.answered - before.answered) / seconds, "/s");
    result_fact_real(out, "errors", (now.failed - before.failed) / seconds, "/s");
    result_fact_real(out, "server_errors", (now.server_errors - before.server_errors) / seconds, "/s");
    result_fact_real(out, "p50", latency(&before, &now, 0.5), "ms");
    result_fact_real(out, "p99", latency(&before, &now, 0.99), "ms");
}

static void add_facts(struct result *out, const struct server_sample *a, const struct server_sample *b, double seconds)
{
    static const struct server_sample zero;
    const struct server_sample *from = a != NULL ? a : &zero;
    double asked = b->cache_hits - from->cache_hits + b->cache_misses - from->cache_misses;
    result_fact_text(out, "state", b->state);
    result_fact_text(out, "model", b->model[0] != '\0' ? b->model : "none");
    if (b->problems[0] != '\0')
        result_fact_text(out, "problems", b->problems);
    result_fact_real(out, "up", (double)clock_now_ms() / 1000 - b->started, "s");
    add_whole(out, a, b, seconds);
    if (asked > 0)
        result_fact_real(out, "cache_hits", (b->cache_hits - from->cache_hits) / asked, "of the answers");
    result_fact_real(out, "events", (b->events_added - from->events_added) / seconds, "/s");
    result_fact_int(out, "connections", (int64_t)b->connections, "");
    result_fact_int(out, "in_flight", (int64_t)b->in_flight, "");
    result_fact_int(out, "queue", (int64_t)b->queued, "");
    result_fact_int(out, "writer_queue", (int64_t)b->writing, "");
    result_fact_real(out, "shed", (b->shed - from->shed) / seconds, "/s");
    result_fact_real(out, "limited", (b->limited - from->limited) / seconds, "/s");
    result_fact_real(out, "refused", (b->refused - from->refused) / seconds, "/s");
    result_fact_int(out, "commit_failures", (int64_t)b->commit_failures, "");
    result_fact_int(out, "memory", (int64_t)b->memory, "bytes");
    result_fact_real(out, "processors", (b->cpu - from->cpu) / seconds, "busy");
}

void server_report(struct result *out, const struct server_sample *before, const struct server_sample *now)
{
    /* After a restart the counters begin anew. */
    const struct server_sample *from = before != NULL && before->started + 1 > now->started ? before : NULL;
    double seconds = from != NULL ? now->at - from->at : (double)clock_now_ms() / 1000 - now->started;
    struct busy busy[SERVER_ROUTES];
    size_t n = 0;
    seconds = seconds > 1e-3 ? seconds : 1e-3;
    for (size_t i = 0; i < now->n_routes; i++) {
        const struct server_route *was = same_route(from, now->routes[i].name);
        double answered = now->routes[i].answered - was->answered;
        busy[n++] = (struct busy){was, &now->routes[i], answered};
    }
    qsort(busy, n, sizeof busy[0], busiest_first);
    add_rows(out, busy, n, seconds);
    add_facts(out, from, now, seconds);
}
