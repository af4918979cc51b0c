#include "ingest/decoder.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

enum { IN_CAP = 64 * 1024, OUT_CAP = 4 * IN_CAP };

#define NO_CONVERSION ((iconv_t)-1)

struct decoder {
    struct source *source;
    iconv_t iconv;      /* NO_CONVERSION: UTF-8 */
    char encoding[64];
    size_t unit;        /* bytes of the smallest piece of the encoding: 1, 2 or 4 */
    char *in;           /* bytes not converted yet; of a UTF-8 source: the head, read to see the mark */
    size_t in_at, in_n;
    bool in_end;
    char *out;          /* converted, not handed out yet */
    size_t out_at, out_n;
};

static int unknown_encoding(const char *encoding, struct error *err)
{
    error_set(err, E_USAGE, "--encoding", "'%s' is no encoding that this system knows", encoding);
    return error_hint(err, E_USAGE, "usual ones are UTF-8, ISO-8859-1, windows-1252, UTF-16; `iconv -l` lists all");
}

static bool is_utf8(const char *encoding)
{
    return strcasecmp(encoding, "UTF-8") == 0 || strcasecmp(encoding, "UTF8") == 0;
}

int decoder_check_encoding(const char *encoding, struct error *err)
{
    if (encoding == NULL || encoding[0] == '\0' || is_utf8(encoding))
        return 0;
    /* "//IGNORE" and the like would let bad text through */
    bool plain = strchr(encoding, '/') == NULL && strlen(encoding) < 64;
    iconv_t cd = plain ? iconv_open("UTF-8", encoding) : NO_CONVERSION;
    if (cd == NO_CONVERSION)
        return unknown_encoding(encoding, err);
    iconv_close(cd);
    return 0;
}

/* Enough of the beginning to see a byte order mark. */
static int read_head(struct decoder *self, struct error *err)
{
    while (self->in_n < 4 && !self->in_end) {
        size_t n;
        int rc = source_read(self->source, self->in + self->in_n, IN_CAP - self->in_n, &n, err);
        if (rc != 0)
            return rc;
        self->in_n += n;
        self->in_end = n == 0;
    }
    return 0;
}

/* What the text is to be read as: what was declared, and what its byte order mark says. */
static const char *settle(struct decoder *self, const char *declared)
{
    const unsigned char *p = (const unsigned char *)self->in;
    bool utf8 = declared[0] == '\0' || is_utf8(declared);
    bool utf16 = strcasecmp(declared, "UTF-16") == 0 || strcasecmp(declared, "UTF16") == 0;
    if (self->in_n >= 3 && p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF && utf8) {
        self->in_at = 3;
        return "UTF-8";
    }
    if (self->in_n >= 2 && p[0] == 0xFF && p[1] == 0xFE && (utf8 || utf16 || strcasecmp(declared, "UTF-16LE") == 0)) {
        self->in_at = 2;
        return "UTF-16LE";
    }
    if (self->in_n >= 2 && p[0] == 0xFE && p[1] == 0xFF && (utf8 || utf16 || strcasecmp(declared, "UTF-16BE") == 0)) {
        self->in_at = 2;
        return "UTF-16BE";
    }
    return utf8 ? "UTF-8" : utf16 ? "UTF-16LE" : declared;
}

static int begin(struct decoder *self, const char *declared, struct error *err)
{
    int rc = decoder_check_encoding(declared, err);
    if (rc == 0)
        rc = read_head(self, err);
    if (rc != 0)
        return rc;
    const char *encoding = settle(self, declared);
    strncpy(self->encoding, encoding, sizeof self->encoding - 1);
    if (is_utf8(encoding))
        return 0;
    self->unit = strncasecmp(encoding, "UTF-16", 6) == 0 || strncasecmp(encoding, "UCS-2", 5) == 0   ? 2
                 : strncasecmp(encoding, "UTF-32", 6) == 0 || strncasecmp(encoding, "UCS-4", 5) == 0 ? 4
                                                                                                       : 1;
    self->iconv = iconv_open("UTF-8", encoding);
    if (self->iconv == NO_CONVERSION)
        return unknown_encoding(encoding, err);
    self->out = mem_alloc(OUT_CAP, 1);
    return self->out != NULL ? 0 : error_nomem(err, "the text decoder");
}

