/* One command that was started here: how far it is, then what it answered. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "command/commands.h"
#include "command/render.h"
#include "ui/earlier.h"
#include "ui/grid.h"
#include "ui/next_step.h"
#include "ui/pager.h"
#include "ui/progress_bar.h"

enum { TEXT_MAX = 1 << 24, FACTS_ROWS = 8, RUNNING_ROWS = 7, CHART_ROWS = 8 };

enum view { VIEW_ROWS, VIEW_TEXT, VIEW_CHART, VIEW_NUMBERS };

struct job_screen {
    struct screen screen;
    struct background_job *job; /* watched: it stays */
    struct grid grid;    /* its rows, if it has any */
    struct pager pager;  /* all of it as text; or beside rows, what else there is */
    enum view view;
    bool shown;          /* the result is in the pager and the grid */
    int shown_cols;
    size_t table;           /* of the result's: 0 its own, then the further ones */
    struct charts charts;   /* as they were drawn last */
    struct earlier earlier; /* of a training: those before it */
    bool overlay;           /* they are drawn, too */
};

/* A user goes to the Explorer; any other row is shown in full. */
static void open_row(struct screen *s)
{
    const struct cell *user = grid_cell(s->grid, "user");
    char argument[EARLIER_NAME + 8];
    if (user == NULL || user->type != CELL_TEXT) {
        console_push(s->console, &screen_row, s->grid, "row");
        return;
    }
    snprintf(argument, sizeof argument, "user %.90s", user->text);
    console_push(s->console, &screen_explorer, argument, argument);
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct job_screen *self = (struct job_screen *)s;
    struct background *jobs = console_jobs(s->console);
    background_lock(jobs);
    self->job = background_numbered(jobs, *(const int64_t *)argument);
    if (self->job != NULL)
        self->job->watchers++;
    background_unlock(jobs);
    grid_init(&self->grid, s, NULL);
    self->grid.open = open_row;
    earlier_init(&self->earlier, s->console);
    if (self->job != NULL && self->job->command == &command_train)
        earlier_ask(&self->earlier, args_text(self->job->args, "model"), false);
    return self->job != NULL ? 0 : error_set(err, E_NOT_FOUND, "the job", "is not kept any more");
}

static void close_it(struct screen *s)
{
    struct job_screen *self = (struct job_screen *)s;
    struct background *jobs = console_jobs(s->console);
    pager_release(&self->pager);
    grid_release(&self->grid);
    earlier_release(&self->earlier);
    charts_clear(&self->charts);
    if (self->job == NULL)
        return;
    background_lock(jobs);
    self->job->watchers--;
    background_unlock(jobs);
}

static bool is_over(const struct job_screen *self)
{
    struct background *jobs = console_jobs(self->screen.console);
    background_lock(jobs);
    bool over = background_over(self->job);
    background_unlock(jobs);
    return over;
}

static bool has_rows(const struct job_screen *self)
{
    return self->job->result.n_rows > 0 && self->job->result.document == NULL;
}

static const struct result *table_here(const struct job_screen *self)
{
    return self->table == 0 ? &self->job->result : self->job->result.tables[self->table - 1];
}

/* The result as text (without its rows when the grid has them); it does not change any more. */
static void show_result(struct job_screen *self, int cols)
{
    struct str text;
    const struct error *err = &self->job->error;
    struct render_options options = {.width = (size_t)(cols > 20 ? cols - 1 : 20)};
    struct result shown = *table_here(self); /* borrowed */
    if (!self->shown && has_rows(self))
        grid_set_source(&self->grid, source_of_result(table_here(self)));
    if (has_rows(self) && self->view == VIEW_ROWS)
        shown.n_rows = 0, shown.title = NULL, shown.n_tables = 0;
    else
        shown = self->job->result;
    str_init(&text, TEXT_MAX);
    if (self->job->state != BACKGROUND_DONE)
        str_printf(&text, "%s%s%s\n%s%s\n", err->what, err->what[0] != '\0' ? ": " : "", err->why, err->hint,
                   err->hint[0] != '\0' ? "\n" : "");
    struct result notes = shown; /* what is worth knowing stands before the figures */
    if (has_rows(self) && self->view == VIEW_ROWS) {
        notes.n_summary = 0;
        shown.n_notes = 0;
        render_table(&text, &notes, &options);
    }
    render_table(&text, &shown, &options);
    if (text.len == 0 && !has_rows(self))
        str_puts(&text, "It is done, and has nothing to show.\n");
    pager_set(&self->pager, str_take(&text));
    self->shown = true;
    self->shown_cols = cols;
}

