#include "store/daily_counts.h"

#include <math.h>

#include "base/clock.h"
#include "store/db.h"

int daily_counts_add(struct store *self, int64_t time, int64_t item, int64_t kind, double quantity, struct error *err)
{
    int64_t day = time - ((time % CLOCK_DAY_MS) + CLOCK_DAY_MS) % CLOCK_DAY_MS;
    return db_exec(self, err, "INSERT INTO daily_counts (day, item, kind, events, quantity) VALUES (?1, ?2, ?3, 1, ?4) "
                              "ON CONFLICT (day, item, kind) DO UPDATE SET events = events + 1, "
                              "quantity = quantity + excluded.quantity",
                   "iiir", day, item, kind, isnan(quantity) ? 1.0 : quantity);
}
