#include "ingest/guess.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/words.h"
#include "ingest/decoder.h"
#include "ingest/guess_names.h"
#include "ingest/preset.h"

enum { SAMPLE_MAX = 1 << 20, DISTINCT_SLOTS = 4096 };

/* Ways to write a time that are not found by themselves; month before day first, as in the data sets of the field. */
static const char *const patterns[] = {
    "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y", "%d/%m/%Y",
    "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d",
    "%d-%b-%Y %H:%M:%S", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y", "%Y%m%d", "%m-%d-%Y", "%d-%m-%Y",
    "%Y-%m-%d %H:%M:%S UTC", "%m %d, %Y", "%Y%m%d%H%M%S",
};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

/* A column under study. */
struct study {
    struct guess_column *column;
    uint32_t fits[PATTERNS], fits_auto, longest, words;
    uint64_t seen[DISTINCT_SLOTS]; /* hashes; enough to tell few from many */
};

void guess_release(struct guess *self)
{
    spec_free(self->spec);
    mem_free(self->columns);
    str_release(&self->sample);
    self->spec = NULL;
    self->columns = NULL;
}

/* What the text is written in: UTF-8 if it is valid, else one of the two that are usual here. */
static const char *find_encoding(const char *p, size_t n)
{
    if (text_utf8_valid(p, n))
        return "";
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] >= 0x80 && (unsigned char)p[i] <= 0x9F)
            return "windows-1252";
    return "ISO-8859-1";
}

/* The sample: whole lines only, as UTF-8. */
static int take_sample(struct guess *self, const struct reader *reader, struct error *err)
{
    size_t n;
    const char *p = reader_head(reader, &n);
    if (n == 64 * 1024)
        for (size_t i = n; i > 0; i--)
            if (p[i - 1] == '\n') {
                n = i;
                break;
            }
    const char *encoding = find_encoding(p, n);
    int rc = decoder_convert(encoding, p, n, &self->sample, err);
    if (rc == 0)
        rc = spec_set(self->spec, "encoding", encoding, err);
    if (rc == 0 && encoding[0] == '\0' && strcmp(reader_encoding(reader), "UTF-8") != 0)
        rc = spec_set(self->spec, "encoding", reader_encoding(reader), err);
    return rc;
}

/* A time that something could have happened at: times before 2^31 seconds and after 1990. */
static bool is_plausible(int64_t ms)
{
    return ms >= clock_days_from_civil(1990, 1, 1) * CLOCK_DAY_MS && ms <= clock_now_ms() + CLOCK_DAY_MS;
}

static void see_times(struct study *s, const struct field *f)
{
    struct time_format format = {0};
    int64_t ms;
    s->fits_auto += values_time(f->text, f->n, &format, &ms) && is_plausible(ms);
    format.style = TIME_PATTERN;
    for (int i = 0; i < PATTERNS; i++) {
        strcpy(format.pattern, patterns[i]);
        s->fits[i] += values_time(f->text, f->n, &format, &ms) && is_plausible(ms);
    }
}

static void see_value(struct study *s, const struct field *f)
{
    struct guess_column *c = s->column;
    double v;
    c->values++;
    if (f->n > s->longest)
        s->longest = f->n;
    s->words += spec_is_kind(f->text, f->n);
    if (values_number(f->text, f->n, false, &v)) {
        c->low = c->numbers == 0 || v < c->low ? v : c->low;
        c->high = c->numbers == 0 || v > c->high ? v : c->high;
        c->numbers++;
        c->whole += v == (double)(int64_t)v;
        c->floats_of_whole += values_without_fraction(f->text, f->n) < f->n;
    }
    c->comma_numbers += values_number(f->text, f->n, true, &v);
    see_times(s, f);
    uint64_t h = rng_key(f->text, f->n) | 1;
    size_t slot = h % DISTINCT_SLOTS;
    if (s->seen[slot] != h) {
        c->distinct += s->seen[slot] == 0;
        s->seen[slot] = h;
    }
}

