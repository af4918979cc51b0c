#include "store/budgets.h"

#include <string.h>

#include "store/db.h"

int budgets_set(struct store *self, const struct budget_record *r, struct error *err)
{
    return db_exec(self, err, "INSERT OR REPLACE INTO privacy_budgets (data_set, epsilon, delta, composition, since) "
                   "VALUES "
                              "(?1, ?2, ?3, ?4, ?5)",
                   "tiiti", r->data_set, r->epsilon, r->delta, r->zcdp ? "zcdp" : "basic", r->since);
}

struct finding {
    const char *data_set;
    struct budget_record *out;
    bool found;
};

static int take(void *context, const struct budget_record *r)
{
    struct finding *f = context;
    if (strcmp(r->data_set, f->data_set) != 0)
        return 0;
    *f->out = *r;
    f->out->data_set = f->data_set;
    f->found = true;
    return 0;
}

int budgets_get(struct store *self, const char *data_set, struct budget_record *out, bool *found, struct error *err)
{
    struct finding f = {data_set, out, false};
    int rc = budgets_each(self, take, &f, err);
    *found = f.found;
    return rc;
}

int budgets_each(struct store *self, budgets_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0, rc = db_prepare(self, "SELECT data_set, epsilon, delta, composition, since FROM privacy_budgets "
                                  "ORDER BY data_set", &s, err);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, &(struct budget_record){db_text(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int64(s,
                                                                                                                   2),
                                                   strcmp(db_text(s, 3), "zcdp") == 0, sqlite3_column_int64(s, 4)});
    }
    if (rc >= 0)
        db_done(s);
    return rc < 0 ? rc : told;
}

int budgets_spent(struct store *self, const char *data_set, struct budget_spend *out, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT count(*), coalesce(sum(epsilon), 0), coalesce(sum(delta), 0), coalesce(sum(rho), "
                        "0) FROM "
                              "privacy_spends WHERE data_set = ?1", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "t", data_set);
    rc = rc != 0 ? rc : db_step(self, s, err);
    if (rc < 0)
        return rc;
    *out = (struct budget_spend){.spend = sqlite3_column_int64(s, 0), .data_set = data_set, .query = "",
                                 .epsilon = sqlite3_column_int64(s, 1), .delta = sqlite3_column_int64(s, 2),
                                 .rho = sqlite3_column_int64(s, 3)};
    db_done(s);
    return 0;
}

int budgets_spend(struct store *self, struct budget_spend *p, struct error *err)
{
    int rc = db_exec(self, err, "INSERT INTO privacy_spends (at, data_set, query, epsilon, delta, rho) VALUES "
                                "(?1, ?2, ?3, ?4, ?5, ?6)",
                     "ittiii", p->at, p->data_set, p->query, p->epsilon, p->delta, p->rho);
    if (rc == 0)
        p->spend = sqlite3_last_insert_rowid(self->db);
    return rc;
}

int budgets_spends(struct store *self, const char *data_set, budget_spends_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0, rc = db_prepare(self, "SELECT spend, at, data_set, query, epsilon, delta, rho FROM privacy_spends "
                                  "WHERE "
                                        "data_set = ?1 ORDER BY spend", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "t", data_set);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, &(struct budget_spend){sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), db_text(s, 2),
                                                  db_text(s, 3), sqlite3_column_int64(s, 4), sqlite3_column_int64(s, 5),
                                                  sqlite3_column_int64(s, 6)});
    }
    if (rc >= 0)
        db_done(s);
    return rc < 0 ? rc : told;
}
