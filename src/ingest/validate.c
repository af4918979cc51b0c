#include "ingest/validate.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"

#define MAX_PRICE 1e9
#define MAX_QUANTITY 1e6
#define MAX_DWELL_S (30.0 * 86400)
#define MAX_POSITION 1e6

void validator_init(struct validator *self, struct mapping *mapping, int64_t now)
{
    *self = (struct validator){.mapping = mapping,
                               .earliest = clock_days_from_civil(1990, 1, 1) * CLOCK_DAY_MS,
                               .latest = now + CLOCK_DAY_MS};
}

static enum verdict __attribute__((format(printf, 4, 5)))
bad(struct fault *f, const char *field, const char *kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    snprintf(f->field, sizeof f->field, "%s", field);
    if (field[0] != '\0')
        snprintf(f->kind, sizeof f->kind, "%.40s %s", field, kind);
    else
        snprintf(f->kind, sizeof f->kind, "%s", kind);
    if (vsnprintf(f->reason, sizeof f->reason, fmt, ap) >= (int)sizeof f->reason)
        text_ellipsize(f->reason, sizeof f->reason);
    va_end(ap);
    return VERDICT_BAD;
}

/* At most 40 bytes of a value for a message. */
#define SHOW(f) (int)((f).n < 40 ? (f).n : 40), (f).text

static struct field trimmed(struct field f)
{
    if (f.text == NULL)
        return f;
    while (f.n > 0 && (*f.text == ' ' || *f.text == '\t'))
        f.text++, f.n--;
    while (f.n > 0 && (f.text[f.n - 1] == ' ' || f.text[f.n - 1] == '\t'))
        f.n--;
    if (f.n == 0)
        f.text = NULL; /* an empty cell is no value */
    return f;
}

static struct field column_of(const struct row *row, long column)
{
    if (column < 0 || (size_t)column >= row->n_fields)
        return (struct field){0};
    return trimmed(row->fields[column]);
}

struct field validator_attribute(const struct row *row, const struct mapping_attribute *attribute)
{
    return column_of(row, (long)attribute->column);
}

/* Is there a control character (below blank, or DEL)?  Line ends and tabs are none in longer texts. */
static bool has_control(const struct field *f, bool one_line)
{
    for (uint32_t i = 0; i < f->n; i++) {
        unsigned char c = (unsigned char)f->text[i];
        if (c == 0x7F || (c < 0x20 && (one_line || (c != '\t' && c != '\n' && c != '\r'))))
            return true;
    }
    return false;
}

static enum verdict check_row(const struct validator *self, const struct row *row, struct fault *fault)
{
    const struct mapping *m = self->mapping;
    if (row->problem != NULL)
        return bad(fault, "", strncmp(row->problem, "not valid JSON", 14) == 0 ? "not valid JSON" : row->problem, "%s",
                   row->problem);
    if (memchr(row->raw, '\0', row->raw_n) != NULL)
        return bad(fault, "", "holds a NUL byte", "the row holds a NUL byte");
    if (!text_utf8_valid(row->raw, row->raw_n))
        return bad(fault, "", "not valid in its encoding", "the row is not valid %s",
                   m->spec->encoding[0] != '\0' ? m->spec->encoding : "UTF-8");
    if (m->format == READER_CSV && row->n_fields != m->columns->n)
        return bad(fault, "", "wrong number of fields", "the row has %zu field%s, not %zu", row->n_fields,
                   row->n_fields == 1 ? "" : "s", m->columns->n);
    return VERDICT_GOOD;
}

static bool is_cleaned(const struct validator *self, const struct row *row, struct fault *fault)
{
    static const struct field none;
    const struct mapping *m = self->mapping;
    for (size_t i = 0; i < m->spec->n_rules; i++) {
        long c = m->rule_column[i];
        const struct field *f = c >= 0 && (size_t)c < row->n_fields ? &row->fields[c] : &none;
        if (clean_matches(&m->rules[i], f, m->spec->decimal_comma)) {
            fault->rule = i;
            return true;
        }
    }
    return false;
}

