/* doctor_parts: what doctor.c and its parts share; private to store/.
 *
 * A part says what it finds by doctor_say, and never fails for what it finds: 0, or E_NOMEM or E_CANCELLED. */
#ifndef RECKON_STORE_DOCTOR_PARTS_H
#define RECKON_STORE_DOCTOR_PARTS_H

#include "base/fs.h"
#include "base/str.h"
#include "store/db.h"
#include "store/doctor.h"

struct doctor {
    const char *workspace;
    bool quick;
    doctor_fn fn;
    void *context;
    struct doctor_counts *counts;
    struct job *job;
    struct store *store;  /* NULL: cannot be opened */
    char restore[FS_PATH_MAX + 256]; /* advice: how to bring back a backup */
};

void doctor_say(struct doctor *self, const char *check, enum doctor_state state, const char *advice,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* An SQL check that itself failed: says so.  Passes E_NOMEM and E_CANCELLED on, answers 0 else. */
int doctor_unreadable(struct doctor *self, const char *check, int rc, const struct error *err);

/* db_int that ends in doctor_unreadable; *out is -1 then. */
int doctor_int(struct doctor *self, const char *check, int64_t *out, const char *sql);

void doctor_path(const struct doctor *self, char out[FS_PATH_MAX], const char *name); /* within the workspace */

bool doctor_header(struct doctor *self);          /* the file's first bytes; false: no use in opening it */
int doctor_structure(struct doctor *self);        /* pages, references, schema */
int doctor_content(struct doctor *self);          /* what the rows say */
int doctor_files(struct doctor *self);            /* everything beside the database */

#endif
