/* The database as SQLite sees it: its header, its pages, its references, its schema. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/kept.h"
#include "store/doctor_parts.h"
#include "store/migrate.h"
#include "store/watch.h"

enum { HEADER = 100 };

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t size_of(const struct doctor *self, const char *name)
{
    char path[FS_PATH_MAX];
    struct stat st;
    doctor_path(self, path, name);
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

/* How many bytes are missing at the end of the file; only told when no log could hold them. */
static int64_t cut_off(const unsigned char header[HEADER], int64_t size, int64_t log)
{
    int64_t page = header[16] << 8 | header[17], pages = be32(header + 28);
    page = page == 1 ? 65536 : page;
    bool known = pages > 0 && be32(header + 24) == be32(header + 92);
    return known && log <= 0 && page * pages > size ? page * pages - size : 0;
}

bool doctor_header(struct doctor *self)
{
    unsigned char header[HEADER] = {0};
    char path[FS_PATH_MAX];
    int64_t size = size_of(self, STORE_FILE), log = size_of(self, STORE_FILE "-wal");
    self->counts->database_bytes = size;
    self->counts->log_bytes = log < 0 ? 0 : log;
    doctor_path(self, path, STORE_FILE);
    int fd = kept_open(path);
    ssize_t got = fd >= 0 ? pread(fd, header, sizeof header, 0) : -1;
    if (got < 0) {
        doctor_say(self, "database", DOCTOR_PROBLEM, "Check its owner, its permissions and the disk; then run `reckon "
                   "doctor` again.",
                   "%s cannot be read.", STORE_FILE);
    } else if (got == 0) {
        doctor_say(self, "database", DOCTOR_PROBLEM, self->restore, "%s is empty: it has no bytes at all.", STORE_FILE);
    } else if (got < HEADER || memcmp(header, "SQLite format 3", 16) != 0) {
        doctor_say(self, "database", DOCTOR_PROBLEM, self->restore,
                   "%s is not a database: its first bytes are not those that every database begins with. Something "
                   "else was written over it.", STORE_FILE);
    } else if (cut_off(header, size, log) > 0) {
        doctor_say(self, "database", DOCTOR_PROBLEM, self->restore,
                   "%s is cut off: %" PRId64 " bytes are missing at its end, as after a copy that was interrupted or a "
                   "disk that was full.",
                   STORE_FILE, cut_off(header, size, log));
    } else {
        doctor_say(self, "database", DOCTOR_OK, "", "%s has %" PRId64 " bytes.", STORE_FILE, size);
        return true;
    }
    return false;
}

/* Whether every row of a table can be read, without the help of any index. */
static bool rows_readable(sqlite3 *db, const char *table)
{
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" NOT INDEXED", table);
    sqlite3_stmt *s = NULL;
    int rc = sql != NULL ? sqlite3_prepare_v2(db, sql, -1, &s, NULL) : SQLITE_NOMEM;
    while (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW)
        rc = SQLITE_OK;
    sqlite3_finalize(s);
    sqlite3_free(sql);
    return rc == SQLITE_DONE;
}

static bool is_whole(sqlite3 *db, const char *table)
{
    char *sql = sqlite3_mprintf("PRAGMA quick_check(%Q)", table);
    sqlite3_stmt *s = NULL;
    bool whole = sql != NULL && sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
                 sqlite3_step(s) == SQLITE_ROW && strcmp(db_text(s, 0), "ok") == 0;
    sqlite3_finalize(s);
    sqlite3_free(sql);
    return whole;
}

/* Which tables can still be read and which cannot; tables of the schema that this build knows. */
static void name_the_damaged(struct doctor *self, sqlite3 *known)
{
    struct str bad;
    sqlite3_stmt *list;
    int64_t whole = 0, damaged = 0;
    str_init(&bad, 600);
    if (sqlite3_prepare_v2(known, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1", -1, &list,
                           NULL) != SQLITE_OK)
        return;
    while (sqlite3_step(list) == SQLITE_ROW) {
        const char *name = db_text(list, 0);
        if (is_whole(self->store->db, name)) {
            whole++;
            continue;
        }
        str_printf(&bad, "%s%s%s", damaged > 0 ? ", " : "", name,
                   rows_readable(self->store->db, name) ? " (only an index of it: its rows can be read)" : "");
        damaged++;
    }
    sqlite3_finalize(list);
    if (damaged > 0)
        doctor_say(self, "structure", DOCTOR_PROBLEM, self->restore, "Damaged tables: %s. The other %" PRId64 " tables "
                   "are whole.",
                   str_text(&bad), whole);
    str_release(&bad);
}

