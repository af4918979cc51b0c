#include "serve/shape.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum { ID_MAX = 256, WORD_MAX = 63, ATTRIBUTE_TEXT_MAX = 4096, ATTRIBUTES_MAX = 1000, LIST_TEXTS_MAX = 1000 };

/* Where in the body we are. */
struct place {
    char text[156];
    size_t n;
};

/* One step down, as RFC 6901 writes it; what does not fit is left out, whole characters at a time. */
static size_t go_to(struct place *p, const char *name)
{
    size_t before = p->n, left = strlen(name), n;
    uint32_t c;
    if (p->n + 1 < sizeof p->text)
        p->text[p->n++] = '/';
    for (; left > 0 && (n = text_utf8_decode(name, left, &c)) > 0 && p->n + n + 1 < sizeof p->text;
         name += n, left -= n) {
        bool escaped = c == '~' || c == '/';
        if (escaped)
            p->text[p->n++] = '~';
        if (escaped)
            p->text[p->n++] = c == '~' ? '0' : '1';
        for (size_t i = 0; !escaped && i < n; i++)
            p->text[p->n++] = name[i];
    }
    p->text[p->n] = '\0';
    return before;
}

static size_t go_to_index(struct place *p, size_t i)
{
    char name[24];
    snprintf(name, sizeof name, "%zu", i);
    return go_to(p, name);
}

static void go_back(struct place *p, size_t before)
{
    p->n = before;
    p->text[before] = '\0';
}

void shape_fault_add(struct shape_faults *self, const char *pointer, const char *fmt, ...)
{
    va_list ap;
    if (self->n == SHAPE_FAULTS_MAX)
        return;
    struct shape_fault *f = &self->list[self->n++];
    if (snprintf(f->pointer, sizeof f->pointer, "%s", pointer) >= (int)sizeof f->pointer)
        text_ellipsize(f->pointer, sizeof f->pointer);
    va_start(ap, fmt);
    if (vsnprintf(f->detail, sizeof f->detail, fmt, ap) >= (int)sizeof f->detail)
        text_ellipsize(f->detail, sizeof f->detail);
    va_end(ap);
}

static bool has_control(const char *s, size_t n, bool one_line)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == 0x7F || (c < 0x20 && (one_line || (c != '\t' && c != '\n' && c != '\r'))))
            return true;
    }
    return false;
}

static void check_length(const char *s, size_t n, size_t min, size_t max, bool one_line, const struct place *at,
                         struct shape_faults *faults)
{
    if (n < min || n > max)
        shape_fault_add(faults, at->text, "has %zu bytes; it may have %zu to %zu", n, min, max);
    else if (has_control(s, n, one_line))
        shape_fault_add(faults, at->text, "holds a control character");
}

static bool is_choice(const char *choices, const char *s, size_t n)
{
    for (const char *p = choices; *p != '\0'; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == n && memcmp(p, s, n) == 0)
            return true;
    return false;
}

static void check_text(const struct shape *f, json_t *v, const struct place *at, struct shape_faults *faults)
{
    const char *s = json_string_value(v);
    size_t n = json_string_length(v);
    if (s == NULL)
        shape_fault_add(faults, at->text, "must be a text");
    else if (f->choices != NULL && !is_choice(f->choices, s, n))
        shape_fault_add(faults, at->text, "must be one of %s", f->choices);
    else if (f->choices == NULL)
        check_length(s, n, (size_t)f->min, f->max > 0 ? (size_t)f->max : ATTRIBUTE_TEXT_MAX, false, at, faults);
}

