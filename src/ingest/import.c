#include "ingest/import.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "ingest/spool.h"

enum { STEP_ROWS = 2048 };

/* One source of the import. */
struct input {
    char path[FS_PATH_MAX]; /* to open */
    char name[FS_PATH_MAX]; /* in errors and in quarantine */
    struct spool spool;
    struct source_stamp stamp;
    uint64_t rows;
};

struct import {
    struct store *store;
    const struct import_options *options;
    struct import_report *report;
    struct job *job;
    struct types types;
    struct input *inputs;
    uint64_t total_rows;
};

int import_load_types(struct store *store, struct types *types, struct error *err)
{
    static const struct {
        enum attribute_entity entity;
        enum spec_owner owner;
    } kinds[] = {{ATTRIBUTE_OF_ITEM, OWNER_ITEM}, {ATTRIBUTE_OF_USER, OWNER_USER}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct attribute *list;
        size_t n;
        int rc = attributes_list(store, kinds[k].entity, &list, &n, err);
        if (rc != 0)
            return rc;
        for (size_t i = 0; rc == 0 && i < n; i++) {
            long at = types_add(types, kinds[k].owner, list[i].name);
            if (at < 0) {
                rc = error_nomem(err, "the import");
                break;
            }
            types->list[at].fixed = true;
            types->list[at].type = list[i].type;
        }
        mem_free(list);
        if (rc != 0)
            return rc;
    }
    return 0;
}

void import_count_reason(struct import_report *report, const char *file, const struct scan *scan)
{
    const struct fault *f = &scan->fault;
    size_t i = 0;
    while (i < report->n_reasons && strcmp(report->reasons[i].kind, f->kind) != 0)
        i++;
    if (i == report->n_reasons && i < IMPORT_REASONS_MAX) {
        struct import_reason *r = &report->reasons[report->n_reasons++];
        bool last = report->n_reasons == IMPORT_REASONS_MAX;
        snprintf(r->kind, sizeof r->kind, "%s", last ? "other reasons" : f->kind);
        snprintf(r->field, sizeof r->field, "%s", f->field);
        snprintf(r->reason, sizeof r->reason, "%s", f->reason);
        snprintf(r->file, sizeof r->file, "%.*s", (int)sizeof r->file - 1, file);
        r->line = scan->row.line;
    }
    report->reasons[i < IMPORT_REASONS_MAX ? i : IMPORT_REASONS_MAX - 1].n++;
}

/* What the source is called: its full path, so that the same file has the same name from anywhere. */
static int name_input(struct import *self, struct input *in, const char *path, struct error *err)
{
    if (spool_is_needed(path)) {
        snprintf(in->name, sizeof in->name, "%s", strcmp(path, "-") == 0 ? "standard input" : path);
        int rc = spool_open(&in->spool, path, store_workspace(self->store), self->job, err);
        snprintf(in->path, sizeof in->path, "%s", in->spool.path);
        return rc;
    }
    snprintf(in->path, sizeof in->path, "%s", path);
    char *full = realpath(path, NULL);
    snprintf(in->name, sizeof in->name, "%s", full != NULL ? full : path);
    free(full);
    return 0;
}

static int cancelled(const struct input *in, struct error *err)
{
    return job_error_cancelled(err, in->name);
}

static int too_bad(struct import *self, bool final, struct error *err)
{
    struct import_report *r = self->report;
    const struct import_reason *most = &r->reasons[0];
    for (size_t i = 1; i < r->n_reasons; i++)
        if (r->reasons[i].n > most->n)
            most = &r->reasons[i];
    r->refused = true;
    error_set(err, E_BAD_DATA, "import",
              "%llu of %s%llu rows are bad (%.3g %%), more than the %.3g %% that are allowed; nothing was imported",
              (unsigned long long)r->bad, final ? "" : "the first ", (unsigned long long)r->rows,
              100.0 * (double)r->bad / (double)r->rows, 100 * self->options->max_bad);
    return error_hint(err, E_BAD_DATA, "most often: %s (line %llu: %.120s); correct the mapping or the file, or allow "
                      "more with --max-bad", most->kind, (unsigned long long)most->line, most->reason);
}

static bool is_too_bad(const struct import *self)
{
    return (double)self->report->bad > self->options->max_bad * (double)self->report->rows;
}

static int step_check(struct import *self, const struct scan *scan, const struct input *in, struct error *err)
{
    const struct source *source = reader_source(scan->reader);
    bool stop = job_step(self->job, "checking", (double)source_taken(source), (double)source_size(source), "bytes");
    return stop ? cancelled(in, err) : 0;
}

