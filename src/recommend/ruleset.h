/* ruleset: what a shop says about slates, as it is written and as it is read.
 *
 * A rule set is TOML, a table for each rule; the table's name is the rule's:
 *
 *   [spring-sale]
 *   kind = "boost"                        # pin, boost, bury, hide, limit-per or promote
 *   items = "category=Garden"             # a filter (filter.h); or identifiers = "85123A, 22423"
 *   factor = 1.5
 *   scenario = "home, email"              # only there; absent: everywhere
 *   when = "user.country=France"          # a filter about the person and the moment; absent: always
 *   cart = "category=Tools"               # a filter about items: some item in the cart fits
 *   view = "category=Tools"               # the same of the item in view
 *   from = "2026-03-01"                   # a date begins with its first moment, and ends with its last
 *   until = "2026-05-31"
 *
 * By kind:       needs                     may have
 *   pin          items or identifiers      position (1); k: the best k of the items (1), or the first k identifiers
 *                                          (all), from that position on
 *   boost        the same, factor          1 < factor <= 100: an item stands where it would with factor times fewer
 *                                          items before it
 *   bury         the same, factor          0.01 <= factor < 1: the other way round
 *   hide         items or identifiers
 *   limit-per    attribute, k              at most k items of each value of the attribute
 *   promote      the same, share           so much of the slots, spread evenly, at least
 *
 * Anything else in it is an error with its line and the nearest names.  What the fields of items and people are is
 * checked against the store by recommender_check_rules (recommender.h).
 *
 * A rule set is immutable and counted: any number of threads. */
#ifndef RECKON_RECOMMEND_RULESET_H
#define RECKON_RECOMMEND_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/toml_fields.h"

enum { RULES_MAX = 64, RULES_OF_KIND_MAX = 24 /* of limits, and of promotions */, RULE_TEXT_MAX = 160 };

enum rule_kind { RULE_PIN, RULE_BOOST, RULE_BURY, RULE_HIDE, RULE_LIMIT, RULE_PROMOTE };

struct rule {
    char *name;
    enum rule_kind kind;
    char *kind_text;
    char *items;         /* a filter, its form checked; NULL: identifiers, or a limit */
    struct toml_words identifiers;
    char *attribute;     /* of a limit */
    struct toml_words scenarios; /* none: all */
    char *when;          /* a filter, its form checked; NULL: always */
    char *cart, *view;   /* the same, about an item of the cart, and the one in view */
    int64_t from, until; /* ms; until is the first moment after; INT64_MIN and INT64_MAX: without an end */
    double factor, share;
    uint32_t position, k;
    unsigned line, items_line, when_line, cart_line, view_line, attribute_line; /* of the text */
};

struct ruleset;

/* `source`: the name of the text in errors ("summer.toml"); `name` and `version` of the set, for people.
 * E_BAD_DATA with "source:line". */
int ruleset_parse(struct ruleset **out, const char *source, const char *name, int64_t version, const char *text,
                  size_t n, struct error *err);
struct ruleset *ruleset_hold(struct ruleset *self); /* NULL is fine */
void ruleset_release(struct ruleset *self);         /* NULL is fine */

const char *ruleset_name(const struct ruleset *self);
int64_t ruleset_version(const struct ruleset *self);
uint32_t ruleset_count(const struct ruleset *self);
const struct rule *ruleset_rule(const struct ruleset *self, uint32_t i);
const char *ruleset_source(const struct ruleset *self);

/* Is it about that scenario (NULL: none named), and does that moment lie within it?  `when`, `cart` and `view` are not
 * looked at. */
bool rule_applies(const struct rule *self, const char *scenario, int64_t at);

/* What it does, after its name: "spring-sale: boost x1.5". */
char *rule_text(const struct rule *self, char out[RULE_TEXT_MAX]);

#endif
