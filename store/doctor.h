/* doctor: is the workspace whole, and if not, what is wrong and what can be done.
 *
 * Changes nothing: the database is opened as it is (no migration, no checkpoint at the end), while others use it.
 * Whatever is wrong with it, or with the files beside it, becomes a finding; only running out of memory
 * and a cancelled job are errors. */
#ifndef RECKON_STORE_DOCTOR_H
#define RECKON_STORE_DOCTOR_H

#include "base/job.h"
#include "store/store.h"

enum doctor_state { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_PROBLEM };
const char *doctor_state_name(enum doctor_state state);

struct doctor_finding {
    const char *check;   /* a few words: "structure" */
    enum doctor_state state;
    const char *finding; /* a sentence */
    const char *advice;  /* what to do; "" when there is nothing to do */
};

/* Borrowed during the call.  One finding of each check at least; several when several things are wrong. */
typedef void (*doctor_fn)(void *context, const struct doctor_finding *finding);

/* -1: could not be counted. */
struct doctor_counts {
    int64_t events, users, items, kinds, sessions, quarantine, imports, models;
    int64_t first, last; /* times of events; 0 when there are none */
    int64_t database_bytes, log_bytes; /* reckon.db and its -wal */
    int problems, warnings;
};

/* quick: does not compare every index with its table, nor model files with their checksums. */
int doctor_run(const char *workspace, bool quick, doctor_fn fn, void *context, struct doctor_counts *counts,
               struct job *job, struct error *err);

#endif
