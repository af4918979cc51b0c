/* Texts about products: what waits for an editor, what is in the shop, what they cost. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "command/commands.h"
#include "ui/ask.h"
#include "ui/grid.h"
#include "ui/verdict.h"

enum { BUDGETS_SHOWN = 2, HEAD_ROWS = 4 };
#define QUEUE "state=review"

enum tag { COUNTS, BUDGETS };

struct descriptions_screen {
    struct screen screen;
    struct verdict verdict; /* second, as struct verdict_screen has it */
    struct grid grid;
    struct result counts, budgets;
    bool of_one; /* versions of one product: without the head */
};

/* ---- head ------------------------------------------------------------------------------------------------ */

static void deliver(void *owner, int tag, struct result *result, int rc, const struct error *err)
{
    struct descriptions_screen *self = owner;
    struct result *into = tag == COUNTS ? &self->counts : &self->budgets;
    (void)err;
    if (rc != 0)
        return;
    result_release(into);
    *into = *result;
    result_init(result);
}

static void read_head(struct descriptions_screen *self)
{
    static const char *const one[] = {"limit", "1", NULL}, *const none[] = {NULL};
    struct error err = {0};
    struct ask counts = {.owner = self, .command = &command_describe_list, .values = one, .tag = COUNTS,
                         .lane = READ_LATER, .deliver = deliver};
    struct ask budgets = {.owner = self, .command = &command_ledger_list, .values = none, .tag = BUDGETS,
                          .lane = READ_LATER, .deliver = deliver};
    if (self->of_one)
        return;
    fetcher_forget(console_fetcher(self->screen.console), self);
    ask_command(self->screen.console, &counts, &err);
    ask_command(self->screen.console, &budgets, &err);
}

/* "12,345 of 15,000": spent of the hard limit, or else of the soft one; "" : there is none of that kind. */
static void put_share(struct str *out, const struct result *r, size_t row, const char *spent, const char *hard, const char *soft,
                      const char *unit)
{
    const struct cell *s = result_cell_named(r, row, spent), *limit = result_cell_named(r, row, hard);
    if (limit == NULL || limit->type == CELL_NULL)
        limit = result_cell_named(r, row, soft);
    if (s == NULL || limit == NULL || limit->type == CELL_NULL || s->type == CELL_NULL)
        return;
    double is = s->type == CELL_INT ? (double)s->integer : s->real, of = limit->type == CELL_INT ? (double)limit->integer
                                                                                                 : limit->real;
    str_printf(out, "%s%.*f of %.*f%s", out->len > 0 ? ", " : "", s->type == CELL_INT ? 0 : 2, is, s->type == CELL_INT ? 0 : 2, of,
               unit);
    if (of > 0)
        str_printf(out, " (%.0f %%)", 100 * is / of);
}

static int draw_budgets(const struct result *r, struct canvas *c, struct area a, int row)
{
    if (r->n_columns > 0 && r->n_rows == 0)
        canvas_text(c, a, row++, 0, STYLE_DIM, "Money   nothing limits what texts cost; B sets a budget");
    for (size_t i = 0; i < r->n_rows && i < BUDGETS_SHOWN; i++) {
        struct str text;
        const char *state = result_text_named(r, i, "state"), *name = result_text_named(r, i, "budget");
        const char *of = result_text_named(r, i, "of"), *period = result_text_named(r, i, "period");
        bool good = state == NULL || strcmp(state, "ok") == 0;
        str_init(&text, 400);
        put_share(&text, r, i, "tokens", "hard_tokens", "soft_tokens", " tokens");
        put_share(&text, r, i, "cost", "hard_cost", "soft_cost", " spent");
        canvas_text(c, a, row, 0, STYLE_NORMAL, "Budget");
        int col = canvas_printf(c, a, row, 8, good ? STYLE_GOOD : STYLE_WARN, "%s", state != NULL ? state : "");
        canvas_printf(c, a, row++, col + 2, STYLE_NORMAL, "%s (%s, %s): %s", name, of, period, str_text(&text));
        str_release(&text);
    }
    if (r->n_rows > BUDGETS_SHOWN)
        canvas_printf(c, a, row++, 8, STYLE_DIM, "and %zu more: reckon describe budget list", r->n_rows - BUDGETS_SHOWN);
    return row;
}

/* What waits in each collection, as the command tells it. */
static int draw_head(struct descriptions_screen *self, struct canvas *c, struct area a)
{
    int row = 0;
    for (size_t i = 0; i < self->counts.n_notes && i < BUDGETS_SHOWN; i++)
        if (strstr(self->counts.notes[i], " to review, ") != NULL)
            canvas_printf(c, a, row++, 0, STYLE_NORMAL, "Texts   %s", self->counts.notes[i]);
    row = draw_budgets(&self->budgets, c, a, row);
    return row > 0 ? row + 1 : 0;
}

/* Nothing waits: that is no filter without rows, but what an editor works for. */
static bool is_done(const struct grid *g)
{
    return g->loaded && g->n_rows == 0 && !g->reading && !g->filtering && strcmp(g->where, QUEUE) == 0;
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct descriptions_screen *self = (struct descriptions_screen *)s;
    int row = self->of_one || a.rows < 2 * HEAD_ROWS ? 0 : draw_head(self, c, a);
    if (is_done(&self->grid))
        canvas_wrap(c, area_part(a, row, 0, a.rows - row, a.cols), 0, STYLE_GOOD, self->grid.empty);
    else
        grid_draw(&self->grid, c, area_part(a, row, 0, a.rows - row, a.cols));
    verdict_draw(&self->verdict, c, a);
}

/* ---- keys ------------------------------------------------------------------------------------------------ */

