/* The grid of cells: text of all kinds in few cells, and the styles. */
#include "check_main.h"

#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "ui/canvas.h"
#include "ui/charts.h"
#include "ui/heat.h"
#include "ui/plot.h"
#include "ui/fuzzy.h"
#include "ui/input.h"
#include "ui/key.h"
#include "ui/plain.h"

static struct canvas canvas;

static const char *frame(void)
{
    static struct str text;
    str_release(&text);
    str_init(&text, 1 << 20);
    ck_assert_int_eq(plain_frame(&text, &canvas), 0);
    return str_text(&text);
}

static void begin(int rows, int cols)
{
    canvas_release(&canvas);
    ck_assert_int_eq(canvas_init(&canvas, rows, cols), 0);
}

START_TEST(text_is_cut_at_the_edges)
{
    begin(2, 6);
    ck_assert_int_eq(canvas_text(&canvas, canvas_area(&canvas), 0, 3, STYLE_NORMAL, "abcdef"), 6);
    canvas_text(&canvas, canvas_area(&canvas), 5, 0, STYLE_NORMAL, "far below");
    canvas_text(&canvas, canvas_area(&canvas), -1, 0, STYLE_NORMAL, "above");
    canvas_text(&canvas, (struct area){1, -2, 1, 6}, 0, 0, STYLE_NORMAL, "12345678");
    ck_assert_str_eq(frame(), "   abc\n3456\n");
}
END_TEST

START_TEST(wide_characters_take_two_cells_or_none)
{
    begin(1, 5);
    canvas_text(&canvas, canvas_area(&canvas), 0, 0, STYLE_NORMAL, "\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2");
    ck_assert_str_eq(frame(), "\xE6\xBC\xA2\xE5\xAD\x97\n");
    ck_assert_str_eq(canvas_glyph(&canvas, 0, 1)->text, "");
    canvas_text(&canvas, canvas_area(&canvas), 0, 1, STYLE_NORMAL, "x"); /* over its right half */
    ck_assert_str_eq(frame(), " x\xE5\xAD\x97\n");
    canvas_text(&canvas, canvas_area(&canvas), 0, 2, STYLE_NORMAL, "y"); /* over its left half */
    ck_assert_str_eq(frame(), " xy\n");
}
END_TEST

/* Every text takes as many cells as text_width says, whatever is in it, and nothing that a terminal obeys. */
START_TEST(naughty_texts_stay_in_their_cells)
{
    static const char *const naughty[] = {
        "\033[31mred\033]0;title\007", "line\nbreak\r\ttab", "\xE2\x80\xAEgnp.exe", "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9",
        "e\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85\xCC\x86\xCC\x87", "\xCC\x81mark first", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D 12",
        "\xC3\x28 bad \xFF\xFE", "\xEF\xBB\xBF bom", "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA flag", "\xE2\x9D\xA4\xEF\xB8\x8F heart",
        "\xC2\x9B" "31m", "%s%n", "", "\xE0\xB8\x81\xE0\xB8\xB3", "\xF3\xA0\x80\x81tag", "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8"};
    for (size_t i = 0; i < sizeof naughty / sizeof naughty[0]; i++)
        for (int cols = 1; cols < 12; cols++) {
            begin(1, 14);
            canvas_text(&canvas, canvas_area(&canvas), 0, 13, STYLE_NORMAL, "|");
            canvas_field(&canvas, canvas_area(&canvas), 0, 1, cols, ALIGN_LEFT, STYLE_NORMAL, naughty[i]);
            const char *line = frame();
            ck_assert_msg(text_width(line, strlen(line) - 1) == 14, "text %zu in %d columns: %s", i, cols, line);
            for (const char *p = line; *p != '\0'; p++)
                ck_assert_msg((unsigned char)*p >= 0x20 || *p == '\n', "text %zu: a control character", i);
            ck_assert_ptr_null(strstr(line, "\xE2\x80\xAE"));
            ck_assert_ptr_null(strstr(line, "\xE2\x80\x8D"));
        }
}
END_TEST

START_TEST(fields_are_padded_or_cut)
{
    begin(3, 8);
    struct area a = canvas_area(&canvas);
    canvas_field(&canvas, a, 0, 0, 6, ALIGN_RIGHT, STYLE_NORMAL, "12");
    canvas_field(&canvas, a, 1, 0, 6, ALIGN_LEFT, STYLE_NORMAL, "1234567");
    canvas.ascii = true;
    canvas_field(&canvas, a, 2, 0, 6, ALIGN_LEFT, STYLE_NORMAL, "\xC3\xA4 234567");
    ck_assert_str_eq(frame(), "    12\n12345\xE2\x80\xA6\n? 234~\n");
}
END_TEST

START_TEST(words_wrap)
{
    begin(4, 10);
    ck_assert_int_eq(canvas_wrap(&canvas, canvas_area(&canvas), 0, STYLE_NORMAL, "one two three\n\nfour"), 4);
    ck_assert_str_eq(frame(), "one two\nthree\n\nfour\n");
}
END_TEST

