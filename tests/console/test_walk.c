/* The walk of somebody new: from nothing to a model in production without leaving the console; then the screens for models. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/check_main.h"
#include "driver.h"

START_TEST(first_steps)
{
    driver_write_events();
    struct driver *d = driver_start(&(struct driver_options){.rows = 30, .cols = 100}, NULL);
    driver_expect(d, "welcome-100x30");
    driver_keys(d, "n enter");
    driver_expect_shown(d, "workspace  shop");
    driver_keys(d, "esc m 'ev'");
    driver_keys(d, "tab");
    driver_expect_shown(d, "reckon import --guess events.csv");
    driver_keys(d, "enter");
    driver_expect(d, "guess-100x30");
    driver_keys(d, "f");
    driver_expect_shown(d, "reckon import events events.csv");
    driver_keys(d, "enter");
    driver_expect_shown(d, "imported");
    driver_keys(d, "1");
    driver_expect(d, "home-imported-100x30");
    driver_keys(d, "c ctrl-u 'popular,ials' enter");
    driver_expect_shown(d, "has the highest NDCG");
    driver_keys(d, "f ctrl-u 'popular' enter");
    driver_expect_shown(d, "train is done");
    driver_keys(d, "1 t ctrl-u 'ials' enter");
    driver_expect_shown(d, "train is done");
    driver_resize(d, 24, 80);
    driver_keys(d, "3");
    driver_expect(d, "models-80x24");
    driver_keys(d, "P");
    driver_expect(d, "promote-80x24");
    driver_keys(d, "enter");
    driver_expect_shown(d, "Nothing was done.");
    driver_keys(d, "P y");
    driver_expect_shown(d, "models promote");
    driver_keys(d, "esc");
    driver_expect(d, "models-promoted-80x24");
    driver_resize(d, 40, 120);
    driver_keys(d, "1 1");
    driver_expect(d, "home-120x40");
    driver_resize(d, 60, 200);
    driver_expect(d, "home-200x60");
    driver_keys(d, "w 'customer-7' enter");
    driver_expect_shown(d, "sku-");
    driver_resize(d, 24, 80);
    driver_keys(d, "g l");
    driver_expect_shown(d, "import events");
    driver_keys(d, "g s");
    driver_expect_shown(d, "run.threads");
    driver_quit(d, "F10", 0);
}
END_TEST

/* What was on screen is there again; a file that cannot be understood is put aside. */
START_TEST(the_last_place_is_remembered)
{
    char state[256];
    const char *path = driver_shop("kept");
    struct driver_options options = {.rows = 24, .cols = 80, .workspace = path};
    struct driver *d = driver_start(&options, NULL);
    driver_keys(d, "g i");
    driver_keys(d, "s s / 'events>100' enter");
    driver_quit(d, "F10", 0);
    d = driver_start(&options, NULL);
    driver_expect(d, "remembered-80x24");
    driver_quit(d, "F10", 0);
    snprintf(state, sizeof state, "%s/console-%u.toml", path, (unsigned)getuid());
    FILE *out = fopen(state, "w");
    fputs("screen = \"{{{\n", out);
    fclose(out);
    d = driver_start(&options, NULL);
    driver_expect_shown(d, "could not be understood");
    driver_quit(d, "F10", 0);
    strcat(state, ".bad");
    ck_assert_int_eq(access(state, F_OK), 0);
}
END_TEST

START_TEST(a_running_command_can_be_cancelled)
{
    const char *path = driver_shop("busy");
    struct driver *d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = path}, NULL);
    driver_keys_drawn(d, ": 'simulate' enter 'big'");
    driver_keys_drawn(d, "down ctrl-u '1000000' down ctrl-u '1000000' down ctrl-u '2000000000' enter");
    driver_expect_shown(d, "reckon simulate --out big");
    driver_keys_drawn(d, "q"); /* the screen; the command goes on */
    driver_keys_drawn(d, "F10");
    driver_expect_shown(d, "1 command is still running");
    driver_keys_drawn(d, "n J enter x");
    driver_wait(d, true);
    driver_expect_shown(d, "cancelled");
    driver_quit(d, "F10", 0);
}
END_TEST

CHECK_MAIN("console walk", first_steps, the_last_place_is_remembered, a_running_command_can_be_cancelled)
