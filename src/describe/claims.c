#include "describe/claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "describe/lexicon.h"

enum { PHRASE_WORDS = 2 };

/* A quantity: its value, and its unit as a dimension ('l' length, 'm' mass, 'v' volume, 't' time, ...) with the value in the
 * dimension's own unit; dimension 0: a bare number. */
struct quantity {
    double value, base;
    char dimension;
};

struct claims {
    char (*stems)[LEXICON_STEM_MAX]; /* of all words of the facts, sorted */
    size_t n_stems, cap_stems;
    int *groups; /* of the lexicon that the facts name */
    size_t n_groups, cap_groups;
    struct quantity *quantities;
    size_t n_quantities, cap_quantities;
    char (*brands)[LEXICON_STEM_MAX]; /* stems of the others' brands of one word */
    size_t n_brands, cap_brands;
};

/* ---- words and numbers ----------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c & 0x80) != 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The next word or number at or after `at`; its bytes, 0 at the end.  A word may hold an apostrophe, not a hyphen. */
static size_t next_token(const char *text, size_t *at)
{
    size_t i = *at, begun;
    while (text[i] != '\0' && !is_letter(text[i]) && !is_digit(text[i]))
        i++;
    begun = i;
    if (is_digit(text[i]))
        while (is_digit(text[i]) || ((text[i] == '.' || text[i] == ',') && is_digit(text[i + 1])))
            i++;
    else
        while (is_letter(text[i]) || (text[i] == '\'' && is_letter(text[i + 1])))
            i++;
    *at = begun;
    return i - begun;
}

/* "1,200" and "1.200" with three digits behind are thousands; another ',' is a decimal point. */
static double number_of(const char *s, size_t n)
{
    char digits[40];
    size_t len = 0;
    for (size_t i = 0; i < n && len + 1 < sizeof digits; i++) {
        size_t behind = 0;
        while (i + 1 + behind < n && is_digit(s[i + 1 + behind]))
            behind++;
        if (is_digit(s[i]))
            digits[len++] = s[i];
        else if (behind != 3 || (s[i] == '.' && len == 1 && digits[0] == '0'))
            digits[len++] = '.';
    }
    digits[len] = '\0';
    return strtod(digits, NULL);
}

static const struct {
    const char *word;
    char dimension;
    double base;
} units[] = {
    {"mm", 'l', 0.1}, {"cm", 'l', 1}, {"centimetre", 'l', 1}, {"centimeter", 'l', 1}, {"millimetre", 'l', 0.1}, {"m", 'l', 100},
    {"metre", 'l', 100}, {"meter", 'l', 100}, {"inch", 'l', 2.54}, {"inche", 'l', 2.54}, {"in", 'l', 2.54}, {"ft", 'l', 30.48},
    {"feet", 'l', 30.48}, {"g", 'm', 1}, {"gram", 'm', 1}, {"gm", 'm', 1}, {"kg", 'm', 1000}, {"kilogram", 'm', 1000}, {"kilo", 'm', 1000},
    {"oz", 'm', 28.3495}, {"ounce", 'm', 28.3495}, {"lb", 'm', 453.592}, {"pound", 'm', 453.592}, {"ml", 'v', 1},
    {"millilitre", 'v', 1}, {"cl", 'v', 10}, {"l", 'v', 1000}, {"litre", 'v', 1000}, {"liter", 'v', 1000}, {"hour", 't', 1}, {"hr", 't', 1},
    {"h", 't', 1}, {"minute", 't', 1.0 / 60}, {"min", 't', 1.0 / 60}, {"day", 'd', 1}, {"year", 'y', 1}, {"month", 'o', 1}, {"w", 'w', 1},
    {"watt", 'w', 1}, {"kw", 'w', 1000}, {"v", 'e', 1}, {"volt", 'e', 1}, {"mah", 'a', 1}, {"gb", 'b', 1}, {"tb", 'b', 1000}, {"mb", 'b', 0.001},
    {"percent", '%', 1}, {"degree", 'c', 1},
};

/* The unit that the word at the place names; -1: none. */
static int unit_of(const char *word, size_t n)
{
    char stem[LEXICON_STEM_MAX];
    lexicon_stem(word, n, stem);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].word, stem) == 0 || (strlen(units[i].word) == n && strncasecmp(units[i].word, word, n) == 0))
            return (int)i;
    return -1;
}

/* The quantity whose number is the n bytes at `at`; *end is where it ends with its unit. */
static struct quantity quantity_at(const char *text, size_t at, size_t n, double value, size_t *end)
{
    struct quantity q = {.value = value, .base = value};
    size_t next = at + n;
    *end = next;
    if (text[next] == '"' || (unsigned char)text[next] == '%') {
        q.dimension = text[next] == '"' ? 'l' : '%';
        q.base = text[next] == '"' ? value * 2.54 : value;
        *end = next + 1;
        return q;
    }
    if (text[next] == ' ' || text[next] == '-')
        next++;
    size_t begun = next, len = next_token(text, &next);
    int unit = len > 0 && next == begun ? unit_of(text + next, len) : -1;
    if (unit < 0)
        return q;
    q.dimension = units[unit].dimension;
    q.base = value * units[unit].base;
    *end = next + len;
    return q;
}

