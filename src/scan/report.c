#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "scan/scan_private.h"

enum { LINES_MAX = 1 << 20 };

const char *scan_verdict_name(enum scan_verdict verdict)
{
    static const char *const names[] = {"found", "possible", "coincidence"};
    return names[verdict];
}

const char *scan_place_name(enum scan_place place)
{
    static const char *const names[] = {"row",           "gap in a page", "freed space", "free page",
                                        "overflow page",
                                        "page of nobody", "write-ahead log", "file",    "compressed file", "file name"};
    return names[place];
}

void scan_report_release(struct scan_report *self)
{
    for (size_t i = 0; i < self->n; i++)
        mem_free(self->findings[i].file);
    mem_free(self->findings);
    str_release(&self->unseen);
    str_release(&self->strange);
    *self = (struct scan_report){0};
}

static bool is_same(const struct scan_finding *a, const struct scan_finding *b)
{
    return a->place == b->place && a->form == b->form && a->verdict == b->verdict && a->field == b->field &&
           strcmp(a->tree, b->tree) == 0 && strcmp(a->file, b->file) == 0;
}

static void add(struct scan *self, struct scan_finding *f)
{
    struct scan_report *r = self->report;
    self->enough |= self->want == SCAN_UNTIL_FOUND && f->verdict != SCAN_COINCIDENCE;
    *(f->verdict == SCAN_FOUND ? &r->found : f->verdict == SCAN_POSSIBLE ? &r->possible : &r->coincidences) += 1;
    for (size_t i = r->n; i > 0; i--) /* the newest are most like it */
        if (is_same(&r->findings[i - 1], f)) {
            r->findings[i - 1].n++;
            return;
        }
    f->file = mem_strdup(f->file);
    if (f->file == NULL || mem_grow((void **)&r->findings, &r->cap, r->n + 1, sizeof *r->findings) != 0) {
        mem_free(f->file);
        self->rc = error_nomem(self->err, "the scan");
        return;
    }
    r->findings[r->n++] = *f;
}

struct looking {
    struct scan *scan;
    const struct scan_spot *spot;
    const unsigned char *data;
    size_t n;
    bool value, cut; /* value: it is a whole field */
};

/* A short number: theirs only where it stands for itself, among what is about people. */
static int verdict_of_weak(const struct looking *l, bool word, bool whole)
{
    const struct scan_options *o = l->scan->options;
    const struct scan_spot *s = l->spot;
    if (!word)
        return -1;
    if (l->value) {
        bool of_people = o->field_is_of_people == NULL ||
                         o->field_is_of_people(o->context, l->scan->file, s->tree != NULL ? s->tree : "", s->field);
        return !of_people ? SCAN_COINCIDENCE : whole || s->field < 0 ? SCAN_FOUND : SCAN_POSSIBLE;
    }
    if (s->place == PLACE_FILE || s->place == PLACE_PACKED || s->place == PLACE_NAME)
        return l->scan->of_people ? SCAN_FOUND : SCAN_COINCIDENCE;
    return SCAN_POSSIBLE;
}

static int verdict_of(const struct looking *l, size_t at, size_t length, const struct needle_pattern *p)
{
    const struct needle *needle = &l->scan->needles->list[p->needle];
    if (!p->word)
        return SCAN_FOUND;
    bool word = matcher_is_word(l->data, l->n, at, length), whole = l->value && length == l->n && !l->cut;
    if (needle->identifier)
        return needle->weak ? verdict_of_weak(l, word, whole) : word ? SCAN_FOUND : SCAN_POSSIBLE;
    return whole || (word && !l->value) ? SCAN_FOUND : word ? SCAN_POSSIBLE : -1;
}

static int on_match(void *context, size_t at, size_t length, uint32_t id)
{
    const struct looking *l = context;
    const struct needle_pattern *p = &l->scan->needles->patterns[id];
    int verdict = verdict_of(l, at, length, p);
    if (verdict < 0)
        return 0;
    union { /* add() copies it */
        const char *in;
        char *out;
    } file = {.in = l->scan->shown};
    struct scan_finding f = {.file = file.out, .field = l->spot->field, .place = l->spot->place,
                             .form = (enum needle_form)p->form, .verdict = (enum scan_verdict)verdict, .n = 1,
                             .page = l->spot->page, .offset = l->spot->offset + at};
    snprintf(f.tree, sizeof f.tree, "%s", l->spot->tree != NULL ? l->spot->tree : "");
    add(l->scan, &f);
    return scan_over(l->scan);
}

void scan_value(struct scan *self, const struct scan_spot *spot, const unsigned char *data, size_t n, bool cut)
{
    struct looking l = {.scan = self, .spot = spot, .data = data, .n = n, .value = true, .cut = cut};
    if (scan_over(self) || n == 0)
        return;
    if (n < MATCHER_MIN && !cut && needles_has_short(self->needles, data, n)) {
        const struct scan_options *o = self->options;
        bool of_people = o->field_is_of_people == NULL ||
                         o->field_is_of_people(o->context, self->file, spot->tree != NULL ? spot->tree : "",
                                               spot->field);
        union {
            const char *in;
            char *out;
        } file = {.in = self->shown};
        struct scan_finding f = {.file = file.out, .field = spot->field, .place = spot->place, .form = FORM_TEXT,
                                 .verdict = of_people ? SCAN_FOUND : SCAN_COINCIDENCE, .n = 1, .page = spot->page,
                                 .offset = spot->offset};
        snprintf(f.tree, sizeof f.tree, "%s", spot->tree != NULL ? spot->tree : "");
        add(self, &f);
        return;
    }
    matcher_scan(self->needles->matcher, data, n, 0, n, on_match, &l);
}

void scan_bytes(struct scan *self, const struct scan_spot *spot, const unsigned char *data, size_t n, size_t from,
                size_t to)
{
    struct looking l = {.scan = self, .spot = spot, .data = data, .n = n};
    if (!scan_over(self))
        matcher_scan(self->needles->matcher, data, n, from, to, on_match, &l);
}

void scan_unseen(struct scan *self, const char *why)
{
    struct scan_report *r = self->report;
    r->n_unseen++;
    if (r->unseen.max == 0)
        str_init(&r->unseen, LINES_MAX);
    str_printf(&r->unseen, "%s: %s\n", self->shown, why);
}

bool scan_step(struct scan *self, uint64_t bytes)
{
    self->done += bytes;
    if (self->rc == 0 && job_step(self->options->job, "looking for remnants", (double)self->done, 0, "bytes"))
        self->rc = job_error_cancelled(self->err, "the scan");
    return self->rc == 0;
}
