/* scenario: what a place in the shop wants of its slates: home, product, cart, email, or any other name.
 *
 *   models = "blend"              # who answers; "blend, content:0.5": several, with weights; absent: as without one
 *   rules = "summer"              # the rule set; "none": none; absent: the one called default
 *   n = 12
 *   mode = "discover"             # or repeat
 *   filter = "in_stock"
 *   diversity = 0.2
 *   fresh = 0.1
 *   limit-per = "brand=2, category=3"
 *   attributes = "price, image"   # of each item to answer with
 *
 * Whatever a request says itself wins over its scenario.  Immutable. */
#ifndef RECKON_RECOMMEND_SCENARIO_H
#define RECKON_RECOMMEND_SCENARIO_H

#include <stdbool.h>

#include "base/toml_fields.h"
#include "recommend/recommender.h"

enum { SCENARIO_MODELS_MAX = 4 };

struct scenario_model {
    const char *spec; /* NAME or NAME@VERSION */
    double weight;
};

struct scenario {
    char *name;
    int64_t version;
    struct scenario_model models[SCENARIO_MODELS_MAX];
    uint32_t n_models;
    char *rules, *mode, *filter; /* NULL: not said */
    uint32_t n;                  /* 0: not said */
    double diversity, fresh;     /* negative: not said */
    struct recommender_limit limits[RECOMMENDER_LIMITS_MAX];
    uint32_t n_limits;
    struct toml_words attributes;
    struct toml_words model_words, limit_words; /* what the above borrow */
};

/* E_BAD_DATA with "source:line". */
int scenario_parse(struct scenario **out, const char *source, const char *name, int64_t version, const char *text,
                   size_t n, struct error *err);
void scenario_free(struct scenario *self); /* NULL is fine */

/* Are the fields, the rule set and the models that it speaks of there?  E_BAD_DATA, E_NOT_FOUND. */
int scenario_check(const struct scenario *self, struct store *store, struct error *err);

#endif
