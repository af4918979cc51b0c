/* One text about a product beside what is known of it, with the places marked that the checks found; what was said to whoever
 * wrote it; and deciding. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/commands.h"
#include "ui/ask.h"
#include "ui/description.h"
#include "ui/grid.h"
#include "ui/wrapped.h"

enum { MARKS_MAX = 256, SIDE_BY_SIDE = 72, STEP = 3, NUMBER = 24 };
enum view { TEXT, PROMPT, VIEWS };
static const char *const view_names[VIEWS] = {"text and facts", "prompt"};

struct description_screen {
    struct screen screen;
    struct verdict verdict; /* second, as struct verdict_screen has it */
    int64_t number, listed; /* the text; and the one that the table below was opened on */
    struct result result;
    bool known;
    struct error problem;
    enum view view;
    int top;
    bool more; /* below what is seen */
};

/* ---- what is known --------------------------------------------------------------------------------------- */

static const char *fact(const struct description_screen *self, const char *name)
{
    const char *text = result_fact_text_named(&self->result, name);
    return text != NULL ? text : "";
}

static const struct result *table(const struct description_screen *self, const char *name)
{
    for (size_t i = 0; i < self->result.n_tables; i++)
        if (strcmp(self->result.tables[i]->name, name) == 0)
            return self->result.tables[i];
    return NULL;
}

static void deliver(void *owner, int tag, struct result *result, int rc, const struct error *err)
{
    struct description_screen *self = owner;
    (void)tag;
    self->problem = rc != 0 ? *err : (struct error){0};
    if (rc != 0)
        return;
    result_release(&self->result);
    self->result = *result;
    result_init(result);
    self->known = true;
    snprintf(self->screen.title, sizeof self->screen.title, "%.60s, text %lld", fact(self, "item"), (long long)self->number);
}

static void read_it(struct description_screen *self)
{
    char number[NUMBER];
    const char *const values[] = {"text", number, NULL};
    struct ask ask = {.owner = self, .command = &command_describe_show, .values = values, .deliver = deliver};
    snprintf(number, sizeof number, "%lld", (long long)self->number);
    fetcher_forget(console_fetcher(self->screen.console), self);
    ask_command(self->screen.console, &ask, &self->problem);
}

static void show_text(struct screen *s, int64_t number)
{
    struct description_screen *self = (struct description_screen *)s;
    if (self->number != number) { /* nothing may be done to it by what is known of the former one */
        self->top = 0;
        self->known = false;
        result_release(&self->result);
        result_init(&self->result);
    }
    self->number = number;
    read_it(self);
}

static void close_it(struct screen *s)
{
    struct description_screen *self = (struct description_screen *)s;
    verdict_close(&self->verdict);
    fetcher_forget(console_fetcher(s->console), self);
    result_release(&self->result);
}

static void refresh(struct screen *s)
{
    read_it((struct description_screen *)s);
}

/* The text of a part as it is: the command puts [[ and ]] around what its findings name; and the marks, from the first on. */
static char *unmark(const struct result *findings, const char *part, const char *marked, struct wrapped_mark *marks, size_t *n)
{
    struct str plain;
    const char *p = marked;
    str_init(&plain, strlen(marked) + 1);
    *n = 0;
    for (size_t f = 0; findings != NULL && f < findings->n_rows && *n < MARKS_MAX; f++) {
        const char *of = result_text_named(findings, f, "part");
        size_t bytes = (size_t)result_cell_named(findings, f, "bytes")->integer;
        if (of == NULL || strcmp(of, part) != 0 || bytes == 0)
            continue;
        size_t from = (size_t)result_cell_named(findings, f, "from")->integer, i = (*n)++;
        for (; i > 0 && marks[i - 1].from > from; i--)
            marks[i] = marks[i - 1];
        marks[i] = (struct wrapped_mark){from, bytes, (unsigned)f + 1};
    }
    for (size_t at = 0;; at++) {
        for (size_t m = 0; m < *n; m++)
            p += (at == marks[m].from || at == marks[m].from + marks[m].n) && *p != '\0' ? 2 : 0;
        if (*p == '\0')
            break;
        str_putc(&plain, *p++);
    }
    char *text = str_take(&plain);
    str_release(&plain);
    return text;
}

/* ---- drawing --------------------------------------------------------------------------------------------- */

static enum style state_style(const char *state)
{
    return strcmp(state, "review") == 0 ? STYLE_WARN : strcmp(state, "rejected") == 0 ? STYLE_BAD
           : strcmp(state, "replaced") == 0 ? STYLE_DIM : STYLE_GOOD;
}

