#include "store/erase.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "store/db.h"
#include "base/str.h"
#include "store/personal_data.h"
#include "store/watch.h"

enum { REAL_TEXT = 8, IN_MEMORY_MAX = 256 << 20 };

/* ---- SQL over names from the map ----------------------------------------------------------------------- */

static int tell(erase_fn fn, void *context, const char *place, const char *method, int64_t rows)
{
    return fn != NULL && rows > 0 ? fn(context, place, method, rows) : 0;
}

static int run(struct store *self, int64_t *changed, struct error *err, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    char *sql = sqlite3_vmprintf(format, ap);
    va_end(ap);
    if (sql == NULL)
        return error_nomem(err, "erasure");
    sqlite3_stmt *s = NULL;
    int before = sqlite3_total_changes(self->db);
    int rc = db_must_fail() ? SQLITE_FULL : sqlite3_prepare_v2(self->db, sql, -1, &s, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        if (rc == SQLITE_ROW && changed != NULL)
            *changed = sqlite3_column_int64(s, 0);
        rc = sqlite3_step(s);
    }
    bool reads = s != NULL && sqlite3_stmt_readonly(s);
    if (rc == SQLITE_DONE && changed != NULL && !reads)
        *changed = sqlite3_total_changes(self->db) - before;
    int out = rc == SQLITE_DONE ? 0 : db_error(self->db, rc, self->workspace, err);
    sqlite3_finalize(s);
    sqlite3_free(sql);
    return out;
}

static int has_column(struct store *self, const char *table, const char *column, bool *out, struct error *err)
{
    int64_t n = 0;
    int rc = db_int(self, err, &n, 0, "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2", "tt", table,
                    column);
    *out = n > 0;
    return rc;
}

static bool first_of_table(const struct personal_column *c)
{
    return c == personal_data_columns || strcmp(c[-1].table, c->table) != 0;
}

/* Does the map reach rows of this table by `user`? */
static bool is_by_user(const char *table)
{
    const struct personal_column *c = personal_data_column(table, "user");
    return c != NULL && c->reach == REACH_USER;
}

/* ---- who ----------------------------------------------------------------------------------------------- */

static int clear_choice(struct store *self, struct error *err)
{
    int rc = db_run(self, "CREATE TEMP TABLE IF NOT EXISTS erasing (user INTEGER PRIMARY KEY, digest BLOB)", err);
    return rc != 0 ? rc : db_run(self, "DELETE FROM temp.erasing", err);
}

