/* What the keys of a grid do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "command/render.h"
#include "store/browse_filter.h"
#include "ui/grid.h"

static void start_filter(struct screen *s)
{
    struct grid *g = s->grid;
    g->filtering = true;
    g->finding = false;
    strcpy(g->filter_before, g->where);
    input_set(&g->filter, g->where);
    console_changed(s->console);
}

bool grid_follows_early(const struct grid *self, key_code key)
{
    return self->n_early > 0 &&
           (self->early_text || action_find(console_keymap(self->console), self->screen->kind->tables, key) != NULL);
}

static bool has_row(struct screen *s, const char **why);

static void find_next(struct screen *s)
{
    grid_find(s->grid, 1);
}

static void find_before(struct screen *s)
{
    grid_find(s->grid, -1);
}

static bool has_column(struct screen *s, const char **why)
{
    *why = "there is no column yet";
    return grid_here(s->grid) != NULL;
}

static bool has_row(struct screen *s, const char **why)
{
    *why = "there is no row";
    return grid_row(s->grid) != NULL;
}

static void step_column(struct screen *s, key_code key)
{
    struct event e = {.type = EVENT_KEY, .key = key};
    grid_event(s->grid, &e);
}

static void column_left(struct screen *s)
{
    step_column(s, K_LEFT);
}

static void column_right(struct screen *s)
{
    step_column(s, K_RIGHT);
}

/* Up, down, not at all. */
static void sort_here(struct screen *s)
{
    struct grid *g = s->grid;
    const struct grid_column *c = grid_here(g);
    bool same = strcmp(g->sort, c->name) == 0;
    if (same && g->descending)
        g->sort[0] = '\0', g->descending = false;
    else if (same)
        g->descending = true;
    else {
        snprintf(g->sort, sizeof g->sort, "%s", c->name);
        g->descending = false;
    }
    grid_restart(g);
}

static void hide_here(struct screen *s)
{
    struct grid *g = s->grid;
    size_t seen = 0;
    for (size_t i = 0; i < g->n_columns; i++)
        seen += !g->columns[i].hidden;
    if (seen < 2) {
        console_notice(s->console, STYLE_WARN, "The last column stays.");
        return;
    }
    g->columns[g->column].hidden = true;
    size_t before = g->column;
    column_right(s);
    if (g->column == before)
        column_left(s);
    console_notice(s->console, STYLE_DIM, "Hidden; C shows columns again.");
}

static void widen(struct screen *s)
{
    struct grid_column *c = &s->grid->columns[s->grid->column];
    c->width += c->width < 200 ? 4 : 0;
    c->chosen = true;
}

static void narrow(struct screen *s)
{
    struct grid_column *c = &s->grid->columns[s->grid->column];
    c->width -= c->width > 7 ? 4 : 0;
    c->chosen = true;
}

static void choose_columns(struct screen *s)
{
    console_push(s->console, &screen_columns, s->grid, "Columns");
}

static void summarise(struct screen *s, size_t bins)
{
    struct grid *g = s->grid;
    struct summary_argument a = {g->source, g->where, grid_here(g)->name, bins};
    char title[SCREEN_TITLE_MAX];
    snprintf(title, sizeof title, "%s of %.60s", bins > 0 ? "histogram" : "frequencies", a.column);
    console_push(s->console, &screen_summary, &a, title);
}

static void frequencies(struct screen *s)
{
    summarise(s, 0);
}

static bool has_numbers(struct screen *s, const char **why)
{
    const struct result *r = grid_format(s->grid);
    const struct grid_column *c = grid_here(s->grid);
    *why = "the column holds neither numbers nor times";
    if (r == NULL || c == NULL)
        return false;
    enum cell_type type = r->columns[c->index].type;
    return type == CELL_INT || type == CELL_REAL || type == CELL_TIME;
}

static void histogram(struct screen *s)
{
    summarise(s, 40);
}

static bool can_cross(struct screen *s, const char **why)
{
    if (!has_column(s, why))
        return false;
    *why = "only the tables of the workspace can do it";
    return s->grid->source != NULL && s->grid->source->ops->cross != NULL;
}

/* First one column, then another: or the same again, when it is a time. */
static void cross(struct screen *s)
{
    struct grid *g = s->grid;
    const char *here = grid_here(g)->name;
    const struct result *r = grid_format(g);
    bool time = r != NULL && r->columns[grid_here(g)->index].type == CELL_TIME;
    if (g->crossed[0] == '\0' || (strcmp(g->crossed, here) == 0 && !time)) {
        snprintf(g->crossed, sizeof g->crossed, "%s", here);
        console_notice(s->console, STYLE_NORMAL, time ? "%s: m again for the hours of the week, or on another column for both together."
                                                      : "%s: now m on another column, for how often both occur together.", here);
        return;
    }
    char title[SCREEN_TITLE_MAX], first[GRID_NAME_MAX];
    strcpy(first, g->crossed);
    g->crossed[0] = '\0';
    struct cross_argument a = {g->source, g->where, first, here};
    snprintf(title, sizeof title, strcmp(first, here) == 0 ? "week of %.40s" : "%.40s by %.40s", first, here);
    console_push(s->console, &screen_cross, &a, title);
}

