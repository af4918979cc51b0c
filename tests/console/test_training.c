/* Training: choosing a kind, its form, live curves, cancelling, and the curves of earlier trainings. */
#include <stdio.h>
#include <string.h>

#include "../unit/check_main.h"
#include "driver.h"

static const char *shop(void)
{
    static char path[200];
    if (path[0] == '\0')
        snprintf(path, sizeof path, "%s", driver_shop("training"));
    return path;
}

static struct driver *start(int rows, int cols, const char *env)
{
    struct driver_options options = {.rows = rows, .cols = cols, .workspace = shop(), .env = {env}};
    return driver_start(&options, "training", "--fresh", NULL);
}

/* The cursor is on the blend; ials is three above it. */
START_TEST(kinds_and_their_forms)
{
    struct driver *d = start(24, 80, NULL);
    driver_expect(d, "training-80x24");
    driver_keys(d, "a");
    driver_expect_shown(d, "none of this kind was trained yet");
    driver_resize(d, 40, 120);
    driver_expect(d, "training-120x40");
    driver_resize(d, 60, 200);
    driver_expect(d, "training-200x60");
    driver_resize(d, 24, 80);
    driver_keys(d, "up up up enter");
    driver_expect(d, "training-form-80x24");
    driver_keys(d, "esc");
    driver_quit(d, "F10", 0);
    d = start(24, 80, "NO_COLOR=1");
    driver_expect(d, "training-mono-80x24");
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(curves_live_and_kept)
{
    driver_reckon(shop(), "train ials --dim 8 --epochs 12 --patience 12 --quiet");
    driver_reckon(shop(), "train ials --dim 16 --epochs 12 --no-evaluate --quiet");
    struct driver *d = start(40, 120, NULL);
    driver_keys(d, "up up up");
    driver_expect_shown(d, "ials@2");
    driver_expect_shown(d, "not measured");
    driver_expect_shown(d, "ndcg@10 0.");
    driver_expect_shown(d, "last");
    driver_keys(d, "v");
    driver_expect_shown(d, "epoch");
    driver_keys(d, "v a");
    driver_expect_shown(d, "reckon train ials@2");
    driver_keys(d, "enter");
    driver_expect_shown(d, "train is done");
    driver_expect_shown(d, "loss");
    driver_keys(d, "v b L");
    driver_expect_shown(d, "ials@1, ials");
    driver_resize(d, 24, 80);
    driver_keys(d, "v");
    driver_expect_shown(d, "epoch");
    driver_keys(d, "v P");
    driver_expect_shown(d, "reckon models promote ials@3");
    driver_keys(d, "esc");
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(a_training_can_be_cancelled)
{
    struct driver *d = start(24, 80, NULL);
    driver_keys(d, "up up up enter down down space");
    for (int i = 0; i < 14; i++)
        driver_keys(d, "down");
    driver_keys_drawn(d, "ctrl-u '10000'");
    driver_expect_shown(d, "--epochs 10000");
    driver_keys_drawn(d, "enter");
    driver_expect_shown(d, "It goes on in the background");
    driver_keys_drawn(d, "v v L x");
    driver_wait(d, true);
    driver_expect_shown(d, "cancelled");
    driver_quit(d, "F10", 0);
}
END_TEST

CHECK_MAIN("console training", kinds_and_their_forms, curves_live_and_kept, a_training_can_be_cancelled)
