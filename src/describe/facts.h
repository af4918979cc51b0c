/* facts: what is known of a product, which is all that a text about it may say.
 *
 * Attributes that came along with events (a price paid, the countries sold to) are not among them: they say what
 * happened, not what it is.  No user, review or other word of a person is ever read here, and a title or value of the
 * catalogue that holds an address, a telephone number or somebody's identifier is left out (personal.h), since facts are
 * what goes out.  Values are texts as data, made of one line, without control characters. */
#ifndef RECKON_DESCRIBE_FACTS_H
#define RECKON_DESCRIBE_FACTS_H

#include "store/attributes.h"

struct product_fact {
    char *name, *text; /* owned; a list's words with ", " between them */
    enum attribute_type type;
    double number;     /* of NUMBER and BOOLEAN */
};

/* What stands beside the facts where a template asks for it (surroundings.h); else zeroed. */
struct facts_beside {
    char **neighbours;         /* titles of products that are alike; owned */
    size_t n_neighbours;
    int64_t raters, reviewers; /* at least so many people; 0: too few to speak of */
    double rating;             /* the mean of the raters */
};

struct facts {
    int64_t item;
    char *identifier, *title; /* owned; title "" when it has none */
    struct product_fact *list;
    size_t n, cap;
    struct facts_beside beside;
    char *withheld; /* owned; what was left out and why, with ", " between them: "title (an address)"; NULL: nothing */
};

/* E_BAD_DATA: nothing is known of it, so that there is nothing to say; its names are there and to be released all the
 * same. */
int facts_read(struct facts *out, struct store *store, int64_t item, struct error *err);
void facts_release(struct facts *self); /* zeroed is fine */

const struct product_fact *facts_find(const struct facts *self, const char *name); /* NULL: not known */

/* Text from the catalogue as one line without control characters; *out is owned.  Its bytes; 0: nothing is left, or out of
 * memory, and *out is NULL. */
size_t facts_one_line(const char *text, char **out);

/* The distinct values of the attribute `brand` of all items, so that a text cannot name somebody else's; facts_free_brands. */
int facts_brands(struct store *store, char ***brands, size_t *n, struct error *err);
void facts_free_brands(char **brands, size_t n);

/* Does the text look as if it spoke to whoever writes ("ignore the above", "system:")?  The phrase, or NULL. */
const char *facts_injection(const char *text);

#endif
