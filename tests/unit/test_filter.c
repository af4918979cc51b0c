#include "recommend/filter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "tests/unit/check_main.h"

/* Five items.
 *            price  country         tags        stock   title
 *   0        10     France          red,big     yes     Red Mug
 *   1        20     Germany         blue        no      blue ÉCLAIR
 *   2        -      United Kingdom  -           -       -
 *   3        30     -               red         yes     Mug
 *   4        0      france          green,red   no      "" */
static const double price[] = {10, 20, NAN, 30, 0};
static const char *const countries[] = {"France", "Germany", "United Kingdom", "france"};
static const uint32_t country[] = {0, 1, 2, FILTER_MISSING, 3};
static const char *const colours[] = {"big", "blue", "green", "red"};
static const uint64_t tag_start[] = {0, 2, 3, 3, 4, 6};
static const uint32_t tags[] = {3, 0, 1, 3, 2, 3};
static const double stock[] = {1, 0, NAN, 1, 0};
static const char *const titles[] = {"Red Mug", "blue \xC3\x89" "CLAIR", "Mug", ""};
static const uint32_t title[] = {0, 1, FILTER_MISSING, 2, 3};

static const char *const names[] = {"price", "country", "tags", "in stock", "title", "Title", "in_stock", NULL};

static const char *schema_name(void *context, size_t index)
{
    (void)context;
    return names[index];
}

static int schema_column(void *context, const char *name, struct filter_column *out, struct error *err)
{
    (void)context, (void)err;
    *out = (struct filter_column){.type = FILTER_TEXT};
    switch (name[0]) {
    case 'p': *out = (struct filter_column){.type = FILTER_NUMBER, .number = price}; break;
    case 'i': *out = (struct filter_column){.type = FILTER_BOOLEAN, .number = stock}; break;
    case 'c': out->code = country, out->words = countries, out->n_words = 4; break;
    case 'T':
    case 't':
        if (name[1] == 'i')
            out->code = title, out->words = titles, out->n_words = 4;
        else
            *out = (struct filter_column){
                .type = FILTER_LIST, .code = tags, .start = tag_start, .words = colours, .n_words = 4};
        break;
    }
    return 0;
}

static const struct filter_schema schema = {NULL, schema_column, schema_name};

/* The items let through, as digits: "034"; or the error's why. */
static const char *matches(const char *text)
{
    static char out[512];
    static struct error err;
    struct filter *f;
    err.why[0] = '\0';
    if (filter_parse(&f, text, strlen(text), &err) != 0)
        return err.why;
    if (filter_bind(f, &schema, &err) != 0) {
        filter_free(f);
        return err.why;
    }
    uint64_t excluded[1] = {UINT64_C(1) << 63};
    filter_exclude(f, 5, excluded);
    ck_assert_uint_eq(excluded[0] >> 5, UINT64_C(1) << 58); /* bits behind the items are not touched */
    size_t n = 0;
    for (uint32_t i = 0; i < 5; i++) {
        const char *term;
        size_t len;
        bool kept_out = excluded[0] >> i & 1;
        ck_assert_int_eq(filter_failed(f, i, &term, &len), kept_out);
        if (!kept_out)
            out[n++] = (char)('0' + i);
    }
    out[n] = '\0';
    filter_free(f);
    return out;
}

