/* The store: what is written is there, once, whole, and nothing else is. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/backups.h"
#include "store/db.h"
#include "store/events.h"
#include "store/imports.h"
#include "store/items.h"
#include "store/kinds.h"
#include "store/migrate.h"
#include "store/users.h"
#include "tests/unit/check_main.h"

static char dir[256];

static struct store *fresh(void)
{
    struct error err = {0};
    struct store *store = NULL;
    snprintf(dir, sizeof dir, "%s/reckon-store-XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_msg(store_create(dir, &err) == 0, "%s: %s", err.what, err.why);
    ck_assert_msg(store_open(&store, dir, true, &err) == 0, "%s: %s", err.what, err.why);
    return store;
}

static void discard(struct store *store)
{
    char command[400];
    store_close(store);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

/* User u bought item i at second t, with quantity q. */
static struct event_record event(struct store *s, int u, int i, int t, double q)
{
    char name[32];
    struct event_record r = {.time = INT64_C(1300000000000) + t * 1000, .quantity = q, .price = (double)NAN};
    snprintf(name, sizeof name, "user%d", u);
    ck_assert_int_eq(users_intern(s, name, strlen(name), &r.user, NULL, NULL), 0);
    snprintf(name, sizeof name, "item%d", i);
    ck_assert_int_eq(items_intern(s, name, strlen(name), &r.item, NULL, NULL), 0);
    ck_assert_int_eq(kinds_intern(s, "purchase", 8, &r.kind, NULL), 0);
    return r;
}

static int64_t count_events(struct store *s)
{
    struct event_totals t;
    ck_assert_int_eq(events_totals(s, &t, NULL), 0);
    return t.events;
}

/* Appends the lines in batches of `batch`, as one run; returns how many were added. */
static uint64_t import_lines(struct store *s, const int lines[][4], size_t n, size_t batch)
{
    struct event_run *run;
    uint64_t total = 0;
    ck_assert_int_eq(event_run_new(&run, s, NULL), 0);
    for (size_t at = 0; at < n; at += batch) {
        struct event_record r[64];
        size_t m = n - at < batch ? n - at : batch;
        uint64_t added, present;
        ck_assert_int_eq(store_begin(s, NULL), 0);
        for (size_t k = 0; k < m; k++)
            r[k] = event(s, lines[at + k][0], lines[at + k][1], lines[at + k][2], lines[at + k][3]);
        ck_assert_int_eq(event_run_append(run, r, m, &added, &present, NULL), 0);
        ck_assert_int_eq(store_commit(s, NULL), 0);
        ck_assert_uint_eq(added + present, m);
        total += added;
    }
    event_run_free(run);
    return total;
}

/* Equal lines that mean it: three of one, two of another. */
static const int lines[][4] = {{1, 1, 5, 1}, {2, 1, 5, 1}, {1, 1, 5, 1}, {1, 2, 5, 1}, {1, 1, 5, 2},
                               {1, 1, 5, 1}, {2, 1, 4, 1}, {2, 1, 5, 1}, {3, 3, 9, 1}, {1, 1, 6, 1}};
enum { LINES = sizeof lines / sizeof lines[0] };

START_TEST(test_importing_twice_changes_nothing)
{
    struct store *s = fresh();
    ck_assert_uint_eq(import_lines(s, lines, LINES, 3), LINES);
    ck_assert_int_eq(count_events(s), LINES);
    for (size_t batch = 1; batch <= LINES; batch++)
        ck_assert_uint_eq(import_lines(s, lines, LINES, batch), 0);
    ck_assert_int_eq(count_events(s), LINES);
    discard(s);
}
END_TEST

START_TEST(test_a_rerun_adds_what_is_missing)
{
    for (size_t before = 0; before <= LINES; before++) {
        struct store *s = fresh();
        ck_assert_uint_eq(import_lines(s, lines, before, 4), before);
        ck_assert_uint_eq(import_lines(s, lines, LINES, 3), LINES - before);
        ck_assert_int_eq(count_events(s), LINES);
        /* the same lines in another order are the same events */
        int backwards[LINES][4];
        for (size_t i = 0; i < LINES; i++)
            memcpy(backwards[i], lines[LINES - 1 - i], sizeof backwards[i]);
        ck_assert_uint_eq(import_lines(s, (const int(*)[4])backwards, LINES, 2), 0);
        discard(s);
    }
}
END_TEST

