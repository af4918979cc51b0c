#include "train/data.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "store/consents.h"
#include "store/events.h"
#include "store/items.h"
#include "store/kinds.h"
#include "store/suppressions.h"
#include "store/users.h"
#include "train/item_terms.h"
#include "train/user_traits.h"

/* A sequence of texts in one block. */
struct names {
    char *block;
    size_t used, cap;
};

static int names_add(struct names *self, const char *text, size_t *at)
{
    size_t n = strlen(text) + 1;
    if (mem_grow((void **)&self->block, &self->cap, self->used + n, 1) != 0)
        return -1;
    memcpy(self->block + self->used, text, n);
    *at = self->used;
    self->used += n;
    return 0;
}

/* All items of the store, in order of identifier, and where each is. */
struct catalogue {
    int64_t *item;
    size_t *name; /* offsets into names */
    size_t n, cap_item, cap_name;
    struct names names;
};

static int take_item(void *context, int64_t item, const char *identifier, const char *title)
{
    struct catalogue *c = context;
    (void)title;
    if (mem_grow((void **)&c->item, &c->cap_item, c->n + 1, sizeof *c->item) != 0 ||
        mem_grow((void **)&c->name, &c->cap_name, c->n + 1, sizeof *c->name) != 0 ||
        names_add(&c->names, identifier, &c->name[c->n]) != 0)
        return E_NOMEM;
    c->item[c->n++] = item;
    return 0;
}

struct loading {
    struct catalogue catalogue;
    uint32_t *place;      /* by the store's item number: place in the catalogue + 1 */
    size_t n_place;
    double *weight;       /* by the store's kind number */
    size_t n_weight;
    struct item_text *text; /* by place in the catalogue; NULL unless asked for */
    struct job *job;
    int64_t without; /* a user */
    const struct departed *with; /* may be NULL */
    size_t next_departed;
    int64_t since, until, next_event;
    struct store *store; /* that says who may be learnt from; NULL: everybody may */
    struct error *err;
    int64_t asked;       /* the user who was asked about last */
    bool may;
    int64_t left_out;
    int64_t total, seen;
    /* what was read */
    int64_t *user, *user_first, *user_last;
    size_t cap_user, cap_first, cap_last;
    uint64_t *start;
    size_t cap_start;
    uint32_t *item, *time;
    float *worth;
    size_t cap_item, cap_time, cap_worth;
    uint32_t n_users;
    uint64_t n;
};

/* Events come by user: each is asked about once. */
static int ask(struct loading *l, int64_t user)
{
    if (l->asked == user)
        return 0;
    int rc = consents_may(l->store, user, CONSENT_PERSONALISATION, &l->may, l->err);
    l->asked = user;
    l->left_out += rc == 0 && !l->may;
    return rc;
}

static int new_user(struct loading *l, int64_t user)
{
    if (l->n_users == UINT32_MAX ||
        mem_grow((void **)&l->user, &l->cap_user, (size_t)l->n_users + 1, sizeof *l->user) != 0 ||
        mem_grow((void **)&l->user_first, &l->cap_first, (size_t)l->n_users + 1, sizeof *l->user_first) != 0 ||
        mem_grow((void **)&l->user_last, &l->cap_last, (size_t)l->n_users + 1, sizeof *l->user_last) != 0 ||
        mem_grow((void **)&l->start, &l->cap_start, (size_t)l->n_users + 2, sizeof *l->start) != 0)
        return E_NOMEM;
    l->user[l->n_users] = user;
    l->user_first[l->n_users] = INT64_MAX;
    l->user_last[l->n_users] = INT64_MIN;
    l->start[l->n_users++] = l->n;
    return 0;
}

/* An event of somebody who may be learnt from; users come ascending. */
static int keep_event(struct loading *l, const struct event_row *row)
{
    double weight = (size_t)row->kind < l->n_weight ? l->weight[row->kind] : 0;
    if (weight <= 0 || row->time < 0 || row->time / 1000 > UINT32_MAX ||
        (size_t)row->item >= l->n_place || l->place[row->item] == 0)
        return 0;
    if ((l->n_users == 0 || l->user[l->n_users - 1] != row->user) && new_user(l, row->user) != 0)
        return E_NOMEM;
    if (mem_grow((void **)&l->item, &l->cap_item, l->n + 1, sizeof *l->item) != 0 ||
        mem_grow((void **)&l->time, &l->cap_time, l->n + 1, sizeof *l->time) != 0 ||
        mem_grow((void **)&l->worth, &l->cap_worth, l->n + 1, sizeof *l->worth) != 0)
        return E_NOMEM;
    int64_t *first = &l->user_first[l->n_users - 1], *last = &l->user_last[l->n_users - 1];
    l->item[l->n] = l->place[row->item] - 1;
    l->time[l->n] = (uint32_t)(row->time / 1000);
    l->worth[l->n++] = (float)weight;
    *first = row->time < *first ? row->time : *first;
    *last = row->time > *last ? row->time : *last;
    return 0;
}

