#include "train/departed.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "store/consents.h"
#include "store/erase.h"
#include "store/users.h"

enum { IDENTIFIER_MAX = 4096 };

struct reading {
    struct departed *out;
    struct store *store;
    bool needed; /* consents say something */
    struct error *err;
};

static int read_person(struct reading *r, struct departed_person *p)
{
    struct str name;
    struct event_row *rows;
    size_t n;
    str_init(&name, IDENTIFIER_MAX);
    int rc = users_name(r->store, p->user, &name, r->err);
    p->key = rng_key(str_text(&name), name.len);
    str_release(&name);
    if (rc == 0 && r->needed)
        rc = consents_may(r->store, p->user, CONSENT_PERSONALISATION, &p->may, r->err);
    rc = rc != 0 ? rc : events_history(r->store, p->user, 0, INT64_MAX, 0, &rows, &n, r->err);
    if (rc != 0)
        return rc;
    struct departed *d = r->out;
    p->first = d->n_rows;
    p->n = n;
    if (mem_grow((void **)&d->rows, &d->cap_rows, d->n_rows + n, sizeof *rows) != 0)
        rc = error_nomem(r->err, "their events");
    else if (n > 0)
        memcpy(d->rows + d->n_rows, rows, n * sizeof *rows);
    d->n_rows += rc == 0 ? n : 0;
    if (n > 0)
        sodium_memzero(rows, n * sizeof *rows);
    mem_free(rows);
    return rc;
}

static int take_user(void *context, int64_t user)
{
    struct reading *r = context;
    struct departed *d = r->out;
    if (mem_grow((void **)&d->people, &d->cap_people, d->n_people + 1, sizeof *d->people) != 0)
        return error_nomem(r->err, "their events");
    d->people[d->n_people++] = (struct departed_person){.user = user, .may = true};
    return 0;
}

static int read_people(struct reading *r)
{
    struct departed *d = r->out;
    int rc = consents_needed(r->store, &r->needed, r->err);
    for (size_t i = 0; rc == 0 && i < d->n_people; i++)
        rc = read_person(r, &d->people[i]);
    if (rc != 0)
        departed_release(d);
    return rc;
}

int departed_count(struct departed *out, struct store *store, struct error *err)
{
    int64_t first, last, events, people;
    *out = (struct departed){0};
    int rc = erase_events(store, &first, &last, &events, err);
    rc = rc != 0 ? rc : erase_chosen(store, &people, err);
    if (rc == 0) {
        out->all_events = (uint64_t)events;
        out->all_people = (uint64_t)people;
    }
    return rc;
}

int departed_read(struct departed *out, struct store *store, struct error *err)
{
    struct reading r = {.out = out, .store = store, .err = err};
    int rc = departed_count(out, store, err);
    rc = rc != 0 ? rc : erase_chosen_each(store, take_user, &r, err);
    if (rc != 0)
        departed_release(out);
    return rc != 0 ? rc : read_people(&r);
}

int departed_read_one(struct departed *out, struct store *store, int64_t user, struct error *err)
{
    struct reading r = {.out = out, .store = store, .err = err};
    *out = (struct departed){0};
    int rc = take_user(&r, user);
    rc = rc != 0 ? rc : read_people(&r);
    out->all_people = out->n_people;
    out->all_events = out->n_rows;
    return rc;
}

void departed_release(struct departed *self)
{
    if (self->n_rows > 0)
        sodium_memzero(self->rows, self->n_rows * sizeof *self->rows);
    mem_free(self->people);
    mem_free(self->rows);
    *self = (struct departed){0};
}

static int by_user(const void *a, const void *b)
{
    int64_t x = ((const struct departed_person *)a)->user, y = ((const struct departed_person *)b)->user;
    return x < y ? -1 : x > y;
}

const struct departed_person *departed_find(const struct departed *self, int64_t user)
{
    struct departed_person wanted = {.user = user};
    return self->n_people == 0 ? NULL : bsearch(&wanted, self->people, self->n_people, sizeof wanted, by_user);
}
