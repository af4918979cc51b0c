/* What would become of files and models; and whether there is room for it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fs.h"
#include "privacy/erasure_private.h"
#include "privacy/remnants.h"
#include "store/backups.h"
#include "store/erase.h"
#include "store/personal_data.h"
#include "store/registry.h"
#include "train/unlearn.h"

static const char *method_of(const char *file)
{
    const struct personal_file *f = personal_data_file(file);
    if (f == NULL)
        return "not reckon's: remove it yourself, or there is no certificate";
    if (remnants_is_backup(file))
        return "written anew without them";
    return f->reach == REACH_CONTENT  ? "lines that name them"
           : f->reach == REACH_REMOVE ? "removed, because it names them"
                                      : NULL; /* the database goes by its tables */
}

static int add_files(json_t *facts, const struct scan_report *report)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < report->n; i++) {
        const struct scan_finding *f = &report->findings[i];
        const char *method = f->verdict == SCAN_FOUND ? method_of(f->file) : NULL;
        if (method != NULL)
            rc = facts_add(facts, "plan", f->file, method, (int64_t)f->n);
    }
    return rc;
}

struct learnt {
    json_t *facts;
    int64_t first, last, n, people;
};

static int add_model(void *context, const struct model_record *r)
{
    struct learnt *l = context;
    char name[REGISTRY_NAME_MAX + 32];
    bool answers = model_record_answers(r);
    if (r->removed != 0 || l->n == 0 || r->data_from > l->last || r->data_to < l->first)
        return 0;
    char method[300] = "removed";
    const char *why;
    enum unlearn_way way = unlearn_expected(r, (uint64_t)l->people, (uint64_t)l->n, &why);
    if (answers)
        unlearn_describe(way, r->recipe != NULL, why, method, sizeof method);
    snprintf(name, sizeof name, "%s@%" PRId64, r->name, r->version);
    return facts_add(l->facts, "plan", name, method, 1);
}

/* What a backup takes that is written anew: itself twice, the copy that is changed and the new one. */
static int room_of_backups(const char *workspace, uint64_t *need, struct error *err)
{
    struct backup_entries all;
    int rc = backups_list(&all, workspace, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        uint64_t takes = (uint64_t)all.list[i].database_bytes / 10 * 21;
        *need = takes > *need ? takes : *need;
    }
    backups_release(&all);
    return rc;
}

/* Writing the database anew takes its size twice; a backup as well, one after the other. */
static int check_room(const char *workspace, struct error *err)
{
    char path[FS_PATH_MAX];
    struct stat st;
    struct statvfs fs;
    if (fs_join(path, sizeof path, workspace, STORE_FILE) != 0 || stat(path, &st) != 0 || statvfs(workspace, &fs) != 0)
        return 0;
    uint64_t need = (uint64_t)st.st_size / 10 * 22, has = (uint64_t)fs.f_bavail * fs.f_frsize;
    int rc = room_of_backups(workspace, &need, err);
    if (rc != 0 || has >= need)
        return rc;
    error_set(err, E_IO, workspace, "%" PRIu64 " MB are free, and writing the database or a backup anew takes %" PRIu64 " MB",
              has >> 20, need >> 20);
    return error_hint(err, E_IO, "free some space first; nothing was erased");
}

/* All that will be looked for, not their names alone: what is proven clean now need not be read again later. */
static int search_files(const struct erasure *self, const struct case_record *r, const json_t *sealed, struct error *err)
{
    struct needles needles = {0};
    struct proven proven;
    struct remnants_search search = {.store = self->store, .needles = &needles, .scope = REMNANTS_FILES,
                                     .proven = &proven, .job = self->job};
    struct scan_report report = {0};
    proven_init(&proven, r->salt);
    int rc = erasing_needles(&needles, sealed, err);
    rc = rc != 0 ? rc : remnants_search(&report, &search, err);
    rc = rc != 0 ? rc : add_files(r->facts, &report);
    rc = rc != 0 ? rc : facts_put_proven(r->facts, &proven);
    scan_report_release(&report);
    proven_release(&proven);
    needles_release(&needles);
    return rc;
}

int erasure_plan_files(const struct erasure *self, const struct case_record *record, const json_t *sealed, struct error *err)
{
    struct learnt learnt = {.facts = record->facts};
    int rc = check_room(store_workspace(self->store), err);
    rc = rc != 0 ? rc : search_files(self, record, sealed, err);
    rc = rc != 0 ? rc : erase_events(self->store, &learnt.first, &learnt.last, &learnt.n, err);
    rc = rc != 0 ? rc : erase_chosen(self->store, &learnt.people, err);
    rc = rc != 0 ? rc : registry_each(self->store, add_model, &learnt, err);
    return rc == E_NOMEM ? error_nomem(err, "erasure") : rc;
}
