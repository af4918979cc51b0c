/* dialect_opendsr: OpenDSR (formerly OpenGDPR) 3.0, by which platforms send requests of people to those who process their data.
 *
 * Routes /discovery, /requests, /requests/ID, /certificate.pem, with or without a version (/v3/requests), and under their
 * former name (/opengdpr_requests).  Every answer that is no error is signed (opendsr_signer.h).  A request is a case of
 * rights.h; whoever calls it vouches for the person. */
#ifndef RECKON_SERVE_DIALECT_OPENDSR_H
#define RECKON_SERVE_DIALECT_OPENDSR_H

#include "serve/shape.h"

/* dialect_opendsr_request.c: an address that may be told of a case: https, or http to this machine; its host in the setting
 * privacy.callback-hosts. */
bool dialect_opendsr_may_call(const char *url, const char *hosts, char why[200]);

extern const struct shape dialect_opendsr_body[];

struct call;
struct desk;
struct server;
struct error;
int dialect_opendsr_request(struct server *server, struct desk *desk, struct call *call, struct error *err);

struct str;
/* Answers with the body, signed. */
int dialect_opendsr_answer(struct server *server, struct call *call, int status, struct str *body, struct error *err);

#endif
