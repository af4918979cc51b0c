#include "base/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"

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

/* One line of the file, with where it stands. */
struct line {
    const char *name; /* of the file */
    unsigned number;
    const char *p, *end;
};

static int __attribute__((format(printf, 3, 4))) bad(const struct line *l, struct error *err, const char *fmt, ...)
{
    char where[160], why[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    snprintf(where, sizeof where, "%s:%u", l->name, l->number);
    error_set(err, E_BAD_DATA, where, "%s", why);
    return error_hint(err, E_BAD_DATA, "correct that line; `reckon settings` shows every setting with its range");
}

static void skip_blanks(struct line *l)
{
    while (l->p < l->end && (*l->p == ' ' || *l->p == '\t'))
        l->p++;
}

/* A bare key: letters, digits, '-' and '_'.  False when there is none or it is too long. */
static bool take_key(struct line *l, char key[64])
{
    size_t n = 0;
    while (l->p < l->end && ((*l->p >= 'a' && *l->p <= 'z') || (*l->p >= 'A' && *l->p <= 'Z') ||
                             (*l->p >= '0' && *l->p <= '9') || *l->p == '-' || *l->p == '_')) {
        if (n == 63)
            return false;
        key[n++] = *l->p++;
    }
    key[n] = '\0';
    return n > 0;
}

static bool at_end(struct line *l)
{
    skip_blanks(l);
    return l->p == l->end || *l->p == '#';
}

static int take_string(struct line *l, char *out, struct error *err)
{
    char quote = *l->p++;
    size_t n = 0;
    while (l->p < l->end && *l->p != quote) {
        char c = *l->p++;
        if (quote == '"' && c == '\\') {
            if (l->p == l->end || (*l->p != '"' && *l->p != '\\'))
                return bad(l, err, "only \\\" and \\\\ may follow a backslash");
            c = *l->p++;
        }
        if ((unsigned char)c < 0x20 || n + 1 >= SETTING_TEXT_MAX)
            return bad(l, err, "the string is too long or holds a control character");
        out[n++] = c;
    }
    if (l->p == l->end)
        return bad(l, err, "the string does not end on its line");
    l->p++;
    out[n] = '\0';
    return 0;
}

static int take_value(struct line *l, char out[SETTING_TEXT_MAX], bool *quoted, struct error *err)
{
    skip_blanks(l);
    *quoted = l->p < l->end && (*l->p == '"' || *l->p == '\'');
    if (*quoted)
        return take_string(l, out, err);
    size_t n = 0;
    while (l->p < l->end && *l->p != '#' && *l->p != ' ' && *l->p != '\t') {
        if (n + 1 >= SETTING_TEXT_MAX)
            return bad(l, err, "the value is too long");
        if (*l->p != '_')
            out[n++] = *l->p;
        l->p++;
    }
    out[n] = '\0';
    return n > 0 ? 0 : bad(l, err, "a value is missing after '='");
}

static bool is_word(const char *choices, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = choices; *p != '\0'; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == n && memcmp(p, word, n) == 0)
            return true;
    return false;
}

static int check_value(const struct line *l, const struct setting_spec *spec, const char *value, bool quoted,
                       struct error *err)
{
    double v = 0;
    int64_t whole = 0;
    size_t n = strlen(value);
    switch (spec->type) {
    case SETTING_TEXT:
        if (!quoted)
            return bad(l, err, "'%s' is a text: write it in quotes", spec->key);
        return text_utf8_valid(value, n) ? 0 : bad(l, err, "'%s' is not valid UTF-8", spec->key);
    case SETTING_CHOICE:
        if (quoted && is_word(spec->choices, value))
            return 0;
        return bad(l, err, "the value must be one of \"%s\", in quotes", spec->choices);
    case SETTING_INT:
        if (quoted || !text_to_int64(value, n, &whole))
            return bad(l, err, "'%s' must be a whole number", spec->key);
        v = (double)whole;
        break;
    case SETTING_REAL:
        if (quoted || !text_to_double(value, n, &v))
            return bad(l, err, "'%s' must be a number", spec->key);
        break;
    }
    if (v >= spec->min && v <= spec->max)
        return 0;
    return bad(l, err, "%s is not between %g and %g", value, spec->min, spec->max);
}

static int take_setting(struct settings *self, struct line *l, const char *table, struct error *err)
{
    char key[64], value[SETTING_TEXT_MAX];
    bool quoted;
    if (!take_key(l, key))
        return bad(l, err, "a line must be [table], name = value, or a comment");
    skip_blanks(l);
    if (l->p == l->end || *l->p != '=')
        return bad(l, err, "'=' is missing after '%s'", key);
    l->p++;
    int rc = take_value(l, value, &quoted, err);
    if (rc != 0)
        return rc;
    if (!at_end(l))
        return bad(l, err, "something follows the value of '%s'", key);
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_spec *spec = &setting_specs[i];
        if (strcmp(spec->table, table) != 0 || strcmp(spec->key, key) != 0)
            continue;
        if (self->from_file[i])
            return bad(l, err, "'%s' is set twice", key);
        rc = check_value(l, spec, value, quoted, err);
        if (rc != 0)
            return rc;
        memcpy(self->text[i], value, SETTING_TEXT_MAX);
        self->from_file[i] = true;
        return 0;
    }
    return bad(l, err, "there is no setting '%s.%s'", table, key);
}

int settings_parse(struct settings *self, const char *name, const char *text, size_t n, struct error *err)
{
    struct line l = {.name = name};
    char table[64] = "";
    const char *p = text, *end = text + n;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        l.number++;
        l.p = p;
        l.end = newline != NULL ? newline : end;
        p = newline != NULL ? newline + 1 : end;
        if (l.end > l.p && l.end[-1] == '\r')
            l.end--;
        if (at_end(&l))
            continue;
        if (*l.p != '[') {
            int rc = take_setting(self, &l, table, err);
            if (rc != 0)
                return rc;
            continue;
        }
        l.p++;
        if (!take_key(&l, table) || l.p == l.end || *l.p++ != ']' || !at_end(&l))
            return bad(&l, err, "a table is written [name]");
    }
    return 0;
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
    return out->failed ? -1 : 0;
}
