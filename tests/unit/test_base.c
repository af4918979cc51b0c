/* The base floor: what every other floor takes for granted. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/words.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/kept.h"
#include "base/labels.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/text.h"
#include "check_main.h"

START_TEST(error_carries_words_and_codes)
{
    struct error e;
    ck_assert_int_eq(error_set(&e, E_BAD_DATA, "u.data:17", "field '%s' is %d", "time", 5), E_BAD_DATA);
    ck_assert_str_eq(e.why, "field 'time' is 5");
    ck_assert_str_eq(e.hint, "");
    ck_assert_int_eq(error_exit_code(E_BAD_DATA), 5);
    ck_assert_int_eq(error_exit_code(E_CANCELLED), 130);
    ck_assert_int_eq(error_http_status(E_NOT_FOUND), 404);
    ck_assert_int_eq(error_set(NULL, E_IO, "x", "y"), E_IO);
}
END_TEST

START_TEST(error_wraps_itself_and_cuts_at_a_character)
{
    struct error e;
    error_set(&e, E_IO, "a", "inner");
    error_set(&e, E_IO, "outer", "%s: %s", e.what, e.why);
    ck_assert_str_eq(e.why, "a: inner");
    char longtext[2000];
    for (size_t i = 0; i + 2 < sizeof longtext; i += 2)
        memcpy(longtext + i, "\xC3\xA4", 3);
    error_set(&e, E_IO, "x", "%s", longtext);
    ck_assert(text_utf8_valid(e.why, strlen(e.why)));
    ck_assert_uint_ge(strlen(e.why), sizeof e.why - 5);
}
END_TEST

START_TEST(str_fails_closed)
{
    struct str s;
    str_init(&s, 8);
    ck_assert_int_eq(str_puts(&s, "12345"), 0);
    ck_assert_int_eq(str_puts(&s, "6789"), -1);
    ck_assert_str_eq(str_text(&s), "12345");
    ck_assert_int_eq(str_putc(&s, '6'), -1);
    ck_assert_ptr_null(str_take(&s));
    str_init(&s, 4000);
    for (int i = 0; i < 100; i++)
        str_printf(&s, "%d %s|", i, "some text that is long enough to be printed");
    ck_assert(s.failed);
    str_clear(&s);
    ck_assert_int_eq(str_printf(&s, "%0300d", 7), 0);
    ck_assert_uint_eq(s.len, 300);
    str_release(&s);
}
END_TEST

START_TEST(utf8_is_judged_by_rfc_3629)
{
    ck_assert(text_utf8_valid("plain ascii of more than eight", 30));
    ck_assert(text_utf8_valid("\xE2\x82\xAC\xF0\x9F\x98\x80", 7));
    ck_assert(!text_utf8_valid("\xC0\xAF", 2));         /* overlong */
    ck_assert(!text_utf8_valid("\xED\xA0\x80", 3));     /* surrogate */
    ck_assert(!text_utf8_valid("\xF4\x90\x80\x80", 4)); /* above U+10FFFF */
    ck_assert(!text_utf8_valid("abcdefgh\xE2\x82", 10));
    ck_assert(!text_utf8_valid("caf\xE9", 4));
}
END_TEST

START_TEST(terminal_obeys_nothing)
{
    struct str s;
    str_init(&s, 200);
    const char *evil = "a\x1b[2J\n\x7f\xE2\x80\xAE\xC2\x9B" "b\xff";
    ck_assert_int_eq(text_terminal_safe(&s, evil, strlen(evil)), 0);
    ck_assert_str_eq(str_text(&s), "a\\x1b[2J\\n\\x7f\\u202e\\x9bb\\xff");
    str_release(&s);
}
END_TEST

START_TEST(numbers_are_whole_strings)
{
    double d;
    int64_t i;
    ck_assert(text_to_double("-1.5e3", 6, &d) && d == -1500);
    ck_assert(!text_to_double("nan", 3, &d));
    ck_assert(!text_to_double("inf", 3, &d));
    ck_assert(!text_to_double("1e400", 5, &d));
    ck_assert(!text_to_double("1.5x", 4, &d));
    ck_assert(!text_to_double("", 0, &d));
    ck_assert(text_to_int64("-9223372036854775808", 20, &i) && i == INT64_MIN);
    ck_assert(!text_to_int64("9223372036854775808", 19, &i));
    ck_assert(!text_to_int64("-", 1, &i));
}
END_TEST

START_TEST(distance_is_levenshtein)
{
    ck_assert_uint_eq(text_distance("kitten", "sitting", 5), 3);
    ck_assert_uint_eq(text_distance("abc", "abc", 2), 0);
    ck_assert_uint_gt(text_distance("abcdef", "uvwxyz", 2), 2);
}
END_TEST

