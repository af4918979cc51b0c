#include "ui/fuzzy.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool starts_word(const char *text, size_t at)
{
    return at == 0 || strchr(" -_:/.", text[at - 1]) != NULL;
}

/* The letters of word[0..n) from text[at] on, greedily. */
static int score_from(const char *word, size_t n, const char *text, size_t at)
{
    int score = 0;
    size_t i = 0, last = at;
    for (; text[at] != '\0' && i < n; at++) {
        if (lower(text[at]) != lower(word[i]))
            continue;
        score += starts_word(text, at) ? 8 : 1;
        score += i > 0 && at == last + 1 ? 6 : 0;
        last = at;
        i++;
    }
    return i == n ? score : -1;
}

static int score_word(const char *word, size_t n, const char *text)
{
    int best = -1;
    for (size_t at = 0; text[at] != '\0'; at++)
        if (lower(text[at]) == lower(word[0])) {
            int score = score_from(word, n, text, at);
            best = score > best ? score : best;
        }
    return best;
}

int fuzzy_score(const char *typed, const char *text)
{
    int total = 0;
    for (const char *p = typed + strspn(typed, " "); *p != '\0'; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        int score = score_word(p, n, text);
        if (score < 0)
            return -1;
        total += score;
        p += n;
    }
    return total * 64 - (int)(strlen(text) < 63 ? strlen(text) : 63);
}
