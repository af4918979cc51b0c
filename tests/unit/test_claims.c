/* claims: on texts that were altered on purpose (tests/describe/claims.jsonl), and one by one; languages. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "check_main.h"
#include "describe/claims.h"
#include "describe/language.h"

enum { FACTS = 32, WANTED = 8 };

static void take_facts(struct facts *out, json_t *o)
{
    const char *key;
    json_t *v;
    *out = (struct facts){.identifier = mem_strdup("x"), .title = mem_strdup("")};
    out->list = mem_zalloc(FACTS, sizeof *out->list);
    json_object_foreach(o, key, v) {
        if (strcmp(key, "title") == 0) {
            mem_free(out->title);
            out->title = mem_strdup(json_string_value(v));
            continue;
        }
        struct product_fact *f = &out->list[out->n++];
        *f = (struct product_fact){.name = mem_strdup(key), .text = mem_strdup(json_is_string(v) ? json_string_value(v) : ""),
                                   .type = json_is_number(v) ? ATTRIBUTE_NUMBER : ATTRIBUTE_TEXT, .number = json_number_value(v)};
    }
}

struct tally {
    const char *text;
    const json_t *wanted;
    bool hit[WANTED];
    int good, wrong;
};

static int take_claim(void *context, enum claim_kind kind, size_t from, size_t n)
{
    struct tally *self = context;
    bool good = false;
    (void)kind;
    for (size_t i = 0; i < json_array_size(self->wanted); i++) {
        const char *word = json_string_value(json_array_get(self->wanted, i));
        for (const char *p = self->text; (p = strstr(p, word)) != NULL; p++) {
            size_t a = (size_t)(p - self->text);
            if (from < a + strlen(word) && a < from + n)
                self->hit[i] = good = true;
        }
    }
    self->good += good;
    self->wrong += !good;
    if (!good && getenv("CLAIMS_SHOW") != NULL)
        printf("wrong: %.*s: %s\n", (int)n, self->text + from, self->text);
    return 0;
}

struct figures {
    int texts, all, found, good, wrong;
};

/* With CLAIMS_SHOW set, what was missed and what was found wrongly is printed, for whoever mends the lexicon. */
static void check_line(const char *line, struct figures *out)
{
    json_t *o = json_loads(line, 0, NULL);
    struct facts facts;
    struct claims *claims;
    struct tally tally = {.text = json_string_value(json_object_get(o, "text")),
                          .wanted = json_object_get(o, "unsupported")};
    take_facts(&facts, json_object_get(o, "facts"));
    ck_assert_int_eq(claims_new(&claims, &facts, NULL, 0, NULL), 0);
    claims_check(claims, tally.text, true, false, take_claim, &tally);
    out->texts++;
    for (size_t i = 0; i < json_array_size(tally.wanted); i++, out->all++) {
        out->found += tally.hit[i];
        if (!tally.hit[i] && getenv("CLAIMS_SHOW") != NULL)
            printf("missed: %s: %s\n", json_string_value(json_array_get(tally.wanted, i)), tally.text);
    }
    out->good += tally.good;
    out->wrong += tally.wrong;
    claims_free(claims);
    facts_release(&facts);
    json_decref(o);
}

static struct figures check_file(const char *name)
{
    char path[4096], *text;
    size_t n;
    struct figures f = {0};
    snprintf(path, sizeof path, "%s/tests/describe/%s", getenv("RECKON_SOURCE"), name);
    ck_assert_int_eq(fs_read_all(path, 1 << 24, &text, &n, NULL), 0);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        check_line(line, &f);
    mem_free(text);
    printf("%s: %d texts, %d claims without support: recall %.3f, precision %.3f\n", name, f.texts, f.all,
           (double)f.found / f.all, (double)f.good / (f.good + f.wrong));
    return f;
}

START_TEST(altered_texts_are_found_and_true_ones_left)
{
    struct figures f = check_file("claims.jsonl");
    ck_assert_int_ge(f.texts, 300);
    ck_assert_double_ge((double)f.found / f.all, 0.95);
    ck_assert_double_ge((double)f.good / (f.good + f.wrong), 0.90);
}
END_TEST

/* Written by hand without a look at the lexicon: converted units, ranges, negations, ages, certificates, superlatives,
 * what it fits, what comes along. */
START_TEST(texts_of_other_kinds)
{
    struct figures f = check_file("claims_fresh.jsonl");
    ck_assert_int_ge(f.texts, 160);
    ck_assert_double_ge((double)f.found / f.all, 0.90);
    ck_assert_double_ge((double)f.good / (f.good + f.wrong), 0.90);
}
END_TEST

/* What is found in the text, joined by '|'. */
struct joined {
    const char *text;
    char out[512];
};

static int join(void *context, enum claim_kind kind, size_t from, size_t n)
{
    struct joined *self = context;
    size_t len = strlen(self->out);
    (void)kind;
    snprintf(self->out + len, sizeof self->out - len, "%s%.*s", len > 0 ? "|" : "", (int)n, self->text + from);
    return 0;
}