static const char *state_words(const char *state)
{
    return strcmp(state, "review") == 0 ? "waits for an editor" : strcmp(state, "approved") == 0 ? "approved, not in the shop yet"
           : strcmp(state, "published") == 0 ? "in the shop" : strcmp(state, "replaced") == 0 ? "was in the shop" : "rejected";
}

static int draw_head(struct description_screen *self, struct canvas *c, struct area a)
{
    const char *state = fact(self, "state"), *editor = fact(self, "editor"), *note = fact(self, "note");
    const struct cell *cost = result_fact_named(&self->result, "cost"), *at = result_fact_named(&self->result, "at");
    const struct cell *from = result_fact_named(&self->result, "written_from"), *version = result_fact_named(&self->result, "version");
    char date[32] = "";
    struct str text;
    int col = canvas_printf(c, a, 0, 0, state_style(state), "%s", state_words(state));
    canvas_printf(c, a, 0, col + 2, STYLE_TITLE, "%s", self->result.title != NULL ? self->result.title : "");
    if (at != NULL)
        clock_format_date(at->integer, date, sizeof date);
    str_init(&text, 2000);
    str_printf(&text, "%s@%lld, %s, %s, in %s; by %s/%s, %s", fact(self, "template"),
               version != NULL ? (long long)version->integer : 0, fact(self, "language"), fact(self, "channel"),
               fact(self, "collection"), fact(self, "provider"), fact(self, "model"), date);
    if (cost != NULL && cost->type == CELL_REAL)
        str_printf(&text, ", cost %.6g", cost->real);
    if (from != NULL)
        str_printf(&text, ", made from text %lld", (long long)from->integer);
    int row = canvas_wrap(c, a, 1, STYLE_DIM, str_text(&text));
    str_release(&text);
    if (editor[0] == '\0' && note[0] == '\0')
        return row;
    canvas_printf(c, a, row, 0, STYLE_LABEL, "%s%s%s", editor, editor[0] != '\0' && note[0] != '\0' ? ": " : "", note);
    return row + 1;
}

static int draw_parts(struct description_screen *self, struct canvas *c, struct area a, int row)
{
    const struct result *findings = table(self, "findings");
    for (size_t i = 0; i < self->result.n_rows; i++) {
        struct wrapped_mark marks[MARKS_MAX];
        size_t n;
        const char *part = result_text_named(&self->result, i, "part"), *marked = result_text_named(&self->result, i, "text");
        char *text = unmark(findings, part, marked != NULL ? marked : "", marks, &n);
        canvas_text(c, a, row++, 0, STYLE_HEADER, part);
        if (text != NULL)
            row = wrapped_draw(c, a, row, text, marks, n) + 1;
        mem_free(text);
    }
    return row;
}

/* What the checks say, with the numbers of the marks. */
static int draw_findings(struct description_screen *self, struct canvas *c, struct area a, int row)
{
    const struct result *findings = table(self, "findings");
    if (findings == NULL || findings->n_rows == 0) {
        canvas_text(c, a, row, 0, STYLE_GOOD, "The checks found nothing.");
        return row + 1;
    }
    canvas_text(c, a, row++, 0, STYLE_HEADER, "checks");
    for (size_t i = 0; i < findings->n_rows; i++) {
        char text[400];
        bool grave = result_cell_named(findings, i, "grave")->boolean;
        const char *part = result_text_named(findings, i, "part"), *check = result_text_named(findings, i, "check");
        const char *why = result_text_named(findings, i, "why");
        int col = canvas_printf(c, a, row, 0, grave ? STYLE_BAD : STYLE_WARN, "%zu %s", i + 1, check != NULL ? check : "") + 1;
        bool marked = result_cell_named(findings, i, "bytes")->integer > 0; /* then its number stands there */
        snprintf(text, sizeof text, "%s%s%s%s", why != NULL ? why : "", marked ? "" : ", of the ",
                 marked ? "" : part != NULL ? part : "text", grave ? "" : " (not grave)");
        row = canvas_wrap(c, area_part(a, 0, col, a.rows, a.cols - col), row, STYLE_NORMAL, text);
    }
    return row;
}

static int draw_facts(struct description_screen *self, struct canvas *c, struct area a, int row)
{
    const struct result *facts = table(self, "facts");
    canvas_text(c, a, row++, 0, STYLE_HEADER, "what is known");
    for (size_t i = 0; facts != NULL && i < facts->n_rows; i++) {
        const char *name = result_text_named(facts, i, "fact"), *value = result_text_named(facts, i, "value");
        int col = canvas_printf(c, a, row, 0, STYLE_LABEL, "%s", name != NULL ? name : "") + 1;
        if (col < a.cols / 2)
            row = canvas_wrap(c, area_part(a, 0, col, a.rows, a.cols - col), row, STYLE_NORMAL, value != NULL ? value : "");
        else
            row = canvas_wrap(c, area_part(a, 0, 2, a.rows, a.cols - 2), row + 1, STYLE_NORMAL, value != NULL ? value : "");
    }
    return row;
}

