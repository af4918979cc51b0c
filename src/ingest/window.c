#include "ingest/window.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"

int window_init(struct window *self, size_t first, size_t max, row_read_fn read, void *context, struct error *err)
{
    *self = (struct window){.cap = first, .max = max, .read = read, .context = context};
    self->data = mem_alloc(first, 1);
    return self->data != NULL ? 0 : error_nomem(err, "the input buffer");
}

void window_release(struct window *self)
{
    mem_free(self->data);
    self->data = NULL;
}

bool window_full(const struct window *self)
{
    return self->end - self->begin >= self->max;
}

int window_more(struct window *self, struct error *err)
{
    if (self->eof || window_full(self))
        return 0;
    if (self->begin > 0) {
        memmove(self->data, self->data + self->begin, self->end - self->begin);
        self->end -= self->begin;
        self->begin = 0;
    }
    if (self->end == self->cap) {
        size_t cap = self->cap * 2 < self->max ? self->cap * 2 : self->max;
        char *p = mem_realloc(self->data, cap, 1);
        if (p == NULL)
            return error_nomem(err, "the input buffer");
        self->data = p;
        self->cap = cap;
    }
    size_t n = 0;
    int rc = self->read(self->context, self->data + self->end, self->cap - self->end, &n, err);
    if (rc != 0)
        return rc;
    self->end += n;
    self->eof = n == 0;
    return n > 0;
}

size_t window_line_end(const struct window *self, size_t from)
{
    const char *p = self->data + from;
    size_t n = self->end - from;
    const char *lf = memchr(p, '\n', n);
    if (lf != NULL)
        n = (size_t)(lf - p);
    const char *cr = memchr(p, '\r', n);
    return from + (cr != NULL ? (size_t)(cr - p) : n);
}

int window_skip_line(struct window *self, struct error *err)
{
    for (;;) {
        size_t at = window_line_end(self, self->begin);
        if (at < self->end) {
            bool cr = self->data[at] == '\r';
            self->begin = at + 1;
            if (cr && self->begin == self->end) {
                int rc = window_more(self, err);
                if (rc < 0)
                    return rc;
            }
            if (cr && self->begin < self->end && self->data[self->begin] == '\n')
                self->begin++;
            return 0;
        }
        self->begin = self->end;
        int rc = window_more(self, err);
        if (rc <= 0)
            return rc;
    }
}

int lines_init(struct lines *self, row_read_fn read, void *context, struct error *err)
{
    self->line = 1;
    self->skip_line = false;
    return window_init(&self->in, 256 * 1024, ROW_MAX_BYTES + 4, read, context, err);
}

void lines_release(struct lines *self)
{
    window_release(&self->in);
}

/* The line at in.begin, read whole as far as the window allows; 1: it is there, 0: the end. */
static int whole_line(struct window *in, size_t *stop, struct error *err)
{
    size_t seen = 0;
    for (;;) {
        *stop = window_line_end(in, in->begin + seen);
        if (*stop < in->end)
            return 1;
        seen = in->end - in->begin;
        int rc = window_more(in, err);
        if (rc < 0)
            return rc;
        if (rc == 0) {
            *stop = in->end; /* window_more may have moved everything */
            return in->begin < in->end;
        }
    }
}

int lines_next(struct lines *self, struct row *row, struct error *err)
{
    struct window *in = &self->in;
    for (;;) {
        if (self->skip_line) {
            int rc = window_skip_line(in, err);
            if (rc != 0)
                return rc;
            self->skip_line = false;
            self->line++;
        }
        size_t stop;
        int rc = whole_line(in, &stop, err);
        if (rc <= 0)
            return rc;
        self->skip_line = true;
        size_t n = stop - in->begin;
        if (n == 0)
            continue;
        *row = (struct row){.line = self->line, .raw = in->data + in->begin, .raw_n = n};
        if (n > ROW_MAX_BYTES) {
            row->problem = "the row is longer than 1 MB";
            row->raw_n = ROW_RAW_KEPT;
            row->raw_cut = true;
        }
        return 1;
    }
}
