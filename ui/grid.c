/* The window of rows, and what moves it. */
#include "ui/grid.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"

/* ---- questions ----------------------------------------------------------------------------------------- */

enum placing { PLACE_BEHIND, PLACE_BEFORE, PLACE_ANEW, PLACE_END };

struct asking {
    bool of_all; /* a count without the filter */
    struct source *source;
    char where[BROWSE_WHERE_MAX], sort[GRID_NAME_MAX];
    bool descending;
    enum placing placing;
    struct listing_page from; /* its first key: where the page begins */
    size_t limit;
    struct listing_page page;
    int64_t count, prepared;
};

static void asking_free(void *data)
{
    struct asking *a = data;
    listing_page_release(&a->from);
    listing_page_release(&a->page);
    source_drop(a->source);
    mem_free(a);
}

static int read_page(struct store *store, void *data, struct job *job, struct error *err)
{
    struct asking *a = data;
    struct browse_query query = {a->where, a->sort, a->descending, a->prepared};
    bool back = a->placing == PLACE_BEFORE || a->placing == PLACE_END;
    return a->source->ops->page(a->source, store, &query, a->from.n > 0 ? &a->from.keys[0] : NULL, back, a->limit,
                                &a->page, job, err);
}

static int read_count(struct store *store, void *data, struct job *job, struct error *err)
{
    struct asking *a = data;
    struct browse_query query = {.where = a->of_all ? "" : a->where};
    return a->source->ops->count(a->source, store, &query, &a->count, job, err);
}

static int read_order(struct store *store, void *data, struct job *job, struct error *err)
{
    struct asking *a = data;
    struct browse_query query = {a->where, a->sort, a->descending, a->prepared};
    return a->source->ops->prepare(a->source, store, &query, job, err);
}

static struct asking *new_asking(struct grid *self, enum placing placing)
{
    struct asking *a = mem_zalloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->source = source_hold(self->source);
    strcpy(a->where, self->where);
    strcpy(a->sort, self->sort);
    a->descending = self->descending;
    a->placing = placing;
    listing_page_init(&a->from);
    listing_page_init(&a->page);
    return a;
}

static void deliver_page(void *owner, void *data, int rc, const struct error *err);
static void deliver_count(void *owner, void *data, int rc, const struct error *err);

static void ask(struct grid *self, enum placing placing, const struct browse_key *from, size_t limit)
{
    if (self->source == NULL)
        return;
    struct asking *a = new_asking(self, placing);
    if (a == NULL || (from != NULL && listing_page_add_key(&a->from, from, NULL) != 0)) {
        if (a != NULL)
            asking_free(a);
        return;
    }
    a->limit = limit;
    /* While that lane is busy with the order of another grid, the table is read once more. */
    bool there = self->prepared > 0 && fetcher_idle(console_fetcher(self->console), READ_ORDER);
    a->prepared = there ? self->prepared : 0;
    struct question q = {.owner = self, .lane = there ? READ_ORDER : READ_NOW, .data = a,
                         .without_store = !self->source->of_store,
                         .read = read_page, .deliver = deliver_page, .free = asking_free};
    self->reading = fetcher_ask(console_fetcher(self->console), &q, &self->problem) == 0;
    self->anew = self->reading && (placing == PLACE_ANEW || placing == PLACE_END);
}

static void ask_count(struct grid *self, bool of_all)
{
    struct asking *a = new_asking(self, PLACE_ANEW);
    if (a == NULL)
        return;
    a->of_all = of_all;
    struct question q = {.owner = self, .lane = READ_LATER, .data = a, .without_store = !self->source->of_store,
                         .read = read_count, .deliver = deliver_count, .free = asking_free};
    bool asked = fetcher_ask(console_fetcher(self->console), &q, NULL) == 0;
    self->counting = of_all ? self->counting : asked;
}

static void deliver_order(void *owner, void *data, int rc, const struct error *err)
{
    struct grid *self = owner;
    (void)err;
    self->preparing = false;
    self->prepared = rc == 0 ? ((struct asking *)data)->prepared : -1;
    console_changed(self->console);
}

