#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/job.h"
#include "base/kept.h"
#include "base/mem.h"

int fs_join(char *out, size_t size, const char *dir, const char *name)
{
    size_t n = strlen(dir);
    const char *slash = n > 0 && dir[n - 1] == '/' ? "" : "/";
    int len = snprintf(out, size, "%s%s%s", dir, slash, name);
    return len < 0 || (size_t)len >= size ? -1 : 0;
}

int fs_error(struct error *err, const char *path, const char *doing)
{
    int e = errno;
    error_set(err, e == ENOENT ? E_NOT_FOUND : E_IO, path, "%s: %s", doing, strerror(e));
    if (e == ENOSPC || e == EDQUOT)
        error_hint(err, E_IO, "free some space on that disk and run the command again; nothing was changed");
    else if (e == EACCES || e == EROFS || e == EPERM)
        error_hint(err, E_IO, "check who owns it and its permissions");
    return e == ENOENT ? E_NOT_FOUND : E_IO;
}

int fs_create(struct fs_new_file *self, const char *path, unsigned mode, struct error *err)
{
    self->fd = -1;
    if (snprintf(self->path, sizeof self->path, "%s", path) >= (int)sizeof self->path ||
        snprintf(self->temp, sizeof self->temp, "%s.tmp-XXXXXX", path) >= (int)sizeof self->temp)
        return error_set(err, E_USAGE, "file name", "longer than %d bytes", FS_PATH_MAX - 16);
    self->fd = mkstemp(self->temp);
    if (self->fd < 0)
        return fs_error(err, path, "cannot be created");
    if (fchmod(self->fd, mode) != 0) {
        int rc = fs_error(err, path, "cannot set its permissions");
        fs_abandon(self);
        return rc;
    }
    return 0;
}

int fs_write(struct fs_new_file *self, const void *bytes, size_t n, struct error *err)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t w = write(self->fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return fs_error(err, self->path, "cannot be written");
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

int fs_commit(struct fs_new_file *self, struct error *err)
{
    int rc = 0;
    if (fsync(self->fd) != 0)
        rc = fs_error(err, self->path, "cannot be flushed to disk");
    if (close(self->fd) != 0 && rc == 0)
        rc = fs_error(err, self->path, "cannot be closed");
    self->fd = -1;
    if (rc == 0 && rename(self->temp, self->path) != 0)
        rc = fs_error(err, self->path, "cannot be put in its place");
    if (rc != 0) {
        unlink(self->temp);
        return rc;
    }
    char copy[FS_PATH_MAX];
    snprintf(copy, sizeof copy, "%s", self->path);
    int dir = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        fsync(dir);
        close(dir);
    }
    return 0;
}

void fs_abandon(struct fs_new_file *self)
{
    if (self->fd < 0)
        return;
    close(self->fd);
    unlink(self->temp);
    self->fd = -1;
}

int fs_write_all(const char *path, const void *bytes, size_t n, unsigned mode, struct error *err)
{
    struct fs_new_file file;
    int rc = fs_create(&file, path, mode, err);
    if (rc != 0)
        return rc;
    rc = fs_write(&file, bytes, n, err);
    if (rc == 0)
        return fs_commit(&file, err);
    fs_abandon(&file);
    return rc;
}

int fs_read_all(const char *path, size_t max, char **data, size_t *n, struct error *err)
{
    int rc = 0;
    char *buf = NULL;
    size_t len = 0, cap = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fs_error(err, path, "cannot be opened");
    for (;;) {
        if (mem_grow((void **)&buf, &cap, len + 65537, 1) != 0) {
            rc = error_nomem(err, path);
            goto out;
        }
        ssize_t got = read(fd, buf + len, cap - len - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            rc = fs_error(err, path, "cannot be read");
            goto out;
        }
        if (got == 0)
            break;
        len += (size_t)got;
        if (len > max) {
            rc = error_set(err, E_BAD_DATA, path, "is larger than %zu bytes", max);
            goto out;
        }
    }
    buf[len] = '\0';
    *data = buf;
    *n = len;
    buf = NULL;
out:
    mem_free(buf);
    close(fd);
    return rc;
}

int fs_make_dir(const char *path, unsigned mode, struct error *err)
{
    char buf[FS_PATH_MAX];
    if (snprintf(buf, sizeof buf, "%s", path) >= (int)sizeof buf)
        return error_set(err, E_USAGE, "directory name", "longer than %d bytes", FS_PATH_MAX - 1);
    for (char *p = buf + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(buf, mode) != 0 && errno != EEXIST)
            return fs_error(err, buf, "cannot be created");
        *p = '/';
    }
    if (mkdir(buf, mode) != 0 && errno != EEXIST)
        return fs_error(err, buf, "cannot be created");
    return 0;
}

