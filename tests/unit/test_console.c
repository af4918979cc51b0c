/* The console without a terminal: its tables of keys, its screens, its commands. */
#include "check_main.h"

#include <dirent.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store_fixture.h"
#include "ui/console.h"
#include "ui/grid.h"
#include "ui/keys.h"
#include "ui/plain.h"

static struct fixture fixture;
static struct console *console;

static void open_console(const char *place, int rows, int cols)
{
    struct error err = {0};
    struct console_setup setup = {
        .workspace = fixture.dir, .place = place, .theme = style_theme("auto"), .rows = rows, .cols = cols};
    ck_assert_msg(console_new(&console, &setup, &err) == 0, "%s: %s", err.what, err.why);
}

static void settle(void)
{
    struct pollfd p = {.fd = console_bell(console), .events = POLLIN};
    while (console_busy(console) > 0) {
        poll(&p, 1, 30000);
        console_news(console);
    }
}

static const char *screen(void)
{
    static struct str text;
    str_release(&text);
    str_init(&text, 1 << 22);
    settle();
    console_draw(console);
    settle();
    plain_frame(&text, console_draw(console));
    return str_text(&text);
}

static void press(const char *keys)
{
    for (const char *p = keys + strspn(keys, " "); *p != '\0'; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        key_code key;
        ck_assert_msg(key_parse(p, n, &key), "%s", p);
        console_key(console, key);
        console_draw(console);
        p += n;
    }
    settle();
}

static void setup(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    fixture_init(&fixture);
    fixture_fill(fixture.store, 20, 10);
}

static void teardown(void)
{
    console_free(console);
    fixture_release(&fixture);
}

/* What a screen adds to the console's own keys. */
static void all_tables(const struct screen_kind *kind, action_table out[SCREEN_TABLES_MAX + 2])
{
    size_t n = 0;
    for (; kind->tables[n] != NULL; n++)
        out[n] = kind->tables[n];
    if (!kind->dialog)
        out[n++] = console_actions;
    out[n] = NULL;
}

START_TEST(every_key_has_help_and_one_meaning)
{
    for (const struct screen_kind *const *k = screens_all; *k != NULL; k++) {
        struct error err = {0};
        action_table tables[SCREEN_TABLES_MAX + 2];
        all_tables(*k, tables);
        ck_assert_msg(action_check(NULL, tables, &err) == 0, "%s: %s %s", (*k)->name, err.what, err.why);
        ck_assert_msg((*k)->help != NULL && strlen((*k)->help) > 10, "%s has no help", (*k)->name);
        ck_assert_msg((*k)->draw != NULL && (*k)->size >= sizeof(struct screen), "%s", (*k)->name);
    }
}
END_TEST

static void do_nothing(struct screen *s)
{
    (void)s;
}

START_TEST(a_shared_key_is_found)
{
    static const struct action one[] = {{"one", "a b", NULL, "does one thing", NULL, do_nothing}, {0}};
    static const struct action two[] = {{"two", "c b", NULL, "does another", NULL, do_nothing}, {0}};
    static const struct action mute[] = {{"mute", "d", NULL, "", NULL, do_nothing}, {0}};
    const action_table both[] = {one, two, NULL}, silent[] = {mute, NULL};
    struct error err = {0};
    ck_assert_int_eq(action_check(NULL, both, &err), E_CONFLICT);
    ck_assert_str_eq(err.what, "b");
    ck_assert_int_eq(action_check(NULL, silent, &err), E_FAILED);
}
END_TEST

START_TEST(places_have_letters_of_their_own)
{
    for (const struct place *p = places; p->name != NULL; p++) {
        ck_assert_msg(p->above == NULL || place_named(p->above) != NULL, "%s", p->name);
        ck_assert_msg(p->letter != 'g', "g g is the first row");
        for (const struct place *q = p + 1; q->name != NULL; q++) {
            ck_assert_str_ne(p->name, q->name);
            ck_assert_msg(p->letter == 0 || p->letter != q->letter, "%s and %s", p->name, q->name);
        }
        bool listed = false;
        for (const struct screen_kind *const *k = screens_all; *k != NULL; k++)
            listed = listed || *k == p->kind;
        ck_assert_msg(listed, "%s is not in screens_all", p->name);
    }
}
END_TEST