START_TEST(time_reads_what_it_writes)
{
    int64_t ms;
    char buf[40];
    ck_assert(clock_parse("2011-12-09 12:50:00", 19, &ms));
    ck_assert_int_eq(ms, INT64_C(1323435000000));
    ck_assert_str_eq(clock_format(ms, buf, sizeof buf), "2011-12-09T12:50:00Z");
    ck_assert_str_eq(clock_format_name(ms, buf, sizeof buf), "20111209T125000Z");
    ck_assert(clock_parse("2011-12-09T13:50:00.250+01:00", 29, &ms));
    ck_assert_str_eq(clock_format(ms, buf, sizeof buf), "2011-12-09T12:50:00.250Z");
    ck_assert(!clock_parse("2011-02-29", 10, &ms));
    ck_assert(clock_parse("2012-02-29", 10, &ms));
    ck_assert(!clock_parse("2011-12-09 25:00:00", 19, &ms));
    ck_assert(!clock_parse("2011-12-09x", 11, &ms));
    for (int64_t t = -CLOCK_DAY_MS * 400; t < CLOCK_DAY_MS * 60000; t += CLOCK_DAY_MS * 7 + 12345) {
        int64_t back;
        clock_format(t, buf, sizeof buf);
        ck_assert(clock_parse(buf, strlen(buf), &back));
        ck_assert_int_eq(back, t);
    }
}
END_TEST

START_TEST(random_streams_are_keyed_and_fair)
{
    struct rng a, b, c;
    rng_init(&a, 1, 2);
    rng_init(&b, 1, 2);
    rng_init(&c, 1, 3);
    ck_assert_uint_eq(rng_next(&a), rng_next(&b));
    ck_assert_uint_ne(rng_next(&a), rng_next(&c));
    double sum = 0, square = 0;
    unsigned count[7] = {0};
    for (int i = 0; i < 70000; i++) {
        double x = rng_normal(&a);
        sum += x;
        square += x * x;
        count[rng_below(&b, 7)]++;
    }
    ck_assert_double_lt(fabs(sum / 70000), 0.02);
    ck_assert_double_lt(fabs(square / 70000 - 1), 0.03);
    for (int i = 0; i < 7; i++)
        ck_assert(count[i] > 9500 && count[i] < 10500);
    ck_assert_uint_eq(rng_key("22423", 5), rng_key("22423", 5));
    ck_assert_uint_ne(rng_key("22423", 5), rng_key("22424", 5));
}
END_TEST

static void square_task(void *context, size_t task, unsigned worker)
{
    (void)worker;
    ((uint64_t *)context)[task] = (uint64_t)task * task;
}

START_TEST(pool_runs_each_task_once)
{
    enum { N = 10000 };
    uint64_t *out = mem_alloc(N, sizeof *out);
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct pool *p = pool_new(threads);
        ck_assert_uint_eq(pool_size(p), threads);
        for (int round = 0; round < 50; round++) {
            memset(out, 0xff, N * sizeof *out);
            pool_run(p, N, square_task, out);
            for (uint64_t i = 0; i < N; i++)
                ck_assert_uint_eq(out[i], i * i);
        }
        pool_free(p);
    }
    mem_free(out);
}
END_TEST

START_TEST(allocation_can_be_made_to_fail)
{
    ck_assert_ptr_null(mem_alloc(SIZE_MAX / 2, 4));
    mem_fail_after(2);
    void *a = mem_alloc(1, 1), *b = mem_alloc(1, 1), *c = mem_alloc(1, 1);
    ck_assert_uint_eq(mem_fail_count(), 3);
    mem_fail_after(0);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_null(b);
    ck_assert_ptr_null(c);
    mem_free(a);
}
END_TEST

START_TEST(labels_are_numbered_as_they_come)
{
    struct labels labels = {.n = 0};
    char text[16];
    ck_assert_int_eq(labels_find(&labels, "a", 1), -1);
    for (int round = 0; round < 2; round++)
        for (long i = 0; i < 1000; i++) {
            int n = snprintf(text, sizeof text, "item %ld", i);
            ck_assert_int_eq(labels_number(&labels, text, (size_t)n), i);
        }
    ck_assert_uint_eq(labels.n, 1000);
    ck_assert_int_eq(labels_number(&labels, "item 1", 5), 1000); /* not a prefix of another */
    ck_assert_int_eq(labels_find(&labels, "item 999", 8), 999);
    ck_assert_int_eq(labels_find(&labels, "item 1000", 9), -1);
    mem_fail_after(1);
    ck_assert_int_eq(labels_number(&labels, "new", 3), -1);
    mem_fail_after(0);
    ck_assert_int_eq(labels_number(&labels, "new", 3), 1001);
    labels_release(&labels);
}
END_TEST

