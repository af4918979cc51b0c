/* The positive control: a person who is known to be there. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "store/attributes.h"
#include "store/db.h"
#include "store/erase.h"
#include "store/events.h"
#include "store/imports.h"
#include "store/users.h"

static int plant_event(struct store *self, const char *marker, int64_t user, struct error *err)
{
    struct event_record r = {.user = user, .time = clock_now_ms(), .quantity = (double)NAN, .price = (double)NAN};
    struct event_context c = {.rating = (double)NAN, .dwell_ms = -1, .position = -1, .referrer = marker};
    struct event_run *run = NULL;
    uint64_t added, present;
    int rc = db_int(self, err, &r.item, 0, "SELECT min(item) FROM items", "");
    rc = rc != 0 ? rc : db_int(self, err, &r.kind, 0, "SELECT kind FROM kinds ORDER BY weight, kind LIMIT 1", "");
    if (rc != 0 || r.item == 0 || r.kind == 0)
        return rc; /* a shop without products has no events either */
    rc = sessions_intern(self, user, marker, strlen(marker), &r.session, err);
    rc = rc != 0 ? rc : words_intern(self, marker, strlen(marker), &c.device, err);
    r.context = &c;
    rc = rc != 0 ? rc : event_run_new(&run, self, err);
    rc = rc != 0 ? rc : event_run_append(run, &r, 1, &added, &present, err);
    event_run_free(run);
    return rc;
}

static int plant_value(struct store *self, const char *marker, int64_t user, struct error *err)
{
    struct attribute_value v = {.text = marker, .n = strlen(marker)};
    int64_t attribute = 0;
    int rc = db_int(self, err, &attribute, 0, "SELECT attribute FROM attributes WHERE entity = 'user' AND type = "
                                              "'text' LIMIT 1", "");
    return rc != 0 || attribute == 0 ? rc : attributes_set(self, ATTRIBUTE_OF_USER, user, attribute, ATTRIBUTE_TEXT, &v,
                                                            err);
}

static int plant_line(struct store *self, const char *marker, struct error *err)
{
    struct quarantine_row q = {.line = 1, .file = marker, .field = "control", .reason = marker, .raw = marker,
                               .raw_n = strlen(marker)};
    int rc = db_int(self, err, &q.import, 0, "SELECT max(import) FROM imports", "");
    return rc != 0 || q.import == 0 ? rc : quarantine_add(self, &q, err);
}

int erase_plant(struct store *self, const char *marker, int64_t *user, struct error *err)
{
    int rc = store_begin(self, err);
    rc = rc != 0 ? rc : users_intern(self, marker, strlen(marker), user, NULL, err);
    rc = rc != 0 ? rc : plant_event(self, marker, *user, err);
    rc = rc != 0 ? rc : plant_value(self, marker, *user, err);
    rc = rc != 0 ? rc : plant_line(self, marker, err);
    rc = rc != 0 ? rc : store_commit(self, err);
    if (rc != 0)
        store_rollback(self);
    return rc;
}
