#include "store/exposed_values.h"

#include "store/db.h"

/* Users by their first exposure: one range of a clustered table. */
#define EXPOSED "(SELECT user, min(time) AS time FROM exposures WHERE experiment = ?1 GROUP BY user) x"
#define LAST_WORD(column)                                                                                        \
    "SELECT x.user, (SELECT w.text FROM events e JOIN event_context c ON c.user = e.user AND c.event = e.event " \
    "JOIN words w "        \
    "ON w.word = c." column " WHERE e.user = x.user AND e.time <= x.time ORDER BY e.time DESC, e.event DESC "    \
    "LIMIT 1) FROM " EXPOSED " WHERE ?2 = 0 ORDER BY x.user"

static const char *const queries[] = {
    [EXPOSED_ATTRIBUTE] = "SELECT x.user, v.value FROM " EXPOSED " JOIN user_values v ON v.user = x.user AND "
                          "v.attribute = ?2 ORDER BY x.user",
    [EXPOSED_ITEM] = "SELECT x.user, (SELECT v.value FROM events e JOIN item_values v ON v.attribute = ?2 AND "
                     "v.item = e.item WHERE e.user = x.user AND e.time <= x.time ORDER BY e.time DESC, e.event DESC "
                     "LIMIT 1) FROM " EXPOSED " ORDER BY x.user",
    [EXPOSED_DEVICE] = LAST_WORD("device"),
    [EXPOSED_CHANNEL] = LAST_WORD("channel"),
};

int exposed_values_each(struct store *self, int64_t experiment, enum exposed_value what,
                        const struct attribute *attribute, exposed_value_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, queries[what], &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "ii", experiment, attribute != NULL ? attribute->attribute : (int64_t)0);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct attribute_value value = {.number = sqlite3_column_double(s, 1)};
        if (sqlite3_column_type(s, 1) == SQLITE_TEXT) {
            value.text = db_text(s, 1);
            value.n = (size_t)sqlite3_column_bytes(s, 1);
        }
        rc = 0;
        if (sqlite3_column_type(s, 1) != SQLITE_NULL)
            told = fn(context, sqlite3_column_int64(s, 0), &value);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}
