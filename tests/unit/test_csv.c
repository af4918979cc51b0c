/* The CSV reader: RFC 4180 and what is in use beside it; a bad row costs only itself. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "check_main.h"
#include "ingest/csv.h"

struct feed {
    const char *data;
    size_t n, at, piece;
};

static int feed_read(void *context, char *buf, size_t cap, size_t *n, struct error *err)
{
    (void)err;
    struct feed *f = context;
    *n = f->n - f->at < cap ? f->n - f->at : cap;
    if (*n > f->piece)
        *n = f->piece;
    memcpy(buf, f->data + f->at, *n);
    f->at += *n;
    return 0;
}

/* All rows as "LINE[field][field]\n", bad ones as "LINE!problem:raw\n". */
static char *read_text(const char *text, size_t n, char delimiter, char quote, size_t piece)
{
    struct feed f = {.data = text, .n = n, .piece = piece};
    struct csv_options options = {.delimiter = delimiter, .quote = quote};
    struct csv *csv;
    struct error err;
    struct row row;
    struct str out;
    str_init(&out, 1 << 25);
    ck_assert_int_eq(csv_new(&csv, &options, feed_read, &f, &err), 0);
    int rc;
    while ((rc = csv_next(csv, &row, &err)) == 1) {
        str_printf(&out, "%d", (int)row.line);
        if (row.problem != NULL)
            str_printf(&out, "!%s:%.*s", row.problem, (int)(row.raw_n < 40 ? row.raw_n : 40), row.raw);
        for (size_t i = 0; i < row.n_fields; i++) {
            str_putc(&out, '[');
            str_append(&out, row.fields[i].text, row.fields[i].n);
            str_putc(&out, ']');
        }
        str_putc(&out, '\n');
    }
    ck_assert_int_eq(rc, 0);
    csv_free(csv);
    str_putc(&out, '\0');
    ck_assert(!out.failed);
    return str_take(&out);
}

static void expect(const char *text, char delimiter, const char *want)
{
    for (size_t piece = 1; piece <= 64; piece = piece < 8 ? piece + 1 : piece * 8) {
        char *got = read_text(text, strlen(text), delimiter, '"', piece);
        ck_assert_str_eq(got, want);
        mem_free(got);
    }
}

START_TEST(quotes_delimiters_and_line_ends)
{
    expect("", ',', "");
    expect("a", ',', "1[a]\n");
    expect("a,b\n1,2\n", ',', "1[a][b]\n2[1][2]\n");
    expect("a,b\r\n1,2\r\n", ',', "1[a][b]\n2[1][2]\n");
    expect("a,b\r1,2\r", ',', "1[a][b]\n2[1][2]\n");
    expect("a,b\r\n\r\n\n1,2\r3,4\n5,6", ',', "1[a][b]\n4[1][2]\n5[3][4]\n6[5][6]\n");
    expect("a,\n,\n,b", ',', "1[a][]\n2[][]\n3[][b]\n");
    expect("a,", ',', "1[a][]\n");
    expect("\"\"", ',', "1[]\n");
    expect("\"a,b\",\"c\"\"d\",\"\"\"\"\n", ',', "1[a,b][c\"d][\"]\n");
    expect("\"a\nb\r\nc\rd\",e\nf,g\n", ',', "1[a\nb\r\nc\rd][e]\n5[f][g]\n");
    expect("5\" nail,a\"b\"\n", ',', "1[5\" nail][a\"b\"]\n");
    expect("a\tb c\t\"d\te\"", '\t', "1[a][b c][d\te]\n");
    expect("a|b;c|d\n", '|', "1[a][b;c][d]\n");
    expect("a;b,5;c\n", ';', "1[a][b,5][c]\n");
    expect("0123456789abcdef0123456789abcdef,x\n", ',', "1[0123456789abcdef0123456789abcdef][x]\n");
}
END_TEST

START_TEST(a_bad_row_costs_only_itself)
{
    expect("a,b\n\"open,1\nx,2\ny,3\n", ',',
           "1[a][b]\n2!a quote is opened and never closed:\"open,1\n3[x][2]\n4[y][3]\n");
    expect("a,\"b", ',', "1!a quote is opened and never closed:a,\"b\n");
    expect("\"x\"y,1\nz,2\n", ',', "1!text follows the closing quote of a field:\"x\"y,1\n2[z][2]\n");
    /* the stray quote of line 1 meets the one of line 3: neither takes line 2 along */
    expect("\"x,1\nz,2\n\"w\",3\n", ',', "1!text follows the closing quote of a field:\"x,1\n2[z][2]\n3[w][3]\n");
    expect("\"x\"y\r\nz,2\r\n", ',', "1!text follows the closing quote of a field:\"x\"y\n2[z][2]\n");
}
END_TEST