/* ---- what the facts allow -------------------------------------------------------------------------------- */

static int by_stem(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool add_stem(struct claims *self, const char *stem)
{
    if (mem_grow((void **)&self->stems, &self->cap_stems, self->n_stems + 1, sizeof *self->stems) != 0)
        return false;
    memcpy(self->stems[self->n_stems++], stem, LEXICON_STEM_MAX);
    return true;
}

static bool add_group(struct claims *self, const char *stem)
{
    int group = lexicon_find(stem);
    if (group < 0)
        return true;
    if (mem_grow((void **)&self->groups, &self->cap_groups, self->n_groups + 1, sizeof *self->groups) != 0)
        return false;
    self->groups[self->n_groups++] = group;
    return true;
}

static bool add_quantity(struct claims *self, struct quantity q)
{
    if (mem_grow((void **)&self->quantities, &self->cap_quantities, self->n_quantities + 1, sizeof *self->quantities) != 0)
        return false;
    self->quantities[self->n_quantities++] = q;
    return true;
}

/* "ab" and "cd": "ab-cd". */
static void join(char out[2 * LEXICON_STEM_MAX], const char *a, const char *b)
{
    size_t n = strlen(a);
    memcpy(out, a, n);
    out[n] = '-';
    strcpy(out + n + 1, b);
}

/* Words, phrases of two, and numbers with their units. */
static bool learn(struct claims *self, const char *text)
{
    char before[LEXICON_STEM_MAX] = "", stem[LEXICON_STEM_MAX], both[2 * LEXICON_STEM_MAX];
    bool ok = true;
    for (size_t at = 0, n; ok && (n = next_token(text, &at)) > 0; at += n) {
        size_t end;
        lexicon_stem(text + at, n, stem);
        double word = lexicon_number(stem);
        if (is_digit(text[at]) || word >= 0)
            ok = add_quantity(self, quantity_at(text, at, n, word >= 0 ? word : number_of(text + at, n), &end));
        join(both, before, stem);
        ok = ok && add_stem(self, stem) && add_group(self, stem) && (before[0] == '\0' || add_group(self, both));
        memcpy(before, stem, sizeof before);
    }
    return ok;
}

/* The number of an attribute, with the unit that its name tells: height_cm, "weight (g)". */
static bool learn_number(struct claims *self, const struct product_fact *fact)
{
    struct quantity q = {.value = fact->number, .base = fact->number};
    for (size_t at = 0, n; (n = next_token(fact->name, &at)) > 0; at += n) {
        int unit = unit_of(fact->name + at, n);
        if (unit >= 0 && at > 0) {
            q.dimension = units[unit].dimension;
            q.base = fact->number * units[unit].base;
        }
    }
    return add_quantity(self, q);
}

static bool learn_brand(struct claims *self, const char *brand)
{
    size_t at = 0, n = next_token(brand, &at), next = at + n;
    if (n < 3 || next_token(brand, &next) > 0) /* of one word alone */
        return true;
    if (mem_grow((void **)&self->brands, &self->cap_brands, self->n_brands + 1, sizeof *self->brands) != 0)
        return false;
    lexicon_stem(brand + at, n, self->brands[self->n_brands++]);
    return true;
}

int claims_new(struct claims **out, const struct facts *facts, const char *const *brands, size_t n_brands,
               struct error *err)
{
    struct claims *self = mem_zalloc(1, sizeof *self);
    bool ok = self != NULL && learn(self, facts->title) && learn(self, facts->identifier);
    for (size_t i = 0; ok && i < facts->n; i++) {
        const struct product_fact *f = &facts->list[i];
        bool said = f->type != ATTRIBUTE_BOOLEAN || f->number != 0; /* "waterproof: no" allows nothing */
        ok = (!said || learn(self, f->name)) && (f->type == ATTRIBUTE_NUMBER ? learn_number(self, f) : learn(self, f->text));
    }
    for (size_t i = 0; ok && i < n_brands; i++)
        ok = learn_brand(self, brands[i]);
    if (!ok) {
        claims_free(self);
        return error_nomem(err, "facts");
    }
    if (self->n_stems > 0)
        qsort(self->stems, self->n_stems, sizeof *self->stems, by_stem);
    if (self->n_brands > 0)
        qsort(self->brands, self->n_brands, sizeof *self->brands, by_stem);
    *out = self;
    return 0;
}

void claims_free(struct claims *self)
{
    if (self == NULL)
        return;
    mem_free(self->stems);
    mem_free(self->groups);
    mem_free(self->quantities);
    mem_free(self->brands);
    mem_free(self);
}

/* ---- what the text says ---------------------------------------------------------------------------------- */

static bool knows(const struct claims *self, const char *stem)
{
    return self->n_stems > 0 && bsearch(stem, self->stems, self->n_stems, sizeof *self->stems, by_stem) != NULL;
}

static bool allows(const struct claims *self, int group)
{
    for (size_t i = 0; i < self->n_groups; i++)
        if (lexicon_allows(self->groups[i], group))
            return true;
    return false;
}

static bool same(double a, double b)
{
    return fabs(a - b) <= 0.006 * fmax(fabs(a), fabs(b)) + 1e-9;
}

/* Is there such a number, and is its unit known?  0 both, else the kind of claim plus 1. */
static int judge_quantity(const struct claims *self, const struct quantity *q)
{
    bool value = false;
    for (size_t i = 0; i < self->n_quantities; i++) {
        const struct quantity *known = &self->quantities[i];
        if (q->dimension != 0 && known->dimension == q->dimension && same(known->base, q->base))
            return 0;
        if (same(known->value, q->value)) {
            value = true;
            if (q->dimension == 0)
                return 0;
        }
    }
    return value ? CLAIM_UNIT + 1 : CLAIM_NUMBER + 1;
}

static const enum claim_kind kind_of_class[LEXICON_CLASSES] = {
    [LEXICON_MATERIAL] = CLAIM_MATERIAL, [LEXICON_COLOUR] = CLAIM_COLOUR, [LEXICON_SIZE] = CLAIM_SIZE,
    [LEXICON_QUALITY] = CLAIM_QUALITY, [LEXICON_PLACE] = CLAIM_PLACE};

/* "12 cm wide": which way it was measured, and no claim of its own. */
static bool is_direction(const char *stem)
{
    return strcmp(stem, "wide") == 0 || strcmp(stem, "tall") == 0 || strcmp(stem, "slim") == 0;
}

/* Is a word at that place the first of a sentence? */
static bool begins_sentence(const char *text, size_t at)
{
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '"' || text[at - 1] == '\'' || text[at - 1] == '(' ||
                      (text[at - 1] & 0x80) != 0 || text[at - 1] == '-'))
        at--;
    return at == 0 || strchr(".!?:;\n*", text[at - 1]) != NULL;
}

