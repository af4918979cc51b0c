#include "recommend/person_columns.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/attributes.h"
#include "store/consents.h"

struct value {
    struct attribute attribute;
    char name[sizeof ((struct attribute *)NULL)->name + 5]; /* "user.country" */
    bool bare;                                              /* the items have no field of that name */
    struct filter_column column;
    double number;
    uint32_t *code;
    uint64_t start[2];
    char **words;
};

struct person_columns {
    struct filter_schema items;
    struct value *values;
    size_t n;
};

static int add_word(struct value *v, const char *text)
{
    uint32_t n = v->column.n_words;
    char **words = mem_realloc(v->words, n + 1, sizeof *words);
    if (words != NULL)
        v->words = words;
    uint32_t *code = mem_realloc(v->code, n + 1, sizeof *code);
    if (code != NULL)
        v->code = code;
    if (words == NULL || code == NULL || (words[n] = mem_strdup(text)) == NULL)
        return -1;
    code[n] = n;
    v->column.n_words = n + 1;
    return 0;
}

static int take_value(void *context, const struct attribute *attribute, const struct attribute_value *value)
{
    struct person_columns *self = context;
    struct value *v = self->values;
    while (v < self->values + self->n && v->attribute.attribute != attribute->attribute)
        v++;
    if (v == self->values + self->n)
        return 0;
    int rc = 0;
    if (attribute->type == ATTRIBUTE_NUMBER || attribute->type == ATTRIBUTE_BOOLEAN) {
        v->number = value->number;
    } else if (attribute->type == ATTRIBUTE_TEXT) {
        rc = add_word(v, value->text);
    } else {
        json_t *list = json_loads(value->text, 0, NULL), *one;
        size_t i;
        json_array_foreach (list, i, one)
            if (rc == 0 && json_is_string(one))
                rc = add_word(v, json_string_value(one));
        json_decref(list);
    }
    return rc != 0 ? E_NOMEM : 0;
}

static void point_column(struct value *v)
{
    static const uint32_t missing = FILTER_MISSING; /* a text that is not there */
    v->start[1] = v->column.n_words;
    v->column.number = &v->number;
    v->column.code = v->code != NULL ? v->code : &missing;
    v->column.start = v->start;
    v->column.words = (const char *const *)v->words;
}

static bool has_field(const struct filter_schema *schema, const char *name)
{
    for (size_t i = 0;; i++) {
        const char *field = schema->name(schema->context, i);
        if (field == NULL)
            return false;
        if (strcmp(field, name) == 0)
            return true;
    }
}

static enum filter_type type_of(enum attribute_type type)
{
    return type == ATTRIBUTE_NUMBER    ? FILTER_NUMBER
           : type == ATTRIBUTE_TEXT    ? FILTER_TEXT
           : type == ATTRIBUTE_BOOLEAN ? FILTER_BOOLEAN
                                       : FILTER_LIST;
}

int person_columns_new(struct person_columns **out, struct store *store, int64_t user, struct filter_schema items,
                       struct error *err)
{
    struct attribute *attributes;
    size_t n;
    int rc = attributes_list(store, ATTRIBUTE_OF_USER, &attributes, &n, err);
    if (rc != 0)
        return rc;
    struct person_columns *self = mem_zalloc(1, sizeof *self);
    struct value *values = mem_zalloc(n, sizeof *values);
    if (self == NULL || values == NULL) {
        mem_free(self);
        mem_free(values);
        mem_free(attributes);
        return error_nomem(err, "filter");
    }
    *self = (struct person_columns){items, values, n};
    for (size_t i = 0; i < n; i++) {
        struct value *v = &values[i];
        *v = (struct value){.attribute = attributes[i], .number = (double)NAN,
                            .bare = !has_field(&items, attributes[i].name),
                            .column = {.type = type_of(attributes[i].type), .constant = true}};
        snprintf(v->name, sizeof v->name, "user.%s", attributes[i].name);
    }
    mem_free(attributes);
    bool may = true;
    rc = user > 0 ? consents_may(store, user, CONSENT_SENSITIVE, &may, err) : 0;
    if (rc == 0 && may)
        rc = attributes_of(store, ATTRIBUTE_OF_USER, user, take_value, self, err);
    for (size_t i = 0; i < n; i++)
        point_column(&values[i]);
    if (rc != 0) {
        person_columns_free(self);
        return rc == E_NOMEM ? error_nomem(err, "filter") : rc;
    }
    *out = self;
    return 0;
}

void person_columns_free(struct person_columns *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->n; i++) {
        struct value *v = &self->values[i];
        for (uint32_t w = 0; w < v->column.n_words; w++)
            mem_free(v->words[w]);
        mem_free(v->words);
        mem_free(v->code);
    }
    mem_free(self->values);
    mem_free(self);
}

static const char *schema_name(void *context, size_t index)
{
    struct person_columns *self = context;
    size_t n = 0;
    const char *name;
    while ((name = self->items.name(self->items.context, n)) != NULL)
        if (n++ == index)
            return name;
    index -= n;
    for (size_t i = 0; i < self->n; i++)
        if (self->values[i].bare && index-- == 0)
            return self->values[i].attribute.name;
    return index < self->n ? self->values[index].name : NULL;
}

static int schema_column(void *context, const char *name, struct filter_column *out, struct error *err)
{
    struct person_columns *self = context;
    for (size_t i = 0; i < self->n; i++) {
        const struct value *v = &self->values[i];
        if (strcmp(v->name, name) == 0 || (v->bare && strcmp(v->attribute.name, name) == 0)) {
            *out = v->column;
            return 0;
        }
    }
    return self->items.column(self->items.context, name, out, err);
}

struct filter_schema person_columns_schema(struct person_columns *self)
{
    return (struct filter_schema){self, schema_column, schema_name};
}
