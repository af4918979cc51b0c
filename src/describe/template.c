#include "describe/template.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/words.h"

enum { LANGUAGE, CHANNEL, AUDIENCE, TONE, WORDS, FIELD_WORDS, BANNED, MAX_TOKENS, TEMPERATURE, FIELDS };

static const struct toml_field fields[FIELDS + 1] = {
    [LANGUAGE] = {"language", TOML_FIELD_TEXT, offsetof(struct template, language), 0, 0},
    [CHANNEL] = {"channel", TOML_FIELD_TEXT, offsetof(struct template, channel), 0, 0},
    [AUDIENCE] = {"audience", TOML_FIELD_TEXT, offsetof(struct template, audience), 0, 0},
    [TONE] = {"tone", TOML_FIELD_TEXT, offsetof(struct template, tone), 0, 0},
    [WORDS] = {"words", TOML_FIELD_WHOLE, offsetof(struct template, words), 5, 2000},
    [FIELD_WORDS] = {"fields", TOML_FIELD_WORDS, offsetof(struct template, field_words), 0, 0},
    [BANNED] = {"banned", TOML_FIELD_WORDS, offsetof(struct template, banned), 0, 0},
    [MAX_TOKENS] = {"max-tokens", TOML_FIELD_WHOLE, offsetof(struct template, max_tokens), 16, 16384},
    [TEMPERATURE] = {"temperature", TOML_FIELD_REAL, offsetof(struct template, temperature), 0, 2},
    [FIELDS] = {0},
};

static const char *const field_names[] = {"title", "description", "caption", "bullets", "keywords", NULL};

const char *template_field_name(enum template_field field)
{
    return field_names[field];
}

static const struct {
    const char *name;
    enum template_slot slot;
} slots[] = {
    {"facts", TEMPLATE_FACTS}, {"title", TEMPLATE_TITLE}, {"item", TEMPLATE_ITEM}, {"language", TEMPLATE_LANGUAGE},
    {"channel", TEMPLATE_CHANNEL}, {"audience", TEMPLATE_AUDIENCE}, {"tone", TEMPLATE_TONE}, {"words", TEMPLATE_WORDS},
    {"neighbours", TEMPLATE_NEIGHBOURS}, {"reviews", TEMPLATE_REVIEWS},
};

const char template_example[] =
    "# How products are described; `reckon describe templates put web FILE` stores it, and a new version each time.\n"
    "language = \"en\"\n"
    "channel = \"web\"\n"
    "tone = \"warm, plain and concrete\"\n"
    "words = 60\n"
    "fields = \"description, caption\"\n"
    "max-tokens = 400\n"
    "temperature = 0.3\n"
    "---\n"
    "Describe this product for the {channel} shop, in at most {words} words, in a tone that is {tone}.\n"
    "Say only what the facts say; leave out what they do not tell.\n"
    "\n"
    "{facts}\n";

void template_free(struct template *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->n_parts; i++)
        mem_free(self->parts[i].text);
    mem_free(self->parts);
    mem_free(self->name);
    mem_free(self->language);
    mem_free(self->channel);
    mem_free(self->audience);
    mem_free(self->tone);
    mem_free(self->field_words.list);
    mem_free(self->banned.list);
    mem_free(self);
}

bool template_uses(const struct template *self, enum template_slot slot)
{
    for (size_t i = 0; i < self->n_parts; i++)
        if (self->parts[i].slot == slot)
            return true;
    return false;
}

/* ---- the head -------------------------------------------------------------------------------------------- */

static int take_fields(struct template *self, const struct toml *toml, struct error *err)
{
    struct str hint;
    self->fields[TEMPLATE_OF_DESCRIPTION] = self->field_words.n == 0;
    for (size_t i = 0; i < self->field_words.n; i++) {
        int at = 0;
        while (field_names[at] != NULL && strcmp(field_names[at], self->field_words.list[i]) != 0)
            at++;
        if (field_names[at] != NULL) {
            self->fields[at] = true;
            continue;
        }
        toml_bad(toml, err, "nothing called '%.60s' can be written", self->field_words.list[i]);
        str_init(&hint, 300);
        words_nearest(&hint, field_names, self->field_words.list[i]);
        error_hint(err, E_BAD_DATA, "%s", str_text(&hint));
        str_release(&hint);
        return E_BAD_DATA;
    }
    return 0;
}

static int parse_head(struct template *self, const char *source, const char *text, size_t n, struct error *err)
{
    struct toml toml;
    struct toml_entry entry;
    unsigned lines[FIELDS] = {0};
    int rc;
    toml_init(&toml, source, text, n, NULL);
    while ((rc = toml_next(&toml, &entry, err)) == 1) {
        rc = toml.table[0] != '\0' ? toml_bad(&toml, err, "a template has no tables")
                                   : toml_fields_take(&toml, &entry, fields, self, lines, err);
        if (rc != 0)
            return rc;
    }
    return rc != 0 ? rc : take_fields(self, &toml, err);
}

