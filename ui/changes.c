#include "ui/changes.h"

#include <stddef.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "store/store.h"

void changes_open(struct changes *self, const char *workspace)
{
    self->fd = workspace[0] != '\0' ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
    if (self->fd >= 0 &&
        inotify_add_watch(self->fd, workspace, IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR) < 0)
        changes_close(self);
}

void changes_close(struct changes *self)
{
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
}

/* The log is where commits go; the file itself changes when it is replaced, and when the log is brought into it. */
static bool matters(const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    if (event->len == 0)
        return false;
    return (strcmp(event->name, STORE_FILE "-wal") == 0 && (event->mask & IN_MODIFY)) ||
           (strcmp(event->name, STORE_FILE) == 0 && !(event->mask & IN_MODIFY));
}

bool changes_take(struct changes *self)
{
    _Alignas(struct inotify_event) char buffer[4096];
    bool any = false;
    ssize_t n;
    while (self->fd >= 0 && (n = read(self->fd, buffer, sizeof buffer)) > 0)
        for (ssize_t at = 0; at < n;) {
            struct inotify_event event;
            memcpy(&event, buffer + at, sizeof event);
            any = any || matters((const struct inotify_event *)(const void *)(buffer + at));
            at += (ssize_t)(sizeof event + event.len);
        }
    return any;
}
