#include "recommend/ruleset.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "recommend/filter.h"

struct ruleset {
    atomic_uint holders;
    char *name, *source;
    int64_t version;
    struct rule *rules;
    size_t n, cap;
};

enum { KIND, ITEMS, IDENTIFIERS, ATTRIBUTE, SCENARIO, WHEN, CART, VIEW, FROM, UNTIL, FACTOR, SHARE, POSITION, K, FIELDS };

static const struct toml_field fields[FIELDS + 1] = {
    [KIND] = {"kind", TOML_FIELD_TEXT, offsetof(struct rule, kind_text), 0, 0},
    [ITEMS] = {"items", TOML_FIELD_TEXT, offsetof(struct rule, items), 0, 0},
    [IDENTIFIERS] = {"identifiers", TOML_FIELD_WORDS, offsetof(struct rule, identifiers), 0, 0},
    [ATTRIBUTE] = {"attribute", TOML_FIELD_TEXT, offsetof(struct rule, attribute), 0, 0},
    [SCENARIO] = {"scenario", TOML_FIELD_WORDS, offsetof(struct rule, scenarios), 0, 0},
    [WHEN] = {"when", TOML_FIELD_TEXT, offsetof(struct rule, when), 0, 0},
    [CART] = {"cart", TOML_FIELD_TEXT, offsetof(struct rule, cart), 0, 0},
    [VIEW] = {"view", TOML_FIELD_TEXT, offsetof(struct rule, view), 0, 0},
    [FROM] = {"from", TOML_FIELD_BEGIN, offsetof(struct rule, from), 0, 0},
    [UNTIL] = {"until", TOML_FIELD_END, offsetof(struct rule, until), 0, 0},
    [FACTOR] = {"factor", TOML_FIELD_REAL, offsetof(struct rule, factor), 0.01, 100},
    [SHARE] = {"share", TOML_FIELD_REAL, offsetof(struct rule, share), 0, 1},
    [POSITION] = {"position", TOML_FIELD_WHOLE, offsetof(struct rule, position), 1, 10000},
    [K] = {"k", TOML_FIELD_WHOLE, offsetof(struct rule, k), 1, 10000},
    [FIELDS] = {0},
};

#define BIT(f) (UINT32_C(1) << (f))
#define EVERYWHERE (BIT(KIND) | BIT(SCENARIO) | BIT(WHEN) | BIT(CART) | BIT(VIEW) | BIT(FROM) | BIT(UNTIL))
#define OF_ITEMS (BIT(ITEMS) | BIT(IDENTIFIERS))

