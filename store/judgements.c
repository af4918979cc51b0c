#include "store/judgements.h"

#include <string.h>

#include "store/db.h"

static const char *const verdict_names[JUDGEMENT_VERDICTS] = {
    [JUDGEMENT_FIRST] = "first", [JUDGEMENT_SECOND] = "second", [JUDGEMENT_TIE] = "tie"};

const char *judgement_verdict_name(enum judgement_verdict verdict)
{
    return verdict_names[verdict];
}

int judgements_add(struct store *self, const struct judgement *j, struct error *err)
{
    return db_exec(self, err,
                   "INSERT INTO judgements (digest, first, second, provider, model, verdict, reason, charge, at) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif(?8, 0), ?9) ON CONFLICT (digest) DO NOTHING",
                   "tiittttii", j->digest, j->first, j->second, j->provider, j->model, verdict_names[j->verdict], j->reason,
                   j->charge, j->at);
}

int judgements_find(struct store *self, const char *digest, bool *found, enum judgement_verdict *verdict, struct str *reason,
                    struct error *err)
{
    sqlite3_stmt *s;
    *found = false;
    int rc = db_prepare(self, "SELECT verdict, reason FROM judgements WHERE digest = ?1", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "t", digest) : rc;
    if (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        for (int i = 0; i < JUDGEMENT_VERDICTS; i++)
            if (strcmp(verdict_names[i], db_text(s, 0)) == 0)
                *verdict = (enum judgement_verdict)i;
        if (reason != NULL)
            str_puts(reason, db_text(s, 1));
        *found = true;
        rc = 0;
    }
    db_done(s);
    return rc;
}

#define NEWEST(c, t, v) \
    "(SELECT item, max(description) AS text FROM descriptions WHERE (" c " = '' OR collection = " c ") AND (" t " = '' OR " \
    "template = " t ") AND (" v " = 0 OR version = " v ") GROUP BY item)"

int judgements_pairs(struct store *self, const struct judgement_side *a, const struct judgement_side *b,
                     judgement_pairs_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self,
                        "SELECT a.item, a.text, b.text FROM " NEWEST("?1", "?2", "?3") " a JOIN " NEWEST("?4", "?5", "?6")
                        " b ON b.item = a.item ORDER BY 1", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "ttitti", a->collection, a->template, a->version, b->collection, b->template,
                           b->version) : rc;
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        told = fn(context, sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2));
        rc = 0;
    }
    db_done(s);
    return rc < 0 ? rc : told;
}
