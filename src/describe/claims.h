/* claims: what a text says of a product that its facts do not.
 *
 * Found are numbers (also in words, with their unit), and words that claim a material, a colour, a size, a quality or a
 * place (lexicon.h), and names (a brand of the shop's other products, or a word written large in the middle of a
 * sentence), which neither the title nor any attribute of the product knows.  "oak" in the facts allows "wooden" in the
 * text, not the other way round.  The words are English; of a text in another language only numbers and known brands
 * are looked at.
 *
 * What is measured of it stands in tests/describe (recall and precision on altered texts).  Pure. */
#ifndef RECKON_DESCRIBE_CLAIMS_H
#define RECKON_DESCRIBE_CLAIMS_H

#include <stdbool.h>

#include "describe/facts.h"

struct claims;

enum claim_kind { CLAIM_NUMBER, CLAIM_UNIT, CLAIM_MATERIAL, CLAIM_COLOUR, CLAIM_SIZE, CLAIM_QUALITY, CLAIM_PLACE, CLAIM_NAME };

/* What the facts allow to say.  brands (may be NULL): of all products, to know one that is not this product's. */
int claims_new(struct claims **out, const struct facts *facts, const char *const *brands, size_t n_brands,
               struct error *err);
void claims_free(struct claims *self); /* NULL is fine */

/* fn's non-zero answer ends it and is returned.  `heading`: words may be written large in it. */
typedef int (*claims_fn)(void *context, enum claim_kind kind, size_t from, size_t n);
int claims_check(const struct claims *self, const char *text, bool english, bool heading, claims_fn fn, void *context);

#endif
