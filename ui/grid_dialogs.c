/* Columns, one row in full, and export. */
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "command/render.h"
#include "command/result_json.h"
#include "ui/grid.h"
#include "ui/list.h"

/* ---- columns ------------------------------------------------------------------------------------------- */

struct columns_dialog {
    struct screen screen;
    struct grid *of;
    struct list list;
};

static int columns_open(struct screen *s, const void *argument, struct error *err)
{
    struct columns_dialog *self = (struct columns_dialog *)s;
    (void)err;
    self->of = (struct grid *)(size_t)argument;
    self->list.n = self->of->n_columns;
    self->list.at = self->of->column;
    return 0;
}

static void columns_draw(struct screen *s, struct canvas *c, struct area a)
{
    struct columns_dialog *self = (struct columns_dialog *)s;
    struct area body = area_part(a, 0, 0, a.rows - 2, a.cols);
    list_show(&self->list, body.rows);
    for (size_t i = 0; i < self->list.rows && self->list.top + i < self->list.n; i++) {
        const struct grid_column *g = &self->of->columns[self->list.top + i];
        canvas_printf(c, body, (int)i, 0, STYLE_NORMAL, "[%s] %-7s %s", g->hidden ? " " : "x", g->frozen ? "stays" : "",
                      g->name);
        if (self->list.top + i == self->list.at)
            canvas_over(c, area_part(body, (int)i, 0, 1, body.cols - 1), STYLE_SELECTED);
    }
    list_scrollbar(&self->list, c, body);
    canvas_text(c, a, a.rows - 1, 0, STYLE_DIM, "space: show or hide   f: stays when scrolling   a: all   Enter: done");
}

static bool columns_event(struct screen *s, const struct event *e)
{
    struct columns_dialog *self = (struct columns_dialog *)s;
    struct grid_column *here = &self->of->columns[self->list.at];
    if (e->type == EVENT_KEY && (e->key == K_ESCAPE || e->key == K_ENTER || e->key == 'q' || e->key == 'C')) {
        if (here->hidden)
            here->hidden = false; /* the cursor stands on a column that is seen */
        self->of->column = self->list.at;
        console_pop(s->console);
    } else if (e->type == EVENT_KEY && e->key == ' ') {
        here->hidden = !here->hidden;
        list_move(&self->list, 1);
    } else if (e->type == EVENT_KEY && e->key == 'f') {
        here->frozen = !here->frozen;
    } else if (e->type == EVENT_KEY && e->key == 'a') {
        for (size_t i = 0; i < self->of->n_columns; i++)
            self->of->columns[i].hidden = false;
    } else {
        list_event(&self->list, e, true);
    }
    return true;
}

const struct screen_kind screen_columns = {
    .name = "columns",
    .help = "Which columns of a table are shown, and which stay when it is scrolled sideways.",
    .size = sizeof(struct columns_dialog),
    .dialog = true,
    .cols = 72,
    .open = columns_open,
    .draw = columns_draw,
    .event = columns_event,
};

/* ---- a row --------------------------------------------------------------------------------------------- */

struct row_dialog {
    struct screen screen;
    struct grid *of;
    int scroll;
};

static int row_open(struct screen *s, const void *argument, struct error *err)
{
    (void)err;
    ((struct row_dialog *)s)->of = (struct grid *)(size_t)argument;
    return 0;
}

static void row_draw(struct screen *s, struct canvas *c, struct area a)
{
    struct row_dialog *self = (struct row_dialog *)s;
    const struct grid *g = self->of;
    const struct result *r = grid_format(g);
    const struct cell *row = grid_row(g);
    int line = -self->scroll;
    for (size_t i = 0; row != NULL && i < g->n_columns && line < a.rows - 1; i++) {
        struct str text;
        const struct column *column = &r->columns[g->columns[i].index];
        str_init(&text, 1 << 20);
        render_cell(&text, column, &row[g->columns[i].index]);
        int rows = 1 + (int)text_width(str_text(&text), text.len) / (a.cols > 30 ? a.cols - 24 : 10);
        if (line >= 0) {
            canvas_field(c, a, line, 0, 22, ALIGN_LEFT, STYLE_LABEL, g->columns[i].name);
            struct area value = area_part(a, line, 24, a.rows - 1 - line, a.cols - 24);
            bool missing = row[g->columns[i].index].type == CELL_NULL;
            rows = canvas_wrap(c, value, 0, missing ? STYLE_DIM : STYLE_NORMAL, missing ? "-" : str_text(&text));
        }
        line += rows > 0 ? rows : 1;
        str_release(&text);
    }
    canvas_text(c, a, a.rows - 1, 0, STYLE_DIM, "up, down: other rows   page keys: scroll   Esc: back");
}

