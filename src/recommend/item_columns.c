#include "recommend/item_columns.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "store/attributes.h"
#include "store/items.h"

/* Distinct texts, numbered as they are met. */
struct words {
    char *block;
    size_t used, cap_block;
    size_t *offset; /* of each word in block */
    size_t n, cap_offset;
    uint32_t *slots; /* open addressing: word + 1, 0: empty */
    size_t n_slots;  /* a power of two */
    const char **list; /* once all are there */
};

enum field_kind { FIELD_IDENTIFIER, FIELD_TITLE, FIELD_ATTRIBUTE };

struct field {
    enum field_kind kind;
    struct attribute attribute; /* its name is the field's */
    bool loaded;
    struct filter_column column;
    double *number;
    uint32_t *code;
    uint64_t *start;
    struct words words;
};

struct item_columns {
    struct store *store;
    struct item_places places;
    struct field *fields;
    size_t n_fields;
};

static void words_release(struct words *self)
{
    mem_free(self->block);
    mem_free(self->offset);
    mem_free(self->slots);
    mem_free(self->list);
    *self = (struct words){0};
}

static void words_put_slot(struct words *self, uint32_t word)
{
    const char *text = self->block + self->offset[word];
    size_t i = rng_key(text, strlen(text)) & (self->n_slots - 1);
    while (self->slots[i] != 0)
        i = (i + 1) & (self->n_slots - 1);
    self->slots[i] = word + 1;
}

static int words_grow(struct words *self)
{
    size_t n = self->n_slots == 0 ? 256 : 2 * self->n_slots;
    uint32_t *slots = mem_zalloc(n, sizeof *slots);
    if (slots == NULL)
        return -1;
    mem_free(self->slots);
    self->slots = slots;
    self->n_slots = n;
    for (size_t w = 0; w < self->n; w++)
        words_put_slot(self, (uint32_t)w);
    return 0;
}

/* A text with a NUL in it ends there. */
static int words_intern(struct words *self, const char *text, size_t n, uint32_t *word)
{
    n = strnlen(text, n);
    if (2 * self->n >= self->n_slots && words_grow(self) != 0)
        return -1;
    for (size_t i = rng_key(text, n) & (self->n_slots - 1); self->slots[i] != 0; i = (i + 1) & (self->n_slots - 1)) {
        const char *known = self->block + self->offset[self->slots[i] - 1];
        if (strncmp(known, text, n) == 0 && known[n] == '\0') {
            *word = self->slots[i] - 1;
            return 0;
        }
    }
    if (mem_grow((void **)&self->block, &self->cap_block, self->used + n + 1, 1) != 0 ||
        mem_grow((void **)&self->offset, &self->cap_offset, self->n + 1, sizeof *self->offset) != 0)
        return -1;
    memcpy(self->block + self->used, text, n);
    self->block[self->used + n] = '\0';
    self->offset[self->n] = self->used;
    self->used += n + 1;
    *word = (uint32_t)self->n++;
    words_put_slot(self, *word);
    return 0;
}

static int words_finish(struct words *self)
{
    self->list = mem_alloc(self->n, sizeof *self->list);
    if (self->list == NULL)
        return -1;
    for (size_t w = 0; w < self->n; w++)
        self->list[w] = self->block + self->offset[w];
    return 0;
}

/* One column while it is read. */
struct filling {
    const struct item_places *places;
    struct field *field;
    /* of a list: which item has which word, in order of the store's items */
    uint32_t *place, *element;
    size_t n, cap_place, cap_element;
};

static uint32_t place_of(const struct filling *f, int64_t item)
{
    return item >= 0 && (size_t)item < f->places->n_place ? f->places->place[item] : ITEM_NOWHERE;
}

static int take_list(struct filling *f, uint32_t place, const char *text)
{
    json_t *list = json_loads(text, 0, NULL), *one;
    size_t i;
    int rc = 0;
    json_array_foreach (list, i, one) {
        uint32_t word;
        if (!json_is_string(one))
            continue;
        rc = mem_grow((void **)&f->place, &f->cap_place, f->n + 1, sizeof *f->place);
        rc = rc != 0 ? rc : mem_grow((void **)&f->element, &f->cap_element, f->n + 1, sizeof *f->element);
        rc = rc != 0 ? rc : words_intern(&f->field->words, json_string_value(one), json_string_length(one), &word);
        if (rc != 0)
            break;
        f->place[f->n] = place;
        f->element[f->n++] = word;
    }
    json_decref(list);
    return rc;
}

static int take_value(void *context, int64_t item, const struct attribute_value *value)
{
    struct filling *f = context;
    struct field *field = f->field;
    uint32_t place = place_of(f, item);
    if (place == ITEM_NOWHERE)
        return 0;
    int rc = 0;
    switch (field->column.type) {
    case FILTER_NUMBER:
    case FILTER_BOOLEAN: field->number[place] = value->number; break;
    case FILTER_TEXT: rc = words_intern(&field->words, value->text, value->n, &field->code[place]); break;
    case FILTER_LIST: rc = take_list(f, place, value->text); break;
    }
    return rc != 0 ? E_NOMEM : 0;
}

static int take_title(void *context, int64_t item, const char *identifier, const char *title)
{
    struct filling *f = context;
    uint32_t place = place_of(f, item);
    (void)identifier;
    if (place == ITEM_NOWHERE || title == NULL || title[0] == '\0')
        return 0;
    return words_intern(&f->field->words, title, strlen(title), &f->field->code[place]) != 0 ? E_NOMEM : 0;
}

