#include "describe/facts.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "describe/personal.h"
#include "store/items.h"

enum { FACT_MAX = 4000, FACTS_MAX = 400 };

void facts_release(struct facts *self)
{
    for (size_t i = 0; i < self->n; i++) {
        mem_free(self->list[i].name);
        mem_free(self->list[i].text);
    }
    mem_free(self->list);
    for (size_t i = 0; i < self->beside.n_neighbours; i++)
        mem_free(self->beside.neighbours[i]);
    mem_free(self->beside.neighbours);
    mem_free(self->identifier);
    mem_free(self->title);
    mem_free(self->withheld);
    memset(self, 0, sizeof *self);
}

/* Appends a value as one line: control characters and white space become one blank. */
static void put_line(struct str *out, const char *s, size_t n)
{
    bool gap = false;
    for (size_t i = 0; i < n && out->len < FACT_MAX;) {
        uint32_t c;
        size_t len = text_utf8_decode(s + i, n - i, &c);
        if (len == 0 || c <= ' ' || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029) {
            gap = out->len > 0;
            i += len > 0 ? len : 1;
            continue;
        }
        if (gap)
            str_putc(out, ' ');
        gap = false;
        str_append(out, s + i, len);
        i += len;
    }
}

size_t facts_one_line(const char *text, char **out)
{
    struct str line;
    str_init(&line, 2 * FACT_MAX);
    put_line(&line, text, strlen(text));
    size_t n = line.len;
    *out = n > 0 ? str_take(&line) : NULL;
    str_release(&line);
    return *out != NULL ? n : 0;
}

static void put_list(struct str *out, const struct attribute_value *value)
{
    json_t *list = json_loadb(value->text, value->n, 0, NULL);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *word = json_array_get(list, i);
        str_puts(out, i > 0 ? ", " : "");
        put_line(out, json_string_value(word), json_string_length(word));
    }
    json_decref(list);
}

static int take_value(void *context, const struct attribute *attribute, const struct attribute_value *value)
{
    struct facts *self = context;
    struct str text;
    if (attribute->observed || self->n == FACTS_MAX)
        return 0;
    str_init(&text, 2 * FACT_MAX);
    if (attribute->type == ATTRIBUTE_NUMBER)
        str_printf(&text, "%.10g", value->number);
    else if (attribute->type == ATTRIBUTE_BOOLEAN)
        str_puts(&text, value->number != 0 ? "yes" : "no");
    else if (attribute->type == ATTRIBUTE_LIST)
        put_list(&text, value);
    else
        put_line(&text, value->text, value->n);
    bool told = text.len > 0;
    struct product_fact fact = {.name = mem_strdup(attribute->name), .text = str_take(&text), .type = attribute->type,
                        .number = value->number};
    str_release(&text);
    if (told && fact.name != NULL && fact.text != NULL &&
        mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) == 0) {
        self->list[self->n++] = fact;
        return 0;
    }
    mem_free(fact.name);
    mem_free(fact.text);
    return told ? E_NOMEM : 0;
}

static int read_names(struct facts *self, struct store *store, struct error *err)
{
    struct str identifier, raw, title;
    str_init(&identifier, 4096);
    str_init(&raw, 1 << 20);
    str_init(&title, 2 * FACT_MAX);
    int rc = items_name(store, self->item, &identifier, &raw, err);
    if (rc == 0) {
        put_line(&title, str_text(&raw), raw.len);
        self->identifier = mem_strdup(str_text(&identifier));
        self->title = mem_strdup(str_text(&title));
        rc = self->identifier == NULL || self->title == NULL ? error_nomem(err, "facts") : 0;
    }
    str_release(&identifier);
    str_release(&raw);
    str_release(&title);
    return rc;
}

/* ---- what leads to a person ------------------------------------------------------------------------------ */

static bool withhold(struct facts *self, const char *name, const char *why)
{
    struct str list;
    str_init(&list, 1 << 16);
    str_printf(&list, "%s%s%s (%s)", self->withheld != NULL ? self->withheld : "", self->withheld != NULL ? ", " : "", name, why);
    char *longer = str_take(&list);
    str_release(&list);
    if (longer == NULL)
        return false;
    mem_free(self->withheld);
    self->withheld = longer;
    return true;
}

/* Takes out of what was read whatever leads to a person. */
static int leave_out_personal(struct facts *self, struct store *store, struct error *err)
{
    const char *why;
    size_t kept = 0;
    int rc = personal_is(store, self->title, &why, err);
    if (rc == 0 && why != NULL) {
        self->title[0] = '\0';
        rc = withhold(self, "title", why) ? 0 : error_nomem(err, "facts");
    }
    for (size_t i = 0; i < self->n; i++) {
        struct product_fact fact = self->list[i];
        why = NULL;
        if (rc == 0 && fact.type != ATTRIBUTE_BOOLEAN)
            rc = personal_is(store, fact.text, &why, err);
        if (rc == 0 && why != NULL && !withhold(self, fact.name, why))
            rc = error_nomem(err, "facts");
        if (why == NULL) {
            self->list[kept++] = fact;
            continue;
        }
        mem_free(fact.name);
        mem_free(fact.text);
    }
    self->n = kept;
    return rc;
}

