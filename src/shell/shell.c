#include "shell/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/execute.h"
#include "shell/line.h"
#include "shell/prompt.h"
#include "store/store.h"

enum { COMMAND_MAX = 1 << 20, WORDS_MAX = 4096 };

struct shell {
    struct execution front;
    char workspace[4096]; /* that `use` chose; "": as app found it */
    bool keep_going, stop;
    bool names_people;    /* the last command did: it is not remembered */
    size_t line;          /* of the script, from 1: where the command began */
    char where[48];
};

static int status_code(int status)
{
#define X(name, value, exit, http, text) \
    if (status == (exit))                \
        return value;
    ERROR_CODES(X)
#undef X
    return status == 0 ? 0 : E_FAILED;
}

/* Where the store and the history are: finds it anew, since `use` and `init` change it. */
static bool find_workspace(const struct shell *self, struct app *out)
{
    *out = (struct app){.workspace_option = self->front.workspace};
    return app_find_workspace(out, NULL) == 0;
}

static struct store *open_store(void *context)
{
    struct app app;
    return find_workspace(context, &app) && app_open_store(&app, false, NULL) == 0 ? app.store : NULL;
}

/* What the prompt has beside the commands. */

static int run_exit(struct shell *self, const struct line *line, struct error *err)
{
    (void)line;
    (void)err;
    self->stop = true;
    return 0;
}

