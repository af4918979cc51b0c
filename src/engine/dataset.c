#include "engine/dataset.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define DAY 86400.0

int dataset_alloc(struct dataset *self, uint32_t n_users, uint32_t n_items, uint64_t n_events, struct error *err)
{
    *self = (struct dataset){.n_users = n_users, .n_items = n_items, .n_events = n_events};
    self->user_start = mem_zalloc((size_t)n_users + 1, sizeof *self->user_start);
    self->item = mem_alloc(n_events, sizeof *self->item);
    self->time = mem_alloc(n_events, sizeof *self->time);
    self->weight = mem_alloc(n_events, sizeof *self->weight);
    self->item_key = mem_zalloc(n_items, sizeof *self->item_key);
    self->user_key = mem_zalloc(n_users, sizeof *self->user_key);
    if (self->user_start == NULL || self->item == NULL || self->time == NULL || self->weight == NULL ||
        self->item_key == NULL || self->user_key == NULL) {
        dataset_release(self);
        return error_nomem(err, "loading the events");
    }
    return 0;
}

void dataset_release(struct dataset *self)
{
    mem_free(self->user_start);
    mem_free(self->item);
    mem_free(self->time);
    mem_free(self->weight);
    mem_free(self->item_key);
    mem_free(self->user_key);
    *self = (struct dataset){0};
}

struct history dataset_history(const struct dataset *data, uint32_t u)
{
    uint64_t from = data->user_start[u];
    uint32_t n_traits = 0;
    const uint64_t *trait = data->traits == NULL ? NULL : user_traits_of(data->traits, data->user_key[u], &n_traits);
    return (struct history){
        .n_traits = n_traits,
        .trait = trait,
        .n = (uint32_t)(data->user_start[u + 1] - from),
        .item = data->item + from,
        .time = data->time + from,
        .weight = data->weight + from,
        .now = data->now,
    };
}

double weighting_event(const struct weighting *self, uint32_t now, uint32_t time, float weight)
{
    double age = now > time ? (double)(now - time) / DAY : 0;
    if (self->window_days > 0 && age > self->window_days)
        return 0;
    return self->half_life_days > 0 ? (double)weight * exp2(-age / self->half_life_days) : (double)weight;
}

/* Adds the event's worth to *sum; for COUNT_DAYS, `best` holds the largest of the day so far. */
static void count_event(enum counting counting, double worth, int same_day, double *sum, double *best)
{
    switch (counting) {
    case COUNT_ONCE:
        *sum = worth > *sum ? worth : *sum;
        break;
    case COUNT_DAYS:
        if (!same_day)
            *best = 0;
        if (worth > *best) {
            *sum += worth - *best;
            *best = worth;
        }
        break;
    case COUNT_SUM:
    case COUNT_LOG:
        *sum += worth;
        break;
    }
}

/* Where the items of a history are among those counted: a table of `size` (a power of two) places, the place of an
 * item at its hash or behind it.  It is as large as the history wants it, not as the catalogue. */
#define NO_PLACE UINT32_MAX

static uint32_t table_size(uint32_t n_events, uint32_t n_items)
{
    uint32_t distinct = n_events < n_items ? n_events : n_items, size = 16;
    while (size / 2 < distinct && size < UINT32_C(1) << 31)
        size *= 2;
    return size;
}

