/* How the Explorer looks: the question on top, history and answers beside each other, the chosen one in words below. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "ui/explorer.h"

enum { TOP_ROWS = 2, DETAIL_ROWS = 4, HISTORY_COLS = 30, PANE_COLS = 25, KIND_COLS = 12, KIND_FROM = 44 };

static void draw_changes(const struct explorer *self, struct canvas *c, struct area a)
{
    struct str text;
    str_init(&text, 4096);
    for (size_t i = 0; i < self->n_met; i++)
        str_printf(&text, "%s+ %s", text.len > 0 ? "  " : "", self->met[i]);
    for (size_t i = 0; i < self->n_without; i++)
        str_printf(&text, "%s- %s", text.len > 0 ? "  " : "", self->without[i]);
    if (self->mode != NULL)
        str_printf(&text, "%smode %s", text.len > 0 ? "  " : "", self->mode);
    if (self->scenario[0] != '\0')
        str_printf(&text, "%sscenario %s", text.len > 0 ? "  " : "", self->scenario);
    if (self->filter[0] != '\0')
        str_printf(&text, "%sfilter %s", text.len > 0 ? "  " : "", self->filter);
    int col = canvas_text(c, a, 1, 0, STYLE_LABEL, "what if ");
    if (text.len > 0)
        canvas_field(c, a, 1, col, a.cols - col, ALIGN_LEFT, STYLE_ACCENT, str_text(&text));
    else
        canvas_field(c, a, 1, col, a.cols - col, ALIGN_LEFT, STYLE_DIM,
                     self->subject == SUBJECT_ITEM ? "nothing changed: / filters" :
                     "nothing changed: + adds an item they look at, - hides one, / filters, d shows what they have");
    str_release(&text);
}

static void draw_top(const struct explorer *self, struct canvas *c, struct area a)
{
    static const char *const subjects[] = {"", "user", "a visitor of whom nothing is known", "item"};
    int col = canvas_printf(c, a, 0, 0, STYLE_LABEL, "%s ", subjects[self->subject]);
    col = canvas_text(c, a, 0, col, STYLE_TITLE, self->id);
    const char *title = self->subject == SUBJECT_ITEM ? explorer_text(&self->panes[0], 0, "title") : "";
    col = canvas_printf(c, a, 0, col + 1, STYLE_NORMAL, "%s", title);
    const struct explorer_pane *p = &self->panes[0];
    for (size_t i = 0; i < p->result.n_summary; i++)
        if (strcmp(p->result.summary[i].name, "rows") == 0 && p->result.summary[i].value.type == CELL_INT)
            canvas_printf(c, a, 0, col + 1, STYLE_DIM, "%lld events", (long long)p->result.summary[i].value.integer);
    draw_changes(self, c, a);
}

static void draw_row(const struct explorer *self, const struct explorer_pane *p, struct canvas *c, struct area a, int row,
                     size_t i)
{
    if (p == &self->panes[0]) {
        char date[32] = "";
        const struct cell *time = explorer_cell(p, i, "time");
        if (time != NULL && time->type == CELL_TIME)
            clock_format_date(time->integer, date, sizeof date);
        const char *what = self->subject == SUBJECT_ITEM ? explorer_text(p, i, "user") : explorer_text(p, i, "title");
        canvas_text(c, a, row, 0, STYLE_DIM, date);
        int kind = a.cols >= KIND_FROM ? KIND_COLS : 0; /* else it stands below alone */
        if (kind > 0)
            canvas_field(c, a, row, 11, kind - 1, ALIGN_LEFT, STYLE_DIM, explorer_text(p, i, "kind"));
        canvas_field(c, a, row, 11 + kind, a.cols - 11 - kind, ALIGN_LEFT, STYLE_NORMAL,
                     what[0] != '\0' ? what : explorer_text(p, i, "item"));
        return;
    }
    char move[16];
    explorer_move(self, p, i, move);
    enum style style = move[0] == '-' ? STYLE_BAD : STYLE_GOOD;
    const char *title = explorer_text(p, i, "title"), *item = explorer_text(p, i, "item");
    canvas_printf(c, a, row, 0, STYLE_DIM, "%2zu", i + 1);
    canvas_field(c, a, row, 3, 3, ALIGN_RIGHT, style, move);
    canvas_field(c, a, row, 7, a.cols - 7, ALIGN_LEFT, STYLE_NORMAL, title[0] != '\0' ? title : item);
}

static const char *head_of(const struct explorer *self, size_t pane)
{
    if (pane == 0)
        return self->subject == SUBJECT_ITEM ? "who met it" : self->subject == SUBJECT_VISITOR ? "history: none" : "history, newest first";
    const char *model = explorer_fact(&self->panes[pane], "model");
    return model[0] != '\0' ? model : self->panes[pane].model[0] != '\0' ? self->panes[pane].model : "the model in force";
}

