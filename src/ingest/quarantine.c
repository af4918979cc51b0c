#include "ingest/quarantine.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "ingest/decoder.h"

enum { CHUNK_ENTRIES = 2048, CHUNK_BYTES = 8 << 20, ENTRY_MAX = 4 << 20 };

struct entry {
    int64_t entry, import;
    char *file, *raw;
    size_t raw_n;
    uint64_t line;
};

struct retry {
    struct store *store;
    const struct quarantine_options *options;
    struct quarantine_report *report;
    struct types types;
    struct loader *loader;
    struct spec *spec;      /* of the import that is open */
    int64_t import;         /* 0: none is */
    int64_t last;           /* entry that was read last */
    struct entry *entries;
    size_t n, bytes;
    char *mapping;          /* of the chunk's last import, as text */
    int64_t mapping_import;
    enum spec_entity entity;
    bool failed;
    bool convert;           /* an encoding was given for this retry */
};

static void clear_chunk(struct retry *self)
{
    for (size_t i = 0; i < self->n; i++) {
        mem_free(self->entries[i].file);
        mem_free(self->entries[i].raw);
    }
    self->n = self->bytes = 0;
}

/* Collects the next entries, all of one import; the store must not be changed while it is read. */
static int collect(void *context, const struct quarantine_row *row)
{
    struct retry *self = context;
    if (row->entry <= self->last)
        return 0;
    if (self->n > 0 && (row->import != self->mapping_import || self->n == CHUNK_ENTRIES || self->bytes > CHUNK_BYTES))
        return 1;
    if (self->n == 0) {
        mem_free(self->mapping);
        self->mapping = mem_strdup(row->mapping);
        self->mapping_import = row->import;
        self->failed = self->mapping == NULL || !spec_entity_of(row->entity, &self->entity);
    }
    struct entry *e = &self->entries[self->n++];
    *e = (struct entry){.entry = row->entry, .import = row->import, .line = (uint64_t)row->line,
                        .file = mem_strdup(row->file), .raw = mem_strndup(row->raw, row->raw_n), .raw_n = row->raw_n};
    self->bytes += row->raw_n;
    self->failed = self->failed || e->file == NULL || e->raw == NULL;
    return self->failed;
}

static int close_import(struct retry *self, struct error *err)
{
    int rc = self->import != 0 ? loader_end_file(self->loader, &self->types, err) : 0;
    spec_free(self->spec);
    self->spec = NULL;
    self->import = 0;
    return rc;
}

/* The spec of the chunk's import, corrected. */
static int open_import(struct retry *self, struct error *err)
{
    struct str text;
    int rc = close_import(self, err);
    if (rc != 0)
        return rc;
    self->spec = spec_new(self->entity);
    if (self->spec == NULL)
        return error_nomem(err, "quarantine");
    char before[SPEC_NAME_MAX];
    rc = spec_parse(self->spec, "the mapping of the import", self->mapping, strlen(self->mapping), err);
    memcpy(before, self->spec->encoding, sizeof before);
    if (rc == 0 && self->options->correct != NULL)
        rc = self->options->correct(self->options->context, self->spec, err);
    self->convert = strcmp(before, self->spec->encoding) != 0;
    str_init(&text, 1 << 22);
    if (rc == 0 && spec_write(self->spec, &text) != 0)
        rc = error_nomem(err, "quarantine");
    if (rc == 0)
        rc = loader_begin_file(self->loader, self->spec, self->entries[0].file, str_text(&text), err);
    str_release(&text);
    if (rc == 0)
        self->import = self->mapping_import;
    return rc;
}

/* The row's text as UTF-8: converted only when it is not that already. */
static int read_text(const struct retry *self, const struct entry *e, struct str *out, struct error *err)
{
    if (!self->convert || text_utf8_valid(e->raw, e->raw_n))
        return str_append(out, e->raw, e->raw_n) == 0 ? 0 : error_nomem(err, "quarantine");
    return decoder_convert(self->spec->encoding, e->raw, e->raw_n, out, err);
}

static int retry_text(struct retry *self, const struct entry *e, const struct str *text, struct error *err)
{
    struct scan scan;
    enum verdict verdict = VERDICT_BAD;
    const struct columns *columns = self->spec->columns.n > 0 ? &self->spec->columns : NULL;
    int rc = scan_open_text(&scan, e->file, str_text(text), text->len, self->spec, columns, &self->types,
                            self->options->loader.now, err);
    if (rc != 0)
        return rc;
    rc = scan_next(&scan, &verdict, err);
    scan.row.line = e->line;
    if (rc == 1 && verdict == VERDICT_BAD) {
        self->report->import.bad++;
        import_count_reason(&self->report->import, e->file, &scan);
    } else if (rc == 1) {
        types_settle(&self->types);
        self->report->import.cleaned += verdict == VERDICT_CLEANED;
        rc = loader_open_batch(self->loader, err);
        if (rc == 0)
            rc = quarantine_drop(self->store, e->entry, err);
        if (rc == 0)
            rc = loader_add(self->loader, &scan, verdict, err);
    }
    scan_close(&scan);
    return rc < 0 ? rc : 0;
}

static int retry_chunk(struct retry *self, struct job *job, struct error *err)
{
    struct str text;
    int rc = self->import != self->mapping_import ? open_import(self, err) : 0;
    str_init(&text, ENTRY_MAX);
    for (size_t i = 0; rc == 0 && i < self->n; i++) {
        str_clear(&text);
        rc = read_text(self, &self->entries[i], &text, err);
        if (rc == 0)
            rc = retry_text(self, &self->entries[i], &text, err);
        self->report->retried++;
        if (rc == 0 && job_step(job, "retrying", (double)self->report->retried, 0, "rows"))
            rc = job_error_cancelled(err, "quarantine");
    }
    str_release(&text);
    return rc;
}

static int run(struct retry *self, struct job *job, struct error *err)
{
    int rc = import_load_types(self->store, &self->types, err);
    if (rc == 0)
        rc = loader_new(&self->loader, self->store, &self->options->loader, err);
    while (rc == 0) {
        clear_chunk(self);
        rc = quarantine_each(self->store, self->options->import, collect, self, err);
        if (rc < 0)
            break;
        rc = self->failed ? error_nomem(err, "quarantine") : 0;
        if (rc != 0 || self->n == 0)
            break;
        self->last = self->entries[self->n - 1].entry;
        rc = retry_chunk(self, job, err);
    }
    if (rc == 0)
        rc = close_import(self, err);
    return rc;
}

int quarantine_retry(struct store *store, const struct quarantine_options *options, struct quarantine_report *report,
                     struct job *job, struct error *err)
{
    struct retry self = {.store = store, .options = options, .report = report};
    double start = clock_seconds();
    *report = (struct quarantine_report){.import.stored = {.first = INT64_MAX, .last = INT64_MIN}};
    self.entries = mem_alloc(CHUNK_ENTRIES, sizeof *self.entries);
    int rc = self.entries != NULL ? run(&self, job, err) : error_nomem(err, "quarantine");
    if (self.loader != NULL)
        report->import.stored = *loader_counts(self.loader);
    report->import.rows = report->retried;
    report->import.seconds = clock_seconds() - start;
    clear_chunk(&self);
    loader_free(self.loader);
    spec_free(self.spec);
    types_release(&self.types);
    mem_free(self.mapping);
    mem_free(self.entries);
    return rc;
}