/* Those who are not in the store any more and whose turn is before `user`. */
static int keep_departed(struct loading *l, int64_t user)
{
    int rc = 0;
    while (rc == 0 && l->with != NULL && l->next_departed < l->with->n_people &&
           l->with->people[l->next_departed].user < user) {
        const struct departed_person *p = &l->with->people[l->next_departed++];
        for (size_t i = 0; rc == 0 && p->may && i < p->n; i++) {
            const struct event_row *row = &l->with->rows[p->first + i];
            rc = row->time >= l->since && row->time < l->until && row->event < l->next_event ? keep_event(l, row) : 0;
        }
    }
    return rc;
}

static int take_event(void *context, const struct event_row *row)
{
    struct loading *l = context;
    if ((++l->seen & 0xffff) == 0 && job_step(l->job, "reading events", (double)l->seen, (double)l->total, "events"))
        return E_CANCELLED;
    int rc = l->store != NULL ? ask(l, row->user) : 0;
    if (rc == 0)
        rc = keep_departed(l, row->user);
    return rc != 0 || (l->store != NULL && !l->may) || row->user == l->without || row->event >= l->next_event
               ? rc
               : keep_event(l, row);
}

static int prepare_lookups(struct loading *l, struct store *store, struct error *err)
{
    struct kind *kinds;
    size_t n_kinds;
    int rc = kinds_list(store, false, &kinds, &n_kinds, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n_kinds; i++)
        l->n_weight = (size_t)kinds[i].kind >= l->n_weight ? (size_t)kinds[i].kind + 1 : l->n_weight;
    for (size_t i = 0; i < l->catalogue.n; i++)
        l->n_place = (size_t)l->catalogue.item[i] >= l->n_place ? (size_t)l->catalogue.item[i] + 1 : l->n_place;
    l->weight = mem_zalloc(l->n_weight, sizeof *l->weight);
    l->place = mem_zalloc(l->n_place, sizeof *l->place);
    if (l->weight != NULL && l->place != NULL) {
        for (size_t i = 0; i < n_kinds; i++)
            l->weight[kinds[i].kind] = kinds[i].weight;
        for (size_t i = 0; i < l->catalogue.n; i++)
            l->place[l->catalogue.item[i]] = (uint32_t)i + 1;
    }
    mem_free(kinds);
    return l->weight == NULL || l->place == NULL ? error_nomem(err, "reading events") : 0;
}

/* Keeps only the items that have an event or, when descriptions were read, one of those, and numbers them anew;
 * the order stays. */
static int keep_used_items(struct loading *l, struct training_data *out, struct error *err)
{
    uint32_t *renumber = mem_zalloc(l->catalogue.n, sizeof *renumber), n = 0;
    if (renumber == NULL)
        return error_nomem(err, "reading events");
    for (uint64_t e = 0; e < l->n; e++)
        renumber[l->item[e]] = 1;
    for (size_t i = 0; i < l->catalogue.n; i++) {
        renumber[i] |= l->text != NULL && l->text[i].n > 0;
        n += renumber[i];
    }
    out->item = mem_alloc(n, sizeof *out->item);
    out->item_name = mem_alloc(n, sizeof *out->item_name);
    if (out->item == NULL || out->item_name == NULL) {
        mem_free(renumber);
        return error_nomem(err, "reading events");
    }
    n = 0;
    for (size_t i = 0; i < l->catalogue.n; i++)
        if (renumber[i] != 0) {
            out->item[n] = l->catalogue.item[i];
            out->item_name[n] = l->catalogue.names.block + l->catalogue.name[i];
            renumber[i] = n++;
        }
    for (uint64_t e = 0; e < l->n; e++)
        l->item[e] = renumber[l->item[e]];
    mem_free(renumber);
    out->dataset.n_items = n;
    return 0;
}

