/* rules list | show | set | try | history | rollback | remove. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/commands.h"
#include "command/documents_command.h"
#include "command/question.h"

/* list */

static void add_rule(struct result *out, const char *set, int64_t version, const struct rule *rule)
{
    char text[RULE_TEXT_MAX];
    struct str items;
    str_init(&items, 8192);
    str_puts(&items, rule->items != NULL ? rule->items : "");
    for (size_t i = 0; i < rule->identifiers.n; i++)
        str_printf(&items, "%s%s", i > 0 ? ", " : "", rule->identifiers.list[i]);
    result_add_text(out, set);
    result_add_int(out, version);
    result_add_text(out, rule_text(rule, text));
    result_add_text(out, items.len > 0 ? str_text(&items) : NULL);
    str_clear(&items);
    for (size_t i = 0; i < rule->scenarios.n; i++)
        str_printf(&items, "%s%s", i > 0 ? ", " : "", rule->scenarios.list[i]);
    result_add_text(out, items.len > 0 ? str_text(&items) : NULL);
    result_add_text(out, rule->when);
    if (rule->from != INT64_MIN)
        result_add_time(out, rule->from);
    else
        result_add_null(out);
    if (rule->until != INT64_MAX)
        result_add_time(out, rule->until);
    else
        result_add_null(out);
    str_release(&items);
}

struct listing {
    struct result *out;
    struct error *err;
};

static int list_set(void *context, const struct document *d)
{
    struct listing *l = context;
    struct ruleset *set;
    int rc = ruleset_parse(&set, d->name, d->name, d->version, d->body, strlen(d->body), l->err);
    if (rc != 0)
        return rc;
    for (uint32_t r = 0; r < ruleset_count(set); r++)
        add_rule(l->out, d->name, d->version, ruleset_rule(set, r));
    ruleset_release(set);
    return 0;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct listing l = {out, err};
    (void)args;
    result_add_column(out, "set", CELL_TEXT, "", "default: where nobody names one", 0);
    result_add_column(out, "version", CELL_INT, "", "", 0);
    result_add_column(out, "rule", CELL_TEXT, "", "", 0);
    result_add_column(out, "items", CELL_TEXT, "", "", 0);
    result_add_column(out, "scenario", CELL_TEXT, "", "empty: everywhere", 0);
    result_add_column(out, "when", CELL_TEXT, "", "", 0);
    result_add_column(out, "from", CELL_TIME, "", "", 0);
    result_add_column(out, "until", CELL_TIME, "", "", 0);
    int rc = documents_each(app->store, DOCUMENT_RULES, list_set, &l, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "No rules are in force. Next: reckon rules try rules.toml --user USER");
    return rc;
}

const struct command command_rules_list = {
    .name = "rules list",
    .summary = "show the rules that are in force",
    .description = "",
    .examples = "  reckon rules list\n",
    .flags = CF_WORKSPACE,
    .run = run_list,
};

/* show */

static int run_show(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_show(app, args, DOCUMENT_RULES, out, err);
}

static const struct command_param show_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_RULES, POLICY_DEFAULT_RULES, 0, 0, NULL,
     "NAME, or NAME@VERSION of an older version"},
    {0},
};

const struct command command_rules_show = {
    .name = "rules show",
    .summary = "show a rule set as it was written",
    .description = "",
    .examples = "  reckon rules show >rules.toml\n  reckon rules show summer@3\n",
    .params = show_params,
    .flags = CF_WORKSPACE,
    .run = run_show,
};

/* set */

/* Parsed and checked against the store; mem_free(*text), and release the set. */
static int read_rules(struct app *app, const struct args *args, char **text, struct ruleset **set, struct error *err)
{
    const char *path = args_text(args, "file");
    size_t n;
    int rc = documents_read_file(path, text, &n, err);
    if (rc != 0)
        return rc;
    rc = ruleset_parse(set, documents_file_name(path), documents_file_name(path), 0, *text, n, err);
    if (rc != 0) {
        mem_free(*text);
        return rc;
    }
    rc = recommender_check_rules(app->store, *set, err);
    if (rc == 0 && ruleset_count(*set) == 0) {
        error_set(err, E_BAD_DATA, documents_file_name(path), "there is no rule in it");
        rc = error_hint(err, E_BAD_DATA, "`reckon rules remove` takes a rule set out of force");
    }
    if (rc != 0) {
        ruleset_release(*set);
        mem_free(*text);
    }
    return rc;
}

