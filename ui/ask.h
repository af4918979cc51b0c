/* ask: the answer of a command that only reads, for a screen: it runs in a reading thread, on its connection.
 *
 * The values must be such that it writes nothing.  What may take long (CF_LONG) asks for READ_LATER; it is not written to
 * the log of jobs, since nobody ordered it.  fetcher_forget(owner) drops what was asked, and cancels what runs. */
#ifndef RECKON_UI_ASK_H
#define RECKON_UI_ASK_H

#include "ui/console.h"

/* In the console's thread.  What is taken out of *result must be replaced by result_init there.  rc 0, or *err. */
typedef void (*ask_fn)(void *owner, int tag, struct result *result, int rc, const struct error *err);

struct ask {
    void *owner;
    const struct command *command;
    const char *const *values; /* names and values of its parameters, NULL at the end; copied */
    int tag;                   /* handed on */
    enum read_lane lane;       /* READ_NOW unless it may take long */
    ask_fn deliver;
};

/* An error of the values comes at once, and deliver is not called. */
int ask_command(struct console *console, const struct ask *ask, struct error *err);

#endif
