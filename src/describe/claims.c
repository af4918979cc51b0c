#include "describe/claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "describe/lexicon.h"
#include "describe/wording.h"

enum { SERIES_MAX = 4 }; /* numbers of "10 x 20 x 30 cm" */

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
    struct claims *denied;            /* what booleans of the facts deny; NULL: nothing */
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
    {"yard", 'l', 91.44}, {"millilitre", 'v', 1}, {"cl", 'v', 10}, {"l", 'v', 1000}, {"litre", 'v', 1000}, {"liter", 'v', 1000}, {"hour", 't', 1}, {"hr", 't', 1},
    {"h", 't', 1}, {"minute", 't', 1.0 / 60}, {"min", 't', 1.0 / 60}, {"day", 't', 24}, {"week", 't', 168}, {"second", 't', 1.0 / 3600},
    {"year", 'y', 12}, {"month", 'y', 1}, {"w", 'w', 1}, {"ah", 'a', 1000},
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

/* The unit right behind a number that ends at `end`, and the end of it; -1: none. */
static int unit_behind(const char *text, size_t end, size_t *unit_end)
{
    size_t next = text[end] == ' ' || text[end] == '-' ? end + 1 : end, begun = next, n = next_token(text, &next);
    int unit = n > 0 && next == begun ? unit_of(text + next, n) : -1;
    *unit_end = next + n;
    return unit;
}

/* What can be had in parts: "half a litre", "one metre", but neither "half a day" nor "one day", which are ways to speak. */
static bool is_measure_behind(const char *text, size_t end)
{
    size_t unit_end;
    int unit = unit_behind(text, end, &unit_end);
    return unit >= 0 && strchr("lmv", units[unit].dimension) != NULL && unit_end - end > 2;
}

/* The number whose first word are the n bytes at `at`, and where it ends; 0: it is none. */
static size_t number_at(const char *text, size_t at, size_t n, bool words, double *value)
{
    static const double times[] = {12, 100, 1000};
    char stem[LEXICON_STEM_MAX];
    size_t end = at + n, next = end, len;
    if (is_digit(text[at])) {
        *value = number_of(text + at, n);
        return end;
    }
    if (!words)
        return 0;
    lexicon_stem(text + at, n, stem);
    if (strcmp(stem, "half") == 0) {
        len = next_token(text, &next);
        *value = 0.5;
        return len == 1 && text[next] == 'a' && next == end + 1 && is_measure_behind(text, next + 1) ? next + 1 : 0;
    }
    *value = strcmp(stem, "one") == 0 && is_measure_behind(text, end) ? 1 : lexicon_number(stem);
    if (*value < 0)
        return 0;
    len = next_token(text, &next);
    if (len > 0 && next == end + 1 && text[end] == ' ') { /* "two dozen" */
        lexicon_stem(text + next, len, stem);
        double factor = lexicon_number(stem);
        for (size_t i = 0; i < sizeof times / sizeof *times; i++)
            if (factor == times[i] && *value < factor) {
                *value *= factor;
                return next + len;
            }
    }
    return end;
}

static struct quantity quantity_at(const char *text, size_t end, double value, bool words, int depth, size_t *quantity_end);

/* "80 x 100 cm", "40 to 60 hours": the unit of the last is that of all. */
static int unit_of_series(const char *text, size_t end, bool words, int depth, double *base)
{
    static const char *const between[] = {" x ", "x", " by ", " to ", "-", "\xe2\x80\x93", " - ", "\xc3\x97", " \xc3\x97 "};
    for (size_t i = 0; depth < SERIES_MAX && i < sizeof between / sizeof *between; i++) {
        size_t len = strlen(between[i]), next = end + len, n, number_end, last;
        double value;
        if (strncmp(text + end, between[i], len) != 0 || (n = next_token(text, &next)) == 0 || next != end + len ||
            (number_end = number_at(text, next, n, words, &value)) == 0)
            continue;
        struct quantity q = quantity_at(text, number_end, value, words, depth + 1, &last);
        if (value != 0 && q.dimension != 0) {
            *base = q.base / value;
            return q.dimension;
        }
    }
    return 0;
}

