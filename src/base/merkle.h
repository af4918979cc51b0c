/* merkle: the tree of RFC 6962 (section 2.1) over the leaves of a log, and its two proofs.
 *
 * An inclusion proof shows that a leaf is in the tree of a size and root; a consistency proof that the tree of one root
 * is the beginning of that of another: nothing was changed, removed or put in between.  Both are verified with nothing
 * but the roots.  Pure; any thread. */
#ifndef RECKON_BASE_MERKLE_H
#define RECKON_BASE_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MERKLE_HASH = 32, MERKLE_PROOF_MAX = 64 };

struct merkle_hash {
    unsigned char bytes[MERKLE_HASH];
};

struct merkle_proof {
    struct merkle_hash path[MERKLE_PROOF_MAX + 1];
    size_t n;
};

struct merkle_hash merkle_leaf(const void *data, size_t n); /* SHA-256(0x00 || data) */
struct merkle_hash merkle_root(const struct merkle_hash *leaves, size_t n); /* of none: SHA-256("") */

/* index < n */
void merkle_inclusion(const struct merkle_hash *leaves, size_t n, size_t index, struct merkle_proof *out);
bool merkle_verify_inclusion(const struct merkle_hash *leaf, size_t index, size_t n, const struct merkle_proof *proof,
                             const struct merkle_hash *root);

/* 0 < old <= n */
void merkle_consistency(const struct merkle_hash *leaves, size_t n, size_t old, struct merkle_proof *out);
bool merkle_verify_consistency(size_t old, const struct merkle_hash *old_root, size_t n, const struct merkle_hash *root,
                               const struct merkle_proof *proof);

#endif