static void check_word(json_t *v, const struct place *at, struct shape_faults *faults)
{
    const char *s = json_string_value(v);
    size_t n = json_string_length(v), good = 0;
    while (s != NULL && good < n && s[good] != '\0' &&
           strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", s[good]) != NULL)
        good++;
    if (s == NULL || n == 0 || n > WORD_MAX || good < n)
        shape_fault_add(faults, at->text, "must be a word of letters, digits, '_', '-' and '.', of at most %d bytes",
                        WORD_MAX);
}

static void check_number(const struct shape *f, json_t *v, const struct place *at, struct shape_faults *faults)
{
    bool bounded = f->min < 0 || f->min > 0 || f->max < 0 || f->max > 0;
    if (f->type == SHAPE_INT ? !json_is_integer(v) : !json_is_number(v)) {
        shape_fault_add(faults, at->text, f->type == SHAPE_INT ? "must be a whole number" : "must be a number");
        return;
    }
    double x = json_number_value(v);
    if (!isfinite(x))
        shape_fault_add(faults, at->text, "must be a finite number");
    else if (bounded && (x < f->min || x > f->max))
        shape_fault_add(faults, at->text, "%.12g is not between %.12g and %.12g", x, f->min, f->max);
}

static void check_time(json_t *v, const struct place *at, struct shape_faults *faults)
{
    int64_t ms;
    const char *s = json_string_value(v);
    if (s == NULL || !clock_parse(s, json_string_length(v), &ms))
        shape_fault_add(faults, at->text, "must be a time as in 2026-01-31T12:00:00Z");
    else if (ms < clock_days_from_civil(1990, 1, 1) * CLOCK_DAY_MS)
        shape_fault_add(faults, at->text, "is before 1990");
    else if (ms > clock_now_ms() + CLOCK_DAY_MS)
        shape_fault_add(faults, at->text, "is more than a day from now");
}

static void check_attribute(json_t *v, struct place *at, struct shape_faults *faults)
{
    size_t i;
    json_t *one;
    if (json_is_null(v) || json_is_boolean(v) || json_is_number(v))
        return;
    if (json_is_string(v)) {
        check_length(json_string_value(v), json_string_length(v), 0, ATTRIBUTE_TEXT_MAX, false, at, faults);
        return;
    }
    if (!json_is_array(v) || json_array_size(v) > LIST_TEXTS_MAX) {
        shape_fault_add(faults, at->text, "must be a number, a text, true, false, null or a list of at most %d texts",
                        LIST_TEXTS_MAX);
        return;
    }
    json_array_foreach (v, i, one) {
        size_t before = go_to_index(at, i);
        if (json_is_string(one))
            check_length(json_string_value(one), json_string_length(one), 0, ATTRIBUTE_TEXT_MAX, false, at, faults);
        else
            shape_fault_add(faults, at->text, "must be a text");
        go_back(at, before);
    }
}

static void check_attributes(json_t *v, struct place *at, struct shape_faults *faults)
{
    const char *name;
    json_t *value;
    if (!json_is_object(v) || json_object_size(v) > ATTRIBUTES_MAX) {
        shape_fault_add(faults, at->text, "must be an object of at most %d attributes", ATTRIBUTES_MAX);
        return;
    }
    json_object_foreach (v, name, value) {
        size_t n = strlen(name), before = go_to(at, name);
        if (n < 1 || n > WORD_MAX || has_control(name, n, true))
            shape_fault_add(faults, at->text, "the name of an attribute has 1 to %d bytes and no control characters",
                            WORD_MAX);
        else
            check_attribute(value, at, faults);
        go_back(at, before);
    }
}

static void check_value(const struct shape *f, json_t *v, struct place *at, struct shape_faults *faults);

static const struct shape *find_field(const struct shape *fields, const char *name)
{
    for (; fields != NULL && fields->name != NULL; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

static void check_fields(const struct shape *fields, json_t *object, struct place *at, struct shape_faults *faults)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object)) {
        shape_fault_add(faults, at->text, "must be an object");
        return;
    }
    json_object_foreach (object, name, value) {
        const struct shape *f = find_field(fields, name);
        size_t before = go_to(at, name);
        if (f == NULL)
            shape_fault_add(faults, at->text, "there is no such field");
        else
            check_value(f, value, at, faults);
        go_back(at, before);
    }
    for (const struct shape *f = fields; f != NULL && f->name != NULL; f++)
        if ((f->flags & SHAPE_REQUIRED) && json_object_get(object, f->name) == NULL) {
            size_t before = go_to(at, f->name);
            shape_fault_add(faults, at->text, "is missing");
            go_back(at, before);
        }
}

