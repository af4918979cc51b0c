/* event_stream: reads server-sent events (WHATWG HTML, "Interpreting an event stream"), cut into pieces anywhere.
 *
 * Lines end in LF, CR or CR LF; a line that begins with ':' is a comment; several data lines of an event are joined by
 * line feeds; other fields are not asked for by anybody here.  What stands at the end without its blank line is handed
 * out too by event_stream_end, since servers exist that leave it out; whoever reads it has to see whether it is whole.
 * Pure; the text may hold any bytes. */
#ifndef RECKON_HTTP_EVENT_STREAM_H
#define RECKON_HTTP_EVENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

struct event_stream {
    struct str line, data; /* what came of the line; of the event */
    bool has_data, after_cr, begun;
};

/* `data` is NUL-terminated.  Not 0 ends the reading with that. */
typedef int (*event_stream_fn)(void *context, const char *data, size_t n, struct error *err);

void event_stream_init(struct event_stream *self, size_t event_max);
void event_stream_release(struct event_stream *self);

/* E_BAD_DATA: an event is larger than event_max. */
int event_stream_feed(struct event_stream *self, const char *bytes, size_t n, event_stream_fn fn, void *context,
                      struct error *err);
int event_stream_end(struct event_stream *self, event_stream_fn fn, void *context, struct error *err);

#endif