/* The first page of a sorted table is on screen: now the rest is made ready. */
static void ask_order(struct grid *self)
{
    if (self->sort[0] == '\0' || self->source->ops->prepare == NULL || self->preparing || self->prepared != 0 ||
        (self->at_start && self->at_end))
        return;
    struct asking *a = new_asking(self, PLACE_ANEW);
    if (a == NULL)
        return;
    a->prepared = console_number(self->console);
    struct question q = {.owner = self, .lane = READ_ORDER, .data = a, .read = read_order, .deliver = deliver_order,
                         .free = asking_free};
    self->preparing = fetcher_ask(console_fetcher(self->console), &q, NULL) == 0;
}

/* ---- the window ---------------------------------------------------------------------------------------- */

static void clear_window(struct grid *self)
{
    for (size_t i = 0; i < self->n_pages; i++)
        listing_page_release(&self->pages[i]);
    self->n_pages = self->n_rows = 0;
}

const struct listing_page *grid_page_of(const struct grid *self, size_t row, size_t *within)
{
    for (size_t i = 0; i < self->n_pages; i++) {
        if (row < self->pages[i].n) {
            *within = row;
            return &self->pages[i];
        }
        row -= self->pages[i].n;
    }
    *within = 0;
    return NULL;
}

static void drop_first(struct grid *self)
{
    size_t n = self->pages[0].n;
    listing_page_release(&self->pages[0]);
    memmove(self->pages, self->pages + 1, (--self->n_pages) * sizeof self->pages[0]);
    self->n_rows -= n;
    self->cursor = self->cursor > n ? self->cursor - n : 0;
    self->top = self->top > n ? self->top - n : 0;
    self->first = self->first >= 0 ? self->first + (int64_t)n : -1;
    self->at_start = false;
}

static void drop_last(struct grid *self)
{
    struct listing_page *last = &self->pages[--self->n_pages];
    self->n_rows -= last->n;
    listing_page_release(last);
    self->at_end = false;
}

static void add_behind(struct grid *self, struct listing_page *page, size_t limit)
{
    self->at_end = page->n < limit;
    if (page->n == 0)
        return;
    if (self->n_pages == GRID_PAGES_MAX)
        drop_first(self);
    self->pages[self->n_pages++] = *page;
    self->n_rows += page->n;
    listing_page_init(page);
}

static void add_before(struct grid *self, struct listing_page *page, size_t limit)
{
    size_t n = page->n;
    self->at_start = n < limit;
    if (n == 0)
        return;
    if (self->n_pages == GRID_PAGES_MAX)
        drop_last(self);
    memmove(self->pages + 1, self->pages, self->n_pages * sizeof self->pages[0]);
    self->pages[0] = *page;
    self->n_pages++;
    self->n_rows += n;
    self->cursor += n;
    self->top += n;
    self->first = self->at_start ? 0 : self->first >= 0 ? self->first - (int64_t)n : -1;
    listing_page_init(page);
}

static size_t take_columns(struct grid *self, const struct result *rows)
{
    for (size_t i = 0; i < rows->n_columns; i++) {
        if (mem_grow((void **)&self->columns, &self->cap_columns, self->n_columns + 1, sizeof *self->columns) != 0)
            break;
        struct grid_column *c = &self->columns[self->n_columns++];
        *c = (struct grid_column){.index = i, .frozen = i == 0, .hidden = !self->source->ops->shown(self->source, i)};
        snprintf(c->name, sizeof c->name, "%s", rows->columns[i].name);
    }
    return self->n_columns;
}

static void ask_further(struct grid *self);

static void forget_early(struct grid *self)
{
    self->n_early = 0;
    self->early_text = false;
}

/* What they do may open or leave a screen: nothing of the grid is touched after the first. */
static void press_early(struct grid *self)
{
    key_code keys[GRID_EARLY_MAX];
    struct console *console = self->console;
    const struct screen *screen = self->screen;
    size_t n = self->n_early;
    memcpy(keys, self->early, n * sizeof keys[0]);
    forget_early(self);
    for (size_t i = 0; i < n && (console_top(console) == screen || console_top(console)->kind->dialog); i++)
        console_key(console, keys[i]);
}