int facts_read(struct facts *out, struct store *store, int64_t item, struct error *err)
{
    *out = (struct facts){.item = item};
    int rc = read_names(out, store, err);
    if (rc == 0 && (rc = attributes_of(store, ATTRIBUTE_OF_ITEM, item, take_value, out, err)) == E_NOMEM)
        error_nomem(err, "facts");
    rc = rc != 0 ? rc : leave_out_personal(out, store, err);
    if (rc == 0 && out->n == 0 && out->title[0] == '\0') {
        error_set(err, E_BAD_DATA, out->identifier,
                  out->withheld == NULL ? "neither title nor attributes are known of it: there is nothing to say"
                                        : "nothing is known of it but what leads to a person: there is nothing to say (%.120s)",
                  out->withheld);
        rc = error_hint(err, E_BAD_DATA, "`reckon import items` brings what it is");
    }
    if (rc != 0 && rc != E_BAD_DATA)
        facts_release(out);
    return rc;
}

const struct product_fact *facts_find(const struct facts *self, const char *name)
{
    for (size_t i = 0; i < self->n; i++)
        if (strcmp(self->list[i].name, name) == 0)
            return &self->list[i];
    return NULL;
}

/* ---- brands of the shop ---------------------------------------------------------------------------------- */

struct brands {
    char **list;
    size_t n, cap;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once. */
static void tidy(struct brands *self)
{
    size_t kept = 0;
    if (self->n > 0)
        qsort(self->list, self->n, sizeof *self->list, by_text);
    for (size_t i = 0; i < self->n; i++)
        if (kept > 0 && strcmp(self->list[kept - 1], self->list[i]) == 0)
            mem_free(self->list[i]);
        else
            self->list[kept++] = self->list[i];
    self->n = kept;
}

static int take_brand(void *context, int64_t item, const struct attribute_value *value)
{
    struct brands *self = context;
    (void)item;
    if (self->n == self->cap && self->n > 0)
        tidy(self); /* so that half a million products of ten brands take ten */
    if (mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0 ||
        (self->list[self->n] = mem_strndup(value->text, value->n)) == NULL)
        return E_NOMEM;
    self->n++;
    return 0;
}

void facts_free_brands(char **brands, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mem_free(brands[i]);
    mem_free(brands);
}

int facts_brands(struct store *store, char ***brands, size_t *n, struct error *err)
{
    struct brands self = {0};
    struct attribute *list;
    size_t count;
    int rc = attributes_list(store, ATTRIBUTE_OF_ITEM, &list, &count, err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        if (list[i].type == ATTRIBUTE_TEXT && text_equal_nocase(list[i].name, "brand") &&
            (rc = attributes_each_item(store, &list[i], take_brand, &self, err)) == E_NOMEM)
            error_nomem(err, "brands");
    mem_free(list);
    tidy(&self);
    if (rc != 0) {
        facts_free_brands(self.list, self.n);
        return rc;
    }
    *brands = self.list;
    *n = self.n;
    return 0;
}

/* ---- what speaks to whoever writes ----------------------------------------------------------------------- */

/* Lower case, and runs of anything but letters and digits as one blank. */
static void fold(struct str *out, const char *text)
{
    for (bool gap = true; *text != '\0'; text++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text | 32) : *text;
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
        if (word)
            str_putc(out, c);
        else if (!gap)
            str_putc(out, ' ');
        gap = !word;
    }
}

const char *facts_injection(const char *text)
{
    static const char *const phrases[] = {
        "ignore the above", "ignore all", "ignore previous", "ignore any", "ignore your", "ignore these instructions",
        "disregard the above", "disregard all", "disregard previous", "disregard your", "forget the above",
        "forget previous", "forget your", "forget all", "override the", "new instructions", "system prompt",
        "you are now", "you must now", "act as", "pretend to be", "do not follow", "instead write", "instead say",
        "instead output", "respond only with", "respond with", "reply with", "output only", "print your", "reveal your",
        "as an ai", "as a language model", "end of facts", "begin of facts", "developer mode", "jailbreak",
        "im start", "im end", "ignoriere", "ignorez", "ignora las", NULL};
    const char *found = NULL;
    struct str folded;
    str_init(&folded, 1 << 20);
    fold(&folded, text);
    for (size_t i = 0; phrases[i] != NULL && found == NULL; i++)
        found = strstr(str_text(&folded), phrases[i]) != NULL ? phrases[i] : NULL;
    str_release(&folded);
    return found;
}
