/* Random keys, pastes, clicks and sizes from a seeded stream: no crash, no leak, and at the end it still answers.
 *
 * Two phases in turn: one that types paths and filters but never Enter, and one with Enter, without what a path needs, so that
 * commands run but write nowhere but in the scratch directory.  RECKON_MONKEY_KEYS says how many keys (2000),
 * RECKON_MONKEY_SEED from which seed; `make monkey` presses a million. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../unit/check_main.h"
#include "base/rng.h"
#include "driver.h"
#include "shop.h"

enum { PHASE_KEYS = 400, FILE_BYTES_MOST = 1 << 28, TOLD_EVERY = 50000 };

static const char *const words[] = {"up",  "down", "left", "right", "page-up", "page-down", "home", "end", "tab", "shift-tab",
                                    "esc", "space", "backspace", "delete", "ctrl-l", "ctrl-u", "ctrl-p", "F1"};

/* What is pasted: names that may stand for nothing, control characters, wide and combining ones, right to left. */
static const char *const pastes[] = {"<pasted \xE6\xBC\xA2 text>", "<\xF0\x9F\x98\x80\xF0\x9F\x98\x80 e\xCC\x81\xCC\x82>",
                                     "<\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xE2\x80\xAE gnp>", "<popular>", "<u0737>", "<checkout>"};

static bool is_allowed(char c, bool enter)
{
    return c != 'q' && c != '\'' && c != '<' && (!enter || (c != '/' && c != '~' && c != '.'));
}

static void press(struct driver *d, struct rng *rng, bool enter)
{
    char key[8];
    uint64_t what = rng_below(rng, 100);
    if (what < 50) {
        snprintf(key, sizeof key, "%c", (int)(33 + rng_below(rng, 94)));
        if (is_allowed(key[0], enter))
            driver_keys_drawn(d, key);
    } else if (what < 58) {
        driver_keys_drawn(d, enter ? "enter" : ":");
    } else if (what < 92) {
        driver_keys_drawn(d, words[rng_below(rng, sizeof words / sizeof words[0])]);
    } else if (what < 94) {
        driver_keys_drawn(d, pastes[rng_below(rng, sizeof pastes / sizeof pastes[0])]);
    } else if (what < 96) {
        char mouse[32];
        int n = snprintf(mouse, sizeof mouse, "\033[<%d;%d;%dM", (int)(rng_below(rng, 2) * 64), (int)rng_below(rng, 90) + 1,
                         (int)rng_below(rng, 30) + 1);
        driver_bytes(d, mouse, (unsigned long)n);
    } else if (what < 98) {
        char go[8] = "g ";
        go[2] = (char)('a' + rng_below(rng, 26));
        driver_keys_drawn(d, "esc esc");
        driver_keys_drawn(d, go[2] == 'q' ? "g E" : go);
    } else {
        driver_resize_drawn(d, (int)rng_below(rng, 60) + 1, (int)rng_below(rng, 200) + 1);
    }
}

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

START_TEST(random_keys)
{
    struct rng rng;
    uint64_t keys = number("RECKON_MONKEY_KEYS", 2000);
    struct rlimit size = {FILE_BYTES_MOST, FILE_BYTES_MOST};
    const char *path = shop_full("shop");
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &size), 0);
    rng_init(&rng, number("RECKON_MONKEY_SEED", 1), 0);
    struct driver *d = driver_start(&(struct driver_options){.rows = 24, .cols = 80, .workspace = path, .may_end = true}, NULL);
    for (uint64_t i = 0; i < keys; i++) {
        if (i % PHASE_KEYS == 0)
            driver_keys_drawn(d, "esc esc esc esc"); /* what was typed without Enter is gone */
        if (i % TOLD_EVERY == TOLD_EVERY - 1)
            fprintf(stderr, "%llu keys, %u starts\n", (unsigned long long)i + 1, driver_starts(d));
        press(d, &rng, i / PHASE_KEYS % 2 == 1);
    }
    driver_resize_drawn(d, 24, 80); /* commands that it began may take long */
    driver_keys_drawn(d, "esc esc esc esc esc esc g h");
    driver_expect_shown(d, "Home");
    driver_keys_drawn(d, ": 'leave'");
    driver_expect_shown(d, "leave the console");
    driver_quit(d, "enter y", 0); /* yes, also when some still run */
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {random_keys};
    return check_main_with("console monkey", tests, 1, NULL, NULL);
}
