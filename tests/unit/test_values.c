/* Numbers, truth and times as files write them; cleaning conditions. */
#include <string.h>

#include "base/clock.h"
#include "check_main.h"
#include "ingest/clean.h"
#include "ingest/types.h"
#include "ingest/values.h"

static double number(const char *s, bool comma)
{
    double v = -999;
    return values_number(s, strlen(s), comma, &v) ? v : -999;
}

START_TEST(numbers)
{
    ck_assert_double_eq(number("2.55", false), 2.55);
    ck_assert_double_eq(number(" -12 ", false), -12);
    ck_assert_double_eq(number("123456789012345678", false), 123456789012345678.0);
    ck_assert_double_eq(number("0.1", false), 0.1);
    ck_assert_double_eq(number("1e3", false), 1000);
    ck_assert_double_eq(number("1e308", false), 1e308);
    static const char *const not[] = {"", " ", ".", "-", "1,5", "1.2.3", "NaN", "inf", "-inf", "1e999", "0x10", "1 2", "12a"};
    for (size_t i = 0; i < sizeof not / sizeof *not; i++)
        ck_assert_msg(number(not[i], false) == -999, "%s", not[i]);
    ck_assert_double_eq(number("1,5", true), 1.5);
    ck_assert_double_eq(number("1.234,5", true), 1234.5);
    ck_assert_double_eq(number("-1.234.567", true), -1234567);
    ck_assert_double_eq(number("12", true), 12);
    ck_assert_double_eq(number("1.5", true), -999);
    ck_assert_double_eq(number("1,2,3", true), -999);
    ck_assert_double_eq(number("1.2345,6", true), -999);
}
END_TEST

START_TEST(identifiers_that_were_printed_as_floats)
{
#define WHOLE(s) values_without_fraction(s, strlen(s))
    ck_assert_uint_eq(WHOLE("17850.0"), 5);
    ck_assert_uint_eq(WHOLE("17850.000"), 5);
    ck_assert_uint_eq(WHOLE("17850"), 5);
    ck_assert_uint_eq(WHOLE("17850.5"), 7);
    ck_assert_uint_eq(WHOLE("17850."), 6);
    ck_assert_uint_eq(WHOLE("a.0"), 3);
    ck_assert_uint_eq(WHOLE(".0"), 2);
}
END_TEST

START_TEST(codes_are_not_numbers)
{
#define PLAIN(s) values_is_plain_number(s, strlen(s))
    ck_assert(PLAIN("0") && PLAIN("-1.5") && PLAIN("0.25") && PLAIN("12"));
    ck_assert(!PLAIN("007") && !PLAIN("+1") && !PLAIN("1.") && !PLAIN("") && !PLAIN("-") && !PLAIN("12345678901234567890"));
    bool b;
    ck_assert(values_boolean("Yes", 3, &b) && b);
    ck_assert(values_boolean("0", 1, &b) && !b);
    ck_assert(!values_boolean("2", 1, &b) && !values_boolean("", 0, &b));
}
END_TEST

/* The time as RFC 3339, or "-". */
static const char *time_text(const char *s, const char *format, const char *zone)
{
    static char buf[40];
    struct time_format f = {0};
    struct error err;
    int64_t ms;
    ck_assert_msg(time_format_set(&f, format, &err) == 0, "%s", err.why);
    ck_assert_int_eq(time_format_set_zone(&f, zone, NULL), 0);
    return values_time(s, strlen(s), &f, &ms) ? clock_format(ms, buf, sizeof buf) : "-";
}

START_TEST(times)
{
    ck_assert_str_eq(time_text("2010-12-01 08:26:00", "auto", "UTC"), "2010-12-01T08:26:00Z");
    ck_assert_str_eq(time_text("2010-12-01 08:26:00", "auto", "+01:00"), "2010-12-01T07:26:00Z");
    ck_assert_str_eq(time_text("2010-12-01T08:26:00Z", "auto", "+01:00"), "2010-12-01T08:26:00Z");
    ck_assert_str_eq(time_text("2010-12-01 08:26:00-05:00", "auto", "+01:00"), "2010-12-01T13:26:00Z");
    ck_assert_str_eq(time_text("2019-11-24 00:03:24.688993+00:00", "auto", ""), "2019-11-24T00:03:24.688Z");
    ck_assert_str_eq(time_text("881250949", "auto", ""), "1997-12-04T15:55:49Z");
    ck_assert_str_eq(time_text("881250949000", "auto", ""), "1997-12-04T15:55:49Z");
    ck_assert_str_eq(time_text("881250949.5", "seconds", ""), "1997-12-04T15:55:49.500Z");
    ck_assert_str_eq(time_text("1433221332117", "milliseconds", ""), "2015-06-02T05:02:12.117Z");
    ck_assert_str_eq(time_text("12/1/2010 8:26", "%m/%d/%Y %H:%M", ""), "2010-12-01T08:26:00Z");
    ck_assert_str_eq(time_text("01-Jan-95", "%d-%b-%y", ""), "1995-01-01T00:00:00Z");
    ck_assert_str_eq(time_text("3.2.2011 12:05 AM", "%d.%m.%Y %I:%M %p", ""), "2011-02-03T00:05:00Z");
    ck_assert_str_eq(time_text("20110203T040506+0100", "%Y%m%dT%H%M%S%z", ""), "2011-02-03T03:05:06Z");
    ck_assert_str_eq(time_text("30/02/2011", "%d/%m/%Y", ""), "-");
    ck_assert_str_eq(time_text("13/13/2011", "%d/%m/%Y", ""), "-");
    ck_assert_str_eq(time_text("1/1/2011 x", "%d/%m/%Y", ""), "-");
    ck_assert_str_eq(time_text("", "auto", ""), "-");
    ck_assert_str_eq(time_text("yesterday", "auto", ""), "-");
    ck_assert_str_eq(time_text("20101201", "auto", ""), "-"); /* a date without marks, no 1970 */
    ck_assert_str_eq(time_text("1e300", "seconds", ""), "-");
    struct time_format f = {0};
    struct error err;
    ck_assert_int_eq(time_format_set(&f, "%Q", &err), E_USAGE);
    ck_assert_int_eq(time_format_set(&f, "later", &err), E_USAGE);
    ck_assert_int_eq(time_format_set_zone(&f, "+25:00", &err), E_USAGE);
}
END_TEST

