/* call: one request on its way through the server, and the answer to it.
 *
 * Made by http.c when the request line has arrived, freed by it when the answer is out.  It belongs to one thread
 * at a time: the event loop, then (while the connection is suspended) a worker, the writer or an admin thread,
 * then the event loop again. */
#ifndef RECKON_SERVE_CALL_H
#define RECKON_SERVE_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "serve/blob.h"
#include "serve/shape.h"
#include "serve/view.h"

struct MHD_Connection;
struct MHD_Response;
struct dialect;
struct route;
struct server;

enum { CALL_PARAMS_MAX = 3, CALL_ID_MAX = 64, CALL_KEY_MAX = 128 };

enum call_phase { CALL_NEW, CALL_BODY, CALL_RUN };

struct call {
    struct server *server;
    struct MHD_Connection *connection;
    struct call *next; /* in the queue that it waits in */
    enum call_phase phase;
    int64_t began_us;  /* monotonic */
    int64_t queued_us; /* when it began to wait for another thread */
    uint64_t address;  /* hash of the caller's address */
    bool local;        /* the caller is on this machine */

    char id[CALL_ID_MAX + 1];
    char *uri;         /* path and query, as they came, then taken apart in place */
    const char *method;
    const struct dialect *dialect; /* that the path belongs to; NULL: the own API */
    const struct route *route; /* NULL: none fits */
    const char *param[CALL_PARAMS_MAX]; /* decoded, in the order of the template */
    json_t *query;     /* the parameters of the query, typed; NULL without */
    char *body;
    size_t n_body, cap_body;
    uint64_t total_body; /* that arrived, also what was not kept */
    json_t *json;      /* the body, checked against the route's shape; NULL without */
    char idempotency_key[CALL_KEY_MAX + 1];
    const char *origin; /* the Origin header, when it may call; else NULL */
    const char *known_tags; /* the If-None-Match header; NULL without */
    bool takes_gzip;
    bool gpc;          /* Sec-GPC: 1: the browser's Global Privacy Control is on */
    const char *content_type, *accept; /* as they came; NULL: none */
    const char *attributes; /* X-Amzn-SageMaker-Custom-Attributes, which comes back as it came; NULL: none */

    struct view *view;
    int64_t key;       /* that the caller showed; 0: none */
    unsigned roles;    /* that the caller has */
    int64_t item;      /* that it changes */
    bool unsettled;    /* the same question may be answered otherwise in a moment: it is not kept */
    bool prepared;     /* the body has been read into `json` and checked */
    void *context;     /* of the handler: one block, freed with the call */
    struct {
        int64_t experiment; /* 0: none */
        uint32_t variant;
        double propensity;
        const char *user;   /* of `json` */
    } exposure;        /* to be written before the answer goes out (experiment.h) */

    struct {
        int64_t experiment; /* 0: none */
        uint32_t variant;
    } arm;             /* that its user got (arm_meters.h) */

    /* the answer */
    int status;        /* 0: not yet */
    const char *type;
    struct blob *blob;
    struct MHD_Response *stream; /* instead of blob: sent as it comes */
    int retry_after;   /* seconds; 0: none */
    char location[128];
    char allow[64];
    bool close;
    const char *cache_control; /* NULL: no-store */
    const char *tag;           /* ETag, quoted; NULL: none */
    const char *domain, *signature; /* of OpenDSR: who signed the body, and how; NULL: nobody */
    const char *policy;        /* Content-Security-Policy; NULL: none */
    bool gzipped, varies;      /* the body is; it would be another one for who takes (no) gzip */
};

/* The answer is `body` (taken over; emptied). */
void call_answer(struct call *self, int status, const char *type, struct str *body);
void call_answer_blob(struct call *self, int status, const char *type, struct blob *blob); /* takes over the hold */
void call_answer_json(struct call *self, int status, struct str *body);
void call_answer_empty(struct call *self, int status);

/* The answer is a problem document (RFC 9457).  code: a word that clients may rely on. */
void call_problem(struct call *self, int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* As above, for an error of a use case. */
void call_error(struct call *self, const struct error *err);
/* The same, with more members of the document: `extra` is JSON text, ,"result":{…} */
void call_error_with(struct call *self, const struct error *err, const char *extra);
/* 503 with Retry-After. */
void call_unavailable(struct call *self, int retry_after, const char *code, const struct error *err);
/* The same, and counted: too many wait. */
void call_overloaded(struct call *call);
/* 400 with the list of what does not fit. */
void call_faults(struct call *self, const struct shape_faults *faults);

/* Is the first parameter of the path an identifier?  False: the call has a problem for an answer, of `name`. */
bool call_check_id(struct call *self, const char *name);

/* What the caller may do: `wanted` are bits of enum key_role. */
bool call_may(const struct call *self, unsigned wanted);

/* Of the checked body or query: NULL, the default, when the field is absent (or null). */
const char *call_text(const json_t *object, const char *name);
int64_t call_int(const json_t *object, const char *name, int64_t missing);
double call_real(const json_t *object, const char *name, double missing);
bool call_bool(const json_t *object, const char *name, bool missing);

#endif
