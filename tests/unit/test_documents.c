/* Rule sets and scenarios in the store: versions that never change, one in force, and what happened to them. */
#include "store/documents.h"

#include "base/mem.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/check_main.h"

static struct fixture shop;

static int64_t put(enum document_kind kind, const char *name, const char *body)
{
    struct document d = {.created = 1000, .author = mem_strdup("ann"), .comment = mem_strdup("why not"),
                         .body = mem_strdup(body)};
    struct error err = {0};
    snprintf(d.name, sizeof d.name, "%s", name);
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    ck_assert_msg(documents_put(shop.store, kind, &d, &err) == 0, "%s: %s", err.what, err.why);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    document_release(&d);
    return d.version;
}

/* The body found by `spec`, or NULL; until the next call. */
static const char *body_of(enum document_kind kind, const char *spec)
{
    static char body[64];
    struct document d;
    int rc = documents_find(shop.store, kind, spec, &d, NULL);
    ck_assert(rc == 0 || rc == E_NOT_FOUND);
    if (rc != 0)
        return NULL;
    snprintf(body, sizeof body, "%s", d.body);
    document_release(&d);
    return body;
}

static int roll(const char *name, int64_t to, int64_t *from, int64_t *back)
{
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    int rc = documents_rollback(shop.store, DOCUMENT_RULES, name, to, "bob", 2000, from, back, NULL);
    if (rc == 0)
        ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    else
        store_rollback(shop.store);
    return rc;
}

static int count(void *context, const struct document *d)
{
    strcat(strcat((char *)context, d->name), " ");
    return 0;
}

static const char *names(enum document_kind kind)
{
    static char text[128];
    text[0] = '\0';
    ck_assert_int_eq(documents_each(shop.store, kind, count, text, NULL), 0);
    return text;
}

START_TEST(test_the_last_version_is_in_force)
{
    fixture_init(&shop);
    ck_assert_int_eq(put(DOCUMENT_RULES, "summer", "one"), 1);
    ck_assert_int_eq(put(DOCUMENT_RULES, "summer", "two"), 2);
    ck_assert_int_eq(put(DOCUMENT_RULES, "autumn", "other"), 1);
    ck_assert_int_eq(put(DOCUMENT_SCENARIO, "summer", "a scenario"), 1);
    ck_assert_str_eq(body_of(DOCUMENT_RULES, "summer"), "two");
    ck_assert_str_eq(body_of(DOCUMENT_RULES, "summer@1"), "one");
    ck_assert_str_eq(body_of(DOCUMENT_SCENARIO, "summer"), "a scenario");
    ck_assert_ptr_null(body_of(DOCUMENT_RULES, "summer@3"));
    ck_assert_ptr_null(body_of(DOCUMENT_RULES, "winter"));
    ck_assert_ptr_null(body_of(DOCUMENT_RULES, "summer@x"));
    ck_assert_str_eq(names(DOCUMENT_RULES), "autumn summer ");
    ck_assert_str_eq(names(DOCUMENT_SCENARIO), "summer ");
    fixture_release(&shop);
}
END_TEST

START_TEST(test_back_and_away)
{
    int64_t from, back;
    fixture_init(&shop);
    for (int i = 1; i <= 3; i++) {
        char body[8];
        snprintf(body, sizeof body, "v%d", i);
        put(DOCUMENT_RULES, "r", body);
    }
    ck_assert_int_eq(roll("r", 0, &from, &back), 0);
    ck_assert(from == 3 && back == 2);
    ck_assert_int_eq(roll("r", 0, &from, &back), 0);
    ck_assert(from == 2 && back == 1);
    ck_assert_int_eq(roll("r", 0, &from, &back), E_NOT_FOUND);
    ck_assert_int_eq(roll("r", 9, &from, &back), E_NOT_FOUND);
    ck_assert_str_eq(body_of(DOCUMENT_RULES, "r"), "v1");
    ck_assert_int_eq(roll("r", 3, &from, &back), 0);
    ck_assert_str_eq(body_of(DOCUMENT_RULES, "r"), "v3");
    ck_assert_int_eq(documents_remove(shop.store, DOCUMENT_RULES, "r", "bob", 3000, NULL), 0);
    ck_assert_int_eq(documents_remove(shop.store, DOCUMENT_RULES, "r", "bob", 3000, NULL), E_NOT_FOUND);
    ck_assert_ptr_null(body_of(DOCUMENT_RULES, "r"));
    ck_assert_str_eq(body_of(DOCUMENT_RULES, "r@2"), "v2");
    ck_assert_str_eq(names(DOCUMENT_RULES), "");
    ck_assert_int_eq(put(DOCUMENT_RULES, "r", "v4"), 4);
    ck_assert_str_eq(body_of(DOCUMENT_RULES, "r"), "v4");
    fixture_release(&shop);
}
END_TEST

static int tell(void *context, const struct document_change *c)
{
    char line[64];
    snprintf(line, sizeof line, "%s%s%d by %s%s;", c->again ? "again " : "", c->version == 0 ? "gone " : "",
             (int)c->version, c->author, c->in_force ? " in force" : "");
    strcat(context, line);
    return 0;
}

START_TEST(test_history)
{
    char text[256] = "";
    int64_t from, back;
    fixture_init(&shop);
    put(DOCUMENT_RULES, "r", "v1");
    put(DOCUMENT_RULES, "r", "v2");
    ck_assert_int_eq(roll("r", 0, &from, &back), 0);
    ck_assert_int_eq(documents_history(shop.store, DOCUMENT_RULES, "r", tell, text, NULL), 0);
    ck_assert_str_eq(text, "again 1 by bob in force;2 by ann;1 by ann;");
    ck_assert_int_eq(documents_remove(shop.store, DOCUMENT_RULES, "r", "bob", 3000, NULL), 0);
    text[0] = '\0';
    ck_assert_int_eq(documents_history(shop.store, DOCUMENT_RULES, "r", tell, text, NULL), 0);
    ck_assert_str_eq(text, "gone 0 by bob;again 1 by bob;2 by ann;1 by ann;");
    ck_assert_int_eq(documents_history(shop.store, DOCUMENT_RULES, "x", tell, text, NULL), E_NOT_FOUND);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_names)
{
    ck_assert_int_eq(documents_check_name(DOCUMENT_RULES, "spring-sale_2.1", NULL), 0);
    static const char *const bad[] = {"", "a b", "a@1", "a/b", "\xC3\xA9",
                                      "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(documents_check_name(DOCUMENT_RULES, bad[i], NULL), E_USAGE);
}
END_TEST

CHECK_MAIN("documents", test_the_last_version_is_in_force, test_back_and_away, test_history, test_names)