START_TEST(one_by_one)
{
    static const struct {
        const char *facts, *text, *found;
        bool english;
    } cases[] = {
        {"{\"title\":\"Board\",\"material\":\"oak\"}", "Wooden.", "", true},
        {"{\"title\":\"Board\",\"material\":\"wood\"}", "Oak.", "Oak", true},
        {"{\"title\":\"Cup\",\"height\":10}", "It is 10 cm high.", "10 cm", true},
        {"{\"title\":\"Cup\",\"height_cm\":10}", "It is 10 cm or 100 mm or 0.1 m or 3.94 inches high.", "", true},
        {"{\"title\":\"Cup\",\"height_cm\":10}", "It is 12 cm high and 10 mm thick.", "12 cm|10 mm", true},
        {"{\"title\":\"Cups, set of 6\"}", "Six cups. Half a dozen. Eight friends.", "dozen|Eight", true},
        {"{\"title\":\"Box\",\"volume\":\"1,5 l\"}", "1.5 litres, or 1500 ml.", "", true},
        {"{\"title\":\"Box\",\"pieces\":1200}", "1,200 pieces, no: 1,300.", "1,300", true},
        {"{\"title\":\"Boots\",\"waterproof\":\"no\"}", "A boot.", "", true},
        {"{\"title\":\"Tasse\"}", "Eine Tasse aus Porzellan, 12 cm hoch, von Kahla.", "12 cm", false},
        {"{\"title\":\"Cup\"}", "A cup by Acme.", "Acme", true},
        {"{\"title\":\"Boots\",\"waterproof\":\"no\"}", "Not waterproof. Waterproof!", "Waterproof", true},
        {"{\"title\":\"Cup\",\"care\":\"dishwasher safe\"}", "Not dishwasher safe, no. Not only dishwasher safe.",
         "Not dishwasher safe", true},
        {"{\"title\":\"Tea\",\"note\":\"caffeine-free\"}", "Free of caffeine, without sugar, sugar-free, without a doubt.",
         "without sugar|sugar-free", true},
        {"{\"title\":\"Box\",\"size\":\"20 x 30 x 40 cm\"}", "20 by 30 by 40 cm; 0.2 m to 0.4 m; 20 x 30 mm.", "20|30 mm", true},
        {"{\"title\":\"Pot\",\"volume\":\"0.5 l\"}", "Half a litre, nearly 51 cl, two dozen drops, one litre, one day.",
         "two dozen|one litre", true},
        {"{\"title\":\"Clock\"}", "The thinnest, the best, the rest; thinner than ever, rather than never. It runs with iPhones.",
         "The thinnest|the best|thinner than|iPhones", true},
        {"{\"title\":\"\"}", "", "", true},
        {"{\"title\":\"\"}", "\xc3\xa4\xc3\xb6\xc3\xbc 9", "9", true},
    };
    static const char *const brands[] = {"Kahlo", "Two Words", "", "x"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *o = json_loads(cases[i].facts, 0, NULL);
        struct facts facts;
        struct claims *claims;
        struct joined joined = {.text = cases[i].text};
        take_facts(&facts, o);
        ck_assert_int_eq(claims_new(&claims, &facts, brands, 4, NULL), 0);
        claims_check(claims, cases[i].text, cases[i].english, false, join, &joined);
        ck_assert_msg(strcmp(joined.out, cases[i].found) == 0, "%s: '%s'", cases[i].text, joined.out);
        claims_free(claims);
        facts_release(&facts);
        json_decref(o);
    }
}
END_TEST

START_TEST(languages)
{
    ck_assert_str_eq(language_detect("This is a mug for the garden and it is made with care."), "en");
    ck_assert_str_eq(language_detect("Das ist eine Tasse für den Garten und sie ist mit Liebe gemacht."), "de");
    ck_assert_str_eq(language_detect("Une tasse pour le jardin, qui est faite avec soin dans une petite ville."), "fr");
    ck_assert_str_eq(language_detect("Una taza para el jardín, que es hecha con cariño por las manos de una familia."), "es");
    ck_assert_ptr_null(language_detect("Blue mug"));
    ck_assert_ptr_null(language_detect(""));
    ck_assert(language_same("en-GB", "en") && language_same("EN", "en") && !language_same("eng", "en"));
    ck_assert(language_reading_ease("The cat sat on the mat. It was a fat cat.") > 90);
    ck_assert(language_reading_ease("Multifunctional configurability facilitates extraordinarily sophisticated applicability, notwithstanding individual circumstances.") < 30);
    ck_assert(isnan(language_reading_ease("... 12")));
}
END_TEST

CHECK_MAIN("claims", altered_texts_are_found_and_true_ones_left, texts_of_other_kinds, one_by_one, languages)
