/* Rule sets and scenarios as they are written: what is read, and what every mistake is called. */
#include "recommend/ruleset.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "recommend/scenario.h"
#include "tests/unit/check_main.h"

static struct ruleset *parse(const char *text, struct error *err)
{
    struct ruleset *set = NULL;
    int rc = ruleset_parse(&set, "r.toml", "r", 3, text, strlen(text), err);
    ck_assert(rc == 0 || rc == E_BAD_DATA);
    return rc == 0 ? set : NULL;
}

START_TEST(test_everything_that_may_be_written)
{
    struct error err = {0};
    char text[RULE_TEXT_MAX];
    int64_t begin, end;
    struct ruleset *set = parse("# spring\n"
                                "[sale]\nkind = \"boost\"\nitems = \"category=Garden and price<20\"\nfactor = 1.5\n"
                                "scenario = \"home, email\"\nwhen = \"user.country=France\"\nfrom = \"2026-03-01\"\n"
                                "until = \"2026-05-31\"\n"
                                "[\"our own\"]\nkind = \"pin\"\nidentifiers = \"a, b,c\"\nposition = 2\n"
                                "[slow]\nkind = \"bury\"\nitems = \"price>100\"\nfactor = 0.5\n"
                                "[gone]\nkind = \"hide\"\nitems = \"not in_stock\"\n"
                                "[brands]\nkind = \"limit-per\"\nattribute = \"brand\"\nk = 2\n"
                                "[new]\nkind = \"promote\"\nitems = \"launched>2026\"\nshare = 0.2\n", &err);
    ck_assert_msg(set != NULL, "%s: %s", err.what, err.why);
    ck_assert_uint_eq(ruleset_count(set), 6);
    ck_assert_int_eq(ruleset_version(set), 3);
    const struct rule *sale = ruleset_rule(set, 0), *pin = ruleset_rule(set, 1);
    ck_assert_str_eq(rule_text(sale, text), "sale: boost x1.5");
    ck_assert(clock_parse("2026-03-01", 10, &begin) && clock_parse("2026-06-01", 10, &end));
    ck_assert(!rule_applies(sale, "home", begin - 1) && rule_applies(sale, "home", begin));
    ck_assert(rule_applies(sale, "email", end - 1) && !rule_applies(sale, "email", end));
    ck_assert(!rule_applies(sale, "cart", begin) && !rule_applies(sale, NULL, begin));
    ck_assert(rule_applies(pin, NULL, 0) && rule_applies(pin, "cart", end));
    ck_assert_uint_eq(pin->k, 3);
    ck_assert_str_eq(pin->identifiers.list[2], "c");
    ck_assert_str_eq(rule_text(ruleset_rule(set, 4), text), "brands: at most 2 per brand");
    ck_assert_str_eq(rule_text(ruleset_rule(set, 5), text), "new: promote, 20 % of the slots");
    ruleset_release(set);
}
END_TEST

static const struct {
    const char *text, *where, *why, *hint;
} mistakes[] = {
    {"[a]\nkind = \"boots\"\nitems = \"x=1\"\nfactor = 2\n", "r.toml:2", "'boots' is no kind of rule", "perhaps boost"},
    {"[a]\nkind = \"boost\"\nitem = \"x=1\"\n", "r.toml:3", "nothing is called 'item' here", "perhaps items"},
    {"[a]\nitems = \"x=1\"\n", "r.toml:2", "does not say its kind", ""},
    {"[a]\nkind = \"boost\"\nitems = \"x=1\"\n", "r.toml:2", "needs 'factor'", ""},
    {"[a]\nkind = \"boost\"\nfactor = 2\n", "r.toml:2", "needs either items", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1\"\nidentifiers = \"b\"\n", "r.toml:2", "needs either items", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1\"\nfactor = 2\n", "r.toml:4", "has no 'factor'", ""},
    {"[a]\nkind = \"boost\"\nitems = \"x=1\"\nfactor = 0.5\n", "r.toml:4", "above 1", ""},
    {"[a]\nkind = \"bury\"\nitems = \"x=1\"\nfactor = 2\n", "r.toml:4", "below 1", ""},
    {"[a]\nkind = \"bury\"\nitems = \"x=1\"\nfactor = -2\n", "r.toml:4", "from 0.01 to 100", ""},
    {"[a]\nkind = \"bury\"\nitems = \"x=1\"\nfactor = \"2\"\n", "r.toml:4", "must be a number", ""},
    {"[a]\nkind = \"promote\"\nitems = \"x=1\"\nshare = 1.5\n", "r.toml:4", "from 0 to 1", ""},
    {"[a]\nkind = \"limit-per\"\nattribute = \"b\"\nk = 1.5\n", "r.toml:4", "whole number", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1 and\"\n", "r.toml:3", "expected a field", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1\"\nwhen = \"(\"\n", "r.toml:4", "expected", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1\"\ncart = \"(\"\n", "r.toml:4", "expected", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1\"\nview = \"x=\"\n", "r.toml:4", "", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1\"\nkind = \"hide\"\n", "r.toml:4", "there already, in line 2", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1\"\n[b]\nkind = \"hide\"\nitems = \"x=1\"\n[a]\nkind = \"hide\"\n", "r.toml:8",
     "a rule 'a' already", ""},
    {"[empty]\n[a]\nkind = \"hide\"\nitems = \"x=1\"\n", "r.toml:3", "has no lines", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1\"\n[empty]\n", "r.toml:4", "has no lines", ""},
    {"kind = \"hide\"\n", "r.toml:1", "before the first rule", "[spring-sale]"},
    {"[a]\nkind = \"hide\"\nidentifiers = \"x,,y\"\n", "r.toml:3", "empty place", ""},
    {"[a]\nkind = \"hide\"\nitems = \"\"\n", "r.toml:3", "is empty", ""},
    {"[a]\nkind = \"hide\"\nitems = x\n", "r.toml:3", "in quotes", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1\"\nfrom = \"soon\"\n", "r.toml:4", "must be a date", ""},
    {"[a]\nkind = \"hide\"\nitems = \"x=1\"\nfrom = \"2026-02-01\"\nuntil = \"2026-01-01\"\n", "r.toml:5",
     "ends before it begins", ""},
};

