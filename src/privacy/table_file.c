#include "privacy/table_file.h"

#include <string.h>

#include "base/text.h"

int table_file_open(struct table_file *self, const char *path, struct error *err)
{
    struct reader_options options = {.format = READER_ANY};
    *self = (struct table_file){.reader = NULL};
    int rc = reader_open(&self->reader, path, &options, err);
    if (rc == 0 && reader_format(self->reader) == READER_SEQUENCE) {
        options.format = READER_CSV;
        reader_free(self->reader);
        rc = reader_open(&self->reader, path, &options, err);
    }
    return rc;
}

void table_file_close(struct table_file *self)
{
    reader_free(self->reader);
    self->reader = NULL;
}

int table_file_next(struct table_file *self, struct error *err)
{
    return reader_next(self->reader, &self->row, err);
}

static const struct field *field(const struct table_file *self, const char *name, size_t n)
{
    const struct columns *columns = reader_columns(self->reader);
    for (size_t i = 0; i < columns->n && i < self->row.n_fields; i++) {
        const char *have = columns->names[i];
        bool same = strlen(have) == n;
        for (size_t c = 0; same && c < n; c++)
            same = (have[c] | 32) == (name[c] | 32);
        if (same && self->row.fields[i].text != NULL)
            return &self->row.fields[i];
    }
    return NULL;
}

bool table_file_field(const struct table_file *self, const char *names, char *out, size_t size)
{
    while (*names != '\0') {
        size_t n = strcspn(names, "|");
        const struct field *f = field(self, names, n);
        if (f != NULL && f->n > 0) {
            if (f->n >= size || !text_utf8_valid(f->text, f->n))
                return false;
            memcpy(out, f->text, f->n);
            out[f->n] = '\0';
            return true;
        }
        names += n + (names[n] == '|');
    }
    return false;
}
