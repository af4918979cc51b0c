#include "store/storage.h"

#include <stdio.h>
#include <string.h>

#include "store/db.h"

/* The table of a tree, and the index whose order its fields have ("" for a table by rowid). */
static int find_tree(struct store *self, const char *tree, char table[64], char index[96])
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT m.tbl_name, CASE WHEN m.type = 'index' THEN m.name WHEN l.wr THEN "
                              "'sqlite_autoindex_' || m.name || '_1' ELSE '' END FROM sqlite_schema m "
                              "LEFT JOIN pragma_table_list l ON l.name = m.name AND l.schema = 'main' WHERE m.name = "
                              "?1",
                        &s, NULL);
    if (rc == 0)
        rc = db_bind(self, s, NULL, "t", tree);
    if (rc == 0)
        rc = db_step(self, s, NULL);
    if (rc == 1) {
        snprintf(table, 64, "%s", db_text(s, 0));
        snprintf(index, 96, "%s", db_text(s, 1));
    }
    db_done(s);
    return rc;
}

const struct personal_column *storage_column(struct store *self, const char *tree, int field)
{
    char table[64], index[96];
    const struct personal_column *column = NULL;
    sqlite3_stmt *s;
    if (find_tree(self, tree, table, index) != 1)
        return NULL;
    int rc = index[0] != '\0'
                 ? db_prepare(self, "SELECT name FROM pragma_index_xinfo(?1) WHERE seqno = ?2", &s, NULL)
                 : db_prepare(self, "SELECT name FROM pragma_table_info(?1) WHERE cid = ?2", &s, NULL);
    if (rc == 0)
        rc = db_bind(self, s, NULL, "ti", index[0] != '\0' ? index : table, (int64_t)field);
    if (rc == 0)
        rc = db_step(self, s, NULL);
    if (rc == 1)
        column = personal_data_column(table, db_text(s, 0));
    db_done(s);
    return column;
}
