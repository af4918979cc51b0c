#include "describe/language.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 16, ENOUGH = 3, WORDS_MIN = 8 };

static const struct {
    const char *code, *words; /* with a blank on both sides of each */
} languages[] = {
    {"en", " the and of is with for that this it from are your you in on as has not into while its can by an will "},
    {"de", " der die das und ist mit für von ein eine einen auf nicht zu den dem sich auch aus bei im sie wie zum zur "},
    {"fr", " le la les des et est avec pour une dans qui sur pas du au vous votre ce cette aux par plus sont son ses "},
    {"es", " el los las y es con para una por que del se su al lo más como esta este son sin sus muy tu "},
    {"it", " il gli e è con per una di che del della nel non sono si al dei alla più questo questa dalla tuo suo "},
    {"nl", " de het een en is met voor van dat op niet zijn te in je deze dit ook uit bij aan wordt door jouw "},
    {"pt", " o os as e é com para uma por que do da não se em no na um são mais seu sua dos das "},
    {"sv", " och är med för som den det en ett på inte av till från din har kan "},
    {"da", " og er med for som den det en et på ikke af til fra din har kan "},
};
enum { LANGUAGES = sizeof languages / sizeof *languages };

static bool in_word(char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c & 0x80) != 0 || c == '\'';
}

/* Lower case of ASCII, with a blank on both sides; false: it is too long for a small word. */
static bool fold(const char *word, size_t n, char out[WORD_MAX + 3])
{
    if (n > WORD_MAX)
        return false;
    out[0] = ' ';
    for (size_t i = 0; i < n; i++)
        out[i + 1] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] | 32) : word[i];
    out[n + 1] = ' ';
    out[n + 2] = '\0';
    return true;
}

const char *language_detect(const char *text)
{
    unsigned hits[LANGUAGES] = {0};
    size_t best = 0, second = 1;
    for (const char *p = text; *p != '\0';) {
        size_t n = 0;
        char word[WORD_MAX + 3];
        while (in_word(p[n]))
            n++;
        if (n > 0 && fold(p, n, word))
            for (size_t i = 0; i < LANGUAGES; i++)
                hits[i] += strstr(languages[i].words, word) != NULL;
        p += n > 0 ? n : 1;
    }
    for (size_t i = 1; i < LANGUAGES; i++)
        best = hits[i] > hits[best] ? i : best;
    second = best == 0 ? 1 : 0;
    for (size_t i = 0; i < LANGUAGES; i++)
        second = i != best && hits[i] > hits[second] ? i : second;
    return hits[best] >= ENOUGH && 2 * hits[best] > 3 * hits[second] ? languages[best].code : NULL;
}

int language_same(const char *tag, const char *code)
{
    size_t n = strlen(code);
    return strncasecmp(tag, code, n) == 0 && (tag[n] == '\0' || tag[n] == '-' || tag[n] == '_');
}

/* Groups of vowels, less a silent e at the end. */
static unsigned syllables(const char *word, size_t n)
{
    unsigned count = 0;
    bool vowel = false;
    for (size_t i = 0; i < n; i++) {
        bool now = strchr("aeiouyAEIOUY", word[i]) != NULL;
        count += now && !vowel;
        vowel = now;
    }
    if (count > 1 && n > 2 && (word[n - 1] | 32) == 'e' && strchr("aeiouyl", word[n - 2] | 32) == NULL)
        count--;
    return count > 0 ? count : 1;
}

double language_reading_ease(const char *text)
{
    double words = 0, sentences = 0, parts = 0;
    bool open = false;
    for (const char *p = text; *p != '\0';) {
        size_t n = 0;
        while (in_word(p[n]))
            n++;
        if (n > 0) {
            words++;
            parts += syllables(p, n);
            open = true;
        } else if (open && strchr(".!?", *p) != NULL) {
            sentences++;
            open = false;
        }
        p += n > 0 ? n : 1;
    }
    sentences += open;
    return words >= WORDS_MIN ? 206.835 - 1.015 * words / sentences - 84.6 * parts / words : (double)NAN;
}
