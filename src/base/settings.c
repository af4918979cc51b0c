#include "base/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/toml.h"

const struct setting_spec setting_specs[SETTING_COUNT] = {
#define X(id, table, key, type, text, min, max, choices, help) \
    {table, key, SETTING_##type, text, min, max, choices, help},
    SETTINGS(X)
#undef X
};

enum { FILE_MAX = 1 << 20 };

void settings_init(struct settings *self)
{
    memset(self, 0, sizeof *self);
    for (int i = 0; i < SETTING_COUNT; i++)
        snprintf(self->text[i], SETTING_TEXT_MAX, "%s", setting_specs[i].default_text);
}

static bool is_word(const char *choices, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = choices; *p != '\0'; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == n && memcmp(p, word, n) == 0)
            return true;
    return false;
}

static int check_value(const struct toml *t, const struct setting_spec *spec, const char *value, bool quoted,
                       struct error *err)
{
    double v = 0;
    int64_t whole = 0;
    size_t n = strlen(value);
    switch (spec->type) {
    case SETTING_TEXT:
        if (!quoted)
            return toml_bad(t, err, "'%s' is a text: write it in quotes", spec->key);
        return text_utf8_valid(value, n) ? 0 : toml_bad(t, err, "'%s' is not valid UTF-8", spec->key);
    case SETTING_CHOICE:
        if (quoted && is_word(spec->choices, value))
            return 0;
        return toml_bad(t, err, "the value must be one of \"%s\", in quotes", spec->choices);
    case SETTING_INT:
        if (quoted || !text_to_int64(value, n, &whole))
            return toml_bad(t, err, "'%s' must be a whole number", spec->key);
        v = (double)whole;
        break;
    case SETTING_REAL:
        if (quoted || !text_to_double(value, n, &v))
            return toml_bad(t, err, "'%s' must be a number", spec->key);
        break;
    }
    if (v >= spec->min && v <= spec->max)
        return 0;
    return toml_bad(t, err, "%s is not between %g and %g", value, spec->min, spec->max);
}

static int take_setting(struct settings *self, const struct toml *t, const struct toml_entry *e, struct error *err)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_spec *spec = &setting_specs[i];
        if (strcmp(spec->table, t->table) != 0 || strcmp(spec->key, e->key) != 0)
            continue;
        if (self->from_file[i])
            return toml_bad(t, err, "'%s' is set twice", e->key);
        if (strlen(e->value) >= SETTING_TEXT_MAX)
            return toml_bad(t, err, "the value is too long");
        int rc = check_value(t, spec, e->value, e->quoted, err);
        if (rc != 0)
            return rc;
        strcpy(self->text[i], e->value);
        self->from_file[i] = true;
        return 0;
    }
    return toml_bad(t, err, "there is no setting '%s.%s'", t->table, e->key);
}

int settings_parse(struct settings *self, const char *name, const char *text, size_t n, struct error *err)
{
    struct toml t;
    struct toml_entry e;
    toml_init(&t, name, text, n, "correct that line; `reckon settings` shows every setting with its range");
    int rc;
    while ((rc = toml_next(&t, &e, err)) == 1) {
        if (strcmp(t.table, "console.keys") == 0) /* names of actions, which the console knows and checks */
            continue;
        rc = take_setting(self, &t, &e, err);
        if (rc != 0)
            return rc;
    }
    return rc;
}

int settings_load(struct settings *self, const char *path, struct error *err)
{
    settings_init(self);
    if (!fs_exists(path))
        return 0;
    char *text;
    size_t n;
    int rc = fs_read_all(path, FILE_MAX, &text, &n, err);
    if (rc != 0)
        return rc;
    const char *slash = strrchr(path, '/');
    rc = settings_parse(self, slash != NULL ? slash + 1 : path, text, n, err);
    mem_free(text);
    return rc;
}

const char *settings_text(const struct settings *self, enum setting_id id)
{
    return self->text[id];
}

double settings_real(const struct settings *self, enum setting_id id)
{
    double v = 0;
    text_to_double(self->text[id], strlen(self->text[id]), &v);
    return v;
}

long settings_int(const struct settings *self, enum setting_id id)
{
    int64_t v = 0;
    text_to_int64(self->text[id], strlen(self->text[id]), &v);
    return (long)v;
}

int settings_template(struct str *out)
{
    str_puts(out, "# Settings of this workspace. Remove the # before a line to change it; an option on the\n"
                  "# command line always wins.\n");
    const char *table = "";
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_spec *s = &setting_specs[i];
        if (strcmp(table, s->table) != 0)
            str_printf(out, "\n[%s]\n", table = s->table);
        bool text = s->type == SETTING_TEXT || s->type == SETTING_CHOICE;
        str_printf(out, "# %s%s%s\n# %s = %s%s%s\n", s->help, s->choices[0] != '\0' ? ": " : "", s->choices, s->key,
                   text ? "\"" : "", s->default_text, text ? "\"" : "");
    }
    str_puts(out, "\n# Keys of the console, by the names of its actions (`?` shows them); several with blanks, or \"none\".\n"
                  "[console.keys]\n# quit = \"q\"\n");
    return out->failed ? -1 : 0;
}
