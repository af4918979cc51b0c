/* HTTP: libmicrohttpd on one side, calls on the other. */
#include <arpa/inet.h>
#include <ctype.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "serve/access.h"
#include "serve/dialect.h"
#include "serve/server.h"

enum { CONNECTION_BYTES = 32 * 1024, WORKER_BODY = 8192, DISCARD_FACTOR = 4, ATTRIBUTES_MAX = 1024 };

/* What a connection is waiting for; each has a limit of time. */
enum link_phase { LINK_IDLE, LINK_RECEIVING, LINK_WORKING, LINK_SENDING };

struct link {
    struct link *next, *prev;
    int fd;
    atomic_int phase;
    atomic_int_least64_t since_us;
    bool cut;
};

struct http {
    struct server *server;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* of the list */
    struct link *links;
    char *certificate, *key;
};

/* Connections. */

static void link_set(struct link *self, enum link_phase phase)
{
    if (self == NULL)
        return;
    atomic_store_explicit(&self->since_us, clock_monotonic_us(), memory_order_relaxed);
    atomic_store_explicit(&self->phase, (int)phase, memory_order_relaxed);
}

static struct link *link_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http *self = context;
    struct link *link = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        link = mem_zalloc(1, sizeof *link);
        if (link == NULL || info == NULL)
            return; /* without: only the limits of libmicrohttpd hold */
        link->fd = info->connect_fd;
        link_set(link, LINK_IDLE);
        pthread_mutex_lock(&self->lock);
        link->next = self->links;
        if (link->next != NULL)
            link->next->prev = link;
        self->links = link;
        pthread_mutex_unlock(&self->lock);
        *socket_context = link;
        atomic_fetch_add(&self->server->meters.connections, 1);
    } else if (link != NULL) {
        pthread_mutex_lock(&self->lock);
        if (link->prev != NULL)
            link->prev->next = link->next;
        else
            self->links = link->next;
        if (link->next != NULL)
            link->next->prev = link->prev;
        pthread_mutex_unlock(&self->lock);
        mem_free(link);
        *socket_context = NULL;
        atomic_fetch_sub(&self->server->meters.connections, 1);
    }
}

/* A client that sends a byte now and then, or takes none, holds a connection no longer than its time. */
void http_tick(struct http *self)
{
    struct view *view = view_hold(&self->server->view);
    const int64_t limit_us[] = {
        settings_int(&view->settings, SETTING_ID_IDLE_SECONDS) * INT64_C(1000000),
        settings_int(&view->settings, SETTING_ID_REQUEST_SECONDS) * INT64_C(1000000),
        INT64_MAX,
        settings_int(&view->settings, SETTING_ID_REQUEST_SECONDS) * INT64_C(1000000),
    };
    view_release(view);
    int64_t now = clock_monotonic_us();
    pthread_mutex_lock(&self->lock);
    for (struct link *l = self->links; l != NULL; l = l->next) {
        int64_t age = now - atomic_load_explicit(&l->since_us, memory_order_relaxed);
        if (!l->cut && age > limit_us[atomic_load_explicit(&l->phase, memory_order_relaxed)]) {
            shutdown(l->fd, SHUT_RDWR);
            l->cut = true;
            meters_add(&self->server->meters.timed_out, 1);
        }
    }
    pthread_mutex_unlock(&self->lock);
}

int64_t http_in_flight(struct http *self)
{
    return atomic_load(&self->server->meters.in_flight);
}

/* The life of a call. */

static void make_id(struct call *call)
{
    uint64_t n = atomic_fetch_add_explicit(&call->server->next_id, 1, memory_order_relaxed) + call->server->id_seed;
    n ^= n >> 30, n *= UINT64_C(0xbf58476d1ce4e5b9);
    n ^= n >> 27, n *= UINT64_C(0x94d049bb133111eb);
    n ^= n >> 31;
    snprintf(call->id, sizeof call->id, "%016llx", (unsigned long long)n);
}

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct http *self = context;
    struct call *call = mem_zalloc(1, sizeof *call);
    if (call == NULL || (call->uri = mem_strdup(uri)) == NULL) {
        mem_free(call);
        return NULL;
    }
    call->server = self->server;
    call->connection = connection;
    call->began_us = clock_monotonic_us();
    call->view = view_hold(&self->server->view);
    make_id(call);
    atomic_fetch_add_explicit(&self->server->meters.in_flight, 1, memory_order_relaxed);
    link_set(link_of(connection), LINK_RECEIVING);
    return call;
}