int erase_choose(struct store *self, const int64_t *users, size_t n, struct error *err)
{
    int rc = clear_choice(self, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = erase_choose_user(self, users[i], err);
    return rc;
}

int erase_choose_user(struct store *self, int64_t user, struct error *err)
{
    return db_exec(self, err, "INSERT OR IGNORE INTO temp.erasing (user) VALUES (?1)", "i", user);
}

int erase_choose_named(struct store *self, const char *identifier, size_t n, struct error *err)
{
    return db_exec(self, err, "INSERT OR IGNORE INTO temp.erasing (user) SELECT user FROM identities WHERE identifier "
                              "= ?1", "s",
                   identifier, n);
}

int erase_chosen(struct store *self, int64_t *n, struct error *err)
{
    return db_int(self, err, n, 0, "SELECT count(*) FROM temp.erasing", "");
}

int erase_chosen_each(struct store *self, int (*fn)(void *context, int64_t user), void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0, rc = db_prepare(self, "SELECT user FROM temp.erasing ORDER BY user", &s, err);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        told = fn(context, sqlite3_column_int64(s, 0));
        rc = 0;
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}

int erase_events(struct store *self, int64_t *first, int64_t *last, int64_t *n, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT count(*), min(time), max(time) FROM events WHERE user IN (SELECT user FROM "
                              "temp.erasing)", &s, err);
    rc = rc != 0 ? rc : db_step(self, s, err);
    if (rc < 0)
        return rc;
    *n = sqlite3_column_int64(s, 0);
    *first = sqlite3_column_int64(s, 1);
    *last = sqlite3_column_int64(s, 2);
    db_done(s);
    return 0;
}

/* ---- by what they are known ---------------------------------------------------------------------------- */

#define THEIRS "user IN (SELECT user FROM temp.erasing)"
#define OTHERS "user NOT IN (SELECT user FROM temp.erasing)"

/* Every place of texts about a person: a source, and whose rows of it. */
static const struct {
    const char *select; /* one column, called t */
} text_sources[] = {
    {"SELECT label AS t FROM sessions WHERE "},
    {"SELECT value AS t FROM user_values WHERE typeof(value) = 'text' AND "},
    {"SELECT referrer AS t FROM event_context WHERE referrer IS NOT NULL AND "},
    {"SELECT j.atom AS t FROM event_context, json_tree(attributes) j WHERE attributes IS NOT NULL AND "
     "json_valid(attributes) AND j.type = 'text' AND "},
    {"SELECT w.text AS t FROM event_context c JOIN words w ON w.word IN (c.channel, c.device) WHERE "},
};

/* Into temp.texts: what the chosen have and nobody else. */
static int collect_texts(struct store *self, struct error *err)
{
    static const size_t n = sizeof text_sources / sizeof text_sources[0];
    int rc = db_run(self, "CREATE TEMP TABLE IF NOT EXISTS texts (text TEXT PRIMARY KEY) WITHOUT ROWID; "
                          "DELETE FROM temp.texts", err);
    int64_t added[sizeof text_sources / sizeof text_sources[0]] = {0};
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = run(self, &added[i], err, "INSERT OR IGNORE INTO temp.texts SELECT t FROM (%s%s) WHERE "
                                       "length(CAST(t AS BLOB)) > %d", text_sources[i].select, THEIRS, REAL_TEXT);
    for (size_t i = 0; rc == 0 && i < n; i++) /* a pass over everybody's, only where there is something to compare */
        if (added[i] > 0)
            rc = run(self, NULL, err, "DELETE FROM temp.texts WHERE text IN (%s%s)", text_sources[i].select, OTHERS);
    return rc;
}

static int each_text(struct store *self, const char *sql, bool identifier, erase_text_fn fn, void *context,
                     struct error *err)
{
    sqlite3_stmt *s = NULL;
    int sql_rc = sqlite3_prepare_v2(self->db, sql, -1, &s, NULL), told = 0;
    while (sql_rc == SQLITE_OK && told == 0 && sqlite3_step(s) == SQLITE_ROW)
        told = fn(context, db_text(s, 0), (size_t)sqlite3_column_bytes(s, 0), identifier);
    if (sql_rc == SQLITE_OK)
        sql_rc = sqlite3_reset(s);
    int rc = sql_rc == SQLITE_OK ? 0 : db_error(self->db, sql_rc, self->workspace, err);
    sqlite3_finalize(s);
    return rc != 0 ? rc : told;
}

struct text_limit {
    erase_text_fn fn;
    void *context;
    int64_t max, n;
};

static int within_limit(void *context, const char *text, size_t n, bool identifier)
{
    struct text_limit *l = context;
    return l->n++ < l->max ? l->fn(l->context, text, n, identifier) : 0;
}

int erase_texts(struct store *self, int64_t max, int64_t *left_out, erase_text_fn fn, void *context, struct error *err)
{
    struct text_limit limit = {.fn = fn, .context = context, .max = max};
    int rc = each_text(self, "SELECT identifier FROM identities WHERE " THEIRS " ORDER BY identifier", true, fn,
                       context,
                       err);
    rc = rc != 0 ? rc : collect_texts(self, err);
    rc = rc != 0 ? rc : each_text(self, "SELECT text FROM temp.texts ORDER BY text", false, within_limit, &limit, err);
    if (rc == 0)
        rc = db_run(self, "DELETE FROM temp.texts", err);
    *left_out = limit.n > max ? limit.n - max : 0;
    return rc;
}

/* ---- identifiers in text ------------------------------------------------------------------------------- */

struct in_text {
    const unsigned char *data;
    size_t n;
};

static int is_whole(void *context, size_t at, size_t length, uint32_t id)
{
    const struct in_text *t = context;
    (void)id;
    return matcher_is_word(t->data, t->n, at, length);
}

/* names_somebody(value): does it hold an identifier as a whole word? */
static void names_somebody(sqlite3_context *context, int n, sqlite3_value **values)
{
    const struct matcher *m = sqlite3_user_data(context);
    (void)n;
    struct in_text t = {.data = sqlite3_value_blob(values[0]), .n = (size_t)sqlite3_value_bytes(values[0])};
    sqlite3_result_int(context, t.data != NULL && matcher_scan(m, t.data, t.n, 0, t.n, is_whole, &t) != 0);
}

static int use_matcher(struct store *self, const struct matcher *m, struct error *err)
{
    union { /* SQLite takes a pointer to what it may change; it does not */
        const struct matcher *in;
        void *out;
    } pointer = {.in = m};
    int rc = sqlite3_create_function_v2(self->db, "names_somebody", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, pointer.out,
                                        m != NULL ? names_somebody : NULL, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : db_error(self->db, rc, self->workspace, err);
}

/* What becomes of a row that names somebody: lines as they came, and facts about others or products, go as a whole;
 * else the text. */
static bool goes_whole(const char *table)
{
    return strcmp(table, "quarantine") == 0 || strcmp(table, "user_values") == 0 || strcmp(table, "item_values") == 0;
}

/* Text of one column; `count`: only count. */
static int scrub_column(struct store *self, const struct personal_column *c, bool others, bool count, int64_t *rows,
                        struct error *err)
{
    const char *whose = others && c->reach == REACH_USER ? "AND " OTHERS : "";
    int64_t null_allowed = 0;
    bool there;
    *rows = 0;
    int rc = has_column(self, c->table, c->column, &there, err);
    if (rc != 0 || !there)
        return rc;
    if (count)
        return run(self, rows, err, "SELECT count(*) FROM \"%w\" WHERE names_somebody(\"%w\") %s", c->table, c->column,
                   whose);
    if (goes_whole(c->table))
        return run(self, rows, err, "DELETE FROM \"%w\" WHERE names_somebody(\"%w\") %s", c->table, c->column, whose);
    rc = db_int(self, err, &null_allowed, 0, "SELECT \"notnull\" = 0 FROM pragma_table_info(?1) WHERE name = ?2", "tt",
                c->table, c->column);
    if (rc != 0)
        return rc;
    const char *text = null_allowed ? "NULL" : "'erased-' || lower(hex(randomblob(6)))";
    if (c->reach == REACH_MENTION) /* JSON stays JSON */
        return run(self, rows, err, "UPDATE \"%w\" SET \"%w\" = CASE substr(\"%w\", 1, 1) WHEN '{' THEN '{}' WHEN '[' "
                   "THEN '[]' ELSE %s END WHERE names_somebody(\"%w\")", c->table, c->column, c->column, text, c->column);
    return run(self, rows, err, "UPDATE \"%w\" SET \"%w\" = %s WHERE names_somebody(\"%w\") %s", c->table, c->column,
               text, c->column, whose);
}

static bool is_others_text(const struct personal_column *c)
{
    return c->reach == REACH_MENTION ||
           (c->reach == REACH_USER && (c->holds == PERSONAL_SUBJECT || c->holds == PERSONAL_SENSITIVE));
}

static int scrub_columns(struct store *self, bool others, bool count, erase_fn fn, void *context, struct error *err)
{
    int rc = 0;
    for (const struct personal_column *c = personal_data_columns; rc == 0 && c->table != NULL; c++) {
        int64_t rows = 0;
        char place[128];
        if (others ? !is_others_text(c) : c->reach != REACH_CONTENT)
            continue;
        rc = scrub_column(self, c, others, count, &rows, err);
        snprintf(place, sizeof place, "%s.%s", c->table, c->column);
        if (rc == 0)
            rc = tell(fn, context, place, goes_whole(c->table) ? "rows that name them" : "texts that name them", rows);
    }
    return rc;
}

/* ---- what nobody refers to ------------------------------------------------------------------------------ */

/* "SELECT a FROM t UNION SELECT b FROM u …" over every column that refers to `table`, in `out`. */
static int references_to(struct store *self, const char *table, struct str *out, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT m.name, f.\"from\" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f "
                              "WHERE m.type = 'table' AND f.\"table\" = ?1 ORDER BY 1, 2", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "t", table);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1)
        rc = str_printf(out, "%sSELECT \"%s\" FROM \"%s\" WHERE \"%s\" IS NOT NULL", out->len > 0 ? " UNION " : "",
                        db_text(s, 1), db_text(s, 0), db_text(s, 1)) != 0 ? error_nomem(err, "erasure") : 0;
    db_done(s);
    return rc;
}

