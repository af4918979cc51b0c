#include "privacy/certificate.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "privacy/head.h"
#include "privacy/sealed.h"
#include "privacy/signed.h"

#define FORMAT "reckon-erasure-certificate-1"

static void put_time(json_t *object, const char *name, int64_t ms)
{
    char text[40];
    json_object_set_new(object, name, json_string(clock_format(ms, text, sizeof text)));
}

/* The facts that belong in it, under the names that they have there. */
static json_t *make_body(const struct case_record *r, int64_t now)
{
    static const char *const facts[] = {"commitments", "removed", "files", "models",  "backups",
                                        "backups_elsewhere", "kept_elsewhere", "kept", "control", "scan", "texts_left_out"};
    json_t *body = json_pack("{s:I, s:s, s:s, s:I, s:s}", "case", (json_int_t)r->number, "type", r->type, "regulation",
                             r->regulation, "people", (json_int_t)r->people, "made_by", "reckon " PACKAGE_VERSION);
    put_time(body, "received", r->received);
    put_time(body, "due", r->due);
    put_time(body, "completed", now);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        json_object_set(body, facts[i], json_object_get(r->facts, facts[i])); /* missing: not set */
    json_object_set_new(body, "not_covered",
                        json_pack("[s, s, s]", "blocks that a disk or file system keeps of what was overwritten",
                                  "backups and exports that were taken out of the workspace",
                                  "what other systems were told before"));
    return body;
}

static int put_proof(json_t *audit, struct store *store, int64_t number, struct error *err)
{
    struct merkle_hash *leaves, root;
    struct merkle_proof proof;
    char hex[65];
    size_t n;
    int rc = audit_leaves(store, 0, &leaves, &n, err);
    if (rc != 0)
        return rc;
    json_t *path = json_array();
    merkle_inclusion(leaves, n, (size_t)number - 1, &proof);
    root = merkle_root(leaves, n);
    for (size_t i = 0; i < proof.n; i++) {
        head_hex(&proof.path[i], hex);
        json_array_append_new(path, json_string(hex));
    }
    head_hex(&root, hex);
    json_object_set_new(audit, "index", json_integer(number - 1));
    json_object_set_new(audit, "size", json_integer((json_int_t)n));
    json_object_set_new(audit, "root", json_string(hex));
    mem_free(leaves);
    return json_object_set_new(audit, "proof", path) == 0 ? 0 : error_nomem(err, "the certificate");
}

struct wanted {
    int64_t number;
    char *entry;
};

static int take_entry(void *context, const struct audit_entry *e)
{
    struct wanted *w = context;
    if (e->number == w->number)
        w->entry = mem_strdup(e->entry);
    return 1;
}

/* Within the transaction: the entry of the log, and the certificate that leads to it. */
static int make(struct store *store, const struct audit_actor *actor, const struct case_record *r, json_t *body,
                json_t **out, struct error *err)
{
    struct signing_key key;
    struct wanted w = {0};
    char digest[65];
    int rc = signed_digest(body, digest, err);
    if (rc == 0)
        rc = audit_append(store, "erasure certified", actor, clock_now_ms(),
                          json_pack("{s:I, s:s}", "case", (json_int_t)r->number, "certificate", digest), &w.number,
                              err);
    if (rc == 0)
        rc = audit_each(store, w.number - 1, take_entry, &w, err);
    rc = rc < 0 ? rc : w.entry == NULL ? error_nomem(err, "the certificate") : 0;
    if (rc != 0)
        return rc;
    json_t *audit = json_pack("{s:s}", "entry", w.entry);
    mem_free(w.entry);
    rc = put_proof(audit, store, w.number, err);
    *out = json_pack("{s:s, s:O, s:o}", "format", FORMAT, "body", body, "audit", audit);
    rc = rc != 0 ? rc : *out == NULL ? error_nomem(err, "the certificate")
                                     : signed_key(&key, store, err);
    if (rc != 0)
        return rc;
    rc = signed_put(*out, &key, err);
    signing_key_release(&key);
    return rc;
}

