#include "store/documents.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "store/db.h"

static const struct {
    const char *kind, *noun, *list, *history; /* in the table; for people; commands that show them, and their versions */
} kinds[] = {
    [DOCUMENT_RULES] = {"rules", "rule set", "rules list", "rules history"},
    [DOCUMENT_SCENARIO] = {"scenario", "scenario", "scenarios list", "scenarios history"},
    [DOCUMENT_TEMPLATE] = {"template", "template", "describe templates list", "describe templates history"},
};

void document_release(struct document *self)
{
    mem_free(self->author);
    mem_free(self->comment);
    mem_free(self->body);
    self->author = self->comment = self->body = NULL;
}

int documents_check_name(enum document_kind kind, const char *name, struct error *err)
{
    if (text_is_name(name, DOCUMENT_NAME_MAX))
        return 0;
    error_set(err, E_USAGE, name, "cannot be the name of a %s", kinds[kind].noun);
    return error_hint(err, E_USAGE, "use letters, digits, '-', '_' and '.', at most %d", DOCUMENT_NAME_MAX - 1);
}

static int append_name(void *context, const struct document *document)
{
    struct str *names = context;
    str_printf(names, "%s%s", names->len > 0 ? ", " : "", document->name);
    return 0;
}

static int say_not_found(struct store *self, enum document_kind kind, const char *spec, struct error *err)
{
    struct str names;
    str_init(&names, 200);
    int rc = documents_each(self, kind, append_name, &names, err);
    if (rc == 0) {
        rc = error_set(err, E_NOT_FOUND, spec, "there is no such %s", kinds[kind].noun);
        if (names.len > 0)
            error_hint(err, rc, "in force are %s; `reckon %s` tells more", str_text(&names), kinds[kind].list);
        else
            error_hint(err, rc, "none is in force");
    }
    str_release(&names);
    return rc;
}

/* The version in force; 0: none. */
static int in_force(struct store *self, enum document_kind kind, const char *name, int64_t *version, struct error *err)
{
    return db_int(self, err, version, 0,
                  "SELECT ifnull(version, 0) FROM document_changes WHERE kind = ?1 AND name = ?2 "
                  "ORDER BY change DESC LIMIT 1",
                  "tt", kinds[kind].kind, name);
}

static int add_change(struct store *self, enum document_kind kind, const char *name, int64_t version,
                      const char *author, int64_t now, struct error *err)
{
    return db_exec(self, err,
                   "INSERT INTO document_changes (kind, name, version, at, author) "
                   "VALUES (?1, ?2, nullif(?3, 0), ?4, ?5)",
                   "ttiit", kinds[kind].kind, name, version, now, author);
}

int documents_put(struct store *self, enum document_kind kind, struct document *d, struct error *err)
{
    int rc = documents_check_name(kind, d->name, err);
    if (rc == 0)
        rc = db_int(self, err, &d->version, 1, "SELECT max(version) + 1 FROM documents WHERE kind = ?1 AND name = ?2",
                    "tt", kinds[kind].kind, d->name);
    if (rc != 0)
        return rc;
    d->version = d->version > 0 ? d->version : 1; /* max of nothing is NULL */
    rc = db_exec(self, err,
                 "INSERT INTO documents (kind, name, version, created, author, comment, body) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                 "ttiittt", kinds[kind].kind, d->name, d->version, d->created, d->author, d->comment, d->body);
    return rc != 0 ? rc : add_change(self, kind, d->name, d->version, d->author, d->created, err);
}

static int read_document(sqlite3_stmt *s, struct document *out)
{
    *out = (struct document){.version = sqlite3_column_int64(s, 1), .created = sqlite3_column_int64(s, 2),
                             .author = mem_strdup(db_text(s, 3)), .comment = mem_strdup(db_text(s, 4)),
                             .body = mem_strdup(db_text(s, 5))};
    snprintf(out->name, sizeof out->name, "%s", db_text(s, 0));
    if (out->author != NULL && out->comment != NULL && out->body != NULL)
        return 0;
    document_release(out);
    return E_NOMEM;
}

#define COLUMNS "name, version, created, author, comment, body"

static int find_version(struct store *self, enum document_kind kind, const char *name, int64_t version,
                        struct document *out, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT " COLUMNS " FROM documents WHERE kind = ?1 AND name = ?2 AND version = ?3", &s,
                        err);
    if (rc == 0)
        rc = db_bind(self, s, err, "tti", kinds[kind].kind, name, version);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    int found = rc;
    rc = found == 1 && read_document(s, out) != 0 ? error_nomem(err, kinds[kind].noun) : 0;
    db_done(s);
    return rc != 0 || found == 1 ? rc : E_NOT_FOUND;
}

