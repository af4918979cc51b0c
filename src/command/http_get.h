/* http_get: one GET over HTTP or HTTPS, bounded in time and size, that can be cancelled. */
#ifndef RECKON_COMMAND_HTTP_GET_H
#define RECKON_COMMAND_HTTP_GET_H

#include "base/error.h"
#include "base/job.h"
#include "base/str.h"

struct http_get {
    const char *url;
    const char *token; /* sent as "Authorization: Bearer"; NULL or "": none */
    long timeout_ms;
    struct job *job;
};

/* The body, of whatever status; no redirect is followed, so that a token goes nowhere else.  E_IO: the server cannot be
 * reached; E_CANCELLED.  out was initialised, and its maximum holds. */
int http_get(const struct http_get *self, struct str *out, long *status, struct error *err);

#endif