/* The quantity of the number that ends at `end`; *quantity_end is where it ends with its unit. */
static struct quantity quantity_at(const char *text, size_t end, double value, bool words, int depth, size_t *quantity_end)
{
    struct quantity q = {.value = value, .base = value};
    double factor = 1;
    size_t unit_end;
    *quantity_end = end;
    if (text[end] == '"' || text[end] == '%') {
        q.dimension = text[end] == '"' ? 'l' : '%';
        q.base = text[end] == '"' ? value * 2.54 : value;
        *quantity_end = end + 1;
        return q;
    }
    int unit = unit_behind(text, end, &unit_end);
    if (unit >= 0) {
        q.dimension = units[unit].dimension;
        q.base = value * units[unit].base;
        *quantity_end = unit_end;
    } else {
        q.dimension = (char)unit_of_series(text, end, words, depth, &factor);
        q.base = value * factor;
    }
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
        double value;
        size_t end, number_end = number_at(text, at, n, true, &value);
        lexicon_stem(text + at, n, stem);
        if (number_end > 0)
            ok = add_quantity(self, quantity_at(text, number_end, value, true, 0, &end));
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

static bool learn_denied(struct claims *self, const char *name)
{
    if (self->denied == NULL)
        self->denied = mem_zalloc(1, sizeof *self->denied);
    return self->denied != NULL && learn(self->denied, name);
}

/* "waterproof: no" allows to say that it is not, and nothing else. */
static bool is_denied(const struct product_fact *fact)
{
    return fact->type == ATTRIBUTE_BOOLEAN ? fact->number == 0
                                           : text_equal_nocase(fact->text, "no") || text_equal_nocase(fact->text, "false");
}

static void sort_stems(struct claims *self)
{
    if (self != NULL && self->n_stems > 0)
        qsort(self->stems, self->n_stems, sizeof *self->stems, by_stem);
}

/* How many people rated it, and how well. */
static bool learn_beside(struct claims *self, const struct facts_beside *beside)
{
    const double numbers[] = {(double)beside->raters, (double)beside->reviewers, beside->rating};
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof numbers / sizeof *numbers; i++)
        ok = numbers[i] <= 0 || add_quantity(self, (struct quantity){.value = numbers[i], .base = numbers[i]});
    return ok;
}

int claims_new(struct claims **out, const struct facts *facts, const char *const *brands, size_t n_brands,
               struct error *err)
{
    struct claims *self = mem_zalloc(1, sizeof *self);
    bool ok = self != NULL && learn(self, facts->title) && learn(self, facts->identifier);
    for (size_t i = 0; ok && i < facts->n; i++) {
        const struct product_fact *f = &facts->list[i];
        bool said = !is_denied(f);
        ok = (said ? learn(self, f->name) : learn_denied(self, f->name)) && (f->type == ATTRIBUTE_NUMBER ? learn_number(self, f) : learn(self, f->text));
    }
    ok = ok && learn_beside(self, &facts->beside);
    for (size_t i = 0; ok && i < n_brands; i++)
        ok = learn_brand(self, brands[i]);
    if (!ok) {
        claims_free(self);
        return error_nomem(err, "facts");
    }
    sort_stems(self);
    sort_stems(self->denied);
    if (self->n_brands > 0)
        qsort(self->brands, self->n_brands, sizeof *self->brands, by_stem);
    *out = self;
    return 0;
}

void claims_free(struct claims *self)
{
    if (self == NULL)
        return;
    claims_free(self->denied);
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

static bool same(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b)) + 1e-9;
}