/* The item's place in the table, taken or free. */
static uint32_t *place_of(uint32_t *table, uint32_t size, const struct counted *counted, uint32_t item)
{
    uint32_t at = (uint32_t)((item * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (size - 1);
    while (table[at] != NO_PLACE && counted[table[at]].item != item)
        at = (at + 1) & (size - 1);
    return &table[at];
}

static uint32_t count_history(const struct weighting *w, const struct history *h, uint32_t n_items, uint32_t *table,
                              struct counted *out)
{
    uint32_t size = table_size(h->n, n_items), n = 0;
    memset(table, 0xff, size * sizeof *table);
    for (uint32_t i = 0; i < h->n; i++) {
        uint32_t item = h->item[i];
        if (item >= n_items)
            continue;
        double worth = weighting_event(w, h->now, h->time[i], h->weight[i]);
        if (!(worth > 0))
            continue;
        uint32_t day = h->time[i] / (uint32_t)DAY;
        uint32_t *place = place_of(table, size, out, item);
        int fresh = *place == NO_PLACE;
        if (fresh) {
            *place = n;
            out[n++] = (struct counted){.item = item};
        }
        struct counted *c = &out[*place];
        count_event(w->counting, worth, !fresh && c->day == day, &c->sum, &c->best);
        c->day = day;
        c->last = i;
    }
    for (uint32_t i = 0; i < n; i++)
        out[i].value = (float)(w->counting == COUNT_LOG ? log1p(out[i].sum) : out[i].sum);
    return n;
}

static size_t table_bytes(uint32_t n_events, uint32_t n_items)
{
    return (size_t)table_size(n_events, n_items) * sizeof(uint32_t);
}

size_t weighting_scratch(uint32_t n_items)
{
    return table_bytes(n_items, n_items) + ((size_t)n_items * sizeof(struct counted) + 63) / 64 * 64;
}

uint32_t weighting_history(const struct weighting *self, const struct history *history, uint32_t n_items,
                           void *scratch, struct counted **out)
{
    size_t table = table_bytes(history->n, n_items);
    struct counted *counted = (void *)((unsigned char *)scratch + table);
    *out = counted;
    return count_history(self, history, n_items, scratch, counted);
}

void weighting_spread(const struct weighting *self, const struct history *history, uint32_t n_items, void *scratch,
                      uint32_t n_counted, struct counted *counted, double *contribution)
{
    uint32_t size = table_size(history->n, n_items);
    for (uint32_t k = 0; k < n_counted; k++)
        counted[k].best = 0;
    for (uint32_t i = 0; i < history->n; i++) {
        contribution[i] = 0;
        uint32_t place = *place_of(scratch, size, counted, history->item[i]);
        if (place == NO_PLACE)
            continue;
        contribution[i] = weighting_event(self, history->now, history->time[i], history->weight[i]);
        counted[place].best += contribution[i];
    }
    for (uint32_t i = 0; i < history->n; i++)
        if (contribution[i] > 0) {
            const struct counted *c = &counted[*place_of(scratch, size, counted, history->item[i])];
            contribution[i] *= c->amount / c->best;
        }
}

void csr_release(struct csr *self)
{
    mem_free(self->start);
    mem_free(self->col);
    mem_free(self->val);
    *self = (struct csr){0};
}

void user_traits_release(struct user_traits *self)
{
    mem_free(self->user_key);
    mem_free(self->start);
    mem_free(self->trait);
    *self = (struct user_traits){0};
}

const uint64_t *user_traits_of(const struct user_traits *self, uint64_t user_key, uint32_t *n)
{
    uint32_t low = 0, high = self == NULL ? 0 : self->n_users;
    *n = 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (self->user_key[middle] < user_key)
            low = middle + 1;
        else
            high = middle;
    }
    if (self == NULL || low == self->n_users || self->user_key[low] != user_key)
        return NULL;
    *n = (uint32_t)(self->start[(size_t)low + 1] - self->start[low]);
    return self->trait + self->start[low];
}

void item_terms_release(struct item_terms *self)
{
    csr_release(&self->counts);
    mem_free(self->key);
    mem_free(self->embedded);
    *self = (struct item_terms){0};
}

/* Rows in the order of events, columns unsorted; room for every event. */
static int fill_rows(struct csr *m, const struct dataset *data, const struct weighting *w, uint32_t *table,
                     struct counted *counted)
{
    int plain = 1;
    uint64_t at = 0;
    for (uint32_t u = 0; u < data->n_users; u++) {
        struct history h = dataset_history(data, u);
        uint32_t n = count_history(w, &h, data->n_items, table, counted);
        m->start[u] = at;
        for (uint32_t i = 0; i < n; i++, at++) {
            m->col[at] = counted[i].item;
            m->val[at] = counted[i].value;
            plain &= counted[i].value == 1.0f;
        }
    }
    m->start[data->n_users] = at;
    return plain;
}

int csr_from_events(struct csr *self, const struct dataset *data, const struct weighting *weighting,
                    struct error *err)
{
    int rc = 0;
    struct csr rows = {.rows = data->n_users, .cols = data->n_items}, columns = {0};
    uint32_t *table = mem_alloc(1, table_bytes(data->n_items, data->n_items));
    struct counted *counted = mem_alloc(data->n_items, sizeof *counted);
    rows.start = mem_alloc((size_t)data->n_users + 1, sizeof *rows.start);
    rows.col = mem_alloc(data->n_events, sizeof *rows.col);
    rows.val = mem_alloc(data->n_events, sizeof *rows.val);
    if (table == NULL || counted == NULL || rows.start == NULL || rows.col == NULL || rows.val == NULL) {
        rc = error_nomem(err, "counting the events");
        goto out;
    }
    if (fill_rows(&rows, data, weighting, table, counted)) {
        mem_free(rows.val);
        rows.val = NULL;
    }
    /* Transposing twice sorts the columns of each row. */
    if ((rc = csr_transpose(&columns, &rows, err)) != 0)
        goto out;
    csr_release(&rows);
    rc = csr_transpose(self, &columns, err);
out:
    csr_release(&columns);
    csr_release(&rows);
    mem_free(counted);
    mem_free(table);
    return rc;
}

int csr_from_dataset(struct csr *self, const struct dataset *data, double half_life_days, int binary,
                     struct error *err)
{
    struct weighting w = {.counting = COUNT_SUM, .half_life_days = half_life_days};
    if (binary)
        w = (struct weighting){.counting = COUNT_ONCE};
    int rc = csr_from_events(self, data, &w, err);
    if (rc == 0 && binary) {
        mem_free(self->val);
        self->val = NULL;
    }
    return rc;
}

int csr_transpose(struct csr *out, const struct csr *in, struct error *err)
{
    uint64_t n = in->start[in->rows];
    struct csr t = {.rows = in->cols, .cols = in->rows};
    t.start = mem_zalloc((size_t)in->cols + 2, sizeof *t.start);
    t.col = mem_alloc(n, sizeof *t.col);
    t.val = in->val == NULL ? NULL : mem_alloc(n, sizeof *t.val);
    if (t.start == NULL || t.col == NULL || (in->val != NULL && t.val == NULL)) {
        csr_release(&t);
        return error_nomem(err, "transposing a matrix");
    }
    /* start[c + 1] first counts, then runs ahead as the place of column c's next entry. */
    for (uint64_t i = 0; i < n; i++)
        t.start[(size_t)in->col[i] + 2]++;
    for (uint32_t c = 0; c < in->cols; c++)
        t.start[(size_t)c + 2] += t.start[(size_t)c + 1];
    for (uint32_t r = 0; r < in->rows; r++)
        for (uint64_t i = in->start[r]; i < in->start[(size_t)r + 1]; i++) {
            uint64_t at = t.start[(size_t)in->col[i] + 1]++;
            t.col[at] = r;
            if (t.val != NULL)
                t.val[at] = in->val[i];
        }
    *out = t;
    return 0;
}
