#include "privacy/head.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "privacy/signed.h"
#include "store/audit.h"

#define FORMAT "reckon-audit-head-1"

void head_hex(const struct merkle_hash *hash, char hex[65])
{
    sodium_bin2hex(hex, 65, hash->bytes, MERKLE_HASH);
}

bool head_unhex(const char *hex, struct merkle_hash *out)
{
    size_t n = 0;
    return hex != NULL && strlen(hex) == 64 &&
           sodium_hex2bin(out->bytes, MERKLE_HASH, hex, 64, NULL, &n, NULL) == 0 && n == MERKLE_HASH;
}

int head_make(struct store *store, json_t **out, struct error *err)
{
    struct merkle_hash *leaves;
    struct signing_key key;
    char hex[65], when[40];
    size_t n;
    int rc = signed_key(&key, store, err);
    if (rc != 0)
        return rc;
    rc = audit_leaves(store, 0, &leaves, &n, err);
    if (rc == 0) {
        struct merkle_hash root = merkle_root(leaves, n);
        head_hex(&root, hex);
        *out = json_pack("{s:s, s:I, s:s, s:s}", "format", FORMAT, "size", (json_int_t)n, "root", hex, "at",
                         clock_format(clock_now_ms(), when, sizeof when));
        rc = *out != NULL ? signed_put(*out, &key, err) : error_nomem(err, "the head");
        mem_free(leaves);
    }
    signing_key_release(&key);
    return rc;
}

int head_parse(const json_t *head, int64_t *size, struct merkle_hash *root, struct error *err)
{
    json_t *n = json_object_get(head, "size");
    if (!json_is_integer(n) || json_integer_value(n) < 0 ||
        !head_unhex(json_string_value(json_object_get(head, "root")), root))
        return error_set(err, E_CORRUPT, "the head", "holds no size and root");
    *size = json_integer_value(n);
    return 0;
}

int head_check(struct store *store, const json_t *head, struct error *err)
{
    struct merkle_hash root, *leaves;
    int64_t size;
    size_t n;
    int rc = head_parse(head, &size, &root, err);
    if (rc == 0)
        rc = audit_leaves(store, size > 0 ? size : 1, &leaves, &n, err);
    if (rc != 0)
        return rc;
    if ((int64_t)n < size) {
        error_set(err, E_CORRUPT, "the audit log",
                  "has %zu entries, and had %" PRId64 " when the head was signed: entries were removed from its end, or "
                  "an older state was brought back", n, size);
        rc = error_hint(err, E_CORRUPT, "look for the missing ones in `reckon audit export` files and in backups");
    } else {
        struct merkle_hash now = merkle_root(leaves, (size_t)size);
        if (memcmp(now.bytes, root.bytes, MERKLE_HASH) != 0) {
            error_set(err, E_CORRUPT, "the audit log", "is another one than when the head was signed: among its first "
                      "%" PRId64 " entries some were changed, and the chain after them was made anew", size);
            rc = error_hint(err, E_CORRUPT, "compare it with an earlier `reckon audit export` to see which");
        }
    }
    mem_free(leaves);
    return rc;
}
