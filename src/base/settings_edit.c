#include "base/settings_edit.h"

#include <stdbool.h>
#include <string.h>

#include "base/toml.h"

struct line {
    const char *p, *end; /* without the newline */
};

/* What the file says of the setting. */
struct places {
    size_t set;     /* number of the line that sets it, from 1; 0: none */
    size_t shown;   /* of the comment that shows it */
    size_t last;    /* the last line of its table that is not blank; 0: there is no such table */
};

static struct line next_line(const char **at, const char *end)
{
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    struct line l = {*at, newline != NULL ? newline : end};
    *at = newline != NULL ? newline + 1 : end;
    if (l.end > l.p && l.end[-1] == '\r')
        l.end--;
    return l;
}

static const char *skip(const struct line *l, const char *p)
{
    while (p < l->end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

/* "key =" at p. */
static bool is_key(const struct line *l, const char *p, const char *key)
{
    size_t n = strlen(key);
    bool quoted = p < l->end && (*p == '"' || *p == '\'');
    p += quoted;
    if ((size_t)(l->end - p) < n || memcmp(p, key, n) != 0)
        return false;
    p = skip(l, p + n + quoted);
    return p < l->end && *p == '=';
}

/* "[table]" as the reader takes it. */
static bool is_table(const struct line *l, const char *table)
{
    struct toml t;
    struct toml_entry e;
    toml_init(&t, "", l->p, (size_t)(l->end - l->p), NULL);
    return toml_next(&t, &e, NULL) == 0 && t.tables == 1 && strcmp(t.table, table) == 0;
}

static void find(struct places *out, const char *text, size_t n, const char *table, const char *key)
{
    bool here = false;
    const char *at = text;
    *out = (struct places){0};
    for (size_t number = 1; at < text + n; number++) {
        struct line l = next_line(&at, text + n);
        const char *p = skip(&l, l.p);
        if (p < l.end && *p == '[')
            here = is_table(&l, table);
        if (!here || p == l.end)
            continue;
        out->last = number;
        if (is_key(&l, p, key))
            out->set = number;
        else if (*p == '#' && is_key(&l, skip(&l, p + 1), key))
            out->shown = number;
    }
}

static void put_setting(struct str *out, const char *key, const char *value)
{
    toml_put_key(out, key);
    str_printf(out, " = %s\n", value);
}

static void put_line(struct str *out, const struct line *l)
{
    str_printf(out, "%.*s\n", (int)(l->end - l->p), l->p);
}

int settings_edit(struct str *out, const char *text, size_t n, const char *table, const char *key, const char *value)
{
    struct places at;
    const char *p = text;
    find(&at, text, n, table, key);
    size_t replaced = at.set != 0 ? at.set : at.shown;
    for (size_t number = 1; p < text + n; number++) {
        struct line l = next_line(&p, text + n);
        if (number == replaced)
            put_setting(out, key, value);
        else
            put_line(out, &l);
        if (number == at.last && replaced == 0)
            put_setting(out, key, value);
    }
    if (at.last == 0) {
        str_printf(out, "%s[%s]\n", n > 0 ? "\n" : "", table);
        put_setting(out, key, value);
    }
    return out->failed ? -1 : 0;
}

int settings_edit_out(struct str *out, const char *text, size_t n, const char *table, const char *key,
                      const char *default_value)
{
    struct places at;
    const char *p = text;
    find(&at, text, n, table, key);
    for (size_t number = 1; p < text + n; number++) {
        struct line l = next_line(&p, text + n);
        str_puts(out, number == at.set ? "# " : "");
        if (number == at.set && default_value != NULL)
            put_setting(out, key, default_value);
        else
            put_line(out, &l);
    }
    return out->failed ? -1 : 0;
}
