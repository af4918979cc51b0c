#include "ingest/mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static long find_column(const struct mapping *self, const char *name)
{
    int64_t number;
    size_t n = strlen(name);
    long at = columns_find(self->columns, name, n);
    if (at < 0 && text_to_int64(name, n, &number) && number >= 1 && (uint64_t)number <= self->columns->n)
        at = (long)number - 1;
    return at;
}

/* "the file has the columns a, b, c …", for the hint. */
static int no_column(const struct mapping *self, const char *name, struct error *err)
{
    struct str list;
    str_init(&list, 200);
    size_t shown = 0;
    for (; shown < self->columns->n && list.len < 150; shown++)
        str_printf(&list, "%s%.40s", shown > 0 ? ", " : "", self->columns->names[shown]);
    error_set(err, E_BAD_DATA, self->file, "has no column '%s'", name);
    error_hint(err, E_BAD_DATA, "its columns are %s%s; say which is which with --map FIELD=COLUMN, or try "
                                "`reckon import --guess %s`", str_text(&list), shown < self->columns->n ? ", …" : "",
               self->file);
    str_release(&list);
    return E_BAD_DATA;
}

static int compare_attributes(const void *a, const void *b)
{
    const struct mapping_attribute *x = a, *y = b;
    return x->owner != y->owner ? (x->owner < y->owner ? -1 : 1) : strcmp(x->name, y->name);
}

static bool has_attribute(const struct mapping *self, enum spec_owner owner, const char *name)
{
    for (size_t i = 0; i < self->n_attributes; i++)
        if (self->attributes[i].owner == owner && strcmp(self->attributes[i].name, name) == 0)
            return true;
    return false;
}

static int add_attribute(struct mapping *self, const struct spec_map *map, size_t column, struct error *err)
{
    if (has_attribute(self, map->owner, map->name))
        return 0;
    if (mem_grow((void **)&self->attributes, &self->cap_attributes, self->n_attributes + 1,
                 sizeof *self->attributes) != 0)
        return error_nomem(err, "the mapping");
    struct mapping_attribute *a = &self->attributes[self->n_attributes];
    *a = (struct mapping_attribute){.owner = map->owner, .typed = map->typed, .type = map->type, .column = column};
    memcpy(a->name, map->name, sizeof a->name);
    if (map->owner != OWNER_EVENT) {
        long at = types_add(self->types, map->owner, map->name);
        if (at < 0)
            return error_nomem(err, "the mapping");
        a->of_types = (size_t)at;
        struct type *t = &self->types->list[at];
        if (map->typed && t->fixed && t->type != map->type) {
            error_set(err, E_BAD_DATA, map->name, "this attribute is a %s, not a %s", attribute_type_name(t->type),
                      attribute_type_name(map->type));
            return error_hint(err, E_BAD_DATA, "an attribute keeps its first type; give the new one another name");
        }
        if (map->typed) {
            t->fixed = true;
            t->type = map->type;
        }
    }
    self->n_attributes++;
    self->used[column] = true;
    return 0;
}

/* The explicit mappings whose column is there. */
static int resolve_maps(struct mapping *self, bool all_known, struct error *err)
{
    for (size_t i = 0; i < self->spec->n_maps; i++) {
        const struct spec_map *m = &self->spec->maps[i];
        long at = find_column(self, m->column);
        if (at < 0 && all_known)
            return no_column(self, m->column, err);
        if (at < 0)
            continue;
        if (m->field == FIELD_ATTRIBUTE) {
            int rc = add_attribute(self, m, (size_t)at, err);
            if (rc != 0)
                return rc;
        } else {
            self->column[m->field] = at;
            self->used[at] = true;
        }
    }
    return 0;
}

static bool spec_has(const struct mapping *self, int field)
{
    for (size_t i = 0; i < self->spec->n_maps; i++)
        if (self->spec->maps[i].field == (enum spec_field)field)
            return true;
    return false;
}

