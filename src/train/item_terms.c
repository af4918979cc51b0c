#include "train/item_terms.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/attributes.h"
#include "store/embeddings.h"
#include "store/items.h"

static void add_attribute(struct item_text *text, const struct attribute *a, const struct attribute_value *value)
{
    json_t *list, *one;
    size_t i;
    switch (a->type) {
    case ATTRIBUTE_NUMBER:
        item_text_add_number(text, a->name, value->number);
        break;
    case ATTRIBUTE_BOOLEAN:
        item_text_add_boolean(text, a->name, value->number > 0);
        break;
    case ATTRIBUTE_TEXT:
        if (strstr(value->text, "://") == NULL)
            item_text_add_value(text, a->name, value->text, value->n);
        break;
    case ATTRIBUTE_LIST:
        list = json_loadb(value->text, value->n, 0, NULL);
        json_array_foreach (list, i, one)
            if (json_is_string(one))
                item_text_add_value(text, a->name, json_string_value(one), json_string_length(one));
        json_decref(list);
        break;
    }
}

struct reading {
    struct item_text *texts;
    const uint32_t *place;
    size_t n_place;
    const struct attribute *attribute;
};

static struct item_text *text_of(const struct reading *r, int64_t item)
{
    bool known = item >= 0 && (size_t)item < r->n_place && r->place[item] != 0;
    return known ? &r->texts[r->place[item] - 1] : NULL;
}

static int take_title(void *context, int64_t item, const char *identifier, const char *title)
{
    struct item_text *text = text_of(context, item);
    (void)identifier;
    if (text != NULL)
        item_text_add_words(text, title, strlen(title));
    return 0;
}

static int take_value(void *context, int64_t item, const struct attribute_value *value)
{
    const struct reading *r = context;
    struct item_text *text = text_of(r, item);
    if (text != NULL)
        add_attribute(text, r->attribute, value);
    return 0;
}

static int take_embedding(void *context, int64_t item, const char *model, const float *vector, size_t dim)
{
    struct item_text *text = text_of(context, item);
    if (text != NULL)
        item_text_add_embedding(text, model, vector, dim);
    return 0;
}

static int take_own_embedding(void *context, int64_t item, const char *model, const float *vector, size_t dim)
{
    (void)item;
    item_text_add_embedding(context, model, vector, dim);
    return 0;
}

int item_terms_read(struct item_text *texts, struct store *store, const uint32_t *place, size_t n_place,
                    struct error *err)
{
    struct reading r = {.texts = texts, .place = place, .n_place = n_place};
    struct attribute *attributes;
    size_t n;
    int rc = items_each(store, take_title, &r, err);
    if (rc == 0)
        rc = attributes_list(store, ATTRIBUTE_OF_ITEM, &attributes, &n, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (attributes[i].observed)
            continue;
        r.attribute = &attributes[i];
        rc = attributes_each_item(store, &attributes[i], take_value, &r, err);
    }
    mem_free(attributes);
    rc = rc != 0 ? rc : embeddings_each(store, 0, take_embedding, &r, err);
    for (size_t item = 0; item < n_place && rc == 0; item++)
        if (place[item] != 0)
            rc = item_text_finish(&texts[place[item] - 1], err);
    return rc;
}

static int take_own_value(void *context, const struct attribute *attribute, const struct attribute_value *value)
{
    if (!attribute->observed)
        add_attribute(context, attribute, value);
    return 0;
}

int item_terms_of(struct item_text *out, struct store *store, int64_t item, struct error *err)
{
    struct str title;
    str_init(&title, 1 << 20);
    item_text_clear(out);
    int rc = items_name(store, item, NULL, &title, err);
    if (rc == 0) {
        item_text_add_words(out, str_text(&title), title.len);
        rc = attributes_of(store, ATTRIBUTE_OF_ITEM, item, take_own_value, out, err);
        rc = rc != 0 ? rc : embeddings_each(store, item, take_own_embedding, out, err);
    }
    str_release(&title);
    return rc != 0 ? rc : item_text_finish(out, err);
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint32_t column_of(const struct item_terms *terms, uint64_t key)
{
    const uint64_t *at = bsearch(&key, terms->key, terms->counts.cols, sizeof key, ascending);
    return (uint32_t)(at - terms->key);
}

/* The distinct keys of all, ascending. */
static int collect_keys(struct item_terms *out, const struct item_text *const *texts, uint32_t n, size_t total,
                        struct error *err)
{
    size_t at = 0, kept = 0;
    out->key = mem_alloc(total, sizeof *out->key);
    if (out->key == NULL)
        return error_nomem(err, "reading titles");
    for (uint32_t i = 0; i < n; i++)
        for (size_t t = 0; t < texts[i]->n; t++)
            out->key[at++] = texts[i]->terms[t].key;
    if (total > 0)
        qsort(out->key, total, sizeof *out->key, ascending);
    for (size_t i = 0; i < total; i++)
        if (i == 0 || out->key[i] != out->key[i - 1])
            out->key[kept++] = out->key[i];
    if (kept > UINT32_MAX - 1)
        return error_set(err, E_BAD_DATA, "titles", "have more different words than can be told apart");
    out->counts.cols = (uint32_t)kept;
    return 0;
}

int item_terms_pack(struct item_terms *out, const struct item_text *const *texts, uint32_t n, struct error *err)
{
    size_t total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += texts[i]->n;
    struct item_terms packed = {.counts = {.rows = n}};
    struct csr *m = &packed.counts;
    m->start = mem_zalloc((size_t)n + 1, sizeof *m->start);
    m->col = mem_alloc(total, sizeof *m->col);
    m->val = mem_alloc(total, sizeof *m->val);
    int rc = m->start == NULL || m->col == NULL || m->val == NULL ? error_nomem(err, "reading titles")
                                                                  : collect_keys(&packed, texts, n, total, err);
    packed.embedded = rc == 0 ? mem_zalloc(m->cols, sizeof *packed.embedded) : NULL;
    if (rc == 0 && packed.embedded == NULL)
        rc = error_nomem(err, "reading titles");
    if (rc != 0) {
        item_terms_release(&packed);
        return rc;
    }
    uint64_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (size_t t = 0; t < texts[i]->n; t++, at++) { /* keys ascend within an item, and so do columns */
            m->col[at] = column_of(&packed, texts[i]->terms[t].key);
            m->val[at] = texts[i]->terms[t].count;
            packed.embedded[m->col[at]] = texts[i]->terms[t].embedded;
        }
        m->start[(size_t)i + 1] = at;
    }
    *out = packed;
    return 0;
}