static int drop_unused(struct store *self, const char *table, int64_t *rows, struct error *err)
{
    struct str used;
    int64_t any = 0;
    str_init(&used, 8192);
    int rc = run(self, &any, err, "SELECT count(*) FROM \"%w\"", table);
    if (rc == 0 && any > 0)
        rc = references_to(self, table, &used, err);
    if (rc == 0 && used.len > 0)
        rc = run(self, rows, err, "DELETE FROM \"%w\" WHERE rowid NOT IN (%s)", table, str_text(&used));
    str_release(&used);
    return rc;
}

int erase_scrub(struct store *self, const struct matcher *all, const struct matcher *strong, erase_fn fn, void *context,
                struct error *err)
{
    int rc = use_matcher(self, all, err);
    rc = rc != 0 ? rc : scrub_columns(self, false, false, fn, context, err);
    if (strong != NULL) {
        rc = rc != 0 ? rc : use_matcher(self, strong, err);
        rc = rc != 0 ? rc : scrub_columns(self, true, false, fn, context, err);
    }
    use_matcher(self, NULL, NULL);
    for (const struct personal_column *c = personal_data_columns; rc == 0 && c->table != NULL; c++) {
        int64_t rows = 0;
        if (c->reach != REACH_UNUSED)
            continue;
        rc = drop_unused(self, c->table, &rows, err);
        if (rc == 0)
            rc = tell(fn, context, c->table, "rows that nobody refers to", rows);
    }
    return rc;
}