static void open_row(struct screen *s)
{
    if (s->grid->open != NULL)
        s->grid->open(s);
    else
        console_push(s->console, &screen_row, s->grid, "row");
}

static void show_row(struct screen *s)
{
    console_push(s->console, &screen_row, s->grid, "row");
}

static bool add_mark(struct screen *s, uint64_t mark)
{
    struct grid *g = s->grid;
    if (g->n_marks == GRID_MARKS_MAX ||
        mem_grow((void **)&g->marks, &g->cap_marks, g->n_marks + 1, sizeof *g->marks) != 0) {
        console_notice(s->console, STYLE_WARN, "No more than %d rows can be marked.", GRID_MARKS_MAX);
        return false;
    }
    g->marks[g->n_marks++] = mark;
    return true;
}

static void toggle_mark(struct screen *s)
{
    struct grid *g = s->grid;
    uint64_t mark = grid_row_mark(g, g->cursor);
    for (size_t i = 0; i < g->n_marks; i++)
        if (g->marks[i] == mark) {
            g->marks[i] = g->marks[--g->n_marks];
            step_column(s, K_DOWN);
            return;
        }
    g->marked_last = mark;
    if (add_mark(s, mark))
        step_column(s, K_DOWN);
}

/* From the row that was marked last to the cursor. */
static void mark_range(struct screen *s)
{
    struct grid *g = s->grid;
    size_t from = g->n_rows;
    for (size_t i = 0; g->n_marks > 0 && i < g->n_rows; i++)
        if (grid_row_mark(g, i) == g->marked_last)
            from = i;
    if (from == g->n_rows) {
        console_notice(s->console, STYLE_WARN, "Mark the first row with space, go to the last one, and press V there.");
        return;
    }
    size_t first = from < g->cursor ? from : g->cursor, last = from < g->cursor ? g->cursor : from;
    for (size_t i = first; i <= last; i++)
        if (!grid_is_marked(g, grid_row_mark(g, i)) && !add_mark(s, grid_row_mark(g, i)))
            return;
}

static bool is_whole(struct screen *s, const char **why)
{
    *why = "the table is too long for it; a filter makes it shorter";
    return s->grid->n_rows > 0 && s->grid->at_start && s->grid->at_end;
}

/* What was not marked is, and the other way round. */
static void invert_marks(struct screen *s)
{
    struct grid *g = s->grid;
    size_t before = g->n_marks;
    uint64_t *old = g->marks;
    g->marks = NULL;
    g->n_marks = g->cap_marks = 0;
    for (size_t i = 0; i < g->n_rows; i++) {
        uint64_t mark = grid_row_mark(g, i);
        bool was = false;
        for (size_t k = 0; k < before && !was; k++)
            was = old[k] == mark;
        if (!was && !add_mark(s, mark))
            break;
    }
    mem_free(old);
}

static void freeze_here(struct screen *s)
{
    struct grid_column *c = &s->grid->columns[s->grid->column];
    c->frozen = !c->frozen;
    console_notice(s->console, STYLE_DIM, c->frozen ? "%s stays when the table scrolls sideways."
                                                    : "%s scrolls with the others.", c->name);
}

static bool has_marks(struct screen *s, const char **why)
{
    *why = "no row is marked";
    return s->grid->n_marks > 0;
}

static void unmark_all(struct screen *s)
{
    s->grid->n_marks = 0;
    console_changed(s->console);
}

static void copy_cell(struct screen *s)
{
    struct str text;
    const struct result *r = grid_format(s->grid);
    const struct grid_column *c = grid_here(s->grid);
    str_init(&text, 1 << 17);
    const struct cell *cell = &grid_row(s->grid)[c->index];
    if (cell->type == CELL_TEXT)
        str_puts(&text, cell->text);
    else
        render_cell(&text, &r->columns[c->index], cell);
    console_copy(s->console, str_text(&text), c->name);
    str_release(&text);
}

static void copy_row(struct screen *s)
{
    struct result one;
    struct str text;
    size_t within;
    const struct listing_page *p = grid_page_of(s->grid, s->grid->cursor, &within);
    result_init(&one);
    str_init(&text, 1 << 20);
    result_copy_columns(&one, &p->rows);
    result_copy_row(&one, &p->rows, within);
    render_csv(&text, &one);
    console_copy(s->console, str_text(&text), "the row, as CSV");
    str_release(&text);
    result_release(&one);
}

static void export_rows(struct screen *s)
{
    console_push(s->console, &screen_export, s->grid, "Export what is shown");
}

/* Does it leave the table as it is on the screen?  What follows any other may be meant for what that opens. */
static bool stays(const struct action *a)
{
    static void (*const runs[])(struct screen *s) = {column_left, column_right, sort_here, toggle_mark, find_next,
                                                     find_before, copy_cell, copy_row, mark_range, unmark_all};
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
        if (a->run == runs[i])
            return true;
    return false;
}

