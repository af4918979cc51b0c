/* screens: every screen of the console, and the places where they are. */
#ifndef RECKON_UI_SCREENS_H
#define RECKON_UI_SCREENS_H

#include "ui/screen.h"

/* A place is a screen that can be gone to by name: `g` and its letter, the palette, --screen, the tabs.  Places without
 * a place above are the tabs, in the order of the digits 1 to 9 and 0. */
struct place {
    const char *name, *title;
    char letter;           /* after `g`; 0: none */
    const char *help;      /* one sentence, without a full stop */
    const struct screen_kind *kind;
    const char *argument;  /* for open */
    const char *above;     /* the place whose tab it opens in; NULL: a tab */
};

extern const struct place places[]; /* ends with a NULL name */
const struct place *place_named(const char *name);
const struct place *place_tab(const struct place *place); /* the tab that a place is in */

/* Every kind there is, for tests and for the names of actions; ends with NULL. */
extern const struct screen_kind *const screens_all[];

extern const struct screen_kind screen_home, screen_data, screen_jobs;
extern const struct screen_kind screen_models, screen_training, screen_evaluation;
extern const struct screen_kind screen_serving;
extern const struct screen_kind screen_settings, screen_keymap;
extern const struct screen_kind screen_setting; /* the dialog that changes one */
extern const struct screen_kind screen_experiments;
extern const struct screen_kind screen_experiment; /* argument: const char *, its name */
extern const struct screen_kind screen_descriptions; /* argument: NULL, or a filter: "item=i1" */
extern const struct screen_kind screen_description; /* argument: const int64_t *, the number of a text */
extern const struct screen_kind screen_description_edit; /* ui/description.h */
extern const struct screen_kind screen_explorer; /* argument: NULL, "user NAME" or "item NAME" */
extern const struct screen_kind screen_list; /* argument: const char *, a command that only reads: "kinds list" */
extern const struct screen_kind screen_rows; /* argument: const char *, a view and perhaps a filter: "events user=17" */
/* Opened by other screens and by actions. */
extern const struct screen_kind screen_job; /* argument: const int64_t *, the number of a job of the console */
/* Dialogs. */
extern const struct screen_kind screen_help, screen_palette, screen_form, screen_form_live, screen_confirm, screen_go;

#endif