static const struct {
    const char *name;
    uint32_t needs, may; /* beside EVERYWHERE; of items and identifiers one is needed where both may be */
} kinds[] = {
    [RULE_PIN] = {"pin", 0, OF_ITEMS | BIT(POSITION) | BIT(K)},
    [RULE_BOOST] = {"boost", BIT(FACTOR), OF_ITEMS},
    [RULE_BURY] = {"bury", BIT(FACTOR), OF_ITEMS},
    [RULE_HIDE] = {"hide", 0, OF_ITEMS},
    [RULE_LIMIT] = {"limit-per", BIT(ATTRIBUTE) | BIT(K), 0},
    [RULE_PROMOTE] = {"promote", BIT(SHARE), OF_ITEMS},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *kind_name(enum rule_kind kind)
{
    return kinds[kind].name;
}

/* Reading. */

struct reading {
    struct toml toml;
    struct ruleset *out;
    unsigned lines[FIELDS]; /* of the rule under reading */
    struct error *err;
};

static void rule_release(struct rule *self)
{
    mem_free(self->name);
    mem_free(self->kind_text);
    mem_free(self->items);
    mem_free(self->identifiers.list);
    mem_free(self->attribute);
    mem_free(self->scenarios.list);
    mem_free(self->when);
    mem_free(self->cart);
    mem_free(self->view);
}

/* An error about a line that was read before. */
static int bad_at(const struct reading *self, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static int bad_at(const struct reading *self, unsigned line, const char *fmt, ...)
{
    struct toml place = self->toml;
    char why[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    place.line = line;
    return toml_bad(&place, self->err, "%s", why);
}

static int find_kind(const struct reading *self, struct rule *rule)
{
    const char *names[KINDS + 1] = {0};
    struct str hint;
    if (rule->kind_text == NULL)
        return bad_at(self, rule->line, "the rule '%s' does not say its kind", rule->name);
    for (size_t k = 0; k < KINDS; k++) {
        names[k] = kinds[k].name;
        if (strcmp(names[k], rule->kind_text) == 0) {
            rule->kind = (enum rule_kind)k;
            return 0;
        }
    }
    str_init(&hint, 300);
    words_nearest(&hint, names, rule->kind_text);
    bad_at(self, self->lines[KIND], "'%.60s' is no kind of rule", rule->kind_text);
    error_hint(self->err, E_BAD_DATA, "%s", str_text(&hint));
    str_release(&hint);
    return E_BAD_DATA;
}

/* A slate can be put together under so many of them only. */
static int check_count(const struct reading *self, const struct rule *rule)
{
    size_t same = 0;
    if (rule->kind != RULE_LIMIT && rule->kind != RULE_PROMOTE)
        return 0;
    for (size_t i = 0; i < self->out->n; i++)
        same += self->out->rules[i].kind == rule->kind;
    return same <= RULES_OF_KIND_MAX ? 0 : bad_at(self, rule->line, "there are more than %d rules of kind %s",
                                                  RULES_OF_KIND_MAX, kind_name(rule->kind));
}

/* Has the rule what its kind needs, and nothing else? */
static int check_fields(const struct reading *self, const struct rule *rule)
{
    uint32_t needs = kinds[rule->kind].needs, may = kinds[rule->kind].may | needs | EVERYWHERE;
    for (int f = 0; f < FIELDS; f++) {
        if (self->lines[f] != 0 && !(may & BIT(f)))
            return bad_at(self, self->lines[f], "a rule of kind %s has no '%s'", kind_name(rule->kind),
                          fields[f].key);
        if (self->lines[f] == 0 && needs & BIT(f))
            return bad_at(self, rule->line, "the rule '%s' needs '%s'", rule->name, fields[f].key);
    }
    if (may & BIT(ITEMS) && (self->lines[ITEMS] != 0) == (self->lines[IDENTIFIERS] != 0))
        return bad_at(self, rule->line, "the rule '%s' needs either items (a filter) or identifiers", rule->name);
    if (rule->kind == RULE_BOOST && !(rule->factor > 1))
        return bad_at(self, self->lines[FACTOR], "the factor of a boost is above 1");
    if (rule->kind == RULE_BURY && !(rule->factor < 1))
        return bad_at(self, self->lines[FACTOR], "the factor of a rule that buries is below 1");
    if (rule->until <= rule->from)
        return bad_at(self, self->lines[UNTIL], "the rule '%s' ends before it begins", rule->name);
    return 0;
}

static int check_filter(const struct reading *self, const char *text, unsigned line)
{
    struct filter *filter;
    struct error why;
    if (text == NULL)
        return 0;
    int rc = filter_parse(&filter, text, strlen(text), &why);
    if (rc == 0) {
        filter_free(filter);
        return 0;
    }
    char place[160];
    snprintf(place, sizeof place, "%s:%u", self->toml.name, line);
    error_set(self->err, rc == E_NOMEM ? rc : E_BAD_DATA, place, "%s", why.why);
    return error_hint(self->err, rc == E_NOMEM ? rc : E_BAD_DATA, "%s", why.hint);
}

/* The rule under reading is complete. */
static int end_rule(struct reading *self)
{
    if (self->out->n == 0)
        return 0;
    struct rule *rule = &self->out->rules[self->out->n - 1];
    int rc = find_kind(self, rule);
    rule->items_line = self->lines[ITEMS] != 0 ? self->lines[ITEMS] : self->lines[IDENTIFIERS];
    rule->when_line = self->lines[WHEN];
    rule->cart_line = self->lines[CART];
    rule->view_line = self->lines[VIEW];
    rule->attribute_line = self->lines[ATTRIBUTE];
    if (self->lines[K] == 0 && rule->identifiers.n > 1)
        rule->k = (uint32_t)rule->identifiers.n;
    rc = rc != 0 ? rc : check_count(self, rule);
    rc = rc != 0 ? rc : check_fields(self, rule);
    rc = rc != 0 ? rc : check_filter(self, rule->items, rule->items_line);
    rc = rc != 0 ? rc : check_filter(self, rule->cart, rule->cart_line);
    rc = rc != 0 ? rc : check_filter(self, rule->view, rule->view_line);
    return rc != 0 ? rc : check_filter(self, rule->when, rule->when_line);
}

/* Has every name in brackets so far its lines? */
static int check_empty(const struct reading *self, unsigned rules)
{
    return self->toml.tables == rules ? 0 : toml_bad(&self->toml, self->err, "a rule above has no lines of its own");
}

static int begin_rule(struct reading *self)
{
    struct ruleset *out = self->out;
    const char *name = self->toml.table;
    if (name[0] == '\0') {
        toml_bad(&self->toml, self->err, "this stands before the first rule");
        return error_hint(self->err, E_BAD_DATA,
                          "begin each rule with its name in a line of its own, as in [spring-sale]");
    }
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->rules[i].name, name) == 0)
            return toml_bad(&self->toml, self->err, "there is a rule '%s' already, in line %u", name,
                            out->rules[i].line);
    if (check_empty(self, (unsigned)out->n + 1) != 0)
        return E_BAD_DATA;
    if (out->n == RULES_MAX)
        return toml_bad(&self->toml, self->err, "a rule set has at most %d rules", RULES_MAX);
    if (!text_utf8_valid(name, strlen(name)))
        return toml_bad(&self->toml, self->err, "the name of the rule is not valid UTF-8");
    if (strlen(name) > 63)
        return toml_bad(&self->toml, self->err, "the name of the rule is longer than 63 bytes");
    struct rule rule = {.name = mem_strdup(name), .from = INT64_MIN, .until = INT64_MAX, .position = 1, .k = 1,
                        .line = self->toml.line};
    if (rule.name == NULL || mem_grow((void **)&out->rules, &out->cap, out->n + 1, sizeof *out->rules) != 0) {
        mem_free(rule.name);
        return error_nomem(self->err, self->toml.name);
    }
    memset(self->lines, 0, sizeof self->lines);
    out->rules[out->n++] = rule;
    return 0;
}

static int take(struct reading *self, const struct toml_entry *entry)
{
    struct ruleset *out = self->out;
    int rc = 0;
    if (out->n == 0 || self->toml.tables != out->n || strcmp(out->rules[out->n - 1].name, self->toml.table) != 0) {
        rc = end_rule(self);
        rc = rc != 0 ? rc : begin_rule(self);
    }
    return rc != 0 ? rc : toml_fields_take(&self->toml, entry, fields, &out->rules[out->n - 1], self->lines, self->err);
}

int ruleset_parse(struct ruleset **out, const char *source, const char *name, int64_t version, const char *text,
                  size_t n, struct error *err)
{
    struct reading reading = {.err = err};
    struct toml_entry *entry = mem_alloc(1, sizeof *entry);
    struct ruleset *self = mem_zalloc(1, sizeof *self);
    int rc = self != NULL && entry != NULL ? 0 : error_nomem(err, source);
    if (rc == 0) {
        atomic_init(&self->holders, 1);
        self->version = version;
        self->name = mem_strdup(name);
        self->source = mem_strdup(source);
        rc = self->name != NULL && self->source != NULL ? 0 : error_nomem(err, source);
    }
    if (rc == 0) {
        reading.out = self;
        toml_init(&reading.toml, self->source, text, n, NULL);
        while ((rc = toml_next(&reading.toml, entry, err)) == 1 && (rc = take(&reading, entry)) == 0)
            ;
        rc = rc != 0 ? rc : end_rule(&reading);
        rc = rc != 0 ? rc : check_empty(&reading, (unsigned)self->n);
    }
    mem_free(entry);
    if (rc != 0)
        ruleset_release(self);
    else
        *out = self;
    return rc;
}

struct ruleset *ruleset_hold(struct ruleset *self)
{
    if (self != NULL)
        atomic_fetch_add_explicit(&self->holders, 1, memory_order_relaxed);
    return self;
}

void ruleset_release(struct ruleset *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->holders, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < self->n; i++)
        rule_release(&self->rules[i]);
    mem_free(self->rules);
    mem_free(self->name);
    mem_free(self->source);
    mem_free(self);
}

