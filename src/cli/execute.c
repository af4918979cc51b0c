#include "cli/execute.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/curves.h"
#include "base/text.h"
#include "cli/progress.h"
#include "command/help.h"
#include "command/render_document.h"
#include "command/result_json.h"

enum { OUTPUT_MAX = 1 << 30 };

/* The job that Ctrl-C cancels: a signal handler has no other way to find it. */
static struct job the_job;

/* The first signal asks the job to stop; a second one, if the first was not enough, ends the process:
 * the store survives that (WAL). */
static void on_signal(int number)
{
    job_cancel(&the_job);
    signal(number, SIG_DFL);
}

void execute_watch(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error to report, like a full disk */
}

bool execute_interrupted(void)
{
    if (!job_cancelled(&the_job))
        return false;
    job_init(&the_job, NULL, NULL);
    execute_watch();
    return true;
}

size_t execute_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

bool execute_wants_bold(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

bool execute_ask(void *context, const char *question, char *answer, size_t size)
{
    (void)context;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return false;
    fputs(question, stderr);
    fflush(stderr);
    if (fgets(answer, (int)size, stdin) == NULL)
        return false;
    answer[strcspn(answer, "\r\n")] = '\0';
    return true;
}

/* Everything went out, or why not. */
static int write_out(FILE *out, const struct str *text, struct error *err)
{
    if (fwrite(text->data != NULL ? text->data : "", 1, text->len, out) == text->len && fflush(out) == 0)
        return 0;
    if (errno == EPIPE) /* the reader has seen enough: `reckon … | head` */
        return 0;
    return error_set(err, E_IO, "the output", "%s", strerror(errno));
}

/* The curves of a result, or that there are none. */
static int draw(const struct execution *self, struct str *out, const struct result *result)
{
    if (result->n_series == 0 || self->draw == NULL)
        return str_puts(out, self->draw == NULL ? "\nNothing can be drawn here.\n" : "\nThere are no curves to draw.\n");
    str_putc(out, '\n');
    return self->draw(out, result, self->width);
}

/* failure: what the command failed with, when it has something to show all the same; else NULL. */
static int show(const struct execution *self, const struct invocation *call, const struct result *result,
                const struct error *failure, struct error *err)
{
    struct render_options options = {.width = self->width, .bold = self->bold, .quiet = call->quiet};
    struct str text;
    str_init(&text, OUTPUT_MAX);
    int rc = 0;
    switch (result->document != NULL && call->format > OUTPUT_CSV ? OUTPUT_TABLE : call->format) {
    case OUTPUT_JSON:
        rc = result_json(&text, call->command->name, result, failure);
        break;
    case OUTPUT_CSV:
        rc = render_csv(&text, result);
        break;
    case OUTPUT_MARKDOWN:
        rc = render_markdown(&text, result);
        break;
    case OUTPUT_HTML:
        rc = render_html(&text, result);
        break;
    case OUTPUT_TABLE:
        rc = render_table(&text, result, &options);
        if (rc == 0 && call->plot)
            rc = draw(self, &text, result);
        break;
    }
    rc = rc != 0 ? error_nomem(err, "the output") : write_out(self->out, &text, err);
    str_release(&text);
    return rc;
}

void execute_report(const char *where, const struct error *err)
{
    struct str text;
    str_init(&text, 8192);
    str_puts(&text, "reckon: ");
    str_puts(&text, where != NULL ? where : "");
    text_terminal_safe(&text, err->what, strlen(err->what));
    if (err->what[0] != '\0')
        str_puts(&text, ": ");
    text_terminal_safe(&text, err->why, strlen(err->why));
    if (err->hint[0] != '\0') {
        str_puts(&text, "; ");
        text_terminal_safe(&text, err->hint, strlen(err->hint));
    }
    str_putc(&text, '\n');
    fputs(str_text(&text), stderr);
    str_release(&text);
}

/* in_json: it was not yet part of a JSON output. */
static int report(const struct execution *self, const struct invocation *call, const struct error *err, bool in_json)
{
    struct str text;
    if (call->format == OUTPUT_JSON && in_json) {
        str_init(&text, 8192);
        result_json_error(&text, err);
        write_out(self->out, &text, NULL);
        str_release(&text);
    }
    execute_report(self->where, err);
    return error_exit_code(err->code);
}

static int print_help(const struct execution *self, const struct invocation *call, struct error *err)
{
    struct str text;
    int rc = 0;
    str_init(&text, 1 << 20);
    if (call->version)
        str_printf(&text, "reckon %s\n", help_version);
    else if (call->command != NULL)
        help_command(&text, call->command);
    else if (call->noun == NULL)
        help_overview(&text);
    else if (help_noun(&text, call->noun) != 0) /* there is none: say what is near */
        rc = command_find(&call->noun, 1, &(size_t){0}, err) != NULL ? 0 : E_USAGE;
    if (rc == 0)
        rc = text.failed ? error_nomem(err, "help") : write_out(self->out, &text, err);
    str_release(&text);
    return rc;
}

/* Interactive fronts ask; others want --yes, which command_run sees to. */
static bool confirmed(const struct execution *self, const struct invocation *call)
{
    const struct command *c = call->command;
    bool destroys = (c->flags & CF_DESTRUCTIVE) && !(c->harmless != NULL && c->harmless(call->args));
    return call->yes || (destroys && self->confirm != NULL && self->confirm(self->context, c, call->args));
}

/* *shown: the error is in what was shown. */
static int run(const struct execution *self, const struct invocation *call, bool *shown, struct error *err)
{
    struct curves curves;
    struct progress progress = {.curves = &curves};
    bool watched = isatty(STDERR_FILENO) && !call->quiet;
    struct app app = {.workspace_option = call->workspace != NULL ? call->workspace : self->workspace,
                      .threads = call->threads,
                      .job = &the_job,
                      .confirmed = confirmed(self, call),
                      .front = self->front,
                      .ask = self->ask,
                      .ask_context = self->context,
                      .serve = self->serve,
                      .shell = self->shell,
                      .check_keys = self->check_keys,
                      .draw = self->draw,
                      .console = call->format == OUTPUT_TABLE ? self->console : NULL};
    struct result result;
    job_init(&the_job, watched ? progress_show : NULL, &progress);
    curves_init(&curves);
    the_job.curves = &curves;
    execute_watch();
    result_init(&result);
    int rc = command_run(call->command, &app, call->args, &result, err);
    progress_clear(&progress);
    the_job.curves = NULL;
    curves_release(&curves);
    if (rc == 0) {
        rc = show(self, call, &result, NULL, err);
    } else if (result.n_rows > 0 || result.n_summary > 0) {
        /* a command may fail and still have something to show (doctor, a refused import) */
        *shown = show(self, call, &result, err, NULL) == 0;
    }
    result_release(&result);
    app_release(&app);
    return rc;
}

/* The program's name alone, on a terminal. */
static int open_console(const struct execution *self, const struct invocation *call, struct error *err)
{
    struct console_options options = {0};
    struct app app = {.workspace_option = call->workspace, .threads = call->threads};
    int rc = self->console(&app, &options, err);
    app_release(&app);
    return rc;
}

int execute(const struct execution *self, int argc, char *const *argv)
{
    struct error err = {0};
    struct invocation call;
    bool shown = false;
    int rc = argv_parse(&call, argc, argv, &err);
    if (call.format == OUTPUT_TABLE)
        call.format = call.plot ? OUTPUT_TABLE : self->format;
    else if (rc == 0 && call.plot)
        rc = error_set(&err, E_USAGE, "--plot", "draws below a table; the other forms have the points, and --html draws them");
    if (rc == 0 && call.command == NULL && !call.help && !call.version && self->console_alone)
        rc = open_console(self, &call, &err);
    else if (rc == 0 && (call.help || call.version || call.command == NULL))
        rc = print_help(self, &call, &err);
    else if (rc == 0)
        rc = run(self, &call, &shown, &err);
    int status = rc == 0 ? 0 : report(self, &call, &err, !shown);
    argv_release(&call);
    return status;
}