static void drop_body(struct call *call)
{
    atomic_fetch_sub_explicit(&call->server->meters.body_bytes, (int64_t)call->cap_body, memory_order_relaxed);
    mem_free(call->body);
    call->body = NULL;
    call->n_body = call->cap_body = 0;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    struct http *self = context;
    struct call *call = *request;
    struct server *server = self->server;
    (void)why;
    if (call == NULL)
        return;
    uint64_t micros = (uint64_t)(clock_monotonic_us() - call->began_us);
    unsigned route = call->route != NULL ? dialect_route_number(call->route) : METERS_ROUTES - 1;
    meters_request(&server->meters, route, call->status, micros);
    if (call->arm.experiment != 0 && call->status != 0)
        arm_meters_add(&server->arms, call->arm.experiment, call->arm.variant, call->status >= 400, micros);
    journal_access(server->journal, &(struct journal_access){.request_id = call->id,
                                                             .method = call->method != NULL ? call->method : "",
                                                             .route = call->route != NULL ? call->route->path : "",
                                                             .status = call->status,
                                                             .bytes = call->blob != NULL ? call->blob->n : 0,
                                                             .micros = micros,
                                                             .key = call->key});
    link_set(link_of(connection), LINK_IDLE);
    drop_body(call);
    blob_release(call->blob);
    if (call->stream != NULL)
        MHD_destroy_response(call->stream);
    json_decref(call->query);
    json_decref(call->json);
    view_release(call->view);
    mem_free(call->context);
    mem_free(call->uri);
    mem_free(call);
    *request = NULL;
    atomic_fetch_sub_explicit(&server->meters.in_flight, 1, memory_order_relaxed);
}

/* The head of a request. */

struct head {
    const char *authorization, *content_type, *content_length, *transfer, *host, *origin, *request_id, *idempotency_key,
        *wanted_method, *known_tags, *encodings, *accept, *attributes, *gpc;
};

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct head *head = context;
    const struct {
        const char *name, **to;
    } wanted[] = {
        {"Authorization", &head->authorization},     {"Content-Type", &head->content_type},
        {"Content-Length", &head->content_length},   {"Transfer-Encoding", &head->transfer},
        {"Host", &head->host},                       {"Origin", &head->origin},
        {"X-Request-Id", &head->request_id},         {"Idempotency-Key", &head->idempotency_key},
        {"Access-Control-Request-Method", &head->wanted_method},
        {"If-None-Match", &head->known_tags},        {"Accept-Encoding", &head->encodings},
        {"Accept", &head->accept},                   {"Sec-GPC", &head->gpc},
        {"X-Amzn-SageMaker-Custom-Attributes", &head->attributes},
    };
    (void)kind;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if ((name[0] | 32) == (wanted[i].name[0] | 32) && strcasecmp(name, wanted[i].name) == 0)
            *wanted[i].to = value;
    return MHD_YES;
}

static bool is_plain_token(const char *s, size_t max)
{
    size_t n = 0;
    for (; s[n] != '\0' && n <= max; n++)
        if (!isalnum((unsigned char)s[n]) && strchr("._-:", s[n]) == NULL)
            return false;
    return n >= 1 && n <= max;
}

/* Does Accept-Encoding name gzip, and not with a quality of nothing? */
static bool takes_gzip(const char *encodings)
{
    const char *p = encodings != NULL ? strstr(encodings, "gzip") : NULL;
    const char *q = p != NULL ? strstr(p, "q=") : NULL;
    if (p == NULL || q == NULL || q > p + strcspn(p, ","))
        return p != NULL;
    q += 2;
    return strchr(", \t", q[strspn(q, "0.")]) == NULL; /* strchr finds the end of the text too */
}

static void know_address(struct call *call)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(call->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = info != NULL ? info->client_addr : NULL;
    call->local = a != NULL && listen_is_loopback(a);
    if (a != NULL && a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof in);
        call->address = rng_key(&in.sin_addr, sizeof in.sin_addr);
    } else if (a != NULL && a->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, a, sizeof in6);
        call->address = rng_key(&in6.sin6_addr, 8); /* a /64 is one customer */
    }
}

