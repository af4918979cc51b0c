#include "recommend/item_column.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "recommend/item_columns.h"
#include "store/items.h"

enum { VALUE_MAX = 1 << 26 };

struct item_column *item_column_hold(struct item_column *self)
{
    atomic_fetch_add_explicit(&self->holders, 1, memory_order_relaxed);
    return self;
}

void item_column_release(struct item_column *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->holders, 1, memory_order_acq_rel) != 1)
        return;
    mem_free(self->number);
    mem_free(self->code);
    mem_free(self->start);
    wordbook_release(self->texts);
    mem_free(self);
}

static struct item_column *column_new(enum filter_type type)
{
    struct item_column *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return NULL;
    atomic_init(&self->holders, 1);
    self->column.type = type;
    return self;
}

static bool is_number(const struct item_column *self)
{
    return self->column.type == FILTER_NUMBER || self->column.type == FILTER_BOOLEAN;
}

/* Points the filter's column at what is there. */
static int finish(struct item_column *self)
{
    if (self->texts != NULL && self->texts->list == NULL && wordbook_finish(self->texts) != 0)
        return -1;
    self->column.words = self->texts != NULL ? self->texts->list : NULL;
    self->column.n_words = self->texts != NULL ? (uint32_t)self->texts->n : 0;
    self->column.number = self->number;
    self->column.code = self->code;
    self->column.start = self->start;
    return 0;
}

/* The texts of a JSON array, one by one; anything else in it is passed over. */
typedef int (*element_fn)(void *context, const char *text, size_t n);

static int each_element(const char *array, element_fn fn, void *context)
{
    json_t *list = json_loads(array, 0, NULL), *one;
    size_t i;
    int rc = 0;
    json_array_foreach (list, i, one)
        if (rc == 0 && json_is_string(one))
            rc = fn(context, json_string_value(one), json_string_length(one));
    json_decref(list);
    return rc;
}

/* Reading all of it. */

struct filling {
    const struct item_places *places;
    struct item_column *column;
    uint32_t now; /* the place whose list is read */
    /* of lists: which place has which text, in order of the store's items */
    uint32_t *place, *element;
    size_t n, cap_place, cap_element;
};

static uint32_t place_of(const struct item_places *places, int64_t item)
{
    return item >= 0 && (size_t)item < places->n_place ? places->place[item] : ITEM_NOWHERE;
}

static int take_element(void *context, const char *text, size_t n)
{
    struct filling *f = context;
    uint32_t number;
    if (mem_grow((void **)&f->place, &f->cap_place, f->n + 1, sizeof *f->place) != 0 ||
        mem_grow((void **)&f->element, &f->cap_element, f->n + 1, sizeof *f->element) != 0 ||
        wordbook_intern(f->column->texts, text, n, &number) != 0)
        return E_NOMEM;
    f->place[f->n] = f->now;
    f->element[f->n++] = number;
    return 0;
}

static int take_value(void *context, int64_t item, const struct attribute_value *value)
{
    struct filling *f = context;
    struct item_column *c = f->column;
    uint32_t place = f->now = place_of(f->places, item);
    if (place == ITEM_NOWHERE)
        return 0;
    switch (c->column.type) {
    case FILTER_NUMBER:
    case FILTER_BOOLEAN: c->number[place] = value->number; return 0;
    case FILTER_TEXT: return wordbook_intern(c->texts, value->text, value->n, &c->code[place]) != 0 ? E_NOMEM : 0;
    case FILTER_LIST: return each_element(value->text, take_element, f);
    }
    return 0;
}

static int take_title(void *context, int64_t item, const char *identifier, const char *title)
{
    struct filling *f = context;
    uint32_t place = place_of(f->places, item);
    (void)identifier;
    if (place == ITEM_NOWHERE || title == NULL || title[0] == '\0')
        return 0;
    return wordbook_intern(f->column->texts, title, strlen(title), &f->column->code[place]) != 0 ? E_NOMEM : 0;
}

/* From pairs in any order to item after item; the order of an item's elements stays. */
static int order_list(struct filling *f)
{
    struct item_column *c = f->column;
    uint32_t n = f->places->n_items;
    c->start = mem_zalloc((size_t)n + 1, sizeof *c->start);
    c->code = mem_alloc(f->n, sizeof *c->code);
    if (c->start == NULL || c->code == NULL)
        return -1;
    for (size_t i = 0; i < f->n; i++)
        c->start[f->place[i] + 1]++;
    for (uint32_t i = 0; i < n; i++)
        c->start[i + 1] += c->start[i];
    for (size_t i = 0; i < f->n; i++)
        c->code[c->start[f->place[i]]++] = f->element[i];
    memmove(c->start + 1, c->start, (size_t)n * sizeof *c->start);
    c->start[0] = 0;
    return 0;
}

