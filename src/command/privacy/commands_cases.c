/* privacy cases | case | certificates list | certificates show | verify. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "command/commands.h"
#include "command/privacy/privacy_report.h"
#include "command/privacy/requests_report.h"
#include "privacy/certificate.h"
#include "privacy/signed.h"

/* ---- cases --------------------------------------------------------------------------------------------- */

static int list_case(void *context, const struct case_record *r)
{
    struct result *out = context;
    result_add_int(out, r->number);
    result_add_text(out, r->type);
    result_add_text(out, r->state);
    result_add_text(out, erasure_next(r));
    result_add_time(out, r->due);
    result_add_bool(out, r->closed == 0 && r->due < clock_now_ms());
    result_add_time(out, r->received);
    if (r->closed != 0)
        result_add_time(out, r->closed);
    else
        result_add_null(out);
    result_add_int(out, r->people);
    result_add_text(out, r->regulation);
    return 0;
}

static int run_cases(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    result_add_column(out, "case", CELL_INT, "", "", -1);
    result_add_column(out, "type", CELL_TEXT, "", "", -1);
    result_add_column(out, "state", CELL_TEXT, "", "", -1);
    result_add_column(out, "next", CELL_TEXT, "", "", -1);
    result_add_column(out, "due", CELL_TIME, "", "", -1);
    result_add_column(out, "overdue", CELL_BOOL, "", "", -1);
    result_add_column(out, "received", CELL_TIME, "", "", -1);
    result_add_column(out, "closed", CELL_TIME, "", "", -1);
    result_add_column(out, "people", CELL_INT, "", "", -1);
    result_add_column(out, "regulation", CELL_TEXT, "", "", -1);
    int rc = cases_each(app->store, NULL, args_flag(args, "open"), list_case, out, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "There is none. When somebody asks: reckon privacy cases open SUBJECT --type access, or reckon "
                    "privacy erase SUBJECT");
    return rc;
}

static const struct command_param cases_params[] = {
    {"open", PT_FLAG, 0, NULL, 0, 0, NULL, "only those that are not closed"},
    {0},
};

const struct command command_privacy_cases = {
    .name = "privacy cases",
    .summary = "list requests of people: what, how far, due when; open ones first",
    .description = "",
    .examples = "  reckon privacy cases --open\n",
    .params = cases_params,
    .flags = CF_WORKSPACE,
    .run = run_cases,
};

static int run_case(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct case_record r;
    int rc = cases_find(app->store, args_int(args, "case"), &r, err);
    if (rc != 0)
        return rc;
    rc = strcmp(r.type, "erase") == 0 ? privacy_report_case(app->store, &r, out, err)
                                      : requests_report(app->store, &r, out, err);
    if (rc == 0 && args_flag(args, "salt") && r.has_salt) {
        char hex[2 * CASE_SALT + 1];
        sodium_bin2hex(hex, sizeof hex, r.salt, CASE_SALT);
        result_fact_text(out, "salt", hex);
    }
    case_release(&r);
    return rc;
}

static const struct command_param case_params[] = {
    {"case", PT_INT, PF_POSITIONAL | PF_REQUIRED, NULL, 1, 9e15, NULL, "number of the case"},
    {"salt", PT_FLAG, 0, NULL, 0, 0, NULL, "show the salt that ties its certificate to names (`reckon privacy verify "
                                           "--subject`)"},
    {0},
};

const struct command command_privacy_case = {
    .name = "privacy case",
    .summary = "show one request: what was removed, what is left, what comes next",
    .description = "",
    .examples = "  reckon privacy case 3\n",
    .params = case_params,
    .flags = CF_WORKSPACE,
    .run = run_case,
};

/* ---- certificates -------------------------------------------------------------------------------------- */

static int list_certificate(void *context, const struct case_record *r)
{
    struct result *out = context;
    char digest[65];
    if (r->certificate == NULL)
        return 0;
    json_t *certificate = json_loads(r->certificate, 0, NULL);
    fs_sha256(r->certificate, strlen(r->certificate), digest);
    result_add_int(out, r->number);
    result_add_int(out, r->people);
    result_add_time(out, r->closed);
    result_add_int(out, json_integer_value(json_object_get(json_object_get(certificate, "audit"), "index")) + 1);
    result_add_text(out, json_string_value(json_object_get(certificate, "key_id")));
    result_add_text(out, digest);
    json_decref(certificate);
    return 0;
}

static int run_certificates(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)args;
    result_add_column(out, "case", CELL_INT, "", "", -1);
    result_add_column(out, "people", CELL_INT, "", "", -1);
    result_add_column(out, "issued", CELL_TIME, "", "", -1);
    result_add_column(out, "audit_entry", CELL_INT, "", "", -1);
    result_add_column(out, "key_id", CELL_TEXT, "", "", -1);
    result_add_column(out, "sha256", CELL_TEXT, "", "of its text", -1);
    return cases_each(app->store, NULL, false, list_certificate, out, err);
}

const struct command command_privacy_certificates_list = {
    .name = "privacy certificates list",
    .summary = "list the certificates that were issued",
    .description = "",
    .examples = "  reckon privacy certificates list\n",
    .flags = CF_WORKSPACE,
    .run = run_certificates,
};