int certificate_issue(struct store *store, const struct audit_actor *actor, struct case_record *r, struct error *err)
{
    int64_t now = clock_now_ms();
    json_t *body = make_body(r, now), *certificate = NULL;
    char state[sizeof r->state];
    memcpy(state, r->state, sizeof state);
    int rc = store_begin(store, err);
    rc = rc != 0 ? rc : make(store, actor, r, body, &certificate, err);
    char *text = rc == 0 ? signed_text(certificate) : NULL;
    if (rc == 0) {
        mem_free(r->certificate);
        sealed_empty(r);
        r->certificate = text != NULL ? mem_strdup(text) : NULL;
        r->closed = now;
        snprintf(r->state, sizeof r->state, "%s", CASE_CERTIFIED);
        rc = r->certificate != NULL ? cases_save(store, r, err) : error_nomem(err, "the certificate");
    }
    rc = store_end(store, rc, err);
    if (rc != 0) {
        memcpy(r->state, state, sizeof state);
        r->closed = 0;
    }
    free(text);
    json_decref(body);
    json_decref(certificate);
    return rc != 0 ? rc : sealed_destroy(r->number, store_workspace(store), err);
}

/* ---- verified ------------------------------------------------------------------------------------------- */

static int wrong(const char *why, struct error *err)
{
    return error_set(err, E_CORRUPT, "the certificate", "%s", why);
}

static int check_entry(const json_t *certificate, const char *entry, struct error *err)
{
    char digest[65];
    json_t *parsed = json_loads(entry, 0, NULL);
    const char *said = json_string_value(json_object_get(parsed, "certificate"));
    int rc = signed_digest(json_object_get(certificate, "body"), digest, err);
    if (rc == 0 && (said == NULL || strcmp(said, digest) != 0))
        rc = wrong("is not the one that the entry of the audit log is about", err);
    json_decref(parsed);
    return rc;
}

static int check_proof(const json_t *audit, const char *entry, struct error *err)
{
    struct merkle_hash leaf = merkle_leaf(entry, strlen(entry)), root;
    struct merkle_proof proof = {.n = 0};
    json_t *one, *path = json_object_get(audit, "proof");
    size_t i;
    json_int_t index = json_integer_value(json_object_get(audit, "index")),
               size = json_integer_value(json_object_get(audit, "size"));
    bool good = json_is_array(path) && json_array_size(path) <= MERKLE_PROOF_MAX && index >= 0 && size > index &&
                head_unhex(json_string_value(json_object_get(audit, "root")), &root);
    json_array_foreach (path, i, one)
        good = good && head_unhex(json_string_value(one), &proof.path[proof.n++]);
    if (!good || !merkle_verify_inclusion(&leaf, (size_t)index, (size_t)size, &proof, &root))
        return wrong("is not in the audit log whose root it names", err);
    return 0;
}

int certificate_check(const json_t *certificate, const unsigned char public[KEYFILE_SECRET], struct error *err)
{
    const char *format = json_string_value(json_object_get(certificate, "format"));
    const json_t *audit = json_object_get(certificate, "audit");
    const char *entry = json_string_value(json_object_get(audit, "entry"));
    if (format == NULL || strcmp(format, FORMAT) != 0 || entry == NULL)
        return wrong("is none of reckon, or of a later version", err);
    int rc = signed_check(certificate, public, "the certificate", err);
    rc = rc != 0 ? rc : check_entry(certificate, entry, err);
    return rc != 0 ? rc : check_proof(audit, entry, err);
}

int certificate_is_about(const json_t *certificate, const char *identifier, const char *salt, bool *about,
                         struct error *err)
{
    unsigned char key[CASE_SALT], digest[crypto_auth_hmacsha256_BYTES];
    char hex[2 * sizeof digest + 1];
    size_t n = 0, i;
    json_t *one;
    if (strlen(salt) != 2 * CASE_SALT || sodium_hex2bin(key, sizeof key, salt, 2 * CASE_SALT, NULL, &n, NULL) != 0)
        return error_set(err, E_USAGE, "--salt", "is not 64 hexadecimal digits");
    crypto_auth_hmacsha256(digest, (const unsigned char *)identifier, strlen(identifier), key);
    sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    *about = false;
    json_array_foreach (json_object_get(json_object_get(certificate, "body"), "commitments"), i, one)
        *about |= json_is_string(one) && strcmp(json_string_value(one), hex) == 0;
    return 0;
}
