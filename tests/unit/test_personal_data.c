/* The map of personal data is complete, and true: people are where it says, and nowhere else. */
#include <ftw.h>
#include <sqlite3.h>

#include "base/mem.h"
#include "store/attributes.h"
#include "store/backup.h"
#include "store/db.h"
#include "store/imports.h"
#include "store/personal_data.h"
#include "tests/unit/check_main.h"
#include "tests/unit/store_fixture.h"

static sqlite3_stmt *all_columns(struct store *s)
{
    sqlite3_stmt *st;
    ck_assert_int_eq(sqlite3_prepare_v2(s->db, "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) "
                                               "c WHERE t.type IN ('table', 'view') ORDER BY t.rowid, c.cid",
                                               -1, &st, NULL), SQLITE_OK);
    return st;
}

START_TEST(every_column_is_on_the_map_and_nothing_else)
{
    struct fixture f;
    size_t mapped = 0, found = 0;
    fixture_init(&f);
    sqlite3_stmt *st = all_columns(f.store);
    for (; sqlite3_step(st) == SQLITE_ROW; found++)
        ck_assert_msg(personal_data_column(db_text(st, 0), db_text(st, 1)) != NULL,
                      "%s.%s is not on the map of personal data: add it to store/personal_data.c", db_text(st, 0),
                      db_text(st, 1));
    sqlite3_finalize(st);
    for (const struct personal_column *c = personal_data_columns; c->table != NULL; c++, mapped++)
        for (const struct personal_column *d = c + 1; d->table != NULL; d++)
            ck_assert(strcmp(c->table, d->table) != 0 || strcmp(c->column, d->column) != 0);
    ck_assert_msg(mapped == found, "the map of personal data names %zu columns, there are %zu", mapped, found);
    fixture_release(&f);
}
END_TEST

START_TEST(what_is_reached_by_user_has_a_user)
{
    for (const struct personal_column *c = personal_data_columns; c->table != NULL; c++) {
        if (c->reach == REACH_USER)
            ck_assert_msg(personal_data_column(c->table, "user") != NULL, "%s", c->table);
        ck_assert((c->holds == PERSONAL_NONE) == (c->reach == REACH_NOTHING || c->reach == REACH_MENTION));
    }
    for (const struct personal_file *p = personal_data_files; p->pattern != NULL; p++)
        ck_assert((p->holds == PERSONAL_NONE) == (p->reach == REACH_NOTHING));
}
END_TEST

/* One person whose every text is marked, in every place that takes one. */
static void add_marked_person(struct store *s)
{
    struct event_run *run;
    uint64_t added, present;
    int64_t user, item, attribute, import;
    struct event_context c = {.rating = 1, .dwell_ms = -1, .position = -1, .referrer = "http://x/?mail=MARK-referrer",
                              .attributes = "{\"a\":\"MARK-attributes\"}"};
    ck_assert_int_eq(event_run_new(&run, s, NULL), 0);
    ck_assert_int_eq(store_begin(s, NULL), 0);
    ck_assert_int_eq(users_intern(s, "MARK-identity@example.org", 25, &user, NULL, NULL), 0);
    ck_assert_int_eq(items_intern(s, "item", 4, &item, NULL, NULL), 0);
    ck_assert_int_eq(attributes_intern(s, ATTRIBUTE_OF_USER, "name", ATTRIBUTE_TEXT, &attribute, NULL), 0);
    struct attribute_value v = {.text = "MARK-value", .n = 10};
    ck_assert_int_eq(attributes_set(s, ATTRIBUTE_OF_USER, user, attribute, ATTRIBUTE_TEXT, &v, NULL), 0);
    ck_assert_int_eq(words_intern(s, "MARK-device", 11, &c.device, NULL), 0);
    struct event_record r = {.user = user, .item = item, .time = 1, .quantity = 1, .price = 1, .id = "MARK-event-id",
                             .context = &c};
    ck_assert_int_eq(kinds_intern(s, "view", 4, &r.kind, NULL), 0);
    ck_assert_int_eq(sessions_intern(s, user, "MARK-session", 12, &r.session, NULL), 0);
    ck_assert_int_eq(event_run_append(run, &r, 1, &added, &present, NULL), 0);
    ck_assert_int_eq(imports_begin(s, "events", "MARK-source.csv", "{}", 1, &import, NULL), 0);
    struct quarantine_row q = {.import = import, .line = 1, .file = "MARK-source.csv", .field = "time",
                               .reason = "'MARK-reason' is no time",
                               .raw = "MARK-raw", .raw_n = 8};
    ck_assert_int_eq(quarantine_add(s, &q, NULL), 0);
    ck_assert_int_eq(store_commit(s, NULL), 0);
    event_run_free(run);
}

