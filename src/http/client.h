/* client: requests to other programs over HTTP, many at once from one thread, on libcurl's multi interface.
 *
 * What every caller gets: HTTPS with certificates checked, plain HTTP only to this machine (a key on the wire is a key
 * given away), unless the person named the address themselves (`plain`); no redirect is followed, so that a token goes to nobody else; an answer has a largest size, a time for
 * all of it, and a time in which something must come; connections are kept for the next request.
 *
 * Whoever makes a client owns it and calls it from one thread; callbacks run inside client_poll, and may submit more.
 * A request's strings and body are borrowed until its `done` was called. */
#ifndef RECKON_HTTP_CLIENT_H
#define RECKON_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

struct client;
struct job;

/* What came back.  `rc` is 0 when an answer came, of whatever status; else `error` says why none did. */
struct client_answer {
    int rc;
    struct error error;
    long status;
    bool sent;         /* the request may have reached the other side, and may have been obeyed */
    struct str body;   /* empty where `bytes` took it */
    char content_type[96], request_id[96];
    double retry_after; /* seconds that the other side asks to wait; negative: it did not say */
    int should_retry;   /* x-should-retry: 1 true, 0 false, -1: it did not say */
};

/* A piece of a 2xx answer, as it comes; not 0: nothing more is wanted, and the answer fails with `err`. */
typedef int (*client_bytes_fn)(void *context, const char *bytes, size_t n, struct error *err);
typedef void (*client_done_fn)(void *context, const struct client_answer *answer);

struct client_request {
    const char *method, *url;
    const char *token;        /* "Authorization: Bearer"; NULL or "": none */
    const char *content_type; /* of the body; NULL: there is none */
    const char *accept;       /* NULL: anything */
    const char *headers[4];   /* further ones, "Name: value"; NULL at the end */
    const void *body;
    size_t body_bytes;
    bool plain;               /* HTTP to any machine: the address was typed by whoever asks, not read from a file */
    bool once;                /* never made twice: libcurl repeats what goes over a kept connection that turns out to be dead */
    size_t answer_max;        /* bytes of an answer, however it is taken */
    long timeout_ms, idle_ms; /* all of it; without a byte (0: as long as all of it) */
    client_bytes_fn bytes;    /* NULL: the answer is collected */
    client_done_fn done;
    void *context;
};

/* E_USAGE with what is wrong: not a URL, another protocol, HTTP to another machine, a name or password in it. */
int client_check_url(const char *url, struct error *err);

/* The same, and its host as it is written there, with ":port" where one is ("shop.example", "[::1]:8080"). */
int client_url_host(const char *url, char *out, size_t size, struct error *err);

int client_new(struct client **out, unsigned connections, struct error *err);
void client_free(struct client *self); /* what is under way is dropped; `done` is not called; NULL is fine */

int client_submit(struct client *self, const struct client_request *request, struct error *err);
unsigned client_pending(const struct client *self);

/* One GET, of whatever status, into `out`, which was initialised and whose maximum holds.  E_IO: it cannot be reached;
 * E_CANCELLED. */
int client_get(const char *url, const char *token, bool plain, long timeout_ms, struct job *job, struct str *out,
               long *status, struct error *err);

/* Waits until something happens or the time is over, and calls `done` of what has ended. */
int client_poll(struct client *self, int timeout_ms, struct error *err);

#endif