const char *ruleset_name(const struct ruleset *self)
{
    return self->name;
}

int64_t ruleset_version(const struct ruleset *self)
{
    return self->version;
}

uint32_t ruleset_count(const struct ruleset *self)
{
    return (uint32_t)self->n;
}

const struct rule *ruleset_rule(const struct ruleset *self, uint32_t i)
{
    return &self->rules[i];
}

const char *ruleset_source(const struct ruleset *self)
{
    return self->source;
}

bool rule_applies(const struct rule *self, const char *scenario, int64_t at)
{
    bool there = self->scenarios.n == 0;
    for (size_t i = 0; !there && scenario != NULL && i < self->scenarios.n; i++)
        there = strcmp(self->scenarios.list[i], scenario) == 0;
    return there && at >= self->from && at < self->until;
}

char *rule_text(const struct rule *self, char out[RULE_TEXT_MAX])
{
    const char *kind = kind_name(self->kind);
    switch (self->kind) {
    case RULE_PIN: snprintf(out, RULE_TEXT_MAX, "%s: pin at %u", self->name, self->position); break;
    case RULE_BOOST:
    case RULE_BURY: snprintf(out, RULE_TEXT_MAX, "%s: %s x%g", self->name, kind, self->factor); break;
    case RULE_HIDE: snprintf(out, RULE_TEXT_MAX, "%s: hide", self->name); break;
    case RULE_LIMIT:
        snprintf(out, RULE_TEXT_MAX, "%s: at most %u per %.60s", self->name, self->k, self->attribute);
        break;
    case RULE_PROMOTE:
        snprintf(out, RULE_TEXT_MAX, "%s: promote, %g %% of the slots", self->name, 100 * self->share);
        break;
    }
    return out;
}
