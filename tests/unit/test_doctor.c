/* The doctor: finds what is wrong, says it in words, and survives whatever it looks at. */
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/rng.h"
#include "store/doctor.h"
#include "tests/unit/check_main.h"
#include "tests/unit/store_fixture.h"

struct report {
    struct doctor_counts counts;
    char text[64 * 1024]; /* a line each: check|state|finding|advice */
};

static void write_down(void *context, const struct doctor_finding *f)
{
    struct report *r = context;
    size_t at = strlen(r->text);
    ck_assert_msg(f->finding[0] != '\0' && f->finding[strlen(f->finding) - 1] == '.', "%s", f->finding);
    ck_assert_msg(f->state == DOCTOR_OK || f->advice[0] != '\0', "no advice: %s", f->finding);
    snprintf(r->text + at, sizeof r->text - at, "%s|%s|%s|%s\n", f->check, doctor_state_name(f->state), f->finding,
             f->advice);
}

static struct report report;

static const char *examine(const struct fixture *f, bool quick)
{
    struct error err = {0};
    report.text[0] = '\0';
    ck_assert_msg(doctor_run(f->dir, quick, write_down, &report, &report.counts, NULL, &err) == 0, "%s", err.why);
    return report.text;
}

static void sql(const struct fixture *f, const char *text)
{
    char path[FS_PATH_MAX];
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(fixture_path(f, path, STORE_FILE), &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void put(const struct fixture *f, const char *name, const char *text, unsigned mode)
{
    char path[FS_PATH_MAX];
    FILE *file = fopen(fixture_path(f, path, name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

static void close_store(struct fixture *f)
{
    store_close(f->store);
    f->store = NULL;
}

START_TEST(a_healthy_workspace_is_counted)
{
    struct fixture f;
    fixture_init(&f);
    fixture_fill(f.store, 20, 15);
    examine(&f, false); /* while it is open */
    ck_assert_msg(report.counts.problems == 0 && report.counts.warnings == 0, "%s", report.text);
    ck_assert_int_eq(report.counts.events, 300);
    ck_assert_int_eq(report.counts.users, 20);
    ck_assert_int_eq(report.counts.items, 10);
    ck_assert_int_eq(report.counts.kinds, 1);
    ck_assert_int_eq(report.counts.first, INT64_C(1300000000000));
    ck_assert_int_eq(report.counts.last, INT64_C(1300000014000));
    close_store(&f);
    examine(&f, true);
    ck_assert_int_eq(report.counts.problems, 0);
    fixture_release(&f);
}
END_TEST

/* What SQL can break, and what must then be said. */
static const struct {
    const char *sql, *says;
} broken[] = {
    {"UPDATE counters SET next = 3", "event numbers|problem|The next number would be 3"},
    {"DELETE FROM counters", "event numbers|problem|"},
    {"INSERT INTO event_context (user, event, rating) VALUES (1, 999999, 5)",
     "context|problem|1 of 1 rows belong to events that do not exist"},
    {"DELETE FROM identities WHERE user = 2", "dictionaries|problem|1 users have no identifier"},
    {"DELETE FROM items WHERE item = 1", "references|problem|40 rows of events refer to rows of items"},
    {"INSERT INTO imports (entity, source, mapping, started) VALUES ('events', 'f', '{}', 0)",
     "imports|warning|Import 1 (events, begun 1970-01-01T00:00:00Z) did not reach its end"},
    {"INSERT INTO jobs (command, process, started) VALUES ('train', 1, 1)", "jobs|warning|1 were interrupted"},
    {"DROP INDEX events_by_item", "schema|problem|The index events_by_item is missing"},
    {"DROP TABLE model_metrics", "schema|problem|The table model_metrics is missing"},
    {"PRAGMA user_version = 9999", "schema|problem|It was written by a newer version"},
    {"PRAGMA application_id = 7", "identity|problem|It is a database, but not one that reckon made"},
    {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'events(item, time)', 'events(time, "
     "item)') "
     "WHERE name = 'events_by_item'", "An index does not agree with its table"},
    {"INSERT INTO models (name, version, kind, stage, created, file, checksum, bytes, seed, params, data_events, "
     "data_users, data_items, data_digest, build, note) VALUES ('m', 1, 'ease', 'candidate', 0, "
     "'models/m-1.safetensors', 'x', 5, 0, '{}', 0, 0, 0, '', '', '')",
     "models|problem|models/m-1.safetensors is in the registry, but there is no such file"},
};

START_TEST(what_disagrees_is_said)
{
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct fixture f;
        fixture_init(&f);
        fixture_fill(f.store, 20, 20);
        close_store(&f);
        sql(&f, broken[i].sql);
        examine(&f, false);
        ck_assert_msg(strstr(report.text, broken[i].says) != NULL, "%s\n%s", broken[i].sql, report.text);
        ck_assert_int_gt(report.counts.problems + report.counts.warnings, 0);
        fixture_release(&f);
    }
}
END_TEST

START_TEST(a_resumed_import_is_forgiven)
{
    struct fixture f;
    fixture_init(&f);
    sql(&f, "INSERT INTO imports (entity, source, mapping, started) VALUES ('events', 'f', '{}', 0);"
            "INSERT INTO imports (entity, source, mapping, started, finished) VALUES ('events', 'f', '{}', 1, 2);"
            "INSERT INTO jobs (command, process, started) VALUES ('train', 1, 1);"
            "INSERT INTO jobs (command, process, started, ended, outcome) VALUES ('train', 1, 1, 2, 'done')");
    examine(&f, false);
    ck_assert_msg(report.counts.warnings == 0, "%s", report.text);
    fixture_release(&f);
}
END_TEST

START_TEST(files_beside_it_are_looked_at)
{
    struct fixture f;
    char path[FS_PATH_MAX];
    fixture_init(&f);
    put(&f, "models/good-1.safetensors", "12345", 0644);
    put(&f, "models/long-1.safetensors", "123456", 0644);
    put(&f, "models/changed-1.safetensors", "12346", 0644);
    put(&f, "models/stray.safetensors", "x", 0644);
    put(&f, "models/publishing-17.safetensors", "x", 0644);
    put(&f, "reckon.db.new", "x", 0600);
    put(&f, "reckon.toml.tmp-aBcDeF", "x", 0600);
    put(&f, "reckon.toml", "[recommend]\nn = x\n", 0644);
    put(&f, "keys/signing", "x", 0640);
    chmod(fixture_path(&f, path, "reckon.db"), 0644);
    chmod(fixture_path(&f, path, "keys"), 0755);
    sql(&f, "INSERT INTO models (name, version, kind, stage, created, file, checksum, bytes, seed, params, "
            "data_events, data_users, data_items, data_digest, build, note) SELECT column1, 1, 'ease', 'candidate', 0, "
            "'models/' || column1 || '-1.safetensors', "
            "'5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5', 5, 0, '{}', 0, 0, 0, '', '', '' FROM "
            "(VALUES ('good'), ('long'), ('changed'))");
    examine(&f, false);
    static const char *const says[] = {
        "models|problem|models/long-1.safetensors has 6 bytes; it was written with 5",
        "models|problem|models/changed-1.safetensors was changed or damaged",
        "models|warning|1 files in models/ are not in the registry: models/stray.safetensors",
        "leftovers|warning|3 files",
        "permissions|problem|reckon.db may be read or changed by others: its mode is 0644.|chmod 0600 reckon.db",
        "permissions|problem|keys may be read",
        "permissions|problem|keys/signing may be read",
        "settings|problem|reckon.toml:2",
    };
    for (size_t i = 0; i < sizeof says / sizeof says[0]; i++)
        ck_assert_msg(strstr(report.text, says[i]) != NULL, "%s\n%s", says[i], report.text);
    ck_assert_ptr_null(strstr(report.text, "good-1"));
    examine(&f, true); /* quick: sizes only */
    ck_assert_ptr_null(strstr(report.text, "changed-1"));
    fixture_release(&f);
}
END_TEST

static char *read_db(const struct fixture *f, size_t *n)
{
    char path[FS_PATH_MAX], *bytes;
    ck_assert_int_eq(fs_read_all(fixture_path(f, path, STORE_FILE), 1 << 26, &bytes, n, NULL), 0);
    return bytes;
}

static void write_db(const struct fixture *f, const char *bytes, size_t n)
{
    char path[FS_PATH_MAX];
    FILE *file = fopen(fixture_path(f, path, STORE_FILE), "w");
    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

enum { PAGE = 4096 };

START_TEST(a_file_that_is_no_database_is_explained)
{
    static const struct {
        size_t keep;
        const char *says;
    } cuts[] = {{0, "is empty: it has no bytes at all"},
                {50, "is not a database"},
                {PAGE * 3 + 17, "is cut off: "},
                {PAGE, "is cut off: "}};
    struct fixture f;
    size_t n;
    fixture_init(&f);
    fixture_fill(f.store, 20, 20);
    close_store(&f);
    char *bytes = read_db(&f, &n);
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        write_db(&f, bytes, cuts[i].keep);
        examine(&f, false);
        ck_assert_msg(strstr(report.text, cuts[i].says) != NULL, "%zu: %s", cuts[i].keep, report.text);
        ck_assert_int_eq(report.counts.problems, 1);
        ck_assert_int_eq(report.counts.events, -1);
    }
    memset(bytes, 'x', 64);
    write_db(&f, bytes, n);
    examine(&f, false);
    ck_assert_ptr_nonnull(strstr(report.text, "Something else was written over it"));
    mem_free(bytes);
    fixture_release(&f);
}
END_TEST

START_TEST(every_overwritten_page_is_found)
{
    struct fixture f;
    size_t n;
    fixture_init(&f);
    fixture_fill(f.store, 40, 50);
    close_store(&f);
    char *bytes = read_db(&f, &n), *hurt = mem_dup(bytes, n);
    for (size_t page = 0; page < n / PAGE; page++) {
        memset(hurt + page * PAGE, 0xA5, PAGE);
        write_db(&f, hurt, n);
        examine(&f, true);
        ck_assert_msg(report.counts.problems > 0, "page %zu: %s", page, report.text);
        memcpy(hurt + page * PAGE, bytes + page * PAGE, PAGE);
    }
    /* the last page is one of events: named, and the others are said to be whole */
    memset(hurt + (n / PAGE - 1) * PAGE, 0xA5, PAGE);
    write_db(&f, hurt, n);
    examine(&f, true);
    ck_assert_msg(strstr(report.text, "Damaged tables: events") != NULL &&
                  strstr(report.text, "The other ") != NULL && strstr(report.text, " tables are whole") != NULL, "%s",
                  report.text);
    ck_assert_int_gt((int)(n / PAGE), 30);
    mem_free(bytes);
    mem_free(hurt);
    fixture_release(&f);
}
END_TEST

START_TEST(no_byte_makes_it_crash)
{
    struct fixture f;
    struct rng rng;
    size_t n, found = 0;
    fixture_init(&f);
    fixture_fill(f.store, 10, 20);
    close_store(&f);
    char *bytes = read_db(&f, &n), *hurt = mem_dup(bytes, n);
    rng_init(&rng, 1, 0);
    for (int round = 0; round < 150; round++) {
        for (int k = 0; k < 8; k++)
            hurt[rng_below(&rng, n)] = (char)rng_next(&rng);
        write_db(&f, hurt, n);
        examine(&f, round % 2 != 0);
        found += report.counts.problems > 0;
        memcpy(hurt, bytes, n);
    }
    ck_assert_uint_gt(found, 50);
    mem_free(bytes);
    mem_free(hurt);
    fixture_release(&f);
}
END_TEST

START_TEST(it_says_when_memory_runs_out)
{
    struct fixture f;
    struct error err = {0};
    int rc = E_NOMEM;
    unsigned long n = 1;
    fixture_init(&f);
    fixture_fill(f.store, 3, 3);
    close_store(&f);
    sql(&f, "INSERT INTO event_context (user, event, rating) VALUES (1, 1, 5)");
    for (; rc != 0; n++) {
        report.text[0] = '\0';
        mem_fail_after(n);
        rc = doctor_run(f.dir, false, write_down, &report, &report.counts, NULL, &err);
        mem_fail_after(0);
        ck_assert_msg(rc == 0 || rc == E_NOMEM, "%d: %s", rc, err.why);
        ck_assert_msg(report.counts.problems == 0, "%s", report.text);
    }
    ck_assert_uint_gt(n, 4);
    fixture_release(&f);
}
END_TEST

START_TEST(it_changes_nothing_and_can_be_cancelled)
{
    struct fixture f;
    struct job job;
    struct error err = {0};
    char path[FS_PATH_MAX], before[65], after[65];
    fixture_init(&f);
    fixture_fill(f.store, 20, 20);
    ck_assert_int_eq(fs_sha256_file(fixture_path(&f, path, STORE_FILE), before, NULL), 0);
    examine(&f, false);
    ck_assert_int_eq(fs_sha256_file(path, after, NULL), 0);
    ck_assert_str_eq(before, after);
    job_init(&job, NULL, NULL);
    job_cancel(&job);
    sql(&f, "INSERT INTO models (name, version, kind, stage, created, file, checksum, bytes, seed, params, "
            "data_events, data_users, data_items, data_digest, build, note) VALUES ('m', 1, 'ease', 'candidate', 0, "
            "'models/m-1', 'x', 5, 0, '{}', 0, 0, 0, '', '', '')");
    ck_assert_int_eq(doctor_run(f.dir, false, write_down, &report, &report.counts, &job, &err), E_CANCELLED);
    fixture_release(&f);
}
END_TEST

CHECK_MAIN("doctor", a_healthy_workspace_is_counted, what_disagrees_is_said, a_resumed_import_is_forgiven,
           files_beside_it_are_looked_at, a_file_that_is_no_database_is_explained, every_overwritten_page_is_found,
           no_byte_makes_it_crash, it_says_when_memory_runs_out, it_changes_nothing_and_can_be_cancelled)