/* The curves as they are now; those of earlier trainings first, so that the legend begins with this one. */
static void take_curves(struct job_screen *self)
{
    charts_clear(&self->charts);
    if (self->overlay)
        for (size_t i = 0; i < self->earlier.charts.n; i++) {
            const struct chart_series *s = &self->earlier.charts.series[i];
            for (size_t k = 0; k < s->n; k++)
                charts_add(&self->charts, s->name, s->x_unit, s->x[k], s->y[k]);
        }
    if (is_over(self))
        charts_add_result(&self->charts, &self->job->result);
    else
        charts_add_curves(&self->charts, &self->job->curves);
}

static int draw_head(struct job_screen *self, struct canvas *c, struct area a)
{
    static const struct {
        enum style style;
        const char *sign;
    } states[] = {[BACKGROUND_WAITING] = {STYLE_DIM, "waiting"}, [BACKGROUND_RUNNING] = {STYLE_ACCENT, "running"},
                  [BACKGROUND_DONE] = {STYLE_GOOD, "done"}, [BACKGROUND_FAILED] = {STYLE_BAD, "FAILED"},
                  [BACKGROUND_CANCELLED] = {STYLE_WARN, "cancelled"}};
    struct background *jobs = console_jobs(self->screen.console);
    struct str line;
    str_init(&line, 1 << 16);
    background_lock(jobs);
    struct background_job *j = self->job;
    args_command_line(j->args, &line);
    int col = canvas_printf(c, a, 0, 0, states[j->state].style, "%s", states[j->state].sign);
    canvas_field(c, a, 0, col + 2, a.cols - col - 2, ALIGN_LEFT, STYLE_NORMAL, str_text(&line));
    int row = 1;
    if (!background_over(j)) {
        progress_bar_draw(j, c, area_part(a, 2, 0, 2, a.cols));
        canvas_wrap(c, area_part(a, 5, 0, 3, a.cols), 0, STYLE_DIM,
                    "It goes on in the background: Esc leaves this screen, J shows all commands, x cancels this one.");
    }
    background_unlock(jobs);
    str_release(&line);
    return row + 1;
}

/* The tables of the result, and which one is seen. */
static void draw_table_names(const struct job_screen *self, struct canvas *c, struct area a)
{
    const struct result *r = &self->job->result;
    int col = canvas_text(c, a, 0, 0, self->table == 0 ? STYLE_TAB_HERE : STYLE_TAB, " figures ");
    for (size_t i = 0; i < r->n_tables; i++)
        col = canvas_printf(c, a, 0, col + 1, self->table == i + 1 ? STYLE_TAB_HERE : STYLE_TAB, " %s ", r->tables[i]->name);
    canvas_text(c, a, 0, col + 2, STYLE_DIM, "tab: the next one");
}

/* A table, what else there is to say of it, and between them the curves where there is room. */
static void draw_rows(struct job_screen *self, struct canvas *c, struct area a)
{
    if (self->job->result.n_tables > 0) {
        draw_table_names(self, c, a);
        a = area_part(a, 1, 0, a.rows - 1, a.cols);
    }
    int facts = (int)self->pager.list.n < FACTS_ROWS ? (int)self->pager.list.n : FACTS_ROWS;
    facts = facts < a.rows / 2 ? facts : a.rows / 2;
    int rows = a.rows - facts, wanted = (int)table_here(self)->n_rows + 3;
    bool room = self->charts.n > 0 && self->job->command == &command_train && rows - wanted >= CHART_ROWS;
    grid_draw(&self->grid, c, area_part(a, 0, 0, room ? wanted : rows, a.cols));
    if (room)
        charts_draw(&self->charts, c, area_part(a, wanted, 0, rows - wanted - 1, a.cols));
    pager_draw(&self->pager, c, area_part(a, a.rows - facts, 0, facts, a.cols));
}

