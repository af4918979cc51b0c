/* What is done to the database, and the search afterwards. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "privacy/erasure_private.h"
#include "privacy/remnants.h"
#include "store/erase.h"
#include "store/holds.h"
#include "store/publications.h"
#include "store/suppressions.h"
#include "store/users.h"

static int out_of_memory(int rc, struct error *err)
{
    return rc == E_NOMEM ? error_nomem(err, "erasure") : rc;
}

static int on_removed(void *context, const char *place, const char *method, int64_t rows)
{
    struct erasing *self = context;
    bool kept = strcmp(place, "held_events") == 0;
    return facts_add(self->record->facts, kept ? "kept" : "removed", place, method, rows);
}

int erasing_choose(const struct erasing *self, struct store *store, bool by_number, struct error *err)
{
    json_t *one;
    size_t i;
    int rc = erase_choose(store, NULL, 0, err);
    json_array_foreach (json_object_get(self->sealed, "identifiers"), i, one)
        rc = rc != 0 ? rc : erase_choose_named(store, json_string_value(one), json_string_length(one), err);
    if (by_number)
        json_array_foreach (json_object_get(self->sealed, "users"), i, one)
            rc = rc != 0 ? rc : erase_choose_user(store, (int64_t)json_integer_value(one), err);
    return rc;
}

/* ---- commit -------------------------------------------------------------------------------------------- */

static int suppress(struct erasing *self, struct error *err)
{
    json_t *one;
    size_t i;
    int64_t now = clock_now_ms();
    int rc = 0;
    json_array_foreach (json_object_get(self->sealed, "identifiers"), i, one) {
        unsigned char digest[SUPPRESSION_DIGEST];
        if (rc == 0)
            rc = suppressions_digest(self->store, json_string_value(one), json_string_length(one), true, digest, err);
        if (rc == 0)
            rc = suppressions_add(self->store, digest, self->record->number, now, err);
        int64_t user = 0;
        if (rc == 0)
            rc = users_lookup(self->store, json_string_value(one), &user, err);
        if (rc == 0 && user != 0)
            rc = holds_choose(self->store, digest, user, err);
    }
    return rc;
}

int erasing_forget_notes(const struct erasing *self, struct store *store, int64_t *rows, struct error *err)
{
    json_t *one;
    size_t i;
    int64_t changed = 0;
    int rc = 0;
    json_array_foreach (json_object_get(self->sealed, "identifiers"), i, one) {
        unsigned char digest[SUPPRESSION_DIGEST];
        int64_t *list = NULL;
        size_t n = 0;
        if (rc == 0)
            rc = suppressions_digest(self->store, json_string_value(one), json_string_length(one), false, digest, err);
        if (rc == 0)
            rc = cases_of(self->store, digest, sizeof digest, self->record->number, &list, &n, err);
        for (size_t k = 0; rc == 0 && k < n; k++)
            rc = cases_forget_notes(store, list[k], &changed, err);
        mem_free(list);
    }
    if (rows != NULL)
        *rows = changed;
    return rc;
}

static int remove_rows(struct erasing *self, struct error *err)
{
    struct case_record *r = self->record;
    json_t *facts = json_pack("{s:I, s:I}", "case", (json_int_t)r->number, "people", (json_int_t)r->people);
    int64_t notes = 0;
    int rc = erase_rows(self->store, on_removed, self, err);
    rc = rc != 0 ? rc : erasing_forget_notes(self, self->store, &notes, err);
    if (rc == 0 && notes > 0)
        rc = on_removed(self, "case_steps.note", "what was written in their cases", notes);
    if (rc == 0) {
        snprintf(r->state, sizeof r->state, "%s", CASE_COMMITTED);
        json_object_set_new(r->facts, "committed", json_integer(clock_now_ms()));
        rc = cases_save(self->store, r, err);
    }
    if (rc != 0)
        json_decref(facts);
    return rc != 0 ? out_of_memory(rc, err)
                   : audit_append(self->store, "erasure committed", &self->erasure->actor, clock_now_ms(), facts, NULL,
                                  err);
}

int erasing_commit(struct erasing *self, struct error *err)
{
    /* By name, not by number: if the workspace was restored meanwhile, the numbers are somebody else's. */
    int rc = erasing_choose(self, self->store, false, err);
    rc = rc != 0 ? rc : erase_begin(self->store, err);
    if (rc != 0)
        return rc;
    /* In one transaction: there is no moment at which they are gone and could come back, and a training either sees
     * them and the list without them, or neither. */
    rc = suppress(self, err);
    rc = rc != 0 ? rc : erasing_note_models(self, err);
    rc = rc != 0 ? rc : remove_rows(self, err);
    int end = erase_end(self->store, rc == 0, err);
    rc = rc != 0 ? rc : end;
    if (rc != 0)
        snprintf(self->record->state, sizeof self->record->state, "%s", CASE_APPROVED);
    return rc;
}