/* ---- rows ----------------------------------------------------------------------------------------------- */

int erase_begin(struct store *self, struct error *err)
{
    /* SQLite would look for the events of each session that goes, in all of them; erase_left looks for what is left. */
    int rc = db_run(self, "PRAGMA foreign_keys = OFF", err);
    rc = rc != 0 ? rc : store_begin(self, err);
    if (rc != 0)
        erase_end(self, false, NULL);
    return rc;
}

int erase_end(struct store *self, bool keep, struct error *err)
{
    int rc = keep ? store_commit(self, err) : 0;
    if (!keep || rc != 0)
        store_rollback(self);
    db_run(self, "PRAGMA foreign_keys = ON", NULL);
    dictionary_clear(&self->users);
    dictionary_clear(&self->sessions);
    dictionary_clear(&self->words);
    return rc;
}

/* Events of the chosen under a hold that is in force; of several the first. */
#define HELD                                                                                                            \
    "FROM temp.erasing p JOIN events e ON e.user = p.user JOIN items i ON i.item = e.item JOIN kinds k ON "            \
    "k.kind = e.kind JOIN holds h ON h.released IS NULL AND (h.digest IS NULL OR h.digest = p.digest) AND "            \
    "h.until > %lld AND h.kinds <> '' AND instr(',' || h.kinds || ',', ',' || k.name || ',') GROUP BY e.user, e.event"

