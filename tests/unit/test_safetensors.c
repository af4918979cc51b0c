#include "train/safetensors.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "tests/unit/check_main.h"

static char path[64];

static const float factors[6] = {1, -2.5f, 3e-9f, 0, 1e30f, -0.0f};
static const uint64_t starts[3] = {0, 7, UINT64_C(1) << 60};
static const uint8_t odd[3] = {'a', 'b', 0xff};
static const int32_t codes[2] = {-1, INT32_MAX};

static void fixture(struct tensor_set *set)
{
    *set = (struct tensor_set){0};
    ck_assert_int_eq(tensor_set_put_meta(set, "kind", "ease", NULL), 0);
    ck_assert_int_eq(tensor_set_put_meta(set, "note", "quote \" slash \\ né\n", NULL), 0);
    ck_assert_int_eq(tensor_set_put_real(set, "param.lambda", 1.0 / 3, NULL), 0);
    ck_assert_int_eq(tensor_set_add_2d(set, "factors", TENSOR_F32, 2, 3, factors, NULL), 0);
    ck_assert_int_eq(tensor_set_add_1d(set, "odd", TENSOR_U8, 3, odd, NULL), 0);
    ck_assert_int_eq(tensor_set_add_1d(set, "starts", TENSOR_U64, 3, starts, NULL), 0); /* misaligned by `odd` */
    ck_assert_int_eq(tensor_set_add_1d(set, "nothing", TENSOR_F64, 0, starts, NULL), 0);
    ck_assert_int_eq(tensor_set_add_1d(set, "codes", TENSOR_I32, 2, codes, NULL), 0);
}

