#include "recommend/item_columns.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
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
    pthread_mutex_t lock;       /* while it is read */
    atomic_bool loaded;         /* from then on it does not change */
    struct filter_column column;
    double *number;
    uint32_t *code;
    uint64_t *start;
    struct words words;
};

struct item_columns {
    atomic_uint holders;
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
}

/* A copy: whoever reads them for all may have names that only it keeps. */
static int load_identifiers(const struct item_places *places, struct field *field)
{
    size_t bytes = 0;
    struct words *words = &field->words;
    if (begin_column(field, places->n_items) != 0)
        return E_NOMEM;
    for (uint32_t i = 0; i < places->n_items; i++)
        bytes += strlen(places->identifier[i]) + 1;
    words->block = mem_alloc(bytes, 1);
    words->offset = mem_alloc(places->n_items, sizeof *words->offset);
    if (words->block == NULL || words->offset == NULL)
        return E_NOMEM;
    for (uint32_t i = 0; i < places->n_items; i++) {
        size_t n = strlen(places->identifier[i]) + 1;
        memcpy(words->block + words->used, places->identifier[i], n);
        words->offset[words->n++] = words->used;
        words->used += n;
        field->code[i] = i;
    }
    return 0;
}

static int read_values(const struct item_reader *reader, struct field *field, struct error *err)
{
    struct filling f = {.places = &reader->places, .field = field};
    int rc = begin_column(field, reader->places.n_items) != 0 ? E_NOMEM : 0;
    if (rc == 0)
        rc = field->kind == FIELD_TITLE ? items_each(reader->store, take_title, &f, err)
                                        : attributes_each_item(reader->store, &field->attribute, take_value, &f, err);
    if (rc == 0 && field->column.type == FILTER_LIST && order_list(&f) != 0)
        rc = E_NOMEM;
    mem_free(f.place);
    mem_free(f.element);
    return rc;
}

/* `lock` is held. */
static int load(const struct item_reader *reader, struct field *field, struct error *err)
{
    int rc = field->kind == FIELD_IDENTIFIER ? load_identifiers(&reader->places, field)
                                             : read_values(reader, field, err);
    if (rc == 0 && words_finish(&field->words) != 0)
        rc = E_NOMEM;
    if (rc != 0) {
        field_release(field);
        return rc == E_NOMEM ? error_nomem(err, "filter") : rc;
    }
    field->column.words = field->words.list;
    field->column.n_words = (uint32_t)field->words.n;
    field->column.number = field->number;
    field->column.code = field->code;
    field->column.start = field->start;
    return 0;
}

static int schema_column(void *context, const char *name, struct filter_column *out, struct error *err)
{
    const struct item_reader *reader = context;
    struct field *field = reader->columns->fields;
    int rc = 0;
    while (strcmp(field->attribute.name, name) != 0)
        field++;
    if (!atomic_load_explicit(&field->loaded, memory_order_acquire)) {
        pthread_mutex_lock(&field->lock);
        if (!atomic_load_explicit(&field->loaded, memory_order_relaxed)) {
            rc = load(reader, field, err);
            atomic_store_explicit(&field->loaded, rc == 0, memory_order_release);
        }
        pthread_mutex_unlock(&field->lock);
    }
    if (rc == 0)
        *out = field->column;
    return rc;
}

static const char *schema_name(void *context, size_t index)
{
    const struct item_reader *reader = context;
    return index < reader->columns->n_fields ? reader->columns->fields[index].attribute.name : NULL;
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

static void add_field(struct item_columns *self, enum field_kind kind, const struct attribute *attribute,
                      enum filter_type type)
{
    struct field *field = &self->fields[self->n_fields++];
    field->kind = kind;
    field->attribute = *attribute;
    field->column.type = type;
    pthread_mutex_init(&field->lock, NULL);
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
    struct field *fields = mem_zalloc(n + 2, sizeof *fields);
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
        field_release(&self->fields[i]);
        pthread_mutex_destroy(&self->fields[i].lock);
    }
    mem_free(self->fields);
    mem_free(self);
}
