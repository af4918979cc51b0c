/* Slates under rules, with new items and several models: what holds whatever is asked for. */
#include "recommend/recommender.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recommend/item_changes.h"
#include "recommend/policy.h"
#include "recommend/ruleset.h"
#include "store/documents.h"
#include "tests/unit/shop_fixture.h"
#include "tests/unit/check_main.h"
#include "train/models.h"

enum { PEOPLE = 60, ITEMS = 120, NEW = 5, BRANDS = 12 };

static struct fixture shop;
static struct recommender_core *ease, *content;

static void describe(int64_t item, int number, const char *extra)
{
    char title[64], brand[16];
    int64_t attribute;
    snprintf(title, sizeof title, "taste%d thing%d %s", number % 4, number % 7, extra);
    snprintf(brand, sizeof brand, "b%d", number % BRANDS);
    struct attribute_value value = {.text = brand, .n = strlen(brand)};
    ck_assert_int_eq(items_set_title(shop.store, item, title, strlen(title), NULL), 0);
    ck_assert_int_eq(attributes_intern(shop.store, ATTRIBUTE_OF_ITEM, "brand", ATTRIBUTE_TEXT, &attribute, NULL), 0);
    ck_assert_int_eq(attributes_set(shop.store, ATTRIBUTE_OF_ITEM, item, attribute, ATTRIBUTE_TEXT, &value, NULL), 0);
}

static struct recommender_core *train_as(const char *kind, const char *params, const char *name)
{
    struct training_data data;
    struct training_data_options o = {.terms = true};
    struct train_context ctx = {.seed = 1};
    struct model *model;
    struct model_record record;
    struct recommender_core *core;
    struct error err = {0};
    model_default_params(model_kind_find(kind), &ctx.params);
    ctx.params.value[PARAM_ID_dim] = 16;
    model_apply_params(&ctx.params, params);
    ck_assert_int_eq(training_data_load(&data, shop.store, &o, NULL, NULL), 0);
    ck_assert_msg(model_train(&model, model_kind_find(kind), &data.dataset, &ctx, &err) == 0, "%s", err.why);
    struct model_lineage lineage = {.data = &data, .seed = 1, .note = ""};
    ck_assert_int_eq(models_publish(shop.store, name, model, &lineage, NULL, &record, NULL), 0);
    model_record_release(&record);
    model_free(model);
    training_data_release(&data);
    struct recommender_options options = {.model = name};
    ck_assert_int_eq(recommender_core_open(&core, shop.store, &options, NULL), 0);
    return core;
}

static struct recommender_core *train(const char *kind)
{
    return train_as(kind, "", kind);
}

/* A shop with two models, and items that came after them. */
static void fill(void)
{
    char name[32];
    int64_t item;
    fixture_init(&shop);
    shop_fill(shop.store, PEOPLE, ITEMS, 12, -1);
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(name, sizeof name, "item%03d", i);
        ck_assert_int_eq(items_find(shop.store, name, &item, NULL), 0);
        describe(item, i, "");
    }
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    ease = train("ease");
    content = train("content");
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    for (int i = 0; i < NEW; i++) {
        snprintf(name, sizeof name, "new%d", i);
        ck_assert_int_eq(items_intern(shop.store, name, strlen(name), &item, NULL, NULL), 0);
        describe(item, i, "fresh");
    }
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
}

static void empty(void)
{
    recommender_core_release(ease);
    recommender_core_release(content);
    fixture_release(&shop);
}

static struct recommender *open(void)
{
    struct recommender *r;
    ck_assert_int_eq(recommender_new(&r, ease, shop.store, NULL, NULL), 0);
    return r;
}

static struct ruleset *rules_of(const char *text)
{
    struct ruleset *set;
    struct error err = {0};
    ck_assert_msg(ruleset_parse(&set, "t", "t", 1, text, strlen(text), &err) == 0, "%s: %s", err.what, err.why);
    ck_assert_msg(recommender_check_rules(shop.store, set, &err) == 0, "%s: %s", err.what, err.why);
    return set;
}

