/* A grid on a canvas: filter line, header, rows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "command/render.h"
#include "store/browse_filter.h"
#include "ui/grid.h"
#include "ui/progress_bar.h"

enum { WIDTH_MOST = 40, WIDTH_LEAST = 3, GAP = 2, TEXT_MAX = 1 << 16, MEASURED_ROWS = 100, BAR_COLS = 20, CUT_LEAST = 8 };

static bool is_number(const struct result *r, size_t column)
{
    return r->columns[column].type == CELL_INT || r->columns[column].type == CELL_REAL;
}

/* Times without their T and Z where there is room for nothing else; all else as everywhere. */
static void put_cell(struct str *out, const struct result *r, size_t column, const struct cell *cell)
{
    str_init(out, TEXT_MAX);
    render_cell(out, &r->columns[column], cell);
    if (cell->type == CELL_TIME && out->len >= 20 && !out->failed) {
        out->data[10] = ' ';
        if (out->data[out->len - 1] == 'Z')
            out->data[--out->len] = '\0';
    }
}

static int text_cols(const struct str *s)
{
    return (int)text_width(str_text(s), s->len);
}

static int measure_page(const struct listing_page *page, size_t column)
{
    int width = WIDTH_LEAST;
    for (size_t row = 0; row < page->n && row < MEASURED_ROWS; row++) {
        struct str text;
        put_cell(&text, &page->rows, column, result_cell(&page->rows, row, column));
        int w = text_cols(&text);
        width = w > width ? w : width;
        str_release(&text);
    }
    return width < WIDTH_MOST ? width : WIDTH_MOST;
}

/* It never shrinks: columns would jump about while one scrolls. */
static void measure(struct grid *self, struct grid_column *c)
{
    int width = (int)text_width(c->name, strlen(c->name)) + 1; /* and the mark of sorting */
    for (size_t p = 0; p < self->n_pages; p++) {
        int w = measure_page(&self->pages[p], c->index);
        width = w > width ? w : width;
    }
    c->width = width > c->width ? width : c->width;
    c->measured = true;
}

/* Places of the columns on the line: frozen ones, then those from `left` on. */
struct layout {
    size_t columns[128];
    int at[128], width[128];
    size_t n;
    bool more; /* there are columns further right */
};

static void lay_out_some(struct grid *self, struct layout *l, int *col, int cols, bool frozen)
{
    for (size_t i = 0; i < self->n_columns && l->n < 128; i++) {
        struct grid_column *c = &self->columns[i];
        if (c->hidden || c->frozen != frozen || (!frozen && i < self->left))
            continue;
        if (!c->measured)
            measure(self, c);
        int room = cols - *col, width = c->width < room ? c->width : room;
        bool text = !is_number(grid_format(self), c->index);
        if (width < c->width && l->n > 0 && (!text || width < CUT_LEAST)) { /* half a number would be another one */
            l->more = true;
            *col = cols;
            return;
        }
        l->more = l->more || width < c->width;
        l->columns[l->n] = i;
        l->width[l->n] = width;
        l->at[l->n++] = *col;
        *col += width + GAP;
    }
}

static bool is_whole(const struct grid *self, const struct layout *l, size_t column)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->columns[i] == column)
            return l->width[i] == self->columns[column].width || i == 0 || self->columns[column].frozen;
    return false;
}

/* Scrolls sideways until the column under the cursor is seen whole. */
static void lay_out(struct grid *self, struct layout *l, int cols)
{
    if (self->column < self->left)
        self->left = self->column;
    for (;;) {
        int col = 0;
        l->n = 0;
        l->more = false;
        lay_out_some(self, l, &col, cols, true);
        lay_out_some(self, l, &col, cols, false);
        if (self->n_columns == 0 || self->left >= self->column || is_whole(self, l, self->column))
            return;
        self->left++;
    }
}

