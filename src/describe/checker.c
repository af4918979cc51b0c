#include "describe/checker.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "describe/claims.h"
#include "describe/language.h"
#include "describe/personal.h"

#define HARD 30.0 /* R. Flesch, A new readability yardstick, 1948: "very difficult" below */

static const char *const kind_names[FINDING_KINDS] = {
    [FINDING_FORM] = "form", [FINDING_LENGTH] = "length", [FINDING_BANNED] = "banned", [FINDING_PERSONAL] = "personal",
    [FINDING_CLAIM] = "claim", [FINDING_LANGUAGE] = "language", [FINDING_READING] = "reading",
    [FINDING_DUPLICATE] = "duplicate"};

const char *checker_kind_name(enum checker_kind kind)
{
    return kind_names[kind];
}

void checker_findings_release(struct checker_findings *self)
{
    mem_free(self->list);
    memset(self, 0, sizeof *self);
}

int checker_findings_add(struct checker_findings *self, const struct checker_finding *finding, struct error *err)
{
    if (mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0)
        return error_nomem(err, "findings");
    self->list[self->n++] = *finding;
    return 0;
}

bool checker_findings_are_grave(const struct checker_findings *self)
{
    for (size_t i = 0; i < self->n; i++)
        if (self->list[i].grave)
            return true;
    return false;
}

json_t *checker_findings_json(const struct checker_findings *self)
{
    json_t *list = json_array();
    for (size_t i = 0; i < self->n; i++) {
        const struct checker_finding *f = &self->list[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I, s:b, s:s}", "kind", kind_names[f->kind], "field",
                                              template_field_name(f->field), "from", (json_int_t)f->from, "bytes",
                                              (json_int_t)f->n, "grave", f->grave, "why", f->why));
    }
    if (json_array_size(list) == self->n)
        return list;
    json_decref(list);
    return NULL;
}

int checker_content_text(const json_t *content, enum template_field field, struct str *out)
{
    const json_t *value = json_object_get(content, template_field_name(field));
    if (json_is_string(value))
        return str_append(out, json_string_value(value), json_string_length(value));
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *line = json_array_get(value, i);
        str_puts(out, i > 0 ? "\n" : "");
        str_append(out, json_is_string(line) ? json_string_value(line) : "", json_string_length(line));
    }
    return out->failed ? -1 : 0;
}

/* ---- one field ------------------------------------------------------------------------------------------- */

struct checking {
    const struct facts *facts;
    const struct claims *claims;
    const struct template *template;
    struct checker_findings *out;
    enum template_field field;
    const char *text;
    bool failed;
};

static void found(struct checking *self, enum checker_kind kind, size_t from, size_t n, bool grave, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

static void found(struct checking *self, enum checker_kind kind, size_t from, size_t n, bool grave, const char *fmt, ...)
{
    struct checker_finding f = {.kind = kind, .field = self->field, .from = from, .n = n, .grave = grave};
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(f.why, sizeof f.why, fmt, ap) >= (int)sizeof f.why)
        text_ellipsize(f.why, sizeof f.why);
    va_end(ap);
    self->failed |= checker_findings_add(self->out, &f, NULL) != 0;
}

static bool in_word(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c & 0x80) != 0;
}

static size_t count_words(const char *text)
{
    size_t n = 0;
    for (bool within = false; *text != '\0'; text++) {
        n += !within && in_word(*text);
        within = in_word(*text) || ((*text == '\'' || *text == '-') && within);
    }
    return n;
}

static void check_length(struct checking *self)
{
    size_t n = count_words(self->text), most = self->template->words;
    if (self->field == TEMPLATE_OF_DESCRIPTION && n > most + most / 5)
        found(self, FINDING_LENGTH, 0, 0, true, "%zu words, and %zu are allowed", n, most);
    else if ((self->field == TEMPLATE_OF_TITLE || self->field == TEMPLATE_OF_CAPTION) && n > 20)
        found(self, FINDING_LENGTH, 0, 0, true, "%zu words are too long for a %s", n, template_field_name(self->field));
}

/* The next place of `word` as a whole word, in either case; NULL: none. */
static const char *find_word(const char *text, const char *start, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = start; *p != '\0'; p++)
        if (strncasecmp(p, word, n) == 0 && !in_word(p[n]) && (p == text || !in_word(p[-1])))
            return p;
    return NULL;
}

static void check_banned(struct checking *self)
{
    for (size_t i = 0; i < self->template->banned.n; i++) {
        const char *word = self->template->banned.list[i];
        for (const char *p = self->text; (p = find_word(self->text, p, word)) != NULL; p += strlen(word))
            found(self, FINDING_BANNED, (size_t)(p - self->text), strlen(word), true, "'%s' must not be written", word);
    }
}

static void check_personal(struct checking *self)
{
    enum personal_kind kind;
    for (size_t at = 0, n; (kind = personal_next(self->text, &at, &n)) != PERSONAL_NONE; at += n)
        found(self, FINDING_PERSONAL, at, n, true, kind == PERSONAL_ADDRESS ? "this is an address"
                                                                           : "this looks like a telephone number");
}

