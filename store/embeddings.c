#include "store/embeddings.h"

#include <string.h>

#include "store/db.h"

int embeddings_put(struct store *self, int64_t item, const char *model, const char *digest, const float *vector, size_t dim,
                   struct error *err)
{
    return db_exec(self, err, "INSERT OR REPLACE INTO item_embeddings (item, model, digest, vector) VALUES (?1, ?2, ?3, ?4)",
                   "ittb", item, model, digest, (const void *)vector, dim * sizeof *vector);
}

int embeddings_same(struct store *self, int64_t item, const char *digest, bool *out, struct error *err)
{
    int64_t n = 0;
    int rc = db_int(self, err, &n, 0, "SELECT count(*) FROM item_embeddings WHERE item = ?1 AND digest = ?2", "it", item, digest);
    *out = n > 0;
    return rc;
}

int embeddings_dim(struct store *self, const char *model, size_t *dim, struct error *err)
{
    int64_t bytes = 0;
    int rc = db_int(self, err, &bytes, 0, "SELECT length(vector) FROM item_embeddings WHERE model = ?1 LIMIT 1", "t", model);
    *dim = (size_t)bytes / sizeof(float);
    return rc;
}

int embeddings_each(struct store *self, int64_t item, embeddings_fn fn, void *context, struct error *err)
{
    float vector[EMBEDDING_DIM_MAX];
    sqlite3_stmt *s;
    int told = 0;
    int rc = item == 0
                 ? db_prepare(self, "SELECT item, model, vector FROM item_embeddings ORDER BY item", &s, err)
                 : db_prepare(self, "SELECT item, model, vector FROM item_embeddings WHERE item = ?1", &s, err);
    if (rc == 0 && item != 0)
        rc = db_bind(self, s, err, "i", item);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        size_t bytes = (size_t)sqlite3_column_bytes(s, 2);
        rc = 0;
        if (bytes == 0 || bytes > sizeof vector || bytes % sizeof *vector != 0) {
            rc = error_set(err, E_CORRUPT, "item_embeddings", "a row has %zu bytes of numbers", bytes);
            break;
        }
        memcpy(vector, sqlite3_column_blob(s, 2), bytes);
        told = fn(context, sqlite3_column_int64(s, 0), db_text(s, 1), vector, bytes / sizeof *vector);
    }
    db_done(s);
    return rc != 0 ? rc : told;
}