static struct slate ask(struct recommender *r, const struct recommender_request *q)
{
    struct slate s;
    struct error err = {0};
    ck_assert_msg(recommender_recommend(r, q, &s, &err) == 0, "%s: %s", err.what, err.why);
    return s;
}

static uint32_t place_of(const struct slate *s, const char *item)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (strcmp(s->items[i].item, item) == 0)
            return i + 1;
    return 0;
}

static bool is_new(const char *item)
{
    return strncmp(item, "new", 3) == 0;
}

static int number_of(const char *item)
{
    return atoi(item + (is_new(item) ? 3 : 4));
}

static uint32_t most_of_a_brand(const struct slate *s)
{
    uint32_t count[BRANDS] = {0}, most = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t *c = &count[number_of(s->items[i].item) % BRANDS];
        most = ++*c > most ? *c : most;
    }
    return most;
}

static const char *const rule_texts[] = {
    "[pin]\nkind = \"pin\"\nidentifiers = \"item005, item017\"\nposition = 3\n",
    "[boost]\nkind = \"boost\"\nitems = \"brand in (b1, b2)\"\nfactor = 4\n",
    "[bury]\nkind = \"bury\"\nitems = \"title ~ taste1\"\nfactor = 0.2\n",
    "[hide]\nkind = \"hide\"\nitems = \"brand = b3\"\n",
    "[limit]\nkind = \"limit-per\"\nattribute = \"brand\"\nk = 2\n",
    "[promote]\nkind = \"promote\"\nitems = \"title ~ thing3\"\nshare = 0.3\n",
};
enum { PIN, BOOST, BURY, HIDE, LIMIT, PROMOTE, RULES };

START_TEST(test_whatever_is_asked_for)
{
    struct rng rng;
    fill();
    struct recommender *r = open();
    rng_init(&rng, 3, 3);
    for (int round = 0; round < 300; round++) {
        char text[1200] = "", user[16];
        uint64_t on = rng_next(&rng) & rng_next(&rng);
        for (int k = 0; k < RULES; k++)
            strcat(text, on >> k & 1 ? rule_texts[k] : "");
        struct ruleset *set = text[0] != '\0' ? rules_of(text) : NULL;
        const struct recommender_limit limit = {"brand", 3};
        snprintf(user, sizeof user, "user%d", (int)rng_below(&rng, PEOPLE));
        struct recommender_request q = {.user = user, .n = 1 + (uint32_t)rng_below(&rng, 20), .at = round, .rules = set,
                                        .repeat = rng_below(&rng, 2) == 0, .placer = content, .weight = 1};
        q.diversity = rng_below(&rng, 3) == 0 ? 0.4 : 0;
        q.fresh = rng_below(&rng, 2) == 0 ? 0.2 : 0;
        q.n_limits = rng_below(&rng, 3) == 0;
        q.limits = &limit;
        struct slate s = ask(r, &q);
        ck_assert_uint_eq(s.n, q.n); /* there are enough, whatever the rules */
        uint32_t fresh = 0, promoted = 0;
        for (uint32_t i = 0; i < s.n; i++) {
            ck_assert_uint_eq(place_of(&s, s.items[i].item), i + 1); /* nobody twice */
            fresh += is_new(s.items[i].item);
            promoted += number_of(s.items[i].item) % 7 == 3;
            ck_assert(!(on >> HIDE & 1) || number_of(s.items[i].item) % BRANDS != 3);
            ck_assert(!is_new(s.items[i].item) || strcmp(s.items[i].model, "content@1") == 0);
        }
        if (on >> LIMIT & 1)
            ck_assert_uint_le(most_of_a_brand(&s), 2);
        else if (q.n_limits > 0)
            ck_assert_uint_le(most_of_a_brand(&s), 3);
        ck_assert(q.fresh <= 0 || fresh >= (uint32_t)floor(q.n * 0.2 + 0.5) || s.n < 8 || NEW < q.n * 0.2 + 1 ||
                  (on & (1u << PIN | 1u << LIMIT | 1u << HIDE | 1u << PROMOTE)) != 0 || q.n_limits > 0);
        ck_assert(!(on >> PROMOTE & 1) || promoted >= (uint32_t)floor(q.n * 0.3 + 0.5) || q.n_limits > 0 ||
                  (on & (1u << PIN | 1u << LIMIT)) != 0 || q.fresh > 0);
        if (on >> PIN & 1 && q.repeat && q.n >= 4)
            ck_assert(place_of(&s, "item005") == 3 && place_of(&s, "item017") == 4);
        struct slate again = ask(r, &q);
        for (uint32_t i = 0; i < s.n; i++)
            ck_assert_str_eq(s.items[i].item, again.items[i].item);
        slate_release(&again);
        slate_release(&s);
        ruleset_release(set);
    }
    recommender_free(r);
    empty();
}
END_TEST

