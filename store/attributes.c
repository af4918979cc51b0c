#include "store/attributes.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/db.h"

static const char *const type_names[] = {"number", "text", "boolean", "list"};
static const char *const entity_names[] = {"item", "user"};

const char *attribute_type_name(enum attribute_type type)
{
    return type_names[type];
}

static enum attribute_type type_of(const char *name)
{
    for (int t = 0; t < 4; t++)
        if (strcmp(type_names[t], name) == 0)
            return (enum attribute_type)t;
    return ATTRIBUTE_TEXT;
}

int attributes_intern(struct store *self, enum attribute_entity entity, const char *name, enum attribute_type type,
                      int64_t *attribute, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT attribute, type FROM attributes WHERE entity = ?1 AND name = ?2", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "tt", entity_names[entity], name);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    if (rc == 1) {
        int64_t id = sqlite3_column_int64(s, 0);
        enum attribute_type is = type_of(db_text(s, 1));
        db_done(s);
        if (is != type)
            return error_set(err, E_BAD_DATA, name, "this attribute of %ss is a %s, not a %s", entity_names[entity],
                             type_names[is], type_names[type]);
        *attribute = id;
        return 0;
    }
    db_done(s);
    rc = db_exec(self, err, "INSERT INTO attributes (entity, name, type) VALUES (?1, ?2, ?3)", "ttt",
                 entity_names[entity], name, type_names[type]);
    if (rc == 0)
        *attribute = sqlite3_last_insert_rowid(self->db);
    return rc;
}

int attributes_observe(struct store *self, int64_t attribute, struct error *err)
{
    return db_exec(self, err, "UPDATE attributes SET observed = 1 WHERE attribute = ?1 AND observed = 0 AND NOT EXISTS "
                              "(SELECT 1 FROM item_values WHERE attribute = ?1)", "i", attribute);
}

int attributes_list(struct store *self, enum attribute_entity entity, struct attribute **out, size_t *n,
                    struct error *err)
{
    struct attribute *list = NULL;
    size_t used = 0, cap = 0;
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT attribute, type, name, observed FROM attributes WHERE entity = ?1 ORDER BY name",
                        &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "t", entity_names[entity]);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        if (mem_grow((void **)&list, &cap, used + 1, sizeof *list) != 0) {
            db_done(s);
            rc = error_nomem(err, "attributes");
            break;
        }
        list[used] = (struct attribute){.attribute = sqlite3_column_int64(s, 0),
                                        .type = type_of(db_text(s, 1)),
                                        .observed = sqlite3_column_int(s, 3) != 0};
        snprintf(list[used].name, sizeof list[used].name, "%s", db_text(s, 2));
        used++;
        rc = 0;
    }
    if (rc != 0) {
        mem_free(list);
        return rc;
    }
    db_done(s);
    *out = list;
    *n = used;
    return 0;
}

/* Writes only what differs: an import that is repeated changes nothing. */
static const char item_set_sql[] =
    "INSERT INTO item_values (attribute, item, value) VALUES (?1, ?2, ?3) "
    "ON CONFLICT DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value";
static const char user_set_sql[] =
    "INSERT INTO user_values (attribute, user, value) VALUES (?1, ?2, ?3) "
    "ON CONFLICT DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value";
static const char item_get_sql[] = "SELECT value FROM item_values WHERE attribute = ?1 AND item = ?2";
static const char user_get_sql[] = "SELECT value FROM user_values WHERE attribute = ?1 AND user = ?2";

int attributes_set(struct store *self, enum attribute_entity entity, int64_t owner, int64_t attribute,
                   enum attribute_type type, const struct attribute_value *value, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, entity == ATTRIBUTE_OF_ITEM ? item_set_sql : user_set_sql, &s, err);
    if (rc != 0)
        return rc;
    if (type == ATTRIBUTE_NUMBER)
        rc = db_bind(self, s, err, "iir", attribute, owner, value->number);
    else if (type == ATTRIBUTE_BOOLEAN)
        rc = db_bind(self, s, err, "iii", attribute, owner, (int64_t)(value->number > 0));
    else
        rc = db_bind(self, s, err, "iis", attribute, owner, value->text, value->n);
    return rc != 0 ? rc : db_do(self, s, err);
}

int attributes_unset(struct store *self, enum attribute_entity entity, int64_t owner, const char *name,
                     struct error *err)
{
    return db_exec(self, err,
                   entity == ATTRIBUTE_OF_ITEM
                       ? "DELETE FROM item_values WHERE item = ?1 AND attribute = "
                         "(SELECT attribute FROM attributes WHERE entity = 'item' AND name = ?2)"
                       : "DELETE FROM user_values WHERE user = ?1 AND attribute = "
                         "(SELECT attribute FROM attributes WHERE entity = 'user' AND name = ?2)",
                   "it", owner, name);
}