/* From pairs in any order to item after item; the order of an item's elements stays. */
static int order_list(struct filling *f)
{
    struct field *field = f->field;
    uint32_t n = f->places->n_items;
    field->start = mem_zalloc((size_t)n + 1, sizeof *field->start);
    field->code = mem_alloc(f->n, sizeof *field->code);
    if (field->start == NULL || field->code == NULL)
        return -1;
    for (size_t i = 0; i < f->n; i++)
        field->start[f->place[i] + 1]++;
    for (uint32_t i = 0; i < n; i++)
        field->start[i + 1] += field->start[i];
    for (size_t i = 0; i < f->n; i++)
        field->code[field->start[f->place[i]]++] = f->element[i];
    memmove(field->start + 1, field->start, (size_t)n * sizeof *field->start);
    field->start[0] = 0;
    return 0;
}

static int begin_column(struct field *field, uint32_t n)
{
    field->number = NULL;
    field->code = NULL;
    if (field->column.type == FILTER_NUMBER || field->column.type == FILTER_BOOLEAN) {
        field->number = mem_alloc(n, sizeof *field->number);
        for (uint32_t i = 0; field->number != NULL && i < n; i++)
            field->number[i] = (double)NAN;
        return field->number != NULL ? 0 : -1;
    }
    if (field->column.type == FILTER_LIST)
        return 0;
    field->code = mem_alloc(n, sizeof *field->code);
    for (uint32_t i = 0; field->code != NULL && i < n; i++)
        field->code[i] = FILTER_MISSING;
    return field->code != NULL ? 0 : -1;
}

static void field_release(struct field *field)
{
    mem_free(field->number);
    mem_free(field->code);
    mem_free(field->start);
    words_release(&field->words);
    field->number = NULL;
    field->code = NULL;
    field->start = NULL;
    field->loaded = false;
}

static int load_identifiers(struct item_columns *self, struct field *field)
{
    if (begin_column(field, self->places.n_items) != 0)
        return -1;
    for (uint32_t i = 0; i < self->places.n_items; i++)
        field->code[i] = i;
    field->column.words = self->places.identifier;
    field->column.n_words = self->places.n_items;
    return 0;
}

static int load_values(struct item_columns *self, struct field *field, struct error *err)
{
    struct filling f = {.places = &self->places, .field = field};
    int rc = begin_column(field, self->places.n_items) != 0 ? E_NOMEM : 0;
    if (rc == 0)
        rc = field->kind == FIELD_TITLE ? items_each(self->store, take_title, &f, err)
                                        : attributes_each_item(self->store, &field->attribute, take_value, &f, err);
    if (rc == 0 && field->column.type == FILTER_LIST && order_list(&f) != 0)
        rc = E_NOMEM;
    if (rc == 0 && words_finish(&field->words) != 0)
        rc = E_NOMEM;
    mem_free(f.place);
    mem_free(f.element);
    field->column.words = field->words.list;
    field->column.n_words = (uint32_t)field->words.n;
    return rc;
}

static int schema_column(void *context, const char *name, struct filter_column *out, struct error *err)
{
    struct item_columns *self = context;
    struct field *field = self->fields;
    while (strcmp(field->attribute.name, name) != 0)
        field++;
    if (!field->loaded) {
        int rc = field->kind == FIELD_IDENTIFIER ? (load_identifiers(self, field) != 0 ? E_NOMEM : 0)
                                                 : load_values(self, field, err);
        if (rc != 0) {
            field_release(field);
            return rc == E_NOMEM ? error_nomem(err, "filter") : rc;
        }
        field->column.number = field->number;
        field->column.code = field->code;
        field->column.start = field->start;
        field->loaded = true;
    }
    *out = field->column;
    return 0;
}

static const char *schema_name(void *context, size_t index)
{
    struct item_columns *self = context;
    return index < self->n_fields ? self->fields[index].attribute.name : NULL;
}

struct filter_schema item_columns_schema(struct item_columns *self)
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

int item_columns_new(struct item_columns **out, struct store *store, const struct item_places *places,
                     struct error *err)
{
    struct attribute *attributes;
    size_t n;
    int rc = attributes_list(store, ATTRIBUTE_OF_ITEM, &attributes, &n, err);
    if (rc != 0)
        return rc;
    struct item_columns *self = mem_zalloc(1, sizeof *self);
    struct field *fields = mem_zalloc(n + 2, sizeof *fields);
    if (self == NULL || fields == NULL) {
        mem_free(self);
        mem_free(fields);
        mem_free(attributes);
        return error_nomem(err, "filter");
    }
    *self = (struct item_columns){.store = store, .places = *places, .fields = fields};
    fields[0] = (struct field){.kind = FIELD_IDENTIFIER, .attribute.name = "item", .column.type = FILTER_TEXT};
    fields[1] = (struct field){.kind = FIELD_TITLE, .attribute.name = "title", .column.type = FILTER_TEXT};
    self->n_fields = 2;
    for (size_t i = 0; i < n; i++)
        if (strcmp(attributes[i].name, "item") != 0 && strcmp(attributes[i].name, "title") != 0)
            fields[self->n_fields++] = (struct field){
                .kind = FIELD_ATTRIBUTE, .attribute = attributes[i], .column.type = type_of(attributes[i].type)};
    mem_free(attributes);
    *out = self;
    return 0;
}

void item_columns_free(struct item_columns *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->n_fields; i++)
        field_release(&self->fields[i]);
    mem_free(self->fields);
    mem_free(self);
}
