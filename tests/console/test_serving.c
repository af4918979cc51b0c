/* Serving without a server: it says so, and how to start one. A live one is looked at by tests/serve/top.sh. */
#include <stdio.h>
#include <string.h>

#include "../unit/check_main.h"
#include "driver.h"

static const char *shop(void)
{
    static char path[200];
    if (path[0] == '\0') {
        char line[300];
        snprintf(path, sizeof path, "%s/serving", driver_scratch());
        snprintf(line, sizeof line, "init '%s' --quiet", path);
        driver_reckon("/", line);
        snprintf(line, sizeof line, "%s/reckon.toml", path);
        FILE *out = fopen(line, "w");
        ck_assert_ptr_nonnull(out);
        fputs("[serve]\nlisten = \"127.0.0.1:1\"\n", out);
        fclose(out);
    }
    return path;
}

START_TEST(no_server)
{
    struct driver_options options = {.rows = 24, .cols = 80, .workspace = shop()};
    struct driver *d = driver_start(&options, "serving", "--fresh", NULL);
    driver_expect(d, "serving-none-80x24");
    driver_resize(d, 40, 120);
    driver_expect(d, "serving-none-120x40");
    driver_keys(d, "down / 'x' enter s r");
    driver_resize(d, 60, 200);
    driver_expect_shown(d, "Couldn't connect to server");
    driver_resize(d, 24, 80);
    driver_keys(d, "g h");
    driver_keys(d, "g w");
    driver_expect(d, "serving-none-80x24");
    driver_quit(d, "F10", 0);
}
END_TEST

CHECK_MAIN("console serving", no_server)