/* ---- the control --------------------------------------------------------------------------------------- */

/* In how many places the control is found, in the database and its log. */
static int find_control(struct erasing *self, const char *control, int64_t *places, struct error *err)
{
    static const char *const files[] = {STORE_FILE, STORE_FILE "-wal"};
    struct needles needles;
    int rc = needles_init(&needles, err);
    rc = rc != 0 ? rc : needles_add(&needles, control, strlen(control), true, err);
    rc = rc != 0 ? rc : needles_ready(&needles, err);
    *places = 0;
    for (size_t i = 0; rc == 0 && i < sizeof files / sizeof files[0]; i++) {
        char path[FS_PATH_MAX];
        struct scan_report report;
        if (fs_join(path, sizeof path, self->workspace, files[i]) != 0 || !fs_exists(path))
            continue;
        rc = remnants_scan(&report, self->store, path, &needles, self->erasure->job, err);
        if (rc == 0)
            *places += (int64_t)report.n;
        if (rc == 0)
            scan_report_release(&report);
    }
    needles_release(&needles);
    return rc;
}

/* The same way as everybody, but counted nowhere. */
static int erase_control(struct erasing *self, const char *control, int64_t user, struct error *err)
{
    struct matcher *only;
    int rc = matcher_new(&only, err);
    rc = rc != 0 ? rc : matcher_add(only, control, strlen(control), 0, err);
    rc = rc != 0 ? rc : matcher_ready(only, err);
    rc = rc != 0 ? rc : erase_choose(self->store, &user, 1, err);
    rc = rc != 0 ? rc : erase_begin(self->store, err);
    if (rc == 0) {
        rc = erase_rows(self->store, NULL, NULL, err);
        rc = rc != 0 ? rc : erase_scrub(self->store, only, NULL, NULL, NULL, err);
        int end = erase_end(self->store, rc == 0, err);
        rc = rc != 0 ? rc : end;
    }
    matcher_free(only);
    return rc;
}

int erasing_control(struct erasing *self, struct error *err)
{
    const char *control = json_string_value(json_object_get(self->sealed, "control"));
    int64_t user, places = 0;
    int rc = erase_plant(self->store, control, &user, err);
    rc = rc != 0 ? rc : find_control(self, control, &places, err);
    if (rc == 0 && places == 0)
        rc = error_set(err, E_FAILED, "the scan", "does not find the control that was planted: it would prove nothing");
    rc = rc != 0 ? rc : erase_control(self, control, user, err);
    if (rc == 0)
        json_object_set_new(self->record->facts, "control", json_pack("{s:I}", "places_before", (json_int_t)places));
    return rc;
}

/* ---- texts, the file ------------------------------------------------------------------------------------ */

int erasing_scrub(struct erasing *self, struct error *err)
{
    int rc = erasing_choose(self, self->store, false, err);
    rc = rc != 0 ? rc : erase_begin(self->store, err);
    if (rc != 0)
        return rc;
    rc = erase_scrub(self->store, self->all, self->strong, on_removed, self, err);
    rc = rc != 0 ? out_of_memory(rc, err) : cases_save(self->store, self->record, err);
    int end = erase_end(self->store, rc == 0, err);
    return rc != 0 ? rc : end;
}

int erasing_rewrite(struct erasing *self, struct error *err)
{
    int rc = erase_rewrite(self->store, self->erasure->job, err);
    return rc != 0 ? rc
                   : out_of_memory(facts_add(self->record->facts, "removed", STORE_FILE,
                                             "written anew, and its log emptied", 1), err);
}

/* ---- verify --------------------------------------------------------------------------------------------- */

static json_t *lines(const struct str *text)
{
    json_t *list = json_array();
    for (const char *p = str_text(text); *p != '\0';) {
        size_t n = strcspn(p, "\n");
        json_array_append_new(list, json_stringn(p, n));
        p += n + (p[n] == '\n');
    }
    return list;
}

static json_t *findings(struct erasing *self, const struct scan_report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->n; i++) {
        const struct scan_finding *f = &report->findings[i];
        char where[160];
        remnants_where(self->store, f, where, sizeof where);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "verdict",
                                              scan_verdict_name(f->verdict), "file", f->file, "place",
                                              scan_place_name(f->place), "where", where, "form",
                                              needle_form_name(f->form), "n", (json_int_t)f->n, "page",
                                              (json_int_t)f->page, "offset", (json_int_t)f->offset));
    }
    return list;
}

