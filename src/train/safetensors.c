#include "train/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are stored as they lie in memory");

enum { PREFIX = 8, ALIGNMENT = 64, CHUNK = 4 << 20 };
static const char METADATA[] = "__metadata__";

static int corrupt_hint(struct error *err)
{
    return error_hint(err, E_CORRUPT, "the file was damaged or cut short; train the model again, or restore a backup");
}

/* Writing. */

struct writer {
    struct fs_new_file file;
    crypto_hash_sha256_state hash;
    struct job *job;
    uint64_t done, total;
    const char *path;
};

static int writer_put(struct writer *self, const void *bytes, uint64_t n, struct error *err)
{
    const unsigned char *p = bytes;
    while (n > 0) {
        size_t part = n < CHUNK ? (size_t)n : CHUNK;
        int rc = fs_write(&self->file, p, part, err);
        if (rc != 0)
            return rc;
        crypto_hash_sha256_update(&self->hash, p, part);
        p += part;
        n -= part;
        self->done += part;
        if (job_step(self->job, "writing the model", (double)self->done, (double)self->total, "bytes"))
            return job_error_cancelled(err, self->path);
    }
    return 0;
}

static bool tensor_bytes(const struct tensor *t, uint64_t *bytes)
{
    uint64_t n = tensor_type_size(t->type);
    for (uint32_t i = 0; i < t->dims; i++)
        if (__builtin_mul_overflow(n, t->shape[i], &n))
            return false;
    *bytes = n;
    return n <= INT64_MAX;
}

/* Takes `value`; a name that is there already or cannot be written, and running out of memory, are errors. */
static int put_once(json_t *object, const char *name, json_t *value, const char *path, struct error *err)
{
    if (json_object_get(object, name) != NULL) {
        json_decref(value);
        return error_set(err, E_FAILED, path, "the model has two arrays or facts named '%s'", name);
    }
    if (value == NULL || json_object_set_new(object, name, value) != 0)
        return error_set(err, E_FAILED, path, "'%s' is not UTF-8 text, or memory ran out", name);
    return 0;
}

static json_t *tensor_entry(const struct tensor *t, uint64_t begin, uint64_t end)
{
    json_t *shape = json_array();
    for (uint32_t i = 0; i < t->dims; i++)
        json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", tensor_type_name(t->type), "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)end);
}

/* The header as one malloc'ed text (free); *data_bytes: what follows it. */
static int header_build(const struct tensor_set *set, const char *path, char **text, size_t *len,
                        uint64_t *data_bytes, struct error *err)
{
    int rc = 0;
    uint64_t at = 0;
    json_t *root = json_object(), *meta = json_object();
    for (size_t i = 0; i < set->n_meta && rc == 0; i++)
        rc = put_once(meta, set->meta[i].name, json_string(set->meta[i].text), path, err);
    if (rc == 0 && set->n_meta > 0)
        rc = put_once(root, METADATA, json_incref(meta), path, err);
    if (rc == 0 && set->n_tensors > SAFETENSORS_ARRAYS_MAX)
        rc = error_set(err, E_FAILED, path, "the model has more than %d arrays", SAFETENSORS_ARRAYS_MAX);
    for (size_t i = 0; i < set->n_tensors && rc == 0; i++) {
        const struct tensor *t = &set->tensors[i];
        uint64_t bytes, begin = at;
        if (strcmp(t->name, METADATA) == 0 || !tensor_bytes(t, &bytes) ||
            __builtin_add_overflow(at, bytes, &at) || at > INT64_MAX)
            rc = error_set(err, E_FAILED, path, "the array '%s' is too large or has a reserved name", t->name);
        else
            rc = put_once(root, t->name, tensor_entry(t, begin, at), path, err);
    }
    char *dump = rc == 0 ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(meta);
    json_decref(root);
    if (rc != 0)
        return rc;
    if (dump == NULL)
        return error_nomem(err, path);
    if (strlen(dump) > SAFETENSORS_HEADER_MAX - ALIGNMENT) {
        free(dump);
        return error_set(err, E_FAILED, path, "the model's facts and array names need more than %" PRIu64 " bytes",
                         SAFETENSORS_HEADER_MAX - ALIGNMENT);
    }
    *text = dump;
    *len = strlen(dump);
    *data_bytes = at;
    return 0;
}

