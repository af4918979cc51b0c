/* The routes of OpenDSR but the one that takes requests: discovery, status, cancelling, the certificate.  Facts: the
 * specification of opengdpr/OpenDSR. */
#include "serve/dialect_opendsr.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "serve/dialect.h"
#include "serve/item_json.h"
#include "serve/opendsr.h"
#include "serve/rights.h"
#include "serve/server.h"
#include "store/origins.h"
#include "store/store.h"

#define DOCUMENT "/openapi/opendsr.json"
#define FORMER "/opengdpr_requests"

enum { ROUTES = 6, ANSWER_MAX = 1 << 20 };
static const struct route routes[ROUTES];

/* Past a version: "/v3/requests" is "/requests". */
static size_t version_length(const char *path)
{
    return path[0] == '/' && path[1] == 'v' && path[2] >= '1' && path[2] <= '3' && path[3] == '/' ? 3 : 0;
}

static bool is_path(const char *path, size_t n, const char *what, bool and_below)
{
    size_t len = strlen(what);
    return n >= len && memcmp(path, what, len) == 0 && (n == len || (and_below && path[len] == '/'));
}

static bool claims(const char *path)
{
    path += version_length(path);
    size_t n = strcspn(path, "?");
    return is_path(path, n, "/requests", true) || is_path(path, n, FORMER, true) || is_path(path, n, "/discovery", false) ||
           is_path(path, n, "/certificate.pem", false) || is_path(path, n, DOCUMENT, false);
}

static const struct route *find(struct call *call)
{
    int status;
    char *path = call->uri + version_length(call->uri);
    if (strncmp(path, FORMER, strlen(FORMER)) == 0) {
        path += strlen("/opengdpr");
        *path = '/';
    }
    const struct route *route = route_find_in(routes, ROUTES, call->method, path, call->param, call->allow, &status);
    if (route == NULL)
        call_problem(call, status, "no_such_path", status == 405 ? "this path has no such method" : "there is no such path");
    return route;
}

/* For errors of a request 400, whatever they are; who calls, and whether it is possible now, are told as everywhere. */
static int put_error(struct str *out, const struct call *call, int status, const char *code, const char *detail,
                     const char *hint)
{
    static const int kept[] = {401, 403, 404, 405, 429, 500, 503};
    int said = 400;
    (void)call;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        said = kept[i] == status ? status : said;
    str_printf(out, "{\"error\":{\"code\":%d,\"message\":", said);
    item_json_text(out, detail);
    str_printf(out, ",\"errors\":[{\"domain\":\"%s\",\"reason\":\"%s\",\"message\":",
               said == 400 ? "Validation" : "Processor", code);
    item_json_text(out, hint[0] != '\0' ? hint : detail);
    str_puts(out, "}]}}");
    return said;
}

/* ---- answers --------------------------------------------------------------------------------------------- */

int dialect_opendsr_answer(struct server *server, struct call *call, int status, struct str *body, struct error *err)
{
    char *signature = mem_alloc(OPENDSR_SIGNATURE_MAX, 1);
    mem_free(call->context);
    call->context = signature;
    if (signature == NULL || body->failed)
        return error_nomem(err, "the answer");
    int rc = opendsr_signer_sign(server->signer, str_text(body), body->len, signature, err);
    if (rc != 0)
        return rc;
    call->signature = signature;
    call->domain = opendsr_signer_domain(server->signer);
    call_answer_json(call, status, body);
    return 0;
}

/* Switched on by SIGHUP, when there was no certificate at the start. */
static bool can_sign(struct server *server, struct call *call)
{
    if (server->signer == NULL)
        call_problem(call, 503, "no_certificate", "the server has no certificate to sign with: it has to be started again");
    return server->signer != NULL;
}

static int discovery(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    static const char *const identities[] = {"controller_customer_id", "email", "android_advertising_id", "android_id",
                                             "fire_advertising_id", "ios_advertising_id", "ios_vendor_id",
                                             "microsoft_advertising_id", "microsoft_publisher_id", "roku_publisher_id",
                                             "roku_advertising_id"};
    struct str body;
    (void)desk;
    if (!can_sign(server, call))
        return 0;
    str_init(&body, ANSWER_MAX);
    str_puts(&body, "{\"api_version\":\"" OPENDSR_VERSION "\",\"supported_identities\":[");
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++)
        str_printf(&body, "%s{\"identity_type\":\"%s\",\"identity_format\":\"raw\"}", i > 0 ? "," : "", identities[i]);
    str_printf(&body, "],\"supported_subject_request_types\":[\"access\",\"portability\",\"erasure\"],"
                      "\"processor_certificate\":\"https://%s/v3/certificate.pem\"}", opendsr_signer_domain(server->signer));
    int rc = dialect_opendsr_answer(server, call, 200, &body, err);
    str_release(&body);
    return rc;
}

