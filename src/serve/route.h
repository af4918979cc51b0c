/* route: the one route table of the server.
 *
 * A route is declared once: method, path template, who may call it, what its query, body and answer look like, and
 * what answers it.  The router, the checks of roles and of requests, and the OpenAPI document are views of it.
 *
 * To add a route: a handler in a handle_*.c, and its line in routes.c. */
#ifndef RECKON_SERVE_ROUTE_H
#define RECKON_SERVE_ROUTE_H

#include "serve/call.h"

struct dialect;
struct worker;
struct desk;

enum route_place {
    AT_ONCE,   /* in the event loop: short, no store */
    BY_WORKER, /* with a store connection of the thread, read-only */
    BY_WRITER, /* within the writer's transaction; committed before the answer goes out */
    BY_ADMIN   /* in an admin thread: may take long */
};

enum route_access {
    OPEN_TO_ALL = 0,
    FOR_ANY_KEY = 0x100,     /* or the roles KEY_*, of which one is enough */
    OPEN_BY_PLATFORM = 0x200 /* of a dialect whose platform asks who calls */
};

/* How the body of a request is read. */
enum route_body {
    NO_BODY,
    BODY_OBJECT,
    BODY_AS_IT_CAME, /* whatever its type is said to be; the handler reads it */
    BODY_ONE_OR_MANY /* one object of the shape, or {"events": [objects]} */
};

struct route {
    const char *method;      /* "GET" also answers HEAD */
    const char *path;        /* "/v1/items/{id}"; a last "{name+}" takes the rest */
    unsigned access;
    enum route_place place;
    int status;              /* of success */
    const char *name;        /* operationId */
    const char *summary, *description;
    const struct shape *query;
    enum route_body body_form;
    const struct shape *body;  /* of BODY_AS_IT_CAME for the document only */
    const struct shape *answer; /* NULL: none, or `answer_type` is not JSON */
    const char *answer_type;    /* NULL: application/json; of BODY_AS_IT_CAME several, that it reads and writes */

    /* In the event loop, before the request is handed on: true when it has been answered.  May be NULL. */
    bool (*quick)(struct server *server, struct call *call);
    /* AT_ONCE, BY_ADMIN: worker and store are NULL.  BY_WRITER: returns what must take the request's writes back
     * (the call has its answer all the same); the others return 0. */
    int (*handle)(struct server *server, struct desk *desk, struct call *call, struct error *err);
    /* BY_WRITER: what it wrote is durable.  May be NULL. */
    void (*committed)(struct server *server, struct call *call);
};

extern const struct route route_table[];
extern const size_t route_count;

/* The route of a method and a path (percent-decoded in place; the params point into it).  NULL: none; then
 * *status is 404, 405 (and `allow` filled), or 400 when the path is not well formed. */
const struct route *route_find(const char *method, char *path, const char *param[CALL_PARAMS_MAX], char allow[64],
                               int *status);

/* The same for another table. */
const struct route *route_find_in(const struct route *table, size_t n_table, const char *method, char *path,
                                  const char *param[CALL_PARAMS_MAX], char allow[64], int *status);

/* Decodes %XX (and '+' when `form`) in place; false: malformed, a NUL, a control character or not UTF-8. */
bool route_decode(char *text, bool form);

/* Reads the parameters of a query into an object, by the types of the shape; faults as in shape_check. */
json_t *route_query(const struct shape *shape, char *query, struct shape_faults *faults);

/* The OpenAPI 3.1 document of the table and of the commands; or (not NULL) of a dialect alone. */
int openapi_document(struct str *out, const struct dialect *dialect);
/* The members of "responses" that every operation has, each with a comma before it. */
void openapi_problems(struct str *out);

#endif
