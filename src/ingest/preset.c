#include "ingest/preset.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/toml.h"

enum { FILE_MAX = 1 << 20 };

const char *preset_text(const char *name)
{
    for (const struct preset *p = presets; p->name != NULL; p++)
        if (strcmp(p->name, name) == 0)
            return p->text;
    return NULL;
}

void preset_describe(const struct preset *self, char entity[16], char about[SPEC_CONDITION_MAX])
{
    struct toml t;
    struct toml_entry e;
    entity[0] = about[0] = '\0';
    toml_init(&t, self->name, self->text, strlen(self->text), NULL);
    while (toml_next(&t, &e, NULL) == 1 && t.table[0] == '\0') {
        if (strcmp(e.key, "entity") == 0)
            snprintf(entity, 16, "%.15s", e.value);
        if (strcmp(e.key, "about") == 0)
            snprintf(about, SPEC_CONDITION_MAX, "%.*s", SPEC_CONDITION_MAX - 1, e.value);
    }
}

static int load_file(struct spec *spec, const char *path, struct error *err)
{
    char *text;
    size_t n;
    if (!fs_exists(path)) {
        error_set(err, E_NOT_FOUND, path, "there is no such preset file");
        return error_hint(err, E_NOT_FOUND, "`reckon import presets` lists the ones that reckon brings");
    }
    int rc = fs_read_all(path, FILE_MAX, &text, &n, err);
    if (rc != 0)
        return rc;
    rc = spec_parse(spec, path, text, n, err);
    mem_free(text);
    return rc;
}

int preset_load(struct spec *spec, const char *name, struct error *err)
{
    size_t n = strlen(name);
    if (strchr(name, '/') != NULL || (n > 5 && strcmp(name + n - 5, ".toml") == 0))
        return load_file(spec, name, err);
    const char *text = preset_text(name);
    if (text != NULL)
        return spec_parse(spec, name, text, strlen(text), err);
    char list[256] = "";
    size_t used = 0;
    for (const struct preset *p = presets; p->name != NULL && used < sizeof list; p++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", p == presets ? "" : ", ", p->name);
    error_set(err, E_NOT_FOUND, name, "there is no such preset");
    return error_hint(err, E_NOT_FOUND, "there are %s; one of your own is given by its file: --preset ./mine.toml",
                      list);
}
