#include "describe/wording.h"

#include <string.h>
#include <strings.h>

static bool is_letter(char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c & 0x80) != 0;
}

static bool is(const char *word, size_t n, const char *what)
{
    return strlen(what) == n && strncasecmp(word, what, n) == 0;
}

static bool is_of(const char *word, size_t n, const char *const *list)
{
    for (; *list != NULL; list++)
        if (is(word, n, *list))
            return true;
    return false;
}

static bool ends(const char *word, size_t n, const char *end)
{
    size_t len = strlen(end);
    return n > len && strncasecmp(word + n - len, end, len) == 0;
}

/* The word behind the one that ends at `end`, with nothing but one blank or hyphen (as `gaps` allows) in between. */
static size_t word_behind(const char *text, size_t end, const char *gaps, size_t *at)
{
    size_t n = 0;
    if (text[end] == '\0' || strchr(gaps, text[end]) == NULL)
        return 0;
    *at = end + 1;
    while (is_letter(text[*at + n]) || (text[*at + n] == '\'' && is_letter(text[*at + n + 1])))
        n++;
    return n;
}

/* ---- compounds ------------------------------------------------------------------------------------------- */

static const char *const hyphened[] = {"free", "safe", "friendly", "proof", "neutral", "certified", "tested", "approved",
                                       "proven", "compatible", "marked", "resistant", "repellent", "retardant", "forged",
                                       "rated", "optimised", "optimized", NULL};
static const char *const blanked[] = {"resistant", "repellent", "retardant", "certified", "tested", "approved", "proven",
                                      "compatible", NULL};

static size_t compound(const char *text, size_t at, size_t n)
{
    size_t next, len = word_behind(text, at + n, "-", &next);
    if (len > 0 && is_of(text + next, len, hyphened))
        return next + len;
    len = word_behind(text, at + n, " ", &next);
    if (len > 0 && is_of(text + next, len, blanked) && !wording_is_light(text + at, n))
        return next + len;
    return ends(text + at, n, "proof") && n > 6 ? at + n : 0;
}

/* ---- better than others ---------------------------------------------------------------------------------- */

static const char *const no_superlatives[] = {"rest", "test", "nest", "west", "guest", "chest", "forest", "harvest",
                                              "interest", "request", "honest", "modest", "vest", "quest", "crest", "latest",
                                              "slightest", "priest", "zest", "pest", "contest", "protest", "tempest", NULL};
static const char *const no_comparatives[] = {"rather", "other", "never", "ever", "after", "over", NULL};

static bool is_superlative(const char *word, size_t n)
{
    return is(word, n, "best") || (n > 4 && ends(word, n, "est") && !is_of(word, n, no_superlatives));
}

static size_t superlative(const char *text, size_t at, size_t n)
{
    static const char *const many[] = {"of", "people", "important", "part", NULL};
    size_t next, len = word_behind(text, at + n, " ", &next);
    bool definite = is(text + at, n, "the") || ends(text + at, n, "'s");
    if (is(text + at, n, "world's"))
        return len > 0 ? next + len : at + n;
    if (is(text + at, n, "number") && is(text + next, len, "one"))
        return next + len;
    if (definite && len > 0 && is_superlative(text + next, len))
        return next + len;
    if (!definite || !is(text + next, len, "most"))
        return 0;
    len = word_behind(text, next + len, " ", &next);
    return len > 0 && !is_of(text + next, len, many) ? next + len : 0;
}

static size_t comparative(const char *text, size_t at, size_t n)
{
    size_t next, len = word_behind(text, at + n, " ", &next);
    return n > 4 && ends(text + at, n, "er") && is(text + next, len, "than") && !is_of(text + at, n, no_comparatives) ? next + len
                                                                                                                      : 0;
}

/* ---- without --------------------------------------------------------------------------------------------- */

static size_t absence(const char *text, size_t at, size_t n)
{
    static const char *const articles[] = {"a", "an", "the", "any", "having", "being", "you", "your", "it", "its", "doubt", "end",
                                           "ever", "fuss", "effort", "charge", NULL};
    size_t next, len = word_behind(text, at + n, " ", &next);
    bool free = is(text + at, n, "free") && (is(text + next, len, "of") || is(text + next, len, "from"));
    if (free) {
        len = word_behind(text, next + len, " ", &next);
        return len > 0 && !is(text + next, len, "charge") ? next + len : 0;
    }
    return is(text + at, n, "without") && len > 0 && !is_of(text + next, len, articles) && !ends(text + next, len, "ing") ? next + len
                                                                                                                         : 0;
}

/* ---- from outside ---------------------------------------------------------------------------------------- */

/* "fits all", "fits any", "works with", ... */
static size_t fitting(const char *text, size_t at, size_t n)
{
    static const char *const all[] = {"all", "any", "every", "most", NULL};
    static const char *const fits[] = {"fits", "fit", "suits", NULL};
    size_t next, len = word_behind(text, at + n, " ", &next);
    return is_of(text + at, n, fits) && is_of(text + next, len, all) ? next + len : 0;
}

size_t wording_claim(const char *text, size_t at, size_t n)
{
    static size_t (*const turns[])(const char *, size_t, size_t) = {compound, superlative, comparative, absence, fitting};
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        size_t end = turns[i](text, at, n);
        if (end > 0)
            return end;
    }
    return 0;
}

bool wording_is_light(const char *word, size_t n)
{
    static const char *const light[] = {"the", "a", "an", "of", "from", "than", "and", "or", "is", "are", "it", "its", "in", "to", "with",
                                        "for", "without", "free", "be", "been", "has", "have", "was", "were", "also", "well", NULL};
    return is_of(word, n, light);
}

bool wording_negates(const char *text, size_t at, size_t n)
{
    static const char *const denials[] = {"not", "no", "never", "without", "isn't", "aren't", "doesn't", "don't", NULL};
    static const char *const after[] = {"only", "just", "matter", "longer", "doubt", NULL};
    size_t next, len = word_behind(text, at + n, " ", &next);
    return is_of(text + at, n, denials) && !is_of(text + next, len, after);
}
