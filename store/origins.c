#include "store/origins.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/db.h"

enum { REQUEST_HASH = 32 };

static void hash_of(const char *request, unsigned char out[REQUEST_HASH])
{
    crypto_generichash(out, REQUEST_HASH, (const unsigned char *)request, strlen(request), NULL, 0);
}

static int add_callbacks(struct store *self, const struct case_origin *o, int64_t number, int64_t now, struct error *err)
{
    json_t *url;
    size_t i;
    int rc = 0;
    json_array_foreach (o->callbacks, i, url)
        if (rc == 0)
            rc = db_exec(self, err, "INSERT INTO callbacks (number, request, url, told, attempts, next) "
                                    "VALUES (?1, ?2, ?3, '', 0, ?4)",
                         "itti", number, o->request != NULL ? o->request : "", json_string_value(url), now);
    return rc;
}

int origins_add(struct store *self, const struct case_origin *o, int64_t number, int64_t now, struct error *err)
{
    unsigned char hash[REQUEST_HASH];
    int64_t former = 0;
    if (o->request == NULL)
        randombytes_buf(hash, sizeof hash);
    else
        hash_of(o->request, hash);
    int rc = o->request != NULL ? origins_find(self, o->caller, o->request, &former, err) : 0;
    if (rc == 0 && former != 0)
        rc = error_set(err, E_CONFLICT, "the request", "has a case already");
    rc = rc != 0 ? rc
                 : db_exec(self, err, "INSERT INTO case_origins (caller, request, number) VALUES (?1, ?2, ?3)", "tbi",
                           o->caller, (const void *)hash, sizeof hash, number);
    return rc != 0 ? rc : add_callbacks(self, o, number, now, err);
}

int origins_find(struct store *self, const char *caller, const char *request, int64_t *number, struct error *err)
{
    unsigned char hash[REQUEST_HASH];
    hash_of(request, hash);
    return db_int(self, err, number, 0, "SELECT number FROM case_origins WHERE caller = ?1 AND request = ?2", "tb", caller,
                  (const void *)hash, sizeof hash);
}

int origins_waiting(struct store *self, int64_t *number, struct error *err)
{
    return db_int(self, err, number, 0,
                  "SELECT coalesce(min(number), 0) FROM cases WHERE closed IS NULL AND type = 'erase' AND state IN ('approved', "
                  "'committed', 'scrubbed') AND coalesce(json_array_length(facts, '$.models_due'), 0) * (state = "
                  "'scrubbed') = 0 AND number IN (SELECT number FROM case_origins)", "");
}

int origins_caller(struct store *self, int64_t number, char *out, size_t size, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT caller FROM case_origins WHERE number = ?1", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "i", number);
    rc = rc != 0 ? rc : db_step(self, s, err);
    if (rc == 1)
        snprintf(out, size, "%s", db_text(s, 0));
    db_done(s);
    return rc == 1 ? 0 : rc != 0 ? rc : error_set(err, E_NOT_FOUND, "the case", "nobody asked for it over the wire");
}

void callbacks_free(struct callback *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mem_free(list[i].request);
        mem_free(list[i].url);
        mem_free(list[i].told);
    }
    mem_free(list);
}

static int read_callback(sqlite3_stmt *s, struct callback *c)
{
    *c = (struct callback){.callback = sqlite3_column_int64(s, 0), .number = sqlite3_column_int64(s, 1),
                           .next = sqlite3_column_int64(s, 6), .attempts = sqlite3_column_int(s, 5),
                           .request = mem_strdup(db_text(s, 2)), .url = mem_strdup(db_text(s, 3)),
                           .told = mem_strdup(db_text(s, 4))};
    return c->request != NULL && c->url != NULL && c->told != NULL ? 0 : E_NOMEM;
}

int callbacks_due(struct store *self, int64_t now, size_t max, struct callback **out, size_t *n, struct error *err)
{
    sqlite3_stmt *s;
    struct callback *list = mem_zalloc(max, sizeof *list);
    size_t found = 0;
    int rc = list == NULL ? error_nomem(err, "callbacks")
                          : db_prepare(self, "SELECT callback, number, request, url, told, attempts, next FROM callbacks "
                                             "WHERE next <= ?1 ORDER BY next, callback LIMIT ?2", &s, err);
    if (rc != 0) {
        mem_free(list);
        return rc;
    }
    rc = db_bind(self, s, err, "ii", now, (int64_t)max);
    while (rc == 0 && found < max && (rc = db_step(self, s, err)) == 1)
        rc = read_callback(s, &list[found++]) != 0 ? error_nomem(err, "callbacks") : 0;
    db_done(s);
    if (rc < 0) {
        callbacks_free(list, found);
        return rc;
    }
    *out = list;
    *n = found;
    return 0;
}

int callbacks_told(struct store *self, int64_t callback, const char *status, int64_t next, struct error *err)
{
    return db_exec(self, err, "UPDATE callbacks SET told = ?2, attempts = 0, next = ?3 WHERE callback = ?1", "iti",
                   callback, status, next);
}

int callbacks_failed(struct store *self, int64_t callback, int64_t next, struct error *err)
{
    return db_exec(self, err, "UPDATE callbacks SET attempts = attempts + 1, next = ?2 WHERE callback = ?1", "ii", callback,
                   next);
}

int callbacks_remove(struct store *self, int64_t callback, struct error *err)
{
    return db_exec(self, err, "DELETE FROM callbacks WHERE callback = ?1", "i", callback);
}