bool fs_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool fs_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void to_hex(const unsigned char *digest, char hex[65])
{
    sodium_bin2hex(hex, 65, digest, crypto_hash_sha256_BYTES);
}

void fs_sha256(const void *bytes, size_t n, char hex[65])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, bytes, n);
    to_hex(digest, hex);
}

enum { PACE = 8 << 20 };

/* Large files go to the disk while they are written, not all at once when they are flushed: that would hold up whoever else
 * has something to write or to read there.  Only advice. */
static void pace(int fd, int64_t before, int64_t written)
{
    if (written / PACE == before / PACE)
        return;
    off_t end = written / PACE * PACE;
    sync_file_range(fd, end - PACE, PACE, SYNC_FILE_RANGE_WRITE);
    if (end >= 2 * (off_t)PACE)
        sync_file_range(fd, end - 2 * PACE, PACE,
                        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
}

/* Reads the file from its beginning to its end, through `hash` and into `to`, unless they are NULL. */
static int pump_descriptor(int fd, const char *path, crypto_hash_sha256_state *hash, struct fs_new_file *to,
                           int64_t *bytes, struct job *job, struct error *err)
{
    struct stat st;
    int rc = 0;
    double total = fstat(fd, &st) == 0 ? (double)st.st_size : 0;
    unsigned char buf[65536];
    *bytes = 0;
    while (rc == 0) {
        ssize_t got = pread(fd, buf, sizeof buf, *bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = fs_error(err, path, "cannot be read");
        if (got <= 0)
            break;
        if (hash != NULL)
            crypto_hash_sha256_update(hash, buf, (unsigned long long)got);
        *bytes += got;
        if (to != NULL)
            rc = fs_write(to, buf, (size_t)got, err);
        if (to != NULL && rc == 0)
            pace(to->fd, *bytes - got, *bytes);
        if (rc == 0 && job_step(job, to != NULL ? "copying" : "checking files", (double)*bytes, total, "bytes"))
            rc = job_error_cancelled(err, path);
    }
    return rc;
}

static int pump(const char *path, crypto_hash_sha256_state *hash, struct fs_new_file *to, int64_t *bytes,
                struct job *job, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fs_error(err, path, "cannot be opened");
    int rc = pump_descriptor(fd, path, hash, to, bytes, job, err);
    close(fd);
    return rc;
}

static void finish_hash(crypto_hash_sha256_state *hash, char hex[65])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(hash, digest);
    to_hex(digest, hex);
}

int fs_sha256_job(const char *path, char hex[65], struct job *job, struct error *err)
{
    crypto_hash_sha256_state hash;
    int64_t bytes;
    crypto_hash_sha256_init(&hash);
    int rc = pump(path, &hash, NULL, &bytes, job, err);
    if (rc == 0)
        finish_hash(&hash, hex);
    return rc;
}

int fs_sha256_file(const char *path, char hex[65], struct error *err)
{
    return fs_sha256_job(path, hex, NULL, err);
}

int fs_fill(struct fs_new_file *self, const char *from, char sha256[65], int64_t *bytes, struct job *job,
            struct error *err)
{
    crypto_hash_sha256_state hash;
    int64_t n;
    crypto_hash_sha256_init(&hash);
    int rc = pump(from, &hash, self, &n, job, err);
    if (rc == 0 && sha256 != NULL)
        finish_hash(&hash, sha256);
    if (rc == 0 && bytes != NULL)
        *bytes = n;
    return rc;
}

int fs_copy(const char *from, const char *to, unsigned mode, char sha256[65], int64_t *bytes, struct job *job,
            struct error *err)
{
    struct fs_new_file file;
    int rc = fs_create(&file, to, mode, err);
    if (rc != 0)
        return rc;
    rc = fs_fill(&file, from, sha256, bytes, job, err);
    if (rc == 0)
        return fs_commit(&file, err);
    fs_abandon(&file);
    return rc;
}

int fs_copy_kept(const char *from, const char *to, unsigned mode, struct job *job, struct error *err)
{
    struct fs_new_file file;
    int64_t bytes;
    int fd = kept_open(from);
    if (fd < 0)
        return fs_error(err, from, "cannot be opened");
    int rc = fs_create(&file, to, mode, err);
    if (rc != 0)
        return rc;
    rc = pump_descriptor(fd, from, NULL, &file, &bytes, job, err);
    if (rc == 0)
        return fs_commit(&file, err);
    fs_abandon(&file);
    return rc;
}

static int sync_path(const char *path, int flags, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags), rc = 0;
    if (fd < 0 || fsync(fd) != 0)
        rc = fs_error(err, path, "cannot be flushed to disk");
    if (fd >= 0)
        close(fd);
    return rc;
}

int fs_sync_file(const char *path, struct error *err)
{
    return sync_path(path, 0, err);
}

int fs_sync_dir(const char *path, struct error *err)
{
    return sync_path(path, O_DIRECTORY, err);
}
