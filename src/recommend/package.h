/* package: a model with all that it takes to answer, as one file for another machine (model.tar.gz).
 *
 * It is a workspace without people: reckon.db with the catalogue and the models' records (store/package.h); models/
 * with the model, the newest for people without a history and the newest that places items without events; and
 * reckon.toml with settings of the table [recommend].  Times and owners in it are fixed. */
#ifndef RECKON_RECOMMEND_PACKAGE_H
#define RECKON_RECOMMEND_PACKAGE_H

#include "base/job.h"
#include "base/settings.h"
#include "store/registry.h"
#include "store/store.h"

struct package_info {
    char model[96], popularity[96], placer[96]; /* "ease@3"; "" when there is no such model */
    int64_t items, bytes;           /* bytes: of the file */
    char sha256[65];
};

/* spec: "ease", "ease@3".  Appears at `path` whole or not at all; one that is there is replaced.  E_NOT_FOUND: no such
 * model; E_CORRUPT: its file is gone or damaged. */
int package_make(struct store *store, const char *spec, const struct settings *settings, const char *path,
                 struct package_info *out, struct job *job, struct error *err);

#endif
