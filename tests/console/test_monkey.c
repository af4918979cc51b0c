/* Random keys, pastes, clicks and sizes from a seeded stream: no crash, no leak, and at the end it still answers.
 * RECKON_MONKEY_KEYS says how many (2000), RECKON_MONKEY_SEED from which seed; CK_TIMEOUT_MULTIPLIER=100 gives it time. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/check_main.h"
#include "base/rng.h"
#include "driver.h"

static const char *const words[] = {"up",  "down", "left", "right", "page-up", "page-down", "home", "end", "tab", "shift-tab",
                                    "esc", "space", "backspace", "delete", "ctrl-l", "ctrl-u", "ctrl-p", "F1"};

/* Neither leaves nor runs a command that might do anything. */
static bool is_allowed(char c)
{
    return c != 'q' && c != '\'' && c != '<';
}

static void press(struct driver *d, struct rng *rng)
{
    char key[8];
    uint64_t what = rng_below(rng, 100);
    if (what < 55) {
        snprintf(key, sizeof key, "%c", (int)(33 + rng_below(rng, 94)));
        if (is_allowed(key[0]))
            driver_keys_drawn(d, key);
    } else if (what < 92) {
        driver_keys_drawn(d, words[rng_below(rng, sizeof words / sizeof words[0])]);
    } else if (what < 94) {
        driver_keys_drawn(d, "<pasted \xE6\xBC\xA2 text>");
    } else if (what < 96) {
        char mouse[32];
        int n = snprintf(mouse, sizeof mouse, "\033[<%d;%d;%dM", (int)(rng_below(rng, 2) * 64), (int)rng_below(rng, 90) + 1,
                         (int)rng_below(rng, 30) + 1);
        driver_bytes(d, mouse, (unsigned long)n);
    } else if (what < 98) {
        driver_keys(d, "esc");
    } else {
        driver_resize(d, (int)rng_below(rng, 60) + 1, (int)rng_below(rng, 200) + 1);
    }
}

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

START_TEST(random_keys)
{
    char path[160], line[400];
    struct rng rng;
    uint64_t keys = number("RECKON_MONKEY_KEYS", 2000);
    snprintf(path, sizeof path, "%s/shop", driver_scratch());
    snprintf(line, sizeof line, "init '%s' --quiet", path);
    driver_reckon("/", line);
    snprintf(line, sizeof line, "%s/events.csv", driver_scratch());
    FILE *out = fopen(line, "w");
    fputs("user,item,time\n", out);
    for (int i = 0; i < 2000; i++)
        fprintf(out, "u%d,i%d,%d\n", i % 37, i * i % 53, 1700000000 + i * 60);
    fclose(out);
    snprintf(line, sizeof line, "import events '%s/events.csv' --time-format seconds --quiet", driver_scratch());
    driver_reckon(path, line);
    rng_init(&rng, number("RECKON_MONKEY_SEED", 1), 0);
    struct driver *d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = path}, NULL);
    for (uint64_t i = 0; i < keys; i++)
        press(d, &rng);
    driver_resize(d, 24, 80);
    driver_keys(d, "esc esc esc esc esc esc g h");
    driver_expect_shown(d, "Home");
    driver_quit(d, "F10", 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {random_keys};
    return check_main_with("console monkey", tests, 1, NULL, NULL);
}