/* A name that the facts do not know: a brand of others, or a word written large in the middle of a sentence. */
static bool is_strange_name(const struct claims *self, const char *text, size_t at, size_t n, const char *stem,
                            bool english, bool heading)
{
    bool large = text[at] >= 'A' && text[at] <= 'Z';
    if (!large || n < 2 || knows(self, stem))
        return false;
    if (self->n_brands > 0 && bsearch(stem, self->brands, self->n_brands, sizeof *self->brands, by_stem) != NULL)
        return true;
    return english && !heading && !begins_sentence(text, at);
}

int claims_check(const struct claims *self, const char *text, bool english, bool heading, claims_fn fn, void *context)
{
    char stem[LEXICON_STEM_MAX], next_stem[LEXICON_STEM_MAX], both[2 * LEXICON_STEM_MAX];
    int told = 0;
    size_t measured = 0; /* where a quantity ended */
    for (size_t at = 0, n; told == 0 && (n = next_token(text, &at)) > 0; at += n) {
        size_t end = at + n, next = at + n;
        lexicon_stem(text + at, n, stem);
        double word = english ? lexicon_number(stem) : -1;
        if (is_digit(text[at]) || word >= 0) {
            struct quantity q = quantity_at(text, at, n, word >= 0 ? word : number_of(text + at, n), &end);
            int wrong = judge_quantity(self, &q);
            if (wrong > 0)
                told = fn(context, (enum claim_kind)(wrong - 1), at, end - at);
            n = end - at;
            measured = end;
            continue;
        }
        size_t len = next_token(text, &next);
        int group = -1;
        if (english && len > 0 && next == at + n + 1 && (text[at + n] == ' ' || text[at + n] == '-')) {
            lexicon_stem(text + next, len, next_stem);
            join(both, stem, next_stem);
            group = lexicon_find(both);
            end = group >= 0 ? next + len : end;
        }
        if (group < 0 && english)
            group = knows(self, stem) ? -1 : lexicon_find(stem);
        if (measured > 0 && at == measured + 1 && is_direction(stem))
            group = -1;
        if (group >= 0 && !allows(self, group))
            told = fn(context, kind_of_class[lexicon_groups[group].class], at, end - at);
        else if (group < 0 && is_strange_name(self, text, at, n, stem, english, heading))
            told = fn(context, CLAIM_NAME, at, n);
        n = end - at;
    }
    return told;
}
