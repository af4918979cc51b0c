/* An editor at work: from the queue to a text, editing, rejecting, publishing and taking back, without leaving the console. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/check_main.h"
#include "driver.h"
#include "shop.h"

static struct driver *start(const char *name, int rows, int cols)
{
    static const char *const items[] = {"sku-0001", "sku-0002", "sku-0003", "sku-0004"};
    char line[300];
    const char *path = shop_empty(name);
    snprintf(line, sizeof line, "%s/items.csv", driver_scratch());
    FILE *out = fopen(line, "w");
    fputs("item,title,material\n", out);
    for (int i = 0; i < 4; i++)
        fprintf(out, "%s,Lamp %d,tin\n", items[i], i);
    fclose(out);
    snprintf(line, sizeof line, "import items '%s/items.csv' --quiet", driver_scratch());
    driver_reckon(path, line);
    shop_texts(path, items);
    return driver_start(&(struct driver_options){.rows = rows, .cols = cols, .workspace = path}, "descriptions", NULL);
}

START_TEST(an_editor_decides)
{
    struct driver *d = start("editor", 30, 100);
    driver_expect_shown(d, "1 of 2 that fit (of 4)");
    driver_expect_shown(d, "default: 2 to review, 1 approved, 1 published, 0 rejected");
    driver_expect_shown(d, "of 15000 tokens");
    driver_keys(d, "end enter");
    driver_expect_shown(d, "solid [oak]");
    driver_expect_shown(d, "1 claim the material 'oak' is not in the facts");
    driver_expect_shown(d, "material tin");
    /* edited: the new text is checked, and shown; the old one waits no longer */
    driver_keys(d, "E ctrl-u backspace ctrl-u backspace ctrl-u 'A lamp of tin.'");
    driver_keys(d, "ctrl-s");
    driver_expect_shown(d, "approved, not in the shop yet");
    driver_expect_shown(d, "A lamp of tin.");
    driver_expect_shown(d, "The checks found nothing.");
    driver_keys(d, "p");
    driver_expect_shown(d, "in the shop");
    /* the next of the queue: rejected, with a reason */
    driver_keys(d, "N");
    driver_expect_shown(d, "pure [gold]");
    driver_keys(d, "x 'too loud' enter");
    driver_expect_shown(d, "too loud");
    driver_expect_shown(d, "rejected");
    driver_keys(d, "p");
    driver_expect_shown(d, "it was rejected; a approves it");
    driver_keys(d, "esc");
    driver_expect_shown(d, "No text waits for an editor.");
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(one_key_takes_back_what_was_published)
{
    struct driver *d = start("back", 24, 80);
    driver_keys(d, "Q");
    driver_keys(d, "/ 'state=published' enter");
    driver_keys(d, "enter");
    driver_expect_shown(d, "It is what it is");
    driver_keys(d, "E ' Well.' ctrl-s");
    driver_keys(d, "p");
    driver_expect_shown(d, "and it stays so. Well.");
    driver_expect_shown(d, "in the shop");
    driver_keys(d, "b");
    driver_expect_shown(d, "text 3");
    driver_expect_shown(d, "in the shop");
    driver_keys(d, "v");
    driver_expect_shown(d, "replaced");
    driver_expect_shown(d, "published");
    driver_quit(d, "F10", 0);
}
END_TEST

START_TEST(what_was_typed_is_not_lost_by_one_key)
{
    struct driver *d = start("typed", 24, 80);
    driver_keys(d, "enter");
    driver_keys(d, "E ' Changed' esc");
    driver_expect_shown(d, "What was changed would be lost");
    driver_expect_shown(d, "for a song. Changed");
    driver_keys(d, "esc");
    driver_expect_shown(d, "A thing of pure");
    driver_keys(d, "E <pasted\nlines > ctrl-w tab ctrl-u 'Short' shift-tab F2");
    driver_expect_shown(d, "sku-0004, text 5");
    driver_expect_shown(d, "Short");
    /* several at a time, and one that is marked but far away would be told */
    driver_keys(d, "esc");
    driver_keys(d, "Q");
    driver_keys(d, "space space a");
    driver_expect_shown(d, "describe approve");
    driver_quit(d, "F10", 0);
}
END_TEST

CHECK_MAIN("console descriptions", an_editor_decides, one_key_takes_back_what_was_published, what_was_typed_is_not_lost_by_one_key)
