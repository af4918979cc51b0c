/* A text about a product, written anew by hand: each part in a box of its own; what runs is `reckon describe edit`. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "command/commands.h"
#include "ui/description.h"
#include "ui/textbox.h"

struct part {
    char name[DESCRIPTION_PART_NAME];
    char *before;
    struct textbox box;
};

struct editor {
    struct screen screen;
    struct part *parts;
    size_t n, at;
    int64_t text;
    struct verdict *verdict;
    bool warned; /* that what was changed would be lost */
};

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct editor *self = (struct editor *)s;
    const struct description_editing *e = argument;
    self->text = e->text;
    self->verdict = e->verdict;
    self->parts = mem_zalloc(DESCRIPTION_PARTS, sizeof *self->parts);
    if (self->parts == NULL)
        return error_nomem(err, "the text");
    for (; self->n < e->n; self->n++) {
        struct part *p = &self->parts[self->n];
        snprintf(p->name, sizeof p->name, "%s", e->parts[self->n].name);
        textbox_set(&p->box, e->parts[self->n].text);
        p->before = mem_strdup(p->box.text);
        if (p->before == NULL)
            return error_nomem(err, "the text");
        if (strcmp(p->name, "description") == 0)
            self->at = self->n;
    }
    return 0;
}

static void close_it(struct screen *s)
{
    struct editor *self = (struct editor *)s;
    for (size_t i = 0; self->parts != NULL && i < self->n; i++)
        mem_free(self->parts[i].before);
    mem_free(self->parts);
}

static bool is_changed(const struct part *p)
{
    return p->before != NULL && strcmp(p->before, p->box.text) != 0;
}

/* The box with the cursor gets what the others leave. */
static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct editor *self = (struct editor *)s;
    int others = 0, row = 0, room = a.rows - 1;
    for (size_t i = 0; i < self->n; i++)
        others += i == self->at ? 1 : 3;
    for (size_t i = 0; i < self->n; i++) {
        int wanted = textbox_rows(&self->parts[i].box, a.cols - 1) + 1, most = i == self->at ? room - others : 2;
        int rows = wanted > most && i != self->at ? most : i == self->at ? (most > 3 ? most : 3) : wanted;
        canvas_printf(c, a, row, 0, i == self->at ? STYLE_TITLE : STYLE_LABEL, "%s%s", self->parts[i].name,
                      is_changed(&self->parts[i]) ? " (changed)" : "");
        textbox_draw(&self->parts[i].box, c, area_part(a, row + 1, 0, rows, a.cols), i == self->at);
        row += rows + 1;
    }
    canvas_text(c, a, a.rows - 1, 0, STYLE_DIM, self->n > 1 ? "ctrl-s or F2: keep and check it   tab: the next part   Esc: leave it"
                                                           : "ctrl-s or F2: keep and check it   Esc: leave it");
}

static void save(struct editor *self)
{
    const char *values[2 * DESCRIPTION_PARTS + 3];
    char number[24];
    size_t n = 0;
    snprintf(number, sizeof number, "%lld", (long long)self->text);
    values[n++] = "text";
    values[n++] = number;
    for (size_t i = 0; i < self->n; i++)
        if (is_changed(&self->parts[i])) {
            values[n++] = self->parts[i].name;
            values[n++] = self->parts[i].box.text;
        }
    values[n] = NULL;
    if (n > 2)
        verdict_run(self->verdict, &command_describe_edit, values);
    else
        console_notice(self->screen.console, STYLE_DIM, "Nothing was changed.");
    console_pop(self->screen.console);
}

static void leave(struct editor *self)
{
    bool changed = false;
    for (size_t i = 0; i < self->n; i++)
        changed |= is_changed(&self->parts[i]);
    if (changed && !self->warned) {
        self->warned = true;
        console_notice(self->screen.console, STYLE_WARN, "What was changed would be lost: ctrl-s keeps it, Esc again leaves.");
        return;
    }
    console_pop(self->screen.console);
}

static bool event(struct screen *s, const struct event *e)
{
    struct editor *self = (struct editor *)s;
    key_code key = e->type == EVENT_KEY ? e->key : 0;
    if (key == K_ESCAPE) {
        leave(self);
        return true;
    }
    self->warned = false;
    if (key == K_CTRL('s') || key == K_F2)
        save(self);
    else if (key == K_TAB || key == K_BACK_TAB)
        self->at = (self->at + (key == K_TAB ? 1 : self->n - 1)) % self->n;
    else if (self->n > 0)
        textbox_event(&self->parts[self->at].box, e);
    return true;
}

const struct screen_kind screen_description_edit = {
    .name = "edit-text",
    .help = "A text about a product, to be written anew; it is checked as all others are.",
    .size = sizeof(struct editor),
    .dialog = true,
    .rows = 20,
    .cols = 96,
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = event,
};
