/* guard: the terminal is left as it was found, however the program ends.
 *
 * One exit path: guard_restore undoes what guard_begin and the terminal switched on.  It runs from terminal_close, and
 * from the handlers of signals that mean a crash (SEGV, BUS, FPE, ILL, ABRT, SYS), which then write a report and say
 * where it is.  The report names the build, the signal, the screen, the last keys by their kind (letters that were
 * typed into fields are not in it) and the call stack; no data.
 *
 * Signals that are no crash only set flags and ring: SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT.
 *
 * A handler has no other way to find the terminal: this file's state is the one exception of ui/ to "no mutable
 * globals".  One terminal at a time. */
#ifndef RECKON_UI_GUARD_H
#define RECKON_UI_GUARD_H

#include <stdbool.h>

#include "base/error.h"

enum guard_news {
    GUARD_RESIZED = 1, /* SIGWINCH */
    GUARD_STOP = 2,    /* SIGTERM, SIGHUP, SIGINT: leave in order */
    GUARD_SUSPEND = 4, /* SIGTSTP */
    GUARD_RESUMED = 8  /* SIGCONT */
};

/* fd: of the terminal; report_dir: where a crash report goes (made when needed; "" : none). */
int guard_begin(int fd, const char *report_dir, struct error *err);
/* A sequence of control characters that undoes what was switched on, sent by guard_restore; a literal. */
void guard_undo(const char *sequence);
void guard_restore(void); /* async-signal-safe; may be called twice */
void guard_end(void);     /* restores, and takes the handlers away */

int guard_bell(void);         /* can be read when there is news */
unsigned guard_take_news(void);

/* For the report: what is on screen, and the kind of the last key. */
void guard_note_screen(const char *name); /* a literal */
void guard_note_key(unsigned key);

/* Stops the process as ctrl-z does, with the terminal restored, and returns when it goes on. */
void guard_stop_process(void);

#endif