bool grid_hold(struct grid *self, key_code key)
{
    const struct action *a = action_find(console_keymap(self->console), self->screen->kind->tables, key);
    bool awaited = self->outdated || (!self->loaded && (self->reading || self->coming));
    if (!awaited || self->n_early == GRID_EARLY_MAX)
        return false;
    self->early_text = self->early_text || (a != NULL && !stays(a));
    self->early[self->n_early++] = key;
    return true;
}

const struct action grid_actions[] = {
    {"open", "enter", "open", "open the row under the cursor", has_row, open_row},
    {"filter", "/", "filter", "show only rows that fit: text, column>3, column~text, !term; tab: go to them instead", NULL, start_filter},
    {"find-next", "n", NULL, "go to the next row that fits what was typed last at /", has_row, find_next},
    {"find-before", "N", NULL, "go to the row before that fits what was typed last at /", has_row, find_before},
    {"sort", "s", "sort", "sort by the column under the cursor: up, down, not at all", has_column, sort_here},
    {"frequencies", "F", "freq", "count how often each value of the column occurs", has_column, frequencies},
    {"histogram", "H", "hist", "show how the numbers or times of the column are spread", has_numbers, histogram},
    {"cross", "m", NULL, "count two columns as a heat map: m on one, then on the other; on a time twice: hours of the week", can_cross, cross},
    {"show-row", "o", "row", "show all columns of the row below each other", has_row, show_row},
    {"column-left", "<", NULL, "go to the column at the left (also the arrow)", has_column, column_left},
    {"column-right", ">", NULL, "go to the column at the right (also the arrow)", has_column, column_right},
    {"columns", "C", "columns", "choose which columns are shown, and which stay when scrolling", has_column, choose_columns},
    {"hide-column", "-", NULL, "hide the column under the cursor", has_column, hide_here},
    {"widen", "}", NULL, "make the column wider", has_column, widen},
    {"narrow", "{", NULL, "make the column narrower", has_column, narrow},
    {"mark", "space", NULL, "mark the row, or take its mark away", has_row, toggle_mark},
    {"mark-range", "V", NULL, "mark all rows from the one marked last to this one", has_row, mark_range},
    {"invert-marks", "*", NULL, "mark what is not marked, and unmark what is", is_whole, invert_marks},
    {"freeze", "Z", NULL, "keep the column in sight when the table scrolls sideways, or no longer", has_column, freeze_here},
    {"unmark", "U", NULL, "take all marks away", has_marks, unmark_all},
    {"copy", "y", NULL, "copy the value under the cursor", has_row, copy_cell},
    {"copy-row", "ctrl-y", NULL, "copy the row as CSV", has_row, copy_row},
    {"export", "e", "export", "write what is shown (or the marked rows) to a CSV or JSON file", has_row, export_rows},
    {0},
};

/* As the filter reads it back, to the last bit. */
static void put_value(struct str *out, const struct cell *cell)
{
    char number[40];
    if (cell->type == CELL_TEXT) {
        str_puts(out, cell->text);
    } else if (cell->type == CELL_REAL) {
        snprintf(number, sizeof number, "%.15g", cell->real);
        if (strtod(number, NULL) < cell->real || strtod(number, NULL) > cell->real)
            snprintf(number, sizeof number, "%.17g", cell->real);
        str_puts(out, number);
    } else {
        render_cell(out, NULL, cell);
    }
}

bool grid_put_term(struct console *console, struct str *where, const char *column, const struct cell *cell)
{
    struct str value;
    str_init(&value, BROWSE_WHERE_MAX);
    if (cell->type != CELL_NULL)
        put_value(&value, cell);
    if (where->len > 0 && where->data[where->len - 1] != ' ')
        str_putc(where, ' ');
    browse_filter_put(where, column, "=", str_text(&value));
    bool fits = !value.failed && !where->failed;
    if (!fits)
        console_notice(console, STYLE_WARN, "This %s is too long for a filter; o shows the row.", column);
    str_release(&value);
    return fits;
}

void grid_command_line(const struct grid *self, struct str *out)
{
    if (self->source == NULL || self->source->view[0] == '\0')
        return;
    char name[64];
    snprintf(name, sizeof name, "%s list", self->source->view);
    for (size_t i = 0; command_table[i] != NULL; i++) {
        if (strcmp(command_table[i]->name, name) != 0)
            continue;
        struct args *args = args_new(command_table[i]);
        if (args != NULL && self->where[0] != '\0')
            args_put(args, "where", self->where, NULL);
        if (args != NULL && self->sort[0] != '\0')
            args_put(args, "sort", self->sort, NULL);
        if (args != NULL && self->descending)
            args_put(args, "descending", "1", NULL);
        if (args != NULL)
            args_command_line(args, out);
        args_free(args);
    }
}