static const char *language_of(const struct template *t)
{
    return t->language != NULL ? t->language : "en";
}

/* Is the place within the title of a product that is alike?  What that is made of is its own affair. */
static bool names_another(const struct checking *self, size_t from, size_t n)
{
    const struct facts_beside *b = &self->facts->beside;
    for (size_t i = 0; i < b->n_neighbours; i++) {
        const char *title = b->neighbours[i];
        for (const char *p = self->text; (p = find_word(self->text, p, title)) != NULL; p++) {
            size_t at = (size_t)(p - self->text);
            if (from >= at && from + n <= at + strlen(title))
                return true;
        }
    }
    return false;
}

static int take_claim(void *context, enum claim_kind kind, size_t from, size_t n)
{
    static const char *const whats[] = {
        [CLAIM_NUMBER] = "the number", [CLAIM_UNIT] = "the unit of", [CLAIM_MATERIAL] = "the material",
        [CLAIM_COLOUR] = "the colour", [CLAIM_SIZE] = "the size", [CLAIM_QUALITY] = "the quality",
        [CLAIM_PLACE] = "the place", [CLAIM_NAME] = "the name"};
    struct checking *self = context;
    if (names_another(self, from, n))
        return 0;
    for (size_t i = 0; i < self->out->n; i++) { /* a telephone number is not four numbers as well */
        const struct checker_finding *f = &self->out->list[i];
        if (f->field == self->field && from < f->from + f->n && f->from < from + n)
            return 0;
    }
    found(self, FINDING_CLAIM, from, n, true, "%s '%.*s' is not in the facts", whats[kind], (int)(n < 60 ? n : 60),
          self->text + from);
    return 0;
}

/* The next word at or after *at, its bytes; 0 at the end. */
static size_t next_word(const char *text, size_t *at)
{
    size_t n = 0;
    while (text[*at] != '\0' && !in_word(text[*at]))
        ++*at;
    while (in_word(text[*at + n]))
        n++;
    return n;
}

/* A description that is nothing but the title tells nobody anything (small models do that). */
static void check_title_again(struct checking *self)
{
    size_t a = 0, b = 0, n, m;
    const char *title = self->facts->title;
    if (self->field != TEMPLATE_OF_DESCRIPTION || title[0] == '\0')
        return;
    while ((n = next_word(self->text, &a)) > 0 && (m = next_word(title, &b)) == n &&
           strncasecmp(self->text + a, title + b, n) == 0) {
        a += n;
        b += m;
    }
    if (n == 0 && next_word(title, &b) == 0)
        found(self, FINDING_FORM, 0, 0, true, "it says nothing but the title");
}

/* Keywords and headings are no sentences. */
static void check_claims(struct checking *self)
{
    bool heading = self->field != TEMPLATE_OF_DESCRIPTION;
    claims_check(self->claims, self->text, language_same(language_of(self->template), "en"), heading, take_claim, self);
}

static void check_language(struct checking *self)
{
    const char *wanted = language_of(self->template), *is = language_detect(self->text);
    if (is != NULL && !language_same(wanted, is))
        found(self, FINDING_LANGUAGE, 0, 0, true, "this seems to be in '%s', and '%s' was asked for", is, wanted);
    double ease = language_same(wanted, "en") && self->field == TEMPLATE_OF_DESCRIPTION ? language_reading_ease(self->text)
                                                                                        : (double)NAN;
    if (ease < HARD)
        found(self, FINDING_READING, 0, 0, false, "it is hard to read (%.0f on Flesch's scale of 0 to 100)", ease);
}

static void check_field(struct checking *self)
{
    if (self->text[strspn(self->text, " \t\r\n")] == '\0') {
        found(self, FINDING_FORM, 0, 0, true, "there is no %s", template_field_name(self->field));
        return;
    }
    check_title_again(self);
    check_length(self);
    check_banned(self);
    check_personal(self);
    check_claims(self);
    check_language(self);
}

int checker_check(const struct facts *facts, const char *const *brands, size_t n_brands,
                  const struct template *template, const json_t *content, struct checker_findings *out,
                  struct error *err)
{
    struct claims *claims = NULL;
    memset(out, 0, sizeof *out);
    int rc = claims_new(&claims, facts, brands, n_brands, err);
    if (rc != 0)
        return rc;
    struct checking self = {.facts = facts, .claims = claims, .template = template, .out = out};
    for (int i = 0; i < TEMPLATE_OF_ALL && !self.failed; i++) {
        struct str text;
        if (!template->fields[i])
            continue;
        str_init(&text, 1 << 20);
        self.field = (enum template_field)i;
        self.failed = checker_content_text(content, self.field, &text) != 0;
        self.text = str_text(&text);
        if (!self.failed)
            check_field(&self);
        str_release(&text);
    }
    claims_free(claims);
    if (!self.failed)
        return 0;
    checker_findings_release(out);
    return error_nomem(err, "findings");
}
