/* Training: the kinds of model, what each is and takes, and how its earlier trainings went. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "command/commands.h"
#include "command/models/recipes.h"
#include "ui/earlier.h"
#include "ui/list.h"

enum { NAME_COLS = 17, KINDS_MAX = 64 };

struct training {
    struct screen screen;
    struct list list;
    struct earlier earlier;
};

static struct recipe_about here(const struct training *self)
{
    struct recipe_about about = {"", "", "", ""};
    recipes_about(self->list.at, &about);
    return about;
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct training *self = (struct training *)s;
    struct recipe_about about;
    (void)argument, (void)err;
    while (self->list.n < KINDS_MAX && recipes_about(self->list.n, &about)) {
        if (strcmp(about.name, "blend") == 0)
            self->list.at = self->list.n; /* what most people want */
        self->list.n++;
    }
    earlier_init(&self->earlier, s->console);
    earlier_ask(&self->earlier, here(self).name, false);
    return 0;
}

static void close_it(struct screen *s)
{
    earlier_release(&((struct training *)s)->earlier);
}

static void refresh(struct screen *s)
{
    struct training *self = (struct training *)s;
    earlier_ask(&self->earlier, here(self).name, true);
}

static void draw_kinds(struct training *self, struct canvas *c, struct area a)
{
    canvas_field(c, a, 0, 0, a.cols, ALIGN_LEFT, STYLE_HEADER, "kind");
    struct area body = area_part(a, 1, 0, a.rows - 1, a.cols);
    list_show(&self->list, body.rows);
    for (size_t i = 0; i < self->list.rows && self->list.top + i < self->list.n; i++) {
        struct recipe_about about = {"", "", "", ""};
        recipes_about(self->list.top + i, &about);
        canvas_field(c, body, (int)i, 0, body.cols - 1, ALIGN_LEFT, STYLE_NORMAL, about.name);
        if (self->list.top + i == self->list.at)
            canvas_over(c, area_part(body, (int)i, 0, 1, body.cols - 1), STYLE_SELECTED);
    }
    list_scrollbar(&self->list, c, body);
}

static int draw_models(const struct training *self, struct canvas *c, struct area a, int row)
{
    const struct earlier *e = &self->earlier;
    if (!e->known)
        return canvas_text(c, a, row, 0, STYLE_DIM, "Reading what was trained before ..."), row + 1;
    if (e->problem.code != 0)
        return canvas_wrap(c, a, row, STYLE_WARN, e->problem.why);
    if (e->n == 0)
        return canvas_wrap(c, a, row, STYLE_DIM, "None of this kind was trained yet. Enter sets its parameters and trains one.");
    canvas_printf(c, a, row++, 0, STYLE_HEADER, "%-20s %-11s %-10s measured", "trained before", "stage", "on");
    for (size_t i = 0; i < e->n; i++, row++) {
        const struct earlier_model *m = &e->models[i];
        char date[32];
        clock_format_date(m->created, date, sizeof date);
        canvas_field(c, a, row, 0, 20, ALIGN_LEFT, STYLE_TITLE, m->spec);
        canvas_field(c, a, row, 21, 11, ALIGN_LEFT, strcmp(m->stage, "production") == 0 ? STYLE_GOOD : STYLE_NORMAL, m->stage);
        canvas_field(c, a, row, 33, 10, ALIGN_LEFT, STYLE_NORMAL, date);
        if (isfinite(m->value))
            canvas_printf(c, a, row, 44, STYLE_NORMAL, "%s %.4f [%.4f, %.4f], %s", m->metric, m->value, m->low, m->high, m->protocol);
        else
            canvas_text(c, a, row, 44, STYLE_DIM, "not measured");
    }
    return row;
}

