/* privacy erase | resume | approve | drop | cases | case. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/privacy/privacy_report.h"
#include "privacy/erasure.h"
#include "privacy/sealed.h"
#include "store/holds.h"

enum { FILE_MAX = 64 << 20 };

/* Whose data: arguments, and the lines of a file. */
struct subjects {
    const char **names;
    size_t n, cap;
    char *text; /* of the file */
};

static int add_name(struct subjects *self, const char *name, struct error *err)
{
    size_t n = strlen(name);
    if (n == 0)
        return 0;
    if (!text_utf8_valid(name, n))
        return error_set(err, E_USAGE, "the subject", "is not UTF-8");
    if (mem_grow((void **)&self->names, &self->cap, self->n + 1, sizeof *self->names) != 0)
        return error_nomem(err, "the subjects");
    self->names[self->n++] = name;
    return 0;
}

static int add_file(struct subjects *self, const char *path, struct error *err)
{
    size_t n;
    int rc = fs_read_all(path, FILE_MAX, &self->text, &n, err);
    for (char *p = self->text; rc == 0 && p != NULL && *p != '\0';) {
        size_t length = strcspn(p, "\r\n");
        char *next = p + length + (p[length] != '\0');
        p[length] = '\0';
        rc = add_name(self, p, err);
        p = next;
    }
    return rc;
}

static void subjects_release(struct subjects *self)
{
    mem_free(self->names);
    mem_free(self->text);
}

static int subjects_take(struct subjects *out, const struct args *args, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < args_count(args, "subject"); i++)
        rc = add_name(out, args_text_at(args, "subject", i), err);
    if (rc == 0 && args_text(args, "file") != NULL)
        rc = add_file(out, args_text(args, "file"), err);
    if (rc == 0 && out->n == 0) {
        error_set(err, E_USAGE, "subject", "nobody is named");
        rc = error_hint(err, E_USAGE, "give identifiers, or a file with one a line: --file FILE");
    }
    return rc;
}

/* when: --retrain; NULL: it is not about models. */
static struct erasure erasure_of(struct app *app, const char *when, char name[64])
{
    return (struct erasure){.store = app->store,
                            .actor = audited_actor(app, name),
                            .pool = app_pool(app),
                            .job = app->job,
                            .retrain = when == NULL || strcmp(when, "now") == 0};
}

/* ---- confirmed ----------------------------------------------------------------------------------------- */

/* One person is confirmed by their name, several by how many they are. */
static void wanted_word(const struct subjects *subjects, char out[32])
{
    snprintf(out, 32, "%zu", subjects->n);
}

static int confirm(struct app *app, const struct args *args, const struct subjects *subjects, struct error *err)
{
    char count[32], answer[1024] = "", question[256];
    const char *given = args_text(args, "confirm"), *wanted = subjects->names[0];
    wanted_word(subjects, count);
    if (subjects->n > 1)
        wanted = count;
    if (given == NULL && app->ask != NULL) {
        snprintf(question, sizeof question, "What goes cannot be brought back. Type %s to erase: ",
                 subjects->n > 1 ? "how many people are named" : "the subject once more");
        if (app->ask(app->ask_context, question, answer, sizeof answer))
            given = answer;
    }
    if (given != NULL && strcmp(given, wanted) == 0)
        return 0;
    error_set(err, E_REFUSED, "privacy erase", given == NULL ? "what goes cannot be brought back, and was not confirmed"
                                                             : "what was confirmed is not what was asked for");
    return subjects->n > 1
               ? error_hint(err, E_REFUSED, "look with --dry-run, then add --confirm %zu: how many are named",
                            subjects->n)
               : error_hint(err, E_REFUSED, "look with --dry-run, then add --confirm and the subject once more");
}

/* ---- erase --------------------------------------------------------------------------------------------- */

static int report_case(struct app *app, const struct case_record *r, struct result *out, struct error *err)
{
    int rc = privacy_report_case(app->store, r, out, err);
    if (rc == 0 && r->closed == 0 && json_array_size(json_object_get(r->facts, "models_due")) > 0)
        result_note(out, "They are out of every answer and every file; models that learnt from them are not trained "
                         "again yet. The case stays open until reckon privacy resume %" PRId64 " has done so.",
                             r->number);
    else if (rc == 0 && r->certificate != NULL)
        result_note(out, "Next: reckon privacy certificates show %" PRId64 " --out FILE, then reckon privacy verify "
                    "FILE",
                    r->number);
    return rc;
}

static int finish(struct app *app, const struct erasure *erasure, int64_t number, struct result *out, struct error *err)
{
    struct case_record record = {0};
    struct error local = {0};
    int rc = erasure_finish(erasure, number, &record, &local);
    if (record.number != 0 && report_case(app, &record, out, NULL) != 0 && rc == 0)
        rc = error_nomem(&local, "the report");
    if (rc != 0 && err != NULL)
        *err = local;
    case_release(&record);
    return rc;
}