int documents_find(struct store *self, enum document_kind kind, const char *spec, struct document *out,
                   struct error *err)
{
    char name[DOCUMENT_NAME_MAX];
    const char *at = strrchr(spec, '@');
    int64_t version = 0;
    size_t n = at != NULL ? (size_t)(at - spec) : strlen(spec);
    if (n >= sizeof name || (at != NULL && !text_to_int64(at + 1, strlen(at + 1), &version)))
        return say_not_found(self, kind, spec, err);
    memcpy(name, spec, n);
    name[n] = '\0';
    int rc = at == NULL ? in_force(self, kind, name, &version, err) : 0;
    if (rc == 0)
        rc = find_version(self, kind, name, version, out, err);
    return rc == E_NOT_FOUND ? say_not_found(self, kind, spec, err) : rc;
}

int documents_each(struct store *self, enum document_kind kind, documents_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self,
                        "SELECT " COLUMNS " FROM documents d WHERE kind = ?1 AND version = "
                        "(SELECT c.version FROM document_changes c WHERE c.kind = d.kind AND c.name = d.name "
                        "ORDER BY c.change DESC LIMIT 1) ORDER BY name",
                        &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "t", kinds[kind].kind);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct document document;
        rc = read_document(s, &document);
        if (rc == 0) {
            told = fn(context, &document);
            document_release(&document);
        }
    }
    if (rc == E_NOMEM)
        error_nomem(err, kinds[kind].noun);
    db_done(s);
    return rc < 0 ? rc : told;
}

int documents_history(struct store *self, enum document_kind kind, const char *name, document_changes_fn fn,
                      void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    bool any = false;
    int rc = db_prepare(self,
                        "SELECT c.at, ifnull(c.version, 0), c.author, ifnull(d.comment, ''), EXISTS (SELECT 1 FROM "
                        "document_changes e WHERE e.kind = c.kind AND e.name = c.name AND e.version = c.version AND "
                        "e.change < c.change) FROM document_changes c "
                        "LEFT JOIN documents d USING (kind, name, version) WHERE c.kind = ?1 AND c.name = ?2 ORDER BY c.change DESC",
                        &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "tt", kinds[kind].kind, name);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct document_change change = {.at = sqlite3_column_int64(s, 0), .version = sqlite3_column_int64(s, 1),
                                         .author = db_text(s, 2), .comment = db_text(s, 3),
                                         .again = sqlite3_column_int(s, 4) != 0, .in_force = !any};
        change.in_force = change.in_force && change.version != 0;
        any = true;
        rc = 0;
        told = fn(context, &change);
    }
    db_done(s);
    if (rc < 0)
        return rc;
    return any ? told : say_not_found(self, kind, name, err);
}

int documents_rollback(struct store *self, enum document_kind kind, const char *name, int64_t to, const char *author,
                       int64_t now, int64_t *from, int64_t *back, struct error *err)
{
    int rc = in_force(self, kind, name, from, err);
    *back = to;
    if (rc == 0 && to == 0)
        rc = db_int(self, err, back, 0,
                    "SELECT ifnull(max(version), 0) FROM documents "
                    "WHERE kind = ?1 AND name = ?2 AND (?3 = 0 OR version < ?3)",
                    "tti", kinds[kind].kind, name, *from);
    else if (rc == 0)
        rc = db_int(self, err, back, 0, "SELECT version FROM documents WHERE kind = ?1 AND name = ?2 AND version = ?3",
                    "tti", kinds[kind].kind, name, to);
    if (rc != 0)
        return rc;
    if (*back == 0) {
        error_set(err, E_NOT_FOUND, name, to != 0   ? "there is no such version of the %s"
                                          : *from != 0 ? "there is no version of the %s before the one in force"
                                                       : "there is no %s of this name", kinds[kind].noun);
        return error_hint(err, E_NOT_FOUND, "`reckon %s` shows the versions", kinds[kind].history);
    }
    return add_change(self, kind, name, *back, author, now, err);
}

int documents_remove(struct store *self, enum document_kind kind, const char *name, const char *author, int64_t now,
                     struct error *err)
{
    int64_t version = 0;
    int rc = in_force(self, kind, name, &version, err);
    if (rc == 0 && version == 0)
        return say_not_found(self, kind, name, err);
    return rc != 0 ? rc : add_change(self, kind, name, 0, author, now, err);
}
