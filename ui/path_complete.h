/* path_complete: files whose names begin with what was typed, read by a thread (a directory may be slow to answer). */
#ifndef RECKON_UI_PATH_COMPLETE_H
#define RECKON_UI_PATH_COMPLETE_H

#include "ui/console.h"

enum { PATH_NAMES = 64, PATH_NAME_MAX = 256, PATH_TEXT_MAX = 4096 };

struct path_answer {
    char text[PATH_TEXT_MAX];                 /* what was typed */
    char common[PATH_TEXT_MAX];               /* what all of them begin with; that of a directory alone ends with '/' */
    char names[PATH_NAMES][PATH_NAME_MAX];    /* the first ones, in order, without their directory */
    size_t n, all;                            /* those here, and how many there are */
};

/* deliver: in the console's thread, unless fetcher_forget(owner) came first. */
int path_complete(struct console *console, void *owner, const char *text,
                  void (*deliver)(void *owner, const struct path_answer *answer));

#endif
