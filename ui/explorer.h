/* explorer: what the Explorer's files share.
 *
 * A subject (a user, a visitor of whom nothing is known, or an item), its history in the first pane, and in one to three
 * further panes what each model answers.  Whatever changes the question (what if) is asked again of all models; where each
 * item stood before the first change is kept, so that the answer can be seen to move. */
#ifndef RECKON_UI_EXPLORER_H
#define RECKON_UI_EXPLORER_H

#include "ui/ask.h"
#include "ui/list.h"
#include "ui/name_prompt.h"

enum { EXPLORER_MODELS = 3, EXPLORER_PANES = 1 + EXPLORER_MODELS, EXPLORER_N = 50, EXPLORER_ID = 128, EXPLORER_CHANGES = 12,
       EXPLORER_SPEC = 96 };

enum subject { SUBJECT_NONE, SUBJECT_USER, SUBJECT_VISITOR, SUBJECT_ITEM };

struct explorer_pane {
    char model[EXPLORER_SPEC]; /* "" : whoever answers now */
    struct result result;
    bool known, asked;
    struct error problem;
    struct list list;
    char before[EXPLORER_N][EXPLORER_ID]; /* items in the order before the first change */
    size_t n_before;
};

struct explorer {
    struct screen screen;
    enum subject subject;
    char id[EXPLORER_ID];
    struct explorer_pane panes[EXPLORER_PANES]; /* the first is the history */
    size_t n_panes, focus;
    bool models_known;
    /* What if. */
    char met[EXPLORER_CHANGES][EXPLORER_ID], without[EXPLORER_CHANGES][EXPLORER_ID];
    size_t n_met, n_without, n_base; /* n_base: of n_met, those that a visitor came with */
    char filter[512], scenario[EXPLORER_ID];
    const char *mode; /* NULL: as it is set */
    struct name_prompt prompt;
};

/* Has the question been changed? */
bool explorer_changed(const struct explorer *self);

/* A text of a row of a pane's result; "" when it is not there. */
const char *explorer_text(const struct explorer_pane *pane, size_t row, const char *column);
const struct cell *explorer_cell(const struct explorer_pane *pane, size_t row, const char *column);
/* A fact of the answer ("model", "mode"); "" when it is not there. */
const char *explorer_fact(const struct explorer_pane *pane, const char *name);

/* How far it moved since before the changes: "+3", "-2", "new", "" (nowhere). */
const char *explorer_move(const struct explorer *self, const struct explorer_pane *pane, size_t row, char out[16]);

/* A parameter name and a value after another for `recommend`, `why` (with an item) or `similar`: as much as there is room
 * for in values, NULL at the end. */
enum { EXPLORER_VALUES = 2 * (2 * EXPLORER_CHANGES + 10) + 1 };
void explorer_values(const struct explorer *self, const struct explorer_pane *pane, const char *item,
                     const char *values[EXPLORER_VALUES]);

/* Asks for a user, as `u` does. */
void explorer_ask_user(struct screen *screen);

void explorer_draw(struct screen *screen, struct canvas *canvas, struct area area);

#endif
