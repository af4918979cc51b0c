#include "ui/verdict.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "command/commands.h"

enum { NUMBER = 24 };

static struct verdict *of(struct screen *s)
{
    return &((struct verdict_screen *)s)->verdict;
}

void verdict_close(struct verdict *self)
{
    name_prompt_close(&self->prompt);
}

bool verdict_fits(enum verdict_kind kind, const char *state, const char **why)
{
    bool review = strcmp(state, "review") == 0, rejected = strcmp(state, "rejected") == 0;
    bool published = strcmp(state, "published") == 0;
    if (state[0] == '\0') {
        *why = "there is no text here";
        return false;
    }
    switch (kind) {
    case VERDICT_APPROVE:
        *why = "it is approved already, or was";
        return review || rejected;
    case VERDICT_REJECT:
        *why = "it is rejected already, or not in the shop any more";
        return !rejected && strcmp(state, "replaced") != 0;
    case VERDICT_PUBLISH:
        *why = published ? "it is in the shop already" : "it was rejected; a approves it";
        return !published && !rejected;
    case VERDICT_ROLL_BACK:
    case VERDICT_REWRITE:
        return true;
    }
    return true;
}

/* ---- running --------------------------------------------------------------------------------------------- */

static void ended(void *owner, struct background_job *job)
{
    struct verdict *self = of(owner);
    const struct cell *number = result_fact_named(&job->result, "text");
    if (number == NULL && job->command == &command_describe_rollback)
        number = result_fact_named(&job->result, "published");
    if (job->state == BACKGROUND_DONE && number != NULL && number->type == CELL_INT && self->moved != NULL)
        self->moved(self->screen, number->integer);
}

static void run_args(struct verdict *self, const struct command *command, struct args *args, int rc, struct error *err)
{
    struct console *console = self->screen->console;
    if (rc == 0)
        rc = args_finish(args, err);
    if (rc != 0) {
        args_free(args);
        console_notice_error(console, err);
        return;
    }
    struct console_order order = {.command = command, .args = args, .owner = self->screen, .ended = ended};
    console_run(console, &order);
}

void verdict_run(struct verdict *self, const struct command *command, const char *const *values)
{
    struct error err = {0};
    struct args *args = args_new(command);
    int rc = args != NULL ? 0 : error_nomem(&err, command->name);
    for (size_t i = 0; rc == 0 && values[i] != NULL; i += 2)
        rc = args_put(args, values[i], values[i + 1], &err);
    run_args(self, command, args, rc, &err);
}

static void run_numbers(struct verdict *self, const struct command *command, const char *note)
{
    struct error err = {0};
    struct args *args = args_new(command);
    int rc = args != NULL ? 0 : error_nomem(&err, command->name);
    for (size_t i = 0; rc == 0 && i < self->n; i++) {
        char number[NUMBER];
        snprintf(number, sizeof number, "%lld", (long long)self->texts[i]);
        rc = args_put(args, "text", number, &err);
    }
    if (rc == 0 && note != NULL && note[0] != '\0')
        rc = args_put(args, "note", note, &err);
    run_args(self, command, args, rc, &err);
}

/* ---- the line -------------------------------------------------------------------------------------------- */

static void ask(struct verdict *self, enum verdict_kind kind)
{
    struct name_prompt_options o = {.tag = (int)kind,
                                    .label = kind == VERDICT_REJECT ? "Reject, because" : "Write it again; what should be other"};
    name_prompt_open(&self->prompt, self->screen->console, &o);
}

void verdict_begin(struct verdict *self, enum verdict_kind kind, const int64_t *texts, size_t n, const char *item,
                   const char *collection)
{
    const char *const back[] = {"item", item, "collection", collection, NULL};
    self->n = n < VERDICT_TEXTS_MAX ? n : VERDICT_TEXTS_MAX;
    memcpy(self->texts, texts, self->n * sizeof *texts);
    if (kind == VERDICT_REJECT || kind == VERDICT_REWRITE)
        ask(self, kind);
    else if (kind == VERDICT_ROLL_BACK)
        verdict_run(self, &command_describe_rollback, back);
    else
        run_numbers(self, kind == VERDICT_APPROVE ? &command_describe_approve : &command_describe_publish, NULL);
}

bool verdict_event(struct verdict *self, const struct event *event)
{
    if (self->prompt.label == NULL)
        return false;
    int kind = self->prompt.tag;
    if (name_prompt_event(&self->prompt, event))
        run_numbers(self, kind == VERDICT_REJECT ? &command_describe_reject : &command_describe_rewrite,
                    self->prompt.input.text);
    console_changed(self->screen->console);
    return true;
}

void verdict_draw(const struct verdict *self, struct canvas *canvas, struct area area)
{
    if (self->prompt.label != NULL)
        name_prompt_draw(&self->prompt, canvas, area_part(area, area.rows - 1, 0, 1, area.cols));
}

/* ---- keys ------------------------------------------------------------------------------------------------ */

void verdict_approve(struct screen *s)
{
    of(s)->act(s, VERDICT_APPROVE);
}

void verdict_reject(struct screen *s)
{
    of(s)->act(s, VERDICT_REJECT);
}

void verdict_publish(struct screen *s)
{
    of(s)->act(s, VERDICT_PUBLISH);
}

void verdict_roll_back(struct screen *s)
{
    of(s)->act(s, VERDICT_ROLL_BACK);
}

void verdict_rewrite(struct screen *s)
{
    of(s)->act(s, VERDICT_REWRITE);
}

bool verdict_can_approve(struct screen *s, const char **why)
{
    return of(s)->can(s, VERDICT_APPROVE, why);
}

bool verdict_can_reject(struct screen *s, const char **why)
{
    return of(s)->can(s, VERDICT_REJECT, why);
}

bool verdict_can_publish(struct screen *s, const char **why)
{
    return of(s)->can(s, VERDICT_PUBLISH, why);
}
