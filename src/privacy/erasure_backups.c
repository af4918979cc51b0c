/* Backups in the workspace: written anew without them. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "privacy/erasure_private.h"
#include "privacy/remnants.h"
#include "store/backups.h"
#include "store/erase.h"
#include "store/erase_backup.h"

static int clean(void *context, struct store *copy, bool *had, struct error *err)
{
    struct erasing *self = context;
    int64_t n = 0;
    int rc = erasing_choose(self, copy, false, err);
    rc = rc != 0 ? rc : erase_chosen(copy, &n, err);
    *had = n > 0;
    rc = rc != 0 ? rc : erase_begin(copy, err);
    if (rc != 0)
        return rc;
    rc = erase_rows(copy, NULL, NULL, err);
    rc = rc != 0 ? rc : erasing_forget_notes(self, copy, NULL, err);
    rc = rc != 0 ? rc : erase_scrub(copy, self->all, self->strong, NULL, NULL, err);
    int end = erase_end(copy, rc == 0, err);
    return rc != 0 ? rc : end;
}

static int rewrite_one(struct erasing *self, const char *file, struct error *err)
{
    char path[FS_PATH_MAX];
    int64_t models = 0;
    struct error local = {0};
    json_t *facts = self->record->facts;
    if (fs_join(path, sizeof path, self->workspace, file) != 0)
        return error_set(err, E_USAGE, file, "the path is too long");
    if (!text_ends_with(file, ".db")) { /* the log of a database that was kept as it was, or what a crash left */
        if (unlink(path) != 0 && errno != ENOENT)
            return fs_error(err, path, "cannot be removed");
        return facts_add(facts, "backups", file, "removed, because it names them", 1);
    }
    int rc = erase_backup(path, clean, self, &models, self->erasure->job, &local);
    if (rc == E_CORRUPT) /* stays, and the last search says so */
        return facts_add(facts, "backups", file, "damaged: cannot be written anew", 0);
    if (rc != 0 && err != NULL)
        *err = local;
    rc = rc != 0 ? rc : facts_add(facts, "backups", file, "written anew without them", 1);
    return rc != 0 || models == 0 ? rc : facts_add(facts, "backups", file, "models that learnt from them removed",
                                                   models);
}

int erasing_backups(struct erasing *self, struct error *err)
{
    struct remnants_search search = {.store = self->store, .needles = &self->needles, .scope = REMNANTS_BACKUPS,
                                     .proven = &self->proven, .job = self->erasure->job};
    struct scan_report report;
    char root[FS_PATH_MAX];
    int64_t pruned = 0;
    if (fs_join(root, sizeof root, self->workspace, STORE_BACKUPS) != 0 || !fs_exists(root))
        return 0;
    int rc = backups_prune(self->store, &self->erasure->actor, clock_now_ms(), &pruned, err);
    if (rc == 0 && pruned > 0)
        rc = facts_add(self->record->facts, "backups", "copies made before a new schema", "removed, as old as they may be",
                       pruned);
    rc = rc != 0 ? rc : remnants_search(&report, &search, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < report.n; i++) {
        const struct scan_finding *f = &report.findings[i];
        bool again = false;
        for (size_t j = 0; j < i; j++)
            again |= strcmp(report.findings[j].file, f->file) == 0;
        if (!again && f->place != PLACE_NAME)
            rc = rewrite_one(self, f->file, err);
    }
    scan_report_release(&report);
    return rc == E_NOMEM ? error_nomem(err, "erasure") : rc;
}
