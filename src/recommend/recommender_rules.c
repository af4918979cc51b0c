/* Rule sets over the items of a model, and which rules are in force for a request. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "recommend/policy.h"
#include "recommend/recommender_private.h"
#include "store/items.h"

void bound_rules_free(struct bound_rules *self)
{
    if (self == NULL)
        return;
    for (uint32_t r = 0; r < ruleset_count(self->set); r++) {
        mem_free(self->rules[r].items);
        mem_free(self->rules[r].order);
        mem_free(self->rules[r].cart);
        mem_free(self->rules[r].view);
    }
    ruleset_release(self->set);
    mem_free(self);
}

/* Binding. */

static int bind_filter(struct recommender *self, const char *text, uint64_t *items, struct error *err)
{
    struct filter_schema schema;
    struct filter *filter;
    size_t words = recommender_words(self);
    int rc = filter_parse(&filter, text, strlen(text), err);
    if (rc != 0)
        return rc;
    rc = recommender_fields(self, &schema, err);
    if (rc == 0)
        rc = filter_bind(filter, &schema, err);
    if (rc == 0) {
        filter_exclude(filter, self->n_all, items);
        for (size_t w = 0; w < words; w++)
            items[w] = ~items[w];
        items[words - 1] &= (UINT64_C(1) << self->n_all % 64) - 1;
    }
    filter_free(filter);
    return rc;
}

static int bind_identifiers(struct recommender *self, const struct toml_words *identifiers, struct bound_rule *out,
                            struct error *err)
{
    int rc = 0;
    out->order = mem_alloc(identifiers->n, sizeof *out->order);
    if (out->order == NULL)
        return error_nomem(err, "rules");
    for (size_t i = 0; i < identifiers->n && rc == 0; i++) {
        uint32_t place;
        rc = recommender_lookup(self, identifiers->list[i], &place, err);
        if (place == ITEM_NOWHERE)
            continue;
        out->order[out->n_order++] = place;
        out->items[place / 64] |= UINT64_C(1) << place % 64;
    }
    return rc;
}

/* Of a condition about items; text NULL: there is none. */
static int bind_condition(struct recommender *self, const char *text, uint64_t **out, struct error *err)
{
    if (text == NULL)
        return 0;
    *out = mem_zalloc(recommender_words(self), sizeof **out);
    return *out != NULL ? bind_filter(self, text, *out, err) : error_nomem(err, "rules");
}

static int bind_rule(struct recommender *self, const struct rule *rule, struct bound_rule *out, struct error *err)
{
    struct filter_schema schema;
    int rc = bind_condition(self, rule->cart, &out->cart, err);
    if (rc == 0)
        rc = bind_condition(self, rule->view, &out->view, err);
    if (rc != 0)
        return rc;
    if (rule->kind == RULE_LIMIT) {
        rc = recommender_fields(self, &schema, err);
        return rc != 0 ? rc : filter_field(&schema, rule->attribute, &out->column, err);
    }
    out->items = mem_zalloc(recommender_words(self), sizeof *out->items);
    if (out->items == NULL)
        return error_nomem(err, "rules");
    return rule->items != NULL ? bind_filter(self, rule->items, out->items, err)
                               : bind_identifiers(self, &rule->identifiers, out, err);
}

static void note(struct bound_rules *self, const struct rule *rule, const struct error *err)
{
    if (self->note[0] != '\0')
        return;
    if (snprintf(self->note, sizeof self->note, "the rule %s is left out: %s", rule->name, err->why) >=
        (int)sizeof self->note)
        text_ellipsize(self->note, sizeof self->note);
}

static int bind_all(struct recommender *self, struct ruleset *set, struct bound_rules **out, struct error *err)
{
    uint32_t n = ruleset_count(set);
    struct bound_rules *bound = mem_zalloc(1, sizeof *bound + n * sizeof bound->rules[0]);
    if (bound == NULL)
        return error_nomem(err, "rules");
    bound->set = ruleset_hold(set);
    for (uint32_t r = 0; r < n; r++) {
        struct error why = {0};
        int rc = bind_rule(self, ruleset_rule(set, r), &bound->rules[r], &why);
        if (rc != 0 && rc != E_USAGE) {
            if (err != NULL)
                *err = why;
            bound_rules_free(bound);
            return rc;
        }
        if (rc != 0) { /* a field that is not there (any more): the others go on */
            bound->rules[r].out = true;
            note(bound, ruleset_rule(set, r), &why);
        }
    }
    *out = bound;
    return 0;
}

