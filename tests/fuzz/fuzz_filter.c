/* Any text is either refused with words, or becomes a filter that can be asked about every item; for each item,
 * the whole and the first failed term agree. */
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recommend/filter.h"

const char *const fuzz_words[] = {" and ", " or ", "not ", "(", ")", " in (", ",", " contains ", "~", "!~", "=", "!=",
                                  "<",
                                  "<=", ">", ">=", " is null", " is not null", "has ", "price", "country", "tags",
                                  "stock", "'a b'", "\"", "`", "\\'", "20", "France", "red", "true", NULL};

enum { ITEMS = 70 };
static double price[ITEMS], stock[ITEMS];
static uint32_t country[ITEMS], tags[2 * ITEMS];
static uint64_t start[ITEMS + 1];
static const char *const words[] = {"France", "red", "", "a b"};
static const char *const names[] = {"price", "stock", "country", "tags", NULL};

static const char *name(void *context, size_t index)
{
    (void)context;
    return names[index];
}

static int column(void *context, const char *field, struct filter_column *out, struct error *err)
{
    (void)context, (void)err;
    switch (field[0]) {
    case 'p': *out = (struct filter_column){.type = FILTER_NUMBER, .number = price}; break;
    case 's': *out = (struct filter_column){.type = FILTER_BOOLEAN, .number = stock}; break;
    case 'c': *out = (struct filter_column){.type = FILTER_TEXT, .code = country, .words = words, .n_words = 4}; break;
    default:
        *out = (struct filter_column){
            .type = FILTER_LIST, .code = tags, .start = start, .words = words, .n_words = 4};
    }
    return 0;
}

static void fill(void)
{
    for (uint32_t i = 0; i < ITEMS; i++) {
        price[i] = i % 7 == 0 ? (double)NAN : i;
        stock[i] = i % 5 == 0 ? (double)NAN : i % 2;
        country[i] = i % 6 < 4 ? i % 6 : FILTER_MISSING;
        start[i + 1] = start[i] + i % 3;
        for (uint64_t e = start[i]; e < start[i + 1]; e++)
            tags[e] = (i + (uint32_t)e) % 4;
    }
}

static bool filter_bind_or_free(struct filter *f, const struct filter_schema *schema, struct error *err, int *rc)
{
    *rc = filter_bind(f, schema, err);
    if (*rc != 0)
        filter_free(f);
    return *rc == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct filter_schema schema = {NULL, column, name};
    struct filter *f;
    struct error err = {0};
    if (start[ITEMS] == 0)
        fill();
    int rc = filter_parse(&f, (const char *)data, size, &err);
    if (rc == 0 && filter_bind_or_free(f, &schema, &err, &rc)) {
        uint64_t excluded[2] = {0};
        filter_exclude(f, ITEMS, excluded);
        for (uint32_t i = 0; i < ITEMS; i++) {
            const char *term;
            size_t n;
            bool failed = filter_failed(f, i, &term, &n);
            if (failed != (excluded[i / 64] >> i % 64 & 1) || (failed && (n == 0 || n > size)))
                abort();
        }
        if (strlen(filter_note(f)) > 255 || excluded[1] >> 6 != 0)
            abort();
        filter_free(f);
    } else if (rc == E_USAGE) {
        if (err.code != rc || err.why[0] == '\0')
            abort();
        if (err.why[0] != 'i' && strstr(err.why, "character") == NULL && strlen(err.why) < 300)
            abort();
    } else {
        abort();
    }
    return 0;
}
