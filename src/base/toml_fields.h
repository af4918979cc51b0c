/* toml_fields: entries of a TOML table into the fields of a struct, by a table of what may be there.
 *
 * An unknown key (the nearest are named), a key twice, a wrong type and a value out of range are E_BAD_DATA with the
 * place ("rules.toml:7"). */
#ifndef RECKON_BASE_TOML_FIELDS_H
#define RECKON_BASE_TOML_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/toml.h"

enum toml_field_type {
    TOML_FIELD_TEXT,  /* char *: a copy that whoever has the struct frees; not empty */
    TOML_FIELD_WORDS, /* struct toml_words: "a, b, c"; whoever has the struct frees `list` */
    TOML_FIELD_REAL,  /* double */
    TOML_FIELD_WHOLE, /* uint32_t */
    TOML_FIELD_BEGIN, /* int64_t: ms; of a date its first moment */
    TOML_FIELD_END    /* int64_t: ms; of a date the first moment after it */
};

struct toml_words {
    char **list;
    size_t n;
};

struct toml_field {
    const char *key; /* NULL: the end of the table */
    enum toml_field_type type;
    size_t offset;
    double min, max; /* of REAL and WHOLE, inclusive */
};

enum { TOML_FIELDS_MAX = 64 };

/* Takes one entry.  `lines`, one for each field: where it was given, 0 before. */
int toml_fields_take(const struct toml *toml, const struct toml_entry *entry, const struct toml_field *fields,
                     void *out, unsigned *lines, struct error *err);

#endif
