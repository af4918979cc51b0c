/* The views and their columns. */
#include "store/browse.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/attributes.h"
#include "store/browse_private.h"

static const struct browse_names user_names = {"identities", "user", "identifier"};
static const struct browse_names item_names = {"items", "item", "identifier"};
static const struct browse_names title_names = {"items", "item", "title"};
static const struct browse_names kind_names = {"kinds", "kind", "name"};
static const struct browse_names word_names = {"words", "word", "text"};
static const struct browse_names session_names = {"sessions", "session", "label"};

#define FIELD(name, type, unit, decimals, shown, raw, names, leads, help)                                            \
    {{name, type, unit, help, decimals, shown, false}, raw, names, leads, NULL, NULL, false, false}
#define TEXT(name, shown, raw, help) FIELD(name, BROWSE_TEXT, "", 0, shown, raw, NULL, false, help)
#define NAMED(name, shown, raw, names, leads, help) FIELD(name, BROWSE_TEXT, "", 0, shown, raw, names, leads, help)
#define TIME(name, shown, raw, help) FIELD(name, BROWSE_TIME, "", 0, shown, raw, NULL, false, help)
#define INT(name, unit, shown, raw, help) FIELD(name, BROWSE_INT, unit, 0, shown, raw, NULL, false, help)
#define REAL(name, decimals, shown, raw, help) FIELD(name, BROWSE_REAL, "", decimals, shown, raw, NULL, false, help)
#define NUMBER(name, raw, help) FIELD(name, BROWSE_INT, "", 0, true, raw, NULL, true, help)
#define BOOL(name, shown, raw, help) FIELD(name, BROWSE_BOOL, "", 0, shown, raw, NULL, false, help)
#define END FIELD(NULL, BROWSE_NULL, NULL, 0, false, NULL, NULL, false, NULL)

static const struct browse_field event_fields[] = {
    NAMED("user", true, "t.user", &user_names, true, "sorted in the order in which people were first seen"),
    TIME("time", true, "t.time", "when it happened"),
    NAMED("kind", true, "t.kind", &kind_names, false, "what was done"),
    {{"item", BROWSE_TEXT, "", "sorted in the order in which items were first seen", 0, true, false}, "t.item",
     &item_names, false, NULL, NULL, true, false},
    {{"title", BROWSE_TEXT, "", "of the item", 0, true, false}, "(SELECT title FROM items WHERE item = t.item)", NULL,
     false, "t.item", &title_names, true, false},
    REAL("quantity", -1, true, "t.quantity", "how many"),
    REAL("price", 2, true, "t.price", "of one"),
    REAL("rating", -1, false, "x.rating", ""),
    INT("dwell", "ms", false, "x.dwell", "how long it was looked at"),
    NAMED("channel", false, "x.channel", &word_names, false, ""),
    NAMED("device", false, "x.device", &word_names, false, ""),
    TEXT("referrer", false, "x.referrer", ""),
    INT("position", "", false, "x.position", "in the list that it was shown in"),
    NAMED("session", false, "t.session", &session_names, false, ""),
    TEXT("attributes", false, "x.attributes", "what else came with it, as JSON"),
    END};

static const struct browse_field item_fields[] = {
    TEXT("item", true, "t.identifier", "its identifier"),
    TEXT("title", true, "t.title", ""),
    INT("events", "", true, "(SELECT count(*) FROM events e WHERE e.item = t.item)", "how many events it has"),
    TIME("first", false, "(SELECT min(time) FROM events e WHERE e.item = t.item)", "its first event"),
    TIME("last", true, "(SELECT max(time) FROM events e WHERE e.item = t.item)", "its last event"),
    END};

static const struct browse_field user_fields[] = {
    {{"user", BROWSE_TEXT, "", "the identifier", 0, true, false}, "t.user", &user_names, false, NULL, NULL, false,
     true},
    INT("events", "", true, "(SELECT count(*) FROM events e WHERE e.user = t.user)", "how many events there are"),
    TIME("first", true, "(SELECT min(time) FROM events e WHERE e.user = t.user)", "the first event"),
    TIME("last", true, "(SELECT max(time) FROM events e WHERE e.user = t.user)", "the last event"),
    END};

static const struct browse_field quarantine_fields[] = {
    NUMBER("entry", "t.entry", ""),
    INT("import", "", true, "t.import", "the import that it came with"),
    TEXT("file", true, "t.file", ""),
    INT("line", "", true, "t.line", "of the file"),
    TEXT("field", true, "t.field", "what is wrong in it"),
    TEXT("reason", true, "t.reason", ""),
    TEXT("row", true, "CAST(t.raw AS TEXT)", "as it was read"),
    END};