/* Is there such a number, and is its unit known?  0 both, else the kind of claim plus 1. */
static int judge_quantity(const struct claims *self, const struct quantity *q, bool about)
{
    const double exact = 0.006; /* 3.94 inches are 10 cm */
    bool value = false;
    for (size_t i = 0; i < self->n_quantities; i++) {
        const struct quantity *known = &self->quantities[i];
        if (q->dimension != 0 && known->dimension == q->dimension && same(known->base, q->base, about ? 0.05 : exact))
            return 0;
        if (same(known->value, q->value, exact)) {
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
    bool large = text[at] >= 'A' && text[at] <= 'Z', within = false; /* "iPhone" */
    for (size_t i = 1; !large && !within && i < n; i++)
        within = text[at + i] >= 'A' && text[at + i] <= 'Z';
    if ((!large && !within) || n < 2 || knows(self, stem))
        return false;
    if (self->n_brands > 0 && bsearch(stem, self->brands, self->n_brands, sizeof *self->brands, by_stem) != NULL)
        return true;
    return english && (within || (!heading && !begins_sentence(text, at)));
}

/* Reading a text word by word. */
struct reading {
    const struct claims *claims;
    const char *text;
    bool english, heading;
    size_t measured; /* where a quantity ended */
    bool about;      /* "about", "nearly" stood before */
};

/* Is the span of a turn (wording.h) in the facts, word by word? */
static bool knows_span(const struct claims *self, const char *text, size_t from, size_t end)
{
    char stem[LEXICON_STEM_MAX];
    for (size_t at = from, n; (n = next_token(text, &at)) > 0 && at < end; at += n) {
        lexicon_stem(text + at, n, stem);
        if (!wording_is_light(text + at, n) && !knows(self, stem))
            return false;
    }
    return true;
}

/* The group of the two words, else of the one; *end is where what it names ends. */
static int group_at(const struct reading *self, size_t at, size_t n, size_t *end)
{
    char stem[LEXICON_STEM_MAX], next_stem[LEXICON_STEM_MAX], both[2 * LEXICON_STEM_MAX];
    const char *text = self->text;
    size_t next = at + n, len = next_token(text, &next);
    lexicon_stem(text + at, n, stem);
    if (len > 0 && next == at + n + 1 && (text[at + n] == ' ' || text[at + n] == '-')) {
        lexicon_stem(text + next, len, next_stem);
        join(both, stem, next_stem);
        int group = lexicon_find(both);
        if (group >= 0) {
            *end = next + len;
            return group;
        }
    }
    *end = at + n;
    return lexicon_find(stem);
}

/* "not dishwasher safe" where the facts say that it is: the end of what is denied; 0: nothing.  What they deny may be
 * denied: *allowed then. */
static size_t denial(const struct reading *self, size_t at, size_t n, bool *allowed)
{
    size_t next = at + n, end, len = next_token(self->text, &next);
    char stem[LEXICON_STEM_MAX];
    if (!wording_negates(self->text, at, n) || len == 0 || next != at + n + 1)
        return 0;
    int group = group_at(self, next, len, &end);
    lexicon_stem(self->text + next, len, stem);
    *allowed = self->claims->denied != NULL && group >= 0 && allows(self->claims->denied, group);
    if (*allowed)
        return end;
    return (group >= 0 && lexicon_groups[group].class == LEXICON_QUALITY && allows(self->claims, group)) ||
                   (strcmp(stem, "includ") == 0 && knows(self->claims, stem))
               ? end
               : 0;
}

static bool is_about(const char *stem)
{
    static const char *const list[] = {"about", "around", "nearly", "almost", "roughly", "approximately", "circa", NULL};
    for (size_t i = 0; list[i] != NULL; i++)
        if (strcmp(list[i], stem) == 0)
            return true;
    return false;
}

/* What the word at the place claims that the facts do not hold: its kind plus 1, else 0; *end is where it ends. */
static int judge_word(struct reading *self, size_t at, size_t n, size_t *end)
{
    char stem[LEXICON_STEM_MAX];
    bool allowed = false;
    *end = at + n;
    lexicon_stem(self->text + at, n, stem);
    size_t denied = self->english ? denial(self, at, n, &allowed) : 0;
    if (denied > 0) {
        *end = denied;
        return allowed ? 0 : CLAIM_QUALITY + 1;
    }
    int group = self->english ? group_at(self, at, n, end) : -1;
    if (*end == at + n && knows(self->claims, stem))
        group = -1;
    if (self->measured > 0 && at == self->measured + 1 && is_direction(stem))
        group = -1;
    size_t turn = self->english && group < 0 ? wording_claim(self->text, at, n) : 0;
    if (turn > 0 && !knows_span(self->claims, self->text, at, turn)) {
        *end = turn;
        return CLAIM_QUALITY + 1;
    }
    if (group >= 0)
        return allows(self->claims, group) ? 0 : (int)kind_of_class[lexicon_groups[group].class] + 1;
    return is_strange_name(self->claims, self->text, at, n, stem, self->english, self->heading) ? CLAIM_NAME + 1 : 0;
}

int claims_check(const struct claims *self, const char *text, bool english, bool heading, claims_fn fn, void *context)
{
    struct reading reading = {.claims = self, .text = text, .english = english, .heading = heading};
    char stem[LEXICON_STEM_MAX];
    int told = 0;
    for (size_t at = 0, n; told == 0 && (n = next_token(text, &at)) > 0; at += n) {
        double value;
        size_t end, number_end = number_at(text, at, n, english, &value);
        int wrong;
        if (number_end > 0) {
            struct quantity q = quantity_at(text, number_end, value, english, 0, &end);
            wrong = judge_quantity(self, &q, reading.about);
            reading.measured = end;
        } else {
            wrong = judge_word(&reading, at, n, &end);
        }
        lexicon_stem(text + at, n, stem);
        reading.about = english && is_about(stem);
        if (wrong > 0)
            told = fn(context, (enum claim_kind)(wrong - 1), at, end - at);
        n = end - at;
    }
    return told;
}