static const char *text_here(struct screen *s, const char *column)
{
    const struct cell *cell = grid_cell(s->grid, column);
    return cell != NULL && cell->type == CELL_TEXT ? cell->text : "";
}

static int64_t number_here(struct screen *s)
{
    const struct cell *cell = grid_cell(s->grid, "text");
    return cell != NULL && cell->type == CELL_INT ? cell->integer : 0;
}

static void act_open(struct screen *s)
{
    int64_t number = number_here(s);
    if (number > 0)
        console_push(s->console, &screen_description, &number, text_here(s, "item"));
}

/* The marked texts that are near, or the one under the cursor. */
static size_t chosen(struct screen *s, int64_t *texts)
{
    struct grid *g = s->grid;
    size_t n = 0;
    for (size_t i = 0; g->n_marks > 0 && i < g->n_rows && n < VERDICT_TEXTS_MAX; i++) {
        size_t within;
        const struct listing_page *page = grid_page_of(g, i, &within);
        const struct cell *cell = page != NULL && grid_is_marked(g, grid_row_mark(g, i))
                                      ? result_cell_named(&page->rows, within, "text") : NULL;
        if (cell != NULL)
            texts[n++] = cell->integer;
    }
    if (g->n_marks > 0 && n < g->n_marks) {
        console_notice(s->console, STYLE_WARN, "Some of the marked texts are too far away; filter so that they come together.");
        return 0;
    }
    if (g->n_marks == 0 && number_here(s) > 0)
        texts[n++] = number_here(s);
    return n;
}

static void act(struct screen *s, enum verdict_kind kind)
{
    struct descriptions_screen *self = (struct descriptions_screen *)s;
    int64_t texts[VERDICT_TEXTS_MAX];
    size_t n = kind == VERDICT_ROLL_BACK || kind == VERDICT_REWRITE ? 1 : chosen(s, texts);
    if (kind == VERDICT_ROLL_BACK || kind == VERDICT_REWRITE)
        texts[0] = number_here(s);
    if (n > 0)
        verdict_begin(&self->verdict, kind, texts, n, text_here(s, "item"), text_here(s, "collection"));
}

static bool can(struct screen *s, enum verdict_kind kind, const char **why)
{
    return s->grid->n_marks > 0 || verdict_fits(kind, text_here(s, "state"), why);
}

static bool has_one(struct screen *s, const char **why)
{
    *why = "there is no text here";
    return number_here(s) > 0;
}

/* What waits, or everything. */
static void act_queue(struct screen *s)
{
    grid_set_where(s->grid, strcmp(s->grid->where, QUEUE) == 0 ? "" : QUEUE);
}

static void act_run(struct screen *s)
{
    static const char *const values[] = {NULL};
    console_form(s->console, &command_describe_run, values);
}

static void act_budget(struct screen *s)
{
    static const char *const values[] = {"budget", "all", NULL};
    console_form(s->console, &command_ledger_set, values);
}

/* ---- the screen ------------------------------------------------------------------------------------------ */

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct descriptions_screen *self = (struct descriptions_screen *)s;
    struct source *source = source_of_view(argument != NULL ? "versions" : "descriptions");
    if (source == NULL)
        return error_nomem(err, "descriptions");
    self->of_one = argument != NULL;
    self->verdict.screen = s;
    self->verdict.act = act;
    self->verdict.can = can;
    result_init(&self->counts);
    result_init(&self->budgets);
    snprintf(self->grid.where, sizeof self->grid.where, "%s", argument != NULL ? (const char *)argument : QUEUE);
    grid_init(&self->grid, s, source);
    self->grid.open = act_open;
    self->grid.empty = "No text waits for an editor. Q shows those that are decided, too; W has some written.";
    read_head(self);
    return 0;
}

static void close_it(struct screen *s)
{
    struct descriptions_screen *self = (struct descriptions_screen *)s;
    verdict_close(&self->verdict);
    fetcher_forget(console_fetcher(s->console), self);
    grid_release(&self->grid);
    result_release(&self->counts);
    result_release(&self->budgets);
}

static bool event(struct screen *s, const struct event *e)
{
    return verdict_event(&((struct descriptions_screen *)s)->verdict, e) || grid_screen_event(s, e);
}

static void refresh(struct screen *s)
{
    read_head((struct descriptions_screen *)s);
    grid_reload(s->grid);
}

static const struct action actions[] = {
    {"queue", "Q", "queue", "show only what waits for an editor, or everything", NULL, act_queue},
    {"approve", "a", "approve", "say that the text, or the marked ones, may go into the shop", verdict_can_approve, verdict_approve},
    {"reject", "x", "reject", "reject the text, or the marked ones, with a reason", verdict_can_reject, verdict_reject},
    {"publish", "p", "publish", "put the text, or the marked ones, into the shop; b takes it back", verdict_can_publish, verdict_publish},
    {"roll-back", "b", "back", "bring back what was in the shop before of this product", has_one, verdict_roll_back},
    {"rewrite", "w", "rewrite", "have the text written again, with a word to whoever writes", has_one, verdict_rewrite},
    {"write", "W", NULL, "have texts about products written", NULL, act_run},
    {"budget", "B", NULL, "say what texts may cost", NULL, act_budget},
    {0},
};

const struct screen_kind screen_descriptions = {
    .name = "descriptions",
    .help = "Texts about products that a language model wrote: those that wait for an editor, or all of them. Enter shows one "
            "beside what is known of the product, with the places marked that the checks found.",
    .size = sizeof(struct descriptions_screen),
    .tables = {actions, grid_actions},
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = event,
    .refresh = refresh,
};
