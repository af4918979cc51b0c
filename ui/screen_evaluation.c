/* Evaluation: the trained models with what was measured of each, and comparisons of those that are marked. */
#include <stdio.h>
#include <string.h>

#include "command/commands.h"
#include "ui/table.h"

enum { MODELS_LEN = 512 };

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct table_screen *self = (struct table_screen *)s;
    (void)argument, (void)err;
    table_init(&self->table, s, &command_models_list, NULL);
    self->table.grid.empty = "No model was trained yet. Press c to measure kinds of model side by side without keeping any of "
                             "them, or g t to train one.";
    return 0;
}

/* Were two of them measured differently?  Then their figures say nothing about which is better. */
static bool protocols_differ(const struct result *r)
{
    const char *first = NULL;
    for (size_t row = 0; row < r->n_rows; row++) {
        const char *measured = result_text_named(r, row, "measured");
        if (measured == NULL || measured[0] == '\0')
            continue;
        if (first != NULL && strcmp(first, measured) != 0)
            return true;
        first = measured;
    }
    return false;
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct table_screen *self = (struct table_screen *)s;
    int foot = a.rows > 12 ? 4 : 0;
    table_draw(&self->table, c, area_part(a, 0, 0, a.rows - foot, a.cols));
    if (foot == 0 || self->table.result.n_rows == 0)
        return;
    struct area below = area_part(a, a.rows - foot + 1, 0, foot - 1, a.cols);
    if (protocols_differ(&self->table.result))
        canvas_wrap(c, below, 0, STYLE_WARN,
                    "Not the same split: these figures were measured in different ways and cannot be compared with each other. "
                    "Mark models with space; c measures them on one split.");
    else
        canvas_wrap(c, below, 0, STYLE_DIM,
                    "Measured when they were trained. Mark models with space; c measures those that are marked on one split, with "
                    "intervals, segments and users.");
}

/* "popular,ease@1,ials@2": those that are marked, else the one under the cursor, beside popularity. */
static void models_to_compare(struct screen *s, char out[MODELS_LEN])
{
    const struct cell *here = grid_cell(s->grid, "model");
    size_t at = 0, n = 0;
    out[0] = '\0';
    for (size_t row = 0; row < s->grid->n_rows; row++) {
        size_t within;
        const struct listing_page *page = grid_page_of(s->grid, row, &within);
        const char *model = page != NULL ? result_text_named(&page->rows, within, "model") : NULL;
        if (model == NULL || !grid_is_marked(s->grid, grid_row_mark(s->grid, row)) || at + strlen(model) + 2 > MODELS_LEN)
            continue;
        at += (size_t)snprintf(out + at, MODELS_LEN - at, "%s%s", n++ > 0 ? "," : "", model);
    }
    if (n == 0 && here != NULL && here->type == CELL_TEXT)
        at += (size_t)snprintf(out, MODELS_LEN, "%s", here->text);
    if (n < 2)
        snprintf(out + at, MODELS_LEN - at, "%s", at > 0 ? ",popular" : "popular,ease,ials,blend");
}

static void act_compare(struct screen *s)
{
    char models[MODELS_LEN];
    models_to_compare(s, models);
    const char *const values[] = {"models", models, "details", "yes", NULL};
    console_form(s->console, &command_compare, values);
}

static void act_cold(struct screen *s)
{
    const struct cell *here = grid_cell(s->grid, "model");
    const char *const values[] = {"model", here != NULL && here->type == CELL_TEXT ? here->text : "blend", "cold-start", "yes", NULL};
    console_form(s->console, &command_evaluate, values);
}

static const struct action actions[] = {
    {"compare", "c", "compare", "measure the marked models, or the one here beside popularity, on one split", NULL, act_compare},
    {"cold-start", "b", "newcomers", "measure new people and new items", NULL, act_cold},
    {0},
};

const struct screen_kind screen_evaluation = {
    .name = "evaluation",
    .help = "The trained models with what was measured of each. A comparison measures several on one split: figures with "
            "intervals, differences that are marked only where their interval leaves out 0, segments of users, and the users in "
            "whom the models differ most.",
    .size = sizeof(struct table_screen),
    .tables = {actions, grid_actions},
    .open = open,
    .close = table_screen_close,
    .draw = draw,
    .event = grid_screen_event,
    .refresh = table_screen_refresh,
};