int recommender_bind_rules(struct recommender *self, struct ruleset *set, struct bound_rules **out, struct error *err)
{
    size_t i = 0;
    struct bound_rules *found = NULL;
    while (i < BOUND_SETS - 1 && self->bound[i] != NULL && self->bound[i]->set != set)
        i++;
    if (self->bound[i] != NULL && self->bound[i]->set == set) {
        found = self->bound[i];
    } else {
        int rc = bind_all(self, set, &found, err);
        if (rc != 0)
            return rc;
        bound_rules_free(self->bound[i]);
    }
    for (; i > 0; i--)
        self->bound[i] = self->bound[i - 1];
    self->bound[0] = found;
    *out = found;
    return 0;
}

/* What `when` may speak of beside the person: the moment.  Fields of one value for all. */

struct moment {
    const char *page;
    uint32_t page_code;
    double known;
};

static const char *moment_name(void *context, size_t index)
{
    static const char *const names[] = {"page", "known", NULL};
    (void)context;
    return index < 3 ? names[index] : NULL;
}

static int moment_column(void *context, const char *name, struct filter_column *out, struct error *err)
{
    const struct moment *m = context;
    (void)err;
    if (strcmp(name, "page") == 0)
        *out = (struct filter_column){.type = FILTER_TEXT, .constant = true, .code = &m->page_code, .words = &m->page,
                                      .n_words = m->page != NULL};
    else
        *out = (struct filter_column){.type = FILTER_BOOLEAN, .constant = true, .number = &m->known};
    return 0;
}

static struct filter_schema moment_schema(struct moment *m)
{
    return (struct filter_schema){m, moment_column, moment_name};
}

/* Does the condition hold?  E_USAGE: a field is not there.  `out` NULL: only that is asked. */
static int holds(const char *when, const struct filter_schema *schema, bool *out, struct error *err)
{
    struct filter *filter;
    uint64_t excluded = 0;
    int rc = filter_parse(&filter, when, strlen(when), err);
    if (rc != 0)
        return rc;
    rc = filter_bind(filter, schema, err);
    if (rc == 0 && out != NULL) {
        filter_exclude(filter, 1, &excluded);
        *out = (excluded & 1) == 0;
    }
    filter_free(filter);
    return rc;
}

/* Is one of the items among those of the condition?  One that the model does not know is not. */
static int meets(struct recommender *self, const uint64_t *condition, const char *const *items, uint32_t n, bool *out,
                 struct error *err)
{
    int rc = 0;
    *out = condition == NULL;
    for (uint32_t i = 0; i < n && !*out && rc == 0; i++) {
        uint32_t number;
        rc = recommender_lookup(self, items[i], &number, err);
        *out = number != ITEM_NOWHERE && (condition[number / 64] >> number % 64 & 1);
    }
    return rc;
}

/* The conditions about the cart and the item in view. */
static int meets_items(struct recommender *self, const struct bound_rule *rule,
                       const struct recommender_request *request, bool *out, struct error *err)
{
    int rc = meets(self, rule->cart, request->cart, request->n_cart, out, err);
    return rc != 0 || !*out ? rc : meets(self, rule->view, &request->view, request->view != NULL, out, err);
}

int recommender_active_rules(struct recommender *self, const struct bound_rules *rules,
                             const struct recommender_request *request, const struct past *past, uint64_t *active,
                             struct error *err)
{
    struct moment moment = {.page = request->page, .page_code = request->page != NULL ? 0 : FILTER_MISSING,
                            .known = past->n > 0};
    struct person_columns *person = NULL;
    int rc = 0;
    *active = 0;
    for (uint32_t r = 0; r < ruleset_count(rules->set) && rc == 0; r++) {
        const struct rule *rule = ruleset_rule(rules->set, r);
        bool on = !rules->rules[r].out && rule_applies(rule, request->scenario, request->at);
        if (on)
            rc = meets_items(self, &rules->rules[r], request, &on, err);
        if (rc == 0 && on && rule->when != NULL) {
            if (person == NULL)
                rc = person_columns_new(&person, self->store, past->user, moment_schema(&moment), err);
            const struct filter_schema schema = person != NULL ? person_columns_schema(person) : moment_schema(&moment);
            if (rc == 0)
                rc = holds(rule->when, &schema, &on, err);
            if (rc == E_USAGE) { /* an attribute that is not there (any more) */
                on = false;
                rc = 0;
            }
        }
        *active |= (uint64_t)on << r;
    }
    person_columns_free(person);
    return rc;
}

static int in_force(struct recommender *self, const struct recommender_request *request, uint64_t *active,
                    struct error *err)
{
    struct past past = {0};
    struct bound_rules *bound;
    int rc = recommender_past(self, request, &past, err);
    if (rc == 0)
        rc = recommender_bind_rules(self, request->rules, &bound, err);
    if (rc == 0)
        rc = recommender_active_rules(self, bound, request, &past, active, err);
    recommender_past_release(&past);
    return rc;
}

int recommender_rules_in_force(struct recommender *self, const struct recommender_request *request, uint64_t *active,
                               struct error *err)
{
    *active = 0;
    if (request->rules == NULL)
        return 0;
    int rc = store_begin_read(self->store, err);
    if (rc != 0)
        return rc;
    rc = in_force(self, request, active, err);
    store_end_read(self->store);
    return rc;
}