static int read_terms(struct loading *l, struct store *store, struct error *err)
{
    l->text = mem_zalloc(l->catalogue.n, sizeof *l->text);
    if (l->text == NULL)
        return error_nomem(err, "reading titles");
    return item_terms_read(l->text, store, l->place, l->n_place, err);
}

/* The rows of the items that were kept. */
static int pack_terms(const struct loading *l, struct training_data *out, struct error *err)
{
    uint32_t n = out->dataset.n_items;
    const struct item_text **kept = mem_alloc(n, sizeof *kept);
    if (kept == NULL)
        return error_nomem(err, "reading titles");
    for (uint32_t i = 0; i < n; i++)
        kept[i] = &l->text[l->place[out->item[i]] - 1];
    int rc = item_terms_pack(&out->terms, kept, n, err);
    if (rc == 0)
        out->dataset.terms = &out->terms;
    mem_free(kept);
    return rc;
}

/* The moment of training on events of which this is the last. */
static uint32_t moment_of(int64_t last)
{
    return (uint32_t)((last + 999) / 1000);
}

static void find_bounds(struct training_data *self)
{
    self->first = INT64_MAX;
    self->last = INT64_MIN;
    for (uint32_t u = 0; u < self->dataset.n_users; u++) {
        self->first = self->user_first[u] < self->first ? self->user_first[u] : self->first;
        self->last = self->user_last[u] > self->last ? self->user_last[u] : self->last;
    }
}

/* Hands the arrays over to the data set. */
static int make_dataset(struct loading *l, struct training_data *out, struct error *err)
{
    struct dataset *d = &out->dataset;
    int rc = keep_used_items(l, out, err);
    if (rc != 0)
        return rc;
    d->item_key = mem_alloc(d->n_items, sizeof *d->item_key);
    d->user_key = mem_zalloc(l->n_users, sizeof *d->user_key);
    if (d->item_key == NULL || d->user_key == NULL)
        return error_nomem(err, "reading events");
    for (uint32_t i = 0; i < d->n_items; i++)
        d->item_key[i] = rng_key(out->item_name[i], strlen(out->item_name[i]));
    l->start[l->n_users] = l->n;
    d->n_users = l->n_users;
    d->n_events = l->n;
    d->user_start = l->start;
    d->item = l->item;
    d->time = l->time;
    d->weight = l->worth;
    out->user = l->user;
    out->user_first = l->user_first;
    out->user_last = l->user_last;
    out->names = l->catalogue.names.block;
    find_bounds(out);
    d->now = moment_of(out->last);
    l->start = NULL;
    l->item = l->time = NULL;
    l->worth = NULL;
    l->user = l->user_first = l->user_last = NULL;
    l->catalogue.names.block = NULL;
    return 0;
}

struct naming {
    struct training_data *data;
    bool keep;
    uint32_t next;
    size_t *offset;
    struct names names;
};

/* Users come ascending, and so are the data's. */
static int take_user(void *context, int64_t user, const char *identifier)
{
    struct naming *n = context;
    struct dataset *d = &n->data->dataset;
    while (n->next < d->n_users && n->data->user[n->next] < user)
        n->next++;
    if (n->next == d->n_users)
        return 1;
    if (n->data->user[n->next] != user)
        return 0;
    d->user_key[n->next] = rng_key(identifier, strlen(identifier));
    return n->keep && names_add(&n->names, identifier, &n->offset[n->next]) != 0 ? E_NOMEM : 0;
}

/* Random draws of a person are keyed by the identifier, which is the same in every store. */
static int name_users(struct training_data *out, struct store *store, bool keep, struct error *err)
{
    struct naming n = {.data = out, .keep = keep};
    uint32_t n_users = out->dataset.n_users;
    int rc = 0;
    if (keep) {
        n.offset = mem_zalloc(n_users, sizeof *n.offset);
        out->user_name = mem_alloc(n_users, sizeof *out->user_name);
        rc = n.offset == NULL || out->user_name == NULL || names_add(&n.names, "", &(size_t){0}) != 0 ? E_NOMEM : 0;
    }
    if (rc == 0)
        rc = users_each(store, take_user, &n, err);
    for (uint32_t u = 0; rc >= 0 && keep && u < n_users; u++)
        out->user_name[u] = n.names.block + n.offset[u];
    out->user_names = n.names.block;
    mem_free(n.offset);
    return rc == E_NOMEM ? error_nomem(err, "reading users") : rc < 0 ? rc : 0;
}

