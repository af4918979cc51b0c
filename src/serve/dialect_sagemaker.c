/* The container contract of Amazon SageMaker: health, limits, errors.  Facts: the developer guide, "Use your own
 * inference code" with hosting services and with batch transform. */
#include "serve/dialect_sagemaker.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "serve/dialect.h"
#include "serve/server.h"

#define DOCUMENT "/openapi/sagemaker.json"

enum { PAYLOAD_MAX = 25 << 20, BATCH_PAYLOAD_MB = 1 };

enum { ROUTES = 4 };
static const struct route routes[ROUTES];

static bool claims(const char *path)
{
    static const char *const paths[] = {"/ping", "/invocations", "/execution-parameters", DOCUMENT};
    size_t n = strcspn(path, "?");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strlen(paths[i]) == n && memcmp(paths[i], path, n) == 0)
            return true;
    return false;
}

static const struct route *find(struct call *call)
{
    int status;
    const struct route *route =
        route_find_in(routes, ROUTES, call->method, call->uri, call->param, call->allow, &status);
    if (route == NULL)
        call_problem(call, status, "method_not_allowed", "this path has no such method");
    return route;
}

/* 200 only when it would answer: a model is there, and it is not about to stop. */
static HANDLER(ping)
{
    enum serve_state state = state_of(&server->state);
    bool good = (state == SERVE_READY || state == SERVE_DEGRADED) && call->view->core != NULL;
    (void)desk, (void)err;
    call_answer_empty(call, good ? 200 : 503);
    return 0;
}

/* How a batch transform job may cut its input: many records at a time, few enough that they are answered in time. */
static HANDLER(execution_parameters)
{
    struct str body;
    long workers = settings_int(&call->view->settings, SETTING_ID_WORKERS);
    (void)server, (void)desk, (void)err;
    str_init(&body, 256);
    str_printf(&body, "{\"MaxConcurrentTransforms\":%ld,\"BatchStrategy\":\"MULTI_RECORD\",\"MaxPayloadInMB\":%d}",
               workers > 0 ? workers : sysconf(_SC_NPROCESSORS_ONLN), BATCH_PAYLOAD_MB);
    call_answer_json(call, 200, &body);
    str_release(&body);
    return 0;
}

/* What the platform hands to the caller as OriginalMessage of a ModelError, beside OriginalStatusCode. */
static int put_error(struct str *out, const struct call *call, int status, const char *code, const char *detail,
                     const char *hint)
{
    str_printf(out, "{\"error\":{\"code\":\"%s\",\"message\":", code);
    text_json_string(out, detail, strlen(detail));
    if (hint[0] != '\0') {
        str_puts(out, ",\"hint\":");
        text_json_string(out, hint, strlen(hint));
    }
    str_printf(out, ",\"request_id\":\"%s\"}}", call->id);
    return status;
}

static const struct shape parameters_answer[] = {
    {"MaxConcurrentTransforms", SHAPE_INT, SHAPE_REQUIRED, 0, 0, NULL, NULL, ""},
    {"BatchStrategy", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, NULL, NULL, ""},
    {"MaxPayloadInMB", SHAPE_INT, SHAPE_REQUIRED, 0, 0, NULL, NULL, ""},
    {0},
};
static const struct shape document_answer[] = {{0}};

static const struct route routes[ROUTES] = {
    {"GET", "/ping", OPEN_BY_PLATFORM, AT_ONCE, 200, "ping", "Does it want requests?",
     "200 when there is a model to answer with, 503 while it starts or stops.", NULL, NO_BODY, NULL, NULL, NULL, NULL,
     ping, NULL},
    {"POST", "/invocations", OPEN_BY_PLATFORM, BY_WORKER, 200, "invoke", "Recommend",
     "A record, {\"instances\": [records]}, JSON Lines, or CSV (user, then items of the history). Accept chooses the "
     "form of the answer. X-Amzn-SageMaker-Custom-Attributes comes back as it came.",
     NULL, BODY_AS_IT_CAME, dialect_sagemaker_body, dialect_sagemaker_answer,
     "application/json application/jsonlines text/csv", NULL, dialect_sagemaker_invoke, NULL},
    {"GET", "/execution-parameters", OPEN_BY_PLATFORM, AT_ONCE, 200, "execution_parameters",
     "How batch transform may cut its input", "", NULL, NO_BODY, NULL, parameters_answer, NULL, NULL,
     execution_parameters, NULL},
    {"GET", DOCUMENT, FOR_ANY_KEY, AT_ONCE, 200, "openapi", "This document", "", NULL, NO_BODY, NULL, document_answer,
     NULL, NULL, dialect_openapi, NULL},
};

const struct dialect dialect_sagemaker = {
    .name = "sagemaker",
    .title = "reckon, as a container of Amazon SageMaker",
    .description = "The contract between Amazon SageMaker and a container that serves. The platform asks who calls; "
                   "none of these needs a key.",
    .routes = routes,
    .n_routes = ROUTES,
    .body_max = PAYLOAD_MAX,
    .keyless = true,
    .statuses = "400 401 403 404 405 406 413 415 429 500 503",
    .error_schema = "{\"type\":\"object\",\"properties\":{\"error\":{\"type\":\"object\",\"properties\":{"
                    "\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},\"hint\":{\"type\":\"string\"},"
                    "\"request_id\":{\"type\":\"string\"}},\"required\":[\"code\",\"message\",\"request_id\"]}},\"required\":[\"error\"]}",
    .claims = claims,
    .find = find,
    .put_error = put_error,
};