/* Those with new items and rules in the same crowd as those without. */
START_TEST(test_many_at_once_are_as_each_alone)
{
    enum { CROWD = 12 };
    static char users[CROWD][16];
    struct recommender_request q[CROWD];
    struct slate slates[CROWD];
    struct error errors[CROWD];
    int outcome[CROWD];
    fill();
    struct ruleset *set = rules_of(rule_texts[BOOST]);
    struct recommender *r = open(), *other = open();
    for (int i = 0; i < CROWD; i++) {
        snprintf(users[i], sizeof users[i], "user%d", i);
        q[i] = (struct recommender_request){.user = users[i], .n = 6, .placer = content, .weight = 1,
                                            .rules = i % 3 == 0 ? set : NULL, .fresh = i % 4 == 2 ? 0.4 : 0,
                                            .filter = i % 2 == 0 ? "brand != b1" : NULL};
    }
    ck_assert_int_eq(recommender_recommend_many(r, q, CROWD, slates, outcome, errors, NULL), 0);
    for (int i = 0; i < CROWD; i++) {
        ck_assert_int_eq(outcome[i], 0);
        struct slate alone = ask(other, &q[i]);
        ck_assert_uint_eq(alone.n, slates[i].n);
        ck_assert_uint_eq(alone.eligible, slates[i].eligible);
        for (uint32_t k = 0; k < alone.n; k++)
            ck_assert_str_eq(alone.items[k].item, slates[i].items[k].item);
        slate_release(&alone);
        slate_release(&slates[i]);
    }
    ruleset_release(set);
    recommender_free(r);
    recommender_free(other);
    empty();
}
END_TEST

/* By the index of a large catalogue: the same slates as from the scores of all items. */
START_TEST(test_an_index_changes_nothing)
{
    struct rng rng;
    fill();
    struct recommender_core *with = train_as("ials", "index=always", "with"),
                            *without = train_as("ials", "index=never", "without");
    struct recommender *r = NULL, *plain = NULL;
    ck_assert_int_eq(recommender_new(&r, with, shop.store, NULL, NULL), 0);
    ck_assert_int_eq(recommender_new(&plain, without, shop.store, NULL, NULL), 0);
    rng_init(&rng, 4, 4);
    for (int round = 0; round < 200; round++) {
        char text[1200] = "[nothing]\nkind = \"hide\"\nitems = \"brand = none\"\n", user[16];
        uint64_t on = rng_next(&rng);
        for (int k = 0; k < RULES; k++)
            strcat(text, on >> k & 1 ? rule_texts[k] : "");
        struct ruleset *set = rules_of(text);
        const struct recommender_voice voice = {content, 0.7};
        snprintf(user, sizeof user, "user%d", (int)rng_below(&rng, PEOPLE));
        struct recommender_request q = {.user = user, .n = 1 + (uint32_t)rng_below(&rng, 6), .rules = set, .at = round,
                                        .placer = content, .weight = 1, .voices = &voice, .n_voices = round % 3 == 0,
                                        .fresh = round % 2 * 0.3, .diversity = round % 5 == 0 ? 0.3 : 0};
        struct slate a = ask(r, &q), b = ask(plain, &q);
        ck_assert_uint_eq(a.n, b.n);
        ck_assert_uint_eq(a.eligible, b.eligible);
        for (uint32_t i = 0; i < a.n; i++)
            ck_assert_str_eq(a.items[i].item, b.items[i].item);
        slate_release(&a);
        slate_release(&b);
        ruleset_release(set);
    }
    recommender_free(r);
    recommender_free(plain);
    recommender_core_release(with);
    recommender_core_release(without);
    empty();
}
END_TEST