static void digest_terms(crypto_hash_sha256_state *state, const struct item_terms *terms)
{
    const struct csr *m = &terms->counts;
    uint64_t n = m->start[m->rows];
    crypto_hash_sha256_update(state, (const unsigned char *)terms->key, m->cols * sizeof *terms->key);
    crypto_hash_sha256_update(state, (const unsigned char *)m->start, ((size_t)m->rows + 1) * sizeof *m->start);
    crypto_hash_sha256_update(state, (const unsigned char *)m->col, n * sizeof *m->col);
    crypto_hash_sha256_update(state, (const unsigned char *)m->val, n * sizeof *m->val);
}

/* In the order of the users, not of their keys. */
static void digest_traits(crypto_hash_sha256_state *state, const struct dataset *d)
{
    for (uint32_t u = 0; u < d->n_users; u++) {
        uint32_t n;
        const uint64_t *trait = user_traits_of(d->traits, d->user_key[u], &n);
        crypto_hash_sha256_update(state, (const unsigned char *)&n, sizeof n);
        if (n > 0)
            crypto_hash_sha256_update(state, (const unsigned char *)trait, n * sizeof *trait);
    }
}

static void digest_data(struct training_data *self)
{
    const struct dataset *d = &self->dataset;
    crypto_hash_sha256_state state;
    unsigned char digest[crypto_hash_sha256_BYTES];
    uint64_t sizes[3] = {d->n_users, d->n_items, d->n_events};
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)sizes, sizeof sizes);
    for (uint32_t i = 0; i < d->n_items; i++)
        crypto_hash_sha256_update(&state, (const unsigned char *)self->item_name[i], strlen(self->item_name[i]) + 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)d->user_start, ((size_t)d->n_users + 1) * sizeof *d->user_start);
    crypto_hash_sha256_update(&state, (const unsigned char *)d->item, d->n_events * sizeof *d->item);
    crypto_hash_sha256_update(&state, (const unsigned char *)d->time, d->n_events * sizeof *d->time);
    crypto_hash_sha256_update(&state, (const unsigned char *)d->weight, d->n_events * sizeof *d->weight);
    if (d->terms != NULL)
        digest_terms(&state, d->terms);
    if (d->traits != NULL)
        digest_traits(&state, d);
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(self->digest, sizeof self->digest, digest, sizeof digest);
}

static int read_traits(struct training_data *out, struct store *store, struct error *err)
{
    int rc = user_traits_load(&out->traits, store, out->user, out->dataset.user_key, out->dataset.n_users, err);
    if (rc == 0)
        out->dataset.traits = &out->traits;
    return rc;
}

static int load_all(struct loading *l, struct training_data *out, struct store *store,
                    const struct training_data_options *o, struct error *err)
{
    struct event_totals totals;
    int rc = events_totals(store, &totals, err);
    if (rc == 0)
        rc = items_each(store, take_item, &l->catalogue, err);
    if (rc == 0)
        rc = prepare_lookups(l, store, err);
    if (rc != 0)
        return rc == E_NOMEM ? error_nomem(err, "reading items") : rc;
    l->total = totals.events;
    bool needed;
    rc = consents_needed(store, &needed, err);
    if (rc != 0)
        return rc;
    l->store = needed ? store : NULL;
    l->err = err;
    int64_t newest = o->until > 0 ? o->until - 1 : totals.last;
    l->since = o->window_days > 0 ? newest - (int64_t)(o->window_days * (double)CLOCK_DAY_MS) : 0;
    l->until = o->until > 0 ? o->until : INT64_MAX;
    l->next_event = o->next_event > 0 ? o->next_event : INT64_MAX;
    rc = events_each(store, l->since, l->until, take_event, l, err);
    rc = rc != 0 ? rc : keep_departed(l, INT64_MAX);
    if (rc == E_NOMEM)
        return error_nomem(err, "reading events");
    if (rc == E_CANCELLED)
        return job_error_cancelled(err, "reading events");
    if (rc != 0)
        return rc;
    if (l->n == 0) {
        if (l->left_out > 0) {
            error_set(err, E_BAD_DATA, "training", "nobody who has events allows that they are learnt from");
            return error_hint(err, E_BAD_DATA, "`reckon privacy consent show` says what people agreed to");
        }
        error_set(err, E_BAD_DATA, "training", "there are no events to learn from");
        return error_hint(err, E_BAD_DATA, "import events first; `reckon kinds list` shows which kinds of event count");
    }
    if (o->terms)
        rc = read_terms(l, store, err);
    if (rc == 0)
        rc = make_dataset(l, out, err);
    if (rc == 0 && o->terms)
        rc = pack_terms(l, out, err);
    if (rc == 0)
        rc = name_users(out, store, o->user_names, err);
    for (uint32_t u = 0; rc == 0 && o->with != NULL && u < out->dataset.n_users; u++) {
        const struct departed_person *p = departed_find(o->with, out->user[u]);
        if (p != NULL)
            out->dataset.user_key[u] = p->key;
    }
    if (rc == 0 && o->traits)
        rc = read_traits(out, store, err);
    return rc;
}