static int draw_side_by_side(struct description_screen *self, struct canvas *c, struct area a)
{
    int left = a.cols * 11 / 20;
    if (a.cols < SIDE_BY_SIDE) {
        int row = draw_findings(self, c, a, draw_parts(self, c, a, -self->top));
        return draw_facts(self, c, a, row + 1);
    }
    struct area text = area_part(a, 0, 0, a.rows, left - 1), facts = area_part(a, 0, left + 2, a.rows, a.cols - left - 2);
    for (int r = 0; r < a.rows; r++)
        canvas_text(c, a, r, left, STYLE_BORDER, c->ascii ? "|" : "\xE2\x94\x82");
    int row = draw_findings(self, c, text, draw_parts(self, c, text, -self->top)), other = draw_facts(self, c, facts, -self->top);
    return row > other ? row : other;
}

static int draw_prompt(struct description_screen *self, struct canvas *c, struct area a)
{
    const struct result *prompt = table(self, "prompt");
    int row = -self->top;
    for (size_t i = 0; prompt != NULL && i < prompt->n_rows; i++) {
        const char *role = result_text_named(prompt, i, "role"), *text = result_text_named(prompt, i, "text");
        canvas_text(c, a, row++, 0, STYLE_HEADER, role != NULL ? role : "");
        row = wrapped_draw(c, a, row, text != NULL ? text : "", NULL, 0) + 1;
    }
    return row;
}

static void draw_views(const struct description_screen *self, struct canvas *c, struct area a)
{
    int col = 0;
    for (int i = 0; i < VIEWS; i++)
        col = canvas_printf(c, a, 0, col, i == (int)self->view ? STYLE_TAB_HERE : STYLE_TAB, " %s ", view_names[i]) + 1;
    canvas_text(c, a, 0, col + 1, STYLE_DIM, self->more || self->top > 0 ? "arrows: further down" : "");
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct description_screen *self = (struct description_screen *)s;
    if (self->problem.code != 0) {
        int row = canvas_wrap(c, a, 1, STYLE_BAD, self->problem.why);
        canvas_wrap(c, a, row, STYLE_NORMAL, self->problem.hint);
        return;
    }
    if (!self->known) {
        canvas_text(c, a, 1, 0, STYLE_DIM, "Reading ...");
        return;
    }
    int row = draw_head(self, c, a) + 1;
    struct area body = area_part(a, row + 1, 0, a.rows - row - 1, a.cols);
    int end = self->view == TEXT ? draw_side_by_side(self, c, body) : draw_prompt(self, c, body);
    self->more = end > body.rows;
    draw_views(self, c, area_part(a, row, 0, 1, a.cols));
    verdict_draw(&self->verdict, c, a);
}

/* ---- keys ------------------------------------------------------------------------------------------------ */

static bool event(struct screen *s, const struct event *e)
{
    struct description_screen *self = (struct description_screen *)s;
    key_code key = e->type == EVENT_KEY ? e->key : 0;
    int page = s->drawn.rows > 8 ? s->drawn.rows - 6 : 2;
    int by = key == K_DOWN || key == 'j' ? 1 : key == K_UP || key == 'k' ? -1 : key == K_PAGE_DOWN || key == K_SPACE ? page
             : key == K_PAGE_UP ? -page : e->type == EVENT_WHEEL_DOWN ? STEP : e->type == EVENT_WHEEL_UP ? -STEP : 0;
    if (verdict_event(&self->verdict, e))
        return true;
    if (by == 0)
        return false;
    if (by < 0 || self->more)
        self->top = self->top + by > 0 ? self->top + by : 0;
    console_changed(s->console);
    return true;
}

static void act(struct screen *s, enum verdict_kind kind)
{
    struct description_screen *self = (struct description_screen *)s;
    verdict_begin(&self->verdict, kind, &self->number, 1, fact(self, "item"), fact(self, "collection"));
}

static bool can(struct screen *s, enum verdict_kind kind, const char **why)
{
    return verdict_fits(kind, fact((struct description_screen *)s, "state"), why);
}

static bool is_known(struct screen *s, const char **why)
{
    *why = "it is still being read";
    return ((struct description_screen *)s)->known;
}

