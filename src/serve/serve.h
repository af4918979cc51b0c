/* serve: the workspace as an HTTP service, until a signal ends it.
 *
 * Threads: event loops of libmicrohttpd read requests, answer what they can at once (health, refusals, answers
 * that are still true) and hand the rest on: to workers, which compute answers with store connections of their
 * own; to the writer, the only one that writes, which commits many requests in one transaction; to the admin
 * threads, which run commands.  The thread that called serve_run keeps house: signals, what other processes
 * changed, time limits, the log.
 *
 * What a request is answered from (settings, keys, model) is one immutable view (view.h), swapped by one
 * pointer; a request keeps the view that it began with. */
#ifndef RECKON_SERVE_SERVE_H
#define RECKON_SERVE_SERVE_H

#include "command/app.h"

/* In a container of Amazon SageMaker, when no workspace is given, workspace, address and dialects are as its contract
 * says (container.h).  Announces on standard error, as a line of JSON, where it listens. */
int serve_run(struct app *app, const struct serve_options *options, struct error *err);

#endif
