#include "ingest/spec.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/toml.h"
#include "ingest/decoder.h"

static const struct {
    const char *name, *entities;
} fields[FIELD_COUNT] = {
#define X(id, name, entities, help) {name, entities},
    SPEC_FIELDS(X)
#undef X
};

static const char *const entity_names[] = {"events", "items", "users"};

const char *spec_entity_name(enum spec_entity entity)
{
    return entity_names[entity];
}

bool spec_entity_of(const char *name, enum spec_entity *entity)
{
    for (int i = 0; i < 3; i++)
        if (strcmp(entity_names[i], name) == 0) {
            *entity = (enum spec_entity)i;
            return true;
        }
    return false;
}

const char *spec_field_name(enum spec_field field)
{
    return fields[field].name;
}

enum spec_field spec_field_of(const char *name)
{
    int i = 0;
    while (i < FIELD_COUNT && strcmp(fields[i].name, name) != 0)
        i++;
    return (enum spec_field)i;
}

struct spec *spec_new(enum spec_entity entity)
{
    struct spec *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return NULL;
    self->entity = entity;
    self->list_separator = '|';
    self->keep_unmapped = entity != SPEC_EVENTS;
    self->sequence_start = clock_days_from_civil(2000, 1, 1) * CLOCK_DAY_MS;
    return self;
}

void spec_free(struct spec *self)
{
    if (self == NULL)
        return;
    columns_release(&self->columns);
    mem_free(self->maps);
    mem_free(self);
}

static int unknown_field(const struct spec *self, const char *field, struct error *err)
{
    char letter = "eiu"[self->entity], list[256] = "";
    size_t n = 0;
    for (int i = 0; i < FIELD_COUNT; i++)
        if (strchr(fields[i].entities, letter) != NULL)
            n += (size_t)snprintf(list + n, sizeof list - n, "%s, ", fields[i].name);
    error_set(err, E_USAGE, "--map", "'%s' is no field of %s", field, entity_names[self->entity]);
    return error_hint(err, E_USAGE, "there are %sand attr.NAME%s", list,
                      self->entity == SPEC_EVENTS ? ", item.NAME and user.NAME for attributes" : " for attributes");
}

static bool is_attribute_name(const char *s, size_t n)
{
    if (n == 0 || n >= SPEC_NAME_MAX || (s[0] >= '0' && s[0] <= '9'))
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.'))
            return false;
    }
    return true;
}

/* "attr.color:list" into owner, name and type; false when it is no attribute of that form. */
static bool read_attribute(const struct spec *self, const char *key, struct spec_map *map)
{
    static const struct {
        const char *prefix;
        enum spec_owner owner;
    } prefixes[] = {{"item.", OWNER_ITEM}, {"user.", OWNER_USER}};
    static const char *const types[] = {"number", "text", "boolean", "list"};
    static const enum spec_owner own[] = {OWNER_EVENT, OWNER_ITEM, OWNER_USER};
    const char *name = NULL;
    if (strncmp(key, "attr.", 5) == 0) {
        name = key + 5;
        map->owner = own[self->entity];
    }
    for (int i = 0; name == NULL && i < 2; i++)
        if (strncmp(key, prefixes[i].prefix, 5) == 0) {
            name = key + 5;
            map->owner = prefixes[i].owner;
        }
    if (name == NULL || (self->entity != SPEC_EVENTS && map->owner != own[self->entity]))
        return false;
    size_t n = strcspn(name, ":");
    if (!is_attribute_name(name, n))
        return false;
    memcpy(map->name, name, n);
    map->name[n] = '\0';
    map->field = FIELD_ATTRIBUTE;
    if (name[n] == '\0')
        return true;
    for (int i = 0; i < 4; i++)
        if (strcmp(name + n + 1, types[i]) == 0) {
            map->typed = true;
            map->type = (enum attribute_type)i;
            return true;
        }
    return false;
}

static bool same_target(const struct spec_map *a, const struct spec_map *b)
{
    if (a->field != b->field)
        return false;
    return a->field != FIELD_ATTRIBUTE || (a->owner == b->owner && strcmp(a->name, b->name) == 0);
}

