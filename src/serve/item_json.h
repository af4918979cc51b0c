/* item_json: parts of answers that several handlers write. */
#ifndef RECKON_SERVE_ITEM_JSON_H
#define RECKON_SERVE_ITEM_JSON_H

#include "base/str.h"
#include "store/attributes.h"

/* "name":value of every attribute, or (`wanted` not NULL) of those named; commas between them. */
int item_json_attributes(struct str *out, struct store *store, enum attribute_entity entity, int64_t owner,
                         const char *const *wanted, size_t n_wanted, struct error *err);

void item_json_text(struct str *out, const char *text); /* a JSON string; not UTF-8: "" */
void item_json_number(struct str *out, double value);   /* not finite: null */
void item_json_time(struct str *out, int64_t ms);

#endif