/* What is seen is seen whole, also where it is wider than what was measured.  True: some column grew. */
static bool widen_to_seen(struct grid *self, const struct layout *l, int lines)
{
    bool grew = false;
    for (int line = 0; line < lines && self->top + (size_t)line < self->n_rows; line++) {
        size_t within;
        const struct listing_page *p = grid_page_of(self, self->top + (size_t)line, &within);
        for (size_t i = 0; i < l->n; i++) {
            struct grid_column *g = &self->columns[l->columns[i]];
            struct str text;
            if (g->chosen || g->width >= WIDTH_MOST)
                continue;
            put_cell(&text, &p->rows, g->index, result_cell(&p->rows, within, g->index));
            int w = text_cols(&text);
            grew = grew || w > g->width;
            g->width = w <= g->width ? g->width : w < WIDTH_MOST ? w : WIDTH_MOST;
            str_release(&text);
        }
    }
    return grew;
}

static void draw_header(struct grid *self, struct canvas *c, struct area a, const struct layout *l)
{
    const struct result *r = grid_format(self);
    canvas_fill(c, area_part(a, 0, 0, 1, a.cols), STYLE_HEADER);
    for (size_t i = 0; i < l->n; i++) {
        const struct grid_column *g = &self->columns[l->columns[i]];
        char name[GRID_NAME_MAX + 8];
        bool sorted = strcmp(g->name, self->sort) == 0;
        const char *up = c->ascii ? "^" : "\xE2\x96\xB2", *down = c->ascii ? "v" : "\xE2\x96\xBC";
        snprintf(name, sizeof name, "%s%s", g->name, sorted ? (self->descending ? down : up) : "");
        canvas_field(c, a, 0, l->at[i], l->width[i], is_number(r, g->index) ? ALIGN_RIGHT : ALIGN_LEFT,
                     STYLE_HEADER, name);
        if (l->columns[i] == self->column)
            canvas_over(c, area_part(a, 0, l->at[i], 1, l->width[i]), STYLE_SELECTED);
    }
    if (l->more)
        canvas_text(c, a, 0, a.cols - 1, STYLE_KEY, c->ascii ? ">" : "\xE2\x80\xBA");
}

/* States that tables hold as words. */
static enum style style_of(const struct cell *cell)
{
    static const struct {
        const char *word;
        enum style style;
    } words[] = {{"production", STYLE_GOOD}, {"done", STYLE_GOOD}, {"running", STYLE_ACCENT}, {"failed", STYLE_BAD},
                 {"interrupted", STYLE_WARN}, {"cancelled", STYLE_WARN}, {"archived", STYLE_DIM}};
    for (size_t i = 0; cell->type == CELL_TEXT && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(cell->text, words[i].word) == 0)
            return words[i].style;
    return STYLE_NORMAL;
}

static void draw_bar(struct canvas *c, struct area a, int row, int col, const struct cell *cell, double most)
{
    double v = cell->type == CELL_INT ? (double)cell->integer : cell->type == CELL_REAL ? cell->real : 0;
    int cols = a.cols - col < 2 * BAR_COLS ? a.cols - col : 2 * BAR_COLS;
    int eighths = most > 0 ? (int)(v / most * (double)cols * 8 + 0.5) : 0;
    static const char *const parts[] = {"", "\xE2\x96\x8F", "\xE2\x96\x8E", "\xE2\x96\x8D", "\xE2\x96\x8C",
                                        "\xE2\x96\x8B", "\xE2\x96\x8A", "\xE2\x96\x89"};
    for (int i = 0; i < eighths / 8; i++)
        canvas_text(c, a, row, col + i, STYLE_SERIES_1, c->ascii ? "#" : "\xE2\x96\x88");
    if (!c->ascii && eighths % 8 != 0)
        canvas_text(c, a, row, col + eighths / 8, STYLE_SERIES_1, parts[eighths % 8]);
}

/* The largest number of the bar's column in the window. */
static double bar_most(const struct grid *self)
{
    double most = 0;
    for (size_t p = 0; self->bar_column > 0 && p < self->n_pages; p++)
        for (size_t row = 0; row < self->pages[p].n; row++) {
            const struct cell *cell = result_cell(&self->pages[p].rows, row, (size_t)self->bar_column - 1);
            double v = cell->type == CELL_INT ? (double)cell->integer : cell->type == CELL_REAL ? cell->real : 0;
            most = v > most ? v : most;
        }
    return most;
}

/* ---- hits ---------------------------------------------------------------------------------------------- */

/* What is looked for: the terms of the filter, or of what n goes to. */
struct hits {
    struct browse_filter filter;
    struct browse_column *columns;
    size_t n;
};