static void setup(void)
{
    snprintf(path, sizeof path, "/tmp/reckon-test-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

START_TEST(test_round_trip)
{
    struct tensor_set set;
    struct safetensors back;
    struct error err;
    char sum[65], of_file[65];
    uint64_t bytes;
    setup();
    fixture(&set);
    ck_assert_int_eq(safetensors_write(&set, path, NULL, sum, &bytes, &err), 0);
    ck_assert_int_eq(fs_sha256_file(path, of_file, &err), 0);
    ck_assert_str_eq(sum, of_file);
    ck_assert_msg(safetensors_open(&back, path, sum, NULL, &err) == 0, "%s", err.why);
    ck_assert_uint_eq(back.n_bytes, bytes);
    ck_assert_uint_eq(back.set.n_tensors, set.n_tensors);
    for (size_t i = 0; i < set.n_tensors; i++) {
        const struct tensor *a = &set.tensors[i], *b = &back.set.tensors[i];
        ck_assert_str_eq(a->name, b->name);
        ck_assert_int_eq(a->type, b->type);
        ck_assert_uint_eq(a->dims, b->dims);
        for (uint32_t d = 0; d < a->dims; d++)
            ck_assert_uint_eq(a->shape[d], b->shape[d]);
        ck_assert_uint_eq((uintptr_t)b->data % tensor_type_size(b->type), 0);
        ck_assert_int_eq(memcmp(a->data, b->data, tensor_count(a) * tensor_type_size(a->type)), 0);
    }
    ck_assert_uint_eq(back.n_copies, 3); /* what follows `odd` */
    ck_assert_uint_eq(back.set.n_meta, set.n_meta);
    for (size_t i = 0; i < set.n_meta; i++) {
        ck_assert_str_eq(set.meta[i].name, back.set.meta[i].name);
        ck_assert_str_eq(set.meta[i].text, back.set.meta[i].text);
    }
    /* data begins at a multiple of 64, and writing again gives the same bytes */
    ck_assert_uint_eq(((uintptr_t)back.set.tensors[0].data - (uintptr_t)back.bytes) % 64, 0);
    ck_assert_int_eq(safetensors_write(&set, path, NULL, of_file, NULL, &err), 0);
    ck_assert_str_eq(sum, of_file);
    safetensors_close(&back);
    tensor_set_release(&set);
    unlink(path);
}
END_TEST

START_TEST(test_a_set_without_anything)
{
    struct tensor_set set = {0};
    struct safetensors back;
    setup();
    ck_assert_int_eq(safetensors_write(&set, path, NULL, NULL, NULL, NULL), 0);
    ck_assert_int_eq(safetensors_open(&back, path, NULL, NULL, NULL), 0);
    ck_assert_uint_eq(back.set.n_tensors + back.set.n_meta, 0);
    safetensors_close(&back);
    unlink(path);
}
END_TEST

START_TEST(test_what_cannot_be_written)
{
    struct tensor_set set = {0};
    struct error err;
    setup();
    unlink(path);
    ck_assert_int_eq(tensor_set_add_1d(&set, "a", TENSOR_U8, 3, odd, NULL), 0);
    ck_assert_int_eq(tensor_set_add_1d(&set, "a", TENSOR_U8, 3, odd, NULL), 0);
    ck_assert_int_eq(safetensors_write(&set, path, NULL, NULL, NULL, &err), E_FAILED);
    strcpy(set.tensors[1].name, "__metadata__");
    ck_assert_int_eq(safetensors_write(&set, path, NULL, NULL, NULL, &err), E_FAILED);
    strcpy(set.tensors[1].name, "\xff");
    ck_assert_int_eq(safetensors_write(&set, path, NULL, NULL, NULL, &err), E_FAILED);
    strcpy(set.tensors[1].name, "b");
    set.tensors[1].shape[0] = UINT64_MAX;
    ck_assert_int_eq(safetensors_write(&set, path, NULL, NULL, NULL, &err), E_FAILED);
    set.n_tensors = 1;
    ck_assert_int_eq(tensor_set_put_meta(&set, "m", "\xc3", NULL), 0);
    ck_assert_int_eq(safetensors_write(&set, path, NULL, NULL, NULL, &err), E_FAILED);
    ck_assert(!fs_exists(path));
    set.meta[0].text[0] = 'x';
    ck_assert_int_eq(safetensors_write(&set, "/nonexistent/x", NULL, NULL, NULL, &err), E_NOT_FOUND);
    struct job job;
    job_init(&job, NULL, NULL);
    job_cancel(&job);
    ck_assert_int_eq(safetensors_write(&set, path, &job, NULL, NULL, &err), E_CANCELLED);
    ck_assert(!fs_exists(path));
    tensor_set_release(&set);
}
END_TEST

/* Every prefix of a good file is refused, and so is every file with one byte of its header's structure changed
 * to something else that is not the same description. */
START_TEST(test_cut_short)
{
    struct tensor_set set;
    struct error err;
    char *data, sum[65];
    size_t n;
    setup();
    fixture(&set);
    ck_assert_int_eq(safetensors_write(&set, path, NULL, sum, NULL, &err), 0);
    ck_assert_int_eq(fs_read_all(path, 1 << 20, &data, &n, &err), 0);
    for (size_t len = 0; len < n; len++) {
        struct safetensors file;
        ck_assert_int_eq(safetensors_parse(&file, "cut", data, len, &err), E_CORRUPT);
        ck_assert_str_eq(err.what, "cut");
        ck_assert(err.hint[0] != '\0');
    }
    int fd = open(path, O_WRONLY);
    ck_assert_int_eq(pwrite(fd, "!", 1, (off_t)n - 1), 1);
    struct safetensors file;
    ck_assert_int_eq(safetensors_open(&file, path, sum, NULL, &err), E_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.why, "checksum"));
    ck_assert_int_eq(safetensors_open(&file, path, NULL, NULL, &err), 0); /* its structure is whole */
    safetensors_close(&file);
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    ck_assert_int_eq(safetensors_open(&file, path, NULL, NULL, &err), E_CORRUPT);
    close(fd);
    ck_assert_int_eq(safetensors_open(&file, "/tmp", NULL, NULL, &err), E_USAGE);
    unlink(path);
    ck_assert_int_eq(safetensors_open(&file, path, NULL, NULL, &err), E_NOT_FOUND);
    mem_free(data);
    tensor_set_release(&set);
}
END_TEST

static int parse_header(const char *header, size_t data_bytes, struct error *err)
{
    char buf[4096] = {0};
    uint64_t len = strlen(header);
    memcpy(buf, &len, 8);
    memcpy(buf + 8, header, len);
    struct safetensors file;
    int rc = safetensors_parse(&file, "file", buf, 8 + len + data_bytes, err);
    if (rc == 0)
        safetensors_close(&file);
    return rc;
}

START_TEST(test_hostile_headers)
{
    static const struct {
        const char *header;
        size_t data;
        const char *why; /* NULL: it is fine */
    } cases[] = {
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, NULL},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}   ", 8, NULL},
        {"{}", 0, NULL},
        {"", 0, "does not begin"},
        {" {}", 0, "does not begin"},
        {"[]", 0, "does not begin"},
        {"{\"a\":", 0, "not valid JSON"},
        {"{} x", 0, "not valid JSON"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
         "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "not valid JSON"},
        {"{\"__metadata__\":{\"x\":1}}", 0, "is not text"},
        {"{\"__metadata__\":[]}", 0, "is not an object"},
        {"{\"a\":3}", 0, "is not described"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "is not described"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8, "is not described"},
        {"{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "unknown type"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, "dimensions"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1],\"data_offsets\":[0,4]}}", 4, "dimensions"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "counts"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", 4, "counts"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "larger than any"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}}", 0, "larger than any"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]}}", 4, "outside"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}}", 4, "outside"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[-1,4]}}", 4, "outside"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,4]}}", 4, "type and shape need"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}", 4, "belong to none"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}", 4, "gap"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}", 4, "overlaps"},
        {"{\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]},"
         "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 4, NULL},
        {"{\"\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "name"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,18446744073709551616]}}", 1, "not valid JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = {0};
        int rc = parse_header(cases[i].header, cases[i].data, &err);
        if (cases[i].why == NULL)
            ck_assert_msg(rc == 0, "%s: %s", cases[i].header, err.why);
        else
            ck_assert_msg(rc == E_CORRUPT && strstr(err.why, cases[i].why) != NULL, "%s: %s", cases[i].header, err.why);
    }
}
END_TEST

