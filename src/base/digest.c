#include "base/digest.h"

#include <sodium.h>
#include <string.h>

static uint32_t rotl(uint32_t x, int k)
{
    return x << k | x >> (32 - k);
}

static uint32_t load_be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t load_le(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Runs `block` over the message and its padding: 0x80, zeros, and the length in bits, big- or little-endian. */
static void merkle_damgard(const uint8_t *p, size_t n, uint32_t *state, void (*block)(uint32_t *, const uint8_t *), int big)
{
    uint8_t last[128] = {0};
    size_t whole = n / 64 * 64, rest = n - whole, end = rest < 56 ? 64 : 128;
    uint64_t bits = (uint64_t)n * 8;
    for (size_t i = 0; i < whole; i += 64)
        block(state, p + i);
    if (rest > 0)
        memcpy(last, p + whole, rest);
    last[rest] = 0x80;
    for (size_t i = 0; i < 8; i++)
        last[end - 8 + i] = (uint8_t)(bits >> 8 * (big ? 7 - i : i));
    block(state, last);
    if (end == 128)
        block(state, last + 64);
}

static void sha1_block(uint32_t *s, const uint8_t *p)
{
    uint32_t w[80];
    for (int i = 0; i < 16; i++)
        w[i] = load_be(p + 4 * i);
    for (int i = 16; i < 80; i++)
        w[i] = rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4];
    for (int i = 0; i < 80; i++) {
        uint32_t f, k;
        if (i < 20) {
            f = (b & c) | (~b & d);
            k = 0x5A827999u;
        } else if (i < 40 || i >= 60) {
            f = b ^ c ^ d;
            k = i < 40 ? 0x6ED9EBA1u : 0xCA62C1D6u;
        } else {
            f = (b & c) | (b & d) | (c & d);
            k = 0x8F1BBCDCu;
        }
        uint32_t t = rotl(a, 5) + f + e + k + w[i];
        e = d;
        d = c;
        c = rotl(b, 30);
        b = a;
        a = t;
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
}

void digest_sha1(const void *bytes, size_t n, uint8_t out[20])
{
    uint32_t s[5] = {0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u, 0xC3D2E1F0u};
    merkle_damgard(bytes, n, s, sha1_block, 1);
    for (int i = 0; i < 20; i++)
        out[i] = (uint8_t)(s[i / 4] >> 8 * (3 - i % 4));
}

static void md5_block(uint32_t *s, const uint8_t *p)
{
    static const uint8_t turn[16] = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
    /* floor(2^32 |sin(i + 1)|), RFC 1321. */
    static const uint32_t k[64] = {
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8,
        0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
        0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87,
        0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
        0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039,
        0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
        0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
        0xeb86d391};
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3];
    for (int i = 0; i < 64; i++) {
        uint32_t f;
        int g;
        if (i < 16) {
            f = (b & c) | (~b & d);
            g = i;
        } else if (i < 32) {
            f = (d & b) | (~d & c);
            g = (5 * i + 1) % 16;
        } else if (i < 48) {
            f = b ^ c ^ d;
            g = (3 * i + 5) % 16;
        } else {
            f = c ^ (b | ~d);
            g = 7 * i % 16;
        }
        f += a + k[i] + load_le(p + 4 * g);
        a = d;
        d = c;
        c = b;
        b += rotl(f, turn[i / 16 * 4 + i % 4]);
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
}

void digest_md5(const void *bytes, size_t n, uint8_t out[16])
{
    uint32_t s[4] = {0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u};
    merkle_damgard(bytes, n, s, md5_block, 0);
    for (int i = 0; i < 16; i++)
        out[i] = (uint8_t)(s[i / 4] >> 8 * (i % 4));
}

void digest_sha256(const void *bytes, size_t n, uint8_t out[32])
{
    crypto_hash_sha256(out, bytes, n);
}

uint32_t digest_murmur3(const void *bytes, size_t n, uint32_t seed)
{
    const uint8_t *p = bytes;
    uint32_t h = seed, k = 0;
    for (size_t i = 0; i + 4 <= n; i += 4) {
        k = rotl(load_le(p + i) * 0xcc9e2d51u, 15) * 0x1b873593u;
        h = rotl(h ^ k, 13) * 5 + 0xe6546b64u;
    }
    k = 0;
    for (size_t i = n % 4; i > 0; i--)
        k = k << 8 | p[n / 4 * 4 + i - 1];
    if (n % 4 != 0)
        h ^= rotl(k * 0xcc9e2d51u, 15) * 0x1b873593u;
    h ^= (uint32_t)n;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}
