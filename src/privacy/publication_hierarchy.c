/* The order of names, and what belongs together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ingest/reader.h"
#include "privacy/publication.h"

enum { VALUE_MAX = 1024 };

/* A file that was read: rows of value and groups, as numbers of `texts`. */
struct tree {
    struct value_set values, texts;
    uint32_t *groups; /* [value][level] */
    size_t cap, n_levels;
};

/* A code with what it is sorted by. */
struct place {
    uint32_t old;
    const char *text;
    const uint32_t *groups; /* NULL: none */
    const struct tree *tree;
};

void publication_hierarchy_free(struct publication_hierarchy *self)
{
    if (self == NULL)
        return;
    mem_free(self->group);
    mem_free(self->first);
    mem_free(self->last);
    value_set_release(&self->texts);
    mem_free(self);
}

/* A field as a text of its own; false: it cannot be one. */
static bool text_of(const struct row *row, size_t at, char out[VALUE_MAX])
{
    const struct field *f = &row->fields[at];
    size_t n = f->text != NULL ? f->n : 0;
    if (n >= VALUE_MAX || (n > 0 && (!text_utf8_valid(f->text, n) || memchr(f->text, '\0', n) != NULL)))
        return false;
    if (n > 0)
        memcpy(out, f->text, n);
    out[n] = '\0';
    return true;
}

static int take_line(struct tree *tree, const char *file, const struct row *row, struct error *err)
{
    char what[96], value[VALUE_MAX], text[VALUE_MAX];
    uint32_t number = 0, before = tree->values.n;
    snprintf(what, sizeof what, "%.60s:%llu", file, (unsigned long long)row->line);
    if (row->problem != NULL || row->n_fields < tree->n_levels + 1)
        return error_set(err, E_BAD_DATA, what, "%s", row->problem != NULL ? row->problem
                         : "has fewer fields than the header");
    if (!text_of(row, 0, value))
        return error_set(err, E_BAD_DATA, what, "the value is no text, or longer than %d bytes", VALUE_MAX - 1);
    if (value_set_put(&tree->values, value, &number) != 0 ||
        mem_grow((void **)&tree->groups, &tree->cap, (size_t)tree->values.n * tree->n_levels,
                 sizeof *tree->groups) != 0)
        return error_nomem(err, file);
    for (size_t l = 0; l < tree->n_levels; l++) {
        uint32_t group;
        if (!text_of(row, l + 1, text) || text[0] == '\0')
            return error_set(err, E_BAD_DATA, what, "'%s' has no group in column %zu", value, l + 2);
        if (value_set_put(&tree->texts, text, &group) != 0)
            return error_nomem(err, file);
        if (number < before && tree->groups[number * tree->n_levels + l] != group)
            return error_set(err, E_BAD_DATA, what, "'%s' is in two groups", value);
        tree->groups[number * tree->n_levels + l] = group;
    }
    return 0;
}

static int read_tree(struct tree *tree, const char *file, struct error *err)
{
    struct reader_options options = {.format = READER_CSV};
    struct reader *reader;
    struct row row;
    int rc = reader_open(&reader, file, &options, err);
    if (rc != 0)
        return rc;
    size_t columns = reader_columns(reader)->n;
    if (columns < 2 || columns - 1 > MICRODATA_LEVELS_MAX)
        rc = error_set(err, E_BAD_DATA, file, "wants a header and two columns or more: the value, then its groups from "
                       "small to large");
    tree->n_levels = columns - 1;
    while (rc == 0 && (rc = reader_next(reader, &row, err)) == 1)
        rc = take_line(tree, file, &row, err);
    reader_free(reader);
    return rc;
}

static int compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->groups == NULL || y->groups == NULL) {
        if (x->groups != y->groups)
            return x->groups == NULL ? -1 : 1; /* what is missing comes first */
        return strcmp(x->text, y->text);
    }
    for (size_t l = x->tree->n_levels; l-- > 0;)
        if (x->groups[l] != y->groups[l])
            return strcmp(x->tree->texts.texts[x->groups[l]], x->tree->texts.texts[y->groups[l]]);
    return strcmp(x->text, y->text);
}

static int put_places(struct place *places, const struct publication_column *column, struct tree *tree,
                      const char *file, struct error *err)
{
    for (uint32_t i = 0; i < column->texts.n; i++) {
        places[i] = (struct place){.old = i, .text = column->texts.texts[i], .tree = tree};
        if (file == NULL || places[i].text[0] == '\0')
            continue;
        uint32_t before = tree->values.n, number;
        if (value_set_put(&tree->values, places[i].text, &number) != 0)
            return error_nomem(err, file);
        if (number >= before) {
            error_set(err, E_BAD_DATA, file, "does not say where '%.80s' belongs", places[i].text);
            return error_hint(err, E_BAD_DATA, "a line for each value: it, then its groups from small to large");
        }
        places[i].groups = &tree->groups[number * tree->n_levels];
    }
    return 0;
}

