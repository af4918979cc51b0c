/* Explorer: users, visitors and items, several models beside each other, and what if. */
#include <stdio.h>
#include <string.h>

#include "../unit/check_main.h"
#include "driver.h"

static const char *shop(void)
{
    static char path[200];
    if (path[0] == '\0') {
        snprintf(path, sizeof path, "%s", driver_shop("explorer"));
        driver_reckon(path, "train popular --no-evaluate --quiet");
        driver_reckon(path, "train ease --no-evaluate --quiet");
        driver_reckon(path, "models promote ease");
    }
    return path;
}

static struct driver *start(int rows, int cols, const char *env)
{
    struct driver_options options = {.rows = rows, .cols = cols, .workspace = shop(), .env = {env}};
    return driver_start(&options, "explorer", "--fresh", NULL);
}

START_TEST(a_user_and_what_if)
{
    struct driver *d = start(24, 80, NULL);
    driver_expect(d, "explorer-empty-80x24");
    driver_keys(d, "+");
    driver_expect_shown(d, "it is about what is recommended to somebody");
    driver_keys(d, "u 'customer-4'");
    driver_expect(d, "explorer-names-80x24");
    driver_keys(d, "down enter");
    driver_expect(d, "explorer-user-80x24");
    driver_resize(d, 40, 120);
    driver_expect(d, "explorer-user-120x40");
    driver_keys(d, "down down +");
    driver_keys(d, "down -"); /* of the new answer */
    driver_expect(d, "explorer-what-if-120x40");
    driver_resize(d, 60, 200);
    driver_expect(d, "explorer-what-if-200x60");
    driver_keys(d, "/ 'price<' enter");
    driver_expect_shown(d, "--filter");
    driver_keys(d, "/ ctrl-u 'item!=sku-000' enter d");
    driver_expect_shown(d, "mode repeat");
    driver_keys(d, "z");
    driver_expect_shown(d, "nothing changed");
    driver_keys(d, "tab w");
    driver_expect_shown(d, "reckon why customer-4");
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(from_item_to_user_and_back)
{
    struct driver *d = start(40, 120, NULL);
    driver_keys(d, "i 'sku-00'");
    driver_keys(d, "tab enter");
    driver_expect(d, "explorer-item-120x40");
    driver_keys(d, "+");
    driver_expect_shown(d, "it is about what is recommended to somebody");
    driver_keys(d, "enter");
    driver_expect_shown(d, "item sku-");
    driver_keys(d, "tab tab tab tab esc");
    driver_keys(d, "tab tab enter");
    driver_expect_shown(d, "user customer-");
    driver_keys(d, "esc");
    driver_resize(d, 24, 80);
    driver_expect_shown(d, "who met it");
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(visitors_models_and_mistakes)
{
    struct driver *d = start(24, 80, "NO_COLOR=1");
    driver_keys(d, "v 'sku-001,sku-002' enter");
    driver_expect(d, "explorer-visitor-mono-80x24");
    driver_keys(d, "M ctrl-u 'popular' enter");
    driver_expect_shown(d, "popular@1");
    driver_keys(d, "M ctrl-u 'ease,nosuch' enter tab");
    driver_expect_shown(d, "nosuch");
    driver_keys(d, "u 'nobody' enter");
    driver_expect_shown(d, "no user");
    driver_quit(d, "F10", 0);
}
END_TEST

CHECK_MAIN("console explorer", a_user_and_what_if, from_item_to_user_and_back, visitors_models_and_mistakes)