static const struct browse_field import_fields[] = {
    NUMBER("import", "t.import", ""),
    TEXT("entity", true, "t.entity", "events, items or users"),
    TEXT("source", true, "t.source", "the file"),
    TIME("started", true, "t.started", ""),
    TIME("finished", false, "t.finished", "missing: it runs, or was killed"),
    INT("read", "", true, "t.read", "rows that were read"),
    INT("added", "", true, "t.added", "rows that were new"),
    INT("present", "", true, "t.present", "rows that were there already"),
    INT("skipped", "", false, "t.skipped", "rows that are no events, such as totals"),
    INT("bad", "", true, "t.bad", "rows that went to quarantine"),
    END};

static const struct browse_field attribute_fields[] = {
    TEXT("entity", true, "t.entity", "of items or of users"),
    TEXT("name", true, "t.name", ""),
    TEXT("type", true, "t.type", "number, text, boolean or list"),
    INT("values", "", true,
        "CASE t.entity WHEN 'item' THEN (SELECT count(*) FROM item_values v WHERE v.attribute = t.attribute) "
        "ELSE (SELECT count(*) FROM user_values v WHERE v.attribute = t.attribute) END",
        "how many items or users have it"),
    BOOL("observed", true, "t.observed", "came along with events, so that nothing learns from it"),
    END};

/* How often each check found something: "claim 2, length". */
#define FOUND                                                                                                        \
    "(SELECT group_concat(k || CASE WHEN n > 1 THEN ' ' || n ELSE '' END, ', ') FROM (SELECT "                       \
    "json_extract(j.value, '$.kind') AS k, count(*) AS n FROM json_each(t.findings) j GROUP BY 1))"

#define MODEL "t.provider || '/' || t.model"
#define WORDS                                                                                                        \
    "coalesce(json_extract(t.content, '$.description'), json_extract(t.content, '$.caption'), "                      \
    "json_extract(t.content, '$.title'))"
#define OF_ITEM(shown)                                                                                               \
    {{"item", BROWSE_TEXT, "", "", 0, shown, false}, "t.item", &item_names, false, NULL, NULL, true, true}

static const struct browse_field description_fields[] = {
    TEXT("state", true, "t.state", "review: it waits for an editor"),
    OF_ITEM(true),
    {{"title", BROWSE_TEXT, "", "of the item", 0, true, false}, "(SELECT title FROM items WHERE item = t.item)", NULL,
     false, "t.item", &title_names, true, false},
    TEXT("template", true, "t.template || '@' || t.version", ""),
    TEXT("language", true, "t.language", ""),
    TEXT("checks", true, FOUND, "those that found something"),
    REAL("cost", -1, true, "x.cost / 1e6", "in the currency of providers.toml"),
    NUMBER("text", "t.description", "its number"),
    TIME("at", false, "t.created", "when it was written"),
    TEXT("collection", true, "t.collection", ""),
    TEXT("channel", false, "t.channel", ""),
    TEXT("model", false, MODEL, "who wrote it"),
    TEXT("words", true, WORDS, "how it reads"),
    TIME("decided", false, "t.decided", ""),
    TEXT("editor", false, "t.editor", "who decided, or wrote it by hand"),
    TEXT("note", false, "t.note", ""),
    INT("made_from", "", false, "t.parent", "the text that it was made from"),
    END};

/* The same of one product: how each came to be. */
static const struct browse_field version_fields[] = {
    NUMBER("text", "t.description", "its number"),
    TEXT("state", true, "t.state", ""),
    TIME("at", true, "t.created", "when it was written"),
    TEXT("template", true, "t.template || '@' || t.version", ""),
    TEXT("model", true, MODEL, "who wrote it"),
    REAL("cost", -1, true, "x.cost / 1e6", "in the currency of providers.toml"),
    TEXT("checks", true, FOUND, "those that found something"),
    TEXT("editor", true, "t.editor", "who decided, or wrote it by hand"),
    INT("made_from", "", true, "t.parent", "the text that it was made from"),
    TEXT("note", true, "t.note", ""),
    TEXT("words", true, WORDS, "how it reads"),
    TIME("decided", false, "t.decided", ""),
    OF_ITEM(false),
    TEXT("collection", false, "t.collection", ""),
    END};

const struct browse_spec browse_specs[] = {
    {{"events", "what people did"}, "events t",
     " LEFT JOIN event_context x ON x.user = t.user AND x.event = t.event", {"t.user", "t.time", "t.event"}, 3, false,
     event_fields, NULL},
    {{"items", "products, with their attributes"}, "items t", "", {"t.item"}, 1, false, item_fields, "item"},
    {{"users", "people, with their attributes"}, "users t", "", {"t.user"}, 1, false, user_fields, "user"},
    {{"quarantine", "rows that imports could not take"}, "quarantine t", "", {"t.entry"}, 1, false, quarantine_fields,
     NULL},
    {{"imports", "what was imported, newest first"}, "imports t", "", {"t.import"}, 1, true, import_fields, NULL},
    {{"attributes", "what is known about items and users"}, "attributes t", "", {"t.attribute"}, 1, false,
     attribute_fields, NULL},
    {{"descriptions", "texts about products, newest first"}, "descriptions t",
     " LEFT JOIN charges x ON x.charge = t.charge", {"t.description"}, 1, true, description_fields, NULL},
    {{"versions", "texts about a product, newest first"}, "descriptions t",
     " LEFT JOIN charges x ON x.charge = t.charge", {"t.description"}, 1, true, version_fields, NULL},
    {{NULL, NULL}, NULL, NULL, {NULL}, 0, false, NULL, NULL},
};

