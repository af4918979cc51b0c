/* tensor: named arrays on their way to or from a model file.
 *
 * The engine knows no files; a model offers its arrays as a tensor_set and the registry writes them as
 * safetensors.  Entries borrow `data` when saving (valid while the model lives); when loading they
 * borrow from the mapped file.  Small facts (a scalar, a member's name) go to `meta` as text. */
#ifndef RECKON_ENGINE_TENSOR_H
#define RECKON_ENGINE_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum tensor_type { TENSOR_F32, TENSOR_F64, TENSOR_I32, TENSOR_I64, TENSOR_U8, TENSOR_U32, TENSOR_U64 };

#define TENSOR_NAME_MAX 96
#define TENSOR_DIMS_MAX 4

struct tensor {
    char name[TENSOR_NAME_MAX]; /* "item_factors"; a blend's members prefix theirs: "ease/B" */
    enum tensor_type type;
    uint32_t dims;
    uint64_t shape[TENSOR_DIMS_MAX];
    const void *data;
};

struct tensor_meta {
    char name[TENSOR_NAME_MAX];
    char *text;
};

struct tensor_set {
    struct tensor *tensors;
    size_t n_tensors, cap_tensors;
    struct tensor_meta *meta;
    size_t n_meta, cap_meta;
    bool lasting; /* loading: the arrays outlive the model, which may go on borrowing them */
};

void tensor_set_release(struct tensor_set *self);
size_t tensor_type_size(enum tensor_type type);
const char *tensor_type_name(enum tensor_type type); /* the safetensors word: "F32" */
uint64_t tensor_count(const struct tensor *t);       /* elements */

int tensor_set_add(struct tensor_set *self, const char *name, enum tensor_type type, uint32_t dims,
                   const uint64_t *shape, const void *data, struct error *err);
int tensor_set_add_1d(struct tensor_set *self, const char *name, enum tensor_type type, uint64_t n, const void *data,
                      struct error *err);
int tensor_set_add_2d(struct tensor_set *self, const char *name, enum tensor_type type, uint64_t rows, uint64_t cols,
                      const void *data, struct error *err);
int tensor_set_put_meta(struct tensor_set *self, const char *name, const char *text, struct error *err); /* copies */
int tensor_set_put_real(struct tensor_set *self, const char *name, double value, struct error *err);     /* exact round trip */

const struct tensor *tensor_set_find(const struct tensor_set *self, const char *name);
const char *tensor_set_meta(const struct tensor_set *self, const char *name);

/* The tensor, if it has this type, 1 or 2 dimensions and shape; otherwise E_CORRUPT and NULL. */
const void *tensor_set_want(const struct tensor_set *self, const char *name, enum tensor_type type, uint64_t rows,
                            uint64_t cols /* 0: one-dimensional */, struct error *err);
int tensor_set_want_real(const struct tensor_set *self, const char *name, double *out, struct error *err);

#endif