static const char *write_settings(const char *text)
{
    static char path[FS_PATH_MAX];
    fixture_path(&fixture, path, "reckon.toml");
    ck_assert_int_eq(fs_write_all(path, text, strlen(text), 0644, NULL), 0);
    return path;
}

START_TEST(keys_can_be_changed)
{
    struct keymap *map;
    struct error err = {0};
    key_code key;
    const action_table own[] = {console_actions, NULL};
    const struct action *quit = action_named(own, "quit");
    write_settings("[console.keys]\nquit = \"ctrl-x F9\"\nhelp = \"none\"\n");
    ck_assert_msg(keys_load(&map, fixture.dir, &err) == 0, "%s", err.why);
    ck_assert(action_key(map, quit, 1, &key) && key == K_F9);
    ck_assert_ptr_null(action_find(map, own, '?'));
    ck_assert_ptr_null(action_find(map, own, 'q'));
    ck_assert_ptr_eq(action_find(map, own, K_CTRL('x')), quit);
    keymap_free(map);
    write_settings("[console.keys]\nquit = \"super-q\"\n");
    ck_assert_int_eq(keys_load(&map, fixture.dir, &err), E_BAD_DATA);
    ck_assert_str_eq(err.what, "reckon.toml:2");
    write_settings("[console.keys]\nfly = \"f\"\n");
    ck_assert_int_eq(keys_load(&map, fixture.dir, &err), E_BAD_DATA);
}
END_TEST

/* A setting, then a key, changed on their screens. */
START_TEST(settings_are_changed)
{
    char *text;
    size_t n;
    const char *path = write_settings("# mine\n[recommend]\n# n = 10\n");
    open_console("settings", 24, 100);
    screen();
    press("/ r e c o m m e n d . n enter enter ctrl-u 2 5 enter");
    screen();
    ck_assert_msg(strstr(screen(), "reckon settings set recommend.n 25") != NULL, "%s", screen());
    ck_assert_int_eq(fs_read_all(path, 1 << 16, &text, &n, NULL), 0);
    ck_assert_msg(strncmp(text, "# mine\n[recommend]\nn = 25\n", n) == 0, "%s", text);
    mem_free(text);
    press("enter ctrl-u 9 9 9 9 9 enter");
    ck_assert_ptr_nonnull(strstr(screen(), "99999 is not between 1 and 10000"));
    press("d");
    ck_assert_ptr_nonnull(strstr(screen(), "default"));
    press("/ ctrl-u t h e m e enter enter down down enter");
    ck_assert_str_eq(console_theme(console)->name, "dark");
    press("K / k e y s . e x p o r t enter enter ctrl-u F 4 enter");
    screen();
    console_go(console, "events", NULL);
    screen();
    press("F4");
    ck_assert_ptr_nonnull(strstr(screen(), "Export what is shown"));
    press("esc e");
    ck_assert_ptr_null(strstr(screen(), "Export what is shown"));
}
END_TEST

/* Every place opens, in every size, and its keys do no harm. */
START_TEST(every_place_opens)
{
    static const int sizes[][2] = {{24, 80}, {60, 200}, {16, 60}, {5, 20}, {1, 1}};
    for (const struct place *p = places; p->name != NULL; p++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            open_console(p->name, sizes[i][0], sizes[i][1]);
            const char *text = screen();
            if (i == 0)
                ck_assert_msg(strstr(text, p->title) != NULL, "%s", text);
            console_free(console);
            console = NULL;
        }
}
END_TEST

START_TEST(places_come_back_in_order)
{
    open_console("home", 24, 80);
    press("g j");
    ck_assert_str_eq(console_top(console)->place, "jobs");
    press("[");
    ck_assert_str_eq(console_top(console)->place, "home");
    press("]");
    ck_assert_str_eq(console_top(console)->place, "jobs");
    press("1");
    ck_assert_str_eq(console_top(console)->place, "home");
}
END_TEST

