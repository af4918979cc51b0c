/* Frames: tabs, crumbs, the screen, the notice line and the key bar. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/console_private.h"

static int at_most(int v, int most)
{
    return v < most ? v : most;
}

/* How wide all tabs are with titles of at most so many letters. */
static int tabs_width(int longest, int gap)
{
    int cols = 0;
    for (const struct place *p = places; p->name != NULL; p++)
        if (p->above == NULL)
            cols += 3 + at_most((int)strlen(p->title), longest) + gap;
    return cols;
}

static void draw_tabs(struct console *self, struct canvas *c, struct area a)
{
    size_t n = 0;
    canvas_fill(c, a, STYLE_TAB);
    int col = 0, longest = SCREEN_TITLE_MAX, gap = 1; /* the name gives way to the tabs, and then their titles are cut */
    if (tabs_width(longest, gap) + 9 <= a.cols)
        col = canvas_text(c, a, 0, 1, STYLE_TITLE, "reckon") + 2;
    else if (tabs_width(longest, gap) > a.cols)
        for (gap = 0, longest = 16; longest > 3 && tabs_width(longest, gap) > a.cols;)
            longest--;
    for (const struct place *p = places; p->name != NULL; p++) {
        if (p->above != NULL)
            continue;
        enum style style = n == self->tab ? STYLE_TAB_HERE : STYLE_TAB;
        col = canvas_printf(c, a, 0, col, style, " %zu %.*s%s", (n + 1) % 10, longest, p->title, gap > 0 ? " " : "");
        n++;
    }
    const char *name = strrchr(self->workspace, '/');
    name = name != NULL && name[1] != '\0' ? name + 1 : self->workspace[0] != '\0' ? self->workspace : "no workspace";
    int width = (int)text_width(name, strlen(name)), at = a.cols - width - 1;
    if (col + 2 < at + 1)
        canvas_text(c, a, 0, at, STYLE_DIM, name);
    else
        at = a.cols;
    if (self->read_only)
        canvas_text(c, a, 0, at - 11, STYLE_WARN, " READ ONLY ");
}

static int draw_crumb(struct canvas *c, struct area a, const struct screen *s, int col)
{
    if (s->below != NULL) {
        col = draw_crumb(c, a, s->below, col);
        col = canvas_text(c, a, 0, col, STYLE_DIM, c->ascii ? " > " : " \xE2\x80\xBA ");
    }
    return canvas_text(c, a, 0, col, s->below != NULL ? STYLE_TITLE : STYLE_LABEL, s->title);
}

/* What is under way, at the right end of the line. */
static void draw_running(struct console *self, struct canvas *c, struct area a)
{
    char text[256] = "";
    background_lock(self->jobs);
    size_t n = background_unfinished(self->jobs);
    for (struct background_job *j = background_first(self->jobs); j != NULL; j = j->next)
        if (j->state == BACKGROUND_RUNNING && j->total > 0)
            snprintf(text, sizeof text, "%s %.0f %%", j->command->name, 100 * j->done / j->total);
        else if (j->state == BACKGROUND_RUNNING)
            snprintf(text, sizeof text, "%s is running", j->command->name);
    background_unlock(self->jobs);
    if (n == 0)
        return;
    if (text[0] == '\0')
        snprintf(text, sizeof text, "a command waits");
    if (n > 1)
        snprintf(text + strlen(text), sizeof text - strlen(text), " and %zu more", n - 1);
    int width = (int)text_width(text, strlen(text));
    canvas_printf(c, a, 0, a.cols - width - 4, STYLE_ACCENT, "[ %s ]", text);
}

/* An action, if it can be done now as wanted. */
static int draw_bar_action(struct console *self, struct canvas *c, struct area a, int col, struct screen *s,
                           const struct action *action, bool wanted)
{
    key_code key;
    char word[KEY_WORD_MAX];
    const char *why;
    if (action->label == NULL || !action_key(self->keymap, action, 0, &key))
        return col;
    bool can = action->can == NULL || action->can(s, &why);
    if (can != wanted)
        return col;
    const char *sign = key_sign(key, word, c->ascii);
    int width = (int)text_width(sign, strlen(sign)) + (int)strlen(action->label) + 3;
    if (col + width > a.cols)
        return col;
    col = canvas_text(c, a, 0, col, can ? STYLE_BAR_KEY : STYLE_BAR_OFF, sign);
    return canvas_printf(c, a, 0, col, can ? STYLE_BAR : STYLE_BAR_OFF, " %s  ", action->label);
}

