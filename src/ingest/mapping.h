/* mapping: a spec applied to the columns of one file: where each field and attribute stands.
 *
 * A column is meant by its name, or by its number when no column has that name.  A field that the spec does
 * not map is taken from the column that has exactly the field's name, so a file whose header is
 * `user,item,kind,time` needs no mapping at all; the same goes for headers such as `attr.color` and
 * `item.price:number`, and for what a JSON line holds under "attributes".
 * JSON Lines meet new names as they go: mapping_follow takes them in.
 * Borrows the spec, the columns and the types.  One thread. */
#ifndef RECKON_INGEST_MAPPING_H
#define RECKON_INGEST_MAPPING_H

#include "ingest/clean.h"
#include "ingest/columns.h"
#include "ingest/spec.h"
#include "ingest/types.h"

struct mapping_attribute {
    enum spec_owner owner;
    char name[SPEC_NAME_MAX];
    bool typed;               /* by the spec */
    enum attribute_type type; /* of an event's attribute, when typed */
    size_t of_types;          /* place in the types; of items' and users' */
    size_t column;
};

struct mapping {
    const struct spec *spec;
    const struct columns *columns;
    struct types *types;
    enum reader_format format;
    long column[FIELD_COUNT]; /* -1: none */
    struct mapping_attribute *attributes; /* sorted by owner and name */
    size_t n_attributes, cap_attributes;
    struct clean_rule rules[SPEC_RULES_MAX];
    long rule_column[SPEC_RULES_MAX];
    bool *used; /* by column */
    size_t n_seen, cap_used;
    const char *file; /* for errors */
};

/* E_BAD_DATA when a column that the spec names is not there, or a required field has none (JSON Lines: a row
 * that lacks it is a bad row instead). */
int mapping_new(struct mapping **out, const struct spec *spec, const struct columns *columns, struct types *types,
                enum reader_format format, const char *file, struct error *err);
void mapping_free(struct mapping *self);

/* Takes in the columns that are new since; cheap when there are none. */
int mapping_follow(struct mapping *self, struct error *err);

#endif
