#include "store/extract.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "store/attributes.h"
#include "store/db.h"

enum { SQL_MAX = 65536, COLUMNS_MAX = 64 };

struct extract {
    const char *set, *rows;
    struct extract_column *columns;
    size_t n;
};

/* ?1: kind, ?2 and ?3: times. */
#define FITTING "(?1 = 0 OR kind = ?1) AND time >= ?2 AND time < ?3"
#define OF_USER(what) "(SELECT " what " FROM events WHERE user = t.user AND " FITTING ")"

static const struct {
    const char *set, *rows, *person, *item; /* prefixes of attributes; item NULL: has none */
} sets[] = {
    {"events", "(SELECT * FROM events WHERE " FITTING ") t LEFT JOIN event_context x ON x.user = t.user AND x.event = "
     "t.event", "user.", "item."},
    {"users", "users t", "", NULL},
    {"profiles", "(SELECT user, item, count(*) AS events, sum(coalesce(quantity, 1.0)) AS quantity, "
                 "sum(coalesce(quantity, 1.0) * price) AS spent, min(time) AS first, max(time) AS last FROM events "
                 "WHERE " FITTING
                 " GROUP BY user, item) t", "user.", "item."},
};

static const struct {
    const char *set;
    struct extract_column column;
} own[] = {
    {"events", {"time", EXTRACT_TIME, false, false, "t.time"}},
    {"events", {"kind", EXTRACT_TEXT, false, false, "(SELECT name FROM kinds WHERE kind = t.kind)"}},
    {"events", {"item", EXTRACT_TEXT, false, false, "(SELECT identifier FROM items WHERE item = t.item)"}},
    {"events", {"title", EXTRACT_TEXT, false, false, "(SELECT title FROM items WHERE item = t.item)"}},
    {"events", {"quantity", EXTRACT_NUMBER, false, false, "t.quantity"}},
    {"events", {"price", EXTRACT_NUMBER, false, false, "t.price"}},
    {"events", {"rating", EXTRACT_NUMBER, false, false, "x.rating"}},
    {"events", {"dwell", EXTRACT_NUMBER, false, false, "x.dwell"}},
    {"events", {"channel", EXTRACT_TEXT, false, false, "(SELECT text FROM words WHERE word = x.channel)"}},
    {"events", {"device", EXTRACT_TEXT, false, false, "(SELECT text FROM words WHERE word = x.device)"}},
    {"events", {"position", EXTRACT_NUMBER, false, false, "x.position"}},
    {"events", {"user", EXTRACT_TEXT, false, true, "NULL"}},
    {"events", {"session", EXTRACT_TEXT, false, true, "NULL"}},
    {"events", {"referrer", EXTRACT_TEXT, false, true, "NULL"}},
    {"events", {"attributes", EXTRACT_TEXT, false, true, "NULL"}},
    {"users", {"events", EXTRACT_NUMBER, false, false, OF_USER("count(*)")}},
    {"users", {"first", EXTRACT_TIME, false, false, OF_USER("min(time)")}},
    {"users", {"last", EXTRACT_TIME, false, false, OF_USER("max(time)")}},
    {"users", {"user", EXTRACT_TEXT, false, true, "NULL"}},
    {"profiles", {"item", EXTRACT_TEXT, false, false, "(SELECT identifier FROM items WHERE item = t.item)"}},
    {"profiles", {"title", EXTRACT_TEXT, false, false, "(SELECT title FROM items WHERE item = t.item)"}},
    {"profiles", {"events", EXTRACT_NUMBER, false, false, "t.events"}},
    {"profiles", {"quantity", EXTRACT_NUMBER, false, false, "t.quantity"}},
    {"profiles", {"spent", EXTRACT_NUMBER, false, false, "t.spent"}},
    {"profiles", {"first", EXTRACT_TIME, false, false, "t.first"}},
    {"profiles", {"last", EXTRACT_TIME, false, false, "t.last"}},
    {"profiles", {"user", EXTRACT_TEXT, false, true, "NULL"}},
};