static int keep_held(struct store *self, struct error *err)
{
    bool there;
    int rc = has_column(self, "holds", "kinds", &there, err);
    if (rc != 0 || !there)
        return rc;
    return run(self, NULL, err,
               "INSERT INTO held_events SELECT min(h.hold), e.time, i.identifier, k.name, e.quantity, e.price " HELD,
               (long long)clock_now_ms());
}

/* What is, or would be, kept: by which hold, of which kinds and until when.  Why is free text, and stays with it. */
static int each_held(struct store *self, erase_fn fn, void *context, struct error *err)
{
    bool there;
    sqlite3_stmt *s = NULL;
    int rc = has_column(self, "holds", "kinds", &there, err);
    if (rc != 0 || !there || fn == NULL)
        return rc;
    char *sql = sqlite3_mprintf("SELECT h.hold, h.kinds, strftime('%%Y-%%m-%%d', h.until / 1000, 'unixepoch'), count(*) "
                                "FROM (SELECT min(h.hold) AS hold " HELD ") x JOIN holds h ON h.hold = x.hold GROUP BY "
                                "h.hold", (long long)clock_now_ms());
    int code = sql == NULL ? SQLITE_NOMEM : sqlite3_prepare_v2(self->db, sql, -1, &s, NULL);
    sqlite3_free(sql);
    while (rc == 0 && (code == SQLITE_OK || code == SQLITE_ROW) && (code = sqlite3_step(s)) == SQLITE_ROW) {
        char method[200];
        snprintf(method, sizeof method, "%.60s: kept until %.20s under hold %lld, cut off from the person",
                 db_text(s, 1), db_text(s, 2), (long long)sqlite3_column_int64(s, 0));
        rc = tell(fn, context, "held_events", method, sqlite3_column_int64(s, 3));
    }
    if (rc == 0 && code != SQLITE_DONE)
        rc = db_error(self->db, code, self->workspace, err);
    sqlite3_finalize(s);
    return rc;
}

static int each_table(struct store *self, const char *sql, erase_fn fn, void *context, struct error *err)
{
    int rc = 0;
    for (const struct personal_column *c = personal_data_columns; rc == 0 && c->table != NULL; c++) {
        int64_t rows = 0;
        bool there;
        if (!first_of_table(c) || !is_by_user(c->table))
            continue;
        rc = has_column(self, c->table, "user", &there, err);
        if (rc == 0 && there)
            rc = run(self, &rows, err, sql, c->table);
        if (rc == 0)
            rc = tell(fn, context, c->table, "rows of the person", rows);
    }
    return rc;
}

/* Slates that were given out to nobody, or to somebody else, and that events of the chosen name: once the events are
 * gone, nothing would tell whose they are.  (Attributes come as they came: not every one is JSON.) */
static int each_named_slate(struct store *self, const char *what, erase_fn fn, void *context, struct error *err)
{
    bool there;
    int64_t rows = 0;
    int rc = has_column(self, "slates", "slate", &there, err);
    if (rc == 0 && there)
        rc = run(self, &rows, err,
                 "%s FROM slates WHERE (user IS NULL OR " OTHERS ") AND slate IN (SELECT CASE WHEN json_valid(attributes) "
                 "THEN json_extract(attributes, '$.slate') END FROM event_context WHERE attributes IS NOT NULL AND " THEIRS
                 ")", what);
    return rc == 0 ? tell(fn, context, "slates", "named by events of the person", rows) : rc;
}

int erase_rows(struct store *self, erase_fn fn, void *context, struct error *err)
{
    int rc = each_held(self, fn, context, err);
    rc = rc != 0 ? rc : keep_held(self, err);
    if (rc == 0)
        rc = each_named_slate(self, "DELETE", fn, context, err);
    return rc != 0 ? rc : each_table(self, "DELETE FROM \"%w\" WHERE " THEIRS, fn, context, err);
}

