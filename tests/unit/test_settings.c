/* reckon.toml: every line is understood or refused with its place. */
#include <string.h>

#include "base/settings.h"
#include "base/settings_edit.h"
#include "check_main.h"

static int parse(struct settings *c, const char *text, struct error *e)
{
    settings_init(c);
    return settings_parse(c, "reckon.toml", text, strlen(text), e);
}

START_TEST(values_are_read)
{
    struct settings c;
    struct error e;
    ck_assert_int_eq(parse(&c,
                           "# a comment\r\n\n[recommend]\nn = 1_0 # ten\nmode=\"repeat\"\nmodel = 'ea#se'\n"
                           " [import] # here\n max-bad = 2.5e-2",
                           &e), 0);
    ck_assert_int_eq(settings_int(&c, SETTING_ID_SLATE_SIZE), 10);
    ck_assert_str_eq(settings_text(&c, SETTING_ID_MODE), "repeat");
    ck_assert_str_eq(settings_text(&c, SETTING_ID_MODEL), "ea#se");
    ck_assert_double_eq(settings_real(&c, SETTING_ID_MAX_BAD), 0.025);
    ck_assert(!c.from_file[SETTING_ID_THREADS]);
    ck_assert_int_eq(settings_int(&c, SETTING_ID_THREADS), 0);
}
END_TEST

START_TEST(what_is_wrong_is_refused_with_its_line)
{
    static const struct {
        const char *text, *where, *why;
    } cases[] = {
        {"\n\nx = 1", "reckon.toml:3", "there is no setting '.x'"},
        {"[recommend]\nm = 1", "reckon.toml:2", "there is no setting 'recommend.m'"},
        {"[recommend]\nn = 0", "reckon.toml:2", "0 is not between 1 and 10000"},
        {"[recommend]\nn = 1.5", "reckon.toml:2", "'n' must be a whole number"},
        {"[recommend]\nn = \"5\"", "reckon.toml:2", "'n' must be a whole number"},
        {"[recommend]\nn = 5\nn = 6", "reckon.toml:3", "'n' is set twice"},
        {"[recommend]\nn", "reckon.toml:2", "'=' is missing after 'n'"},
        {"[recommend]\nn =", "reckon.toml:2", "a value is missing after '='"},
        {"[recommend]\nn = 5 6", "reckon.toml:2", "something follows the value of 'n'"},
        {"[recommend]\nmode = \"rep\"", "reckon.toml:2", "the value must be one of \"repeat|discover\", in quotes"},
        {"[recommend]\nmode = \"repeat", "reckon.toml:2", "the string does not end on its line"},
        {"[recommend", "reckon.toml:1", "a table is written [name]"},
        {"[import]\nmax-bad = nan", "reckon.toml:2", "'max-bad' must be a number"},
        {"= 5", "reckon.toml:1", "a line must be [table], name = value, or a comment"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings c;
        struct error e;
        ck_assert_int_eq(parse(&c, cases[i].text, &e), E_BAD_DATA);
        ck_assert_str_eq(e.what, cases[i].where);
        ck_assert_str_eq(e.why, cases[i].why);
    }
}
END_TEST

START_TEST(the_template_is_a_valid_file_of_the_defaults)
{
    struct str s;
    struct settings c;
    struct error e;
    str_init(&s, 65536);
    ck_assert_int_eq(settings_template(&s), 0);
    ck_assert_int_eq(parse(&c, str_text(&s), &e), 0);
    for (int i = 0; i < SETTING_COUNT; i++)
        ck_assert(!c.from_file[i]);
    /* with the comments removed it still is, and says the defaults */
    for (char *p = s.data; (p = strstr(p, "\n# ")) != NULL; p++)
        if (strstr(p + 3, " = ") != NULL && strstr(p + 3, " = ") < strchr(p + 3, '\n'))
            p[1] = ' ';
    ck_assert_msg(parse(&c, str_text(&s), &e) == 0, "%s %s", e.what, e.why);
    for (int i = 0; i < SETTING_COUNT; i++) {
        ck_assert(c.from_file[i]);
        ck_assert_str_eq(c.text[i], setting_specs[i].default_text);
    }
    str_release(&s);
}
END_TEST

static void expect_edit(const char *before, const char *value, const char *after)
{
    struct str out;
    str_init(&out, 65536);
    if (value != NULL)
        ck_assert_int_eq(settings_edit(&out, before, strlen(before), "serve", "queue", value), 0);
    else
        ck_assert_int_eq(settings_edit_out(&out, before, strlen(before), "serve", "queue", "1024"), 0);
    ck_assert_str_eq(str_text(&out), after);
    str_release(&out);
}

/* One line changes, and nothing that a person wrote is lost. */
START_TEST(one_line_is_edited)
{
    expect_edit("", "5", "[serve]\nqueue = 5\n");
    expect_edit("[run]\nthreads = 1", "5", "[run]\nthreads = 1\n\n[serve]\nqueue = 5\n");
    expect_edit("[serve]\n# queue = 1024\n# mine\n", "5", "[serve]\nqueue = 5\n# mine\n");
    expect_edit("[serve]\n# queue = 1024\nqueue = 7 # since May\n", "5", "[serve]\n# queue = 1024\nqueue = 5\n");
    expect_edit(" [ serve ]\n\n[run]\n# queue = 3\n", "5", " [ serve ]\n\n[run]\n# queue = 3\n\n[serve]\nqueue = 5\n");
    expect_edit("[serve]\nqueue-ms = 2\n\n[run]\n", "5", "[serve]\nqueue-ms = 2\nqueue = 5\n\n[run]\n");
    expect_edit("[serve]\n\"queue\"=7\r\nloops = 1\n", "5", "[serve]\nqueue = 5\nloops = 1\n");
    expect_edit("[serve]\nqueue = 7\n[run]\nqueue = 1\n", NULL, "[serve]\n# queue = 1024\n[run]\nqueue = 1\n");
    expect_edit("[serve]\n# queue = 3\n", NULL, "[serve]\n# queue = 3\n");
}
END_TEST

CHECK_MAIN("settings", one_line_is_edited, values_are_read, what_is_wrong_is_refused_with_its_line,
           the_template_is_a_valid_file_of_the_defaults)
