/* The question before something that cannot be taken back. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ui/console.h"
#include "ui/input.h"

struct confirm {
    struct screen screen;
    struct confirmation asked;
    char *text, *phrase;
    struct input typed;
};

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct confirm *self = (struct confirm *)s;
    self->asked = *(const struct confirmation *)argument;
    self->text = mem_strdup(self->asked.text);
    self->phrase = self->asked.phrase != NULL ? mem_strdup(self->asked.phrase) : NULL;
    bool good = self->text != NULL && (self->phrase != NULL) == (self->asked.phrase != NULL);
    return good ? 0 : error_nomem(err, "the question");
}

static void close_it(struct screen *s)
{
    struct confirm *self = (struct confirm *)s;
    if (self->asked.done != NULL)
        self->asked.done(self->asked.context);
    mem_free(self->text);
    mem_free(self->phrase);
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct confirm *self = (struct confirm *)s;
    canvas_wrap(c, area_part(a, 0, 0, a.rows - 2, a.cols), 0, STYLE_NORMAL, self->text);
    if (self->phrase == NULL) {
        int col = canvas_text(c, a, a.rows - 1, 0, STYLE_KEY, "y");
        col = canvas_text(c, a, a.rows - 1, col, STYLE_NORMAL, " yes, do it     ");
        col = canvas_text(c, a, a.rows - 1, col, STYLE_KEY, "n");
        canvas_text(c, a, a.rows - 1, col, STYLE_TITLE, " no, leave it (Esc, Enter)");
        return;
    }
    int col = canvas_text(c, a, a.rows - 1, 0, STYLE_NORMAL, "Type ");
    col = canvas_text(c, a, a.rows - 1, col, STYLE_BAD, self->phrase);
    col = canvas_text(c, a, a.rows - 1, col, STYLE_NORMAL, " to do it: ");
    input_draw(&self->typed, c, a, a.rows - 1, col, a.cols - col, true);
}

/* The dialog goes first: what is done next may open another. */
static void answer(struct confirm *self, bool yes)
{
    struct console *console = self->screen.console;
    struct confirmation asked = self->asked;
    self->asked.done = NULL;
    console_pop(console);
    if (yes)
        asked.yes(console, asked.context);
    else
        console_notice(console, STYLE_DIM, "Nothing was done.");
    if (asked.done != NULL)
        asked.done(asked.context);
}

static bool event(struct screen *s, const struct event *e)
{
    struct confirm *self = (struct confirm *)s;
    if (e->type == EVENT_KEY && e->key == K_ESCAPE)
        answer(self, false);
    else if (self->phrase != NULL && e->type == EVENT_KEY && e->key == K_ENTER)
        answer(self, strcmp(self->typed.text, self->phrase) == 0);
    else if (self->phrase != NULL)
        input_event(&self->typed, e);
    else if (e->type == EVENT_KEY && (e->key == 'y' || e->key == 'Y'))
        answer(self, true);
    else if (e->type == EVENT_KEY && (e->key == 'n' || e->key == 'N' || e->key == 'q' || e->key == K_ENTER))
        answer(self, false);
    return true;
}

void console_confirm(struct console *self, const struct confirmation *confirmation)
{
    console_push(self, &screen_confirm, confirmation, confirmation->title);
}

const struct screen_kind screen_confirm = {
    .name = "confirm",
    .help = "Asks before something that cannot be taken back.",
    .size = sizeof(struct confirm),
    .dialog = true,
    .rows = 10,
    .cols = 72,
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = event,
};