int erase_count(struct store *self, const struct matcher *all, erase_fn fn, void *context, struct error *err)
{
    int rc = each_table(self, "SELECT count(*) FROM \"%w\" WHERE " THEIRS, fn, context, err);
    if (rc == 0)
        rc = each_named_slate(self, "SELECT count(*)", fn, context, err);
    rc = rc != 0 ? rc : each_held(self, fn, context, err);
    if (rc != 0 || all == NULL)
        return rc;
    rc = use_matcher(self, all, err);
    rc = rc != 0 ? rc : scrub_columns(self, false, true, fn, context, err);
    use_matcher(self, NULL, NULL);
    return rc;
}

int erase_left(struct store *self, int64_t *rows, struct error *err)
{
    struct str sql;
    sqlite3_stmt *s;
    str_init(&sql, 16384);
    str_puts(&sql, "SELECT 0");
    int rc = db_prepare(self, "SELECT m.name, f.\"from\" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f "
                              "WHERE m.type = 'table' AND f.\"table\" = 'users' UNION SELECT 'users', 'user'", &s, err);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1)
        rc = str_printf(&sql, " + (SELECT count(*) FROM \"%s\" WHERE \"%s\" IN (SELECT user FROM temp.erasing))",
                        db_text(s, 0), db_text(s, 1)) != 0 ? error_nomem(err, "erasure") : 0;
    db_done(s);
    if (rc == 0)
        rc = run(self, rows, err, "%s", str_text(&sql));
    str_release(&sql);
    return rc;
}

/* ---- the file ------------------------------------------------------------------------------------------- */

static int64_t file_bytes(const struct store *self)
{
    const char *path = sqlite3_db_filename(self->db, "main");
    struct stat st;
    return path != NULL && stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* Until the log is empty: readers of what was before have to come to their end first. */
static int empty_log(struct store *self, struct error *err)
{
    int64_t until = clock_monotonic_ms() + db_patience_ms();
    int64_t busy = 1;
    do {
        int rc = run(self, &busy, err, "PRAGMA wal_checkpoint(TRUNCATE)");
        if (rc != 0 || busy == 0)
            return rc;
    } while (clock_monotonic_ms() < until);
    error_set(err, E_CONFLICT, self->workspace, "somebody reads what was there before the erasure, and does not stop");
    return error_hint(err, E_CONFLICT, "end programs that have the workspace open, then `reckon privacy resume`");
}

static void reset_statements(struct store *self)
{
    for (size_t i = 0; i < self->n_statements; i++)
        sqlite3_reset(self->statements[i].statement);
}

int erase_rewrite_into(struct store *self, const char *to, struct job *job, struct error *err)
{
    struct watch watch;
    reset_statements(self);
    watch_begin(&watch, self->db, job, "writing the database anew");
    int rc = run(self, NULL, err, "VACUUM INTO %Q", to);
    watch_end(&watch);
    if (rc == 0 && chmod(to, 0600) != 0)
        rc = fs_error(err, to, "cannot be made private");
    return rc != 0 ? rc : fs_sync_file(to, err);
}

int erase_rewrite(struct store *self, struct job *job, struct error *err)
{
    struct watch watch;
    /* The new file is built in memory when it is small; else in a temporary file, which holds what stays, nothing
     * else. */
    int rc = file_bytes(self) > IN_MEMORY_MAX ? db_run(self, "PRAGMA temp_store = FILE", err) : 0;
    reset_statements(self);
    watch_begin(&watch, self->db, job, "writing the database anew");
    rc = rc != 0 ? rc : run(self, NULL, err, "VACUUM");
    watch_end(&watch);
    rc = rc != 0 ? rc : empty_log(self, err);
    if (file_bytes(self) > IN_MEMORY_MAX)
        db_run(self, "PRAGMA temp_store = MEMORY", NULL); /* forgets the choice, which is made again when needed */
    int64_t schema = self->schema_version;
    if (db_int(self, NULL, &schema, 0, "PRAGMA schema_version", "") == 0)
        self->schema_version = schema; /* that was us */
    return rc;
}
