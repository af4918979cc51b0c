/* audit list | verify | head | export | key. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/audited.h"
#include "command/commands.h"
#include "privacy/head.h"
#include "privacy/signed.h"
#include "store/audit.h"
#include "store/cases.h"

enum { EXPORT_MAX = 1 << 30 };

/* Text that is shown, or goes to the file of --out. */
static int put_out(const struct args *args, struct result *out, const char *text, struct error *err)
{
    const char *path = args_text(args, "out");
    if (path == NULL) {
        result_set_document(out, text);
        return 0;
    }
    int rc = fs_write_all(path, text, strlen(text), 0644, err);
    if (rc == 0)
        result_fact_text(out, "written", path);
    return rc;
}

/* ---- list ---------------------------------------------------------------------------------------------- */

struct listing {
    struct result *out;
    const char *action;
};

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* What is particular to the entry, as JSON. */
static void add_rest(struct result *out, json_t *entry)
{
    static const char *const shown[] = {"action", "at", "by", "front", "number", "commitments"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        json_object_del(entry, shown[i]);
    char *text = json_object_size(entry) > 0 ? json_dumps(entry, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
    result_add_text(out, text);
    free(text);
}

static int list_entry(void *context, const struct audit_entry *e)
{
    struct listing *l = context;
    json_t *entry = json_loads(e->entry, 0, NULL);
    const char *action = text_of(entry, "action");
    if (l->action == NULL || (action != NULL && strncmp(action, l->action, strlen(l->action)) == 0)) {
        result_add_int(l->out, e->number);
        result_add_text(l->out, text_of(entry, "at"));
        result_add_text(l->out, text_of(entry, "by"));
        result_add_text(l->out, text_of(entry, "front"));
        result_add_text(l->out, action);
        add_rest(l->out, entry);
    }
    json_decref(entry);
    return 0;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct listing l = {.out = out, .action = args_text(args, "action")};
    int64_t n = 0, from = 0, last = args_int(args, "last");
    result_add_column(out, "number", CELL_INT, "", "", -1);
    result_add_column(out, "at", CELL_TEXT, "", "", -1);
    result_add_column(out, "by", CELL_TEXT, "", "a user of the system, or a key of the server", -1);
    result_add_column(out, "front", CELL_TEXT, "", "", -1);
    result_add_column(out, "action", CELL_TEXT, "", "", -1);
    result_add_column(out, "facts", CELL_TEXT, "", "", -1);
    int rc = audit_size(app->store, &n, err);
    from = last > 0 && n > last ? n - last : 0;
    rc = rc != 0 ? rc : audit_each(app->store, from, list_entry, &l, err);
    result_fact_int(out, "entries", n, "");
    return rc;
}

static const struct command_param list_params[] = {
    {"last", PT_INT, 0, "50", 0, 9e15, NULL, "so many of the newest; 0: all"},
    {"action", PT_TEXT, 0, NULL, 0, 0, NULL, "only those whose action begins so (erasure)"},
    {0},
};

const struct command command_audit_list = {
    .name = "audit list",
    .summary = "show what was done in this workspace, by whom",
    .description = "Every command that changes something, and every step of an erasure, is an entry of the audit log: "
                   "numbered, chained by SHA-256, never changed. No entry names a customer.",
    .examples = "  reckon audit list\n  reckon audit list --last 0 --action erasure\n",
    .params = list_params,
    .flags = CF_WORKSPACE,
    .run = run_list,
};

/* ---- verify -------------------------------------------------------------------------------------------- */

struct heads {
    struct store *store;
    int64_t n;
    struct error *err;
};

/* Certificates hold signed heads of the log, each of its time. */
static int check_certificate_head(void *context, const struct case_record *r)
{
    struct heads *h = context;
    json_t *certificate = r->certificate != NULL ? json_loads(r->certificate, 0, NULL) : NULL;
    json_t *audit = json_object_get(certificate, "audit");
    int rc = audit != NULL ? signed_check(certificate, NULL, "a certificate", h->err) : 0;
    if (rc == 0 && audit != NULL) {
        rc = head_check(h->store, audit, h->err);
        h->n++;
    }
    json_decref(certificate);
    return rc;
}

static int check_given_head(struct app *app, const struct args *args, int64_t *size, struct error *err)
{
    unsigned char public[KEYFILE_SECRET];
    json_t *head;
    bool has_key = args_text(args, "public-key") != NULL;
    struct merkle_hash root;
    int rc = has_key ? signed_read_key(args_text(args, "public-key"), public, err) : 0;
    rc = rc != 0 ? rc : signed_read(args_text(args, "head"), &head, err);
    if (rc != 0)
        return rc;
    rc = signed_check(head, has_key ? public : NULL, "the head", err);
    rc = rc != 0 ? rc : head_check(app->store, head, err);
    rc = rc != 0 ? rc : head_parse(head, size, &root, err);
    json_decref(head);
    return rc;
}

static int run_verify(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct audit_fault fault;
    struct heads heads = {.store = app->store, .err = err};
    int64_t n = 0, size = 0;
    int rc = audit_check(app->store, &fault, &n, app->job, err);
    if (rc == 0 && fault.number != 0) {
        char what[48];
        snprintf(what, sizeof what, "entry %" PRId64, fault.number);
        error_set(err, E_CORRUPT, what, "%s", fault.why);
        return error_hint(err, E_CORRUPT, "the %" PRId64 " entries before it are as they were written; compare with an "
                          "earlier `reckon audit export`", fault.number - 1);
    }
    rc = rc != 0 ? rc : cases_each(app->store, NULL, false, check_certificate_head, &heads, err);
    if (rc == 0 && args_text(args, "head") != NULL)
        rc = check_given_head(app, args, &size, err);
    if (rc != 0)
        return rc;
    result_fact_int(out, "entries", n, "");
    result_fact_int(out, "certificates", heads.n, "");
    if (args_text(args, "head") != NULL) {
        result_fact_int(out, "head", size, "entries");
        result_note(out, "Every entry is as it was written, and the log that the head was signed of is its beginning.");
    } else {
        result_note(out, "Every entry is as it was written. That none was cut off at the end, only a head that "
                         "somebody else keeps can show: reckon audit head --out FILE, later reckon audit verify "
                         "--head FILE.");
    }
    return 0;
}

static const struct command_param verify_params[] = {
    {"head", PT_PATH, 0, NULL, 0, 0, NULL, "a head that `reckon audit head` gave earlier"},
    {"public-key", PT_PATH, 0, NULL, 0, 0, NULL, "the key that must have signed it; else the one that it names"},
    {0},
};

const struct command command_audit_verify = {
    .name = "audit verify",
    .summary = "find any entry of the audit log that was changed, removed or reordered",
    .description = "Goes through the log from its first entry, and names the first that is missing, was changed or "
                   "stands in another's place. Every certificate holds a signed head of the log of its time; each "
                   "must be the beginning of the log as it is. With --head, so must a head that was kept elsewhere: "
                   "that also shows entries that were cut off at the end, and a log that was written anew as a whole.",
    .examples = "  reckon audit verify\n  reckon audit verify --head audit-head-2026-11.json --public-key shop.pub\n",
    .params = verify_params,
    .flags = CF_WORKSPACE | CF_LONG,
    .run = run_verify,
};

/* ---- head, key ----------------------------------------------------------------------------------------- */

static int run_head(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    json_t *head;
    int rc = head_make(app->store, &head, err);
    if (rc != 0)
        return rc;
    char *text = json_dumps(head, JSON_INDENT(1) | JSON_SORT_KEYS);
    struct str line;
    str_init(&line, 8192);
    str_printf(&line, "%s\n", text != NULL ? text : "");
    rc = text == NULL ? error_nomem(err, "the head") : put_out(args, out, str_text(&line), err);
    str_release(&line);
    free(text);
    json_decref(head);
    return rc;
}

static const struct command_param out_params[] = {
    {"out", PT_PATH, 0, NULL, 0, 0, NULL, "a file to write; else it is shown"},
    {0},
};

const struct command command_audit_head = {
    .name = "audit head",
    .summary = "sign the audit log as it is now, to be kept elsewhere",
    .description = "Size, Merkle root (RFC 6962) and time, signed with the workspace's Ed25519 key. Whoever keeps it "
                   "can have it shown later (`reckon audit verify --head`) that nothing of the log was changed or "
                   "removed.",
    .examples = "  reckon audit head --out audit-head-2026-11.json\n",
    .params = out_params,
    .flags = CF_WORKSPACE,
    .run = run_head,
};

static int show_key(struct signing_key *key, const struct args *args, struct result *out, struct error *err)
{
    char hex[2 * KEYFILE_SECRET + 2], id[17];
    sodium_bin2hex(hex, sizeof hex - 1, key->public, sizeof key->public);
    signing_key_id(key->public, id);
    signing_key_release(key);
    memcpy(hex + sizeof hex - 2, "\n", 2);
    int rc = put_out(args, out, hex, err);
    if (rc == 0 && args_text(args, "out") != NULL)
        result_fact_text(out, "key_id", id);
    return rc;
}

static int run_key(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct signing_key key;
    int rc = signed_key(&key, app->store, err);
    return rc != 0 ? rc : show_key(&key, args, out, err);
}

static int run_new_key(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct signing_key key;
    char id[17];
    int rc = signed_new_key(&key, app->store, err);
    if (rc != 0)
        return rc;
    signing_key_id(key.public, id);
    audited_note(app, "signing key made", json_pack("{s:s}", "key_id", id));
    result_note(out, "Certificates and heads from now on are signed with this key; tell it to whoever checks them. "
                "Those from before can be checked only by who has the public key of before.");
    return show_key(&key, args, out, err);
}

const struct command command_audit_new_key = {
    .name = "audit new-key",
    .summary = "make another signing key, when the one before is lost",
    .description = "While keys/signing.key is there it refuses. What was signed before stays signed by the key that is lost, "
                   "and the audit log says when another one was made.",
    .examples = "  reckon audit new-key --out shop-2.pub --yes\n",
    .params = out_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_DESTRUCTIVE,
    .run = run_new_key,
};

const struct command command_audit_key = {
    .name = "audit key",
    .summary = "show the public key that certificates and heads are signed with",
    .description = "64 hexadecimal digits (Ed25519). Give it to whoever checks certificates, by another way than the "
                   "certificates themselves. The secret half is keys/signing.key; keep a copy of keys/ in a safe "
                   "place.",
    .examples = "  reckon audit key --out shop.pub\n",
    .params = out_params,
    .flags = CF_WORKSPACE,
    .run = run_key,
};

/* ---- export -------------------------------------------------------------------------------------------- */

static int export_entry(void *context, const struct audit_entry *e)
{
    return str_printf(context, "%s\n", e->entry) == 0 ? 0 : E_NOMEM;
}

static int run_export(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct str text;
    str_init(&text, EXPORT_MAX);
    int rc = audit_each(app->store, 0, export_entry, &text, err);
    if (rc == E_NOMEM)
        rc = error_nomem(err, "the audit log");
    rc = rc != 0 ? rc : put_out(args, out, str_text(&text), err);
    str_release(&text);
    return rc;
}

const struct command command_audit_export = {
    .name = "audit export",
    .summary = "write the audit log as JSON Lines, one entry a line",
    .description = "The lines are the leaves of the Merkle tree, byte for byte: any tool that knows RFC 6962 can check "
                   "them against a signed head.",
    .examples = "  reckon audit export --out audit.jsonl\n",
    .params = out_params,
    .flags = CF_WORKSPACE,
    .run = run_export,
};