/* Ends the study: which way of writing times fits all values, if any. */
static void conclude(struct guess *self, struct study *s)
{
    struct guess_column *c = s->column;
    c->pattern = -1;
    c->times = s->fits_auto;
    for (int i = 0; i < PATTERNS; i++)
        if (s->fits[i] > c->times) {
            c->times = s->fits[i];
            c->pattern = i;
        }
    if (c->pattern >= 0 && c->pattern < 6 && c->pattern % 2 == 0 && s->fits[c->pattern + 1] == c->times)
        self->ambiguous_dates = true;
}

static bool nearly_all(uint32_t part, uint32_t whole)
{
    return whole > 0 && part * 20 >= whole * 19;
}

static struct field trimmed(struct field f)
{
    while (f.n > 0 && (*f.text == ' ' || *f.text == '\t'))
        f.text++, f.n--;
    while (f.n > 0 && (f.text[f.n - 1] == ' ' || f.text[f.n - 1] == '\t'))
        f.n--;
    return f;
}

/* Is the first row a header?  Not when one of its cells is a number or a time. */
static int find_header(const struct guess *self, bool *header, struct error *err)
{
    struct reader_options options;
    struct reader *reader;
    struct row row;
    spec_reader_options(self->spec, &options);
    options.no_header = true;
    options.encoding = NULL;
    *header = true;
    int rc = reader_open_text(&reader, "the sample", str_text(&self->sample), self->sample.len, &options, err);
    if (rc != 0)
        return rc;
    do
        rc = reader_next(reader, &row, err);
    while (rc == 1 && row.raw_n >= 2 && row.raw[0] == '#' && row.raw[1] == ' '); /* remarks above a header */
    for (size_t i = 0; rc == 1 && i < row.n_fields; i++) {
        struct field f = trimmed(row.fields[i]);
        struct time_format format = {0};
        double v;
        int64_t ms;
        if (values_number(f.text, f.n, false, &v) || values_time(f.text, f.n, &format, &ms))
            *header = false;
    }
    reader_free(reader);
    return rc < 0 ? rc : 0;
}

/* A sequence file: no delimiter cuts its lines, blanks do, into different numbers of words that look alike. */
static bool is_sequence(const struct guess *self)
{
    const char *p = str_text(&self->sample), *end = p + self->sample.len;
    size_t lines = 0, least = SIZE_MAX, most = 0;
    if (memchr(p, ',', self->sample.len) != NULL || memchr(p, ';', self->sample.len) != NULL ||
        memchr(p, '|', self->sample.len) != NULL)
        return false;
    while (p < end && lines < 100) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop != NULL ? stop : end;
        size_t words = 0;
        for (const char *q = p; q < stop; q++)
            words += *q != ' ' && *q != '\t' && *q != '\r' && (q == p || q[-1] == ' ' || q[-1] == '\t');
        if (words > 0) {
            lines++;
            least = words < least ? words : least;
            most = words > most ? words : most;
        }
        p = stop + 1;
    }
    return lines > 1 && least >= 2 && most > least && most > 4;
}

static int study_columns(struct guess *self, struct reader *reader, struct error *err)
{
    struct study *studies = NULL;
    size_t n = 0, cap = 0;
    struct row row;
    int rc;
    while ((rc = reader_next(reader, &row, err)) == 1) {
        size_t columns = reader_columns(reader)->n < GUESS_COLUMNS_MAX ? reader_columns(reader)->n : GUESS_COLUMNS_MAX;
        self->rows++;
        if (columns > n) {
            if (mem_grow((void **)&studies, &cap, columns, sizeof *studies) != 0) {
                rc = error_nomem(err, "the guess");
                break;
            }
            memset(studies + n, 0, (columns - n) * sizeof *studies);
            for (; n < columns; n++)
                studies[n].column = &self->columns[n];
        }
        for (size_t i = 0; row.problem == NULL && i < row.n_fields && i < n; i++) {
            struct field f = row.fields[i].text != NULL ? trimmed(row.fields[i]) : row.fields[i];
            if (f.text != NULL && f.n > 0)
                see_value(&studies[i], &f);
        }
    }
    for (size_t i = 0; i < n; i++) {
        strncpy(self->columns[i].name, reader_columns(reader)->names[i], SPEC_COLUMN_MAX - 1);
        self->columns[i].field = FIELD_COUNT;
        self->columns[i].why = "";
        conclude(self, &studies[i]);
        if (self->columns[i].pattern < 0 && !nearly_all(self->columns[i].times, self->columns[i].values))
            self->columns[i].times = 0;
    }
    self->n_columns = n;
    mem_free(studies);
    return rc;
}

