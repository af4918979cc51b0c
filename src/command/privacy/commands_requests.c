/* privacy cases open | note | extend | close; privacy rectify. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/privacy/requests_report.h"
#include "command/privacy/subject_argument.h"
#include "privacy/erasure.h"
#include "privacy/rectify.h"
#include "privacy/requests.h"

static int add_step(void *context, int64_t at, const char *who, const char *action, const char *note)
{
    struct result *out = context;
    result_add_time(out, at);
    result_add_text(out, who);
    result_add_text(out, action);
    result_add_text(out, note[0] != '\0' ? note : NULL);
    return 0;
}

int requests_report(struct store *store, const struct case_record *r, struct result *out, struct error *err)
{
    result_add_column(out, "at", CELL_TIME, "", "", -1);
    result_add_column(out, "by", CELL_TEXT, "", "", -1);
    result_add_column(out, "step", CELL_TEXT, "", "", -1);
    result_add_column(out, "note", CELL_TEXT, "", "", -1);
    result_fact_int(out, "case", r->number, "");
    result_fact_text(out, "type", r->type);
    result_fact_text(out, "state", r->state);
    result_fact_text(out, "next", erasure_next(r));
    result_fact_text(out, "regulation", r->regulation);
    result_fact_time(out, "received", r->received);
    result_fact_time(out, "due", r->due);
    result_fact_bool(out, "extended", json_is_true(json_object_get(r->facts, "extended")));
    result_fact_bool(out, "overdue", r->closed == 0 && r->due < clock_now_ms());
    if (r->closed != 0)
        result_fact_time(out, "closed", r->closed);
    return cases_steps(store, r->number, add_step, out, err);
}

static int show(struct app *app, int64_t number, struct result *out, struct error *err)
{
    struct case_record r;
    int rc = cases_find(app->store, number, &r, err);
    if (rc != 0)
        return rc;
    rc = requests_report(app->store, &r, out, err);
    case_release(&r);
    return rc;
}

static int run_open(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char who[64];
    struct audit_actor actor = audited_actor(app, who);
    const char *when = args_text(args, "received");
    struct request_new q = {.type = args_text(args, "type"), .regulation = args_text(args, "regulation"),
                            .note = args_text(args, "note"), .checked = args_flag(args, "identity-checked")};
    int64_t number;
    int rc = subject_argument(app->store, args_text(args, "subject"), &q.user, err);
    if (rc == 0 && when != NULL && !clock_parse(when, strlen(when), &q.received))
        rc = error_set(err, E_USAGE, "--received", "'%s' is not a time like 2026-11-24 or 2026-11-24T12:00:00Z", when);
    rc = rc != 0 ? rc : requests_open(app->store, &actor, &q, &number, err);
    return rc != 0 ? rc : show(app, number, out, err);
}

static const struct command_param open_params[] = {
    {"subject", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "who asks: any identifier of theirs"},
    {"type", PT_CHOICE, PF_REQUIRED, NULL, 0, 0, REQUEST_TYPES, "what for"},
    {"regulation", PT_CHOICE, 0, "gdpr", 0, 0, "gdpr|ccpa", "under which law: a month, or 45 days"},
    {"received", PT_TEXT, 0, NULL, 0, 0, NULL, "when it came; default: now"},
    {"identity-checked", PT_FLAG, 0, NULL, 0, 0, NULL, "whoever asks is known to be who they say"},
    {"note", PT_TEXT, 0, NULL, 0, 0, NULL, "for the file; without names"},
    {0},
};

const struct command command_privacy_cases_open = {
    .name = "privacy cases open",
    .summary = "note that somebody asks for something, and until when it is due",
    .description = "A restriction, an objection, an opt-out of sale and a limit of sensitive uses act at once, as consents that "
                   "are withdrawn, and stay in force when the case is closed (`reckon privacy consent grant` lifts them). An "
                   "erasure is `reckon privacy erase`.",
    .examples = "  reckon privacy cases open 12347 --type access --identity-checked\n"
                "  reckon privacy cases open 12347 --type restrict --regulation gdpr\n",
    .params = open_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_open,
};

static int run_note(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char who[64];
    struct audit_actor actor = audited_actor(app, who);
    int rc = requests_note(app->store, &actor, args_int(args, "case"), args_flag(args, "identity-checked"),
                           args_text(args, "note"), err);
    return rc != 0 ? rc : show(app, args_int(args, "case"), out, err);
}

#define CASE_PARAM {"case", PT_INT, PF_POSITIONAL | PF_REQUIRED, NULL, 1, 9e15, NULL, "number of the case"}

static const struct command_param note_params[] = {
    CASE_PARAM,
    {"note", PT_TEXT, PF_POSITIONAL, NULL, 0, 0, NULL, "for the file; without names"},
    {"identity-checked", PT_FLAG, 0, NULL, 0, 0, NULL, "whoever asks is known to be who they say"},
    {0},
};

const struct command command_privacy_cases_note = {
    .name = "privacy cases note",
    .summary = "write down what was done in a case",
    .description = "",
    .examples = "  reckon privacy cases note 4 'asked for a copy of the contract' --identity-checked\n",
    .params = note_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_note,
};

static int run_extend(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char who[64];
    struct audit_actor actor = audited_actor(app, who);
    int rc = requests_extend(app->store, &actor, args_int(args, "case"), args_text(args, "reason"), err);
    return rc != 0 ? rc : show(app, args_int(args, "case"), out, err);
}

static const struct command_param extend_params[] = {
    CASE_PARAM,
    {"reason", PT_TEXT, PF_REQUIRED, NULL, 0, 0, NULL, "which whoever asked was told"},
    {0},
};

const struct command command_privacy_cases_extend = {
    .name = "privacy cases extend",
    .summary = "take the longer time that the law allows, with a reason",
    .description = "Two months more under the GDPR, 45 days under the CCPA, once, and only before the case is due.",
    .examples = "  reckon privacy cases extend 4 --reason 'data of three systems'\n",
    .params = extend_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_extend,
};

static int run_close(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char who[64];
    struct audit_actor actor = audited_actor(app, who);
    int rc = requests_close(app->store, &actor, args_int(args, "case"), args_flag(args, "refused"),
                            args_text(args, "note"), err);
    return rc != 0 ? rc : show(app, args_int(args, "case"), out, err);
}

static const struct command_param close_params[] = {
    CASE_PARAM,
    {"refused", PT_FLAG, 0, NULL, 0, 0, NULL, "it was not done; say why in the note"},
    {"note", PT_TEXT, PF_REQUIRED, NULL, 0, 0, NULL, "what was answered, or on which ground it was refused; without names"},
    {0},
};

const struct command command_privacy_cases_close = {
    .name = "privacy cases close",
    .summary = "close a case: it was answered, or refused",
    .description = "Whom it was about is destroyed with the key of the case; what was done, when and by whom stays.",
    .examples = "  reckon privacy cases close 4 --note 'archive handed over'\n",
    .params = close_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_close,
};

/* ---- rectify -------------------------------------------------------------------------------------------- */