static void draw_bar(struct console *self, struct canvas *c, struct area a)
{
    struct screen *s = console_top(self);
    canvas_fill(c, a, STYLE_BAR);
    const action_table own[] = {console_actions, NULL};
    const struct action *back = action_named(own, "back");
    bool deep = !s->kind->dialog && s->below != NULL; /* then the way back matters most */
    int col = deep ? draw_bar_action(self, c, a, 1, s, back, true) : 1;
    for (int can = 1; can >= 0; can--) /* what can be done comes first */
        for (size_t t = 0; s->kind->tables[t] != NULL; t++)
            for (const struct action *action = s->kind->tables[t]; action->name != NULL; action++)
                col = draw_bar_action(self, c, a, col, s, action, can > 0);
    for (const struct action *action = console_actions; !s->kind->dialog && action->name != NULL; action++)
        if (action != back)
            col = draw_bar_action(self, c, a, col, s, action, true);
}

static void draw_notice(struct console *self, struct canvas *c, struct area a)
{
    if (self->notice[0] != '\0')
        canvas_field(c, a, 0, 1, a.cols - 2, ALIGN_LEFT, self->notice_style, self->notice);
    else if (self->last_line[0] != '\0')
        canvas_printf(c, a, 0, 1, STYLE_DIM, "last: %s", self->last_line);
}

static void draw_dialog(struct canvas *c, struct area body, struct screen *s)
{
    if (s == NULL)
        return;
    draw_dialog(c, body, s->below);
    int rows = at_most(s->kind->rows > 0 ? s->kind->rows + 2 : body.rows, body.rows);
    int cols = at_most(s->kind->cols > 0 ? s->kind->cols + 4 : body.cols, body.cols);
    struct area frame = area_part(body, (body.rows - rows) / 2, (body.cols - cols) / 2, rows, cols);
    c->cursor_row = c->cursor_col = -1;
    s->drawn = canvas_box(c, frame, STYLE_BORDER, s->title);
    s->kind->draw(s, c, s->drawn);
}

static void draw_too_small(struct canvas *c, struct area a)
{
    char text[80];
    snprintf(text, sizeof text, "reckon needs %dx%d, this is %dx%d. q quits", COLS_LEAST, ROWS_LEAST, a.cols, a.rows);
    canvas_text(c, a, a.rows / 2, 0, STYLE_WARN, text);
}

const struct canvas *console_draw(struct console *self)
{
    struct canvas *c = &self->canvas;
    struct area all = canvas_area(c);
    struct screen *s = console_below_dialogs(self);
    canvas_clear(c);
    self->dirty = false;
    if (all.rows < ROWS_LEAST || all.cols < COLS_LEAST) {
        draw_too_small(c, all);
        return c;
    }
    if (s->stale && s->kind->refresh != NULL)
        s->kind->refresh(s);
    s->stale = false;
    struct area body = area_part(all, 2, 0, all.rows - 4, all.cols);
    s->drawn = area_part(body, 0, 1, body.rows, body.cols - 2);
    draw_tabs(self, c, area_part(all, 0, 0, 1, all.cols));
    draw_crumb(c, area_part(all, 1, 0, 1, all.cols), s, 1);
    s->kind->draw(s, c, s->drawn);
    draw_running(self, c, area_part(all, 1, 0, 1, all.cols));
    draw_dialog(c, area_part(all, 1, 0, all.rows - 3, all.cols), self->dialog);
    draw_notice(self, c, area_part(all, all.rows - 2, 0, 1, all.cols));
    draw_bar(self, c, area_part(all, all.rows - 1, 0, 1, all.cols));
    return c;
}
