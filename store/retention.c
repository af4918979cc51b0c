#include "store/retention.h"

#include "base/clock.h"
#include "store/db.h"

enum { PEOPLE = 2000 };

int retention_each(struct store *self, retention_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0, rc = db_prepare(self, "SELECT kind, days, count FROM retention WHERE place = 'events' ORDER BY kind", &s, err);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, &(struct retention_rule){db_text(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int(s, 2) != 0});
    }
    if (rc >= 0)
        db_done(s);
    return rc < 0 ? rc : told;
}

int retention_set(struct store *self, const struct retention_rule *rule, struct error *err)
{
    int rc = db_exec(self, err, "DELETE FROM retention WHERE place = 'events' AND kind = ?1", "t", rule->kind);
    return rc != 0 || rule->days == 0
               ? rc
               : db_exec(self, err, "INSERT INTO retention (place, kind, days, count) VALUES ('events', ?1, ?2, ?3)", "tii",
                         rule->kind, rule->days, (int64_t)rule->count);
}

/* ?1 to ?2: people; ?3: before; ?4: the kind of the rule; ?5: now.  Kinds under a hold stay. */
#define OLD(e)                                                                                                          \
    e ".user BETWEEN ?1 AND ?2 AND " e ".time < ?3 AND " e ".kind IN (SELECT k.kind FROM kinds k WHERE "               \
    "(k.name = ?4 OR (?4 = '' AND k.name NOT IN (SELECT kind FROM retention WHERE place = 'events'))) AND NOT EXISTS " \
    "(SELECT 1 FROM holds h WHERE h.released IS NULL AND h.until > ?5 AND "                                            \
    "instr(',' || h.kinds || ',', ',' || k.name || ',') > 0))"

int retention_due(struct store *self, const struct retention_rule *rule, int64_t now, int64_t *events, struct error *err)
{
    return db_int(self, err, events, 0, "SELECT count(*) FROM events e WHERE " OLD("e"), "iiiti", INT64_C(0), INT64_MAX,
                  now - rule->days * CLOCK_DAY_MS, rule->kind, now);
}

static int batch(struct store *self, const struct retention_rule *rule, int64_t first, int64_t now, int64_t *events,
                 struct error *err)
{
    static const char *const sql[] = {
        "INSERT INTO daily_counts (day, item, kind, events, quantity) SELECT e.time - (e.time % 86400000 + 86400000) % 86400000, e.item, e.kind, count(*), "
        "sum(coalesce(e.quantity, 1.0)) FROM events e WHERE " OLD("e") " GROUP BY 1, 2, 3 ON CONFLICT (day, item, kind) DO UPDATE "
        "SET events = events + excluded.events, quantity = quantity + excluded.quantity",
        "DELETE FROM event_context WHERE user BETWEEN ?1 AND ?2 AND EXISTS (SELECT 1 FROM events e WHERE "
        "e.user = event_context.user AND e.event = event_context.event AND " OLD("e") ")",
        "DELETE FROM events WHERE " OLD("events"),
        "DELETE FROM sessions WHERE user BETWEEN ?1 AND ?2 AND NOT EXISTS (SELECT 1 FROM events e WHERE "
        "e.user = sessions.user AND e.session = sessions.session) AND ?3 > 0 AND ?4 IS NOT NULL AND ?5 > 0",
    };
    int64_t last = first + PEOPLE - 1;
    int rc = store_begin(self, err);
    for (size_t i = rule->count ? 0 : 1; rc == 0 && i < sizeof sql / sizeof *sql; i++) {
        rc = db_exec(self, err, sql[i], "iiiti", first, last, now - rule->days * CLOCK_DAY_MS, rule->kind, now);
        if (rc == 0 && i == 2)
            *events += sqlite3_changes64(self->db);
    }
    rc = rc != 0 ? rc : store_commit(self, err);
    if (rc != 0)
        store_rollback(self);
    dictionary_clear(&self->sessions);
    return rc;
}

int retention_run(struct store *self, const struct retention_rule *rule, int64_t now, struct job *job, int64_t *events,
                  struct error *err)
{
    int64_t last = 0, held = 0;
    *events = 0;
    int rc = db_int(self, err, &held, 0, "SELECT coalesce(min(hold), 0) FROM holds WHERE released IS NULL AND until > ?1 AND "
                                         "kinds = ''", "i", now);
    if (rc == 0 && held != 0) {
        error_set(err, E_REFUSED, "the rules", "wait: legal hold %lld is on everything", (long long)held);
        return error_hint(err, E_REFUSED, "`reckon privacy holds` says why and until when");
    }
    rc = rc != 0 ? rc : db_int(self, err, &last, 0, "SELECT max(user) FROM users", "");
    for (int64_t first = 1; rc == 0 && first <= last; first += PEOPLE)
        rc = job_step(job, "deleting what was kept long enough", (double)first, (double)last, "people")
                 ? job_error_cancelled(err, "the run")
                 : batch(self, rule, first, now, events, err);
    return rc;
}