START_TEST(commands_run_and_show_their_result)
{
    open_console("home", 24, 80);
    press(": k i n d s space l i s t enter");
    const char *text = screen();
    ck_assert_msg(strstr(text, "purchase") != NULL, "%s", text);
    ck_assert_str_eq(console_last_line(console), "reckon kinds list");
    press("Y");
    char *copied = console_take_copied(console);
    ck_assert_str_eq(copied, "reckon kinds list");
    mem_free(copied);
}
END_TEST

/* Threads of this process that are nicer than its first one. */
static size_t nicer_threads(void)
{
    size_t n = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *e; tasks != NULL && (e = readdir(tasks)) != NULL;)
        n += e->d_name[0] != '.' &&
             getpriority(PRIO_PROCESS, (id_t)strtoul(e->d_name, NULL, 10)) > getpriority(PRIO_PROCESS, 0);
    if (tasks != NULL)
        closedir(tasks);
    return n;
}

/* A key does not wait for a training that uses every processor. */
START_TEST(commands_run_behind_the_screen)
{
#ifdef __linux__
    ck_assert_uint_eq(nicer_threads(), 0);
    open_console("home", 24, 80);
    press(": k i n d s space l i s t enter");
    screen();
    ck_assert_uint_ge(nicer_threads(), getpriority(PRIO_PROCESS, 0) < 19 ? 1 : 0);
#endif
}
END_TEST

static struct grid *grid(void)
{
    ck_assert_ptr_nonnull(console_top(console)->grid);
    return console_top(console)->grid;
}

START_TEST(grids_scroll_sort_and_filter)
{
    open_console("events", 24, 100);
    ck_assert_ptr_nonnull(strstr(screen(), "1 of 200 rows"));
    press("G");
    ck_assert_ptr_nonnull(strstr(screen(), "200 of 200 rows"));
    press("g g");
    ck_assert_ptr_nonnull(strstr(screen(), "1 of 200 rows"));
    press("/ u s e r = u s e r 3");
    ck_assert_ptr_nonnull(strstr(screen(), "1 of 10 that fit"));
    press("x x x esc");
    ck_assert_ptr_nonnull(strstr(screen(), "1 of 200 rows"));
    press("> s s");
    ck_assert_ptr_nonnull(strstr(screen(), "time\xE2\x96\xBC"));
    press("> F");
    ck_assert_ptr_nonnull(strstr(screen(), "100.00"));
    press("enter");
    ck_assert_ptr_nonnull(strstr(screen(), "kind=purchase"));
    press("esc esc");
    ck_assert_str_eq(grid()->sort, "time");
    press("< H");
    ck_assert_ptr_nonnull(strstr(screen(), "histogram of time"));
    press("esc < enter");
    ck_assert_ptr_nonnull(strstr(screen(), "of 10 that fit"));
}
END_TEST

/* n and N go to what fits, in a table of the store and in the rows of a result. */
START_TEST(rows_are_found)
{
    open_console("events", 24, 100);
    screen();
    press("n");
    ck_assert_ptr_nonnull(strstr(screen(), "Nothing was looked for yet"));
    press("/ u s e r = u s e r 7 tab");
    ck_assert_str_eq(grid()->where, "");
    press("backspace 9 enter");
    ck_assert_str_eq(grid_cell(grid(), "user")->text, "user9");
    ck_assert_ptr_nonnull(strstr(screen(), "of 200 rows"));
    size_t at = grid()->cursor;
    press("n n");
    ck_assert_uint_eq(grid()->cursor, at + 2);
    press("N N N"); /* none before the first */
    ck_assert_uint_eq(grid()->cursor, at);
    ck_assert_ptr_nonnull(strstr(screen(), "before this one fits user=user9"));
    press("G N"); /* behind the last row nothing fits; before it, it does */
    ck_assert_uint_eq(grid()->cursor, at + 9);
    console_go(console, "settings", NULL);
    screen();
    press("s / s e t t i n g ~ s e r v e . tab enter");
    at = grid()->cursor;
    const char *first = grid_cell(grid(), "setting")->text;
    ck_assert_msg(strncmp(first, "serve", 5) == 0, "%s", first);
    press("n n N N");
    ck_assert_uint_eq(grid()->cursor, at);
}
END_TEST

