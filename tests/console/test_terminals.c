/* What is hostile or hard to draw, on terminals of many kinds: one list of items, a golden screen for each; and how little is
 * written to the terminal for a key, which is what a slow link needs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/check_main.h"
#include "driver.h"
#include "shop.h"

/* At 80x24: a move of the cursor, a line, a whole screen. */
enum { LONG = 10000, LONG_ALLOWED = 1000, REPORT = 12, FEW_DOWN = 300, FEW_LINE = 300, FEW_PAGE = 4000 };

static const struct {
    const char *item, *title;
} items[] = {
    {"wide", "\xE6\xBC\xA2\xE5\xAD\x97 \xE3\x82\xAB\xE3\x83\x83\xE3\x83\x97 \xED\x95\x9C\xEA\xB8\x80 cup"},
    {"half-wide", "\xEF\xBD\xB6\xEF\xBD\xAF\xEF\xBE\x8C \xEF\xBC\xA1\xEF\xBC\xA2"},
    {"combining", "cafe\xCC\x81 Z\xCC\x9B\xCC\x81\xCC\xA7\xCD\x9D\xCD\x86o \xE0\xB8\x99\xE0\xB9\x89\xE0\xB8\xB3"},
    {"emoji", "\xF0\x9F\x98\x80 \xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 \xF0\x9F\x87\xA9\xF0\x9F\x87\xAA \xE2\x9D\xA4\xEF\xB8\x8F x"},
    {"hebrew", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D 12 \xD7\xA2\xD7\x95\xD7\x9C\xD7\x9D"},
    {"arabic", "\xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7 \xD8\xA8\xD9\x83\xD9\x85"},
    {"override", "\xE2\x80\xAE" "evil \xE2\x81\xA6isolate\xE2\x81\xA9 \xE2\x80\x8Fmark"},
    {"zero-width", "a\xE2\x80\x8B" "b\xEF\xBB\xBF" "c\xC2\xAD" "d"},
    {"colours", "\033[31mred\033[0m \033[2J \033[1;1H"},
    {"clipboard", "\033]52;c;ZXZpbA==\a \033]0;title\033\\"},
    {"eight-bit", "\xC2\x9B" "31m\xC2\x9D" "0;x\xC2\x9C"},
    {"reports", "\033[c\033[6n\033_reckon:i\033\\"},
    {"backspace", "secret\b\b\b\b\b\bpublic\r\x7F"},
    {"quote", "\"\"\" '$(reboot)' `id` %s%n \\"},
    {"markup", "<script>alert(1)</script> &amp; {{7*7}}"},
    {"tags", "\xF3\xA0\x81\xA7 private \xEE\x80\x80 \xEF\xBF\xBD"},
};

static void put_csv(FILE *out, const char *item, const char *title)
{
    fprintf(out, "%s,\"", item);
    for (const char *p = title; *p != '\0'; p++)
        fprintf(out, *p == '"' ? "\"\"" : "%c", *p);
    fputs("\"\n", out);
}

/* settings: what reckon.toml holds too. */
static const char *nasty_shop(const char *name, const char *settings)
{
    static char path[160];
    char line[400], *title = malloc(LONG + 1);
    snprintf(line, sizeof line, "%s/nasty.csv", driver_scratch());
    FILE *out = fopen(line, "w");
    fputs("item,title\n", out);
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
        put_csv(out, items[i].item, items[i].title);
    memset(title, 'x', LONG);
    title[LONG] = '\0';
    put_csv(out, "too-long", title);
    title[LONG_ALLOWED] = '\0';
    put_csv(out, "long", title);
    put_csv(out, "lines", "one\ntwo\r\nthree\tfour");
    fclose(out);
    free(title);
    snprintf(path, sizeof path, "%s", shop_empty(name));
    snprintf(line, sizeof line, "import items '%s/nasty.csv' --max-bad 1 --quiet", driver_scratch());
    driver_reckon(path, line);
    snprintf(line, sizeof line, "%s/reckon.toml", path);
    out = fopen(line, "a");
    fputs(settings, out);
    fclose(out);
    return path;
}

/* xterm with colours as they are, for this test: Debian has such entries in a package of their own. */
static bool write_direct(char *env, size_t size)
{
    char line[300];
    snprintf(line, sizeof line, "%s/direct.ti", driver_scratch());
    FILE *out = fopen(line, "w");
    fputs("xterm-direct|for tests, RGB, ccc@, initc@, colors#0x1000000, pairs#0x10000,\n"
          "\tsetaf=\\E[%?%p1%{8}%<%t3%p1%d%e38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m,\n"
          "\tsetab=\\E[%?%p1%{8}%<%t4%p1%d%e48;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m,\n"
          "\tuse=xterm-256color,\n", out);
    fclose(out);
    snprintf(line, sizeof line, "tic -x -o '%s/terminfo' '%s/direct.ti'", driver_scratch(), driver_scratch());
    snprintf(env, size, "TERMINFO_DIRS=%s/terminfo:", driver_scratch());
    return system(line) == 0;
}

static const struct {
    const char *name, *term, *colours, *theme;
} terminals[] = {
    {"8", "xterm", "8", "auto"},
    {"16", "xterm-256color", "16", "auto"},
    {"256-dark", "xterm-256color", "256", "dark"},
    {"256-light", "xterm-256color", "256", "light"},
    {"contrast", "xterm-256color", "16", "contrast"},
    {"mono", "vt220", "auto", "auto"},
    {"linux", "linux", "auto", "auto"},
    {"screen", "screen", "auto", "auto"},
    {"tmux", "tmux-256color", "auto", "auto"},
};

static void expect_nasty(const char *name, const char *settings, const char *term, const char *option, const char *env)
{
    char golden[60];
    struct driver_options options = {.rows = 24, .cols = 80, .workspace = nasty_shop(name, settings), .term = term,
                                     .env = {env, env != NULL ? "COLORTERM=truecolor" : NULL}};
    struct driver *d = driver_start(&options, "items", option, NULL);
    driver_keys(d, "j j");
    snprintf(golden, sizeof golden, "terminals/nasty-%s", name);
    driver_expect(d, golden);
    driver_keys(d, "g x"); /* what an import does not take, with control characters, is looked at too */
    driver_keys(d, "> > - j"); /* the column of the file */
    snprintf(golden, sizeof golden, "terminals/refused-%s", name);
    driver_expect(d, golden);
    driver_quit(d, "F10", 0);
}

START_TEST(nasty_strings_stay_in_their_cells)
{
    static char env[200];
    for (size_t i = 0; i < sizeof terminals / sizeof terminals[0]; i++) {
        char settings[100];
        snprintf(settings, sizeof settings, "[console]\ncolours = \"%s\"\ntheme = \"%s\"\n", terminals[i].colours,
                 terminals[i].theme);
        expect_nasty(terminals[i].name, settings, terminals[i].term, NULL, NULL);
    }
    expect_nasty("ascii", "", NULL, "--ascii", NULL);
    if (!write_direct(env, sizeof env)) {
        fputs("true colours are not looked at: no tic (package ncurses-bin)\n", stderr);
        return;
    }
    expect_nasty("true-dark", "[console]\ntheme = \"dark\"\n", NULL, NULL, env);
    expect_nasty("true-contrast", "[console]\ntheme = \"contrast\"\n", NULL, NULL, env);
    expect_nasty("true-light", "[console]\ntheme = \"light\"\n", NULL, NULL, env);
}
END_TEST

static void expect_few(struct driver *d, const char *keys, unsigned long bytes)
{
    driver_keys(d, keys);
    unsigned long got = driver_received(d) - REPORT;
    ck_assert_msg(got <= bytes, "%s: %lu bytes were written, not at most %lu", keys, got, bytes);
}

/* A link of 300 ms and a few thousand bytes in a second: what is written for a key is what changes, once. */
START_TEST(few_bytes_for_a_key)
{
    struct driver_options options = {.rows = 24, .cols = 80, .workspace = shop_full("shop")};
    struct driver *d = driver_start(&options, "items", NULL);
    driver_keys(d, "down");
    driver_keys(d, "");
    ck_assert_uint_eq(driver_received(d), REPORT); /* nothing to draw: nothing is written */
    for (int i = 0; i < 12; i++)
        expect_few(d, "down", FEW_DOWN);
    expect_few(d, "right", FEW_DOWN);
    expect_few(d, "page-down", FEW_PAGE);
    expect_few(d, "/", FEW_LINE);
    expect_few(d, "z", FEW_PAGE);
    expect_few(d, "esc", FEW_PAGE);
    expect_few(d, "?", FEW_PAGE);
    expect_few(d, "esc", FEW_PAGE);
    expect_few(d, "2", FEW_PAGE);
    expect_few(d, "g h", FEW_PAGE);
    expect_few(d, ":", FEW_PAGE);
    expect_few(d, "t", FEW_PAGE);
    expect_few(d, "esc", FEW_PAGE);
    driver_quit(d, "F10", 0);
}
END_TEST

CHECK_MAIN("console terminals", nasty_strings_stay_in_their_cells, few_bytes_for_a_key)
