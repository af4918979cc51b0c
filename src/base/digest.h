/* digest: short hashes of short texts, as other programs compute them, so that assignments agree with theirs.
 *
 * None of these is a secret or a signature; for those there is libsodium.  SHA-1: RFC 3174; MD5: RFC 1321; FNV-1a: the
 * draft of Fowler, Noll & Vo; MurmurHash3 x86 32: A. Appleby.  No allocation; re-entrant. */
#ifndef RECKON_BASE_DIGEST_H
#define RECKON_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

void digest_sha1(const void *bytes, size_t n, uint8_t out[20]);
void digest_md5(const void *bytes, size_t n, uint8_t out[16]);
void digest_sha256(const void *bytes, size_t n, uint8_t out[32]);
uint32_t digest_murmur3(const void *bytes, size_t n, uint32_t seed);

#define DIGEST_FNV32A_START 0x811C9DC5u
/* One unit (a byte, or a UTF-16 code unit) more. */
static inline uint32_t digest_fnv32a_add(uint32_t hash, uint32_t unit)
{
    return (hash ^ unit) * 0x01000193u;
}

#endif