int spec_map(struct spec *self, const char *field, const char *column, struct error *err)
{
    struct spec_map map = {.field = FIELD_COUNT};
    for (int i = 0; i < FIELD_COUNT; i++)
        if (strcmp(fields[i].name, field) == 0 && strchr(fields[i].entities, "eiu"[self->entity]) != NULL)
            map.field = (enum spec_field)i;
    if (map.field == FIELD_COUNT && !read_attribute(self, field, &map))
        return unknown_field(self, field, err);
    size_t n = strlen(column);
    if (n == 0 || n >= SPEC_COLUMN_MAX)
        return error_set(err, E_USAGE, "--map", "the column of '%s' has no name, or one of more than 255 bytes", field);
    memcpy(map.column, column, n + 1);
    for (size_t i = 0; i < self->n_maps; i++)
        if (same_target(&self->maps[i], &map)) {
            self->maps[i] = map;
            return 0;
        }
    if (self->n_maps == SPEC_MAPS_MAX)
        return error_set(err, E_USAGE, "--map", "there are more than %d mappings", SPEC_MAPS_MAX);
    if (mem_grow((void **)&self->maps, &self->cap_maps, self->n_maps + 1, sizeof *self->maps) != 0)
        return error_nomem(err, "the mapping");
    self->maps[self->n_maps++] = map;
    return 0;
}

/* One character: itself, or the words "tab", "comma", "semicolon", "pipe", "space". */
static bool read_delimiter(const char *value, char *out)
{
    static const struct {
        const char *word;
        char c;
    } words[] = {{"tab", '\t'}, {"\\t", '\t'}, {"comma", ','}, {"semicolon", ';'}, {"pipe", '|'}, {"space", ' '}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, value) == 0) {
            *out = words[i].c;
            return true;
        }
    *out = value[0];
    return value[0] != '\0' && value[1] == '\0' && value[0] != '"' && value[0] != '\n' && value[0] != '\r' &&
           (unsigned char)value[0] < 0x80;
}

static int wrong(struct error *err, const char *key, const char *value, const char *want)
{
    char what[80];
    snprintf(what, sizeof what, "--%s", key);
    return error_set(err, E_USAGE, what, "'%s' is not %s", value, want);
}

static bool read_bool(const char *value, bool *out)
{
    *out = strcmp(value, "true") == 0;
    return *out || strcmp(value, "false") == 0;
}

bool spec_is_kind(const char *s, size_t n)
{
    if (n == 0 || n >= SPEC_NAME_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alphanumeric && c != '_' && c != '-' && c != '.')
            return false;
    }
    return true;
}

static int set_text(char *out, size_t size, const char *key, const char *value, struct error *err)
{
    if (strlen(value) >= size || !text_utf8_valid(value, strlen(value)))
        return wrong(err, key, value, "short enough, or not valid UTF-8");
    strcpy(out, value);
    return 0;
}

static int set_format(struct spec *self, const char *value, struct error *err)
{
    for (int f = READER_CSV; f <= READER_SEQUENCE; f++)
        if (strcmp(reader_format_name((enum reader_format)f), value) == 0) {
            self->format = (enum reader_format)f;
            return 0;
        }
    return wrong(err, "format", value, "csv, jsonl or sequence");
}

int spec_set(struct spec *self, const char *key, const char *value, struct error *err)
{
    bool b = false;
    if (strcmp(key, "format") == 0)
        return set_format(self, value, err);
    if (strcmp(key, "delimiter") == 0)
        return read_delimiter(value, &self->delimiter) ? 0 : wrong(err, key, value, "one character, or tab");
    if (strcmp(key, "list-separator") == 0)
        return read_delimiter(value, &self->list_separator) ? 0 : wrong(err, key, value, "one character");
    if (strcmp(key, "about") == 0)
        return set_text(self->about, sizeof self->about, key, value, err);
    if (strcmp(key, "kind") == 0) {
        if (!spec_is_kind(value, strlen(value)))
            return wrong(err, key, value, "a word of letters, digits, '_', '-' and '.'");
        return set_text(self->kind, sizeof self->kind, key, value, err);
    }
    if (strcmp(key, "encoding") == 0) {
        int rc = decoder_check_encoding(value, err);
        return rc != 0 ? rc : set_text(self->encoding, sizeof self->encoding, key, value, err);
    }
    if (strcmp(key, "time-format") == 0)
        return time_format_set(&self->time, value, err);
    if (strcmp(key, "time-zone") == 0)
        return time_format_set_zone(&self->time, value, err);
    if (strcmp(key, "sequence-start") == 0)
        return clock_parse(value, strlen(value), &self->sequence_start) ? 0 : wrong(err, key, value, "a date");
    if (strcmp(key, "unmapped") == 0) {
        self->keep_unmapped = strcmp(value, "keep") == 0;
        self->unmapped_set = true;
        return self->keep_unmapped || strcmp(value, "drop") == 0 ? 0 : wrong(err, key, value, "keep or drop");
    }
    bool known = strcmp(key, "header") == 0 || strcmp(key, "quotes") == 0 || strcmp(key, "decimal-comma") == 0;
    if (!known)
        return error_set(err, E_USAGE, key, "is nothing that a preset can say");
    if (!read_bool(value, &b))
        return wrong(err, key, value, "true or false");
    if (strcmp(key, "header") == 0)
        self->no_header = !b;
    else if (strcmp(key, "quotes") == 0)
        self->no_quotes = !b;
    else
        self->decimal_comma = b;
    return 0;
}