/* The origin as it may be sent back, or NULL. */
static const char *allowed_origin(const struct call *call, const char *origin)
{
    const char *list = settings_text(&call->view->settings, SETTING_ID_CORS_ORIGINS);
    size_t n = origin != NULL ? strlen(origin) : 0;
    if (n == 0)
        return NULL;
    for (const char *p = list; *p != '\0'; p += strcspn(p, " "), p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");
        if ((len == 1 && *p == '*') || (len == n && memcmp(p, origin, n) == 0))
            return origin;
    }
    return NULL;
}

static size_t body_limit(const struct call *call)
{
    if (call->dialect != NULL && call->dialect->body_max > 0)
        return call->dialect->body_max;
    return (size_t)settings_int(&call->view->settings, SETTING_ID_BODY_KB) * 1024;
}

static void too_large(struct call *call)
{
    call_problem(call, 413, "body_too_large", "the body may have %zu bytes", body_limit(call));
}

static bool check_body_head(struct call *call, const struct head *head)
{
    int64_t length = 0;
    if (call->route->body_form == NO_BODY)
        return true;
    if (head->content_length != NULL && text_to_int64(head->content_length, strlen(head->content_length), &length) &&
        (uint64_t)length > body_limit(call)) {
        too_large(call);
        call->close = true;
        return false;
    }
    if (call->route->body_form == BODY_AS_IT_CAME)
        return true;
    const char *type = head->content_type != NULL ? head->content_type : "";
    size_t n = strcspn(type, "; ");
    if (n == 16 && strncasecmp(type, "application/json", n) == 0)
        return true;
    call_problem(call, 415, "unsupported_media_type", "the body must be JSON: Content-Type: application/json");
    return false;
}

/* The dialect answers itself when there is none. */
static bool find_foreign_route(struct call *call)
{
    call->uri[strcspn(call->uri, "?")] = '\0';
    call->route = call->dialect->find(call);
    return call->route != NULL;
}

static bool find_route(struct call *call)
{
    int status;
    struct shape_faults faults;
    if (call->dialect != NULL)
        return find_foreign_route(call);
    char *query = strchr(call->uri, '?');
    if (query != NULL)
        *query++ = '\0';
    call->route = route_find(call->method, call->uri, call->param, call->allow, &status);
    if (call->route == NULL) {
        call_problem(call, status,
                     status == 405   ? "method_not_allowed"
                     : status == 404 ? "not_found"
                                     : "invalid_request",
                     status == 405   ? "this path has no such method"
                     : status == 404 ? "there is no such path; /openapi.json describes all"
                                     : "the path is not well formed");
        return false;
    }
    if (query == NULL && call->route->query == NULL)
        return true;
    call->query = route_query(call->route->query, query, &faults);
    if (faults.n > 0)
        call_faults(call, &faults);
    return faults.n == 0;
}

/* Everything that can be refused before the body is there. */
static void begin(struct call *call, const char *method)
{
    struct head head = {0};
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"};
    call->method = "OTHER"; /* for the journal: only words that we know */
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(method, methods[i]) == 0)
            call->method = methods[i];
    MHD_get_connection_values(call->connection, MHD_HEADER_KIND, take_header, &head);
    if (head.request_id != NULL && is_plain_token(head.request_id, CALL_ID_MAX))
        snprintf(call->id, sizeof call->id, "%s", head.request_id);
    call->origin = allowed_origin(call, head.origin);
    call->known_tags = head.known_tags;
    call->gpc = head.gpc != NULL && strcmp(head.gpc, "1") == 0;
    call->takes_gzip = takes_gzip(head.encodings);
    know_address(call);
    call->content_type = head.content_type;
    call->accept = head.accept;
    call->dialect = call->view != NULL ? dialect_of_path(call->view->dialects, call->uri) : NULL;
    if (call->dialect != NULL && head.attributes != NULL && strlen(head.attributes) <= ATTRIBUTES_MAX)
        call->attributes = head.attributes;
    if (call->view == NULL || atomic_load_explicit(&call->server->refusing, memory_order_relaxed)) {
        struct error err = {.code = E_CONFLICT};
        error_set(&err, E_CONFLICT, "", "the server is about to stop");
        call_unavailable(call, 5, "stopping", &err);
        call->close = true;
        return;
    }
    if (strcmp(call->method, "OPTIONS") == 0 && head.wanted_method != NULL && call->origin != NULL) {
        call_answer_empty(call, 204);
        return;
    }
    if (head.idempotency_key != NULL && !is_plain_token(head.idempotency_key, CALL_KEY_MAX)) {
        call_problem(call, 400, "invalid_request",
                     "Idempotency-Key may have 1 to %d letters, digits and . _ - :", CALL_KEY_MAX);
        return;
    }
    if (head.idempotency_key != NULL)
        snprintf(call->idempotency_key, sizeof call->idempotency_key, "%s", head.idempotency_key);
    (void)(find_route(call) && access_identify(call, head.authorization, head.host) && access_authorize(call) &&
           access_within_rate(call) && check_body_head(call, &head));
}

