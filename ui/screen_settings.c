/* Settings and keys, and the dialog that changes one: what runs is `reckon settings set`. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings.h"
#include "base/str.h"
#include "command/commands.h"
#include "ui/input.h"
#include "ui/table.h"

/* ---- one of them --------------------------------------------------------------------------------------- */

struct setting_argument {
    const char *name, *value, *range, *help;
};

struct setting_dialog {
    struct screen screen;
    char name[128], range[128], help[512];
    struct input value;
};

static int setting_open(struct screen *s, const void *argument, struct error *err)
{
    struct setting_dialog *self = (struct setting_dialog *)s;
    const struct setting_argument *a = argument;
    (void)err;
    snprintf(self->name, sizeof self->name, "%s", a->name);
    snprintf(self->range, sizeof self->range, "%s", a->range);
    snprintf(self->help, sizeof self->help, "%s", a->help);
    input_set(&self->value, a->value);
    return 0;
}

static bool has_choices(const struct setting_dialog *self)
{
    return strchr(self->range, '|') != NULL;
}

static void setting_draw(struct screen *s, struct canvas *c, struct area a)
{
    struct setting_dialog *self = (struct setting_dialog *)s;
    int row = canvas_wrap(c, a, 0, STYLE_NORMAL, self->help);
    if (self->range[0] != '\0')
        row = canvas_wrap(c, a, row, STYLE_DIM, self->range);
    input_draw(&self->value, c, a, row + 1, 0, a.cols, true);
    canvas_text(c, a, a.rows - 1, 0, STYLE_DIM,
                has_choices(self) ? "Up, Down: another one   Enter: set it   Esc: leave it" : "Enter: set it   Esc: leave it");
}

/* The word of "a|b|c" that is `by` behind this one, round and round. */
static void choose_next(struct setting_dialog *self, int by)
{
    char words[16][32];
    size_t n = 0, at = 0;
    for (const char *p = self->range; *p != '\0' && n < 16; p += strcspn(p, "|"), p += *p == '|') {
        snprintf(words[n], sizeof words[n], "%.*s", (int)strcspn(p, "|"), p);
        if (strcmp(words[n], self->value.text) == 0)
            at = n;
        n++;
    }
    if (n > 0)
        input_set(&self->value, words[(at + n + (size_t)(by + (int)n)) % n]);
}

static bool setting_event(struct screen *s, const struct event *e)
{
    struct setting_dialog *self = (struct setting_dialog *)s;
    struct console *console = s->console;
    if (e->type == EVENT_KEY && e->key == K_ESCAPE) {
        console_pop(console);
    } else if (e->type == EVENT_KEY && e->key == K_ENTER) {
        char name[sizeof self->name];
        struct input value = self->value;
        strcpy(name, self->name);
        console_pop(console); /* self is gone */
        const char *const values[] = {"setting", name, "value", value.text, NULL};
        console_call(console, &command_settings_set, values, false);
    } else if (has_choices(self) && e->type == EVENT_KEY && (e->key == K_UP || e->key == K_DOWN)) {
        choose_next(self, e->key == K_UP ? -1 : 1);
    } else {
        input_event(&self->value, e);
    }
    return true;
}

const struct screen_kind screen_setting = {
    .name = "setting",
    .help = "Changes a setting of the workspace, as `reckon settings set` does.",
    .size = sizeof(struct setting_dialog),
    .dialog = true,
    .rows = 8,
    .cols = 76,
    .open = setting_open,
    .draw = setting_draw,
    .event = setting_event,
};

/* ---- all of them --------------------------------------------------------------------------------------- */

static const char *text_here(struct screen *s, const char *column)
{
    const struct cell *cell = grid_cell(s->grid, column);
    return cell != NULL && cell->type == CELL_TEXT ? cell->text : "";
}

static bool can_change(struct screen *s, const char **why)
{
    *why = console_read_only(s->console) ? "the console was opened to read only" : "there is no setting here";
    return !console_read_only(s->console) && grid_row(s->grid) != NULL;
}

static bool has_line(struct screen *s, const char **why)
{
    if (!can_change(s, why))
        return false;
    *why = "it has its default";
    return strcmp(text_here(s, "from"), "default") != 0;
}

static void change(struct screen *s)
{
    const char *why;
    if (!can_change(s, &why))
        return;
    struct setting_argument a = {text_here(s, "setting"), text_here(s, "value"), text_here(s, "range"),
                                 text_here(s, "help")};
    console_push(s->console, &screen_setting, &a, a.name);
}

static void act_reset(struct screen *s)
{
    const char *const values[] = {"setting", text_here(s, "setting"), NULL};
    console_call(s->console, &command_settings_reset, values, false);
}

