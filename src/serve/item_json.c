#include "serve/item_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

void item_json_text(struct str *out, const char *text)
{
    size_t n = strlen(text);
    text_json_string(out, text, text_utf8_valid(text, n) ? n : 0);
}

void item_json_number(struct str *out, double value)
{
    if (!isfinite(value))
        str_puts(out, "null");
    else if (value == floor(value) && fabs(value) < 1e15)
        str_printf(out, "%.0f", value);
    else
        str_printf(out, "%.15g", value);
}

void item_json_time(struct str *out, int64_t ms)
{
    char at[40];
    str_printf(out, "\"%s\"", clock_format(ms, at, sizeof at));
}

struct listing {
    struct str *out;
    const char *const *wanted;
    size_t n_wanted;
    bool any;
};

static bool is_wanted(const struct listing *l, const char *name)
{
    for (size_t i = 0; i < l->n_wanted; i++)
        if (strcmp(l->wanted[i], name) == 0)
            return true;
    return l->wanted == NULL;
}

static int put_attribute(void *context, const struct attribute *a, const struct attribute_value *v)
{
    struct listing *l = context;
    if (!is_wanted(l, a->name))
        return 0;
    if (l->any)
        str_putc(l->out, ',');
    l->any = true;
    item_json_text(l->out, a->name);
    str_putc(l->out, ':');
    switch (a->type) {
    case ATTRIBUTE_NUMBER: item_json_number(l->out, v->number); break;
    case ATTRIBUTE_BOOLEAN: str_puts(l->out, v->number > 0 ? "true" : "false"); break;
    case ATTRIBUTE_TEXT: text_json_string(l->out, v->text, text_utf8_valid(v->text, v->n) ? v->n : 0); break;
    case ATTRIBUTE_LIST: str_append(l->out, v->text, v->n); break;
    }
    return l->out->failed ? E_NOMEM : 0;
}

int item_json_attributes(struct str *out, struct store *store, enum attribute_entity entity, int64_t owner,
                         const char *const *wanted, size_t n_wanted, struct error *err)
{
    struct listing l = {out, wanted, n_wanted, false};
    int rc = attributes_of(store, entity, owner, put_attribute, &l, err);
    return rc == E_NOMEM ? error_nomem(err, "attributes") : rc;
}