static int add_pair(struct spec_pair *pairs, size_t *n, size_t max, const struct toml *t, const struct toml_entry *e,
                    struct error *err)
{
    if (*n == max || strlen(e->key) >= SPEC_NAME_MAX || strlen(e->value) >= SPEC_CONDITION_MAX)
        return toml_bad(t, err, "this is too long, or there are more than %zu of its kind", max);
    strcpy(pairs[*n].name, e->key);
    strcpy(pairs[(*n)++].value, e->value);
    return 0;
}

static int take_normalise(struct spec *self, const struct toml *t, const struct toml_entry *e, struct error *err)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if (strcmp(fields[i].name, e->key) == 0 && strcmp(e->value, "whole-number") == 0) {
            self->whole_number[i] = true;
            return 0;
        }
    return toml_bad(t, err, "the form is: a field = \"whole-number\"");
}

static int take_entry(struct spec *self, const struct toml *t, const struct toml_entry *e, struct error *err)
{
    struct error why = {0};
    int rc = 0;
    if (strcmp(t->table, "map") == 0)
        rc = spec_map(self, e->key, e->value, &why);
    else if (strcmp(t->table, "kinds") == 0)
        return add_pair(self->kinds, &self->n_kinds, SPEC_KINDS_MAX, t, e, err);
    else if (strcmp(t->table, "clean") == 0)
        return add_pair(self->rules, &self->n_rules, SPEC_RULES_MAX, t, e, err);
    else if (strcmp(t->table, "normalise") == 0)
        return take_normalise(self, t, e, err);
    else if (strcmp(t->table, "columns") == 0)
        return columns_add(&self->columns, e->value, strlen(e->value)) == 0 ? 0 : error_nomem(err, t->name);
    else if (t->table[0] != '\0')
        return toml_bad(t, err, "there is no table [%s] in a preset", t->table);
    else if (strcmp(e->key, "entity") == 0)
        return strcmp(e->value, entity_names[self->entity]) == 0
                   ? 0
                   : toml_bad(t, err, "this preset is for %s, not for %s", e->value, entity_names[self->entity]);
    else
        rc = spec_set(self, e->key, e->value, &why);
    return rc == 0 ? 0 : toml_bad(t, err, "%s: %s", why.what, why.why);
}

int spec_parse(struct spec *self, const char *name, const char *text, size_t n, struct error *err)
{
    struct toml t;
    struct toml_entry e;
    int rc;
    toml_init(&t, name, text, n, "docs/import.md explains what a preset can say");
    while ((rc = toml_next(&t, &e, err)) == 1) {
        rc = take_entry(self, &t, &e, err);
        if (rc != 0)
            return rc;
    }
    return rc;
}

int spec_map_key(const struct spec_map *map, struct str *out)
{
    static const char *const prefixes[] = {"attr.", "item.", "user."};
    if (map->field != FIELD_ATTRIBUTE)
        return str_puts(out, fields[map->field].name);
    str_printf(out, "%s%s", prefixes[map->owner], map->name);
    return map->typed ? str_printf(out, ":%s", attribute_type_name(map->type)) : 0;
}

static void put(struct str *out, const char *key, const char *value)
{
    if (value[0] == '\0')
        return;
    toml_put_key(out, key);
    str_puts(out, " = ");
    toml_put_string(out, value);
    str_putc(out, '\n');
}

