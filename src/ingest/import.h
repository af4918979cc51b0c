/* import: events, items or users from files into the store.
 *
 * Every source is read twice: once to check it, when nothing is written, and, if no more than the allowed
 * share of its rows is bad, once to store it.  The share is judged after each full batch of rows and at the
 * end, so a hopeless file is given up early.  Storing goes in batches that are whole (loader.h): killed
 * half-way, a rerun adds what is missing; run again, nothing.  What cannot be read twice (standard input, a
 * pipe) is kept in the workspace meanwhile (spool.h). */
#ifndef RECKON_INGEST_IMPORT_H
#define RECKON_INGEST_IMPORT_H

#include "ingest/loader.h"

enum { IMPORT_REASONS_MAX = 24 };

/* Why rows were bad, and an example of each reason. */
struct import_reason {
    char kind[64];
    uint64_t n;
    char file[160], field[SPEC_NAME_MAX], reason[224];
    uint64_t line;
};

struct import_report {
    uint64_t rows;                              /* read */
    uint64_t bad, cleaned;
    uint64_t cleaned_by_rule[SPEC_RULES_MAX];   /* in the order of the spec */
    struct import_reason reasons[IMPORT_REASONS_MAX]; /* the last one: all others, when there are that many */
    size_t n_reasons;
    bool refused;                               /* too many were bad: nothing was stored */
    struct loader_counts stored;
    uint64_t committed_rows;
    double seconds;
};

struct import_options {
    const struct spec *spec;
    const char *const *paths;
    size_t n_paths;
    double max_bad; /* share of rows, 0 to 1 */
    struct loader_options loader;
};

/* report is filled also when it fails (as far as it got).  E_BAD_DATA: more than max_bad of the rows are bad, or
 * a file cannot be read at all; E_CANCELLED: whole batches stay. */
int import_run(struct store *store, const struct import_options *options, struct import_report *report,
               struct job *job, struct error *err);

/* The registry of attribute types, as the store has them. */
int import_load_types(struct store *store, struct types *types, struct error *err);

void import_count_reason(struct import_report *report, const char *file, const struct scan *scan);

#endif
