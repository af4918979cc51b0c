#include "describe/texts.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "describe/template.h"
#include "store/published.h"

enum { PARTS = 256, CHANGES_MAX = 20000 };

struct entry {
    uint64_t key;        /* of the item's identifier and the set */
    uint32_t set;
    uint32_t name, text; /* into chars; each ends with a zero */
};

/* Of the items whose hash begins alike. */
struct part {
    atomic_uint holders;
    struct entry *entries;
    size_t n, cap;
    uint32_t *slots;     /* 1 + entry; 0: free */
    size_t mask;
    struct str chars;
};

struct set {
    char *collection, *language, *channel;
    char *head; /* of its texts' objects */
    size_t n;
};

struct texts {
    atomic_uint holders;
    int64_t change; /* the last that it knows of */
    struct set *sets;
    size_t n_sets, cap_sets;
    struct part *parts[PARTS];
};

/* ---- parts ----------------------------------------------------------------------------------------------- */

static void part_release(struct part *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->holders, 1, memory_order_acq_rel) != 1)
        return;
    mem_free(self->entries);
    mem_free(self->slots);
    str_release(&self->chars);
    mem_free(self);
}

static struct part *part_new(void)
{
    struct part *self = mem_zalloc(1, sizeof *self);
    if (self != NULL) {
        atomic_init(&self->holders, 1);
        str_init(&self->chars, UINT32_MAX);
    }
    return self;
}

static uint64_t hash_of(const char *identifier)
{
    return rng_key(identifier, strlen(identifier));
}

static uint64_t key_of(uint64_t hash, uint32_t set)
{
    return hash + set * UINT64_C(0x9E3779B97F4A7C15);
}

static size_t part_of(uint64_t hash)
{
    return hash >> 56;
}

static int put_chars(struct part *self, const char *text, uint32_t *at)
{
    *at = (uint32_t)self->chars.len;
    return str_append(&self->chars, text, strlen(text) + 1);
}

static int part_add(struct part *self, uint64_t hash, uint32_t set, const char *identifier, const char *text)
{
    struct entry e = {.key = key_of(hash, set), .set = set};
    if (mem_grow((void **)&self->entries, &self->cap, self->n + 1, sizeof *self->entries) != 0 ||
        put_chars(self, identifier, &e.name) != 0 || put_chars(self, text, &e.text) != 0)
        return E_NOMEM;
    self->entries[self->n++] = e;
    return 0;
}

static int part_index(struct part *self)
{
    size_t size = 4;
    while (size < 2 * self->n)
        size *= 2;
    self->slots = mem_zalloc(size, sizeof *self->slots);
    if (self->slots == NULL)
        return E_NOMEM;
    self->mask = size - 1;
    for (size_t i = 0; i < self->n; i++) {
        size_t at = self->entries[i].key & self->mask;
        while (self->slots[at] != 0)
            at = (at + 1) & self->mask;
        self->slots[at] = (uint32_t)i + 1;
    }
    return 0;
}

static const char *part_find(const struct part *self, uint64_t key, uint32_t set, const char *identifier)
{
    for (size_t at = key & self->mask; self->slots[at] != 0; at = (at + 1) & self->mask) {
        const struct entry *e = &self->entries[self->slots[at] - 1];
        if (e->key == key && e->set == set && strcmp(self->chars.data + e->name, identifier) == 0)
            return self->chars.data + e->text;
    }
    return NULL;
}

/* ---- sets ------------------------------------------------------------------------------------------------ */

static void put_member(struct str *out, const char *before, const char *name, const char *text)
{
    str_printf(out, "%s\"%s\":", before, name);
    text_json_string(out, text, text_utf8_valid(text, strlen(text)) ? strlen(text) : 0);
}

static int set_make(struct set *out, const char *collection, const char *language, const char *channel)
{
    struct str head;
    str_init(&head, 4096);
    put_member(&head, "", "collection", collection);
    put_member(&head, ",", "language", language);
    put_member(&head, ",", "channel", channel);
    *out = (struct set){mem_strdup(collection), mem_strdup(language), mem_strdup(channel), str_take(&head), 0};
    str_release(&head);
    return out->collection == NULL || out->language == NULL || out->channel == NULL || out->head == NULL ? E_NOMEM : 0;
}

static bool set_is(const struct set *self, const char *collection, const char *language, const char *channel)
{
    return strcmp(self->collection, collection) == 0 && strcmp(self->language, language) == 0 &&
           strcmp(self->channel, channel) == 0;
}

