/* template: how products are to be described.  A head of settings, a line of three dashes, and what is said:
 *
 *   language = "en"                    # of the text, as BCP 47 writes it
 *   channel = "web"                    # web, mobile, email, or any other word
 *   audience = "people who look for presents"
 *   tone = "warm and concrete"
 *   words = 60                         # at most, of the description
 *   fields = "description, caption"    # what is written: title, description, caption, bullets, keywords
 *   banned = "best, guaranteed"        # never to be written, whoever's market it is
 *   max-tokens = 400
 *   temperature = 0.3
 *   ---
 *   Write a product description for {title}.
 *
 *   {facts}
 *
 * In braces stands what is filled in: facts (all that is known, fenced), title, item, language, channel, audience, tone,
 * words, neighbours (titles of items alike, fenced), reviews (how many and how good, no word of them), or the name of an
 * attribute.  A brace itself is written twice.  Anything else is an error with its line and the nearest names.
 * Immutable. */
#ifndef RECKON_DESCRIBE_TEMPLATE_H
#define RECKON_DESCRIBE_TEMPLATE_H

#include <stdint.h>

#include "base/toml_fields.h"

enum template_slot {
    TEMPLATE_TEXT, /* as it stands */
    TEMPLATE_FACTS, TEMPLATE_TITLE, TEMPLATE_ITEM, TEMPLATE_LANGUAGE, TEMPLATE_CHANNEL, TEMPLATE_AUDIENCE, TEMPLATE_TONE,
    TEMPLATE_WORDS, TEMPLATE_NEIGHBOURS, TEMPLATE_REVIEWS,
    TEMPLATE_ATTRIBUTE
};

struct template_part {
    enum template_slot slot;
    char *text; /* owned; of TEXT and of ATTRIBUTE its name; else NULL */
    unsigned line;
};

enum template_field { TEMPLATE_OF_TITLE, TEMPLATE_OF_DESCRIPTION, TEMPLATE_OF_CAPTION, TEMPLATE_OF_BULLETS,
                      TEMPLATE_OF_KEYWORDS, TEMPLATE_OF_ALL };

const char *template_field_name(enum template_field field);

struct template {
    char *name;
    int64_t version;
    char *language, *channel, *audience, *tone; /* NULL: not said */
    struct toml_words field_words, banned;
    bool fields[TEMPLATE_OF_ALL];
    uint32_t words, max_tokens;
    double temperature;
    struct template_part *parts;
    size_t n_parts, cap_parts;
};

/* E_BAD_DATA with "source:line". */
int template_parse(struct template **out, const char *source, const char *name, int64_t version, const char *text,
                   size_t n, struct error *err);
void template_free(struct template *self); /* NULL is fine */

/* Does it ask for what only the fence keeps apart from what is said (facts or neighbours)? */
bool template_uses(const struct template *self, enum template_slot slot);

extern const char template_example[]; /* one that works for any shop */

#endif