START_TEST(looks_are_reduced)
{
    const struct theme *dark = style_theme("dark"), *plain = style_theme("auto");
    ck_assert_int_eq(style_look(dark, STYLE_BAD, 0, 0).fg, LOOK_NONE);
    ck_assert(style_look(plain, STYLE_BAD, 0, 0).flags != style_look(plain, STYLE_NORMAL, 0, 0).flags);
    ck_assert_int_lt(style_look(dark, STYLE_BAD, 0, 8).fg, 8);
    ck_assert_int_lt(style_look(dark, STYLE_BAD, 0, 256).fg, 256);
    ck_assert(style_look(plain, STYLE_BAD, STYLE_SELECTED, 16).flags & LOOK_REVERSE);
    ck_assert_int_eq(style_look(plain, STYLE_BAD, STYLE_SELECTED, 16).fg, 1);
    /* no theme has a style that cannot be read, with any number of colours */
    for (const struct theme *t = style_themes; t->name != NULL; t++)
        for (int s = 0; s < STYLE_COUNT; s++)
            for (int c = 8; c <= 256; c *= 2) {
                struct look l = style_look(t, (enum style)s, 0, c);
                ck_assert_msg(l.fg != l.bg || l.fg == LOOK_NONE, "%s %s", t->name, style_name((enum style)s));
            }
}
END_TEST

START_TEST(keys_have_words)
{
    static const char *const words[] = {"a", "ctrl-p", "F1", "page-down", "alt-x", "space", "esc", "tab", "\xC3\xA4", "?"};
    char out[KEY_WORD_MAX];
    key_code key;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        ck_assert_msg(key_parse(words[i], strlen(words[i]), &key), "%s", words[i]);
        ck_assert_str_eq(key_word(key, out), words[i]);
    }
    ck_assert(!key_parse("ctrl-", 5, &key));
    ck_assert(!key_parse("F13", 3, &key));
    ck_assert(!key_parse("", 0, &key));
}
END_TEST

START_TEST(lines_are_edited)
{
    struct input in = {0};
    struct event e = {.type = EVENT_KEY};
    input_set(&in, "one two\n\033three");
    ck_assert_str_eq(in.text, "one two three");
    e.key = K_CTRL('w');
    input_event(&in, &e);
    ck_assert_str_eq(in.text, "one two ");
    e.key = K_HOME;
    input_event(&in, &e);
    e.key = 0xE4;
    input_event(&in, &e);
    e.key = K_DELETE;
    input_event(&in, &e);
    ck_assert_str_eq(in.text, "\xC3\xA4ne two ");
    e.key = K_BACKSPACE;
    input_event(&in, &e);
    ck_assert_str_eq(in.text, "ne two ");
    for (int i = 0; i < 3 * INPUT_MAX; i++) {
        e.key = 'x';
        input_event(&in, &e);
    }
    ck_assert_uint_eq(in.n, INPUT_MAX - 1);
}
END_TEST

START_TEST(letters_find_names)
{
    ck_assert_int_lt(fuzzy_score("xyz", "models promote"), 0);
    ck_assert_int_gt(fuzzy_score("mopro", "models promote"), fuzzy_score("mopro", "compare models or promotions"));
    ck_assert_int_gt(fuzzy_score("models li", "models list"), fuzzy_score("models li", "models rollback and list"));
    ck_assert_int_ge(fuzzy_score("", "anything"), -64);
}
END_TEST

static bool shows(const struct canvas *c, const char *text)
{
    struct str frame;
    str_init(&frame, 1 << 20);
    plain_frame(&frame, c);
    bool there = strstr(str_text(&frame), text) != NULL;
    str_release(&frame);
    return there;
}

/* The last part of a curve, also when more of it has come in. */
START_TEST(curves_are_looked_at_nearer)
{
    double x[200], y[200];
    struct charts charts = {.n = 0};
    struct canvas c;
    ck_assert_int_eq(canvas_init(&c, 20, 60), 0);
    for (int i = 0; i < 200; i++)
        x[i] = i, y[i] = i < 100 ? 1000 : i;
    struct plot plot = {.kind = PLOT_LINE, .series = {{"loss", x, y, 101}}, .n = 1, .x_unit = "epoch", .y_unit = ""};
    plot_draw(&plot, &c, canvas_area(&c));
    ck_assert(shows(&c, "1000") && !shows(&c, "last 1/"));
    plot.zoom = 2;
    plot.series[0].n = 200;
    canvas_clear(&c);
    plot_draw(&plot, &c, canvas_area(&c));
    ck_assert(shows(&c, "last 1/4") && !shows(&c, "1000") && shows(&c, "180"));
    for (int i = 0; i < 20; i++)
        charts_zoom(&charts, 1);
    ck_assert_uint_eq(charts.zoom, 12);
    charts_zoom(&charts, -1);
    ck_assert_uint_eq(charts.zoom, 11);
    charts_zoom(&charts, 0);
    charts_zoom(&charts, -1);
    ck_assert_uint_eq(charts.zoom, 0);
    canvas_release(&c);
}
END_TEST

/* Round bounds that cover the most there is; no more shades than there are. */
START_TEST(shades_have_round_bounds)
{
    double bounds[HEAT_LEVELS];
    ck_assert_uint_eq(heat_bounds(0, false, bounds), 0);
    for (double most = 0.001; most < 1e9; most *= 1.7)
        for (int log = 0; log < 2; log++) {
            size_t n = heat_bounds(most, log, bounds);
            ck_assert_uint_ge(n, 1);
            ck_assert_uint_le(n, HEAT_LEVELS);
            ck_assert_msg(bounds[n - 1] >= most && (n == 1 || bounds[n - 2] < most), "%g", most);
        }
}
END_TEST

CHECK_MAIN("canvas", curves_are_looked_at_nearer, shades_have_round_bounds, text_is_cut_at_the_edges, wide_characters_take_two_cells_or_none,
           naughty_texts_stay_in_their_cells, fields_are_padded_or_cut, words_wrap, looks_are_reduced, keys_have_words,
           lines_are_edited, letters_find_names)