static bool row_event(struct screen *s, const struct event *e)
{
    struct row_dialog *self = (struct row_dialog *)s;
    if (e->type != EVENT_KEY)
        return true;
    if (e->key == K_PAGE_DOWN)
        self->scroll += 5;
    else if (e->key == K_PAGE_UP)
        self->scroll = self->scroll > 5 ? self->scroll - 5 : 0;
    else if (e->key == K_UP || e->key == K_DOWN || e->key == 'j' || e->key == 'k')
        grid_event(self->of, e);
    else if (e->key == K_ESCAPE || e->key == K_ENTER || e->key == 'q' || e->key == 'o')
        console_pop(s->console);
    return true;
}

const struct screen_kind screen_row = {
    .name = "row",
    .help = "All columns of one row, below each other.",
    .size = sizeof(struct row_dialog),
    .dialog = true,
    .open = row_open,
    .draw = row_draw,
    .event = row_event,
};

/* ---- export -------------------------------------------------------------------------------------------- */

struct export_dialog {
    struct screen screen;
    struct grid *of;
    struct input path;
    char problem[256];
};

/* What a reading thread writes. */
struct exporting {
    struct source *source;
    char where[BROWSE_WHERE_MAX], sort[GRID_NAME_MAX], path[FS_PATH_MAX];
    bool descending, json;
    size_t *columns, n_columns;
    uint64_t *marks;
    size_t n_marks;
    int64_t written;
    struct console *console;
};

enum { EXPORT_PAGE = 1000, EXPORT_TEXT_MAX = 1 << 28 };

static void exporting_free(void *data)
{
    struct exporting *x = data;
    source_drop(x->source);
    mem_free(x->columns);
    mem_free(x->marks);
    mem_free(x);
}

static bool is_wanted(const struct exporting *x, const struct listing_page *page, size_t row)
{
    struct grid one = {.pages = {*page}, .n_pages = 1, .n_rows = page->n, .marks = x->marks, .n_marks = x->n_marks};
    return x->n_marks == 0 || grid_is_marked(&one, grid_row_mark(&one, row));
}

/* The chosen columns of the wanted rows. */
static void pick(struct exporting *x, const struct listing_page *page, struct result *out)
{
    result_init(out);
    for (size_t i = 0; i < x->n_columns; i++) {
        const struct column *c = &page->rows.columns[x->columns[i]];
        result_add_column(out, c->name, c->type, c->unit, "", c->decimals);
    }
    for (size_t row = 0; row < page->n; row++) {
        if (!is_wanted(x, page, row))
            continue;
        for (size_t i = 0; i < x->n_columns; i++)
            result_add_cell(out, result_cell(&page->rows, row, x->columns[i]));
        x->written++;
    }
}

/* Rows of a page as text: without the heading of CSV but on the first, as lines of JSON. */
static int put_page(struct exporting *x, const struct listing_page *page, struct fs_new_file *file, bool first,
                    struct error *err)
{
    struct result rows;
    struct str text;
    pick(x, page, &rows);
    str_init(&text, EXPORT_TEXT_MAX);
    int rc = result_check(&rows, err);
    if (rc == 0)
        rc = (x->json ? result_json_lines(&text, &rows) : render_csv(&text, &rows)) != 0 ? error_nomem(err, "the export")
                                                                                        : 0;
    const char *from = str_text(&text);
    if (rc == 0 && !x->json && !first)
        from = strchr(from, '\n') + 1;
    if (rc == 0)
        rc = fs_write(file, from, text.len - (size_t)(from - str_text(&text)), err);
    str_release(&text);
    result_release(&rows);
    return rc;
}

static int write_rows(struct store *store, void *data, struct job *job, struct error *err)
{
    struct exporting *x = data;
    struct browse_query query = {x->where, x->sort, x->descending, 0};
    struct fs_new_file file;
    struct listing_page before, page;
    bool more = true, first = true;
    int rc = fs_create(&file, x->path, 0600, err);
    if (rc != 0)
        return rc;
    listing_page_init(&before);
    while (rc == 0 && more) {
        listing_page_init(&page);
        rc = x->source->ops->page(x->source, store, &query, before.n > 0 ? &before.keys[before.n - 1] : NULL, false,
                                  EXPORT_PAGE, &page, job, err);
        if (rc == 0)
            rc = put_page(x, &page, &file, first, err);
        more = page.n == EXPORT_PAGE;
        first = false;
        listing_page_release(&before);
        before = page;
    }
    listing_page_release(&before);
    if (rc == 0)
        rc = fs_commit(&file, err);
    else
        fs_abandon(&file);
    return rc;
}