/* Far away, and sorted: the window goes there. */
START_TEST(rows_are_found_far_away)
{
    fixture_fill(fixture.store, 400, 20);
    open_console("events", 24, 100);
    screen();
    press("/ u s e r = u s e r 3 8 8 tab enter");
    ck_assert_str_eq(grid_cell(grid(), "user")->text, "user388");
    press("k");
    ck_assert_str_eq(grid_cell(grid(), "user")->text, "user387");
    press("j N");
    ck_assert_str_eq(grid_cell(grid(), "user")->text, "user388");
    press("> s g g n");
    ck_assert_str_eq(grid_cell(grid(), "user")->text, "user388");
    for (int i = 0; i < 19; i++)
        press("n");
    ck_assert_ptr_null(strstr(screen(), "No further row"));
    press("n");
    ck_assert_ptr_nonnull(strstr(screen(), "No further row behind this one fits user=user388"));
}
END_TEST

START_TEST(letters_in_their_order_are_found)
{
    open_console("items", 24, 100);
    screen();
    press("/ i e m 1");
    ck_assert_str_eq(grid()->where, "~iem1");
    ck_assert_ptr_nonnull(strstr(screen(), "that fit (of 10)"));
    press("enter");
    ck_assert_ptr_nonnull(strstr(screen(), "~iem1"));
    press("/ ctrl-u i t e m 1");
    ck_assert_str_eq(grid()->where, "item1");
    press("z z z z q");
    ck_assert_str_eq(grid()->where, "item1zzzzq"); /* neither this nor that */
    press("esc");
    ck_assert_str_eq(grid()->where, "~iem1");
}
END_TEST

START_TEST(two_columns_make_a_map)
{
    open_console("events", 24, 100);
    screen();
    press("m");
    ck_assert_ptr_nonnull(strstr(screen(), "now m on another column"));
    press("> > m");
    const char *text = screen();
    ck_assert_msg(strstr(text, "user by kind") != NULL && strstr(text, "user15") != NULL && strstr(text, "rows") != NULL,
                  "%s", text);
    press("v");
    ck_assert_ptr_nonnull(strstr(screen(), "20 rows"));
    press("esc < m m");
    ck_assert_ptr_nonnull(strstr(screen(), "Wednesday"));
}
END_TEST

/* What was typed before the rows were there loses neither them nor itself. */
START_TEST(keys_typed_early)
{
    open_console("settings", 24, 100);
    press("home"); /* nothing was delivered yet */
    ck_assert_ptr_nonnull(strstr(screen(), "run.threads"));
    console_go(console, "items", NULL);
    press("> > s s / u s e r"); /* they wait for the rows, in their order */
    ck_assert_str_eq(grid()->sort, grid()->columns[2].name);
    ck_assert(grid()->descending && grid()->filtering);
    ck_assert_str_eq(grid()->where, "user");
    console_go(console, "users", NULL);
    press("s esc"); /* taken back */
    ck_assert_str_eq(grid()->sort, "");
    ck_assert_str_eq(console_top(console)->place, "users");
    console_go(console, "events", NULL);
    press("j j");
    ck_assert_uint_eq(grid()->cursor, 2);
}
END_TEST

START_TEST(columns_marks_and_copies)
{
    open_console("items", 24, 100);
    screen();
    press("space space j space");
    ck_assert_ptr_nonnull(strstr(screen(), "3 marked"));
    press("> > y");
    char *copied = console_take_copied(console);
    ck_assert_str_eq(copied, "20");
    mem_free(copied);
    press("-");
    ck_assert_ptr_null(strstr(screen(), " events "));
    press("C a esc");
    ck_assert_ptr_nonnull(strstr(screen(), "first"));
    press("o");
    ck_assert_ptr_nonnull(strstr(screen(), "other rows"));
    press("esc U");
    ck_assert_ptr_null(strstr(screen(), "marked"));
}
END_TEST