static int begin(struct item_column *self, uint32_t n)
{
    if (is_number(self)) {
        self->number = mem_alloc(n, sizeof *self->number);
        for (uint32_t i = 0; self->number != NULL && i < n; i++)
            self->number[i] = (double)NAN;
        return self->number != NULL ? 0 : -1;
    }
    self->texts = wordbook_new();
    if (self->column.type == FILTER_LIST)
        return self->texts != NULL ? 0 : -1;
    self->code = mem_alloc(n, sizeof *self->code);
    for (uint32_t i = 0; self->code != NULL && i < n; i++)
        self->code[i] = FILTER_MISSING;
    return self->code != NULL && self->texts != NULL ? 0 : -1;
}

/* A copy: whoever reads them for all may have names that only it keeps. */
static int read_identifiers(struct item_column *self, const struct item_places *places)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < places->n_items; i++)
        bytes += strlen(places->identifier[i]) + 1;
    if (wordbook_reserve(self->texts, places->n_items, bytes) != 0)
        return E_NOMEM;
    for (uint32_t i = 0; i < places->n_items; i++) {
        wordbook_append(self->texts, places->identifier[i], strlen(places->identifier[i]));
        self->code[i] = i;
    }
    return 0;
}

static int read_store(struct item_column *self, const struct item_field *field, struct store *store,
                      const struct item_places *places, struct error *err)
{
    struct filling f = {.places = places, .column = self};
    int rc = field->kind == FIELD_TITLE ? items_each(store, take_title, &f, err)
                                        : attributes_each_item(store, &field->attribute, take_value, &f, err);
    if (rc == 0 && field->type == FILTER_LIST && order_list(&f) != 0)
        rc = E_NOMEM;
    mem_free(f.place);
    mem_free(f.element);
    return rc;
}

/* Gives it out, or releases it. */
static int give(struct item_column **out, struct item_column *self, int rc, struct error *err)
{
    if (rc == 0 && (self == NULL || finish(self) != 0))
        rc = E_NOMEM;
    if (rc == 0) {
        *out = self;
        return 0;
    }
    item_column_release(self);
    return rc == E_NOMEM ? error_nomem(err, "filter") : rc;
}

int item_column_read(struct item_column **out, const struct item_field *field, struct store *store,
                     const struct item_places *places, struct error *err)
{
    struct item_column *self = column_new(field->type);
    int rc = self == NULL || begin(self, places->n_items) != 0 ? E_NOMEM : 0;
    if (rc == 0)
        rc = field->kind == FIELD_IDENTIFIER ? read_identifiers(self, places)
                                             : read_store(self, field, store, places, err);
    return give(out, self, rc, err);
}

/* Renewing. */

struct renewal {
    const struct item_places *places;
    struct item_column *former, *next; /* next NULL: nothing has changed yet */
    bool found;                        /* the item has a value */
    double number;                     /* what it is now: NaN, or no texts, when it has none */
    struct str text;
};

static int keep_value(void *context, int64_t item, const struct attribute_value *value)
{
    struct renewal *r = context;
    (void)item;
    r->found = true;
    r->number = value->number;
    return value->text != NULL && str_append(&r->text, value->text, value->n) != 0 ? E_NOMEM : 0;
}

/* What the store says of the item now. */
static int ask(struct renewal *r, const struct item_field *field, struct store *store, int64_t item, struct error *err)
{
    str_clear(&r->text);
    r->found = false;
    r->number = (double)NAN;
    if (field->kind != FIELD_TITLE)
        return attributes_of_item(store, &field->attribute, item, keep_value, r, err);
    int rc = items_name(store, item, NULL, &r->text, err);
    r->found = rc == 0 && r->text.len > 0;
    return rc;
}

static void *copy_of(const void *array, size_t n, size_t size)
{
    return array != NULL ? mem_dup(array, n * size) : NULL;
}

/* A column of its own, before the first change. */
static int own(struct renewal *r)
{
    const struct item_column *former = r->former;
    uint32_t n = r->places->n_items;
    if (r->next != NULL)
        return 0;
    struct item_column *next = r->next = column_new(former->column.type);
    if (next == NULL)
        return -1;
    size_t codes = former->start != NULL ? former->start[n] : n;
    next->number = copy_of(former->number, n, sizeof *next->number);
    next->code = copy_of(former->code, codes, sizeof *next->code);
    next->start = copy_of(former->start, (size_t)n + 1, sizeof *next->start);
    next->texts = former->texts != NULL ? wordbook_hold(former->texts) : NULL;
    return (former->number != NULL && next->number == NULL) || (former->code != NULL && next->code == NULL) ||
                   (former->start != NULL && next->start == NULL)
               ? -1
               : 0;
}

