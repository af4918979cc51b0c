/* types: what type each attribute of an import has.
 *
 * An attribute's type is fixed when the store or the mapping says it; otherwise it is found from all of its
 * values while the source is checked: list if one is a JSON array, number if each is one (and none is a
 * code such as 007), boolean if each is true or false, else text.  One registry serves all files of an import.
 * Attributes of events have no declared type and are not here. */
#ifndef RECKON_INGEST_TYPES_H
#define RECKON_INGEST_TYPES_H

#include "base/str.h"
#include "ingest/row.h"
#include "ingest/spec.h"

struct type {
    enum spec_owner owner;
    char name[SPEC_NAME_MAX];
    bool fixed, met;
    enum attribute_type type; /* once fixed */
    bool can_number, can_boolean, any_list;
};

struct types {
    struct type *list;
    size_t n, cap;
};

void types_release(struct types *self); /* zeroed is fine */
long types_add(struct types *self, enum spec_owner owner, const char *name); /* its place; -1: out of memory */

/* Takes note of a value of a type that is not fixed.  `json`: texts are texts, whatever they look like. */
void types_see(struct type *self, const struct field *value, bool json, bool decimal_comma);
void types_settle(struct types *self); /* fixes what can be fixed now: every attribute that has a value */

/* Does the value fit the type?  If not, `why` says so ("is no number"). */
bool types_fits(enum attribute_type type, const struct field *value, bool decimal_comma, const char **why);

/* The value of a list as a JSON array of texts: of a JSON array, or split at the separator. */
int types_list_text(const struct field *value, char separator, struct str *out);

#endif