/* The body. */

static bool grow_body(struct call *call, size_t n)
{
    struct server *server = call->server;
    size_t cap = call->cap_body == 0 ? 512 : call->cap_body;
    while (cap < n)
        cap *= 2;
    if (cap == call->cap_body)
        return true;
    int64_t all =
        atomic_fetch_add(&server->meters.body_bytes, (int64_t)(cap - call->cap_body)) + (int64_t)(cap - call->cap_body);
    char *body = NULL;
    if (all <= (int64_t)settings_int(&call->view->settings, SETTING_ID_BODIES_MB) * 1024 * 1024)
        body = mem_realloc(call->body, cap, 1);
    if (body == NULL) {
        atomic_fetch_sub(&server->meters.body_bytes, (int64_t)(cap - call->cap_body));
        struct error err = {.code = E_NOMEM};
        error_set(&err, E_NOMEM, "", "too much is being sent at the same time");
        call_unavailable(call, 1, "overloaded", &err);
        meters_add(&server->meters.shed, 1);
        return false;
    }
    call->body = body;
    call->cap_body = cap;
    return true;
}

/* Takes more of the body; false: the client sends far too much, the connection is cut. */
static bool take_body(struct call *call, const char *data, size_t n)
{
    call->total_body += n;
    if (call->status != 0) /* answered already: the rest is read and dropped, so that the client gets to read */
        return call->total_body <= DISCARD_FACTOR * (uint64_t)(call->view != NULL ? body_limit(call) : 65536);
    if (call->route->body_form == NO_BODY)
        return call->total_body <= 65536;
    if (call->total_body > body_limit(call)) {
        too_large(call);
        call->close = true;
        drop_body(call);
        return true;
    }
    if (!grow_body(call, call->n_body + n)) {
        drop_body(call);
        return true;
    }
    memcpy(call->body + call->n_body, data, n);
    call->n_body += n;
    return true;
}

/* The answer. */

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    MHD_add_response_header(response, name, value);
}

static void add_cors(struct MHD_Response *response, const struct call *call)
{
    if (call->origin == NULL)
        return;
    add_header(response, "Access-Control-Allow-Origin", call->origin);
    add_header(response, "Vary", "Origin");
    add_header(response, "Access-Control-Expose-Headers", "X-Request-Id, Retry-After, Location");
    if (strcmp(call->method, "OPTIONS") != 0)
        return;
    add_header(response, "Access-Control-Allow-Methods", "GET, POST, PUT, DELETE");
    add_header(response, "Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, X-Request-Id");
    add_header(response, "Access-Control-Max-Age", "600");
}

static void add_caching(struct MHD_Response *response, const struct call *call)
{
    add_header(response, "Cache-Control", call->cache_control != NULL ? call->cache_control : "no-store");
    if (call->tag != NULL)
        add_header(response, "ETag", call->tag);
    if (call->varies)
        add_header(response, "Vary", "Accept-Encoding");
    if (call->gzipped)
        add_header(response, "Content-Encoding", "gzip");
    if (call->cache_control != NULL) /* for everybody: pages of other origins may hold it */
        add_header(response, "Cross-Origin-Resource-Policy", "cross-origin");
}

static void add_headers(struct MHD_Response *response, struct call *call)
{
    char number[16];
    if (call->type != NULL)
        add_header(response, "Content-Type", call->type);
    add_header(response, "X-Request-Id", call->id);
    add_caching(response, call);
    if (call->policy != NULL)
        add_header(response, "Content-Security-Policy", call->policy);
    add_header(response, "X-Content-Type-Options", "nosniff");
    if (call->retry_after > 0) {
        snprintf(number, sizeof number, "%d", call->retry_after);
        add_header(response, "Retry-After", number);
    }
    if (call->status == 405)
        add_header(response, "Allow", call->allow);
    if (call->status == 401)
        add_header(response, "WWW-Authenticate", "Bearer");
    if (call->attributes != NULL)
        add_header(response, "X-Amzn-SageMaker-Custom-Attributes", call->attributes);
    if (call->signature != NULL) {
        add_header(response, "X-OpenDSR-Processor-Domain", call->domain);
        add_header(response, "X-OpenDSR-Signature", call->signature);
    }
    if (call->location[0] != '\0')
        add_header(response, "Location", call->location);
    if (call->close || atomic_load_explicit(&call->server->draining, memory_order_relaxed))
        add_header(response, "Connection", "close");
    add_cors(response, call);
}

