/* For tests/command/safetensors_python.sh: `write FILE` writes a set of every type, `print FILE` shows what a file
 * holds, one array or fact a line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/safetensors.h"

static int fail(const struct error *err)
{
    printf("%s: %s: %s\n", error_name(err->code), err->what, err->why);
    return EXIT_FAILURE;
}

static int write_set(const char *path, struct error *err)
{
    static const float f32[6] = {1, -2.5f, 3e-9f, 0, 1e30f, 0.1f};
    static const double f64[2] = {0.1, -1e300};
    static const int32_t i32[2] = {-1, INT32_MAX};
    static const int64_t i64[2] = {INT64_MIN, 5};
    static const uint64_t u64[2] = {UINT64_MAX, 0};
    static const uint32_t u32[1] = {UINT32_MAX};
    static const uint8_t u8[3] = {0, 255, 7};
    static const uint64_t cube[3] = {1, 2, 3};
    struct tensor_set set = {0};
    int rc = tensor_set_add(&set, "cube", TENSOR_F32, 3, cube, f32, err);
    rc = rc != 0 ? rc : tensor_set_add_1d(&set, "f64", TENSOR_F64, 2, f64, err);
    rc = rc != 0 ? rc : tensor_set_add_2d(&set, "i32", TENSOR_I32, 2, 1, i32, err);
    rc = rc != 0 ? rc : tensor_set_add_1d(&set, "i64", TENSOR_I64, 2, i64, err);
    rc = rc != 0 ? rc : tensor_set_add_1d(&set, "u8", TENSOR_U8, 3, u8, err);
    rc = rc != 0 ? rc : tensor_set_add_1d(&set, "u64", TENSOR_U64, 2, u64, err);
    rc = rc != 0 ? rc : tensor_set_add_1d(&set, "u32", TENSOR_U32, 1, u32, err);
    rc = rc != 0 ? rc : tensor_set_add_1d(&set, "none", TENSOR_F32, 0, f32, err);
    rc = rc != 0 ? rc : tensor_set_put_meta(&set, "kind", "a \"n\u00e9w\"\n kind", err);
    rc = rc != 0 ? rc : safetensors_write(&set, path, NULL, NULL, NULL, err);
    tensor_set_release(&set);
    return rc;
}

static void print_element(const struct tensor *t, uint64_t i)
{
    switch (t->type) {
    case TENSOR_F32: printf(" %.9g", (double)((const float *)t->data)[i]); break;
    case TENSOR_F64: printf(" %.17g", ((const double *)t->data)[i]); break;
    case TENSOR_I32: printf(" %" PRId32, ((const int32_t *)t->data)[i]); break;
    case TENSOR_I64: printf(" %" PRId64, ((const int64_t *)t->data)[i]); break;
    case TENSOR_U8: printf(" %u", ((const uint8_t *)t->data)[i]); break;
    case TENSOR_U32: printf(" %" PRIu32, ((const uint32_t *)t->data)[i]); break;
    case TENSOR_U64: printf(" %" PRIu64, ((const uint64_t *)t->data)[i]); break;
    }
}

static int print_set(const char *path, struct error *err)
{
    struct safetensors file;
    int rc = safetensors_open(&file, path, NULL, NULL, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < file.set.n_meta; i++)
        printf("%s=%s\n", file.set.meta[i].name, file.set.meta[i].text);
    for (size_t i = 0; i < file.set.n_tensors; i++) {
        const struct tensor *t = &file.set.tensors[i];
        printf("%s %s", t->name, tensor_type_name(t->type));
        for (uint32_t d = 0; d < t->dims; d++)
            printf("%c%" PRIu64, d == 0 ? ' ' : 'x', t->shape[d]);
        printf(":");
        for (uint64_t e = 0; e < tensor_count(t); e++)
            print_element(t, e);
        printf("\n");
    }
    safetensors_close(&file);
    return 0;
}

int main(int argc, char **argv)
{
    struct error err;
    if (argc != 3)
        return EXIT_FAILURE;
    int rc = strcmp(argv[1], "write") == 0 ? write_set(argv[2], &err) : print_set(argv[2], &err);
    return rc == 0 ? EXIT_SUCCESS : fail(&err);
}
