#include "store/nearest.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"

/* A person waits for the answer: this many names are compared at most, about a tenth of a second. */
enum { KEPT = 5, ROWS_MAX = 500000, DISTANCE_MAX = 3, NAME_BYTES = 64 };

struct near {
    char name[NAME_BYTES];
    size_t distance;
};

static void offer(struct near *best, size_t *n, const char *name, size_t distance)
{
    if (strlen(name) >= NAME_BYTES)
        return;
    for (size_t i = 0; i < *n; i++)
        if (strcmp(best[i].name, name) == 0)
            return;
    size_t at = *n;
    while (at > 0 && best[at - 1].distance > distance)
        at--;
    if (at == KEPT)
        return;
    size_t last = *n < KEPT ? *n : KEPT - 1;
    memmove(best + at + 1, best + at, (last - at) * sizeof *best);
    snprintf(best[at].name, NAME_BYTES, "%s", name);
    best[at].distance = distance;
    *n = last + 1;
}

/* Names that go on where the text ends are the likeliest: somebody typed the beginning. */
static int offer_prefixed(struct store *self, const char *text, const char *sql, struct near *best, size_t *n,
                          struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, sql, &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "t", text);
    for (int i = 0; rc == 0 && i < KEPT && text[0] != '\0'; i++) {
        rc = db_step(self, s, err);
        if (rc != 1)
            break;
        rc = 0;
        if (strncmp(db_text(s, 0), text, strlen(text)) != 0)
            break;
        offer(best, n, db_text(s, 0), 1);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return 0;
}

static int offer_all(struct store *self, const char *text, const char *sql, struct near *best, size_t *n,
                     struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, sql, &s, err);
    if (rc != 0)
        return rc;
    for (long row = 0; row < ROWS_MAX && (rc = db_step(self, s, err)) == 1; row++) {
        size_t d = text_equal_nocase(db_text(s, 0), text) ? 0 : text_distance(db_text(s, 0), text, DISTANCE_MAX);
        if (d <= DISTANCE_MAX && d < strlen(text))
            offer(best, n, db_text(s, 0), d);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return 0;
}

int nearest_not_found(struct store *self, const char *noun, const char *text, const char *prefix_sql,
                      const char *all_sql, struct error *err)
{
    struct near best[KEPT];
    size_t n = 0;
    int rc = offer_prefixed(self, text, prefix_sql, best, &n, err);
    if (rc == 0)
        rc = offer_all(self, text, all_sql, best, &n, err);
    if (rc != 0)
        return rc;
    error_set(err, E_NOT_FOUND, text, "there is no %s '%s' in this workspace", noun, text);
    struct str names;
    str_init(&names, 1024);
    for (size_t i = 0; i < n; i++)
        str_printf(&names, "%s%s", i > 0 ? ", " : "", best[i].name);
    if (n > 0)
        error_hint(err, E_NOT_FOUND, "the nearest are %s", str_text(&names));
    else
        error_hint(err, E_NOT_FOUND, "nothing is named like it; check how identifiers are written in what was imported");
    str_release(&names);
    return E_NOT_FOUND;
}
