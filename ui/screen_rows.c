/* A view of the store as a grid: events, items, users, quarantine, imports, attributes. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ui/grid.h"

struct rows_screen {
    struct screen screen;
    struct grid grid;
};

/* What to say when there is nothing, and what Enter does. */
static const struct {
    const char *view, *empty;
} views[] = {
    {"events", "There are no events yet. Press : and type import events, or g and h for the first steps."},
    {"items", "There are no items yet. They come with events, or by : and import items."},
    {"users", "There are no users yet. They come with events, or by : and import users."},
    {"quarantine", "Nothing is in quarantine: every row that was imported was good."},
    {"imports", "Nothing was imported yet. Press : and type import events."},
    {"attributes", "Nothing is known about items or users but their events. Press : and type import items."},
};

/* Opens the events that have this value in this column. */
static void open_events(struct screen *s, const char *column, const struct cell *cell)
{
    struct str argument;
    char title[SCREEN_TITLE_MAX];
    if (cell == NULL || cell->type == CELL_NULL) {
        console_notice(s->console, STYLE_DIM, "There is no %s here.", column);
        return;
    }
    str_init(&argument, BROWSE_WHERE_MAX);
    str_puts(&argument, "events ");
    if (!grid_put_term(s->console, &argument, column, cell)) {
        str_release(&argument);
        return;
    }
    snprintf(title, sizeof title, "events of %.60s", cell->type == CELL_TEXT ? cell->text : column);
    console_push(s->console, &screen_rows, str_text(&argument), title);
    str_release(&argument);
}

/* Events: those of the user, or with the cursor on another column, of that item; items and users: their events. */
static void open_row(struct screen *s)
{
    struct grid *g = s->grid;
    const char *view = g->source->view;
    const char *here = grid_here(g)->name;
    if (strcmp(view, "users") == 0)
        open_events(s, "user", grid_cell(g, "user"));
    else if (strcmp(view, "items") == 0)
        open_events(s, "item", grid_cell(g, "item"));
    else if (strcmp(view, "events") == 0 && (strcmp(here, "user") == 0 || strcmp(here, "item") == 0))
        open_events(s, here, grid_cell(g, here));
    else
        console_push(s->console, &screen_row, g, "row");
}

/* How the view was looked at last. */
static void recall(struct screen *s, struct grid *grid, const char *view)
{
    const struct state *state = console_state(s->console);
    if (state == NULL)
        return;
    snprintf(grid->where, sizeof grid->where, "%s", state_get(state, view, "where"));
    snprintf(grid->sort, sizeof grid->sort, "%s", state_get(state, view, "sort"));
    grid->descending = strcmp(state_get(state, view, "descending"), "yes") == 0;
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct rows_screen *self = (struct rows_screen *)s;
    const char *text = argument;
    char view[32];
    snprintf(view, sizeof view, "%.*s", (int)strcspn(text, " "), text);
    const char *where = text + strcspn(text, " ");
    struct source *source = source_of_view(view);
    if (source == NULL)
        return error_nomem(err, view);
    snprintf(self->grid.where, sizeof self->grid.where, "%s", where + (*where == ' '));
    if (*where == '\0')
        recall(s, &self->grid, view);
    grid_init(&self->grid, s, source);
    self->grid.open = open_row;
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        if (strcmp(views[i].view, view) == 0)
            self->grid.empty = views[i].empty;
    return 0;
}

static void close_it(struct screen *s)
{
    struct rows_screen *self = (struct rows_screen *)s;
    struct state *state = console_state(s->console);
    if (state != NULL && s->place[0] != '\0' && self->grid.source != NULL) {
        const char *view = self->grid.source->view;
        state_set(state, view, "where", self->grid.where);
        state_set(state, view, "sort", self->grid.sort);
        state_set(state, view, "descending", self->grid.descending ? "yes" : "");
    }
    grid_release(&self->grid);
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    grid_draw(s->grid, c, a);
}

static void refresh(struct screen *s)
{
    grid_reload(s->grid);
}

const struct screen_kind screen_rows = {
    .name = "rows",
    .help = "Rows of the workspace. Enter on a user or an item shows its events; on another column, the whole row.",
    .size = sizeof(struct rows_screen),
    .tables = {grid_actions},
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = grid_screen_event,
    .refresh = refresh,
};
