/* Every screen at three sizes, in colour, in mono and in ASCII, of an empty workspace and of a small shop, resized between:
 * golden/screens/WORKSPACE-NAME.txt.
 *
 * A file holds for each size the text, the attributes in colour and in mono, and the lines that are others in ASCII.  To add a
 * screen: one line of `views`; then RECKON_REGENERATE=1, and look at `git diff`. */
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/check_main.h"
#include "driver.h"
#include "shop.h"

enum { COLOUR, MONO, ASCII, VARIANTS };
enum { SIZES = 3, VIEWS_MAX = 64, USER_COLS = 5, HEX_LEAST = 8 };
enum { IN_EMPTY = 1, IN_SHOP = 2, IN_BOTH = 3 };

static const struct {
    int rows, cols;
} sizes[SIZES] = {{24, 80}, {30, 100}, {60, 200}};

/* Keys from any screen without a dialog; after each the screen settles, so that what comes does not depend on speed. */
static const struct view {
    const char *name, *keys;
    int where;
} views[] = {
    {"home", "g h", IN_BOTH},
    {"data", "g d", IN_BOTH},
    {"events", "g e", IN_BOTH},
    {"items", "g i", IN_BOTH},
    {"users", "g u", IN_BOTH},
    {"quarantine", "g x", IN_BOTH},
    {"imports", "g f", IN_BOTH},
    {"attributes", "g a", IN_BOTH},
    {"kinds", "g k", IN_BOTH},
    {"models", "g m", IN_BOTH},
    {"training", "g t", IN_BOTH},
    {"evaluation", "g c", IN_BOTH},
    {"recipes", "g r", IN_BOTH},
    {"explorer", "g p", IN_BOTH},
    {"experiments", "g E", IN_BOTH},
    {"descriptions", "g D", IN_BOTH},
    {"description", "g D end enter", IN_SHOP},
    {"description-prompt", "g D end enter tab", IN_SHOP},
    {"description-edit", "g D end enter E", IN_SHOP},
    {"description-reject", "g D end enter x", IN_SHOP},
    {"description-versions", "g D end enter v", IN_SHOP},
    {"serving", "g w", IN_BOTH},
    {"jobs", "g j", IN_BOTH},
    {"log", "g l", IN_BOTH},
    {"settings", "g s / c o n s o l e enter", IN_BOTH},
    {"setting", "g s / ctrl-u t h e m e enter enter", IN_EMPTY},
    {"keymap", "g K / f i l t e r enter", IN_EMPTY},
    {"keys", "g y", IN_BOTH},
    {"audit", "g o", IN_BOTH},
    {"privacy", "g v", IN_BOTH},
    {"map", "g b / i d e n t i t enter", IN_BOTH},
    {"certificates", "g n", IN_BOTH},
    {"holds", "g z", IN_BOTH},
    {"help", "g h ?", IN_EMPTY},
    {"palette", "g h : p r o m o t e", IN_EMPTY},
    {"go", "g h g", IN_EMPTY},
    {"import-form", "g h m", IN_EMPTY},
    {"row", "g e o", IN_SHOP},
    {"week", "g e > m m", IN_SHOP},
    {"cross", "g e > > m > m L", IN_SHOP},
    {"columns", "g i C", IN_SHOP},
    {"export", "g i e", IN_SHOP},
    {"frequencies", "g i right right F", IN_SHOP},
    {"histogram", "g e H", IN_SHOP},
    {"filter", "g i / w o o l", IN_SHOP},
    {"events-of-item", "g i enter", IN_SHOP},
    {"model", "g m enter", IN_SHOP},
    {"promote", "g m P", IN_SHOP},
    {"train-form", "g t down enter", IN_SHOP},
    {"explorer-user", "g p u u 0 7 3 7 enter", IN_SHOP},
    {"explorer-item", "g p i i 0 0 0 enter", IN_SHOP},
    {"experiment", "g E home down enter", IN_SHOP},
    {"experiment-arms", "g E home down enter tab", IN_SHOP},
    {"experiment-broken", "g E home enter", IN_SHOP},
    {"experiment-stop", "g E home down enter X", IN_SHOP},
    {"experiment-design", "g E +", IN_SHOP},
};
enum { VIEWS = sizeof views / sizeof views[0] };

static char *taken[VIEWS][SIZES][VARIANTS][2]; /* text, attributes */

/* ---- what differs from machine to machine -------------------------------------------------------------- */