static void draw_pane(struct explorer *self, size_t index, struct canvas *c, struct area a)
{
    struct explorer_pane *p = &self->panes[index];
    canvas_field(c, a, 0, 0, a.cols, ALIGN_LEFT, index == self->focus ? STYLE_TAB_HERE : STYLE_HEADER, head_of(self, index));
    struct area body = area_part(a, 1, 0, a.rows - 1, a.cols);
    if (p->problem.code != 0) {
        int row = canvas_wrap(c, body, 0, STYLE_WARN, p->problem.why);
        canvas_wrap(c, body, row, STYLE_DIM, p->problem.hint);
        return;
    }
    if (!p->known) {
        if (p->asked)
            canvas_text(c, body, 0, 0, STYLE_DIM, "Asking ...");
        return;
    }
    p->list.n = p->result.n_rows;
    list_show(&p->list, body.rows);
    if (p->list.n == 0)
        canvas_wrap(c, body, 0, STYLE_DIM, p->result.n_notes > 0 ? p->result.notes[0] : "Nothing.");
    for (size_t i = 0; i < p->list.rows && p->list.top + i < p->list.n; i++) {
        draw_row(self, p, c, area_part(body, 0, 0, body.rows, body.cols - 1), (int)i, p->list.top + i);
        if (p->list.top + i == p->list.at && index == self->focus)
            canvas_over(c, area_part(body, (int)i, 0, 1, body.cols - 1), STYLE_SELECTED);
    }
    list_scrollbar(&p->list, c, body);
}

/* The one under the cursor in words: why it is there. */
static void draw_detail(const struct explorer *self, struct canvas *c, struct area a)
{
    const struct explorer_pane *p = &self->panes[self->focus];
    size_t i = p->list.at;
    canvas_rule(c, a, 0, STYLE_BORDER);
    if (!p->known || i >= p->result.n_rows)
        return;
    int col = canvas_text(c, a, 1, 0, STYLE_TITLE, explorer_text(p, i, "item"));
    col = canvas_text(c, a, 1, col + 2, STYLE_NORMAL, explorer_text(p, i, "title"));
    const struct cell *score = explorer_cell(p, i, "score");
    if (score != NULL && score->type == CELL_REAL)
        canvas_printf(c, a, 1, col + 2, STYLE_DIM, "score %.4g", score->real);
    const char *reason = explorer_text(p, i, "reason"), *rules = explorer_text(p, i, "rules");
    int row = 2;
    if (self->focus == 0)
        canvas_printf(c, a, row++, 0, STYLE_NORMAL, "%s  %s", explorer_text(p, i, "user"), explorer_text(p, i, "kind"));
    else if (reason[0] != '\0')
        canvas_printf(c, a, row++, 0, STYLE_NORMAL, "because of %s", reason);
    if (rules[0] != '\0')
        canvas_printf(c, a, row++, 0, STYLE_NORMAL, "moved by %s", rules);
    if (self->focus > 0 && row < DETAIL_ROWS && p->result.n_notes > 0 && strncmp(p->result.notes[0], "More about", 10) != 0)
        canvas_field(c, a, row, 0, a.cols, ALIGN_LEFT, STYLE_DIM, p->result.notes[0]);
}

/* As many panes as there is room for; the one with the focus is always seen. */
static void draw_panes(struct explorer *self, struct canvas *c, struct area a)
{
    int history = a.cols < HISTORY_COLS + PANE_COLS + 1 ? 0 : a.cols >= 150 ? HISTORY_COLS + 20 : a.cols >= 110 ? HISTORY_COLS + 8 : HISTORY_COLS;
    size_t models = self->n_panes - 1, room = (size_t)((a.cols - history) / PANE_COLS), first = 1;
    size_t shown = models < room ? models : room > 0 ? room : 1;
    if (history == 0 && self->focus == 0) {
        draw_pane(self, 0, c, a);
        return;
    }
    if (history > 0)
        draw_pane(self, 0, c, area_part(a, 0, 0, a.rows, history));
    if (models == 0)
        return;
    if (self->focus > shown)
        first = self->focus - shown + 1;
    int left = history > 0 ? history + 1 : 0, cols = (a.cols - left) / (int)shown;
    for (size_t i = 0; i < shown; i++)
        draw_pane(self, first + i, c, area_part(a, 0, left + (int)i * cols, a.rows, cols - 1));
}

void explorer_draw(struct screen *screen, struct canvas *c, struct area a)
{
    struct explorer *self = (struct explorer *)screen;
    if (self->subject == SUBJECT_NONE)
        canvas_wrap(c, a, 2, STYLE_NORMAL,
                    "What would somebody see, and why?\n\nu  a user: their history beside what each model recommends\n"
                    "v  a visitor of whom nothing is known but what they look at\ni  an item, and what is like it\n\n"
                    "Names are completed as you type. Then change something - add an event, hide an item, set a filter - and see "
                    "the answer move.");
    else {
        draw_top(self, c, area_part(a, 0, 0, TOP_ROWS, a.cols));
        draw_panes(self, c, area_part(a, TOP_ROWS, 0, a.rows - TOP_ROWS - DETAIL_ROWS, a.cols));
        draw_detail(self, c, area_part(a, a.rows - DETAIL_ROWS, 0, DETAIL_ROWS, a.cols));
    }
    if (self->prompt.label != NULL)
        name_prompt_draw(&self->prompt, c, a);
}
