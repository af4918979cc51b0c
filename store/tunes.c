#include "store/tunes.h"

#include "store/db.h"
#include "store/jobs.h"

int tunes_add(struct store *self, struct tune *t, struct error *err)
{
    int rc = db_exec(self, err,
                     "INSERT INTO tunes (provider, model, token, state, since, until, chosen, digest, epochs, created) "
                     "VALUES (?1, ?2, ?3, 'built', ?4, ?5, ?6, ?7, ?8, ?9)", "tttii" "ttii", t->provider, t->model, t->token,
                     t->since, t->until, t->chosen, t->digest, t->epochs, t->created);
    t->tune = sqlite3_last_insert_rowid(self->db);
    return rc;
}

int tunes_add_example(struct store *self, int64_t tune, int64_t example, bool held_out, int64_t description,
                      const char *body, struct error *err)
{
    return db_exec(self, err, "INSERT INTO tune_examples (tune, example, held_out, description, body) VALUES (?1, ?2, ?3, ?4, ?5)",
                   "iiiit", tune, example, (int64_t)held_out, description, body);
}

int tunes_change(struct store *self, const struct tune *t, struct error *err)
{
    return db_exec(self, err,
                   "UPDATE tunes SET state = ?2, remote = ?3, remote_state = ?4, job = ?5, charge = nullif(?6, 0), tuned = ?7, "
                   "trained = nullif(?8, 0), why = ?9, ended = nullif(?10, 0), registered = nullif(?11, 0), evaluation = ?12 "
                   "WHERE tune = ?1", "itttii" "titiit", t->tune, t->state, t->remote, t->remote_state, t->job, t->charge,
                   t->tuned, t->trained, t->why, t->ended, t->registered, t->evaluation);
}

static int claim(struct store *self, int64_t tune, int64_t job, struct error *err)
{
    int64_t before = 0;
    int rc = db_int(self, err, &before, 0, "SELECT job FROM tunes WHERE tune = ?1", "i", tune);
    rc = rc != 0 ? rc : jobs_check_free(self, before, job, "tuning", tune, err);
    return rc != 0 ? rc : db_exec(self, err, "UPDATE tunes SET job = ?2 WHERE tune = ?1", "ii", tune, job);
}

int tunes_claim(struct store *self, int64_t tune, int64_t job, struct error *err)
{
    int rc = store_begin(self, err);
    return rc != 0 ? rc : store_end(self, claim(self, tune, job, err), err);
}

int tunes_told(struct store *self, int64_t tune, const char *remote_state, struct error *err)
{
    int rc = store_begin(self, err);
    return rc != 0 ? rc : store_end(self, db_exec(self, err,
                   "UPDATE tunes SET remote_state = ?2 WHERE tune = ?1 AND state = 'sent'", "it", tune, remote_state), err);
}

#define SELECT                                                                                                        \
    "SELECT t.tune, t.since, t.until, t.epochs, t.job, ifnull(t.charge, 0), ifnull(t.trained, 0), t.created, "         \
    "ifnull(t.ended, 0), ifnull(t.registered, 0), t.provider, t.model, t.token, t.state, t.remote_state, t.chosen, "   \
    "t.digest, t.why, t.evaluation, t.remote, t.tuned, ifnull(sum(e.held_out = 0), 0), ifnull(sum(e.held_out), 0) "    \
    "FROM tunes t LEFT JOIN tune_examples e ON e.tune = t.tune "

