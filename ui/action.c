#include "ui/action.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/toml.h"

enum { KEYS_MAX = 128 };

struct binding {
    char name[32], keys[KEYS_MAX];
};

struct keymap {
    struct binding *bindings;
    size_t n, cap;
};

/* The next word of a list with blanks; NULL at the end. */
static const char *next_word(const char **at, size_t *n)
{
    const char *p = *at + strspn(*at, " ");
    *n = strcspn(p, " ");
    *at = p + *n;
    return *n > 0 ? p : NULL;
}

static int take_binding(struct keymap *self, const struct toml *t, const struct toml_entry *e,
                        bool (*known)(const char *name), struct error *err)
{
    const char *at = e->value, *word;
    size_t n;
    key_code key;
    if (!e->quoted)
        return toml_bad(t, err, "keys are a text: write them in quotes");
    if (!known(e->key))
        return toml_bad(t, err, "the console has no action '%s'", e->key);
    if (strlen(e->value) >= KEYS_MAX || strlen(e->key) >= sizeof self->bindings->name)
        return toml_bad(t, err, "the list of keys is too long");
    while ((word = next_word(&at, &n)) != NULL)
        if (!key_parse(word, n, &key) && strcmp(e->value, "none") != 0)
            return toml_bad(t, err, "'%.*s' is not a key", (int)n, word);
    if (mem_grow((void **)&self->bindings, &self->cap, self->n + 1, sizeof *self->bindings) != 0)
        return error_nomem(err, t->name);
    struct binding *b = &self->bindings[self->n++];
    snprintf(b->name, sizeof b->name, "%s", e->key);
    snprintf(b->keys, sizeof b->keys, "%s", strcmp(e->value, "none") == 0 ? "" : e->value);
    return 0;
}

int keymap_parse(struct keymap **out, const char *name, const char *text, size_t n, bool (*known)(const char *name),
                 struct error *err)
{
    struct toml t;
    struct toml_entry e;
    struct keymap *self = mem_zalloc(1, sizeof *self);
    int rc;
    if (self == NULL)
        return error_nomem(err, name);
    toml_init(&t, name, text, n,
              "`?` in the console shows the names of its actions; keys are written q, ctrl-p, F1, page-down, alt-x");
    while ((rc = toml_next(&t, &e, err)) == 1)
        if (strcmp(t.table, "console.keys") == 0 && (rc = take_binding(self, &t, &e, known, err)) != 0)
            break;
    if (rc != 0)
        keymap_free(self);
    else
        *out = self;
    return rc;
}

void keymap_free(struct keymap *self)
{
    if (self == NULL)
        return;
    mem_free(self->bindings);
    mem_free(self);
}

const char *keymap_keys(const struct keymap *self, const struct action *action)
{
    if (self != NULL)
        for (size_t i = 0; i < self->n; i++)
            if (strcmp(self->bindings[i].name, action->name) == 0)
                return self->bindings[i].keys;
    return action->keys;
}

bool action_key(const struct keymap *map, const struct action *action, size_t index, key_code *out)
{
    const char *at = keymap_keys(map, action), *word;
    size_t n;
    for (size_t i = 0; (word = next_word(&at, &n)) != NULL; i++)
        if (i == index)
            return key_parse(word, n, out);
    return false;
}

static bool has_key(const struct keymap *map, const struct action *action, key_code key)
{
    key_code own;
    for (size_t i = 0; action_key(map, action, i, &own); i++)
        if (own == key)
            return true;
    return false;
}

const struct action *action_find(const struct keymap *map, const action_table *tables, key_code key)
{
    for (size_t t = 0; tables[t] != NULL; t++)
        for (const struct action *a = tables[t]; a->name != NULL; a++)
            if (has_key(map, a, key))
                return a;
    return NULL;
}

const struct action *action_named(const action_table *tables, const char *name)
{
    for (size_t t = 0; tables[t] != NULL; t++)
        for (const struct action *a = tables[t]; a->name != NULL; a++)
            if (strcmp(a->name, name) == 0)
                return a;
    return NULL;
}

static const struct action *action_at(const action_table *tables, size_t index)
{
    for (size_t t = 0; tables[t] != NULL; t++)
        for (const struct action *a = tables[t]; a->name != NULL; a++)
            if (index-- == 0)
                return a;
    return NULL;
}

static int check_one(const struct keymap *map, const struct action *a, struct error *err)
{
    const char *at = keymap_keys(map, a), *word;
    size_t n;
    key_code key;
    if (a->help == NULL || a->help[0] == '\0' || a->help[strlen(a->help) - 1] == '.')
        return error_set(err, E_FAILED, a->name, "the action needs a sentence of help, without a full stop");
    if (a->run == NULL)
        return error_set(err, E_FAILED, a->name, "the action does nothing");
    while ((word = next_word(&at, &n)) != NULL)
        if (!key_parse(word, n, &key))
            return error_set(err, E_FAILED, a->name, "'%.*s' is not a key", (int)n, word);
    return 0;
}

int action_check(const struct keymap *map, const action_table *tables, struct error *err)
{
    const struct action *a, *b;
    for (size_t i = 0; (a = action_at(tables, i)) != NULL; i++) {
        int rc = check_one(map, a, err);
        if (rc != 0)
            return rc;
        key_code key;
        char word[KEY_WORD_MAX];
        for (size_t k = 0; action_key(map, a, k, &key); k++)
            for (size_t j = i + 1; (b = action_at(tables, j)) != NULL; j++)
                if (has_key(map, b, key)) {
                    error_set(err, E_CONFLICT, key_word(key, word), "is the key of both '%s' and '%s'", a->name,
                              b->name);
                    return error_hint(err, E_CONFLICT, "give one of them another key in [console.keys] of reckon.toml");
                }
    }
    return 0;
}