static int show_former(struct app *app, int64_t number, struct result *out, struct error *err)
{
    struct case_record r;
    int rc = cases_find(app->store, number, &r, err);
    if (rc != 0)
        return rc;
    rc = report_case(app, &r, out, err);
    if (rc == 0)
        result_note(out, r.closed != 0 ? "They were erased before; this is that case, and its certificate stands."
                                       : "They are being erased already, by this case, which is still open.");
    case_release(&r);
    return rc;
}

static int carry_out(struct app *app, const struct args *args, const struct subjects *subjects,
                     const struct erasure *erasure, struct erasure_plan *plan, struct result *out, struct error *err)
{
    int64_t number;
    if (plan->users == 0 && plan->erased_by != 0)
        return show_former(app, plan->erased_by, out, err);
    if (plan->users == 0)
        return error_set(err, E_NOT_FOUND, "the subjects", "nobody is known by any of these identifiers");
    if (args_flag(args, "dry-run")) {
        privacy_report_plan(plan, out);
        return 0;
    }
    bool only_plan = args_flag(args, "plan");
    int rc = only_plan ? 0 : confirm(app, args, subjects, err);
    rc = rc != 0 ? rc : erasure_begin(erasure, plan, !only_plan, NULL, &number, err);
    if (rc == 0 && only_plan) {
        privacy_report_plan(plan, out);
        result_fact_int(out, "case", number, "");
        result_note(out, "Nothing was erased yet. Next, perhaps by somebody else: reckon privacy approve %" PRId64,
                    number);
        return 0;
    }
    return rc != 0 ? rc : finish(app, erasure, number, out, err);
}

static int run_erase(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char name[64];
    struct subjects subjects = {0};
    struct erasure erasure = erasure_of(app, args_text(args, "retrain"), name);
    struct erasure_plan plan = {0};
    int64_t received = 0;
    const char *when = args_text(args, "received");
    int rc = subjects_take(&subjects, args, err);
    if (rc == 0 && when != NULL && !clock_parse(when, strlen(when), &received))
        rc = error_set(err, E_USAGE, "--received", "'%s' is not a time like 2026-11-24 or 2026-11-24T12:00:00Z", when);
    struct erasure_request request = {.names = subjects.names, .n = subjects.n, .received = received,
                                      .regulation = args_text(args, "regulation"),
                                      .skip_unknown = args_flag(args, "skip-unknown")};
    rc = rc != 0 ? rc : erasure_plan_make(&erasure, &request, &plan, err);
    rc = rc != 0 ? rc : carry_out(app, args, &subjects, &erasure, &plan, out, err);
    erasure_plan_release(&plan);
    subjects_release(&subjects);
    return rc;
}

#define RETRAIN_PARAM                                                                                                \
    {"retrain", PT_CHOICE, 0, "now", 0, 0, "now|scheduled",                                                          \
     "models in production or staging that learnt from them: now, or later by `reckon privacy resume`; until then "  \
     "the case is open"}

static const struct command_param erase_params[] = {
    {"subject", PT_TEXT, PF_POSITIONAL | PF_MANY | PF_USER, NULL, 0, 0, NULL, "who: an identifier"},
    {"file", PT_PATH, 0, NULL, 0, 0, NULL, "a file with one identifier a line"},
    {"dry-run", PT_FLAG, 0, NULL, 0, 0, NULL, "only show what would go, from where"},
    {"confirm", PT_TEXT, 0, NULL, 0, 0, NULL, "the subject once more; of several: how many they are"},
    {"plan", PT_FLAG, 0, NULL, 0, 0, NULL, "only open the case; `reckon privacy approve` carries it out"},
    {"regulation", PT_CHOICE, 0, "gdpr", 0, 0, "gdpr|ccpa", "the law that it was asked under: decides when it is due"},
    {"received", PT_TEXT, 0, NULL, 0, 0, NULL, "when the request came (RFC 3339); default: now"},
    {"skip-unknown", PT_FLAG, 0, NULL, 0, 0, NULL, "pass over identifiers that nobody has"},
    RETRAIN_PARAM,
    {0},
};

const struct command command_privacy_erase = {
    .name = "privacy erase",
    .summary = "erase people from everything in the workspace, and prove it",
    .description =
        "Their rows in every table, texts that name them, what was quarantined, typed or exported here, the free space "
        "and the log of the database, backups in the workspace, and models that learnt from them. Then every byte is "
        "searched for what they were known by; only when nothing is found, a signed certificate is made, a leaf of the "
        "audit log. An erased identifier cannot come back by an import, an event or a restore: only its keyed hash is "
        "kept.\n\n"
        "Interrupted at any point, `reckon privacy resume` takes it up where it was. Erasing somebody again shows the "
        "same case. Several people at once cost one rewrite of the database.",
    .examples = "  reckon privacy erase ann@example.org --dry-run\n"
                "  reckon privacy erase ann@example.org --confirm ann@example.org\n"
                "  reckon privacy erase --file requests.txt --confirm 212 --retrain scheduled\n",
    .params = erase_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG | CF_PRIVATE,
    .run = run_erase,
};