static void check_list(const struct shape *f, json_t *v, struct place *at, struct shape_faults *faults)
{
    size_t i, n = json_array_size(v);
    json_t *one;
    if (!json_is_array(v) || n < (size_t)f->min || n > (size_t)f->max) {
        shape_fault_add(faults, at->text, "must be a list of %.0f to %.0f elements", f->min, f->max);
        return;
    }
    json_array_foreach (v, i, one) {
        size_t before = go_to_index(at, i);
        check_value(f->of, one, at, faults);
        go_back(at, before);
        if (faults->n == SHAPE_FAULTS_MAX)
            return;
    }
}

static void check_value(const struct shape *f, json_t *v, struct place *at, struct shape_faults *faults)
{
    if (json_is_null(v) && (f->flags & SHAPE_NULLABLE))
        return;
    switch (f->type) {
    case SHAPE_ID:
        if (!json_is_string(v))
            shape_fault_add(faults, at->text, "must be a text");
        else
            check_length(json_string_value(v), json_string_length(v), 1, ID_MAX, true, at, faults);
        break;
    case SHAPE_TEXT: check_text(f, v, at, faults); break;
    case SHAPE_WORD: check_word(v, at, faults); break;
    case SHAPE_INT:
    case SHAPE_REAL: check_number(f, v, at, faults); break;
    case SHAPE_BOOL:
        if (!json_is_boolean(v))
            shape_fault_add(faults, at->text, "must be true or false");
        break;
    case SHAPE_TIME: check_time(v, at, faults); break;
    case SHAPE_OBJECT: check_fields(f->of, v, at, faults); break;
    case SHAPE_LIST: check_list(f, v, at, faults); break;
    case SHAPE_ATTRIBUTES: check_attributes(v, at, faults); break;
    case SHAPE_ANY: break;
    }
}

void shape_check(const struct shape *fields, json_t *object, struct shape_faults *faults)
{
    struct place at = {.n = 0};
    faults->n = 0;
    check_fields(fields, object, &at, faults);
}

bool shape_too_deep(const char *json, size_t n)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        char c = json[i];
        if (quoted) {
            if (c == '\\')
                i++;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > SHAPE_DEPTH_MAX)
                return true;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return false;
}

/* JSON Schema. */

static void put_choices(struct str *out, const char *choices)
{
    str_puts(out, ",\"enum\":[");
    for (const char *p = choices; *p != '\0';) {
        size_t n = strcspn(p, "|");
        text_json_string(out, p, n);
        p += n + (p[n] == '|');
        if (*p != '\0')
            str_putc(out, ',');
    }
    str_putc(out, ']');
}

static void put_type(struct str *out, const struct shape *f, const char *name)
{
    if (f->flags & SHAPE_NULLABLE)
        str_printf(out, "\"type\":[\"%s\",\"null\"]", name);
    else
        str_printf(out, "\"type\":\"%s\"", name);
}

static void put_text_schema(struct str *out, const struct shape *f, bool strict)
{
    put_type(out, f, "string");
    if (f->type == SHAPE_TIME) {
        str_puts(out, ",\"format\":\"date-time\"");
    } else if (f->choices != NULL) {
        put_choices(out, f->choices);
    } else if (!strict) {
        return;
    } else if (f->type == SHAPE_ID) {
        str_printf(out, ",\"minLength\":1,\"maxLength\":%d,\"pattern\":\"^[^\\\\u0000-\\\\u001f\\\\u007f]+$\"", ID_MAX);
    } else if (f->type == SHAPE_WORD) {
        str_printf(out, ",\"minLength\":1,\"maxLength\":%d,\"pattern\":\"^[A-Za-z0-9_.-]+$\"", WORD_MAX);
    } else {
        str_printf(out, ",\"minLength\":%.0f,\"maxLength\":%.0f", f->min, f->max > 0 ? f->max : ATTRIBUTE_TEXT_MAX);
    }
}

