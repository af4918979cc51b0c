/* One command that was started here: how far it is, then what it answered. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "command/render.h"
#include "base/mem.h"
#include "ui/grid.h"
#include "ui/pager.h"
#include "ui/plot.h"
#include "ui/progress_bar.h"

enum { TEXT_MAX = 1 << 24, FACTS_ROWS = 8 };

enum view { VIEW_ROWS, VIEW_TEXT, VIEW_CHART };

struct job_screen {
    struct screen screen;
    struct background_job *job; /* watched: it stays */
    struct grid grid;    /* its rows, if it has any */
    struct pager pager;  /* all of it as text; or beside rows, what else there is */
    enum view view;
    bool shown;          /* the result is in the pager and the grid */
    int shown_cols;
};

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
    return self->job != NULL ? 0 : error_set(err, E_NOT_FOUND, "the job", "is not kept any more");
}

static void close_it(struct screen *s)
{
    struct job_screen *self = (struct job_screen *)s;
    struct background *jobs = console_jobs(s->console);
    pager_release(&self->pager);
    grid_release(&self->grid);
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

/* The result as text (without its rows when the grid has them); it does not change any more. */
static void show_result(struct job_screen *self, int cols)
{
    struct str text;
    const struct error *err = &self->job->error;
    struct render_options options = {.width = (size_t)(cols > 20 ? cols - 1 : 20)};
    struct result shown = self->job->result; /* borrowed */
    if (!self->shown && has_rows(self))
        grid_set_source(&self->grid, source_of_result(&self->job->result));
    if (has_rows(self) && self->view == VIEW_ROWS)
        shown.n_rows = 0, shown.title = NULL;
    str_init(&text, TEXT_MAX);
    if (self->job->state != BACKGROUND_DONE)
        str_printf(&text, "%s%s%s\n%s%s\n", err->what, err->what[0] != '\0' ? ": " : "", err->why, err->hint,
                   err->hint[0] != '\0' ? "\n" : "");
    render_table(&text, &shown, &options);
    if (text.len == 0 && !has_rows(self))
        str_puts(&text, "It is done, and has nothing to show.\n");
    pager_set(&self->pager, str_take(&text));
    self->shown = true;
    self->shown_cols = cols;
}

static void draw_chart(const struct job_screen *self, struct canvas *c, struct area a)
{
    const struct result *r = &self->job->result;
    struct plot plot = {.kind = PLOT_LINE, .x_unit = r->series[0].x_unit, .y_unit = r->series[0].y_unit};
    double *values[2 * PLOT_SERIES_MAX] = {NULL};
    plot.x_time = strcmp(plot.x_unit, "time") == 0;
    for (size_t s = 0; s < r->n_series && s < PLOT_SERIES_MAX; s++) {
        double *x = values[2 * s] = mem_alloc(r->series[s].n, sizeof *x);
        double *y = values[2 * s + 1] = mem_alloc(r->series[s].n, sizeof *y);
        if (x == NULL || y == NULL)
            break;
        for (size_t i = 0; i < r->series[s].n; i++)
            x[i] = r->series[s].points[i].x, y[i] = r->series[s].points[i].y;
        plot.series[plot.n++] = (struct plot_series){r->series[s].name, x, y, r->series[s].n};
    }
    plot_draw(&plot, c, a);
    for (size_t i = 0; i < 2 * PLOT_SERIES_MAX; i++)
        mem_free(values[i]);
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

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct job_screen *self = (struct job_screen *)s;
    int row = draw_head(self, c, a);
    if (!is_over(self))
        return;
    if (!self->shown || self->shown_cols != a.cols)
        show_result(self, a.cols);
    struct area body = area_part(a, row, 0, a.rows - row, a.cols);
    if (self->view == VIEW_CHART) {
        draw_chart(self, c, body);
    } else if (self->view == VIEW_ROWS && has_rows(self)) {
        int facts = (int)self->pager.list.n < FACTS_ROWS ? (int)self->pager.list.n : FACTS_ROWS;
        facts = facts < body.rows / 2 ? facts : body.rows / 2;
        grid_draw(&self->grid, c, area_part(body, 0, 0, body.rows - facts, body.cols));
        pager_draw(&self->pager, c, area_part(body, body.rows - facts, 0, facts, body.cols));
    } else {
        pager_draw(&self->pager, c, body);
    }
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
    *why = "it has nothing to plot";
    return self->shown && self->job->result.n_series > 0;
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

static void act_chart(struct screen *s)
{
    toggle(s, VIEW_CHART);
}

static void act_text(struct screen *s)
{
    toggle(s, VIEW_TEXT);
}

static const struct action actions[] = {
    {"cancel-job", "x", "cancel", "cancel this command", can_cancel, act_cancel},
    {"chart", "v", "chart", "show the result as a chart, or as numbers again", can_chart, act_chart},
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