static int write_all(struct writer *self, const struct tensor_set *set, const char *header, size_t len,
                     struct error *err)
{
    char blanks[ALIGNMENT];
    memset(blanks, ' ', sizeof blanks);
    size_t padding = (ALIGNMENT - (PREFIX + len) % ALIGNMENT) % ALIGNMENT;
    uint64_t header_bytes = len + padding;
    int rc = writer_put(self, &header_bytes, sizeof header_bytes, err);
    if (rc == 0)
        rc = writer_put(self, header, len, err);
    if (rc == 0)
        rc = writer_put(self, blanks, padding, err);
    for (size_t i = 0; i < set->n_tensors && rc == 0; i++) {
        uint64_t bytes = 0;
        tensor_bytes(&set->tensors[i], &bytes);
        rc = writer_put(self, set->tensors[i].data, bytes, err);
    }
    return rc;
}

int safetensors_write(const struct tensor_set *set, const char *path, struct job *job, char sha256[65],
                      uint64_t *bytes, struct error *err)
{
    char *header = NULL;
    size_t len = 0;
    struct writer writer = {.job = job, .path = path};
    int rc = header_build(set, path, &header, &len, &writer.total, err);
    if (rc != 0)
        return rc;
    writer.total += PREFIX + len;
    crypto_hash_sha256_init(&writer.hash);
    rc = fs_create(&writer.file, path, 0644, err);
    if (rc != 0)
        goto out;
    rc = write_all(&writer, set, header, len, err);
    if (rc != 0) {
        fs_abandon(&writer.file);
        goto out;
    }
    rc = fs_commit(&writer.file, err);
    if (rc != 0)
        goto out;
    if (sha256 != NULL) {
        unsigned char digest[crypto_hash_sha256_BYTES];
        crypto_hash_sha256_final(&writer.hash, digest);
        sodium_bin2hex(sha256, 65, digest, sizeof digest);
    }
    if (bytes != NULL)
        *bytes = writer.done;
out:
    free(header);
    return rc;
}

/* Reading. */

struct reader {
    struct safetensors *out;
    const char *name;
    const unsigned char *data;
    uint64_t data_bytes;
    struct error *err;
};

struct entry {
    const char *name; /* the header's */
    enum tensor_type type;
    uint32_t dims;
    uint64_t shape[TENSOR_DIMS_MAX];
    uint64_t begin, end;
    size_t position; /* in the header */
};

static bool type_from_name(const char *name, enum tensor_type *out)
{
    for (enum tensor_type t = TENSOR_F32; t <= TENSOR_U64; t++)
        if (strcmp(tensor_type_name(t), name) == 0) {
            *out = t;
            return true;
        }
    return false;
}