static void hold_row(struct grid *self)
{
    self->holding = self->n_rows > 0 && self->cursor < self->n_rows;
    self->held = self->holding ? grid_row_mark(self, self->cursor) : 0;
}

/* Rows may have come in before the one where the cursor was, or gone: it stays on it, at the same line. */
static void find_held(struct grid *self)
{
    size_t line = self->cursor - self->top;
    for (size_t i = 0; self->holding && i < self->n_rows; i++)
        if (grid_row_mark(self, i) == self->held) {
            self->cursor = i;
            self->top = i > line ? i - line : 0;
            self->holding = false;
        }
    self->holding = false;
}

/* Of how many those are that fit. */
static void count_all(struct grid *self)
{
    if (self->where[0] == '\0')
        self->all = self->total >= 0 ? self->total : self->all;
    else if (self->all < 0 && self->total >= 0)
        ask_count(self, true);
}

/* Nothing holds the words that are being typed: perhaps their letters are there in this order ("blstmug"). */
static bool try_fuzzy(struct grid *self)
{
    char where[BROWSE_WHERE_MAX];
    size_t n = 0;
    const char *typed = self->filter.text;
    if (self->fuzzy && self->n_rows == 0)
        snprintf(self->where, sizeof self->where, "%.*s", BROWSE_WHERE_MAX - 1, typed); /* neither is there: as typed */
    if (self->fuzzy || !self->filtering || self->finding || self->n_rows > 0 || strcmp(self->where, typed) != 0 ||
        strlen(typed) * 2 + 1 >= sizeof where || typed[strcspn(typed, "=<>~!\"'")] != '\0')
        return false;
    for (const char *p = typed; *p != '\0'; p++) {
        if (*p != ' ' && (p == typed || p[-1] == ' '))
            where[n++] = '~';
        where[n++] = *p;
    }
    where[n] = '\0';
    if (strchr(where, '~') == NULL)
        return false;
    grid_set_where(self, where);
    self->fuzzy = true;
    return true;
}

static void deliver_page(void *owner, void *data, int rc, const struct error *err)
{
    struct grid *self = owner;
    struct asking *a = data;
    self->reading = self->anew = self->outdated = false;
    console_changed(self->console);
    self->problem = rc != 0 ? *err : (struct error){0};
    if (rc != 0) {
        forget_early(self);
        return;
    }
    bool anew = a->placing == PLACE_ANEW || a->placing == PLACE_END;
    self->to_end = false;
    if (anew) {
        clear_window(self);
        self->at_start = self->at_end = false;
        self->loaded = true;
    }
    if (self->n_columns == 0)
        take_columns(self, &a->page.rows);
    for (size_t i = 0; i < self->n_columns; i++)
        self->columns[i].measured = self->columns[i].chosen;
    if (a->placing == PLACE_BEFORE) {
        add_before(self, &a->page, a->limit);
    } else {
        add_behind(self, &a->page, a->limit);
        if (a->placing == PLACE_END) {
            self->at_start = self->at_end;
            self->at_end = true;
            self->cursor = self->n_rows > 0 ? self->n_rows - 1 : 0;
            self->first = self->at_start ? 0 : self->total >= 0 ? self->total - (int64_t)self->n_rows : -1;
        } else if (anew) {
            self->at_start = a->from.n == 0;
            self->first = self->at_start ? 0 : self->first >= 0 ? self->first + 1 : -1;
            if (!self->at_start) { /* without the row that it began behind */
                self->cursor -= self->cursor > 0;
                self->top -= self->top > 0;
            }
        }
    }
    if (anew)
        find_held(self);
    if (self->cursor >= self->n_rows)
        self->cursor = self->n_rows > 0 ? self->n_rows - 1 : 0;
    if (try_fuzzy(self))
        return;
    if (self->at_start && self->at_end) {
        self->total = (int64_t)self->n_rows;
        self->counting = false;
        count_all(self);
    } else if (self->total < 0 && !self->counting) {
        ask_count(self, false);
    }
    ask_order(self);
    ask_further(self);
    if (self->seek_more != 0 && !self->seeking) { /* n was pressed while the rows were on their way */
        int by = self->seek_more > 0 ? 1 : -1, rest = self->seek_more - by;
        self->seek_more = 0;
        grid_find(self, by);
        self->seek_more = rest;
    }
    press_early(self);
}

