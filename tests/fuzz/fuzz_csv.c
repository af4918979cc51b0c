/* The CSV reader on any bytes: rows are the same whatever the size of the pieces they arrive in, lines
 * only go up, and no row or field is larger than its limits. */
#include "ingest/csv.h"
#include "tests/fuzz/feed.h"
#include "tests/fuzz/fuzz.h"

const char *const fuzz_words[] = {"\"", "\"\"", ",\"", "\",", "\r\n", "\n", "\r", ",", "\t", "|", ";", "\"\n", "x", NULL};

static uint64_t read_all(const uint8_t *data, size_t size, size_t piece, const struct csv_options *options)
{
    struct feed feed = {.data = (const char *)data, .n = size, .piece = piece};
    struct csv *csv;
    struct row row;
    uint64_t digest = 14695981039346656037u, line = 0;
    FUZZ_CHECK(csv_new(&csv, options, feed_read, &feed, NULL) == 0);
    while (csv_next(csv, &row, NULL) == 1) {
        FUZZ_CHECK(row.line > line && row.raw_n <= ROW_MAX_BYTES && row.n_fields <= ROW_MAX_FIELDS);
        FUZZ_CHECK(row.problem != NULL ? row.n_fields == 0 : row.n_fields > 0);
        line = row.line;
        digest = feed_digest(digest, &row.line, sizeof row.line);
        digest = feed_digest(digest, row.raw, row.raw_n);
        for (size_t i = 0; i < row.n_fields; i++)
            digest = feed_digest(digest, row.fields[i].text, row.fields[i].n);
    }
    csv_free(csv);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    static const char delimiters[] = {',', '\t', ';', '|'};
    struct csv_options options = {.delimiter = delimiters[data[0] & 3], .quote = data[0] & 4 ? '\0' : '"'};
    size_t piece = 1 + data[1] % 40u;
    uint64_t whole = read_all(data + 2, size - 2, SIZE_MAX, &options);
    FUZZ_CHECK(read_all(data + 2, size - 2, piece, &options) == whole);
    csv_sniff_delimiter((const char *)data, size, '"');
    return 0;
}
