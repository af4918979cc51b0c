/* driver: runs a program in a pseudo-terminal, types keys, and compares what is on the screen.
 *
 * The program itself says when it is idle (ui/terminal.h), so there is no sleep anywhere: driver_keys types, waits, and
 * returns when the screen has settled.  What is compared is text and attributes as libvterm understands them.
 *
 *     struct driver *d = driver_start(&(struct driver_options){.rows = 24, .cols = 80}, "home", NULL);
 *     driver_keys(d, "g j : 'models list' enter");
 *     driver_expect(d, "models-list");          // tests/console/golden/models-list.txt
 *     driver_quit(d, "q", 0);
 *
 * Keys are words as in reckon.toml ("ctrl-p", "page-down", "x"); 'text in quotes' is typed letter by letter;
 * <text in angles> is pasted.  RECKON_REGENERATE=1 writes the golden screens instead; look at them before you commit.
 * Lines of a golden screen that differ are printed, and the screen goes to NAME.actual in the build directory. */
#ifndef RECKON_TESTS_DRIVER_H
#define RECKON_TESTS_DRIVER_H

#include <stdbool.h>

/* What the clock of the program says. */
#define DRIVER_NOW "2024-01-31T12:00:00Z"

struct driver;

struct driver_options {
    int rows, cols;
    const char *workspace; /* NULL: none */
    const char *term;      /* NULL: xterm-256color */
    const char *env[8];    /* NAME=VALUE */
    bool may_end;          /* one that ends in order while it is waited for is started again (a monkey may leave) */
};

/* Starts `reckon console ARGUMENTS...` (a NULL at the end) and waits until it is idle. */
struct driver *driver_start(const struct driver_options *options, ...);
struct driver *driver_start_drawn(const struct driver_options *options, ...); /* until the first screen is drawn */
void driver_keys(struct driver *self, const char *keys);       /* and waits until it is idle */
void driver_keys_drawn(struct driver *self, const char *keys); /* waits only until they are drawn: commands may run */
/* As if the program had had the terminal save its cursor (DECSC), as ncurses does where lines move. */
void driver_save_cursor(struct driver *self);
void driver_bytes(struct driver *self, const char *bytes, unsigned long n); /* raw; does not wait */
void driver_wait(struct driver *self, bool idle);
void driver_resize(struct driver *self, int rows, int cols);   /* and waits */
void driver_resize_drawn(struct driver *self, int rows, int cols); /* waits only until it is drawn */
void driver_signal(struct driver *self, int number);
/* Presses keys, waits until it has stopped itself with the terminal as it was, lets it go on, and waits until it is idle. */
void driver_suspend(struct driver *self, const char *keys);
/* Presses keys and waits for the end, which must come with that exit status (or minus the signal). */
void driver_quit(struct driver *self, const char *keys, int status);
void driver_end(struct driver *self, int status); /* the same without keys; frees */
void driver_kill(struct driver *self);

void driver_expect(struct driver *self, const char *golden);
char *driver_text(struct driver *self);       /* lines that begin with '|'; free */
char *driver_attributes(struct driver *self); /* "  3: 0-8 bold, 12-14 fg4": the runs that are not plain; free */
/* Is that what tests/console/golden/NAME.txt holds?  Prints what differs and keeps NAME.actual, or writes the golden file
 * when it is to be regenerated. */
bool driver_is_golden(const char *golden, const char *text);
bool driver_shows(struct driver *self, const char *text);      /* in one line of the screen */
void driver_expect_shown(struct driver *self, const char *text);
void driver_expect_modes_restored(struct driver *self);        /* after driver_end: screen, cursor, mouse, paste */
unsigned long driver_received(const struct driver *self);      /* bytes that the program wrote in the last driver_keys */
unsigned driver_starts(const struct driver *self);             /* how often it was started */
double driver_latency_ms(const struct driver *self);           /* of the last driver_keys: from key to settled screen */
int driver_pid(const struct driver *self);
const char *driver_line(struct driver *self, int row);         /* trimmed; until the next call */

/* A workspace in a scratch directory; removed at exit. */
const char *driver_scratch(void);
/* events.csv there: what 97 people did with 61 products. */
void driver_write_events(void);
/* A workspace of that name there, with those events; kept until the next call. */
const char *driver_shop(const char *name);
/* Runs reckon with a line of arguments (split at blanks), which must succeed. */
void driver_reckon(const char *workspace, const char *line);

#endif
