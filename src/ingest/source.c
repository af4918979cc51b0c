#include "ingest/source.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { BLOCK = 256 * 1024 };

struct source {
    int fd;
    char *name;
    char *block; /* what was read last from fd */
    size_t at, n;
    bool end;
    struct archive *archive; /* NULL: plain */
    const char *compression;
    bool nothing; /* is in the compressed data */
    uint64_t taken;
    struct stat stat;
    int read_error; /* errno of a failed read below the archive */
};

static const struct {
    const char *magic;
    size_t n;
    const char *name;
} compressions[] = {
    {"\xFD" "7zXZ\0", 6, "xz"}, {"\x1F\x8B", 2, "gzip"}, {"BZh", 3, "bzip2"},
    {"\x28\xB5\x2F\xFD", 4, "zstd"}, {"\x04\x22\x4D\x18", 4, "lz4"},
};

static int open_file(struct source *self, const char *path, struct error *err)
{
    if (strcmp(path, "-") == 0) {
        self->fd = STDIN_FILENO;
    } else {
        self->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (self->fd < 0 && errno == ENOENT) {
            error_set(err, E_NOT_FOUND, path, "there is no such file");
            return error_hint(err, E_NOT_FOUND, "check the path; a file name is taken from the current directory");
        }
        if (self->fd < 0)
            return error_set(err, E_IO, path, "cannot be opened: %s", strerror(errno));
    }
    if (fstat(self->fd, &self->stat) != 0)
        return error_set(err, E_IO, self->name, "%s", strerror(errno));
    if (S_ISDIR(self->stat.st_mode)) {
        error_set(err, E_USAGE, self->name, "is a directory");
        return error_hint(err, E_USAGE, "name the files in it, as in %s/*.csv", path);
    }
    return 0;
}

