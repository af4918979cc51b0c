/* privacy retention list | set | run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/audited.h"
#include "command/commands.h"
#include "store/backups.h"
#include "store/erase.h"
#include "store/kinds.h"
#include "store/retention.h"

enum { RULES_MAX = 64 };

struct rules {
    struct retention_rule rule[RULES_MAX];
    char kind[RULES_MAX][64];
    size_t n;
};

static int take_rule(void *context, const struct retention_rule *rule)
{
    struct rules *rules = context;
    if (rules->n == RULES_MAX)
        return 0;
    strncpy(rules->kind[rules->n], rule->kind, 63);
    rules->rule[rules->n] = *rule;
    rules->rule[rules->n].kind = rules->kind[rules->n];
    rules->n++;
    return 0;
}

static void add_columns(struct result *out, const char *n)
{
    result_add_column(out, "kind", CELL_TEXT, "", "of event; the rest: every kind without a rule of its own", -1);
    result_add_column(out, "days", CELL_INT, "", "", -1);
    result_add_column(out, "counts_stay", CELL_BOOL, "", "", -1);
    result_add_column(out, n, CELL_INT, "", "", -1);
}

static void add_rule(struct result *out, const struct retention_rule *rule, int64_t n)
{
    result_add_text(out, rule->kind[0] != '\0' ? rule->kind : "(the rest)");
    result_add_int(out, rule->days);
    result_add_bool(out, rule->count);
    result_add_int(out, n);
}

static int each_rule(struct app *app, bool run, struct result *out, int64_t *total, struct error *err)
{
    struct rules *rules = mem_zalloc(1, sizeof *rules);
    int64_t now = clock_now_ms(), n = 0;
    if (rules == NULL)
        return error_nomem(err, "retention");
    add_columns(out, run ? "deleted" : "due");
    int rc = retention_each(app->store, take_rule, rules, err);
    for (size_t i = 0; rc == 0 && i < rules->n; i++) {
        rc = run ? retention_run(app->store, &rules->rule[i], now, app->job, &n, err)
                 : retention_due(app->store, &rules->rule[i], now, &n, err);
        *total += n;
        if (rc == 0)
            add_rule(out, &rules->rule[i], n);
    }
    if (rc == 0 && rules->n == 0)
        result_note(out, "There is no rule: everything is kept. Two years is usual: reckon privacy retention set --days %d",
                    RETENTION_DAYS);
    mem_free(rules);
    return rc;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int64_t total = 0;
    (void)args;
    return each_rule(app, false, out, &total, err);
}

const struct command command_privacy_retention_list = {
    .name = "privacy retention list",
    .summary = "show how long events are kept, and what is due",
    .description = "",
    .examples = "  reckon privacy retention list\n",
    .flags = CF_WORKSPACE,
    .run = run_list,
};

static int run_set(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *kind = args_text(args, "kind");
    struct retention_rule rule = {.kind = kind != NULL ? kind : "", .days = args_int(args, "days"),
                                  .count = !args_flag(args, "no-counts")};
    int64_t id;
    int rc = store_begin(app->store, err);
    if (rc == 0 && strlen(rule.kind) > 63)
        rc = error_set(err, E_USAGE, "the kind", "is longer than a kind can be");
    rc = rc != 0 || kind == NULL ? rc : kinds_intern(app->store, kind, strlen(kind), &id, err);
    rc = rc != 0 ? rc : retention_set(app->store, &rule, err);
    rc = audited_end(app, "retention", json_pack("{s:s, s:I, s:b}", "kind", rule.kind, "days", (json_int_t)rule.days, "count",
                                            rule.count), rc, err);
    return rc != 0 ? rc : run_list(app, args, out, err);
}

static const struct command_param set_params[] = {
    {"kind", PT_TEXT, PF_POSITIONAL | PF_EVENT_KIND, NULL, 0, 0, NULL, "of event; default: every kind without its own rule"},
    {"days", PT_INT, 0, "730", 0, 36500, NULL, "how long; 0: for ever"},
    {"no-counts", PT_FLAG, 0, NULL, 0, 0, NULL, "not even how many an item had on a day stays"},
    {0},
};

const struct command command_privacy_retention_set = {
    .name = "privacy retention set",
    .summary = "say how long events are kept",
    .description = "Nothing is deleted until `reckon privacy retention run`, which a timer can do every night.",
    .examples = "  reckon privacy retention set\n  reckon privacy retention set purchase --days 3650\n",
    .params = set_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_set,
};

/* Copies from before a new schema hold people, too. */
static int prune_copies(struct app *app, struct result *out, struct error *err)
{
    char name[64];
    struct audit_actor actor = audited_actor(app, name);
    int64_t removed = 0;
    int rc = backups_prune(app->store, &actor, clock_now_ms(), &removed, err);
    if (rc == 0 && removed > 0)
        result_note(out, "Removed copies of the database from before a new schema, which were old enough: %" PRId64 ".", removed);
    return rc;
}

static int run_run(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct error own = {0};
    int64_t total = 0;
    if (args_flag(args, "dry-run"))
        return run_list(app, args, out, err);
    int rc = each_rule(app, true, out, &total, err);
    rc = rc != 0 ? rc : prune_copies(app, out, err);
    if (rc != 0 || total == 0)
        return rc;
    rc = store_begin(app->store, err);
    rc = audited_end(app, "retention run", json_pack("{s:I}", "events", (json_int_t)total), rc, err);
    if (rc == 0 && erase_rewrite(app->store, app->job, &own) != 0)
        result_note(out, "The rows are gone; the file could not be written anew, so that their bytes may still be in it (%s). "
                         "The next run or erasure does it.", own.why);
    return rc;
}

static bool is_dry(const struct args *args)
{
    return args_flag(args, "dry-run");
}

static const struct command_param run_params[] = {
    {"dry-run", PT_FLAG, 0, NULL, 0, 0, NULL, "only show what is due"},
    {0},
};

const struct command command_privacy_retention_run = {
    .name = "privacy retention run",
    .summary = "delete events that were kept long enough",
    .description = "What an item had on a day stays as a count, unless the rule says otherwise. Kinds under a legal hold are "
                   "passed over. Then the database file is written anew. Models stay until they are trained again. Copies from "
                   "before a new schema go when they are old enough, too (`reckon backup list`).",
    .examples = "  reckon privacy retention run --dry-run\n  reckon privacy retention run --yes\n",
    .params = run_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG | CF_DESTRUCTIVE,
    .harmless = is_dry,
    .run = run_run,
};
