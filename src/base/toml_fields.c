#include "base/toml_fields.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/words.h"

static int unknown_key(const struct toml *t, const char *key, const struct toml_field *fields, struct error *err)
{
    const char *names[TOML_FIELDS_MAX + 1];
    size_t n = 0;
    struct str hint;
    for (; fields[n].key != NULL && n < TOML_FIELDS_MAX; n++)
        names[n] = fields[n].key;
    names[n] = NULL;
    str_init(&hint, 300);
    words_nearest(&hint, names, key);
    toml_bad(t, err, "nothing is called '%.60s' here", key);
    error_hint(err, E_BAD_DATA, "%s", str_text(&hint));
    str_release(&hint);
    return E_BAD_DATA;
}

static int take_text(const struct toml *t, const struct toml_entry *e, const struct toml_field *f, void *at,
                     struct error *err)
{
    struct toml_words *words = at;
    if (!e->quoted)
        return toml_bad(t, err, "'%s' is a text: write it in quotes", e->key);
    if (e->value[0] == '\0')
        return toml_bad(t, err, "'%s' is empty: leave the line out", e->key);
    if (!text_utf8_valid(e->value, strlen(e->value)))
        return toml_bad(t, err, "'%s' is not valid UTF-8", e->key);
    if (f->type == TOML_FIELD_WORDS) {
        int rc = words_split(e->value, &words->list, &words->n);
        return rc == E_NOMEM ? error_nomem(err, t->name)
               : rc != 0     ? toml_bad(t, err, "'%s' has an empty place: write a, b, c", e->key)
                             : 0;
    }
    char *copy = mem_strdup(e->value);
    if (copy == NULL)
        return error_nomem(err, t->name);
    memcpy(at, &copy, sizeof copy);
    return 0;
}

static int take_number(const struct toml *t, const struct toml_entry *e, const struct toml_field *f, void *at,
                       struct error *err)
{
    double x;
    bool whole = f->type == TOML_FIELD_WHOLE;
    int64_t i = 0;
    size_t n = strlen(e->value);
    if (e->quoted || !text_to_double(e->value, n, &x) || (whole && !text_to_int64(e->value, n, &i)))
        return toml_bad(t, err, "'%s' must be a %snumber", e->key, whole ? "whole " : "");
    if (!(x >= f->min && x <= f->max))
        return toml_bad(t, err, "'%s' must be from %g to %g", e->key, f->min, f->max);
    uint32_t u = (uint32_t)i;
    memcpy(at, whole ? (const void *)&u : (const void *)&x, whole ? sizeof u : sizeof x);
    return 0;
}

static int take_time(const struct toml *t, const struct toml_entry *e, const struct toml_field *f, void *at,
                     struct error *err)
{
    int64_t ms;
    size_t n = strlen(e->value);
    if (!clock_parse(e->value, n, &ms))
        return toml_bad(t, err, "'%s' must be a date or a time, as in \"2026-03-01\"", e->key);
    if (f->type == TOML_FIELD_END && n <= strlen("2026-03-01"))
        ms += CLOCK_DAY_MS;
    memcpy(at, &ms, sizeof ms);
    return 0;
}

int toml_fields_take(const struct toml *toml, const struct toml_entry *entry, const struct toml_field *fields,
                     void *out, unsigned *lines, struct error *err)
{
    size_t i = 0;
    while (fields[i].key != NULL && strcmp(fields[i].key, entry->key) != 0)
        i++;
    if (fields[i].key == NULL)
        return unknown_key(toml, entry->key, fields, err);
    if (lines[i] != 0)
        return toml_bad(toml, err, "'%s' is there already, in line %u", entry->key, lines[i]);
    lines[i] = toml->line;
    void *at = (char *)out + fields[i].offset;
    switch (fields[i].type) {
    case TOML_FIELD_TEXT:
    case TOML_FIELD_WORDS: return take_text(toml, entry, &fields[i], at, err);
    case TOML_FIELD_REAL:
    case TOML_FIELD_WHOLE: return take_number(toml, entry, &fields[i], at, err);
    case TOML_FIELD_BEGIN:
    case TOML_FIELD_END: return take_time(toml, entry, &fields[i], at, err);
    }
    return 0;
}
