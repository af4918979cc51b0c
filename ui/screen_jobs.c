/* Commands: those of this console, running and over. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "ui/console.h"
#include "ui/list.h"
#include "ui/progress_bar.h"

struct jobs_screen {
    struct screen screen;
    struct list list;
};

static size_t count(struct background *jobs)
{
    size_t n = 0;
    for (struct background_job *j = background_first(jobs); j != NULL; j = j->next)
        n++;
    return n;
}

/* The jobs' lock is held. */
static struct background_job *job_at(struct background *jobs, size_t index)
{
    struct background_job *j = background_first(jobs);
    while (j != NULL && index-- > 0)
        j = j->next;
    return j;
}

static void draw_job(const struct background_job *j, struct canvas *c, struct area a, int row)
{
    static const enum style styles[] = {STYLE_DIM, STYLE_ACCENT, STYLE_GOOD, STYLE_BAD, STYLE_WARN};
    struct str line;
    char share[32] = "", took[32] = "";
    str_init(&line, 1 << 16);
    args_command_line(j->args, &line);
    if (j->state == BACKGROUND_RUNNING && j->total > 0)
        snprintf(share, sizeof share, "%.0f %%", 100 * j->done / j->total);
    if (background_over(j) && j->started != 0)
        snprintf(took, sizeof took, "%.1f s", (double)(j->ended - j->started) / 1000);
    canvas_printf(c, a, row, 0, STYLE_DIM, "%3lld", (long long)j->number);
    canvas_text(c, a, row, 5, styles[j->state], background_state_name(j->state));
    canvas_field(c, a, row, 16, 8, ALIGN_RIGHT, STYLE_NORMAL, share[0] != '\0' ? share : took);
    canvas_field(c, a, row, 26, a.cols - 28, ALIGN_LEFT, STYLE_NORMAL, str_text(&line));
    str_release(&line);
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct jobs_screen *self = (struct jobs_screen *)s;
    struct background *jobs = console_jobs(s->console);
    background_lock(jobs);
    self->list.n = count(jobs);
    canvas_field(c, a, 0, 0, a.cols, ALIGN_LEFT, STYLE_HEADER, "  #  state      how far  command");
    struct area body = area_part(a, 1, 0, a.rows - 1, a.cols);
    list_show(&self->list, body.rows);
    for (size_t i = 0; i < self->list.rows && self->list.top + i < self->list.n; i++) {
        draw_job(job_at(jobs, self->list.top + i), c, body, (int)i);
        if (self->list.top + i == self->list.at)
            canvas_over(c, area_part(body, (int)i, 0, 1, body.cols - 1), STYLE_SELECTED);
    }
    if (self->list.n == 0)
        canvas_wrap(c, area_part(body, 1, 0, body.rows, body.cols), 0, STYLE_NORMAL,
                    "No command was started in this console yet. Press : and type a few letters of one, such as train.\n\n"
                    "Commands of other programs on this workspace are listed by the command jobs.");
    background_unlock(jobs);
    list_scrollbar(&self->list, c, body);
}

static bool event(struct screen *s, const struct event *e)
{
    struct jobs_screen *self = (struct jobs_screen *)s;
    if (e->type == EVENT_CLICK && e->row >= 1)
        list_move(&self->list, (long)(self->list.top + (size_t)(e->row - 1)) - (long)self->list.at);
    return e->type == EVENT_CLICK || list_event(&self->list, e, true);
}

/* The number of the job under the cursor; 0: none. */
static int64_t here(struct screen *s, bool *over)
{
    struct background *jobs = console_jobs(s->console);
    background_lock(jobs);
    struct background_job *j = job_at(jobs, ((struct jobs_screen *)s)->list.at);
    int64_t number = j != NULL ? j->number : 0;
    *over = j == NULL || background_over(j);
    background_unlock(jobs);
    return number;
}

static bool can_open(struct screen *s, const char **why)
{
    bool over;
    *why = "there is no command yet";
    return here(s, &over) != 0;
}

static void act_open(struct screen *s)
{
    bool over;
    int64_t number = here(s, &over);
    console_push(s->console, &screen_job, &number, "a command");
}

static bool can_cancel(struct screen *s, const char **why)
{
    bool over;
    *why = here(s, &over) != 0 ? "it is over already" : "there is no command yet";
    return !over;
}

static void act_cancel(struct screen *s)
{
    struct background *jobs = console_jobs(s->console);
    bool over;
    int64_t number = here(s, &over);
    background_lock(jobs);
    struct background_job *j = background_numbered(jobs, number);
    if (j != NULL)
        job_cancel(&j->job);
    background_unlock(jobs);
    console_notice(s->console, STYLE_WARN, "Cancelling: it stops at its next step.");
}

static const struct action actions[] = {
    {"open", "enter right", "open", "show how far it is, or what it answered", can_open, act_open},
    {"cancel-job", "x", "cancel", "cancel the command under the cursor", can_cancel, act_cancel},
    {0},
};

const struct screen_kind screen_jobs = {
    .name = "jobs",
    .help = "The commands that were started in this console. They run in the background; leaving the console cancels those "
            "that still run.",
    .size = sizeof(struct jobs_screen),
    .tables = {actions},
    .draw = draw,
    .event = event,
};