START_TEST(test_an_id_makes_an_event_the_same)
{
    struct store *s = fresh();
    for (int round = 0; round < 2; round++) {
        struct event_run *run;
        uint64_t added, present;
        ck_assert_int_eq(event_run_new(&run, s, NULL), 0);
        ck_assert_int_eq(store_begin(s, NULL), 0);
        struct event_record r[2] = {event(s, 1, 1, 1, 1), event(s, 1, 1, 1, 1)};
        r[0].id = "a";
        r[1].id = "b";
        r[0].quantity = round; /* what else it says does not matter then */
        ck_assert_int_eq(event_run_append(run, r, 2, &added, &present, NULL), 0);
        ck_assert_int_eq(store_commit(s, NULL), 0);
        ck_assert_uint_eq(added, round == 0 ? 2 : 0);
        event_run_free(run);
    }
    discard(s);
}
END_TEST

START_TEST(test_histories_are_in_order_and_whole)
{
    struct store *s = fresh();
    import_lines(s, lines, LINES, 4);
    struct event_row *rows;
    size_t n;
    int64_t user, item;
    struct error err;
    ck_assert_int_eq(users_find(s, "user1", &user, &err), 0);
    ck_assert_int_eq(items_find(s, "item2", &item, &err), 0);
    ck_assert_int_eq(events_history(s, user, 0, INT64_MAX, 0, &rows, &n, &err), 0);
    ck_assert_uint_eq(n, 6);
    for (size_t i = 1; i < n; i++)
        ck_assert(rows[i].time > rows[i - 1].time || (rows[i].time == rows[i - 1].time && rows[i].event > rows[i - 1].event));
    ck_assert_int_eq(rows[2].item, item);
    ck_assert(isnan(rows[0].price));
    ck_assert_double_eq(rows[3].quantity, 2);
    mem_free(rows);
    ck_assert_int_eq(events_history(s, user, 0, INT64_MAX, 2, &rows, &n, &err), 0);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_lt(rows[0].time, rows[1].time);
    mem_free(rows);
    discard(s);
}
END_TEST

START_TEST(test_context_is_kept_apart)
{
    struct store *s = fresh();
    struct event_run *run;
    uint64_t added, present;
    struct event_context c = {.rating = 4, .dwell_ms = -1, .position = 0, .referrer = "mail", .attributes = "{\"a\":1}"};
    ck_assert_int_eq(event_run_new(&run, s, NULL), 0);
    ck_assert_int_eq(store_begin(s, NULL), 0);
    ck_assert_int_eq(words_intern(s, "web", 3, &c.channel, NULL), 0);
    struct event_record r = event(s, 1, 1, 1, 1);
    ck_assert_int_eq(sessions_intern(s, r.user, "s1", 2, &r.session, NULL), 0);
    r.context = &c;
    ck_assert_int_eq(event_run_append(run, &r, 1, &added, &present, NULL), 0);
    ck_assert_int_eq(store_commit(s, NULL), 0);
    event_run_free(run);
    int64_t found;
    ck_assert_int_eq(db_int(s, NULL, &found, 0, "SELECT count(*) FROM event_context WHERE rating = 4 AND dwell IS NULL AND position = 0 "
                            "AND channel IS NOT NULL AND device IS NULL AND referrer = 'mail' AND attributes = '{\"a\":1}'", ""), 0);
    ck_assert_int_eq(found, 1);
    discard(s);
}
END_TEST

START_TEST(test_an_unknown_name_gets_the_nearest)
{
    struct store *s = fresh();
    struct error err;
    int64_t user;
    import_lines(s, lines, LINES, 4);
    ck_assert_int_eq(users_find(s, "usr1", &user, &err), E_NOT_FOUND);
    ck_assert_msg(strstr(err.hint, "user1") != NULL, "%s", err.hint);
    ck_assert_int_eq(items_find(s, "ite", &user, &err), E_NOT_FOUND);
    ck_assert_msg(strstr(err.hint, "item1") != NULL, "%s", err.hint);
    ck_assert_int_eq(items_find(s, "zzzzzzzz", &user, &err), E_NOT_FOUND);
    discard(s);
}
END_TEST

