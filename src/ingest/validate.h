/* validate: one row of a file becomes one checked record, or is left out by a rule, or is bad.
 *
 * What is checked: the row could be read and has as many fields as the header; UTF-8, no NUL; the cleaning
 * rules of the spec (before anything that may be wrong in a row which is not wanted); required fields;
 * identifiers of 1 to 256 bytes without control characters; a kind that is a word; a time from 1990 to one
 * day from now; numbers finite and in range (|price| and |rating| <= 1e9, |quantity| <= 1e6, dwell up to
 * 30 days, position up to 1e6); attributes of their type and at most 4,096 bytes.
 * Pure but for the types, which learn (see types.h).  One thread. */
#ifndef RECKON_INGEST_VALIDATE_H
#define RECKON_INGEST_VALIDATE_H

#include "ingest/mapping.h"
#include "ingest/row.h"

enum { VALIDATE_IDENTIFIER_MAX = 256, VALIDATE_TEXT_MAX = 4096 };

/* What of a row is right; texts point into the row (and into the record for the kind). */
struct record {
    const struct row *row;
    struct field text[FIELD_COUNT]; /* trimmed; text NULL: none.  Numbers and the time are below */
    int64_t time;                   /* ms */
    double quantity, price, rating; /* NaN: none */
    int64_t dwell_ms, position;     /* -1: none */
    char kind[SPEC_NAME_MAX];
};

enum verdict { VERDICT_GOOD, VERDICT_CLEANED, VERDICT_BAD };

struct fault {
    char field[SPEC_NAME_MAX]; /* "" when it is the row as a whole */
    char kind[64];             /* the reason without the particulars, to count by: "time: out of range" */
    char reason[224];          /* a sentence part for people: "'2110-01-01' is after …" */
    size_t rule;               /* of VERDICT_CLEANED: which rule */
};

struct validator {
    struct mapping *mapping; /* borrowed */
    int64_t earliest, latest;
    size_t last_kind;        /* alias found last */
};

void validator_init(struct validator *self, struct mapping *mapping, int64_t now);

enum verdict validator_check(struct validator *self, const struct row *row, struct record *out, struct fault *fault);

/* The value of an attribute of the row, trimmed; text NULL when there is none. */
struct field validator_attribute(const struct row *row, const struct mapping_attribute *attribute);

#endif
