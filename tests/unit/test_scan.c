/* The search for remnants: every form, every place, and what must not be taken for it. */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "scan/forms.h"
#include "scan/scan.h"
#include "tests/unit/check_main.h"

#define WHO "ann.o'hara/7@example.org"

static char dir[64];

static void make_dir(void)
{
    strcpy(dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/reckon-scan-XXXXXX" : "/tmp/reckon-scan-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void remove_dir(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

static const char *path_of(const char *name)
{
    static char path[FS_PATH_MAX];
    ck_assert_int_eq(fs_join(path, sizeof path, dir, name), 0);
    return path;
}

static void put_file(const char *name, const void *bytes, size_t n)
{
    ck_assert_int_eq(fs_write_all(path_of(name), bytes, n, 0600, NULL), 0);
}

static struct scan_report scan(const char *needle, bool identifier)
{
    struct needles needles;
    struct scan_report report;
    struct error err = {0};
    ck_assert_int_eq(needles_init(&needles, &err), 0);
    ck_assert_int_eq(needles_add(&needles, needle, strlen(needle), identifier, &err), 0);
    ck_assert_int_eq(needles_ready(&needles, &err), 0);
    struct scan_options options = {.root = dir, .needles = &needles};
    ck_assert_msg(scan_run(&report, &options, &err) == 0, "%s: %s", err.what, err.why);
    needles_release(&needles);
    return report;
}

static uint64_t found(const char *needle, bool identifier)
{
    struct scan_report r = scan(needle, identifier);
    uint64_t n = r.found;
    scan_report_release(&r);
    return n;
}

START_TEST(test_every_form_is_found)
{
    struct str text, all;
    str_init(&text, 1 << 16);
    unsigned char digest[32];
    make_dir();
    for (int form = 0; form < 12; form++) {
        str_clear(&text);
        str_init(&all, 1 << 16);
        switch (form) {
        case 0: str_puts(&text, WHO); break;
        case 1: str_puts(&text, "ANN.O'Hara/7@Example.ORG"); break;
        case 2: form_utf16(&text, WHO, strlen(WHO), false); break;
        case 3: form_utf16(&text, WHO, strlen(WHO), true); break;
        case 4: form_json(&text, WHO, strlen(WHO)); break;
        case 5: form_percent(&text, WHO, strlen(WHO)); break;
        case 6: form_hex(&text, (const unsigned char *)WHO, strlen(WHO)); break;
        case 7:
            crypto_hash_sha256(digest, (const unsigned char *)WHO, strlen(WHO));
            form_hex(&text, digest, 32);
            break;
        case 8: str_append(&text, (const char *)digest, 32); break;
        case 9: str_puts(&text, "c89db4c4a5a5ed9a0fef1c5b6ab0d5b0"); break; /* replaced below by the MD5 */
        default: { /* Base64 at the other alignments, as a program would write it */
            char whole[64], coded[128];
            int n = snprintf(whole, sizeof whole, "%.*s%s;", form - 9, "xy", WHO);
            sodium_bin2base64(coded, sizeof coded, (const unsigned char *)whole, (size_t)n,
                              sodium_base64_VARIANT_ORIGINAL);
            str_puts(&text, coded);
        }
        }
        if (form == 9) {
            FILE *md5 = popen("printf %s \"ann.o'hara/7@example.org\" | md5sum", "r");
            char hex[64] = "";
            ck_assert_ptr_nonnull(fgets(hex, sizeof hex, md5));
            pclose(md5);
            str_clear(&text);
            str_append(&text, hex, 32);
        }
        str_puts(&all, "before ");
        str_append(&all, str_text(&text), text.len);
        str_puts(&all, " behind");
        put_file("x", str_text(&all), all.len);
        ck_assert_msg(found(WHO, true) >= 1, "form %d", form);
        ck_assert_msg(found("bob.o'hara/7@example.org", true) == 0, "form %d", form);
        str_release(&all);
    }
    str_release(&text);
    remove_dir();
}
END_TEST

START_TEST(test_a_part_of_a_word_is_only_possible)
{
    make_dir();
    put_file("x", "user10, xuser1 and user1a", 25);
    struct scan_report r = scan("user1", true);
    ck_assert_uint_eq(r.found, 0);
    scan_report_release(&r);
    put_file("x", "user10-longer and user10-long.", 30);
    r = scan("user10-long", true);
    ck_assert_uint_eq(r.found, 1);
    ck_assert_uint_eq(r.possible, 1);
    scan_report_release(&r);
    r = scan("123", true); /* too short to be searched for in bytes */
    ck_assert_uint_eq(r.found, 0);
    scan_report_release(&r);
    remove_dir();
}
END_TEST

static sqlite3 *open_db(const char *pragma)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path_of("x.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, pragma, NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void run(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s", why);
}

static bool has_place(const struct scan_report *r, enum scan_place place, const char *tree)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->findings[i].place == place && r->findings[i].verdict == SCAN_FOUND &&
            (tree == NULL || strcmp(r->findings[i].tree, tree) == 0))
            return true;
    return false;
}

