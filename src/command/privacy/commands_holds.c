/* privacy hold | holds | release. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/privacy/subject_argument.h"
#include "store/audit.h"
#include "store/holds.h"
#include "store/kinds.h"
#include "store/users.h"

/* Every word must be a kind of event that there is: a hold on a misspelt one would hold nothing. */
static int check_kinds(struct app *app, const struct args *args, struct str *out, struct error *err)
{
    char **words;
    size_t n, n_kinds;
    struct kind *kinds;
    if (args_text(args, "kinds") == NULL)
        return 0;
    int rc = args_list(args, "kinds", &words, &n, err);
    if (rc != 0)
        return rc;
    rc = kinds_list(app->store, false, &kinds, &n_kinds, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        bool known = false;
        for (size_t k = 0; k < n_kinds; k++)
            known |= strcmp(kinds[k].name, words[i]) == 0;
        if (!known) {
            error_set(err, E_NOT_FOUND, words[i], "is no kind of event in this workspace");
            rc = error_hint(err, E_NOT_FOUND, "`reckon kinds list` shows them");
        } else if (str_printf(out, "%s%s", out->len > 0 ? "," : "", words[i]) != 0) {
            rc = error_nomem(err, "the hold");
        }
    }
    if (rc != E_NOMEM || n_kinds > 0)
        mem_free(kinds);
    mem_free(words);
    return rc;
}

/* The digest of how the store calls whoever the name leads to, so that the hold is met by whichever name they are
 * erased; of the name itself, when it leads to nobody yet. */
static int digest_subject(struct app *app, const char *subject, struct hold *hold, struct error *err)
{
    struct str name;
    int64_t user;
    int rc = subject_argument(app->store, subject, &user, err);
    str_init(&name, 1 << 16);
    if (rc == 0)
        rc = users_name(app->store, user, &name, err);
    else if (rc == E_NOT_FOUND)
        rc = str_puts(&name, subject) != 0 ? error_nomem(err, "the hold") : 0;
    if (rc == 0)
        rc = suppressions_digest(app->store, str_text(&name), name.len, true, hold->digest, err);
    str_release(&name);
    return rc;
}

static int put_hold(struct app *app, struct hold *hold, const char *subject, struct error *err)
{
    int rc = store_begin(app->store, err);
    if (rc == 0 && subject != NULL)
        rc = digest_subject(app, subject, hold, err);
    rc = rc != 0 ? rc : holds_add(app->store, hold, &hold->hold, err);
    return audited_end(app, "hold set", json_pack("{s:I}", "hold", (json_int_t)hold->hold), rc, err);
}

static int run_hold(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *subject = args_text(args, "subject"), *until = args_text(args, "until");
    struct hold hold = {.reason = args_text(args, "reason"), .since = clock_now_ms(), .of_one = subject != NULL};
    struct str kinds;
    str_init(&kinds, 4096);
    int rc = check_kinds(app, args, &kinds, err);
    hold.kinds = str_text(&kinds);
    if (rc == 0 && !clock_parse(until, strlen(until), &hold.until))
        rc = error_set(err, E_USAGE, "--until", "'%s' is not a time like 2030-01-01", until);
    if (rc == 0 && hold.until <= hold.since)
        rc = error_set(err, E_USAGE, "--until", "has passed");
    rc = rc != 0 ? rc : put_hold(app, &hold, subject, err);
    str_release(&kinds);
    if (rc != 0)
        return rc;
    result_fact_int(out, "hold", hold.hold, "");
    if (subject != NULL)
        result_note(out, "The subject is kept as a keyed hash only.");
    return 0;
}

static const struct command_param hold_params[] = {
    {"subject", PT_TEXT, PF_POSITIONAL | PF_USER, NULL, 0, 0, NULL, "whose data; default: everybody's"},
    {"kinds", PT_TEXT, PF_LIST | PF_EVENT_KIND, NULL, 0, 0, NULL, "only events of these kinds (purchase,return); "
                                                                  "default: everything"},
    {"reason", PT_TEXT, PF_REQUIRED, NULL, 0, 0, NULL, "why; name nobody in it"},
    {"until", PT_TEXT, PF_REQUIRED, NULL, 0, 0, NULL, "when it ends (RFC 3339, or a date)"},
    {0},
};

const struct command command_privacy_hold = {
    .name = "privacy hold",
    .summary = "keep data that the law says must be kept, whoever asks for erasure",
    .description = "On everything of a person, it refuses their erasure. On kinds of event (invoices, say), an "
                   "erasure cuts those events off from the person and keeps them apart, for nothing but the hold; the "
                   "certificate names it. When the hold ends, `reckon privacy resume` removes them.",
    .examples = "  reckon privacy hold --kinds purchase,return --reason 'tax law: ten years' --until 2036-01-01\n"
                "  reckon privacy hold ann@example.org --reason 'case 7/26' --until 2027-06-30\n",
    .params = hold_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_PRIVATE,
    .run = run_hold,
};

static int list_hold(void *context, const struct hold *h)
{
    struct result *out = context;
    result_add_int(out, h->hold);
    result_add_text(out, h->of_one ? "one person" : "everybody");
    result_add_text(out, h->kinds[0] != '\0' ? h->kinds : "everything");
    result_add_text(out, h->reason);
    result_add_time(out, h->since);
    result_add_time(out, h->until);
    if (h->released != 0)
        result_add_time(out, h->released);
    else
        result_add_null(out);
    result_add_int(out, h->events);
    return 0;
}

static int run_holds(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)args;
    result_add_column(out, "hold", CELL_INT, "", "", -1);
    result_add_column(out, "of", CELL_TEXT, "", "", -1);
    result_add_column(out, "kinds", CELL_TEXT, "", "", -1);
    result_add_column(out, "reason", CELL_TEXT, "", "", -1);
    result_add_column(out, "since", CELL_TIME, "", "", -1);
    result_add_column(out, "until", CELL_TIME, "", "", -1);
    result_add_column(out, "released", CELL_TIME, "", "", -1);
    result_add_column(out, "events", CELL_INT, "events", "kept because of it, of people who were erased", -1);
    return holds_each(app->store, list_hold, out, err);
}

const struct command command_privacy_holds = {
    .name = "privacy holds",
    .summary = "list legal holds: on what, why, until when",
    .description = "",
    .examples = "  reckon privacy holds\n",
    .flags = CF_WORKSPACE,
    .run = run_holds,
};

static int run_release(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int64_t number = args_int(args, "hold"), removed = 0;
    int rc = store_begin(app->store, err);
    rc = rc != 0 ? rc : holds_release(app->store, number, clock_now_ms(), err);
    rc = rc != 0 ? rc : holds_expire(app->store, clock_now_ms(), &removed, err);
    rc = audited_end(app, "hold released", json_pack("{s:I}", "hold", (json_int_t)number), rc, err);
    if (rc == 0)
        result_fact_int(out, "removed", removed, "events");
    return rc;
}

static const struct command_param release_params[] = {
    {"hold", PT_INT, PF_POSITIONAL | PF_REQUIRED, NULL, 1, 9e15, NULL, "number of the hold"},
    {0},
};

const struct command command_privacy_release = {
    .name = "privacy release",
    .summary = "end a legal hold, and remove what was kept because of it",
    .description = "",
    .examples = "  reckon privacy release 2 --yes\n",
    .params = release_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_DESTRUCTIVE,
    .run = run_release,
};