static enum verdict check_identifier(const struct field *f, const char *name, size_t max, struct fault *fault)
{
    if (f->type == FIELD_LIST)
        return bad(fault, name, "is a list", "%s is a list", name);
    if (f->n > max)
        return bad(fault, name, "is too long", "%s has %u bytes, more than %zu", name, f->n, max);
    if (has_control(f, true))
        return bad(fault, name, "holds a control character", "%s holds a control character", name);
    return VERDICT_GOOD;
}

/* Reads the text fields of the entity, normalised and checked. */
static enum verdict take_texts(const struct validator *self, const struct row *row, struct record *out,
                               struct fault *fault)
{
    static const struct {
        enum spec_field field;
        bool required[3]; /* by entity */
        size_t max;
    } texts[] = {
        {FIELD_USER, {true, false, true}, VALIDATE_IDENTIFIER_MAX},
        {FIELD_ITEM, {true, true, false}, VALIDATE_IDENTIFIER_MAX},
        {FIELD_SESSION, {false, false, false}, VALIDATE_IDENTIFIER_MAX},
        {FIELD_ID, {false, false, false}, VALIDATE_IDENTIFIER_MAX},
        {FIELD_CHANNEL, {false, false, false}, 64},
        {FIELD_DEVICE, {false, false, false}, 64},
        {FIELD_REFERRER, {false, false, false}, 2048},
    };
    const struct mapping *m = self->mapping;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        enum spec_field id = texts[i].field;
        const char *name = spec_field_name(id);
        struct field *f = &out->text[id];
        *f = m->column[id] >= 0 ? column_of(row, m->column[id]) : (struct field){0};
        if (f->text == NULL) {
            if (texts[i].required[m->spec->entity])
                return bad(fault, name, "is missing", "%s is missing", name);
            continue;
        }
        if (m->spec->whole_number[id])
            f->n = (uint32_t)values_without_fraction(f->text, f->n);
        enum verdict v = check_identifier(f, name, texts[i].max, fault);
        if (v != VERDICT_GOOD)
            return v;
    }
    return VERDICT_GOOD;
}

static enum verdict take_title(const struct validator *self, const struct row *row, struct record *out,
                               struct fault *fault)
{
    struct field *f = &out->text[FIELD_TITLE];
    *f = column_of(row, self->mapping->column[FIELD_TITLE]);
    if (f->text == NULL)
        return VERDICT_GOOD;
    if (f->n > VALIDATE_TEXT_MAX || f->type == FIELD_LIST)
        return bad(fault, "title", "is too long", "title has %u bytes, more than %d", f->n, VALIDATE_TEXT_MAX);
    if (has_control(f, false))
        return bad(fault, "title", "holds a control character", "title holds a control character");
    return VERDICT_GOOD;
}

static enum verdict take_time(const struct validator *self, const struct row *row, struct record *out,
                              struct fault *fault)
{
    char limit[32];
    struct field f = column_of(row, self->mapping->column[FIELD_TIME]);
    if (f.text == NULL)
        return bad(fault, "time", "is missing", "time is missing");
    if (!values_time(f.text, f.n, &self->mapping->spec->time, &out->time)) {
        const struct time_format *format = &self->mapping->spec->time;
        return bad(fault, "time", "is not understood", "'%.*s' is no time%s%s%s", SHOW(f),
                   format->style == TIME_AUTO ? "" : " of the format '",
                   format->style == TIME_AUTO ? "" : time_format_text(format), format->style == TIME_AUTO ? "" : "'");
    }
    if (out->time < self->earliest)
        return bad(fault, "time", "is too early", "'%.*s' is before %s", SHOW(f),
                   clock_format_date(self->earliest, limit, sizeof limit));
    if (out->time > self->latest)
        return bad(fault, "time", "is in the future", "'%.*s' is after %s", SHOW(f),
                   clock_format(self->latest, limit, sizeof limit));
    return VERDICT_GOOD;
}

