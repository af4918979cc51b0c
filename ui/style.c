#include "ui/style.h"

#include <string.h>

#define RGB(hex) (LOOK_RGB | 0x##hex)
#define NONE LOOK_NONE
#define B LOOK_BOLD
#define D LOOK_DIM
#define U LOOK_UNDERLINE
#define R LOOK_REVERSE

/* The palette: 0 black 1 red 2 green 3 yellow 4 blue 5 magenta 6 cyan 7 white; 8-15 the same, bright. */
const struct theme style_themes[] = {
    {"auto", "the terminal's own colours and background", {
        [STYLE_NORMAL] = {NONE, NONE, 0},     [STYLE_TITLE] = {NONE, NONE, B},      [STYLE_HEADER] = {NONE, NONE, B | U},
        [STYLE_LABEL] = {6, NONE, 0},         [STYLE_DIM] = {NONE, NONE, D},        [STYLE_KEY] = {4, NONE, B},
        [STYLE_GOOD] = {2, NONE, 0},          [STYLE_WARN] = {3, NONE, B},          [STYLE_BAD] = {1, NONE, B},
        [STYLE_ACCENT] = {4, NONE, B},        [STYLE_BORDER] = {NONE, NONE, D},     [STYLE_INPUT] = {NONE, NONE, U},
        [STYLE_MATCH] = {3, NONE, B | U},     [STYLE_TAB] = {NONE, NONE, 0},        [STYLE_TAB_HERE] = {NONE, NONE, B | R},
        [STYLE_BAR] = {NONE, NONE, 0},        [STYLE_BAR_KEY] = {NONE, NONE, R},    [STYLE_BAR_OFF] = {NONE, NONE, D},
        [STYLE_SERIES_1] = {4, NONE, 0},      [STYLE_SERIES_2] = {3, NONE, 0},      [STYLE_SERIES_3] = {6, NONE, 0},
        [STYLE_SERIES_4] = {5, NONE, 0},      [STYLE_SERIES_5] = {2, NONE, 0},      [STYLE_SERIES_6] = {1, NONE, 0},
        [STYLE_SELECTED] = {NONE, NONE, R},   [STYLE_CURSOR] = {NONE, NONE, B | R}, [STYLE_MARKED] = {5, NONE, B}}},
    {"light", "dark text on paper", {
        [STYLE_NORMAL] = {RGB(1f2328), RGB(ffffff), 0},   [STYLE_TITLE] = {RGB(1f2328), RGB(ffffff), B},
        [STYLE_HEADER] = {RGB(1f2328), RGB(e4e8ec), B},   [STYLE_LABEL] = {RGB(0b5c6b), RGB(ffffff), 0},
        [STYLE_DIM] = {RGB(656d76), RGB(ffffff), 0},      [STYLE_KEY] = {RGB(0550ae), RGB(ffffff), B},
        [STYLE_GOOD] = {RGB(116329), RGB(ffffff), 0},     [STYLE_WARN] = {RGB(7d4e00), RGB(ffffff), B},
        [STYLE_BAD] = {RGB(a40e26), RGB(ffffff), B},      [STYLE_ACCENT] = {RGB(0550ae), RGB(ffffff), B},
        [STYLE_BORDER] = {RGB(8c959f), RGB(ffffff), 0},   [STYLE_INPUT] = {RGB(1f2328), RGB(eef1f4), U},
        [STYLE_MATCH] = {RGB(7d4e00), RGB(fff8c5), B},    [STYLE_TAB] = {RGB(57606a), RGB(e4e8ec), 0},
        [STYLE_TAB_HERE] = {RGB(ffffff), RGB(0550ae), B}, [STYLE_BAR] = {RGB(1f2328), RGB(e4e8ec), 0},
        [STYLE_BAR_KEY] = {RGB(0550ae), RGB(e4e8ec), B},  [STYLE_BAR_OFF] = {RGB(8c959f), RGB(e4e8ec), 0},
        [STYLE_SERIES_1] = {RGB(0550ae), RGB(ffffff), 0}, [STYLE_SERIES_2] = {RGB(9a4b00), RGB(ffffff), 0},
        [STYLE_SERIES_3] = {RGB(0b5c6b), RGB(ffffff), 0}, [STYLE_SERIES_4] = {RGB(7a2fa0), RGB(ffffff), 0},
        [STYLE_SERIES_5] = {RGB(116329), RGB(ffffff), 0}, [STYLE_SERIES_6] = {RGB(a40e26), RGB(ffffff), 0},
        [STYLE_SELECTED] = {NONE, RGB(cfe3ff), 0},        [STYLE_CURSOR] = {RGB(ffffff), RGB(0550ae), B},
        [STYLE_MARKED] = {RGB(7a2fa0), RGB(f3e8fb), B}}},
    {"dark", "light text on a dark ground", {
        [STYLE_NORMAL] = {RGB(d6dae0), RGB(16191e), 0},   [STYLE_TITLE] = {RGB(ffffff), RGB(16191e), B},
        [STYLE_HEADER] = {RGB(ffffff), RGB(2a2f38), B},   [STYLE_LABEL] = {RGB(7cc7d6), RGB(16191e), 0},
        [STYLE_DIM] = {RGB(8b939f), RGB(16191e), 0},      [STYLE_KEY] = {RGB(7ab4ff), RGB(16191e), B},
        [STYLE_GOOD] = {RGB(7bc98f), RGB(16191e), 0},     [STYLE_WARN] = {RGB(e8b84a), RGB(16191e), B},
        [STYLE_BAD] = {RGB(ff8a8a), RGB(16191e), B},      [STYLE_ACCENT] = {RGB(7ab4ff), RGB(16191e), B},
        [STYLE_BORDER] = {RGB(5a626e), RGB(16191e), 0},   [STYLE_INPUT] = {RGB(ffffff), RGB(242932), U},
        [STYLE_MATCH] = {RGB(16191e), RGB(e8b84a), B},    [STYLE_TAB] = {RGB(aab1bb), RGB(2a2f38), 0},
        [STYLE_TAB_HERE] = {RGB(16191e), RGB(7ab4ff), B}, [STYLE_BAR] = {RGB(d6dae0), RGB(2a2f38), 0},
        [STYLE_BAR_KEY] = {RGB(7ab4ff), RGB(2a2f38), B},  [STYLE_BAR_OFF] = {RGB(6d7581), RGB(2a2f38), 0},
        [STYLE_SERIES_1] = {RGB(7ab4ff), RGB(16191e), 0}, [STYLE_SERIES_2] = {RGB(e8b84a), RGB(16191e), 0},
        [STYLE_SERIES_3] = {RGB(7cc7d6), RGB(16191e), 0}, [STYLE_SERIES_4] = {RGB(d39bf0), RGB(16191e), 0},
        [STYLE_SERIES_5] = {RGB(7bc98f), RGB(16191e), 0}, [STYLE_SERIES_6] = {RGB(ff8a8a), RGB(16191e), 0},
        [STYLE_SELECTED] = {NONE, RGB(2f3f57), 0},        [STYLE_CURSOR] = {RGB(16191e), RGB(7ab4ff), B},
        [STYLE_MARKED] = {RGB(d39bf0), RGB(33263f), B}}},
    {"contrast", "black and white, and few colours", {
        [STYLE_NORMAL] = {15, 0, 0},      [STYLE_TITLE] = {15, 0, B},       [STYLE_HEADER] = {15, 0, B | U},
        [STYLE_LABEL] = {15, 0, 0},       [STYLE_DIM] = {15, 0, 0},         [STYLE_KEY] = {11, 0, B},
        [STYLE_GOOD] = {15, 0, 0},        [STYLE_WARN] = {11, 0, B},        [STYLE_BAD] = {11, 0, B | R},
        [STYLE_ACCENT] = {11, 0, B},      [STYLE_BORDER] = {15, 0, 0},      [STYLE_INPUT] = {15, 0, U},
        [STYLE_MATCH] = {0, 11, B},       [STYLE_TAB] = {15, 0, 0},         [STYLE_TAB_HERE] = {0, 15, B},
        [STYLE_BAR] = {15, 0, 0},         [STYLE_BAR_KEY] = {0, 15, B},     [STYLE_BAR_OFF] = {15, 0, 0},
        [STYLE_SERIES_1] = {15, 0, 0},    [STYLE_SERIES_2] = {11, 0, 0},    [STYLE_SERIES_3] = {14, 0, 0},
        [STYLE_SERIES_4] = {13, 0, 0},    [STYLE_SERIES_5] = {10, 0, 0},    [STYLE_SERIES_6] = {9, 0, 0},
        [STYLE_SELECTED] = {0, 15, 0},    [STYLE_CURSOR] = {0, 11, B},      [STYLE_MARKED] = {11, 0, B | U}}},
    {"mono", "no colours at all", {
        [STYLE_NORMAL] = {NONE, NONE, 0}, [STYLE_TITLE] = {NONE, NONE, B},  [STYLE_HEADER] = {NONE, NONE, B | U},
        [STYLE_LABEL] = {NONE, NONE, 0},  [STYLE_DIM] = {NONE, NONE, 0},    [STYLE_KEY] = {NONE, NONE, B},
        [STYLE_GOOD] = {NONE, NONE, 0},   [STYLE_WARN] = {NONE, NONE, B},   [STYLE_BAD] = {NONE, NONE, B | U},
        [STYLE_ACCENT] = {NONE, NONE, B}, [STYLE_BORDER] = {NONE, NONE, 0}, [STYLE_INPUT] = {NONE, NONE, U},
        [STYLE_MATCH] = {NONE, NONE, U},  [STYLE_TAB] = {NONE, NONE, 0},    [STYLE_TAB_HERE] = {NONE, NONE, R},
        [STYLE_BAR] = {NONE, NONE, 0},    [STYLE_BAR_KEY] = {NONE, NONE, B}, [STYLE_BAR_OFF] = {NONE, NONE, D},
        [STYLE_SERIES_1] = {NONE, NONE, 0}, [STYLE_SERIES_2] = {NONE, NONE, B}, [STYLE_SERIES_3] = {NONE, NONE, U},
        [STYLE_SERIES_4] = {NONE, NONE, B | U}, [STYLE_SERIES_5] = {NONE, NONE, D}, [STYLE_SERIES_6] = {NONE, NONE, R},
        [STYLE_SELECTED] = {NONE, NONE, R}, [STYLE_CURSOR] = {NONE, NONE, B | R}, [STYLE_MARKED] = {NONE, NONE, B | U}}},
    {NULL, NULL, {{0}}},
};