void shape_put_range(struct str *out, bool integer, double min, double max)
{
    if (min < 0 || min > 0 || max < 0 || max > 0)
        str_printf(out, integer ? ",\"minimum\":%.0f,\"maximum\":%.0f" : ",\"minimum\":%.12g,\"maximum\":%.12g", min, max);
}

static void put_number_schema(struct str *out, const struct shape *f)
{
    put_type(out, f, f->type == SHAPE_INT ? "integer" : "number");
    shape_put_range(out, f->type == SHAPE_INT, f->min, f->max);
}

static void put_attributes_schema(struct str *out, const struct shape *f)
{
    put_type(out, f, "object");
    str_printf(out,
               ",\"maxProperties\":%d,\"propertyNames\":{\"minLength\":1,\"maxLength\":%d},\"additionalProperties\":"
               "{\"anyOf\":[{\"type\":[\"number\",\"boolean\",\"null\"]},{\"type\":\"string\",\"maxLength\":%d},"
               "{\"type\":\"array\",\"maxItems\":%d,\"items\":{\"type\":\"string\",\"maxLength\":%d}}]}",
               ATTRIBUTES_MAX, WORD_MAX, ATTRIBUTE_TEXT_MAX, LIST_TEXTS_MAX, ATTRIBUTE_TEXT_MAX);
}

static void put_object_schema(struct str *out, const struct shape *fields, bool strict)
{
    const char *comma = "";
    str_puts(out, ",\"properties\":{");
    for (const struct shape *f = fields; f != NULL && f->name != NULL; f++) {
        str_puts(out, comma);
        text_json_string(out, f->name, strlen(f->name));
        str_putc(out, ':');
        shape_schema_of(out, f, strict);
        comma = ",";
    }
    str_puts(out, "}");
    comma = "";
    for (const struct shape *f = fields; f != NULL && f->name != NULL; f++)
        if (f->flags & SHAPE_REQUIRED) {
            str_puts(out, comma[0] == '\0' ? ",\"required\":[" : comma);
            text_json_string(out, f->name, strlen(f->name));
            comma = ",";
        }
    if (comma[0] != '\0')
        str_putc(out, ']');
    if (strict)
        str_puts(out, ",\"additionalProperties\":false");
}

int shape_schema(struct str *out, const struct shape *fields, bool strict)
{
    str_puts(out, "{\"type\":\"object\"");
    put_object_schema(out, fields, strict);
    return str_putc(out, '}');
}

int shape_schema_of(struct str *out, const struct shape *f, bool strict)
{
    str_putc(out, '{');
    switch (f->type) {
    case SHAPE_ID:
    case SHAPE_TEXT:
    case SHAPE_WORD:
    case SHAPE_TIME: put_text_schema(out, f, strict); break;
    case SHAPE_INT:
    case SHAPE_REAL: put_number_schema(out, f); break;
    case SHAPE_BOOL: put_type(out, f, "boolean"); break;
    case SHAPE_OBJECT:
        put_type(out, f, "object");
        put_object_schema(out, f->of, strict);
        break;
    case SHAPE_LIST:
        put_type(out, f, "array");
        if (strict)
            str_printf(out, ",\"minItems\":%.0f,\"maxItems\":%.0f", f->min, f->max);
        str_puts(out, ",\"items\":");
        shape_schema_of(out, f->of, strict);
        break;
    case SHAPE_ATTRIBUTES: put_attributes_schema(out, f); break;
    case SHAPE_ANY: break;
    }
    if (f->help != NULL && f->help[0] != '\0') {
        str_puts(out, f->type == SHAPE_ANY ? "\"description\":" : ",\"description\":");
        text_json_string(out, f->help, strlen(f->help));
    }
    return str_putc(out, '}');
}