/* Words that shops and data sets use for the usual kinds. */
static const struct {
    const char *word, *kind;
} other_words[] = {{"addtocart", "add_to_cart"}, {"add-to-cart", "add_to_cart"}, {"add to cart", "add_to_cart"},
                   {"removefromcart", "remove_from_cart"}, {"remove-from-cart", "remove_from_cart"},
                   {"transaction", "purchase"}, {"buy", "purchase"}, {"pageview", "view"}, {"page_view", "view"}};

static void usual_kind(struct field *f)
{
    for (size_t i = 0; i < sizeof other_words / sizeof *other_words; i++)
        if (strlen(other_words[i].word) == f->n && strncasecmp(other_words[i].word, f->text, f->n) == 0) {
            f->text = other_words[i].kind;
            f->n = (uint32_t)strlen(f->text);
            return;
        }
}

/* The kind of the event: the column's word under its alias, else the spec's, in lower case. */
static enum verdict take_kind(struct validator *self, const struct row *row, struct record *out, struct fault *fault)
{
    const struct spec *s = self->mapping->spec;
    struct field f = column_of(row, self->mapping->column[FIELD_KIND]);
    if (f.text == NULL) {
        if (s->kind[0] == '\0' && self->mapping->column[FIELD_KIND] >= 0)
            return bad(fault, "kind", "is missing", "kind is missing");
        strcpy(out->kind, s->kind[0] != '\0' ? s->kind : "view");
        out->text[FIELD_KIND] = (struct field){.text = out->kind, .n = (uint32_t)strlen(out->kind)};
        return VERDICT_GOOD;
    }
    bool known = false;
    for (size_t k = 0; k < s->n_kinds; k++) {
        size_t i = (self->last_kind + k) % s->n_kinds;
        const char *name = s->kinds[i].name;
        if (strlen(name) == f.n && memcmp(name, f.text, f.n) == 0) {
            self->last_kind = i;
            known = true;
            f.text = s->kinds[i].value;
            f.n = (uint32_t)strlen(f.text);
            break;
        }
    }
    if (!known)
        usual_kind(&f);
    if (!spec_is_kind(f.text, f.n))
        return bad(fault, "kind", "is no word",
                   "'%.*s' is no kind of event: one is a word of letters, digits, '_', '-' and '.', of at most 63 bytes",
                   SHOW(f));
    for (uint32_t i = 0; i < f.n; i++)
        out->kind[i] = f.text[i] >= 'A' && f.text[i] <= 'Z' ? (char)(f.text[i] + 32) : f.text[i];
    out->kind[f.n] = '\0';
    out->text[FIELD_KIND] = (struct field){.text = out->kind, .n = f.n};
    return VERDICT_GOOD;
}

/* A number of the row within [low, high]; NaN when there is none. */
static enum verdict take_number(const struct validator *self, const struct row *row, enum spec_field id, double low,
                                double high, double *out, struct fault *fault)
{
    const char *name = spec_field_name(id);
    struct field f = column_of(row, self->mapping->column[id]);
    *out = (double)NAN;
    if (f.text == NULL)
        return VERDICT_GOOD;
    if (!values_number(f.text, f.n, self->mapping->spec->decimal_comma, out))
        return bad(fault, name, "is no number", "'%.*s' is no number", SHOW(f));
    if (*out < low || *out > high)
        return bad(fault, name, "is out of range", "'%.*s' is not between %g and %g", SHOW(f), low, high);
    return VERDICT_GOOD;
}