static int run_set(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct ruleset *set;
    char *text;
    const char *name = args_text(args, "name");
    if (strcmp(name, POLICY_NO_RULES) == 0)
        return error_set(err, E_USAGE, "--name", "'%s' means no rules at all, and cannot be the name of some", name);
    int rc = read_rules(app, args, &text, &set, err);
    if (rc != 0)
        return rc;
    rc = documents_command_put(app, args, DOCUMENT_RULES, name, text, out, err);
    if (rc == 0)
        result_fact_int(out, "rules", ruleset_count(set), "");
    ruleset_release(set);
    mem_free(text);
    return rc;
}

#define FILE_PARAM {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "TOML; - is standard input"}

static const struct command_param set_params[] = {
    FILE_PARAM,
    {"name", PT_TEXT, PF_RULES, POLICY_DEFAULT_RULES, 0, 0, NULL,
     "of the rule set; the one called default is that of all requests and scenarios that name none"},
    DOCUMENTS_COMMENT_PARAM, DOCUMENTS_BY_PARAM,
    {0},
};

#define RULES_HELP                                                                                                    \
    "The file is TOML with a table for each rule: [spring-sale], then kind (pin, boost, bury, hide, limit-per or "    \
    "promote); items (a filter) or identifiers (\"85123A, 22423\"); factor of boost and bury, position and k of pin, " \
    "attribute and k of limit-per, share of promote; and when it is in force: scenario, when (a filter about the "    \
    "person and the page), cart and view (filters about items: one in the cart, the one in view), from, until. An unknown name is an error with its line."

const struct command command_rules_set = {
    .name = "rules set",
    .summary = "put rules into force: pin, boost, bury, hide, limit and promote items",
    .description = RULES_HELP " Every set is a new version; the last one is in force.",
    .examples = "  reckon rules set rules.toml --comment 'spring sale'\n  reckon rules set summer.toml --name summer\n",
    .params = set_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_set,
};

/* try */

static uint32_t place_in(const struct slate *slate, const char *item)
{
    for (uint32_t i = 0; i < slate->n; i++)
        if (strcmp(slate->items[i].item, item) == 0)
            return i + 1;
    return 0;
}

static void add_place(struct result *out, uint32_t place)
{
    if (place > 0)
        result_add_int(out, place);
    else
        result_add_null(out);
}

static void add_shown(struct result *out, const struct slate *before, const struct slate *after, uint32_t i)
{
    const struct recommender_item *item = &after->items[i];
    uint32_t was = place_in(before, item->item);
    char move[32];
    struct str rules;
    str_init(&rules, 4096);
    for (uint32_t r = 0; r < item->n_rules; r++)
        str_printf(&rules, "%s%s", r > 0 ? "; " : "", item->rules[r]);
    if (was == 0)
        snprintf(move, sizeof move, "new");
    else if (was == i + 1)
        move[0] = '\0';
    else
        snprintf(move, sizeof move, "%s %u", was > i + 1 ? "up" : "down", was > i + 1 ? was - i - 1 : i + 1 - was);
    add_place(out, i + 1);
    add_place(out, was);
    result_add_text(out, move);
    result_add_text(out, item->item);
    result_add_text(out, item->title);
    result_add_text(out, str_text(&rules));
    str_release(&rules);
}

static int add_gone(struct result *out, struct question *q, const struct recommender_item *item, uint32_t was,
                    struct error *err)
{
    struct why w;
    int rc = recommender_why(q->recommender, &q->request, item->item, &w, err);
    if (rc != 0)
        return rc;
    result_add_null(out);
    add_place(out, was);
    result_add_text(out, "out");
    result_add_text(out, item->item);
    result_add_text(out, item->title);
    result_add_text(out, w.rule[0] != '\0' ? w.rule : w.n_rules > 0 ? w.rules[0] : "others come first");
    why_release(&w);
    return 0;
}

