/* What is counted: each person's part, bounded. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "privacy/counted.h"
#include "privacy/noisy.h"
#include "privacy/value_set.h"
#include "store/extract.h"

enum { STEP_ROWS = 4096 };

/* A row that counts: its cell, or of a mean its value in steps. */
struct part {
    int64_t person, value;
    uint64_t order;
};

struct parts {
    struct part *part;
    size_t n, cap;
};

struct reading {
    struct noisy_exact *exact;
    const struct noisy_request *request;
    const struct value_set *domain;
    enum extract_type type;
    struct counted counted;
    struct parts now, linked; /* of one user; of all who have several identifiers */
    bool person_linked;       /* whose `now` is */
    uint32_t *seen, round;    /* by cell: of whom it was counted */
    uint64_t rows;
    struct job *job;
    struct error *err;
};

/* ---- bounding --------------------------------------------------------------------------------------------- */

/* Whether it still counts, after `n` of the person did. */
static bool counts(struct reading *r, const struct part *p, uint32_t n)
{
    bool top = r->request->question == NOISY_TOP; /* each value is a question of its own: there is nothing to bound */
    if (n >= r->request->per_person && !top)
        return false;
    if (!top && (!r->request->people || r->request->question == NOISY_MEAN))
        return true;
    bool again = r->seen[p->value] == r->round;
    r->seen[p->value] = r->round;
    return !again;
}

/* The parts of one person, in order. */
static void add_person(struct reading *r, const struct part *part, size_t n)
{
    uint32_t counted = 0;
    r->round++;
    for (size_t i = 0; i < n; i++) {
        if (!counts(r, &part[i], counted))
            continue;
        counted++;
        if (r->request->question == NOISY_MEAN) {
            r->exact->cells[0] += part[i].value;
            r->exact->cells[1]++;
        } else {
            r->exact->cells[part[i].value]++;
        }
    }
}

static int push(struct parts *self, const struct part *part, struct error *err)
{
    if (mem_grow((void **)&self->part, &self->cap, self->n + 1, sizeof *self->part) != 0)
        return error_nomem(err, "the answer");
    self->part[self->n++] = *part;
    return 0;
}

static int end_user(struct reading *r)
{
    int rc = 0;
    if (!r->person_linked)
        add_person(r, r->now.part, r->now.n);
    for (size_t i = 0; rc == 0 && r->person_linked && i < r->now.n; i++)
        rc = push(&r->linked, &r->now.part[i], r->err);
    r->now.n = 0;
    return rc;
}

static int by_person(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static int end_all(struct reading *r)
{
    int rc = end_user(r);
    struct parts *l = &r->linked;
    if (rc != 0 || l->n == 0)
        return rc;
    qsort(l->part, l->n, sizeof *l->part, by_person);
    for (size_t i = 0, end; i < l->n; i = end) {
        for (end = i + 1; end < l->n && l->part[end].person == l->part[i].person;)
            end++;
        add_person(r, l->part + i, end - i);
    }
    return 0;
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

/* False: it counts nowhere. */
static bool value_of(const struct reading *r, const struct extract_value *v, int64_t *value)
{
    const struct noisy_request *q = r->request;
    uint32_t number;
    if (q->question == NOISY_COUNT) {
        *value = 0;
        return true;
    }
    if (v->missing)
        return false;
    if (r->type == EXTRACT_TEXT) {
        if (!value_set_find(r->domain, v->text, &number))
            return false;
        *value = number;
        return true;
    }
    double x = v->number;
    if (!isfinite(x))
        return false;
    if (q->question == NOISY_MEAN) {
        x = fmin(fmax(x, q->low), q->high);
        *value = (int64_t)fmin(fmax(round((x - r->exact->middle) / r->exact->step), -(double)r->exact->steps),
                               (double)r->exact->steps);
        return true;
    }
    if (x < q->low || x > q->high)
        return false;
    *value = (int64_t)fmin(floor((x - q->low) / (q->high - q->low) * q->bins), q->bins - 1.0);
    return true;
}

static int take_row(void *context, int64_t user, const struct extract_value *values)
{
    struct reading *r = context;
    struct part part = {.order = r->rows++};
    int64_t before = r->counted.user;
    /* How many there are is not for those to know who watch. */
    if (r->rows % STEP_ROWS == 0 && job_step(r->job, "counting", 0, 0, ""))
        return job_error_cancelled(r->err, "the answer");
    int rc = user != before && r->now.n > 0 ? end_user(r) : 0;
    rc = rc != 0 ? rc : counted_person(&r->counted, user, &part.person, r->err);
    if (rc != 0 || part.person == 0 || !value_of(r, values, &part.value))
        return rc;
    r->person_linked = r->counted.linked;
    return push(&r->now, &part, r->err);
}

int noisy_read(struct noisy_exact *exact, struct store *store, const struct noisy_request *request,
               const struct value_set *domain, struct job *job, struct error *err)
{
    struct reading r = {.exact = exact, .request = request, .domain = domain, .job = job, .err = err,
                        .seen = mem_zalloc(exact->n_cells, sizeof *r.seen)};
    struct extract_filter filter = request->filter;
    struct extract *extract = NULL;
    size_t column = 0;
    bool of_person = false;
    int rc = r.seen == NULL ? error_nomem(err, "the answer") : store_begin_read(store, err);
    if (rc != 0) {
        mem_free(r.seen);
        return rc;
    }
    rc = extract_open(&extract, store, request->set, err);
    if (rc == 0 && request->column != NULL) {
        rc = extract_find(extract, request->column, &column, err);
        r.type = rc == 0 ? extract_column(extract, column)->type : EXTRACT_NUMBER;
        of_person = rc == 0 && extract_column(extract, column)->of_person;
    }
    rc = rc != 0 ? rc : extract_check_filter(extract, &filter, &column, request->column != NULL ? 1 : 0, err);
    rc = rc != 0 ? rc : counted_init(&r.counted, store, of_person, err);
    rc = rc != 0 ? rc : extract_each(store, extract, &filter, &column, request->column != NULL ? 1 : 0, take_row, &r,
                                     err);
    rc = rc != 0 ? rc : end_all(&r);
    store_end_read(store);
    counted_release(&r.counted);
    extract_free(extract);
    mem_free(r.now.part);
    mem_free(r.linked.part);
    mem_free(r.seen);
    return rc;
}
