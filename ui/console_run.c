/* Commands: started in the background, told about when they end. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/commands.h"
#include "store/store.h"
#include "ui/console_private.h"
#include "ui/keys.h"

void console_orders_forget(struct console *self, const void *owner)
{
    for (size_t i = 0; i < self->n_orders; i++)
        if (self->orders[i].owner == owner)
            self->orders[i].owned = false;
}

static void remember_line(struct console *self, const char *line)
{
    snprintf(self->last_line, sizeof self->last_line, "%s", line);
    char *copy = mem_strdup(line);
    if (copy == NULL)
        return;
    if (self->n_lines == LINES_KEPT)
        mem_free(self->lines[--self->n_lines]);
    memmove(self->lines + 1, self->lines, self->n_lines * sizeof self->lines[0]);
    self->lines[0] = copy;
    self->n_lines++;
}

const char *console_last_line(const struct console *self)
{
    return self->last_line;
}

const char *console_history_line(const struct console *self, size_t index)
{
    return index < self->n_lines ? self->lines[index] : NULL;
}

static void add_order(struct console *self, int64_t number, const struct console_order *o)
{
    if (self->n_orders == ORDERS_MAX)
        return; /* it runs, but its end is not told */
    self->orders[self->n_orders++] =
        (struct order){.number = number, .owner = o->owner, .owned = true, .ended = o->ended};
}

static void begin(struct console *self, const struct console_order *o, bool confirmed)
{
    struct error err = {0};
    struct str line;
    int64_t number;
    str_init(&line, 1 << 16);
    args_command_line(o->args, &line);
    if (confirmed && (o->command->flags & CF_DESTRUCTIVE))
        str_puts(&line, " --yes");
    if (!(o->command->flags & CF_PRIVATE))
        remember_line(self, str_text(&line));
    str_release(&line);
    if (background_start(self->jobs, o->command, o->args, confirmed, NULL, &number, &err) != 0) {
        console_notice_error(self, &err);
        return;
    }
    add_order(self, number, o);
    console_notice(self, STYLE_DIM, "%s", self->last_line);
    if (o->show)
        console_push(self, &screen_job, &number, o->command->name);
}

/* A destructive command waits for its answer. */
struct waiting {
    struct console_order order;
    bool begun;
};

static void on_yes(struct console *self, void *context)
{
    struct waiting *w = context;
    w->begun = true;
    begin(self, &w->order, true);
}

static void on_done(void *context)
{
    struct waiting *w = context;
    if (!w->begun)
        args_free(w->order.args);
    mem_free(w);
}

/* What is at stake, and what there is to go back to. */
static void put_workspace_size(struct console *self, struct str *out)
{
    char path[FS_PATH_MAX];
    struct stat st;
    if (self->workspace[0] == '\0' || fs_join(path, sizeof path, self->workspace, STORE_FILE) != 0 ||
        stat(path, &st) != 0)
        return;
    const char *slash = strrchr(self->workspace, '/');
    str_printf(out, "The workspace %s holds ", slash != NULL ? slash + 1 : self->workspace);
    if (st.st_size < 1000000)
        str_puts(out, "less than 1 MB. ");
    else
        str_printf(out, "%lld MB. ", (long long)st.st_size / 1000000);
}

static void ask_first(struct console *self, const struct console_order *o)
{
    struct waiting *w = mem_zalloc(1, sizeof *w);
    struct str text, line;
    if (w == NULL) {
        args_free(o->args);
        console_notice(self, STYLE_BAD, "There is not enough memory.");
        return;
    }
    w->order = *o;
    str_init(&text, 1 << 16);
    str_init(&line, 1 << 16);
    args_command_line(o->args, &line);
    str_printf(&text, "%s: %s.\n%s\n\n", o->command->name, o->command->summary, str_text(&line));
    put_workspace_size(self, &text);
    str_puts(&text, "This removes or replaces what cannot be brought back, unless there is a backup.");
    const char *slash = strrchr(self->workspace, '/');
    struct confirmation c = {.title = "What goes cannot be brought back",
                             .text = str_text(&text),
                             .phrase = slash != NULL && slash[1] != '\0' ? slash + 1 : "yes",
                             .context = w, .yes = on_yes, .done = on_done};
    console_confirm(self, &c);
    str_release(&text);
    str_release(&line);
}

void console_run(struct console *self, const struct console_order *order)
{
    if (self->read_only && (order->command->flags & CF_WRITES)) {
        args_free(order->args);
        console_notice(self, STYLE_WARN,
                       "%s would change the workspace, and this console only looks; : and read-only lets it change things.",
                       order->command->name);
        return;
    }
    bool harmless = order->command->harmless != NULL && order->command->harmless(order->args);
    if ((order->command->flags & CF_DESTRUCTIVE) && !harmless)
        ask_first(self, order);
    else
        begin(self, order, false);
}