static void draw_failure(const struct error *err, struct canvas *c, struct area a)
{
    struct str text;
    str_init(&text, 1 << 12);
    str_printf(&text, "%s%s%s", err->what, err->what[0] != '\0' ? ": " : "", err->why);
    int row = canvas_wrap(c, a, 0, STYLE_BAD, str_text(&text));
    canvas_wrap(c, a, row, STYLE_NORMAL, err->hint);
    str_release(&text);
}

static void draw_result(struct job_screen *self, struct canvas *c, struct area a)
{
    if (self->job->state != BACKGROUND_DONE && self->job->result.n_rows + self->job->result.n_summary + self->job->result.n_notes == 0) {
        draw_failure(&self->job->error, c, a);
        return;
    }
    self->charts.numbers = self->view == VIEW_NUMBERS;
    if (self->view == VIEW_CHART || self->view == VIEW_NUMBERS)
        charts_draw(&self->charts, c, a);
    else if (self->view == VIEW_ROWS && has_rows(self))
        draw_rows(self, c, a);
    else
        pager_draw(&self->pager, c, a);
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct job_screen *self = (struct job_screen *)s;
    int row = draw_head(self, c, a);
    if (!is_over(self)) {
        take_curves(self);
        self->charts.numbers = self->view == VIEW_NUMBERS;
        charts_draw(&self->charts, c, area_part(a, RUNNING_ROWS, 0, a.rows - RUNNING_ROWS, a.cols));
        return;
    }
    if (!self->shown || self->shown_cols != a.cols)
        show_result(self, a.cols);
    take_curves(self);
    draw_result(self, c, area_part(a, row, 0, a.rows - row, a.cols));
}

static bool event(struct screen *s, const struct event *e)
{
    struct job_screen *self = (struct job_screen *)s;
    bool rows = self->view == VIEW_ROWS && self->shown && has_rows(self);
    return rows ? grid_event(&self->grid, e) : pager_event(&self->pager, e);
}

static bool can_cancel(struct screen *s, const char **why)
{
    *why = "it is over already";
    return !is_over((struct job_screen *)s);
}

static void act_cancel(struct screen *s)
{
    job_cancel(&((struct job_screen *)s)->job->job);
    console_notice(s->console, STYLE_WARN, "Cancelling: it stops at its next step.");
}

static bool can_chart(struct screen *s, const char **why)
{
    struct job_screen *self = (struct job_screen *)s;
    *why = is_over(self) ? "it has nothing to plot" : "it told nothing yet that can be plotted";
    return self->charts.n > 0;
}

static bool can_text(struct screen *s, const char **why)
{
    struct job_screen *self = (struct job_screen *)s;
    *why = "there is no table";
    return self->shown && has_rows(self);
}

static void toggle(struct screen *s, enum view view)
{
    struct job_screen *self = (struct job_screen *)s;
    self->view = self->view == view ? VIEW_ROWS : view;
    self->shown_cols = 0; /* anew */
    console_changed(s->console);
}

/* The table, the chart, its numbers. */
static void act_chart(struct screen *s)
{
    struct job_screen *self = (struct job_screen *)s;
    toggle(s, self->view == VIEW_CHART || self->view == VIEW_NUMBERS ? self->view + 1 : VIEW_CHART);
    if (self->view > VIEW_NUMBERS)
        self->view = VIEW_ROWS;
}

static void act_log(struct screen *s)
{
    struct job_screen *self = (struct job_screen *)s;
    self->charts.log_y = !self->charts.log_y;
    console_changed(s->console);
}

static void act_zoom_in(struct screen *s)
{
    charts_zoom(&((struct job_screen *)s)->charts, 1);
    console_changed(s->console);
}

static void act_zoom_out(struct screen *s)
{
    charts_zoom(&((struct job_screen *)s)->charts, -1);
    console_changed(s->console);
}

static void act_zoom_all(struct screen *s)
{
    charts_zoom(&((struct job_screen *)s)->charts, 0);
    console_changed(s->console);
}

static bool can_follow(struct screen *s, const char **why)
{
    struct job_screen *self = (struct job_screen *)s;
    *why = is_over(self) ? "the result suggests nothing" : "it is not over yet";
    return is_over(self) && next_step_line(&self->job->result) != NULL;
}

