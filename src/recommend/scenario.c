#include "recommend/scenario.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "recommend/filter.h"
#include "recommend/item_columns.h"
#include "recommend/person_columns.h"
#include "store/documents.h"
#include "store/registry.h"

enum { MODELS, RULES, N, MODE, FILTER, DIVERSITY, FRESH, LIMIT, ATTRIBUTES, FIELDS };

static const struct toml_field fields[FIELDS + 1] = {
    [MODELS] = {"models", TOML_FIELD_WORDS, offsetof(struct scenario, model_words), 0, 0},
    [RULES] = {"rules", TOML_FIELD_TEXT, offsetof(struct scenario, rules), 0, 0},
    [N] = {"n", TOML_FIELD_WHOLE, offsetof(struct scenario, n), 1, 1000},
    [MODE] = {"mode", TOML_FIELD_TEXT, offsetof(struct scenario, mode), 0, 0},
    [FILTER] = {"filter", TOML_FIELD_TEXT, offsetof(struct scenario, filter), 0, 0},
    [DIVERSITY] = {"diversity", TOML_FIELD_REAL, offsetof(struct scenario, diversity), 0, 1},
    [FRESH] = {"fresh", TOML_FIELD_REAL, offsetof(struct scenario, fresh), 0, 1},
    [LIMIT] = {"limit-per", TOML_FIELD_WORDS, offsetof(struct scenario, limit_words), 0, 0},
    [ATTRIBUTES] = {"attributes", TOML_FIELD_WORDS, offsetof(struct scenario, attributes), 0, 0},
    [FIELDS] = {0},
};

void scenario_free(struct scenario *self)
{
    if (self == NULL)
        return;
    mem_free(self->name);
    mem_free(self->rules);
    mem_free(self->mode);
    mem_free(self->filter);
    mem_free(self->attributes.list);
    mem_free(self->model_words.list);
    mem_free(self->limit_words.list);
    mem_free(self);
}

/* "content:0.5" */
static int read_models(struct scenario *self, const struct toml *toml, struct error *err)
{
    if (self->model_words.n > SCENARIO_MODELS_MAX)
        return toml_bad(toml, err, "at most %d models may answer together", SCENARIO_MODELS_MAX);
    for (size_t i = 0; i < self->model_words.n; i++) {
        char *word = self->model_words.list[i], *colon = strrchr(word, ':');
        double weight = 1;
        bool good = colon == NULL || text_to_double(colon + 1, strlen(colon + 1), &weight);
        if (!good || !(weight > 0 && weight <= 1000))
            return toml_bad(toml, err, "the weight in '%.80s' is no number above 0", word);
        if (colon != NULL)
            *colon = '\0';
        self->models[self->n_models++] = (struct scenario_model){word, weight};
    }
    return 0;
}

/* "brand=2" */
static int read_limits(struct scenario *self, const struct toml *toml, struct error *err)
{
    if (self->limit_words.n > RECOMMENDER_LIMITS_MAX)
        return toml_bad(toml, err, "at most %d attributes may be limited", RECOMMENDER_LIMITS_MAX);
    for (size_t i = 0; i < self->limit_words.n; i++) {
        char *word = self->limit_words.list[i], *equals = strrchr(word, '=');
        int64_t k;
        if (equals == NULL || !text_to_int64(equals + 1, strlen(equals + 1), &k) || k < 1 || k > 10000)
            return toml_bad(toml, err, "'%.80s' is not an attribute and a number: write brand=2", word);
        *equals = '\0';
        self->limits[self->n_limits++] = (struct recommender_limit){word, (uint32_t)k};
    }
    return 0;
}