static void draw_about(const struct training *self, struct canvas *c, struct area a)
{
    struct recipe_about about = here(self);
    canvas_printf(c, a, 0, 0, STYLE_TITLE, "%s", about.title);
    int row = canvas_wrap(c, a, 1, STYLE_NORMAL, about.about);
    if (about.defaults[0] != '\0')
        row = canvas_wrap(c, area_part(a, 0, 0, row + 3, a.cols), row, STYLE_DIM, about.defaults);
    row = draw_models(self, c, a, row + 1) + 1;
    if (self->earlier.charts.n > 0)
        charts_draw(&self->earlier.charts, c, area_part(a, row, 0, a.rows - row, a.cols));
    else if (self->earlier.known && self->earlier.n > 0)
        canvas_wrap(c, a, row, STYLE_DIM,
                    "Its trainings told no curve: what is solved in one go has none, nor have models of before curves were kept.");
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct training *self = (struct training *)s;
    draw_kinds(self, c, area_part(a, 0, 0, a.rows, NAME_COLS));
    draw_about(self, c, area_part(a, 0, NAME_COLS + 1, a.rows, a.cols - NAME_COLS - 1));
}

static void act_train(struct screen *s)
{
    const char *const values[] = {"model", here((struct training *)s).name, NULL};
    console_form(s->console, &command_train, values);
}

static bool can_again(struct screen *s, const char **why)
{
    *why = "none of this kind was trained yet";
    return ((struct training *)s)->earlier.n > 0;
}

static void act_again(struct screen *s)
{
    const char *const values[] = {"model", ((struct training *)s)->earlier.models[0].spec, NULL};
    console_form(s->console, &command_train, values);
}

static void act_compare(struct screen *s)
{
    struct training *self = (struct training *)s;
    char models[2 * EARLIER_NAME];
    const char *kind = here(self).name;
    snprintf(models, sizeof models, "popular,%s", strcmp(kind, "popular") == 0 ? "ease" : kind);
    const char *const values[] = {"models", models, "details", "yes", NULL};
    console_form(s->console, &command_compare, values);
}

static void toggle(struct screen *s, bool *what)
{
    *what = !*what;
    console_changed(s->console);
}

static void act_numbers(struct screen *s)
{
    toggle(s, &((struct training *)s)->earlier.charts.numbers);
}

static void act_log(struct screen *s)
{
    toggle(s, &((struct training *)s)->earlier.charts.log_y);
}

static void act_zoom_in(struct screen *s)
{
    charts_zoom(&((struct training *)s)->earlier.charts, 1);
    console_changed(s->console);
}

static void act_zoom_out(struct screen *s)
{
    charts_zoom(&((struct training *)s)->earlier.charts, -1);
    console_changed(s->console);
}

static void act_zoom_all(struct screen *s)
{
    charts_zoom(&((struct training *)s)->earlier.charts, 0);
    console_changed(s->console);
}

static bool event(struct screen *s, const struct event *e)
{
    struct training *self = (struct training *)s;
    bool mouse = e->type == EVENT_CLICK || e->type == EVENT_DOUBLE_CLICK, taken = mouse;
    if (mouse && e->col < NAME_COLS && e->row >= 1 && self->list.top + (size_t)(e->row - 1) < self->list.n)
        self->list.at = self->list.top + (size_t)(e->row - 1);
    else if (!mouse)
        taken = list_event(&self->list, e, true);
    if (taken)
        earlier_ask(&self->earlier, here(self).name, false);
    if (e->type == EVENT_DOUBLE_CLICK)
        act_train(s);
    return taken;
}

static const struct action actions[] = {
    {"open", "enter right", "train", "set the parameters of the kind under the cursor, and train it in the background", NULL, act_train},
    {"again", "a", "again", "train as the newest model of this kind was trained, on the data of today", can_again, act_again},
    {"compare", "c", "compare", "measure this kind beside others before anything is trained for good", NULL, act_compare},
    {"chart", "v", "numbers", "show the curves as numbers, or as a chart again", NULL, act_numbers},
    {"log-scale", "L", "log", "draw the curves on a logarithmic scale, or a linear one again", NULL, act_log},
    {"zoom-in", "+", NULL, "look at the last half of the curves, then of that; it stays so while they grow", NULL, act_zoom_in},
    {"zoom-out", "_", NULL, "twice as much of the curves", NULL, act_zoom_out},
    {"zoom-all", "=", NULL, "all of the curves again", NULL, act_zoom_all},
    {0},
};

const struct screen_kind screen_training = {
    .name = "training",
    .help = "The kinds of model. Enter opens a form with the parameters that the kind under the cursor takes; the training "
            "runs in the background, with live curves, over those of earlier trainings.",
    .size = sizeof(struct training),
    .tables = {actions},
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = event,
    .refresh = refresh,
};