/* What SQLite's messages mean; the last fits all others. */
enum { DISAGREES, UNUSED, VALUE, LOST, MEANINGS };
static const char *const meanings[MEANINGS] = {
    [DISAGREES] = "An index does not agree with its table, so that some questions get incomplete answers",
    [UNUSED] = "A page belongs to nothing; it takes space, and no data is lost by that",
    [VALUE] = "A row holds a value that its column does not allow",
    [LOST] = "A page of the file holds something else than was written there: what it held is lost",
};

static int meaning_of(const char *message)
{
    static const struct {
        const char *words;
        int meaning;
    } known[] = {{"missing from index", DISAGREES}, {"entries in index", DISAGREES}, {"entry in index", DISAGREES},
                 {"never used", UNUSED},            {"NULL value", VALUE},           {"CHECK constraint", VALUE},
                 {" value in ", VALUE}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strstr(message, known[i].words) != NULL)
            return known[i].meaning;
    return LOST;
}

struct damage {
    int64_t times[MEANINGS];
    char example[MEANINGS][200];
};

/* One message of SQLite may be several lines, the first a heading. */
static void take_message(struct damage *self, const char *message)
{
    while (*message != '\0') {
        char line[200];
        size_t n = strcspn(message, "\n");
        snprintf(line, sizeof line, "%.*s", n < sizeof line ? (int)n : (int)sizeof line - 1, message);
        message += n + (message[n] == '\n');
        if (line[0] == '\0' || strncmp(line, "*** in database", 15) == 0)
            continue;
        int m = meaning_of(line);
        if (self->times[m]++ == 0)
            memcpy(self->example[m], line, sizeof line);
    }
}

static int say_damage(struct doctor *self, sqlite3_stmt *s, sqlite3 *known)
{
    struct damage damage = {0};
    int rc;
    do
        take_message(&damage, db_text(s, 0));
    while ((rc = sqlite3_step(s)) == SQLITE_ROW);
    if (rc == SQLITE_INTERRUPT)
        return E_CANCELLED;
    for (int i = 0; i < MEANINGS; i++)
        if (damage.times[i] > 0)
            doctor_say(self, "structure", DOCTOR_PROBLEM, self->restore,
                       "%s (found %" PRId64 " times). SQLite says: %s.", meanings[i],
                       damage.times[i], damage.example[i]);
    name_the_damaged(self, known);
    return 0;
}

static int check_pages(struct doctor *self, sqlite3 *known)
{
    sqlite3 *db = self->store->db;
    struct watch watch;
    struct error err;
    sqlite3_stmt *s = NULL;
    int out = 0, rc = sqlite3_prepare_v2(db, self->quick ? "PRAGMA quick_check" : "PRAGMA integrity_check", -1, &s,
                                         NULL);
    watch_begin(&watch, db, self->job, "checking every page of the database");
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_INTERRUPT)
        out = E_CANCELLED;
    else if (rc != SQLITE_ROW) {
        out = doctor_unreadable(self, "structure", db_error(db, rc, STORE_FILE, &err), &err);
        if (out == 0)
            name_the_damaged(self, known);
    } else if (strcmp(db_text(s, 0), "ok") == 0)
        doctor_say(self, "structure", DOCTOR_OK, "",
                   self->quick ? "Every page is in its place; indexes were not compared with their tables."
                               : "Every page is in its place, and every index agrees with its table.");
    else
        out = say_damage(self, s, known);
    sqlite3_finalize(s);
    watch_end(&watch);
    return out;
}

static int check_references(struct doctor *self)
{
    struct error err = {0};
    struct watch watch;
    sqlite3_stmt *s;
    bool any = false;
    watch_begin(&watch, self->store->db, self->job, "checking references between tables");
    int rc = db_prepare(self->store, "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2",
                        &s, &err);
    while (rc == 0 && (rc = db_step(self->store, s, &err)) == 1) {
        any = true;
        doctor_say(self, "references", DOCTOR_PROBLEM, self->restore,
                   "%" PRId64 " rows of %s refer to rows of %s that do not exist.",
                   (int64_t)sqlite3_column_int64(s, 2), db_text(s, 0), db_text(s, 1));
        rc = 0;
    }
    watch_end(&watch);
    if (rc < 0)
        return doctor_unreadable(self, "references", rc, &err);
    if (!any)
        doctor_say(self, "references", DOCTOR_OK, "", "Every reference leads to a row.");
    return 0;
}

