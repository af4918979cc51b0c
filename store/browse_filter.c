#include "store/browse_filter.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"

struct parser {
    struct browse_filter *out;
    size_t used;
    const struct browse_column *(*column_at)(const void *context, size_t index);
    const void *context;
};

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

const char *browse_where(const char *text, const char *part)
{
    for (;; text++) {
        size_t i = 0;
        while (part[i] != '\0' && lower(text[i]) == lower(part[i]))
            i++;
        if (part[i] == '\0')
            return text;
        if (*text == '\0')
            return NULL;
    }
}

static bool begins_word(const char *text, const char *at)
{
    return at == text || strchr(" -_:/.,;()[]", at[-1]) != NULL;
}

bool browse_fuzzy(const char *text, const char *part)
{
    size_t n = strlen(part);
    if (n == 0)
        return true;
    for (const char *from = text; *from != '\0'; from++) {
        if (lower(*from) != lower(part[0]) || !begins_word(text, from))
            continue;
        size_t i = 1, far = 4 * n + 4;
        for (const char *p = from + 1; *p != '\0' && i < n && (size_t)(p - from) < far; p++)
            i += lower(*p) == lower(part[i]);
        if (i == n)
            return true;
    }
    return false;
}

/* The word or quoted text at *p, into the pool; NULL when a quote does not end. */
static const char *take_word(struct parser *self, const char **p, const char *stop)
{
    char *out = self->out->pool + self->used, quote = '\0';
    size_t n = 0;
    const char *s = *p;
    for (; *s != '\0' && (quote != '\0' || strchr(stop, *s) == NULL); s++) {
        if (quote == '\0' && (*s == '"' || *s == '\''))
            quote = *s;
        else if (*s == quote)
            quote = '\0';
        else
            out[n++] = *s;
    }
    out[n] = '\0';
    self->used += n + 1;
    *p = s;
    return quote == '\0' ? out : NULL;
}

/* The operator at p; its length. */
static size_t operator_at(const char *p, enum browse_op *op, bool *not_it)
{
    static const struct {
        const char *sign;
        enum browse_op op;
        bool not_it;
    } operators[] = {{"!=", BROWSE_EQUAL, true}, {"!~~", BROWSE_FUZZY, true}, {"!~", BROWSE_HOLDS, true}, {"~~", BROWSE_FUZZY, false}, {"<=", BROWSE_LESS_EQUAL, false},
                     {">=", BROWSE_GREATER_EQUAL, false}, {"<", BROWSE_LESS, false}, {">", BROWSE_GREATER, false},
                     {"=", BROWSE_EQUAL, false}, {"~", BROWSE_HOLDS, false}};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        size_t n = strlen(operators[i].sign);
        if (strncmp(p, operators[i].sign, n) == 0) {
            *op = operators[i].op;
            *not_it = *not_it != operators[i].not_it;
            return n;
        }
    }
    return 0;
}

static const struct browse_column *find_column(const struct parser *self, const char *name, size_t *index)
{
    const struct browse_column *c;
    for (size_t i = 0; (c = self->column_at(self->context, i)) != NULL; i++)
        if (text_equal_nocase(c->name, name)) {
            *index = i;
            return c;
        }
    return NULL;
}

int browse_hint_columns(const struct browse_column *(*column_at)(const void *context, size_t index),
                        const void *context, const char *wrong, struct error *err)
{
    enum { NAMED_MAX = 512 };
    const char *all[NAMED_MAX + 1];
    const struct browse_column *c;
    struct str names, near;
    size_t n = 0;
    for (; n < NAMED_MAX && (c = column_at(context, n)) != NULL; n++)
        all[n] = c->name;
    all[n] = NULL;
    str_init(&names, 200);
    str_init(&near, 120);
    for (size_t i = 0; i < n; i++)
        if (str_printf(&names, "%s%s", i > 0 ? ", " : "", all[i]) != 0)
            break;
    words_nearest(&near, all, wrong);
    bool is_near = !near.failed && strncmp(str_text(&near), "perhaps", 7) == 0;
    int rc = error_hint(err, E_USAGE, "%s%sthe columns are %s%s", is_near ? str_text(&near) : "", is_near ? "; " : "",
                        str_text(&names), names.failed ? ", ..." : "");
    str_release(&names);
    str_release(&near);
    return rc;
}

