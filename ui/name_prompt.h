/* name_prompt: a line in which a user, an item, a model or any other text is typed, with the names of the store that begin
 * like it below. */
#ifndef RECKON_UI_NAME_PROMPT_H
#define RECKON_UI_NAME_PROMPT_H

#include "store/names.h"
#include "ui/console.h"
#include "ui/input.h"

enum { NAME_PROMPT_NAMES = 8, NAME_PROMPT_LEN = 128 };

struct name_prompt {
    struct console *console;
    const char *label;  /* NULL: it is closed */
    int tag;            /* of whoever opened it: what is asked for */
    bool names;         /* complete by `what`; else a free text */
    bool list;          /* several, with commas */
    enum names_of what;
    struct input input;
    char found[NAME_PROMPT_NAMES][NAME_PROMPT_LEN];
    size_t n, at;       /* at: 1 + the one that is chosen; 0: what was typed */
};

struct name_prompt_options {
    const char *label, *text;
    int tag;
    bool names, list;
    enum names_of what;
};

void name_prompt_open(struct name_prompt *self, struct console *console, const struct name_prompt_options *options);
void name_prompt_close(struct name_prompt *self); /* also before the owner goes; zeroed is fine */
/* True: Enter was pressed, and the text is in input.text; the prompt is closed.  Takes every key while it is open. */
bool name_prompt_event(struct name_prompt *self, const struct event *event);
/* One row, and the names below it, over what is there. */
void name_prompt_draw(const struct name_prompt *self, struct canvas *canvas, struct area area);

#endif
