#include "store/names.h"

#include <string.h>

#include "store/db.h"

/* Names in order, from ?1 on: the ones that begin with it come first. */
static const char *const names_from[] = {
    [NAMES_USERS] = "SELECT identifier FROM identities WHERE identifier >= ?1 ORDER BY identifier",
    [NAMES_ITEMS] = "SELECT identifier FROM items WHERE identifier >= ?1 ORDER BY identifier",
    [NAMES_MODELS] = "SELECT DISTINCT name FROM models WHERE name >= ?1 ORDER BY name",
    [NAMES_EVENT_KINDS] = "SELECT name FROM kinds WHERE name >= ?1 ORDER BY name",
    [NAMES_KEYS] = "SELECT label FROM api_keys WHERE label >= ?1 AND revoked IS NULL ORDER BY label",
    [NAMES_RULES] = "SELECT DISTINCT name FROM documents WHERE kind = 'rules' AND name >= ?1 ORDER BY name",
    [NAMES_TEMPLATES] = "SELECT DISTINCT name FROM documents WHERE kind = 'template' AND name >= ?1 ORDER BY name",
    [NAMES_SCENARIOS] = "SELECT DISTINCT name FROM documents WHERE kind = 'scenario' AND name >= ?1 ORDER BY name",
};

int names_begin_with(struct store *self, enum names_of what, const char *prefix, uint32_t max, names_fn fn,
                     void *context, struct error *err)
{
    sqlite3_stmt *s;
    size_t len = strlen(prefix);
    int answer = 0, rc = db_prepare(self, names_from[what], &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "t", prefix);
    for (uint32_t i = 0; rc == 0 && i < max && answer == 0; i++) {
        rc = db_step(self, s, err);
        if (rc != 1)
            break;
        rc = 0;
        if (strncmp(db_text(s, 0), prefix, len) != 0)
            break;
        answer = fn(context, db_text(s, 0));
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return answer;
}
