#include "base/merkle.h"

#include <sodium.h>
#include <string.h>

static struct merkle_hash node(const struct merkle_hash *left, const struct merkle_hash *right)
{
    unsigned char both[1 + 2 * MERKLE_HASH] = {1};
    struct merkle_hash out;
    memcpy(both + 1, left->bytes, MERKLE_HASH);
    memcpy(both + 1 + MERKLE_HASH, right->bytes, MERKLE_HASH);
    crypto_hash_sha256(out.bytes, both, sizeof both);
    return out;
}

struct merkle_hash merkle_leaf(const void *data, size_t n)
{
    static const unsigned char mark = 0;
    crypto_hash_sha256_state state;
    struct merkle_hash out;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, &mark, 1);
    crypto_hash_sha256_update(&state, data, n);
    crypto_hash_sha256_final(&state, out.bytes);
    return out;
}

/* The largest power of two below n; n > 1. */
static size_t split(size_t n)
{
    size_t k = 1;
    while (k * 2 < n)
        k *= 2;
    return k;
}

struct merkle_hash merkle_root(const struct merkle_hash *leaves, size_t n)
{
    if (n == 0) {
        struct merkle_hash out;
        crypto_hash_sha256(out.bytes, (const unsigned char *)"", 0);
        return out;
    }
    if (n == 1)
        return leaves[0];
    size_t k = split(n);
    struct merkle_hash left = merkle_root(leaves, k), right = merkle_root(leaves + k, n - k);
    return node(&left, &right);
}

static void put(struct merkle_proof *out, struct merkle_hash hash)
{
    out->path[out->n++] = hash;
}

static void inclusion(const struct merkle_hash *leaves, size_t n, size_t index, struct merkle_proof *out)
{
    if (n <= 1)
        return;
    size_t k = split(n);
    if (index < k) {
        inclusion(leaves, k, index, out);
        put(out, merkle_root(leaves + k, n - k));
    } else {
        inclusion(leaves + k, n - k, index - k, out);
        put(out, merkle_root(leaves, k));
    }
}

void merkle_inclusion(const struct merkle_hash *leaves, size_t n, size_t index, struct merkle_proof *out)
{
    out->n = 0;
    inclusion(leaves, n, index, out);
}

static bool same(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return memcmp(a->bytes, b->bytes, MERKLE_HASH) == 0;
}

/* RFC 9162, 2.1.3.2 */
bool merkle_verify_inclusion(const struct merkle_hash *leaf, size_t index, size_t n, const struct merkle_proof *proof,
                             const struct merkle_hash *root)
{
    if (index >= n)
        return false;
    size_t fn = index, sn = n - 1;
    struct merkle_hash r = *leaf;
    for (size_t i = 0; i < proof->n; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) == 1 || fn == sn) {
            r = node(&proof->path[i], &r);
            while (fn != 0 && (fn & 1) == 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = node(&r, &proof->path[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && same(&r, root);
}

/* SUBPROOF of RFC 6962: `whole`: the old tree is a subtree that the verifier knows. */
static void subproof(const struct merkle_hash *leaves, size_t n, size_t old, bool whole, struct merkle_proof *out)
{
    if (old == n) {
        if (!whole)
            put(out, merkle_root(leaves, n));
        return;
    }
    size_t k = split(n);
    if (old <= k) {
        subproof(leaves, k, old, whole, out);
        put(out, merkle_root(leaves + k, n - k));
    } else {
        subproof(leaves + k, n - k, old - k, false, out);
        put(out, merkle_root(leaves, k));
    }
}

void merkle_consistency(const struct merkle_hash *leaves, size_t n, size_t old, struct merkle_proof *out)
{
    out->n = 0;
    subproof(leaves, n, old, true, out);
}

/* RFC 9162, 2.1.4.2 */
bool merkle_verify_consistency(size_t old, const struct merkle_hash *old_root, size_t n, const struct merkle_hash *root,
                               const struct merkle_proof *proof)
{
    if (old == 0 || old > n)
        return false;
    if (old == n)
        return proof->n == 0 && same(old_root, root);
    size_t fn = old - 1, sn = n - 1, at = 0;
    while ((fn & 1) == 1) {
        fn >>= 1;
        sn >>= 1;
    }
    struct merkle_hash fr = *old_root; /* when old is a power of two, its root is the beginning */
    if (fn != 0) {
        if (proof->n == 0)
            return false;
        fr = proof->path[at++];
    }
    struct merkle_hash sr = fr;
    for (; at < proof->n; at++) {
        const struct merkle_hash *c = &proof->path[at];
        if (sn == 0)
            return false;
        if ((fn & 1) == 1 || fn == sn) {
            fr = node(c, &fr);
            sr = node(c, &sr);
            while (fn != 0 && (fn & 1) == 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            sr = node(&sr, c);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && same(&fr, old_root) && same(&sr, root);
}
