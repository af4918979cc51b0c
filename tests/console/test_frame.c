/* The console in a terminal: its frame, dialogs, sizes, signals and ends. */
#include <sqlite3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/check_main.h"
#include "driver.h"

static const char *workspace(void)
{
    static char path[128];
    if (path[0] == '\0') {
        char line[256];
        snprintf(path, sizeof path, "%s/shop", driver_scratch());
        snprintf(line, sizeof line, "init '%s'", path);
        driver_reckon("/", line);
    }
    return path;
}

static struct driver *start(int rows, int cols)
{
    return driver_start(&(struct driver_options){.rows = rows, .cols = cols, .workspace = workspace()}, NULL);
}

START_TEST(dialogs)
{
    struct driver *d = start(24, 80);
    driver_keys(d, "?");
    driver_expect(d, "help-80x24");
    driver_keys(d, "'palette'");
    driver_expect_shown(d, "find any command");
    driver_keys(d, "esc g");
    driver_expect(d, "go-80x24");
    driver_keys(d, "j : 'models li' enter");
    driver_expect(d, "form-80x24");
    driver_keys(d, "down space space");
    driver_expect_shown(d, "reckon models list --stage staging");
    driver_keys(d, "enter");
    driver_expect(d, "job-done-80x24");
    driver_keys(d, "esc");
    driver_expect_shown(d, "models list --stage staging");
    driver_quit(d, "q", 0);
}
END_TEST

START_TEST(confirmation_defaults_to_no)
{
    struct driver *d = start(24, 80);
    driver_keys(d, ": 'quarantine drop' enter tab tab space enter");
    driver_expect(d, "confirm-80x24");
    driver_keys(d, "enter");
    driver_expect_shown(d, "Nothing was done.");
    driver_keys(d, ": 'quarantine drop' enter tab tab space enter 'shop' enter");
    driver_expect_shown(d, "dropped");
    driver_expect_shown(d, "reckon quarantine drop --all --yes");
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(wrong_values_are_told_in_the_form)
{
    struct driver *d = start(24, 80);
    driver_keys(d, ": 'jobs' enter");
    driver_keys(d, "'many' enter");
    driver_expect_shown(d, "--n 'many' is not a whole number");
    driver_keys(d, "ctrl-u '5' enter");
    driver_expect_shown(d, "reckon jobs --n 5");
    driver_quit(d, "q q", 0);
}
END_TEST

START_TEST(sizes)
{
    struct driver *d = start(24, 80);
    driver_keys(d, "?");
    driver_resize(d, 40, 120);
    driver_expect(d, "help-120x40");
    driver_resize(d, 15, 59);
    driver_expect(d, "too-small-59x15");
    driver_resize(d, 1, 1);
    driver_keys(d, "down up : x esc");
    driver_resize(d, 60, 200);
    driver_keys(d, "esc");
    driver_resize(d, 24, 80);
    driver_keys(d, "?");
    driver_expect(d, "help-80x24");
    driver_quit(d, "esc q", 0);
}
END_TEST

START_TEST(starts_at_one_by_one)
{
    struct driver *d = start(1, 1);
    driver_keys(d, "x y ?");
    driver_quit(d, "esc q", 0);
}
END_TEST

START_TEST(without_colours_and_in_ascii)
{
    struct driver *d = driver_start(
        &(struct driver_options){.rows = 24, .cols = 80, .workspace = workspace(), .env = {"NO_COLOR=1"}}, NULL);
    driver_keys(d, "g");
    driver_expect(d, "go-mono-80x24");
    driver_quit(d, "esc q", 0);
    d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = workspace()}, "--ascii", NULL);
    driver_keys(d, "g");
    driver_expect(d, "go-ascii-80x24");
    driver_quit(d, "esc q", 0);
}
END_TEST

static void ends_by(int number)
{
    struct driver *d = start(24, 80);
    driver_signal(d, number);
    driver_end(d, 0);
}

START_TEST(signals_end_it_in_order)
{
    ends_by(SIGTERM);
    ends_by(SIGHUP);
    ends_by(SIGINT);
}
END_TEST

START_TEST(stops_and_goes_on)
{
    struct driver *d = start(24, 80);
    driver_keys(d, "g");
    driver_signal(d, SIGSTOP);
    driver_signal(d, SIGCONT);
    driver_wait(d, true);
    driver_expect(d, "go-80x24");
    driver_quit(d, "esc q", 0);
}
END_TEST

