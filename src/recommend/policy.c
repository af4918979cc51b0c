#include "recommend/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/documents.h"

struct policy {
    struct ruleset **rules;
    size_t n_rules, cap_rules;
    struct scenario **scenarios;
    size_t n_scenarios, cap_scenarios;
    struct error *err; /* while it is loaded */
};

static int take_rules(void *context, const struct document *d)
{
    struct policy *self = context;
    char source[DOCUMENT_NAME_MAX + 24];
    snprintf(source, sizeof source, "rules %s@%lld", d->name, (long long)d->version);
    if (mem_grow((void **)&self->rules, &self->cap_rules, self->n_rules + 1, sizeof *self->rules) != 0)
        return error_nomem(self->err, "rules");
    int rc = ruleset_parse(&self->rules[self->n_rules], source, d->name, d->version, d->body, strlen(d->body),
                           self->err);
    self->n_rules += rc == 0;
    return rc;
}

static int take_scenario(void *context, const struct document *d)
{
    struct policy *self = context;
    char source[DOCUMENT_NAME_MAX + 32];
    snprintf(source, sizeof source, "scenario %s@%lld", d->name, (long long)d->version);
    if (mem_grow((void **)&self->scenarios, &self->cap_scenarios, self->n_scenarios + 1, sizeof *self->scenarios) != 0)
        return error_nomem(self->err, "scenarios");
    int rc = scenario_parse(&self->scenarios[self->n_scenarios], source, d->name, d->version, d->body, strlen(d->body),
                            self->err);
    self->n_scenarios += rc == 0;
    return rc;
}

int policy_load(struct policy **out, struct store *store, struct error *err)
{
    struct policy *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "rules");
    self->err = err;
    int rc = documents_each(store, DOCUMENT_RULES, take_rules, self, err);
    if (rc == 0)
        rc = documents_each(store, DOCUMENT_SCENARIO, take_scenario, self, err);
    self->err = NULL;
    if (rc != 0)
        policy_release(self);
    else
        *out = self;
    return rc;
}

void policy_release(struct policy *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->n_rules; i++)
        ruleset_release(self->rules[i]);
    for (size_t i = 0; i < self->n_scenarios; i++)
        scenario_free(self->scenarios[i]);
    mem_free(self->rules);
    mem_free(self->scenarios);
    mem_free(self);
}

static int64_t sooner(int64_t next, int64_t moment, int64_t now)
{
    return moment > now && moment < next ? moment : next;
}

int64_t policy_next_change(const struct policy *self, int64_t now)
{
    int64_t next = (now / CLOCK_DAY_MS + 1) * CLOCK_DAY_MS;
    for (size_t s = 0; s < self->n_rules; s++)
        for (uint32_t r = 0; r < ruleset_count(self->rules[s]); r++) {
            const struct rule *rule = ruleset_rule(self->rules[s], r);
            next = sooner(sooner(next, rule->from, now), rule->until, now);
        }
    return next;
}

bool policy_wants_new(const struct policy *self)
{
    bool any = false;
    for (size_t i = 0; i < self->n_scenarios; i++)
        any = any || self->scenarios[i]->fresh > 0;
    return any;
}

size_t policy_rulesets(const struct policy *self)
{
    return self->n_rules;
}

struct ruleset *policy_ruleset_at(const struct policy *self, size_t i)
{
    return self->rules[i];
}

size_t policy_scenarios(const struct policy *self)
{
    return self->n_scenarios;
}

const struct scenario *policy_scenario_at(const struct policy *self, size_t i)
{
    return self->scenarios[i];
}

static int not_found(const char *name, const char *noun, const struct str *names, struct error *err)
{
    error_set(err, E_NOT_FOUND, name, "there is no such %s", noun);
    return names->len > 0 ? error_hint(err, E_NOT_FOUND, "in force are %s", str_text(names))
                          : error_hint(err, E_NOT_FOUND, "none is in force");
}

int policy_scenario(const struct policy *self, const char *name, const struct scenario **out, struct error *err)
{
    struct str names;
    for (size_t i = 0; i < self->n_scenarios; i++)
        if (strcmp(self->scenarios[i]->name, name) == 0) {
            *out = self->scenarios[i];
            return 0;
        }
    str_init(&names, 250);
    for (size_t i = 0; i < self->n_scenarios; i++)
        str_printf(&names, "%s%s", i > 0 ? ", " : "", self->scenarios[i]->name);
    int rc = not_found(name, "scenario", &names, err);
    str_release(&names);
    return rc;
}

/* *out NULL: none are named, and there are none of the default name. */
static int find_rules(const struct policy *self, const char *name, struct ruleset **out, struct error *err)
{
    const char *wanted = name != NULL ? name : POLICY_DEFAULT_RULES;
    struct str names;
    *out = NULL;
    if (strcmp(wanted, POLICY_NO_RULES) == 0)
        return 0;
    for (size_t i = 0; i < self->n_rules; i++)
        if (strcmp(ruleset_name(self->rules[i]), wanted) == 0)
            *out = self->rules[i];
    if (*out != NULL || name == NULL)
        return 0;
    str_init(&names, 250);
    for (size_t i = 0; i < self->n_rules; i++)
        str_printf(&names, "%s%s", i > 0 ? ", " : "", ruleset_name(self->rules[i]));
    int rc = not_found(name, "rule set", &names, err);
    str_release(&names);
    return rc;
}

static double said(double asked, double scenario)
{
    return asked >= 0 ? asked : scenario >= 0 ? scenario : 0;
}

int policy_request(const struct policy *self, const struct asked *asked, const struct settings *settings,
                   struct recommender_request *request, const struct scenario **scenario, struct error *err)
{
    static const struct scenario nothing = {.diversity = -1, .fresh = -1};
    const struct scenario *s = NULL;
    int rc = asked->scenario != NULL ? policy_scenario(self, asked->scenario, &s, err) : 0;
    *scenario = s;
    if (rc != 0)
        return rc;
    s = s != NULL ? s : &nothing;
    const char *mode = asked->mode != NULL ? asked->mode : s->mode != NULL ? s->mode
                                                                          : settings_text(settings, SETTING_ID_MODE);
    request->n = asked->n != 0 ? asked->n : s->n != 0 ? s->n : (uint32_t)settings_int(settings, SETTING_ID_SLATE_SIZE);
    request->repeat = strcmp(mode, "repeat") == 0;
    request->filter = asked->filter != NULL ? asked->filter : s->filter;
    request->diversity = said(asked->diversity, s->diversity);
    request->fresh = said(asked->fresh, s->fresh);
    request->fresh_days = (uint32_t)settings_int(settings, SETTING_ID_FRESH_DAYS);
    request->scenario = asked->scenario;
    if (request->n_limits == 0) {
        request->limits = s->limits;
        request->n_limits = s->n_limits;
    }
    return find_rules(self, asked->rules != NULL ? asked->rules : s->rules, &request->rules, err);
}
