#include "ingest/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

enum { BLOCK = 1 << 20 };

bool spool_is_needed(const char *path)
{
    struct stat st;
    return strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

static int make_nameless(const char *directory, int *fd, struct error *err)
{
    char path[FS_PATH_MAX];
    if (fs_join(path, sizeof path, directory, ".import-XXXXXX") != 0)
        return error_set(err, E_IO, directory, "the path is too long");
    *fd = mkstemp(path);
    if (*fd < 0) {
        error_set(err, E_IO, directory, "cannot keep a copy of the input there: %s", strerror(errno));
        return error_hint(err, E_IO, "make room or allow writing there, or import from a file");
    }
    fcntl(*fd, F_SETFD, FD_CLOEXEC);
    unlink(path);
    return 0;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return -1;
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

static int copy(int from, int to, const char *name, struct job *job, struct error *err)
{
    char *block = mem_alloc(BLOCK, 1);
    double done = 0;
    int rc = block != NULL ? 0 : error_nomem(err, name);
    while (rc == 0) {
        if (job_step(job, "receiving", done, 0, "bytes")) {
            rc = job_error_cancelled(err, name);
            break;
        }
        /* never in read() for long: a signal that came just before it would not end it */
        struct pollfd ready = {.fd = from, .events = POLLIN};
        if (poll(&ready, 1, 100) <= 0)
            continue;
        ssize_t n = read(from, block, BLOCK);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            rc = error_set(err, E_IO, name, "cannot be read: %s", strerror(errno));
        else if (n > 0 && write_all(to, block, (size_t)n) != 0)
            rc = error_set(err, E_IO, name, "its copy cannot be written: %s", strerror(errno));
        else if (n > 0)
            done += (double)n;
    }
    mem_free(block);
    return rc;
}

int spool_open(struct spool *self, const char *path, const char *directory, struct job *job, struct error *err)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    *self = (struct spool){0};
    int from = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return error_set(err, E_IO, name, "cannot be opened: %s", strerror(errno));
    int fd = -1;
    int rc = make_nameless(directory, &fd, err);
    if (rc == 0)
        rc = copy(from, fd, name, job, err);
    if (!standard)
        close(from);
    if (rc != 0) {
        if (fd >= 0)
            close(fd);
        return rc;
    }
    self->fd = fd;
    snprintf(self->path, sizeof self->path, "/proc/self/fd/%d", fd);
    return 0;
}

void spool_release(struct spool *self)
{
    if (self->fd > 0)
        close(self->fd);
    self->fd = 0;
}
