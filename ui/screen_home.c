/* Home: the workspace at a glance, and the first steps. */
#include <string.h>

#include "ui/console.h"

struct home {
    struct screen screen;
};

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    const char *workspace = console_workspace(s->console);
    if (workspace[0] == '\0') {
        canvas_wrap(c, a, 1, STYLE_NORMAL,
                    "There is no workspace yet: a directory that holds your data and models.\n\n"
                    "Press : and type init to make one.");
        return;
    }
    canvas_text(c, a, 1, 0, STYLE_LABEL, "Workspace");
    const char *slash = strrchr(workspace, '/');
    canvas_text(c, a, 1, 12, STYLE_NORMAL, slash != NULL && slash[1] != '\0' ? slash + 1 : workspace);
}

const struct screen_kind screen_home = {
    .name = "home",
    .help = "The workspace at a glance, and what to do next.",
    .size = sizeof(struct home),
    .draw = draw,
};
