#include "ui/run.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "store/store.h"
#include "ui/console.h"
#include "ui/guard.h"
#include "ui/keys.h"
#include "ui/plain.h"
#include "ui/terminal.h"

enum { FRAME_MAX = 1 << 24 };

/* What reckon.toml, the options and the environment say. */
struct wishes {
    struct settings settings;
    struct keymap *keymap;
    const struct theme *theme;
    int colours;
    bool ascii;
    enum canvas_ink ink;
    int rows, cols;
    struct state *state;
    bool state_was_bad;
    struct error problem; /* of the settings: told, and the defaults are used */
};

static bool locale_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static int wished_colours(const char *setting)
{
    const char *no_color = getenv("NO_COLOR");
    if (strcmp(setting, "auto") == 0)
        return no_color != NULL && no_color[0] != '\0' ? 0 : -1;
    return strcmp(setting, "none") == 0 ? 0 : strcmp(setting, "true") == 0 ? 1 << 24 : atol(setting) > 0 ? (int)atol(setting) : -1;
}

static int read_size(const char *size, int *rows, int *cols, struct error *err)
{
    int64_t c, r;
    const char *x = size != NULL ? strchr(size, 'x') : NULL;
    *rows = 24;
    *cols = 80;
    if (size == NULL)
        return 0;
    if (x == NULL || !text_to_int64(size, (size_t)(x - size), &c) || !text_to_int64(x + 1, strlen(x + 1), &r) || c < 1 ||
        r < 1 || c > CANVAS_SIDE_MAX || r > CANVAS_SIDE_MAX) {
        error_set(err, E_USAGE, "--size", "'%s' is not COLUMNSxROWS", size);
        return error_hint(err, E_USAGE, "write it as 80x24; the largest is %dx%d", CANVAS_SIDE_MAX, CANVAS_SIDE_MAX);
    }
    *rows = (int)r;
    *cols = (int)c;
    return 0;
}

static int read_wishes(struct wishes *out, const struct app *app, const struct console_options *o, struct error *err)
{
    memset(out, 0, sizeof *out);
    int rc = read_size(o->size, &out->rows, &out->cols, err);
    if (rc != 0)
        return rc;
    if (app_settings(app, &out->settings, &out->problem) != 0)
        settings_init(&out->settings);
    else if (keys_load(&out->keymap, app->workspace, &out->problem) != 0)
        out->keymap = NULL;
    out->theme = style_theme(o->theme != NULL ? o->theme : settings_text(&out->settings, SETTING_ID_THEME));
    out->colours = wished_colours(settings_text(&out->settings, SETTING_ID_COLOURS));
    out->ascii = o->ascii || !locale_is_utf8() || strcmp(settings_text(&out->settings, SETTING_ID_CHARACTERS), "ascii") == 0;
    const char *characters = settings_text(&out->settings, SETTING_ID_CHARACTERS), *term = getenv("TERM");
    bool console = term != NULL && strncmp(term, "linux", 5) == 0; /* its fonts have no braille */
    bool block = strcmp(characters, "block") == 0 || (console && strcmp(characters, "braille") != 0);
    out->ink = out->ascii ? INK_ASCII : block ? INK_BLOCK : INK_BRAILLE;
    return 0;
}

static int make_console(struct console **out, const struct app *app, const struct console_options *o,
                        const struct wishes *w, struct error *err)
{
    struct console_setup setup = {.workspace = app->workspace[0] != '\0' ? app->workspace : NULL,
                                  .threads = app->threads,
                                  .place = o->screen,
                                  .read_only = o->read_only,
                                  .server = o->server,
                                  .key_file = o->key_file,
                                  .theme = w->theme,
                                  .rows = w->rows,
                                  .cols = w->cols,
                                  .ascii = w->ascii,
                                  .ink = w->ink,
                                  .keymap = w->keymap,
                                  .state = w->state};
    int rc = console_new(out, &setup, err);
    if (rc == 0 && w->state_was_bad)
        console_notice(*out, STYLE_WARN, "What the console remembered could not be understood; it begins anew.");
    if (rc == 0 && w->problem.code != 0)
        console_notice_error(*out, &w->problem);
    return rc;
}

/* ---- one frame, as text -------------------------------------------------------------------------------- */

/* Waits until nothing is under way. */
static void settle(struct console *console)
{
    struct pollfd p = {.fd = console_bell(console), .events = POLLIN};
    while (console_busy(console) > 0) {
        poll(&p, 1, -1);
        console_news(console);
    }
}

static int print_frame(struct console *console, struct error *err)
{
    struct str text;
    str_init(&text, FRAME_MAX);
    settle(console);
    console_draw(console); /* now sizes are known, and what they ask for can be read */
    settle(console);
    int rc = plain_frame(&text, console_draw(console)) != 0 ? error_nomem(err, "the frame") : 0;
    if (rc == 0 && (fwrite(str_text(&text), 1, text.len, stdout) != text.len || fflush(stdout) != 0) && errno != EPIPE)
        rc = error_set(err, E_IO, "standard output", "%s", strerror(errno));
    str_release(&text);
    return rc;
}

/* ---- lines --------------------------------------------------------------------------------------------- */

/* A line of keys by their names: "g e", "/ price>3 enter" is typed as it stands after a quote: "'text". */
static void press_words(struct console *console, char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    for (char *p = line; *p != '\0';) {
        p += strspn(p, " ");
        if (*p == '\'') {
            struct event paste = {.type = EVENT_PASTE, .text = p + 1};
            console_event(console, &paste);
            return;
        }
        size_t n = strcspn(p, " ");
        key_code key;
        if (n > 0 && key_parse(p, n, &key))
            console_key(console, key);
        else if (n > 0)
            console_notice(console, STYLE_BAD, "'%.*s' is not the name of a key; ? shows them", (int)n, p);
        settle(console);
        p += n;
    }
}

