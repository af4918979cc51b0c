/* privacy subject link | unlink | find | import. */
#include <string.h>

#include "base/clock.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/privacy/subject_argument.h"
#include "privacy/links.h"

static int add_part(void *context, const struct subject_part *part)
{
    struct result *out = context;
    result_add_text(out, part->kind);
    result_add_text(out, part->name);
    result_add_text(out, part->source[0] != '\0' ? part->source : NULL);
    result_add_text(out, part->evidence[0] != '\0' ? part->evidence : NULL);
    if (part->at != 0)
        result_add_time(out, part->at);
    else
        result_add_null(out);
    return 0;
}

static int report(struct app *app, const struct subject_users *all, struct result *out, struct error *err)
{
    int rc = 0;
    result_add_column(out, "kind", CELL_TEXT, "", "", -1);
    result_add_column(out, "name", CELL_TEXT, "", "of an address or a number: how its keyed hash begins", -1);
    result_add_column(out, "source", CELL_TEXT, "", "", -1);
    result_add_column(out, "evidence", CELL_TEXT, "", "", -1);
    result_add_column(out, "since", CELL_TIME, "", "", -1);
    for (size_t i = 0; rc == 0 && i < all->n; i++)
        rc = subjects_parts(app->store, all->user[i], add_part, out, err);
    result_fact_int(out, "histories", (int64_t)all->n, "");
    return rc;
}

static int report_user(struct app *app, int64_t user, struct result *out, struct error *err)
{
    struct subject_users all;
    int rc = subjects_users(app->store, user, &all, err);
    return rc != 0 ? rc : report(app, &all, out, err);
}

static int link_all(struct app *app, const struct args *args, int64_t user, struct error *err)
{
    const char *source = args_text(args, "source"), *evidence = args_text(args, "evidence");
    const char *email = args_text(args, "email"), *phone = args_text(args, "phone"), *other = args_text(args, "other");
    struct subject_link link = {.source = source, .evidence = evidence != NULL ? evidence : "", .at = clock_now_ms()};
    int64_t two = 0;
    int rc = 0;
    if (email == NULL && phone == NULL && other == NULL)
        return error_set(err, E_USAGE, "the link", "with what? give another identifier, --email or --phone");
    if (other != NULL)
        rc = subject_argument(app->store, other, &two, err);
    rc = rc != 0 || other == NULL ? rc : links_join(app->store, user, two, &link, err);
    rc = rc != 0 || email == NULL ? rc : subjects_alias(app->store, user, "email", email, &link, err);
    return rc != 0 || phone == NULL ? rc : subjects_alias(app->store, user, "phone", phone, &link, err);
}

static int run_link(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int64_t user = 0;
    int rc = store_begin(app->store, err);
    rc = rc != 0 ? rc : subject_argument(app->store, args_text(args, "subject"), &user, err);
    rc = rc != 0 ? rc : link_all(app, args, user, err);
    rc = audited_end(app, "link", NULL, rc, err);
    return rc != 0 ? rc : report_user(app, user, out, err);
}

static const struct command_param link_params[] = {
    {"subject", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "who"},
    {"other", PT_TEXT, PF_POSITIONAL | PF_USER, NULL, 0, 0, NULL, "another identifier of the same person"},
    {"email", PT_TEXT, 0, NULL, 0, 0, NULL, "an address that leads to them; kept as a keyed hash"},
    {"phone", PT_TEXT, 0, NULL, 0, 0, NULL, "a telephone number, likewise"},
    {"source", PT_TEXT, 0, "reckon", 0, 0, NULL, "where it is known from"},
    {"evidence", PT_TEXT, 0, NULL, 0, 0, NULL, "what shows it"},
    {0},
};

const struct command command_privacy_subject_link = {
    .name = "privacy subject link",
    .summary = "note that identifiers are one person",
    .description = "Their histories stay apart, in answers and in training; what the law gives a person (consent, access, "
                   "erasure) from now on means all of them. What one of them refused is refused for all.",
    .examples = "  reckon privacy subject link 12347 cookie-8812 --source login --evidence 'session 99'\n"
                "  reckon privacy subject link 12347 --email ann@example.org\n",
    .params = link_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_link,
};

static int run_unlink(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *email = args_text(args, "email"), *phone = args_text(args, "phone");
    int64_t user = 0;
    int rc = store_begin(app->store, err);
    rc = rc != 0 ? rc : subject_argument(app->store, args_text(args, "subject"), &user, err);
    rc = rc != 0 || email == NULL ? rc : subjects_unalias(app->store, user, "email", email, err);
    rc = rc != 0 || phone == NULL ? rc : subjects_unalias(app->store, user, "phone", phone, err);
    if (rc == 0 && email == NULL && phone == NULL)
        rc = subjects_unlink(app->store, user, err);
    rc = audited_end(app, "unlink", NULL, rc, err);
    return rc != 0 ? rc : report_user(app, user, out, err);
}

static const struct command_param unlink_params[] = {
    {"subject", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "the identifier to take out"},
    {"email", PT_TEXT, 0, NULL, 0, 0, NULL, "take away only this address"},
    {"phone", PT_TEXT, 0, NULL, 0, 0, NULL, "take away only this number"},
    {0},
};

const struct command command_privacy_subject_unlink = {
    .name = "privacy subject unlink",
    .summary = "take an identifier out of the person it was linked with",
    .description = "Nothing was merged, so nothing has to be taken apart. What was refused stays refused.",
    .examples = "  reckon privacy subject unlink cookie-8812\n",
    .params = unlink_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_unlink,
};

static int run_find(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct subject_users found;
    int rc = subjects_find(app->store, args_text(args, "subject"), &found, err);
    if (rc == 0 && found.n == 0) {
        error_set(err, E_NOT_FOUND, "the subject", "nobody is known by this identifier");
        return error_hint(err, E_NOT_FOUND, "check how it is written; reckon does not say who else there is");
    }
    return rc != 0 ? rc : report(app, &found, out, err);
}

static const struct command_param find_params[] = {
    {"subject", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_USER, NULL, 0, 0, NULL,
     "an identifier, an e-mail address or a telephone number"},
    {0},
};

const struct command command_privacy_subject_find = {
    .name = "privacy subject find",
    .summary = "show everything that one person is known by, and why",
    .description = "",
    .examples = "  reckon privacy subject find ann@example.org\n",
    .params = find_params,
    .flags = CF_WORKSPACE,
    .run = run_find,
};

static int run_import(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct links_import r;
    int rc = links_import_file(app->store, args_text(args, "file"), app->job, &r, err);
    if (rc != 0)
        return rc;
    result_fact_int(out, "lines", r.lines, "");
    result_fact_int(out, "linked", r.linked, "");
    result_fact_int(out, "unknown", r.unknown, "identifiers");
    result_fact_int(out, "bad", r.bad, "lines");
    return 0;
}

static const struct command_param import_params[] = {
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "CSV with a header, or JSON Lines"},
    {0},
};

const struct command command_privacy_subject_import = {
    .name = "privacy subject import",
    .summary = "note many links from a file",
    .description = "Fields, by their names: user, and other, email or phone; source and evidence where there are any.",
    .examples = "  reckon privacy subject import accounts.csv\n",
    .params = import_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_import,
};
