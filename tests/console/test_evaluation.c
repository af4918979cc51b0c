/* Evaluation: models side by side, with differences, segments and users. */
#include <stdio.h>
#include <string.h>

#include "../unit/check_main.h"
#include "driver.h"

static const char *shop(void)
{
    static char path[200];
    if (path[0] == '\0')
        snprintf(path, sizeof path, "%s", driver_shop("evaluation"));
    return path;
}

static struct driver *start(int rows, int cols, const char *env)
{
    struct driver_options options = {.rows = rows, .cols = cols, .workspace = shop(), .env = {env}};
    return driver_start(&options, "evaluation", "--fresh", NULL);
}

START_TEST(nothing_yet)
{
    struct driver *d = start(24, 80, NULL);
    driver_expect(d, "evaluation-empty-80x24");
    driver_keys(d, "c");
    driver_expect_shown(d, "popular,ease,ials,blend");
    driver_keys(d, "esc");
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(side_by_side)
{
    driver_reckon(shop(), "train popular --test-days 7 --quiet");
    driver_reckon(shop(), "train random --test-days 7 --quiet");
    struct driver *d = start(24, 80, NULL);
    driver_expect(d, "evaluation-80x24");
    driver_keys(d, "space down space c");
    driver_expect_shown(d, "random@1,popular@1");
    driver_keys(d, "down down ctrl-u '7' enter");
    driver_expect_shown(d, "compare is done");
    driver_expect_shown(d, "figures   differences   segments   users");
    driver_keys(d, "tab");
    driver_expect(d, "differences-80x24");
    driver_resize(d, 40, 120);
    driver_expect(d, "differences-120x40");
    driver_keys(d, "tab");
    driver_expect(d, "segments-120x40");
    driver_resize(d, 60, 200);
    driver_keys(d, "tab");
    driver_expect(d, "users-200x60");
    driver_resize(d, 24, 80);
    driver_expect(d, "users-80x24");
    driver_keys(d, "t");
    driver_expect_shown(d, "reckon compare --models random@1,popular@1");
    driver_quit(d, "F10", 0);
    driver_reckon(shop(), "train random --test-days 3 --quiet");
    d = start(24, 80, "NO_COLOR=1");
    driver_expect_shown(d, "Not the same split");
    driver_expect(d, "evaluation-mono-80x24");
    driver_quit(d, "F10", 0);
}
END_TEST

CHECK_MAIN("console evaluation", nothing_yet, side_by_side)
