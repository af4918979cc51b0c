#include "store/cases.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/suppressions.h"

void case_release(struct case_record *self)
{
    mem_free(self->sealed);
    mem_free(self->certificate);
    json_decref(self->facts);
    *self = (struct case_record){0};
}

/* The same day of the next month, or its last day. */
static int64_t a_month_later(int64_t ms)
{
    char date[32];
    int year, month, day;
    clock_format_date(ms, date, sizeof date);
    if (sscanf(date, "%d-%d-%d", &year, &month, &day) != 3)
        return ms + 30 * CLOCK_DAY_MS;
    month++;
    if (month == 13) {
        month = 1;
        year++;
    }
    while (!clock_civil_valid(year, month, day))
        day--;
    return clock_days_from_civil(year, month, day) * CLOCK_DAY_MS + ms % CLOCK_DAY_MS;
}

int64_t case_due(const char *regulation, int64_t received)
{
    return strcmp(regulation, "ccpa") == 0 ? received + 45 * CLOCK_DAY_MS : a_month_later(received);
}

static char *facts_text(const struct case_record *r)
{
    json_t *empty = r->facts == NULL ? json_object() : NULL;
    char *text = json_dumps(r->facts != NULL ? r->facts : empty, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(empty);
    return text;
}

int cases_add(struct store *self, struct case_record *r, struct error *err)
{
    char *facts = facts_text(r);
    int rc = facts == NULL ? error_nomem(err, "the case") : 0;
    if (rc == 0)
        rc = db_exec(self, err, "INSERT INTO cases (type, regulation, state, received, due, people, salt, sealed, "
                                "facts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                     "tttiiibbt", r->type, r->regulation, r->state, r->received, r->due, r->people,
                     (const void *)(r->has_salt ? r->salt : NULL), (size_t)(r->has_salt ? CASE_SALT : 0),
                     (const void *)r->sealed, r->n_sealed, facts);
    if (rc == 0)
        r->number = sqlite3_last_insert_rowid(self->db);
    free(facts);
    return rc;
}

int cases_save(struct store *self, const struct case_record *r, struct error *err)
{
    char *facts = facts_text(r);
    if (facts == NULL)
        return error_nomem(err, "the case");
    int rc = db_exec(self, err, "UPDATE cases SET state = ?2, closed = nullif(?3, 0), sealed = ?4, facts = ?5, "
                                "certificate = ?6, due = ?7 WHERE number = ?1",
                     "itibtti", r->number, r->state, r->closed, (const void *)r->sealed, r->n_sealed, facts,
                     r->certificate, r->due);
    free(facts);
    return rc;
}

#define COLUMNS "number, type, regulation, state, received, due, closed, people, salt, sealed, facts, certificate"

static int read_case(sqlite3_stmt *s, struct case_record *r)
{
    *r = (struct case_record){
        .number = sqlite3_column_int64(s, 0),
        .received = sqlite3_column_int64(s, 4),
        .due = sqlite3_column_int64(s, 5),
        .closed = sqlite3_column_int64(s, 6),
        .people = sqlite3_column_int64(s, 7),
        .has_salt = sqlite3_column_bytes(s, 8) == CASE_SALT,
        .n_sealed = (size_t)sqlite3_column_bytes(s, 9),
        .facts = json_loads(db_text(s, 10), 0, NULL),
    };
    snprintf(r->type, sizeof r->type, "%s", db_text(s, 1));
    snprintf(r->regulation, sizeof r->regulation, "%s", db_text(s, 2));
    snprintf(r->state, sizeof r->state, "%s", db_text(s, 3));
    if (r->has_salt)
        memcpy(r->salt, sqlite3_column_blob(s, 8), CASE_SALT);
    r->sealed = r->n_sealed > 0 ? mem_dup(sqlite3_column_blob(s, 9), r->n_sealed) : NULL;
    r->certificate = sqlite3_column_type(s, 11) != SQLITE_NULL ? mem_strdup(db_text(s, 11)) : NULL;
    if (r->facts == NULL)
        r->facts = json_object();
    bool fits = r->facts != NULL && (r->n_sealed == 0 || r->sealed != NULL) &&
                (sqlite3_column_type(s, 11) == SQLITE_NULL || r->certificate != NULL);
    if (!fits)
        case_release(r);
    return fits ? 0 : E_NOMEM;
}

int cases_certified(struct store *self, bool *any, struct error *err)
{
    int64_t n = 0;
    int rc = db_int(self, err, &n, 0, "SELECT EXISTS (SELECT 1 FROM cases WHERE certificate IS NOT NULL)", "");
    *any = n != 0;
    return rc;
}

int cases_find(struct store *self, int64_t number, struct case_record *out, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT " COLUMNS " FROM cases WHERE number = ?1", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", number);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    int found = rc;
    rc = found == 1 && read_case(s, out) != 0 ? error_nomem(err, "the case") : 0;
    db_done(s);
    if (rc != 0 || found == 1)
        return rc;
    char what[40];
    snprintf(what, sizeof what, "case %" PRId64, number);
    error_set(err, E_NOT_FOUND, what, "there is no such case");
    return error_hint(err, E_NOT_FOUND, "`reckon privacy cases` lists them");
}