START_TEST(a_quote_can_be_an_ordinary_character)
{
    char *got = read_text("\"a,b\nc\"\"d,\"", 11, ',', '\0', 3);
    ck_assert_str_eq(got, "1[\"a][b]\n2[c\"\"d][\"]\n");
    mem_free(got);
}
END_TEST

START_TEST(zero_bytes_and_any_bytes_pass)
{
    char *got = read_text("a\0b,\xff\n", 6, ',', '"', 64);
    ck_assert_int_eq(memcmp(got, "1[a\0b][\xff]\n", 10), 0);
    mem_free(got);
}
END_TEST

/* A row of 10 MB in the middle: handed out as bad, its neighbours are read, little memory is used. */
START_TEST(an_overlong_row_is_one_bad_row)
{
    size_t n = 10u << 20;
    char *text = mem_alloc(n + 20, 1);
    memcpy(text, "a,b\n", 4);
    memset(text + 4, 'x', n);
    memcpy(text + 4 + n, "\nc,d\n", 6);
    char *got = read_text(text, n + 9, ',', '"', 70000);
    ck_assert_str_eq(got, "1[a][b]\n2!the row is longer than 1 MB:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n3[c][d]\n");
    mem_free(got);
    /* the same inside a quote that is never closed, with line ends in it: only the first line is bad */
    for (size_t i = 0; i < n; i += 1000)
        text[4 + i] = '\n';
    text[4] = '"';
    got = read_text(text, n + 9, ',', '"', 70000);
    char *second = strchr(got, '\n') + 1;
    ck_assert_int_eq(strncmp(second, "2!a quote is opened and never closed:\"xxx", 40), 0);
    ck_assert_int_eq(strncmp(strchr(second, '\n') + 1, "3[xxx", 5), 0);
    ck_assert_ptr_nonnull(strstr(got, "[c][d]\n"));
    mem_free(got);
    mem_free(text);
}
END_TEST

START_TEST(too_many_fields_are_a_bad_row)
{
    char text[10001];
    memset(text, ',', 10000);
    text[9999] = '\n';
    char *got = read_text(text, 10000, ',', '"', 512);
    ck_assert_str_eq(got, "1!the row has more than 4,096 fields:,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n");
    mem_free(got);
}
END_TEST

START_TEST(the_delimiter_is_found)
{
#define SNIFF(text) csv_sniff_delimiter(text, strlen(text), '"')
    ck_assert_int_eq(SNIFF("user,item,time\n1,2,3\n"), ',');
    ck_assert_int_eq(SNIFF("user;price\n1;2,5\n2;3,75\n3;1,0\n"), ';');
    ck_assert_int_eq(SNIFF("196\t242\t3\t881250949\n186\t302\t3\t891717742\n"), '\t');
    ck_assert_int_eq(SNIFF("1|Toy Story (1995), a film|x\n2|GoldenEye|y\n"), '|');
    ck_assert_int_eq(SNIFF("\"a;b;c;d\",x\n\"e;f;g;h\",y\n"), ',');
    ck_assert_int_eq(SNIFF("one column\nx\n"), ',');
    ck_assert_int_eq(SNIFF(""), ',');
}
END_TEST

START_TEST(running_out_of_memory_is_an_error)
{
    for (unsigned long at = 1;; at++) {
        struct feed f = {.data = "a,\"b\"\n", .n = 6, .piece = 2};
        struct csv_options options = {.delimiter = ',', .quote = '"'};
        struct csv *csv = NULL;
        struct error err = {0};
        struct row row;
        mem_fail_after(at);
        int rc = csv_new(&csv, &options, feed_read, &f, &err);
        while (rc >= 0 && (rc = csv_next(csv, &row, &err)) == 1)
            ;
        mem_fail_after(0);
        csv_free(csv);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, E_NOMEM);
        ck_assert_int_lt((int)at, 20);
    }
}
END_TEST

CHECK_MAIN("csv", quotes_delimiters_and_line_ends, a_bad_row_costs_only_itself, a_quote_can_be_an_ordinary_character,
           zero_bytes_and_any_bytes_pass, an_overlong_row_is_one_bad_row, too_many_fields_are_a_bad_row,
           the_delimiter_is_found, running_out_of_memory_is_an_error)
