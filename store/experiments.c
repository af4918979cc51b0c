#include "store/experiments.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "store/db.h"
#include "store/gather.h"

static const char *const state_names[] = {
    [EXPERIMENT_DRAFT] = "draft", [EXPERIMENT_RUNNING] = "running", [EXPERIMENT_PAUSED] = "paused",
    [EXPERIMENT_STOPPED] = "stopped"};

const char *experiment_state_name(enum experiment_state state)
{
    return state_names[state];
}

void experiment_record_release(struct experiment_record *self)
{
    mem_free(self->design);
    mem_free(self->weights);
    self->design = self->weights = NULL;
}

int experiments_check_name(const char *name, struct error *err)
{
    if (text_is_name(name, EXPERIMENT_NAME_MAX))
        return 0;
    error_set(err, E_USAGE, name, "cannot be the name of an experiment");
    return error_hint(err, E_USAGE, "use letters, digits, '-', '_' and '.', at most %d", EXPERIMENT_NAME_MAX - 1);
}

#define COLUMNS \
    "experiment, name, state, created, ifnull(started, 0), ifnull(stopped, 0), coverage, ifnull(layer_from, 0), " \
    "ifnull(layer_to, 0), design, weights"

static int read_record(sqlite3_stmt *s, struct experiment_record *out)
{
    *out = (struct experiment_record){.experiment = sqlite3_column_int64(s, 0), .created = sqlite3_column_int64(s, 3),
                                      .started = sqlite3_column_int64(s, 4), .stopped = sqlite3_column_int64(s, 5),
                                      .coverage = (uint32_t)sqlite3_column_int(s, 6),
                                      .layer_from = sqlite3_column_int(s, 7), .layer_to = sqlite3_column_int(s, 8),
                                      .design = mem_strdup(db_text(s, 9))};
    bool weighted = sqlite3_column_type(s, 10) != SQLITE_NULL;
    snprintf(out->name, sizeof out->name, "%s", db_text(s, 1));
    while (out->state < EXPERIMENT_STOPPED && strcmp(state_names[out->state], db_text(s, 2)) != 0)
        out->state++;
    if (weighted)
        out->weights = mem_strdup(db_text(s, 10));
    if (out->design != NULL && (!weighted || out->weights != NULL))
        return 0;
    experiment_record_release(out);
    return E_NOMEM;
}

static int add_change(struct store *self, int64_t experiment, int64_t now, const char *what, const char *detail,
                      struct error *err)
{
    return db_exec(self, err, "INSERT INTO experiment_changes (experiment, at, what, detail) VALUES (?1, ?2, ?3, ?4)",
                   "iitt", experiment, now, what, detail);
}

int experiments_put(struct store *self, const char *name, const char *design, int64_t now, struct error *err)
{
    int64_t id = 0, draft = 0;
    int rc = experiments_check_name(name, err);
    if (rc == 0)
        rc = db_int(self, err, &id, 0, "SELECT experiment FROM experiments WHERE name = ?1", "t", name);
    if (rc == 0)
        rc = db_int(self, err, &draft, 0, "SELECT state = 'draft' FROM experiments WHERE name = ?1", "t", name);
    if (rc != 0)
        return rc;
    if (id != 0 && draft == 0) {
        error_set(err, E_CONFLICT, name, "has begun, and a design that has begun is not changed: what was seen under "
                                         "the old one would be read by the new one");
        return error_hint(err, E_CONFLICT, "stop it, and design a copy: reckon experiment copy %s NEW-NAME", name);
    }
    rc = id != 0 ? db_exec(self, err, "UPDATE experiments SET design = ?2, created = ?3 WHERE experiment = ?1", "iti",
                           id,
                           design, now)
                 : db_exec(self, err,
                           "INSERT INTO experiments (name, state, design, created) VALUES (?1, 'draft', ?2, ?3)", "tti",
                           name, design, now);
    if (rc == 0 && id == 0)
        rc = db_int(self, err, &id, 0, "SELECT experiment FROM experiments WHERE name = ?1", "t", name);
    return rc != 0 ? rc : add_change(self, id, now, "designed", "", err);
}

