/* Any text is either refused with its line and words, or becomes a rule set, or a scenario, of which everything holds
 * that its header says. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "recommend/ruleset.h"
#include "recommend/scenario.h"

const char *const fuzz_words[] = {"[a]\n", "kind = ", "\"boost\"\n", "\"pin\"\n", "\"limit-per\"\n",
                                  "items = \"x=1\"\n",
                                  "identifiers = \"a, b\"\n", "factor = 2\n", "share = 0.5\n", "k = 1\n", "when = ",
                                  "from = \"2026-01-01\"\n", "until = \"2026-02-01\"\n", "models = \"a:2, b\"\n",
                                  "limit-per = \"brand=2\"\n", "mode = \"repeat\"\n", "\"", "=", "\n", ",",
                                  "\\", "#", NULL};

static void want(bool holds)
{
    if (!holds)
        abort();
}

static void check_refusal(int rc, const struct error *err)
{
    want(rc == E_BAD_DATA && strncmp(err->what, "text:", 5) == 0 && err->why[0] != '\0');
}

static void check_rule(const struct rule *r)
{
    char text[RULE_TEXT_MAX];
    want(strlen(rule_text(r, text)) < RULE_TEXT_MAX && r->from < r->until);
    if (r->kind == RULE_LIMIT)
        want(r->attribute != NULL && r->k >= 1);
    else
        want((r->items != NULL) != (r->identifiers.n > 0));
    want(r->kind != RULE_BOOST || (r->factor > 1 && r->factor <= 100));
    want(r->kind != RULE_BURY || (r->factor >= 0.01 && r->factor < 1));
    want(r->kind != RULE_PROMOTE || (r->share >= 0 && r->share <= 1));
    want(r->kind != RULE_PIN || r->position >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ruleset *set;
    struct scenario *scenario;
    struct error err;
    int rc = ruleset_parse(&set, "text", "text", 1, (const char *)data, size, &err);
    if (rc == 0) {
        want(ruleset_count(set) <= RULES_MAX);
        for (uint32_t i = 0; i < ruleset_count(set); i++)
            check_rule(ruleset_rule(set, i));
        ruleset_release(set);
    } else {
        check_refusal(rc, &err);
    }
    rc = scenario_parse(&scenario, "text", "text", 1, (const char *)data, size, &err);
    if (rc == 0) {
        want(scenario->n_models <= SCENARIO_MODELS_MAX && scenario->n_limits <= RECOMMENDER_LIMITS_MAX);
        for (uint32_t i = 0; i < scenario->n_models; i++)
            want(scenario->models[i].weight > 0);
        scenario_free(scenario);
    } else {
        check_refusal(rc, &err);
    }
    return 0;
}