static int run_plain(struct console *console, struct error *err)
{
    char line[8192];
    int rc = print_frame(console, err);
    while (rc == 0 && !console_over(console)) {
        fputs("Keys (? help, q quits): ", stdout);
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL)
            break;
        press_words(console, line);
        if (!console_over(console))
            rc = print_frame(console, err);
    }
    return rc;
}

/* ---- a terminal ---------------------------------------------------------------------------------------- */

struct show {
    struct console *console;
    struct terminal *terminal;
    enum terminal_request request;
};

static void copy_out(struct show *self)
{
    char *text = console_take_copied(self->console);
    if (text != NULL)
        terminal_copy(self->terminal, text);
    mem_free(text);
}

static void take_events(struct show *self)
{
    struct event event;
    while (!console_over(self->console) && self->request == TERMINAL_NOTHING &&
           terminal_next(self->terminal, &event, &self->request)) {
        console_event(self->console, &event);
        if (console_take_suspend(self->console)) {
            terminal_suspend(self->terminal);
            console_changed(self->console);
        }
    }
}

static void show_frame(struct show *self)
{
    terminal_set_theme(self->terminal, console_theme(self->console));
    if (console_take_redraw(self->console))
        terminal_redraw(self->terminal);
    guard_note_screen(console_top(self->console)->kind->name);
    terminal_show(self->terminal, console_draw(self->console));
}

static void report(struct show *self)
{
    bool when_idle = self->request == TERMINAL_WHEN_IDLE;
    if (self->request == TERMINAL_NOTHING || (when_idle && console_busy(self->console) > 0) ||
        console_dirty(self->console))
        return;
    terminal_report(self->terminal, self->request);
    self->request = TERMINAL_NOTHING;
}

static void run_loop(struct show *self)
{
    struct pollfd fds[4] = {{.fd = terminal_fd(self->terminal), .events = POLLIN},
                            {.fd = console_bell(self->console), .events = POLLIN},
                            {.fd = guard_bell(), .events = POLLIN},
                            {.events = POLLIN}};
    while (!console_over(self->console)) {
        take_events(self);
        console_news(self->console);
        if (console_over(self->console))
            break;
        if (console_dirty(self->console))
            show_frame(self);
        copy_out(self);
        report(self);
        if (console_dirty(self->console))
            continue;
        /* While a request waits, what was typed after it waits too. */
        fds[0].events = self->request == TERMINAL_NOTHING ? POLLIN : 0;
        fds[3].fd = console_changes_bell(self->console);
        int n = poll(fds, 4, console_patience_ms(self->console));
        if (n == 0)
            console_changed(self->console); /* the clock of a running command */
        if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
            break;
    }
}

/* Where crash reports go: the user's state directory. */
static void report_dir(char out[FS_PATH_MAX])
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = -1;
    out[0] = '\0';
    if (state != NULL && state[0] == '/')
        n = snprintf(out, FS_PATH_MAX, "%s/reckon", state);
    else if (home != NULL && home[0] == '/')
        n = snprintf(out, FS_PATH_MAX, "%s/.local/state/reckon", home);
    if (n < 0 || n >= FS_PATH_MAX)
        out[0] = '\0';
}

static bool is_on(const struct wishes *w, enum setting_id id)
{
    return strcmp(settings_text(&w->settings, id), "on") == 0;
}

static int run_terminal(const struct app *app, const struct console_options *o, struct wishes *w, struct error *err)
{
    char dir[FS_PATH_MAX];
    struct show show = {.request = TERMINAL_NOTHING};
    report_dir(dir);
    struct terminal_options t = {.theme = w->theme,
                                 .colours = w->colours,
                                 .mouse = !o->no_mouse && is_on(w, SETTING_ID_MOUSE),
                                 .whole_frames = is_on(w, SETTING_ID_WHOLE_FRAMES),
                                 .reports = getenv("RECKON_CONSOLE_REPORTS") != NULL,
                                 .report_dir = dir};
    int rc = terminal_open(&show.terminal, &t, err);
    if (rc != 0)
        return rc;
    terminal_size(show.terminal, &w->rows, &w->cols);
    rc = make_console(&show.console, app, o, w, err);
    if (rc == 0)
        run_loop(&show);
    terminal_close(show.terminal); /* first: what is cancelled may take a moment, and says so below */
    console_free(show.console);
    return rc;
}

int ui_run(struct app *app, const struct console_options *options, struct error *err)
{
    struct wishes w;
    struct error missing = {0};
    bool asked_for = app->workspace_option != NULL || getenv("RECKON_WORKSPACE") != NULL;
    int rc = app_find_workspace(app, &missing);
    if (rc != 0 && asked_for) {
        *err = missing;
        return rc;
    }
    rc = read_wishes(&w, app, options, err);
    if (rc == 0 && (options->once || options->plain)) {
        struct console *console = NULL;
        rc = make_console(&console, app, options, &w, err);
        if (rc == 0)
            rc = options->once ? print_frame(console, err) : run_plain(console, err);
        console_free(console);
    } else if (rc == 0) {
        rc = state_open(&w.state, app->workspace, options->fresh, &w.state_was_bad, err);
        if (rc == 0)
            rc = run_terminal(app, options, &w, err);
        if (rc == 0)
            state_save(w.state, NULL); /* a workspace that cannot be written remembers nothing */
        state_free(w.state);
    }
    keymap_free(w.keymap);
    return rc;
}

bool ui_run_possible(void)
{
    const char *term = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}
