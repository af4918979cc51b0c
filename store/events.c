#include "store/events.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "store/db.h"

int sessions_intern(struct store *self, int64_t user, const char *label, size_t n, int64_t *session,
                    struct error *err)
{
    return db_intern(self, &self->sessions, "SELECT session FROM sessions WHERE label = ?1 AND user = ?2",
                     "INSERT INTO sessions (label, user) VALUES (?1, ?2)", user, label, n, session, NULL, err);
}

int words_intern(struct store *self, const char *text, size_t n, int64_t *word, struct error *err)
{
    return db_intern(self, &self->words, "SELECT word FROM words WHERE text = ?1", "INSERT INTO words (text) VALUES (?1)", 0,
                     text, n, word, NULL, err);
}

static uint64_t real_bits(double v)
{
    uint64_t bits;
    if (isnan(v))
        return 1; /* a number that no source writes */
    v += 0.0;     /* -0 is 0 */
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static uint64_t text_bits(const char *text)
{
    return text == NULL ? 0 : rng_key(text, strlen(text));
}

/* What tells apart events that agree in user, time, item and kind. */
static int64_t fingerprint(const struct event_record *r)
{
    static const struct event_context none = {
        .rating = (double)NAN, .dwell_ms = -1, .position = -1};
    if (r->id != NULL)
        return (int64_t)text_bits(r->id);
    const struct event_context *c = r->context != NULL ? r->context : &none;
    uint64_t rest[] = {
        (uint64_t)r->session,    real_bits(r->quantity),  real_bits(r->price),    real_bits(c->rating),
        (uint64_t)c->dwell_ms,   (uint64_t)c->channel,    (uint64_t)c->device,    (uint64_t)c->position,
        text_bits(c->referrer),  text_bits(c->attributes),
    };
    return (int64_t)rng_key(rest, sizeof rest);
}

/* An event of the store that may be the one of a record. */
struct stored {
    int64_t item, kind, fingerprint, event;
    size_t next; /* of the first of equal ones: where the next search goes on */
    bool own;    /* appended by this run: only an id can be met twice in one */
};

struct range {
    int64_t first, last;
};

struct event_run {
    struct store *store;
    struct range *own; /* event numbers that this run gave, ascending */
    size_t n_own, cap_own;
    int64_t own_events;
    uint64_t *met; /* a bit per event number: an equal line was met in this run */
    size_t met_words;
    struct stored *stored;
    size_t n_stored, cap_stored;
    struct order *order;
    size_t cap_order;
};

int event_run_new(struct event_run **out, struct store *store, struct error *err)
{
    struct event_run *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "events");
    self->store = store;
    *out = self;
    return 0;
}

void event_run_free(struct event_run *self)
{
    if (self == NULL)
        return;
    mem_free(self->own);
    mem_free(self->met);
    mem_free(self->stored);
    mem_free(self->order);
    mem_free(self);
}

struct order {
    int64_t user, time;
    size_t at;
};

static int compare_order(const void *a, const void *b)
{
    const struct order *x = a, *y = b;
    if (x->user != y->user)
        return x->user < y->user ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static int compare_stored(const void *a, const void *b)
{
    const struct stored *x = a, *y = b;
    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->fingerprint != y->fingerprint)
        return x->fingerprint < y->fingerprint ? -1 : 1;
    return x->event < y->event ? -1 : x->event > y->event;
}

static bool is_own(const struct event_run *self, int64_t event)
{
    size_t low = 0, high = self->n_own;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (self->own[mid].last < event)
            low = mid + 1;
        else
            high = mid;
    }
    return low < self->n_own && event >= self->own[low].first;
}

static bool was_met(const struct event_run *self, int64_t event)
{
    size_t word = (size_t)event / 64;
    return word < self->met_words && (self->met[word] >> (event % 64) & 1);
}

static int set_met(struct event_run *self, int64_t event, struct error *err)
{
    size_t word = (size_t)event / 64;
    if (word >= self->met_words) {
        size_t words = word + word / 2 + 64;
        uint64_t *met = mem_realloc(self->met, words, sizeof *met);
        if (met == NULL)
            return error_nomem(err, "events");
        memset(met + self->met_words, 0, (words - self->met_words) * sizeof *met);
        self->met = met;
        self->met_words = words;
    }
    self->met[word] |= UINT64_C(1) << (event % 64);
    return 0;
}

/* Appended by an earlier batch of the run, or by this one, whose events begin at `first`. */
static bool event_is_own(const struct event_run *self, int64_t event, int64_t first)
{
    return event >= first || is_own(self, event);
}

