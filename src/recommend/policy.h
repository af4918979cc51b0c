/* policy: the rule sets and scenarios that are in force, read once; and what a request comes to under them.
 *
 * Immutable: any number of threads.  Whoever asks a recommender by a request that policy_request filled keeps the
 * policy until the answer is there. */
#ifndef RECKON_RECOMMEND_POLICY_H
#define RECKON_RECOMMEND_POLICY_H

#include "base/settings.h"
#include "recommend/ruleset.h"
#include "recommend/scenario.h"

#define POLICY_DEFAULT_RULES "default" /* the rule set where nobody names one */
#define POLICY_NO_RULES "none"

struct policy;

int policy_load(struct policy **out, struct store *store, struct error *err);
void policy_release(struct policy *self); /* NULL is fine */

/* The next moment (ms) after `now` at which a rule begins or ends, or a day begins and draws are made anew. */
int64_t policy_next_change(const struct policy *self, int64_t now);

bool policy_wants_new(const struct policy *self); /* does a scenario show new items? */
size_t policy_rulesets(const struct policy *self);
struct ruleset *policy_ruleset_at(const struct policy *self, size_t i); /* by name */
size_t policy_scenarios(const struct policy *self);
const struct scenario *policy_scenario_at(const struct policy *self, size_t i); /* by name */
/* E_NOT_FOUND names what there is. */
int policy_scenario(const struct policy *self, const char *name, const struct scenario **out, struct error *err);

/* What somebody asked for by a command or over HTTP. */
struct asked {
    const char *scenario;    /* NULL: none */
    const char *rules;       /* NULL: not said; "none" */
    const char *mode, *filter; /* NULL: not said */
    uint32_t n;              /* 0: not said */
    double diversity, fresh; /* negative: not said */
};

/* Fills of the request what these say, the scenario where they do not, and the settings where neither does: n, repeat,
 * filter, diversity, fresh, fresh_days, limits (unless the request has some), rules and scenario.  *scenario: it, or
 * NULL.
 * E_NOT_FOUND: the scenario or the rule set. */
int policy_request(const struct policy *self, const struct asked *asked, const struct settings *settings,
                   struct recommender_request *request, const struct scenario **scenario, struct error *err);

#endif
