#include "store/audit.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/db.h"

static void link_chain(const unsigned char before[MERKLE_HASH], const char *entry, size_t n,
                       unsigned char out[MERKLE_HASH])
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, before, MERKLE_HASH);
    crypto_hash_sha256_update(&state, (const unsigned char *)entry, n);
    crypto_hash_sha256_final(&state, out);
}

/* The last entry's number and chain; 0 and zeros when there is none. */
static int last_link(struct store *self, int64_t *number, unsigned char chain[MERKLE_HASH], struct error *err)
{
    sqlite3_stmt *s;
    *number = 0;
    memset(chain, 0, MERKLE_HASH);
    int rc = db_prepare(self, "SELECT number, chain FROM audit ORDER BY number DESC LIMIT 1", &s, err);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    if (rc == 1) {
        *number = sqlite3_column_int64(s, 0);
        if (sqlite3_column_bytes(s, 1) == MERKLE_HASH)
            memcpy(chain, sqlite3_column_blob(s, 1), MERKLE_HASH);
    }
    db_done(s);
    return 0;
}

static void put_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_object_set_new(object, key, json_string(text));
}

int audit_append(struct store *self, const char *action, const struct audit_actor *actor, int64_t now, json_t *facts,
                 int64_t *number, struct error *err)
{
    unsigned char before[MERKLE_HASH], chain[MERKLE_HASH];
    char when[40];
    int64_t last;
    json_t *entry = facts != NULL ? facts : json_object();
    int rc = last_link(self, &last, before, err);
    if (rc != 0) {
        json_decref(entry);
        return rc;
    }
    put_text(entry, "action", action);
    put_text(entry, "at", clock_format(now, when, sizeof when));
    put_text(entry, "by", actor->who);
    put_text(entry, "front", actor->front);
    json_object_set_new(entry, "number", json_integer(last + 1));
    char *text = json_dumps(entry, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(entry);
    if (text == NULL)
        return error_nomem(err, "the audit log");
    link_chain(before, text, strlen(text), chain);
    rc = db_exec(self, err, "INSERT INTO audit (number, entry, chain) VALUES (?1, ?2, ?3)", "itb", last + 1, text,
                 (const void *)chain, sizeof chain);
    free(text);
    if (rc == 0 && number != NULL)
        *number = last + 1;
    return rc;
}

int audit_each(struct store *self, int64_t after, audit_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT number, entry, chain FROM audit WHERE number > ?1 ORDER BY number", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", after);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct audit_entry e = {.number = sqlite3_column_int64(s, 0), .entry = db_text(s, 1)};
        e.chain = sqlite3_column_bytes(s, 2) == MERKLE_HASH ? sqlite3_column_blob(s, 2) : NULL;
        rc = 0;
        told = fn(context, &e);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}

struct leaves {
    struct merkle_hash *list;
    size_t n, cap;
    int64_t limit;
};

static int take_leaf(void *context, const struct audit_entry *entry)
{
    struct leaves *l = context;
    if (l->limit > 0 && (int64_t)l->n >= l->limit)
        return 1;
    if (mem_grow((void **)&l->list, &l->cap, l->n + 1, sizeof *l->list) != 0)
        return E_NOMEM;
    l->list[l->n++] = merkle_leaf(entry->entry, strlen(entry->entry));
    return 0;
}

int audit_leaves(struct store *self, int64_t limit, struct merkle_hash **out, size_t *n, struct error *err)
{
    struct leaves leaves = {.limit = limit};
    int rc = audit_each(self, 0, take_leaf, &leaves, err);
    if (rc < 0) {
        mem_free(leaves.list);
        return rc == E_NOMEM ? error_nomem(err, "the audit log") : rc;
    }
    *out = leaves.list;
    *n = leaves.n;
    return 0;
}

int audit_size(struct store *self, int64_t *n, struct error *err)
{
    return db_int(self, err, n, 0, "SELECT count(*) FROM audit", "");
}

struct checking {
    struct audit_fault *fault;
    int64_t n;
    unsigned char chain[MERKLE_HASH];
    struct job *job;
};

static int fault(struct checking *c, int64_t number, const char *why)
{
    c->fault->number = number;
    snprintf(c->fault->why, sizeof c->fault->why, "%s", why);
    return 1;
}

/* The number that the entry itself states. */
static int64_t stated_number(const char *entry)
{
    json_t *json = json_loads(entry, 0, NULL);
    int64_t number = json_integer_value(json_object_get(json, "number"));
    json_decref(json);
    return number;
}

static int check_entry(void *context, const struct audit_entry *e)
{
    struct checking *c = context;
    int64_t want = c->n + 1;
    unsigned char chain[MERKLE_HASH];
    if (e->number != want)
        return fault(c, want, "is missing");
    int64_t stated = stated_number(e->entry);
    if (stated != want)
        return fault(c, want, stated > 0 ? "was put in the place of another one" : "is no entry any more");
    link_chain(c->chain, e->entry, strlen(e->entry), chain);
    if (e->chain == NULL || memcmp(chain, e->chain, sizeof chain) != 0)
        return fault(c, want, "was changed, or what comes before it was: its chain value does not follow");
    memcpy(c->chain, chain, sizeof chain);
    c->n++;
    return job_step(c->job, "checking the audit log", (double)c->n, 0, "entries") ? E_CANCELLED : 0;
}

int audit_check(struct store *self, struct audit_fault *out, int64_t *n, struct job *job, struct error *err)
{
    struct checking c = {.fault = out, .job = job};
    *out = (struct audit_fault){0};
    int rc = audit_each(self, 0, check_entry, &c, err);
    *n = c.n;
    return rc == E_CANCELLED ? job_error_cancelled(err, "audit") : rc < 0 ? rc : 0;
}