static void deliver_count(void *owner, void *data, int rc, const struct error *err)
{
    struct grid *self = owner;
    (void)err;
    const struct asking *a = data;
    console_changed(self->console);
    if (rc == 0 && (a->of_all || a->where[0] == '\0'))
        self->all = a->count;
    if (a->of_all)
        return;
    self->counting = false;
    if (rc == 0)
        self->total = a->count;
    if (rc == 0 && self->first < 0 && self->at_end)
        self->first = self->total - (int64_t)self->n_rows;
    count_all(self);
}

/* Before the cursor gets there. */
static void ask_further(struct grid *self)
{
    size_t near_enough = self->seen * 2 + 20, within = 0;
    if (self->reading || self->n_rows == 0)
        return;
    if (!self->at_end && self->cursor + near_enough >= self->n_rows) {
        const struct listing_page *p = grid_page_of(self, self->n_rows - 1, &within);
        ask(self, PLACE_BEHIND, &p->keys[within], GRID_PAGE_ROWS);
    } else if (!self->at_start && self->cursor < near_enough) {
        ask(self, PLACE_BEFORE, &self->pages[0].keys[0], GRID_PAGE_ROWS);
    }
}

void grid_forget_questions(struct grid *self)
{
    fetcher_forget(console_fetcher(self->console), self);
    self->reading = self->counting = self->preparing = self->seeking = false;
    self->seek_more = 0;
}

void grid_go_to_page(struct grid *self, struct listing_page *page, size_t limit)
{
    uint64_t mark = grid_key_mark(&page->keys[0]);
    for (size_t i = 0; i < self->n_rows; i++)
        if (grid_row_mark(self, i) == mark) {
            self->cursor = i;
            ask_further(self);
            return;
        }
    clear_window(self);
    self->at_start = self->at_end = false;
    self->first = -1;
    self->cursor = self->top = 0;
    add_behind(self, page, limit);
    ask_further(self);
}

/* From the first row. */
void grid_restart(struct grid *self)
{
    grid_forget_questions(self);
    self->total = -1;
    self->prepared = 0;
    self->to_end = self->holding = self->fuzzy = false;
    self->cursor = self->top = 0;
    self->problem = (struct error){0};
    ask(self, PLACE_ANEW, NULL, GRID_PAGE_ROWS);
    self->outdated = self->reading && self->n_rows > 0;
    console_changed(self->console);
}

