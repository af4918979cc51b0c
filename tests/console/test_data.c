/* The tables of the workspace in a terminal. */
#include <stdint.h>
#include <stdio.h>

#include "../unit/check_main.h"
#include "driver.h"

/* A made-up shop, the same every time. */
static const char *shop(void)
{
    static char path[128];
    char line[512];
    uint32_t state = 7;
    snprintf(path, sizeof path, "%s/shop", driver_scratch());
    snprintf(line, sizeof line, "init '%s' --quiet", path);
    driver_reckon("/", line);
    snprintf(line, sizeof line, "%s/events.csv", driver_scratch());
    FILE *out = fopen(line, "w");
    fputs("user,item,kind,time,price,quantity\n", out);
    for (int i = 0; i < 3000; i++) {
        state = state * 1664525 + 1013904223;
        uint32_t user = (state >> 8) % 97, item = (state >> 10) % 61 * ((state >> 20) % 61) / 60;
        fprintf(out, "customer-%u,sku-%03u,%s,%d,%u.%02u,%u\n", user, item, state >> 30 ? "view" : "purchase",
                1700000000 + i * 977, item % 40 + 1, item * 7 % 100, (state >> 13) % 4 + 1);
    }
    fclose(out);
    snprintf(line, sizeof line, "import events '%s/events.csv' --time-format seconds --quiet", driver_scratch());
    driver_reckon(path, line);
    return path;
}

START_TEST(tables)
{
    struct driver *d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = shop()}, "data", NULL);
    driver_expect(d, "data-80x24");
    driver_keys(d, "g i");
    driver_keys(d, "s"); /* of the first page */
    driver_expect(d, "items-80x24");
    driver_keys(d, "> > s s");
    driver_expect(d, "items-by-events-80x24");
    driver_resize(d, 40, 120);
    driver_expect(d, "items-by-events-120x40");
    driver_resize(d, 60, 200);
    driver_keys(d, "enter");
    driver_expect(d, "events-of-item-200x60");
    driver_resize(d, 24, 80);
    driver_keys(d, "> > F");
    driver_expect(d, "frequencies-80x24");
    driver_keys(d, "esc < H");
    driver_expect(d, "histogram-80x24");
    driver_keys(d, "esc / space 'kind=purchase quantity>2'");
    driver_expect(d, "filter-80x24");
    driver_keys(d, "enter o");
    driver_expect(d, "row-80x24");
    driver_keys(d, "esc C");
    driver_expect(d, "columns-80x24");
    driver_keys(d, "esc e");
    driver_expect(d, "export-80x24");
    driver_keys(d, "esc g x");
    driver_expect(d, "quarantine-empty-80x24");
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(mono_and_ascii)
{
    const char *path = shop();
    struct driver *d = driver_start(
        &(struct driver_options){.rows = 24, .cols = 80, .workspace = path, .env = {"NO_COLOR=1"}}, "items", NULL);
    driver_keys(d, "> > s s space");
    driver_expect(d, "items-mono-80x24");
    driver_quit(d, "F10", 0);
    d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = path}, "items", "--ascii", NULL);
    driver_keys(d, "> > s F");
    driver_expect(d, "frequencies-ascii-80x24");
    driver_quit(d, "F10", 0);
    d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = path}, "items", "--theme", "dark", NULL);
    driver_expect(d, "items-dark-80x24");
    driver_quit(d, "F10", 0);
}
END_TEST

/* Rows are whole and aligned, whatever titles hold. */
START_TEST(naughty_titles)
{
    char path[128], line[512], file[160];
    snprintf(path, sizeof path, "%s/naughty", driver_scratch());
    snprintf(line, sizeof line, "init '%s' --quiet", path);
    driver_reckon("/", line);
    snprintf(file, sizeof file, "%s/items.csv", driver_scratch());
    FILE *out = fopen(file, "w");
    fputs("item,title\na,\"\033[31mred\033]0;title\007\"\nb,\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97\nc,\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D 12\n"
          "d,e\xCC\x81\xCC\x82mile\ne,\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9 family\nf,\"line\nbreak\"\ng,\xE2\x80\xAEgnp.exe\nh,", out);
    for (int i = 0; i < 2000; i++)
        fputs("long ", out);
    fputs("\n", out);
    fclose(out);
    snprintf(line, sizeof line, "import items '%s' --quiet --max-bad 1", file);
    driver_reckon(path, line);
    struct driver *d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = path}, "items", NULL);
    driver_expect(d, "naughty-80x24");
    driver_keys(d, "end o");
    driver_quit(d, "esc F10", 0);
}
END_TEST

static void import_items(const char *path, const char *rows)
{
    char file[160], line[256];
    snprintf(file, sizeof file, "%s/more.csv", driver_scratch());
    FILE *out = fopen(file, "w");
    fputs(rows, out);
    fclose(out);
    snprintf(line, sizeof line, "import items '%s' --quiet", file);
    driver_reckon(path, line);
}

/* Another process writes: it is seen without a key, and the cursor stays on its row. */
START_TEST(what_others_change_is_read_by_itself)
{
    char path[128], line[160];
    snprintf(path, sizeof path, "%s/watched", driver_scratch());
    snprintf(line, sizeof line, "init '%s' --quiet", path);
    driver_reckon("/", line);
    import_items(path, "item,title\nbb,second\ndd,fourth\n");
    struct driver *d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = path}, "items", NULL);
    driver_keys(d, "s down space");
    driver_expect_shown(d, "2 of 2 rows, 1 marked");
    import_items(path, "item,title\naa,first\ncc,third\n");
    while (!driver_shows(d, "4 of 4 rows, 1 marked")) /* the test's own time limit ends it */
        driver_wait(d, true);
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(marks)
{
    struct driver *d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = shop()}, "items", NULL);
    driver_keys(d, "V");
    driver_expect_shown(d, "Mark the first row with space");
    driver_keys(d, "space down down down V");
    driver_expect_shown(d, "5 of 60 rows, 5 marked");
    driver_keys(d, "*");
    driver_expect_shown(d, "5 of 60 rows, 55 marked");
    driver_keys(d, "> > s");
    driver_expect_shown(d, "55 marked");
    driver_keys(d, "> Z");
    driver_expect_shown(d, "last stays when the table scrolls sideways.");
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(a_console_that_only_looks_refuses_to_write)
{
    struct driver *d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = shop()}, "home",
                                    "--read-only", NULL);
    driver_expect_shown(d, "READ ONLY");
    driver_keys(d, ": 'quarantine drop' enter tab tab space enter");
    driver_expect_shown(d, "this console only looks");
    driver_keys(d, "esc esc : 'read-only' enter");
    driver_expect_shown(d, "Commands may change the workspace again.");
    driver_keys(d, ": 'models list' enter enter esc : up");
    driver_expect_shown(d, ": models list");
    driver_quit(d, "esc F10", 0);
}
END_TEST

START_TEST(without_a_workspace)
{
    struct driver *d = driver_start(&(struct driver_options){.rows = 24, .cols = 80}, "events", NULL);
    driver_expect(d, "no-workspace-80x24");
    driver_quit(d, "F10", 0);
}
END_TEST

CHECK_MAIN("console data", tables, mono_and_ascii, naughty_titles, what_others_change_is_read_by_itself, marks,
           a_console_that_only_looks_refuses_to_write, without_a_workspace)