static int append_name(void *context, const struct experiment_record *record)
{
    struct str *names = context;
    str_printf(names, "%s%s", names->len > 0 ? ", " : "", record->name);
    return 0;
}

static int say_not_found(struct store *self, const char *name, struct error *err)
{
    struct str names;
    str_init(&names, 200);
    int rc = experiments_each(self, append_name, &names, err);
    if (rc == 0) {
        rc = error_set(err, E_NOT_FOUND, name, "there is no such experiment");
        if (names.len > 0)
            error_hint(err, rc, "there are %s", str_text(&names));
        else
            error_hint(err, rc, "there is none yet: reckon experiment design NAME --metric conversion");
    }
    str_release(&names);
    return rc;
}

int experiments_find(struct store *self, const char *name, struct experiment_record *out, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT " COLUMNS " FROM experiments WHERE name = ?1", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "t", name);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    int found = rc;
    rc = found == 1 && read_record(s, out) != 0 ? error_nomem(err, name) : 0;
    db_done(s);
    return rc != 0 || found == 1 ? rc : say_not_found(self, name, err);
}

int experiments_each(struct store *self, experiments_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT " COLUMNS " FROM experiments ORDER BY experiment DESC", &s, err);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct experiment_record record;
        rc = read_record(s, &record);
        if (rc == 0) {
            told = fn(context, &record);
            experiment_record_release(&record);
        }
    }
    if (rc == E_NOMEM)
        error_nomem(err, "experiments");
    db_done(s);
    return rc < 0 ? rc : told;
}

int experiments_update(struct store *self, const struct experiment_record *r, int64_t now, const char *what,
                       const char *detail, struct error *err)
{
    int rc = db_exec(self, err,
                     "UPDATE experiments SET state = ?2, started = nullif(?3, 0), stopped = nullif(?4, 0), "
                     "coverage = ?5, weights = ?6, layer_from = nullif(?7, ?8), layer_to = nullif(?8, 0) "
                     "WHERE experiment = ?1",
                     "itiiitii", r->experiment, experiment_state_name(r->state), r->started, r->stopped,
                     (int64_t)r->coverage, r->weights, (int64_t)r->layer_from, (int64_t)r->layer_to);
    return rc != 0 ? rc : add_change(self, r->experiment, now, what, detail, err);
}

