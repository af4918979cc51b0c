#include "store/leases.h"

#include "store/db.h"

int leases_take(struct store *self, const char *name, const char *holder, int64_t now, int64_t ms, bool *taken,
                struct error *err)
{
    int64_t mine = 0;
    int rc = db_exec(self, err,
                     "INSERT INTO leases (name, holder, until) VALUES (?1, ?2, ?3 + ?4) ON CONFLICT (name) DO UPDATE "
                     "SET holder = excluded.holder, until = excluded.until "
                     "WHERE (holder = excluded.holder AND until < ?3 + ?4 * 2 / 3) OR until <= ?3 OR until > ?3 + ?4",
                     "ttii", name, holder, now, ms);
    if (rc == 0)
        rc = db_int(self, err, &mine, 0, "SELECT holder = ?2 FROM leases WHERE name = ?1", "tt", name, holder);
    *taken = mine != 0;
    return rc;
}

int leases_give(struct store *self, const char *name, const char *holder, struct error *err)
{
    return db_exec(self, err, "DELETE FROM leases WHERE name = ?1 AND holder = ?2", "tt", name, holder);
}
