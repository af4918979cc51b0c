/* action: the key tables.
 *
 * What a screen can do is one table of actions: dispatch, the `?` help, the key bar, the palette and docs/console.md
 * are all views of it.  A screen lists its own table and those of the widgets it uses (ui/screen.h); the console adds
 * its own to every screen that is not a dialog.  tests/unit/test_console.c walks all screens: an action without help,
 * a key that is no key, and two actions with one key on one screen are failures.
 *
 * Which keys trigger an action can be changed in reckon.toml, by its name:
 *
 *     [console.keys]
 *     filter = "/ ctrl-f"      # several, with blanks between them
 *     quit = "none"            # none at all
 *
 * Rules for keys: nothing destructive on a ctrl-letter or beside a movement key; none that needs AltGr only. */
#ifndef RECKON_UI_ACTION_H
#define RECKON_UI_ACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ui/key.h"

struct screen;

struct action {
    const char *name;  /* "filter": for [console.keys]; the same in all tables that mean the same */
    const char *keys;  /* words of ui/key.h with blanks between them; "" : only from the palette */
    const char *label; /* one or two words for the key bar; NULL: it is not there */
    const char *help;  /* one sentence, without a full stop */
    /* Whether it can be done now; if not, *why says so (it stays on the bar, dimmed).  NULL: always. */
    bool (*can)(struct screen *screen, const char **why);
    void (*run)(struct screen *screen);
};

/* A table ends with a NULL name; a screen's list of tables ends with NULL. */
typedef const struct action *action_table;

/* The keys that reckon.toml gives: name -> keys. */
struct keymap;

/* Reads [console.keys] of the text of a settings file of that name.  E_BAD_DATA with the line: not a key, or no such
 * action (`known` tells). */
int keymap_parse(struct keymap **out, const char *name, const char *text, size_t n, bool (*known)(const char *name),
                 struct error *err);
void keymap_free(struct keymap *self);
/* The keys of an action: those of the map, else its own.  NULL map: its own. */
const char *keymap_keys(const struct keymap *self, const struct action *action);

/* The nth key of an action; false when there are not so many. */
bool action_key(const struct keymap *map, const struct action *action, size_t index, key_code *out);
/* The action of a key in a list of tables; NULL. */
const struct action *action_find(const struct keymap *map, const action_table *tables, key_code key);
const struct action *action_named(const action_table *tables, const char *name);

/* The first two actions of the tables that share a key, or an action that lacks what it needs: E_FAILED says which. */
int action_check(const struct keymap *map, const action_table *tables, struct error *err);

#endif
