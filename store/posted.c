#include "store/posted.h"

#include <string.h>

#include "store/db.h"

int posted_find(struct store *self, struct posted *posted, bool *found, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT content, at, added, present FROM posted_requests WHERE request = ?1", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "b", (const void *)posted->request, (size_t)POSTED_DIGEST);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    *found = rc == 1;
    if (rc == 1) {
        const void *content = sqlite3_column_blob(s, 0);
        memset(posted->content, 0, POSTED_DIGEST);
        if (content != NULL && sqlite3_column_bytes(s, 0) == POSTED_DIGEST)
            memcpy(posted->content, content, POSTED_DIGEST);
        posted->at = sqlite3_column_int64(s, 1);
        posted->added = sqlite3_column_int64(s, 2);
        posted->present = sqlite3_column_int64(s, 3);
    }
    db_done(s);
    return 0;
}

int posted_add(struct store *self, const struct posted *p, struct error *err)
{
    return db_exec(self, err,
                   "INSERT INTO posted_requests (request, content, at, added, present) VALUES (?1, ?2, ?3, ?4, ?5)",
                   "bbiii", (const void *)p->request, (size_t)POSTED_DIGEST, (const void *)p->content,
                   (size_t)POSTED_DIGEST, p->at, p->added, p->present);
}

int posted_forget(struct store *self, int64_t before, struct error *err)
{
    return db_exec(self, err, "DELETE FROM posted_requests WHERE at < ?1", "i", before);
}
