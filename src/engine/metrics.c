#include "engine/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct metric_spec metric_specs[METRIC_COUNT] = {
#define X(id, name, at, each, definition) {name, at, each, definition},
    METRICS(X)
#undef X
};

char *metric_label(enum metric_id id, uint32_t k, char *out, size_t size)
{
    if (metric_specs[id].at)
        snprintf(out, size, "%s@%u", metric_specs[id].name, k);
    else
        snprintf(out, size, "%s", metric_specs[id].name);
    return out;
}

int metric_find(const char *label, uint32_t *k)
{
    size_t length = strcspn(label, "@");
    unsigned long depth = 0;
    if (label[length] == '@') {
        char *end;
        depth = strtoul(label + length + 1, &end, 10);
        if (label[length + 1] < '1' || label[length + 1] > '9' || *end != '\0' || depth > UINT32_MAX)
            return -1;
    }
    for (int id = 0; id < METRIC_COUNT; id++)
        if (strlen(metric_specs[id].name) == length && memcmp(metric_specs[id].name, label, length) == 0 &&
            (metric_specs[id].at || depth == 0)) {
            *k = (uint32_t)depth;
            return id;
        }
    return -1;
}

static double discount(uint32_t rank)
{
    return 1 / log2((double)rank + 2);
}

static double ndcg(const uint8_t *hit, uint32_t n, uint32_t relevant, uint32_t k)
{
    double gained = 0, ideal = 0;
    for (uint32_t i = 0; i < n; i++)
        if (hit[i])
            gained += discount(i);
    for (uint32_t i = 0; i < k && i < relevant; i++)
        ideal += discount(i);
    return gained / ideal;
}

static double sum_of_precisions(const uint8_t *hit, uint32_t n)
{
    double sum = 0;
    uint32_t hits = 0;
    for (uint32_t i = 0; i < n; i++)
        if (hit[i])
            sum += ++hits / (i + 1.0);
    return sum;
}

double metric_of_hits(enum metric_id id, const uint8_t *hit, uint32_t n_list, uint32_t relevant, uint32_t k)
{
    uint32_t n = n_list < k ? n_list : k, hits = 0, first = n;
    for (uint32_t i = n; i-- > 0;)
        if (hit[i]) {
            hits++;
            first = i;
        }
    switch (id) {
    case METRIC_PRECISION:
        return (double)hits / k;
    case METRIC_RECALL:
        return (double)hits / relevant;
    case METRIC_NDCG:
        return hits == 0 ? 0 : ndcg(hit, n, relevant, k);
    case METRIC_MAP:
        return sum_of_precisions(hit, n) / relevant;
    case METRIC_MAP_MIN:
        return sum_of_precisions(hit, n) / (relevant < k ? relevant : k);
    case METRIC_MRR:
        return hits == 0 ? 0 : 1.0 / (first + 1);
    case METRIC_HIT_RATE:
        return hits > 0;
    default:
        return 0;
    }
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

double metric_gini(uint32_t *counts, uint32_t n)
{
    double weighted = 0, sum = 0;
    qsort(counts, n, sizeof *counts, ascending);
    for (uint32_t i = 0; i < n; i++) {
        weighted += (2.0 * i + 1 - n) * counts[i];
        sum += counts[i];
    }
    return sum > 0 ? weighted / (n * sum) : 0;
}