/* Whether two neighbours part at this level, or above it. */
static bool part(const struct place *x, const struct place *y, size_t level)
{
    if (x->groups == NULL || y->groups == NULL)
        return true;
    for (size_t l = level; l < x->tree->n_levels; l++)
        if (x->groups[l] != y->groups[l])
            return true;
    return false;
}

static bool one_at_the_top(const struct tree *tree)
{
    size_t top = tree->n_levels - 1;
    for (uint32_t v = 1; v < tree->values.n; v++)
        if (tree->groups[v * tree->n_levels + top] != tree->groups[top])
            return false;
    return true;
}

static int keep_tree(struct publication_column *column, const struct place *places, struct tree *tree,
                     struct error *err)
{
    size_t levels = tree->n_levels, n = (size_t)column->texts.n * levels;
    struct publication_hierarchy *h = column->hierarchy = mem_zalloc(1, sizeof *h);
    if (h == NULL || (h->group = mem_zalloc(n, sizeof *h->group)) == NULL ||
        (h->first = mem_zalloc(n, sizeof *h->first)) == NULL || (h->last = mem_zalloc(n, sizeof *h->last)) == NULL ||
        (column->level = mem_zalloc(column->texts.n, 1)) == NULL)
        return error_nomem(err, "the hierarchy");
    h->n_levels = levels;
    h->height = levels + !one_at_the_top(tree);
    h->texts = tree->texts;
    tree->texts = (struct value_set){0};
    for (size_t l = 0; l < levels; l++)
        for (uint32_t c = 0, first = 0; c < column->texts.n; c++) {
            if (c == 0 || part(&places[c - 1], &places[c], l))
                first = c;
            h->group[c * levels + l] = places[c].groups != NULL ? h->texts.texts[places[c].groups[l]]
            : column->texts.texts[c];
            h->first[c * levels + l] = first;
            if (c > 0 && !part(&places[c - 1], &places[c], l))
                column->level[c] = (uint8_t)(column->level[c] + 1);
        }
    for (size_t l = 0; l < levels; l++)
        for (uint32_t c = column->texts.n, last = 0; c-- > 0;) {
            last = c + 1 == column->texts.n || h->first[(c + 1) * levels + l] == c + 1 ? c : last;
            h->last[c * levels + l] = last;
        }
    return 0;
}

/* The codes become places in the order. */
static int put_in_order(struct publication_column *column, const struct place *places, uint32_t n_rows,
                        struct error *err)
{
    uint32_t n = column->texts.n, *now = mem_alloc(n, sizeof *now);
    char **texts = mem_alloc(n, sizeof *texts);
    if (now == NULL || texts == NULL) {
        mem_free(now);
        mem_free(texts);
        return error_nomem(err, "the data set");
    }
    for (uint32_t i = 0; i < n; i++) {
        texts[i] = column->texts.texts[places[i].old];
        now[places[i].old] = i;
    }
    memcpy(column->texts.texts, texts, n * sizeof *texts);
    for (uint32_t r = 0; r < n_rows; r++)
        column->code[r] = now[column->code[r]];
    column->n_codes = n;
    column->missing = n > 0 && texts[0][0] == '\0';
    mem_free(texts);
    mem_free(now);
    return 0;
}

int publication_hierarchy_column(const char *file, char *name, size_t size, struct error *err)
{
    struct reader_options options = {.format = READER_CSV};
    struct reader *reader;
    int rc = reader_open(&reader, file, &options, err);
    if (rc != 0)
        return rc;
    if (reader_columns(reader)->n > 0)
        snprintf(name, size, "%s", reader_columns(reader)->names[0]);
    else
        rc = error_set(err, E_BAD_DATA, file, "has no header: it begins with the name of the column that it is about");
    reader_free(reader);
    return rc;
}

int publication_order_texts(struct publication_column *column, uint32_t n_rows, struct error *err)
{
    const char *file = column->hierarchy_file;
    struct tree tree = {.n_levels = 0};
    struct place *places = mem_alloc(column->texts.n, sizeof *places);
    int rc = places == NULL ? error_nomem(err, "the data set") : 0;
    if (rc == 0 && file != NULL)
        rc = read_tree(&tree, file, err);
    rc = rc != 0 ? rc : put_places(places, column, &tree, file, err);
    if (rc == 0) {
        qsort(places, column->texts.n, sizeof *places, compare);
        rc = put_in_order(column, places, n_rows, err);
    }
    if (rc == 0 && file != NULL)
        rc = keep_tree(column, places, &tree, err);
    mem_free(places);
    mem_free(tree.groups);
    value_set_release(&tree.values);
    value_set_release(&tree.texts);
    return rc;
}
