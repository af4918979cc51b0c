#include "base/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

enum { HEX = 2 * KEYFILE_SECRET };

static bool only_white(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static bool parse(const char *text, unsigned char out[KEYFILE_SECRET])
{
    size_t n = 0;
    const char *end = NULL;
    return strlen(text) >= HEX && sodium_hex2bin(out, KEYFILE_SECRET, text, HEX, NULL, &n, &end) == 0 &&
           n == KEYFILE_SECRET && only_white(text + HEX);
}

static int damaged(const char *path, const char *why, struct error *err)
{
    error_set(err, E_CORRUPT, path, "%s", why);
    return error_hint(err, E_CORRUPT, "bring it back from where keys/ is kept safe; a new key cannot replace it");
}

static int read_key(const char *path, unsigned char secret[KEYFILE_SECRET], struct error *err)
{
    struct stat st;
    char *text;
    size_t n;
    if (stat(path, &st) != 0)
        return fs_error(err, path, "cannot be read");
    if ((st.st_mode & 077) != 0) {
        error_set(err, E_CORRUPT, path, "others than its owner may read or write this key");
        return error_hint(err, E_CORRUPT, "chmod 600 %s, and think of who may have read it", path);
    }
    int rc = fs_read_all(path, 4096, &text, &n, err);
    if (rc != 0)
        return rc;
    rc = parse(text, secret) ? 0 : damaged(path, "does not hold a key", err);
    sodium_memzero(text, n);
    mem_free(text);
    return rc;
}

/* Made beside its place and linked: whoever comes second finds the first one's. */
static int make_key(const char *path, struct error *err)
{
    char temp[FS_PATH_MAX], text[HEX + 2];
    unsigned char secret[KEYFILE_SECRET];
    if (snprintf(temp, sizeof temp, "%s.tmp-XXXXXX", path) >= (int)sizeof temp)
        return error_set(err, E_USAGE, path, "the path is too long");
    int fd = mkstemp(temp), rc = 0; /* 0600 */
    if (fd < 0)
        return fs_error(err, path, "cannot be created");
    randombytes_buf(secret, sizeof secret);
    sodium_bin2hex(text, sizeof text, secret, sizeof secret);
    text[HEX] = '\n';
    if (write(fd, text, HEX + 1) != HEX + 1 || fsync(fd) != 0)
        rc = fs_error(err, path, "cannot be written");
    close(fd);
    if (rc == 0 && link(temp, path) != 0 && errno != EEXIST)
        rc = fs_error(err, path, "cannot be put in its place");
    unlink(temp);
    sodium_memzero(text, sizeof text);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

int keyfile_secret(const char *path, bool make, unsigned char secret[KEYFILE_SECRET], struct error *err)
{
    if (make && !fs_exists(path)) {
        int rc = make_key(path, err);
        if (rc != 0)
            return rc;
    }
    return read_key(path, secret, err);
}

static int take_token(const char *path, const char *text, char *out, size_t size, struct error *err)
{
    size_t n = strcspn(text, "\r\n");
    if (n == 0 || n >= size)
        return error_set(err, E_BAD_DATA, path, n == 0 ? "its first line is empty" : "this is too long for a key");
    memcpy(out, text, n);
    out[n] = '\0';
    return 0;
}

int keyfile_token(const char *path, char *out, size_t size, struct error *err)
{
    struct stat st;
    char *text;
    size_t n;
    out[0] = '\0';
    if (stat(path, &st) != 0)
        return fs_error(err, path, "cannot be read");
    if ((st.st_mode & 077) != 0)
        return error_hint(err, error_set(err, E_REFUSED, path, "others may read it, and it holds a secret"),
                          "chmod 600 %s", path);
    int rc = fs_read_all(path, 4096, &text, &n, err);
    if (rc != 0)
        return rc;
    rc = take_token(path, text, out, size, err);
    sodium_memzero(text, n);
    mem_free(text);
    return rc;
}

int signing_key_load(struct signing_key *self, const char *path, bool make, struct error *err)
{
    unsigned char seed[KEYFILE_SECRET];
    int rc = keyfile_secret(path, make, seed, err);
    if (rc == 0)
        crypto_sign_seed_keypair(self->public, self->secret, seed);
    sodium_memzero(seed, sizeof seed);
    return rc;
}

void signing_key_release(struct signing_key *self)
{
    sodium_memzero(self, sizeof *self);
}

void signing_key_id(const unsigned char public[KEYFILE_SECRET], char out[17])
{
    char hex[65];
    fs_sha256(public, KEYFILE_SECRET, hex);
    memcpy(out, hex, 16);
    out[16] = '\0';
}

void signing_key_sign(const struct signing_key *self, const void *text, size_t n, char hex[SIGNATURE_HEX])
{
    unsigned char signature[SIGNATURE_BYTES];
    crypto_sign_detached(signature, NULL, text, n, self->secret);
    sodium_bin2hex(hex, SIGNATURE_HEX, signature, sizeof signature);
}

bool signature_is_good(const unsigned char public[KEYFILE_SECRET], const void *text, size_t n, const char *hex)
{
    unsigned char signature[SIGNATURE_BYTES];
    size_t got = 0;
    return strlen(hex) == 2 * SIGNATURE_BYTES &&
           sodium_hex2bin(signature, sizeof signature, hex, 2 * SIGNATURE_BYTES, NULL, &got, NULL) == 0 &&
           got == SIGNATURE_BYTES && crypto_sign_verify_detached(signature, text, n, public) == 0;
}

bool signing_key_parse(const char *text, unsigned char public[KEYFILE_SECRET])
{
    return parse(text, public);
}

int keyfile_destroy(const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;
    if (fd < 0)
        return errno == ENOENT ? 0 : fs_error(err, path, "cannot be opened");
    static const char zeros[HEX + 1];
    if (pwrite(fd, zeros, sizeof zeros, 0) != sizeof zeros || fsync(fd) != 0)
        rc = fs_error(err, path, "cannot be overwritten");
    close(fd);
    if (rc == 0 && unlink(path) != 0)
        rc = fs_error(err, path, "cannot be removed");
    return rc;
}
