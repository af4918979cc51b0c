#include "serve/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

enum { BUFFER_MAX = 256 * 1024, LINE_MAX_BYTES = 512, EVENT_MAX = 2048 };

struct journal {
    pthread_mutex_t lock;
    int fd; /* -1: nowhere */
    size_t n;
    int64_t stamp_s; /* the second of `stamp` */
    char stamp[40];
    char buffer[BUFFER_MAX];
};

static int open_path(const char *path, int *fd, struct error *err)
{
    *fd = -1;
    if (path[0] == '\0')
        return 0;
    *fd = strcmp(path, "-") == 0 ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
                                 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (*fd >= 0)
        return 0;
    error_set(err, E_IO, path, "the access log cannot be opened: %s", strerror(errno));
    return error_hint(err, E_IO, "correct serve.access-log in reckon.toml, or the permissions");
}

int journal_open(struct journal **out, const char *path, struct error *err)
{
    int fd, rc = open_path(path, &fd, err);
    if (rc != 0)
        return rc;
    struct journal *self = mem_alloc(1, sizeof *self);
    if (self == NULL) {
        if (fd >= 0)
            close(fd);
        return error_nomem(err, "serve");
    }
    pthread_mutex_init(&self->lock, NULL);
    self->fd = fd;
    self->n = 0;
    self->stamp_s = -1;
    *out = self;
    return 0;
}

static void write_all(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, data, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return; /* a log that cannot be written must not stop the service */
        data += done;
        n -= (size_t)done;
    }
}

static void flush(struct journal *self)
{
    if (self->fd >= 0 && self->n > 0)
        write_all(self->fd, self->buffer, self->n);
    self->n = 0;
}

void journal_flush(struct journal *self)
{
    pthread_mutex_lock(&self->lock);
    flush(self);
    pthread_mutex_unlock(&self->lock);
}

int journal_reopen(struct journal *self, const char *path, struct error *err)
{
    int fd, rc = open_path(path, &fd, err);
    if (rc != 0)
        return rc;
    pthread_mutex_lock(&self->lock);
    flush(self);
    if (self->fd >= 0)
        close(self->fd);
    self->fd = fd;
    pthread_mutex_unlock(&self->lock);
    return 0;
}

void journal_close(struct journal *self)
{
    if (self == NULL)
        return;
    flush(self);
    if (self->fd >= 0)
        close(self->fd);
    pthread_mutex_destroy(&self->lock);
    mem_free(self);
}

/* "2026-01-31T12:00:00", made once a second; `lock` is held. */
static const char *stamp(struct journal *self, int64_t now_ms)
{
    int64_t s = now_ms / 1000;
    if (s != self->stamp_s) {
        clock_format(s * 1000, self->stamp, sizeof self->stamp);
        self->stamp[strcspn(self->stamp, "Z")] = '\0';
        self->stamp_s = s;
    }
    return self->stamp;
}

void journal_access(struct journal *self, const struct journal_access *a)
{
    pthread_mutex_lock(&self->lock);
    if (self->fd >= 0) {
        int64_t now = clock_now_ms();
        if (self->n + LINE_MAX_BYTES > BUFFER_MAX)
            flush(self);
        int n = snprintf(self->buffer + self->n, LINE_MAX_BYTES,
                         "{\"at\":\"%s.%03dZ\",\"level\":\"info\",\"event\":\"request\",\"request_id\":\"%s\","
                         "\"method\":\"%s\",\"route\":\"%s\",\"status\":%d,\"bytes\":%llu,\"ms\":%.3f,\"key\":%lld}\n",
                         stamp(self, now), (int)(now % 1000), a->request_id, a->method, a->route, a->status,
                         (unsigned long long)a->bytes, (double)a->micros / 1000, (long long)a->key);
        if (n > 0 && n < LINE_MAX_BYTES)
            self->n += (size_t)n;
    }
    pthread_mutex_unlock(&self->lock);
}

void journal_event(struct journal *self, const char *level, const char *event, const char *fmt, ...)
{
    char message[512], at[40];
    struct str line;
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(message, sizeof message, fmt, ap) >= (int)sizeof message)
        text_ellipsize(message, sizeof message);
    va_end(ap);
    str_init(&line, EVENT_MAX);
    str_printf(&line, "{\"at\":\"%s\",\"level\":\"%s\",\"event\":\"%s\",\"message\":",
               clock_format(clock_now_ms(), at, sizeof at), level, event);
    text_json_string(&line, message, strlen(message));
    str_puts(&line, "}\n");
    if (!line.failed) {
        pthread_mutex_lock(&self->lock);
        flush(self);
        write_all(STDERR_FILENO, line.data, line.len);
        pthread_mutex_unlock(&self->lock);
    }
    str_release(&line);
}