static enum MHD_Result respond(struct call *call)
{
    struct MHD_Response *response = call->stream;
    if (response == NULL) {
        if (call->blob == NULL) {
            call_problem(call, 500, "out_of_memory", "there is not enough memory");
            if (call->blob == NULL)
                return MHD_NO;
        }
        response = MHD_create_response_from_buffer_with_free_callback_cls(call->blob->n, call->blob->data, blob_release,
                                                                         blob_hold(call->blob));
        if (response == NULL) {
            blob_release(call->blob);
            return MHD_NO;
        }
    }
    add_headers(response, call);
    link_set(link_of(call->connection), call->stream != NULL ? LINK_WORKING : LINK_SENDING);
    enum MHD_Result done = MHD_queue_response(call->connection, (unsigned)call->status, response);
    if (call->stream == NULL)
        MHD_destroy_response(response);
    return done;
}

/* Handing on. */

static bool hand_on(struct call *call)
{
    struct server *server = call->server;
    bool by_worker = call->route->place == BY_WORKER || !call->prepared;
    if (call->route->place == BY_ADMIN)
        return work_queue_put(&server->commands, call);
    if (!by_worker)
        return writer_put(server->writer, call);
    atomic_fetch_add(&server->meters.queued, 1);
    if (work_queue_put(&server->work, call))
        return true;
    atomic_fetch_sub(&server->meters.queued, 1);
    return false;
}

/* How long the last bytes of the request have lain in the socket before we came to read them, as the kernel knows it
 * (in its ticks of 1 to 10 ms).  Where the loops are late because of what they turn away, a request is old already when
 * its turn comes.  Asked for only then. */
