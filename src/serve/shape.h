/* shape: what a request must look like: checked, and written down as JSON Schema, from the same table.
 *
 * A shape names a field, its type and its limits.  Fields that no shape names are faults, as in an answer that is
 * not true to its shape.  Pure; any thread. */
#ifndef RECKON_SERVE_SHAPE_H
#define RECKON_SERVE_SHAPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum shape_type {
    SHAPE_ID,        /* an identifier: 1 to 256 bytes, no control characters */
    SHAPE_TEXT,      /* min to max bytes; no control characters but tab and line ends */
    SHAPE_WORD,      /* letters, digits, '_', '-', '.'; 1 to 63 */
    SHAPE_INT,
    SHAPE_REAL,
    SHAPE_BOOL,
    SHAPE_TIME,      /* RFC 3339, from 1990 to a day from now */
    SHAPE_OBJECT,    /* fields: `of`, up to the one without a name */
    SHAPE_LIST,      /* min to max elements of the shape `of` */
    SHAPE_ATTRIBUTES,/* names -> number, text, boolean, list of texts or null */
    SHAPE_ANY        /* of an answer: whatever the documentation of the command says */
};

enum shape_flag { SHAPE_REQUIRED = 1, SHAPE_NULLABLE = 2 };

struct shape {
    const char *name;
    enum shape_type type;
    unsigned flags;
    double min, max;         /* both 0: any, or the type's own */
    const char *choices;     /* of SHAPE_TEXT: "a|b" */
    const struct shape *of;
    const char *help;
};

enum { SHAPE_FAULTS_MAX = 16, SHAPE_DEPTH_MAX = 24 };

/* What is wrong, and where (a JSON Pointer). */
struct shape_fault {
    char pointer[160];
    char detail[200];
};

struct shape_faults {
    struct shape_fault list[SHAPE_FAULTS_MAX];
    size_t n;
};

/* Checks an object against fields; faults->n is 0 when it fits. */
void shape_check(const struct shape *fields, json_t *object, struct shape_faults *faults);

/* Notes one more fault, at fields of the object. */
void shape_fault_add(struct shape_faults *self, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Are brackets of the JSON text nested deeper than SHAPE_DEPTH_MAX?  (Asked before it is parsed.) */
bool shape_too_deep(const char *json, size_t n);

/* The JSON Schema of an object of these fields.  `strict`: no others. */
int shape_schema(struct str *out, const struct shape *fields, bool strict);
/* The schema of one field's value. */
int shape_schema_of(struct str *out, const struct shape *field, bool strict);
/* `,"minimum":…,"maximum":…`, an integer's to the last digit; nothing when both are 0: there is no range. */
void shape_put_range(struct str *out, bool integer, double min, double max);

#endif
