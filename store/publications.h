/* publications: anonymised data sets that left, so that an erasure can name them and the next one can be compared with
 * them. */
#ifndef RECKON_STORE_PUBLICATIONS_H
#define RECKON_STORE_PUBLICATIONS_H

#include "store/store.h"

struct publication_record {
    int64_t publication, at; /* ms */
    const char *data_set, *place, *sha256; /* borrowed; place: an absolute path */
    int64_t rows, people, k;
};

/* Within a write transaction; publication and its number are set. */
int publications_add(struct store *self, struct publication_record *record, struct error *err);

/* The newest first; fn's non-zero answer ends it and is returned. */
typedef int (*publications_fn)(void *context, const struct publication_record *record);
int publications_each(struct store *self, publications_fn fn, void *context, struct error *err);
int publications_count(struct store *self, const char *data_set, int64_t *n, struct error *err);

#endif
