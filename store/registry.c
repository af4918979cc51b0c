#include "store/registry.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/db.h"

bool model_record_answers(const struct model_record *self)
{
    return strcmp(self->stage, "production") == 0 || strcmp(self->stage, "staging") == 0;
}

void model_record_release(struct model_record *self)
{
    mem_free(self->params);
    mem_free(self->note);
    mem_free(self->recipe);
    self->params = self->note = self->recipe = NULL;
}

int registry_next_version(struct store *self, const char *name, int64_t *version, struct error *err)
{
    return db_int(self, err, version, 1, "SELECT max(version) + 1 FROM models WHERE name = ?1", "t", name);
}

int registry_add(struct store *self, struct model_record *r, struct error *err)
{
    int rc = db_exec(self, err,
                     "INSERT INTO models (name, version, kind, stage, created, file, checksum, bytes, seed, params, data_from, data_to, "
                     "data_events, data_users, data_items, data_digest, build, note, recipe, left_out) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
                     "titt"
                     "ittiit"
                     "iiiii"
                     "tttti",
                     r->name, r->version, r->kind, r->stage, r->created, r->file, r->checksum, r->bytes, (int64_t)r->seed,
                     r->params, r->data_from, r->data_to, r->data_events, r->data_users, r->data_items, r->data_digest,
                     r->build, r->note, r->recipe, r->left_out);
    if (rc == 0)
        r->model = sqlite3_last_insert_rowid(self->db);
    return rc;
}

#define COLUMNS                                                                                                   \
    "model, name, version, kind, stage, created, file, checksum, bytes, seed, params, data_from, data_to, data_events, " \
    "data_users, data_items, data_digest, build, note, recipe, removed, left_out"

static int read_record(sqlite3_stmt *s, struct model_record *r)
{
    *r = (struct model_record){
        .model = sqlite3_column_int64(s, 0),
        .version = sqlite3_column_int64(s, 2),
        .created = sqlite3_column_int64(s, 5),
        .bytes = sqlite3_column_int64(s, 8),
        .seed = (uint64_t)sqlite3_column_int64(s, 9),
        .params = mem_strdup(db_text(s, 10)),
        .data_from = sqlite3_column_int64(s, 11),
        .data_to = sqlite3_column_int64(s, 12),
        .data_events = sqlite3_column_int64(s, 13),
        .data_users = sqlite3_column_int64(s, 14),
        .data_items = sqlite3_column_int64(s, 15),
        .note = mem_strdup(db_text(s, 18)),
        .recipe = sqlite3_column_type(s, 19) != SQLITE_NULL ? mem_strdup(db_text(s, 19)) : NULL,
        .removed = sqlite3_column_int64(s, 20),
        .left_out = sqlite3_column_int64(s, 21),
    };
    snprintf(r->name, sizeof r->name, "%s", db_text(s, 1));
    snprintf(r->kind, sizeof r->kind, "%s", db_text(s, 3));
    snprintf(r->stage, sizeof r->stage, "%s", db_text(s, 4));
    snprintf(r->file, sizeof r->file, "%s", db_text(s, 6));
    snprintf(r->checksum, sizeof r->checksum, "%s", db_text(s, 7));
    snprintf(r->data_digest, sizeof r->data_digest, "%s", db_text(s, 16));
    snprintf(r->build, sizeof r->build, "%s", db_text(s, 17));
    if (r->params != NULL && r->note != NULL)
        return 0;
    model_record_release(r);
    return E_NOMEM;
}

/* The one row of a query; E_NOT_FOUND without words. */
static int one_record(struct store *self, struct model_record *out, sqlite3_stmt *s, struct error *err)
{
    int rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    int found = rc;
    rc = found == 1 && read_record(s, out) != 0 ? error_nomem(err, "the registry") : 0;
    db_done(s);
    return rc != 0 ? rc : found == 1 ? 0 : E_NOT_FOUND;
}

static int append_name(void *context, const struct model_record *r)
{
    struct str *names = context;
    if (names->len < 200)
        str_printf(names, "%s%s@%lld", names->len > 0 ? ", " : "", r->name, (long long)r->version);
    return 0;
}

static int say_not_found(struct store *self, const char *spec, struct error *err)
{
    struct str names;
    str_init(&names, 4096);
    int rc = registry_each(self, append_name, &names, err);
    if (rc == 0) {
        error_set(err, E_NOT_FOUND, spec, "there is no such model");
        if (names.len > 0)
            error_hint(err, E_NOT_FOUND, "there are %s; `reckon models list` tells more", str_text(&names));
        else
            error_hint(err, E_NOT_FOUND, "none was trained yet: `reckon train blend` trains one");
        rc = E_NOT_FOUND;
    }
    str_release(&names);
    return rc;
}

int registry_find(struct store *self, const char *spec, struct model_record *out, struct error *err)
{
    char name[REGISTRY_NAME_MAX];
    const char *at = strrchr(spec, '@');
    int64_t version = 0;
    size_t n = at != NULL ? (size_t)(at - spec) : strlen(spec);
    if (n >= sizeof name || (at != NULL && !text_to_int64(at + 1, strlen(at + 1), &version)))
        return say_not_found(self, spec, err);
    memcpy(name, spec, n);
    name[n] = '\0';
    sqlite3_stmt *s;
    int rc = db_prepare(self,
                        "SELECT " COLUMNS " FROM models WHERE name = ?1 AND (?2 = 0 OR version = ?2) "
                        "ORDER BY stage = 'archived', version DESC LIMIT 1",
                        &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "ti", name, version);
    if (rc == 0)
        rc = one_record(self, out, s, err);
    return rc == E_NOT_FOUND ? say_not_found(self, spec, err) : rc;
}

