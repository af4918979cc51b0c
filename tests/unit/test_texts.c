/* Published texts in memory: what changed is read alone, and comes to the same as reading everything. */
#include "describe/texts.h"

#include "base/mem.h"
#include "store/descriptions.h"
#include "tests/unit/check_main.h"
#include "tests/unit/store_fixture.h"

static struct fixture shop;
static char put_text[512];

static int64_t write_text(const char *item, const char *collection, const char *language, const char *text)
{
    struct description d = {.collection = collection, .template = "web", .version = 1, .language = language,
                            .channel = "web", .provider = "p", .model = "m", .digest = "d", .prompt = "[]", .findings = "[]",
                            .created = 1, .decided = 1, .state = DESCRIPTION_PUBLISHED};
    char content[200];
    struct error err = {0};
    snprintf(content, sizeof content, "{\"description\":\"%s\",\"bullets\":[\"x\"]}", text);
    d.content = content;
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    ck_assert_int_eq(items_intern(shop.store, item, strlen(item), &d.item, NULL, NULL), 0);
    ck_assert_msg(descriptions_add(shop.store, &d, &err) == 0, "%s: %s", err.what, err.why);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    return d.description;
}

static struct texts *load(struct texts *former)
{
    struct texts *texts = NULL;
    struct error err = {0};
    ck_assert_msg(texts_load(&texts, shop.store, former, &err) == 0, "%s: %s", err.what, err.why);
    return texts;
}

/* The object of an item; "" when it has none; until the next call. */
static const char *of(const struct texts *texts, int set, const char *item)
{
    struct str out;
    str_init(&out, sizeof put_text);
    texts_put(texts, set, item, &out);
    snprintf(put_text, sizeof put_text, "%s", str_text(&out));
    str_release(&out);
    return put_text;
}

static void assert_same(const struct texts *a, const struct texts *b, int items)
{
    ck_assert_uint_eq(texts_count(a), texts_count(b));
    for (int i = 0; i < items; i++) {
        char name[16], first[512];
        snprintf(name, sizeof name, "i%d", i);
        snprintf(first, sizeof first, "%s", of(a, texts_choose(a, NULL, NULL, NULL), name));
        ck_assert_str_eq(first, of(b, texts_choose(b, NULL, NULL, NULL), name));
    }
}

START_TEST(test_changes_are_read_alone)
{
    fixture_init(&shop);
    struct texts *none = load(NULL);
    ck_assert_uint_eq(texts_count(none), 0);
    ck_assert_int_eq(texts_choose(none, NULL, NULL, NULL), -1);
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "i%d", i);
        write_text(name, "default", "en", name);
    }
    struct texts *former = load(none);
    ck_assert_uint_eq(texts_count(former), 300);
    struct texts *same = load(former);
    ck_assert_ptr_eq(same, former);
    texts_release(same);
    int64_t number = write_text("i7", "default", "en", "new");
    write_text("i8", "warm", "en", "warm");
    struct texts *next = load(former), *whole = load(NULL);
    assert_same(next, whole, 300);
    ck_assert_ptr_nonnull(strstr(of(next, texts_choose(next, NULL, NULL, NULL), "i7"), "\"text\":\"new\""));
    ck_assert_ptr_nonnull(strstr(of(former, texts_choose(former, NULL, NULL, NULL), "i7"), "\"text\":\"i7\""));
    ck_assert_str_eq(of(next, texts_choose(next, "warm", NULL, NULL), "i7"), "");
    ck_assert_ptr_nonnull(strstr(of(next, texts_choose(next, "warm", NULL, NULL), "i8"), "\"collection\":\"warm\""));
    texts_release(whole);
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    ck_assert_int_eq(descriptions_decide(shop.store, number, DESCRIPTION_REJECTED, "ann", NULL, 5, NULL), 0);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    struct texts *after = load(next);
    whole = load(NULL);
    assert_same(after, whole, 300);
    ck_assert_str_eq(of(after, texts_choose(after, NULL, NULL, NULL), "i7"), "");
    ck_assert_ptr_nonnull(strstr(of(after, texts_choose(after, NULL, NULL, NULL), "i6"), "\"text\":\"i6\""));
    texts_release(none);
    texts_release(former);
    texts_release(next);
    texts_release(after);
    texts_release(whole);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_languages_stand_beside_each_other)
{
    int64_t back = 0;
    const struct description_place german = {"default", "de", NULL};
    fixture_init(&shop);
    write_text("i1", "default", "en", "heart");
    write_text("i2", "default", "en", "mug");
    write_text("i1", "default", "de", "Herz");
    write_text("i1", "default", "de", "Herzchen");
    struct texts *texts = load(NULL);
    ck_assert_uint_eq(texts_count(texts), 3);
    int most = texts_choose(texts, NULL, NULL, NULL);
    ck_assert_ptr_nonnull(strstr(of(texts, most, "i1"), "heart"));
    ck_assert_ptr_nonnull(strstr(of(texts, texts_choose(texts, "default", "de", "web"), "i1"), "Herzchen"));
    ck_assert_int_eq(texts_choose(texts, "default", "fr", NULL), -1);
    ck_assert_int_eq(texts_choose(texts, "default", "de", "mail"), -1);
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    int64_t item = 0;
    ck_assert_int_eq(items_lookup(shop.store, "i1", &item, NULL), 0);
    ck_assert_int_eq(descriptions_rollback(shop.store, item, &german, "ann", 9, &back, NULL), 0);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    struct texts *after = load(texts);
    ck_assert_ptr_nonnull(strstr(of(after, texts_choose(after, "default", "de", NULL), "i1"), "\"Herz\""));
    ck_assert_ptr_nonnull(strstr(of(after, texts_choose(after, "default", "en", NULL), "i1"), "heart"));
    texts_release(texts);
    texts_release(after);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_memory_that_fails)
{
    fixture_init(&shop);
    write_text("i1", "default", "en", "heart");
    struct texts *former = load(NULL);
    write_text("i2", "default", "en", "mug");
    for (unsigned long n = 1;; n++) {
        struct texts *texts = NULL;
        struct error err = {0};
        mem_fail_after(n);
        int rc = texts_load(&texts, shop.store, n % 2 == 0 ? former : NULL, &err);
        mem_fail_after(0);
        texts_release(texts);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, E_NOMEM);
    }
    texts_release(former);
    fixture_release(&shop);
}
END_TEST

CHECK_MAIN("texts", test_changes_are_read_alone, test_languages_stand_beside_each_other, test_memory_that_fails)
