/* attributes: typed facts about items and users.
 *
 * A name has one type for good: a value of another type is E_BAD_DATA.  Lists are lists of texts, kept as
 * a JSON array.  Values replace what was there. */
#ifndef RECKON_STORE_ATTRIBUTES_H
#define RECKON_STORE_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum attribute_type { ATTRIBUTE_NUMBER, ATTRIBUTE_TEXT, ATTRIBUTE_BOOLEAN, ATTRIBUTE_LIST };
enum attribute_entity { ATTRIBUTE_OF_ITEM, ATTRIBUTE_OF_USER };

const char *attribute_type_name(enum attribute_type type);

struct attribute {
    int64_t attribute;
    enum attribute_type type;
    bool observed; /* came along with events; describes what happened, not the item */
    char name[64];
};

/* A value: number for NUMBER and BOOLEAN (0 or 1), else text (a JSON array of texts for LIST). */
struct attribute_value {
    double number;
    const char *text;
    size_t n;
};

/* The attribute of that name, declared when it is new; E_BAD_DATA when it has another type. */
int attributes_intern(struct store *self, enum attribute_entity entity, const char *name, enum attribute_type type,
                      int64_t *attribute, struct error *err);

/* Marks an attribute that events bring along, unless something has it already. */
int attributes_observe(struct store *self, int64_t attribute, struct error *err);

/* All of an entity by name; mem_free(*out). */
int attributes_list(struct store *self, enum attribute_entity entity, struct attribute **out, size_t *n,
                    struct error *err);

/* `owner`: the item or the user. */
int attributes_set(struct store *self, enum attribute_entity entity, int64_t owner, int64_t attribute,
                   enum attribute_type type, const struct attribute_value *value, struct error *err);

/* Takes the entity's attribute of that name away; nothing when it has none. */
int attributes_unset(struct store *self, enum attribute_entity entity, int64_t owner, const char *name,
                     struct error *err);

/* Adds the texts of the JSON array to the list (a set: each once), making it when there is none. */
int attributes_merge_list(struct store *self, enum attribute_entity entity, int64_t owner, int64_t attribute,
                          const char *json_array, struct error *err);

/* One attribute of every item that has it, by ascending item; fn's non-zero answer ends it and is returned. */
typedef int (*attributes_fn)(void *context, int64_t item, const struct attribute_value *value);
int attributes_each_item(struct store *self, const struct attribute *attribute, attributes_fn fn, void *context,
                         struct error *err);
/* The same of one item: fn is called once, or not at all. */
int attributes_of_item(struct store *self, const struct attribute *attribute, int64_t item, attributes_fn fn,
                       void *context, struct error *err);

/* Every attribute of one item or user. */
typedef int (*attributes_of_fn)(void *context, const struct attribute *attribute, const struct attribute_value *value);
int attributes_of(struct store *self, enum attribute_entity entity, int64_t owner, attributes_of_fn fn, void *context,
                  struct error *err);

#endif
