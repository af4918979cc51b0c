/* manifest: what a backup consists of; private to store/.
 *
 * manifest.json stands beside the files that it lists, each with its size and SHA-256; it is written last, so that
 * a directory without one is no backup.  Nothing that is read from one is trusted: only the names that a backup
 * can have are taken (reckon.db, reckon.toml, models/NAME). */
#ifndef RECKON_STORE_MANIFEST_H
#define RECKON_STORE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MANIFEST_FILE "manifest.json"

struct manifest_file {
    char path[160]; /* within the backup */
    char sha256[65];
    int64_t bytes;
};

struct manifest {
    int64_t created; /* ms UTC */
    int schema;
    int64_t events, users, items;
    struct manifest_file *files;
    size_t n, cap;
};

bool manifest_name_allowed(const char *path);
int manifest_add(struct manifest *self, const struct manifest_file *file, struct error *err);
const struct manifest_file *manifest_find(const struct manifest *self, const char *path); /* NULL: not in it */
int manifest_write(const struct manifest *self, const char *dir, struct error *err);
int manifest_write_as(const struct manifest *self, const char *path, struct error *err);
int manifest_read(struct manifest *self, const char *dir, struct error *err); /* zeroes it first */
void manifest_release(struct manifest *self); /* zeroed is fine */

#endif
