/* `:` : every command, screen and action, by a few letters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/console.h"
#include "ui/fuzzy.h"
#include "ui/input.h"
#include "ui/list.h"

enum { ENTRIES_MAX = 400 };

struct entry {
    const char *name, *help;
    const struct command *command; /* one of the three */
    const struct place *place;
    const struct action *action;
    int score;
};

struct palette {
    struct screen screen;
    struct input typed;
    struct list list;
    struct entry all[ENTRIES_MAX], shown[ENTRIES_MAX];
    size_t n_all;
    size_t recalled; /* how many of the lines that were run were gone back through */
};

static void add(struct palette *self, const struct entry *entry)
{
    if (self->n_all < ENTRIES_MAX)
        self->all[self->n_all++] = *entry;
}

static void add_actions(struct palette *self, const struct action *table)
{
    for (const struct action *a = table; a->name != NULL; a++)
        if (a->run != NULL)
            add(self, &(struct entry){.name = a->name, .help = a->help, .action = a});
}

static int by_score(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->score != y->score ? (x->score < y->score) - (x->score > y->score) : strcmp(x->name, y->name);
}

static void match(struct palette *self)
{
    self->list.n = self->list.at = 0;
    for (size_t i = 0; i < self->n_all; i++) {
        struct entry e = self->all[i];
        char text[512];
        snprintf(text, sizeof text, "%s  %s", e.name, e.help);
        int by_name = fuzzy_score(self->typed.text, e.name), by_all = fuzzy_score(self->typed.text, text);
        /* a name counts more than words of the help, in which any letters can be found */
        e.score = by_name >= 0 ? by_name + 100000 : strstr(text, self->typed.text) != NULL ? by_all : -1;
        if (e.score >= 0)
            self->shown[self->list.n++] = e;
    }
    if (self->typed.n > 0)
        qsort(self->shown, self->list.n, sizeof self->shown[0], by_score);
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct palette *self = (struct palette *)s;
    (void)argument, (void)err;
    struct screen *below = console_below_dialogs(s->console);
    for (size_t i = 0; command_table[i] != NULL; i++)
        if (!(command_table[i]->flags & CF_HIDDEN) && strcmp(command_table[i]->name, "console") != 0)
            add(self, &(struct entry){
                          .name = command_table[i]->name, .help = command_table[i]->summary, .command = command_table[i]});
    for (const struct place *p = places; p->name != NULL; p++)
        add(self, &(struct entry){.name = p->name, .help = p->help, .place = p});
    for (size_t t = 0; below->kind->tables[t] != NULL; t++)
        add_actions(self, below->kind->tables[t]);
    add_actions(self, console_actions);
    match(self);
    return 0;
}

static void draw_entry(struct screen *s, struct canvas *c, struct area a, int row, const struct entry *e)
{
    char word[KEY_WORD_MAX], key[KEY_WORD_MAX] = "";
    key_code code;
    const char *sort = e->command != NULL ? "command" : e->place != NULL ? "screen" : "action";
    if (e->action != NULL && action_key(console_keymap(s->console), e->action, 0, &code))
        snprintf(key, sizeof key, "%s", key_word(code, word));
    if (e->place != NULL && e->place->letter != 0)
        snprintf(key, sizeof key, "g %c", e->place->letter);
    canvas_field(c, a, row, 0, 8, ALIGN_LEFT, STYLE_DIM, sort);
    canvas_field(c, a, row, 8, 22, ALIGN_LEFT, STYLE_TITLE, e->name);
    canvas_field(c, a, row, 31, a.cols - 31 - 12, ALIGN_LEFT, STYLE_NORMAL, e->help);
    canvas_field(c, a, row, a.cols - 11, 10, ALIGN_RIGHT, STYLE_KEY, key);
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct palette *self = (struct palette *)s;
    canvas_text(c, a, 0, 0, STYLE_KEY, ":");
    input_draw(&self->typed, c, a, 0, 2, a.cols - 2, true);
    struct area body = area_part(a, 2, 0, a.rows - 2, a.cols);
    list_show(&self->list, body.rows);
    for (size_t i = 0; i < self->list.rows && self->list.top + i < self->list.n; i++) {
        draw_entry(s, c, body, (int)i, &self->shown[self->list.top + i]);
        if (self->list.top + i == self->list.at)
            canvas_over(c, area_part(body, (int)i, 0, 1, body.cols - 1), STYLE_SELECTED);
    }
    if (self->list.n == 0)
        canvas_wrap(c, body, 0, STYLE_DIM, "Nothing fits. Delete some letters (ctrl-u: all), or press Esc.");
    list_scrollbar(&self->list, c, body);
}

static void choose(struct palette *self)
{
    struct console *console = self->screen.console;
    if (self->list.n == 0)
        return;
    struct entry e = self->shown[self->list.at];
    console_pop(console); /* self is gone */
    if (e.command != NULL) {
        console_form(console, e.command, NULL);
    } else if (e.place != NULL) {
        console_go(console, e.place->name, NULL);
    } else {
        const char *why = "it cannot be done now";
        struct screen *s = console_top(console);
        if (e.action->can != NULL && !e.action->can(s, &why))
            console_notice(console, STYLE_WARN, "%s: %s", e.action->name, why);
        else
            e.action->run(s);
    }
}

/* The command of a line that was run: the longest name that it begins with. */
static const char *command_of_line(const char *line)
{
    const char *best = NULL;
    line += strncmp(line, "reckon ", 7) == 0 ? 7 : 0;
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const char *name = command_table[i]->name;
        size_t n = strlen(name);
        if (strncmp(line, name, n) == 0 && (line[n] == ' ' || line[n] == '\0') && (best == NULL || n > strlen(best)))
            best = name;
    }
    return best;
}

/* Up, from the first entry: the commands that were run before, newest first, each once. */
static bool recall(struct palette *self)
{
    const char *line;
    while ((line = console_history_line(self->screen.console, self->recalled)) != NULL) {
        const char *name = command_of_line(line);
        self->recalled++;
        if (name == NULL || strcmp(name, self->typed.text) == 0)
            continue;
        input_set(&self->typed, name);
        match(self);
        return true;
    }
    return false;
}

static bool event(struct screen *s, const struct event *e)
{
    struct palette *self = (struct palette *)s;
    if (e->type == EVENT_KEY && e->key == K_UP && self->list.at == 0 && recall(self))
        return true;
    if (e->type == EVENT_KEY && e->key == K_ESCAPE)
        console_pop(s->console);
    else if (e->type == EVENT_KEY && e->key == K_ENTER)
        choose(self);
    else if (e->type == EVENT_CLICK && e->row >= 2 && self->list.top + (size_t)(e->row - 2) < self->list.n)
        self->list.at = self->list.top + (size_t)(e->row - 2);
    else if (e->type == EVENT_DOUBLE_CLICK && e->row >= 2)
        choose(self);
    else if (e->type == EVENT_KEY && (e->key == K_HOME || e->key == K_END))
        input_event(&self->typed, e);
    else if (!list_event(&self->list, e, false) && input_event(&self->typed, e))
        match(self);
    return true;
}

const struct screen_kind screen_palette = {
    .name = "palette",
    .help = "Every command, screen and action, by a few letters of its name. Up goes through the commands that were run.",
    .size = sizeof(struct palette),
    .dialog = true,
    .open = open,
    .draw = draw,
    .event = event,
};