/* The first pass over one source: counts, types, and whether too much is bad.  Writes nothing. */
static int check_input(struct import *self, struct input *in, struct error *err)
{
    struct import_report *r = self->report;
    struct scan scan;
    enum verdict verdict;
    int rc = scan_open(&scan, in->path, in->name, self->options->spec, &self->types, self->options->loader.now, err);
    if (rc != 0)
        return rc;
    source_stamp(reader_source(scan.reader), &in->stamp);
    while ((rc = scan_next(&scan, &verdict, err)) == 1) {
        r->rows++;
        if (verdict == VERDICT_CLEANED) {
            r->cleaned++;
            r->cleaned_by_rule[scan.fault.rule]++;
        } else if (verdict == VERDICT_BAD) {
            r->bad++;
            import_count_reason(r, in->name, &scan);
        }
        rc = scan.rows % STEP_ROWS == 0 ? step_check(self, &scan, in, err) : 0;
        if (rc == 0 && r->rows % LOADER_BATCH_ROWS == 0 && is_too_bad(self))
            rc = too_bad(self, false, err);
        if (rc != 0)
            break;
    }
    in->rows = scan.rows;
    scan_close(&scan);
    return rc;
}

/* The spec as it is kept with the import: with the columns of the file, so that a row can be read without it. */
static int describe_mapping(const struct import *self, const struct scan *scan, struct str *out, struct error *err)
{
    struct spec *copy = spec_new(self->options->spec->entity);
    struct error ignored;
    int rc = copy == NULL ? -1 : spec_write(self->options->spec, out);
    if (rc == 0)
        rc = spec_parse(copy, "mapping", str_text(out), out->len, &ignored);
    str_clear(out);
    if (rc == 0) {
        const struct columns *c = reader_columns(scan->reader);
        copy->format = reader_format(scan->reader);
        copy->delimiter = copy->format == READER_CSV ? reader_delimiter(scan->reader) : '\0';
        for (size_t i = 0; rc == 0 && copy->format == READER_CSV && i < c->n; i++)
            rc = columns_add(&copy->columns, c->names[i], strlen(c->names[i]));
    }
    if (rc == 0)
        rc = spec_write(copy, out);
    spec_free(copy);
    return rc == 0 ? 0 : error_nomem(err, "the mapping");
}

/* The second pass. */
static int store_input(struct import *self, struct loader *loader, struct input *in, uint64_t *done, struct error *err)
{
    struct scan scan;
    struct str mapping;
    enum verdict verdict;
    int rc = scan_open(&scan, in->path, in->name, self->options->spec, &self->types, self->options->loader.now, err);
    if (rc != 0)
        return rc;
    str_init(&mapping, 1 << 22);
    rc = source_check_stamp(reader_source(scan.reader), &in->stamp, err);
    if (rc == 0)
        rc = describe_mapping(self, &scan, &mapping, err);
    if (rc == 0)
        rc = loader_begin_file(loader, self->options->spec, in->name, str_text(&mapping), err);
    while (rc == 0 && scan.rows < in->rows && (rc = scan_next(&scan, &verdict, err)) == 1) {
        rc = loader_add(loader, &scan, verdict, err);
        if (rc == 0 && ++*done % STEP_ROWS == 0 &&
            job_step(self->job, "storing", (double)*done, (double)self->total_rows, "rows"))
            rc = cancelled(in, err);
    }
    if (rc == 0)
        rc = loader_end_file(loader, &self->types, err);
    str_release(&mapping);
    scan_close(&scan);
    return rc;
}

static int check_all(struct import *self, struct error *err)
{
    const struct import_options *o = self->options;
    self->inputs = mem_zalloc(o->n_paths, sizeof *self->inputs);
    if (self->inputs == NULL)
        return error_nomem(err, "the import");
    int rc = import_load_types(self->store, &self->types, err);
    for (size_t i = 0; rc == 0 && i < o->n_paths; i++) {
        rc = name_input(self, &self->inputs[i], o->paths[i], err);
        if (rc == 0)
            rc = check_input(self, &self->inputs[i], err);
        self->total_rows += self->inputs[i].rows;
    }
    if (rc == 0 && is_too_bad(self))
        rc = too_bad(self, true, err);
    types_settle(&self->types);
    return rc;
}

static int store_all(struct import *self, struct error *err)
{
    struct loader *loader;
    uint64_t done = 0;
    int rc = loader_new(&loader, self->store, &self->options->loader, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < self->options->n_paths; i++)
        rc = store_input(self, loader, &self->inputs[i], &done, err);
    self->report->stored = *loader_counts(loader);
    self->report->committed_rows = loader_committed_rows(loader);
    loader_free(loader);
    if (rc == E_CANCELLED && self->report->committed_rows > 0)
        error_hint(err, rc, "the first %llu rows are stored, in whole batches; the same command completes it",
                   (unsigned long long)self->report->committed_rows);
    return rc;
}

int import_run(struct store *store, const struct import_options *options, struct import_report *report,
               struct job *job, struct error *err)
{
    struct import self = {.store = store, .options = options, .report = report, .job = job};
    double start = clock_seconds();
    *report = (struct import_report){.stored = {.first = INT64_MAX, .last = INT64_MIN}};
    int rc = check_all(&self, err);
    if (rc == 0)
        rc = store_all(&self, err);
    for (size_t i = 0; self.inputs != NULL && i < options->n_paths; i++)
        spool_release(&self.inputs[i].spool);
    mem_free(self.inputs);
    types_release(&self.types);
    report->seconds = clock_seconds() - start;
    return rc;
}