static void export_to(const char *name, char **text, size_t *n)
{
    char path[FS_PATH_MAX];
    struct event paste = {.type = EVENT_PASTE, .text = fixture_path(&fixture, path, name)};
    press("e ctrl-u");
    console_event(console, &paste);
    press("enter");
    screen();
    ck_assert_int_eq(fs_read_all(path, 1 << 20, text, n, NULL), 0);
}

START_TEST(exports_hold_what_is_shown)
{
    char *text;
    size_t n, lines = 0;
    open_console("events", 24, 100);
    screen();
    press("/ u s e r = u s e r 3 enter");
    export_to("out.csv", &text, &n);
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    ck_assert_uint_eq(lines, 11);
    ck_assert_int_eq(strncmp(text, "user,time,kind,item,title,quantity,price\n", 41), 0);
    mem_free(text);
    press("space space");
    export_to("out.json", &text, &n);
    lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    ck_assert_uint_eq(lines, 2);
    ck_assert_ptr_nonnull(strstr(text, "\"user\":\"user3\""));
    mem_free(text);
}
END_TEST

/* More rows than the window holds: memory stays, and the way back is found. */
START_TEST(windows_move_over_long_tables)
{
    fixture_fill(fixture.store, 400, 20);
    open_console("events", 24, 100);
    screen();
    for (int i = 0; i < 200; i++)
        press("page-down");
    ck_assert_uint_le(grid()->n_pages, GRID_PAGES_MAX);
    int64_t at = grid()->first + (int64_t)grid()->cursor;
    ck_assert_int_gt(at, 3000);
    for (int i = 0; i < 200; i++)
        press("page-up");
    ck_assert_int_eq(grid()->first + (int64_t)grid()->cursor, 0);
    ck_assert_ptr_nonnull(strstr(screen(), "user0"));
    press("G page-up page-up r");
    const char *text = screen();
    ck_assert_msg(strstr(text, "user399") != NULL, "%s", text);
}
END_TEST

/* Keys from a seeded stream: no crash, and at the end it still answers. */
START_TEST(random_keys_do_no_harm)
{
    uint32_t state = 12345;
    open_console("home", 24, 80);
    for (int i = 0; i < 3000; i++) {
        state = state * 1664525 + 1013904223;
        key_code key = state >> 24 & 1 ? (key_code)(32 + (state >> 8) % 95) : (key_code)(state >> 8) % 27;
        if ((state >> 25) % 4 == 0)
            key = K_NAMED + 1 + (state >> 8) % (K_NAMED_END - K_NAMED - 1);
        if (key == 'q' || key == K_F10 || key == K_ENTER)
            continue; /* a command might do anything; leaving is tested elsewhere */
        console_key(console, key);
        if (i % 7 == 0)
            console_draw(console);
        if (i % 50 == 0)
            settle();
    }
    press("esc esc esc esc esc esc");
    ck_assert(console_go(console, "home", NULL));
    ck_assert_ptr_nonnull(strstr(screen(), "Home"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_key_has_help_and_one_meaning, a_shared_key_is_found,
                                         places_have_letters_of_their_own, keys_can_be_changed, settings_are_changed, every_place_opens,
                                         places_come_back_in_order, grids_scroll_sort_and_filter, rows_are_found,
                                         rows_are_found_far_away, letters_in_their_order_are_found, two_columns_make_a_map,
                                         keys_typed_early,
                                         columns_marks_and_copies, exports_hold_what_is_shown, windows_move_over_long_tables, commands_run_and_show_their_result,
                                         commands_run_behind_the_screen,
                                         random_keys_do_no_harm};
    return check_main_with("console", tests, sizeof tests / sizeof tests[0], setup, teardown);
}
