/* Files beside the database, by what is in them. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "privacy/erasure_private.h"
#include "privacy/remnants.h"
#include "store/personal_data.h"

enum { TEXT_MAX = 256 << 20 };

struct line {
    const struct needles *needles;
    const unsigned char *data;
    size_t n;
};

static int names(void *context, size_t at, size_t length, uint32_t id)
{
    const struct line *l = context;
    return !l->needles->patterns[id].word || matcher_is_word(l->data, l->n, at, length);
}

/* A text file without the lines that hold something of them. */
static int drop_lines(struct erasing *self, const char *path, int64_t *dropped, struct error *err)
{
    char *text;
    size_t n;
    struct str kept;
    int rc = fs_read_all(path, TEXT_MAX, &text, &n, err);
    if (rc != 0)
        return rc;
    str_init(&kept, TEXT_MAX);
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t length = end != NULL ? (size_t)(end - text) - at + 1 : n - at;
        struct line l = {.needles = &self->needles, .data = (const unsigned char *)text + at, .n = length};
        if (matcher_scan(self->needles.matcher, l.data, l.n, 0, l.n, names, &l) != 0)
            ++*dropped;
        else
            str_append(&kept, text + at, length);
        at += length;
    }
    if (*dropped > 0)
        rc = kept.failed ? error_nomem(err, path) : fs_write_all(path, str_text(&kept), kept.len, 0600, err);
    str_release(&kept);
    mem_free(text);
    return rc;
}

static int clean_file(struct erasing *self, const char *file, struct error *err)
{
    char path[FS_PATH_MAX];
    const struct personal_file *f = personal_data_file(file);
    int64_t dropped = 0;
    if (fs_join(path, sizeof path, self->workspace, file) != 0)
        return error_set(err, E_USAGE, file, "the path is too long");
    if (f == NULL || (f->reach != REACH_CONTENT && f->reach != REACH_REMOVE))
        return 0; /* the database goes by its tables; a stranger is for people to judge: the last search finds it */
    if (f->reach == REACH_CONTENT) {
        int rc = drop_lines(self, path, &dropped, err);
        return rc != 0 || dropped == 0 ? rc : facts_add(self->record->facts, "files", f->pattern, "lines removed",
                                                        dropped);
    }
    if (unlink(path) != 0)
        return fs_error(err, path, "cannot be removed");
    return facts_add(self->record->facts, "files", f->pattern, "removed, because it names them", 1);
}

int erasing_files(struct erasing *self, struct error *err)
{
    struct remnants_search search = {.store = self->store, .needles = &self->needles, .scope = REMNANTS_FILES,
                                     .proven = &self->proven, .job = self->erasure->job};
    struct scan_report report;
    int rc = remnants_search(&report, &search, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < report.n; i++) {
        const struct scan_finding *f = &report.findings[i];
        bool again = false;
        for (size_t j = 0; j < i; j++)
            again |= strcmp(report.findings[j].file, f->file) == 0;
        if (!again && f->verdict != SCAN_COINCIDENCE && f->place != PLACE_NAME && !remnants_is_backup(f->file))
            rc = clean_file(self, f->file, err);
    }
    scan_report_release(&report);
    return rc == E_NOMEM ? error_nomem(err, "erasure") : rc;
}
