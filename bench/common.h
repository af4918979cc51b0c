/* What programs of bench/ share: clocks, and data sets from files of sequences. */
#ifndef RECKON_BENCH_COMMON_H
#define RECKON_BENCH_COMMON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/dataset.h"

static inline void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

struct moment {
    double wall, cpu;
};

static inline struct moment moment(void)
{
    struct timespec wall, cpu;
    clock_gettime(CLOCK_MONOTONIC, &wall);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return (struct moment){(double)wall.tv_sec + 1e-9 * (double)wall.tv_nsec,
                           (double)cpu.tv_sec + 1e-9 * (double)cpu.tv_nsec};
}

/* One user a line, `user item item ...`, all of them integers.  The items become dense by their order of appearance. */
static inline void read_sequences(struct dataset *data, const char *path)
{
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t size = 0, users = 0, events = 0, room = 0;
    uint32_t *item = NULL, *dense = mem_alloc(1u << 24, sizeof *dense), items = 0;
    uint64_t *start = mem_alloc(1u << 24, sizeof *start);
    if (in == NULL || dense == NULL || start == NULL)
        die(path);
    memset(dense, 0xff, (1u << 24) * sizeof *dense);
    while (getline(&line, &size, in) > 0) {
        char *at = line;
        strtoul(at, &at, 10);
        start[users++] = events;
        for (char *end;; at = end, events++) {
            unsigned long id = strtoul(at, &end, 10);
            if (end == at)
                break;
            if (id >= 1u << 24 || mem_grow((void **)&item, &room, events + 1, sizeof *item) != 0)
                die("an item is not a small number");
            if (dense[id] == UINT32_MAX)
                dense[id] = items++;
            item[events] = dense[id];
        }
    }
    if (dataset_alloc(data, (uint32_t)users, items, events, NULL) != 0)
        die("out of memory");
    for (size_t u = 0; u < users; u++) {
        data->user_start[u + 1] = u + 1 < users ? start[u + 1] : events;
        data->user_key[u] = u + 1;
    }
    for (uint32_t i = 0; i < items; i++)
        data->item_key[i] = rng_key(&i, sizeof i);
    data->now = 1000000000;
    for (size_t e = 0; e < events; e++) {
        data->item[e] = item[e];
        data->time[e] = data->now;
        data->weight[e] = 1;
    }
    fclose(in);
    free(line);
    mem_free(item);
    mem_free(dense);
    mem_free(start);
}

#endif
