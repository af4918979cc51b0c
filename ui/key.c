#include "ui/key.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const named[] = {
#define X(id, word) word,
    NAMED_KEYS(X)
#undef X
};

static const struct {
    key_code key;
    const char *word;
} special[] = {{K_TAB, "tab"}, {K_ENTER, "enter"}, {K_ESCAPE, "esc"}, {K_SPACE, "space"}, {K_BACKSPACE, "backspace"}};

static size_t put_utf8(key_code c, char out[5])
{
    size_t n = 0;
    if (c < 0x80) {
        out[n++] = (char)c;
    } else if (c < 0x800) {
        out[n++] = (char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        out[n++] = (char)(0xE0 | c >> 12);
        out[n++] = (char)(0x80 | (c >> 6 & 0x3F));
    } else {
        out[n++] = (char)(0xF0 | c >> 18);
        out[n++] = (char)(0x80 | (c >> 12 & 0x3F));
        out[n++] = (char)(0x80 | (c >> 6 & 0x3F));
    }
    if (c >= 0x80)
        out[n++] = (char)(0x80 | (c & 0x3F));
    out[n] = '\0';
    return n;
}

bool key_text(key_code key, char out[5])
{
    if (key < 0x20 || (key >= 0x7F && key < 0xA0) || key > 0x10FFFF || (key >= 0xD800 && key <= 0xDFFF))
        return false;
    put_utf8(key, out);
    return true;
}

const char *key_word(key_code key, char out[KEY_WORD_MAX])
{
    const char *alt = key & K_ALT ? "alt-" : "";
    char text[5];
    key &= ~(key_code)K_ALT;
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        if (special[i].key == key) {
            snprintf(out, KEY_WORD_MAX, "%s%s", alt, special[i].word);
            return out;
        }
    if (key > K_NAMED && key < K_NAMED_END)
        snprintf(out, KEY_WORD_MAX, "%s%s", alt, named[key - K_NAMED - 1]);
    else if (key >= 1 && key <= 26)
        snprintf(out, KEY_WORD_MAX, "%sctrl-%c", alt, (char)('a' + key - 1));
    else if (key_text(key, text))
        snprintf(out, KEY_WORD_MAX, "%s%s", alt, text);
    else
        snprintf(out, KEY_WORD_MAX, "%skey-%u", alt, (unsigned)key);
    return out;
}

const char *key_sign(key_code key, char out[KEY_WORD_MAX], bool ascii)
{
    static const struct {
        key_code key;
        const char *sign;
    } signs[] = {{K_UP, "\xE2\x86\x91"}, {K_DOWN, "\xE2\x86\x93"}, {K_LEFT, "\xE2\x86\x90"},
                 {K_RIGHT, "\xE2\x86\x92"}, {K_PAGE_UP, "PgUp"}, {K_PAGE_DOWN, "PgDn"}};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (signs[i].key == key && (!ascii || (unsigned char)signs[i].sign[0] < 0x80)) {
            strcpy(out, signs[i].sign);
            return out;
        }
    return key_word(key, out);
}

static bool is_word(const char *word, size_t n, const char *name)
{
    return strlen(name) == n && memcmp(word, name, n) == 0;
}

bool key_parse(const char *word, size_t n, key_code *out)
{
    key_code alt = 0;
    if (n > 4 && memcmp(word, "alt-", 4) == 0)
        alt = K_ALT, word += 4, n -= 4;
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        if (is_word(word, n, special[i].word)) {
            *out = special[i].key | alt;
            return true;
        }
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (is_word(word, n, named[i])) {
            *out = (key_code)(K_NAMED + 1 + i) | alt;
            return true;
        }
    if (n == 6 && memcmp(word, "ctrl-", 5) == 0 && word[5] >= 'a' && word[5] <= 'z') {
        *out = (key_code)K_CTRL(word[5]) | alt;
        return true;
    }
    uint32_t c;
    if (n == 0 || text_utf8_decode(word, n, &c) != n || c <= 0x20 || (c >= 0x7F && c < 0xA0))
        return false;
    *out = c | alt;
    return true;
}