static bool want_size(const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

/* One array's description; every number in it is checked here, but for how the arrays lie together. */
static int entry_read(struct reader *self, const char *name, const json_t *value, struct entry *out)
{
    struct error *err = self->err;
    if (strlen(name) >= TENSOR_NAME_MAX || name[0] == '\0')
        return error_set(err, E_CORRUPT, self->name, "an array's name has no or more than %d bytes",
                         TENSOR_NAME_MAX - 1);
    const char *dtype = json_string_value(json_object_get(value, "dtype"));
    const json_t *shape = json_object_get(value, "shape"), *offsets = json_object_get(value, "data_offsets");
    if (json_object_size(value) != 3 || dtype == NULL || !json_is_array(shape) || json_array_size(offsets) != 2)
        return error_set(err, E_CORRUPT, self->name,
                         "the array '%s' is not described by dtype, shape and two data_offsets", name);
    if (!type_from_name(dtype, &out->type))
        return error_set(err, E_CORRUPT, self->name, "the array '%s' has the unknown type '%.16s'", name, dtype);
    size_t dims = json_array_size(shape);
    if (dims == 0 || dims > TENSOR_DIMS_MAX)
        return error_set(err, E_CORRUPT, self->name, "the array '%s' has %zu dimensions, not 1 to %d", name, dims,
                         TENSOR_DIMS_MAX);
    struct tensor t = {.type = out->type, .dims = (uint32_t)dims};
    for (size_t i = 0; i < dims; i++)
        if (!want_size(json_array_get(shape, i), &t.shape[i]))
            return error_set(err, E_CORRUPT, self->name, "the shape of the array '%s' is not made of counts", name);
    uint64_t bytes;
    if (!tensor_bytes(&t, &bytes))
        return error_set(err, E_CORRUPT, self->name, "the shape of the array '%s' is larger than any file", name);
    if (!want_size(json_array_get(offsets, 0), &out->begin) || !want_size(json_array_get(offsets, 1), &out->end) ||
        out->begin > out->end || out->end > self->data_bytes)
        return error_set(err, E_CORRUPT, self->name,
                         "the array '%s' lies outside the file's %" PRIu64 " bytes of data", name, self->data_bytes);
    if (out->end - out->begin != bytes)
        return error_set(err, E_CORRUPT, self->name,
                         "the array '%s' has %" PRIu64 " bytes, but its type and shape need %" PRIu64, name,
                         out->end - out->begin, bytes);
    out->name = name;
    out->dims = t.dims;
    memcpy(out->shape, t.shape, sizeof t.shape);
    return 0;
}

static int meta_read(struct reader *self, json_t *value)
{
    if (!json_is_object(value))
        return error_set(self->err, E_CORRUPT, self->name, "its %s is not an object", METADATA);
    const char *name;
    json_t *text;
    json_object_foreach(value, name, text) {
        if (strlen(name) >= TENSOR_NAME_MAX || !json_is_string(text))
            return error_set(self->err, E_CORRUPT, self->name, "the fact '%.40s' is not text, or its name is too long",
                             name);
        int rc = tensor_set_put_meta(&self->out->set, name, json_string_value(text), self->err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

/* The array's data where it lies, or a copy when the type could not be read from there. */
static int entry_data(struct reader *self, const struct entry *e, const void **data)
{
    const unsigned char *p = self->data + e->begin;
    *data = p;
    if ((uintptr_t)p % tensor_type_size(e->type) == 0)
        return 0;
    struct safetensors *out = self->out;
    void *copy = mem_alloc_aligned(e->end - e->begin, 1);
    if (copy == NULL ||
        mem_grow((void **)&out->copies, &out->cap_copies, out->n_copies + 1, sizeof *out->copies) != 0) {
        mem_free(copy);
        return error_nomem(self->err, self->name);
    }
    out->copies[out->n_copies++] = copy;
    memcpy(copy, p, e->end - e->begin);
    *data = copy;
    return 0;
}

/* Back to back from the first byte to the last: no gap, no overlap, nothing behind. */
static int entries_place(struct reader *self, struct entry *entries, size_t n)
{
    if (n > 1)
        qsort(entries, n, sizeof *entries, by_place);
    uint64_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const struct entry *e = &entries[i];
        if (e->begin != at)
            return error_set(self->err, E_CORRUPT, self->name, "the array '%s' %s", e->name,
                             e->begin < at ? "overlaps the one before it" : "has a gap before it");
        at = e->end;
        const void *data;
        int rc = entry_data(self, e, &data);
        if (rc == 0)
            rc = tensor_set_add(&self->out->set, e->name, e->type, e->dims, e->shape, data, self->err);
        if (rc != 0)
            return rc;
    }
    if (at != self->data_bytes)
        return error_set(self->err, E_CORRUPT, self->name, "%" PRIu64 " bytes behind the last array belong to none",
                         self->data_bytes - at);
    return 0;
}

static int header_read(struct reader *self, json_t *root)
{
    int rc = 0;
    size_t n = 0, all = json_object_size(root);
    if (all > SAFETENSORS_ARRAYS_MAX + 1)
        return error_set(self->err, E_CORRUPT, self->name, "its header names %zu arrays", all);
    struct entry *entries = mem_zalloc(all, sizeof *entries);
    if (entries == NULL)
        return error_nomem(self->err, self->name);
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value) {
        if (strcmp(name, METADATA) == 0) {
            rc = meta_read(self, value);
        } else {
            entries[n].position = n;
            rc = entry_read(self, name, value, &entries[n++]);
        }
        if (rc != 0)
            break;
    }
    if (rc == 0)
        rc = entries_place(self, entries, n);
    mem_free(entries);
    return rc;
}

static int parse(struct safetensors *self, const char *name, const unsigned char *bytes, size_t n, struct error *err)
{
    if (n < PREFIX)
        return error_set(err, E_CORRUPT, name, "it has %zu bytes: too short for a safetensors file", n);
    uint64_t header_bytes;
    memcpy(&header_bytes, bytes, sizeof header_bytes);
    if (header_bytes > SAFETENSORS_HEADER_MAX)
        return error_set(err, E_CORRUPT, name, "its header would be %" PRIu64 " bytes long; %" PRIu64 " are allowed",
                         header_bytes, SAFETENSORS_HEADER_MAX);
    if (header_bytes > n - PREFIX)
        return error_set(err, E_CORRUPT, name, "its header ends behind the end of the file: it was cut short");
    const char *text = (const char *)bytes + PREFIX;
    if (header_bytes == 0 || text[0] != '{')
        return error_set(err, E_CORRUPT, name, "its header does not begin with '{': not a safetensors file");
    json_error_t where;
    json_t *root = json_loadb(text, (size_t)header_bytes, JSON_REJECT_DUPLICATES, &where);
    if (root == NULL)
        return error_set(err, E_CORRUPT, name, "its header is not valid JSON at byte %d: %s", where.position,
                         where.text);
    struct reader reader = {self, name, bytes + PREFIX + header_bytes, n - PREFIX - header_bytes, err};
    int rc = header_read(&reader, root);
    json_decref(root);
    return rc;
}

int safetensors_parse(struct safetensors *self, const char *name, const void *bytes, size_t n, struct error *err)
{
    struct safetensors out = {0};
    int rc = parse(&out, name, bytes, n, err);
    if (rc != 0) {
        safetensors_close(&out);
        return rc == E_CORRUPT ? corrupt_hint(err) : rc;
    }
    *self = out;
    return 0;
}

static int check_sum(crypto_hash_sha256_state *hash, const char *path, const char *want, struct error *err)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    char hex[65];
    crypto_hash_sha256_final(hash, digest);
    sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    if (strcmp(hex, want) == 0)
        return 0;
    error_set(err, E_CORRUPT, path, "its checksum is %.16s…, not the %.16s… that it had when it was published", hex,
              want);
    return corrupt_hint(err);
}

/* A file that was shorter than its size said is one that was cut short: parsing tells. */
static int fill(int fd, const char *path, unsigned char *bytes, size_t *n, const char *sha256, struct job *job,
                struct error *err)
{
    crypto_hash_sha256_state hash;
    size_t at = 0;
    crypto_hash_sha256_init(&hash);
    while (at < *n) {
        ssize_t got = read(fd, bytes + at, *n - at < CHUNK ? *n - at : CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, E_IO, path, "cannot be read: %s", strerror(errno));
        if (got == 0)
            break;
        if (sha256 != NULL)
            crypto_hash_sha256_update(&hash, bytes + at, (size_t)got);
        at += (size_t)got;
        if (job_step(job, "reading the model file", (double)at, (double)*n, "bytes"))
            return job_error_cancelled(err, path);
    }
    *n = at;
    return sha256 != NULL ? check_sum(&hash, path, sha256, err) : 0;
}

/* Pages of its own, so that they go back to the system at once when the file is closed. */
static void *room_for(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static int read_file(struct safetensors *self, const char *path, const char *sha256, struct job *job,
                     struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno == ENOENT ? E_NOT_FOUND : E_IO, path, "cannot be opened: %s", strerror(errno));
    int rc = 0;
    struct stat st;
    if (fstat(fd, &st) != 0)
        rc = error_set(err, E_IO, path, "cannot be read: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        rc = error_set(err, E_USAGE, path, "is not a regular file");
    size_t n = rc == 0 ? (size_t)st.st_size : 0;
    if (n > 0 && (self->bytes = room_for(n)) == NULL)
        rc = error_nomem(err, path);
    if (self->bytes != NULL)
        self->room = n;
    if (rc == 0)
        rc = fill(fd, path, self->bytes, &n, sha256, job, err);
    close(fd);
    self->n_bytes = n;
    return rc;
}

int safetensors_open(struct safetensors *self, const char *path, const char *sha256, struct job *job,
                     struct error *err)
{
    struct safetensors out = {0}, parsed = {0};
    int rc = read_file(&out, path, sha256, job, err);
    if (rc == 0)
        rc = safetensors_parse(&parsed, path, out.bytes, out.n_bytes, err);
    if (rc != 0) {
        safetensors_close(&out);
        return rc;
    }
    parsed.bytes = out.bytes;
    parsed.room = out.room;
    parsed.n_bytes = out.n_bytes;
    *self = parsed;
    return 0;
}

void safetensors_close(struct safetensors *self)
{
    tensor_set_release(&self->set);
    for (size_t i = 0; i < self->n_copies; i++)
        mem_free(self->copies[i]);
    mem_free(self->copies);
    if (self->bytes != NULL)
        munmap(self->bytes, self->room);
    *self = (struct safetensors){0};
}
