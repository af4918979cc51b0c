#include "serve/money.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define NBSP "\xC2\xA0"
#define NARROW "\xE2\x80\xAF"

struct manner {
    const char *language, *point, *group;
    bool after; /* the currency stands behind, after a blank */
};

static const struct manner manners[] = {
    {"en", ".", ",", false},  {"de-ch", ".", "\xE2\x80\x99", false}, {"de-at", ",", NBSP, false},
    {"de", ",", ".", true},   {"fr", ",", NARROW, true},   {"es", ",", ".", true}, {"it", ",", ".", true},
    {"nl", ",", ".", false},  {"pt-br", ",", ".", false},  {"pt", ",", NBSP, true}, {"pl", ",", NBSP, true},
    {"cs", ",", NBSP, true},  {"sv", ",", NBSP, true},     {"da", ",", ".", true}, {"nb", ",", NBSP, true},
    {"no", ",", NBSP, true},  {"fi", ",", NBSP, true},     {"ru", ",", NBSP, true}, {"uk", ",", NBSP, true},
    {"el", ",", ".", true},   {"tr", ",", ".", false},     {"hu", ",", NBSP, true}, {"ro", ",", ".", true},
};

static const struct {
    const char *code, *sign;
    int decimals;
} currencies[] = {
    {"EUR", "\xE2\x82\xAC", 2}, {"GBP", "\xC2\xA3", 2},     {"USD", "$", 2},   {"JPY", "\xC2\xA5", 0},
    {"KRW", "\xE2\x82\xA9", 0}, {"INR", "\xE2\x82\xB9", 2}, {"PLN", "z\xC5\x82", 2}, {"CZK", "K\xC4\x8D", 2},
    {"SEK", "kr", 2},           {"NOK", "kr", 2},           {"DKK", "kr", 2}, {"HUF", "Ft", 0},
    {"CLP", "CLP", 0},          {"ISK", "ISK", 0},          {"VND", "VND", 0}, {"KWD", "KWD", 3},
};

/* The manner of "de-AT", else of "de", else the first. */
static const struct manner *manner_of(const char *language)
{
    char lower[16];
    for (int round = 0; round < 2; round++) {
        size_t n = round == 0 ? strlen(language) : strcspn(language, "-_");
        if (n >= sizeof lower)
            continue;
        memcpy(lower, language, n);
        lower[n] = '\0';
        for (size_t i = 0; i < sizeof manners / sizeof *manners; i++)
            if (text_equal_nocase(manners[i].language, lower))
                return &manners[i];
    }
    return &manners[0];
}

static void put_number(struct str *out, double value, int decimals, const struct manner *m)
{
    char digits[64];
    snprintf(digits, sizeof digits, "%.*f", decimals, fabs(value));
    size_t whole = strcspn(digits, ".");
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            str_puts(out, m->group);
        str_putc(out, digits[i]);
    }
    if (decimals > 0)
        str_printf(out, "%s%s", m->point, digits + whole + 1);
}

void money_put(struct str *out, double value, const char *currency, const char *language)
{
    const struct manner *m = manner_of(language);
    const char *sign = currency;
    int decimals = 2;
    if (!isfinite(value) || fabs(value) > 1e15)
        return;
    for (size_t i = 0; i < sizeof currencies / sizeof *currencies; i++)
        if (text_equal_nocase(currencies[i].code, currency)) {
            sign = currencies[i].sign;
            decimals = currencies[i].decimals;
        }
    if (value < 0)
        str_putc(out, '-');
    bool is_word = (sign[0] & 0x80) == 0 && sign[0] != '$';
    if (sign[0] != '\0' && !m->after) /* a word needs a blank, and so does a sign but in English */
        str_printf(out, "%s%s", sign, is_word || m != &manners[0] ? NBSP : "");
    put_number(out, value, decimals, m);
    if (sign[0] != '\0' && m->after)
        str_printf(out, NBSP "%s", sign);
}

bool money_is_rtl(const char *language)
{
    static const char *const rtl[] = {"ar", "he", "iw", "fa", "ur", "yi", "ps"};
    size_t n = strcspn(language, "-_");
    char lower[4] = "";
    if (n != 2)
        return false;
    memcpy(lower, language, n);
    for (size_t i = 0; i < sizeof rtl / sizeof *rtl; i++)
        if (text_equal_nocase(rtl[i], lower))
            return true;
    return false;
}