static int put_scan(struct erasing *self, const struct scan_report *r, int64_t left, bool clean, struct error *err)
{
    json_t *scan = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "result",
                             clean ? "clean" : "found", "found", (json_int_t)r->found, "possible",
                                 (json_int_t)r->possible,
                             "coincidences", (json_int_t)r->coincidences, "files", (json_int_t)r->files, "bytes",
                             (json_int_t)r->bytes, "databases", (json_int_t)r->databases, "pages", (json_int_t)r->pages,
                             "compressed", (json_int_t)r->packed, "rows_left", (json_int_t)left, "needles",
                             (json_int_t)self->needles.n);
    json_object_set_new(scan, "read_earlier", json_integer((json_int_t)r->earlier));
    json_object_set_new(scan, "not_seen", lines(&r->unseen));
    json_object_set_new(scan, "not_declared", lines(&r->strange));
    json_object_set_new(scan, "findings", findings(self, r));
    json_t *control = json_object_get(self->record->facts, "control");
    json_object_set_new(control, "places_after", json_integer(0)); /* it is one of the needles */
    return json_object_set_new(self->record->facts, "scan", scan) == 0 ? 0 : error_nomem(err, "the scan");
}

/* A backup that was taken out of the workspace and is still there: it holds them, until a restore erases them again. */
static int note_backup(void *context, const struct audit_entry *e)
{
    json_t *facts = context, *list = json_object_get(facts, "backups_elsewhere"), *entry = json_loads(e->entry, 0, NULL);
    const char *action = json_string_value(json_object_get(entry, "action")),
               *place = json_string_value(json_object_get(entry, "place")),
               *at = json_string_value(json_object_get(entry, "at"));
    char what[120];
    int64_t made = 0, committed = (int64_t)json_integer_value(json_object_get(facts, "committed"));
    bool before = at != NULL && clock_parse(at, strlen(at), &made) && made <= committed;
    if (action != NULL && place != NULL && before && strcmp(action, "backup taken out") == 0 && fs_exists(place)) {
        snprintf(what, sizeof what, "a backup outside of the workspace, made %s", at);
        json_array_append_new(list, json_pack("{s:s, s:s, s:i}", "place", what, "method",
                                              "not reached; when it is restored they are erased again", "n", 1));
    }
    json_decref(entry);
    return 0;
}

static int note_backups(struct erasing *self, struct error *err)
{
    if (json_object_set_new(self->record->facts, "backups_elsewhere", json_array()) != 0)
        return error_nomem(err, "erasure");
    return audit_each(self->store, 0, note_backup, self->record->facts, err);
}

/* Anonymised data sets that were made while they were there: they stay, in classes of at least k people. */
static int note_publication(void *context, const struct publication_record *r)
{
    json_t *facts = context;
    char place[80], method[96];
    if (r->at > (int64_t)json_integer_value(json_object_get(facts, "committed")))
        return 0;
    snprintf(place, sizeof place, "anonymised data sets of %s", r->data_set);
    snprintf(method, sizeof method, "not reached; in classes of at least %lld people", (long long)r->k);
    return facts_add(facts, "kept_elsewhere", place, method, 1);
}

static int note_publications(struct erasing *self, struct error *err)
{
    if (json_object_set_new(self->record->facts, "kept_elsewhere", json_array()) != 0)
        return error_nomem(err, "erasure");
    int rc = publications_each(self->store, note_publication, self->record->facts, err);
    return rc == E_NOMEM ? error_nomem(err, "erasure") : rc;
}

int erasing_verify(struct erasing *self, bool *clean, struct error *err)
{
    struct remnants_search search = {.store = self->store, .needles = &self->needles, .scope = REMNANTS_ALL,
                                     .proven = &self->proven, .job = self->erasure->job};
    struct scan_report report;
    int64_t left = 0;
    int rc = erasing_choose(self, self->store, true, err);
    rc = rc != 0 ? rc : erase_left(self->store, &left, err);
    rc = rc != 0 ? rc : remnants_search(&report, &search, err);
    if (rc != 0)
        return rc;
    *clean = report.found == 0 && left == 0;
    rc = put_scan(self, &report, left, *clean, err);
    rc = rc != 0 ? rc : note_backups(self, err);
    rc = rc != 0 ? rc : note_publications(self, err);
    scan_report_release(&report);
    return rc != 0 ? rc : erasing_save(self, NULL, err);
}