START_TEST(test_rows_indexes_and_long_values)
{
    make_dir();
    sqlite3 *db = open_db("PRAGMA journal_mode = DELETE");
    run(db, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB); CREATE INDEX tb ON t(b);"
            "CREATE TABLE w (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID;"
            "INSERT INTO t VALUES (1, 'user17', NULL), (2, 'user170', x'00');"
            "INSERT INTO w VALUES ('17', 'x');"
            "INSERT INTO t VALUES (3, hex(zeroblob(5000)) || ' user18 ' || hex(zeroblob(9000)), NULL);"
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
            "INSERT INTO t SELECT i + 10, 'filler' || i, NULL FROM n");
    struct scan_report r = scan("user17", true);
    ck_assert(has_place(&r, PLACE_ROW, "t") && has_place(&r, PLACE_ROW, "tb"));
    ck_assert_uint_eq(r.found, 2);
    ck_assert_uint_eq(r.possible, 2); /* user170 */
    ck_assert_uint_eq(r.databases, 1);
    scan_report_release(&r);
    r = scan("17", true); /* as a whole field, however short */
    ck_assert(has_place(&r, PLACE_ROW, "w"));
    ck_assert_uint_eq(r.found, 1);
    scan_report_release(&r);
    r = scan("user18", true); /* over several pages */
    ck_assert(has_place(&r, PLACE_ROW, "t"));
    scan_report_release(&r);
    ck_assert_uint_eq(found("filler2999", true), 2);
    sqlite3_close(db);
    remove_dir();
}
END_TEST

/* Without secure_delete everything stays; with it and VACUUM nothing. */
START_TEST(test_what_is_deleted_is_still_found_until_the_file_is_written_anew)
{
    make_dir();
    sqlite3 *db = open_db("PRAGMA journal_mode = DELETE; PRAGMA secure_delete = OFF");
    run(db, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);"
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
            "INSERT INTO t SELECT i, CASE WHEN i % 7 = 3 THEN 'canary bird' ELSE 'another one' END FROM n;"
            "INSERT INTO t SELECT NULL, 'canary bird' FROM t LIMIT 2000;"
            "DELETE FROM t WHERE b = 'canary bird'");
    struct scan_report r = scan("canary bird", false);
    ck_assert(!has_place(&r, PLACE_ROW, NULL));
    ck_assert(has_place(&r, PLACE_FREE_PAGE, NULL));
    ck_assert(has_place(&r, PLACE_FREED, "t") || has_place(&r, PLACE_GAP, "t"));
    scan_report_release(&r);
    run(db, "VACUUM");
    ck_assert_uint_eq(found("canary bird", false), 0);
    ck_assert_uint_gt(found("another one", false), 0);
    sqlite3_close(db);
    remove_dir();
}
END_TEST

