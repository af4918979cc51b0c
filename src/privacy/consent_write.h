/* consent_write: what somebody said, from a front or a file, into the log (store/consents.h), for all identifiers of the
 * person. */
#ifndef RECKON_PRIVACY_CONSENT_WRITE_H
#define RECKON_PRIVACY_CONSENT_WRITE_H

#include "base/job.h"
#include "store/consents.h"

struct consent_words {
    unsigned grant, withdraw;  /* bits of purposes */
    const char *tcf;           /* instead of both; NULL: none */
    const char *basis, *source, *policy, *proof; /* NULL: "" */
    int64_t at;                /* ms; of a tcf string: when it was last changed, if that is later told by it */
};

/* Reads the tcf string into grant and withdraw.  E_USAGE, E_BAD_DATA: what cannot be. */
int consent_words_check(struct consent_words *self, struct error *err);

/* Within a write transaction; *changed (may be NULL): what was not recorded before, over all identifiers. */
int consent_words_record(struct store *store, int64_t user, const struct consent_words *words, int64_t *changed,
                         struct error *err);

struct consent_import {
    int64_t lines, added, present, erased; /* erased: of people who must not come back */
    int64_t bad;
    struct {
        int64_t line;
        char why[160];
    } first_bad[10];
};

/* A file of a consent platform: CSV with a header, or JSON Lines (told by its first letter).  Fields, by their names in any
 * case: user (or subject, identifier); purpose and state (granted or withdrawn; also true, false, yes, no, 1, 0), or tcf; and
 * time, basis, source, policy, proof where there are any.  Nothing is stored when a line cannot be read, unless `skip_bad`.
 * One transaction. */
int consent_import_file(struct store *store, const char *path, bool skip_bad, struct job *job, struct consent_import *out,
                        struct error *err);

#endif
