/* access: who calls, what they may do, and how often.  Each is asked before the body of a request is there; false: the
 * call has its refusal for an answer. */
#ifndef RECKON_SERVE_ACCESS_H
#define RECKON_SERVE_ACCESS_H

#include "serve/call.h"

/* Fills key and roles from the headers (NULL: absent).  No key and no roles are enough for what is open. */
bool access_identify(struct call *call, const char *authorization, const char *host);

/* Do the caller's roles suffice for the route? */
bool access_authorize(struct call *call);

/* Rates per key and per address. */
bool access_within_rate(struct call *call);

#endif
