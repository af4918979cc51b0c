/* journal: what the server says while it runs, one JSON object a line: an access log, and events for operators.
 *
 * Lines are collected and written together (journal_flush, every tick of the housekeeper, or when the buffer is
 * full); events go out at once, on standard error.  No identifiers of people, no bodies, no tokens: an access
 * line has the template of its route, never the path.  Thread-safe. */
#ifndef RECKON_SERVE_JOURNAL_H
#define RECKON_SERVE_JOURNAL_H

#include <stdint.h>

#include "base/error.h"

struct journal;

/* path: "-" standard error, "" nowhere, else a file that is appended to (0640). */
int journal_open(struct journal **out, const char *path, struct error *err);
void journal_close(struct journal *self); /* flushes; NULL is fine */

struct journal_access {
    const char *request_id, *method, *route;
    int status;
    uint64_t bytes, micros;
    int64_t key; /* 0: none */
};
void journal_access(struct journal *self, const struct journal_access *a);

/* level: "info", "warning", "error". */
void journal_event(struct journal *self, const char *level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

void journal_flush(struct journal *self);

/* Opens the file anew (it was rotated, or the setting changed). */
int journal_reopen(struct journal *self, const char *path, struct error *err);

#endif
