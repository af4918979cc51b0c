/* The JSON Lines reader on any bytes: the same rows whatever the pieces, lines that only go up, values that are
 * text of their stated type. */
#include "ingest/jsonl.h"
#include "tests/fuzz/feed.h"
#include "tests/fuzz/fuzz.h"

const char *const fuzz_words[] = {"{", "}", "[", "]", ",", ":", "\"", "\\\"", "{\"a\":", "\"a.b\"", "\n", "\r\n", "null",
                                  "true", "1e308", "-0.0", "123456789012345678901", "\\u0000", "\\ud800", "[[1,2.5]]",
                                  "\"user\":\"u1\"", NULL};

static uint64_t read_all(const uint8_t *data, size_t size, size_t piece)
{
    struct feed feed = {.data = (const char *)data, .n = size, .piece = piece};
    struct columns columns = {0};
    struct jsonl *jsonl;
    struct row row;
    uint64_t digest = 14695981039346656037u, line = 0;
    FUZZ_CHECK(jsonl_new(&jsonl, &columns, feed_read, &feed, NULL) == 0);
    while (jsonl_next(jsonl, &row, NULL) == 1) {
        FUZZ_CHECK(row.line > line && row.raw_n <= ROW_MAX_BYTES && row.n_fields <= ROW_MAX_FIELDS);
        FUZZ_CHECK(row.n_fields <= columns.n);
        line = row.line;
        digest = feed_digest(digest, &row.line, sizeof row.line);
        digest = feed_digest(digest, row.raw, row.raw_n);
        for (size_t i = 0; i < row.n_fields; i++)
            if (row.fields[i].text != NULL)
                digest = feed_digest(digest, row.fields[i].text, row.fields[i].n);
    }
    jsonl_free(jsonl);
    columns_release(&columns);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    uint64_t whole = read_all(data + 1, size - 1, SIZE_MAX);
    FUZZ_CHECK(read_all(data + 1, size - 1, 1 + data[0] % 40u) == whole);
    return 0;
}