static bool holds(json_t *list, json_t *text)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one)
        if (json_equal(one, text))
            return true;
    return false;
}

/* *out: the merged list; NULL when nothing is new. */
static int merge_lists(const char *old, const char *add, char **out)
{
    json_t *list = json_loads(old, 0, NULL), *more = json_loads(add, 0, NULL), *one;
    size_t i, before = json_array_size(list);
    int rc = json_is_array(list) && json_is_array(more) ? 0 : -1;
    if (rc == 0)
        json_array_foreach (more, i, one)
            if (!holds(list, one))
                rc |= json_array_append(list, one);
    *out = rc == 0 && json_array_size(list) > before ? json_dumps(list, JSON_COMPACT) : NULL;
    if (rc == 0 && json_array_size(list) > before && *out == NULL)
        rc = -1;
    json_decref(list);
    json_decref(more);
    return rc;
}

int attributes_merge_list(struct store *self, enum attribute_entity entity, int64_t owner, int64_t attribute,
                          const char *json_array, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, entity == ATTRIBUTE_OF_ITEM ? item_get_sql : user_get_sql, &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "ii", attribute, owner);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    char *json;
    int made = merge_lists(rc == 1 ? db_text(s, 0) : "[]", json_array, &json);
    db_done(s);
    if (made != 0)
        return error_nomem(err, "attributes");
    if (json == NULL)
        return 0;
    struct attribute_value value = {.text = json, .n = strlen(json)};
    rc = attributes_set(self, entity, owner, attribute, ATTRIBUTE_LIST, &value, err);
    mem_free(json);
    return rc;
}

static struct attribute_value value_of(sqlite3_stmt *s, int column, enum attribute_type type)
{
    struct attribute_value v = {.text = ""};
    if (type == ATTRIBUTE_NUMBER || type == ATTRIBUTE_BOOLEAN) {
        v.number = sqlite3_column_double(s, column);
    } else {
        v.text = db_text(s, column);
        v.n = (size_t)sqlite3_column_bytes(s, column);
    }
    return v;
}

/* Hands on the rows (item, value) of a statement that is bound. */
static int tell_values(struct store *self, sqlite3_stmt *s, enum attribute_type type, attributes_fn fn, void *context,
                       struct error *err)
{
    int rc, told = 0;
    while (told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct attribute_value v = value_of(s, 1, type);
        told = fn(context, sqlite3_column_int64(s, 0), &v);
    }
    if (told == 0 && rc < 0)
        return rc;
    db_done(s);
    return told;
}

int attributes_each_item(struct store *self, const struct attribute *attribute, attributes_fn fn, void *context,
                         struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT item, value FROM item_values WHERE attribute = ?1 ORDER BY item", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", attribute->attribute);
    return rc != 0 ? rc : tell_values(self, s, attribute->type, fn, context, err);
}

int attributes_of_item(struct store *self, const struct attribute *attribute, int64_t item, attributes_fn fn,
                       void *context, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT item, value FROM item_values WHERE attribute = ?1 AND item = ?2", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "ii", attribute->attribute, item);
    return rc != 0 ? rc : tell_values(self, s, attribute->type, fn, context, err);
}

int attributes_of(struct store *self, enum attribute_entity entity, int64_t owner, attributes_of_fn fn, void *context,
                  struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, entity == ATTRIBUTE_OF_ITEM
                                  ? "SELECT a.attribute, a.type, a.name, v.value, a.observed "
                                    "FROM attributes a CROSS JOIN item_values v "
                                    "USING (attribute) WHERE v.item = ?1 AND a.entity = 'item' ORDER BY a.name"
                                  : "SELECT a.attribute, a.type, a.name, v.value, a.observed "
                                    "FROM user_values v JOIN attributes a "
                                    "USING (attribute) WHERE v.user = ?1 ORDER BY a.name",
                        &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", owner);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct attribute a = {.attribute = sqlite3_column_int64(s, 0),
                              .type = type_of(db_text(s, 1)),
                              .observed = sqlite3_column_int(s, 4) != 0};
        snprintf(a.name, sizeof a.name, "%s", db_text(s, 2));
        struct attribute_value v = value_of(s, 3, a.type);
        rc = 0;
        told = fn(context, &a, &v);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}