static int check_words(const struct scenario *self, const struct toml *toml, const unsigned *lines, struct error *err)
{
    struct toml place = *toml;
    struct filter *filter;
    struct error why;
    if (self->mode != NULL && strcmp(self->mode, "repeat") != 0 && strcmp(self->mode, "discover") != 0) {
        place.line = lines[MODE];
        return toml_bad(&place, err, "the mode is repeat or discover, not '%.40s'", self->mode);
    }
    if (self->filter == NULL)
        return 0;
    int rc = filter_parse(&filter, self->filter, strlen(self->filter), &why);
    if (rc == 0) {
        filter_free(filter);
        return 0;
    }
    place.line = lines[FILTER];
    toml_bad(&place, err, "%s", why.why);
    return error_hint(err, E_BAD_DATA, "%s", why.hint);
}

static int take(struct scenario *self, struct toml *toml, const struct toml_entry *entry, unsigned *lines,
                struct error *err)
{
    if (toml->table[0] != '\0')
        return toml_bad(toml, err, "a scenario has no tables such as [%.60s]", toml->table);
    int rc = toml_fields_take(toml, entry, fields, self, lines, err);
    if (rc == 0 && strcmp(entry->key, fields[MODELS].key) == 0)
        rc = read_models(self, toml, err);
    if (rc == 0 && strcmp(entry->key, fields[LIMIT].key) == 0)
        rc = read_limits(self, toml, err);
    return rc;
}

int scenario_parse(struct scenario **out, const char *source, const char *name, int64_t version, const char *text,
                   size_t n, struct error *err)
{
    struct toml toml;
    unsigned lines[FIELDS] = {0};
    struct toml_entry *entry = mem_alloc(1, sizeof *entry);
    struct scenario *self = mem_zalloc(1, sizeof *self);
    int rc = entry != NULL && self != NULL ? 0 : error_nomem(err, source);
    if (rc == 0) {
        self->version = version;
        self->diversity = self->fresh = -1;
        self->name = mem_strdup(name);
        rc = self->name != NULL ? 0 : error_nomem(err, source);
    }
    toml_init(&toml, source, text, n, NULL);
    while (rc == 0 && (rc = toml_next(&toml, entry, err)) == 1)
        rc = take(self, &toml, entry, lines, err);
    if (rc == 0)
        rc = check_words(self, &toml, lines, err);
    mem_free(entry);
    if (rc != 0)
        scenario_free(self);
    else
        *out = self;
    return rc;
}

/* Against the store. */

static int check_filter(const struct scenario *self, struct store *store, const struct filter_schema *items,
                        struct error *err)
{
    struct person_columns *person;
    struct filter *filter;
    int rc = person_columns_new(&person, store, -1, *items, err);
    if (rc != 0)
        return rc;
    rc = filter_parse(&filter, self->filter, strlen(self->filter), err);
    if (rc == 0) {
        struct filter_schema schema = person_columns_schema(person);
        rc = filter_bind(filter, &schema, err);
        filter_free(filter);
    }
    person_columns_free(person);
    return rc;
}

static int check_fields(const struct scenario *self, struct store *store, struct error *err)
{
    struct item_reader items = {.store = store}; /* of no items at all: only the fields count */
    struct filter_column column;
    int rc = item_columns_new(&items.columns, store, err);
    if (rc != 0)
        return rc;
    struct filter_schema schema = item_reader_schema(&items);
    if (self->filter != NULL)
        rc = check_filter(self, store, &schema, err);
    for (uint32_t i = 0; i < self->n_limits && rc == 0; i++)
        rc = filter_field(&schema, self->limits[i].field, &column, err);
    for (size_t i = 0; i < self->attributes.n && rc == 0; i++)
        rc = filter_field(&schema, self->attributes.list[i], &column, err);
    item_columns_release(items.columns);
    return rc;
}

int scenario_check(const struct scenario *self, struct store *store, struct error *err)
{
    struct document document = {0};
    int rc = check_fields(self, store, err);
    for (uint32_t i = 0; i < self->n_models && rc == 0; i++) {
        struct model_record record;
        rc = registry_find(store, self->models[i].spec, &record, err);
        if (rc == 0)
            model_record_release(&record);
    }
    if (rc == 0 && self->rules != NULL && strcmp(self->rules, "none") != 0)
        rc = documents_find(store, DOCUMENT_RULES, self->rules, &document, err);
    document_release(&document);
    return rc;
}