static int rectify_one(struct app *app, int64_t user, const char *pair, struct error *err)
{
    char name[64];
    const char *equals = strchr(pair, '=');
    if (equals == NULL || equals == pair || (size_t)(equals - pair) >= sizeof name)
        return error_set(err, E_USAGE, "--set", "'%.60s' is not name=value", pair);
    memcpy(name, pair, (size_t)(equals - pair));
    name[equals - pair] = '\0';
    return rectify_text(app->store, user, name, equals + 1, err);
}

static int run_rectify(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    size_t n = args_count(args, "set");
    int64_t user = 0;
    int rc = store_begin(app->store, err);
    rc = rc != 0 ? rc : subject_argument(app->store, args_text(args, "subject"), &user, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = rectify_one(app, user, args_text_at(args, "set", i), err);
    rc = audited_end(app, "rectify", json_pack("{s:I}", "values", (json_int_t)n), rc, err);
    if (rc == 0)
        result_fact_int(out, "corrected", (int64_t)n, "");
    return rc;
}

static const struct command_param rectify_params[] = {
    {"subject", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "whose: any identifier of theirs"},
    {"set", PT_SETTING, PF_MANY | PF_REQUIRED, NULL, 0, 0, NULL, "an attribute and its right value; empty: take it away"},
    {0},
};

const struct command command_privacy_rectify = {
    .name = "privacy rectify",
    .summary = "correct what is known of a person",
    .description = "Attributes of the person's record, each of its own type. All are set or none; the audit log notes how many, "
                   "not which or of whom.",
    .examples = "  reckon privacy rectify 12347 --set country=France --set age=41\n",
    .params = rectify_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_rectify,
};