int registry_production(struct store *self, struct model_record *out, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT " COLUMNS " FROM models WHERE stage = 'production'", &s, err);
    if (rc == 0)
        rc = one_record(self, out, s, err);
    if (rc != E_NOT_FOUND)
        return rc;
    error_set(err, E_NOT_FOUND, "models", "none is in production");
    return error_hint(err, E_NOT_FOUND, "`reckon models promote NAME` puts one there");
}

int registry_newest(struct store *self, struct model_record *out, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT " COLUMNS " FROM models WHERE stage <> 'archived' ORDER BY model DESC LIMIT 1", &s, err);
    if (rc == 0)
        rc = one_record(self, out, s, err);
    if (rc != E_NOT_FOUND)
        return rc;
    error_set(err, E_NOT_FOUND, "models", "none was trained yet");
    return error_hint(err, E_NOT_FOUND, "`reckon train blend` trains one");
}

int registry_each(struct store *self, registry_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT " COLUMNS " FROM models ORDER BY model DESC", &s, err);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct model_record r;
        if (read_record(s, &r) != 0) {
            db_done(s);
            return error_nomem(err, "the registry");
        }
        rc = 0;
        told = fn(context, &r);
        model_record_release(&r);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}

static int move(struct store *self, int64_t model, const char *stage, int64_t now, struct error *err)
{
    int rc = db_exec(self, err,
                     "INSERT INTO model_stages (model, at, before, after) SELECT model, ?3, stage, ?2 FROM models "
                     "WHERE model = ?1 AND stage <> ?2",
                     "iti", model, stage, now);
    return rc != 0 ? rc : db_exec(self, err, "UPDATE models SET stage = ?2 WHERE model = ?1", "it", model, stage);
}

int registry_set_stage(struct store *self, int64_t model, const char *stage, int64_t now, struct error *err)
{
    int64_t in_production = 0;
    int rc = 0;
    if (strcmp(stage, "production") == 0)
        rc = db_int(self, err, &in_production, 0, "SELECT model FROM models WHERE stage = 'production'", "");
    if (rc == 0 && in_production != 0 && in_production != model)
        rc = move(self, in_production, "staging", now, err);
    return rc != 0 ? rc : move(self, model, stage, now, err);
}

int registry_mark_removed(struct store *self, int64_t model, int64_t now, struct error *err)
{
    return db_exec(self, err, "UPDATE models SET removed = ?2 WHERE model = ?1", "ii", model, now);
}

int registry_rollback(struct store *self, int64_t now, int64_t *back, int64_t *gone, struct error *err)
{
    int rc = db_int(self, err, gone, 0, "SELECT model FROM models WHERE stage = 'production'", "");
    if (rc == 0)
        rc = db_int(self, err, back, 0,
                    "SELECT s.model FROM model_stages s JOIN models m USING (model) "
                    "WHERE s.before = 'production' AND s.model <> ?1 AND m.stage <> 'archived' "
                    "ORDER BY s.change DESC LIMIT 1",
                    "i", *gone);
    if (rc == 0 && (*back == 0 || *gone == 0)) {
        error_set(err, E_NOT_FOUND, "models", "%s", *gone == 0 ? "none is in production" : "none was in production before");
        return error_hint(err, E_NOT_FOUND, "`reckon models list` shows what can be promoted");
    }
    if (rc == 0)
        rc = move(self, *gone, "candidate", now, err);
    return rc != 0 ? rc : move(self, *back, "production", now, err);
}

int registry_stages(struct store *self, int64_t model, registry_stage_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT model, at, before, after FROM model_stages WHERE model = ?1 ORDER BY change", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", model);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct model_stage_change c = {sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), db_text(s, 2), db_text(s, 3)};
        rc = 0;
        told = fn(context, &c);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}

int registry_put_metric(struct store *self, int64_t model, const char *protocol, const char *metric, double value,
                        double low, double high, struct error *err)
{
    return db_exec(self, err,
                   "INSERT OR REPLACE INTO model_metrics (model, protocol, metric, value, low, high) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                   "ittrrr", model, protocol, metric, value, low, high);
}

int registry_metrics(struct store *self, int64_t model, registry_metric_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT protocol, metric, value, low, high FROM model_metrics WHERE model = ?1 "
                              "ORDER BY protocol, metric", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", model);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct model_metric m = {db_text(s, 0), db_text(s, 1), db_real(s, 2), db_real(s, 3), db_real(s, 4)};
        rc = 0;
        told = fn(context, &m);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}

int registry_put_point(struct store *self, int64_t model, const char *series, const char *x_unit, double x, double y,
                       struct error *err)
{
    return db_exec(self, err, "INSERT OR REPLACE INTO model_curves (model, series, x_unit, x, y) VALUES (?1, ?2, ?3, ?4, ?5)",
                   "ittrr", model, series, x_unit, x, y);
}

int registry_curves(struct store *self, int64_t model, registry_point_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT series, x_unit, x, y FROM model_curves WHERE model = ?1 ORDER BY series, x", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", model);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct model_point p = {db_text(s, 0), db_text(s, 1), db_real(s, 2), db_real(s, 3)};
        rc = 0;
        told = fn(context, &p);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}
