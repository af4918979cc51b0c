/* Strings of IAB TCF v2 with published contents, and the policy of regions. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "privacy/tcf.h"
#include "tests/unit/check_main.h"

static bool has(const uint64_t *set, unsigned vendor)
{
    return (set[vendor / 64] >> vendor % 64 & 1) != 0;
}

/* The example of the specification (Consent string and vendor list formats v2, "Full TC String passing"). */
START_TEST(test_tcf_of_the_specification)
{
    static const char text[] = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACE"
                               "AAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw";
    struct tcf *t = mem_alloc(1, sizeof *t);
    const char *basis;
    bool granted;
    ck_assert_int_eq(tcf_read(t, text, strlen(text), NULL), 0);
    ck_assert_int_eq(t->created, INT64_C(1582243059300));
    ck_assert_int_eq(t->updated, INT64_C(1582243059300));
    ck_assert_uint_eq(t->cmp, 27);
    ck_assert_uint_eq(t->list_version, 15);
    ck_assert_uint_eq(t->policy_version, 2);
    ck_assert_str_eq(t->language, "EN");
    ck_assert_str_eq(t->country, "AA");
    ck_assert_uint_eq(t->consent, 7);
    ck_assert_uint_eq(t->interest, 0);
    ck_assert_uint_eq(t->n_vendors, 3);
    ck_assert_uint_eq(t->n_interests, 3);
    ck_assert(has(t->vendors, 2) && has(t->vendors, 6) && has(t->vendors, 8) && has(t->interests, 8));
    ck_assert(tcf_purpose(t, CONSENT_PERSONALISATION, &granted, &basis));
    ck_assert(!granted);
    ck_assert(!tcf_purpose(t, CONSENT_SALE, &granted, &basis));
    mem_free(t);
}
END_TEST

/* Writes bits as letters. */
struct writer {
    char text[512];
    size_t at;
};

static void put(struct writer *w, uint64_t value, unsigned n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (; n > 0; n--, w->at++) {
        char *c = &w->text[w->at / 6];
        unsigned v = w->at % 6 == 0 ? 0 : (unsigned)(strchr(letters, *c) - letters);
        v |= (n > 64 ? 0 : (unsigned)(value >> (n - 1) & 1)) << (5 - w->at % 6);
        *c = letters[v];
    }
}

static void put_head(struct writer *w, uint32_t consent, uint32_t interest)
{
    put(w, 2, 6);
    put(w, 15822430593ULL, 36);
    put(w, 15822430593ULL, 36);
    put(w, 0, 12 + 12 + 6 + 12 + 12 + 6 + 1 + 1 + 12);
    for (unsigned i = 0; i < 24; i++)
        put(w, consent >> i & 1, 1);
    for (unsigned i = 0; i < 24; i++)
        put(w, interest >> i & 1, 1);
    put(w, 0, 1 + 12);
}

START_TEST(test_tcf_purposes_and_ranges)
{
    struct writer w = {.at = 0};
    struct tcf *t = mem_alloc(1, sizeof *t);
    struct error err = {0};
    const char *basis;
    bool granted;
    put_head(&w, 1U << 7 | 1U << 4 | 1U << 5, 1U << 8); /* 8, 5, 6; 9 as a legitimate interest */
    put(&w, 100, 16);
    put(&w, 1, 1);
    put(&w, 2, 12); /* two entries: 3, and 10 to 20 */
    put(&w, 0, 1);
    put(&w, 3, 16);
    put(&w, 1, 1);
    put(&w, 10, 16);
    put(&w, 20, 16);
    put(&w, 0, 16 + 1);
    ck_assert_int_eq(tcf_read(t, w.text, strlen(w.text), &err), 0);
    ck_assert_uint_eq(t->n_vendors, 12);
    ck_assert(has(t->vendors, 3) && has(t->vendors, 10) && has(t->vendors, 20) && !has(t->vendors, 21));
    ck_assert(tcf_purpose(t, CONSENT_ANALYTICS, &granted, &basis));
    ck_assert(granted);
    ck_assert_str_eq(basis, "legitimate-interests");
    ck_assert(tcf_purpose(t, CONSENT_PERSONALISATION, &granted, &basis) && granted);
    ck_assert_str_eq(basis, "consent");
    ck_assert(tcf_purpose(t, CONSENT_MARKETING, &granted, &basis) && !granted);
    mem_free(t);
}
END_TEST

