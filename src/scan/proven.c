#include "scan/proven.h"

#include <string.h>

#include "base/mem.h"

void proven_init(struct proven *self)
{
    *self = (struct proven){.quiet_ms = PROVEN_QUIET_MS};
}

void proven_clear(struct proven *self)
{
    for (size_t i = 0; i < self->n; i++)
        mem_free(self->files[i].file);
    self->n = 0;
}

void proven_release(struct proven *self)
{
    proven_clear(self);
    mem_free(self->files);
    *self = (struct proven){0};
}

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct proven_file describe(const struct stat *st)
{
    return (struct proven_file){.device = (int64_t)st->st_dev, .inode = (int64_t)st->st_ino,
                                .size = (int64_t)st->st_size, .modified_ns = nanoseconds(st->st_mtim),
                                .changed_ns = nanoseconds(st->st_ctim)};
}

static bool is_same(const struct proven_file *a, const struct proven_file *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size && a->modified_ns == b->modified_ns &&
           a->changed_ns == b->changed_ns;
}

bool proven_same(const struct stat *a, const struct stat *b)
{
    struct proven_file x = describe(a), y = describe(b);
    return is_same(&x, &y);
}

static struct proven_file *find(const struct proven *self, const char *file)
{
    for (size_t i = 0; i < self->n; i++)
        if (strcmp(self->files[i].file, file) == 0)
            return &self->files[i];
    return NULL;
}

bool proven_has(const struct proven *self, const char *file, const struct stat *st)
{
    const struct proven_file *f = find(self, file), now = describe(st);
    return f != NULL && is_same(f, &now);
}

int proven_put(struct proven *self, const char *file, const struct proven_file *as, struct error *err)
{
    struct proven_file *f = find(self, file), next = *as;
    if (f == NULL) {
        next.file = mem_strdup(file);
        if (next.file == NULL || mem_grow((void **)&self->files, &self->cap, self->n + 1, sizeof *self->files) != 0) {
            mem_free(next.file);
            return error_nomem(err, "the search");
        }
        f = &self->files[self->n++];
    } else {
        next.file = f->file;
    }
    *f = next;
    return 0;
}

int proven_add(struct proven *self, const char *file, const struct stat *st, int64_t began_ms, struct error *err)
{
    struct proven_file f = describe(st);
    int64_t touched = f.modified_ns > f.changed_ns ? f.modified_ns : f.changed_ns;
    return touched / 1000000 > began_ms - self->quiet_ms ? 0 : proven_put(self, file, &f, err);
}
