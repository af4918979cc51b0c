#include "store/rollouts.h"

#include <string.h>

#include "base/mem.h"
#include "store/db.h"

static const char *const states[] = {
#define X(name, text) text,
    ROLLOUT_STATES(X)
#undef X
};

const char *rollout_state_name(enum rollout_state state)
{
    return states[state];
}

void rollout_record_release(struct rollout_record *self)
{
    mem_free(self->plan);
    mem_free(self->says);
    *self = (struct rollout_record){.experiment = 0};
}

static int read_record(sqlite3_stmt *s, struct rollout_record *out)
{
    const char *state = (const char *)sqlite3_column_text(s, 2);
    *out = (struct rollout_record){.experiment = sqlite3_column_int64(s, 0),
                                   .plan = mem_strdup((const char *)sqlite3_column_text(s, 1)),
                                   .since = sqlite3_column_int64(s, 3), .looked = sqlite3_column_int64(s, 4),
                                   .says = mem_strdup((const char *)sqlite3_column_text(s, 5))};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i], state) == 0)
            out->state = (enum rollout_state)i;
    if (out->plan != NULL && out->says != NULL)
        return 0;
    rollout_record_release(out);
    return -1;
}

int rollouts_find(struct store *self, int64_t experiment, struct rollout_record *out, bool *known, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT experiment, plan, state, since, ifnull(looked, 0), says FROM rollouts "
                              "WHERE experiment = ?1", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", experiment);
    if (rc == 0)
        rc = db_step(self, s, err);
    *known = rc == 1;
    if (rc == 1)
        rc = read_record(s, out) != 0 ? error_nomem(err, "rollout") : 0;
    db_done(s);
    return rc;
}

int rollouts_put(struct store *self, const struct rollout_record *r, struct error *err)
{
    return db_exec(self, err,
                   "INSERT INTO rollouts (experiment, plan, state, since, looked, says) "
                   "VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6) ON CONFLICT (experiment) DO UPDATE SET "
                   "plan = excluded.plan, state = excluded.state, since = excluded.since, looked = excluded.looked, "
                   "says = excluded.says",
                   "ittiit", r->experiment, r->plan, rollout_state_name(r->state), r->since, r->looked,
                   r->says != NULL ? r->says : "");
}

int rollouts_looked(struct store *self, int64_t experiment, int64_t now, const char *says, struct error *err)
{
    return db_exec(self, err, "UPDATE rollouts SET looked = ?2, says = ?3 WHERE experiment = ?1 AND says <> ?3", "iit", experiment,
                   now, says);
}