START_TEST(test_meaning)
{
    static const char *const cases[][2] = {
        {"price<20", "04"},
        {"price <= 20", "014"},
        {"price>1e1", "13"},
        {"price>=10 and price<30", "01"},
        {"price=20", "1"},
        {"price==20", "1"},
        {"price!=20", "034"},
        {"price<>20", "034"},
        {"not price=20", "034"}, /* missing neither way */
        {"not (price=20)", "034"},
        {"not not price=20", "1"},
        {"price is null", "2"},
        {"price is not null", "0134"},
        {"has price", "0134"},
        {"not has price", "2"},
        {"price in (10, 30,-1)", "03"},
        {"price not in (10,30)", "14"},
        {"price = -0", "4"},
        {"price > '15'", "13"},
        {"country=France", "0"},
        {"country = 'United Kingdom'", "2"},
        {"country = \"United Kingdom\"", "2"},
        {"country in (France, 'Germany')", "01"},
        {"country != France", "124"},
        {"country < G", "0"},
        {"country >= Germany", "124"},
        {"country contains AN", "014"},
        {"country not contains an", "2"},
        {"country ~ kingd", "2"},
        {"country !~ kingd", "014"},
        {"title ~ '\xC3\xA9" "cl'", "1"},
        {"title = ''", "4"},
        {"title ~ ''", "0134"},
        {"tags = red", "034"},
        {"tags != red", "1"},
        {"tags in (big,blue)", "01"},
        {"tags not in (big,blue)", "34"},
        {"tags ~ RE", "034"},
        {"tags is null", "2"},
        {"in_stock", "03"},
        {"not in_stock", "14"},
        {"`in stock` = yes", "03"},
        {"in_stock != TRUE", "14"},
        {"in_stock in (1, 0)", "0134"},
        {"PRICE<20 AND Country=France", "0"},
        {"price<20 or country=Germany", "014"},
        {"price<5 or price>5 and price<15", "04"}, /* and binds closer */
        {"(price<5 or price>5) and price<15", "04"},
        {"(price<5 or price>5) and not price<15", "13"},
        {"price is null or country is null", "23"},
        {"price<20 or has title", "0134"},
        {"price < 20 or country contains king", "024"},
        {"((((price<20))))", "04"},
        {"country = 'it\\'s'", ""},
        {"title=Mug", "3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(strcmp(matches(cases[i][0]), cases[i][1]) == 0, "%s: %s", cases[i][0], matches(cases[i][0]));
}
END_TEST

START_TEST(test_errors_name_the_place)
{
    static const char *const cases[][2] = {
        {"", "it is empty, at character 1"},
        {"   ", "it is empty"},
        {"prise<20", "unknown field 'prise', at character 1: \xE2\x96\xB8prise<20"},
        {"price<20 and contry=France",
         "unknown field 'contry', at character 14: price<20 and \xE2\x96\xB8" "contry=France"},
        {"TITLE=x", "unknown field 'TITLE'"}, /* title or Title? */
        {"price<", "expected a value, found the end, at character 7: price<\xE2\x96\xB8"},
        {"price<20 and", "expected a field, found the end"},
        {"price<20 country=France", "expected 'and' or 'or', found 'country', at character 10"},
        {"country=United Kingdom", "expected 'and' or 'or', found 'Kingdom'"},
        {"(price<20", "expected 'and', 'or' or ')', found the end"},
        {"price<20)", "expected 'and' or 'or', found ')'"},
        {"price in 3", "expected '(', found '3'"},
        {"price in ()", "expected a value, found ')'"},
        {"price in (1,)", "expected a value, found ')'"},
        {"price in (1 2)", "expected ',' or ')', found '2'"},
        {"price not = 3", "expected in or contains, found '='"},
        {"price is 3", "expected null, found '3'"},
        {"price = null", "nothing equals null"},
        {"price = and", "expected a value, found 'and'"},
        {"price ! 3", "'!' stands alone"},
        {"country='France", "the closing ' is missing, at character 9"},
        {"'country'=France", "expected a field, found 'country'"},
        {"and", "expected a field, found 'and'"},
        {"price<cheap", "price is a number, 'cheap' is not, at character 7"},
        {"price<nan", "price is a number"},
        {"price<1e999", "price is a number"},
        {"in_stock=maybe", "in_stock is true or false, 'maybe' is not"},
        {"in_stock<1", "in_stock is true or false: it has no order"},
        {"tags<red", "tags is a list of texts: it has no order"},
        {"price~3", "price is a number: it contains nothing, at character 6"},
        {"price", "price is a number: what about it?"},
        {"price<20 and country", "country is text: what about it?, at character 14"},
        {"\xC3\xA9\xC3\xA9=1", "unknown field '\xC3\xA9\xC3\xA9', at character 1"},
        {"title='\xC3\xA9' and x=1", "unknown field 'x', at character 15"},
        {"a\xFF=1", "is not UTF-8 text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(strncmp(matches(cases[i][0]), cases[i][1], strlen(cases[i][1])) == 0, "%s: %s", cases[i][0],
                      matches(cases[i][0]));
}
END_TEST

static void hint_of(const char *text, struct error *err)
{
    struct filter *f;
    *err = (struct error){0};
    if (filter_parse(&f, text, strlen(text), err) == 0) {
        ck_assert_int_eq(filter_bind(f, &schema, err), E_USAGE);
        filter_free(f);
    }
}

START_TEST(test_hints)
{
    struct error err;
    hint_of("prise<20", &err);
    ck_assert_str_eq(err.hint, "perhaps price");
    hint_of("weight<20", &err);
    ck_assert_str_eq(err.hint, "the fields are price, country, tags, in stock, title, Title, in_stock");
    hint_of("country=United Kingdom", &err);
    ck_assert_ptr_nonnull(strstr(err.hint, "quotes"));
    hint_of("'in stock'=yes", &err);
    ck_assert_ptr_nonnull(strstr(err.hint, "`in stock`"));
}
END_TEST

START_TEST(test_notes_and_terms)
{
    struct filter *f;
    const char *text = " price<20  and (country=francé or tags = red) and not in_stock";
    ck_assert_int_eq(filter_parse(&f, text, strlen(text), NULL), 0);
    ck_assert_int_eq(filter_bind(f, &schema, NULL), 0);
    ck_assert_str_eq(filter_note(f), "no item has country 'francé' (perhaps 'france')");
    const char *term;
    size_t n;
    ck_assert(filter_failed(f, 1, &term, &n));
    ck_assert_uint_eq(n, 8);
    ck_assert_int_eq(strncmp(term, "price<20", n), 0);
    ck_assert(filter_failed(f, 0, &term, &n));
    ck_assert_int_eq(strncmp(term, "not in_stock", n), 0);
    ck_assert_uint_eq(n, 12);
    ck_assert(!filter_failed(f, 4, &term, &n));
    filter_free(f);
    text = "price<5 or country=FRANCE";
    ck_assert_int_eq(filter_parse(&f, text, strlen(text), NULL), 0);
    ck_assert_int_eq(filter_bind(f, &schema, NULL), 0);
    ck_assert_str_eq(filter_note(f), "no item has country 'FRANCE' (perhaps 'France')");
    ck_assert(filter_failed(f, 0, &term, &n));
    ck_assert_uint_eq(n, strlen(text));
    ck_assert(!filter_failed(f, 4, &term, &n));
    filter_free(f);
}
END_TEST

static int parses(const char *text)
{
    struct filter *f;
    struct error err;
    int rc = filter_parse(&f, text, strlen(text), &err);
    if (rc == 0)
        filter_free(f);
    return rc;
}

START_TEST(test_limits)
{
    struct str s;
    str_init(&s, 1 << 16);
    for (int depth = FILTER_DEPTH_MAX; depth <= FILTER_DEPTH_MAX + 1; depth++) {
        str_clear(&s);
        str_pad(&s, '(', (size_t)depth);
        str_puts(&s, "a=1");
        str_pad(&s, ')', (size_t)depth);
        ck_assert_int_eq(parses(str_text(&s)), depth > FILTER_DEPTH_MAX ? E_USAGE : 0);
        str_clear(&s);
        for (int i = 0; i < depth; i++)
            str_puts(&s, "not ");
        str_puts(&s, "a=1");
        ck_assert_int_eq(parses(str_text(&s)), depth > FILTER_DEPTH_MAX ? E_USAGE : 0);
    }
    for (int terms = FILTER_TERMS_MAX; terms <= FILTER_TERMS_MAX + 1; terms++) {
        str_clear(&s);
        for (int i = 0; i < terms; i++)
            str_puts(&s, i == 0 ? "a=1" : " or a=1");
        ck_assert_int_eq(parses(str_text(&s)), terms > FILTER_TERMS_MAX ? E_USAGE : 0);
    }
    str_clear(&s);
    str_puts(&s, "a=");
    str_pad(&s, 'x', FILTER_TEXT_MAX - 2);
    ck_assert_int_eq(parses(str_text(&s)), 0);
    str_putc(&s, 'x');
    ck_assert_int_eq(parses(str_text(&s)), E_USAGE);
    /* the deepest stack that nesting can make: a or b and (a or b and (… */
    str_clear(&s);
    for (int i = 1; i < FILTER_DEPTH_MAX; i++)
        str_puts(&s, "in_stock or price<99 and (");
    str_puts(&s, "in_stock or in_stock and not in_stock");
    str_pad(&s, ')', FILTER_DEPTH_MAX - 1);
    ck_assert_str_eq(matches(str_text(&s)), "03");
    str_release(&s);
}
END_TEST

START_TEST(test_out_of_memory)
{
    const char *text = "price<20 and country contains fr and tags in (red,blue) or title='x'";
    for (unsigned long i = 1;; i++) {
        struct filter *f = NULL;
        mem_fail_after(i);
        int rc = filter_parse(&f, text, strlen(text), NULL);
        if (rc == 0)
            rc = filter_bind(f, &schema, NULL);
        mem_fail_after(0);
        filter_free(f);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, E_NOMEM);
        ck_assert_uint_lt(i, 100);
    }
}
END_TEST

/* Random filters over random columns against an evaluator that goes item by item over a tree. */

enum { ITEMS = 1100, WORDS = 6 };
static double big_number[ITEMS], big_boolean[ITEMS];
static uint32_t big_code[ITEMS], big_elements[ITEMS * 3];
static uint64_t big_start[ITEMS + 1];
static const char *const words[WORDS] = {"ab", "Ab", "b", "ba", "", "c d"};

static const char *big_name(void *context, size_t index)
{
    static const char *const all[] = {"n", "b", "t", "l", NULL};
    (void)context;
    return all[index];
}

static int big_column(void *context, const char *name, struct filter_column *out, struct error *err)
{
    (void)context, (void)err;
    switch (name[0]) {
    case 'n': *out = (struct filter_column){.type = FILTER_NUMBER, .number = big_number}; break;
    case 'b': *out = (struct filter_column){.type = FILTER_BOOLEAN, .number = big_boolean}; break;
    default:
        *out = (struct filter_column){.type = FILTER_TEXT, .code = big_code, .words = words, .n_words = WORDS};
        if (name[0] == 'l')
            out->type = FILTER_LIST, out->code = big_elements, out->start = big_start;
    }
    return 0;
}

static void big_fill(struct rng *rng)
{
    uint64_t at = 0;
    for (int i = 0; i < ITEMS; i++) {
        big_number[i] = rng_below(rng, 5) == 0 ? NAN : (double)rng_below(rng, 6);
        big_boolean[i] = rng_below(rng, 5) == 0 ? NAN : (double)rng_below(rng, 2);
        big_code[i] = rng_below(rng, 5) == 0 ? FILTER_MISSING : (uint32_t)rng_below(rng, WORDS);
        big_start[i] = at;
        for (uint64_t n = rng_below(rng, 4); n > 0; n--)
            big_elements[at++] = (uint32_t)rng_below(rng, WORDS);
    }
    big_start[ITEMS] = at;
}

enum { NO, YES, NEITHER };

struct tree {
    int kind; /* 0: comparison, 1: not, 2: and, 3: or */
    struct tree *a, *b;
    char field;
    int op; /* 0 = 1 != 2 < 3 <= 4 > 5 >= 6 in 7 not in 8 contains 9 not contains 10 null 11 not null 12 alone */
    int value[3], n_values;
};

static int negate(int x)
{
    return x == NEITHER ? NEITHER : x == YES ? NO : YES;
}

static bool word_holds(const struct tree *t, uint32_t w)
{
    int order = strcmp(words[w], words[t->value[0]]);
    switch (t->op) {
    case 2: return order < 0;
    case 3: return order <= 0;
    case 4: return order > 0;
    case 5: return order >= 0;
    case 8:
    case 9: {
        /* the only capital is in "Ab" */
        const char *a = w == 1 ? "ab" : words[w], *b = t->value[0] == 1 ? "ab" : words[t->value[0]];
        return strstr(a, b) != NULL;
    }
    default:
        for (int i = 0; i < t->n_values; i++)
            if (strcmp(words[w], words[t->value[i]]) == 0)
                return true;
        return false;
    }
}

static bool real_holds(const struct tree *t, double x)
{
    switch (t->op) {
    case 2: return x < t->value[0];
    case 3: return x <= t->value[0];
    case 4: return x > t->value[0];
    case 5: return x >= t->value[0];
    case 12: return x > 0;
    default:
        for (int i = 0; i < t->n_values; i++)
            if (fabs(x - t->value[i]) < 0.5)
                return true;
        return false;
    }
}

static int naive(const struct tree *t, int item)
{
    if (t->kind == 1)
        return negate(naive(t->a, item));
    if (t->kind != 0) {
        int a = naive(t->a, item), b = naive(t->b, item), decides = t->kind == 2 ? NO : YES;
        return a == decides || b == decides ? decides : a == NEITHER || b == NEITHER ? NEITHER : negate(decides);
    }
    double x = t->field == 'n' ? big_number[item] : big_boolean[item];
    bool missing = t->field == 't'   ? big_code[item] == FILTER_MISSING
                   : t->field == 'l' ? big_start[item] == big_start[item + 1]
                                     : (bool)isnan(x);
    if (t->op == 10 || t->op == 11)
        return missing == (t->op == 10) ? YES : NO;
    if (missing)
        return NEITHER;
    bool holds = false;
    if (t->field == 't')
        holds = word_holds(t, big_code[item]);
    else if (t->field == 'l')
        for (uint64_t e = big_start[item]; e < big_start[item + 1]; e++)
            holds |= word_holds(t, big_elements[e]);
    else
        holds = real_holds(t, x);
    int result = holds ? YES : NO;
    return t->op == 1 || t->op == 7 || t->op == 9 ? negate(result) : result;
}

static struct tree trees[256];

static struct tree *grow(struct rng *rng, int depth, int *used)
{
    struct tree *t = &trees[(*used)++];
    *t = (struct tree){.kind = depth > 4 ? 0 : (int)rng_below(rng, 4)};
    if (t->kind != 0) {
        t->a = grow(rng, depth + 1, used);
        if (t->kind > 1)
            t->b = grow(rng, depth + 1, used);
        return t;
    }
    t->field = "nbtl"[rng_below(rng, 4)];
    do
        t->op = (int)rng_below(rng, 13);
    while ((t->field == 'n' && (t->op == 8 || t->op == 9 || t->op == 12)) ||
           (t->field == 'b' && ((t->op >= 2 && t->op <= 5) || t->op == 8 || t->op == 9)) ||
           (t->field == 't' && t->op == 12) || (t->field == 'l' && ((t->op >= 2 && t->op <= 5) || t->op == 12)));
    t->n_values = t->op == 6 || t->op == 7 ? 1 + (int)rng_below(rng, 3) : 1;
    for (int i = 0; i < t->n_values; i++)
        t->value[i] = (int)rng_below(rng, t->field == 'b' ? 2 : WORDS);
    return t;
}

static void put_value(struct str *s, const struct tree *t, int i)
{
    if (t->field == 'n' || t->field == 'b')
        str_printf(s, "%d", t->value[i]);
    else
        str_printf(s, "'%s'", words[t->value[i]]);
}

static void print(struct str *s, const struct tree *t)
{
    static const char *const ops[] = {"=", "!=", "<", "<=", ">", ">=", " in ", " not in ", " contains ",
                                      " not contains ", " is null", " is not null", ""};
    if (t->kind == 1) {
        str_puts(s, "not (");
        print(s, t->a);
        str_puts(s, ")");
    } else if (t->kind != 0) {
        str_puts(s, "(");
        print(s, t->a);
        str_puts(s, t->kind == 2 ? ") and (" : ") or (");
        print(s, t->b);
        str_puts(s, ")");
    } else {
        str_printf(s, "%c%s", t->field, ops[t->op]);
        if (t->op == 6 || t->op == 7) {
            for (int i = 0; i < t->n_values; i++) {
                str_puts(s, i == 0 ? "(" : ",");
                put_value(s, t, i);
            }
            str_puts(s, ")");
        } else if (t->op < 10) {
            put_value(s, t, 0);
        }
    }
}

START_TEST(test_against_a_naive_evaluator)
{
    const struct filter_schema big = {NULL, big_column, big_name};
    for (uint64_t round = 0; round < 400; round++) {
        struct rng rng;
        struct str s;
        struct error err;
        struct filter *f;
        int used = 0;
        rng_init(&rng, 7, round);
        big_fill(&rng);
        str_init(&s, FILTER_TEXT_MAX);
        struct tree *t = grow(&rng, 0, &used);
        print(&s, t);
        if (s.failed) { /* too long for a filter */
            str_release(&s);
            continue;
        }
        ck_assert_msg(filter_parse(&f, s.data, s.len, &err) == 0, "%s: %s", s.data, err.why);
        ck_assert_msg(filter_bind(f, &big, &err) == 0, "%s: %s", s.data, err.why);
        uint32_t n = ITEMS - (uint32_t)rng_below(&rng, 70);
        uint64_t excluded[ITEMS / 64 + 1] = {0};
        filter_exclude(f, n, excluded);
        for (uint32_t i = 0; i < ITEMS; i++) {
            int want = i < n && naive(t, (int)i) != YES, got = excluded[i / 64] >> i % 64 & 1;
            ck_assert_msg(want == got, "item %u: %s", i, s.data);
        }
        filter_free(f);
        str_release(&s);
    }
}
END_TEST

CHECK_MAIN("filter", test_meaning, test_errors_name_the_place, test_hints, test_notes_and_terms, test_limits,
           test_out_of_memory, test_against_a_naive_evaluator)
