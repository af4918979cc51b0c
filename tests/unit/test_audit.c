/* The audit log: appended to, and every other change is found. */
#include <sqlite3.h>

#include "base/mem.h"
#include "privacy/head.h"
#include "privacy/signed.h"
#include "store/audit.h"
#include "tests/unit/check_main.h"
#include "tests/unit/store_fixture.h"

static void append(struct store *s, int n)
{
    struct audit_actor actor = {.who = "ann", .front = "test"};
    for (int i = 0; i < n; i++) {
        if (store_begin(s, NULL) != 0) /* once, after somebody changed the schema */
            ck_assert_int_eq(store_begin(s, NULL), 0);
        ck_assert_int_eq(audit_append(s, "command", &actor, 1000 * i, json_pack("{s:i}", "i", i), NULL, NULL), 0);
        ck_assert_int_eq(store_commit(s, NULL), 0);
    }
}

/* What somebody with the sqlite3 shell could do, who also knows of the triggers. */
static void tamper(const struct fixture *f, const char *sql)
{
    sqlite3 *db;
    char path[FS_PATH_MAX], *why = NULL;
    ck_assert_int_eq(sqlite3_open(fixture_path(f, path, "reckon.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_shortened", NULL,
                                  NULL,
                                  NULL), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s", why);
    sqlite3_close(db);
}

static int64_t first_fault(struct store *s, const char *says)
{
    struct audit_fault fault;
    int64_t n;
    ck_assert_int_eq(audit_check(s, &fault, &n, NULL, NULL), 0);
    ck_assert_msg(strstr(fault.why, says) != NULL, "%s", fault.why);
    return fault.number;
}

START_TEST(test_a_log_that_only_grew_is_good)
{
    struct fixture f;
    struct audit_fault fault;
    int64_t n;
    fixture_init(&f);
    ck_assert_int_eq(audit_check(f.store, &fault, &n, NULL, NULL), 0);
    ck_assert_int_eq(fault.number + n, 0);
    append(f.store, 9);
    ck_assert_int_eq(audit_check(f.store, &fault, &n, NULL, NULL), 0);
    ck_assert_int_eq(fault.number, 0);
    ck_assert_int_eq(n, 9);
    fixture_release(&f);
}
END_TEST

START_TEST(test_the_database_refuses_to_change_it)
{
    static const char *const changes[] = {"UPDATE audit SET entry = 'x'", "DELETE FROM audit", "DELETE FROM audit "
                                                                                               "WHERE number = 3"};
    struct fixture f;
    sqlite3 *db;
    char path[FS_PATH_MAX];
    fixture_init(&f);
    append(f.store, 3);
    ck_assert_int_eq(sqlite3_open(fixture_path(&f, path, "reckon.db"), &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        ck_assert_int_ne(sqlite3_exec(db, changes[i], NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    fixture_release(&f);
}
END_TEST

START_TEST(test_the_first_bad_entry_is_named)
{
    static const struct {
        const char *sql;
        int64_t number;
        const char *says;
    } cases[] = {
        {"UPDATE audit SET entry = replace(entry, '\"ann\"', '\"bob\"') WHERE number = 4", 4, "changed"},
        {"UPDATE audit SET chain = randomblob(32) WHERE number = 5", 5, "changed"},
        {"UPDATE audit SET chain = x'00' WHERE number = 5", 5, "changed"},
        {"DELETE FROM audit WHERE number = 6", 6, "missing"},
        {"DELETE FROM audit WHERE number = 1", 1, "missing"},
        {"UPDATE audit SET number = -1 WHERE number = 2; UPDATE audit SET number = 2 WHERE number = 3; "
         "UPDATE audit SET number = 3 WHERE number = -1", 2, "place of another"},
        {"UPDATE audit SET entry = 'x' WHERE number = 7", 7, "no entry"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        fixture_init(&f);
        append(f.store, 9);
        tamper(&f, cases[i].sql);
        ck_assert_int_eq(first_fault(f.store, cases[i].says), cases[i].number);
        fixture_release(&f);
    }
}
END_TEST

START_TEST(test_a_head_that_was_kept_shows_what_the_chain_cannot)
{
    struct fixture f;
    struct error err = {0};
    json_t *head;
    fixture_init(&f);
    append(f.store, 5);
    ck_assert_int_eq(head_make(f.store, &head, &err), 0);
    ck_assert_int_eq(signed_check(head, NULL, "head", &err), 0);
    append(f.store, 4);
    ck_assert_msg(head_check(f.store, head, &err) == 0, "%s", err.why);
    tamper(&f, "DELETE FROM audit WHERE number > 4"); /* the chain of what is left is whole */
    struct audit_fault fault;
    int64_t n;
    ck_assert_int_eq(audit_check(f.store, &fault, &n, NULL, &err), 0);
    ck_assert_int_eq(fault.number, 0);
    ck_assert_int_eq(head_check(f.store, head, &err), E_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.why, "removed"));
    append(f.store, 5); /* and others written in their place */
    ck_assert_int_eq(head_check(f.store, head, &err), E_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.why, "another one"));
    json_object_set_new(head, "size", json_integer(4));
    ck_assert_int_eq(signed_check(head, NULL, "head", &err), E_CORRUPT);
    json_decref(head);
    fixture_release(&f);
}
END_TEST

CHECK_MAIN("audit", test_a_log_that_only_grew_is_good, test_the_database_refuses_to_change_it,
           test_the_first_bad_entry_is_named, test_a_head_that_was_kept_shows_what_the_chain_cannot)
