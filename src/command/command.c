#include "command/command.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/curves.h"
#include "base/str.h"
#include "base/text.h"
#include "command/audited.h"
#include "command/help.h"
#include "engine/params.h"
#include "store/jobs.h"

enum { NAME_MAX_LENGTH = 64 };

/* The engine's hyper-parameters as options; absent unless given, since their defaults differ by model. */
static const struct command_param engine_params[] = {
#define RANGE_INT PT_INT
#define RANGE_REAL PT_REAL
#define RANGE_CHOICE PT_CHOICE
#define X(name, option, type, min, max, help) {option, RANGE_##type, 0, NULL, min, max, help, help},
    ENGINE_PARAMS(X)
#undef X
    {"set", PT_SETTING, PF_MANY, NULL, 0, 0, NULL,
     "a parameter of one model in a comparison or a blend, as MODEL.NAME=VALUE (ease.lambda=300)"},
    {0},
};

const struct command_param *command_param_at(const struct command *self, size_t index)
{
    size_t own = 0;
    if (self->params != NULL)
        while (self->params[own].name != NULL)
            own++;
    if (index < own)
        return &self->params[index];
    index -= own;
    if (!(self->flags & CF_MODEL_PARAMS) || index >= sizeof engine_params / sizeof *engine_params - 1)
        return NULL;
    return &engine_params[index];
}

const struct command_param *command_option(const struct command *self, const char *name, size_t len)
{
    const struct command_param *p;
    for (size_t i = 0; self != NULL && (p = command_param_at(self, i)) != NULL; i++)
        if (!(p->flags & PF_POSITIONAL) && strlen(p->name) == len && memcmp(p->name, name, len) == 0)
            return p;
    for (p = global_params; p->name != NULL; p++)
        if (strlen(p->name) == len && memcmp(p->name, name, len) == 0)
            return p;
    return NULL;
}

/* Joins words[0..n) with blanks; -1 when too long to be any command. */
static int join_words(char out[NAME_MAX_LENGTH], const char *const *words, size_t n)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t add = strlen(words[i]);
        if (len + add + 2 > NAME_MAX_LENGTH)
            return -1;
        if (i > 0)
            out[len++] = ' ';
        memcpy(out + len, words[i], add + 1);
        len += add;
    }
    return 0;
}

static int unknown_command(const char *typed, const char *first, struct error *err)
{
    error_set(err, E_USAGE, typed, "is not a command of reckon");
    struct str near;
    str_init(&near, 200);
    size_t n = strlen(first);
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const char *name = command_table[i]->name;
        char noun[NAME_MAX_LENGTH];
        snprintf(noun, sizeof noun, "%.*s", (int)strcspn(name, " "), name);
        bool same_noun = strncmp(name, first, n) == 0 && name[n] == ' ';
        if (same_noun || (name[strlen(noun)] == ' ' && text_distance(noun, first, 1) <= 1) || text_distance(name, typed, 2) <= 2 || text_distance(name, first, 2) <= 2) {
            size_t before = near.len;
            if (str_printf(&near, "%s`%s`", before ? ", " : "", name) != 0)
                break;
        }
    }
    if (near.len > 0)
        error_hint(err, E_USAGE, "perhaps %s; `reckon --help` lists them all", str_text(&near));
    else
        error_hint(err, E_USAGE, "`reckon --help` lists the commands");
    str_release(&near);
    return E_USAGE;
}

const struct command *command_find(const char *const *words, size_t n, size_t *used, struct error *err)
{
    char name[NAME_MAX_LENGTH];
    for (size_t take = n < 3 ? n : 3; take > 0; take--) {
        if (join_words(name, words, take) != 0)
            continue;
        for (size_t i = 0; command_table[i] != NULL; i++)
            if (strcmp(command_table[i]->name, name) == 0) {
                *used = take;
                return command_table[i];
            }
    }
    if (n == 0 || join_words(name, words, n < 2 ? n : 2) != 0)
        strcpy(name, "");
    unknown_command(n == 0 ? "" : name, n == 0 ? "" : words[0], err);
    return NULL;
}

/* What of an error may stand in the log of jobs: not what the caller typed or a file held. */
static const char *loggable(const struct error *err, int code)
{
    bool of_the_machine = code == E_IO || code == E_CONFLICT || code == E_NOMEM || code == E_CORRUPT;
    return code == 0 || code == E_CANCELLED ? NULL : of_the_machine ? err->why : error_meaning(code);
}

static const char *outcome(int rc)
{
    return rc == 0 ? "done" : rc == E_CANCELLED ? "cancelled" : "failed";
}

static int run_logged(const struct command *self, struct app *app, const struct args *args, struct result *out,
                      struct error *err)
{
    struct job_log log;
    struct error local = {0};
    jobs_begin(&log, app->workspace, self->name, clock_now_ms());
    app->logged = log.job;
    int rc = self->run(app, args, out, &local);
    app->logged = 0;
    jobs_end(&log, app->workspace, outcome(rc), loggable(&local, rc),
             clock_now_ms());
    if (rc != 0 && err != NULL)
        *err = local;
    return rc;
}

/* A long command that opens the workspace itself, and writes it (restore), is logged when it is done: the log that it
 * began with may be another one than it ends with. */
static int run_logged_after(const struct command *self, struct app *app, const struct args *args, struct result *out,
                            struct error *err)
{
    struct job_log log;
    int64_t started = clock_now_ms();
    int rc = self->run(app, args, out, err);
    if (rc != 0 || app->workspace[0] == '\0')
        return rc;
    jobs_begin(&log, app->workspace, self->name, started);
    jobs_end(&log, app->workspace, outcome(rc), NULL, clock_now_ms());
    return rc;
}

/* What the work measured of itself on its way. */
static int add_series(void *context, const struct curve *c)
{
    struct result *out = context;
    result_begin_series(out, c->name, c->x_unit, "");
    for (size_t i = 0; i < c->n; i++)
        result_add_point(out, c->x[i], c->y[i]);
    return 0;
}

int command_run(const struct command *self, struct app *app, const struct args *args, struct result *out,
                struct error *err)
{
    bool harmless = self->harmless != NULL && self->harmless(args);
    if ((self->flags & CF_DESTRUCTIVE) && !harmless && !app->confirmed) {
        error_set(err, E_REFUSED, self->name, "changes or removes what cannot be brought back, and was not confirmed");
        return error_hint(err, E_REFUSED, "run it again with --yes when you are sure");
    }
    int rc = 0;
    if (self->flags & CF_WORKSPACE)
        rc = app_open_store(app, (self->flags & CF_WRITES) != 0, err);
    bool log = (self->flags & CF_LONG) != 0;
    if (rc == 0)
        rc = log && (self->flags & CF_WORKSPACE) ? run_logged(self, app, args, out, err)
             : log && (self->flags & CF_WRITES)  ? run_logged_after(self, app, args, out, err)
                                                 : self->run(app, args, out, err);
    if ((self->flags & CF_WRITES) && app->workspace[0] != '\0' && rc != E_USAGE)
        audited_write(self, app, rc);
    if (rc == 0 && job_keeps_points(app->job))
        curves_each(app->job->curves, add_series, out);
    return rc != 0 ? rc : result_check(out, err);
}
