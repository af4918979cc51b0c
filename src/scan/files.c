/* The walk over the directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/kept.h"
#include "base/mem.h"
#include "base/text.h"
#include "scan/scan_private.h"

enum { SLICE = 8 << 20, DEPTH_MAX = 64, LINES_MAX = 1 << 20, READ_MAX = 64 << 20 };

static void scan_plain(struct scan *self, const unsigned char *data, size_t n)
{
    struct scan_spot spot = {.place = PLACE_FILE, .field = -1};
    for (size_t at = 0; at < n && !scan_over(self); at += SLICE) {
        size_t to = at + SLICE < n ? at + SLICE : n;
        scan_bytes(self, &spot, data, n, at, to);
        scan_step(self, to - at);
    }
}

static void scan_mapped(struct scan *self, const char *path, const unsigned char *data, size_t n)
{
    if (pages_is_database(data, n))
        pages_scan_database(self, data, n);
    else if (pages_is_log(data, n))
        pages_scan_log(self, data, n);
    else
        scan_plain(self, data, n);
    if (!scan_over(self) && archive_is_packed(data, n))
        archive_scan(self, path);
}

/* What may be cut short by somebody else while it is searched (a log, above all) must not be mapped: it would take the
 * program with it. */
static void scan_read(struct scan *self, int fd, const char *path, size_t size)
{
    unsigned char *data = mem_alloc(size, 1);
    size_t n = 0;
    ssize_t got = 0;
    if (data == NULL) {
        self->rc = error_nomem(self->err, "the scan");
        return;
    }
    while (n < size && (got = pread(fd, data + n, size - n, (off_t)n)) > 0)
        n += (size_t)got;
    if (got < 0)
        scan_unseen(self, strerror(errno));
    else
        scan_mapped(self, path, data, n);
    mem_free(data);
}

static void scan_bytes_of(struct scan *self, int fd, const char *path, size_t size, bool keep)
{
    self->report->bytes += size;
    if (size <= READ_MAX || text_ends_with(path, "-wal") || text_ends_with(path, "-journal")) {
        scan_read(self, fd, path, size);
        return;
    }
    void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        scan_unseen(self, strerror(errno));
        return;
    }
    scan_mapped(self, path, map, size);
    munmap(map, size);
    if (!keep) /* it is large and was read once: what others read all the time is to stay in memory */
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* What the files of this machine call now. */
static int64_t file_clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads it, unless that was done before; what proves clean is remembered.  `keep`: it is open here, and always changes. */
static void scan_open_file(struct scan *self, int fd, const char *path, const struct stat *st, bool keep)
{
    struct proven *proven = keep ? NULL : self->options->proven;
    struct scan_report *r = self->report;
    uint64_t before = r->found + r->possible + r->coincidences, unseen = r->n_unseen;
    int64_t began = file_clock_ms();
    struct stat after;
    if (proven != NULL && proven_has(proven, self->file, st)) {
        r->earlier++;
        r->bytes += (uint64_t)st->st_size;
        return;
    }
    if (st->st_size > 0)
        scan_bytes_of(self, fd, path, (size_t)st->st_size, keep);
    bool clean = !scan_over(self) && before == r->found + r->possible + r->coincidences && unseen == r->n_unseen;
    if (clean && proven != NULL && self->shown == self->file && fstat(fd, &after) == 0 && proven_same(st, &after))
        self->rc = proven_add(proven, self->file, st, began, self->err);
}

static void scan_file(struct scan *self, const char *path)
{
    const struct scan_options *o = self->options;
    bool keep = o->is_open_here != NULL && o->is_open_here(o->context, self->file);
    int fd = keep ? kept_open(path) : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0)
        scan_open_file(self, fd, path, &st, keep);
    else if (errno != ENOENT) /* gone meanwhile: then nothing is in it */
        scan_unseen(self, strerror(errno));
    self->report->files++;
    if (fd >= 0 && !keep)
        close(fd);
}

static int hides(void *context, size_t at, size_t length, uint32_t id)
{
    (void)at, (void)length, (void)id;
    *(bool *)context = true;
    return 1;
}

