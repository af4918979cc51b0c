/* shell: the command that starts the prompt. */
#include "command/commands.h"

static int run_shell(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)out;
    if (app->shell != NULL)
        return app->shell(app, args_flag(args, "keep-going"), err);
    error_set(err, E_REFUSED, "shell", "a prompt cannot be opened from here");
    return error_hint(err, E_REFUSED, "start it on a command line: `reckon shell`");
}

static const struct command_param shell_params[] = {
    {"keep-going", PT_FLAG, 0, NULL, 0, 0, NULL, "a script goes on after a line that fails"},
    {0},
};

const struct command command_shell = {
    .name = "shell",
    .summary = "read commands from a prompt, or a script from standard input",
    .description =
        "The commands are those of the command line, without `reckon` before them. On a terminal, Tab completes "
        "commands, options, users, items and models, the arrow keys bring back what was typed (also in earlier "
        "sessions), and Ctrl-C stops what runs. A line may go through a program (recommend --user 12347 | less) or into "
        "a file (models list --json > models.json); a quote that is open, or a backslash at the end, takes another "
        "line; # starts a comment.\n\nBeside the commands there are: format table|json|csv (how answers are shown from "
        "here on), use DIRECTORY (another workspace), exit.\n\nA script stops at the first line that fails, with its "
        "exit status.",
    .examples = "  reckon shell\n  reckon shell < nightly.reckon\n",
    .params = shell_params,
    .flags = 0,
    .run = run_shell,
};
