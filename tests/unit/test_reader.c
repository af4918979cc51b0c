/* Source, decoder and the readers over files: what can be read is read the same however it is packed and
 * written, and what cannot is a clear error that names the file. */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "check_main.h"
#include "ingest/decoder.h"
#include "ingest/reader.h"

static char path[64];

static void write_bytes(const void *bytes, size_t n)
{
    snprintf(path, sizeof path, "test_reader.%d.tmp", (int)getpid());
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void write_text(const char *text)
{
    write_bytes(text, strlen(text));
}

/* Packs n bytes with libarchive's filter of that name into `path`. */
static void write_packed(const char *filter, const void *bytes, size_t n)
{
    write_bytes("", 0);
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    ck_assert_int_eq(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
    archive_write_set_format_raw(a);
    ck_assert_int_eq(archive_write_open_filename(a, path), ARCHIVE_OK);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_pathname(e, "x");
    ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
    ck_assert_int_eq(archive_write_data(a, bytes, n), (int)n);
    archive_entry_free(e);
    archive_write_close(a);
    archive_write_free(a);
}

/* All rows of `path` as "LINE[field][field]\n"; absent fields as [-]; mem_free. */
static char *read_rows(const struct reader_options *options)
{
    struct reader *r;
    struct row row;
    struct str out;
    struct error err;
    str_init(&out, 1 << 25);
    ck_assert_msg(reader_open(&r, path, options, &err) == 0, "%s", err.why);
    int rc;
    while ((rc = reader_next(r, &row, &err)) == 1) {
        str_printf(&out, "%d", (int)row.line);
        if (row.problem != NULL)
            str_printf(&out, "!%s", row.problem);
        for (size_t i = 0; i < row.n_fields; i++)
            str_printf(&out, "[%.*s]", row.fields[i].text != NULL ? (int)row.fields[i].n : 1,
                       row.fields[i].text != NULL ? row.fields[i].text : "-");
        str_putc(&out, '\n');
    }
    ck_assert_msg(rc == 0, "%s", err.why);
    reader_free(r);
    remove(path);
    str_putc(&out, '\0');
    return str_take(&out);
}

static void expect(const struct reader_options *options, const char *want)
{
    char *got = read_rows(options);
    ck_assert_str_eq(got, want);
    mem_free(got);
}

static const struct reader_options plain = {0};

/* Opening, or reading to the end, ends in this error. */
static void expect_error(const char *file, const struct reader_options *options, int code, const char *why)
{
    struct reader *r = NULL;
    struct row row;
    struct error err = {0};
    int rc = reader_open(&r, file, options, &err);
    while (rc == 0 && (rc = reader_next(r, &row, &err)) == 1)
        rc = 0;
    reader_free(r);
    ck_assert_int_eq(rc, code);
    ck_assert_str_eq(err.what, strcmp(file, "-") == 0 ? "standard input" : file);
    ck_assert_msg(strstr(err.why, why) != NULL, "'%s' lacks '%s'", err.why, why);
    ck_assert_str_ne(err.hint, "");
}

START_TEST(every_compression_is_seen_from_its_bytes)
{
    static const char *const filters[] = {"xz", "gzip", "bzip2", "zstd", "lz4"};
    struct str s;
    str_init(&s, 1 << 22);
    str_puts(&s, "user,item\n");
    for (int i = 0; i < 50000; i++)
        str_printf(&s, "%d,%d\n", i, i * 7919 % 50000);
    write_bytes(s.data, s.len);
    char *want = read_rows(&plain);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        write_packed(filters[i], s.data, s.len);
        char *got = read_rows(&plain);
        ck_assert_msg(strcmp(got, want) == 0, "%s", filters[i]);
        mem_free(got);
    }
    mem_free(want);
    str_release(&s);
}
END_TEST

START_TEST(damaged_compressed_files_are_an_error_wherever_they_end)
{
    static const char *const filters[] = {"xz", "gzip", "bzip2", "zstd", "lz4"};
    struct str s;
    str_init(&s, 1 << 22);
    for (int i = 0; i < 20000; i++)
        str_printf(&s, "%d,%d\n", i, i * 7919 % 50000);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        write_packed(filters[i], s.data, s.len);
        char *packed;
        size_t n;
        ck_assert_int_eq(fs_read_all(path, 1 << 22, &packed, &n, NULL), 0);
        for (int part = 1; part < 8; part++) {
            write_bytes(packed, n * (size_t)part / 8);
            expect_error(path, &plain, E_CORRUPT, filters[i]);
        }
        write_bytes(packed, n - 1);
        expect_error(path, &plain, E_CORRUPT, filters[i]);
        mem_free(packed);
    }
    str_release(&s);
    remove(path);
}
END_TEST

