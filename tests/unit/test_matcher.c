/* Many strings at once, against the plainest way to look for them. */
#include <stdio.h>
#include <string.h>

#include "base/matcher.h"
#include "base/rng.h"
#include "tests/unit/check_main.h"

struct seen {
    uint64_t sum;
    size_t n;
};

static int count(void *context, size_t at, size_t length, uint32_t id)
{
    struct seen *s = context;
    s->n++;
    s->sum += (uint64_t)(at + 1) * 1000003u + length * 101u + id;
    return 0;
}

static int fold(int c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool is_at(const char *data, size_t n, size_t at, const char *p)
{
    size_t m = strlen(p);
    if (at + m > n)
        return false;
    for (size_t i = 0; i < m; i++)
        if (fold((unsigned char)data[at + i]) != fold((unsigned char)p[i]))
            return false;
    return true;
}

START_TEST(test_finds_what_looking_at_every_place_finds)
{
    struct rng rng;
    rng_init(&rng, 7, 1);
    for (int round = 0; round < 60; round++) {
        enum { PATTERNS = 40, DATA = 2000 };
        static char patterns[PATTERNS][12];
        char data[DATA + 1] = "";
        struct matcher *m;
        struct seen want = {0}, got = {0};
        ck_assert_int_eq(matcher_new(&m, NULL), 0);
        for (uint32_t i = 0; i < PATTERNS; i++) { /* of two letters, so that they overlap, repeat and begin alike */
            size_t n = 4 + rng_below(&rng, 7);
            for (size_t k = 0; k < n; k++)
                patterns[i][k] = "abAB"[rng_below(&rng, 4)];
            patterns[i][n] = '\0';
            ck_assert_int_eq(matcher_add(m, patterns[i], n, i, NULL), 0);
        }
        ck_assert_int_eq(matcher_ready(m, NULL), 0);
        for (size_t k = 0; k < DATA; k++)
            data[k] = "aabB"[rng_below(&rng, 4)];
        for (size_t at = 0; at < DATA; at++)
            for (uint32_t i = 0; i < PATTERNS; i++)
                if (is_at(data, DATA, at, patterns[i]))
                    count(&want, at, strlen(patterns[i]), i);
        matcher_scan(m, (const unsigned char *)data, DATA, 0, DATA, count, &got);
        ck_assert_uint_eq(got.n, want.n);
        ck_assert_uint_eq(got.sum, want.sum);
        matcher_free(m);
    }
}
END_TEST

/* Runs of zeros are jumped over; and not when something that is looked for begins with them. */
START_TEST(test_finds_behind_and_within_zeros)
{
    struct rng rng;
    rng_init(&rng, 7, 2);
    for (int round = 0; round < 60; round++) {
        enum { PATTERNS = 12, DATA = 3000 };
        unsigned char patterns[PATTERNS][16], data[DATA] = {0};
        size_t length[PATTERNS];
        struct matcher *m;
        struct seen want = {0}, got = {0};
        ck_assert_int_eq(matcher_new(&m, NULL), 0);
        for (uint32_t i = 0; i < PATTERNS; i++) {
            length[i] = 4 + rng_below(&rng, 12);
            for (size_t k = 0; k < length[i]; k++)
                patterns[i][k] = (unsigned char)rng_below(&rng, 2);
            if (round % 2 == 0)
                patterns[i][rng_below(&rng, 4)] = 1; /* of these none begins with four zeros */
            ck_assert_int_eq(matcher_add(m, patterns[i], length[i], i, NULL), 0);
        }
        ck_assert_int_eq(matcher_ready(m, NULL), 0);
        for (int k = 0; k < 60; k++) {
            uint32_t i = rng_below(&rng, PATTERNS), at = rng_below(&rng, DATA);
            memcpy(data + at, patterns[i], length[i] < DATA - at ? length[i] : DATA - at);
        }
        for (size_t at = 0; at < DATA; at++)
            for (uint32_t i = 0; i < PATTERNS; i++)
                if (at + length[i] <= DATA && memcmp(data + at, patterns[i], length[i]) == 0)
                    count(&want, at, length[i], i);
        matcher_scan(m, data, DATA, 0, DATA, count, &got);
        ck_assert_uint_gt(got.n, 0);
        ck_assert_uint_eq(got.n, want.n);
        ck_assert_uint_eq(got.sum, want.sum);
        for (size_t from = 0, seen = 0; from < DATA; from += 100) { /* in parts it is the same */
            struct seen part = {0};
            matcher_scan(m, data, DATA, from, from + 100, count, &part);
            seen += part.n;
            if (from + 100 >= DATA)
                ck_assert_uint_eq(seen, want.n);
        }
        matcher_free(m);
    }
}
END_TEST

START_TEST(test_slices_find_what_the_whole_does)
{
    static const char data[] = "xxcustomer-17xxCUSTOMER-1xx";
    struct matcher *m;
    struct seen whole = {0}, parts = {0};
    ck_assert_int_eq(matcher_new(&m, NULL), 0);
    ck_assert_int_eq(matcher_add(m, "customer-1", 10, 0, NULL), 0);
    ck_assert_int_eq(matcher_add(m, "customer-17", 11, 1, NULL), 0);
    ck_assert_int_eq(matcher_ready(m, NULL), 0);
    ck_assert_uint_eq(matcher_longest(m), 11);
    matcher_scan(m, (const unsigned char *)data, strlen(data), 0, strlen(data), count, &whole);
    ck_assert_uint_eq(whole.n, 3);
    for (size_t at = 0; at < strlen(data); at += 5)
        matcher_scan(m, (const unsigned char *)data, strlen(data), at, at + 5, count, &parts);
    ck_assert_uint_eq(parts.n, whole.n);
    ck_assert_uint_eq(parts.sum, whole.sum);
    ck_assert(!matcher_any(m, (const unsigned char *)"customer", 8));
    ck_assert(!matcher_any(m, (const unsigned char *)"", 0));
    matcher_free(m);
}
END_TEST

START_TEST(test_words)
{
    static const unsigned char data[] = "a user1, user10 \xc3\xa9user1 user1";
    ck_assert(matcher_is_word(data, 28, 2, 5));
    ck_assert(!matcher_is_word(data, 28, 9, 5));
    ck_assert(!matcher_is_word(data, 28, 18, 5));
    ck_assert(matcher_is_word(data, 29, 24, 5));
}
END_TEST

CHECK_MAIN("matcher", test_finds_what_looking_at_every_place_finds, test_finds_behind_and_within_zeros,
           test_slices_find_what_the_whole_does, test_words)
