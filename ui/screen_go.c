/* `g`: the screens by their letters. */
#include "ui/console.h"

struct go {
    struct screen screen;
};

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    int row = 0, n = 0, col = 0;
    (void)s;
    for (const struct place *p = places; p->name != NULL; p++)
        n++;
    bool folded = n > a.rows - 1; /* then two columns, and no room for what they are for */
    for (const struct place *p = places; p->name != NULL; p++) {
        char letter[2] = {p->letter, '\0'};
        canvas_text(c, a, row, col, STYLE_KEY, letter);
        canvas_text(c, a, row, col + (p->above != NULL ? 4 : 2), STYLE_TITLE, p->title);
        if (!folded)
            canvas_text(c, a, row, 19, STYLE_NORMAL, p->help);
        if (++row == (folded ? (n + 1) / 2 : n))
            row = 0, col += a.cols / 2;
    }
    canvas_text(c, a, a.rows - 1, 0, STYLE_DIM, "g again: the first row of a table; Esc: stay here");
}

static bool event(struct screen *s, const struct event *e)
{
    struct console *console = s->console;
    if (e->type != EVENT_KEY)
        return true;
    for (const struct place *p = places; p->name != NULL; p++)
        if (p->letter != 0 && (key_code)p->letter == e->key) {
            console_go(console, p->name, NULL);
            return true;
        }
    console_pop(console);
    if (e->key == 'g')
        console_key(console, K_HOME);
    return true;
}

const struct screen_kind screen_go = {
    .name = "go",
    .help = "Goes to a screen by its letter.",
    .size = sizeof(struct go),
    .dialog = true,
    .cols = 74,
    .draw = draw,
    .event = event,
};