/* A name is searched as well; one that holds a needle is not repeated. */
static void name_file(struct scan *self, const char *file)
{
    const unsigned char *name = (const unsigned char *)file;
    size_t n = strlen(file);
    bool hidden = false;
    struct scan_spot spot = {.place = PLACE_NAME, .field = -1};
    const struct scan_options *o = self->options;
    self->file = file;
    matcher_scan(self->needles->matcher, name, n, 0, n, hides, &hidden);
    self->shown = hidden ? "(a file whose name is one of what was looked for)" : file;
    self->of_people = o->file_is_of_people == NULL || o->file_is_of_people(o->context, file);
    if (hidden)
        scan_bytes(self, &spot, name, n, 0, n);
}

static void take_file(struct scan *self, const char *path, const char *file, mode_t mode)
{
    const struct scan_options *o = self->options;
    self->want = o->wants != NULL ? o->wants(o->context, file) : SCAN_WHOLE;
    if (self->want == SCAN_NOT)
        return;
    name_file(self, file);
    self->enough = false; /* whoever bears the name, the bytes are another matter */
    if (o->is_known != NULL && !o->is_known(o->context, file)) {
        if (self->report->strange.max == 0)
            str_init(&self->report->strange, LINES_MAX);
        self->report->n_strange++;
        str_printf(&self->report->strange, "%s\n", self->shown);
    }
    if (!S_ISREG(mode))
        scan_unseen(self, S_ISLNK(mode) ? "a link, not followed" : "no regular file");
    else if (o->skips != NULL && o->skips(o->context, file))
        scan_unseen(self, "a key, not opened");
    else
        scan_file(self, path);
    self->enough = false;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void walk(struct scan *self, const char *dir, const char *prefix, int depth)
{
    struct dirent **list = NULL;
    int n = depth < DEPTH_MAX ? scandir(dir, &list, NULL, by_name) : -1;
    if (n < 0) {
        name_file(self, prefix[0] != '\0' ? prefix : ".");
        scan_unseen(self, "the directory cannot be read");
    }
    for (int i = 0; i < n; i++) {
        char path[FS_PATH_MAX], file[FS_PATH_MAX];
        const char *name = list[i]->d_name;
        struct stat st;
        bool dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        if (!dots && self->rc == 0 && fs_join(path, sizeof path, dir, name) == 0 &&
            (prefix[0] == '\0' ? strlen(name) < sizeof file && strcpy(file, name) != NULL
                               : fs_join(file, sizeof file, prefix, name) == 0) &&
            lstat(path, &st) == 0) {
            if (S_ISDIR(st.st_mode))
                walk(self, path, file, depth + 1);
            else
                take_file(self, path, file, st.st_mode);
        }
        free(list[i]);
    }
    free(list);
}

int scan_run(struct scan_report *out, const struct scan_options *options, struct error *err)
{
    struct scan self = {.options = options, .needles = options->needles, .report = out, .file = "", .shown = "",
                        .err = err};
    struct stat st;
    *out = (struct scan_report){0};
    if (lstat(options->root, &st) != 0)
        return fs_error(err, options->root, "cannot be looked at");
    if (S_ISDIR(st.st_mode)) {
        walk(&self, options->root, "", 0);
    } else {
        const char *slash = strrchr(options->root, '/');
        take_file(&self, options->root, slash != NULL ? slash + 1 : options->root, st.st_mode);
    }
    self.shown = "the device";
    scan_unseen(&self, "blocks that the file system or the disk keeps of what was overwritten or removed");
    self.shown = "elsewhere";
    scan_unseen(&self, "copies that were taken away: backups on other machines, exports, logs of other programs");
    bool any_short = false;
    for (size_t i = 0; i < self.needles->n; i++)
        any_short |= self.needles->list[i].n < MATCHER_MIN;
    if (any_short) {
        self.shown = "short ones";
        scan_unseen(&self, "what has fewer than four bytes was looked for as whole fields of tables only");
    }
    if (self.needles->beyond_ascii) {
        self.shown = "letters";
        scan_unseen(&self, "letters beyond ASCII were looked for in the case given, not in the other");
    }
    if (self.rc != 0)
        scan_report_release(out);
    return self.rc;
}