/* Compares the definitions of `known` with those of the database. */
static int compare_schema(struct doctor *self, sqlite3 *known)
{
    sqlite3_stmt *want, *have = NULL;
    bool any = false;
    int rc = sqlite3_prepare_v2(known, "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY 2",
                                -1, &want, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(self->store->db, "SELECT sql = ?3 FROM sqlite_schema WHERE type = ?1 AND name = ?2",
                                -1, &have, NULL);
    while (rc == SQLITE_OK && sqlite3_step(want) == SQLITE_ROW) {
        for (int i = 0; i < 3; i++)
            sqlite3_bind_text(have, i + 1, db_text(want, i), -1, SQLITE_TRANSIENT);
        rc = sqlite3_step(have);
        if (rc == SQLITE_DONE || (rc == SQLITE_ROW && !sqlite3_column_int(have, 0))) {
            any = true;
            doctor_say(self, "schema", DOCTOR_PROBLEM, self->restore, "The %s %s is %s.", db_text(want, 0),
                       db_text(want, 1),
                       rc == SQLITE_DONE ? "missing" : "defined otherwise than reckon defines it");
        }
        rc = sqlite3_reset(have);
    }
    sqlite3_finalize(want);
    sqlite3_finalize(have);
    struct error err;
    if (rc != SQLITE_OK)
        return doctor_unreadable(self, "schema", db_error(self->store->db, rc, STORE_FILE, &err), &err);
    if (!any)
        doctor_say(self, "schema", DOCTOR_OK, "", "Version %d: every table and index is as this reckon defines it.",
                   store_schema_version());
    return 0;
}

static int check_schema(struct doctor *self, sqlite3 *known)
{
    int64_t id, version;
    int latest = store_schema_version(), rc = doctor_int(self, "identity", &id, "PRAGMA application_id");
    if (rc == 0)
        rc = doctor_int(self, "schema", &version, "PRAGMA user_version");
    if (rc != 0 || id < 0 || version < 0)
        return rc;
    if (id != STORE_APPLICATION_ID) {
        doctor_say(self, "identity", DOCTOR_PROBLEM, self->restore,
                   "It is a database, but not one that reckon made: its application id is %" PRId64 ", not %d.", id,
                   STORE_APPLICATION_ID);
        return 0;
    }
    doctor_say(self, "identity", DOCTOR_OK, "", "The database was made by reckon.");
    if (version > latest) {
        doctor_say(self, "schema", DOCTOR_PROBLEM, "Install that version of reckon, or a later one.",
                   "It was written by a newer version of reckon: its schema is %" PRId64 ", this one knows %d.",
                   version, latest);
        return 0;
    }
    if (version < latest) {
        doctor_say(self, "schema", DOCTOR_WARNING, "Nothing to do: the next command brings it up to date, after a copy "
                   "into " STORE_BACKUPS "/.",
                   "Its schema is %" PRId64 ", the newest is %d.", version, latest);
        return 0;
    }
    return compare_schema(self, known);
}

static int check_log(struct doctor *self)
{
    int64_t secure;
    int rc = doctor_int(self, "deletion", &secure, "PRAGMA secure_delete");
    if (rc != 0)
        return rc;
    if (secure == 1)
        doctor_say(self, "deletion", DOCTOR_OK, "", "What is deleted is overwritten (secure_delete is on).");
    else if (secure >= 0)
        doctor_say(self, "deletion", DOCTOR_PROBLEM, "Use an SQLite that can overwrite what it deletes.",
                   "Deleted data stays in the file.");
    int64_t log = self->counts->log_bytes, size = self->counts->database_bytes;
    bool large = log > INT64_C(64) << 20 && log > size;
    doctor_say(self, "write-ahead log", large ? DOCTOR_WARNING : DOCTOR_OK,
               large ? "End the programs that keep the workspace open; the next writer then folds the log in." : "",
               large ? "It has %" PRId64 " bytes, more than the database: some reader has kept an old snapshot for "
                   "long."
                     : "It has %" PRId64 " bytes.", log);
    return 0;
}

int doctor_structure(struct doctor *self)
{
    sqlite3 *known = NULL;
    int rc = db_open(&known, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc == 0)
        rc = migrate_run(known, self->workspace, store_migrations, NULL);
    if (rc == 0)
        rc = check_schema(self, known);
    if (rc == 0)
        rc = check_pages(self, known);
    if (rc == 0)
        rc = check_references(self);
    if (rc == 0)
        rc = check_log(self);
    sqlite3_close(known);
    return rc == 0 || rc == E_CANCELLED ? rc : E_NOMEM;
}