static int run_format(struct shell *self, const struct line *line, struct error *err)
{
    static const struct {
        const char *name;
        enum output_format format;
    } formats[] = {{"table", OUTPUT_TABLE}, {"json", OUTPUT_JSON}, {"csv", OUTPUT_CSV}, {"markdown", OUTPUT_MARKDOWN},
                 {"html", OUTPUT_HTML}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (line->n == 2 && strcmp(line->words[1], formats[i].name) == 0) {
            self->front.format = formats[i].format;
            return 0;
        }
    return error_set(err, E_USAGE, "format", "is followed by table, json, csv, markdown or html");
}

static int run_use(struct shell *self, const struct line *line, struct error *err)
{
    if (line->n != 2)
        return error_set(err, E_USAGE, "use", "is followed by the directory of a workspace");
    struct app app = {.workspace_option = line->words[1]};
    if (app_find_workspace(&app, NULL) != 0) {
        error_set(err, E_NOT_FOUND, line->words[1], "is no workspace: it has no reckon.db");
        return error_hint(err, E_NOT_FOUND, "`init %s` makes one", line->words[1]);
    }
    snprintf(self->workspace, sizeof self->workspace, "%s", app.workspace);
    self->front.workspace = self->workspace;
    return 0;
}

static const struct {
    const char *name;
    int (*run)(struct shell *self, const struct line *line, struct error *err);
} builtins[] = {{"exit", run_exit}, {"quit", run_exit}, {"format", run_format}, {"use", run_use}};

/* Commands. */

/* Where the output goes, and back. */
static int open_output(struct shell *self, const struct line *line, struct error *err)
{
    fflush(stdout);
    if (line->pipe != NULL) {
        self->front.out = popen(line->pipe, "w");
    } else if (line->file != NULL) {
        int fd = open(line->file, O_CREAT | O_WRONLY | O_CLOEXEC | (line->append ? O_APPEND : O_TRUNC), 0666);
        self->front.out = fd >= 0 ? fdopen(fd, "w") : NULL;
        self->front.width = 0;
    }
    self->front.bold = self->front.bold && self->front.out == stdout;
    return self->front.out != NULL ? 0 : fs_error(err, line->pipe != NULL ? line->pipe : line->file, "opening");
}

static int close_output(FILE *out, const struct line *line, struct error *err)
{
    if (line->pipe == NULL)
        return fclose(out) == 0 ? 0 : fs_error(err, line->file, "writing");
    int status = pclose(out);
    if (status == 0 || status == -1)
        return 0;
    return error_set(err, E_FAILED, line->pipe, "ended with status %d", WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

static int run_command(struct shell *self, const struct line *line, struct error *err)
{
    char *argv[WORDS_MAX + 1] = {0};
    size_t skip = strcmp(line->words[0], "reckon") == 0; /* as it is on the command line */
    int argc = 1;
    argv[0] = (char[]){"reckon"};
    size_t used;
    const struct command *command = command_find((const char *const *)line->words + skip, line->n - skip, &used, NULL);
    self->names_people = command != NULL && (command->flags & CF_PRIVATE) != 0;
    if (line->n - skip >= WORDS_MAX)
        return error_set(err, E_USAGE, "the line", "has more than %d words", WORDS_MAX - 1);
    for (size_t i = skip; i < line->n; i++)
        argv[argc++] = line->words[i];
    struct execution before = self->front;
    int rc = open_output(self, line, err);
    if (rc != 0) {
        self->front = before;
        return rc;
    }
    int status = execute(&self->front, argc, argv);
    if (self->front.out != stdout)
        rc = close_output(self->front.out, line, err);
    self->front = before;
    return status != 0 ? error_set(err, status_code(status), "", "%s", "") : rc;
}

/* The error is reported here; the code that comes back is only the outcome. */
static int run_line(struct shell *self, const struct line *line)
{
    struct error err = {0};
    int rc = -1;
    bool builtin = false;
    self->front.width = execute_width();
    snprintf(self->where, sizeof self->where, "line %zu: ", self->line);
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins && !builtin; i++)
        if (strcmp(line->words[0], builtins[i].name) == 0) {
            builtin = true;
            rc = builtins[i].run(self, line, &err);
        }
    if (!builtin)
        rc = run_command(self, line, &err);
    if (rc != 0 && err.why[0] != '\0')
        execute_report(self->front.where, &err);
    return rc;
}

/* Runs the command that `text` holds; *more: it goes on on the next line. */
static int take_text(struct shell *self, const char *text, bool *more)
{
    struct line line;
    struct error err = {0};
    int rc = line_split(&line, text, &err);
    *more = rc == 0 && line.more;
    if (rc != 0)
        execute_report(self->front.where, &err);
    else if (!*more && line.n > 0)
        rc = run_line(self, &line);
    line_release(&line);
    return rc;
}

static bool confirm(void *context, const struct command *command, const struct args *args)
{
    (void)context;
    (void)args;
    char question[256], *answer = NULL;
    snprintf(question, sizeof question, "`%s` changes or removes what cannot be brought back. Type yes to do it: ",
             command->name);
    bool yes = prompt_read(question, "", &answer) == PROMPT_LINE && strcmp(answer, "yes") == 0;
    mem_free(answer);
    return yes;
}

static bool ask(void *context, const char *question, char *answer, size_t size)
{
    char *line = NULL;
    (void)context;
    bool said = prompt_read(question, "", &line) == PROMPT_LINE;
    if (said)
        snprintf(answer, size, "%s", line);
    mem_free(line);
    return said;
}

/* The prompt names the workspace, so that nobody works on the wrong one. */
static void put_prompt(const struct shell *self, bool more, char out[80])
{
    struct app app;
    const char *name = "no workspace";
    if (find_workspace(self, &app)) {
        const char *slash = strrchr(app.workspace, '/');
        name = slash != NULL && slash[1] != '\0' ? slash + 1 : app.workspace;
    }
    if (more)
        snprintf(out, 80, "%*s", (int)(strlen(name) > 40 ? 40 : strlen(name)) + 9, "> ");
    else
        snprintf(out, 80, "reckon %.40s> ", name);
}

/* One line in the history, however many it was typed on. */
static void remember(const char *typed)
{
    struct str text;
    str_init(&text, COMMAND_MAX);
    for (const char *c = typed; *c != '\0'; c++) {
        if (c[0] == '\\' && c[1] == '\n')
            c++;
        else
            str_putc(&text, *c == '\n' ? ' ' : *c);
    }
    if (!text.failed)
        prompt_remember(str_text(&text));
    str_release(&text);
}

static void read_prompt(struct shell *self)
{
    struct str text;
    bool more = false;
    str_init(&text, COMMAND_MAX);
    while (!self->stop) {
        char prompt[80], *line = NULL;
        put_prompt(self, more, prompt);
        enum prompt_answer answer = prompt_read(prompt, str_text(&text), &line);
        if (answer == PROMPT_INTERRUPTED) {
            str_clear(&text);
            more = false;
            continue;
        }
        if (answer == PROMPT_END) {
            fputs("\n", stdout);
            break;
        }
        str_puts(&text, line);
        mem_free(line);
        take_text(self, str_text(&text), &more);
        if (more) {
            str_putc(&text, '\n');
            continue;
        }
        if (!self->names_people)
            remember(str_text(&text));
        self->names_people = false;
        str_clear(&text);
    }
    str_release(&text);
}

static int run_interactive(struct shell *self, struct error *err)
{
    struct app app;
    char history[FS_PATH_MAX] = "";
    const struct prompt_source source = {.open = open_store, .context = self};
    if (find_workspace(self, &app) && fs_join(history, sizeof history, app.workspace, STORE_HISTORY) != 0)
        history[0] = '\0';
    int rc = prompt_begin(&source, history, err);
    if (rc != 0)
        return rc;
    fputs("Tab completes, `help` lists the commands, `exit` or Ctrl-D ends.\n", stdout);
    self->front.confirm = confirm;
    self->front.ask = ask;
    read_prompt(self);
    prompt_end();
    return 0;
}

static int stopped(const struct shell *self, int rc, struct error *err)
{
    if (rc == 0)
        return 0;
    error_set(err, rc, "the script", "stopped at line %zu, which failed", self->line);
    return error_hint(err, rc, "--keep-going goes on with the next one");
}

/* A script on standard input. */
static int read_script(struct shell *self, struct error *err)
{
    char *line = NULL;
    size_t cap = 0, at = 0;
    bool more = false;
    int rc = 0, first = 0;
    struct str text;
    str_init(&text, COMMAND_MAX);
    self->front.where = self->where;
    while (!self->stop && (rc == 0 || self->keep_going) && getline(&line, &cap, stdin) >= 0) {
        at++;
        if (!more) {
            str_clear(&text);
            self->line = at;
        }
        str_puts(&text, line);
        rc = take_text(self, str_text(&text), &more);
        first = first == 0 ? rc : first;
    }
    if (more) {
        error_set(err, E_USAGE, "the script", "ends within the command that begins at line %zu", self->line);
        rc = first = error_hint(err, E_USAGE, "a quote or a backslash at the end of a line is open");
    } else if (rc != 0 && !self->keep_going) {
        stopped(self, rc, err);
    } else if (first != 0) {
        rc = error_set(err, first, "the script", "ran to its end, but a line failed");
    }
    str_release(&text);
    free(line);
    return first != 0 && self->keep_going ? first : rc;
}

int shell_run(struct app *app, bool keep_going, struct error *err)
{
    struct shell self = {
        .front = {.out = stdout, .bold = execute_wants_bold(), .workspace = app->workspace_option, .serve = app->serve,
                  .draw = app->draw, .front = "shell"},
        .keep_going = keep_going};
    return isatty(STDIN_FILENO) ? run_interactive(&self, err) : read_script(&self, err);
}