START_TEST(test_tcf_bad)
{
    static const char *const bad[] = {"", ".", "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", "not a string!", "CO", "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAA"};
    struct tcf *t = mem_alloc(1, sizeof *t);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error err = {0};
        ck_assert_int_eq(tcf_read(t, bad[i], strlen(bad[i]), &err), E_BAD_DATA);
        ck_assert_str_ne(err.why, "");
    }
    mem_free(t);
}
END_TEST

static int read_policy(struct consent_policy *out, const char *text, struct error *err)
{
    struct settings settings;
    settings_init(&settings);
    ck_assert_int_eq(settings_parse(&settings, "reckon.toml", text, strlen(text), NULL), 0);
    return consent_policy_read(out, &settings, err);
}

START_TEST(test_policy)
{
    struct consent_policy p;
    struct error err = {0};
    ck_assert_int_eq(read_policy(&p, "[privacy]\nconsent = \"opt-out\"\nregions = \"EEA opt-in, United Kingdom  opt-in,US off\"\n",
                                 &err), 0);
    ck_assert_int_eq(p.n_regions, 3);
    ck_assert_int_eq(consent_policy_mode(&p, "de"), CONSENT_OPT_IN);
    ck_assert_int_eq(consent_policy_mode(&p, "united kingdom"), CONSENT_OPT_IN);
    ck_assert_int_eq(consent_policy_mode(&p, "US"), CONSENT_OFF);
    ck_assert_int_eq(consent_policy_mode(&p, "Brazil"), CONSENT_OPT_OUT);
    ck_assert_int_eq(consent_policy_mode(&p, "France"), CONSENT_OPT_IN); /* names as shops have them */
    ck_assert_int_eq(consent_policy_mode(&p, "DEU"), CONSENT_OPT_IN);
    ck_assert_int_eq(consent_policy_mode(&p, "EIRE"), CONSENT_OPT_IN);
    ck_assert_int_eq(consent_policy_mode(&p, "Norway"), CONSENT_OPT_IN);
    ck_assert_int_eq(consent_policy_mode(&p, "UK"), CONSENT_OPT_IN);
    ck_assert_int_eq(consent_policy_mode(&p, "USA"), CONSENT_OFF);
    ck_assert_int_eq(consent_policy_mode(&p, "Switzerland"), CONSENT_OPT_OUT);
    ck_assert_int_eq(consent_policy_mode(&p, NULL), CONSENT_OPT_OUT);
    ck_assert_int_eq(p.gpc, GPC_SALE);
    ck_assert_int_eq(read_policy(&p, "[privacy]\ngpc = \"personalisation\"\n", &err), 0);
    ck_assert_int_eq(p.mode, CONSENT_OFF);
    ck_assert_int_eq(p.gpc, GPC_PERSONALISATION); /* a refusal counts though nobody is asked */
    ck_assert_int_eq(read_policy(&p, "[privacy]\ngpc = \"ignore\"\n", &err), 0);
    ck_assert_int_eq(p.gpc, GPC_IGNORE);
    ck_assert_int_eq(read_policy(&p, "[privacy]\nregions = \"EU opt-in\"\n", &err), 0);
    ck_assert_int_eq(consent_policy_mode(&p, "Germany"), CONSENT_OPT_IN);
    ck_assert_int_eq(consent_policy_mode(&p, "Norway"), CONSENT_OFF);
    ck_assert_int_eq(read_policy(&p, "[privacy]\nregions = \"EEA\"\n", &err), E_BAD_DATA);
    ck_assert_int_eq(read_policy(&p, "[privacy]\nregions = \"EEA opt\"\n", &err), E_BAD_DATA);
}
END_TEST

CHECK_MAIN("consent", test_tcf_of_the_specification, test_tcf_purposes_and_ranges, test_tcf_bad, test_policy)