START_TEST(test_new_items)
{
    fill();
    struct recommender *r = open();
    struct slate s;
    struct recommender_request q = {.n = 5, .repeat = true};
    ck_assert_int_eq(recommender_similar(r, "new1", &q, &s, NULL), E_NOT_FOUND);
    q.placer = content;
    ck_assert_int_eq(recommender_similar(r, "new1", &q, &s, NULL), 0);
    ck_assert_uint_eq(s.n, 5);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert(number_of(s.items[i].item) % 4 == 1 || number_of(s.items[i].item) % 7 == 1);
    ck_assert_str_eq(s.items[0].model, "content@1");
    slate_release(&s);

    const struct recommender_event view[] = {{"item002", 1}, {"new1", 1}};
    q.recent = view + 1; /* nothing else is known */
    q.n_recent = 1;
    q.anyone = true;
    s = ask(r, &q);
    ck_assert_ptr_nonnull(strstr(s.fallback, "content@1"));
    ck_assert_uint_eq(s.n, 5);
    struct why w;
    ck_assert_int_eq(recommender_why(r, &q, s.items[0].item, &w, NULL), 0);
    ck_assert(w.place == 1 && strcmp(w.slate.fallback, s.fallback) == 0);
    ck_assert(s.unknown_items == 1 && w.slate.unknown_items == 1);
    why_release(&w);
    slate_release(&s);
    q.recent = view; /* the item in view is new to the model, the other is not */
    q.n_recent = 2;
    q.n = 20;
    s = ask(r, &q);
    uint32_t by_content = 0;
    for (uint32_t i = 0; i < s.n; i++)
        by_content += s.items[i].model != NULL;
    ck_assert(s.fallback[0] == '\0' && by_content > 0 && by_content < s.n);
    slate_release(&s);

    q = (struct recommender_request){.user = "user3", .n = 5};
    struct slate before = ask(r, &q);
    ck_assert_uint_eq(before.new_items, 0);
    q.fresh = 1;
    q.placer = content;
    s = ask(r, &q);
    ck_assert_uint_eq(s.new_items, NEW);
    double product = 1;
    for (uint32_t i = 0; i < NEW; i++) {
        ck_assert(is_new(s.items[i].item));
        product *= s.items[i].propensity;
    }
    ck_assert(product > 1e-4 && product < 1 && s.items[NEW - 1].propensity >= 1);
    slate_release(&s);
    q.fresh = 0; /* and afterwards nobody else sees them */
    s = ask(r, &q);
    ck_assert_uint_eq(s.eligible, before.eligible);
    for (uint32_t i = 0; i < s.n; i++)
        ck_assert_str_eq(s.items[i].item, before.items[i].item);
    slate_release(&s);
    slate_release(&before);
    recommender_free(r);
    empty();
}
END_TEST

/* Items that the model knows, but was trained soon after they were met. */
START_TEST(test_young_items)
{
    fill();
    struct recommender *r = open();
    int64_t item, last = recommender_core_record(ease)->data_to, first[ITEMS] = {0};
    bool found;
    for (int i = 0; i < ITEMS; i++) {
        char name[32];
        snprintf(name, sizeof name, "item%03d", i);
        ck_assert_int_eq(items_find(shop.store, name, &item, NULL), 0);
        ck_assert_int_eq(events_first_of_item(shop.store, item, &first[i], &found, NULL), 0);
        ck_assert(found);
    }
    for (uint32_t days = 0; days <= 60; days += 4)
        for (int described = 0; described < 2; described++) {
            struct recommender_request q = {.user = "user3", .n = 40, .fresh = 1, .fresh_days = days, .repeat = true,
                                            .placer = described ? content : NULL};
            struct slate s = ask(r, &q);
            uint32_t young = 0, shown = 0;
            for (int i = 0; i < ITEMS; i++)
                young += (last - first[i]) / INT64_C(86400000) < days;
            for (uint32_t i = 0; i < s.n; i++)
                shown += is_new(s.items[i].item) ||
                         (last - first[number_of(s.items[i].item)]) / INT64_C(86400000) < days;
            ck_assert_uint_eq(s.new_items, young + NEW);
            ck_assert_uint_eq(s.n, q.n);
            ck_assert_uint_ge(shown, young + NEW < q.n ? young + NEW : q.n);
            slate_release(&s);
        }
    recommender_free(r);
    empty();
}
END_TEST

