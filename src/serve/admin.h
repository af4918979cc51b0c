/* admin: the command table over HTTP.
 *
 * POST /admin/v1/models/promote {"model": "blend"} runs `reckon models promote blend` and answers with its typed
 * result.  A long command becomes a job: 202 at once, its state, progress and result under /admin/jobs/ID, and
 * its events as a stream.  Files that a command names are within the workspace's directory "files". */
#ifndef RECKON_SERVE_ADMIN_H
#define RECKON_SERVE_ADMIN_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct admin;
struct call;
struct server;
struct desk;

int admin_new(struct admin **out, struct server *server, struct error *err);
void admin_cancel_all(struct admin *self); /* jobs that run are asked to stop; streams end */
void admin_free(struct admin *self);       /* waits for them; NULL is fine */
void admin_tick(struct admin *self);       /* wakes streams that have something to say; NULL is fine */

/* Begins a job for erasures that were interrupted, if there are any. */
void admin_resume_erasures(struct admin *self);

/* Has an erasure carried on, unless another one is (E_CONFLICT). */
int admin_carry_on(struct admin *self, int64_t number, struct error *err);

/* Handlers (handle_admin.c's lines in the route table). */
int admin_run(struct server *server, struct desk *desk, struct call *call, struct error *err);
int admin_job(struct server *server, struct desk *desk, struct call *call, struct error *err);
int admin_job_events(struct server *server, struct desk *desk, struct call *call, struct error *err);
int admin_job_cancel(struct server *server, struct desk *desk, struct call *call, struct error *err);
int admin_jobs(struct server *server, struct desk *desk, struct call *call, struct error *err);

/* The commands as paths of the OpenAPI document (a list of members, each with a comma before it). */
int admin_openapi(struct str *out);

#endif
