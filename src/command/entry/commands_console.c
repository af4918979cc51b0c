/* console: the command that opens the full-screen front. */
#include "command/commands.h"

static int run_console(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)out;
    struct console_options options = {
        .screen = args_text(args, "screen"),
        .size = args_text(args, "size"),
        .theme = args_text(args, "theme"),
        .once = args_flag(args, "once"),
        .plain = args_flag(args, "plain"),
        .ascii = args_flag(args, "ascii"),
        .no_mouse = args_flag(args, "no-mouse"),
        .fresh = args_flag(args, "fresh"),
        .read_only = args_flag(args, "read-only"),
    };
    if (app->console != NULL)
        return app->console(app, &options, err);
    error_set(err, E_REFUSED, "console", "the console cannot be opened from here");
    return error_hint(err, E_REFUSED, "open it on a terminal: `reckon console`, or just `reckon`");
}

static const struct command_param console_params[] = {
    {"screen", PT_TEXT, PF_POSITIONAL, NULL, 0, 0, NULL, "where to begin, such as home, events, models or jobs"},
    {"once", PT_FLAG, 0, NULL, 0, 0, NULL, "print one frame as text, and end"},
    {"plain", PT_FLAG, 0, NULL, 0, 0, NULL,
     "lines of text and a prompt instead of a full screen: for screen readers, logs and dumb terminals"},
    {"size", PT_TEXT, 0, NULL, 0, 0, NULL, "COLUMNSxROWS of what --once and --plain print"},
    {"theme", PT_CHOICE, 0, NULL, 0, 0, "auto|light|dark|contrast|mono", "how it looks; default: the setting console.theme"},
    {"ascii", PT_FLAG, 0, NULL, 0, 0, NULL, "draw with ASCII characters only"},
    {"no-mouse", PT_FLAG, 0, NULL, 0, 0, NULL, "leave the mouse to the terminal"},
    {"read-only", PT_FLAG, 0, NULL, 0, 0, NULL, "only look: commands that change the workspace are refused"},
    {"fresh", PT_FLAG, 0, NULL, 0, 0, NULL, "forget where one was: screen, sorting, filters, history"},
    {0},
};

const struct command command_console = {
    .name = "console",
    .summary = "open the full-screen console, where all of this can be done by keys",
    .description =
        "`reckon` alone opens it too, on a terminal. Inside, ? shows what the keys of a screen do, : lists every command "
        "with its parameters as a form, g and a letter goes to a screen, Esc goes back, q leaves. Commands run in the "
        "background; after each, the command line that does the same is shown.\n\nColours, characters, mouse and keys are "
        "set in reckon.toml, tables [console] and [console.keys]; NO_COLOR is honoured.",
    .examples = "  reckon console\n  reckon console events\n  reckon console home --once --size 120x40\n",
    .params = console_params,
    .flags = 0,
    .run = run_console,
};
