/* access: the copy of everything that is known of a person (GDPR articles 15 and 20, CCPA's right to know).
 *
 * One archive (zip or tar.gz by its name, readable by its owner only): about.json with the whole, a CSV for each table, and
 * index.html, which reads without any of reckon and without the network.  Besides the tables (store/person.h) it says what
 * was inferred (what the model in use recommends them, and because of what), what may be done with it and who gets it, how
 * long it is kept, and where it is from. */
#ifndef RECKON_PRIVACY_ACCESS_H
#define RECKON_PRIVACY_ACCESS_H

#include <jansson.h>

#include "base/job.h"
#include "base/str.h"
#include "store/store.h"

struct access_counts {
    int64_t histories, tables, rows;
};

/* Of all identifiers of the person.  json_decref(*out). */
int access_collect(struct store *store, int64_t user, struct job *job, struct access_counts *counts, json_t **out,
                   struct error *err);

/* The archive into a file that is open (its name only for errors), or into a file of its own. */
int access_archive(const json_t *copy, bool zip, int fd, const char *path, struct error *err);
int access_write(const json_t *copy, const char *path, struct error *err);

/* access_page.c: the page. */
int access_page(const json_t *copy, struct str *out);

#endif
