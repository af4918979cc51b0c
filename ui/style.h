/* style: what a piece of text means, and how a theme shows it.
 *
 * Screens name a meaning (STYLE_GOOD), never a colour.  A theme maps each meaning to a look for the colours that the
 * terminal has; what a state is must also be told by a word or a sign, since the mono theme has no hues.
 * To add a style: one line of STYLES and one entry in each theme of style.c.  Pure; thread-safe. */
#ifndef RECKON_UI_STYLE_H
#define RECKON_UI_STYLE_H

#include <stdbool.h>
#include <stddef.h>

/* Styles after OVER are laid over the others (canvas_over): they bring the background, and keep the text's colour
 * unless they have one of their own. */
#define STYLES(X)                                                                                                    \
    X(NORMAL) X(TITLE) X(HEADER) X(LABEL) X(DIM) X(KEY) X(GOOD) X(WARN) X(BAD) X(ACCENT) X(BORDER) X(INPUT) X(MATCH)  \
    X(TAB) X(TAB_HERE) X(BAR) X(BAR_KEY) X(BAR_OFF)                                                                   \
    X(SERIES_1) X(SERIES_2) X(SERIES_3) X(SERIES_4) X(SERIES_5) X(SERIES_6)                                           \
    X(SELECTED) X(CURSOR) X(MARKED)

enum style {
#define X(name) STYLE_##name,
    STYLES(X)
#undef X
    STYLE_COUNT
};
#define STYLE_OVER STYLE_SELECTED

enum look_flag { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_UNDERLINE = 4, LOOK_REVERSE = 8 };

/* A colour: -1 the terminal's own, 0-15 of its palette, or LOOK_RGB | 0xRRGGBB. */
enum { LOOK_NONE = -1, LOOK_RGB = 1 << 24 };

struct look {
    int fg, bg;
    unsigned flags;
};

struct theme {
    const char *name, *help;
    struct look looks[STYLE_COUNT];
};

/* "auto|light|dark|contrast|mono": the words of the setting console.theme; auto borrows the terminal's colours. */
extern const struct theme style_themes[];
const struct theme *style_theme(const char *name); /* NULL: there is none */

/* The look of a style with another over it (over 0: none), reduced to `colours` (0, 8, 16, 256, 1 << 24). */
struct look style_look(const struct theme *theme, enum style style, enum style over, int colours);

const char *style_name(enum style style);

#endif
