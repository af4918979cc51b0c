/* quarantine: rows that an import could not take, read again under a corrected mapping.
 *
 * A row is kept as it was read, with the spec of its import.  A retry lays the corrections over that spec,
 * reads the row again (text that is not valid UTF-8 is converted when an encoding is given), and stores what
 * is good now; its entry goes in the same transaction.  What a cleaning rule leaves out goes too; what is
 * still bad stays. */
#ifndef RECKON_INGEST_QUARANTINE_H
#define RECKON_INGEST_QUARANTINE_H

#include "ingest/import.h"

/* Lays the caller's corrections over the spec of an import; an error ends the retry. */
typedef int (*quarantine_correct_fn)(const void *context, struct spec *spec, struct error *err);

struct quarantine_options {
    int64_t import; /* 0: of all imports */
    quarantine_correct_fn correct;
    const void *context;
    struct loader_options loader;
};

struct quarantine_report {
    uint64_t retried;
    struct import_report import; /* rows still bad in `bad` and `reasons`; what was stored in `stored` */
};

int quarantine_retry(struct store *store, const struct quarantine_options *options, struct quarantine_report *report,
                     struct job *job, struct error *err);

#endif
