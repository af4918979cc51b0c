/* toml: keys, strings, tables; wrong lines are refused with their place; what is written is read back. */
#include <string.h>

#include "base/str.h"
#include "base/toml.h"
#include "check_main.h"

START_TEST(entries_are_handed_out_in_order)
{
    static const char text[] = "a = 1_0 # c\n[map]\n\"attr.x:list\" = \"p\\tq\\\"\\\\\" \r\n'b c'='#\\'\n\n[t-2]\nk=true";
    struct toml t;
    struct toml_entry e;
    toml_init(&t, "f", text, strlen(text), NULL);
    ck_assert_int_eq(toml_next(&t, &e, NULL), 1);
    ck_assert_str_eq(e.key, "a");
    ck_assert_str_eq(e.value, "10");
    ck_assert(!e.quoted);
    ck_assert_str_eq(t.table, "");
    ck_assert_int_eq(toml_next(&t, &e, NULL), 1);
    ck_assert_str_eq(t.table, "map");
    ck_assert_str_eq(e.key, "attr.x:list");
    ck_assert_str_eq(e.value, "p\tq\"\\");
    ck_assert(e.quoted);
    ck_assert_int_eq(toml_next(&t, &e, NULL), 1);
    ck_assert_str_eq(e.key, "b c");
    ck_assert_str_eq(e.value, "#\\");
    ck_assert_int_eq(toml_next(&t, &e, NULL), 1);
    ck_assert_str_eq(t.table, "t-2");
    ck_assert_str_eq(e.value, "true");
    ck_assert_uint_eq(t.line, 7);
    ck_assert_int_eq(toml_next(&t, &e, NULL), 0);
}
END_TEST

START_TEST(wrong_lines_are_refused)
{
    static const char *const cases[][2] = {
        {"\na", "'=' is missing after 'a'"},          {"\na = \"x", "the string does not end on its line"},
        {"\n[a", "a table is written [name]"},        {"\n[]", "a table is written [name]"},
        {"\na = \"\\n\"", "only \\\", \\\\ and \\t may be written with a backslash"},
        {"\na = 1 2", "something follows the value of 'a'"}, {"\n= 1", "a line must be [table], name = value, or a comment"},
        {"\na = \"\x01\"", "the string is too long or holds a control character"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toml t;
        struct toml_entry e;
        struct error err;
        toml_init(&t, "f", cases[i][0], strlen(cases[i][0]), "do this");
        ck_assert_int_eq(toml_next(&t, &e, &err), E_BAD_DATA);
        ck_assert_str_eq(err.what, "f:2");
        ck_assert_str_eq(err.why, cases[i][1]);
        ck_assert_str_eq(err.hint, "do this");
    }
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    struct str s;
    struct toml t;
    struct toml_entry e;
    str_init(&s, 1000);
    toml_put_key(&s, "a-b_1");
    str_puts(&s, " = ");
    toml_put_string(&s, "x \"y\" \\ \t");
    str_putc(&s, '\n');
    toml_put_key(&s, "a \"b\".c");
    str_puts(&s, " = ");
    toml_put_string(&s, "");
    ck_assert_int_eq(strncmp(str_text(&s), "a-b_1 = ", 8), 0);
    toml_init(&t, "f", s.data, s.len, NULL);
    ck_assert_int_eq(toml_next(&t, &e, NULL), 1);
    ck_assert_str_eq(e.value, "x \"y\" \\ \t");
    ck_assert_int_eq(toml_next(&t, &e, NULL), 1);
    ck_assert_str_eq(e.key, "a \"b\".c");
    ck_assert_str_eq(e.value, "");
    str_release(&s);
}
END_TEST

CHECK_MAIN("toml", entries_are_handed_out_in_order, wrong_lines_are_refused, what_is_written_is_read_back)