int experiments_changes(struct store *self, int64_t experiment, experiment_changes_fn fn, void *context,
                        struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT at, what, detail FROM experiment_changes WHERE experiment = ?1 ORDER BY change",
                        &s,
                        err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", experiment);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct experiment_change change = {sqlite3_column_int64(s, 0), db_text(s, 1), db_text(s, 2)};
        rc = 0;
        told = fn(context, &change);
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

/* Exposures. */

int exposures_known(struct store *self, int64_t experiment, int64_t user, uint32_t variant, bool *known,
                    struct error *err)
{
    int64_t n = 0;
    int rc = db_int(self, err, &n, 0, "SELECT 1 FROM exposures WHERE experiment = ?1 AND user = ?2 AND variant = ?3",
                    "iii", experiment, user, (int64_t)variant);
    *known = n != 0;
    return rc;
}

int exposures_add(struct store *self, const struct exposure *e, bool *added, struct error *err)
{
    bool known;
    int rc = exposures_known(self, e->experiment, e->user, e->variant, &known, err);
    if (rc == 0 && added != NULL)
        *added = !known;
    return rc != 0 ? rc
                   : db_exec(self, err,
                             "INSERT INTO exposures (experiment, user, variant, time, propensity) "
                             "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET "
                             "propensity = iif(excluded.time < time, excluded.propensity, propensity), "
                             "time = min(time, excluded.time)",
                             "iiiir", e->experiment, e->user, (int64_t)e->variant, e->time, e->propensity);
}

int exposures_first(struct store *self, int64_t experiment, int64_t user, struct exposure *out, bool *known,
                    struct error *err)
{
    sqlite3_stmt *s;
    *out = (struct exposure){.experiment = experiment, .user = user};
    int rc = db_prepare(self,
                        "SELECT variant, time, propensity FROM exposures WHERE experiment = ?1 AND user = ?2 "
                        "ORDER BY time LIMIT 1",
                        &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "ii", experiment, user);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    *known = rc == 1;
    if (*known) {
        out->variant = (uint32_t)sqlite3_column_int64(s, 0);
        out->time = sqlite3_column_int64(s, 1);
        out->propensity = sqlite3_column_double(s, 2);
    }
    db_done(s);
    return 0;
}

int exposures_count(struct store *self, int64_t experiment, uint64_t *users, size_t n, int64_t *first, int64_t *last,
                    struct error *err)
{
    sqlite3_stmt *s;
    memset(users, 0, n * sizeof *users);
    *first = *last = 0;
    int rc = db_prepare(self,
                        "SELECT variant, count(*), min(time), max(time) FROM exposures WHERE experiment = ?1 "
                        "GROUP BY variant",
                        &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", experiment);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        int64_t variant = sqlite3_column_int64(s, 0), begin = sqlite3_column_int64(s, 2);
        if (variant >= 0 && (size_t)variant < n)
            users[variant] = (uint64_t)sqlite3_column_int64(s, 1);
        *first = *first == 0 || begin < *first ? begin : *first;
        *last = sqlite3_column_int64(s, 3) > *last ? sqlite3_column_int64(s, 3) : *last;
        rc = 0;
    }
    if (rc >= 0)
        db_done(s);
    return rc < 0 ? rc : 0;
}

int experiment_model(struct store *self, int64_t experiment, char **out, struct error *err)
{
    sqlite3_stmt *s;
    *out = NULL;
    int rc = db_prepare(self, "SELECT model FROM bandit_models WHERE experiment = ?1", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", experiment);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc == 1) {
        *out = mem_strdup(db_text(s, 0));
        rc = *out == NULL ? error_nomem(err, "bandit") : 0;
    }
    db_done(s);
    return rc;
}

int experiment_model_put(struct store *self, int64_t experiment, const char *model, struct error *err)
{
    return db_exec(self, err, "INSERT OR REPLACE INTO bandit_models (experiment, model) VALUES (?1, ?2)", "it",
                   experiment, model);
}

int exposures_since(struct store *self, int64_t experiment, int64_t since, int64_t *users, struct error *err)
{
    return db_int(self, err, users, 0,
                  "SELECT count(DISTINCT user) FROM exposures WHERE experiment = ?1 AND time > ?2", "ii", experiment,
                  since);
}

int exposures_course(struct store *self, int64_t experiment, int64_t step, exposure_course_fn fn, void *context,
                     struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT time / ?2 AS stretch, variant, count(*) FROM exposures WHERE experiment = ?1 "
                              "GROUP BY stretch, variant ORDER BY stretch, variant", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "ii", experiment, step);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, sqlite3_column_int64(s, 0) * step, (uint32_t)sqlite3_column_int64(s, 1),
                  sqlite3_column_int64(s, 2));
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

int exposures_each(struct store *self, int64_t experiment, int64_t before, int64_t after, exposed_fn fn, void *context,
                   struct error *err)
{
    const struct exposure_range all = {.from = INT64_MIN, .to = INT64_MAX, .before = before, .after = after};
    return exposures_each_of(self, experiment, &all, fn, context, err);
}

