#include "store/batches.h"

#include "store/db.h"
#include "store/jobs.h"

int batches_add(struct store *self, struct batch *b, struct error *err)
{
    int rc = db_exec(self, err,
                     "INSERT INTO batches (provider, model, token, state, job, template, version, collection, note, publish, "
                     "created) VALUES (?1, ?2, ?3, 'preparing', ?4, ?5, ?6, ?7, ?8, ?9, ?10)", "ttti" "titt" "ii",
                     b->provider, b->model, b->token, b->job, b->template, b->version, b->collection, b->note,
                     (int64_t)b->publish, b->created);
    b->batch = sqlite3_last_insert_rowid(self->db);
    return rc;
}

int batches_add_request(struct store *self, const struct batch_request *r, struct error *err)
{
    return db_exec(self, err,
                   "INSERT INTO batch_requests (batch, request, item, digest, body, charge, state) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open')", "iiitti", r->batch, r->request, r->item, r->digest, r->body,
                   r->charge);
}

#define SELECT                                                                                                         \
    "SELECT b.batch, b.job, b.version, b.created, ifnull(b.ended, 0), b.provider, b.model, b.template, b.collection, "   \
    "b.note, b.token, b.remote, b.state, b.remote_state, b.why, b.publish, count(r.request), "                           \
    "ifnull(sum(r.state = 'open'), 0), ifnull(sum(r.state = 'written'), 0) "                                            \
    "FROM batches b LEFT JOIN batch_requests r ON r.batch = b.batch "

static int hand_out(struct store *self, sqlite3_stmt *s, batches_fn fn, void *context, int64_t *n, struct error *err)
{
    int rc = 0, told = 0;
    while (told == 0 && (rc = db_step(self, s, err)) == 1) {
        const struct batch b = {
            .batch = sqlite3_column_int64(s, 0), .job = sqlite3_column_int64(s, 1), .version = sqlite3_column_int64(s, 2),
            .created = sqlite3_column_int64(s, 3), .ended = sqlite3_column_int64(s, 4), .provider = db_text(s, 5),
            .model = db_text(s, 6), .template = db_text(s, 7), .collection = db_text(s, 8), .note = db_text_or_null(s, 9),
            .token = db_text(s, 10), .remote = db_text_or_null(s, 11), .state = db_text(s, 12), .remote_state = db_text(s, 13),
            .why = db_text(s, 14), .publish = sqlite3_column_int(s, 15) != 0, .requests = sqlite3_column_int64(s, 16),
            .open = sqlite3_column_int64(s, 17), .written = sqlite3_column_int64(s, 18)};
        told = fn(context, &b);
        ++*n;
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

int batches_each(struct store *self, bool only_open, batches_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int64_t n = 0;
    int rc = db_prepare(self, SELECT "WHERE ?1 = 0 OR b.state <> 'ended' GROUP BY b.batch ORDER BY b.batch", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "i", (int64_t)only_open) : rc;
    return rc == 0 ? hand_out(self, s, fn, context, &n, err) : rc;
}

int batches_find(struct store *self, int64_t batch, batches_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int64_t n = 0;
    int rc = db_prepare(self, SELECT "WHERE b.batch = ?1 GROUP BY b.batch", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "i", batch) : rc;
    rc = rc == 0 ? hand_out(self, s, fn, context, &n, err) : rc;
    if (rc != 0 || n > 0)
        return rc;
    error_set(err, E_NOT_FOUND, "batches", "there is no batch %lld", (long long)batch);
    return error_hint(err, E_NOT_FOUND, "`reckon describe batch list` shows them");
}

#define SELECT_REQUEST "SELECT batch, request, item, charge, digest, body, state, why FROM batch_requests "

static int hand_out_requests(struct store *self, sqlite3_stmt *s, batch_requests_fn fn, void *context, struct error *err)
{
    int rc = 0, told = 0;
    while (told == 0 && (rc = db_step(self, s, err)) == 1) {
        const struct batch_request r = {
            .batch = sqlite3_column_int64(s, 0), .request = sqlite3_column_int64(s, 1), .item = sqlite3_column_int64(s, 2),
            .charge = sqlite3_column_int64(s, 3), .digest = db_text(s, 4), .body = db_text(s, 5), .state = db_text(s, 6),
            .why = db_text(s, 7)};
        told = fn(context, &r);
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

int batches_each_request(struct store *self, int64_t batch, const char *state, batch_requests_fn fn, void *context,
                         struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, SELECT_REQUEST "WHERE batch = ?1 AND state = ?2 ORDER BY request", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "it", batch, state) : rc;
    return rc == 0 ? hand_out_requests(self, s, fn, context, err) : rc;
}

int batches_request(struct store *self, int64_t batch, int64_t request, batch_requests_fn fn, void *context,
                    struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, SELECT_REQUEST "WHERE batch = ?1 AND request = ?2", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "ii", batch, request) : rc;
    return rc == 0 ? hand_out_requests(self, s, fn, context, err) : rc;
}

static int claim(struct store *self, int64_t batch, int64_t job, struct error *err)
{
    int64_t before = 0;
    int rc = db_int(self, err, &before, 0, "SELECT job FROM batches WHERE batch = ?1", "i", batch);
    rc = rc != 0 ? rc : jobs_check_free(self, before, job, "batch", batch, err);
    return rc != 0 ? rc : db_exec(self, err, "UPDATE batches SET job = ?2 WHERE batch = ?1", "ii", batch, job);
}

int batches_claim(struct store *self, int64_t batch, int64_t job, struct error *err)
{
    int rc = store_begin(self, err);
    return rc != 0 ? rc : store_end(self, claim(self, batch, job, err), err);
}

int batches_sent(struct store *self, int64_t batch, const char *remote, const char *remote_state, struct error *err)
{
    int rc = store_begin(self, err);
    return rc != 0 ? rc : store_end(self, db_exec(self, err,
                   "UPDATE batches SET state = 'sent', remote = ?2, remote_state = ?3 WHERE batch = ?1 AND state = 'preparing'",
                   "itt", batch, remote, remote_state), err);
}

int batches_told(struct store *self, int64_t batch, const char *remote_state, struct error *err)
{
    int rc = store_begin(self, err);
    return rc != 0 ? rc : store_end(self, db_exec(self, err, "UPDATE batches SET remote_state = ?2 WHERE batch = ?1", "it",
                                                  batch, remote_state), err);
}

int batches_request_ended(struct store *self, int64_t batch, int64_t request, const char *state, const char *why,
                          struct error *err)
{
    return db_exec(self, err,
                   "UPDATE batch_requests SET state = ?3, why = ?4, body = '' WHERE batch = ?1 AND request = ?2 AND state = 'open'",
                   "iitt", batch, request, state, why);
}

int batches_end(struct store *self, int64_t batch, const char *why, int64_t now, struct error *err)
{
    return db_exec(self, err, "UPDATE batches SET state = 'ended', why = ?2, ended = ?3 WHERE batch = ?1", "iti", batch, why,
                   now);
}

int batches_under_way(struct store *self, int64_t item, const char *collection, const char *digest, int64_t *batch,
                      struct error *err)
{
    return db_int(self, err, batch, 0,
                  "SELECT r.batch FROM batch_requests r JOIN batches b ON b.batch = r.batch "
                  "WHERE r.digest = ?3 AND r.state = 'open' AND r.item = ?1 AND b.collection = ?2 LIMIT 1", "itt", item,
                  collection, digest);
}
