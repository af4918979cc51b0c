/* Compressed files and archives, opened by libarchive. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "base/mem.h"
#include "scan/scan_private.h"

enum { WINDOW = 1 << 20, BLOCK = 1 << 16 };

static bool begins(const unsigned char *data, size_t n, size_t at, const char *magic, size_t length)
{
    return n >= at + length && memcmp(data + at, magic, length) == 0;
}

bool archive_is_packed(const unsigned char *d, size_t n)
{
    return begins(d, n, 0, "\x1f\x8b", 2) || begins(d, n, 0, "\xfd" "7zXZ", 5) ||
           begins(d, n, 0, "\x28\xb5\x2f\xfd", 4) ||
           begins(d, n, 0, "BZh", 3) || begins(d, n, 0, "\x04\x22\x4d\x18", 4) || begins(d, n, 0, "PK\x03\x04", 4) ||
           begins(d, n, 0, "7z\xbc\xaf", 4) || begins(d, n, 0, "\x5d\x00\x00", 3) || begins(d, n, 257, "ustar", 5);
}

struct window {
    struct scan *scan;
    unsigned char *data;
    size_t n, carried; /* bytes at the beginning that were searched before, but for one of context */
    uint64_t offset;   /* of data[0] */
};

/* Searches what is there; keeps what a match that is not whole yet may begin in. */
static void search(struct window *w, bool end)
{
    size_t longest = matcher_longest(w->scan->needles->matcher), to = end || w->n < longest ? w->n : w->n - longest;
    struct scan_spot spot = {.place = PLACE_PACKED, .field = -1, .offset = w->offset};
    if (!end && w->n <= longest)
        return;
    scan_bytes(w->scan, &spot, w->data, w->n, w->carried, to);
    size_t keep = w->n - to + 1 < w->n ? w->n - to + 1 : w->n;
    memmove(w->data, w->data + w->n - keep, keep);
    w->offset += w->n - keep;
    w->carried = end ? 0 : 1;
    w->n = end ? 0 : keep;
}

static void read_entry(struct scan *self, struct archive *a, struct window *w)
{
    ssize_t got = 0;
    w->n = w->carried = 0;
    w->offset = 0;
    while (!scan_over(self) && (got = archive_read_data(a, w->data + w->n, BLOCK)) > 0) {
        if (w->n == 0 && archive_is_packed(w->data, (size_t)got))
            scan_unseen(self, "compressed within a compressed file; the inner one was not opened");
        w->n += (size_t)got;
        self->report->bytes += (uint64_t)got;
        if (w->n + BLOCK > WINDOW)
            search(w, false);
        scan_step(self, (uint64_t)got);
    }
    search(w, true);
    if (got < 0)
        scan_unseen(self, archive_read_has_encrypted_entries(a) > 0 ? "encrypted" : "damaged, or of an unknown kind");
}

void archive_scan(struct scan *self, const char *path)
{
    struct archive *a = archive_read_new();
    struct archive_entry *entry;
    size_t longest = matcher_longest(self->needles->matcher);
    struct window w = {.scan = self, .data = mem_alloc(WINDOW + BLOCK + longest, 1)};
    int rc = ARCHIVE_OK;
    if (a == NULL || w.data == NULL) {
        self->rc = error_nomem(self->err, "the scan");
    } else {
        archive_read_support_filter_all(a);
        /* Not all that there are: some (mtree) take any text for theirs, and fail on it. */
        archive_read_support_format_tar(a);
        archive_read_support_format_zip(a);
        archive_read_support_format_7zip(a);
        archive_read_support_format_cpio(a);
        archive_read_support_format_ar(a);
        archive_read_support_format_raw(a);
        rc = archive_read_open_filename(a, path, BLOCK);
        while (rc == ARCHIVE_OK && !scan_over(self) && (rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
            const char *name = archive_entry_pathname(entry);
            struct scan_spot spot = {.place = PLACE_PACKED, .field = -1};
            if (name != NULL)
                scan_bytes(self, &spot, (const unsigned char *)name, strlen(name), 0, strlen(name));
            read_entry(self, a, &w);
        }
        if (rc != ARCHIVE_EOF && rc != ARCHIVE_OK)
            scan_unseen(self, "cannot be opened, or is damaged");
        self->report->packed++;
    }
    archive_read_free(a);
    mem_free(w.data);
}