static int no_column(const struct parser *self, const char *name, struct error *err)
{
    error_set(err, E_USAGE, "filter", "there is no column '%s'", name);
    return browse_hint_columns(self->column_at, self->context, name, err);
}

/* Within quotes a quote of the other kind stands for itself; pieces that touch are one word. */
static void put_quoted(struct str *out, const char *text)
{
    while (*text != '\0') {
        char quote = *text == '"' ? '\'' : '"';
        size_t n = strcspn(text, quote == '"' ? "\"" : "'");
        str_printf(out, "%c%.*s%c", quote, (int)n, text, quote);
        text += n;
    }
}

void browse_filter_put(struct str *out, const char *column, const char *sign, const char *text)
{
    if (column[strcspn(column, " \"'=<>~!")] != '\0')
        put_quoted(out, column);
    else
        str_puts(out, column);
    str_puts(out, sign);
    if (text[strcspn(text, " \"'")] != '\0')
        put_quoted(out, text);
    else
        str_puts(out, text);
}

static int read_time(struct browse_term *t, struct error *err)
{
    int64_t ms;
    size_t n = strlen(t->text);
    if (!clock_parse(t->text, n, &ms)) {
        error_set(err, E_USAGE, "filter", "'%s' is no time", t->text);
        return error_hint(err, E_USAGE, "write 2011-12-09, or 2011-12-09T12:50:00Z");
    }
    t->number = t->until = (double)ms;
    if (n == 10) { /* a whole day */
        double end = (double)(ms + CLOCK_DAY_MS);
        if (t->op == BROWSE_EQUAL)
            t->until = end;
        else if (t->op == BROWSE_GREATER)
            t->op = BROWSE_GREATER_EQUAL, t->number = end;
        else if (t->op == BROWSE_LESS_EQUAL)
            t->op = BROWSE_LESS, t->number = end;
    }
    return 0;
}

static int read_value(struct browse_term *t, const struct browse_column *c, struct error *err)
{
    if (t->text[0] == '\0' && t->op == BROWSE_EQUAL) {
        t->op = BROWSE_MISSING;
        return 0;
    }
    if (t->text[0] == '\0')
        return error_set(err, E_USAGE, "filter", "a value is missing after '%s'", c->name);
    if (c->type == BROWSE_TEXT || t->op == BROWSE_HOLDS)
        return 0;
    if (t->op == BROWSE_FUZZY)
        return error_set(err, E_USAGE, "filter", "'%s' is no column of text, which ~~ is for", c->name);
    if (c->type == BROWSE_TIME)
        return read_time(t, err);
    if (c->type == BROWSE_BOOL) {
        bool yes = strcmp(t->text, "yes") == 0 || strcmp(t->text, "true") == 0 || strcmp(t->text, "1") == 0;
        bool no = strcmp(t->text, "no") == 0 || strcmp(t->text, "false") == 0 || strcmp(t->text, "0") == 0;
        t->number = t->until = yes;
        return yes || no ? 0 : error_set(err, E_USAGE, "filter", "'%s' is yes or no, not '%s'", c->name, t->text);
    }
    if (!text_to_double(t->text, strlen(t->text), &t->number))
        return error_set(err, E_USAGE, "filter", "'%s' is a number, not '%s'", c->name, t->text);
    t->until = t->number;
    return 0;
}

static int take_term(struct parser *self, const char **p, struct error *err)
{
    if (self->out->n == BROWSE_TERMS_MAX)
        return error_set(err, E_USAGE, "filter", "has more than %d terms", BROWSE_TERMS_MAX);
    struct browse_term *t = &self->out->terms[self->out->n];
    *t = (struct browse_term){.column = BROWSE_ANY_COLUMN, .op = BROWSE_HOLDS};
    while (**p == '!') {
        t->not_it = !t->not_it;
        (*p)++;
    }
    if (**p == '~') {
        t->op = BROWSE_FUZZY;
        *p += strspn(*p, "~");
    }
    const char *word = take_word(self, p, " =<>~!");
    if (word == NULL)
        return error_set(err, E_USAGE, "filter", "a quote does not end");
    size_t n = t->op == BROWSE_FUZZY ? 0 : operator_at(*p, &t->op, &t->not_it);
    if (n == 0) {
        if (**p == '!') /* in the middle of a word: a part of it, which stands alone */
            (*p)++;
        t->text = word;
        self->out->n += word[0] != '\0';
        return 0;
    }
    *p += n;
    const struct browse_column *c = find_column(self, word, &t->column);
    if (c == NULL)
        return no_column(self, word, err);
    t->text = take_word(self, p, " ");
    if (t->text == NULL)
        return error_set(err, E_USAGE, "filter", "a quote does not end");
    self->out->n++;
    return read_value(t, c, err);
}