/* Looks for the events of each exposed user. */
static int each_by_user(struct store *self, int64_t experiment, const struct exposure_range *range, exposed_fn fn,
                        void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self,
                        "SELECT x.user, x.time, x.variant, x.propensity, e.time, ifnull(e.kind, 0), e.quantity, "
                        "e.price "
                        "FROM exposures x LEFT JOIN events e NOT INDEXED ON e.user = x.user AND e.time >= x.time - ?2 "
                        "AND e.time < x.time + ?3 WHERE x.experiment = ?1 AND x.user >= ?4 AND x.user < ?5 "
                        "ORDER BY x.user, x.variant",
                        &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "iiiii", experiment, range->before, range->after, range->from, range->to);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct exposed_event event = {.user = sqlite3_column_int64(s, 0), .exposed = sqlite3_column_int64(s, 1),
                                      .variant = (uint32_t)sqlite3_column_int64(s, 2),
                                      .propensity = sqlite3_column_double(s, 3), .time = sqlite3_column_int64(s, 4),
                                      .kind = sqlite3_column_int64(s, 5), .quantity = db_real(s, 6),
                                      .price = db_real(s, 7)};
        rc = 0;
        told = fn(context, &event);
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

/* Two clustered tables read side by side. */
struct side_by_side {
    struct gather exposures, events;
    const struct exposure_range *range;
    const union gather_cell *next; /* the event that comes next; NULL: none */
    struct exposed_event *of;      /* the events of the user at hand */
    size_t n, cap;
    struct error *err;
};

static int next_event(struct side_by_side *s)
{
    int rc = gather_next(&s->events, &s->next, s->err);
    if (rc != 1)
        s->next = NULL;
    return rc < 0 ? rc : 0;
}

static int read_events_of(struct side_by_side *s, int64_t user)
{
    int rc = 0;
    s->n = 0;
    while (rc == 0 && s->next != NULL && s->next[0].i < user)
        rc = next_event(s);
    while (rc == 0 && s->next != NULL && s->next[0].i == user) {
        if (mem_grow((void **)&s->of, &s->cap, s->n + 1, sizeof *s->of) != 0)
            return error_nomem(s->err, "exposures");
        s->of[s->n++] = (struct exposed_event){.user = user, .time = s->next[1].i, .kind = s->next[2].i,
                                               .quantity = s->next[3].r, .price = s->next[4].r};
        rc = next_event(s);
    }
    return rc;
}

static int tell_exposure(struct side_by_side *s, const struct exposed_event *exposure, exposed_fn fn, void *context)
{
    int64_t from = exposure->exposed - s->range->before, to = exposure->exposed + s->range->after;
    bool any = false;
    int told = 0;
    for (size_t i = 0; i < s->n && told == 0; i++) {
        struct exposed_event *e = &s->of[i];
        if (e->time < from || e->time >= to)
            continue;
        any = true;
        e->exposed = exposure->exposed;
        e->variant = exposure->variant;
        e->propensity = exposure->propensity;
        told = fn(context, e);
    }
    return any ? told : fn(context, exposure);
}

static int begin_side_by_side(struct side_by_side *s, struct store *self, int64_t experiment, struct error *err)
{
    int rc = gather_begin(&s->exposures, self,
                          "SELECT 1 FROM exposures NOT INDEXED WHERE experiment = ?1 AND user >= ?2 AND "
                          "gather(user, time, variant, propensity, ?3) ORDER BY user, variant", "iiir", err);
    if (rc == 0)
        rc = gather_begin(&s->events, self,
                          "SELECT 1 FROM events NOT INDEXED WHERE user >= ?1 AND "
                          "gather(user, time, kind, quantity, price, ?2) ORDER BY user, time, event", "iiirr", err);
    if (rc == 0)
        rc = db_bind(self, s->exposures.statement, err, "ii", experiment, s->range->from);
    if (rc == 0)
        rc = db_bind(self, s->events.statement, err, "i", s->range->from);
    return rc == 0 ? next_event(s) : rc;
}

