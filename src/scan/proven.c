#include "scan/proven.h"

#include <sodium.h>
#include <string.h>

#include "base/mem.h"

void proven_init(struct proven *self, const unsigned char key[PROVEN_KEY])
{
    *self = (struct proven){.quiet_ms = PROVEN_QUIET_MS};
    memcpy(self->key, key, PROVEN_KEY);
}

void proven_clear(struct proven *self)
{
    self->n = 0;
}

void proven_release(struct proven *self)
{
    mem_free(self->files);
    *self = (struct proven){0};
}

static void name_of(const struct proven *self, const char *file, char out[PROVEN_NAME])
{
    unsigned char digest[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256(digest, (const unsigned char *)file, strlen(file), self->key);
    sodium_bin2hex(out, PROVEN_NAME, digest, sizeof digest);
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

static struct proven_file *find(const struct proven *self, const char *name)
{
    for (size_t i = 0; i < self->n; i++)
        if (strcmp(self->files[i].name, name) == 0)
            return &self->files[i];
    return NULL;
}

bool proven_has(const struct proven *self, const char *file, const struct stat *st)
{
    char name[PROVEN_NAME];
    name_of(self, file, name);
    const struct proven_file *f = find(self, name), now = describe(st);
    return f != NULL && is_same(f, &now);
}

int proven_put(struct proven *self, const struct proven_file *file, struct error *err)
{
    struct proven_file *f = find(self, file->name);
    if (f == NULL) {
        if (mem_grow((void **)&self->files, &self->cap, self->n + 1, sizeof *self->files) != 0)
            return error_nomem(err, "the search");
        f = &self->files[self->n++];
    }
    *f = *file;
    return 0;
}

int proven_add(struct proven *self, const char *file, const struct stat *st, int64_t began_ms, struct error *err)
{
    struct proven_file f = describe(st);
    int64_t touched = f.modified_ns > f.changed_ns ? f.modified_ns : f.changed_ns;
    name_of(self, file, f.name);
    return touched / 1000000 > began_ms - self->quiet_ms ? 0 : proven_put(self, &f, err);
}
