/* What filter.c (form) and filter_match.c (meaning) share. */
#ifndef RECKON_RECOMMEND_FILTER_PRIVATE_H
#define RECKON_RECOMMEND_FILTER_PRIVATE_H

#include "recommend/filter.h"

enum filter_op {
    FILTER_OP_IN, /* also "=" */
    FILTER_OP_LESS,
    FILTER_OP_LESS_EQUAL,
    FILTER_OP_GREATER,
    FILTER_OP_GREATER_EQUAL,
    FILTER_OP_CONTAINS,
    FILTER_OP_NULL,
    FILTER_OP_TRUE, /* a field alone */
    FILTER_OP_NOT,
    FILTER_OP_AND,
    FILTER_OP_OR
};

struct filter_value {
    const char *text; /* decoded, NUL-terminated */
    uint32_t at;      /* where it stands in the filter's text */
    double number;    /* once bound to a number or a boolean */
};

/* One step of a stack machine: comparisons push, the others combine.  "!=" is "=" and then "not". */
struct filter_node {
    enum filter_op op;
    const char *field;
    uint32_t at, operator_at;
    uint32_t first_value, n_values;
    struct filter_column column;
    uint64_t *truth; /* TEXT, LIST: a bit for each word of the column */
};

struct filter_term {
    uint32_t begin, end;           /* in the text */
    uint32_t first_node, end_node; /* its steps */
};

/* Levels of the machine's stack: each level of nesting may leave one "or" and one "and" half done. */
enum { FILTER_STACK_MAX = 2 * FILTER_DEPTH_MAX + 4 };

struct filter {
    char *text;
    size_t n;
    char *pool; /* of decoded strings */
    size_t pool_used;
    struct filter_node *nodes;
    size_t n_nodes, cap_nodes;
    struct filter_value *values;
    size_t n_values, cap_values;
    struct filter_term *terms; /* joined by "and" at the top */
    size_t n_terms, cap_terms;
    char note[256];
};

/* E_USAGE about the byte `at` of the filter. */
int filter_error(const struct filter *self, struct error *err, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
