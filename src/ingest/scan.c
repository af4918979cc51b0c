#include "ingest/scan.h"

static int begin(struct scan *self, const char *name, const struct columns *columns, int64_t now, struct error *err)
{
    if (columns == NULL)
        columns = reader_columns(self->reader);
    int rc = mapping_new(&self->mapping, self->spec, columns, self->types, reader_format(self->reader), name, err);
    if (rc == 0)
        validator_init(&self->validator, self->mapping, now);
    else
        scan_close(self);
    return rc;
}

int scan_open(struct scan *self, const char *path, const char *name, const struct spec *spec, struct types *types,
              int64_t now, struct error *err)
{
    struct reader_options options;
    *self = (struct scan){.spec = spec, .types = types};
    spec_reader_options(spec, &options);
    options.name = name;
    int rc = reader_open(&self->reader, path, &options, err);
    return rc != 0 ? rc : begin(self, name, NULL, now, err);
}

int scan_open_text(struct scan *self, const char *name, const char *text, size_t n, const struct spec *spec,
                   const struct columns *columns, struct types *types, int64_t now, struct error *err)
{
    struct reader_options options;
    *self = (struct scan){.spec = spec, .types = types};
    spec_reader_options(spec, &options);
    options.no_header = options.no_header || columns != NULL;
    int rc = reader_open_text(&self->reader, name, text, n, &options, err);
    return rc != 0 ? rc : begin(self, name, columns, now, err);
}

void scan_close(struct scan *self)
{
    mapping_free(self->mapping);
    reader_free(self->reader);
    self->mapping = NULL;
    self->reader = NULL;
}

int scan_next(struct scan *self, enum verdict *verdict, struct error *err)
{
    int rc = reader_next(self->reader, &self->row, err);
    if (rc != 1)
        return rc;
    self->rows++;
    rc = mapping_follow(self->mapping, err);
    if (rc != 0)
        return rc;
    *verdict = validator_check(&self->validator, &self->row, &self->record, &self->fault);
    return 1;
}