/* What the store holds of this user at this time. */
static int load_stored(struct event_run *self, int64_t user, int64_t time, int64_t first, struct error *err)
{
    sqlite3_stmt *s;
    self->n_stored = 0;
    int rc = db_prepare(self->store, "SELECT item, kind, fingerprint, event FROM events WHERE user = ?1 AND time = ?2", &s, err);
    if (rc == 0)
        rc = db_bind(self->store, s, err, "ii", user, time);
    while (rc == 0 && (rc = db_step(self->store, s, err)) == 1) {
        rc = 0;
        struct stored row = {sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2),
                             sqlite3_column_int64(s, 3), 0, false};
        row.own = event_is_own(self, row.event, first);
        if (mem_grow((void **)&self->stored, &self->cap_stored, self->n_stored + 1, sizeof row) != 0) {
            db_done(s);
            return error_nomem(err, "events");
        }
        self->stored[self->n_stored++] = row;
    }
    if (rc < 0)
        return rc;
    db_done(s);
    if (self->n_stored > 1)
        qsort(self->stored, self->n_stored, sizeof *self->stored, compare_stored);
    return 0;
}

/* Is the record one of the loaded events that no earlier line of the run was?  One with an id is what it is, however
 * often it comes. */
static int find_stored(struct event_run *self, const struct event_record *r, int64_t print, bool *present,
                       struct error *err)
{
    struct stored key = {r->item, r->kind, print, INT64_MIN, 0, false};
    size_t low = 0, high = self->n_stored;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (compare_stored(&self->stored[mid], &key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *present = false;
    size_t at = low;
    if (r->id == NULL && low < self->n_stored && self->stored[low].next > low)
        at = self->stored[low].next;
    for (; at < self->n_stored; at++) {
        struct stored *s = &self->stored[at];
        if (s->item != r->item || s->kind != r->kind || s->fingerprint != print)
            break;
        if (r->id == NULL && (s->own || was_met(self, s->event)))
            continue;
        self->stored[low].next = at + 1;
        *present = true;
        return set_met(self, s->event, err);
    }
    if (low < self->n_stored)
        self->stored[low].next = at;
    return 0;
}

static int insert_event(struct store *store, const struct event_record *r, int64_t event, int64_t print,
                        sqlite3_stmt *s, struct error *err)
{
    sqlite3_bind_int64(s, 1, r->user);
    sqlite3_bind_int64(s, 2, r->time);
    sqlite3_bind_int64(s, 3, event);
    sqlite3_bind_int64(s, 4, r->item);
    sqlite3_bind_int64(s, 5, r->kind);
    if (r->session != 0)
        sqlite3_bind_int64(s, 6, r->session);
    if (!isnan(r->quantity))
        sqlite3_bind_double(s, 7, r->quantity);
    if (!isnan(r->price))
        sqlite3_bind_double(s, 8, r->price);
    sqlite3_bind_int64(s, 9, print);
    int rc = db_do(store, s, err);
    const struct event_context *c = r->context;
    if (rc != 0 || c == NULL)
        return rc;
    rc = db_prepare(store, "INSERT INTO event_context (user, event, rating, dwell, channel, device, referrer, position, attributes) "
                           "VALUES (?1, ?2, ?3, nullif(?4, -1), nullif(?5, 0), nullif(?6, 0), ?7, nullif(?8, -1), ?9)", &s, err);
    if (rc == 0)
        rc = db_bind(store, s, err, "iiriiitit", r->user, event, c->rating, c->dwell_ms, c->channel, c->device,
                     c->referrer, c->position, c->attributes);
    return rc != 0 ? rc : db_do(store, s, err);
}

/* Does the store hold any event that is not of this run? */
static int begin_batch(struct event_run *self, int64_t *next, bool *others, struct error *err)
{
    int rc = events_next(self->store, next, err);
    *others = *next != 1 + self->own_events;
    return rc;
}

static int end_batch(struct event_run *self, int64_t first, int64_t next, struct error *err)
{
    if (next == first)
        return 0;
    if (mem_grow((void **)&self->own, &self->cap_own, self->n_own + 1, sizeof *self->own) != 0)
        return error_nomem(err, "events");
    self->own[self->n_own++] = (struct range){first, next - 1};
    self->own_events += next - first;
    return db_exec(self->store, err, "UPDATE counters SET next = ?1 WHERE name = 'event'", "i", next);
}

static int sort_order(struct event_run *self, const struct event_record *records, size_t n, struct error *err)
{
    if (mem_grow((void **)&self->order, &self->cap_order, n, sizeof *self->order) != 0)
        return error_nomem(err, "events");
    for (size_t i = 0; i < n; i++)
        self->order[i] = (struct order){records[i].user, records[i].time, i};
    if (n > 0)
        qsort(self->order, n, sizeof *self->order, compare_order);
    return 0;
}

int event_run_append(struct event_run *self, const struct event_record *records, size_t n, uint64_t *added,
                     uint64_t *present, struct error *err)
{
    sqlite3_stmt *insert;
    int64_t first = 0, next, user = 0, time = 0;
    bool others = false, there = false, loaded = false;
    *added = *present = 0;
    int rc = sort_order(self, records, n, err);
    if (rc == 0)
        rc = begin_batch(self, &first, &others, err);
    if (rc == 0)
        rc = db_prepare(self->store, "INSERT INTO events (user, time, event, item, kind, session, quantity, price, fingerprint) "
                                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", &insert, err);
    next = first;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const struct event_record *r = &records[self->order[i].at];
        int64_t print = fingerprint(r);
        bool look = others || r->id != NULL;
        if (look && (!loaded || r->user != user || r->time != time)) {
            rc = load_stored(self, r->user, r->time, first, err);
            user = r->user;
            time = r->time;
            loaded = true;
        }
        there = false;
        if (rc == 0 && look && self->n_stored > 0)
            rc = find_stored(self, r, print, &there, err);
        if (rc == 0 && !there)
            rc = insert_event(self->store, r, next++, print, insert, err);
        loaded = loaded && (there || r->id == NULL); /* what was just added may come again */
        *present += there;
    }
    if (rc == 0)
        rc = end_batch(self, first, next, err);
    if (rc == 0)
        *added = (uint64_t)(next - first);
    return rc;
}

static void read_row(sqlite3_stmt *s, struct event_row *row)
{
    *row = (struct event_row){
        .user = sqlite3_column_int64(s, 0),
        .time = sqlite3_column_int64(s, 1),
        .event = sqlite3_column_int64(s, 2),
        .item = sqlite3_column_int64(s, 3),
        .kind = sqlite3_column_int64(s, 4),
        .session = sqlite3_column_int64(s, 5),
        .quantity = db_real(s, 6),
        .price = db_real(s, 7),
    };
}

#define ROW "user, time, event, item, kind, session, quantity, price"

int events_history(struct store *self, int64_t user, int64_t since, int64_t until, size_t limit,
                   struct event_row **out, size_t *n, struct error *err)
{
    struct event_row *rows = NULL;
    size_t used = 0, cap = 0;
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT " ROW " FROM events WHERE user = ?1 AND time >= ?2 AND time < ?3 "
                              "ORDER BY time DESC, event DESC LIMIT ?4", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "iiii", user, since, until, limit == 0 ? INT64_C(-1) : (int64_t)limit);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        if (mem_grow((void **)&rows, &cap, used + 1, sizeof *rows) != 0) {
            db_done(s);
            rc = error_nomem(err, "a history");
            break;
        }
        read_row(s, &rows[used++]);
        rc = 0;
    }
    if (rc != 0) {
        mem_free(rows);
        return rc;
    }
    db_done(s);
    for (size_t i = 0; i < used / 2; i++) {
        struct event_row t = rows[i];
        rows[i] = rows[used - 1 - i];
        rows[used - 1 - i] = t;
    }
    *out = rows;
    *n = used;
    return 0;
}

