/* One command that was started here: how far it is, then what it answered. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "command/render.h"
#include "ui/console.h"
#include "ui/pager.h"
#include "ui/progress_bar.h"

enum { TEXT_MAX = 1 << 24 };

struct job_screen {
    struct screen screen;
    struct background_job *job; /* watched: it stays */
    struct pager pager;
    bool shown; /* the result is in the pager */
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
    return self->job != NULL ? 0 : error_set(err, E_NOT_FOUND, "the job", "is not kept any more");
}

static void close_it(struct screen *s)
{
    struct job_screen *self = (struct job_screen *)s;
    struct background *jobs = console_jobs(s->console);
    pager_release(&self->pager);
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

/* The result as text; it does not change any more. */
static void show_result(struct job_screen *self, int cols)
{
    struct str text;
    const struct error *err = &self->job->error;
    struct render_options options = {.width = (size_t)(cols > 20 ? cols - 1 : 20)};
    str_init(&text, TEXT_MAX);
    if (self->job->state != BACKGROUND_DONE)
        str_printf(&text, "%s%s%s\n%s%s\n", err->what, err->what[0] != '\0' ? ": " : "", err->why, err->hint,
                   err->hint[0] != '\0' ? "\n" : "");
    render_table(&text, &self->job->result, &options);
    if (text.len == 0)
        str_puts(&text, "It is done, and has nothing to show.\n");
    pager_set(&self->pager, str_take(&text));
    self->shown = true;
    self->shown_cols = cols;
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
    pager_draw(&self->pager, c, area_part(a, row, 0, a.rows - row, a.cols));
}

static bool event(struct screen *s, const struct event *e)
{
    return pager_event(&((struct job_screen *)s)->pager, e);
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

static void act_copy(struct screen *s)
{
    struct str line;
    str_init(&line, 1 << 16);
    if (args_command_line(((struct job_screen *)s)->job->args, &line) == 0)
        console_copy(s->console, str_text(&line), "the command line");
    str_release(&line);
}

static const struct action actions[] = {
    {"cancel-job", "x", "cancel", "cancel this command", can_cancel, act_cancel},
    {"copy", "y", "copy line", "copy the command line of this command", NULL, act_copy},
    {0},
};

const struct screen_kind screen_job = {
    .name = "job",
    .help = "A command that was started here. While it runs: how far it is. Then: what it answered.",
    .size = sizeof(struct job_screen),
    .tables = {actions},
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = event,
};