/* Draws of one slot over many days: as often as their propensity says; and not everybody has the same favourite. */
START_TEST(test_draws_are_as_likely_as_they_say)
{
    enum { DAYS = 2000 };
    uint32_t favourites = 0;
    fill();
    struct recommender *r = open();
    for (int u = 0; u < 8; u++) {
        char user[16];
        double times[NEW] = {0}, propensity[NEW] = {0};
        uint32_t best = 0;
        snprintf(user, sizeof user, "user%d", u);
        for (int day = 0; day < DAYS; day++) {
            struct recommender_request q = {.user = user, .n = 1, .fresh = 1, .placer = content, .no_reasons = true,
                                            .at = day * INT64_C(86400000)};
            struct slate s = ask(r, &q);
            ck_assert(is_new(s.items[0].item));
            times[number_of(s.items[0].item)]++;
            propensity[number_of(s.items[0].item)] = s.items[0].propensity;
            slate_release(&s);
        }
        for (uint32_t i = 0; i < NEW; i++) {
            ck_assert_double_eq_tol(times[i] / DAYS, propensity[i], 0.05);
            best = propensity[i] > propensity[best] ? i : best;
        }
        favourites |= 1u << best;
    }
    ck_assert((favourites & (favourites - 1)) != 0);
    recommender_free(r);
    empty();
}
END_TEST

