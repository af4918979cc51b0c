/* Words and terms of titles and attributes, and what is read of them from a store. */
#include "train/item_text.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "store/attributes.h"
#include "tests/unit/check_main.h"
#include "tests/unit/store_fixture.h"
#include "train/data.h"
#include "train/item_terms.h"

static void collect(void *context, const char *word, size_t n)
{
    char *to = context;
    if (to[0] != '\0')
        strcat(to, "|");
    strncat(to, word, n);
}

static const struct {
    const char *text, *words;
} cases[] = {
    {"", ""},
    {" \t-- ", ""},
    {"WHITE HANGING HEART T-LIGHT HOLDER", "white|hanging|heart|t|light|holder"},
    {"Set of 4 Boxes, 2 cherries & glasses", "set|of|4|box|2|cherry|glass"},
    {"bus gas his lens cats ties", "bus|gas|his|len|cat|tie"},
    {"Children's dog's o\xe2\x80\x99""clock 'quoted'", "children|dog|oclock|quoted"},
    {"1.5 l, 2,000 pcs. v.2", "1.5|l|2.000|pcs|v|2"},
    {"60x40cm USB3.0", "60x40cm|usb3.0"},
    {"\xc3\x89t\xc3\xa9 STRASSE \xc3\x96L", "\xc3\xa9t\xc3\xa9|strasse|\xc3\xb6l"},
    {"\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82", "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83"},
    {"\xd0\x81\xd0\x9b\xd0\x9a\xd0\x90 \xd0\x96\xd1\x83\xd0\xba", "\xd1\x91\xd0\xbb\xd0\xba\xd0\xb0|\xd0\xb6\xd1\x83\xd0\xba"},
    {"\xc5\xbb\xc3\x93\xc5\x81W \xc4\xb0Z", "\xc5\xbc\xc3\xb3\xc5\x82w|iz"},
    {"\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd A \xe7\x8c\xab", "\xe6\x9d\xb1\xe4\xba\xac|\xe4\xba\xac\xe9\x83\xbd|a|\xe7\x8c\xab"},
    {"bad \xff\xfe bytes\xc3", "bad|byte"},
};

START_TEST(test_words)
{
    char words[200] = "";
    item_text_each_word(cases[_i].text, strlen(cases[_i].text), collect, words);
    ck_assert_str_eq(words, cases[_i].words);
}
END_TEST

static uint64_t key_of(const char *term)
{
    return rng_key(term, strlen(term));
}

static float count_of(const struct item_text *text, const char *term)
{
    for (size_t i = 0; i < text->n; i++)
        if (text->terms[i].key == key_of(term))
            return text->terms[i].count;
    return 0;
}

START_TEST(test_terms_of_attributes)
{
    struct item_text t = {0};
    item_text_add_words(&t, "red bag, RED bag", 16);
    item_text_add_value(&t, "brand", "Acme Ltd", 8);
    item_text_add_value(&t, "about", "a long story of five words", 26);
    item_text_add_value(&t, "note", "...", 3);
    item_text_add_number(&t, "price", 10);
    item_text_add_number(&t, "weight", 0);
    item_text_add_number(&t, "odd", (double)NAN);
    item_text_add_boolean(&t, "new", true);
    item_text_add_boolean(&t, "old", false);
    ck_assert_int_eq(item_text_finish(&t, NULL), 0);
    ck_assert_float_eq(count_of(&t, "red"), 2);
    ck_assert_float_eq(count_of(&t, "bag"), 2);
    ck_assert_float_eq(count_of(&t, "brand=acme ltd"), 1);
    ck_assert_float_eq(count_of(&t, "acme"), 1);
    ck_assert_float_eq(count_of(&t, "story"), 1);
    ck_assert_float_eq(count_of(&t, "price~6"), 1);
    ck_assert_float_eq(count_of(&t, "weight~none"), 1);
    ck_assert_float_eq(count_of(&t, "new=yes"), 1);
    ck_assert_uint_eq(t.n, 2 + 3 + 6 + 2 + 1);
    for (size_t i = 1; i < t.n; i++)
        ck_assert(t.terms[i - 1].key < t.terms[i].key);
    item_text_clear(&t);
    item_text_add_number(&t, "price", 11); /* of the same band */
    item_text_add_number(&t, "price", 15);
    item_text_add_number(&t, "price", -10);
    ck_assert_int_eq(item_text_finish(&t, NULL), 0);
    ck_assert_uint_eq(t.n, 3);
    ck_assert_float_eq(count_of(&t, "price~6"), 1);
    ck_assert_float_eq(count_of(&t, "price~7"), 1);
    item_text_release(&t);
}
END_TEST

