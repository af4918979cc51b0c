#include "ingest/csv.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/mem.h"
#include "ingest/window.h"

enum { FIRST_WINDOW = 256 * 1024, WINDOW_MAX = ROW_MAX_BYTES + 4 };

struct csv {
    struct csv_options options;
    struct window in;
    uint64_t line;        /* of in.begin */
    bool skip_line;       /* the row handed out last was cut: pass over its rest first */
    struct field *fields;
    size_t n_fields, cap_fields;
    char *plain;          /* quoted fields without their doubled quotes; as large as the window */
    size_t plain_n, plain_cap;
};

/* What came of reading one row from in.begin. */
enum outcome { READ, WANTS_MORE, BAD, NO_MEMORY };

/* Where a row under reading stands. */
struct scan {
    const char *p, *end;
    uint64_t newlines; /* inside quoted fields */
    const char *problem;
};

int csv_new(struct csv **out, const struct csv_options *options, row_read_fn read, void *context, struct error *err)
{
    struct csv *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the CSV reader");
    self->options = *options;
    self->line = 1 + options->lines_before;
    int rc = window_init(&self->in, FIRST_WINDOW, WINDOW_MAX, read, context, err);
    if (rc != 0) {
        csv_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

void csv_free(struct csv *self)
{
    if (self == NULL)
        return;
    window_release(&self->in);
    mem_free(self->fields);
    mem_free(self->plain);
    mem_free(self);
}

/* The first delimiter, CR or LF in [p, end), or end. */
static const char *find_special(const char *p, const char *end, char delimiter)
{
#ifdef __SSE2__
    /* 16 bytes at a time: most fields end within the first block */
    const __m128i d = _mm_set1_epi8(delimiter), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
    for (; end - p >= 16; p += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(block, d),
                                   _mm_or_si128(_mm_cmpeq_epi8(block, lf), _mm_cmpeq_epi8(block, cr)));
        int mask = _mm_movemask_epi8(hit);
        if (mask != 0)
            return p + __builtin_ctz((unsigned)mask);
    }
#endif
    while (p < end && *p != delimiter && *p != '\n' && *p != '\r')
        p++;
    return p;
}

static uint64_t count_newlines(const char *p, const char *end)
{
    uint64_t n = 0;
    for (; p < end; p++)
        n += *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] != '\n'));
    return n;
}

static int add_field(struct csv *self, const char *text, size_t n)
{
    if (self->n_fields == self->cap_fields &&
        mem_grow((void **)&self->fields, &self->cap_fields, self->n_fields + 1, sizeof *self->fields) != 0)
        return -1;
    self->fields[self->n_fields++] = (struct field){.text = text, .n = (uint32_t)n};
    return 0;
}

/* Copies [p, end) with each doubled quote as one; the room is there (see csv_next). */
static struct field undouble(struct csv *self, const char *p, const char *end)
{
    char *to = self->plain + self->plain_n, *start = to;
    while (p < end) {
        const char *q = memchr(p, self->options.quote, (size_t)(end - p));
        size_t n = q != NULL ? (size_t)(q - p) + 1 : (size_t)(end - p);
        memcpy(to, p, n);
        to += n;
        p += n + (q != NULL);
    }
    self->plain_n += (size_t)(to - start);
    return (struct field){.text = start, .n = (uint32_t)(to - start)};
}

/* s->p stands on the opening quote; leaves it behind the closing one. */
static enum outcome take_quoted(struct csv *self, struct scan *s)
{
    const char quote = self->options.quote, *start = s->p + 1, *p = start;
    bool doubled = false;
    for (;;) {
        const char *q = memchr(p, quote, (size_t)(s->end - p));
        if (q == NULL || (q + 1 == s->end && !self->in.eof)) {
            s->problem = "a quote is opened and never closed";
            return self->in.eof ? BAD : WANTS_MORE;
        }
        if (q + 1 < s->end && q[1] == quote) {
            doubled = true;
            p = q + 2;
            continue;
        }
        p = q;
        break;
    }
    s->p = p + 1;
    s->newlines += count_newlines(start, p);
    if (s->p < s->end && *s->p != self->options.delimiter && *s->p != '\n' && *s->p != '\r') {
        s->problem = "text follows the closing quote of a field";
        return BAD;
    }
    struct field f = {.text = start, .n = (uint32_t)(p - start)};
    if (doubled)
        f = undouble(self, start, p);
    return add_field(self, f.text, f.n) == 0 ? READ : NO_MEMORY;
}

static enum outcome take_plain(struct csv *self, struct scan *s)
{
    const char *stop = find_special(s->p, s->end, self->options.delimiter);
    if (stop == s->end && !self->in.eof)
        return WANTS_MORE;
    if (add_field(self, s->p, (size_t)(stop - s->p)) != 0)
        return NO_MEMORY;
    s->p = stop;
    return READ;
}