/* Why an item that a rule pins is not in the slate. */
static void say_left_out(struct str *out, const struct question *q, const struct why *w)
{
    switch (w->status) {
    case WHY_SEEN: str_puts(out, "the user has it already (--mode repeat shows such items too)"); break;
    case WHY_EXCLUDED: str_puts(out, "--without names it"); break;
    case WHY_FILTERED: str_printf(out, "the filter keeps it out: %s", w->filter_term); break;
    case WHY_HIDDEN:
    case WHY_LIMITED: str_printf(out, "%s", w->rule); break;
    case WHY_UNKNOWN: {
        const struct model_record *r = recommender_record(q->recommender);
        str_printf(out, "unknown to %s@%lld, which was trained before it came", r->name, (long long)r->version);
        break;
    }
    case WHY_SHOWN:
    case WHY_RANK: str_printf(out, "the slate of %u ends before its place", q->request.n); break;
    }
}

static int add_left_out(struct result *out, const struct question *q, const struct rule *rule, const char *item,
                        struct error *err)
{
    struct why w;
    struct str reason;
    char text[RULE_TEXT_MAX];
    int rc = recommender_why(q->recommender, &q->request, item, &w, err);
    if (rc != 0)
        return rc;
    str_init(&reason, 4096);
    str_printf(&reason, "%s; left out: ", rule_text(rule, text));
    say_left_out(&reason, q, &w);
    result_add_null(out);
    result_add_null(out);
    result_add_text(out, "left out");
    result_add_text(out, item);
    result_add_text(out, w.title);
    result_add_text(out, str_text(&reason));
    str_release(&reason);
    why_release(&w);
    return 0;
}

/* Of items that are named: the first k that may be shown get their place, so those are asked about that come before. */
static int explain_named_pin(struct question *q, const struct rule *rule, const struct slate *before,
                             const struct slate *after, struct result *out, struct error *err)
{
    uint32_t placed = 0;
    int rc = 0;
    for (size_t i = 0; i < rule->identifiers.n && placed < rule->k && rc == 0; i++) {
        const char *item = rule->identifiers.list[i];
        if (place_in(after, item) > 0)
            placed++;
        else if (place_in(before, item) == 0) /* else it is listed as one that is gone */
            rc = add_left_out(out, q, rule, item, err);
    }
    return rc;
}

static void explain_pin(const struct question *q, const struct rule *rule, const struct slate *after, struct result *out)
{
    char text[RULE_TEXT_MAX];
    uint32_t placed = 0, wanted = q->request.n >= rule->position ? q->request.n - rule->position + 1 : 0;
    rule_text(rule, text);
    wanted = rule->k < wanted ? rule->k : wanted;
    for (uint32_t i = 0; i < after->n; i++)
        for (uint32_t r = 0; r < after->items[i].n_rules; r++)
            placed += strcmp(after->items[i].rules[r], text) == 0;
    if (placed < wanted)
        result_note(out, "%s: %u of %u: no more of its items may be shown to this user, or are known to the model "
                    "(`reckon why %s ITEM` tells of each).", text, placed, wanted, q->request.user);
}

/* Pins that did not do what they say. */
static int explain_pins(struct question *q, struct ruleset *set, const struct slate *before, const struct slate *after,
                        struct result *out, struct error *err)
{
    uint64_t active;
    int rc = recommender_rules_in_force(q->recommender, &q->request, &active, err);
    for (uint32_t r = 0; r < ruleset_count(set) && rc == 0; r++) {
        const struct rule *rule = ruleset_rule(set, r);
        if (rule->kind != RULE_PIN)
            continue;
        if ((active >> r & 1) == 0)
            result_note(out, "%s does not apply here: another scenario, page, person, cart or time.", rule->name);
        else if (rule->items == NULL)
            rc = explain_named_pin(q, rule, before, after, out, err);
        else
            explain_pin(q, rule, after, out);
    }
    return rc;
}

static int compare(struct question *q, const struct slate *before, const struct slate *after, struct result *out,
                   struct error *err)
{
    int rc = 0;
    result_add_column(out, "place", CELL_INT, "", "with these rules", 0);
    result_add_column(out, "before", CELL_INT, "", "as it is now", 0);
    result_add_column(out, "move", CELL_TEXT, "", "", 0);
    result_add_column(out, "item", CELL_TEXT, "", "", 0);
    result_add_column(out, "title", CELL_TEXT, "", "", 0);
    result_add_column(out, "rules", CELL_TEXT, "", "that acted on it", 0);
    uint32_t same = 0;
    for (uint32_t i = 0; i < after->n; i++) {
        add_shown(out, before, after, i);
        same += place_in(before, after->items[i].item) == i + 1;
    }
    for (uint32_t i = 0; i < before->n && rc == 0; i++)
        if (place_in(after, before->items[i].item) == 0)
            rc = add_gone(out, q, &before->items[i], i + 1, err);
    if (rc == 0 && same == after->n && before->n == after->n)
        result_note(out, "Nothing changes for this user.");
    return rc;
}