static int run_show(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct case_record r;
    const char *path = args_text(args, "out");
    int rc = cases_find(app->store, args_int(args, "case"), &r, err);
    if (rc != 0)
        return rc;
    if (r.certificate == NULL) {
        error_set(err, E_NOT_FOUND, "the certificate", "case %" PRId64 " has none: it is '%s'", r.number, r.state);
        rc = error_hint(err, E_NOT_FOUND, "`reckon privacy case %" PRId64 "` shows what it waits for", r.number);
    } else if (path != NULL) {
        rc = fs_write_all(path, r.certificate, strlen(r.certificate), 0644, err);
        if (rc == 0)
            result_fact_text(out, "written", path);
    } else {
        result_set_document(out, r.certificate);
    }
    case_release(&r);
    return rc;
}

static const struct command_param show_params[] = {
    {"case", PT_INT, PF_POSITIONAL | PF_REQUIRED, NULL, 1, 9e15, NULL, "number of the case"},
    {"out", PT_PATH, 0, NULL, 0, 0, NULL, "a file to write; else it is shown"},
    {0},
};

const struct command command_privacy_certificates_show = {
    .name = "privacy certificates show",
    .summary = "show a certificate, or write it to a file",
    .description = "JSON, signed with Ed25519. It names nobody, and can be given to whoever asks.",
    .examples = "  reckon privacy certificates show 3 --out erasure-3.json\n",
    .params = show_params,
    .flags = CF_WORKSPACE,
    .run = run_show,
};

/* ---- verify -------------------------------------------------------------------------------------------- */

static void report_body(const json_t *certificate, struct result *out)
{
    const json_t *body = json_object_get(certificate, "body"), *scan = json_object_get(body, "scan"), *one;
    size_t i;
    result_add_column(out, "place", CELL_TEXT, "", "", -1);
    result_add_column(out, "method", CELL_TEXT, "", "", -1);
    result_add_column(out, "n", CELL_INT, "", "", -1);
    json_array_foreach (json_object_get(body, "removed"), i, one) {
        result_add_text(out, json_string_value(json_object_get(one, "place")));
        result_add_text(out, json_string_value(json_object_get(one, "method")));
        result_add_int(out, json_integer_value(json_object_get(one, "n")));
    }
    result_fact_bool(out, "valid", true);
    result_fact_int(out, "case", json_integer_value(json_object_get(body, "case")), "");
    result_fact_int(out, "people", json_integer_value(json_object_get(body, "people")), "");
    result_fact_text(out, "received", json_string_value(json_object_get(body, "received")));
    result_fact_text(out, "completed", json_string_value(json_object_get(body, "completed")));
    result_fact_text(out, "scan", json_string_value(json_object_get(scan, "result")));
    result_fact_int(out, "searched", json_integer_value(json_object_get(scan, "bytes")), "bytes");
    result_fact_text(out, "key_id", json_string_value(json_object_get(certificate, "key_id")));
}

static int report_about(const json_t *certificate, const struct args *args, struct result *out, struct error *err)
{
    const char *subject = args_text(args, "subject"), *salt = args_text(args, "salt");
    bool about;
    if (subject == NULL)
        return 0;
    if (salt == NULL) {
        error_set(err, E_USAGE, "--subject", "needs --salt: a certificate is tied to names by the salt of its case");
        return error_hint(err, E_USAGE, "`reckon privacy case N --salt` shows it");
    }
    int rc = certificate_is_about(certificate, subject, salt, &about, err);
    if (rc == 0)
        result_fact_bool(out, "about_the_subject", about);
    return rc;
}

static int run_verify(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    unsigned char public[KEYFILE_SECRET];
    const char *key = args_text(args, "public-key");
    json_t *certificate;
    (void)app;
    int rc = key != NULL ? signed_read_key(key, public, err) : 0;
    rc = rc != 0 ? rc : signed_read(args_text(args, "certificate"), &certificate, err);
    if (rc != 0)
        return rc;
    rc = certificate_check(certificate, key != NULL ? public : NULL, err);
    if (rc == 0) {
        report_body(certificate, out);
        rc = report_about(certificate, args, out, err);
    }
    if (rc == 0 && key == NULL)
        result_note(out, "It was not changed since it was signed with the key that it names. Whether that is the "
                         "shop's key, only the shop can say: give it with --public-key.");
    json_decref(certificate);
    return rc;
}

static const struct command_param verify_params[] = {
    {"certificate", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "a file"},
    {"public-key", PT_PATH, 0, NULL, 0, 0, NULL, "the key that must have signed it (`reckon audit key`)"},
    {"subject", PT_TEXT, 0, NULL, 0, 0, NULL, "is it about this identifier?"},
    {"salt", PT_TEXT, 0, NULL, 0, 0, NULL, "with --subject: the salt of the case"},
    {0},
};

const struct command command_privacy_verify = {
    .name = "privacy verify",
    .summary = "check a certificate of erasure, without any workspace",
    .description = "Its signature, that its text is the one that the entry of the audit log is about, and that the "
                   "entry is in the log whose root it names (RFC 6962 inclusion proof). Exit status 1 when one of "
                   "them does not hold.",
    .examples = "  reckon privacy verify erasure-3.json --public-key shop.pub\n",
    .params = verify_params,
    .flags = CF_PRIVATE,
    .run = run_verify,
};
