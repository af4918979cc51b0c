#include "store/captions.h"

#include <string.h>

#include "store/db.h"

int captions_add(struct store *self, const struct caption *c, struct error *err)
{
    return db_exec(self, err,
                   "INSERT INTO captions (digest, kind, item, because, language, state, body, findings, template, version, "
                   "provider, model, charge, created) VALUES (?1, ?2, ?3, nullif(?4, 0), ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
                   "nullif(?13, 0), ?14) ON CONFLICT (digest) DO NOTHING",
                   "ttiittttti" "ttii", c->digest, c->kind, c->item, c->because, c->language,
                   c->refused ? "refused" : "written", c->body, c->findings, c->template, c->version, c->provider, c->model,
                   c->charge, c->created);
}

int captions_forget_refused(struct store *self, struct error *err)
{
    return db_exec(self, err, "DELETE FROM captions WHERE state = 'refused'", "");
}

#define SELECT                                                                                                       \
    "SELECT c.caption, c.item, ifnull(c.because, 0), c.version, ifnull(c.charge, 0), c.created, c.state, c.digest, c.kind, " \
    "c.language, c.body, c.findings, c.template, c.provider, c.model, i.identifier, ifnull(b.identifier, '') "           \
    "FROM captions c JOIN items i ON i.item = c.item LEFT JOIN items b ON b.item = c.because "

static int hand_out(struct store *self, sqlite3_stmt *s, captions_fn fn, void *context, struct error *err)
{
    int rc = 0, told = 0;
    while (told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct caption c = {
            .caption = sqlite3_column_int64(s, 0), .item = sqlite3_column_int64(s, 1), .because = sqlite3_column_int64(s, 2),
            .version = sqlite3_column_int64(s, 3), .charge = sqlite3_column_int64(s, 4),
            .created = sqlite3_column_int64(s, 5), .refused = strcmp(db_text(s, 6), "refused") == 0, .digest = db_text(s, 7),
            .kind = db_text(s, 8), .language = db_text(s, 9), .body = db_text(s, 10), .findings = db_text(s, 11),
            .template = db_text(s, 12), .provider = db_text(s, 13), .model = db_text(s, 14), .identifier = db_text(s, 15),
            .because_identifier = db_text(s, 16)};
        told = fn(context, &c);
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

int captions_find(struct store *self, const char *digest, captions_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, SELECT "WHERE c.digest = ?1", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "t", digest) : rc;
    return rc == 0 ? hand_out(self, s, fn, context, err) : rc;
}

int captions_each(struct store *self, int64_t item, int64_t limit, captions_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int rc = item != 0 ? db_prepare(self, SELECT "WHERE c.item = ?2 ORDER BY c.caption DESC LIMIT ?1", &s, err)
                       : db_prepare(self, SELECT "WHERE ?2 = 0 ORDER BY c.caption DESC LIMIT ?1", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "ii", limit, item) : rc;
    return rc == 0 ? hand_out(self, s, fn, context, err) : rc;
}
