/* What browse.c (views and their columns) and browse_read.c (queries) share. */
#ifndef RECKON_STORE_BROWSE_PRIVATE_H
#define RECKON_STORE_BROWSE_PRIVATE_H

#include "base/str.h"
#include "store/browse_filter.h"

/* An integer that stands for a text in another table. */
struct browse_names {
    const char *table, *id, *text;
};

struct browse_field {
    struct browse_column column;
    const char *raw;                  /* SQL of what is compared, sorted and counted */
    const struct browse_names *names; /* raw is an integer of these; NULL: raw is the value */
    bool leads;                       /* the view's own order begins with it */
    /* Where its text is looked for, when that is quicker than in raw: the integer and its names; NULL: in raw. */
    const char *search_raw;
    const struct browse_names *search;
    bool indexed; /* an index leads from that integer to the rows */
    bool by_text; /* sorted by the text that is shown, not by the integer that stands for it */
};

struct browse_spec {
    struct browse_view view;
    const char *from;                      /* "events t": the row is t */
    const char *joins;                     /* for fields that need them */
    const char *keys[BROWSE_KEY_MAX - 2];  /* the view's own order; never NULL in a row */
    size_t n_keys;
    bool newest_first;                     /* the view's own order goes down */
    const struct browse_field *fields;     /* ends with a NULL name */
    const char *attributes;                /* "item" or "user"; NULL: none */
};

struct browse {
    const struct browse_spec *spec;
    struct browse_field *fields;
    size_t n;
    char **owned; /* names and SQL of attributes */
    size_t n_owned;
};

extern const struct browse_spec browse_specs[];

#endif
