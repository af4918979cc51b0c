#include "engine/tensor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct {
    size_t size;
    const char *name;
} types[] = {
    [TENSOR_F32] = {4, "F32"}, [TENSOR_F64] = {8, "F64"}, [TENSOR_I32] = {4, "I32"}, [TENSOR_I64] = {8, "I64"},
    [TENSOR_U8] = {1, "U8"},   [TENSOR_U32] = {4, "U32"}, [TENSOR_U64] = {8, "U64"},
};

void tensor_set_release(struct tensor_set *self)
{
    for (size_t i = 0; i < self->n_meta; i++)
        mem_free(self->meta[i].text);
    mem_free(self->tensors);
    mem_free(self->meta);
    *self = (struct tensor_set){0};
}

size_t tensor_type_size(enum tensor_type type)
{
    return types[type].size;
}

const char *tensor_type_name(enum tensor_type type)
{
    return types[type].name;
}

uint64_t tensor_count(const struct tensor *t)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < t->dims; i++)
        n *= t->shape[i];
    return n;
}

int tensor_set_add(struct tensor_set *self, const char *name, enum tensor_type type, uint32_t dims,
                   const uint64_t *shape, const void *data, struct error *err)
{
    if (dims == 0 || dims > TENSOR_DIMS_MAX || strlen(name) >= TENSOR_NAME_MAX)
        return error_set(err, E_FAILED, name, "a tensor has 1 to %d dimensions and a name below %d bytes",
                         TENSOR_DIMS_MAX, TENSOR_NAME_MAX);
    if (mem_grow((void **)&self->tensors, &self->cap_tensors, self->n_tensors + 1, sizeof *self->tensors) != 0)
        return error_nomem(err, "collecting the model's arrays");
    struct tensor *t = &self->tensors[self->n_tensors++];
    *t = (struct tensor){.type = type, .dims = dims, .data = data};
    memcpy(t->name, name, strlen(name) + 1);
    memcpy(t->shape, shape, dims * sizeof *shape);
    return 0;
}

int tensor_set_add_1d(struct tensor_set *self, const char *name, enum tensor_type type, uint64_t n, const void *data,
                      struct error *err)
{
    return tensor_set_add(self, name, type, 1, &n, data, err);
}

int tensor_set_add_2d(struct tensor_set *self, const char *name, enum tensor_type type, uint64_t rows, uint64_t cols,
                      const void *data, struct error *err)
{
    uint64_t shape[2] = {rows, cols};
    return tensor_set_add(self, name, type, 2, shape, data, err);
}

int tensor_set_put_meta(struct tensor_set *self, const char *name, const char *text, struct error *err)
{
    if (strlen(name) >= TENSOR_NAME_MAX)
        return error_set(err, E_FAILED, name, "the name is too long");
    char *copy = mem_strdup(text);
    if (copy == NULL ||
        mem_grow((void **)&self->meta, &self->cap_meta, self->n_meta + 1, sizeof *self->meta) != 0) {
        mem_free(copy);
        return error_nomem(err, "collecting the model's facts");
    }
    struct tensor_meta *m = &self->meta[self->n_meta++];
    memcpy(m->name, name, strlen(name) + 1);
    m->text = copy;
    return 0;
}

int tensor_set_put_real(struct tensor_set *self, const char *name, double value, struct error *err)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    return tensor_set_put_meta(self, name, text, err);
}

const struct tensor *tensor_set_find(const struct tensor_set *self, const char *name)
{
    for (size_t i = 0; i < self->n_tensors; i++)
        if (strcmp(self->tensors[i].name, name) == 0)
            return &self->tensors[i];
    return NULL;
}

const char *tensor_set_meta(const struct tensor_set *self, const char *name)
{
    for (size_t i = 0; i < self->n_meta; i++)
        if (strcmp(self->meta[i].name, name) == 0)
            return self->meta[i].text;
    return NULL;
}

const void *tensor_set_want(const struct tensor_set *self, const char *name, enum tensor_type type, uint64_t rows,
                            uint64_t cols, struct error *err)
{
    const struct tensor *t = tensor_set_find(self, name);
    if (t == NULL) {
        error_set(err, E_CORRUPT, "model file", "the array '%s' is missing", name);
        return NULL;
    }
    if (t->type != type) {
        error_set(err, E_CORRUPT, "model file", "the array '%s' holds %s, not %s", name, types[t->type].name,
                  types[type].name);
        return NULL;
    }
    uint32_t dims = cols == 0 ? 1 : 2;
    if (t->dims != dims || t->shape[0] != rows || (dims == 2 && t->shape[1] != cols)) {
        error_set(err, E_CORRUPT, "model file", "the array '%s' has the wrong shape", name);
        return NULL;
    }
    return t->data;
}

int tensor_set_want_real(const struct tensor_set *self, const char *name, double *out, struct error *err)
{
    const char *text = tensor_set_meta(self, name);
    if (text == NULL)
        return error_set(err, E_CORRUPT, "model file", "the fact '%s' is missing", name);
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(v))
        return error_set(err, E_CORRUPT, "model file", "the fact '%s' is not a number", name);
    *out = v;
    return 0;
}
