#include "base/toml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The line under reading. */
struct line {
    const char *p, *end;
};

void toml_init(struct toml *self, const char *name, const char *text, size_t n, const char *hint)
{
    *self = (struct toml){.name = name, .hint = hint, .next = text, .end = text + n};
}

int toml_bad(const struct toml *self, struct error *err, const char *fmt, ...)
{
    char where[160], why[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    snprintf(where, sizeof where, "%s:%u", self->name, self->line);
    error_set(err, E_BAD_DATA, where, "%s", why);
    return self->hint != NULL ? error_hint(err, E_BAD_DATA, "%s", self->hint) : E_BAD_DATA;
}

static void skip_blanks(struct line *l)
{
    while (l->p < l->end && (*l->p == ' ' || *l->p == '\t'))
        l->p++;
}

static bool is_bare(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool at_end(struct line *l)
{
    skip_blanks(l);
    return l->p == l->end || *l->p == '#';
}

/* The string at l->p, which stands on its opening quote. */
static int take_string(const struct toml *self, struct line *l, char *out, size_t size, struct error *err)
{
    char quote = *l->p++;
    size_t n = 0;
    while (l->p < l->end && *l->p != quote) {
        char c = *l->p++;
        bool escaped = quote == '"' && c == '\\';
        if (escaped) {
            c = l->p < l->end ? *l->p++ : '\0';
            if (c == 't')
                c = '\t';
            else if (c != '"' && c != '\\')
                return toml_bad(self, err, "only \\\", \\\\ and \\t may be written with a backslash");
        }
        if (((unsigned char)c < 0x20 && !escaped) || n + 1 >= size)
            return toml_bad(self, err, "the string is too long or holds a control character");
        out[n++] = c;
    }
    if (l->p == l->end)
        return toml_bad(self, err, "the string does not end on its line");
    l->p++;
    out[n] = '\0';
    return 0;
}

/* A bare or quoted key; 0 with out "" when there is none. */
static int take_key(const struct toml *self, struct line *l, char out[TOML_KEY_MAX], struct error *err)
{
    size_t n = 0;
    out[0] = '\0';
    if (l->p < l->end && (*l->p == '"' || *l->p == '\''))
        return take_string(self, l, out, TOML_KEY_MAX, err);
    while (l->p < l->end && is_bare(*l->p) && n + 1 < TOML_KEY_MAX)
        out[n++] = *l->p++;
    out[n] = '\0';
    return 0;
}

static int take_value(const struct toml *self, struct line *l, struct toml_entry *e, struct error *err)
{
    skip_blanks(l);
    e->quoted = l->p < l->end && (*l->p == '"' || *l->p == '\'');
    if (e->quoted)
        return take_string(self, l, e->value, sizeof e->value, err);
    size_t n = 0;
    for (; l->p < l->end && *l->p != '#' && *l->p != ' ' && *l->p != '\t'; l->p++) {
        if (n + 1 >= sizeof e->value)
            return toml_bad(self, err, "the value is too long");
        if (*l->p != '_')
            e->value[n++] = *l->p;
    }
    e->value[n] = '\0';
    return n > 0 ? 0 : toml_bad(self, err, "a value is missing after '='");
}

static int take_table(struct toml *self, struct line *l, struct error *err)
{
    self->tables++;
    size_t n = 0;
    int rc = 0;
    do { /* [console.keys]: a table within a table keeps its dots */
        char key[TOML_KEY_MAX];
        l->p++;
        rc = take_key(self, l, key, err);
        if (rc == 0 && (key[0] == '\0' || n + strlen(key) + 2 > sizeof self->table))
            rc = toml_bad(self, err, "a table is written [name]");
        if (rc == 0)
            n += (size_t)snprintf(self->table + n, sizeof self->table - n, "%s%s", n > 0 ? "." : "", key);
    } while (rc == 0 && l->p < l->end && *l->p == '.');
    if (rc == 0 && (self->table[0] == '\0' || l->p == l->end || *l->p++ != ']' || !at_end(l)))
        rc = toml_bad(self, err, "a table is written [name]");
    return rc;
}

static int take_entry(struct toml *self, struct line *l, struct toml_entry *e, struct error *err)
{
    int rc = take_key(self, l, e->key, err);
    if (rc != 0)
        return rc;
    if (e->key[0] == '\0')
        return toml_bad(self, err, "a line must be [table], name = value, or a comment");
    skip_blanks(l);
    if (l->p == l->end || *l->p != '=')
        return toml_bad(self, err, "'=' is missing after '%s'", e->key);
    l->p++;
    rc = take_value(self, l, e, err);
    if (rc == 0 && !at_end(l))
        rc = toml_bad(self, err, "something follows the value of '%s'", e->key);
    return rc != 0 ? rc : 1;
}

int toml_next(struct toml *self, struct toml_entry *entry, struct error *err)
{
    while (self->next < self->end) {
        const char *newline = memchr(self->next, '\n', (size_t)(self->end - self->next));
        struct line l = {self->next, newline != NULL ? newline : self->end};
        self->next = newline != NULL ? newline + 1 : self->end;
        self->line++;
        if (l.end > l.p && l.end[-1] == '\r')
            l.end--;
        if (at_end(&l))
            continue;
        if (*l.p != '[')
            return take_entry(self, &l, entry, err);
        int rc = take_table(self, &l, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int toml_put_string(struct str *out, const char *text)
{
    str_putc(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '\t') {
            str_puts(out, "\\t");
            continue;
        }
        if (*text == '"' || *text == '\\')
            str_putc(out, '\\');
        str_putc(out, *text);
    }
    return str_putc(out, '"');
}

int toml_put_key(struct str *out, const char *key)
{
    bool bare = key[0] != '\0';
    for (const char *p = key; *p != '\0'; p++)
        bare = bare && is_bare(*p);
    return bare ? str_puts(out, key) : toml_put_string(out, key);
}
