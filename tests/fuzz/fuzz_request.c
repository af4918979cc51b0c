/* What comes in over HTTP: a path with a query, and a body, for every route.  The input's first line is the method and
 * the path; the rest is the body. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "serve/server.h"

const char *const fuzz_words[] = {"{", "}", "[", "]", ",", ":", "\"user\"", "\"item\"", "\"events\"", "\"attributes\"",
                                  "\"n\"", "null", "true", "1e400", "-0", "\\u0000", "\\ud800", "\"time\"",
                                  "\"2026-01-02T03:04:05Z\"", "GET /v1/users/a/history?limit=", "PUT /v1/items/", "%00",
                                  "%ff", "/admin/v1/", "//", "?", "&", "=", NULL};

static void check_body(const struct route *route, const uint8_t *data, size_t n)
{
    struct call call = {.route = route, .body = mem_dup(data, n), .n_body = n};
    bool good = call_prepare(&call);
    if (good != (call.status == 0) || (!good && (call.status < 400 || call.blob == NULL)))
        abort(); /* either it is good, or it has an answer that says why not */
    if (!good) {
        json_t *problem = json_loadb(call.blob->data, call.blob->n, 0, NULL);
        if (json_integer_value(json_object_get(problem, "status")) != call.status)
            abort(); /* and that answer is JSON, whatever was sent */
        json_decref(problem);
    }
    json_decref(call.json);
    blob_release(call.blob);
    mem_free(call.body);
}

static void check_path(const char *method, char *path)
{
    const char *param[CALL_PARAMS_MAX];
    char allow[64], *query = strchr(path, '?');
    struct shape_faults faults;
    int status = 0;
    if (query != NULL)
        *query++ = '\0';
    const struct route *route = route_find(method, path, param, allow, &status);
    if (route == NULL && status != 400 && status != 404 && status != 405)
        abort();
    json_decref(route_query(route != NULL ? route->query : NULL, query, &faults));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const uint8_t *end = n > 0 ? memchr(data, '\n', n) : NULL;
    size_t first = end != NULL ? (size_t)(end - data) : n;
    char *line = mem_strndup((const char *)data, first);
    char *blank = strchr(line, ' ');
    if (blank != NULL) {
        *blank = '\0';
        check_path(line, blank + 1);
    }
    mem_free(line);
    if (end == NULL)
        return 0;
    for (size_t i = 0; i < route_count; i++)
        if (route_table[i].body_form != NO_BODY)
            check_body(&route_table[i], end + 1, n - first - 1);
    return 0;
}
