/* The tree of RFC 6962 and its proofs; signatures and key files. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/keyfile.h"
#include "base/merkle.h"
#include "tests/unit/check_main.h"

/* The eight leaves that certificate-transparency logs test with. */
static const struct {
    const char *bytes;
    size_t n;
} standard[] = {{"", 0},
                {"\x00", 1},
                {"\x10", 1},
                {"\x20\x21", 2},
                {"\x30\x31", 2},
                {"\x40\x41\x42\x43", 4},
                {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
                {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16}};

static void fill(struct merkle_hash *leaves, size_t n)
{
    for (size_t i = 0; i < n; i++)
        leaves[i] = i < 8 ? merkle_leaf(standard[i].bytes, standard[i].n) : merkle_leaf(&i, sizeof i);
}

START_TEST(test_roots_are_those_of_the_standard)
{
    static const struct {
        size_t n;
        const char *hex;
    } roots[] = {{0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                 {1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
                 {2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
                 {3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
                 {7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
                 {8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"}};
    struct merkle_hash leaves[8];
    fill(leaves, 8);
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        char hex[65];
        struct merkle_hash root = merkle_root(leaves, roots[i].n);
        sodium_bin2hex(hex, sizeof hex, root.bytes, MERKLE_HASH);
        ck_assert_str_eq(hex, roots[i].hex);
    }
}
END_TEST

START_TEST(test_every_leaf_of_every_size_is_proven_and_nothing_else)
{
    enum { MOST = 40 };
    struct merkle_hash leaves[MOST];
    struct merkle_proof proof;
    fill(leaves, MOST);
    for (size_t n = 1; n <= MOST; n++) {
        struct merkle_hash root = merkle_root(leaves, n);
        for (size_t i = 0; i < n; i++) {
            merkle_inclusion(leaves, n, i, &proof);
            ck_assert(merkle_verify_inclusion(&leaves[i], i, n, &proof, &root));
            ck_assert(!merkle_verify_inclusion(&leaves[(i + 1) % MOST], i, n, &proof, &root));
            ck_assert(n == 1 || !merkle_verify_inclusion(&leaves[i], (i + 1) % n, n, &proof, &root));
            ck_assert(!merkle_verify_inclusion(&leaves[i], n, n, &proof, &root));
            if (proof.n > 0) {
                proof.path[proof.n / 2].bytes[7] ^= 1;
                ck_assert(!merkle_verify_inclusion(&leaves[i], i, n, &proof, &root));
                proof.path[proof.n / 2].bytes[7] ^= 1;
                proof.n--;
                ck_assert(!merkle_verify_inclusion(&leaves[i], i, n, &proof, &root));
            }
        }
    }
}
END_TEST

START_TEST(test_a_log_that_grew_is_consistent_and_one_that_was_changed_is_not)
{
    enum { MOST = 24 };
    struct merkle_hash leaves[MOST];
    struct merkle_proof proof;
    fill(leaves, MOST);
    for (size_t n = 1; n <= MOST; n++)
        for (size_t old = 1; old <= n; old++) {
            struct merkle_hash before = merkle_root(leaves, old), now = merkle_root(leaves, n), other;
            merkle_consistency(leaves, n, old, &proof);
            ck_assert_msg(merkle_verify_consistency(old, &before, n, &now, &proof), "%zu in %zu", old, n);
            other = before;
            other.bytes[0] ^= 1;
            ck_assert(!merkle_verify_consistency(old, &other, n, &now, &proof));
            other = now;
            other.bytes[0] ^= 1;
            ck_assert(!merkle_verify_consistency(old, &before, n, &other, &proof));
            ck_assert(!merkle_verify_consistency(n + 1, &before, n, &now, &proof));
        }
}
END_TEST

static void make_dir(char out[64])
{
    strcpy(out, "/tmp/reckon-keys-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(out));
}

START_TEST(test_keys_are_made_once_and_kept_from_others)
{
    char dir[64], path[96];
    unsigned char a[KEYFILE_SECRET], b[KEYFILE_SECRET];
    struct error err = {0};
    struct stat st;
    make_dir(dir);
    snprintf(path, sizeof path, "%s/k", dir);
    ck_assert_int_eq(keyfile_secret(path, false, a, &err), E_NOT_FOUND);
    ck_assert_int_eq(keyfile_secret(path, true, a, &err), 0);
    ck_assert_int_eq(keyfile_secret(path, true, b, &err), 0);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_int_eq(keyfile_secret(path, true, b, &err), E_CORRUPT);
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_int_eq(truncate(path, 20), 0);
    ck_assert_int_eq(keyfile_secret(path, true, b, &err), E_CORRUPT);
    ck_assert_int_eq(keyfile_destroy(path, &err), 0);
    ck_assert(!fs_exists(path));
    ck_assert_int_eq(keyfile_destroy(path, &err), 0);
    rmdir(dir);
}
END_TEST

START_TEST(test_signatures_hold_for_the_text_and_the_key_alone)
{
    char dir[64], path[96], hex[SIGNATURE_HEX];
    struct signing_key key, other;
    struct error err = {0};
    make_dir(dir);
    snprintf(path, sizeof path, "%s/k", dir);
    ck_assert_int_eq(signing_key_load(&key, path, true, &err), 0);
    unlink(path);
    ck_assert_int_eq(signing_key_load(&other, path, true, &err), 0);
    signing_key_sign(&key, "text", 4, hex);
    ck_assert(signature_is_good(key.public, "text", 4, hex));
    ck_assert(!signature_is_good(key.public, "texT", 4, hex));
    ck_assert(!signature_is_good(other.public, "text", 4, hex));
    ck_assert(!signature_is_good(key.public, "text", 4, "00"));
    hex[3] = hex[3] == '0' ? '1' : '0';
    ck_assert(!signature_is_good(key.public, "text", 4, hex));
    unlink(path);
    rmdir(dir);
}
END_TEST

CHECK_MAIN("merkle", test_roots_are_those_of_the_standard, test_every_leaf_of_every_size_is_proven_and_nothing_else,
           test_a_log_that_grew_is_consistent_and_one_that_was_changed_is_not,
           test_keys_are_made_once_and_kept_from_others, test_signatures_hold_for_the_text_and_the_key_alone)