static int certificate(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    struct str body;
    (void)desk, (void)err;
    if (!can_sign(server, call))
        return 0;
    str_init(&body, ANSWER_MAX);
    str_puts(&body, opendsr_signer_certificate(server->signer));
    call_answer(call, 200, "application/x-pem-file", &body);
    str_release(&body);
    return 0;
}

/* The caller's case of the request that the path names; its number 0: the call has a problem for an answer. */
static int find_case(struct call *call, struct store *store, const char *who, struct case_record *r, struct error *err)
{
    int64_t number = 0;
    *r = (struct case_record){0};
    int rc = opendsr_is_uuid(call->param[0]) ? origins_find(store, who, call->param[0], &number, err) : 0;
    if (rc == 0 && number == 0)
        call_problem(call, 404, "not_found", "there is no such request");
    return rc != 0 || number == 0 ? rc : cases_find(store, number, r, err);
}

static int status_of(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    char who[RIGHTS_CALLER_MAX];
    struct case_record r;
    struct str body;
    rights_actor(call, who);
    if (!can_sign(server, call))
        return 0;
    int rc = find_case(call, desk->store, who, &r, err);
    if (rc != 0 || r.number == 0)
        return rc;
    str_init(&body, ANSWER_MAX);
    opendsr_put_status(&body, server->signer, &r, who, call->param[0], NULL);
    rc = dialect_opendsr_answer(server, call, 200, &body, err);
    str_release(&body);
    case_release(&r);
    return rc;
}

static int cancel_case(struct server *server, struct call *call, struct store *store, struct case_record *r, const char *who,
                       struct error *err)
{
    struct str body;
    bool is_copy = rights_has_archive(r);
    if (strcmp(opendsr_state(r), "pending") != 0 && !is_copy) {
        call_problem(call, 400, "not_pending", "the request is %s, and cannot be cancelled any more", opendsr_state(r));
        return 0;
    }
    int rc = rights_close(call, store, r, true, "cancelled by the controller", err);
    if (rc != 0)
        return rc;
    str_init(&body, ANSWER_MAX);
    str_puts(&body, "{\"controller_id\":");
    item_json_text(&body, who);
    str_puts(&body, ",\"received_time\":");
    item_json_time(&body, clock_now_ms());
    str_puts(&body, ",\"subject_request_id\":");
    item_json_text(&body, call->param[0]);
    str_puts(&body, ",\"api_version\":\"" OPENDSR_VERSION "\"}");
    rc = dialect_opendsr_answer(server, call, 202, &body, err);
    str_release(&body);
    return rc;
}

static int cancel(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    char who[RIGHTS_CALLER_MAX];
    struct case_record r = {0};
    struct store *store;
    (void)desk;
    rights_actor(call, who);
    if (!can_sign(server, call))
        return 0;
    int rc = store_open(&store, server->workspace, true, err);
    if (rc != 0)
        return rc;
    rc = find_case(call, store, who, &r, err);
    rc = rc != 0 || r.number == 0 ? rc : cancel_case(server, call, store, &r, who, err);
    case_release(&r);
    store_close(store);
    return rc;
}

static int take(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    return can_sign(server, call) ? dialect_opendsr_request(server, desk, call, err) : 0;
}

/* ---- the table ------------------------------------------------------------------------------------------- */

#define FIELD(name, type, flags, help) {name, type, flags, 0, 0, NULL, NULL, help}
#define STATES "pending|in_progress|completed|cancelled"

static const struct shape any_answer[] = {{0}};
static const struct shape identity_answer[] = {
    FIELD("identity_type", SHAPE_TEXT, SHAPE_REQUIRED, ""), FIELD("identity_format", SHAPE_TEXT, SHAPE_REQUIRED, ""), {0}};
