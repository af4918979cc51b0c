#include "ingest/sequence.h"

#include "base/mem.h"
#include "ingest/window.h"

struct sequence {
    struct lines lines;
    struct field *fields;
    size_t cap_fields;
};

int sequence_new(struct sequence **out, row_read_fn read, void *context, struct error *err)
{
    struct sequence *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the sequence reader");
    int rc = lines_init(&self->lines, read, context, err);
    if (rc != 0) {
        sequence_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

void sequence_free(struct sequence *self)
{
    if (self == NULL)
        return;
    lines_release(&self->lines);
    mem_free(self->fields);
    mem_free(self);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int sequence_next(struct sequence *self, struct row *row, struct error *err)
{
    int rc = lines_next(&self->lines, row, err);
    if (rc <= 0 || row->problem != NULL)
        return rc;
    size_t n = 0;
    const char *p = row->raw, *end = p + row->raw_n;
    for (;;) {
        while (p < end && is_blank(*p))
            p++;
        if (p == end)
            break;
        const char *start = p;
        while (p < end && !is_blank(*p))
            p++;
        if (mem_grow((void **)&self->fields, &self->cap_fields, n + 1, sizeof *self->fields) != 0)
            return error_nomem(err, "the sequence reader");
        self->fields[n++] = (struct field){.text = start, .n = (uint32_t)(p - start)};
    }
    if (n < 2) {
        row->problem = "a line must be a user and at least one item";
        return 1;
    }
    row->fields = self->fields;
    row->n_fields = n;
    return 1;
}
