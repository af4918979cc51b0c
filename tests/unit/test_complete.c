/* What the prompt offers, and how it reads a line. */
#include "store_fixture.h"

#include "base/mem.h"
#include "base/str.h"
#include "check_main.h"
#include "command/complete.h"
#include "shell/line.h"

static int keep(void *context, const char *candidate, bool unfinished)
{
    str_printf(context, "%s%s ", candidate, unfinished ? "+" : "");
    return 0;
}

/* The candidates after `typed` (words between blanks; the last one is the prefix), with blanks between them. */
static const char *offered(struct store *store, const char *typed, bool *path)
{
    static char out[1 << 16]; /* valid until the next call */
    const char *words[16], *prefix;
    char copy[256];
    size_t n = 0;
    struct str text;
    struct error err = {0};
    str_init(&text, sizeof out - 1);
    snprintf(copy, sizeof copy, "%s", typed);
    prefix = strrchr(copy, ' ') != NULL ? strrchr(copy, ' ') + 1 : copy;
    for (char *w = copy, *end; (end = strchr(w, ' ')) != NULL; w = end + 1) {
        *end = '\0';
        words[n++] = w;
    }
    ck_assert_msg(complete_word(words, n, prefix, store, keep, &text, path, &err) == 0, "%s", err.why);
    snprintf(out, sizeof out, "%s", str_text(&text));
    str_release(&text);
    return out;
}

#define ck_offers(typed, expected) ck_assert_str_eq(offered(f.store, typed, &path), expected)

START_TEST(commands_options_and_names_are_offered)
{
    struct fixture f;
    bool path;
    fixture_init(&f);
    fixture_fill(f.store, 12, 10);
    ck_offers("recomm", "recommend ");
    ck_offers("models pro", "promote ");
    ck_offers("models promote x --st", "--stage ");
    ck_offers("models promote --stage s", "staging ");
    ck_offers("models promote --stage=p", "--stage=production ");
    ck_offers("recommend --user user1", "user1 user10 user11 ");
    ck_offers("recommend --user=user11", "--user=user11 ");
    ck_offers("why user1", "user1 user10 user11 ");
    ck_offers("why user1 item", "item0 item1 item2 item3 item4 item5 item6 item7 item8 item9 ");
    ck_offers("why user1 item0 item", "");
    ck_offers("compare --models eas", "ease ");
    ck_offers("compare --models popular,eas", "popular,ease ");
    ck_offers("kinds set pur", "purchase ");
    ck_offers("recommend --nothing", "");
    ck_offers("--workspace x recomm", "");
    ck_assert(!path);
    ck_offers("init ", "");
    ck_assert(path);
    ck_assert_ptr_nonnull(strstr(offered(NULL, "recommend --", &path), "--filter "));
    ck_assert_str_eq(offered(NULL, "recommend --user u", &path), ""); /* without a workspace there are no names */
    fixture_release(&f);
}
END_TEST

/* words | pipe > file, as [a][b]|pipe>file, or + when more is wanted */
static const char *reading(const char *text)
{
    static char out[1024];
    struct line line;
    struct error err = {0};
    int rc = line_split(&line, text, &err);
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < line.n; i++)
        at += (size_t)snprintf(out + at, sizeof out - at, "[%s]", line.words[i]);
    if (line.pipe != NULL)
        at += (size_t)snprintf(out + at, sizeof out - at, "|%s", line.pipe);
    if (line.file != NULL)
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", line.append ? ">>" : ">", line.file);
    snprintf(out + at, sizeof out - at, "%s", rc != 0 ? "error" : line.more ? "+" : "");
    line_release(&line);
    return out;
}

START_TEST(lines_are_read_as_people_write_them)
{
    ck_assert_str_eq(reading(""), "");
    ck_assert_str_eq(reading("  a  b\t"), "[a][b]");
    ck_assert_str_eq(reading("a 'b  c' \"d\\\"e\" f\\ g ''"), "[a][b  c][d\"e][f g][]");
    ck_assert_str_eq(reading("a # the rest"), "[a]");
    ck_assert_str_eq(reading("a#b"), "[a#b]");
    ck_assert_str_eq(reading("a 'b | c' | less -S 'x y'"), "[a][b | c]| less -S 'x y'");
    ck_assert_str_eq(reading("a|b"), "[a]|b");
    ck_assert_str_eq(reading("a > f"), "[a]>f");
    ck_assert_str_eq(reading("a >> 'f g'"), "[a]>>f g");
    ck_assert_str_eq(reading("a '>' f price>5"), "[a][>][f][price>5]");
    ck_assert_str_eq(reading("a >"), "[a]error");
    ck_assert_str_eq(reading("a 'b"), "[a][b]+");
    ck_assert_str_eq(reading("a 'b\nc'"), "[a][b\nc]");
    ck_assert_str_eq(reading("a \\"), "[a][]+");
    ck_assert_str_eq(reading("a \\\nb"), "[a][b]");
    ck_assert_str_eq(reading("a 'it''s' \\x 'a\\b'"), "[a][its][x][a\\b]");
}
END_TEST

START_TEST(what_is_quoted_is_read_back)
{
    static const char *const words[] = {"plain", "two words", "it's", "say \"x\"", "a\\b", "x|y", "# no comment", "ä€"};
    static const char quotes[] = {0, '\'', '"'};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        for (size_t q = 0; q < sizeof quotes; q++) {
            struct str text;
            struct line line;
            str_init(&text, 1024);
            if (quotes[q] != 0)
                str_putc(&text, quotes[q]);
            line_quote(&text, words[w], quotes[q]);
            if (quotes[q] != 0)
                str_putc(&text, quotes[q]);
            ck_assert_int_eq(line_split(&line, str_text(&text), NULL), 0);
            ck_assert_msg(line.n == 1 && strcmp(line.words[0], words[w]) == 0, "%s", str_text(&text));
            line_release(&line);
            str_release(&text);
        }
}
END_TEST

START_TEST(splitting_survives_lack_of_memory)
{
    for (unsigned long n = 1; n < 20; n++) {
        struct line line;
        mem_fail_after(n);
        line_split(&line, "recommend --user 'a b' > file | less", NULL);
        mem_fail_after(0);
        line_release(&line);
    }
}
END_TEST

CHECK_MAIN("complete", commands_options_and_names_are_offered, lines_are_read_as_people_write_them,
           what_is_quoted_is_read_back, splitting_survives_lack_of_memory)