static const struct shape one_identity = {"", SHAPE_OBJECT, 0, 0, 0, NULL, identity_answer, ""};
static const struct shape one_type = {"", SHAPE_TEXT, 0, 0, 0, "access|portability|erasure", NULL, ""};
static const struct shape discovery_answer[] = {
    FIELD("api_version", SHAPE_TEXT, SHAPE_REQUIRED, ""),
    {"supported_identities", SHAPE_LIST, SHAPE_REQUIRED, 0, 0, NULL, &one_identity, ""},
    {"supported_subject_request_types", SHAPE_LIST, SHAPE_REQUIRED, 0, 0, NULL, &one_type, ""},
    FIELD("processor_certificate", SHAPE_TEXT, SHAPE_REQUIRED, "where the certificate is that answers are signed with"),
    {0},
};
static const struct shape taken_answer[] = {
    FIELD("controller_id", SHAPE_TEXT, SHAPE_REQUIRED, "whose key called"),
    FIELD("expected_completion_time", SHAPE_TIME, SHAPE_REQUIRED, "by when the law wants it"),
    FIELD("received_time", SHAPE_TIME, SHAPE_REQUIRED, ""),
    FIELD("encoded_request", SHAPE_TEXT, SHAPE_REQUIRED, "the body of the request in Base64"),
    FIELD("subject_request_id", SHAPE_TEXT, SHAPE_REQUIRED, ""),
    {0},
};
static const struct shape status_answer[] = {
    FIELD("controller_id", SHAPE_TEXT, SHAPE_REQUIRED, ""),
    FIELD("expected_completion_time", SHAPE_TIME, SHAPE_REQUIRED, ""),
    FIELD("subject_request_id", SHAPE_TEXT, SHAPE_REQUIRED, ""),
    {"request_status", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, STATES, NULL, ""},
    FIELD("api_version", SHAPE_TEXT, SHAPE_REQUIRED, ""),
    FIELD("results_url", SHAPE_TEXT, 0, "where the copy is to be had, with a key of the role privacy"),
    {0},
};
static const struct shape cancelled_answer[] = {
    FIELD("controller_id", SHAPE_TEXT, SHAPE_REQUIRED, ""),
    FIELD("received_time", SHAPE_TIME, SHAPE_REQUIRED, ""),
    FIELD("subject_request_id", SHAPE_TEXT, SHAPE_REQUIRED, ""),
    FIELD("api_version", SHAPE_TEXT, SHAPE_REQUIRED, ""),
    {0},
};

static const struct route routes[ROUTES] = {
    {"GET", "/discovery", FOR_ANY_KEY, AT_ONCE, 200, "discovery", "What is understood here", "", NULL, NO_BODY, NULL,
     discovery_answer, NULL, NULL, discovery, NULL},
    {"POST", "/requests", KEY_PRIVACY, BY_ADMIN, 201, "post_request", "A request of a person",
     "Whoever sends it vouches for the person. Sent again under its id it is the same request.", NULL, BODY_AS_IT_CAME,
     dialect_opendsr_body, taken_answer, NULL, NULL, take, NULL},
    {"GET", "/requests/{id}", KEY_PRIVACY, BY_WORKER, 200, "request_status", "What has become of it", "", NULL, NO_BODY,
     NULL, status_answer, NULL, NULL, status_of, NULL},
    {"DELETE", "/requests/{id}", KEY_PRIVACY, BY_ADMIN, 202, "cancel_request", "Take it back, as long as it is pending", "",
     NULL, NO_BODY, NULL, cancelled_answer, NULL, NULL, cancel, NULL},
    {"GET", "/certificate.pem", OPEN_TO_ALL, AT_ONCE, 200, "certificate", "The certificate that answers are signed with", "",
     NULL, NO_BODY, NULL, NULL, "application/x-pem-file", NULL, certificate, NULL},
    {"GET", DOCUMENT, FOR_ANY_KEY, AT_ONCE, 200, "openapi", "This document", "", NULL, NO_BODY, NULL, any_answer, NULL, NULL,
     dialect_openapi, NULL},
};

const struct dialect dialect_opendsr = {
    .name = "opendsr",
    .title = "reckon, as a processor of OpenDSR",
    .description = "OpenDSR 3.0: requests of people (access, portability, erasure) as platforms send them. Answers that are no "
                   "errors carry X-OpenDSR-Processor-Domain and X-OpenDSR-Signature. Every path may begin with /v1, /v2 or /v3.",
    .routes = routes,
    .n_routes = ROUTES,
    .statuses = "400 401 403 404 405 429 500 503",
    .error_schema = "{\"type\":\"object\",\"properties\":{\"error\":{\"type\":\"object\",\"properties\":{"
                    "\"code\":{\"type\":\"integer\"},\"message\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{"
                    "\"type\":\"object\",\"properties\":{\"domain\":{\"type\":\"string\"},\"reason\":{\"type\":\"string\"},"
                    "\"message\":{\"type\":\"string\"}}}}},\"required\":[\"code\",\"message\"]}},\"required\":[\"error\"]}",
    .claims = claims,
    .find = find,
    .put_error = put_error,
};