/* Reading ahead. */

static int read_scenario(struct recommender *self, const struct scenario *s, struct error *err)
{
    struct recommender_filter filter;
    struct filter_schema schema;
    struct filter_column column;
    int rc = recommender_filter(self, s->filter, NOBODY, &filter, err);
    if (rc == 0)
        recommender_filter_release(&filter);
    if (rc == 0)
        rc = recommender_fields(self, &schema, err);
    for (uint32_t i = 0; i < s->n_limits && rc == 0; i++)
        rc = filter_field(&schema, s->limits[i].field, &column, err);
    return rc;
}

/* A field that is not there (any more) is told to those who ask. */
static int read_fields(struct recommender *self, const struct policy *policy, struct error *err)
{
    struct bound_rules *bound;
    int rc = 0;
    for (size_t i = 0; i < policy_rulesets(policy) && rc == 0; i++)
        rc = recommender_bind_rules(self, policy_ruleset_at(policy, i), &bound, err);
    for (size_t i = 0; i < policy_scenarios(policy) && rc == 0; i++) {
        rc = read_scenario(self, policy_scenario_at(policy, i), err);
        rc = rc == E_USAGE ? 0 : rc;
    }
    return rc;
}

int recommender_read_ahead(struct recommender *self, const struct policy *policy, struct recommender_core *placer,
                           struct error *err)
{
    int rc = read_fields(self, policy, err);
    if (rc == 0 && policy_wants_new(policy))
        rc = recommender_extend(self, placer, err);
    return rc == 0 && self->extended ? read_fields(self, policy, err) : rc;
}

/* Checking. */

static int misplaced(const struct ruleset *rules, unsigned line, const char *what, const struct error *why,
                     struct error *err)
{
    char place[160];
    snprintf(place, sizeof place, "%s:%u", ruleset_source(rules), line);
    error_set(err, E_BAD_DATA, place, "%s%s%s", what, what[0] != '\0' ? ": " : "", why->why);
    return error_hint(err, E_BAD_DATA, "%s", why->hint);
}

static int check_filter(const struct ruleset *rules, const char *text, unsigned line,
                        const struct filter_schema *schema, struct error *err)
{
    struct error why;
    int rc = text != NULL ? holds(text, schema, NULL, &why) : 0;
    if (rc == E_USAGE)
        return misplaced(rules, line, "", &why, err);
    if (rc != 0 && err != NULL)
        *err = why;
    return rc;
}

static int check_identifiers(struct store *store, const struct ruleset *rules, const struct rule *rule,
                             struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < rule->identifiers.n && rc == 0; i++) {
        int64_t item;
        struct error why;
        rc = items_find(store, rule->identifiers.list[i], &item, &why);
        if (rc == E_NOT_FOUND)
            return misplaced(rules, rule->items_line, why.what, &why, err);
        if (rc != 0 && err != NULL)
            *err = why;
    }
    return rc;
}

static int check_rule(struct store *store, const struct ruleset *rules, const struct rule *rule,
                      const struct filter_schema *items, const struct filter_schema *person, struct error *err)
{
    struct filter_column column;
    struct error why;
    int rc = check_filter(rules, rule->items, rule->items_line, items, err);
    rc = rc != 0 ? rc : check_filter(rules, rule->cart, rule->cart_line, items, err);
    rc = rc != 0 ? rc : check_filter(rules, rule->view, rule->view_line, items, err);
    rc = rc != 0 ? rc : check_filter(rules, rule->when, rule->when_line, person, err);
    rc = rc != 0 ? rc : check_identifiers(store, rules, rule, err);
    if (rc == 0 && rule->attribute != NULL) {
        rc = filter_field(items, rule->attribute, &column, &why);
        if (rc == E_USAGE)
            return misplaced(rules, rule->attribute_line, rule->attribute, &why, err);
        if (rc != 0 && err != NULL)
            *err = why;
    }
    return rc;
}

int recommender_check_rules(struct store *store, const struct ruleset *rules, struct error *err)
{
    struct moment moment = {.page_code = FILTER_MISSING};
    struct item_reader items = {.store = store}; /* of no items at all: only the fields count */
    struct person_columns *person = NULL;
    int rc = item_columns_new(&items.columns, store, err);
    if (rc == 0)
        rc = person_columns_new(&person, store, NOBODY, moment_schema(&moment), err);
    for (uint32_t r = 0; rc == 0 && r < ruleset_count(rules); r++) {
        const struct filter_schema of_items = item_reader_schema(&items), of_person = person_columns_schema(person);
        rc = check_rule(store, rules, ruleset_rule(rules, r), &of_items, &of_person, err);
    }
    person_columns_free(person);
    item_columns_release(items.columns);
    return rc;
}