START_TEST(test_attributes_keep_their_type)
{
    struct store *s = fresh();
    struct error err;
    int64_t item, price, tags, changed;
    ck_assert_int_eq(store_begin(s, NULL), 0);
    ck_assert_int_eq(items_intern(s, "x", 1, &item, NULL, NULL), 0);
    ck_assert_int_eq(attributes_intern(s, ATTRIBUTE_OF_ITEM, "price", ATTRIBUTE_NUMBER, &price, &err), 0);
    ck_assert_int_eq(attributes_intern(s, ATTRIBUTE_OF_ITEM, "price", ATTRIBUTE_TEXT, &changed, &err), E_BAD_DATA);
    ck_assert_int_eq(attributes_intern(s, ATTRIBUTE_OF_ITEM, "tags", ATTRIBUTE_LIST, &tags, &err), 0);
    struct attribute_value v = {.number = 2.5};
    ck_assert_int_eq(attributes_set(s, ATTRIBUTE_OF_ITEM, item, price, ATTRIBUTE_NUMBER, &v, &err), 0);
    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(attributes_merge_list(s, ATTRIBUTE_OF_ITEM, item, tags, "[\"a\\\"b\"]", &err), 0);
        ck_assert_int_eq(attributes_merge_list(s, ATTRIBUTE_OF_ITEM, item, tags, "[\"c\",\"a\\\"b\"]", &err), 0);
    }
    ck_assert_int_eq(store_commit(s, NULL), 0);
    int64_t found;
    ck_assert_int_eq(db_int(s, NULL, &found, 0, "SELECT count(*) FROM item_values WHERE value IN (2.5, '[\"a\\\"b\",\"c\"]')", ""), 0);
    ck_assert_int_eq(found, 2);
    discard(s);
}
END_TEST

START_TEST(test_what_events_bring_along_is_marked_once)
{
    struct store *s = fresh();
    struct attribute *list;
    size_t n;
    int64_t item, paid, colour;
    struct attribute_value v = {.number = 2.5};
    ck_assert_int_eq(store_begin(s, NULL), 0);
    ck_assert_int_eq(items_intern(s, "x", 1, &item, NULL, NULL), 0);
    ck_assert_int_eq(attributes_intern(s, ATTRIBUTE_OF_ITEM, "paid", ATTRIBUTE_NUMBER, &paid, NULL), 0);
    ck_assert_int_eq(attributes_observe(s, paid, NULL), 0);
    /* what described an item before goes on describing it */
    ck_assert_int_eq(attributes_intern(s, ATTRIBUTE_OF_ITEM, "colour", ATTRIBUTE_NUMBER, &colour, NULL), 0);
    ck_assert_int_eq(attributes_set(s, ATTRIBUTE_OF_ITEM, item, colour, ATTRIBUTE_NUMBER, &v, NULL), 0);
    ck_assert_int_eq(attributes_observe(s, colour, NULL), 0);
    ck_assert_int_eq(store_commit(s, NULL), 0);
    ck_assert_int_eq(attributes_list(s, ATTRIBUTE_OF_ITEM, &list, &n, NULL), 0);
    ck_assert_uint_eq(n, 2);
    ck_assert(!list[0].observed); /* colour */
    ck_assert(list[1].observed);  /* paid */
    mem_free(list);
    discard(s);
}
END_TEST

/* One import of everything, failing at the nth step: an error is told and nothing of it is kept. */
static int failing_import(struct store *s, unsigned long nth, struct error *err)
{
    struct event_run *run = NULL;
    uint64_t added, present;
    int64_t import;
    struct event_record r[LINES];
    store_fail_after(nth);
    int rc = event_run_new(&run, s, err);
    if (rc == 0)
        rc = store_begin(s, err);
    if (rc == 0)
        rc = imports_begin(s, "events", "file", "{}", 1, &import, err);
    for (size_t k = 0; rc == 0 && k < LINES; k++) {
        r[k] = (struct event_record){.time = lines[k][2], .quantity = lines[k][3], .price = (double)NAN};
        char name[32];
        snprintf(name, sizeof name, "user%d", lines[k][0]);
        rc = users_intern(s, name, strlen(name), &r[k].user, NULL, err);
        if (rc == 0)
            rc = items_intern(s, name, strlen(name), &r[k].item, NULL, err);
        if (rc == 0)
            rc = kinds_intern(s, "view", 4, &r[k].kind, err);
    }
    if (rc == 0)
        rc = event_run_append(run, r, LINES, &added, &present, err);
    if (rc == 0)
        rc = store_commit(s, err);
    store_fail_after(0);
    event_run_free(run);
    if (rc != 0)
        store_rollback(s);
    return rc;
}

START_TEST(test_a_failing_disk_loses_nothing_and_keeps_nothing_half)
{
    struct store *s = fresh();
    struct error err = {0};
    int64_t n;
    unsigned long nth = 1;
    for (; failing_import(s, nth, &err) != 0; nth++) {
        ck_assert_int_eq(err.code, E_IO);
        ck_assert_str_ne(err.hint, "");
        ck_assert_int_eq(count_events(s), 0);
        ck_assert_int_eq(users_count(s, &n, NULL), 0);
        ck_assert_int_eq(n, 0);
        ck_assert_uint_lt(nth, 1000);
    }
    ck_assert_uint_gt(nth, 20);
    ck_assert_int_eq(count_events(s), LINES);
    discard(s);
}
END_TEST