static bool is_taken(const struct extract *self, const char *name)
{
    for (size_t i = 0; i < self->n; i++)
        if (text_equal_nocase(self->columns[i].name, name))
            return true;
    return false;
}

static void add_attribute(struct extract *self, const struct attribute *a, const char *prefix, bool of_person)
{
    struct extract_column *c = &self->columns[self->n];
    const char *entity = of_person ? "user" : "item",
               *value = a->type == ATTRIBUTE_BOOLEAN ? "iif(value <> 0, 'true', 'false')" : "value";
    *c = (struct extract_column){.type = a->type == ATTRIBUTE_NUMBER ? EXTRACT_NUMBER : EXTRACT_TEXT,
                                 .of_person = of_person};
    snprintf(c->name, sizeof c->name, "%s%s", prefix, a->name);
    if (is_taken(self, c->name))
        snprintf(c->name, sizeof c->name, "its.%s", a->name);
    snprintf(c->sql, sizeof c->sql, "(SELECT %s FROM %s_values WHERE attribute = %lld AND %s = t.%s)", value, entity,
             (long long)a->attribute, entity, entity);
    self->n++;
}

static int add_columns(struct extract *self, size_t set, struct store *store, struct error *err)
{
    struct attribute *of_user = NULL, *of_item = NULL;
    size_t n_user = 0, n_item = 0;
    int rc = attributes_list(store, ATTRIBUTE_OF_USER, &of_user, &n_user, err);
    if (rc == 0 && sets[set].item != NULL)
        rc = attributes_list(store, ATTRIBUTE_OF_ITEM, &of_item, &n_item, err);
    if (rc == 0) {
        self->columns = mem_zalloc(sizeof own / sizeof *own + n_user + n_item, sizeof *self->columns);
        rc = self->columns == NULL ? error_nomem(err, "the columns") : 0;
    }
    for (size_t i = 0; rc == 0 && i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i].set, self->set) == 0)
            self->columns[self->n++] = own[i].column;
    for (size_t i = 0; rc == 0 && i < n_user; i++)
        add_attribute(self, &of_user[i], sets[set].person, true);
    for (size_t i = 0; rc == 0 && i < n_item; i++)
        add_attribute(self, &of_item[i], sets[set].item, false);
    mem_free(of_user);
    mem_free(of_item);
    return rc;
}

int extract_open(struct extract **out, struct store *store, const char *set, struct error *err)
{
    size_t at = 0;
    while (at < sizeof sets / sizeof *sets && strcmp(sets[at].set, set) != 0)
        at++;
    if (at == sizeof sets / sizeof *sets)
        return error_set(err, E_USAGE, set, "is no data set: there are events, users and profiles");
    struct extract *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, set);
    self->set = sets[at].set;
    self->rows = sets[at].rows;
    int rc = add_columns(self, at, store, err);
    if (rc != 0)
        extract_free(self);
    else
        *out = self;
    return rc;
}

void extract_free(struct extract *self)
{
    if (self == NULL)
        return;
    mem_free(self->columns);
    mem_free(self);
}

size_t extract_width(const struct extract *self)
{
    return self->n;
}

const struct extract_column *extract_column(const struct extract *self, size_t index)
{
    return index < self->n ? &self->columns[index] : NULL;
}

static int no_column(const struct extract *self, const char *name, bool several, struct error *err)
{
    struct str names;
    str_init(&names, 280);
    for (size_t i = 0; i < self->n; i++)
        if (!self->columns[i].identifies &&
            str_printf(&names, "%s%s", names.len > 0 ? ", " : "", self->columns[i].name) != 0)
            break;
    error_set(err, E_USAGE, name, several ? "is more than one column of %s" : "is no column of %s", self->set);
    int rc = error_hint(err, E_USAGE, "the columns are %s%s", str_text(&names), names.failed ? ", ..." : "");
    str_release(&names);
    return rc;
}