START_TEST(what_is_no_file_of_text_is_refused)
{
    expect_error("no/such/file.csv", &plain, E_NOT_FOUND, "there is no such file");
    expect_error(".", &plain, E_USAGE, "is a directory");
    write_text("");
    expect_error(path, &plain, E_BAD_DATA, "is empty");
    write_packed("gzip", "", 0);
    expect_error(path, &plain, E_BAD_DATA, "is empty");
    write_bytes("\x7F" "ELF\2\1\1\0\0\0", 10);
    expect_error(path, &plain, E_BAD_DATA, "is a program, no text");
    write_bytes("PK\3\4\0\0", 6);
    expect_error(path, &plain, E_BAD_DATA, "zip archive");
    char noise[5000];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * i * 2654435761u >> 16);
    write_bytes(noise, sizeof noise);
    expect_error(path, &plain, E_BAD_DATA, "is a binary file");
    write_packed("xz", noise, sizeof noise);
    expect_error(path, &plain, E_BAD_DATA, "is a binary file");
    write_bytes("u\0s\0e\0r\0,\0i\0t\0e\0m\0\n\0", 20);
    expect_error(path, &plain, E_BAD_DATA, "is a binary file");
    write_text("\"user\"x,item\n1,2\n");
    expect_error(path, &plain, E_BAD_DATA, "its header line cannot be read");
    write_text("us\xE9r,item\n1,2\n");
    expect_error(path, &plain, E_BAD_DATA, "its header line is not valid UTF-8");
    write_text("user,item\n1,2\n");
    struct reader_options options = {.encoding = "klingon"};
    struct reader *r;
    struct error err;
    ck_assert_int_eq(reader_open(&r, path, &options, &err), E_USAGE);
    ck_assert_str_eq(err.why, "'klingon' is no encoding that this system knows");
    ck_assert_int_eq(decoder_check_encoding("UTF-16//IGNORE", &err), E_USAGE);
    ck_assert_int_eq(decoder_check_encoding("ISO-8859-1", &err), 0);
    remove(path);
}
END_TEST

START_TEST(encodings_are_read_as_declared)
{
    write_text("\xEF\xBB\xBFuser,item\ncaf\xC3\xA9,1\n");
    expect(&plain, "2[caf\xC3\xA9][1]\n");
    struct reader_options options = {.encoding = "ISO-8859-1"};
    write_text("user,item\ncaf\xE9,1\n\xA3" "5,2\n");
    expect(&options, "2[caf\xC3\xA9][1]\n3[\xC2\xA3" "5][2]\n");
    options.encoding = "windows-1252";
    write_text("user,item\n\x80" "5,1\n\x81,2\nz,3\n"); /* 81 stands for nothing there */
    expect(&options, "2[\xE2\x82\xAC" "5][1]\n3[\x81][2]\n4[z][3]\n");
    options.encoding = "UTF-16";
    static const char le[] = "\xFF\xFEu\0,\0i\0\n\0\xE9\0,\0001\0\n\0\0\xD8,\0002\0";
    write_bytes(le, sizeof le - 1);
    expect(&options, "2[\xC3\xA9][1]\n3[\xFF][2]\n"); /* half a surrogate pair is bad, its row stays in place */
    write_bytes(le, sizeof le - 1);
    expect(&plain, "2[\xC3\xA9][1]\n3[\xFF][2]\n"); /* seen from the mark */
    static const char be[] = "\xFE\xFF\0u\0,\0i\0\n\0x\0,\0001";
    write_bytes(be, sizeof be - 1);
    expect(&options, "2[x][1]\n");
    options.encoding = "UTF-16LE";
    write_bytes(le + 2, sizeof le - 3);
    expect(&options, "2[\xC3\xA9][1]\n3[\xFF][2]\n");
    write_bytes(le, sizeof le - 2); /* ends in the middle of a character */
    expect(&options, "2[\xC3\xA9][1]\n3[\xFF][\xFF]\n");
}
END_TEST

START_TEST(a_file_without_a_header_has_numbered_columns)
{
    write_text("196\t242\t3\t881250949\n186\t302\t3\t891717742\n");
    struct reader_options options = {.no_header = true};
    struct reader *r;
    ck_assert_int_eq(reader_open(&r, path, &options, NULL), 0);
    ck_assert_int_eq(reader_delimiter(r), '\t');
    ck_assert_uint_eq(reader_columns(r)->n, 4);
    ck_assert_str_eq(reader_columns(r)->names[3], "4");
    reader_free(r);
    expect(&options, "1[196][242][3][881250949]\n2[186][302][3][891717742]\n");
}
END_TEST

START_TEST(remarks_above_the_header_are_passed_over)
{
    write_text("# made by x; a;b, \"c\n# more\nuser;item\n# u;1\n");
    const struct reader_options with = {0}, without = {.no_header = true, .delimiter = ';'};
    struct reader *r;
    ck_assert_int_eq(reader_open(&r, path, &with, NULL), 0);
    ck_assert_int_eq(columns_find(reader_columns(r), "item", 4), 1);
    reader_free(r);
    char *rows = read_rows(&with);
    ck_assert_str_eq(rows, "4[# u][1]\n"); /* a row, not a remark, and its own line number */
    mem_free(rows);
    write_text("# u;1\n");
    ck_assert_int_eq(reader_open(&r, path, &without, NULL), 0);
    struct row row;
    ck_assert_int_eq(reader_next(r, &row, NULL), 1);
    ck_assert_uint_eq(row.line, 1);
    reader_free(r);
    remove(path);
}
END_TEST

