/* reckon on the command line: parse, run, render. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <sodium.h>

#include "base/text.h"
#include "cli/argv.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "command/help.h"
#include "command/result_json.h"
#include "serve/serve.h"

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

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error to report, like a full disk */
}

static size_t terminal_width(int fd)
{
    struct winsize size;
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

static bool wants_bold(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

/* Everything went out, or why not. */
static int write_out(const struct str *text, struct error *err)
{
    if (fwrite(text->data != NULL ? text->data : "", 1, text->len, stdout) == text->len && fflush(stdout) == 0)
        return 0;
    if (errno == EPIPE) /* the reader has seen enough: `reckon … | head` */
        return 0;
    return error_set(err, E_IO, "standard output", "%s", strerror(errno));
}

/* failure: what the command failed with, when it has something to show all the same; else NULL. */
static int show(const struct invocation *call, const struct result *result, const struct error *failure,
                struct error *err)
{
    struct render_options options = {
        .width = terminal_width(STDOUT_FILENO), .bold = wants_bold(), .quiet = call->quiet};
    struct str text;
    str_init(&text, OUTPUT_MAX);
    int rc = call->format == OUTPUT_JSON ? result_json(&text, call->command->name, result, failure)
             : call->format == OUTPUT_CSV ? render_csv(&text, result)
                                          : render_table(&text, result, &options);
    rc = rc != 0 ? error_nomem(err, "the output") : write_out(&text, err);
    str_release(&text);
    return rc;
}

/* in_json: it was not yet part of a JSON output. */
static int report_error(const struct invocation *call, const struct error *err, bool in_json)
{
    struct str text;
    str_init(&text, 8192);
    if (call->format == OUTPUT_JSON && in_json) {
        result_json_error(&text, err);
        fputs(str_text(&text), stdout);
        fflush(stdout);
        str_clear(&text);
    }
    str_puts(&text, "reckon: ");
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
    return error_exit_code(err->code);
}

static int print_help(const struct invocation *call, struct error *err)
{
    struct str text;
    str_init(&text, 1 << 20);
    if (call->version)
        str_printf(&text, "reckon %s\n", help_version);
    else if (call->command != NULL)
        help_command(&text, call->command);
    else
        help_overview(&text);
    int rc = text.failed ? error_nomem(err, "help") : write_out(&text, err);
    str_release(&text);
    return rc;
}

/* *shown: the error is in what was shown. */
static int run(const struct invocation *call, bool *shown, struct error *err)
{
    struct progress progress = {0};
    bool watched = isatty(STDERR_FILENO) && !call->quiet;
    job_init(&the_job, watched ? progress_show : NULL, &progress);
    watch_signals();
    struct app app = {
        .workspace_option = call->workspace, .threads = call->threads, .job = &the_job, .confirmed = call->yes,
        .serve = serve_run};
    struct result result;
    result_init(&result);
    int rc = command_run(call->command, &app, call->args, &result, err);
    progress_clear(&progress);
    if (rc == 0) {
        rc = show(call, &result, NULL, err);
    } else if (result.n_rows > 0 || result.n_summary > 0) {
        /* a command may fail and still have something to show (doctor, a refused import) */
        *shown = show(call, &result, err, NULL) == 0;
    }
    result_release(&result);
    app_release(&app);
    return rc;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    struct error err = {0};
    struct invocation call;
    bool shown = false;
    int rc = argv_parse(&call, argc, argv, &err);
    if (rc == 0 && sodium_init() < 0)
        rc = error_set(&err, E_FAILED, "libsodium", "cannot be initialised");
    if (rc == 0 && (call.help || call.version || call.command == NULL))
        rc = print_help(&call, &err);
    else if (rc == 0)
        rc = run(&call, &shown, &err);
    int status = rc == 0 ? 0 : report_error(&call, &err, !shown);
    argv_release(&call);
    return status;
}