const struct browse_view browse_views[] = {
    {"events", "what people did"},
    {"items", "products, with their attributes"},
    {"users", "people, with their attributes"},
    {"quarantine", "rows that imports could not take"},
    {"imports", "what was imported, newest first"},
    {"attributes", "what is known about items and users"},
    {NULL, NULL},
};

/* A copy that the view owns; NULL: out of memory. */
static char *own(struct browse *self, const char *text)
{
    char *copy = mem_strdup(text);
    if (copy != NULL)
        self->owned[self->n_owned++] = copy;
    return copy;
}

static bool is_taken(const struct browse *self, const char *name)
{
    for (size_t i = 0; i < self->n; i++)
        if (text_equal_nocase(self->fields[i].column.name, name))
            return true;
    return false;
}

static int add_attribute(struct browse *self, const struct attribute *a, struct error *err)
{
    static const enum browse_type types[] = {[ATTRIBUTE_NUMBER] = BROWSE_REAL, [ATTRIBUTE_TEXT] = BROWSE_TEXT,
                                             [ATTRIBUTE_BOOLEAN] = BROWSE_BOOL, [ATTRIBUTE_LIST] = BROWSE_TEXT};
    char name[96], sql[160];
    const char *entity = self->spec->attributes;
    snprintf(name, sizeof name, "%s%s", is_taken(self, a->name) ? "its." : "", a->name);
    snprintf(sql, sizeof sql, "(SELECT value FROM %s_values WHERE attribute = %lld AND %s = t.%s)", entity,
             (long long)a->attribute, entity, entity);
    const char *own_name = own(self, name), *own_sql = own(self, sql);
    if (own_name == NULL || own_sql == NULL)
        return error_nomem(err, "the view");
    self->fields[self->n++] = (struct browse_field){
        .column = {own_name, types[a->type], "", "an attribute", -1, true, true}, .raw = own_sql};
    return 0;
}

static int add_fields(struct browse *self, const struct attribute *attributes, size_t n, struct error *err)
{
    size_t own_fields = 0;
    while (self->spec->fields[own_fields].column.name != NULL)
        own_fields++;
    self->fields = mem_zalloc(own_fields + n, sizeof *self->fields);
    self->owned = mem_zalloc(2 * n, sizeof *self->owned);
    if (self->fields == NULL || self->owned == NULL)
        return error_nomem(err, "the view");
    for (size_t i = 0; i < own_fields; i++)
        self->fields[self->n++] = self->spec->fields[i];
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = add_attribute(self, &attributes[i], err);
    return rc;
}

static const struct browse_spec *find_spec(const char *view)
{
    for (const struct browse_spec *s = browse_specs; s->view.name != NULL; s++)
        if (strcmp(s->view.name, view) == 0)
            return s;
    return NULL;
}

int browse_open(struct browse **out, struct store *store, const char *view, struct error *err)
{
    const struct browse_spec *spec = find_spec(view);
    struct attribute *attributes = NULL;
    size_t n = 0;
    int rc = 0;
    if (spec == NULL)
        return error_set(err, E_NOT_FOUND, view, "is no view of the workspace");
    struct browse *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, view);
    self->spec = spec;
    if (spec->attributes != NULL)
        rc = attributes_list(store, strcmp(spec->attributes, "item") == 0 ? ATTRIBUTE_OF_ITEM : ATTRIBUTE_OF_USER,
                             &attributes, &n, err);
    if (rc == 0)
        rc = add_fields(self, attributes, n, err);
    mem_free(attributes);
    if (rc != 0)
        browse_free(self);
    else
        *out = self;
    return rc;
}

void browse_free(struct browse *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->n_owned; i++)
        mem_free(self->owned[i]);
    mem_free(self->owned);
    mem_free(self->fields);
    mem_free(self);
}

size_t browse_width(const struct browse *self)
{
    return self->n;
}

const struct browse_column *browse_column(const struct browse *self, size_t index)
{
    return index < self->n ? &self->fields[index].column : NULL;
}

static const struct browse_column *column_at(const void *self, size_t index)
{
    return browse_column(self, index);
}

int browse_find(const struct browse *self, const char *name, size_t *index, struct error *err)
{
    for (size_t i = 0; i < self->n; i++)
        if (text_equal_nocase(self->fields[i].column.name, name)) {
            *index = i;
            return 0;
        }
    error_set(err, E_USAGE, name, "is no column of %s", self->spec->view.name);
    return browse_hint_columns(column_at, self, name, err);
}
