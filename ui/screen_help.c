/* `?`: what the keys of a screen do, from its tables. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/console.h"
#include "ui/fuzzy.h"
#include "ui/input.h"
#include "ui/list.h"

struct help {
    struct screen screen;
    const struct screen_kind *of;
    struct input search;
    struct list lines;
};

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct help *self = (struct help *)s;
    const struct screen *of = argument;
    (void)err;
    self->of = of->kind;
    snprintf(s->title, sizeof s->title, "Help: %.80s", of->title);
    return 0;
}

/* All keys of an action, or "(palette)". */
static void keys_of(struct screen *s, const struct action *a, char *out, size_t size)
{
    key_code key;
    char word[KEY_WORD_MAX];
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; action_key(console_keymap(s->console), a, i, &key) && n + KEY_WORD_MAX < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", i > 0 ? " " : "", key_word(key, word));
    if (n == 0)
        snprintf(out, size, "(palette)");
}

enum { KEYS_COLS = 21, FEWEST_COLS = 32, MANY_ROWS = 1000 };

/* Draws the action's lines unless it does not fit the search; counts them. */
static void draw_action(struct help *self, struct canvas *c, struct area a, const struct action *action, size_t *line)
{
    char keys[128], text[512];
    keys_of(&self->screen, action, keys, sizeof keys);
    snprintf(text, sizeof text, "%s %s %s", keys, action->name, action->help);
    if (self->search.n > 0 && fuzzy_score(self->search.text, text) < 0)
        return;
    int row = (int)*line - (int)self->lines.top, name = (int)strlen(action->name) + 4;
    bool named = a.cols - KEYS_COLS - name >= FEWEST_COLS;
    struct area words = {a.row, a.col + KEYS_COLS, a.rows, a.cols - KEYS_COLS - (named ? name : 2)};
    const struct area nowhere = {c->rows, 0, MANY_ROWS, words.cols};
    int rows = canvas_wrap(c, nowhere, 0, STYLE_NORMAL, action->help);
    if (row + rows > 0 && row < a.rows) {
        canvas_wrap(c, words, row, STYLE_NORMAL, action->help);
        if (row >= 0) {
            canvas_field(c, a, row, 0, KEYS_COLS - 1, ALIGN_LEFT, STYLE_KEY, keys);
            if (named)
                canvas_text(c, a, row, a.cols - name + 2, STYLE_DIM, action->name);
        }
    }
    *line += (size_t)(rows > 0 ? rows : 1);
}

static size_t draw_lines(struct help *self, struct canvas *c, struct area a)
{
    size_t line = 0;
    for (size_t t = 0; self->of->tables[t] != NULL; t++)
        for (const struct action *x = self->of->tables[t]; x->name != NULL; x++)
            draw_action(self, c, a, x, &line);
    for (const struct action *x = console_actions; x->name != NULL; x++)
        draw_action(self, c, a, x, &line);
    return line;
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct help *self = (struct help *)s;
    int row = canvas_wrap(c, a, 0, STYLE_NORMAL, self->of->help);
    canvas_text(c, a, row + 1, 0, STYLE_LABEL, "Find:");
    input_draw(&self->search, c, a, row + 1, 6, 30, true);
    static const char note[] = "Esc closes; the names at the right are for [console.keys]";
    canvas_text(c, a, row + 1, 38, STYLE_DIM, a.cols >= 38 + (int)sizeof note ? note : "names at the right: [console.keys]");
    struct area body = area_part(a, row + 3, 0, a.rows - row - 3, a.cols);
    /* twice: how many lines there are is known when they were gone through */
    self->lines.n = draw_lines(self, c, (struct area){body.row, body.col, 0, body.cols});
    list_show(&self->lines, body.rows);
    self->lines.at = self->lines.top; /* it scrolls without a cursor */
    draw_lines(self, c, body);
    list_scrollbar(&self->lines, c, body);
}

static bool event(struct screen *s, const struct event *e)
{
    struct help *self = (struct help *)s;
    if (e->type == EVENT_KEY && (e->key == K_ESCAPE || e->key == K_ENTER)) {
        console_pop(s->console);
        return true;
    }
    if (list_event(&self->lines, e, false)) {
        size_t most = self->lines.n > self->lines.rows ? self->lines.n - self->lines.rows : 0;
        self->lines.top = self->lines.at = self->lines.at > most ? most : self->lines.at;
        return true;
    }
    self->lines.top = self->lines.at = 0;
    return input_event(&self->search, e);
}

const struct screen_kind screen_help = {
    .name = "help",
    .help = "What the keys do.",
    .size = sizeof(struct help),
    .dialog = true,
    .open = open,
    .draw = draw,
    .event = event,
};