const struct theme *style_theme(const char *name)
{
    for (const struct theme *t = style_themes; t->name != NULL; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

static int nearest_level(int v)
{
    return v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40;
}

static int distance(int rgb, int r, int g, int b)
{
    int dr = (rgb >> 16 & 255) - r, dg = (rgb >> 8 & 255) - g, db = (rgb & 255) - b;
    return dr * dr + dg * dg + db * db;
}

/* The nearest of xterm's 256: its cube of 6x6x6, or one of its 24 greys. */
static int to_256(int rgb)
{
    static const int levels[] = {0, 95, 135, 175, 215, 255};
    int r = rgb >> 16 & 255, g = rgb >> 8 & 255, b = rgb & 255;
    int ri = nearest_level(r), gi = nearest_level(g), bi = nearest_level(b);
    int grey = (r + g + b) / 3, step = grey > 238 ? 23 : grey < 3 ? 0 : (grey - 3) / 10, v = 8 + 10 * step;
    bool greyer = distance(rgb, v, v, v) < distance(rgb, levels[ri], levels[gi], levels[bi]);
    return greyer ? 232 + step : 16 + 36 * ri + 6 * gi + bi;
}

static int to_16(int rgb, int colours)
{
    static const int palette[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
                                    0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
    int best = 0;
    for (int i = 1; i < colours && i < 16; i++) {
        int p = palette[i], q = palette[best];
        if (distance(rgb, p >> 16, p >> 8 & 255, p & 255) < distance(rgb, q >> 16, q >> 8 & 255, q & 255))
            best = i;
    }
    return best;
}

static int reduce(int colour, int colours)
{
    if (colour == LOOK_NONE || colours == 0)
        return LOOK_NONE;
    if (colour & LOOK_RGB) {
        int rgb = colour & 0xffffff;
        return colours > 256 ? colour : colours == 256 ? to_256(rgb) : to_16(rgb, colours);
    }
    return colours < 16 ? colour % 8 : colour;
}

struct look style_look(const struct theme *theme, enum style style, enum style over, int colours)
{
    struct look look = theme->looks[style];
    if (colours == 0) /* NO_COLOR, or a terminal without: what hues told is told by the mono theme's signs */
        theme = style_theme("mono"), look = theme->looks[style];
    if (over != 0) {
        struct look o = theme->looks[over];
        look.bg = o.bg != LOOK_NONE ? o.bg : look.bg;
        look.fg = o.fg != LOOK_NONE ? o.fg : look.fg;
        look.flags = (look.flags & ~(unsigned)LOOK_DIM) | o.flags;
    }
    look.fg = reduce(look.fg, colours);
    look.bg = reduce(look.bg, colours);
    if (look.fg == look.bg && look.fg != LOOK_NONE) /* reduced to the same: then at least it can be read */
        look.fg = LOOK_NONE, look.bg = LOOK_NONE, look.flags |= over != 0 ? LOOK_REVERSE : 0;
    return look;
}

const char *style_name(enum style style)
{
    static const char *const names[] = {
#define X(name) #name,
        STYLES(X)
#undef X
    };
    return names[style];
}
