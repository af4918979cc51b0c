/* Rows that fit, in a table that hides nothing: the way there is one question, the rows around it are the answer. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ui/grid.h"

struct finding {
    struct source *source;
    char where[BROWSE_WHERE_MAX], find[BROWSE_WHERE_MAX], sort[GRID_NAME_MAX];
    bool descending, back;
    struct listing_page from, page; /* from: one key, or none: from the beginning */
};

static void finding_free(void *data)
{
    struct finding *f = data;
    listing_page_release(&f->from);
    listing_page_release(&f->page);
    source_drop(f->source);
    mem_free(f);
}

/* The row that was found, and those behind it. */
static int join(struct listing_page *out, const struct listing_page *found, const struct listing_page *behind,
                struct error *err)
{
    int rc = listing_page_add_key(out, &found->keys[0], err);
    result_copy_columns(&out->rows, &found->rows);
    result_copy_row(&out->rows, &found->rows, 0);
    for (size_t i = 0; rc == 0 && i < behind->n; i++) {
        result_copy_row(&out->rows, &behind->rows, i);
        rc = listing_page_add_key(out, &behind->keys[i], err);
    }
    return rc != 0 ? rc : result_check(&out->rows, err);
}

static int read_found(struct store *store, void *data, struct job *job, struct error *err)
{
    struct finding *f = data;
    char both[BROWSE_WHERE_MAX];
    struct listing_page found, behind;
    if ((size_t)snprintf(both, sizeof both, "%s %s", f->where, f->find) >= sizeof both)
        return error_set(err, E_USAGE, "filter", "is longer than %d bytes", BROWSE_WHERE_MAX - 1);
    struct browse_query narrow = {both, f->sort, f->descending, 0}, wide = {f->where, f->sort, f->descending, 0};
    const struct source_ops *ops = f->source->ops;
    listing_page_init(&found);
    listing_page_init(&behind);
    int rc = ops->page(f->source, store, &narrow, f->from.n > 0 ? &f->from.keys[0] : NULL, f->back, 1, &found, job, err);
    if (rc == 0 && found.n > 0)
        rc = ops->page(f->source, store, &wide, &found.keys[0], false, GRID_PAGE_ROWS - 1, &behind, job, err);
    if (rc == 0 && found.n > 0)
        rc = join(&f->page, &found, &behind, err);
    listing_page_release(&found);
    listing_page_release(&behind);
    return rc;
}

static void deliver_found(void *owner, void *data, int rc, const struct error *err)
{
    struct grid *self = owner;
    struct finding *f = data;
    int more = self->seek_more;
    self->seeking = false;
    self->seek_more = 0;
    console_changed(self->console);
    if (rc != 0 && !self->finding) /* while it is typed it may well be unfinished */
        console_notice_error(self->console, err);
    else if (rc == 0 && f->page.n == 0)
        console_notice(self->console, STYLE_WARN, "No %srow %s fits %s.", f->from.n > 0 ? "further " : "",
                       f->back ? "before this one" : f->from.n > 0 ? "behind this one" : "here", f->find);
    if (rc != 0 || f->page.n == 0)
        return;
    grid_go_to_page(self, &f->page, GRID_PAGE_ROWS);
    if (more != 0) {
        self->seek_more = more > 0 ? more - 1 : more + 1;
        int rest = self->seek_more;
        grid_find(self, more > 0 ? 1 : -1);
        self->seek_more = rest;
    }
}

/* Where it begins: behind (or before) the row under the cursor; for 0 with it, that is, behind the one before. */
static int put_from(const struct grid *self, int by, struct finding *f)
{
    size_t within, row = self->cursor;
    if (self->n_rows == 0 || self->anew || (by == 0 && row == 0))
        return 0;
    const struct listing_page *p = grid_page_of(self, by == 0 ? row - 1 : row, &within);
    return listing_page_add_key(&f->from, &p->keys[within], NULL);
}

void grid_find(struct grid *self, int by)
{
    const char *what = self->find[0] != '\0' ? self->find : self->where;
    if (what[0] == '\0') {
        console_notice(self->console, STYLE_DIM, "Nothing was looked for yet: / and then tab goes to rows that fit.");
        return;
    }
    if ((self->seeking || self->anew) && by != 0) {
        self->seek_more += by;
        return;
    }
    struct finding *f = self->source != NULL ? mem_zalloc(1, sizeof *f) : NULL;
    if (f == NULL)
        return;
    f->source = source_hold(self->source);
    strcpy(f->where, self->where);
    snprintf(f->find, sizeof f->find, "%s", what);
    strcpy(f->sort, self->sort);
    f->descending = self->descending;
    f->back = by < 0;
    listing_page_init(&f->from);
    listing_page_init(&f->page);
    if (put_from(self, by, f) != 0) {
        finding_free(f);
        return;
    }
    struct question q = {.owner = self, .lane = READ_NOW, .data = f, .without_store = !self->source->of_store,
                         .read = read_found, .deliver = deliver_found, .free = finding_free};
    self->seeking = fetcher_ask(console_fetcher(self->console), &q, NULL) == 0;
}
