/* window: the part of an input that a reader looks at: a buffer that refills itself and is bounded.
 *
 * data[begin..end) is unread.  window_more moves it to the front, grows the buffer up to its maximum
 * and reads; what was pointed to before is invalid then.  Owner: the reader. */
#ifndef RECKON_INGEST_WINDOW_H
#define RECKON_INGEST_WINDOW_H

#include "ingest/row.h"

struct window {
    char *data;
    size_t begin, end, cap, max;
    bool eof;
    row_read_fn read;
    void *context;
};

int window_init(struct window *self, size_t first, size_t max, row_read_fn read, void *context, struct error *err);
void window_release(struct window *self);

/* Reads more behind what is there.  1: there is more, 0: nothing more comes, or the window is full at
 * its maximum (see window_full); negative: an error. */
int window_more(struct window *self, struct error *err);
bool window_full(const struct window *self);

/* The end of the first line in data[from..end): the position of its CR or LF, or end when there is none. */
size_t window_line_end(const struct window *self, size_t from);

/* Moves begin behind the next line end, reading on as needed and keeping nothing (after an overlong row). */
int window_skip_line(struct window *self, struct error *err);

/* lines: a window handed out line by line, for the readers whose rows are lines.  Lines end in LF, CRLF or CR;
 * one of more than ROW_MAX_BYTES is handed out as a bad row and passed over. */
struct lines {
    struct window in;
    uint64_t line;  /* of in.begin */
    bool skip_line; /* the rest of the line handed out last is still to be passed over */
};

int lines_init(struct lines *self, row_read_fn read, void *context, struct error *err);
void lines_release(struct lines *self);

/* 1: *row is the next line that is not empty (raw and line are set, and problem when it is too long); 0: the end. */
int lines_next(struct lines *self, struct row *row, struct error *err);

#endif