static void plain_name(const char *name, char out[64])
{
    size_t n = 0;
    const char *dot = strrchr(name, '.'); /* of nested JSON names the last part, but "user.id" is "userid" */
    if (dot != NULL && strcmp(dot, ".id") != 0)
        name = dot + 1;
    for (; *name != '\0' && n < 63; name++) {
        char c = *name >= 'A' && *name <= 'Z' ? (char)(*name + 32) : *name;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = c;
    }
    out[n] = '\0';
}

/* Can the values be this field? */
static bool fits_field(const struct guess_column *c, enum spec_field field)
{
    switch (field) {
    case FIELD_TIME:
        return nearly_all(c->times, c->values);
    case FIELD_QUANTITY:
    case FIELD_PRICE:
    case FIELD_RATING:
    case FIELD_DWELL:
    case FIELD_POSITION:
        return nearly_all(c->numbers, c->values) || nearly_all(c->comma_numbers, c->values);
    default:
        return c->values > 0;
    }
}

static struct guess_column *column_of(struct guess *self, enum spec_field field)
{
    for (size_t i = 0; i < self->n_columns; i++)
        if (self->columns[i].field == field)
            return &self->columns[i];
    return NULL;
}

static void take(struct guess_column *c, enum spec_field field, const char *why)
{
    c->field = field;
    c->why = why;
}

static void assign_by_name(struct guess *self)
{
    for (size_t a = 0; a < sizeof guess_names / sizeof *guess_names; a++) {
        enum spec_field field = guess_names[a].field;
        if (column_of(self, field) != NULL)
            continue;
        for (size_t i = 0; i < self->n_columns; i++) {
            char name[64];
            struct guess_column *c = &self->columns[i];
            plain_name(c->name, name);
            if (c->field == FIELD_COUNT && strcmp(name, guess_names[a].name) == 0 && fits_field(c, field)) {
                take(c, field, "by its name");
                break;
            }
        }
    }
}

static bool looks_like_rating(const struct guess_column *c)
{
    return nearly_all(c->numbers, c->values) && c->distinct <= 11 && c->low >= 0 && c->high <= 10 && c->high > c->low;
}

static bool looks_like_identifier(const struct guess_column *c)
{
    return c->field == FIELD_COUNT && c->name[0] != '\0' && c->values > 0 &&
           (c->distinct > 11 || c->distinct == c->values) && (c->numbers == 0 || c->whole == c->numbers);
}

/* Under a header only a column whose name ends like an identifier's may be one. */
static bool may_be_identifier(const struct guess *self, const struct guess_column *c)
{
    static const char *const ends[] = {"id", "no", "code", "key", "number"};
    char name[64];
    plain_name(c->name, name);
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (n >= strlen(ends[i]) && strcmp(name + n - strlen(ends[i]), ends[i]) == 0)
            return true;
    return self->spec->no_header;
}

/* What names did not tell, for events: a time, a rating, and then the identifiers in their order. */
static void assign_by_values(struct guess *self)
{
    if (column_of(self, FIELD_TIME) == NULL)
        for (size_t i = 0; i < self->n_columns; i++)
            if (self->columns[i].field == FIELD_COUNT && nearly_all(self->columns[i].times, self->columns[i].values)) {
                take(&self->columns[i], FIELD_TIME, "by its values");
                break;
            }
    if (column_of(self, FIELD_TIME) == NULL)
        return;
    if (self->spec->no_header)
        for (size_t i = 0; column_of(self, FIELD_RATING) == NULL && i < self->n_columns; i++)
            if (self->columns[i].field == FIELD_COUNT && looks_like_rating(&self->columns[i]))
                take(&self->columns[i], FIELD_RATING, "by its values");
    static const enum spec_field order[] = {FIELD_USER, FIELD_ITEM};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; column_of(self, order[k]) == NULL && i < self->n_columns; i++)
            if (may_be_identifier(self, &self->columns[i]) && looks_like_identifier(&self->columns[i]))
                take(&self->columns[i], order[k], "by its values");
}