/* Refills the block; at the end n = 0. */
static int refill(struct source *self)
{
    self->at = self->n = 0;
    while (!self->end) {
        ssize_t n = read(self->fd, self->block, BLOCK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return self->read_error = errno;
        self->end = n == 0;
        self->n = (size_t)n;
        self->taken += self->n;
        break;
    }
    return 0;
}

/* The first block should hold enough to tell what it is, even when it comes through a pipe in drops. */
static int read_head(struct source *self)
{
    while (self->n < 512 && !self->end) {
        ssize_t n = read(self->fd, self->block + self->n, BLOCK - self->n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return self->read_error = errno;
        self->end = n == 0;
        self->n += (size_t)n;
        self->taken += (size_t)n;
    }
    return 0;
}

static la_ssize_t give_block(struct archive *a, void *context, const void **block)
{
    struct source *self = context;
    if (self->at == self->n && refill(self) != 0) {
        archive_set_error(a, self->read_error, "%s", strerror(self->read_error));
        return ARCHIVE_FATAL;
    }
    *block = self->block + self->at;
    size_t n = self->n - self->at;
    self->at = self->n;
    return (la_ssize_t)n;
}

static int damaged(struct source *self, struct error *err)
{
    if (self->read_error != 0)
        return error_set(err, E_IO, self->name, "cannot be read: %s", strerror(self->read_error));
    const char *why = archive_error_string(self->archive);
    error_set(err, E_CORRUPT, self->name, "its %s data is damaged or ends too early%s%s%s", self->compression,
              why != NULL ? " (" : "", why != NULL ? why : "", why != NULL ? ")" : "");
    return error_hint(err, E_CORRUPT, "fetch the file again; nothing behind the damage can be read");
}

static int open_compressed(struct source *self, struct error *err)
{
    struct archive *a = self->archive = archive_read_new();
    struct archive_entry *entry;
    if (a == NULL)
        return error_nomem(err, self->name);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_zstd(a);
    archive_read_support_filter_lz4(a);
    archive_read_support_format_raw(a);
    archive_read_support_format_empty(a);
    if (archive_read_open(a, self, NULL, give_block, NULL) != ARCHIVE_OK)
        return damaged(self, err);
    int rc = archive_read_next_header(a, &entry);
    self->nothing = rc == ARCHIVE_EOF;
    return rc == ARCHIVE_OK || rc == ARCHIVE_EOF ? 0 : damaged(self, err);
}

/* Looks at the first bytes. */
static int identify(struct source *self, struct error *err)
{
    if (read_head(self) != 0)
        return error_set(err, E_IO, self->name, "cannot be read: %s", strerror(self->read_error));
    if (self->n == 0) {
        error_set(err, E_BAD_DATA, self->name, "is empty");
        return error_hint(err, E_BAD_DATA, "there is nothing to import; check how the file was made");
    }
    for (size_t i = 0; i < sizeof compressions / sizeof *compressions; i++)
        if (self->n >= compressions[i].n && memcmp(self->block, compressions[i].magic, compressions[i].n) == 0) {
            self->compression = compressions[i].name;
            return open_compressed(self, err);
        }
    if (self->n >= 4 && memcmp(self->block, "PK\3\4", 4) == 0) {
        error_set(err, E_BAD_DATA, self->name, "is a zip archive (or a spreadsheet)");
        return error_hint(err, E_BAD_DATA,
                          "unpack it, or save the spreadsheet as CSV; or `unzip -p FILE | reckon … -`");
    }
    return 0;
}

int source_open(struct source **out, const char *path, const char *name, struct error *err)
{
    struct source *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, path);
    self->fd = -1;
    self->name = mem_strdup(name != NULL ? name : strcmp(path, "-") == 0 ? "standard input" : path);
    self->block = mem_alloc(BLOCK, 1);
    int rc = self->name != NULL && self->block != NULL ? 0 : error_nomem(err, path);
    if (rc == 0)
        rc = open_file(self, path, err);
    if (rc == 0)
        rc = identify(self, err);
    if (rc != 0) {
        source_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

void source_free(struct source *self)
{
    if (self == NULL)
        return;
    if (self->archive != NULL)
        archive_read_free(self->archive);
    if (self->fd > STDIN_FILENO)
        close(self->fd);
    mem_free(self->name);
    mem_free(self->block);
    mem_free(self);
}

int source_read(struct source *self, char *buf, size_t cap, size_t *n, struct error *err)
{
    *n = 0;
    if (self->archive != NULL) {
        la_ssize_t got = 0;
        if (self->nothing)
            return 0;
        do
            got = archive_read_data(self->archive, buf, cap);
        while (got == ARCHIVE_RETRY);
        if (got < 0)
            return damaged(self, err);
        *n = (size_t)got;
        return 0;
    }
    if (self->at == self->n && refill(self) != 0)
        return error_set(err, E_IO, self->name, "cannot be read: %s", strerror(self->read_error));
    *n = self->n - self->at < cap ? self->n - self->at : cap;
    memcpy(buf, self->block + self->at, *n);
    self->at += *n;
    return 0;
}

const char *source_name(const struct source *self)
{
    return self->name;
}

uint64_t source_taken(const struct source *self)
{
    return self->taken;
}

uint64_t source_size(const struct source *self)
{
    return S_ISREG(self->stat.st_mode) ? (uint64_t)self->stat.st_size : 0;
}

bool source_can_reread(const struct source *self)
{
    return S_ISREG(self->stat.st_mode) && self->fd != STDIN_FILENO;
}

void source_stamp(const struct source *self, struct source_stamp *out)
{
    *out = (struct source_stamp){.device = self->stat.st_dev,
                                 .inode = self->stat.st_ino,
                                 .size = (uint64_t)self->stat.st_size,
                                 .seconds = self->stat.st_mtim.tv_sec,
                                 .nanoseconds = self->stat.st_mtim.tv_nsec};
}

int source_check_stamp(const struct source *self, const struct source_stamp *stamp, struct error *err)
{
    struct source_stamp now;
    source_stamp(self, &now);
    if (now.device == stamp->device && now.inode == stamp->inode && now.size == stamp->size &&
        now.seconds == stamp->seconds && now.nanoseconds == stamp->nanoseconds)
        return 0;
    error_set(err, E_CONFLICT, self->name, "changed while it was being imported");
    return error_hint(err, E_CONFLICT, "run the import again when nothing writes to the file any more");
}
