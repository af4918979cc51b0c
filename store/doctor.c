#include "store/doctor.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/backup.h"
#include "store/doctor_parts.h"

const char *doctor_state_name(enum doctor_state state)
{
    return state == DOCTOR_OK ? "ok" : state == DOCTOR_WARNING ? "warning" : "problem";
}

void doctor_say(struct doctor *self, const char *check, enum doctor_state state, const char *advice, const char *fmt,
                ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    self->counts->problems += state == DOCTOR_PROBLEM;
    self->counts->warnings += state == DOCTOR_WARNING;
    self->fn(self->context, &(struct doctor_finding){check, state, text, advice});
}

int doctor_unreadable(struct doctor *self, const char *check, int rc, const struct error *err)
{
    if (rc == 0 || rc == E_NOMEM || rc == E_CANCELLED)
        return rc;
    if (job_cancelled(self->job))
        return E_CANCELLED;
    bool damaged = rc == E_CORRUPT || err->hint[0] == '\0'; /* or the schema itself is garbled */
    doctor_say(self, check, DOCTOR_PROBLEM, damaged ? self->restore : err->hint, "This cannot be checked: %s.",
               err->why);
    return 0;
}

int doctor_int(struct doctor *self, const char *check, int64_t *out, const char *sql)
{
    struct error err = {0};
    *out = -1;
    return doctor_unreadable(self, check, db_int(self->store, &err, out, 0, sql, ""), &err);
}

void doctor_path(const struct doctor *self, char out[FS_PATH_MAX], const char *name)
{
    if (fs_join(out, FS_PATH_MAX, self->workspace, name) != 0)
        out[0] = '\0'; /* then nothing is found there, which is what is said */
}

/* What to do about lost data: names the newest backup when there is one. */
static void find_backup(struct doctor *self)
{
    char path[FS_PATH_MAX];
    if (backup_newest(self->workspace, path))
        snprintf(self->restore, sizeof self->restore, "`reckon restore %s --yes` brings back the newest backup of this "
                 "workspace.",
                 path);
    else
        snprintf(self->restore, sizeof self->restore, "Bring back a backup with `reckon restore FROM --yes`. Without "
                                                      "one, make a new workspace and import the sources again.");
}

static int open_it(struct doctor *self)
{
    struct error err = {0};
    int rc = store_open_as_it_is(&self->store, self->workspace, &err);
    if (rc == 0 || rc == E_NOMEM)
        return rc;
    doctor_say(self, "database", DOCTOR_PROBLEM, rc == E_CORRUPT ? self->restore : err.hint,
               "It cannot be opened: %s.", err.why);
    return 0;
}

int doctor_run(const char *workspace, bool quick, doctor_fn fn, void *context, struct doctor_counts *counts,
               struct job *job, struct error *err)
{
    struct doctor self = {.workspace = workspace, .quick = quick, .fn = fn, .context = context, .counts = counts,
                          .job = job};
    *counts = (struct doctor_counts){-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, -1, -1, 0, 0};
    find_backup(&self);
    int rc = doctor_header(&self) ? open_it(&self) : 0;
    if (rc == 0 && self.store != NULL)
        rc = doctor_structure(&self);
    if (rc == 0 && self.store != NULL)
        rc = doctor_content(&self);
    if (rc == 0)
        rc = doctor_files(&self);
    store_close(self.store);
    return rc == E_CANCELLED ? job_error_cancelled(err, "doctor") : rc == E_NOMEM ? error_nomem(err, "doctor") : rc;
}
