/* callback: tells those who asked for it what has become of their requests (store/origins.h), as OpenDSR wants it: a signed
 * POST at every change of the status, again when it did not arrive, for a week.
 *
 * Addresses were checked when they were taken, and are checked again: their hosts must be in the setting
 * privacy.callback-hosts, so that nobody makes the server call what only it can reach. */
#ifndef RECKON_SERVE_CALLBACK_H
#define RECKON_SERVE_CALLBACK_H

#include <stdbool.h>

#include "base/error.h"

struct client;
struct server;
struct store;

/* Tells all whose time has come; calls `meanwhile` every 100 ms until it is done or answers false.
 * After an error, and when it answered false, the client has requests that nobody waits for: free it. */
int callback_tell_all(struct server *server, struct store *store, struct client *client,
                      bool (*meanwhile)(void *context), void *context, struct error *err);

#endif