static const struct browse_column *hit_column(const void *context, size_t index)
{
    const struct hits *self = context;
    return index < self->n ? &self->columns[index] : NULL;
}

/* NULL: nothing is looked for, or it cannot be told. */
static struct hits *hits_new(const struct grid *self)
{
    const char *what = self->where[0] != '\0' ? self->where : self->find;
    const struct result *r = grid_format(self);
    struct hits *hits = what[0] != '\0' ? mem_zalloc(1, sizeof *hits) : NULL;
    if (hits == NULL || (hits->columns = mem_zalloc(r->n_columns, sizeof *hits->columns)) == NULL) {
        mem_free(hits);
        return NULL;
    }
    for (hits->n = 0; hits->n < r->n_columns; hits->n++)
        hits->columns[hits->n] = (struct browse_column){.name = r->columns[hits->n].name, .type = BROWSE_TEXT};
    if (browse_filter_parse(&hits->filter, what, hit_column, hits, NULL) != 0)
        hits->filter.n = 0;
    return hits;
}

static void hits_free(struct hits *self)
{
    if (self != NULL)
        mem_free(self->columns);
    mem_free(self);
}

/* Is it drawn as it stands? */
static bool is_plain(const char *text)
{
    struct str safe;
    str_init(&safe, TEXT_MAX);
    text_terminal_safe(&safe, text, strlen(text));
    bool plain = strcmp(str_text(&safe), text) == 0;
    str_release(&safe);
    return plain;
}

/* The first place of each word that a text of this column holds, in another style. */
static void draw_hits(const struct hits *hits, struct canvas *c, struct area field, size_t column, const char *text)
{
    int cols = (int)text_width(text, strlen(text)) > field.cols ? field.cols - 1 : field.cols; /* the ellipsis stays */
    for (size_t i = 0; i < hits->filter.n; i++) {
        const struct browse_term *t = &hits->filter.terms[i];
        const char *at = t->op == BROWSE_HOLDS && !t->not_it && (t->column == BROWSE_ANY_COLUMN || t->column == column)
                             ? browse_where(text, t->text) : NULL;
        if (at == NULL || !is_plain(text))
            continue;
        char part[64];
        snprintf(part, sizeof part, "%.*s", (int)strlen(t->text), at);
        canvas_text(c, area_part(field, 0, 0, 1, cols), 0, (int)text_width(text, (size_t)(at - text)), STYLE_MATCH, part);
    }
}

static void draw_row(struct grid *self, struct canvas *c, struct area a, int line, size_t row, const struct layout *l,
                     double most, const struct hits *hits)
{
    size_t within;
    const struct listing_page *p = grid_page_of(self, row, &within);
    int end = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct grid_column *g = &self->columns[l->columns[i]];
        const struct cell *cell = result_cell(&p->rows, within, g->index);
        struct str text;
        put_cell(&text, &p->rows, g->index, cell);
        canvas_field(c, a, line, l->at[i], l->width[i], is_number(&p->rows, g->index) ? ALIGN_RIGHT : ALIGN_LEFT,
                     style_of(cell), str_text(&text));
        if (hits != NULL && cell->type == CELL_TEXT)
            draw_hits(hits, c, area_part(a, line, l->at[i], 1, l->width[i]), g->index, cell->text);
        end = l->at[i] + l->width[i] + GAP;
        str_release(&text);
    }
    if (self->bar_column > 0 && end < a.cols)
        draw_bar(c, a, line, end, result_cell(&p->rows, within, (size_t)self->bar_column - 1), most);
    if (self->n_marks > 0 && grid_is_marked(self, grid_row_mark(self, row)))
        canvas_over(c, area_part(a, line, 0, 1, a.cols), STYLE_MARKED);
    if (row == self->cursor)
        canvas_over(c, area_part(a, line, 0, 1, a.cols), STYLE_SELECTED);
}

