/* attendant: the thread that sees to what came over the wire and takes longer than an answer.
 *
 * It has erasures carried out that were approved, one after the other, as jobs of the admin API (`privacy resume N`), and
 * tells those who asked for it what has become of their requests (callback.h).  What it finds to do is in the store, so
 * that nothing is forgotten when the server ends. */
#ifndef RECKON_SERVE_ATTENDANT_H
#define RECKON_SERVE_ATTENDANT_H

#include "base/error.h"

struct attendant;
struct server;

int attendant_start(struct attendant **out, struct server *server, struct error *err);
void attendant_wake(struct attendant *self); /* there is something new; any thread */
void attendant_stop(struct attendant *self); /* NULL is fine */

#endif