/* Events have a user, an item and a time; a table of items or users has just the one. */
static void decide_entity(struct guess *self)
{
    bool user = column_of(self, FIELD_USER) != NULL, item = column_of(self, FIELD_ITEM) != NULL;
    bool time = column_of(self, FIELD_TIME) != NULL;
    self->known_entity = true;
    if (self->spec->format == READER_SEQUENCE || (user && item && time))
        self->entity = SPEC_EVENTS;
    else if (item && !user && !time)
        self->entity = SPEC_ITEMS;
    else if (user && !item && !time)
        self->entity = SPEC_USERS;
    else
        self->known_entity = false;
}

static bool has_column(const struct guess *self, const char *name)
{
    for (size_t i = 0; i < self->n_columns; i++)
        if (strcmp(self->columns[i].name, name) == 0)
            return true;
    return false;
}

/* The preset whose every column is in the header, by name. */
static int find_preset(struct guess *self, struct error *err)
{
    for (const struct preset *p = presets; p->name != NULL && !self->spec->no_header; p++) {
        struct spec *s = spec_new(SPEC_EVENTS);
        if (s == NULL)
            return error_nomem(err, "the guess");
        bool all = spec_parse(s, p->name, p->text, strlen(p->text), NULL) == 0 && !s->no_header && s->n_maps > 0;
        for (size_t i = 0; all && i < s->n_maps; i++)
            all = has_column(self, s->maps[i].column);
        if (all) {
            self->preset = p->name;
            s->delimiter = self->spec->delimiter;
            memcpy(s->encoding, self->spec->encoding, sizeof s->encoding);
            spec_free(self->spec);
            self->spec = s;
            self->entity = SPEC_EVENTS;
            self->known_entity = true;
            return 0;
        }
        spec_free(s);
    }
    return 0;
}

/* The mapping into the spec: of each field its column, where the column is not already called so. */
static int write_mapping(struct guess *self, struct error *err)
{
    struct spec *s = self->spec;
    s->entity = self->entity;
    s->keep_unmapped = self->entity != SPEC_EVENTS;
    for (size_t i = 0; i < self->n_columns; i++) {
        struct guess_column *c = &self->columns[i];
        if (c->field == FIELD_COUNT)
            continue;
        int rc = spec_map(s, spec_field_name(c->field), c->name, NULL);
        if (rc != 0) { /* a field that this entity does not have, such as the time of a product */
            c->field = FIELD_COUNT;
            c->why = "";
            continue;
        }
        if (c->field == FIELD_TIME && c->pattern >= 0)
            rc = spec_set(s, "time-format", patterns[c->pattern], err);
        if (rc != 0)
            return rc;
        if ((c->field == FIELD_USER || c->field == FIELD_ITEM || c->field == FIELD_SESSION) &&
            nearly_all(c->floats_of_whole, c->values))
            s->whole_number[c->field] = true;
        if (c->comma_numbers > c->numbers && fits_field(c, c->field) && c->numbers < c->values)
            s->decimal_comma = s->decimal_comma || c->field == FIELD_PRICE || c->field == FIELD_QUANTITY ||
                               c->field == FIELD_RATING;
    }
    if (self->entity == SPEC_EVENTS && column_of(self, FIELD_KIND) == NULL)
        return spec_set(s, "kind",
                        column_of(self, FIELD_RATING) != NULL                                              ? "review"
                        : column_of(self, FIELD_QUANTITY) != NULL || s->format == READER_SEQUENCE ? "purchase"
                                                                                                  : "view",
                        err);
    return 0;
}

/* Everything but the fields: format, delimiter, header. */
static int find_form(struct guess *self, enum reader_format format, struct error *err)
{
    struct spec *s = self->spec;
    s->format = format;
    if (format == READER_JSONL)
        return 0;
    if (is_sequence(self)) {
        s->format = READER_SEQUENCE;
        return 0;
    }
    bool header;
    int rc = find_header(self, &header, err);
    s->no_header = rc == 0 && !header;
    return rc;
}

