/* SQLite databases and their logs, by pages (file format, sections 1 and 4). */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "scan/scan_private.h"

enum { HEADER = 100, LOG_HEADER = 32, FRAME_HEADER = 24, PAYLOAD_MAX = 1 << 30 };
enum { INTERIOR_INDEX = 2, INTERIOR_TABLE = 5, LEAF_INDEX = 10, LEAF_TABLE = 13 };

struct tree {
    char name[64];
    uint32_t root;
};

struct pages {
    struct scan *scan;
    const unsigned char *data;
    size_t page_size, usable, n_pages;
    unsigned char *seen;    /* by page number */
    unsigned char *scratch; /* one page */
    unsigned char *payload; /* of a cell with overflow */
    size_t cap_payload;
    struct tree *trees;
    size_t n_trees, cap_trees;
    uint32_t *stack;
    size_t n_stack, cap_stack;
    bool alone;             /* a page of a log: nothing that it leads to can be followed */
};

static uint32_t be16(const unsigned char *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const unsigned char *p)
{
    return be16(p) << 16 | be16(p + 2);
}

bool pages_is_database(const unsigned char *data, size_t n)
{
    return n >= HEADER && memcmp(data, "SQLite format 3", 16) == 0;
}

bool pages_is_log(const unsigned char *data, size_t n)
{
    return n >= LOG_HEADER && (be32(data) & ~1u) == 0x377f0682u;
}

static void raw(struct pages *self, enum scan_place place, const char *tree, uint64_t page, const unsigned char *data,
                size_t n)
{
    struct scan_spot spot = {.place = place, .tree = tree, .field = -1, .page = page};
    scan_bytes(self->scan, &spot, data, n, 0, n);
}

static const unsigned char *page_at(const struct pages *self, uint32_t number)
{
    return number >= 1 && number <= self->n_pages ? self->data + (size_t)(number - 1) * self->page_size : NULL;
}

static bool mark(struct pages *self, uint32_t number)
{
    if (page_at(self, number) == NULL || self->seen[number])
        return false;
    self->seen[number] = 1;
    return true;
}

static void push(struct pages *self, uint32_t number)
{
    if (self->alone)
        return;
    if (mem_grow((void **)&self->stack, &self->cap_stack, self->n_stack + 1, sizeof *self->stack) != 0)
        self->scan->rc = error_nomem(self->scan->err, "the scan");
    else
        self->stack[self->n_stack++] = number;
}

/* How much of a payload of P bytes lies in the cell. */
static size_t local_part(const struct pages *self, uint64_t P, bool table_leaf)
{
    size_t U = self->usable, X = table_leaf ? U - 35 : (U - 12) * 64 / 255 - 23;
    if (P <= X)
        return (size_t)P;
    size_t M = (U - 12) * 32 / 255 - 23, K = M + (size_t)((P - M) % (U - 4));
    return K <= X ? K : M;
}

/* The payload of a cell that goes on in overflow pages, put together; *n of it are there. */
static const unsigned char *gather(struct pages *self, const unsigned char *local, size_t n_local, uint64_t total,
                                   uint32_t next, const char *tree, size_t *n)
{
    if (total > PAYLOAD_MAX || total > self->n_pages * self->page_size)
        total = n_local;
    if (self->cap_payload < total) {
        mem_free(self->payload);
        self->payload = mem_alloc((size_t)total, 1);
        self->cap_payload = self->payload != NULL ? (size_t)total : 0;
    }
    if (self->payload == NULL) {
        self->scan->rc = error_nomem(self->scan->err, "the scan");
        return NULL;
    }
    memcpy(self->payload, local, n_local);
    *n = n_local;
    while (*n < total && !self->alone && mark(self, next)) {
        const unsigned char *p = page_at(self, next);
        size_t part = self->usable - 4 < total - *n ? self->usable - 4 : (size_t)total - *n;
        memcpy(self->payload + *n, p + 4, part);
        *n += part;
        raw(self, PLACE_OVERFLOW, tree, next, p + 4 + part, self->page_size - 4 - part);
        next = be32(p);
    }
    return self->payload;
}

typedef void (*row_fn)(struct pages *self, const unsigned char *record, size_t n);

