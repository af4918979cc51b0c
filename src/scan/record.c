/* Records of SQLite's b-trees (file format, section 2.1). */
#include "scan/scan_private.h"

size_t record_varint(const unsigned char *p, const unsigned char *end, uint64_t *value)
{
    uint64_t v = 0;
    for (size_t i = 0; i < 9; i++) {
        if (p + i >= end)
            return 0;
        if (i == 8) {
            *value = v << 8 | p[i];
            return 9;
        }
        v = v << 7 | (p[i] & 0x7f);
        if (!(p[i] & 0x80)) {
            *value = v;
            return i + 1;
        }
    }
    return 0;
}

static uint64_t size_of_type(uint64_t type)
{
    static const uint64_t sizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
    return type < 12 ? sizes[type] : (type - 12) / 2;
}

struct fields {
    const unsigned char *header, *header_end, *body, *end;
    int field;
};

static bool begin(struct fields *f, const unsigned char *record, size_t n)
{
    uint64_t size;
    size_t took = record_varint(record, record + n, &size);
    if (took == 0 || size < took || size > n)
        return false;
    *f = (struct fields){.header = record + took, .header_end = record + size, .body = record + size,
                         .end = record + n, .field = -1};
    return true;
}

/* The next field; *length of it are there. */
static bool next(struct fields *f, uint64_t *type, const unsigned char **value, size_t *length, bool *cut)
{
    size_t took = f->header < f->header_end ? record_varint(f->header, f->header_end, type) : 0;
    if (took == 0)
        return false;
    uint64_t size = size_of_type(*type), left = (uint64_t)(f->end - f->body);
    f->header += took;
    f->field++;
    *value = f->body;
    *cut = size > left;
    *length = (size_t)(size > left ? left : size);
    f->body += *length;
    return true;
}

void record_scan(struct scan *self, struct scan_spot *spot, const unsigned char *record, size_t n, bool cut)
{
    struct fields f;
    uint64_t type, offset = spot->offset;
    const unsigned char *value;
    size_t length;
    bool value_cut;
    if (!begin(&f, record, n)) { /* no record: its bytes all the same */
        scan_bytes(self, spot, record, n, 0, n);
        return;
    }
    while (next(&f, &type, &value, &length, &value_cut)) {
        spot->field = f.field;
        spot->offset = offset + (uint64_t)(value - record);
        if (type >= 12)
            scan_value(self, spot, value, length, value_cut && cut);
    }
    spot->offset = offset;
    spot->field = -1;
}

bool record_text(const unsigned char *record, size_t n, int field, const unsigned char **text, size_t *length)
{
    struct fields f;
    uint64_t type;
    bool cut;
    if (!begin(&f, record, n))
        return false;
    while (next(&f, &type, text, length, &cut))
        if (f.field == field)
            return type >= 13 && (type & 1) == 1 && !cut;
    return false;
}

bool record_integer(const unsigned char *record, size_t n, int field, int64_t *value)
{
    struct fields f;
    uint64_t type;
    const unsigned char *bytes;
    size_t length;
    bool cut;
    if (!begin(&f, record, n))
        return false;
    while (next(&f, &type, &bytes, &length, &cut)) {
        if (f.field != field)
            continue;
        if (type == 8 || type == 9) {
            *value = type == 9;
            return true;
        }
        if (type == 0 || type > 6 || cut)
            return false;
        uint64_t v = bytes[0] & 0x80 ? UINT64_MAX : 0;
        for (size_t i = 0; i < length; i++)
            v = v << 8 | bytes[i];
        *value = (int64_t)v;
        return true;
    }
    return false;
}