static int study_sample(struct guess *self, struct error *err)
{
    struct reader_options options;
    struct reader *reader;
    spec_reader_options(self->spec, &options);
    options.encoding = NULL;
    int rc = reader_open_text(&reader, "the sample", str_text(&self->sample), self->sample.len, &options, err);
    if (rc != 0)
        return rc;
    if (self->spec->format == READER_CSV)
        self->spec->delimiter = reader_delimiter(reader);
    if (self->spec->format != READER_SEQUENCE)
        rc = study_columns(self, reader, err);
    reader_free(reader);
    return rc;
}

int guess_file(struct guess *self, const char *path, struct error *err)
{
    struct reader *reader = NULL;
    struct reader_options raw = {.no_header = true};
    *self = (struct guess){.spec = spec_new(SPEC_EVENTS)};
    str_init(&self->sample, SAMPLE_MAX);
    self->columns = mem_zalloc(GUESS_COLUMNS_MAX, sizeof *self->columns);
    int rc = self->spec != NULL && self->columns != NULL ? 0 : error_nomem(err, "the guess");
    if (rc == 0)
        rc = reader_open(&reader, path, &raw, err);
    if (rc == 0)
        rc = take_sample(self, reader, err);
    if (rc == 0)
        rc = find_form(self, reader_format(reader), err);
    reader_free(reader);
    if (rc == 0)
        rc = study_sample(self, err);
    if (rc == 0) {
        assign_by_name(self);
        assign_by_values(self);
        decide_entity(self);
        rc = write_mapping(self, err);
    }
    if (rc == 0)
        rc = find_preset(self, err);
    if (rc != 0)
        guess_release(self);
    return rc;
}

static void put_option(struct str *out, const char *name, const char *value)
{
    str_printf(out, " --%s ", name);
    words_quote(out, value);
}

int guess_command(const struct guess *self, const char *path, struct str *out)
{
    const struct spec *s = self->spec;
    str_printf(out, "reckon import %s", spec_entity_name(self->entity));
    if (self->preset != NULL) {
        put_option(out, "preset", self->preset);
    } else if (s->format == READER_SEQUENCE) {
        put_option(out, "preset", "sequence");
    } else {
        struct str map;
        str_init(&map, 1024);
        if (!self->known_entity && self->entity != SPEC_EVENTS) {
            str_printf(&map, "%s=%s", self->entity == SPEC_ITEMS ? "item" : "user", self->columns[0].name);
            put_option(out, "map", str_text(&map));
        }
        for (size_t i = 0; self->known_entity && i < s->n_maps; i++) {
            if (s->maps[i].field != FIELD_ATTRIBUTE &&
                strcmp(spec_field_name(s->maps[i].field), s->maps[i].column) == 0)
                continue; /* is found by its name anyway */
            str_clear(&map);
            spec_map_key(&s->maps[i], &map);
            str_printf(&map, "=%s", s->maps[i].column);
            put_option(out, "map", str_text(&map));
        }
        str_release(&map);
        if (s->kind[0] != '\0' && self->entity == SPEC_EVENTS)
            put_option(out, "kind", s->kind);
        if (s->delimiter != '\0' && s->delimiter != ',')
            put_option(out, "delimiter", s->delimiter == '\t' ? "tab" : (char[2]){s->delimiter, '\0'});
        if (s->no_header)
            str_puts(out, " --no-header");
        if (s->time.style == TIME_PATTERN && self->entity == SPEC_EVENTS)
            put_option(out, "time-format", s->time.pattern);
        if (s->decimal_comma)
            str_puts(out, " --decimal-comma");
        bool any = false;
        for (int i = 0; i < FIELD_COUNT; i++)
            if (s->whole_number[i]) {
                str_printf(out, "%s%s", any ? "," : " --whole-number ", spec_field_name((enum spec_field)i));
                any = true;
            }
    }
    if (s->encoding[0] != '\0')
        put_option(out, "encoding", s->encoding);
    str_putc(out, ' ');
    words_quote(out, path);
    return out->failed ? -1 : 0;
}