/* ---- resume, approve, drop ------------------------------------------------------------------------------ */

struct open_cases {
    int64_t *numbers;
    size_t n, cap;
};

static int take_open(void *context, const struct case_record *r)
{
    struct open_cases *o = context;
    if (strcmp(r->state, CASE_PLANNED) == 0)
        return 0;
    if (mem_grow((void **)&o->numbers, &o->cap, o->n + 1, sizeof *o->numbers) != 0)
        return E_NOMEM;
    o->numbers[o->n++] = r->number;
    return 0;
}

/* What was kept under holds that have ended. */
static int expire_holds(struct app *app, struct result *out, struct error *err)
{
    int64_t removed = 0;
    int rc = store_begin(app->store, err);
    rc = rc != 0 ? rc : holds_expire(app->store, clock_now_ms(), &removed, err);
    rc = store_end(app->store, rc, err);
    if (rc == 0 && removed > 0)
        result_note(out, "%" PRId64 " events were removed whose legal hold has ended.", removed);
    return rc;
}

/* One that cannot be finished does not hold up the others; the first error is told. */
static int finish_all(const struct erasure *erasure, const struct open_cases *open, struct error *err)
{
    int first = 0;
    for (size_t i = 0; i < open->n && first != E_CANCELLED; i++) {
        struct error local = {0};
        int rc = erasure_finish(erasure, open->numbers[i], NULL, &local);
        if (rc != 0 && (first == 0 || rc == E_CANCELLED)) {
            first = rc;
            if (err != NULL)
                *err = local;
        }
    }
    return first;
}

static int run_resume(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char name[64];
    struct erasure erasure = erasure_of(app, args_text(args, "retrain"), name);
    struct open_cases open = {0};
    int rc = expire_holds(app, out, err);
    rc = rc != 0 ? rc : sealed_sweep(app->store, err);
    if (rc != 0)
        return rc;
    if (args_given(args, "case"))
        return finish(app, &erasure, args_int(args, "case"), out, err);
    rc = cases_each(app->store, "erase", true, take_open, &open, err);
    if (rc == 0 && open.n == 1)
        rc = finish(app, &erasure, open.numbers[0], out, err);
    else if (rc == 0 && open.n > 1)
        rc = finish_all(&erasure, &open, err);
    if (rc == 0 && open.n != 1)
        result_note(out, open.n == 0 ? "No erasure waits to be carried on." : "%zu erasures were carried on.", open.n);
    mem_free(open.numbers);
    return rc == E_NOMEM ? error_nomem(err, "the cases") : rc;
}

static const struct command_param resume_params[] = {
    {"case", PT_INT, PF_POSITIONAL, NULL, 1, 9e15, NULL, "number of the case; default: all that were approved and are "
                                                         "open"},
    RETRAIN_PARAM,
    {0},
};

const struct command command_privacy_resume = {
    .name = "privacy resume",
    .summary = "carry on erasures that were interrupted, or that wait for models",
    .description = "Every step of an erasure can be repeated without harm. A case that is 'incomplete' is gone through "
                   "from its beginning and searched again. Run by a timer, this is also what trains models again for "
                   "`--retrain scheduled`.",
    .examples = "  reckon privacy resume\n  reckon privacy resume 3\n",
    .params = resume_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_resume,
};

static int run_approve(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char name[64];
    struct erasure erasure = erasure_of(app, args_text(args, "retrain"), name);
    int rc = erasure_approve(&erasure, args_int(args, "case"), err);
    return rc != 0 ? rc : finish(app, &erasure, args_int(args, "case"), out, err);
}

static const struct command_param approve_params[] = {
    {"case", PT_INT, PF_POSITIONAL | PF_REQUIRED, NULL, 1, 9e15, NULL, "number of the case"},
    RETRAIN_PARAM,
    {0},
};

const struct command command_privacy_approve = {
    .name = "privacy approve",
    .summary = "carry out an erasure that was planned",
    .description = "For a second pair of eyes: one person plans (`reckon privacy erase --plan`), another one "
                   "approves. Both are in the audit log.",
    .examples = "  reckon privacy approve 3 --yes\n",
    .params = approve_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG | CF_DESTRUCTIVE,
    .run = run_approve,
};

static int run_drop(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char name[64];
    struct erasure erasure = erasure_of(app, NULL, name);
    int rc = erasure_drop(&erasure, args_int(args, "case"), err);
    if (rc == 0)
        result_note(out, "Case %" PRId64 " is closed; nothing was erased.", args_int(args, "case"));
    return rc;
}

static const struct command_param drop_params[] = {
    {"case", PT_INT, PF_POSITIONAL | PF_REQUIRED, NULL, 1, 9e15, NULL, "number of the case"},
    {0},
};

const struct command command_privacy_drop = {
    .name = "privacy drop",
    .summary = "close an erasure that was planned and is not to be",
    .description = "",
    .examples = "  reckon privacy drop 3\n",
    .params = drop_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_drop,
};