static bool matches(const char *condition, const char *value)
{
    struct clean_rule rule;
    struct error err;
    struct field f = {.text = value, .n = value != NULL ? (uint32_t)strlen(value) : 0};
    ck_assert_msg(clean_parse(&rule, condition, &err) == 0, "%s", condition);
    ck_assert_str_eq(rule.column, "A b");
    return clean_matches(&rule, &f, false);
}

START_TEST(cleaning_conditions)
{
    ck_assert(matches("A b is empty", " ") && matches("A b is empty", NULL) && !matches("A b is empty", "x"));
    ck_assert(matches("A b is not empty", "x") && !matches("A b is not empty", ""));
    ck_assert(matches("A b begins with C", "C1") && !matches("A b begins with C", "1C") && !matches("A b begins with C", ""));
    ck_assert(matches("A b does not begin with C", "1C") && !matches("A b does not begin with C", "C1"));
    ck_assert(matches("A b is not like #####*", "POST") && !matches("A b is not like #####*", "85123A"));
    ck_assert(matches("A b is like *a?c*", "xxabcabd") && !matches("A b is like *a?c", "xxabcabd"));
    ck_assert(matches("A b <= 0", "0") && matches("A b <= 0", "-1") && !matches("A b <= 0", "1") && !matches("A b <= 0", "?"));
    ck_assert(matches("A b > 1.5", "2") && !matches("A b > 1.5", "1.5") && matches("A b >= 1.5", "1.5"));
    ck_assert(matches("A b = x y", "x y") && matches("A b != x", "y") && !matches("A b = x", NULL));
    struct clean_rule rule;
    struct error err;
    static const char *const wrong[] = {"", "A", "A is", "A <= x", " is empty", "A is empty x", "A begins with "};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(clean_parse(&rule, wrong[i], &err) == E_BAD_DATA, "%s", wrong[i]);
}
END_TEST

START_TEST(lists_become_json)
{
    struct str s;
    str_init(&s, 1000);
    struct field f = {.text = "a| b \"c\" ||d", .n = 12};
    ck_assert_int_eq(types_list_text(&f, '|', &s), 0);
    ck_assert_str_eq(str_text(&s), "[\"a\",\"b \\\"c\\\"\",\"d\"]");
    str_clear(&s);
    static const char json[] = "[1, \"x\", 2.5, true, {\"b\":1,\"a\":2}]";
    f = (struct field){.text = json, .n = sizeof json - 1, .type = FIELD_LIST};
    ck_assert_int_eq(types_list_text(&f, '|', &s), 0);
    ck_assert_str_eq(str_text(&s), "[\"1\",\"x\",\"2.5\",\"true\",\"{\\\"a\\\":2,\\\"b\\\":1}\"]");
    str_release(&s);
}
END_TEST

static enum attribute_type found(const char *const *values, size_t n, bool json)
{
    struct types types = {0};
    long at = types_add(&types, OWNER_ITEM, "x");
    for (size_t i = 0; i < n; i++) {
        struct field f = {.text = values[i], .n = (uint32_t)strlen(values[i])};
        types_see(&types.list[at], &f, json, false);
    }
    types_settle(&types);
    ck_assert(types.list[at].fixed);
    enum attribute_type t = types.list[at].type;
    types_release(&types);
    return t;
}

START_TEST(types_are_found_from_all_values)
{
    ck_assert_int_eq(found((const char *[]){"1", "2.5", "-3"}, 3, false), ATTRIBUTE_NUMBER);
    ck_assert_int_eq(found((const char *[]){"1", "2.5", "x"}, 3, false), ATTRIBUTE_TEXT);
    ck_assert_int_eq(found((const char *[]){"1", "007"}, 2, false), ATTRIBUTE_TEXT);
    ck_assert_int_eq(found((const char *[]){"true", "No"}, 2, false), ATTRIBUTE_BOOLEAN);
    ck_assert_int_eq(found((const char *[]){"F", "F"}, 2, false), ATTRIBUTE_TEXT);
    ck_assert_int_eq(found((const char *[]){"1", "2"}, 2, true), ATTRIBUTE_TEXT); /* JSON strings */
}
END_TEST

CHECK_MAIN("values", numbers, identifiers_that_were_printed_as_floats, codes_are_not_numbers, times, cleaning_conditions,
           lists_become_json, types_are_found_from_all_values)
