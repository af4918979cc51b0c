#include "base/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEPT_MAX = 256 };

static struct {
    pthread_mutex_t lock;
    int list[KEPT_MAX];
    size_t n;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Those without a name go; the one of this file (NULL: none), or -1. */
static int find(const struct stat *wanted)
{
    int found = -1;
    for (size_t i = 0; i < kept.n;) {
        struct stat st;
        bool gone = fstat(kept.list[i], &st) != 0 || st.st_nlink == 0;
        if (gone) {
            close(kept.list[i]);
            kept.list[i] = kept.list[--kept.n];
            continue;
        }
        if (wanted != NULL && st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino)
            found = kept.list[i];
        i++;
    }
    return found;
}

static int find_or_open(const char *path)
{
    struct stat st;
    bool there = lstat(path, &st) == 0;
    int why = errno, fd = find(there ? &st : NULL);
    if (!there) {
        errno = why;
        return -1;
    }
    if (fd >= 0)
        return fd;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && kept.n < KEPT_MAX) /* else it stays open, and is not found again */
        kept.list[kept.n++] = fd;
    return fd;
}

int kept_open(const char *path)
{
    pthread_mutex_lock(&kept.lock);
    int fd = find_or_open(path);
    pthread_mutex_unlock(&kept.lock);
    return fd;
}