static void act_keymap(struct screen *s)
{
    console_go(s->console, "keymap", NULL);
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct table_screen *self = (struct table_screen *)s;
    (void)argument, (void)err;
    table_init(&self->table, s, &command_settings, NULL);
    self->table.grid.open = change;
    return 0;
}

static const struct action actions[] = {
    {"change", "c", "change", "change the setting under the cursor (also Enter)", can_change, change},
    {"default", "d", "default", "bring the setting under the cursor back to its default", has_line, act_reset},
    {"keymap", "K", "keys", "see the keys of the console, and change them", NULL, act_keymap},
    {0},
};

const struct screen_kind screen_settings = {
    .name = "settings",
    .help = "The settings of the workspace, lines of its reckon.toml. Enter changes one; what was changed, by whom, is in the "
            "audit log (g o).",
    .size = sizeof(struct table_screen),
    .tables = {actions, grid_actions},
    .open = open,
    .close = table_screen_close,
    .draw = table_screen_draw,
    .event = grid_screen_event,
    .refresh = table_screen_refresh,
};

/* ---- keys ---------------------------------------------------------------------------------------------- */

struct keymap_screen {
    struct screen screen;
    struct grid grid;
};

static bool is_listed(const struct result *r, const char *setting)
{
    for (size_t i = 0; i < r->n_rows; i++)
        if (strcmp(result_cell(r, i, 0)->text, setting) == 0)
            return true;
    return false;
}

static void add_actions(struct screen *s, struct result *out, const struct action *table, const char *where)
{
    for (const struct action *a = table; a->name != NULL; a++) {
        char setting[64];
        snprintf(setting, sizeof setting, "console.keys.%s", a->name);
        if (is_listed(out, setting)) /* the same on another screen: it has the same keys there */
            continue;
        const char *keys = keymap_keys(console_keymap(s->console), a);
        result_add_text(out, setting);
        result_add_text(out, keys[0] != '\0' ? keys : "none");
        result_add_text(out, strcmp(keys, a->keys) == 0 ? "default" : "reckon.toml");
        result_add_text(out, a->keys[0] != '\0' ? a->keys : "none");
        result_add_text(out, where);
        result_add_text(out, a->help);
    }
}

/* All actions, those of every screen first. */
static struct source *list_keys(struct screen *s)
{
    struct result r;
    result_init(&r);
    result_add_column(&r, "setting", CELL_TEXT, "", "", -1);
    result_add_column(&r, "value", CELL_TEXT, "", "", -1);
    result_add_column(&r, "from", CELL_TEXT, "", "", -1);
    result_add_column(&r, "default", CELL_TEXT, "", "", -1);
    result_add_column(&r, "where", CELL_TEXT, "", "", -1);
    result_add_column(&r, "help", CELL_TEXT, "", "", -1);
    add_actions(s, &r, console_actions, "everywhere");
    add_actions(s, &r, grid_actions, "tables");
    for (const struct screen_kind *const *k = screens_all; *k != NULL; k++)
        for (size_t t = 0; (*k)->tables[t] != NULL; t++)
            add_actions(s, &r, (*k)->tables[t], (*k)->name);
    struct source *source = r.failed ? NULL : source_of_result(&r);
    result_release(&r);
    return source;
}

static int keymap_open(struct screen *s, const void *argument, struct error *err)
{
    struct keymap_screen *self = (struct keymap_screen *)s;
    struct source *source = list_keys(s);
    (void)argument;
    if (source == NULL)
        return error_nomem(err, "the keys");
    grid_init(&self->grid, s, source);
    self->grid.open = change;
    return 0;
}

static void keymap_close(struct screen *s)
{
    grid_release(s->grid);
}

static void keymap_draw(struct screen *s, struct canvas *c, struct area a)
{
    grid_draw(s->grid, c, a);
}

static void keymap_refresh(struct screen *s)
{
    struct source *source = list_keys(s);
    if (source != NULL)
        grid_replace_source(s->grid, source);
}

static const struct action keymap_actions[] = {
    {"change", "c", "change", "change the keys of the action under the cursor: words with blanks, or none (also Enter)",
     can_change, change},
    {"default", "d", "default", "bring the setting under the cursor back to its default", has_line, act_reset},
    {0},
};

const struct screen_kind screen_keymap = {
    .name = "keymap",
    .help = "What can be done in the console, and by which keys. Enter changes them: words with blanks between them, such as "
            "\"/ ctrl-f\", or none. They count at once.",
    .size = sizeof(struct keymap_screen),
    .tables = {keymap_actions, grid_actions},
    .open = keymap_open,
    .close = keymap_close,
    .draw = keymap_draw,
    .event = grid_screen_event,
    .refresh = keymap_refresh,
};
