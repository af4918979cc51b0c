#include "recommend/item_columns.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "recommend/item_column.h"

struct place_of_column {
    struct item_field field;
    pthread_mutex_t lock;                    /* while it is read */
    _Atomic(struct item_column *) column;    /* NULL: not read yet; from then on it does not change */
};

struct item_columns {
    atomic_uint holders;
    struct place_of_column *fields;
    size_t n_fields;
};

static struct item_column *loaded(struct place_of_column *p)
{
    return atomic_load_explicit(&p->column, memory_order_acquire);
}

static int schema_column(void *context, const char *name, struct filter_column *out, struct error *err)
{
    const struct item_reader *reader = context;
    struct place_of_column *p = reader->columns->fields;
    int rc = 0;
    while (strcmp(p->field.attribute.name, name) != 0)
        p++;
    struct item_column *column = loaded(p);
    if (column == NULL) {
        pthread_mutex_lock(&p->lock);
        column = loaded(p);
        if (column == NULL)
            rc = item_column_read(&column, &p->field, reader->store, &reader->places, err);
        if (rc == 0)
            atomic_store_explicit(&p->column, column, memory_order_release);
        pthread_mutex_unlock(&p->lock);
    }
    if (rc == 0)
        *out = column->column;
    return rc;
}

static const char *schema_name(void *context, size_t index)
{
    const struct item_reader *reader = context;
    return index < reader->columns->n_fields ? reader->columns->fields[index].field.attribute.name : NULL;
}

struct filter_schema item_reader_schema(struct item_reader *self)
{
    return (struct filter_schema){self, schema_column, schema_name};
}

static enum filter_type type_of(enum attribute_type type)
{
    return type == ATTRIBUTE_NUMBER    ? FILTER_NUMBER
           : type == ATTRIBUTE_TEXT    ? FILTER_TEXT
           : type == ATTRIBUTE_BOOLEAN ? FILTER_BOOLEAN
                                       : FILTER_LIST;
}

static void add_field(struct item_columns *self, enum item_field_kind kind, const struct attribute *attribute,
                      enum filter_type type)
{
    struct place_of_column *p = &self->fields[self->n_fields++];
    p->field = (struct item_field){.kind = kind, .type = type, .attribute = *attribute};
    pthread_mutex_init(&p->lock, NULL);
}

int item_columns_new(struct item_columns **out, struct store *store, struct error *err)
{
    static const struct attribute identifier = {.name = "item"}, title = {.name = "title"};
    struct attribute *attributes;
    size_t n;
    int rc = attributes_list(store, ATTRIBUTE_OF_ITEM, &attributes, &n, err);
    if (rc != 0)
        return rc;
    struct item_columns *self = mem_zalloc(1, sizeof *self);
    struct place_of_column *fields = mem_zalloc(n + 2, sizeof *fields);
    if (self == NULL || fields == NULL) {
        mem_free(self);
        mem_free(fields);
        mem_free(attributes);
        return error_nomem(err, "filter");
    }
    atomic_init(&self->holders, 1);
    self->fields = fields;
    add_field(self, FIELD_IDENTIFIER, &identifier, FILTER_TEXT);
    add_field(self, FIELD_TITLE, &title, FILTER_TEXT);
    for (size_t i = 0; i < n; i++)
        if (strcmp(attributes[i].name, "item") != 0 && strcmp(attributes[i].name, "title") != 0)
            add_field(self, FIELD_ATTRIBUTE, &attributes[i], type_of(attributes[i].type));
    mem_free(attributes);
    *out = self;
    return 0;
}

static bool same_field(const struct item_field *a, const struct item_field *b)
{
    return a->kind == b->kind && a->type == b->type && a->attribute.attribute == b->attribute.attribute &&
           strcmp(a->attribute.name, b->attribute.name) == 0;
}

int item_columns_renew(struct item_columns **out, struct item_columns *former, struct store *store,
                       const struct item_places *places, const int64_t *items, size_t n, struct error *err)
{
    struct item_columns *self;
    int rc = item_columns_new(&self, store, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < self->n_fields && rc == 0; i++) {
        const struct item_field *field = &self->fields[i].field;
        struct item_column *column;
        size_t f;
        for (f = 0; f < former->n_fields && !same_field(&former->fields[f].field, field); f++)
            ;
        if (f == former->n_fields || (column = loaded(&former->fields[f])) == NULL)
            continue;
        rc = item_column_renew(&column, column, field, store, places, items, n, err);
        if (rc == 0)
            atomic_store_explicit(&self->fields[i].column, column, memory_order_release);
    }
    if (rc != 0)
        item_columns_release(self);
    else
        *out = self;
    return rc;
}

struct item_columns *item_columns_hold(struct item_columns *self)
{
    atomic_fetch_add_explicit(&self->holders, 1, memory_order_relaxed);
    return self;
}

void item_columns_release(struct item_columns *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->holders, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < self->n_fields; i++) {
        item_column_release(loaded(&self->fields[i]));
        pthread_mutex_destroy(&self->fields[i].lock);
    }
    mem_free(self->fields);
    mem_free(self);
}
