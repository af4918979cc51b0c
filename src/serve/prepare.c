/* A request's body: from bytes to a checked object. */
#include <string.h>

#include "serve/public_key.h"
#include "serve/server.h"

static void not_json(struct call *call, const json_error_t *e)
{
    call_problem(call, 400, "invalid_json", "the body is not JSON: line %d, column %d: %s", e->line, e->column,
                 e->text);
}

static void check_many(const struct route *route, json_t *json, struct shape_faults *faults)
{
    const struct shape one = {"", SHAPE_OBJECT, 0, 0, 0, NULL, route->body, NULL};
    const struct shape many[] = {{"events", SHAPE_LIST, SHAPE_REQUIRED, 1, 10000, NULL, &one, ""}, {0}};
    shape_check(json_object_get(json, "events") != NULL ? many : route->body, json, faults);
}

bool call_prepare(struct call *call)
{
    const struct route *route = call->route;
    struct shape_faults faults;
    json_error_t e;
    call->prepared = true;
    if (route->body_form == NO_BODY || route->body_form == BODY_AS_IT_CAME)
        return true;
    if (shape_too_deep(call->body != NULL ? call->body : "", call->n_body)) {
        call_problem(call, 400, "invalid_json", "the body is nested deeper than %d levels", SHAPE_DEPTH_MAX);
        return false;
    }
    call->json = json_loadb(call->body != NULL ? call->body : "", call->n_body, JSON_REJECT_DUPLICATES, &e);
    if (call->json == NULL) {
        not_json(call, &e);
        return false;
    }
    if (route->body == NULL && json_is_object(call->json))
        return true; /* the handler knows what belongs in it */
    if (route->body_form == BODY_ONE_OR_MANY)
        check_many(route, call->json, &faults);
    else
        shape_check(route->body, call->json, &faults);
    if (faults.n > 0)
        call_faults(call, &faults);
    return faults.n == 0 && (!public_key_used(call) || public_key_check(call));
}