static void put_char(struct str *out, const char *key, char c)
{
    put(out, key, (char[2]){c, '\0'});
}

static void put_maps(const struct spec *self, struct str *out)
{
    struct str key;
    str_init(&key, 256);
    str_puts(out, "\n[map]\n");
    for (size_t i = 0; i < self->n_maps; i++) {
        str_clear(&key);
        spec_map_key(&self->maps[i], &key);
        put(out, str_text(&key), self->maps[i].column);
    }
    str_release(&key);
}

static void put_pairs(struct str *out, const char *table, const struct spec_pair *pairs, size_t n)
{
    if (n > 0)
        str_printf(out, "\n[%s]\n", table);
    for (size_t i = 0; i < n; i++)
        put(out, pairs[i].name, pairs[i].value);
}

static void put_columns(const struct spec *self, struct str *out)
{
    if (self->columns.n > 0)
        str_puts(out, "\n[columns]\n");
    for (size_t i = 0; i < self->columns.n; i++) {
        char number[24], name[SPEC_COLUMN_MAX];
        snprintf(number, sizeof number, "%zu", i + 1);
        snprintf(name, sizeof name, "%s", self->columns.names[i]);
        for (char *p = name; *p != '\0'; p++)
            *p = (unsigned char)*p < 0x20 ? ' ' : *p; /* a header may hold line ends, a TOML string may not */
        str_printf(out, "%s = ", number);
        toml_put_string(out, name);
        str_putc(out, '\n');
    }
}

int spec_write(const struct spec *self, struct str *out)
{
    char date[32];
    put(out, "entity", entity_names[self->entity]);
    put(out, "about", self->about);
    if (self->format != READER_ANY)
        put(out, "format", reader_format_name(self->format));
    put_char(out, "delimiter", self->delimiter);
    str_puts(out, self->no_header ? "header = false\n" : "");
    str_puts(out, self->no_quotes ? "quotes = false\n" : "");
    put(out, "encoding", self->encoding);
    put(out, "kind", self->kind);
    if (self->time.style != TIME_AUTO)
        put(out, "time-format", time_format_text(&self->time));
    int zone = self->time.zone_minutes < 0 ? -self->time.zone_minutes : self->time.zone_minutes;
    if (zone != 0)
        str_printf(out, "time-zone = \"%c%02d:%02d\"\n", self->time.zone_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
    str_puts(out, self->decimal_comma ? "decimal-comma = true\n" : "");
    if (self->list_separator != '|')
        put_char(out, "list-separator", self->list_separator);
    if (self->format == READER_SEQUENCE)
        put(out, "sequence-start", clock_format(self->sequence_start, date, sizeof date));
    if (self->unmapped_set)
        put(out, "unmapped", self->keep_unmapped ? "keep" : "drop");
    put_maps(self, out);
    put_pairs(out, "kinds", self->kinds, self->n_kinds);
    bool any = false;
    for (int i = 0; i < FIELD_COUNT; i++)
        if (self->whole_number[i]) {
            str_puts(out, any ? "" : "\n[normalise]\n");
            put(out, fields[i].name, "whole-number");
            any = true;
        }
    put_pairs(out, "clean", self->rules, self->n_rules);
    put_columns(self, out);
    return out->failed ? -1 : 0;
}

void spec_reader_options(const struct spec *self, struct reader_options *out)
{
    *out = (struct reader_options){.format = self->format,
                                   .delimiter = self->delimiter,
                                   .no_quotes = self->no_quotes,
                                   .no_header = self->no_header,
                                   .encoding = self->encoding};
}

void spec_attribute_name(const char *column, char out[SPEC_NAME_MAX])
{
    size_t n = 0;
    for (const char *p = column; *p != '\0' && n + 1 < SPEC_NAME_MAX; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
        bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
        if (n == 0 && c >= '0' && c <= '9')
            out[n++] = '_';
        if (fine && n + 1 < SPEC_NAME_MAX)
            out[n++] = c;
        else if (n > 0 && out[n - 1] != '_')
            out[n++] = '_';
    }
    while (n > 1 && out[n - 1] == '_')
        n--;
    if (n == 0)
        out[n++] = '_';
    out[n] = '\0';
}
