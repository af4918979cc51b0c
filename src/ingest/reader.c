#include "ingest/reader.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ingest/csv.h"
#include "ingest/decoder.h"
#include "ingest/jsonl.h"
#include "ingest/sequence.h"

enum { HEAD_CAP = 64 * 1024, SAMPLE = 4096 };

struct reader {
    char *name;
    struct source *source;   /* NULL: text in memory, all of it in the head */
    struct decoder *decoder;
    const char *head;        /* the beginning; handed to the format's reader first */
    char *head_memory;
    size_t head_n, head_at;
    enum reader_format format;
    struct csv_options csv_options;
    struct columns columns;
    struct csv *csv;
    struct jsonl *jsonl;
    struct sequence *sequence;
    struct row first;        /* of a headerless CSV: read to count its columns */
    bool first_waits;
};

static int read_more(void *context, char *buf, size_t cap, size_t *n, struct error *err)
{
    struct reader *self = context;
    size_t left = self->head_n - self->head_at;
    if (left > 0 || self->decoder == NULL) {
        *n = left < cap ? left : cap;
        memcpy(buf, self->head + self->head_at, *n);
        self->head_at += *n;
        return 0;
    }
    return decoder_read(self->decoder, buf, cap, n, err);
}

static int read_head(struct reader *self, struct error *err)
{
    self->head = self->head_memory = mem_alloc(HEAD_CAP, 1);
    if (self->head == NULL)
        return error_nomem(err, self->name);
    while (self->head_n < HEAD_CAP) {
        size_t n;
        int rc = decoder_read(self->decoder, self->head_memory + self->head_n, HEAD_CAP - self->head_n, &n, err);
        if (rc != 0)
            return rc;
        if (n == 0)
            break;
        self->head_n += n;
    }
    return 0;
}

static const struct {
    size_t at;
    const char *magic, *name, *hint;
} other_files[] = {
    {0, "%PDF-", "a PDF document", "export its table as CSV"},
    {0, "\x89PNG", "an image", "import needs CSV or JSON Lines"},
    {0, "SQLite format 3", "an SQLite database", "export the table: sqlite3 FILE '.headers on' '.mode csv' 'SELECT …'"},
    {0, "PAR1", "a Parquet file", "convert it to CSV first, for example with DuckDB or pandas"},
    {0, "\x7F" "ELF", "a program", "import needs CSV or JSON Lines"},
    {0, "PK\3\4", "a zip archive", "unpack it"},
    {257, "ustar", "a tar archive", "unpack it, or pipe one member: tar -xOf FILE MEMBER | reckon … -"},
};

/* What a byte of text never is, but for tabs and line ends. */
static size_t count_controls(const char *p, size_t n)
{
    size_t controls = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        controls += (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7F;
    }
    return controls;
}

static int check_is_text(const struct reader *self, struct error *err)
{
    if (self->head_n == 0) {
        error_set(err, E_BAD_DATA, self->name, "is empty");
        return error_hint(err, E_BAD_DATA, "there is nothing to import; check how the file was made");
    }
    for (size_t i = 0; i < sizeof other_files / sizeof *other_files; i++) {
        size_t n = strlen(other_files[i].magic);
        if (self->head_n >= other_files[i].at + n &&
            memcmp(self->head + other_files[i].at, other_files[i].magic, n) == 0) {
            error_set(err, E_BAD_DATA, self->name, "is %s, no text", other_files[i].name);
            return error_hint(err, E_BAD_DATA, "%s", other_files[i].hint);
        }
    }
    size_t sample = self->head_n < SAMPLE ? self->head_n : SAMPLE;
    if (count_controls(self->head, sample) * 10 > sample) {
        error_set(err, E_BAD_DATA, self->name, "is a binary file, no text");
        return error_hint(err, E_BAD_DATA,
                          "import needs CSV or JSON Lines; text in UTF-16 without a mark needs --encoding UTF-16");
    }
    return 0;
}

static enum reader_format find_format(const struct reader *self)
{
    for (size_t i = 0; i < self->head_n; i++) {
        char c = self->head[i];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
            return c == '{' ? READER_JSONL : READER_CSV;
    }
    return READER_CSV;
}

static int add_columns(struct reader *self, const struct row *row, bool header, struct error *err)
{
    for (size_t i = 0; i < row->n_fields; i++) {
        char number[24];
        const char *p = row->fields[i].text;
        size_t n = row->fields[i].n;
        if (!header) {
            n = (size_t)snprintf(number, sizeof number, "%zu", i + 1);
            p = number;
        }
        while (n > 0 && (*p == ' ' || *p == '\t'))
            p++, n--;
        while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
            n--;
        if (columns_add(&self->columns, p, n) != 0)
            return error_nomem(err, self->name);
    }
    return 0;
}