/* -1: no memory. */
static int64_t set_of(struct texts *self, const char *collection, const char *language, const char *channel)
{
    for (size_t i = 0; i < self->n_sets; i++)
        if (set_is(&self->sets[i], collection, language, channel))
            return (int64_t)i;
    if (mem_grow((void **)&self->sets, &self->cap_sets, self->n_sets + 1, sizeof *self->sets) != 0 ||
        set_make(&self->sets[self->n_sets++], collection, language, channel) != 0)
        return -1;
    return (int64_t)self->n_sets - 1;
}

static int take_sets(struct texts *self, const struct texts *former)
{
    for (size_t i = 0; former != NULL && i < former->n_sets; i++)
        if (set_of(self, former->sets[i].collection, former->sets[i].language, former->sets[i].channel) < 0)
            return E_NOMEM;
    return 0;
}

/* ---- loading --------------------------------------------------------------------------------------------- */

struct change {
    int64_t item;
    char *identifier;
    uint64_t hash;
};

struct loading {
    struct texts *texts;
    struct change *changes;
    size_t n, cap;
    struct str text; /* scratch */
};

/* The members of the content, "description" as "text". */
static void render(struct str *out, const struct published *p)
{
    json_t *content = json_loads(p->content, 0, NULL);
    str_clear(out);
    str_printf(out, "\"number\":%lld", (long long)p->description);
    for (int i = 0; i < TEMPLATE_OF_ALL; i++) {
        const char *name = template_field_name((enum template_field)i);
        const json_t *value = json_object_get(content, name);
        char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
        if (text != NULL)
            str_printf(out, ",\"%s\":%s", i == TEMPLATE_OF_DESCRIPTION ? "text" : name, text);
        free(text);
    }
    json_decref(content);
}

static int take_text(void *context, const struct published *p)
{
    struct loading *l = context;
    uint64_t hash = hash_of(p->identifier);
    int64_t set = set_of(l->texts, p->collection, p->language, p->channel);
    render(&l->text, p);
    if (set < 0 || l->text.failed)
        return E_NOMEM;
    return part_add(l->texts->parts[part_of(hash)], hash, (uint32_t)set, p->identifier, str_text(&l->text));
}

static int take_change(void *context, int64_t item, const char *identifier)
{
    struct loading *l = context;
    if (mem_grow((void **)&l->changes, &l->cap, l->n + 1, sizeof *l->changes) != 0)
        return E_NOMEM;
    struct change *c = &l->changes[l->n];
    *c = (struct change){item, mem_strdup(identifier), hash_of(identifier)};
    l->n += c->identifier != NULL;
    return c->identifier != NULL ? 0 : E_NOMEM;
}

static int by_identifier(const void *a, const void *b)
{
    return strcmp(((const struct change *)a)->identifier, ((const struct change *)b)->identifier);
}

static int by_wanted(const void *identifier, const void *change)
{
    return strcmp(identifier, ((const struct change *)change)->identifier);
}

static bool is_changed(const struct loading *l, const char *identifier)
{
    return bsearch(identifier, l->changes, l->n, sizeof *l->changes, by_wanted) != NULL;
}

/* What did not change of a part. */
static int copy_rest(const struct loading *l, const struct part *from, struct part *to)
{
    int rc = 0;
    for (size_t i = 0; i < from->n && rc == 0; i++) {
        const struct entry *e = &from->entries[i];
        const char *identifier = from->chars.data + e->name;
        if (!is_changed(l, identifier))
            rc = part_add(to, hash_of(identifier), e->set, identifier, from->chars.data + e->text);
    }
    return rc;
}

static int load_changes(struct loading *l, struct store *store, const struct texts *former, struct error *err)
{
    struct texts *self = l->texts;
    bool touched[PARTS] = {false};
    int rc = 0;
    if (l->n > 0)
        qsort(l->changes, l->n, sizeof *l->changes, by_identifier);
    for (size_t i = 0; i < l->n; i++)
        touched[part_of(l->changes[i].hash)] = true;
    for (size_t p = 0; p < PARTS && rc == 0; p++) {
        if (touched[p]) {
            self->parts[p] = part_new();
            rc = self->parts[p] != NULL ? copy_rest(l, former->parts[p], self->parts[p]) : E_NOMEM;
        } else {
            self->parts[p] = former->parts[p];
            atomic_fetch_add_explicit(&self->parts[p]->holders, 1, memory_order_relaxed);
        }
    }
    for (size_t i = 0; i < l->n && rc == 0; i++)
        rc = published_each(store, l->changes[i].item, take_text, l, err);
    return rc;
}

