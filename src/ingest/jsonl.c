#include "ingest/jsonl.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/window.h"

enum { PATH_CAP = 512, DEPTH_MAX = 8, NUMBER_CAP = 32 };

struct jsonl {
    struct lines lines;
    struct columns *columns; /* borrowed */
    json_t *object;          /* of the row handed out last: fields point into it */
    struct field *fields;
    size_t cap_fields;
    size_t last;             /* column found last: the next name is usually the next column */
    char *scratch;           /* texts of numbers and lists */
    size_t scratch_n, scratch_cap;
    char problem[192];
};

int jsonl_new(struct jsonl **out, struct columns *columns, row_read_fn read, void *context, struct error *err)
{
    struct jsonl *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the JSON reader");
    self->columns = columns;
    int rc = lines_init(&self->lines, read, context, err);
    if (rc != 0) {
        jsonl_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

void jsonl_free(struct jsonl *self)
{
    if (self == NULL)
        return;
    json_decref(self->object);
    lines_release(&self->lines);
    mem_free(self->fields);
    mem_free(self->scratch);
    mem_free(self);
}

/* What came of a value: fine, a bad row (problem is set), or out of memory. */
enum outcome { FINE, BAD, NO_MEMORY };

static enum outcome bad(struct jsonl *self, const char *why)
{
    snprintf(self->problem, sizeof self->problem, "%s", why);
    return BAD;
}

static enum outcome find_column(struct jsonl *self, const char *path, size_t n, size_t *column)
{
    struct columns *c = self->columns;
    size_t next = self->last + 1;
    if (next < c->n && strlen(c->names[next]) == n && memcmp(c->names[next], path, n) == 0) {
        *column = self->last = next;
        return FINE;
    }
    long at = columns_find(c, path, n);
    if (at < 0) {
        if (c->n == ROW_MAX_FIELDS)
            return bad(self, "the file has more than 4,096 different names");
        if (columns_add(c, path, n) != 0)
            return NO_MEMORY;
        at = (long)c->n - 1;
    }
    *column = self->last = (size_t)at;
    if (self->cap_fields < c->n) {
        size_t before = self->cap_fields;
        if (mem_grow((void **)&self->fields, &self->cap_fields, c->n, sizeof *self->fields) != 0)
            return NO_MEMORY;
        memset(self->fields + before, 0, (self->cap_fields - before) * sizeof *self->fields);
    }
    return FINE;
}

/* The shortest text that reads back as the same double. */
static int print_real(char *out, double v)
{
    int n = snprintf(out, NUMBER_CAP, "%.15g", v);
    double back;
    if (sscanf(out, "%lf", &back) == 1 && back == v)
        return n;
    return snprintf(out, NUMBER_CAP, "%.17g", v);
}

static enum outcome take_value(struct jsonl *self, const json_t *v, struct field *f)
{
    char *text = self->scratch + self->scratch_n;
    size_t room = self->scratch_cap - self->scratch_n, n = 0;
    if (room < NUMBER_CAP)
        return bad(self, "the row is too large");
    switch (json_typeof(v)) {
    case JSON_STRING:
        *f = (struct field){.text = json_string_value(v), .n = (uint32_t)json_string_length(v)};
        return FINE;
    case JSON_TRUE:
    case JSON_FALSE:
        f->text = json_is_true(v) ? "true" : "false";
        f->n = (uint32_t)strlen(f->text);
        f->type = FIELD_BOOL;
        return FINE;
    case JSON_INTEGER:
        n = (size_t)snprintf(text, room, "%lld", (long long)json_integer_value(v));
        f->type = FIELD_NUMBER;
        break;
    case JSON_REAL:
        n = (size_t)print_real(text, json_real_value(v));
        f->type = FIELD_NUMBER;
        break;
    case JSON_ARRAY:
        n = json_dumpb(v, text, room, JSON_COMPACT);
        if (n == 0 || n > room)
            return bad(self, "the row is too large");
        f->type = FIELD_LIST;
        break;
    default: /* null: absent */
        return FINE;
    }
    f->text = text;
    f->n = (uint32_t)n;
    self->scratch_n += n;
    return FINE;
}

/* Every value of `object`, its names behind the first `prefix` bytes of path. */
static enum outcome flatten(struct jsonl *self, json_t *object, char path[PATH_CAP], size_t prefix, int depth)
{
    const char *name;
    json_t *v;
    json_object_foreach(object, name, v) {
        size_t n = strlen(name), column = 0;
        if (prefix + n + 2 > PATH_CAP)
            return bad(self, "a name is too long");
        memcpy(path + prefix, name, n);
        enum outcome o;
        if (json_is_object(v)) {
            if (depth == DEPTH_MAX)
                return bad(self, "objects are nested more than 8 deep");
            path[prefix + n] = '.';
            o = flatten(self, v, path, prefix + n + 1, depth + 1);
        } else {
            o = find_column(self, path, prefix + n, &column);
            if (o == FINE && self->fields[column].text != NULL)
                o = bad(self, "a name occurs twice (once nested, once with a dot)");
            if (o == FINE)
                o = take_value(self, v, &self->fields[column]);
        }
        if (o != FINE)
            return o;
    }
    return FINE;
}

/* Lists are written anew, which may take a number from 3 bytes to 22. */
static int fit_scratch(struct jsonl *self, size_t raw_n)
{
    size_t need = raw_n * 8 + (size_t)ROW_MAX_FIELDS * NUMBER_CAP;
    self->scratch_n = 0;
    return mem_grow((void **)&self->scratch, &self->scratch_cap, need, 1);
}

static enum outcome take_object(struct jsonl *self, const struct row *row)
{
    json_error_t why;
    char path[PATH_CAP];
    if (fit_scratch(self, row->raw_n) != 0)
        return NO_MEMORY;
    self->object = json_loadb(row->raw, row->raw_n, JSON_REJECT_DUPLICATES, &why);
    if (self->object == NULL) {
        snprintf(self->problem, sizeof self->problem, "not valid JSON: %s (at byte %d)", why.text, why.position);
        return json_error_code(&why) == json_error_out_of_memory ? NO_MEMORY : BAD;
    }
    if (!json_is_object(self->object))
        return bad(self, "the line is JSON, but no object in braces");
    self->last = (size_t)-1;
    return flatten(self, self->object, path, 0, 0);
}

int jsonl_next(struct jsonl *self, struct row *row, struct error *err)
{
    json_decref(self->object);
    self->object = NULL;
    int rc = lines_next(&self->lines, row, err);
    if (rc <= 0 || row->problem != NULL)
        return rc;
    if (self->fields != NULL)
        memset(self->fields, 0, self->cap_fields * sizeof *self->fields);
    switch (take_object(self, row)) {
    case FINE:
        row->fields = self->fields;
        row->n_fields = self->fields != NULL ? self->columns->n : 0;
        return 1;
    case BAD:
        row->problem = self->problem;
        return 1;
    default:
        return error_nomem(err, "the JSON reader");
    }
}
