/* server_view: what a running server says of itself (/metrics and /readyz), and what that comes to between two looks. */
#ifndef RECKON_COMMAND_SERVER_VIEW_H
#define RECKON_COMMAND_SERVER_VIEW_H

#include <stdbool.h>

#include "base/job.h"
#include "command/result.h"

enum { SERVER_ROUTES = 80, SERVER_BUCKETS = 24, SERVER_NAME = 80, SERVER_TOKEN = 512 };

struct server_route {
    char name[SERVER_NAME];
    double answered, failed; /* all; those of 4xx and 5xx */
    double server_errors;    /* 5xx */
    double le[SERVER_BUCKETS], bucket[SERVER_BUCKETS]; /* cumulative */
    size_t n_buckets;
};

/* One look; counters since the server started. */
struct server_sample {
    double at; /* seconds, monotonic */
    char state[32], model[SERVER_NAME], problems[256];
    struct server_route routes[SERVER_ROUTES];
    size_t n_routes;
    double cache_hits, cache_misses, events_added, shed, limited, refused, commit_failures;
    double connections, in_flight, queued, writing, memory, cpu, started;
};

/* Reads the text of /metrics into a zeroed sample; lines that are not understood are passed over. */
void server_sample_parse(struct server_sample *out, const char *text);

/* Asks a server: url without a path ("http://127.0.0.1:8080").  E_IO: not reached; E_REFUSED: a key is wanted. */
int server_sample_read(struct server_sample *out, const char *url, const char *token, struct job *job,
                       struct error *err);

/* One row for each route that was asked since `before`, or since the server started (before NULL), the busiest first:
 * route, rate, errors, p50, p95, p99, total; and facts. */
void server_report(struct result *out, const struct server_sample *before, const struct server_sample *now);

/* The key of the server: the content of a file that only its owner may read, or $RECKON_TOKEN; "" when there is none. */
int server_token(const char *file, char out[SERVER_TOKEN], struct error *err);

#endif