START_TEST(test_header_length_is_not_believed)
{
    const uint64_t lengths[] = {3, SAFETENSORS_HEADER_MAX, SAFETENSORS_HEADER_MAX + 1, UINT64_MAX, UINT64_MAX - 7};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char buf[10] = "\0\0\0\0\0\0\0\0{}";
        memcpy(buf, &lengths[i], 8);
        struct safetensors file;
        ck_assert_int_eq(safetensors_parse(&file, "file", buf, sizeof buf, NULL), E_CORRUPT);
    }
}
END_TEST

START_TEST(test_out_of_memory)
{
    struct tensor_set set;
    char *data;
    size_t n;
    setup();
    fixture(&set);
    ck_assert_int_eq(safetensors_write(&set, path, NULL, NULL, NULL, NULL), 0);
    ck_assert_int_eq(fs_read_all(path, 1 << 20, &data, &n, NULL), 0);
    for (unsigned long i = 1;; i++) {
        struct safetensors file;
        mem_fail_after(i);
        int rc = safetensors_parse(&file, "file", data, n, NULL);
        mem_fail_after(0);
        if (rc == 0) {
            ck_assert_uint_gt(i, 5);
            safetensors_close(&file);
            break;
        }
        ck_assert_int_eq(rc, E_NOMEM);
    }
    mem_free(data);
    tensor_set_release(&set);
    unlink(path);
}
END_TEST

CHECK_MAIN("safetensors", test_round_trip, test_a_set_without_anything, test_what_cannot_be_written, test_cut_short,
           test_hostile_headers, test_header_length_is_not_believed, test_out_of_memory)
