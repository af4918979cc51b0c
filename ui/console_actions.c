/* The actions that every screen has. */
#include <stdio.h>

#include "ui/console_private.h"

static void leave_for_good(struct console *self, void *context)
{
    (void)context;
    self->over = true;
}

void console_leave(struct console *self)
{
    background_lock(self->jobs);
    size_t n = background_unfinished(self->jobs);
    background_unlock(self->jobs);
    if (n == 0) {
        self->over = true;
        return;
    }
    char text[256];
    snprintf(text, sizeof text,
             "%zu %s still running. Leaving cancels %s: nothing half-done is left behind, but %s must be started again.",
             n, n == 1 ? "command is" : "commands are", n == 1 ? "it" : "them", n == 1 ? "it" : "they");
    struct confirmation c = {.title = "Leave the console?", .text = text, .yes = leave_for_good};
    console_confirm(self, &c);
}

static void act_quit(struct screen *s)
{
    if (s->below != NULL)
        console_pop(s->console);
    else
        console_leave(s->console);
}

static void act_leave(struct screen *s)
{
    console_leave(s->console);
}

static void act_back(struct screen *s)
{
    if (s->below == NULL)
        console_notice(s->console, STYLE_DIM, "This is the first screen of its tab; q leaves the console.");
    else
        console_pop(s->console);
}

static void act_help(struct screen *s)
{
    console_push(s->console, &screen_help, s, "Help");
}

static void act_palette(struct screen *s)
{
    console_push(s->console, &screen_palette, NULL, "Commands");
}

static void act_go(struct screen *s)
{
    console_push(s->console, &screen_go, NULL, "Go to");
}

static void act_history_back(struct screen *s)
{
    console_history(s->console, -1);
}

static void act_history_forward(struct screen *s)
{
    console_history(s->console, 1);
}

static void act_refresh(struct screen *s)
{
    s->stale = true;
    console_changed(s->console);
}

static void act_read_only(struct screen *s)
{
    bool on = !console_read_only(s->console);
    console_set_read_only(s->console, on);
    console_notice(s->console, STYLE_NORMAL, on ? "Only looking: commands that change the workspace are refused."
                                                : "Commands may change the workspace again.");
}

static void act_redraw(struct screen *s)
{
    s->console->redraw = s->console->dirty = true;
}

static void act_suspend(struct screen *s)
{
    s->console->suspend = true;
}

static void act_copy_line(struct screen *s)
{
    const char *line = console_last_line(s->console);
    if (line[0] == '\0')
        console_notice(s->console, STYLE_DIM, "No command was run yet.");
    else
        console_copy(s->console, line, "the command line of the last action");
}

static void act_theme(struct screen *s)
{
    const struct theme *next = s->console->theme + 1;
    console_set_theme(s->console, next->name != NULL ? next : style_themes);
    console_notice(s->console, STYLE_NORMAL, "Theme %s: %s. To keep it: reckon settings set console.theme %s (g s).",
                   s->console->theme->name, s->console->theme->help, s->console->theme->name);
}

/* People press it to get out of anything: it loses nothing, and says what to press instead. */
static void act_interrupt(struct screen *s)
{
    console_notice(s->console, STYLE_NORMAL,
                   "q leaves, Esc goes back, x cancels a command (J shows them). Nothing was lost.");
}

static void act_jobs(struct screen *s)
{
    console_go(s->console, "jobs", NULL);
}

#define JUMP(n)                                    \
    static void act_jump_##n(struct screen *s)     \
    {                                              \
        console_jump(s->console, ((n) + 9) % 10);  \
    }
JUMP(1) JUMP(2) JUMP(3) JUMP(4) JUMP(5) JUMP(6) JUMP(7) JUMP(8) JUMP(9) JUMP(0)

const struct action console_actions[] = {
    {"help", "? F1", "help", "show what the keys of this screen do", NULL, act_help},
    {"palette", ": ctrl-p", "commands", "find any command, screen or action by a few letters", NULL, act_palette},
    {"go", "g", "go to", "go to a screen by its letter", NULL, act_go},
    {"back", "esc backspace", "back", "go back to the screen before this one", NULL, act_back},
    {"quit", "q", "quit", "close this screen; on the first of a tab, leave the console", NULL, act_quit},
    {"leave", "F10", NULL, "leave the console", NULL, act_leave},
    {"history-back", "[", NULL, "go back through the places that were visited", NULL, act_history_back},
    {"history-forward", "]", NULL, "go forward through the places that were visited", NULL, act_history_forward},
    {"jobs", "J", NULL, "show the commands that run and ran", NULL, act_jobs},
    {"refresh", "r", NULL, "read what is shown again", NULL, act_refresh},
    {"interrupt", "ctrl-c", NULL, "say how to leave, and how to cancel a command", NULL, act_interrupt},
    {"read-only", "", NULL, "only look: refuse commands that change the workspace, or allow them again", NULL,
     act_read_only},
    {"theme", "", NULL, "look different: the next theme", NULL, act_theme},
    {"redraw", "ctrl-l", NULL, "draw the whole screen again", NULL, act_redraw},
    {"suspend", "ctrl-z", NULL, "stop the console until `fg` brings it back", NULL, act_suspend},
    {"copy-line", "Y", NULL, "copy the command line that does what was done last", NULL, act_copy_line},
    {"tab-1", "1", NULL, "go to the first tab", NULL, act_jump_1},
    {"tab-2", "2", NULL, "go to the second tab", NULL, act_jump_2},
    {"tab-3", "3", NULL, "go to the third tab", NULL, act_jump_3},
    {"tab-4", "4", NULL, "go to the fourth tab", NULL, act_jump_4},
    {"tab-5", "5", NULL, "go to the fifth tab", NULL, act_jump_5},
    {"tab-6", "6", NULL, "go to the sixth tab", NULL, act_jump_6},
    {"tab-7", "7", NULL, "go to the seventh tab", NULL, act_jump_7},
    {"tab-8", "8", NULL, "go to the eighth tab", NULL, act_jump_8},
    {"tab-9", "9", NULL, "go to the ninth tab", NULL, act_jump_9},
    {"tab-10", "0", NULL, "go to the tenth tab", NULL, act_jump_0},
    {0},
};