START_TEST(test_the_log_is_taken_apart_too)
{
    make_dir();
    sqlite3 *db = open_db("PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON");
    run(db, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); INSERT INTO t VALUES (1, 'user17')");
    run(db, "DELETE FROM t");
    struct scan_report r = scan("user17", true);
    ck_assert(has_place(&r, PLACE_LOG, NULL));
    scan_report_release(&r);
    run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    ck_assert_uint_eq(found("user17", true), 0);
    sqlite3_close(db);
    remove_dir();
}
END_TEST

static void put_gzip(const char *name, const char *text, size_t pad)
{
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    char *filler = mem_zalloc(pad + 1, 1);
    archive_write_add_filter_gzip(a);
    archive_write_set_format_raw(a);
    ck_assert_int_eq(archive_write_open_filename(a, path_of(name)), ARCHIVE_OK);
    archive_entry_set_filetype(e, AE_IFREG);
    ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
    memset(filler, 'x', pad);
    archive_write_data(a, filler, pad);
    archive_write_data(a, text, strlen(text));
    archive_write_data(a, filler, pad);
    archive_entry_free(e);
    archive_write_free(a);
    mem_free(filler);
}

START_TEST(test_compressed_files_are_opened)
{
    make_dir();
    static const size_t pads[] = {0, 65530, 131072 - 4, (1 << 20) - 5, (1 << 20) + 3, 3000000};
    for (size_t i = 0; i < sizeof pads / sizeof pads[0]; i++) {
        put_gzip("x.gz", " canary-17 ", pads[i]);
        struct scan_report r = scan("canary-17", true);
        ck_assert_msg(r.found == 1, "%zu: %llu", pads[i], (unsigned long long)r.found);
        ck_assert(has_place(&r, PLACE_PACKED, NULL));
        scan_report_release(&r);
        ck_assert_uint_eq(found("canary-1", true), 0);
    }
    remove_dir();
}
END_TEST

START_TEST(test_what_is_not_seen_is_said_and_names_are_hidden)
{
    make_dir();
    put_file("mail-ann@example.org.txt", "x", 1);
    put_file("broken.gz", "\x1f\x8b\x08 no gzip at all", strlen("\x1f\x8b\x08 no gzip at all"));
    ck_assert_int_eq(symlink("/etc/passwd", path_of("link")), 0);
    struct scan_report r = scan("ann@example.org", true);
    ck_assert(has_place(&r, PLACE_NAME, NULL));
    for (size_t i = 0; i < r.n; i++)
        ck_assert_ptr_null(strstr(r.findings[i].file, "ann@"));
    ck_assert_ptr_nonnull(strstr(str_text(&r.unseen), "link"));
    ck_assert_ptr_nonnull(strstr(str_text(&r.unseen), "broken.gz"));
    ck_assert_ptr_nonnull(strstr(str_text(&r.unseen), "blocks"));
    scan_report_release(&r);
    remove_dir();
}
END_TEST

START_TEST(test_a_damaged_database_is_searched_all_the_same)
{
    make_dir();
    sqlite3 *db = open_db("PRAGMA journal_mode = DELETE");
    run(db, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);"
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
            "INSERT INTO t SELECT i, 'canary-17 ' || hex(randomblob(20)) FROM n");
    sqlite3_close(db);
    char *bytes;
    size_t n;
    ck_assert_int_eq(fs_read_all(path_of("x.db"), 1 << 24, &bytes, &n, NULL), 0);
    for (unsigned round = 0; round < 200; round++) { /* whatever stands there, nothing is read out of bounds */
        char *copy = mem_dup(bytes, n);
        for (unsigned k = 0; k < 30; k++)
            copy[16 + randombytes_uniform((uint32_t)n - 16)] = (char)randombytes_uniform(256);
        put_file("x.db", copy, n - randombytes_uniform(3000));
        struct scan_report r = scan("canary-17", true);
        ck_assert_uint_gt(r.found + r.possible, 0);
        scan_report_release(&r);
        mem_free(copy);
    }
    mem_free(bytes);
    remove_dir();
}
END_TEST

static enum scan_want until_found(void *context, const char *file)
{
    (void)context;
    return strcmp(file, "left") == 0 ? SCAN_NOT : SCAN_UNTIL_FOUND;
}