static int hand_out(struct store *self, sqlite3_stmt *s, tunes_fn fn, void *context, int64_t *n, struct error *err)
{
    int rc = 0, told = 0;
    while (told == 0 && (rc = db_step(self, s, err)) == 1) {
        const struct tune t = {
            .tune = sqlite3_column_int64(s, 0), .since = sqlite3_column_int64(s, 1), .until = sqlite3_column_int64(s, 2),
            .epochs = sqlite3_column_int64(s, 3), .job = sqlite3_column_int64(s, 4), .charge = sqlite3_column_int64(s, 5),
            .trained = sqlite3_column_int64(s, 6), .created = sqlite3_column_int64(s, 7), .ended = sqlite3_column_int64(s, 8),
            .registered = sqlite3_column_int64(s, 9), .provider = db_text(s, 10), .model = db_text(s, 11),
            .token = db_text(s, 12), .state = db_text(s, 13), .remote_state = db_text(s, 14), .chosen = db_text(s, 15),
            .digest = db_text(s, 16), .why = db_text(s, 17), .evaluation = db_text(s, 18),
            .remote = db_text_or_null(s, 19),
            .tuned = db_text_or_null(s, 20),
            .training = sqlite3_column_int64(s, 21), .held_out = sqlite3_column_int64(s, 22)};
        told = fn(context, &t);
        ++*n;
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

int tunes_each(struct store *self, tunes_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int64_t n = 0;
    int rc = db_prepare(self, SELECT "GROUP BY t.tune ORDER BY t.tune DESC", &s, err);
    return rc == 0 ? hand_out(self, s, fn, context, &n, err) : rc;
}

int tunes_find(struct store *self, int64_t tune, tunes_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int64_t n = 0;
    int rc = db_prepare(self, SELECT "WHERE t.tune = ?1 GROUP BY t.tune", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "i", tune) : rc;
    rc = rc == 0 ? hand_out(self, s, fn, context, &n, err) : rc;
    if (rc != 0 || n > 0)
        return rc;
    error_set(err, E_NOT_FOUND, "tunes", "there is no tuning %lld", (long long)tune);
    return error_hint(err, E_NOT_FOUND, "`reckon describe tune list` shows them");
}

int tunes_registered(struct store *self, const char *provider, const char *name, int64_t *tune, struct error *err)
{
    return db_int(self, err, tune, 0,
                  "SELECT tune FROM tunes WHERE registered IS NOT NULL AND provider = ?1 AND (tuned = ?2 OR tune = ?2) LIMIT 1",
                  "tt", provider, name);
}

int tunes_examples(struct store *self, int64_t tune, bool held_out, tune_examples_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self,
                        "SELECT e.description, d.item, d.template, d.version, e.body FROM tune_examples e "
                        "JOIN descriptions d ON d.description = e.description WHERE e.tune = ?1 AND e.held_out = ?2 "
                        "ORDER BY e.example", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "ii", tune, (int64_t)held_out) : rc;
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        const struct tune_example e = {.description = sqlite3_column_int64(s, 0), .item = sqlite3_column_int64(s, 1),
                                       .template = db_text(s, 2), .version = sqlite3_column_int64(s, 3), .body = db_text(s, 4)};
        told = fn(context, &e);
        rc = 0;
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

int tunes_candidates(struct store *self, const struct tune_wish *w, tune_candidates_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    /* it stood in the shop until the next one of the same place did */
    int rc = db_prepare(self,
                        "SELECT d.description, d.item, i.identifier, d.content, d.prompt, "
                        "iif(d.state = 'approved', 0, (SELECT count(*) FROM events e WHERE e.item = d.item AND e.kind = ?4 AND "
                        "e.time >= d.decided AND e.time < min(?3, ifnull((SELECT min(n.decided) FROM descriptions n "
                        "WHERE n.item = d.item AND n.collection = d.collection AND n.language = d.language AND "
                        "n.channel = d.channel AND n.decided > d.decided AND n.state IN ('published', 'replaced')), ?3)))) "
                        "FROM descriptions d JOIN items i ON i.item = d.item "
                        "WHERE d.state IN ('approved', 'published', 'replaced') AND d.decided >= ?2 AND d.decided < ?3 AND "
                        "ifnull(?1, d.collection) = d.collection ORDER BY d.description", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "tiii", w->collection, w->since, w->until, w->kind) : rc;
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        const struct tune_candidate c = {.description = sqlite3_column_int64(s, 0), .item = sqlite3_column_int64(s, 1),
                                         .identifier = db_text(s, 2), .content = db_text(s, 3), .prompt = db_text(s, 4),
                                         .clicks = sqlite3_column_int64(s, 5)};
        told = fn(context, &c);
        rc = 0;
    }
    db_done(s);
    return rc < 0 ? rc : told;
}