START_TEST(files_appear_whole_or_not_at_all)
{
    char dir[] = "/tmp/reckon-test-XXXXXX", path[FS_PATH_MAX];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    fs_join(path, sizeof path, dir, "a");
    struct fs_new_file f;
    struct error e;
    ck_assert_int_eq(fs_create(&f, path, 0600, &e), 0);
    ck_assert_int_eq(fs_write(&f, "abc", 3, &e), 0);
    ck_assert(!fs_exists(path));
    fs_abandon(&f);
    ck_assert(!fs_exists(path));
    ck_assert(!fs_exists(f.temp));
    ck_assert_int_eq(fs_create(&f, path, 0600, &e), 0);
    ck_assert_int_eq(fs_write(&f, "abc", 3, &e), 0);
    ck_assert_int_eq(fs_commit(&f, &e), 0);
    char *data;
    size_t n;
    ck_assert_int_eq(fs_read_all(path, 100, &data, &n, &e), 0);
    ck_assert_uint_eq(n, 3);
    ck_assert_str_eq(data, "abc");
    mem_free(data);
    char hex[65];
    ck_assert_int_eq(fs_sha256_file(path, hex, &e), 0);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_int_eq(fs_read_all(path, 2, &data, &n, &e), E_BAD_DATA);
    unlink(path);
    rmdir(dir);
    ck_assert_int_eq(fs_create(&f, path, 0600, &e), E_NOT_FOUND);
}
END_TEST

static void expect_words(const char *line, size_t n, const char *first, const char *last)
{
    char **words;
    size_t got;
    ck_assert_int_eq(words_of_line(line, &words, &got), 0);
    ck_assert_uint_eq(got, n);
    ck_assert_ptr_null(words[n]);
    if (n > 0) {
        ck_assert_str_eq(words[0], first);
        ck_assert_str_eq(words[n - 1], last);
    }
    mem_free(words);
}

START_TEST(words_of_a_line_are_those_of_a_shell)
{
    struct str out;
    static const char *const odd[] = {"plain", "two words", "it's", "a\\b", "\"x\"", "", " "};
    expect_words("", 0, NULL, NULL);
    expect_words("  a  b ", 2, "a", "b");
    expect_words("'my file.csv' x", 2, "my file.csv", "x");
    expect_words("a\\ b \"it's\"", 2, "a b", "it's");
    expect_words("''", 1, "", "");
    expect_words("'open", 1, "open", "open");
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        str_init(&out, 100);
        words_quote(&out, odd[i]);
        expect_words(str_text(&out), 1, odd[i], odd[i]);
        str_release(&out);
    }
}
END_TEST

/* Does another process see that somebody has locked the file? */
static bool is_locked(const char *path)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = open(path, O_RDWR);
        _exit(fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

START_TEST(looking_at_a_file_leaves_its_locks)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[] = "/tmp/reckon-kept-XXXXXX", letter = 0;
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "a", 1), 1);
    ck_assert_int_eq(fcntl(fd, F_SETLK, &lock), 0);
    int kept = kept_open(path);
    ck_assert_int_ge(kept, 0);
    ck_assert_int_eq(pread(kept, &letter, 1, 0), 1);
    ck_assert_int_eq(letter, 'a');
    ck_assert_int_eq(kept_open(path), kept);
    ck_assert(is_locked(path));
    close(open(path, O_RDONLY)); /* what it is for */
    ck_assert(!is_locked(path));
    unlink(path);
    ck_assert_int_eq(kept_open("/no/such/file"), -1);
    ck_assert_int_eq(fcntl(kept, F_GETFD), -1); /* it has no name any more */
    close(fd);
}
END_TEST

CHECK_MAIN("base", words_of_a_line_are_those_of_a_shell, error_carries_words_and_codes,
           error_wraps_itself_and_cuts_at_a_character,
           str_fails_closed,
           utf8_is_judged_by_rfc_3629,
           terminal_obeys_nothing,
           numbers_are_whole_strings,
           distance_is_levenshtein,
           time_reads_what_it_writes,
           random_streams_are_keyed_and_fair,
           pool_runs_each_task_once,
           allocation_can_be_made_to_fail,
           files_appear_whole_or_not_at_all, labels_are_numbered_as_they_come,
           looking_at_a_file_leaves_its_locks)