/* Remarks above the header, as `reckon simulate` and many exports write them. */
static void pass_over_remarks(struct reader *self)
{
    for (;;) {
        const char *p = self->head + self->head_at;
        size_t left = self->head_n - self->head_at;
        const char *end = left > 1 && p[0] == '#' && p[1] == ' ' ? memchr(p, '\n', left) : NULL;
        if (end == NULL)
            return;
        self->head_at += (size_t)(end - p) + 1;
        self->csv_options.lines_before++;
    }
}

/* The header line, or of a file without one the number of its columns. */
static int begin_csv(struct reader *self, bool header, struct error *err)
{
    int rc = csv_new(&self->csv, &self->csv_options, read_more, self, err);
    if (rc == 0)
        rc = csv_next(self->csv, &self->first, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return error_set(err, E_BAD_DATA, self->name, "holds nothing but empty lines");
    if (self->first.problem != NULL && header) {
        error_set(err, E_BAD_DATA, self->name, "its header line cannot be read: %s", self->first.problem);
        return error_hint(err, E_BAD_DATA, "a file without a header line needs --no-header, one with stray quotes "
                                           "--no-quotes");
    }
    for (size_t i = 0; header && i < self->first.n_fields; i++)
        if (!text_utf8_valid(self->first.fields[i].text, self->first.fields[i].n)) {
            error_set(err, E_BAD_DATA, self->name, "its header line is not valid UTF-8");
            return error_hint(err, E_BAD_DATA, "say how the file is written, as in --encoding ISO-8859-1");
        }
    self->first_waits = !header;
    return add_columns(self, &self->first, header, err);
}

static int begin(struct reader *self, const struct reader_options *options, struct error *err)
{
    self->format = options->format != READER_ANY ? options->format : find_format(self);
    if (self->format == READER_JSONL)
        return jsonl_new(&self->jsonl, &self->columns, read_more, self, err);
    if (self->format == READER_SEQUENCE) {
        if (columns_add(&self->columns, "user", 4) != 0 || columns_add(&self->columns, "item", 4) != 0)
            return error_nomem(err, self->name);
        return sequence_new(&self->sequence, read_more, self, err);
    }
    self->csv_options.quote = options->no_quotes ? '\0' : '"';
    if (!options->no_header)
        pass_over_remarks(self);
    self->csv_options.delimiter = options->delimiter != '\0'
                                      ? options->delimiter
                                      : csv_sniff_delimiter(self->head + self->head_at, self->head_n - self->head_at,
                                                            self->csv_options.quote);
    return begin_csv(self, !options->no_header, err);
}

static int open_common(struct reader **out, struct reader *self, int rc)
{
    if (rc != 0) {
        reader_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

int reader_open(struct reader **out, const char *path, const struct reader_options *options, struct error *err)
{
    struct reader *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, path);
    int rc = source_open(&self->source, path, options->name, err);
    if (rc == 0) {
        self->name = mem_strdup(source_name(self->source));
        rc = self->name != NULL ? 0 : error_nomem(err, path);
    }
    if (rc == 0)
        rc = decoder_open(&self->decoder, self->source, options->encoding, err);
    if (rc == 0)
        rc = read_head(self, err);
    if (rc == 0)
        rc = check_is_text(self, err);
    if (rc == 0)
        rc = begin(self, options, err);
    return open_common(out, self, rc);
}

int reader_open_text(struct reader **out, const char *name, const char *text, size_t n,
                     const struct reader_options *options, struct error *err)
{
    struct reader *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, name);
    self->head = text;
    self->head_n = n;
    self->name = mem_strdup(name);
    int rc = self->name != NULL ? begin(self, options, err) : error_nomem(err, name);
    return open_common(out, self, rc);
}

void reader_free(struct reader *self)
{
    if (self == NULL)
        return;
    csv_free(self->csv);
    jsonl_free(self->jsonl);
    sequence_free(self->sequence);
    columns_release(&self->columns);
    decoder_free(self->decoder);
    source_free(self->source);
    mem_free(self->head_memory);
    mem_free(self->name);
    mem_free(self);
}

int reader_next(struct reader *self, struct row *row, struct error *err)
{
    switch (self->format) {
    case READER_JSONL:
        return jsonl_next(self->jsonl, row, err);
    case READER_SEQUENCE:
        return sequence_next(self->sequence, row, err);
    default:
        break;
    }
    if (self->first_waits) {
        self->first_waits = false;
        *row = self->first;
        return 1;
    }
    return csv_next(self->csv, row, err);
}

const struct columns *reader_columns(const struct reader *self)
{
    return &self->columns;
}

enum reader_format reader_format(const struct reader *self)
{
    return self->format;
}

char reader_delimiter(const struct reader *self)
{
    return self->csv_options.delimiter;
}

const char *reader_encoding(const struct reader *self)
{
    return self->decoder != NULL ? decoder_encoding(self->decoder) : "UTF-8";
}

const struct source *reader_source(const struct reader *self)
{
    return self->source;
}

const char *reader_format_name(enum reader_format format)
{
    static const char *const names[] = {"any", "csv", "jsonl", "sequence"};
    return names[format];
}

const char *reader_head(const struct reader *self, size_t *n)
{
    *n = self->head_n;
    return self->head;
}
