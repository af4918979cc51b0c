/* What the files of src/scan share. */
#ifndef RECKON_SCAN_SCAN_PRIVATE_H
#define RECKON_SCAN_SCAN_PRIVATE_H

#include "scan/scan.h"

struct scan {
    const struct scan_options *options;
    const struct needles *needles;
    struct scan_report *report;
    const char *file;    /* that is looked at, within the root */
    const char *shown;   /* how it is called in findings */
    bool of_people;      /* of the file */
    enum scan_want want; /* of the file */
    bool enough;         /* of the file: nothing more of it is wanted */
    uint64_t done;       /* bytes, for progress */
    int rc;              /* the first thing that went wrong; then nothing more is done */
    struct error *err;
};

/* Where bytes come from. */
struct scan_spot {
    enum scan_place place;
    const char *tree; /* may be NULL */
    int field;
    uint64_t page, offset; /* of the first byte of what is searched */
};

/* The value of a field: [data, data + n) is all of it, unless `cut`. */
void scan_value(struct scan *self, const struct scan_spot *spot, const unsigned char *data, size_t n, bool cut);
/* Bytes as they are; matches that begin in [from, to). */
void scan_bytes(struct scan *self, const struct scan_spot *spot, const unsigned char *data, size_t n, size_t from,
                size_t to);

void scan_unseen(struct scan *self, const char *why);
/* Is there nothing more to do, of this file or of all? */
static inline bool scan_over(const struct scan *self)
{
    return self->rc != 0 || self->enough;
}
bool scan_step(struct scan *self, uint64_t bytes); /* false: cancelled */

bool pages_is_database(const unsigned char *data, size_t n);
bool pages_is_log(const unsigned char *data, size_t n);
void pages_scan_database(struct scan *self, const unsigned char *data, size_t n);
void pages_scan_log(struct scan *self, const unsigned char *data, size_t n);

/* A record of a b-tree: `n` bytes are there of it. */
void record_scan(struct scan *self, struct scan_spot *spot, const unsigned char *record, size_t n, bool cut);
/* The text of a field, when it is one; false: it is not. */
bool record_text(const unsigned char *record, size_t n, int field, const unsigned char **text, size_t *length);
bool record_integer(const unsigned char *record, size_t n, int field, int64_t *value);
size_t record_varint(const unsigned char *p, const unsigned char *end, uint64_t *value); /* 0: cut */

bool archive_is_packed(const unsigned char *data, size_t n);
void archive_scan(struct scan *self, const char *path);

#endif