static enum verdict take_numbers(const struct validator *self, const struct row *row, struct record *out,
                                 struct fault *fault)
{
    double dwell = (double)NAN, position = (double)NAN;
    const struct {
        enum spec_field field;
        double low, high, *to;
    } numbers[] = {
        {FIELD_QUANTITY, -MAX_QUANTITY, MAX_QUANTITY, &out->quantity},
        {FIELD_PRICE, -MAX_PRICE, MAX_PRICE, &out->price},
        {FIELD_RATING, -MAX_PRICE, MAX_PRICE, &out->rating},
        {FIELD_DWELL, 0, MAX_DWELL_S, &dwell},
        {FIELD_POSITION, 0, MAX_POSITION, &position},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (self->mapping->column[numbers[i].field] < 0) {
            *numbers[i].to = (double)NAN;
            continue;
        }
        double low = numbers[i].low, high = numbers[i].high;
        enum verdict v = take_number(self, row, numbers[i].field, low, high, numbers[i].to, fault);
        if (v != VERDICT_GOOD)
            return v;
    }
    if (!isnan(position) && position != floor(position))
        return bad(fault, "position", "is no whole number", "%g is no whole number", position);
    out->dwell_ms = isnan(dwell) ? -1 : (int64_t)floor(dwell * 1000 + 0.5);
    out->position = isnan(position) ? -1 : (int64_t)position;
    return VERDICT_GOOD;
}

static enum verdict check_attributes(const struct validator *self, const struct row *row, struct fault *fault)
{
    const struct mapping *m = self->mapping;
    for (size_t i = 0; i < m->n_attributes; i++) {
        const struct mapping_attribute *a = &m->attributes[i];
        struct field f = validator_attribute(row, a);
        const char *why;
        if (f.text == NULL)
            continue;
        if (f.n > VALIDATE_TEXT_MAX)
            return bad(fault, a->name, "is too long", "%s has %u bytes, more than %d", a->name, f.n, VALIDATE_TEXT_MAX);
        if (has_control(&f, false))
            return bad(fault, a->name, "holds a control character", "%s holds a control character", a->name);
        struct type *t = a->owner != OWNER_EVENT ? &m->types->list[a->of_types] : NULL;
        bool fixed = t != NULL ? t->fixed : a->typed;
        enum attribute_type type = t != NULL ? t->type : a->type;
        if (fixed && !types_fits(type, &f, m->spec->decimal_comma, &why))
            return bad(fault, a->name, why, "'%.*s' %s", SHOW(f), why);
        if (!fixed && t != NULL)
            types_see(t, &f, m->format == READER_JSONL, m->spec->decimal_comma);
    }
    return VERDICT_GOOD;
}

/* A line of a sequence file: a user and items. */
static enum verdict check_sequence(const struct row *row, struct record *out, struct fault *fault)
{
    for (size_t i = 0; i < row->n_fields; i++) {
        enum verdict v = check_identifier(&row->fields[i], i == 0 ? "user" : "item", VALIDATE_IDENTIFIER_MAX, fault);
        if (v != VERDICT_GOOD)
            return v;
    }
    out->text[FIELD_USER] = row->fields[0];
    out->text[FIELD_TITLE] = (struct field){0};
    out->quantity = out->price = out->rating = (double)NAN;
    out->dwell_ms = out->position = -1;
    return VERDICT_GOOD;
}

enum verdict validator_check(struct validator *self, const struct row *row, struct record *out, struct fault *fault)
{
    enum spec_entity entity = self->mapping->spec->entity;
    enum verdict v = check_row(self, row, fault);
    if (v != VERDICT_GOOD)
        return v;
    out->row = row;
    if (is_cleaned(self, row, fault))
        return VERDICT_CLEANED;
    if (self->mapping->format == READER_SEQUENCE) {
        v = check_sequence(row, out, fault);
        return v != VERDICT_GOOD ? v : take_kind(self, row, out, fault);
    }
    v = take_texts(self, row, out, fault);
    if (v == VERDICT_GOOD && entity == SPEC_EVENTS)
        v = take_time(self, row, out, fault);
    if (v == VERDICT_GOOD && entity == SPEC_EVENTS)
        v = take_kind(self, row, out, fault);
    if (v == VERDICT_GOOD && entity == SPEC_EVENTS)
        v = take_numbers(self, row, out, fault);
    if (v == VERDICT_GOOD && entity != SPEC_USERS)
        v = take_title(self, row, out, fault);
    if (v == VERDICT_GOOD)
        v = check_attributes(self, row, fault);
    return v;
}