static void exported(void *owner, void *data, int rc, const struct error *err)
{
    struct exporting *x = data;
    (void)owner;
    if (rc != 0)
        console_notice_error(x->console, err);
    else
        console_notice(x->console, STYLE_GOOD, "%lld rows are in %s.", (long long)x->written, x->path);
}

static int export_open(struct screen *s, const void *argument, struct error *err)
{
    struct export_dialog *self = (struct export_dialog *)s;
    char name[64];
    (void)err;
    self->of = (struct grid *)(size_t)argument;
    snprintf(name, sizeof name, "%s.csv", self->of->source->view[0] != '\0' ? self->of->source->view : "table");
    input_set(&self->path, name);
    return 0;
}

static void export_draw(struct screen *s, struct canvas *c, struct area a)
{
    struct export_dialog *self = (struct export_dialog *)s;
    struct str line;
    canvas_printf(c, a, 0, 0, STYLE_NORMAL, "%s, the columns that are shown, in this order. File:",
                  self->of->n_marks > 0 ? "The marked rows" : self->of->where[0] != '\0' ? "All rows that fit" : "All rows");
    input_draw(&self->path, c, a, 1, 0, a.cols, true);
    canvas_text(c, a, 3, 0, STYLE_DIM, "NAME.csv, or NAME.json for one JSON object a line; a file of that name is replaced");
    str_init(&line, 1 << 14);
    grid_command_line(self->of, &line);
    if (line.len > 0)
        canvas_printf(c, a, 4, 0, STYLE_DIM, "%s --csv", str_text(&line));
    str_release(&line);
    canvas_text(c, a, 6, 0, STYLE_BAD, self->problem);
}

/* An existing file is replaced only after a second Enter. */
static void begin_export(struct export_dialog *self)
{
    struct console *console = self->screen.console;
    struct grid *g = self->of;
    struct exporting *x = mem_zalloc(1, sizeof *x);
    size_t n = self->path.n;
    if (x == NULL || n == 0 || n >= FS_PATH_MAX) {
        mem_free(x);
        snprintf(self->problem, sizeof self->problem, "Give the name of a file.");
        return;
    }
    if (fs_exists(self->path.text) && self->problem[0] == '\0') {
        mem_free(x);
        snprintf(self->problem, sizeof self->problem, "There is such a file. Enter again replaces it.");
        return;
    }
    strcpy(x->path, self->path.text);
    strcpy(x->where, g->where);
    strcpy(x->sort, g->sort);
    x->descending = g->descending;
    x->json = n > 5 && strcmp(x->path + n - 5, ".json") == 0;
    x->source = source_hold(g->source);
    x->console = console;
    x->columns = mem_alloc(g->n_columns, sizeof *x->columns);
    x->marks = mem_dup(g->marks != NULL ? (const void *)g->marks : "", g->n_marks * sizeof *g->marks);
    x->n_marks = x->marks != NULL ? g->n_marks : 0;
    for (size_t i = 0; x->columns != NULL && i < g->n_columns; i++)
        if (!g->columns[i].hidden)
            x->columns[x->n_columns++] = g->columns[i].index;
    struct question q = {.owner = console, .lane = READ_LATER, .data = x, .without_store = !g->source->of_store,
                         .read = write_rows, .deliver = exported, .free = exporting_free};
    console_pop(console); /* self is gone */
    console_notice(console, STYLE_DIM, "Writing ...");
    fetcher_ask(console_fetcher(console), &q, NULL);
}

static bool export_event(struct screen *s, const struct event *e)
{
    struct export_dialog *self = (struct export_dialog *)s;
    if (e->type == EVENT_KEY && e->key == K_ESCAPE)
        console_pop(s->console);
    else if (e->type == EVENT_KEY && e->key == K_ENTER)
        begin_export(self);
    else if (input_event(&self->path, e))
        self->problem[0] = '\0';
    return true;
}

const struct screen_kind screen_export = {
    .name = "export",
    .help = "Writes the rows of a table to a file.",
    .size = sizeof(struct export_dialog),
    .dialog = true,
    .rows = 7,
    .cols = 92,
    .open = export_open,
    .draw = export_draw,
    .event = export_event,
};
