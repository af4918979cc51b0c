#include "http/event_stream.h"

#include <string.h>

void event_stream_init(struct event_stream *self, size_t event_max)
{
    memset(self, 0, sizeof *self);
    str_init(&self->line, event_max);
    str_init(&self->data, event_max);
}

void event_stream_release(struct event_stream *self)
{
    str_release(&self->line);
    str_release(&self->data);
}

static int hand_out(struct event_stream *self, event_stream_fn fn, void *context, struct error *err)
{
    int rc = self->has_data ? fn(context, str_text(&self->data), self->data.len, err) : 0;
    str_clear(&self->data);
    self->has_data = false;
    return rc;
}

static int take_line(struct event_stream *self, event_stream_fn fn, void *context, struct error *err)
{
    const char *line = str_text(&self->line);
    size_t n = self->line.len, name = strlen("data");
    if (!self->begun && n >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
        line += 3, n -= 3;
    self->begun = true;
    if (n == 0)
        return hand_out(self, fn, context, err);
    if (n < name || memcmp(line, "data", name) != 0 || (n > name && line[name] != ':'))
        return 0;
    line += name, n -= name;
    if (n > 0)
        line++, n--;
    if (n > 0 && line[0] == ' ')
        line++, n--;
    if (self->has_data)
        str_putc(&self->data, '\n');
    str_append(&self->data, line, n);
    self->has_data = true;
    return self->data.failed ? error_set(err, E_BAD_DATA, "event stream", "an event is too large") : 0;
}

static int end_line(struct event_stream *self, event_stream_fn fn, void *context, struct error *err)
{
    int rc = take_line(self, fn, context, err);
    str_clear(&self->line);
    return rc;
}

int event_stream_feed(struct event_stream *self, const char *bytes, size_t n, event_stream_fn fn, void *context,
                      struct error *err)
{
    int rc = 0;
    const char *end = bytes + n;
    if (n > 0 && self->after_cr && *bytes == '\n')
        bytes++;
    if (n > 0)
        self->after_cr = false;
    while (rc == 0 && bytes < end) {
        const char *stop = bytes;
        while (stop < end && *stop != '\n' && *stop != '\r')
            stop++;
        if (str_append(&self->line, bytes, (size_t)(stop - bytes)) != 0)
            return error_set(err, E_BAD_DATA, "event stream", "a line is too long");
        bytes = stop;
        if (bytes == end)
            break;
        rc = end_line(self, fn, context, err);
        self->after_cr = *bytes == '\r' && bytes + 1 == end;
        bytes += *bytes == '\r' && bytes + 1 < end && bytes[1] == '\n' ? 2 : 1;
    }
    return rc;
}

int event_stream_end(struct event_stream *self, event_stream_fn fn, void *context, struct error *err)
{
    int rc = self->line.len > 0 ? end_line(self, fn, context, err) : 0;
    return rc != 0 ? rc : hand_out(self, fn, context, err);
}
