#include "ui/state.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "base/toml.h"

enum { ENTRIES_MAX = 2000, FILE_MAX = 1 << 20 };

struct entry {
    char table[TOML_KEY_MAX], key[TOML_KEY_MAX], value[TOML_VALUE_MAX];
};

struct state {
    char path[FS_PATH_MAX];
    struct entry *entries;
    size_t n, cap;
    bool changed;
};

static struct entry *find(const struct state *self, const char *table, const char *key)
{
    for (size_t i = 0; i < self->n; i++)
        if (strcmp(self->entries[i].table, table) == 0 && strcmp(self->entries[i].key, key) == 0)
            return &self->entries[i];
    return NULL;
}

const char *state_get(const struct state *self, const char *table, const char *key)
{
    const struct entry *e = find(self, table, key);
    return e != NULL ? e->value : "";
}

void state_set(struct state *self, const char *table, const char *key, const char *value)
{
    struct entry *e = find(self, table, key);
    bool fits = strlen(value) < TOML_VALUE_MAX / 2 && strlen(table) < TOML_KEY_MAX && strlen(key) < TOML_KEY_MAX;
    if (!fits || (e != NULL && strcmp(e->value, value) == 0) || (e == NULL && value[0] == '\0'))
        return;
    if (e == NULL) {
        if (self->n == ENTRIES_MAX ||
            mem_grow((void **)&self->entries, &self->cap, self->n + 1, sizeof *self->entries) != 0)
            return;
        e = &self->entries[self->n++];
        strcpy(e->table, table);
        strcpy(e->key, key);
    }
    strcpy(e->value, value);
    self->changed = true;
}

static int read_file(struct state *self, struct error *err)
{
    char *text;
    size_t n;
    struct toml t;
    struct toml_entry e;
    int rc = fs_read_all(self->path, FILE_MAX, &text, &n, err);
    if (rc != 0)
        return rc;
    toml_init(&t, STATE_FILE, text, n, NULL);
    while ((rc = toml_next(&t, &e, err)) == 1) {
        if (!text_utf8_valid(e.value, strlen(e.value))) {
            rc = E_BAD_DATA;
            break;
        }
        state_set(self, t.table, e.key, e.value);
    }
    mem_free(text);
    return rc;
}

int state_open(struct state **out, const char *workspace, bool fresh, bool *was_bad, struct error *err)
{
    char name[64], bad[FS_PATH_MAX + 8];
    struct state *self = mem_zalloc(1, sizeof *self);
    *was_bad = false;
    if (self == NULL)
        return error_nomem(err, "the console");
    snprintf(name, sizeof name, STATE_FILE, (unsigned)getuid());
    if (workspace[0] == '\0' || fs_join(self->path, sizeof self->path, workspace, name) != 0)
        self->path[0] = '\0';
    if (self->path[0] != '\0' && !fresh && fs_exists(self->path) && read_file(self, NULL) != 0) {
        snprintf(bad, sizeof bad, "%s.bad", self->path);
        *was_bad = rename(self->path, bad) == 0;
        self->n = 0;
    }
    self->changed = false;
    *out = self;
    return 0;
}

/* Tables together, as they first came. */
static void put_table(const struct state *self, struct str *out, size_t first)
{
    const char *table = self->entries[first].table;
    for (size_t i = 0; i < first; i++)
        if (strcmp(self->entries[i].table, table) == 0)
            return; /* it was written */
    str_printf(out, "\n[%s]\n", table);
    for (size_t i = first; i < self->n; i++)
        if (strcmp(self->entries[i].table, table) == 0 && self->entries[i].value[0] != '\0') {
            toml_put_key(out, self->entries[i].key);
            str_puts(out, " = ");
            toml_put_string(out, self->entries[i].value);
            str_putc(out, '\n');
        }
}

int state_save(struct state *self, struct error *err)
{
    struct str out;
    if (self->path[0] == '\0' || !self->changed)
        return 0;
    str_init(&out, FILE_MAX);
    str_puts(&out, "# What the console of reckon remembers; it may be removed.\n");
    for (size_t i = 0; i < self->n; i++)
        put_table(self, &out, i);
    int rc = out.failed ? error_nomem(err, self->path) : fs_write_all(self->path, str_text(&out), out.len, 0600, err);
    str_release(&out);
    return rc;
}

void state_free(struct state *self)
{
    if (self == NULL)
        return;
    mem_free(self->entries);
    mem_free(self);
}
