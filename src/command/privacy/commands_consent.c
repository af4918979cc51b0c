/* privacy consent grant | withdraw | show | history | import | decode. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/privacy/subject_argument.h"
#include "privacy/consent_write.h"
#include "privacy/tcf.h"
#include "store/subjects.h"
#include "store/users.h"

static int find_purpose(const char *word, unsigned *set, struct error *err)
{
    enum consent_purpose purpose;
    if (consent_purpose_find(word, strlen(word), &purpose)) {
        *set |= 1U << purpose;
        return 0;
    }
    error_set(err, E_USAGE, "the purpose", "'%.40s' is none that reckon knows", word);
    return error_hint(err, E_USAGE, "analytics, personalisation, experiments, marketing, descriptions, sale, sensitive or "
                                    "processing");
}

static int purposes_of(const struct args *args, unsigned *set, struct error *err)
{
    int rc = 0;
    *set = 0;
    for (size_t i = 0; rc == 0 && i < args_count(args, "purpose"); i++)
        rc = find_purpose(args_text_at(args, "purpose", i), set, err);
    return rc;
}

static void add_state(struct result *out, const struct consent_state *s)
{
    result_add_column(out, "purpose", CELL_TEXT, "", "", -1);
    result_add_column(out, "may", CELL_BOOL, "", "", -1);
    result_add_column(out, "said", CELL_TEXT, "", "", -1);
    result_add_column(out, "for", CELL_TEXT, "", "", -1);
    for (int i = 0; i < CONSENT_PURPOSE_COUNT; i++) {
        result_add_text(out, consent_purpose_name((enum consent_purpose)i));
        result_add_bool(out, (s->may >> i & 1) != 0);
        result_add_text(out, (s->granted >> i & 1) != 0   ? "granted"
                             : (s->refused >> i & 1) != 0 ? "withdrawn"
                                                          : "nothing");
        result_add_text(out, consent_purpose_help((enum consent_purpose)i));
    }
}

static int report_state(struct app *app, int64_t user, struct result *out, struct error *err)
{
    static const char *const modes[] = {"off", "opt-in", "opt-out"};
    struct consent_state state;
    int rc = consents_state(app->store, user, &state, err);
    if (rc != 0)
        return rc;
    add_state(out, &state);
    result_fact_text(out, "policy", modes[state.mode]);
    if (state.minor)
        result_fact_bool(out, "below_the_age_gate", true);
    return 0;
}

static int say(struct app *app, const struct args *args, bool grant, struct result *out, struct error *err)
{
    struct consent_words words = {.basis = args_text(args, "basis"), .source = args_text(args, "source"),
                                  .policy = args_text(args, "policy"), .proof = args_text(args, "proof"),
                                  .at = clock_now_ms()};
    const char *name = args_text(args, "subject"), *when = args_text(args, "time");
    unsigned set;
    int64_t user, changed = 0;
    int rc = purposes_of(args, &set, err);
    if (rc == 0 && when != NULL && !clock_parse(when, strlen(when), &words.at))
        rc = error_set(err, E_USAGE, "--time", "'%s' is not a time like 2026-11-24 or 2026-11-24T12:00:00Z", when);
    *(grant ? &words.grant : &words.withdraw) = set;
    rc = rc != 0 ? rc : consent_words_check(&words, err);
    rc = rc != 0 ? rc : store_begin(app->store, err);
    if (rc == 0)
        rc = args_flag(args, "new") ? users_intern(app->store, name, strlen(name), &user, NULL, err)
                                    : subject_argument(app->store, name, &user, err);
    rc = rc != 0 ? rc : consent_words_record(app->store, user, &words, &changed, err);
    rc = audited_end(app, "consent",
                     json_pack("{s:s, s:I}", "state", grant ? "granted" : "withdrawn", "recorded", (json_int_t)changed), rc,
                     err);
    if (rc != 0)
        return rc;
    result_fact_int(out, "recorded", changed, "");
    return report_state(app, user, out, err);
}

static int run_grant(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return say(app, args, true, out, err);
}

static int run_withdraw(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return say(app, args, false, out, err);
}

#define SAY_PARAMS                                                                                                    \
    {"subject", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "who: any identifier of theirs"},    \
    {"purpose", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_MANY, NULL, 0, 0, NULL,                                      \
     "analytics, personalisation, experiments, marketing, descriptions, sale, sensitive, processing"},                 \
    {"time", PT_TEXT, 0, NULL, 0, 0, NULL, "when they said so; default: now"},                                         \
    {"source", PT_TEXT, 0, "reckon", 0, 0, NULL, "where they said so"},                                                \
    {"policy", PT_TEXT, 0, NULL, 0, 0, NULL, "version of the text that they saw"},                                     \
    {"proof", PT_TEXT, 0, NULL, 0, 0, NULL, "what shows it: a reference"},                                             \
    {"new", PT_FLAG, 0, NULL, 0, 0, NULL, "they may be unknown so far"}

static const struct command_param grant_params[] = {
    SAY_PARAMS,
    {"basis", PT_CHOICE, 0, "consent", 0, 0,
     "consent|guardian|contract|legal-obligation|vital-interests|public-task|legitimate-interests", "the lawful basis"},
    {0},
};
static const struct command_param withdraw_params[] = {
    SAY_PARAMS,
    {"basis", PT_CHOICE, 0, "consent", 0, 0, "consent|objection|opt-out|restriction|gpc", "what they make use of"},
    {0},
};

const struct command command_privacy_consent_grant = {
    .name = "privacy consent grant",
    .summary = "record that somebody agreed to purposes",
    .description = "For all identifiers of the person. It is in force from the next use on, also in a running server, and is "
                   "added to a log that is never changed.",
    .examples = "  reckon privacy consent grant 12347 analytics personalisation --policy 2026-01 --proof form-8812\n",
    .params = grant_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_grant,
};

const struct command command_privacy_consent_withdraw = {
    .name = "privacy consent withdraw",
    .summary = "record that somebody takes a consent back, or objects",
    .description = "What is withdrawn holds at once, whatever the policy says of everybody else. Events that are stored stay; "
                   "`reckon privacy erase` removes them. A model that learnt from them goes on until it is trained again.",
    .examples = "  reckon privacy consent withdraw 12347 personalisation marketing --basis objection\n",
    .params = withdraw_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_withdraw,
};

/* ---- show ----------------------------------------------------------------------------------------------- */