/* The text's number among those of the next column, whose texts are copied before one is added. */
static int number_of(struct renewal *r, const char *text, size_t n, uint32_t *number)
{
    struct item_column *next = r->next;
    *number = wordbook_find(next->texts, text, n);
    if (*number != UINT32_MAX)
        return 0;
    if (next->texts == r->former->texts) {
        struct wordbook *ours = wordbook_copy(r->former->texts);
        if (ours == NULL)
            return -1;
        wordbook_release(next->texts);
        next->texts = ours;
    }
    return wordbook_intern(next->texts, text, n, number);
}

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static int renew_number(struct renewal *r, uint32_t place)
{
    const struct item_column *now = r->next != NULL ? r->next : r->former;
    if (same_number(now->number[place], r->number))
        return 0;
    if (own(r) != 0)
        return -1;
    r->next->number[place] = r->number;
    return 0;
}

static int renew_text(struct renewal *r, uint32_t place)
{
    const struct item_column *now = r->next != NULL ? r->next : r->former;
    uint32_t number = r->found ? wordbook_find(now->texts, str_text(&r->text), r->text.len) : FILTER_MISSING;
    if (number == now->code[place] && (number != FILTER_MISSING || !r->found))
        return 0;
    if (own(r) != 0 || (r->found && number_of(r, str_text(&r->text), r->text.len, &number) != 0))
        return -1;
    r->next->code[place] = number;
    return 0;
}

/* Which texts a list has, as numbers; those that are not there are added, or are FILTER_MISSING. */
struct listing {
    struct renewal *renewal;
    const struct wordbook *texts; /* NULL: those of the next column, to be added to */
    uint32_t *code;
    size_t n, cap;
};

static int number_element(void *context, const char *text, size_t n)
{
    struct listing *l = context;
    if (mem_grow((void **)&l->code, &l->cap, l->n + 1, sizeof *l->code) != 0)
        return -1;
    if (l->texts == NULL)
        return number_of(l->renewal, text, n, &l->code[l->n++]);
    l->code[l->n++] = wordbook_find(l->texts, text, n);
    return 0;
}

static int number_list(struct listing *l)
{
    l->n = 0;
    return l->renewal->found ? each_element(str_text(&l->renewal->text), number_element, l) : 0;
}

static bool has_list(const struct item_column *c, uint32_t place, const struct listing *l)
{
    uint64_t first = c->start[place];
    return c->start[place + 1] - first == l->n &&
           (l->n == 0 || memcmp(c->code + first, l->code, l->n * sizeof *l->code) == 0);
}

/* Puts n elements in the place of what the item had. */
static int splice(struct item_column *c, uint32_t n_items, uint32_t place, const uint32_t *code, size_t n)
{
    size_t before = c->start[place], after = c->start[place + 1], all = c->start[n_items];
    uint32_t *next = mem_alloc(all - (after - before) + n, sizeof *next);
    if (next == NULL)
        return -1;
    memcpy(next, c->code, before * sizeof *next);
    if (n > 0)
        memcpy(next + before, code, n * sizeof *next);
    memcpy(next + before + n, c->code + after, (all - after) * sizeof *next);
    mem_free(c->code);
    c->code = next;
    for (uint32_t i = place + 1; i <= n_items; i++)
        c->start[i] = c->start[i] - (after - before) + n;
    return 0;
}

static int renew_list(struct renewal *r, uint32_t place)
{
    const struct item_column *now = r->next != NULL ? r->next : r->former;
    struct listing l = {.renewal = r, .texts = now->texts};
    int rc = number_list(&l);
    if (rc == 0 && !has_list(now, place, &l)) {
        l.texts = NULL;
        rc = own(r) != 0 || number_list(&l) != 0 ? -1
                                                 : splice(r->next, r->places->n_items, place, l.code, l.n);
    }
    mem_free(l.code);
    return rc;
}

static int renew(struct renewal *r, const struct item_field *field, struct store *store, int64_t item,
                 struct error *err)
{
    uint32_t place = place_of(r->places, item);
    int rc = place != ITEM_NOWHERE ? ask(r, field, store, item, err) : 0;
    if (rc != 0 || place == ITEM_NOWHERE)
        return rc;
    switch (field->type) {
    case FILTER_NUMBER:
    case FILTER_BOOLEAN: rc = renew_number(r, place); break;
    case FILTER_TEXT: rc = renew_text(r, place); break;
    case FILTER_LIST: rc = renew_list(r, place); break;
    }
    return rc != 0 || r->text.failed ? E_NOMEM : 0;
}

int item_column_renew(struct item_column **out, struct item_column *former, const struct item_field *field,
                      struct store *store, const struct item_places *places, const int64_t *items, size_t n,
                      struct error *err)
{
    struct renewal r = {.places = places, .former = former};
    int rc = 0;
    str_init(&r.text, VALUE_MAX);
    for (size_t i = 0; i < n && rc == 0 && field->kind != FIELD_IDENTIFIER; i++)
        rc = renew(&r, field, store, items[i], err);
    str_release(&r.text);
    return give(out, rc == 0 && r.next == NULL ? item_column_hold(former) : r.next, rc, err);
}