/* One cell at `at` of the page; returns its size in the page, 0: it is none. */
static size_t scan_cell(struct pages *self, const unsigned char *page, size_t at, int type, const char *tree,
                        uint32_t number, enum scan_place place, row_fn row)
{
    const unsigned char *p = page + at, *end = page + self->usable;
    uint64_t size = 0, key;
    size_t took;
    if (type == INTERIOR_INDEX || type == INTERIOR_TABLE) {
        if (end - p < 4)
            return 0;
        push(self, be32(p));
        p += 4;
    }
    if (type == INTERIOR_TABLE) {
        took = record_varint(p, end, &key);
        return took == 0 ? 0 : 4 + took;
    }
    if ((took = record_varint(p, end, &size)) == 0)
        return 0;
    p += took;
    if (type == LEAF_TABLE) {
        if ((took = record_varint(p, end, &key)) == 0)
            return 0;
        p += took;
    }
    size_t local = local_part(self, size, type == LEAF_TABLE), n = local;
    bool over = local < size;
    if ((size_t)(end - p) < local + (over ? 4 : 0))
        return 0;
    const unsigned char *record = over ? gather(self, p, local, size, be32(p + local), tree, &n) : p;
    struct scan_spot spot = {.place = place, .tree = tree, .field = -1, .page = number,
                             .offset = (uint64_t)(p - page)};
    if (record != NULL && row != NULL)
        row(self, record, n);
    if (record != NULL)
        record_scan(self->scan, &spot, record, n, n < size);
    return (size_t)(p - (page + at)) + local + (over ? 4 : 0);
}

/* One page of a b-tree: its rows, and what lies between them. */
static void scan_page(struct pages *self, const unsigned char *page, uint32_t number, const char *tree,
                      enum scan_place place, row_fn row)
{
    size_t at = number == 1 ? HEADER : 0;
    int type = page[at];
    size_t header = type == INTERIOR_INDEX || type == INTERIOR_TABLE ? 12 : 8, n_cells = be16(page + at + 3);
    size_t pointers = at + header, content = be16(page + at + 5);
    bool known = type == INTERIOR_INDEX || type == INTERIOR_TABLE || type == LEAF_INDEX || type == LEAF_TABLE;
    if (!known || pointers + 2 * n_cells > self->usable) {
        raw(self, place == PLACE_LOG ? PLACE_LOG : PLACE_LOST_PAGE, tree, number, page, self->page_size);
        return;
    }
    memcpy(self->scratch, page, self->page_size);
    memset(self->scratch, 0, pointers + 2 * n_cells);
    for (size_t i = 0; i < n_cells && !scan_over(self->scan); i++) {
        size_t cell = be16(page + pointers + 2 * i);
        size_t size = cell < self->usable ? scan_cell(self, page, cell, type, tree, number, place, row) : 0;
        memset(self->scratch + (size > 0 ? cell : 0), 0, size);
    }
    if (header == 12)
        push(self, be32(page + at + 8));
    content = content == 0 || content > self->usable ? self->usable : content;
    bool log = place == PLACE_LOG;
    raw(self, log ? PLACE_LOG : PLACE_GAP, tree, number, self->scratch, content);
    struct scan_spot spot = {.place = log ? PLACE_LOG : PLACE_FREED, .tree = tree, .field = -1, .page = number,
                             .offset = 0};
    /* a match may begin in the gap and end behind it */
    size_t longest = matcher_longest(self->scan->needles->matcher);
    size_t from = content > longest ? content - longest : 0;
    scan_bytes(self->scan, &spot, self->scratch, self->page_size, from, self->page_size);
}

static void walk_tree(struct pages *self, uint32_t root, const char *tree, row_fn row)
{
    self->n_stack = 0;
    push(self, root);
    while (self->n_stack > 0 && !scan_over(self->scan)) {
        uint32_t number = self->stack[--self->n_stack];
        if (!mark(self, number))
            continue;
        scan_page(self, page_at(self, number), number, tree, PLACE_ROW, row);
        scan_step(self->scan, self->page_size);
    }
}

