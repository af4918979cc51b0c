#include "engine/evaluation.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int evaluation_init(struct evaluation *self, uint32_t n_users, unsigned metrics, const uint32_t *k, uint32_t n_k,
                    struct error *err)
{
    *self = (struct evaluation){.n_users = n_users};
    int ok = 1;
    for (int id = 0; id < METRIC_COUNT; id++)
        for (uint32_t i = 0; (metrics >> id & 1) && i < (metric_specs[id].at ? n_k : 1); i++) {
            struct evaluate_column *c = &self->column[self->n_columns++];
            *c = (struct evaluate_column){.metric = (enum metric_id)id, .k = metric_specs[id].at ? k[i] : 0};
            if (metric_specs[id].each)
                ok &= (c->value = mem_zalloc(n_users, sizeof *c->value)) != NULL;
        }
    self->user = mem_zalloc(n_users, sizeof *self->user);
    self->user_key = mem_zalloc(n_users, sizeof *self->user_key);
    if (ok && self->user != NULL && self->user_key != NULL)
        return 0;
    evaluation_release(self);
    return error_nomem(err, "evaluation");
}

void evaluation_release(struct evaluation *self)
{
    for (uint32_t c = 0; c < self->n_columns; c++)
        mem_free(self->column[c].value);
    mem_free(self->user);
    mem_free(self->user_key);
    mem_free(self->list_length);
    mem_free(self->list);
    mem_free(self->relevant_start);
    mem_free(self->relevant);
    *self = (struct evaluation){0};
}

const struct evaluate_column *evaluation_column(const struct evaluation *self, enum metric_id metric, uint32_t k)
{
    for (uint32_t c = 0; c < self->n_columns; c++)
        if (self->column[c].metric == metric && (self->column[c].k == 0 || self->column[c].k == k))
            return &self->column[c];
    return NULL;
}

double evaluation_mean(const struct evaluation *self, enum metric_id metric, uint32_t k)
{
    const struct evaluate_column *c = evaluation_column(self, metric, k);
    return c == NULL ? 0 : c->mean;
}

/* A user of one of the parts. */
struct seat {
    uint64_t key;
    uint32_t part, row;
};

static int by_key(const void *a, const void *b)
{
    const struct seat *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->part < y->part ? -1 : x->part > y->part;
}

/* All users of all parts, those with the same key together; *n_distinct: how many keys. */
static struct seat *seat_users(const struct evaluation *const *parts, uint32_t n, size_t *n_seats,
                               uint32_t *n_distinct)
{
    size_t total = 0, at = 0;
    for (uint32_t p = 0; p < n; p++)
        total += parts[p]->n_users;
    struct seat *seats = mem_alloc(total, sizeof *seats);
    if (seats == NULL)
        return NULL;
    for (uint32_t p = 0; p < n; p++)
        for (uint32_t i = 0; i < parts[p]->n_users; i++)
            seats[at++] = (struct seat){parts[p]->user_key[i], p, i};
    qsort(seats, total, sizeof *seats, by_key);
    *n_distinct = 0;
    for (size_t i = 0; i < total; i++)
        *n_distinct += i == 0 || seats[i].key != seats[i - 1].key;
    *n_seats = total;
    return seats;
}

static int same_columns(const struct evaluation *a, const struct evaluation *b)
{
    int same = a->n_columns == b->n_columns;
    for (uint32_t c = 0; same && c < a->n_columns; c++)
        same = a->column[c].metric == b->column[c].metric && a->column[c].k == b->column[c].k;
    return same;
}

static void average_values(struct evaluation *out, const struct evaluation *const *parts, const struct seat *seats,
                           size_t n_seats)
{
    uint32_t row = 0;
    for (size_t from = 0, to; from < n_seats; from = to, row++) {
        for (to = from + 1; to < n_seats && seats[to].key == seats[from].key;)
            to++;
        out->user_key[row] = seats[from].key;
        out->user[row] = parts[seats[from].part]->user[seats[from].row];
        for (uint32_t c = 0; c < out->n_columns; c++) {
            double sum = 0;
            for (size_t i = from; out->column[c].value != NULL && i < to; i++)
                sum += parts[seats[i].part]->column[c].value[seats[i].row];
            if (out->column[c].value != NULL)
                out->column[c].value[row] = sum / (double)(to - from);
        }
    }
}

int evaluation_average(struct evaluation *out, const struct evaluation *const *parts, uint32_t n, struct error *err)
{
    for (uint32_t p = 0; p < n; p++)
        if (!same_columns(parts[p], parts[0]))
            return error_set(err, E_USAGE, "evaluation", "the evaluations to average measured different things");
    if (n == 0)
        return error_set(err, E_USAGE, "evaluation", "there is nothing to average");
    unsigned metrics = 0;
    uint32_t k[EVALUATE_K_MAX] = {0}, n_k = 0, n_distinct, first = METRIC_COUNT;
    for (uint32_t c = 0; c < parts[0]->n_columns; c++) {
        const struct evaluate_column *column = &parts[0]->column[c];
        metrics |= 1u << column->metric;
        if (column->k > 0 && (first == METRIC_COUNT || column->metric == first) && n_k < EVALUATE_K_MAX) {
            first = column->metric;
            k[n_k++] = column->k;
        }
    }
    size_t n_seats;
    struct seat *seats = seat_users(parts, n, &n_seats, &n_distinct);
    if (seats == NULL)
        return error_nomem(err, "evaluation");
    struct evaluation made;
    int rc = evaluation_init(&made, n_distinct, metrics, k, n_k, err);
    if (rc == 0) {
        made.n_items = parts[0]->n_items;
        average_values(&made, parts, seats, n_seats);
        for (uint32_t c = 0; c < made.n_columns; c++)
            for (uint32_t p = 0; p < n; p++)
                made.column[c].mean += parts[p]->column[c].mean / n;
        *out = made;
    }
    mem_free(seats);
    return rc;
}
