/* duplicates: likeness by hand, and every pair of some hundred texts against the plain comparison of all with all. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "check_main.h"
#include "describe/duplicates.h"

static double alike(const char *a, const char *b)
{
    struct shingles x = {0}, y = {0};
    ck_assert_int_eq(shingles_make(&x, a, NULL), 0);
    ck_assert_int_eq(shingles_make(&y, b, NULL), 0);
    double j = shingles_alike(x.list, x.n, y.list, y.n);
    shingles_release(&x);
    shingles_release(&y);
    return j;
}

static bool is(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

START_TEST(likeness_by_hand)
{
    ck_assert(is(alike("a heart of white wood", "A HEART, of white... wood!"), 1));
    /* {aho, how, oww} and {aho, how, owm}: 2 of 4 */
    ck_assert(is(alike("a heart of white wood", "a heart of white metal"), 0.5));
    /* each run of three once, however often it occurs: {abc, bca, cab} and {abc} */
    ck_assert(is(alike("a b c a b c", "a b c"), 1.0 / 3));
    ck_assert(is(alike("blue mug", "mug blue"), 0 + 1));   /* shorter ones by their words */
    ck_assert(is(alike("blue mug", "blue cup"), 1.0 / 3));
    ck_assert(is(alike("", "blue cup"), 0));
    ck_assert(is(alike("...", "!!!"), 0));
    ck_assert(is(alike("d\xc3\xa9""cor en bois clair", "d\xc3\xa9""cor en bois clair"), 1));
}
END_TEST

enum { TEXTS = 400, WORDS = 40 };

/* Text i: of five, one is the one before with 0 to 7 words changed. */
static void write_text(struct str *out, uint64_t i)
{
    struct rng rng, change;
    uint64_t words[WORDS];
    rng_init(&rng, 3, i % 5 == 1 ? i - 1 : i);
    rng_init(&change, 4, i);
    for (size_t k = 0; k < WORDS; k++)
        words[k] = rng_below(&rng, 300);
    for (uint64_t k = 0, n = i % 5 == 1 ? rng_below(&change, 8) : 0; k < n; k++)
        words[rng_below(&change, WORDS)] = 300 + k;
    str_clear(out);
    for (size_t k = 0; k < WORDS; k++)
        str_printf(out, "word%llu ", (unsigned long long)words[k]);
}

/* For each text the most alike of those before, by comparing with all. */
static void compare_all(double threshold)
{
    struct shingles set[TEXTS] = {{0}};
    struct duplicates *all;
    struct str text;
    size_t found = 0, wanted = 0;
    str_init(&text, 1 << 16);
    ck_assert_int_eq(duplicates_new(&all, threshold, NULL), 0);
    for (size_t i = 0; i < TEXTS; i++) {
        double best = 0, told = 0;
        int64_t other = 0;
        write_text(&text, i);
        ck_assert_int_eq(shingles_make(&set[i], str_text(&text), NULL), 0);
        for (size_t k = 0; k < i; k++)
            best = fmax(best, shingles_alike(set[i].list, set[i].n, set[k].list, set[k].n));
        bool is_one = duplicates_find(all, (int64_t)i + 1, &set[i], &other, &told);
        wanted += best >= threshold;
        found += is_one && is(told, best);
        ck_assert(!is_one || (told >= threshold && other == (int64_t)i));
        ck_assert_int_eq(duplicates_add(all, (int64_t)i + 1, &set[i], NULL), 0);
    }
    ck_assert_uint_gt(wanted, 5);
    ck_assert_uint_eq(found, wanted); /* of these; one of a thousand may be missed */
    duplicates_free(all);
    for (size_t i = 0; i < TEXTS; i++)
        shingles_release(&set[i]);
    str_release(&text);
}

START_TEST(all_pairs_are_found)
{
    compare_all(0.5);
    compare_all(0.8);
    compare_all(1);
}
END_TEST

START_TEST(an_owner_is_no_duplicate_of_itself)
{
    struct duplicates *all;
    struct shingles a = {0};
    int64_t other = 0;
    double how = 0;
    ck_assert_int_eq(duplicates_new(&all, 0.8, NULL), 0);
    ck_assert_int_eq(shingles_make(&a, "a heart of white wood", NULL), 0);
    ck_assert(!duplicates_find(all, 1, &a, &other, &how));
    ck_assert_int_eq(duplicates_add(all, 1, &a, NULL), 0);
    ck_assert(!duplicates_find(all, 1, &a, &other, &how));
    ck_assert(duplicates_find(all, 2, &a, &other, &how));
    ck_assert_int_eq(other, 1);
    ck_assert_int_eq(duplicates_add(all, 3, &a, NULL), 0);
    ck_assert(duplicates_find(all, 2, &a, &other, &how)); /* of equals the first */
    ck_assert_int_eq(other, 1);
    ck_assert(duplicates_find(all, 1, &a, &other, &how));
    ck_assert_int_eq(other, 3);
    shingles_release(&a);
    ck_assert(!duplicates_find(all, 9, &a, &other, &how)); /* nothing is like nothing */
    duplicates_free(all);
}
END_TEST

/* A shop whose texts are all one and the same does not take forever, nor memory without end. */
START_TEST(the_same_text_many_times)
{
    struct duplicates *all;
    struct shingles a = {0};
    int64_t other = 0;
    double how = 0;
    ck_assert_int_eq(duplicates_new(&all, 0.8, NULL), 0);
    ck_assert_int_eq(shingles_make(&a, "a heart of white wood to be hung up", NULL), 0);
    for (int64_t i = 1; i <= 5000; i++) {
        ck_assert(duplicates_find(all, i, &a, &other, &how) == (i > 1));
        ck_assert_int_eq(duplicates_add(all, i, &a, NULL), 0);
    }
    ck_assert(is(how, 1));
    shingles_release(&a);
    duplicates_free(all);
}
END_TEST

CHECK_MAIN("duplicates", likeness_by_hand, all_pairs_are_found, an_owner_is_no_duplicate_of_itself, the_same_text_many_times)
