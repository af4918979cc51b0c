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

/* Four phases of twenty rounds, and a schedule of sixteen words that is renewed as it goes. */
#define SHA1_WORD(i) \
    (w[(i) & 15] = (i) < 16 ? w[i] : rotl(w[((i) + 13) & 15] ^ w[((i) + 8) & 15] ^ w[((i) + 2) & 15] ^ w[(i) & 15], 1))
#define SHA1_ROUND(i, a, b, c, d, e, f, k)            \
    e += rotl(a, 5) + (f) + (k) + SHA1_WORD(i);       \
    b = rotl(b, 30)
#define SHA1_FIVE(i, F, k)                            \
    SHA1_ROUND(i, a, b, c, d, e, F(b, c, d), k);      \
    SHA1_ROUND((i) + 1, e, a, b, c, d, F(a, b, c), k); \
    SHA1_ROUND((i) + 2, d, e, a, b, c, F(e, a, b), k); \
    SHA1_ROUND((i) + 3, c, d, e, a, b, F(d, e, a), k); \
    SHA1_ROUND((i) + 4, b, c, d, e, a, F(c, d, e), k)
#define SHA1_TWENTY(i, F, k)  \
    SHA1_FIVE(i, F, k);       \
    SHA1_FIVE((i) + 5, F, k); \
    SHA1_FIVE((i) + 10, F, k); \
    SHA1_FIVE((i) + 15, F, k)
#define SHA1_CHOOSE(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define SHA1_PARITY(x, y, z) ((x) ^ (y) ^ (z))
#define SHA1_MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))

static void sha1_block(uint32_t *s, const uint8_t *p)
{
    uint32_t w[16], a = s[0], b = s[1], c = s[2], d = s[3], e = s[4];
    for (int i = 0; i < 16; i++)
        w[i] = load_be(p + 4 * i);
    SHA1_TWENTY(0, SHA1_CHOOSE, 0x5A827999u);
    SHA1_TWENTY(20, SHA1_PARITY, 0x6ED9EBA1u);
    SHA1_TWENTY(40, SHA1_MAJORITY, 0x8F1BBCDCu);
    SHA1_TWENTY(60, SHA1_PARITY, 0xCA62C1D6u);
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
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], w[16];
    for (int i = 0; i < 16; i++)
        w[i] = load_le(p + 4 * i);
#define MD5_ROUND(i, f, g)                                              \
    do {                                                                \
        uint32_t t = a + (f) + k[i] + w[(g) & 15];                      \
        a = d;                                                          \
        d = c;                                                          \
        c = b;                                                          \
        b += rotl(t, turn[(i) / 16 * 4 + (i) % 4]);                     \
    } while (0)
    for (int i = 0; i < 16; i++)
        MD5_ROUND(i, d ^ (b & (c ^ d)), i);
    for (int i = 16; i < 32; i++)
        MD5_ROUND(i, c ^ (d & (b ^ c)), 5 * i + 1);
    for (int i = 32; i < 48; i++)
        MD5_ROUND(i, b ^ c ^ d, 3 * i + 5);
    for (int i = 48; i < 64; i++)
        MD5_ROUND(i, c ^ (b | ~d), 7 * i);
#undef MD5_ROUND
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