static int show_everybody(struct app *app, struct result *out, struct error *err)
{
    static const char *const modes[] = {"off", "opt-in", "opt-out"};
    struct consent_counts counts;
    const struct consent_policy *policy;
    int rc = consents_count(app->store, &counts, err);
    rc = rc != 0 ? rc : consents_policy(app->store, &policy, err);
    if (rc != 0)
        return rc;
    result_add_column(out, "purpose", CELL_TEXT, "", "", -1);
    result_add_column(out, "granted", CELL_INT, "", "", -1);
    result_add_column(out, "withdrawn", CELL_INT, "", "", -1);
    result_add_column(out, "for", CELL_TEXT, "", "", -1);
    for (int i = 0; i < CONSENT_PURPOSE_COUNT; i++) {
        result_add_text(out, consent_purpose_name((enum consent_purpose)i));
        result_add_int(out, counts.granted[i]);
        result_add_int(out, counts.refused[i]);
        result_add_text(out, consent_purpose_help((enum consent_purpose)i));
    }
    result_fact_text(out, "policy", modes[policy->mode]);
    for (int i = 0; i < policy->n_regions; i++)
        result_fact_text(out, policy->regions[i].name, modes[policy->regions[i].mode]);
    if (policy->age_gate > 0)
        result_fact_int(out, "age_gate", policy->age_gate, "years");
    result_fact_int(out, "people", counts.people, "");
    result_fact_int(out, "recorded", counts.events, "");
    return 0;
}

static int run_show(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int64_t user;
    if (!args_given(args, "subject"))
        return show_everybody(app, out, err);
    int rc = subject_argument(app->store, args_text(args, "subject"), &user, err);
    return rc != 0 ? rc : report_state(app, user, out, err);
}

static const struct command_param show_params[] = {
    {"subject", PT_TEXT, PF_POSITIONAL | PF_USER, NULL, 0, 0, NULL, "who; default: how many said what"},
    {0},
};

const struct command command_privacy_consent_show = {
    .name = "privacy consent show",
    .summary = "show what somebody's data may be used for, and what they said",
    .description = "What a person said holds; of the rest the settings [privacy] decide, by region and age.",
    .examples = "  reckon privacy consent show\n  reckon privacy consent show 12347\n",
    .params = show_params,
    .flags = CF_WORKSPACE,
    .run = run_show,
};

/* ---- history -------------------------------------------------------------------------------------------- */

static int add_event(void *context, int64_t entry, const struct consent_event *e)
{
    struct result *out = context;
    result_add_int(out, entry);
    result_add_time(out, e->at);
    result_add_text(out, consent_purpose_name(e->purpose));
    result_add_text(out, e->granted ? "granted" : "withdrawn");
    result_add_text(out, e->basis);
    result_add_text(out, e->source);
    result_add_text(out, e->policy[0] != '\0' ? e->policy : NULL);
    result_add_text(out, e->proof[0] != '\0' ? e->proof : NULL);
    result_add_time(out, e->recorded);
    return 0;
}

static int run_history(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct subject_users all;
    int64_t user;
    int rc = subject_argument(app->store, args_text(args, "subject"), &user, err);
    rc = rc != 0 ? rc : subjects_users(app->store, user, &all, err);
    result_add_column(out, "entry", CELL_INT, "", "", -1);
    result_add_column(out, "said", CELL_TIME, "", "", -1);
    result_add_column(out, "purpose", CELL_TEXT, "", "", -1);
    result_add_column(out, "state", CELL_TEXT, "", "", -1);
    result_add_column(out, "basis", CELL_TEXT, "", "", -1);
    result_add_column(out, "source", CELL_TEXT, "", "", -1);
    result_add_column(out, "policy", CELL_TEXT, "", "", -1);
    result_add_column(out, "proof", CELL_TEXT, "", "", -1);
    result_add_column(out, "recorded", CELL_TIME, "", "", -1);
    for (size_t i = 0; rc == 0 && i < all.n; i++)
        rc = consents_history(app->store, all.user[i], add_event, out, err);
    return rc;
}