int training_data_load(struct training_data *out, struct store *store, const struct training_data_options *options,
                       struct job *job, struct error *err)
{
    struct loading l = {.job = job, .without = options->without, .with = options->with};
    *out = (struct training_data){0};
    int rc = store_begin_read(store, err);
    if (rc != 0)
        return rc;
    rc = load_all(&l, out, store, options, err);
    if (rc == 0)
        rc = suppressions_count(store, &out->suppressions, err);
    if (rc == 0)
        rc = events_next(store, &out->next_event, err);
    out->left_out = l.left_out;
    store_end_read(store);
    for (size_t i = 0; l.text != NULL && i < l.catalogue.n; i++)
        item_text_release(&l.text[i]);
    mem_free(l.text);
    mem_free(l.catalogue.item);
    mem_free(l.catalogue.name);
    mem_free(l.catalogue.names.block);
    mem_free(l.place);
    mem_free(l.weight);
    mem_free(l.user);
    mem_free(l.user_first);
    mem_free(l.user_last);
    mem_free(l.start);
    mem_free(l.item);
    mem_free(l.time);
    mem_free(l.worth);
    if (rc != 0)
        training_data_release(out);
    else
        digest_data(out);
    return rc;
}

void training_data_release(struct training_data *self)
{
    dataset_release(&self->dataset);
    item_terms_release(&self->terms);
    user_traits_release(&self->traits);
    mem_free(self->user);
    mem_free(self->user_first);
    mem_free(self->user_last);
    mem_free(self->item);
    mem_free(self->item_name);
    mem_free(self->user_name);
    mem_free(self->names);
    mem_free(self->user_names);
    *self = (struct training_data){0};
}

/* ---- without some people --------------------------------------------------------------------------------- */

int training_data_change(struct change *out, const struct training_data *in, const uint8_t *gone, struct error *err)
{
    int64_t last = 0;
    for (uint32_t u = 0; u < in->dataset.n_users; u++)
        last = gone[u] == 0 && in->user_last[u] > last ? in->user_last[u] : last;
    return change_make(out, &in->dataset, gone, moment_of(last), err);
}

int training_data_without(struct training_data *out, struct training_data *in, struct change *change, struct error *err)
{
    uint32_t n_users = change->after.n_users, n_items = change->after.n_items, n = 0;
    *out = (struct training_data){.left_out = in->left_out, .suppressions = in->suppressions,
                                   .next_event = in->next_event};
    out->user = mem_alloc(n_users, sizeof *out->user);
    out->user_first = mem_alloc(n_users, sizeof *out->user_first);
    out->user_last = mem_alloc(n_users, sizeof *out->user_last);
    out->item = mem_alloc(n_items, sizeof *out->item);
    out->item_name = mem_alloc(n_items, sizeof *out->item_name);
    if (out->user == NULL || out->user_first == NULL || out->user_last == NULL || out->item == NULL ||
        out->item_name == NULL) {
        training_data_release(out);
        return error_nomem(err, "the data without them");
    }
    for (uint32_t u = 0; u < in->dataset.n_users; u++)
        if (change->gone[u] == 0) {
            out->user[n] = in->user[u];
            out->user_first[n] = in->user_first[u];
            out->user_last[n++] = in->user_last[u];
        }
    for (uint32_t i = 0; i < in->dataset.n_items; i++)
        if (change->place[i] != CHANGE_NOWHERE) {
            out->item[change->place[i]] = in->item[i];
            out->item_name[change->place[i]] = in->item_name[i];
        }
    out->names = in->names;
    in->names = NULL;
    out->dataset = change->after;
    change->after = (struct dataset){0};
    if (out->dataset.terms != NULL) {
        out->terms = in->terms;
        in->terms = (struct item_terms){0};
        in->dataset.terms = NULL;
        out->dataset.terms = &out->terms;
    }
    out->dataset.traits = NULL;
    find_bounds(out);
    digest_data(out);
    return 0;
}