void console_call(struct console *self, const struct command *command, const char *const *values, bool show)
{
    struct error err = {0};
    struct args *args = args_new(command);
    int rc = args != NULL ? 0 : error_nomem(&err, command->name);
    for (size_t i = 0; rc == 0 && values[i] != NULL; i += 2)
        rc = args_put(args, values[i], values[i + 1], &err);
    if (rc == 0)
        rc = args_finish(args, &err);
    if (rc != 0) {
        args_free(args);
        console_notice_error(self, &err);
        return;
    }
    struct console_order order = {.command = command, .args = args, .show = show};
    console_run(self, &order);
}

void console_show_line(struct console *self, const struct command *command, const char *const *values)
{
    struct error err = {0};
    struct str line;
    struct args *args = args_new(command);
    int rc = args != NULL ? 0 : E_NOMEM;
    for (size_t i = 0; rc == 0 && values[i] != NULL; i += 2)
        rc = args_put(args, values[i], values[i + 1], &err);
    str_init(&line, NOTICE_MAX);
    if (rc == 0 && args_command_line(args, &line) == 0) {
        snprintf(self->last_line, sizeof self->last_line, "%s", str_text(&line));
        console_notice(self, STYLE_DIM, "%s", self->last_line);
    }
    str_release(&line);
    args_free(args);
}

/* A command may have made the first workspace. */
static void find_workspace(struct console *self, const struct background_job *job)
{
    struct app app = {0};
    if (self->workspace[0] != '\0' || job->state != BACKGROUND_DONE || strcmp(job->command->name, "init") != 0)
        return;
    app.workspace_option = args_text(job->args, "directory");
    if (app_find_workspace(&app, NULL) == 0)
        console_set_workspace(self, app.workspace);
}

/* A setting of the console that was changed from it counts at once. */
static void follow_setting(struct console *self, const struct background_job *job)
{
    if (job->state != BACKGROUND_DONE || (job->command != &command_settings_set && job->command != &command_settings_reset))
        return;
    const char *name = args_text(job->args, "setting");
    struct error err = {0};
    struct keymap *map;
    if (strncmp(name, "console.keys.", 13) == 0 && keys_load(&map, self->workspace, &err) == 0) {
        keymap_free(self->own_keymap);
        self->keymap = self->own_keymap = map;
    } else if (strcmp(name, "console.theme") == 0) {
        bool set = job->command == &command_settings_set;
        const struct theme *theme =
            style_theme(set ? args_text(job->args, "value") : setting_specs[SETTING_ID_THEME].default_text);
        if (theme != NULL)
            console_set_theme(self, theme);
    } else if (strncmp(name, "console.", 8) == 0 && err.code == 0) {
        console_notice(self, STYLE_NORMAL, "%s counts from the next time that the console is opened.  %s", name,
                       self->last_line);
    }
    if (err.code != 0)
        console_notice_error(self, &err);
}

static void tell_end(struct console *self, const struct background_job *job)
{
    double seconds = (double)(job->ended - job->started) / 1000;
    if (job->state == BACKGROUND_FAILED)
        console_notice_error(self, &job->error);
    else if (job->state == BACKGROUND_CANCELLED)
        console_notice(self, STYLE_WARN, "%s was cancelled; nothing half-done was left behind.", job->command->name);
    else if (job->command->flags & CF_LONG)
        console_notice(self, STYLE_GOOD, "%s is done, in %.1f s.  %s", job->command->name, seconds, self->last_line);
}

void console_orders_news(struct console *self)
{
    for (size_t i = 0; i < self->n_orders;) {
        struct order o = self->orders[i];
        background_lock(self->jobs);
        struct background_job *job = background_numbered(self->jobs, o.number);
        bool over = job == NULL || background_over(job);
        if (job != NULL && over)
            job->watchers++; /* so that it stays while we look */
        background_unlock(self->jobs);
        self->dirty = true;
        if (!over) {
            i++;
            continue;
        }
        memmove(self->orders + i, self->orders + i + 1, (self->n_orders - i - 1) * sizeof self->orders[0]);
        self->n_orders--;
        if (job == NULL)
            continue;
        find_workspace(self, job);
        tell_end(self, job);
        follow_setting(self, job);
        if (o.ended != NULL && o.owned)
            o.ended(o.owner, job);
        if (job->command->flags & CF_WRITES)
            console_refresh_all(self);
        background_lock(self->jobs);
        job->watchers--;
        background_unlock(self->jobs);
    }
}