START_TEST(test_an_endless_text_is_cut_and_memory_that_runs_out_is_told)
{
    struct item_text t = {0};
    for (int i = 0; i < 3 * ITEM_TEXT_TERMS_MAX; i++) {
        char word[16];
        snprintf(word, sizeof word, "w%d", i);
        item_text_add_words(&t, word, strlen(word));
    }
    ck_assert_int_eq(item_text_finish(&t, NULL), 0);
    ck_assert_uint_eq(t.n, ITEM_TEXT_TERMS_MAX);
    item_text_release(&t);
    mem_fail_after(1);
    item_text_add_words(&t, "word", 4);
    mem_fail_after(0);
    ck_assert_int_eq(item_text_finish(&t, NULL), E_NOMEM);
    item_text_release(&t);
}
END_TEST

static int64_t add_item(struct store *store, const char *identifier, const char *title)
{
    int64_t item;
    ck_assert_int_eq(items_intern(store, identifier, strlen(identifier), &item, NULL, NULL), 0);
    if (title != NULL)
        ck_assert_int_eq(items_set_title(store, item, title, strlen(title), NULL), 0);
    return item;
}

static void set_text(struct store *store, int64_t item, const char *name, enum attribute_type type, const char *text)
{
    int64_t attribute;
    struct attribute_value value = {.text = text, .n = strlen(text)};
    ck_assert_int_eq(attributes_intern(store, ATTRIBUTE_OF_ITEM, name, type, &attribute, NULL), 0);
    ck_assert_int_eq(attributes_set(store, ATTRIBUTE_OF_ITEM, item, attribute, type, &value, NULL), 0);
}

START_TEST(test_the_catalogue_is_wider_when_descriptions_are_asked_for)
{
    struct fixture f;
    struct training_data plain, described;
    struct item_text alone = {0};
    fixture_init(&f);
    fixture_fill(f.store, 3, 10); /* item0 .. item9 have events */
    ck_assert_int_eq(store_begin(f.store, NULL), 0);
    add_item(f.store, "item3", "Red bag");
    int64_t fresh = add_item(f.store, "fresh", "Blue bag"), listed = add_item(f.store, "listed", NULL);
    add_item(f.store, "bare", NULL); /* neither events nor a description */
    set_text(f.store, fresh, "category", ATTRIBUTE_TEXT, "Bags");
    set_text(f.store, fresh, "image", ATTRIBUTE_TEXT, "https://shop.example/blue.jpg");
    set_text(f.store, listed, "tags", ATTRIBUTE_LIST, "[\"blue\",\"small gift\"]");
    ck_assert_int_eq(store_commit(f.store, NULL), 0);

    struct training_data_options o = {0};
    ck_assert_int_eq(training_data_load(&plain, f.store, &o, NULL, NULL), 0);
    ck_assert_uint_eq(plain.dataset.n_items, 10);
    ck_assert_ptr_null(plain.dataset.terms);
    o.terms = true;
    ck_assert_int_eq(training_data_load(&described, f.store, &o, NULL, NULL), 0);
    ck_assert_uint_eq(described.dataset.n_items, 12);
    ck_assert_str_eq(described.item_name[0], "fresh");
    ck_assert_str_eq(described.item_name[11], "listed");
    ck_assert_str_ne(plain.digest, described.digest);
    ck_assert_uint_eq(plain.dataset.n_events, described.dataset.n_events);

    const struct item_terms *terms = described.dataset.terms;
    const struct csr *m = &terms->counts;
    ck_assert_uint_eq(m->rows, 12);
    for (uint32_t i = 0; i < m->rows; i++) {
        ck_assert_int_eq(item_terms_of(&alone, f.store, described.item[i], NULL), 0);
        ck_assert_uint_eq(alone.n, m->start[i + 1] - m->start[i]);
        for (size_t t = 0; t < alone.n; t++) {
            ck_assert_uint_eq(alone.terms[t].key, terms->key[m->col[m->start[i] + t]]);
            ck_assert_float_eq(alone.terms[t].count, m->val[m->start[i] + t]);
        }
    }
    ck_assert_int_eq(item_terms_of(&alone, f.store, fresh, NULL), 0);
    ck_assert_uint_eq(alone.n, 3); /* blue, bag (title and category), category=bag; no address */
    ck_assert_float_eq(count_of(&alone, "category=bag"), 1);
    ck_assert_float_eq(count_of(&alone, "bag"), 2);
    ck_assert_int_eq(item_terms_of(&alone, f.store, listed, NULL), 0);
    ck_assert_float_eq(count_of(&alone, "tags=small gift"), 1);
    ck_assert_float_eq(count_of(&alone, "blue"), 1);
    item_text_release(&alone);
    training_data_release(&plain);
    training_data_release(&described);
    fixture_release(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("item_text");
    TCase *tc = tcase_create("item_text");
    tcase_add_loop_test(tc, test_words, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tc, test_terms_of_attributes);
    tcase_add_test(tc, test_an_endless_text_is_cut_and_memory_that_runs_out_is_told);
    tcase_add_test(tc, test_the_catalogue_is_wider_when_descriptions_are_asked_for);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