int decoder_open(struct decoder **out, struct source *source, const char *encoding, struct error *err)
{
    struct decoder *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the text decoder");
    self->source = source;
    self->iconv = NO_CONVERSION;
    self->in = mem_alloc(IN_CAP, 1);
    int rc = self->in != NULL ? 0 : error_nomem(err, "the text decoder");
    if (rc == 0)
        rc = begin(self, encoding != NULL ? encoding : "", err);
    if (rc != 0) {
        decoder_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

void decoder_free(struct decoder *self)
{
    if (self == NULL)
        return;
    if (self->iconv != NO_CONVERSION)
        iconv_close(self->iconv);
    mem_free(self->in);
    mem_free(self->out);
    mem_free(self);
}

/* A piece that cannot be converted becomes one byte that no UTF-8 text holds; the byte itself where that is
 * one, so that the raw text of the bad row still shows it. */
static void pass_bad_piece(struct decoder *self, size_t bytes)
{
    unsigned char c = (unsigned char)self->in[self->in_at];
    self->out[self->out_n++] = self->unit == 1 && c >= 0x80 && c < 0xC0 ? (char)c : '\xFF';
    self->in_at += bytes;
}

static int refill_in(struct decoder *self, struct error *err)
{
    size_t left = self->in_n - self->in_at, n = 0;
    memmove(self->in, self->in + self->in_at, left);
    self->in_at = 0;
    self->in_n = left;
    if (self->in_end)
        return 0;
    int rc = source_read(self->source, self->in + left, IN_CAP - left, &n, err);
    self->in_n += n;
    self->in_end = rc == 0 && n == 0;
    return rc;
}

/* Converts until something is there to hand out or the source ends. */
static int convert(struct decoder *self, struct error *err)
{
    self->out_at = self->out_n = 0;
    bool starved = self->in_at == self->in_n;
    while (self->out_n == 0) {
        if (starved) {
            int rc = refill_in(self, err);
            if (rc != 0 || self->in_at == self->in_n)
                return rc;
        }
        char *in = self->in + self->in_at, *out = self->out;
        size_t in_left = self->in_n - self->in_at, out_left = OUT_CAP - 1;
        size_t done = iconv(self->iconv, &in, &in_left, &out, &out_left);
        int why = done == (size_t)-1 ? errno : 0;
        self->in_at = self->in_n - in_left;
        self->out_n = (size_t)(out - self->out);
        if (why == EILSEQ)
            pass_bad_piece(self, self->unit < in_left ? self->unit : in_left);
        else if (why == EINVAL && self->in_end)
            pass_bad_piece(self, in_left);
        starved = why == EINVAL || self->in_at == self->in_n;
    }
    return 0;
}

int decoder_read(void *context, char *buf, size_t cap, size_t *n, struct error *err)
{
    struct decoder *self = context;
    char *from = self->in;
    size_t *at = &self->in_at, *end = &self->in_n;
    if (self->iconv != NO_CONVERSION) {
        if (self->out_at == self->out_n) {
            int rc = convert(self, err);
            if (rc != 0)
                return rc;
        }
        from = self->out;
        at = &self->out_at;
        end = &self->out_n;
    } else if (self->in_at == self->in_n) {
        return source_read(self->source, buf, cap, n, err);
    }
    *n = *end - *at < cap ? *end - *at : cap;
    memcpy(buf, from + *at, *n);
    *at += *n;
    return 0;
}

int decoder_convert(const char *encoding, const char *text, size_t n, struct str *out, struct error *err)
{
    int rc = decoder_check_encoding(encoding, err);
    if (rc != 0)
        return rc;
    if (is_utf8(encoding) || encoding[0] == '\0')
        return str_append(out, text, n) == 0 ? 0 : error_nomem(err, "the text decoder");
    iconv_t cd = iconv_open("UTF-8", encoding);
    if (cd == NO_CONVERSION)
        return unknown_encoding(encoding, err);
    char block[4096], *in = mem_dup(text, n), *p = in; /* iconv takes no const */
    size_t left = n;
    rc = in != NULL ? 0 : error_nomem(err, "the text decoder");
    while (rc == 0 && left > 0) {
        char *to = block;
        size_t room = sizeof block;
        size_t done = iconv(cd, &p, &left, &to, &room);
        int why = done == (size_t)-1 ? errno : 0;
        str_append(out, block, sizeof block - room);
        if (why == EILSEQ || why == EINVAL) {
            str_putc(out, '\xFF');
            p++;
            left--;
        }
        if (out->failed)
            rc = error_nomem(err, "the text decoder");
    }
    mem_free(in);
    iconv_close(cd);
    return rc;
}

const char *decoder_encoding(const struct decoder *self)
{
    return self->encoding;
}
