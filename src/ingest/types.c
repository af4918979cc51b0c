#include "ingest/types.h"

#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ingest/values.h"

void types_release(struct types *self)
{
    mem_free(self->list);
    *self = (struct types){0};
}

long types_add(struct types *self, enum spec_owner owner, const char *name)
{
    for (size_t i = 0; i < self->n; i++)
        if (self->list[i].owner == owner && strcmp(self->list[i].name, name) == 0)
            return (long)i;
    if (mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0)
        return -1;
    struct type *t = &self->list[self->n];
    *t = (struct type){.owner = owner, .can_number = true, .can_boolean = true};
    strncpy(t->name, name, sizeof t->name - 1);
    return (long)self->n++;
}

static bool is_word_of_truth(const struct field *v)
{
    bool b;
    return v->n >= 2 && values_boolean(v->text, v->n, &b); /* true, false, yes, no: a lone letter is a code */
}

/* Does it look like a number, and not like a code? */
static bool is_number(const struct field *v, bool decimal_comma)
{
    double number;
    if (!decimal_comma)
        return values_is_plain_number(v->text, v->n);
    return (v->text[0] != '0' || v->n == 1 || v->text[1] == ',') && values_number(v->text, v->n, true, &number);
}

void types_see(struct type *self, const struct field *v, bool json, bool decimal_comma)
{
    self->met = true;
    self->can_number = self->can_number && (v->type == FIELD_NUMBER || (!json && is_number(v, decimal_comma)));
    self->can_boolean = self->can_boolean && (v->type == FIELD_BOOL || (!json && is_word_of_truth(v)));
    self->any_list = self->any_list || v->type == FIELD_LIST;
}

void types_settle(struct types *self)
{
    for (size_t i = 0; i < self->n; i++) {
        struct type *t = &self->list[i];
        if (t->fixed || !t->met)
            continue;
        t->fixed = true;
        t->type = t->any_list      ? ATTRIBUTE_LIST
                  : t->can_number  ? ATTRIBUTE_NUMBER
                  : t->can_boolean ? ATTRIBUTE_BOOLEAN
                                   : ATTRIBUTE_TEXT;
    }
}

bool types_fits(enum attribute_type type, const struct field *v, bool decimal_comma, const char **why)
{
    double number;
    bool boolean;
    switch (type) {
    case ATTRIBUTE_NUMBER:
        *why = "is no number";
        return v->type != FIELD_BOOL && v->type != FIELD_LIST && values_number(v->text, v->n, decimal_comma, &number);
    case ATTRIBUTE_BOOLEAN:
        *why = "is neither true nor false";
        return v->type != FIELD_LIST && values_boolean(v->text, v->n, &boolean);
    case ATTRIBUTE_TEXT:
        *why = "is a list, not a text";
        return v->type != FIELD_LIST;
    default:
        return true;
    }
}

static int put_json_element(struct str *out, const json_t *v)
{
    if (json_is_string(v))
        return text_json_string(out, json_string_value(v), json_string_length(v));
    char text[512];
    size_t n = json_dumpb(v, text, sizeof text, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    return text_json_string(out, text, n < sizeof text ? n : sizeof text);
}

static int list_of_json(const struct field *value, struct str *out)
{
    json_t *list = json_loadb(value->text, value->n, 0, NULL), *v;
    size_t i;
    if (list == NULL)
        return -1;
    str_putc(out, '[');
    json_array_foreach(list, i, v) {
        if (i > 0)
            str_putc(out, ',');
        put_json_element(out, v);
    }
    json_decref(list);
    return str_putc(out, ']');
}

int types_list_text(const struct field *value, char separator, struct str *out)
{
    if (value->type == FIELD_LIST)
        return list_of_json(value, out);
    const char *p = value->text, *end = p + value->n;
    bool any = false;
    str_putc(out, '[');
    while (p < end) {
        const char *stop = memchr(p, separator, (size_t)(end - p)), *next;
        next = stop != NULL ? stop + 1 : end;
        stop = stop != NULL ? stop : end;
        while (p < stop && *p == ' ')
            p++;
        while (stop > p && stop[-1] == ' ')
            stop--;
        if (stop > p) {
            if (any)
                str_putc(out, ',');
            text_json_string(out, p, (size_t)(stop - p));
            any = true;
        }
        p = next;
    }
    return str_putc(out, ']');
}
