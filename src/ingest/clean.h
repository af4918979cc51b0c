/* clean: rules that leave out rows which are right but not wanted (cancelled invoices, rows without a customer).
 *
 * A condition is COLUMN OPERATOR VALUE:
 *   CustomerID is empty                 is not empty
 *   InvoiceNo begins with C             does not begin with C
 *   StockCode is like #####*            is not like …      # a digit, ? any character, * anything
 *   Quantity <= 0                       <  <=  >  >=  (a value that is no number never matches)
 *   Country = France                    !=
 * Pure. */
#ifndef RECKON_INGEST_CLEAN_H
#define RECKON_INGEST_CLEAN_H

#include "base/error.h"
#include "ingest/row.h"

enum clean_operator {
    CLEAN_EMPTY, CLEAN_NOT_EMPTY, CLEAN_BEGINS, CLEAN_NOT_BEGINS, CLEAN_LIKE, CLEAN_NOT_LIKE,
    CLEAN_AT_MOST, CLEAN_AT_LEAST, CLEAN_NOT_EQUAL, CLEAN_BELOW, CLEAN_ABOVE, CLEAN_EQUAL
};

struct clean_rule {
    enum clean_operator operator;
    char column[256];
    char text[256];
    size_t text_n;
    double number;
};

int clean_parse(struct clean_rule *self, const char *condition, struct error *err); /* E_BAD_DATA */
bool clean_matches(const struct clean_rule *self, const struct field *field, bool decimal_comma);
bool clean_like(const char *s, size_t n, const char *pattern);

#endif
