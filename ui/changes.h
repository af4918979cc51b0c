/* changes: hears that a workspace's database was written, replaced or removed, by whatever process.
 *
 * The kernel tells (inotify), so nothing is asked again and again and the thread of the console never touches the
 * store.  On a file system where it cannot (over a network), nothing is heard, and `r` reads again. */
#ifndef RECKON_UI_CHANGES_H
#define RECKON_UI_CHANGES_H

#include <stdbool.h>

struct changes {
    int fd; /* readable: something happened; -1: nothing is heard */
};

void changes_open(struct changes *self, const char *workspace); /* "" : none */
void changes_close(struct changes *self);
/* Takes what happened since the last call; true: the store may hold something else now. */
bool changes_take(struct changes *self);

#endif