/* 12,345: from five digits on. */
static const char *grouped(int64_t n, char out[32])
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRId64, n), at = 0;
    for (size_t i = 0; i < length; i++) {
        if (length > 4 && i > 0 && (length - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static void put_count(const struct grid *self, char out[128])
{
    char at[40] = "", marks[32] = "", of_all[40] = "", number[32];
    if (self->first >= 0 && self->n_rows > 0)
        snprintf(at, sizeof at, "%s of ", grouped(self->first + (int64_t)self->cursor + 1, number));
    if (self->n_marks > 0)
        snprintf(marks, sizeof marks, ", %zu marked", self->n_marks);
    if (self->where[0] != '\0' && self->all >= 0)
        snprintf(of_all, sizeof of_all, " (of %s)", grouped(self->all, number));
    if (self->total >= 0)
        snprintf(out, 128, "%s%s%s%s%s", at, grouped(self->total, number), self->where[0] != '\0' ? " that fit" : " rows",
                 of_all, marks);
    else
        snprintf(out, 128, "%s%s%s", at, self->counting ? "counting" : "...", marks);
}

static void draw_filter(struct grid *self, struct canvas *c, struct area a)
{
    char count[128];
    put_count(self, count);
    int width = (int)strlen(count), room = a.cols - width - 2;
    canvas_text(c, a, 0, a.cols - width, STYLE_DIM, self->loaded || self->reading ? count : "");
    if (self->filtering) {
        int at = canvas_text(c, a, 0, 0, STYLE_KEY, self->finding ? "find" : "/") + 1;
        input_draw(&self->filter, c, a, 0, at, room - at > 40 ? 40 : room - at, true);
    } else if (self->where[0] != '\0') {
        canvas_text(c, a, 0, 0, STYLE_KEY, "/");
        canvas_field(c, a, 0, 2, room - 2 > 40 ? 40 : room - 2, ALIGN_LEFT, STYLE_ACCENT, self->where);
    } else if (self->find[0] != '\0' && self->loaded) {
        int at = canvas_text(c, a, 0, 0, STYLE_DIM, self->seeking ? "finding" : "find") + 1;
        canvas_field(c, a, 0, at, room - at > 40 ? 40 : room - at, ALIGN_LEFT, STYLE_DIM, self->find);
    } else {
        const char *state = self->reading && !self->loaded ? "reading" : "";
        canvas_text(c, a, 0, 0, STYLE_DIM, state);
    }
    if (self->problem.code != 0 && self->n_rows > 0 && room > 46)
        canvas_field(c, a, 0, 44, room - 45, ALIGN_LEFT, STYLE_WARN, self->problem.why);
}

static void draw_nothing(struct grid *self, struct canvas *c, struct area a)
{
    if (self->problem.code != 0) {
        int row = canvas_wrap(c, a, 1, STYLE_BAD, self->problem.why);
        canvas_wrap(c, a, row, STYLE_NORMAL, self->problem.hint);
    } else if (!self->loaded) {
        canvas_text(c, a, 1, 0, STYLE_DIM, "Reading ...");
    } else if (self->where[0] != '\0') {
        canvas_wrap(c, a, 1, STYLE_NORMAL, "No row fits the filter. Press / to change it; ctrl-u takes it away.");
    } else {
        canvas_wrap(c, a, 1, STYLE_NORMAL, self->empty);
    }
}

static void scroll(struct grid *self, int rows)
{
    self->seen = rows > 0 ? (size_t)rows : 1;
    if (self->cursor < self->top)
        self->top = self->cursor;
    if (self->cursor >= self->top + self->seen)
        self->top = self->cursor - self->seen + 1;
    if (self->top + self->seen > self->n_rows)
        self->top = self->n_rows > self->seen ? self->n_rows - self->seen : 0;
}

void grid_draw(struct grid *self, struct canvas *c, struct area a)
{
    struct layout l;
    draw_filter(self, c, area_part(a, 0, 0, 1, a.cols));
    struct area body = area_part(a, 2, 0, a.rows - 2, a.cols);
    if (self->n_rows == 0) {
        draw_nothing(self, c, area_part(a, 1, 0, a.rows - 1, a.cols));
        return;
    }
    scroll(self, body.rows);
    lay_out(self, &l, a.cols - 2);
    if (widen_to_seen(self, &l, body.rows))
        lay_out(self, &l, a.cols - 2);
    draw_header(self, c, area_part(a, 1, 0, 1, a.cols), &l);
    double most = bar_most(self);
    struct hits *hits = hits_new(self);
    for (int line = 0; line < body.rows && self->top + (size_t)line < self->n_rows; line++)
        draw_row(self, c, body, line, self->top + (size_t)line, &l, most, hits);
    hits_free(hits);
}