void grid_reload(struct grid *self)
{
    size_t within;
    const struct listing_page *p = self->n_rows > 0 && !self->at_start ? grid_page_of(self, 0, &within) : NULL;
    grid_forget_questions(self);
    self->total = -1;
    self->prepared = 0;
    if (self->to_end) {
        ask(self, PLACE_END, NULL, GRID_PAGE_ROWS);
        return;
    }
    hold_row(self);
    /* From where the window begins: its first row is left out, which nobody sees. */
    ask(self, PLACE_ANEW, p != NULL ? &p->keys[0] : NULL,
        self->n_rows > GRID_PAGE_ROWS ? self->n_rows : GRID_PAGE_ROWS);
    console_changed(self->console);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

void grid_init(struct grid *self, struct screen *screen, struct source *source)
{
    self->screen = screen;
    self->console = screen->console;
    self->total = self->first = self->all = -1;
    self->empty = "There is nothing here.";
    screen->grid = self;
    grid_set_source(self, source);
}

void grid_set_source(struct grid *self, struct source *source)
{
    grid_forget_questions(self);
    source_drop(self->source);
    self->source = source;
    self->coming = false;
    self->n_columns = 0;
    self->column = self->left = 0;
    self->loaded = false;
    clear_window(self);
    if (source != NULL)
        grid_restart(self);
}

void grid_replace_source(struct grid *self, struct source *source)
{
    if (self->source == NULL) {
        grid_set_source(self, source);
        return;
    }
    grid_forget_questions(self);
    source_drop(self->source);
    self->source = source;
    self->total = -1;
    self->prepared = 0;
    self->to_end = false;
    hold_row(self);
    ask(self, PLACE_ANEW, NULL, self->cursor + GRID_PAGE_ROWS);
}

void grid_release(struct grid *self)
{
    if (self->console == NULL)
        return;
    grid_forget_questions(self);
    clear_window(self);
    source_drop(self->source);
    mem_free(self->columns);
    mem_free(self->marks);
    *self = (struct grid){0};
}

void grid_set_where(struct grid *self, const char *where)
{
    if (where != self->where)
        snprintf(self->where, sizeof self->where, "%.*s", BROWSE_WHERE_MAX - 1, where);
    grid_restart(self);
}

/* ---- what is under the cursor -------------------------------------------------------------------------- */

const struct result *grid_format(const struct grid *self)
{
    return self->n_pages > 0 ? &self->pages[0].rows : NULL;
}

const struct cell *grid_row(const struct grid *self)
{
    size_t within;
    const struct listing_page *p = self->n_rows > 0 && !self->outdated ? grid_page_of(self, self->cursor, &within) : NULL;
    return p != NULL ? result_cell(&p->rows, within, 0) : NULL;
}

const struct cell *grid_cell(const struct grid *self, const char *column)
{
    const struct cell *row = grid_row(self);
    for (size_t i = 0; row != NULL && i < self->n_columns; i++)
        if (strcmp(self->columns[i].name, column) == 0)
            return &row[self->columns[i].index];
    return NULL;
}

const struct grid_column *grid_here(const struct grid *self)
{
    return self->column < self->n_columns ? &self->columns[self->column] : NULL;
}

uint64_t grid_row_mark(const struct grid *self, size_t row)
{
    size_t within;
    const struct listing_page *p = grid_page_of(self, row, &within);
    return p != NULL ? grid_key_mark(&p->keys[within]) : 0;
}

uint64_t grid_key_mark(const struct browse_key *key)
{
    uint64_t mark = 0;
    for (size_t i = key->of_sort; i < key->n; i++) {
        const struct browse_value *v = &key->values[i];
        uint64_t one = v->type == BROWSE_TEXT ? rng_key(v->text, strlen(v->text))
                                              : rng_key(&v->integer, sizeof v->integer);
        mark = mark * UINT64_C(1099511628211) ^ one;
    }
    return mark;
}

bool grid_is_marked(const struct grid *self, uint64_t mark)
{
    for (size_t i = 0; i < self->n_marks; i++)
        if (self->marks[i] == mark)
            return true;
    return false;
}

/* ---- events -------------------------------------------------------------------------------------------- */

static void move_rows(struct grid *self, long by)
{
    size_t step = (size_t)(by < 0 ? -by : by);
    if (by < 0)
        self->cursor = self->cursor > step ? self->cursor - step : 0;
    else if (self->n_rows > 0)
        self->cursor = self->n_rows - 1 - self->cursor > step ? self->cursor + step : self->n_rows - 1;
    ask_further(self);
}

static void go_to_end(struct grid *self)
{
    if (self->at_end) {
        move_rows(self, (long)self->n_rows);
        return;
    }
    bool counted = self->counting;
    grid_forget_questions(self);
    self->to_end = true;
    ask(self, PLACE_END, NULL, GRID_PAGE_ROWS);
    if (counted)
        ask_count(self, false);
}

static void go_to_start(struct grid *self)
{
    if (self->at_start)
        self->cursor = 0;
    else {
        bool counted = self->counting;
        grid_forget_questions(self);
        self->cursor = self->top = 0;
        ask(self, PLACE_ANEW, NULL, GRID_PAGE_ROWS);
        if (counted)
            ask_count(self, false);
    }
}

/* To the next column that is not hidden. */
static void move_column(struct grid *self, int by)
{
    size_t at = self->column;
    while (by < 0 ? at > 0 : at + 1 < self->n_columns) {
        at += by < 0 ? (size_t)-1 : 1;
        if (!self->columns[at].hidden) {
            self->column = at;
            return;
        }
    }
}

static bool move_key(struct grid *self, key_code key)
{
    long page = self->seen > 1 ? (long)self->seen - 1 : 1;
    switch (key) {
    case K_UP:
    case 'k': move_rows(self, -1); return true;
    case K_DOWN:
    case 'j': move_rows(self, 1); return true;
    case K_PAGE_UP:
    case K_CTRL('b'): move_rows(self, -page); return true;
    case K_PAGE_DOWN:
    case K_CTRL('f'): move_rows(self, page); return true;
    case K_HOME: go_to_start(self); return true;
    case K_END:
    case 'G': go_to_end(self); return true;
    case K_LEFT:
    case 'h': move_column(self, -1); return true;
    case K_RIGHT:
    case 'l': move_column(self, 1); return true;
    default: return false;
    }
}

static void end_filter(struct grid *self, bool keep)
{
    self->filtering = false;
    const char *typed = self->finding ? self->filter.text : self->where;
    if (keep && typed[0] != '\0')
        snprintf(self->find, sizeof self->find, "%.*s", BROWSE_WHERE_MAX - 1, typed);
    if (!self->finding && !keep && strcmp(self->where, self->filter_before) != 0)
        grid_set_where(self, self->filter_before);
    self->finding = false;
}

/* tab: what is typed hides rows, or only leads to them. */
static void toggle_finding(struct grid *self)
{
    self->finding = !self->finding;
    const char *where = self->finding ? self->filter_before : self->filter.text;
    if (strcmp(where, self->where) != 0)
        grid_set_where(self, where);
    if (self->finding && self->filter.n > 0 && self->filter.n < BROWSE_WHERE_MAX) {
        strcpy(self->find, self->filter.text);
        grid_find(self, 0);
    }
}

static void typed(struct grid *self)
{
    if (self->filter.n >= BROWSE_WHERE_MAX) {
        console_notice(self->console, STYLE_WARN, "A filter has at most %d bytes; this one is not in force.",
                       BROWSE_WHERE_MAX - 1);
        return;
    }
    if (!self->finding && strcmp(self->filter.text, self->where) != 0) {
        grid_set_where(self, self->filter.text);
    } else if (self->finding && self->filter.n > 0 && strcmp(self->filter.text, self->find) != 0) {
        strcpy(self->find, self->filter.text);
        grid_find(self, 0);
    }
}

static bool type_filter(struct grid *self, const struct event *event)
{
    if (event->type == EVENT_KEY && event->key == K_ESCAPE)
        end_filter(self, false);
    else if (event->type == EVENT_KEY && event->key == K_ENTER)
        end_filter(self, true);
    else if (event->type == EVENT_KEY && event->key == K_TAB)
        toggle_finding(self);
    else if (event->type == EVENT_KEY && (event->key == K_UP || event->key == K_DOWN)) {
        end_filter(self, true);
        move_key(self, event->key);
    } else if (input_event(&self->filter, event))
        typed(self);
    return true;
}

bool grid_event(struct grid *self, const struct event *event)
{
    if (self->filtering && (event->type == EVENT_KEY || event->type == EVENT_PASTE))
        return type_filter(self, event);
    if (event->type == EVENT_KEY && event->key == K_ESCAPE && self->n_early > 0) {
        forget_early(self);
        return true;
    }
    if (event->type == EVENT_KEY && grid_follows_early(self, event->key) && grid_hold(self, event->key))
        return true;
    if (event->type == EVENT_KEY) {
        bool moved = move_key(self, event->key);
        if (moved)
            grid_hold(self, event->key);
        return moved;
    }
    if (event->type == EVENT_WHEEL_UP || event->type == EVENT_WHEEL_DOWN)
        move_rows(self, event->type == EVENT_WHEEL_UP ? -3 : 3);
    else if ((event->type == EVENT_CLICK || event->type == EVENT_DOUBLE_CLICK) && event->row >= 2 &&
             self->top + (size_t)(event->row - 2) < self->n_rows) {
        self->cursor = self->top + (size_t)(event->row - 2);
        ask_further(self);
        if (event->type == EVENT_DOUBLE_CLICK)
            console_key(self->console, K_ENTER);
    }
    return event->type != EVENT_PASTE;
}

bool grid_screen_event(struct screen *screen, const struct event *event)
{
    return grid_event(screen->grid, event);
}
