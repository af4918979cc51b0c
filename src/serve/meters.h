/* meters: what /metrics shows, counted without locks. */
#ifndef RECKON_SERVE_METERS_H
#define RECKON_SERVE_METERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/str.h"

enum { METERS_ROUTES = 72, METERS_CLASSES = 6, METERS_BUCKETS = 14 };

/*    field               name                                    help */
#define METERS_COUNTERS(X)                                                                                     \
    X(cache_hits, "reckon_answer_cache_hits_total", "Answers given from the cache.")                           \
    X(cache_misses, "reckon_answer_cache_misses_total", "Answers that had to be computed.")                    \
    X(events_added, "reckon_events_added_total", "Events stored.")                                             \
    X(events_present, "reckon_events_present_total", "Events posted that the store had already.")              \
    X(slates_recorded, "reckon_slates_recorded_total", "Slates recorded.")                                     \
    X(slates_dropped, "reckon_slates_dropped_total", "Slates not recorded because too many waited, or none could be.") \
    X(commits, "reckon_store_commits_total", "Transactions of the writer.")                                    \
    X(commit_failures, "reckon_store_commit_failures_total", "Transactions that could not be committed.")      \
    X(shed, "reckon_requests_shed_total", "Requests turned away because too many waited.")                     \
    X(limited, "reckon_requests_limited_total", "Requests turned away by a rate limit.")                       \
    X(refused, "reckon_requests_refused_total", "Requests without a good enough key.")                         \
    X(timed_out, "reckon_connections_timed_out_total", "Connections closed because a request did not arrive.") \
    X(views, "reckon_views_total", "Times that model, keys or settings were swapped.")                         \
    X(rollout_steps, "reckon_rollout_steps_total", "Steps of rollouts that this server took.")                 \
    X(rollbacks, "reckon_rollbacks_total", "Rollouts that this server rolled back.")                           \
    X(captions_written, "reckon_captions_written_total", "Captions in answers that a language model wrote.")   \
    X(captions_template, "reckon_captions_template_total", "Captions in answers that are a sentence of reckon's own.") \
    X(captions_asked, "reckon_captions_asked_total", "Captions that were looked for or had written, in the background.") \
    X(captions_refused, "reckon_captions_refused_total", "Of them, those that the checks refused.")             \
    X(captions_failed, "reckon_captions_failed_total", "Of them, those that nobody could write.")             \
    X(captions_dropped, "reckon_captions_dropped_total", "Captions not asked for because too many waited.")    \
    X(items_answered, "reckon_items_recommended_total", "Items in answers that were computed.")

struct meter_route {
    atomic_uint_least64_t by_class[METERS_CLASSES]; /* 1xx .. 5xx; 0: unused */
    atomic_uint_least64_t bucket[METERS_BUCKETS];
    atomic_uint_least64_t micros;
};

struct meters {
    struct meter_route routes[METERS_ROUTES];
#define X(field, name, help) atomic_uint_least64_t field;
    METERS_COUNTERS(X)
#undef X
    atomic_int_least64_t connections, in_flight, queued, writing, cache_bytes, cache_entries, body_bytes;
};

unsigned meters_bucket(uint64_t micros);
void meters_request(struct meters *self, unsigned route, int status, uint64_t micros);

static inline void meters_add(atomic_uint_least64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* In the text format of Prometheus.  route_name: the label of each route, NULL where there is none. */
int meters_render(struct str *out, struct meters *self, const char *const route_name[METERS_ROUTES]);

/* One more family of one sample. */
void meters_gauge(struct str *out, const char *name, const char *help, const char *labels, double value);

#endif