START_TEST(test_a_second_writer_is_told_to_wait)
{
    struct store *s = fresh(), *other;
    struct error err;
    ck_assert_int_eq(store_open(&other, dir, true, NULL), 0);
    sqlite3_busy_timeout(other->db, 10);
    ck_assert_int_eq(store_begin(s, NULL), 0);
    ck_assert_int_eq(store_begin(other, &err), E_CONFLICT);
    store_rollback(s);
    ck_assert_int_eq(store_begin(other, &err), 0);
    store_rollback(other);
    store_close(other);
    discard(s);
}
END_TEST

START_TEST(test_a_reader_cannot_write)
{
    struct store *s = fresh(), *reader;
    struct error err;
    int64_t user;
    ck_assert_int_eq(store_open(&reader, dir, false, NULL), 0);
    ck_assert_int_eq(users_intern(reader, "x", 1, &user, NULL, &err), E_IO);
    store_close(reader);
    discard(s);
}
END_TEST

START_TEST(test_what_is_no_workspace_is_refused)
{
    struct store *s = fresh(), *other = NULL;
    struct error err;
    char path[300];
    store_close(s);
    snprintf(path, sizeof path, "%s/reckon.db", dir);
    ck_assert_int_eq(store_create(dir, &err), E_CONFLICT);
    FILE *f = fopen(path, "w");
    fputs("this is text and no database, and long enough to be looked at as one by anybody who opens it", f);
    fclose(f);
    ck_assert_int_eq(store_open(&other, dir, true, &err), E_CORRUPT);
    ck_assert_ptr_null(other);
    unlink(path);
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "CREATE TABLE mine (a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    ck_assert_int_eq(store_open(&other, dir, true, &err), E_CORRUPT);
    discard(NULL);
}
END_TEST

static const struct migration two_steps[] = {{1, "one", "CREATE TABLE a (x); INSERT INTO a VALUES (7);"},
                                             {2, "two", "CREATE TABLE b (x); INSERT INTO b SELECT x FROM a;"},
                                             {0, NULL, NULL}};
static const struct migration three_steps[] = {{1, "one", "CREATE TABLE a (x); INSERT INTO a VALUES (7);"},
                                               {2, "two", "CREATE TABLE b (x); INSERT INTO b SELECT x FROM a;"},
                                               {3, "three", "CREATE TABLE d (x);"},
                                               {0, NULL, NULL}};
static const struct migration bad_step[] = {{1, "one", "CREATE TABLE a (x);"},
                                            {2, "two", "CREATE TABLE c (x); INSERT INTO nowhere VALUES (1);"},
                                            {0, NULL, NULL}};
static const struct migration one_step[] = {{1, "one", "CREATE TABLE a (x); INSERT INTO a VALUES (7);"}, {0, NULL, NULL}};

static int value_in(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s;
    int v = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        v = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return v;
}

START_TEST(test_migrations_copy_first_and_are_whole)
{
    struct store *s = fresh();
    struct error err;
    char path[300];
    sqlite3 *db, *copy;
    snprintf(path, sizeof path, "%s/other.db", dir);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(migrate_run(db, dir, one_step, &err), 0);
    snprintf(path, sizeof path, "%s/backups/before-0002.db", dir);
    ck_assert(!fs_exists(path));
    ck_assert_int_ne(migrate_run(db, dir, bad_step, &err), 0);
    ck_assert_int_eq(value_in(db, "PRAGMA user_version"), 1);
    ck_assert_int_eq(value_in(db, "SELECT count(*) FROM c"), -1);
    ck_assert_int_eq(migrate_run(db, dir, two_steps, &err), 0);
    ck_assert_int_eq(value_in(db, "PRAGMA user_version"), 2);
    ck_assert_int_eq(value_in(db, "SELECT x FROM b"), 7);
    ck_assert_int_eq(sqlite3_open(path, &copy), SQLITE_OK);
    ck_assert_int_eq(value_in(copy, "SELECT x FROM a"), 7);
    ck_assert_int_eq(value_in(copy, "PRAGMA user_version"), 1);
    sqlite3_close(copy);
    ck_assert_int_eq(migrate_run(db, dir, one_step, &err), E_CONFLICT);
    sqlite3_close(db);
    discard(s);
}
END_TEST