static int64_t rows_with(struct store *s, const char *table, const char *column, const char *mark)
{
    sqlite3_stmt *st = NULL;
    char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\" WHERE instr(CAST(\"%w\" AS BLOB), CAST(%Q AS BLOB))",
                                table, column, mark);
    ck_assert_msg(sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(s->db));
    ck_assert_int_eq(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_free(sql);
    return n;
}

START_TEST(people_are_where_the_map_says)
{
    static const struct {
        const char *mark, *place; /* the only place */
    } homes[] = {{"MARK-identity", "identities.identifier"}, {"MARK-session", "sessions.label"},
                 {"MARK-referrer", "event_context.referrer"}, {"MARK-attributes", "event_context.attributes"},
                 {"MARK-value", "user_values.value"},         {"MARK-device", "words.text"},
                 {"MARK-raw", "quarantine.raw"},              {"MARK-reason", "quarantine.reason"},
                 {"MARK-event-id", "nowhere: only its hash"}};
    struct fixture f;
    int64_t marked = 0;
    fixture_init(&f);
    add_marked_person(f.store);
    sqlite3_stmt *st = all_columns(f.store);
    while (sqlite3_step(st) == SQLITE_ROW) {
        const char *table = db_text(st, 0), *column = db_text(st, 1);
        char place[160];
        snprintf(place, sizeof place, "%s.%s", table, column);
        const struct personal_column *c = personal_data_column(table, column);
        if (rows_with(f.store, table, column, "MARK") > 0) {
            marked++;
            ck_assert_msg(c->holds == PERSONAL_SUBJECT || c->holds == PERSONAL_SENSITIVE || c->reach == REACH_UNUSED,
                          "%s", place);
        }
        for (size_t i = 0; i < sizeof homes / sizeof homes[0]; i++) {
            bool found = rows_with(f.store, table, column, homes[i].mark) > 0;
            ck_assert_msg(found == (strcmp(place, homes[i].place) == 0), "%s in %s", homes[i].mark, place);
        }
    }
    sqlite3_finalize(st);
    ck_assert_int_eq(marked, 10);
    fixture_release(&f);
}
END_TEST

static struct fixture walked;
static int files_seen, files_with_people;

static bool has_mark(const char *path)
{
    char *bytes;
    size_t n;
    ck_assert_int_eq(fs_read_all(path, 1 << 26, &bytes, &n, NULL), 0);
    bool found = memmem(bytes, n, "MARK-", 5) != NULL;
    mem_free(bytes);
    return found;
}

static int look_at(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)at;
    if (type != FTW_F)
        return 0;
    const char *name = path + strlen(walked.dir) + 1;
    const struct personal_file *p = personal_data_file(name);
    files_seen++;
    ck_assert_msg(p != NULL, "%s is not on the map of personal data: add it to store/personal_data.c", name);
    bool people = has_mark(path);
    files_with_people += people;
    ck_assert_msg(!people || p->holds == PERSONAL_SUBJECT, "%s names people", name);
    return 0;
}

START_TEST(files_are_on_the_map_and_hold_what_it_says)
{
    struct backup_info info;
    struct backup_restored r;
    char path[FS_PATH_MAX];
    fixture_init(&walked);
    add_marked_person(walked.store);
    ck_assert_int_eq(backup_make(walked.store, fixture_path(&walked, path, "backups/b"), &info, NULL, NULL), 0);
    nftw(walked.dir, look_at, 8, FTW_PHYS); /* with its log */
    ck_assert_int_ge(files_with_people, 2);
    store_close(walked.store);
    walked.store = NULL;
    ck_assert_int_eq(backup_restore(path, walked.dir, &r, NULL, NULL), 0);
    nftw(walked.dir, look_at, 8, FTW_PHYS);
    ck_assert_int_ge(files_seen, 10);
    fixture_release(&walked);
}
END_TEST

START_TEST(strangers_are_not_on_the_map)
{
    static const char *const strangers[] = {"customers.csv", "models/sub/x.safetensors", "reckon.db.old", "cache/x",
                                            "reckon.tomlx"};
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
        ck_assert_msg(personal_data_file(strangers[i]) == NULL, "%s", strangers[i]);
    ck_assert_str_eq(personal_data_file("reckon.db-wal")->pattern, "reckon.db-wal");
    ck_assert_str_eq(personal_data_file("models/x.safetensors.tmp-Ab12Cd")->pattern, "models/*.tmp-??????");
}
END_TEST

CHECK_MAIN("personal_data", every_column_is_on_the_map_and_nothing_else, what_is_reached_by_user_has_a_user,
           people_are_where_the_map_says, files_are_on_the_map_and_hold_what_it_says, strangers_are_not_on_the_map)