static int ask_both(struct question *q, struct ruleset *set, struct result *out, struct error *err)
{
    struct slate before, after;
    int rc = recommender_recommend(q->recommender, &q->request, &before, err);
    if (rc != 0)
        return rc;
    q->request.rules = set;
    rc = recommender_recommend(q->recommender, &q->request, &after, err);
    if (rc == 0) {
        result_set_title(out, "For %s", q->request.user);
        rc = compare(q, &before, &after, out, err);
        if (rc == 0)
            rc = explain_pins(q, set, &before, &after, out, err);
        question_report_model(q, out);
        result_fact_text(out, "mode", question_mode(q));
        question_report_slate(q, &after, out);
        slate_release(&after);
    }
    slate_release(&before);
    return rc;
}

static int run_try(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct question q;
    struct ruleset *set;
    char *text;
    int rc = read_rules(app, args, &text, &set, err);
    if (rc != 0)
        return rc;
    mem_free(text);
    rc = question_begin(&q, app, args, false, err);
    if (rc == 0) {
        q.request.user = args_text(args, "user");
        rc = ask_both(&q, set, out, err);
        question_end(&q);
    }
    if (rc == 0)
        result_note(out, "Nothing was stored. To put the rules into force: reckon rules set %s",
                    args_text(args, "file"));
    ruleset_release(set);
    return rc;
}

static const struct command_param try_params[] = {
    FILE_PARAM,
    {"user", PT_TEXT, PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "the user's identifier"},
    QUESTION_PARAMS, QUESTION_MODE_PARAM, QUESTION_PERSON_PARAMS,
    {0},
};

const struct command command_rules_try = {
    .name = "rules try",
    .summary = "show what rules would do to a user's slate, without putting them into force",
    .description = "Answers once by the rules in force and once by those of the file, side by side: what moved, what "
                   "is gone, and which rule did it; and why an item that a rule pins is left out. Nothing is "
                   "stored.\n\n" RULES_HELP,
    .examples = "  reckon rules try rules.toml --user 12347\n"
                "  reckon rules try rules.toml --user 12347 --scenario home\n",
    .params = try_params,
    .flags = CF_WORKSPACE,
    .run = run_try,
};

/* history, rollback, remove */

static const struct command_param name_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_RULES, POLICY_DEFAULT_RULES, 0, 0, NULL, "the rule set"},
    {0},
};

static int run_history(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_history(app, args, DOCUMENT_RULES, out, err);
}

const struct command command_rules_history = {
    .name = "rules history",
    .summary = "show who changed a rule set, when and what for",
    .description = "",
    .examples = "  reckon rules history\n",
    .params = name_params,
    .flags = CF_WORKSPACE,
    .run = run_history,
};

static int run_rollback(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_rollback(app, args, DOCUMENT_RULES, out, err);
}

static const struct command_param rollback_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_RULES, POLICY_DEFAULT_RULES, 0, 0, NULL, "the rule set"},
    {"to", PT_INT, 0, NULL, 1, 1e9, NULL, "the version; default: the one before that in force"},
    DOCUMENTS_BY_PARAM,
    {0},
};

const struct command command_rules_rollback = {
    .name = "rules rollback",
    .summary = "bring an earlier version of a rule set back into force",
    .description = "",
    .examples = "  reckon rules rollback\n  reckon rules rollback summer --to 2\n",
    .params = rollback_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_rollback,
};

static int run_remove(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_remove(app, args, DOCUMENT_RULES, out, err);
}

static const struct command_param remove_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_RULES, POLICY_DEFAULT_RULES, 0, 0, NULL, "the rule set"},
    DOCUMENTS_BY_PARAM,
    {0},
};

const struct command command_rules_remove = {
    .name = "rules remove",
    .summary = "take a rule set out of force",
    .description = "",
    .examples = "  reckon rules remove\n",
    .params = remove_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_remove,
};
