/* Specs and presets: what is written is read back the same; what is wrong is refused with its place. */
#include <string.h>

#include "base/mem.h"
#include "check_main.h"
#include "ingest/preset.h"

START_TEST(every_preset_is_read_and_written_back)
{
    size_t n = 0;
    for (const struct preset *p = presets; p->name != NULL; p++, n++) {
        char entity[16], about[SPEC_CONDITION_MAX];
        enum spec_entity e;
        struct error err;
        preset_describe(p, entity, about);
        ck_assert_str_ne(about, "");
        ck_assert(spec_entity_of(entity, &e));
        struct spec *a = spec_new(e), *b = spec_new(e);
        ck_assert_msg(preset_load(a, p->name, &err) == 0, "%s: %s: %s", p->name, err.what, err.why);
        struct str x, y;
        str_init(&x, 65536);
        str_init(&y, 65536);
        ck_assert_int_eq(spec_write(a, &x), 0);
        ck_assert_msg(spec_parse(b, "again", x.data, x.len, &err) == 0, "%s: %s", err.what, err.why);
        ck_assert_int_eq(spec_write(b, &y), 0);
        ck_assert_str_eq(x.data, y.data);
        ck_assert_uint_eq(a->n_maps, b->n_maps);
        ck_assert_uint_eq(a->n_rules, b->n_rules);
        str_release(&x);
        str_release(&y);
        spec_free(a);
        spec_free(b);
    }
    ck_assert_uint_eq(n, 5);
}
END_TEST

START_TEST(a_full_spec_keeps_everything)
{
    static const char text[] =
        "entity = \"events\"\nabout = \"a \\\"b\\\"\"\nformat = \"csv\"\ndelimiter = \"\\t\"\nheader = false\nquotes = false\n"
        "encoding = \"windows-1252\"\nkind = \"click\"\ntime-format = \"%d/%m/%Y\"\ntime-zone = \"-05:30\"\n"
        "decimal-comma = true\nlist-separator = \";\"\nunmapped = \"keep\"\n\n[map]\nuser = \"1\"\n\"attr.a:list\" = \"x \\\\ y\"\n"
        "\"item.b:number\" = \"7\"\n\n[kinds]\n\"add to cart\" = \"add_to_cart\"\n\n[normalise]\nitem = \"whole-number\"\n\n"
        "[clean]\n\"no user\" = \"1 is empty\"\n\n[columns]\n1 = \"user\"\n2 = \"b\"\n";
    struct spec *s = spec_new(SPEC_EVENTS);
    struct error err;
    struct str out;
    str_init(&out, 65536);
    ck_assert_msg(spec_parse(s, "t", text, strlen(text), &err) == 0, "%s: %s", err.what, err.why);
    ck_assert_int_eq(s->time.zone_minutes, -330);
    ck_assert_int_eq(spec_write(s, &out), 0);
    ck_assert_str_eq(str_text(&out), text);
    str_release(&out);
    spec_free(s);
}
END_TEST

START_TEST(what_is_wrong_is_refused)
{
    static const char *const cases[][2] = {
        {"entity = \"items\"", "this preset is for items, not for events"},
        {"color = \"red\"", "color: is nothing that a preset can say"},
        {"delimiter = \"ab\"", "--delimiter: 'ab' is not one character, or tab"},
        {"header = \"maybe\"", "--header: 'maybe' is not true or false"},
        {"kind = \"two words\"", "--kind: 'two words' is not a word of letters, digits, '_', '-' and '.'"},
        {"encoding = \"klingon\"", "--encoding: 'klingon' is no encoding that this system knows"},
        {"time-format = \"%Q\"", "--time-format: '%Q' is no time format"},
        {"[map]\nwho = \"1\"", "--map: 'who' is no field of events"},
        {"[map]\n\"attr.9a\" = \"1\"", "--map: 'attr.9a' is no field of events"},
        {"[map]\n\"attr.a:colour\" = \"1\"", "--map: 'attr.a:colour' is no field of events"},
        {"[map]\nuser = \"\"", "--map: the column of 'user' has no name, or one of more than 255 bytes"},
        {"[normalise]\nuser = \"upper\"", "the form is: a field = \"whole-number\""},
        {"[other]\na = 1", "there is no table [other] in a preset"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec *s = spec_new(SPEC_EVENTS);
        struct error err;
        ck_assert_int_eq(spec_parse(s, "t", cases[i][0], strlen(cases[i][0]), &err), E_BAD_DATA);
        ck_assert_str_eq(err.why, cases[i][1]);
        ck_assert_int_eq(strncmp(err.what, "t:", 2), 0);
        spec_free(s);
    }
    struct spec *s = spec_new(SPEC_ITEMS);
    struct error err;
    ck_assert_int_eq(preset_load(s, "online-retail", &err), E_BAD_DATA);
    ck_assert_int_eq(preset_load(s, "nothing", &err), E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.hint, "movielens-100k"));
    ck_assert_int_eq(preset_load(s, "./no.toml", &err), E_NOT_FOUND);
    ck_assert_int_eq(spec_map(s, "user", "1", &err), E_USAGE);
    ck_assert_int_eq(spec_map(s, "user.x", "1", &err), E_USAGE);
    ck_assert_int_eq(spec_map(s, "item.x", "1", &err), 0);
    ck_assert_int_eq(spec_map(s, "attr.x", "2", &err), 0); /* the same: replaced */
    ck_assert_uint_eq(s->n_maps, 1);
    ck_assert_str_eq(s->maps[0].column, "2");
    spec_free(s);
}
END_TEST

START_TEST(columns_get_names_that_a_filter_can_use)
{
    static const char *const cases[][2] = {{"Release Date", "release_date"}, {"price (\xE2\x82\xAC)", "price"}, {"2nd", "_2nd"},
                                           {"", "_"}, {"a.b", "a.b"}, {"\xC3\xA9", "_"}, {"user-item_affinity_0", "user_item_affinity_0"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[SPEC_NAME_MAX];
        spec_attribute_name(cases[i][0], out);
        ck_assert_str_eq(out, cases[i][1]);
    }
}
END_TEST

CHECK_MAIN("spec", every_preset_is_read_and_written_back, a_full_spec_keeps_everything, what_is_wrong_is_refused,
           columns_get_names_that_a_filter_can_use)
