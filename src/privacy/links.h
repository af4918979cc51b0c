/* links: identifiers that are one person (store/subjects.h), with what follows for their consents. */
#ifndef RECKON_PRIVACY_LINKS_H
#define RECKON_PRIVACY_LINKS_H

#include "base/job.h"
#include "store/subjects.h"

/* Within a write transaction.  What one of them refused is from now on refused for all. */
int links_join(struct store *store, int64_t one, int64_t other, const struct subject_link *link, struct error *err);

struct links_import {
    int64_t lines, linked, unknown, bad;
};

/* CSV or JSON Lines: user (or subject, identifier), and other, email or phone; source, evidence where there are any.  Lines
 * about people whom the store does not know are counted and passed over.  One transaction. */
int links_import_file(struct store *store, const char *path, struct job *job, struct links_import *out, struct error *err);

#endif