START_TEST(json_lines_become_columns)
{
    write_text("{\"user\": \"u1\", \"item\": 5, \"attributes\": {\"color\": \"red\", \"tags\": [\"a\", 1.5], \"new\": true}}\n"
               "\n{\"item\": \"x\\n\", \"price\": 0.1, \"user\": null, \"n\": -3, \"f\": false}\r\n");
    struct reader_options options = {0};
    struct reader *r;
    struct row row;
    ck_assert_int_eq(reader_open(&r, path, &options, NULL), 0);
    ck_assert_int_eq(reader_format(r), READER_JSONL);
    ck_assert_int_eq(reader_next(r, &row, NULL), 1);
    ck_assert_int_eq(row.fields[0].type, FIELD_TEXT);
    ck_assert_int_eq(row.fields[1].type, FIELD_NUMBER);
    ck_assert_int_eq(row.fields[3].type, FIELD_LIST);
    ck_assert_int_eq(row.fields[4].type, FIELD_BOOL);
    ck_assert_str_eq(reader_columns(r)->names[2], "attributes.color");
    reader_free(r);
    expect(&options, "1[u1][5][red][[\"a\",1.5]][true]\n3[-][x\n][-][-][-][0.1][-3][false]\n");
}
END_TEST

START_TEST(bad_json_lines_cost_only_themselves)
{
    write_text("{\"a\": 1}\n{\"a\": }\n[1]\n{\"a\": 1, \"a\": 2}\n{\"a\": \"\\u0000\"}\n{\"a\": 1e999}\n{\"a\": 2}");
    char *got = read_rows(&plain);
    static const char *const want[] = {"1[1]", "2!not valid JSON: ", "3!the line is JSON, but no object", "4!not valid JSON: ",
                                       "5!not valid JSON: ", "6!not valid JSON: ", "7[2]"};
    char *p = got;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        ck_assert_msg(strncmp(p, want[i], strlen(want[i])) == 0, "%s", p);
        p = strchr(p, '\n') + 1;
    }
    mem_free(got);
    size_t n = 10u << 20;
    char *text = mem_alloc(n + 40, 1);
    memcpy(text, "{\"a\": \"", 7);
    memset(text + 7, 'x', n);
    memcpy(text + 7 + n, "\"}\n{\"a\": 2}\n", 12);
    write_bytes(text, n + 19);
    expect(&plain, "1!the row is longer than 1 MB\n2[2]\n");
    mem_free(text);
}
END_TEST

START_TEST(sequences_are_a_user_and_items)
{
    struct reader_options options = {.format = READER_SEQUENCE};
    write_text("1 1 2 3\n2\t6  7 \n\n3\n");
    expect(&options, "1[1][1][2][3]\n2[2][6][7]\n4!a line must be a user and at least one item\n");
}
END_TEST

/* Bytes that come through a pipe in drops are the same bytes. */
START_TEST(standard_input_is_read)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    static const char text[] = "user,item\n1,2\n";
    ck_assert_int_eq(write(ends[1], text, 3), 3);
    ck_assert_int_eq(write(ends[1], text + 3, sizeof text - 4), (int)sizeof text - 4);
    close(ends[1]);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    struct reader *r;
    struct row row;
    ck_assert_int_eq(reader_open(&r, "-", &plain, NULL), 0);
    ck_assert(!source_can_reread(reader_source(r)));
    ck_assert_int_eq(reader_next(r, &row, NULL), 1);
    ck_assert_int_eq(row.fields[1].text[0], '2');
    ck_assert_int_eq(reader_next(r, &row, NULL), 0);
    reader_free(r);
}
END_TEST

START_TEST(a_file_that_changes_is_noticed)
{
    struct source *s;
    struct source_stamp stamp;
    struct error err;
    write_text("a,b\n1,2\n");
    ck_assert_int_eq(source_open(&s, path, NULL, NULL), 0);
    source_stamp(s, &stamp);
    source_free(s);
    ck_assert_int_eq(source_open(&s, path, NULL, NULL), 0);
    ck_assert_int_eq(source_check_stamp(s, &stamp, &err), 0);
    source_free(s);
    write_text("a,b\n1,2\n3,4\n");
    ck_assert_int_eq(source_open(&s, path, NULL, NULL), 0);
    ck_assert_int_eq(source_check_stamp(s, &stamp, &err), E_CONFLICT);
    source_free(s);
    remove(path);
}
END_TEST

CHECK_MAIN("reader", every_compression_is_seen_from_its_bytes, damaged_compressed_files_are_an_error_wherever_they_end,
           what_is_no_file_of_text_is_refused, encodings_are_read_as_declared,
           a_file_without_a_header_has_numbered_columns, remarks_above_the_header_are_passed_over,
           json_lines_become_columns,
           bad_json_lines_cost_only_themselves, sequences_are_a_user_and_items, standard_input_is_read,
           a_file_that_changes_is_noticed)
