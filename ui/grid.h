/* grid: the widget that shows a table of any length.
 *
 * It holds a window of a few pages around the cursor and asks its source (ui/source.h) for more before the cursor gets
 * there; memory does not grow with the table.  How many rows there are is counted apart, and said when it is known.
 * While something is being read what is there stays on screen, and every key works; keys that need rows wait for the
 * first page, in their order (Esc forgets them); so does what needs a row after the table was sorted or filtered anew.
 *
 * A screen that is a grid sets screen.grid, lists grid_actions among its tables, and hands events to grid_event.  The
 * grid's owner for ui/fetcher.h is the grid itself: grid_release forgets its questions. */
#ifndef RECKON_UI_GRID_H
#define RECKON_UI_GRID_H

#include "ui/console.h"
#include "ui/input.h"
#include "ui/source.h"

enum { GRID_PAGES_MAX = 6, GRID_PAGE_ROWS = 200, GRID_MARKS_MAX = 10000, GRID_NAME_MAX = 96,
       GRID_EARLY_MAX = 32 };

struct grid_column {
    char name[GRID_NAME_MAX];
    size_t index;  /* in the source's rows */
    int width;     /* grows with what is read, up to a limit */
    bool hidden, frozen;
    bool measured; /* what is in the window was looked at */
    bool chosen;   /* the width was: it stays */
};

struct grid {
    struct console *console;
    struct screen *screen;
    struct source *source;
    /* What is asked. */
    char where[BROWSE_WHERE_MAX], sort[GRID_NAME_MAX];
    bool descending;
    /* What is known. */
    struct listing_page pages[GRID_PAGES_MAX]; /* the window, in order */
    size_t n_pages, n_rows;                    /* rows in the window */
    int64_t first;                             /* the place of its first row among all; -1: not known */
    int64_t total;                             /* -1: not known */
    int64_t all;                               /* the same without the filter; -1 */
    bool at_start, at_end, reading, counting, loaded;
    bool coming;                               /* its first source is being made (said by whoever makes it) */
    /* The order of a sorted grid, in the connection of READ_ORDER: its number; 0: none (yet). */
    int64_t prepared;
    bool preparing;
    bool to_end;                               /* the end was asked for and has not come yet */
    struct error problem;                      /* of the last read; code 0: none */
    bool holding;                              /* a page is being read anew: the cursor stays on the row ... */
    uint64_t held;                             /* ... with this mark */
    /* How it is looked at. */
    size_t cursor, top, seen; /* rows of the window; how many are on screen */
    size_t column, left;      /* visible columns: the cursor, and the first that is not frozen */
    struct grid_column *columns;
    size_t n_columns, cap_columns;
    key_code early[GRID_EARLY_MAX]; /* keys that wait for the first page */
    size_t n_early;
    bool early_text;        /* one of them opens something: what follows may be text */
    bool filtering;           /* the filter is being typed */
    bool fuzzy;               /* it had no row, and now is about letters in their order */
    bool finding;             /* what is typed hides nothing: the cursor goes to what fits (ui/grid_find.c) */
    char find[BROWSE_WHERE_MAX]; /* what n and N go to; "" : nothing was looked for */
    bool outdated;            /* it was sorted or filtered since, and no row of it stands for anything any more */
    bool anew;                /* the window is of an earlier question; the first page of this one is on its way */
    bool seeking;             /* such a row is being looked for */
    int seek_more;            /* how often n (below 0: N) was pressed meanwhile */
    struct input filter;
    char filter_before[BROWSE_WHERE_MAX];
    uint64_t *marks;          /* of rows, by what tells them apart (grid_row_mark) */
    size_t n_marks, cap_marks;
    uint64_t marked_last;
    const char *empty;        /* what an empty table says: why, and which key to press next */
    /* Enter; NULL: the row is shown in full. */
    void (*open)(struct screen *screen);
    char crossed[GRID_NAME_MAX]; /* the column that waits for another one; "" : none */
    int bar_column;           /* 1 + a column whose numbers are drawn as bars too; 0: none */
};

/* Takes the source (NULL: it comes later, by grid_set_source). */
void grid_init(struct grid *self, struct screen *screen, struct source *source);
void grid_release(struct grid *self);
void grid_set_source(struct grid *self, struct source *source);
/* The same columns with newer rows: cursor, sorting and filter stay. */
void grid_replace_source(struct grid *self, struct source *source);
void grid_reload(struct grid *self);       /* reads again; the cursor stays where it was if it can */
void grid_restart(struct grid *self);      /* from the first row, as it is asked now */
void grid_set_where(struct grid *self, const char *where); /* and reads */
void grid_draw(struct grid *self, struct canvas *canvas, struct area area);
bool grid_event(struct grid *self, const struct event *event);
bool grid_screen_event(struct screen *screen, const struct event *event); /* for a screen's kind: hands them to its grid */

/* Keeps a key that needs rows until the first page is there; false: none is being read. */
bool grid_hold(struct grid *self, key_code key);

/* The row under the cursor; NULL when there is none, or when it is still of what was asked before. */
const struct cell *grid_row(const struct grid *self);
const struct result *grid_format(const struct grid *self); /* columns of the source; NULL: nothing was read yet */
/* A cell of the row under the cursor by its column's name; NULL. */
const struct cell *grid_cell(const struct grid *self, const char *column);
const struct grid_column *grid_here(const struct grid *self); /* the column under the cursor; NULL */

/* The command line that lists the same rows; "" for a result. */
void grid_command_line(const struct grid *self, struct str *out);

/* Appends to a filter: rows that have this value in this column.  False, and a notice: it is too long for a filter. */
bool grid_put_term(struct console *console, struct str *where, const char *column, const struct cell *cell);

extern const struct action grid_actions[];

/* Finding (ui/grid_find.c): the next row (by 1; -1: the one before) that fits what is looked for; 0: the one under the
 * cursor, or else the next. */
void grid_find(struct grid *self, int by);

/* Dialogs and screens of the grid (ui/grid_dialogs.c). */
extern const struct screen_kind screen_columns, screen_row, screen_export;
/* The frequencies or the histogram of a column (ui/screen_summary.c). */
struct summary_argument {
    struct source *source; /* held by the screen too */
    const char *where, *column;
    size_t bins; /* 0: frequencies */
};
extern const struct screen_kind screen_summary;
/* Two columns together, as a heat map (ui/screen_cross.c). */
struct cross_argument {
    struct source *source; /* held by the screen too */
    const char *where, *a, *b;
};
extern const struct screen_kind screen_cross;

/* ---- for its own files ---- */
const struct listing_page *grid_page_of(const struct grid *self, size_t row, size_t *within);
uint64_t grid_row_mark(const struct grid *self, size_t row);
bool grid_is_marked(const struct grid *self, uint64_t mark);
void grid_forget_questions(struct grid *self);
uint64_t grid_key_mark(const struct browse_key *key);
/* The page becomes the window unless its first row is in it; the cursor goes there. */
void grid_go_to_page(struct grid *self, struct listing_page *page, size_t limit);
bool grid_follows_early(const struct grid *self, key_code key); /* after keys that wait, this one waits too */

#endif