int extract_find(const struct extract *self, const char *name, size_t *index, struct error *err)
{
    size_t found = 0, last = 0;
    for (size_t i = 0; i < self->n; i++) {
        const char *dot = strchr(self->columns[i].name, '.');
        if (text_equal_nocase(self->columns[i].name, name)) {
            *index = i;
            return 0;
        }
        if (dot != NULL && text_equal_nocase(dot + 1, name)) {
            found++;
            last = i;
        }
    }
    if (found != 1)
        return no_column(self, name, found > 1, err);
    *index = last;
    return 0;
}

int extract_check_filter(const struct extract *self, const struct extract_filter *filter, const size_t *columns,
                         size_t n, struct error *err)
{
    bool about = strcmp(self->set, "users") != 0 || (filter->kind == 0 && filter->any_time);
    for (size_t i = 0; i < n; i++)
        about |= strstr(self->columns[columns[i]].sql, "FROM events") != NULL;
    if (about)
        return 0;
    error_set(err, E_USAGE, "--kind, --since and --until", "choose events, and nothing of users that is asked for is "
              "about events");
    return error_hint(err, E_USAGE, "count people by what they did with the data set events");
}

static struct extract_value value_of(sqlite3_stmt *s, int at, enum extract_type type)
{
    struct extract_value v = {.number = (double)NAN, .missing = sqlite3_column_type(s, at) == SQLITE_NULL};
    if (v.missing)
        return v;
    if (type == EXTRACT_NUMBER)
        v.number = sqlite3_column_double(s, at);
    else if (type == EXTRACT_TIME)
        v.time = sqlite3_column_int64(s, at);
    else
        v.text = db_text(s, at);
    return v;
}

static int put_sql(const struct extract *self, const size_t *columns, size_t n, struct str *sql, struct error *err)
{
    str_init(sql, SQL_MAX);
    str_puts(sql, "SELECT t.user");
    for (size_t i = 0; i < n; i++)
        str_printf(sql, ", %s", self->columns[columns[i]].sql);
    str_printf(sql, " FROM %s WHERE ?1 IS NOT NULL AND ?2 IS NOT NULL AND ?3 IS NOT NULL ORDER BY t.user", self->rows);
    return sql->failed ? error_nomem(err, "the columns") : 0;
}

int extract_each(struct store *store, const struct extract *self, const struct extract_filter *filter,
                 const size_t *columns, size_t n, extract_fn fn, void *context, struct error *err)
{
    struct extract_value values[COLUMNS_MAX];
    struct str sql;
    sqlite3_stmt *s = NULL;
    if (n > COLUMNS_MAX)
        return error_set(err, E_USAGE, "the columns", "are more than %d", COLUMNS_MAX);
    int rc = put_sql(self, columns, n, &sql, err);
    int code = rc == 0 ? sqlite3_prepare_v2(store->db, str_text(&sql), -1, &s, NULL) : SQLITE_OK;
    str_release(&sql);
    if (rc == 0 && code != SQLITE_OK)
        rc = db_error(store->db, code, store->workspace, err);
    rc = rc != 0 ? rc : db_bind(store, s, err, "iii", filter->kind, filter->any_time ? INT64_MIN : filter->since,
                                filter->any_time ? INT64_MAX : filter->until);
    while (rc == 0 && (code = sqlite3_step(s)) == SQLITE_ROW) {
        for (size_t i = 0; i < n; i++)
            values[i] = value_of(s, (int)i + 1, self->columns[columns[i]].type);
        rc = fn(context, sqlite3_column_int64(s, 0), values);
    }
    if (rc == 0 && code != SQLITE_DONE)
        rc = db_error(store->db, code, store->workspace, err);
    sqlite3_finalize(s);
    return rc;
}
