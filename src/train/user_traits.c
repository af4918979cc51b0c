#include "train/user_traits.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/attributes.h"
#include "store/consents.h"

static int take_value(void *context, const struct attribute *a, const struct attribute_value *value)
{
    struct item_text *out = context;
    json_t *list, *one;
    size_t i;
    switch (a->type) {
    case ATTRIBUTE_NUMBER:
        item_text_add_number(out, a->name, value->number);
        break;
    case ATTRIBUTE_BOOLEAN:
        item_text_add_boolean(out, a->name, value->number > 0);
        break;
    case ATTRIBUTE_TEXT:
        item_text_add_trait(out, a->name, value->text, value->n);
        break;
    case ATTRIBUTE_LIST:
        list = json_loadb(value->text, value->n, 0, NULL);
        json_array_foreach (list, i, one)
            if (json_is_string(one))
                item_text_add_trait(out, a->name, json_string_value(one), json_string_length(one));
        json_decref(list);
        break;
    }
    return 0;
}

int user_traits_read(struct item_text *out, struct store *store, int64_t user, struct error *err)
{
    bool may;
    item_text_clear(out);
    int rc = consents_may(store, user, CONSENT_SENSITIVE, &may, err);
    if (rc == 0 && may)
        rc = attributes_of(store, ATTRIBUTE_OF_USER, user, take_value, out, err);
    return rc != 0 ? rc : item_text_finish(out, err);
}

struct person {
    uint64_t key;
    int64_t user;
};

static int by_key(const void *a, const void *b)
{
    const struct person *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

static int read_people(struct user_traits *out, struct store *store, const struct person *people, struct error *err)
{
    struct item_text text = {0};
    size_t cap = 0;
    uint64_t at = 0;
    int rc = 0;
    for (uint32_t u = 0; u < out->n_users && rc == 0; u++) {
        rc = user_traits_read(&text, store, people[u].user, err);
        if (rc == 0 && mem_grow((void **)&out->trait, &cap, at + text.n, sizeof *out->trait) != 0)
            rc = error_nomem(err, "reading users");
        for (size_t t = 0; rc == 0 && t < text.n; t++)
            out->trait[at++] = text.terms[t].key;
        out->user_key[u] = people[u].key;
        out->start[(size_t)u + 1] = at;
    }
    item_text_release(&text);
    return rc;
}

int user_traits_load(struct user_traits *out, struct store *store, const int64_t *user, const uint64_t *user_key,
                     uint32_t n, struct error *err)
{
    struct user_traits loaded = {.n_users = n};
    struct person *people = mem_alloc(n, sizeof *people);
    loaded.user_key = mem_alloc(n, sizeof *loaded.user_key);
    loaded.start = mem_zalloc((size_t)n + 1, sizeof *loaded.start);
    int rc = people == NULL || loaded.user_key == NULL || loaded.start == NULL ? error_nomem(err, "reading users") : 0;
    if (rc == 0) {
        for (uint32_t u = 0; u < n; u++)
            people[u] = (struct person){user_key[u], user[u]};
        if (n > 0)
            qsort(people, n, sizeof *people, by_key);
        rc = read_people(&loaded, store, people, err);
    }
    mem_free(people);
    if (rc != 0)
        user_traits_release(&loaded);
    else
        *out = loaded;
    return rc;
}