/* ---- what is said ---------------------------------------------------------------------------------------- */

static int bad(const char *source, unsigned line, const char *why, struct error *err)
{
    char where[128];
    snprintf(where, sizeof where, "%s:%u", source, line);
    return error_set(err, E_BAD_DATA, where, "%s", why);
}

static int add_part(struct template *self, enum template_slot slot, const char *text, size_t n, unsigned line,
                    struct error *err)
{
    if (slot == TEMPLATE_TEXT && n == 0)
        return 0;
    char *copy = slot == TEMPLATE_TEXT || slot == TEMPLATE_ATTRIBUTE ? mem_strndup(text, n) : NULL;
    if ((copy == NULL && (slot == TEMPLATE_TEXT || slot == TEMPLATE_ATTRIBUTE)) ||
        mem_grow((void **)&self->parts, &self->cap_parts, self->n_parts + 1, sizeof *self->parts) != 0) {
        mem_free(copy);
        return error_nomem(err, self->name);
    }
    self->parts[self->n_parts++] = (struct template_part){slot, copy, line};
    return 0;
}

static int add_slot(struct template *self, const char *word, size_t n, unsigned line, struct error *err)
{
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (strlen(slots[i].name) == n && memcmp(slots[i].name, word, n) == 0)
            return add_part(self, slots[i].slot, NULL, 0, line, err);
    return add_part(self, TEMPLATE_ATTRIBUTE, word, n, line, err);
}

static int parse_body(struct template *self, const char *source, const char *p, const char *end, unsigned line,
                      struct error *err)
{
    const char *begun = p;
    int rc = 0;
    for (; rc == 0 && p < end; p++) {
        line += *p == '\n';
        if (*p != '{' && *p != '}')
            continue;
        bool twice = p + 1 < end && p[1] == *p;
        rc = add_part(self, TEMPLATE_TEXT, begun, (size_t)(p - begun) + twice, line, err);
        if (rc == 0 && twice) {
            begun = ++p + 1;
            continue;
        }
        if (*p == '}')
            return bad(source, line, "a '}' without its '{'; as itself it is written twice", err);
        const char *word = p + 1, *close = word;
        while (close < end && *close != '}' && *close != '{' && *close != '\n')
            close++;
        if (close == end || *close != '}' || close == word)
            return bad(source, line, "a '{' without a name and '}' on its line; as itself it is written twice", err);
        rc = rc != 0 ? rc : add_slot(self, word, (size_t)(close - word), line, err);
        p = close;
        begun = close + 1;
    }
    return rc != 0 ? rc : add_part(self, TEMPLATE_TEXT, begun, (size_t)(end - begun), line, err);
}

/* Where the line of dashes begins, and *line; NULL: there is none. */
static const char *find_dashes(const char *text, size_t n, unsigned *line)
{
    const char *end = text + n;
    *line = 1;
    for (const char *p = text; p < end; ++*line) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((stop != NULL ? stop : end) - p);
        if ((len == 3 || (len == 4 && p[3] == '\r')) && memcmp(p, "---", 3) == 0)
            return p;
        if (stop == NULL)
            break;
        p = stop + 1;
    }
    return NULL;
}

static int parse(struct template *self, const char *source, const char *text, size_t n, struct error *err)
{
    unsigned line;
    const char *dashes = find_dashes(text, n, &line), *end = text + n;
    if (dashes == NULL) {
        error_set(err, E_BAD_DATA, source, "there is no line of three dashes between its head and what is said");
        return error_hint(err, E_BAD_DATA, "`reckon describe templates example` writes one");
    }
    int rc = parse_head(self, source, text, (size_t)(dashes - text), err);
    if (rc != 0)
        return rc;
    const char *body = memchr(dashes, '\n', (size_t)(end - dashes));
    rc = body != NULL ? parse_body(self, source, body + 1, end, line + 1, err) : 0;
    if (rc == 0 && !template_uses(self, TEMPLATE_FACTS)) {
        error_set(err, E_BAD_DATA, source, "it never says {facts}: whoever writes would have to make them up");
        return error_hint(err, E_BAD_DATA, "put a line with {facts} where the product is to be told of");
    }
    return rc;
}

int template_parse(struct template **out, const char *source, const char *name, int64_t version, const char *text,
                   size_t n, struct error *err)
{
    struct template *self = mem_zalloc(1, sizeof *self);
    if (self == NULL || (self->name = mem_strdup(name)) == NULL) {
        mem_free(self);
        return error_nomem(err, name);
    }
    self->version = version;
    self->words = 80;
    self->max_tokens = 500;
    self->temperature = 0.3;
    int rc = parse(self, source, text, n, err);
    if (rc != 0)
        template_free(self);
    else
        *out = self;
    return rc;
}