int cases_each(struct store *self, const char *type, bool open_only, cases_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT " COLUMNS " FROM cases WHERE (?1 IS NULL OR type = ?1) AND (?2 = 0 OR closed IS "
                              "NULL) ORDER BY closed IS NOT NULL, CASE WHEN closed IS NULL THEN due END, number DESC",
                        &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "ti", type, (int64_t)open_only);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct case_record r;
        rc = read_case(s, &r) != 0 ? error_nomem(err, "the case") : 0;
        if (rc == 0)
            told = fn(context, &r);
        case_release(&r);
    }
    if (rc < 0) {
        db_done(s);
        return rc;
    }
    db_done(s);
    return told;
}

int cases_step(struct store *self, int64_t number, const char *who, const char *action, const char *note, int64_t now,
               struct error *err)
{
    return db_exec(self, err, "INSERT INTO case_steps (number, at, who, action, note) VALUES (?1, ?2, ?3, ?4, ?5)", "iittt",
                   number, now, who, action, note);
}

int cases_steps(struct store *self, int64_t number, case_step_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0, rc = db_prepare(self, "SELECT at, who, action, note FROM case_steps WHERE number = ?1 ORDER BY step", &s,
                                  err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "i", number);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, sqlite3_column_int64(s, 0), db_text(s, 1), db_text(s, 2), db_text(s, 3));
    }
    if (rc >= 0)
        db_done(s);
    return rc < 0 ? rc : told;
}

int cases_about(struct store *self, int64_t number, const char *identifier, size_t n, struct error *err)
{
    unsigned char digest[SUPPRESSION_DIGEST];
    int rc = suppressions_digest(self, identifier, n, true, digest, err);
    return rc != 0 ? rc : db_exec(self, err, "INSERT OR IGNORE INTO case_people (digest, number) VALUES (?1, ?2)", "bi",
                                  (const void *)digest, sizeof digest, number);
}

int cases_of(struct store *self, const unsigned char *digest, size_t n_digest, int64_t number, int64_t **list, size_t *n,
             struct error *err)
{
    sqlite3_stmt *s;
    size_t cap = 0;
    *list = NULL;
    *n = 0;
    int rc = db_prepare(self, "SELECT number FROM case_people WHERE digest = ?1 AND number <> ?2 ORDER BY number", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "bi", (const void *)digest, n_digest, number);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = mem_grow((void **)list, &cap, *n + 1, sizeof **list) != 0 ? error_nomem(err, "the cases") : 0;
        if (rc == 0)
            (*list)[(*n)++] = sqlite3_column_int64(s, 0);
    }
    db_done(s);
    return rc < 0 ? rc : 0;
}

int cases_forget_notes(struct store *self, int64_t number, int64_t *rows, struct error *err)
{
    int64_t there = 0, n = 0;
    int rc = db_int(self, err, &there, 0, "SELECT count(*) FROM sqlite_schema WHERE name = 'case_steps'", "");
    if (rc != 0 || there == 0)
        return rc;
    rc = db_int(self, err, &n, 0, "SELECT count(*) FROM case_steps WHERE number = ?1 AND note <> ''", "i", number);
    rc = rc != 0 ? rc : db_exec(self, err, "UPDATE case_steps SET note = '' WHERE number = ?1 AND note <> ''", "i", number);
    *rows += rc == 0 ? n : 0;
    return rc;
}