/* Reads the row at in.begin; READ leaves s->p behind its line end and *row_end on it. */
static enum outcome take_row(struct csv *self, struct scan *s, const char **row_end)
{
    self->n_fields = 0;
    self->plain_n = 0;
    for (;;) {
        bool quoted = s->p < s->end && self->options.quote != '\0' && *s->p == self->options.quote;
        enum outcome o = quoted ? take_quoted(self, s) : take_plain(self, s);
        if (o != READ)
            return o;
        if (self->n_fields > ROW_MAX_FIELDS) {
            s->problem = "the row has more than 4,096 fields";
            return BAD;
        }
        if (s->p == s->end) {
            *row_end = s->p;
            return self->in.eof ? READ : WANTS_MORE;
        }
        if (*s->p == self->options.delimiter) {
            s->p++;
            continue;
        }
        *row_end = s->p;
        if (*s->p++ == '\r') {
            if (s->p == s->end && !self->in.eof)
                return WANTS_MORE;
            if (s->p < s->end && *s->p == '\n')
                s->p++;
        }
        return READ;
    }
}

/* Hands out the line at in.begin as a bad row. */
static int give_bad_line(struct csv *self, struct row *row, const char *problem, struct error *err)
{
    struct window *in = &self->in;
    while (window_line_end(in, in->begin) == in->end) {
        int rc = window_more(in, err);
        if (rc < 0)
            return rc;
        if (rc == 0)
            break;
    }
    size_t n = window_line_end(in, in->begin) - in->begin;
    *row = (struct row){.line = self->line, .raw = in->data + in->begin, .raw_n = n, .problem = problem};
    if (n > ROW_RAW_KEPT) {
        row->raw_n = ROW_RAW_KEPT;
        row->raw_cut = true;
    }
    self->skip_line = true;
    return 1;
}

/* The scratch for quoted fields must be as large as the window, so that it never moves within a row. */
static int fit_scratch(struct csv *self, struct error *err)
{
    if (self->plain_cap >= self->in.cap)
        return 0;
    char *p = mem_realloc(self->plain, self->in.cap, 1);
    if (p == NULL)
        return error_nomem(err, "the CSV reader");
    self->plain = p;
    self->plain_cap = self->in.cap;
    return 0;
}

/* Passes over what is left of the line of a bad row. */
static int finish_bad_line(struct csv *self, struct error *err)
{
    if (!self->skip_line)
        return 0;
    self->skip_line = false;
    self->line++;
    return window_skip_line(&self->in, err);
}

int csv_next(struct csv *self, struct row *row, struct error *err)
{
    struct window *in = &self->in;
    int rc = finish_bad_line(self, err);
    if (rc != 0)
        return rc;
    for (;;) {
        if (in->begin == in->end && in->eof)
            return 0;
        rc = fit_scratch(self, err);
        if (rc != 0)
            return rc;
        struct scan s = {.p = in->data + in->begin, .end = in->data + in->end};
        const char *start = s.p, *row_end = s.p;
        enum outcome o = take_row(self, &s, &row_end);
        if (o == NO_MEMORY)
            return error_nomem(err, "the CSV reader");
        if (o == WANTS_MORE && !window_full(in)) {
            rc = window_more(in, err);
            if (rc < 0)
                return rc;
            continue;
        }
        size_t n = (size_t)(row_end - start);
        if (o != READ || n > ROW_MAX_BYTES) {
            bool too_long = o != BAD && s.problem == NULL;
            return give_bad_line(self, row, too_long ? "the row is longer than 1 MB" : s.problem, err);
        }
        in->begin += (size_t)(s.p - start);
        uint64_t line = self->line;
        self->line += 1 + s.newlines;
        if (n == 0)
            continue;
        *row = (struct row){
            .fields = self->fields, .n_fields = self->n_fields, .line = line, .raw = start, .raw_n = n};
        return 1;
    }
}

/* Counts of a delimiter per line over the first lines. */
static size_t delimiters_in_line(const char *p, const char *end, char delimiter, char quote, const char **next)
{
    size_t n = 0;
    bool quoted = false;
    for (; p < end && (quoted || (*p != '\n' && *p != '\r')); p++) {
        if (quote != '\0' && *p == quote)
            quoted = !quoted;
        else if (!quoted && *p == delimiter)
            n++;
    }
    while (p < end && (*p == '\n' || *p == '\r'))
        p++;
    *next = p;
    return n;
}

char csv_sniff_delimiter(const char *text, size_t n, char quote)
{
    static const char candidates[] = {',', '\t', ';', '|'};
    enum { LINES = 20 };
    const char *end = text + n;
    char best = ',';
    size_t best_score = 0;
    for (size_t c = 0; c < sizeof candidates; c++) {
        const char *p = text;
        size_t first = delimiters_in_line(p, end, candidates[c], quote, &p), same = 1, lines = 1;
        for (; first > 0 && p < end && lines < LINES; lines++)
            same += delimiters_in_line(p, end, candidates[c], quote, &p) == first;
        /* the last line may be cut where the sample ends */
        size_t score = first == 0 ? 0 : (same + 1 >= lines ? 1000000 : 0) + first * 1000 * same / lines;
        if (score > best_score) {
            best_score = score;
            best = candidates[c];
        }
    }
    return best;
}