static int64_t age_us(struct call *call)
{
    const struct link *link = link_of(call->connection);
    struct tcp_info info;
    socklen_t n = sizeof info;
    if (link == NULL || !work_queue_is_pressed(&call->server->work) ||
        getsockopt(link->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
        return 0;
    return (int64_t)info.tcpi_last_data_recv * 1000;
}

/* Is it for the workers, as far as can be told before its body has been read? */
static bool for_worker(const struct call *call)
{
    return call->route->place == BY_WORKER || (call->route->place == BY_WRITER && call->n_body > WORKER_BODY);
}

/* The request is complete: answer it now, or leave it to another thread (then the connection is suspended).
 * Who is turned away is told before anything is made of the body: saying no must cost next to nothing. */
static enum MHD_Result run(struct call *call)
{
    const struct route *route = call->route;
    struct error err = {0};
    if (call->status == 0 && route->quick != NULL && route->quick(call->server, call))
        return respond(call);
    call->queued_us = clock_monotonic_us();
    if (call->status == 0 && for_worker(call) &&
        !work_queue_has_room(&call->server->work, age_us(call), call->queued_us))
        call_overloaded(call);
    if (call->status == 0 && (call->n_body <= WORKER_BODY || route->place == AT_ONCE || route->place == BY_ADMIN))
        call_prepare(call);
    if (call->status == 0 && route->place == AT_ONCE && route->handle(call->server, NULL, call, &err) != 0)
        call_error(call, &err);
    if (call->status != 0)
        return respond(call);
    struct MHD_Connection *connection = call->connection;
    link_set(link_of(connection), LINK_WORKING);
    MHD_suspend_connection(connection);
    if (!hand_on(call)) {
        call_overloaded(call);
        MHD_resume_connection(connection);
    }
    return MHD_YES;
}

void http_resume(struct call *call)
{
    MHD_resume_connection(call->connection);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *n, void **request)
{
    struct call *call = *request;
    (void)context, (void)connection, (void)url, (void)version;
    if (call == NULL)
        return MHD_NO;
    switch (call->phase) {
    case CALL_NEW:
        call->phase = CALL_BODY;
        begin(call, method);
        return call->status == 413 ? respond(call) : MHD_YES;
    case CALL_BODY:
        if (*n > 0) {
            bool go_on = take_body(call, data, *n);
            *n = 0;
            return go_on ? MHD_YES : MHD_NO;
        }
        call->phase = CALL_RUN;
        return call->status != 0 ? respond(call) : run(call);
    case CALL_RUN: break;
    }
    return call->status != 0 ? respond(call) : MHD_YES;
}

/* Start and stop. */

static size_t keep_text(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context, (void)connection;
    return strlen(text);
}

static int read_tls(struct http *self, const struct settings *settings, struct error *err)
{
    const char *certificate = settings_text(settings, SETTING_ID_TLS_CERTIFICATE),
               *key = settings_text(settings, SETTING_ID_TLS_KEY);
    size_t n;
    if (certificate[0] == '\0' && key[0] == '\0')
        return 0;
    if (certificate[0] == '\0' || key[0] == '\0')
        return error_set(err, E_USAGE, "serve", "tls-certificate and tls-key must be given together");
    int rc = fs_read_all(certificate, 1 << 20, &self->certificate, &n, err);
    return rc != 0 ? rc : fs_read_all(key, 1 << 20, &self->key, &n, err);
}

static unsigned processors(long wanted)
{
    long n = wanted > 0 ? wanted : sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

static struct MHD_Daemon *start_daemon(struct http *self, const struct settings *settings)
{
    unsigned loops = processors(settings_int(settings, SETTING_ID_LOOPS));
    unsigned idle = (unsigned)settings_int(settings, SETTING_ID_IDLE_SECONDS),
             total = (unsigned)settings_int(settings, SETTING_ID_REQUEST_SECONDS);
    struct MHD_OptionItem options[16];
    size_t n = 0;
#define OPTION(option, value, pointer) options[n++] = (struct MHD_OptionItem){option, (intptr_t)(value), pointer}
    if (loops > 1)
        OPTION(MHD_OPTION_THREAD_POOL_SIZE, loops, NULL);
    OPTION(MHD_OPTION_CONNECTION_LIMIT, settings_int(settings, SETTING_ID_CONNECTIONS), NULL);
    if (settings_int(settings, SETTING_ID_PER_ADDRESS) > 0)
        OPTION(MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings_int(settings, SETTING_ID_PER_ADDRESS), NULL);
    OPTION(MHD_OPTION_CONNECTION_TIMEOUT, (idle > total ? idle : total) + 1, NULL);
    if (self->key != NULL) {
        OPTION(MHD_OPTION_HTTPS_MEM_KEY, 0, self->key);
        OPTION(MHD_OPTION_HTTPS_MEM_CERT, 0, self->certificate);
        static char priorities[] = "SECURE256:SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
        OPTION(MHD_OPTION_HTTPS_PRIORITIES, 0, priorities);
    }
    OPTION(MHD_OPTION_END, 0, NULL);
#undef OPTION
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | (self->key != NULL ? MHD_USE_TLS : 0u);
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, self, MHD_OPTION_LISTEN_SOCKET, self->server->listener.fd,
                            MHD_OPTION_URI_LOG_CALLBACK, on_uri, self, MHD_OPTION_NOTIFY_COMPLETED, on_completed, self,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, self, MHD_OPTION_UNESCAPE_CALLBACK, keep_text,
                            NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_ARRAY,
                            options, MHD_OPTION_END);
}

int http_start(struct server *server, struct error *err)
{
    struct http *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "serve");
    struct view *view = view_hold(&server->view);
    self->server = server;
    pthread_mutex_init(&self->lock, NULL);
    server->http = self;
    int rc = read_tls(self, &view->settings, err);
    if (rc == 0)
        self->daemon = start_daemon(self, &view->settings);
    if (rc == 0 && self->daemon == NULL) {
        rc = error_set(err, E_FAILED, "serve", "the HTTP server cannot be started%s",
                       self->key != NULL ? " with this certificate and key" : "");
    }
    view_release(view);
    return rc;
}

void http_quiesce(struct http *self)
{
    MHD_quiesce_daemon(self->daemon);
}

void http_stop(struct http *self)
{
    if (self == NULL)
        return;
    if (self->daemon != NULL)
        MHD_stop_daemon(self->daemon);
    pthread_mutex_destroy(&self->lock);
    if (self->key != NULL)
        memset(self->key, 0, strlen(self->key));
    mem_free(self->key);
    mem_free(self->certificate);
    mem_free(self);
}