static int each_side_by_side(struct store *self, int64_t experiment, const struct exposure_range *range, exposed_fn fn,
                             void *context, struct error *err)
{
    struct side_by_side *s = mem_zalloc(1, sizeof *s);
    const union gather_cell *x;
    int64_t user = INT64_MIN;
    int told = 0;
    if (s == NULL)
        return error_nomem(err, "exposures");
    s->range = range;
    s->err = err;
    int rc = begin_side_by_side(s, self, experiment, err);
    while (rc == 0 && told == 0 && (rc = gather_next(&s->exposures, &x, err)) == 1 && x[0].i < range->to) {
        struct exposed_event e = {.user = x[0].i, .exposed = x[1].i, .variant = (uint32_t)x[2].i, .propensity = x[3].r,
                                  .quantity = (double)NAN, .price = (double)NAN};
        rc = e.user != user ? read_events_of(s, e.user) : 0;
        user = e.user;
        if (rc == 0)
            told = tell_exposure(s, &e, fn, context);
    }
    gather_end(&s->exposures);
    gather_end(&s->events);
    mem_free(s->of);
    mem_free(s);
    return rc < 0 ? rc : told;
}

int exposures_each_of(struct store *self, int64_t experiment, const struct exposure_range *range, exposed_fn fn,
                      void *context, struct error *err)
{
    return range->dense ? each_side_by_side(self, experiment, range, fn, context, err)
                        : each_by_user(self, experiment, range, fn, context, err);
}

int exposures_extent(struct store *self, int64_t experiment, uint64_t enough, uint64_t *n, int64_t *first_user,
                     int64_t *last_user, struct error *err)
{
    sqlite3_stmt *s;
    *n = 0;
    *first_user = *last_user = 0;
    /* Each end by a search of its own: in one query they and the count would be read from all rows. */
    int rc = db_prepare(self,
                        "SELECT (SELECT count(*) FROM (SELECT 1 FROM exposures WHERE experiment = ?1 LIMIT ?2)), "
                        "(SELECT min(user) FROM exposures WHERE experiment = ?1), "
                        "(SELECT max(user) FROM exposures WHERE experiment = ?1)", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "ii", experiment, (int64_t)enough);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    *n = (uint64_t)sqlite3_column_int64(s, 0);
    *first_user = sqlite3_column_int64(s, 1);
    *last_user = sqlite3_column_int64(s, 2);
    db_done(s);
    return 0;
}

int exposures_between(struct store *self, int64_t experiment, int64_t from, int64_t to, int64_t *n, struct error *err)
{
    return db_int(self, err, n, 0, "SELECT count(*) FROM exposures WHERE experiment = ?1 AND user >= ?2 AND user < ?3",
                  "iii", experiment, from, to);
}

int exposures_also(struct store *self, int64_t experiment, int64_t users, int64_t window, exposures_also_fn fn, void *context,
                   struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self,
                        "WITH mine AS MATERIALIZED (SELECT user, variant, min(time) AS time FROM exposures WHERE experiment = ?1 "
                        "GROUP BY user ORDER BY user LIMIT ?2) "
                        "SELECT o.experiment, m.variant, o.variant, count(DISTINCT m.user) FROM mine m CROSS JOIN exposures o "
                        "INDEXED BY exposures_by_user ON o.user = m.user WHERE o.experiment <> ?1 AND o.time >= m.time - ?3 "
                        "AND o.time < m.time + ?3 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                        &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "iii", experiment, users, window);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, sqlite3_column_int64(s, 0), (uint32_t)sqlite3_column_int64(s, 1),
                  (uint32_t)sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3));
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

int experiment_override_set(struct store *self, int64_t experiment, int64_t user, int variant, struct error *err)
{
    if (variant < 0)
        return db_exec(self, err, "DELETE FROM experiment_overrides WHERE experiment = ?1 AND user = ?2", "ii",
                       experiment, user);
    return db_exec(self, err,
                   "INSERT INTO experiment_overrides (experiment, user, variant) VALUES (?1, ?2, ?3) "
                   "ON CONFLICT DO UPDATE SET variant = excluded.variant",
                   "iii", experiment, user, (int64_t)variant);
}

int experiment_override(struct store *self, int64_t experiment, int64_t user, int *variant, struct error *err)
{
    int64_t found = -1;
    int rc = db_int(self, err, &found, -1, "SELECT variant FROM experiment_overrides WHERE experiment = ?1 AND user = "
                                           "?2",
                    "ii", experiment, user);
    *variant = (int)found;
    return rc;
}
