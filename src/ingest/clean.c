#include "ingest/clean.h"

#include <string.h>

#include "ingest/values.h"

static const struct {
    const char *words;
    enum clean_operator operator;
    bool takes_value, is_number;
} operators[] = {
    {" is not empty", CLEAN_NOT_EMPTY, false, false},
    {" is empty", CLEAN_EMPTY, false, false},
    {" does not begin with ", CLEAN_NOT_BEGINS, true, false},
    {" begins with ", CLEAN_BEGINS, true, false},
    {" is not like ", CLEAN_NOT_LIKE, true, false},
    {" is like ", CLEAN_LIKE, true, false},
    {" <= ", CLEAN_AT_MOST, true, true},
    {" >= ", CLEAN_AT_LEAST, true, true},
    {" != ", CLEAN_NOT_EQUAL, true, false},
    {" < ", CLEAN_BELOW, true, true},
    {" > ", CLEAN_ABOVE, true, true},
    {" = ", CLEAN_EQUAL, true, false},
};

static int wrong(const char *condition, struct error *err)
{
    error_set(err, E_BAD_DATA, condition, "is no condition of a cleaning rule");
    return error_hint(err, E_BAD_DATA, "the form is COLUMN OPERATOR VALUE, as in 'Quantity <= 0', "
                                       "'CustomerID is empty', 'InvoiceNo begins with C' or "
                                       "'StockCode is not like #####*'");
}

int clean_parse(struct clean_rule *self, const char *condition, struct error *err)
{
    const char *at = NULL;
    size_t which = 0;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const char *p = strstr(condition, operators[i].words);
        if (p != NULL && (at == NULL || p < at)) {
            at = p;
            which = i;
        }
    }
    if (at == NULL)
        return wrong(condition, err);
    *self = (struct clean_rule){.operator = operators[which].operator};
    const char *value = at + strlen(operators[which].words);
    size_t n = strlen(value), column_n = (size_t)(at - condition);
    if (column_n == 0 || column_n >= sizeof self->column || n >= sizeof self->text ||
        (n > 0) != operators[which].takes_value)
        return wrong(condition, err);
    memcpy(self->column, condition, column_n);
    memcpy(self->text, value, n);
    self->text_n = n;
    if (operators[which].is_number && !values_number(value, n, false, &self->number))
        return wrong(condition, err);
    return 0;
}

bool clean_like(const char *s, size_t n, const char *pattern)
{
    /* on a mismatch the last '*' takes one character more */
    const char *end = s + n, *star = NULL, *retry = NULL;
    for (;;) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = s;
        } else if (s < end && (*pattern == '?' || *pattern == *s || (*pattern == '#' && *s >= '0' && *s <= '9')) &&
                   *pattern != '\0') {
            pattern++;
            s++;
        } else if (s == end && *pattern == '\0') {
            return true;
        } else if (star != NULL && retry < end) {
            pattern = star;
            s = ++retry;
        } else {
            return false;
        }
    }
}

static bool is_empty(const struct field *f)
{
    for (uint32_t i = 0; i < f->n; i++)
        if (f->text[i] != ' ' && f->text[i] != '\t')
            return false;
    return true;
}

bool clean_matches(const struct clean_rule *self, const struct field *f, bool decimal_comma)
{
    double v;
    size_t n = f->text != NULL ? f->n : 0;
    switch (self->operator) {
    case CLEAN_EMPTY:
        return f->text == NULL || is_empty(f);
    case CLEAN_NOT_EMPTY:
        return f->text != NULL && !is_empty(f);
    case CLEAN_BEGINS:
        return n >= self->text_n && memcmp(f->text, self->text, self->text_n) == 0;
    case CLEAN_NOT_BEGINS:
        return n < self->text_n || memcmp(f->text, self->text, self->text_n) != 0;
    case CLEAN_LIKE:
        return f->text != NULL && clean_like(f->text, n, self->text);
    case CLEAN_NOT_LIKE:
        return f->text == NULL || !clean_like(f->text, n, self->text);
    case CLEAN_EQUAL:
        return n == self->text_n && memcmp(f->text, self->text, n) == 0;
    case CLEAN_NOT_EQUAL:
        return n != self->text_n || memcmp(f->text, self->text, n) != 0;
    default:
        break;
    }
    if (f->text == NULL || !values_number(f->text, n, decimal_comma, &v))
        return false;
    return self->operator == CLEAN_AT_MOST    ? v <= self->number
           : self->operator == CLEAN_AT_LEAST ? v >= self->number
           : self->operator == CLEAN_BELOW    ? v < self->number
                                              : v > self->number;
}