static int load_all(struct loading *l, struct store *store, struct error *err)
{
    for (size_t p = 0; p < PARTS; p++)
        if ((l->texts->parts[p] = part_new()) == NULL)
            return E_NOMEM;
    return published_each(store, 0, take_text, l, err);
}

static int finish(struct texts *self)
{
    int rc = 0;
    for (size_t p = 0; p < PARTS && rc == 0; p++) {
        const struct part *part = self->parts[p];
        if (part->slots == NULL)
            rc = part_index(self->parts[p]);
        for (size_t i = 0; i < part->n; i++)
            self->sets[part->entries[i].set].n++;
    }
    return rc;
}

/* Within one moment of the store. */
static int load(struct loading *l, struct store *store, const struct texts *former, struct error *err)
{
    int rc = take_sets(l->texts, former);
    if (rc == 0 && former != NULL)
        rc = published_each_change(store, former->change, CHANGES_MAX + 1, take_change, l, err);
    if (rc == 0 && former != NULL && l->n <= CHANGES_MAX)
        rc = load_changes(l, store, former, err);
    else if (rc == 0)
        rc = load_all(l, store, err);
    return rc != 0 ? rc : finish(l->texts);
}

static int load_anew(struct texts **out, struct store *store, const struct texts *former, int64_t change, struct error *err)
{
    struct loading l = {.texts = mem_zalloc(1, sizeof *l.texts)};
    if (l.texts == NULL)
        return error_nomem(err, "texts");
    atomic_init(&l.texts->holders, 1);
    l.texts->change = change;
    str_init(&l.text, 1 << 22);
    int rc = load(&l, store, former, err);
    for (size_t i = 0; i < l.n; i++)
        mem_free(l.changes[i].identifier);
    mem_free(l.changes);
    str_release(&l.text);
    if (rc == 0)
        *out = l.texts;
    else
        texts_release(l.texts);
    return rc == E_NOMEM ? error_nomem(err, "texts") : rc;
}

int texts_load(struct texts **out, struct store *store, struct texts *former, struct error *err)
{
    int64_t change = 0;
    int rc = store_begin_read(store, err);
    if (rc != 0)
        return rc;
    rc = published_last_change(store, &change, err);
    if (rc == 0 && former != NULL && former->change == change)
        *out = texts_hold(former);
    else if (rc == 0)
        rc = load_anew(out, store, former, change, err);
    store_end_read(store);
    return rc;
}

struct texts *texts_hold(struct texts *self)
{
    atomic_fetch_add_explicit(&self->holders, 1, memory_order_relaxed);
    return self;
}

void texts_release(struct texts *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->holders, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t p = 0; p < PARTS; p++)
        part_release(self->parts[p]);
    for (size_t i = 0; i < self->n_sets; i++) {
        mem_free(self->sets[i].collection);
        mem_free(self->sets[i].language);
        mem_free(self->sets[i].channel);
        mem_free(self->sets[i].head);
    }
    mem_free(self->sets);
    mem_free(self);
}

size_t texts_count(const struct texts *self)
{
    size_t n = 0;
    for (size_t i = 0; i < self->n_sets; i++)
        n += self->sets[i].n;
    return n;
}

/* ---- asking ---------------------------------------------------------------------------------------------- */

int texts_choose(const struct texts *self, const char *collection, const char *language, const char *channel)
{
    int best = -1;
    for (size_t i = 0; i < self->n_sets; i++) {
        const struct set *s = &self->sets[i];
        if (s->n > 0 && strcmp(s->collection, collection != NULL ? collection : TEXTS_COLLECTION) == 0 &&
            (language == NULL || strcmp(s->language, language) == 0) &&
            (channel == NULL || strcmp(s->channel, channel) == 0) && (best < 0 || s->n > self->sets[best].n))
            best = (int)i;
    }
    return best;
}

bool texts_put(const struct texts *self, int set, const char *identifier, struct str *out)
{
    if (set < 0)
        return false;
    uint64_t hash = hash_of(identifier);
    const char *text = part_find(self->parts[part_of(hash)], key_of(hash, (uint32_t)set), (uint32_t)set, identifier);
    if (text != NULL)
        str_printf(out, "{%s,%s}", self->sets[set].head, text);
    return text != NULL;
}