static const struct command_param history_params[] = {
    {"subject", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "who: any identifier of theirs"},
    {0},
};

const struct command command_privacy_consent_history = {
    .name = "privacy consent history",
    .summary = "show everything that somebody ever said, with its proof",
    .description = "",
    .examples = "  reckon privacy consent history 12347\n",
    .params = history_params,
    .flags = CF_WORKSPACE,
    .run = run_history,
};

/* ---- import --------------------------------------------------------------------------------------------- */

static int run_import(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct consent_import report;
    int rc = consent_import_file(app->store, args_text(args, "file"), args_flag(args, "skip-bad"), app->job, &report, err);
    result_add_column(out, "line", CELL_INT, "", "", -1);
    result_add_column(out, "problem", CELL_TEXT, "", "", -1);
    for (int64_t i = 0; i < report.bad && i < 10; i++) {
        result_add_int(out, report.first_bad[i].line);
        result_add_text(out, report.first_bad[i].why);
    }
    result_fact_int(out, "lines", report.lines, "");
    result_fact_int(out, "recorded", rc == 0 ? report.added : 0, "");
    result_fact_int(out, "known_before", report.present, "");
    if (report.erased > 0)
        result_fact_int(out, "left_out", report.erased, "of people who were erased");
    result_fact_int(out, "bad", report.bad, "lines");
    return rc;
}

static const struct command_param import_params[] = {
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "CSV with a header, or JSON Lines"},
    {"skip-bad", PT_FLAG, 0, NULL, 0, 0, NULL, "pass over lines that cannot be read"},
    {0},
};

const struct command command_privacy_consent_import = {
    .name = "privacy consent import",
    .summary = "record what a consent platform exports",
    .description = "Fields, by their names: user; purpose and state (granted, withdrawn, true, false), or tcf (a string of IAB "
                   "TCF v2); and time, basis, source, policy, proof. An import that is repeated records nothing twice. Of "
                   "two lines about one purpose the one with the later time holds, in whatever order they come. Nothing is "
                   "stored when a line cannot be read, unless --skip-bad is given.",
    .examples = "  reckon privacy consent import consents.csv\n",
    .params = import_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_import,
};

/* ---- decode --------------------------------------------------------------------------------------------- */

static void add_numbers(struct result *out, const char *name, uint32_t set)
{
    char text[160];
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; i < 24; i++)
        if ((set >> i & 1) != 0)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%d", n > 0 ? " " : "", i + 1);
    result_fact_text(out, name, text);
}

static void report_tcf(struct result *out, const struct tcf *tcf)
{
    result_add_column(out, "purpose", CELL_TEXT, "", "", -1);
    result_add_column(out, "state", CELL_TEXT, "", "", -1);
    result_add_column(out, "basis", CELL_TEXT, "", "", -1);
    for (int i = 0; i < CONSENT_PURPOSE_COUNT; i++) {
        const char *basis;
        bool granted;
        if (!tcf_purpose(tcf, (enum consent_purpose)i, &granted, &basis))
            continue;
        result_add_text(out, consent_purpose_name((enum consent_purpose)i));
        result_add_text(out, granted ? "granted" : "withdrawn");
        result_add_text(out, basis);
    }
    result_fact_time(out, "created", tcf->created);
    result_fact_time(out, "updated", tcf->updated);
    result_fact_int(out, "platform", tcf->cmp, "");
    result_fact_text(out, "language", tcf->language);
    result_fact_int(out, "vendor_list", tcf->list_version, "");
    result_fact_int(out, "policy_version", tcf->policy_version, "");
    add_numbers(out, "purposes_consented", tcf->consent);
    add_numbers(out, "purposes_legitimate", tcf->interest);
    add_numbers(out, "special_features", tcf->special);
    result_fact_int(out, "vendors_consented", tcf->n_vendors, "");
    result_fact_int(out, "vendors_legitimate", tcf->n_interests, "");
}

static int run_decode(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *text = args_text(args, "string");
    struct tcf *tcf = mem_alloc(1, sizeof *tcf);
    (void)app;
    if (tcf == NULL)
        return error_nomem(err, "consent");
    int rc = tcf_read(tcf, text, strlen(text), err);
    if (rc == 0)
        report_tcf(out, tcf);
    mem_free(tcf);
    return rc;
}

static const struct command_param decode_params[] = {
    {"string", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "as a consent platform writes it"},
    {0},
};

const struct command command_privacy_consent_decode = {
    .name = "privacy consent decode",
    .summary = "show what a string of IAB TCF v2 says, and what reckon makes of it",
    .description = "It needs no workspace. Analytics are purposes 8 and 9 of the framework, personalisation 5 and 6, marketing 3 "
                   "and 4, experiments and descriptions 10.",
    .examples = "  reckon privacy consent decode COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA\n",
    .params = decode_params,
    .run = run_decode,
};