static struct scan_report scan_with(struct proven *proven, enum scan_want (*wants)(void *, const char *))
{
    struct needles needles;
    struct scan_report report;
    ck_assert_int_eq(needles_init(&needles, NULL), 0);
    ck_assert_int_eq(needles_add(&needles, WHO, strlen(WHO), true, NULL), 0);
    ck_assert_int_eq(needles_ready(&needles, NULL), 0);
    struct scan_options options = {.root = dir, .needles = &needles, .proven = proven, .wants = wants};
    ck_assert_int_eq(scan_run(&report, &options, NULL), 0);
    needles_release(&needles);
    return report;
}

/* A file that was read and is unchanged is not read again; whatever was done to it is seen. */
START_TEST(test_proven_files)
{
    struct proven proven;
    struct stat before;
    char text[100] = "nobody is named in this file, which is as long as one that names somebody";
    size_t n = strlen(text);
    make_dir();
    put_file("clean", text, n);
    put_file("named", WHO, strlen(WHO));
    put_file("packed", "\x1f\x8b not really", 14); /* cannot be opened: unseen, so never proven */
    proven_init(&proven, (const unsigned char *)"the key of this test, 32 bytes ..");
    struct scan_report r = scan_with(&proven, NULL);
    ck_assert_uint_eq(proven.n, 0); /* touched a moment ago */
    scan_report_release(&r);
    proven.quiet_ms = -1000;
    r = scan_with(&proven, NULL);
    ck_assert_uint_eq(proven.n, 1);
    ck_assert_int_eq(stat(path_of("clean"), &before), 0);
    ck_assert(proven_has(&proven, "clean", &before));
    ck_assert(!proven_has(&proven, "named", &before));
    ck_assert_ptr_null(strstr(proven.files[0].name, "clean")); /* it may be named after somebody */
    ck_assert_uint_eq(r.earlier, 0);
    scan_report_release(&r);
    r = scan_with(&proven, NULL);
    ck_assert_uint_eq(r.earlier, 1);
    ck_assert_uint_eq(r.files, 3);
    ck_assert_uint_eq(r.found, 1);
    scan_report_release(&r);
    ck_assert_int_eq(stat(path_of("clean"), &before), 0); /* the same file, size and time of change; other bytes */
    FILE *f = fopen(path_of("clean"), "r+");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(WHO, 1, strlen(WHO), f), strlen(WHO));
    ck_assert_int_eq(fputc(' ', f), ' ');
    ck_assert_int_eq(fclose(f), 0);
    struct timespec times[2] = {before.st_atim, before.st_mtim};
    ck_assert_int_eq(utimensat(AT_FDCWD, path_of("clean"), times, 0), 0);
    r = scan_with(&proven, NULL);
    ck_assert_uint_eq(r.earlier, 0);
    ck_assert_uint_eq(r.found, 2);
    scan_report_release(&r);
    proven_release(&proven);
    remove_dir();
}
END_TEST

START_TEST(test_until_found)
{
    make_dir();
    struct str many;
    str_init(&many, 1 << 20);
    for (int i = 0; i < 1000; i++)
        str_printf(&many, "%s\n", WHO);
    put_file("many", str_text(&many), many.len);
    put_file("left", str_text(&many), many.len);
    str_release(&many);
    struct scan_report r = scan_with(NULL, until_found);
    ck_assert_uint_eq(r.found, 1);
    ck_assert_uint_eq(r.files, 1);
    scan_report_release(&r);
    r = scan_with(NULL, NULL);
    ck_assert_uint_eq(r.found, 2000);
    scan_report_release(&r);
    remove_dir();
}
END_TEST

CHECK_MAIN("scan", test_every_form_is_found, test_a_part_of_a_word_is_only_possible, test_rows_indexes_and_long_values,
           test_what_is_deleted_is_still_found_until_the_file_is_written_anew, test_the_log_is_taken_apart_too,
           test_compressed_files_are_opened, test_what_is_not_seen_is_said_and_names_are_hidden,
           test_a_damaged_database_is_searched_all_the_same,
           test_proven_files, test_until_found)
