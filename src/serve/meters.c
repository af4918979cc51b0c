#include "serve/meters.h"

#include <stdio.h>

static const uint64_t bounds_us[METERS_BUCKETS - 1] = {250,   500,    1000,   2500,   5000,    10000,  25000,
                                                       50000, 100000, 250000, 500000, 1000000, 2500000};

unsigned meters_bucket(uint64_t micros)
{
    unsigned b = 0;
    while (b < METERS_BUCKETS - 1 && micros > bounds_us[b])
        b++;
    return b;
}

void meters_request(struct meters *self, unsigned route, int status, uint64_t micros)
{
    struct meter_route *r = &self->routes[route < METERS_ROUTES ? route : METERS_ROUTES - 1];
    unsigned c = (unsigned)status / 100;
    meters_add(&r->by_class[c < METERS_CLASSES ? c : 0], 1);
    meters_add(&r->bucket[meters_bucket(micros)], 1);
    meters_add(&r->micros, micros);
}

static uint64_t get(atomic_uint_least64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void put_family(struct str *out, const char *name, const char *type, const char *help)
{
    str_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_requests(struct str *out, struct meters *self, const char *const *route_name)
{
    put_family(out, "reckon_requests_total", "counter", "Requests answered, by route and class of status.");
    for (unsigned i = 0; i < METERS_ROUTES; i++)
        for (unsigned c = 1; route_name[i] != NULL && c < METERS_CLASSES; c++) {
            uint64_t n = get(&self->routes[i].by_class[c]);
            if (n > 0)
                str_printf(out, "reckon_requests_total{route=\"%s\",status=\"%uxx\"} %llu\n", route_name[i], c,
                           (unsigned long long)n);
        }
}

static void put_histogram(struct str *out, struct meter_route *r, const char *route)
{
    uint64_t n = 0;
    for (unsigned b = 0; b < METERS_BUCKETS; b++) {
        n += get(&r->bucket[b]);
        if (b < METERS_BUCKETS - 1)
            str_printf(out, "reckon_request_seconds_bucket{route=\"%s\",le=\"%g\"} %llu\n", route,
                       (double)bounds_us[b] * 1e-6, (unsigned long long)n);
        else
            str_printf(out, "reckon_request_seconds_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", route,
                       (unsigned long long)n);
    }
    str_printf(out, "reckon_request_seconds_sum{route=\"%s\"} %.6f\n", route, (double)get(&r->micros) * 1e-6);
    str_printf(out, "reckon_request_seconds_count{route=\"%s\"} %llu\n", route, (unsigned long long)n);
}

static bool was_used(struct meter_route *r)
{
    for (unsigned b = 0; b < METERS_BUCKETS; b++)
        if (get(&r->bucket[b]) > 0)
            return true;
    return false;
}

void meters_gauge(struct str *out, const char *name, const char *help, const char *labels, double value)
{
    put_family(out, name, "gauge", help);
    str_printf(out, "%s%s %.17g\n", name, labels, value);
}

int meters_render(struct str *out, struct meters *self, const char *const route_name[METERS_ROUTES])
{
    put_requests(out, self, route_name);
    put_family(out, "reckon_request_seconds", "histogram", "Time from the head of a request to the end of its answer.");
    for (unsigned i = 0; i < METERS_ROUTES; i++)
        if (route_name[i] != NULL && was_used(&self->routes[i]))
            put_histogram(out, &self->routes[i], route_name[i]);
#define X(field, name, help)                                                                                         \
    put_family(out, name, "counter", help);                                                                          \
    str_printf(out, "%s %llu\n", name, (unsigned long long)get(&self->field));
    METERS_COUNTERS(X)
#undef X
    meters_gauge(out, "reckon_connections", "Open connections.", "", (double)atomic_load(&self->connections));
    meters_gauge(out, "reckon_requests_in_flight", "Requests begun and not ended.", "",
                 (double)atomic_load(&self->in_flight));
    meters_gauge(out, "reckon_queue_length", "Requests that wait for a worker.", "",
                 (double)atomic_load(&self->queued));
    meters_gauge(out, "reckon_writer_queue_length", "Requests that wait to be written.", "",
                 (double)atomic_load(&self->writing));
    meters_gauge(out, "reckon_answer_cache_bytes", "Memory of the answers kept.", "",
                 (double)atomic_load(&self->cache_bytes));
    meters_gauge(out, "reckon_answer_cache_entries", "Answers kept.", "", (double)atomic_load(&self->cache_entries));
    meters_gauge(out, "reckon_body_bytes", "Bodies of requests in memory.", "", (double)atomic_load(&self->body_bytes));
    return out->failed ? -1 : 0;
}