/* Conditions about the cart and the item in view; both must hold. */
START_TEST(test_what_the_cart_holds)
{
    fill();
    struct ruleset *set = rules_of("[a]\nkind = \"pin\"\nidentifiers = \"item005\"\ncart = \"brand=b3\"\n"
                                   "[b]\nkind = \"hide\"\nidentifiers = \"item006\"\n"
                                   "cart = \"brand=b3\"\nview = \"title ~ taste2\"\n"
                                   "[c]\nkind = \"boost\"\nitems = \"title ~ taste\"\nfactor = 2\n"
                                   "scenario = \"like\"\nview = \"item = item010\"\n");
    struct recommender *r = open();
    static const char *const fits[] = {"item001", "item003"}, *const other[] = {"item001", "nosuch"};
    static const struct {
        const char *const *cart;
        uint32_t n_cart;
        const char *view;
        bool pinned, hidden;
    } cases[] = {{NULL, 0, NULL, false, false},   {fits, 2, NULL, true, false},     {fits, 1, NULL, false, false},
                 {fits, 2, "item010", true, true}, {fits, 2, "item011", true, false}, {other, 2, "item010", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct recommender_request q = {.n = ITEMS, .repeat = true, .rules = set, .cart = cases[i].cart,
                                        .n_cart = cases[i].n_cart, .view = cases[i].view};
        struct slate s = ask(r, &q);
        ck_assert_msg((s.items[0].n_rules == 1) == cases[i].pinned, "case %zu", i);
        ck_assert_msg((place_of(&s, "item006") == 0) == cases[i].hidden, "case %zu", i);
        slate_release(&s);
    }
    struct slate like; /* the item that is asked about is in view */
    struct recommender_request q = {.n = ITEMS, .rules = set, .scenario = "like"};
    ck_assert_int_eq(recommender_similar(r, "item010", &q, &like, NULL), 0);
    ck_assert_uint_eq(like.items[0].n_rules, 1);
    slate_release(&like);
    ruleset_release(set);
    recommender_free(r);
    empty();
}
END_TEST

/* Every twelfth item gets another brand. */
static void rename_brand(int of, const char *brand)
{
    char name[32];
    int64_t item, attribute;
    struct attribute_value value = {.text = brand, .n = strlen(brand)};
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    ck_assert_int_eq(attributes_intern(shop.store, ATTRIBUTE_OF_ITEM, "brand", ATTRIBUTE_TEXT, &attribute, NULL), 0);
    for (int i = of; i < ITEMS; i += BRANDS) {
        snprintf(name, sizeof name, "item%03d", i);
        ck_assert_int_eq(items_find(shop.store, name, &item, NULL), 0);
        ck_assert_int_eq(attributes_set(shop.store, ATTRIBUTE_OF_ITEM, item, attribute, ATTRIBUTE_TEXT, &value, NULL),
                         0);
    }
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
}

static uint32_t eligible(struct recommender *r, const char *filter, double fresh)
{
    struct recommender_request q = {.user = "user3", .n = 3, .repeat = true, .filter = filter, .fresh = fresh,
                                    .placer = content};
    struct slate s = ask(r, &q);
    uint32_t n = s.eligible;
    slate_release(&s);
    return n;
}

static struct recommender *open_at(const struct recommender_moment *moment)
{
    struct recommender *r = open();
    recommender_now(r, moment, NULL);
    return r;
}

/* What is not written anew tells who has read it: only then is what the store says now not seen. */
START_TEST(test_attributes_are_read_once_for_all)
{
    fill();
    struct recommender_moment moment = {1, 1, 1};
    struct recommender *a = open_at(&moment), *b = open_at(&moment), *alone = open();
    ck_assert_uint_eq(eligible(a, "brand=b1", 0), ITEMS / BRANDS);
    rename_brand(1, "other");
    ck_assert_uint_eq(eligible(b, "brand=b1", 0), ITEMS / BRANDS);
    ck_assert_uint_eq(eligible(alone, "brand=b1", 0), 0);
    ck_assert_uint_eq(eligible(b, "title ~ taste1", 0), ITEMS / 4); /* another column, read by b */
    moment.items++;
    recommender_now(b, &moment, NULL);
    ck_assert_uint_eq(eligible(b, "brand=b1", 0), 0);
    ck_assert_uint_eq(eligible(a, "brand=b1", 0), ITEMS / BRANDS); /* nobody has told it */
    recommender_now(a, &moment, NULL);
    ck_assert_uint_eq(eligible(a, "brand=b1", 0), 0);
    ck_assert_uint_eq(eligible(a, "item=item007", 0), 1);
    ck_assert_uint_eq(eligible(b, "item=new1", .5), 1);   /* b has room for new items now, which a has not */
    ck_assert_uint_eq(eligible(b, "brand=b1", .5), 1);    /* new1 */
    ck_assert_uint_eq(eligible(a, "brand=b1", 0), 0);
    rename_brand(2, "b1");
    ck_assert_uint_eq(eligible(a, "brand=b1", .5), 1); /* as b has read it */
    recommender_free(b);
    ck_assert_uint_eq(eligible(a, "brand=b1", .5), 1);
    recommender_free(a);
    recommender_free(alone);
    empty();
}
END_TEST

/* One attribute of one item, or its title; NULL takes it away. */
static void set_value(int of, const char *name, enum attribute_type type, const char *text, double number)
{
    char identifier[32];
    int64_t item, attribute;
    struct attribute_value value = {.number = number, .text = text, .n = text != NULL ? strlen(text) : 0};
    snprintf(identifier, sizeof identifier, "item%03d", of);
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    ck_assert_int_eq(items_find(shop.store, identifier, &item, NULL), 0);
    if (strcmp(name, "title") == 0) {
        ck_assert_int_eq(items_set_title(shop.store, item, text, value.n, NULL), 0);
    } else if (text == NULL) {
        ck_assert_int_eq(attributes_unset(shop.store, ATTRIBUTE_OF_ITEM, item, name, NULL), 0);
    } else {
        ck_assert_int_eq(attributes_intern(shop.store, ATTRIBUTE_OF_ITEM, name, type, &attribute, NULL), 0);
        ck_assert_int_eq(attributes_set(shop.store, ATTRIBUTE_OF_ITEM, item, attribute, type, &value, NULL), 0);
    }
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
}

static int64_t row_of(int of)
{
    char identifier[32];
    int64_t item;
    snprintf(identifier, sizeof identifier, "item%03d", of);
    ck_assert_int_eq(items_find(shop.store, identifier, &item, NULL), 0);
    return item;
}

static void change_something(unsigned i)
{
    static const char *const lists[] = {"[]", "[\"red\"]", "[\"red\",\"blue\"]", "[\"green\",\"red\"]", "[\"blue\",1]"};
    static const char *const titles[] = {"taste1 once more", "", "unheard of"};
    int of = (int)(i * 7 % 11);
    char brand[16];
    snprintf(brand, sizeof brand, "b%u", i % (BRANDS + 3)); /* some are new */
    switch (i % 6) {
    case 0: set_value(of, "price", ATTRIBUTE_NUMBER, "", i % 10); break;
    case 1: set_value(of, "brand", ATTRIBUTE_TEXT, i % 5 == 0 ? NULL : brand, 0); break;
    case 2: set_value(of, "colours", ATTRIBUTE_LIST, lists[i / 6 % 5], 0); break;
    case 3: set_value(of, "title", ATTRIBUTE_TEXT, titles[i / 6 % 3], 0); break;
    case 4: set_value(of, "sold_out", ATTRIBUTE_BOOLEAN, "", i % 3 == 0); break;
    case 5: set_value(of, i % 2 == 0 ? "price" : "colours", ATTRIBUTE_NUMBER, NULL, 0); break;
    }
}

/* Where it is known which items have changed, what is read of these alone is what reading everything gives. */
START_TEST(test_attributes_of_items_that_changed_are_read)
{
    static const char *const filters[] = {"price<5", "price is null", "brand=b1", "brand=b7", "brand is null", "brand~b",
                                          "colours=red", "colours contains bl", "colours is null", "title~taste1",
                                          "title is null", "title~unheard", "sold_out", "not sold_out", "item=item007"};
    struct recommender_moment moment = {1, 1, 0};
    struct item_changes changes;
    unsigned seed = 0;
    fill();
    set_value(0, "price", ATTRIBUTE_NUMBER, "", 3);
    set_value(1, "colours", ATTRIBUTE_LIST, "[\"red\",\"blue\"]", 0);
    set_value(2, "sold_out", ATTRIBUTE_BOOLEAN, "", 1);
    item_changes_init(&changes);
    struct recommender *r = open(), *other = open();
    for (int round = 0; round < 120; round++) {
        for (int i = 0; i < round % 4; i++, seed++) {
            change_something(seed);
            item_changes_add(&changes, row_of((int)(seed * 7 % 11)));
        }
        moment.items = item_changes_now(&changes);
        struct recommender *alone = open();
        recommender_now(r, &moment, &changes);
        recommender_now(other, &moment, &changes);
        for (size_t f = 0; f < sizeof filters / sizeof *filters; f++) {
            uint32_t wanted = eligible(alone, filters[f], 0);
            ck_assert_msg(eligible(f % 2 == 0 ? r : other, filters[f], 0) == wanted, "%s, round %d", filters[f], round);
        }
        recommender_free(alone);
    }
    /* That it is only these: what nobody told of is not seen. */
    set_value(20, "price", ATTRIBUTE_NUMBER, "", 99);
    set_value(21, "price", ATTRIBUTE_NUMBER, "", 99);
    set_value(22, "price", ATTRIBUTE_NUMBER, "", 1);
    struct recommender *alone = open();
    ck_assert_uint_eq(eligible(alone, "price=99", 0), 2);
    item_changes_add(&changes, row_of(20));
    moment.items = item_changes_now(&changes);
    recommender_now(r, &moment, &changes);
    ck_assert_uint_eq(eligible(r, "price=99", 0), 1);
    /* A new attribute is a field at once, and after too many changes all is read. */
    set_value(20, "weight", ATTRIBUTE_NUMBER, "", 7);
    item_changes_add(&changes, row_of(20));
    moment.items = item_changes_now(&changes);
    recommender_now(r, &moment, &changes);
    ck_assert_uint_eq(eligible(r, "weight=7", 0), 1);
    ck_assert_uint_eq(eligible(r, "price=99", 0), 1);
    for (int i = 0; i <= ITEM_CHANGES; i++)
        item_changes_add(&changes, row_of(20));
    moment.items = item_changes_now(&changes);
    recommender_now(r, &moment, &changes);
    ck_assert_uint_eq(eligible(r, "price=99", 0), 2);
    recommender_free(alone);
    recommender_free(other);
    recommender_free(r);
    item_changes_release(&changes);
    empty();
}
END_TEST

static void put(enum document_kind kind, const char *name, const char *body)
{
    struct document d = {.created = 1, .author = mem_strdup(""), .comment = mem_strdup(""), .body = mem_strdup(body)};
    snprintf(d.name, sizeof d.name, "%s", name);
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    ck_assert_int_eq(documents_put(shop.store, kind, &d, NULL), 0);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    document_release(&d);
}

START_TEST(test_what_rules_name_is_read_ahead)
{
    static const char rules[] = "[a]\nkind = \"hide\"\nitems = \"brand=b3\"\n",
                      scenario[] = "filter = \"title ~ taste1 and user.nothing is null\"\nfresh = 0.1\n",
                      missing[] = "filter = \"nothing=1\"\n";
    const struct recommender_moment moment = {1, 1, 1};
    struct policy *policy;
    fill();
    put(DOCUMENT_RULES, "default", rules);
    put(DOCUMENT_SCENARIO, "home", missing);
    put(DOCUMENT_SCENARIO, "mail", scenario);
    ck_assert_int_eq(policy_load(&policy, shop.store, NULL), 0);
    struct recommender *r = open_at(&moment), *after = open_at(&moment);
    ck_assert_int_eq(recommender_read_ahead(r, policy, content, NULL), 0);
    recommender_free(r);
    rename_brand(1, "other");
    ck_assert_uint_eq(eligible(after, "brand=b1", 0), ITEMS / BRANDS);
    ck_assert_uint_eq(eligible(after, "brand=b1", .5), ITEMS / BRANDS + 1);
    recommender_free(after);
    policy_release(policy);
    empty();
}
END_TEST

START_TEST(test_out_of_memory)
{
    fill();
    struct ruleset *set = rules_of("[a]\nkind = \"pin\"\nidentifiers = \"item005\"\n"
                                   "[b]\nkind = \"limit-per\"\nattribute = \"brand\"\nk = 2\n"
                                   "[c]\nkind = \"promote\"\nitems = \"title ~ thing3\"\nshare = 0.2\n"
                                   "when = \"known\"\ncart = \"brand=b3\"\nview = \"brand=b4\"\n");
    const struct recommender_voice voice = {content, 1};
    const char *cart = "item003";
    for (unsigned long i = 1;; i++) {
        struct recommender *r = NULL;
        struct slate s = {0};
        struct why w = {0};
        struct recommender_request q = {.user = "user1", .n = 4, .rules = set, .placer = content, .voices = &voice,
                                        .n_voices = 1, .weight = 1, .fresh = 0.3, .fresh_days = 9, .diversity = 0.2,
                                        .cart = &cart, .n_cart = 1, .view = "item004"};
        mem_fail_after(i);
        int rc = recommender_new(&r, ease, shop.store, NULL, NULL);
        if (rc == 0) {
            rc = recommender_recommend(r, &q, &s, NULL);
            rc = rc != 0 ? rc : recommender_why(r, &q, "item003", &w, NULL);
            recommender_free(r);
        }
        mem_fail_after(0);
        slate_release(&s);
        why_release(&w);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, E_NOMEM);
        ck_assert_uint_lt(i, 5000);
    }
    ruleset_release(set);
    empty();
}
END_TEST

CHECK_MAIN("ranking", test_whatever_is_asked_for, test_many_at_once_are_as_each_alone,
           test_an_index_changes_nothing, test_new_items,
           test_young_items, test_draws_are_as_likely_as_they_say, test_what_the_cart_holds,
           test_attributes_are_read_once_for_all,
           test_attributes_of_items_that_changed_are_read, test_what_rules_name_is_read_ahead, test_out_of_memory)
