/* form_answer: what a command would answer, beside the form that is being filled in.
 *
 * For commands that can be asked without doing anything (--dry-run).  Each change of the form drops the question before it;
 * what was answered stays until the next answer comes. */
#ifndef RECKON_UI_FORM_ANSWER_H
#define RECKON_UI_FORM_ANSWER_H

#include "ui/console.h"

enum { FORM_VALUES_MAX = 128 };

struct form_answer {
    struct console *console;
    struct result result;
    bool known, coming;
    struct error problem; /* of the last question; code 0: none */
};

void form_answer_init(struct form_answer *self, struct console *console);
void form_answer_release(struct form_answer *self); /* zeroed is fine */
/* values: names and values, NULL at the end; "dry-run" is put behind them. */
void form_answer_ask(struct form_answer *self, const struct command *command, const char *const *values);
/* The facts that matter most, the table, the curve, the notes: as far as there is room. */
void form_answer_draw(const struct form_answer *self, struct canvas *canvas, struct area area);

#endif