int events_each(struct store *self, int64_t since, int64_t until, events_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    /* +time: the whole table is read in its own order, whatever the planner knows of the times */
    int rc = db_prepare(self, "SELECT " ROW " FROM events NOT INDEXED WHERE +time >= ?1 AND +time < ?2 ORDER BY user, time, event", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "ii", since, until);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct event_row row;
        read_row(s, &row);
        rc = 0;
        told = fn(context, &row);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}

int events_next(struct store *self, int64_t *next, struct error *err)
{
    return db_int(self, err, next, 1, "SELECT next FROM counters WHERE name = 'event'", "");
}

int events_people_of_item(struct store *self, int64_t item, int64_t enough, int64_t *n, struct error *err)
{
    return db_int(self, err, n, 0, "SELECT count(*) FROM (SELECT DISTINCT user FROM events WHERE item = ?1 LIMIT ?2)", "ii",
                  item, enough);
}

int events_first_of_item(struct store *self, int64_t item, int64_t *time, bool *found, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT time FROM events WHERE item = ? ORDER BY time LIMIT 1", &s, err);
    if (rc != 0)
        return rc;
    sqlite3_bind_int64(s, 1, item);
    rc = db_step(self, s, err);
    *found = rc > 0;
    if (*found)
        *time = sqlite3_column_int64(s, 0);
    db_done(s);
    return rc < 0 ? rc : 0;
}

int events_totals(struct store *self, struct event_totals *out, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT count(*), min(time), max(time) FROM events", &s, err);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    *out = (struct event_totals){sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2)};
    db_done(s);
    return 0;
}