START_TEST(test_mistakes_have_a_place_and_a_name)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct error err = {0};
        ck_assert_ptr_null(parse(mistakes[i].text, &err));
        ck_assert_msg(strcmp(err.what, mistakes[i].where) == 0 && strstr(err.why, mistakes[i].why) != NULL &&
                          strstr(err.hint, mistakes[i].hint) != NULL,
                      "%s gives %s: %s; %s", mistakes[i].text, err.what, err.why, err.hint);
    }
}
END_TEST

START_TEST(test_scenarios)
{
    struct error err = {0};
    struct scenario *s;
    const char *text = "models = \"blend, content:0.5\"\nrules = \"summer\"\nn = 12\nmode = \"repeat\"\n"
                       "filter = \"in_stock\"\ndiversity = 0.25\nfresh = 0.1\nlimit-per = \"brand=2, category=3\"\n"
                       "attributes = \"price, image\"\n";
    ck_assert_msg(scenario_parse(&s, "s.toml", "home", 2, text, strlen(text), &err) == 0, "%s: %s", err.what, err.why);
    ck_assert_uint_eq(s->n_models, 2);
    ck_assert_str_eq(s->models[1].spec, "content");
    ck_assert_double_eq(s->models[0].weight, 1);
    ck_assert_double_eq(s->models[1].weight, 0.5);
    ck_assert_str_eq(s->limits[1].field, "category");
    ck_assert_uint_eq(s->limits[1].k, 3);
    ck_assert_uint_eq(s->n, 12);
    ck_assert_double_eq(s->diversity, 0.25);
    ck_assert_uint_eq(s->attributes.n, 2);
    scenario_free(s);
    ck_assert_int_eq(scenario_parse(&s, "s.toml", "home", 2, "", 0, &err), 0);
    ck_assert(s->diversity < 0 && s->fresh < 0 && s->n == 0 && s->mode == NULL);
    scenario_free(s);
    static const char *const bad[] = {"model = \"a\"", "n = 0", "mode = \"both\"", "filter = \"(\"", "diversity = 2",
                                      "limit-per = \"brand\"", "limit-per = \"brand=0\"", "models = \"a:x\"",
                                      "models = \"a,b,c,d,e\"", "[x]\nn = 1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(scenario_parse(&s, "s.toml", "home", 2, bad[i], strlen(bad[i]), &err) == E_BAD_DATA &&
                          strncmp(err.what, "s.toml:", 7) == 0, "%s", bad[i]);
}
END_TEST

START_TEST(test_memory_may_run_out)
{
    const char *text = "[a]\nkind = \"pin\"\nidentifiers = \"a, b\"\n"
                       "[b]\nkind = \"hide\"\nitems = \"x=1\"\nwhen = \"y\"\n";
    struct ruleset *set;
    struct error err;
    for (unsigned long n = 1;; n++) {
        mem_fail_after(n);
        int rc = ruleset_parse(&set, "r.toml", "r", 1, text, strlen(text), &err);
        mem_fail_after(0);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, E_NOMEM);
    }
    ruleset_release(set);
}
END_TEST

CHECK_MAIN("ruleset", test_everything_that_may_be_written, test_mistakes_have_a_place_and_a_name, test_scenarios,
           test_memory_may_run_out)