START_TEST(suspends_itself_and_goes_on)
{
    struct driver *d = start(24, 80);
    for (int i = 0; i < 3; i++) {
        driver_suspend(d, "ctrl-z");
        driver_keys(d, "g");
        driver_expect(d, "go-80x24");
        driver_keys(d, "esc : t r");
        driver_keys(d, "esc"); /* the cursor was shown in the palette */
    }
    driver_suspend(d, ": 'suspend' enter");
    driver_expect_shown(d, "Home");
    driver_resize(d, 1, 1);
    driver_suspend(d, "ctrl-z");
    driver_resize(d, 24, 80);
    driver_quit(d, "F10", 0);
}
END_TEST

/* Some terminals keep with a saved place whether the cursor was shown, and take it back with the screen. */
START_TEST(the_cursor_comes_back_whatever_the_terminal_has_saved)
{
    struct driver *d = start(24, 80);
    driver_save_cursor(d);                  /* hidden */
    driver_suspend(d, ": 'suspend' enter"); /* shown, in the palette, when it stops */
    driver_save_cursor(d);
    driver_quit(d, ": 'leave' enter", 0);
}
END_TEST

/* A crash gives the terminal back and leaves a report without data. */
START_TEST(a_crash_leaves_the_terminal_and_a_report)
{
#ifndef __SANITIZE_ADDRESS__ /* its own handler comes first */
    struct driver *d = start(24, 80);
    char command[300];
    driver_keys(d, "g d");
    driver_signal(d, SIGSEGV);
    driver_end(d, -SIGSEGV);
    snprintf(command, sizeof command, "grep -q 'screen data' '%s'/reckon/console-crash-*.txt", driver_scratch());
    ck_assert_int_eq(system(command), 0);
#endif
}
END_TEST

/* Another program imports, the workspace goes away, and comes back. */
START_TEST(the_store_changes_under_it)
{
    char line[400], file[160];
    snprintf(file, sizeof file, "%s/e.csv", driver_scratch());
    FILE *out = fopen(file, "w");
    fputs("user,item,time\nu1,i1,1700000000\n", out);
    fclose(out);
    struct driver *d = start(24, 80);
    driver_keys(d, "g e");
    driver_expect_shown(d, "There are no events yet");
    snprintf(line, sizeof line, "import events '%s' --time-format seconds --quiet", file);
    driver_reckon(workspace(), line);
    driver_keys(d, "r");
    driver_expect_shown(d, "1 of 1 rows");
    snprintf(line, sizeof line, "mv '%s' '%s.away'", workspace(), workspace());
    ck_assert_int_eq(system(line), 0);
    driver_keys(d, "r");
    driver_expect_shown(d, "there is no workspace");
    snprintf(line, sizeof line, "mv '%s.away' '%s'", workspace(), workspace());
    ck_assert_int_eq(system(line), 0);
    driver_keys(d, "r");
    driver_expect_shown(d, "1 of 1 rows");
    driver_quit(d, "F10", 0);
}
END_TEST

/* Another program holds the store for writing: reading goes on. */
START_TEST(a_locked_store_can_be_looked_at)
{
    char path[200];
    sqlite3 *other;
    snprintf(path, sizeof path, "%s/reckon.db", workspace());
    struct driver *d = start(24, 80);
    ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    driver_keys(d, "g e s");
    driver_expect_shown(d, "Events");
    driver_keys(d, "g k r");
    driver_expect_shown(d, "Kinds");
    ck_assert(!driver_shows(d, "locked") && !driver_shows(d, "Reading"));
    sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(other);
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(many_resizes_leave_one_frame)
{
    struct driver *d = start(24, 80);
    for (int i = 0; i < 50; i++)
        driver_signal(d, SIGWINCH);
    driver_keys(d, "g");
    driver_expect(d, "go-80x24");
    driver_quit(d, "esc q", 0);
}
END_TEST

START_TEST(pasted_text_is_no_command)
{
    static char paste[1 << 20];
    struct driver *d = start(24, 80);
    memset(paste, 'q', sizeof paste);
    driver_bytes(d, "\033[200~", 6);
    driver_bytes(d, paste, sizeof paste);
    driver_bytes(d, "\033[201~", 6);
    driver_keys(d, ": <models show>");
    driver_expect_shown(d, ": models show");
    driver_quit(d, "esc q", 0);
}
END_TEST

CHECK_MAIN("console frame", dialogs, confirmation_defaults_to_no, wrong_values_are_told_in_the_form, sizes,
           starts_at_one_by_one, without_colours_and_in_ascii, signals_end_it_in_order, stops_and_goes_on,
           suspends_itself_and_goes_on, the_cursor_comes_back_whatever_the_terminal_has_saved,
           a_crash_leaves_the_terminal_and_a_report, the_store_changes_under_it,
           a_locked_store_can_be_looked_at, many_resizes_leave_one_frame, pasted_text_is_no_command)