static const char *user_name(void)
{
    const struct passwd *entry = getpwuid(geteuid());
    return entry != NULL ? entry->pw_name : "";
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Random identifiers: eight digits of hexadecimal or more, not all of them decimal. */
static void mask_hex(char *text)
{
    for (char *p = text; *p != '\0';) {
        size_t n = 0, decimal = 0;
        for (; is_hex(p[n]); n++)
            decimal += p[n] <= '9';
        if (n >= HEX_LEAST && decimal < n)
            memset(p, '#', n);
        p += n > 0 ? n : 1;
    }
}

static void mask_all(char *text, const char *what, const char *by)
{
    for (char *p = text; what[0] != '\0' && (p = strstr(p, what)) != NULL; p += strlen(what))
        memcpy(p, by, strlen(what));
}

/* The last column of the log: process ids; as wide as that column at least. */
static void mask_last_number(char *text)
{
    for (char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        char *end = line + strcspn(line, "\n"), *p = end;
        while (p > line && p[-1] >= '0' && p[-1] <= '9')
            *--p = '#';
        while (p < end && end - p > 2 && p > line && p[-1] == ' ' && end - p < 7)
            *--p = '#';
    }
}

static void mask(char *text, const struct view *view)
{
    char by[64];
    const char *name = user_name(), *random = strrchr(driver_scratch(), '-') + 1;
    mask_hex(text);
    memset(by, '#', sizeof by);
    mask_all(text, random, by);
    for (char *p = text; (p = strstr(p, "(of ")) != NULL;) /* how many settings there are, say */
        for (p += 4; *p >= '0' && *p <= '9'; p++)
            *p = '#';
    if (strcmp(view->name, "log") == 0)
        mask_last_number(text);
    if (strcmp(view->name, "audit") == 0 && strlen(name) <= USER_COLS) {
        char padded[USER_COLS + 2];
        snprintf(padded, sizeof padded, "%-*s", USER_COLS, name);
        mask_all(text, padded, "actor");
    }
}

/* Does it show what cannot be masked here? */
static bool is_left_out(const struct view *view)
{
    bool audit = strcmp(view->name, "audit") == 0, paths = strcmp(view->name, "imports") == 0 || strcmp(view->name, "settings") == 0;
    return (audit && strlen(user_name()) > USER_COLS) || (paths && strncmp(driver_scratch(), "/dev/shm/", 9) != 0);
}

/* ---- taking and comparing ------------------------------------------------------------------------------ */

static void take(struct driver *d, const struct view *view, char *out[2])
{
    out[0] = driver_text(d);
    out[1] = driver_attributes(d);
    mask(out[0], view);
}

static void press(struct driver *d, const char *keys)
{
    char copy[100], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", keys);
    for (char *key = strtok_r(copy, " ", &rest); key != NULL; key = strtok_r(NULL, " ", &rest))
        driver_keys(d, key);
}

/* From small to large and back: what is small again looks as before. */
static void take_sizes(struct driver *d, const struct view *view, char *out[SIZES][VARIANTS][2], int variant)
{
    char *again[2];
    driver_resize(d, sizes[0].rows, sizes[0].cols);
    driver_keys(d, "esc esc esc");
    press(d, view->keys);
    for (int s = 0; s < SIZES; s++) {
        if (s > 0)
            driver_resize(d, sizes[s].rows, sizes[s].cols);
        take(d, view, out[s][variant]);
    }
    driver_resize(d, sizes[0].rows, sizes[0].cols);
    take(d, view, again);
    ck_assert_msg(strcmp(again[0], out[0][variant][0]) == 0, "%s is another after it was large: %s", view->name, again[0]);
    ck_assert_msg(strcmp(again[1], out[0][variant][1]) == 0, "%s looks other after it was large: %s", view->name, again[1]);
    free(again[0]);
    free(again[1]);
    driver_keys(d, "esc esc esc");
}

/* The lines of b that are not those of a, with their numbers. */
static void put_other_lines(FILE *out, const char *a, const char *b)
{
    for (int row = 0; *a != '\0' && *b != '\0'; row++) {
        size_t na = strcspn(a, "\n"), nb = strcspn(b, "\n");
        if (na != nb || strncmp(a, b, na) != 0)
            fprintf(out, "%3d%.*s\n", row, (int)nb, b);
        a += na + 1;
        b += nb + 1;
    }
}

static char *compose(char *of[SIZES][VARIANTS][2])
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int s = 0; s < SIZES; s++) {
        fprintf(out, "== %dx%d\n%s-- colour\n%s", sizes[s].cols, sizes[s].rows, of[s][COLOUR][0], of[s][COLOUR][1]);
        fputs("-- mono\n", out);
        put_other_lines(out, of[s][COLOUR][0], of[s][MONO][0]);
        fputs(of[s][MONO][1], out);
        fputs("-- ascii\n", out);
        put_other_lines(out, of[s][COLOUR][0], of[s][ASCII][0]);
    }
    fclose(out);
    return text;
}

static void expect_views(const char *name, int where, const char *path)
{
    int wrong = 0;
    for (int variant = 0; variant < VARIANTS; variant++) {
        struct driver_options options = {.rows = 24, .cols = 80, .workspace = path, .env = {variant == MONO ? "NO_COLOR=1" : NULL}};
        struct driver *d = driver_start(&options, "home", "--fresh", variant == ASCII ? "--ascii" : NULL, NULL);
        for (size_t v = 0; v < VIEWS; v++)
            if (views[v].where & where)
                take_sizes(d, &views[v], taken[v], variant);
        driver_quit(d, "F10", 0);
    }
    for (size_t v = 0; v < VIEWS; v++) {
        if (!(views[v].where & where))
            continue;
        char golden[100], *text = compose(taken[v]);
        snprintf(golden, sizeof golden, "screens/%s-%s", name, views[v].name);
        wrong += !is_left_out(&views[v]) && !driver_is_golden(golden, text);
        free(text);
        for (int i = 0; i < SIZES * VARIANTS * 2; i++)
            free(taken[v][i / (VARIANTS * 2)][i / 2 % VARIANTS][i % 2]);
    }
    ck_assert_msg(wrong == 0, "%d screens of the %s workspace are not as they were", wrong, name);
}

START_TEST(screens_of_an_empty_workspace)
{
    expect_views("empty", IN_EMPTY, shop_empty("empty"));
}
END_TEST

START_TEST(screens_of_a_shop)
{
    expect_views("shop", IN_SHOP, shop_full("shop"));
}
END_TEST

CHECK_MAIN("console screens", screens_of_an_empty_workspace, screens_of_a_shop)