START_TEST(test_several_migrations_make_one_copy)
{
    struct store *s = fresh();
    char path[300];
    sqlite3 *db, *copy;
    snprintf(path, sizeof path, "%s/other.db", dir);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(migrate_run(db, dir, one_step, NULL), 0);
    ck_assert_int_eq(migrate_run(db, dir, three_steps, NULL), 0);
    ck_assert_int_eq(value_in(db, "PRAGMA user_version"), 3);
    sqlite3_close(db);
    snprintf(path, sizeof path, "%s/backups/before-0003.db", dir);
    ck_assert(!fs_exists(path));
    snprintf(path, sizeof path, "%s/backups/before-0002.db", dir);
    ck_assert_int_eq(sqlite3_open(path, &copy), SQLITE_OK);
    ck_assert_int_eq(value_in(copy, "PRAGMA user_version"), 1);
    sqlite3_close(copy);
    discard(s);
}
END_TEST

static void put_copy(const char *name, int64_t made_ms)
{
    char path[300];
    const struct timespec times[2] = {{.tv_sec = made_ms / 1000}, {.tv_sec = made_ms / 1000}};
    snprintf(path, sizeof path, "%s/backups/%s", dir, name);
    ck_assert_int_eq(fs_write_all(path, "bytes", 5, 0600, NULL), 0);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool has_copy(const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/backups/%s", dir, name);
    return fs_exists(path);
}

static int count_pruned(void *context, const struct audit_entry *e)
{
    *(int *)context += strstr(e->entry, "before-0003.db") != NULL && strstr(e->entry, "old copies removed") != NULL;
    return 0;
}

/* The newest stays however old, others until they are old enough; what somebody made himself always. */
START_TEST(test_old_copies_go)
{
    const int64_t day = 86400000, now = 1790000000000;
    const struct audit_actor actor = {"ann", "test"};
    struct store *s = fresh();
    struct backup_entries all;
    int64_t removed = 0;
    int noted = 0;
    put_copy("before-0003.db", now - 90 * day);
    put_copy("before-0004.db", now - 29 * day);
    put_copy("before-0005.db", now - 40 * day);
    put_copy("mine.db", now - 900 * day);
    ck_assert_int_eq(backups_list(&all, dir, NULL), 0);
    ck_assert_uint_eq(all.n, 3);
    ck_assert_str_eq(all.list[0].name, "before-0004.db");
    ck_assert(!all.list[0].goes);
    ck_assert(all.list[1].goes);
    ck_assert_int_eq(all.list[1].kept_until, now - 10 * day);
    backups_release(&all);
    ck_assert_int_eq(backups_prune(s, &actor, now - 11 * day, &removed, NULL), 0);
    ck_assert_int_eq(removed, 1);
    ck_assert(!has_copy("before-0003.db") && has_copy("before-0005.db"));
    ck_assert_int_eq(backups_prune(s, &actor, now - 10 * day, &removed, NULL), 0);
    ck_assert_int_eq(removed, 1);
    ck_assert(!has_copy("before-0005.db") && has_copy("before-0004.db") && has_copy("mine.db"));
    ck_assert_int_eq(backups_prune(s, &actor, now + 900 * day, &removed, NULL), 0);
    ck_assert_int_eq(removed, 0);
    ck_assert_int_eq(audit_each(s, 0, count_pruned, &noted, NULL), 0);
    ck_assert_int_eq(noted, 1);
    discard(s);
}
END_TEST

START_TEST(test_a_full_dictionary_forgets_and_goes_on)
{
    struct dictionary d;
    dictionary_init(&d, 1024);
    for (int64_t i = 1; i < 5000; i++) {
        char text[20];
        int n = snprintf(text, sizeof text, "%d", (int)i);
        dictionary_put(&d, dictionary_key(&d, 0, text, (size_t)n), i);
        ck_assert_int_eq(dictionary_get(&d, dictionary_key(&d, 0, text, (size_t)n)), i);
        ck_assert_int_eq(dictionary_get(&d, dictionary_key(&d, 1, text, (size_t)n)), 0);
        ck_assert_uint_le(d.size, 1024);
    }
    dictionary_release(&d);
}
END_TEST

CHECK_MAIN("store", test_importing_twice_changes_nothing, test_a_rerun_adds_what_is_missing,
           test_an_id_makes_an_event_the_same, test_histories_are_in_order_and_whole, test_context_is_kept_apart,
           test_an_unknown_name_gets_the_nearest, test_attributes_keep_their_type, test_what_events_bring_along_is_marked_once,
           test_a_failing_disk_loses_nothing_and_keeps_nothing_half, test_a_second_writer_is_told_to_wait,
           test_a_reader_cannot_write, test_what_is_no_workspace_is_refused, test_migrations_copy_first_and_are_whole,
           test_several_migrations_make_one_copy, test_old_copies_go,
           test_a_full_dictionary_forgets_and_goes_on)
