/* Any bytes are either refused as E_CORRUPT or become a set whose arrays can all be read. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "train/safetensors.h"

const char *const fuzz_words[] = {"{", "}", "[", "]", ",", ":", "\"", "\"__metadata__\"", "\"dtype\"", "\"shape\"",
                                  "\"data_offsets\"", "\"F32\"", "\"F64\"", "\"U8\"", "\"I64\"", "\"U32\"", "[]", "{}",
                                  "\\u0000", "null", "1e3", "-1", "18446744073709551616", "a", "\"a\"", NULL};

static volatile unsigned sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct safetensors file;
    struct error err = {0};
    int rc = safetensors_parse(&file, "input", data, size, &err);
    if (rc != 0) {
        if (rc != E_CORRUPT || err.code != rc || err.why[0] == '\0')
            abort();
        return 0;
    }
    unsigned sum = 0;
    for (size_t i = 0; i < file.set.n_tensors; i++) {
        const struct tensor *t = &file.set.tensors[i];
        if (t->dims == 0 || t->dims > TENSOR_DIMS_MAX || (uintptr_t)t->data % tensor_type_size(t->type) != 0)
            abort();
        const unsigned char *p = t->data;
        for (uint64_t b = 0, n = tensor_count(t) * tensor_type_size(t->type); b < n; b++)
            sum += p[b];
    }
    for (size_t i = 0; i < file.set.n_meta; i++)
        sum += (unsigned)strlen(file.set.meta[i].text);
    sink = sum;
    safetensors_close(&file);
    return 0;
}