/* A column that nobody mapped: by its own name, or as an attribute when they are to be kept. */
static int take_unmapped(struct mapping *self, size_t column, struct error *err)
{
    static const enum spec_owner own[] = {OWNER_EVENT, OWNER_ITEM, OWNER_USER};
    const char *name = self->columns->names[column];
    struct spec *trial = spec_new(self->spec->entity);
    if (trial == NULL)
        return error_nomem(err, "the mapping");
    bool is_key = spec_map(trial, name, name[0] != '\0' ? name : "?", NULL) == 0;
    struct spec_map map = {.field = FIELD_ATTRIBUTE, .owner = own[self->spec->entity]};
    if (is_key)
        map = trial->maps[0];
    spec_free(trial);
    if (is_key && map.field != FIELD_ATTRIBUTE) {
        if (spec_has(self, map.field) || self->column[map.field] >= 0)
            return 0;
        self->column[map.field] = (long)column;
        self->used[column] = true;
        return 0;
    }
    bool nested = strncmp(name, "attributes.", 11) == 0;
    if (!is_key && !nested && !self->spec->keep_unmapped)
        return 0;
    if (!is_key)
        spec_attribute_name(nested ? name + 11 : name, map.name);
    return add_attribute(self, &map, column, err);
}

static int check_required(const struct mapping *self, struct error *err)
{
    static const enum spec_field needs[3][3] = {
        {FIELD_USER, FIELD_ITEM, FIELD_TIME},
        {FIELD_ITEM, FIELD_COUNT, FIELD_COUNT},
        {FIELD_USER, FIELD_COUNT, FIELD_COUNT},
    };
    if (self->format != READER_CSV)
        return 0;
    for (int i = 0; i < 3; i++) {
        enum spec_field f = needs[self->spec->entity][i];
        if (f != FIELD_COUNT && self->column[f] < 0)
            return no_column(self, spec_field_name(f), err);
    }
    return 0;
}

static int parse_rules(struct mapping *self, struct error *err)
{
    for (size_t i = 0; i < self->spec->n_rules; i++) {
        int rc = clean_parse(&self->rules[i], self->spec->rules[i].value, err);
        if (rc != 0)
            return rc;
        self->rule_column[i] = -1;
    }
    return 0;
}

int mapping_follow(struct mapping *self, struct error *err)
{
    size_t n = self->columns->n;
    bool all_known = self->format != READER_JSONL;
    if (n == self->n_seen)
        return 0;
    if (mem_grow((void **)&self->used, &self->cap_used, n, sizeof *self->used) != 0)
        return error_nomem(err, "the mapping");
    memset(self->used + self->n_seen, 0, (n - self->n_seen) * sizeof *self->used);
    int rc = resolve_maps(self, all_known, err);
    for (size_t i = 0; rc == 0 && i < self->spec->n_rules; i++) {
        self->rule_column[i] = find_column(self, self->rules[i].column);
        if (self->rule_column[i] < 0 && all_known)
            rc = no_column(self, self->rules[i].column, err);
    }
    for (size_t i = self->n_seen; rc == 0 && i < n; i++)
        if (!self->used[i])
            rc = take_unmapped(self, i, err);
    self->n_seen = n;
    if (self->n_attributes > 0)
        qsort(self->attributes, self->n_attributes, sizeof *self->attributes, compare_attributes);
    return rc;
}

int mapping_new(struct mapping **out, const struct spec *spec, const struct columns *columns, struct types *types,
                enum reader_format format, const char *file, struct error *err)
{
    struct mapping *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the mapping");
    self->spec = spec;
    self->columns = columns;
    self->types = types;
    self->format = format;
    self->file = file;
    for (int i = 0; i < FIELD_COUNT; i++)
        self->column[i] = -1;
    int rc = parse_rules(self, err);
    if (rc == 0)
        rc = mapping_follow(self, err);
    if (rc == 0)
        rc = check_required(self, err);
    if (rc != 0) {
        mapping_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

void mapping_free(struct mapping *self)
{
    if (self == NULL)
        return;
    mem_free(self->attributes);
    mem_free(self->used);
    mem_free(self);
}