static void act_edit(struct screen *s)
{
    struct description_screen *self = (struct description_screen *)s;
    struct description_editing editing = {.text = self->number, .verdict = &self->verdict};
    char *texts[DESCRIPTION_PARTS] = {0};
    for (size_t i = 0; i < self->result.n_rows && editing.n < DESCRIPTION_PARTS; i++) {
        struct wrapped_mark marks[MARKS_MAX];
        size_t n;
        const char *part = result_text_named(&self->result, i, "part"), *marked = result_text_named(&self->result, i, "text");
        struct description_part *p = &editing.parts[editing.n];
        texts[editing.n] = unmark(table(self, "findings"), part, marked != NULL ? marked : "", marks, &n);
        snprintf(p->name, sizeof p->name, "%s", part);
        p->text = texts[editing.n] != NULL ? texts[editing.n] : "";
        editing.n++;
    }
    console_push(s->console, &screen_description_edit, &editing, "edit");
    for (size_t i = 0; i < DESCRIPTION_PARTS; i++)
        mem_free(texts[i]);
}

static void act_view(struct screen *s)
{
    struct description_screen *self = (struct description_screen *)s;
    self->view = (self->view + 1) % VIEWS;
    self->top = 0;
}

static void act_history(struct screen *s)
{
    struct description_screen *self = (struct description_screen *)s;
    struct str where;
    struct cell item = {.type = CELL_TEXT, .text = fact(self, "item")}, set = {.type = CELL_TEXT, .text = fact(self, "collection")};
    str_init(&where, BROWSE_WHERE_MAX);
    if (grid_put_term(s->console, &where, "item", &item)) {
        str_putc(&where, ' ');
        if (grid_put_term(s->console, &where, "collection", &set))
            console_push(s->console, &screen_descriptions, str_text(&where), "versions");
    }
    str_release(&where);
}

/* The row above or below of the table that this was opened from. */
static void go(struct screen *s, key_code key)
{
    struct description_screen *self = (struct description_screen *)s;
    struct grid *grid = s->below != NULL ? s->below->grid : NULL;
    const struct cell *cell = grid != NULL ? grid_cell(grid, "text") : NULL;
    struct event move = {.type = EVENT_KEY, .key = key};
    if (cell != NULL && cell->integer == self->listed)
        grid_event(grid, &move);
    cell = grid != NULL ? grid_cell(grid, "text") : NULL;
    if (cell == NULL || cell->integer == self->listed) {
        console_notice(s->console, STYLE_DIM, key == K_DOWN ? "This is the last one." : "This is the first one.");
        return;
    }
    self->listed = cell->integer;
    show_text(s, self->listed);
}

static bool has_table(struct screen *s, const char **why)
{
    *why = "it was not opened from a table";
    return s->below != NULL && s->below->grid != NULL;
}

static void act_next(struct screen *s)
{
    go(s, K_DOWN);
}

static void act_before(struct screen *s)
{
    go(s, K_UP);
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct description_screen *self = (struct description_screen *)s;
    (void)err;
    self->number = self->listed = *(const int64_t *)argument;
    self->verdict.screen = s;
    self->verdict.act = act;
    self->verdict.can = can;
    self->verdict.moved = show_text;
    result_init(&self->result);
    read_it(self);
    return 0;
}

static const struct action actions[] = {
    {"approve", "a", "approve", "say that the text, or the marked ones, may go into the shop", verdict_can_approve, verdict_approve},
    {"reject", "x", "reject", "reject the text, or the marked ones, with a reason", verdict_can_reject, verdict_reject},
    {"edit-text", "E", "edit", "write it anew by hand; it is checked as all others are", is_known, act_edit},
    {"rewrite", "w", "rewrite", "have the text written again, with a word to whoever writes", is_known, verdict_rewrite},
    {"publish", "p", "publish", "put the text, or the marked ones, into the shop; b takes it back", verdict_can_publish, verdict_publish},
    {"roll-back", "b", "back", "bring back what was in the shop before of this product", is_known, verdict_roll_back},
    {"next-text", "n", "next", "the next text of the table", has_table, act_next},
    {"text-before", "N", NULL, "the text before this one in the table", has_table, act_before},
    {"versions", "v", "versions", "all texts of this product in this collection, and what became of each", is_known, act_history},
    {"next-view", "tab", "prompt", "the text beside the facts, or what was said to whoever wrote it", is_known, act_view},
    {0},
};

const struct screen_kind screen_description = {
    .name = "description",
    .help = "A text beside what is known of the product. [oak] with a number is what the checks found: below the text stands why. "
            "An edited or rewritten text is a new version; the old one stays, with its prompt, its cost and who decided.",
    .size = sizeof(struct description_screen),
    .tables = {actions},
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = event,
    .refresh = refresh,
};
