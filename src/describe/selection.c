#include "describe/selection.h"

#include <string.h>

#include "base/mem.h"
#include "recommend/filter.h"
#include "recommend/item_columns.h"
#include "store/items.h"

struct selection {
    int64_t *items;
    char **identifiers;
    uint32_t *place;
    size_t n, cap, cap_names, n_place;
};

static void selection_release(struct selection *self)
{
    for (size_t i = 0; i < self->n; i++)
        mem_free(self->identifiers[i]);
    mem_free(self->identifiers);
    mem_free(self->place);
    mem_free(self->items);
}

static int take_item(void *context, int64_t item, const char *identifier, const char *title)
{
    struct selection *self = context;
    (void)title;
    if (mem_grow((void **)&self->items, &self->cap, self->n + 1, sizeof *self->items) != 0 ||
        mem_grow((void **)&self->identifiers, &self->cap_names, self->n + 1, sizeof *self->identifiers) != 0 ||
        (self->identifiers[self->n] = mem_strdup(identifier)) == NULL)
        return E_NOMEM;
    self->items[self->n++] = item;
    self->n_place = (size_t)item + 1 > self->n_place ? (size_t)item + 1 : self->n_place;
    return 0;
}

/* Every item has its own place. */
static int put_places(struct selection *self, struct error *err)
{
    self->place = mem_alloc(self->n_place, sizeof *self->place);
    if (self->place == NULL)
        return error_nomem(err, "items");
    memset(self->place, 0xff, self->n_place * sizeof *self->place);
    for (size_t i = 0; i < self->n; i++)
        self->place[self->items[i]] = (uint32_t)i;
    return 0;
}

static int keep_matching(struct selection *self, struct store *store, struct filter *filter, struct error *err)
{
    struct item_reader reader = {
        .store = store,
        .places = {self->place, self->n_place, (uint32_t)self->n, (const char *const *)self->identifiers}};
    uint64_t *excluded = mem_zalloc((self->n + 63) / 64, sizeof *excluded);
    int rc = excluded == NULL ? error_nomem(err, "items") : item_columns_new(&reader.columns, store, err);
    if (rc == 0) {
        struct filter_schema schema = item_reader_schema(&reader);
        rc = filter_bind(filter, &schema, err);
    }
    if (rc == 0) {
        size_t kept = 0;
        filter_exclude(filter, (uint32_t)self->n, excluded);
        for (size_t i = 0; i < self->n; i++)
            if ((excluded[i / 64] >> (i % 64) & 1) == 0)
                self->items[kept++] = self->items[i];
        for (size_t i = kept; i < self->n; i++)
            mem_free(self->identifiers[i]);
        self->n = kept;
    }
    item_columns_release(reader.columns);
    mem_free(excluded);
    return rc;
}

int selection_make(struct store *store, const char *filter, int64_t **items, size_t *n, struct error *err)
{
    struct selection self = {0};
    struct filter *parsed = NULL;
    int rc = filter != NULL ? filter_parse(&parsed, filter, strlen(filter), err) : 0;
    if (rc == 0 && (rc = items_each_identifier(store, take_item, &self, err)) == E_NOMEM)
        error_nomem(err, "items");
    if (rc == 0 && parsed != NULL && self.n > 0)
        rc = put_places(&self, err);
    if (rc == 0 && parsed != NULL && self.n > 0)
        rc = keep_matching(&self, store, parsed, err);
    if (rc == 0) {
        *items = self.items;
        *n = self.n;
        self.items = NULL;
    }
    filter_free(parsed);
    selection_release(&self);
    return rc;
}
