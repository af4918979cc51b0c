#include "store/slates.h"

#include "store/consents.h"
#include "store/db.h"
#include "store/users.h"

int slates_add(struct store *self, const struct shown_slate *slate, struct error *err)
{
    int64_t user = 0;
    bool may = true;
    int rc = slate->user != NULL ? users_lookup(self, slate->user, &user, err) : 0;
    rc = rc != 0 || user == 0 ? rc : consents_may(self, user, CONSENT_ANALYTICS, &may, err);
    user = may ? user : 0;
    return rc != 0 ? rc
                   : db_exec(self, err,
                             "INSERT OR IGNORE INTO slates (slate, at, user, scenario, model, items, propensities, "
                             "experiment, teams) VALUES (?1, ?2, nullif(?3, 0), ?4, ?5, ?6, ?7, nullif(?8, 0), ?9)",
                             "tiittttit", slate->slate, slate->at, user, slate->scenario, slate->model, slate->items,
                             slate->propensities, slate->experiment, slate->teams);
}

int slates_forget(struct store *self, int64_t before, struct error *err)
{
    return db_exec(self, err, "DELETE FROM slates WHERE at < ?1", "i", before);
}

/* done: what of each slate's items somebody did, once each; an event about an item that was not on it is somebody
 * else's doing. */
static const char credit_sql[] =
    "WITH named AS MATERIALIZED ("
    "  SELECT json_extract(c.attributes, '$.slate') AS slate, i.identifier AS item, k.name AS kind, e.time AS time"
    "  FROM event_context c JOIN events e ON e.user = c.user AND e.event = c.event"
    "  JOIN items i ON i.item = e.item JOIN kinds k ON k.kind = e.kind"
    "  WHERE c.attributes LIKE '%\"slate\":%' AND e.time >= ?1 - 60000),"
    "done AS MATERIALIZED ("
    "  SELECT s.slate AS slate, n.item AS item, max(n.kind = 'exposure') AS seen,"
    "    max(n.kind IN ('click', 'view')) AS clicked, max(n.kind = 'purchase') AS bought,"
    "    coalesce(json_extract(s.propensities, '$[' || j.key || ']'), 1) < 1 AS drawn"
    "  FROM named n JOIN slates s ON s.slate = n.slate JOIN json_each(s.items) j ON j.value = n.item"
    "  WHERE n.time >= s.at - 60000 AND s.at >= ?1 GROUP BY s.slate, n.item),"
    "of_slate AS ("
    "  SELECT slate, sum(seen) AS seen, sum(clicked) AS clicked, sum(bought) AS bought,"
    "    sum(seen AND clicked) AS both,"
    "    sum(drawn AND (clicked OR bought)) AS drawn FROM done GROUP BY slate)"
    "SELECT coalesce(s.scenario, ''), s.model, count(*), count(d.slate), coalesce(sum(d.seen), 0),"
    "  coalesce(sum(d.clicked), 0), coalesce(sum(d.bought), 0),"
    "  coalesce(sum(CASE WHEN d.slate IS NULL OR s.propensities IS NULL THEN 0 ELSE"
    "    (SELECT count(*) FROM json_each(s.propensities) p WHERE p.value < 1) END), 0), coalesce(sum(d.drawn), 0),"
    "  coalesce(sum(d.both), 0)"
    " FROM slates s LEFT JOIN of_slate d ON d.slate = s.slate WHERE s.at >= ?1"
    " GROUP BY 1, 2 ORDER BY 1, 2";

int slates_credit(struct store *self, int64_t since, slate_credit_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, credit_sql, &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", since);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        const struct slate_credit credit = {
            .scenario = db_text(s, 0), .model = db_text(s, 1), .slates = sqlite3_column_int64(s, 2),
            .seen = sqlite3_column_int64(s, 3), .impressions = sqlite3_column_int64(s, 4),
            .clicks = sqlite3_column_int64(s, 5), .orders = sqlite3_column_int64(s, 6),
            .drawn = sqlite3_column_int64(s, 7), .drawn_clicks = sqlite3_column_int64(s, 8),
            .seen_clicks = sqlite3_column_int64(s, 9)};
        rc = fn(context, &credit);
    }
    db_done(s);
    return rc;
}

static const char teams_sql[] =
    "WITH mine AS MATERIALIZED (SELECT slate, at, items, teams FROM slates WHERE experiment = ?1 AND teams IS NOT NULL),"
    "done AS ("
    "  SELECT DISTINCT e.user AS user, s.slate, i.identifier, json_extract(s.teams, '$[' || j.key || ']') AS team"
    "  FROM event_context c JOIN events e ON e.user = c.user AND e.event = c.event"
    "  JOIN items i ON i.item = e.item JOIN kinds k ON k.kind = e.kind"
    "  JOIN mine s ON s.slate = json_extract(c.attributes, '$.slate')"
    "  JOIN json_each(s.items) j ON j.value = i.identifier"
    "  WHERE c.attributes LIKE '%\"slate\":%' AND k.name IN ('click', 'view', 'add_to_cart', 'purchase')"
    "  AND e.time >= s.at - 60000)"
    "SELECT user, sum(team = 0), sum(team = 1) FROM done GROUP BY user ORDER BY user";

int slates_teams(struct store *self, int64_t experiment, slate_teams_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, teams_sql, &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", experiment);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1)
        rc = fn(context, sqlite3_column_int64(s, 0), sqlite3_column_double(s, 1), sqlite3_column_double(s, 2));
    db_done(s);
    return rc;
}

static const char drawn_sql[] =
    "WITH named AS MATERIALIZED ("
    "  SELECT json_extract(c.attributes, '$.slate') AS slate, i.identifier AS item, max(k.name <> 'exposure') AS hit"
    "  FROM event_context c JOIN events e ON e.user = c.user AND e.event = c.event"
    "  JOIN items i ON i.item = e.item JOIN kinds k ON k.kind = e.kind"
    "  WHERE c.attributes LIKE '%\"slate\":%' AND e.time >= ?1 - 60000"
    "  AND k.name IN ('exposure', 'click', 'view', 'add_to_cart', 'purchase') GROUP BY 1, 2)"
    "SELECT s.slate, j.value, coalesce(s.user, 0), json_extract(s.propensities, '$[' || j.key || ']') AS chance,"
    "  coalesce((SELECT n.hit FROM named n WHERE n.slate = s.slate AND n.item = j.value), 0), s.at"
    " FROM slates s JOIN json_each(s.items) j"
    " WHERE s.at >= ?1 AND s.propensities IS NOT NULL AND (?2 IS NULL OR s.scenario = ?2) AND chance < 1"
    " AND s.slate IN (SELECT slate FROM named) ORDER BY s.slate, j.key";

int slates_drawn(struct store *self, int64_t since, const char *scenario, drawn_place_fn fn, void *context,
                 struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, drawn_sql, &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "it", since, scenario);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        const struct drawn_place place = {
            .slate = db_text(s, 0), .item = db_text(s, 1), .user = sqlite3_column_int64(s, 2),
            .propensity = sqlite3_column_double(s, 3), .hit = sqlite3_column_int(s, 4) != 0,
            .at = sqlite3_column_int64(s, 5)};
        rc = fn(context, &place);
    }
    db_done(s);
    return rc;
}