static void act_follow(struct screen *s)
{
    next_step_open(s->console, next_step_line(&((struct job_screen *)s)->job->result));
}

static bool can_again(struct screen *s, const char **why)
{
    *why = "what it was called with is kept nowhere";
    return !(((struct job_screen *)s)->job->command->flags & CF_PRIVATE);
}

static void act_again(struct screen *s)
{
    struct str line;
    str_init(&line, 1 << 16);
    if (args_command_line(((struct job_screen *)s)->job->args, &line) == 0)
        next_step_open(s->console, str_text(&line));
    str_release(&line);
}

static bool can_overlay(struct screen *s, const char **why)
{
    const struct job_screen *self = (struct job_screen *)s;
    *why = self->job->command != &command_train ? "it is no training" : "no earlier training of this kind told curves";
    return self->earlier.charts.n > 0;
}

static void act_overlay(struct screen *s)
{
    struct job_screen *self = (struct job_screen *)s;
    self->overlay = !self->overlay;
    console_changed(s->console);
}

/* The model that a training made; NULL. */
static const char *trained(const struct job_screen *self)
{
    if (self->job->command != &command_train || !self->shown || self->job->state != BACKGROUND_DONE)
        return NULL;
    return result_fact_text_named(&self->job->result, "model");
}

static bool can_go_on(struct screen *s, const char **why)
{
    struct job_screen *self = (struct job_screen *)s;
    *why = self->job->command != &command_train ? "it is no training" : "there is no model yet";
    return trained(self) != NULL;
}

static void act_promote(struct screen *s)
{
    const char *const values[] = {"model", trained((struct job_screen *)s), NULL};
    console_form(s->console, &command_models_promote, values);
}

static void act_compare(struct screen *s)
{
    char models[CHART_NAME_MAX];
    snprintf(models, sizeof models, "popular,%s", trained((struct job_screen *)s));
    const char *const values[] = {"models", models, "details", "yes", NULL};
    console_form(s->console, &command_compare, values);
}

static void act_text(struct screen *s)
{
    toggle(s, VIEW_TEXT);
}

static bool can_next_table(struct screen *s, const char **why)
{
    const struct job_screen *self = (struct job_screen *)s;
    *why = "there is one table only";
    return self->shown && has_rows(self) && self->job->result.n_tables > 0;
}

static void act_next_table(struct screen *s)
{
    struct job_screen *self = (struct job_screen *)s;
    self->table = (self->table + 1) % (self->job->result.n_tables + 1);
    self->view = VIEW_ROWS;
    self->shown = false;
    self->shown_cols = 0;
    console_changed(s->console);
}

static const struct action actions[] = {
    {"follow", "f", "next step", "the command that the result suggests, as a form", can_follow, act_follow},
    {"again", "a", "again", "change its parameters, and run it once more", can_again, act_again},
    {"next-table", "tab", "tables", "show the next table of the result", can_next_table, act_next_table},
    {"cancel-job", "x", "cancel", "cancel this command", can_cancel, act_cancel},
    {"chart", "v", "chart", "show the chart, then its points as numbers, then the table again", can_chart, act_chart},
    {"log-scale", "L", NULL, "draw the chart on a logarithmic scale, or a linear one again", can_chart, act_log},
    {"zoom-in", "+", NULL, "look at the last half of the curves, then of that; it stays so while they grow", can_chart, act_zoom_in},
    {"zoom-out", "_", NULL, "twice as much of the curves", can_chart, act_zoom_out},
    {"zoom-all", "=", NULL, "all of the curves again", can_chart, act_zoom_all},
    {"overlay", "b", "earlier", "lay the curves of earlier trainings of this kind over it", can_overlay, act_overlay},
    {"promote", "P", "promote", "put the trained model into production", can_go_on, act_promote},
    {"compare", "c", "compare", "measure the trained model beside others", can_go_on, act_compare},
    {"text", "t", "text", "show the whole result as text, or as a table again", can_text, act_text},
    {0},
};

const struct screen_kind screen_job = {
    .name = "job",
    .help = "A command that was started here. While it runs: how far it is. Then: what it answered.",
    .size = sizeof(struct job_screen),
    .tables = {actions, grid_actions},
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = event,
};
