/* fs: files that appear whole or not at all, and the few path helpers that reckon needs. */
#ifndef RECKON_BASE_FS_H
#define RECKON_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define FS_PATH_MAX 4096

/* A file that is written beside its place and appears by rename when fs_commit succeeds: written to
 * `path`.tmp-XXXXXX in the same directory, fsynced, renamed, directory fsynced. */
struct fs_new_file {
    int fd;
    char path[FS_PATH_MAX];
    char temp[FS_PATH_MAX];
};

int fs_create(struct fs_new_file *self, const char *path, unsigned mode, struct error *err);
int fs_write(struct fs_new_file *self, const void *bytes, size_t n, struct error *err);
int fs_commit(struct fs_new_file *self, struct error *err);  /* on failure the temporary file is gone */
void fs_abandon(struct fs_new_file *self);                   /* no-op after commit */

/* What errno says of `path`, after `doing` ("cannot be opened"), with a hint where there is one.  E_NOT_FOUND when
 * there is no such file, else E_IO. */
int fs_error(struct error *err, const char *path, const char *doing);

int fs_write_all(const char *path, const void *bytes, size_t n, unsigned mode, struct error *err);

struct job;

/* Copies a file; the copy appears whole, as above.  sha256 (of what was copied) and bytes may be NULL. */
int fs_copy(const char *from, const char *to, unsigned mode, char sha256[65], int64_t *bytes, struct job *job,
            struct error *err);
/* The same of a file on which somebody in this process may hold locks, a database's (kept.h). */
int fs_copy_kept(const char *from, const char *to, unsigned mode, struct job *job, struct error *err);
/* Fills a file that fs_create began, from another. */
int fs_fill(struct fs_new_file *self, const char *from, char sha256[65], int64_t *bytes, struct job *job,
            struct error *err);
int fs_sync_file(const char *path, struct error *err); /* what was written to it stays */
int fs_sync_dir(const char *path, struct error *err); /* what was renamed into it stays there */

int fs_read_all(const char *path, size_t max, char **data, size_t *n, struct error *err); /* mem_free(data) */
int fs_make_dir(const char *path, unsigned mode, struct error *err);  /* and its parents; existing is fine */
bool fs_exists(const char *path);
bool fs_is_dir(const char *path);
int fs_join(char *out, size_t size, const char *dir, const char *name); /* -1 when too long */

/* SHA-256 as 64 hex digits and a NUL. */
int fs_sha256_file(const char *path, char hex[65], struct error *err);
int fs_sha256_job(const char *path, char hex[65], struct job *job, struct error *err); /* the same, cancellable */
void fs_sha256(const void *bytes, size_t n, char hex[65]);

#endif