/* A row of sqlite_schema: type, name, tbl_name, rootpage, sql. */
static void take_tree(struct pages *self, const unsigned char *record, size_t n)
{
    const unsigned char *name;
    size_t length;
    int64_t root;
    if (!record_text(record, n, 1, &name, &length) || !record_integer(record, n, 3, &root) || root <= 0)
        return;
    if (mem_grow((void **)&self->trees, &self->cap_trees, self->n_trees + 1, sizeof *self->trees) != 0) {
        self->scan->rc = error_nomem(self->scan->err, "the scan");
        return;
    }
    struct tree *t = &self->trees[self->n_trees++];
    snprintf(t->name, sizeof t->name, "%.*s", (int)(length < sizeof t->name ? length : sizeof t->name - 1),
             (const char *)name);
    t->root = (uint32_t)root;
}

static void walk_free_pages(struct pages *self, uint32_t trunk)
{
    while (!scan_over(self->scan) && mark(self, trunk)) {
        const unsigned char *p = page_at(self, trunk);
        size_t n = be32(p + 4), most = (self->usable - 8) / 4;
        n = n < most ? n : most;
        raw(self, PLACE_FREE_PAGE, "", trunk, p + 8 + 4 * n, self->page_size - 8 - 4 * n);
        for (size_t i = 0; i < n; i++) {
            uint32_t leaf = be32(p + 8 + 4 * i);
            if (mark(self, leaf))
                raw(self, PLACE_FREE_PAGE, "", leaf, page_at(self, leaf), self->page_size);
        }
        trunk = be32(p);
    }
}

static void release(struct pages *self)
{
    mem_free(self->seen);
    mem_free(self->scratch);
    mem_free(self->payload);
    mem_free(self->trees);
    mem_free(self->stack);
}

static bool is_page_size(size_t n)
{
    return n >= 512 && n <= 65536 && (n & (n - 1)) == 0;
}

static bool begin(struct pages *self)
{
    self->seen = mem_zalloc(self->n_pages + 1, 1);
    self->scratch = mem_alloc(self->page_size, 1);
    if (self->seen != NULL && self->scratch != NULL)
        return true;
    self->scan->rc = error_nomem(self->scan->err, "the scan");
    return false;
}

void pages_scan_database(struct scan *scan, const unsigned char *data, size_t n)
{
    size_t page_size = be16(data + 16) == 1 ? 65536 : be16(data + 16);
    struct pages self = {.scan = scan, .data = data, .page_size = page_size, .usable = page_size - data[20]};
    if (!is_page_size(page_size) || self.usable < 480) {
        struct scan_spot spot = {.place = PLACE_FILE, .field = -1};
        scan_bytes(scan, &spot, data, n, 0, n);
        return;
    }
    self.n_pages = n / page_size;
    scan->report->databases++;
    scan->report->pages += self.n_pages;
    if (begin(&self)) {
        walk_tree(&self, 1, "sqlite_schema", take_tree);
        for (size_t i = 0; i < self.n_trees && !scan_over(scan); i++)
            walk_tree(&self, self.trees[i].root, self.trees[i].name, NULL);
        walk_free_pages(&self, be32(data + 32));
        for (uint32_t i = 1; i <= self.n_pages && !scan_over(scan); i++)
            if (!self.seen[i])
                raw(&self, PLACE_LOST_PAGE, "", i, page_at(&self, i), page_size);
        struct scan_spot spot = {.place = PLACE_FILE, .field = -1, .offset = 0};
        scan_bytes(scan, &spot, data, n, self.n_pages * page_size, n); /* half a page behind the last */
    }
    release(&self);
}

void pages_scan_log(struct scan *scan, const unsigned char *data, size_t n)
{
    size_t page_size = be32(data + 8);
    struct pages self = {.scan = scan, .data = data, .page_size = page_size, .usable = page_size, .alone = true};
    struct scan_spot spot = {.place = PLACE_LOG, .field = -1};
    size_t at = LOG_HEADER;
    if (is_page_size(page_size) && begin(&self)) {
        for (; at + FRAME_HEADER + page_size <= n && !scan_over(scan); at += FRAME_HEADER + page_size) {
            scan_page(&self, data + at + FRAME_HEADER, be32(data + at), "", PLACE_LOG, NULL);
            scan->report->pages++;
            scan_step(scan, page_size);
        }
        /* The bytes as they are, too: overflow pages have no form of their own. */
    }
    scan_bytes(scan, &spot, data, n, at, n);
    release(&self);
}
