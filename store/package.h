/* package: a database with what answers need, and nobody in it.
 *
 * Items, their titles and attributes, the kinds of event, the rule sets in force, and the records of some models:
 * whatever else there is, people before all, is not copied.  Nothing is taken away afterwards: what was never written
 * cannot be left behind.
 */
#ifndef RECKON_STORE_PACKAGE_H
#define RECKON_STORE_PACKAGE_H

#include "store/registry.h"
#include "store/store.h"

/* Makes `path`, which must not exist, a database in one file.  The first of the models is in production there, the
 * others are candidates; their files are the caller's business, their notes are left out.  *items: how many.  The store
 * must not be within a transaction. */
int package_database(struct store *store, const char *path, const struct model_record *models, size_t n, int64_t *items,
                     struct error *err);

#endif