int browse_filter_parse(struct browse_filter *out, const char *where,
                        const struct browse_column *(*column_at)(const void *context, size_t index), const void *context,
                        struct error *err)
{
    struct parser parser = {.out = out, .column_at = column_at, .context = context};
    out->n = 0;
    if (where == NULL)
        return 0;
    if (strlen(where) >= BROWSE_WHERE_MAX)
        return error_set(err, E_USAGE, "filter", "is longer than %d bytes", BROWSE_WHERE_MAX - 1);
    for (const char *p = where + strspn(where, " "); *p != '\0'; p += strspn(p, " ")) {
        int rc = take_term(&parser, &p, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static double number_of(const struct browse_value *v)
{
    return v->type == BROWSE_REAL ? v->real : (double)v->integer;
}

static bool fits_text(const struct browse_term *t, const char *text)
{
    int order = strcmp(text, t->text);
    switch (t->op) {
    case BROWSE_HOLDS: return browse_where(text, t->text) != NULL;
    case BROWSE_FUZZY: return browse_fuzzy(text, t->text);
    case BROWSE_EQUAL: return order == 0;
    case BROWSE_LESS: return order < 0;
    case BROWSE_LESS_EQUAL: return order <= 0;
    case BROWSE_GREATER: return order > 0;
    case BROWSE_GREATER_EQUAL: return order >= 0;
    case BROWSE_MISSING: return false;
    }
    return false;
}

static bool fits_number(const struct browse_term *t, double v)
{
    char text[40];
    switch (t->op) {
    case BROWSE_HOLDS: snprintf(text, sizeof text, "%.15g", v); return browse_where(text, t->text) != NULL;
    case BROWSE_EQUAL: return t->until > t->number ? v >= t->number && v < t->until : v >= t->number && v <= t->number;
    case BROWSE_LESS: return v < t->number;
    case BROWSE_LESS_EQUAL: return v <= t->number;
    case BROWSE_GREATER: return v > t->number;
    case BROWSE_GREATER_EQUAL: return v >= t->number;
    case BROWSE_FUZZY:
    case BROWSE_MISSING: return false;
    }
    return false;
}

static bool fits_value(const struct browse_term *t, const struct browse_value *v)
{
    if (v->type == BROWSE_NULL)
        return t->op == BROWSE_MISSING;
    return v->type == BROWSE_TEXT ? fits_text(t, v->text) : fits_number(t, number_of(v));
}

static bool fits_term(const struct browse_term *t, const struct browse_value *values, size_t n)
{
    if (t->column != BROWSE_ANY_COLUMN)
        return t->column < n && fits_value(t, &values[t->column]);
    for (size_t i = 0; i < n; i++)
        if (values[i].type == BROWSE_TEXT && fits_value(t, &values[i]))
            return true;
    return false;
}

bool browse_filter_fits(const struct browse_filter *self, const struct browse_value *values, size_t n)
{
    for (size_t i = 0; i < self->n; i++)
        if (fits_term(&self->terms[i], values, n) == self->terms[i].not_it)
            return false;
    return true;
}

int browse_value_compare(const struct browse_value *a, const struct browse_value *b)
{
    if (a->type == BROWSE_NULL || b->type == BROWSE_NULL)
        return (a->type == BROWSE_NULL) - (b->type == BROWSE_NULL);
    if (a->type == BROWSE_TEXT && b->type == BROWSE_TEXT)
        return strcmp(a->text, b->text);
    double x = number_of(a), y = number_of(b);
    return (x > y) - (x < y);
}
