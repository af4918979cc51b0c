#include "ui/keys.h"

#include "base/fs.h"
#include "base/mem.h"
#include "store/store.h"
#include "ui/console.h"

enum { SETTINGS_FILE_MAX = 1 << 20 };

static int check_screens(const struct keymap *map, struct error *err)
{
    int rc = 0;
    for (const struct screen_kind *const *k = screens_all; rc == 0 && *k != NULL; k++) {
        action_table tables[SCREEN_TABLES_MAX + 2] = {NULL};
        size_t n = 0;
        for (; (*k)->tables[n] != NULL; n++)
            tables[n] = (*k)->tables[n];
        tables[n] = (*k)->dialog ? NULL : console_actions;
        rc = action_check(map, tables, err);
    }
    return rc;
}

static int read_text(struct keymap **out, const char *text, size_t n, struct error *err)
{
    struct keymap *map;
    int rc = keymap_parse(&map, STORE_SETTINGS, text, n, console_knows_action, err);
    if (rc != 0)
        return rc;
    rc = check_screens(map, err);
    if (rc != 0)
        keymap_free(map);
    else
        *out = map;
    return rc;
}

int keys_load(struct keymap **out, const char *workspace, struct error *err)
{
    char path[FS_PATH_MAX], *text;
    size_t n;
    if (workspace[0] == '\0' || fs_join(path, sizeof path, workspace, STORE_SETTINGS) != 0 || !fs_exists(path))
        return read_text(out, "", 0, err);
    int rc = fs_read_all(path, SETTINGS_FILE_MAX, &text, &n, err);
    if (rc != 0)
        return rc;
    rc = read_text(out, text, n, err);
    mem_free(text);
    return rc;
}

int keys_check(const char *text, size_t n, struct error *err)
{
    struct keymap *map;
    int rc = read_text(&map, text, n, err);
    if (rc == 0)
        keymap_free(map);
    return rc;
}
