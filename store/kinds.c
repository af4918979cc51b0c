#include "store/kinds.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/db.h"

/* How much a kind of event tells of what somebody likes, next to a purchase.  Impressions and returns tell
 * nothing in favour. */
static const struct {
    const char *name;
    double weight;
} usual[] = {{"view", 0.2},     {"click", 0.3},  {"add_to_cart", 0.6}, {"wishlist", 0.5},
             {"exposure", 0},   {"return", 0},   {"remove_from_cart", 0}};

double kinds_usual_weight(const char *name)
{
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (strcmp(usual[i].name, name) == 0)
            return usual[i].weight;
    return 1;
}

static const char find_sql[] = "SELECT kind FROM kinds WHERE name = ?1";

int kinds_intern(struct store *self, const char *name, size_t n, int64_t *kind, struct error *err)
{
    int rc = db_lookup(self, &self->kinds, find_sql, 0, name, n, kind, err);
    if (rc != 0 || *kind != 0)
        return rc;
    char word[64];
    if (n >= sizeof word)
        return error_set(err, E_BAD_DATA, "kind", "is longer than %zu bytes", sizeof word - 1);
    memcpy(word, name, n);
    word[n] = '\0';
    rc = db_exec(self, err, "INSERT INTO kinds (name, weight) VALUES (?1, ?2)", "tr", word, kinds_usual_weight(word));
    if (rc != 0)
        return rc;
    *kind = sqlite3_last_insert_rowid(self->db);
    dictionary_put(&self->kinds, dictionary_key(&self->kinds, 0, name, n), *kind);
    return 0;
}

int kinds_list(struct store *self, bool count_events, struct kind **out, size_t *n, struct error *err)
{
    struct kind *list = NULL;
    size_t used = 0, cap = 0;
    sqlite3_stmt *s;
    int rc = db_prepare(self, count_events ? "SELECT kind, name, weight, (SELECT count(*) FROM events e WHERE e.kind = k.kind) "
                                             "FROM kinds k ORDER BY name"
                                           : "SELECT kind, name, weight, 0 FROM kinds ORDER BY name", &s, err);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        if (mem_grow((void **)&list, &cap, used + 1, sizeof *list) != 0) {
            db_done(s);
            rc = error_nomem(err, "kinds");
            break;
        }
        struct kind *k = &list[used++];
        *k = (struct kind){.kind = sqlite3_column_int64(s, 0), .weight = sqlite3_column_double(s, 2), .events = sqlite3_column_int64(s, 3)};
        snprintf(k->name, sizeof k->name, "%s", db_text(s, 1));
        rc = 0;
    }
    if (rc != 0) {
        mem_free(list);
        return rc;
    }
    db_done(s);
    *out = list;
    *n = used;
    return 0;
}

static int no_kind(const char *name, struct error *err)
{
    error_set(err, E_NOT_FOUND, name, "no event of this kind was ever imported");
    return error_hint(err, E_NOT_FOUND, "`reckon kinds list` shows the kinds that there are");
}

int kinds_find(struct store *self, const char *name, int64_t *kind, struct error *err)
{
    int rc = db_int(self, err, kind, 0, find_sql, "t", name);
    return rc != 0 || *kind != 0 ? rc : no_kind(name, err);
}

int kinds_set_weight(struct store *self, const char *name, double weight, struct error *err)
{
    int rc = db_exec(self, err, "UPDATE kinds SET weight = ?2 WHERE name = ?1", "tr", name, weight);
    if (rc != 0 || sqlite3_changes(self->db) > 0)
        return rc;
    return no_kind(name, err);
}
