/* dialect: another server's protocol, spoken beside the own one, so that clients of that server need no change.
 *
 * Each is a module of its own: routes, path rules, the form of its errors, its OpenAPI document at
 * /openapi/NAME.json.  None is on by itself: the setting serve.dialects (or --dialects) names those that are.  What a
 * dialect claims is answered by it, in its form, whatever goes wrong; everything else stays as it was, and the own
 * document does not know of it.
 *
 * To add one: dialect_NAME.c with its struct dialect, its line below and in dialect.c. */
#ifndef RECKON_SERVE_DIALECT_H
#define RECKON_SERVE_DIALECT_H

#include "serve/route.h"

struct dialect {
    const char *name;        /* in the setting, and of the document */
    const char *title, *description;
    const struct route *routes;
    size_t n_routes;
    size_t body_max;         /* bytes; 0: the setting serve.body-kb */
    /* The platform in front asks who calls: routes of OPEN_BY_PLATFORM answer without a key, to other machines too. */
    bool keyless;
    const char *statuses;    /* of errors that may come, "400 404 503" */
    const char *error_schema;/* JSON Schema of an error */

    bool (*claims)(const char *path);
    /* The route of call->method and call->uri (which it may take apart), and the params.  NULL: none; then it has
     * answered. */
    const struct route *(*find)(struct call *call);
    /* An error in its form; returns the status that it has there. */
    int (*put_error)(struct str *out, const struct call *call, int status, const char *code, const char *detail,
                     const char *hint);
};

extern const struct dialect dialect_tfserving, dialect_sagemaker, dialect_opendsr;

/* Bits of the dialects that `text` names ("tfserving,sagemaker", "" none).  E_USAGE names those there are. */
int dialect_parse(const char *text, unsigned *out, struct error *err);

/* Of those spoken, the one that claims the path; NULL: none. */
const struct dialect *dialect_of_path(unsigned spoken, const char *path);

bool dialect_is_spoken(unsigned spoken, const struct dialect *dialect);

/* Does one of those spoken answer without a key? */
bool dialect_any_keyless(unsigned spoken);

/* The nth there is; NULL past the last. */
const struct dialect *dialect_at(size_t n);

/* A number for each route of the own table and of all dialects, below METERS_ROUTES. */
unsigned dialect_route_number(const struct route *route);

/* GET /openapi/NAME.json of the call's dialect. */
int dialect_openapi(struct server *server, struct desk *desk, struct call *call, struct error *err);

#endif
