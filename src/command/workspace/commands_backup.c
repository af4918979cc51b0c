/* A workspace copied away, and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "command/audited.h"
#include "command/commands.h"
#include "store/backup.h"
#include "store/backups.h"

static void add_info(struct result *out, const struct backup_info *info)
{
    result_fact_time(out, "taken", info->created);
    result_fact_int(out, "events", info->events, "");
    result_fact_int(out, "users", info->users, "");
    result_fact_int(out, "items", info->items, "");
    result_fact_int(out, "models", info->models, "");
    result_fact_int(out, "files", info->files, "");
    result_fact_int(out, "bytes", info->bytes, "");
    result_fact_int(out, "schema", info->schema, "");
}

/* backups/20261124T070622Z in the workspace. */
static int default_place(const char *workspace, char out[FS_PATH_MAX], struct error *err)
{
    char dir[FS_PATH_MAX], when[32];
    clock_format_name(clock_now_ms(), when, sizeof when);
    if (fs_join(dir, sizeof dir, workspace, STORE_BACKUPS) != 0 || fs_join(out, FS_PATH_MAX, dir, when) != 0)
        return error_set(err, E_USAGE, workspace, "the path is too long");
    return fs_make_dir(dir, 0700, err);
}

/* Where a backup is that leaves the workspace: an erasure does not reach it, and says so as long as it is there. */
static void note_place(const struct app *app, const char *to)
{
    char *path = realpath(to, NULL);
    size_t n = strlen(app->workspace);
    if (path != NULL && (strncmp(path, app->workspace, n) != 0 || path[n] != '/'))
        audited_note(app, "backup taken out", json_pack("{s:s}", "place", path));
    free(path);
}

static int run_backup(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *to = args_text(args, "directory");
    char path[FS_PATH_MAX];
    struct backup_info info;
    int rc = 0;
    if (to == NULL) {
        rc = default_place(app->workspace, path, err);
        to = path;
    }
    rc = rc != 0 ? rc : backup_make(app->store, to, &info, app->job, err);
    if (rc != 0)
        return rc;
    note_place(app, to);
    result_fact_text(out, "backup", to);
    add_info(out, &info);
    if (info.missing > 0) {
        result_fact_int(out, "missing_models", info.missing, "");
        result_note(out, "Left out: models whose file is missing or damaged; reckon doctor names them.");
    }
    result_note(out, "Keys are not part of a backup: copy keys/ yourself, to a place of its own.");
    result_note(out, "It holds personal data, for its owner alone to read: keep it no longer than the data itself.");
    return 0;
}

static const struct command_param backup_params[] = {
    {"directory", PT_PATH, PF_POSITIONAL, NULL, 0, 0, NULL, "where to; must not exist yet; else backups/ in the "
     "workspace, by the time"},
    {0},
};

const struct command command_backup = {
    .name = "backup",
    .summary = "copy the workspace to a directory, while it is in use",
    .description = "The copy is of one moment, however much others read and write meanwhile; it is checked, and it "
                   "appears whole or not at all. A backup is a directory: reckon.db (a plain SQLite file), models/, "
                   "reckon.toml, and manifest.json with the SHA-256 of each. Keys are not in it.",
    .examples = "  reckon backup\n  reckon backup /mnt/backups/shop-monday\n",
    .params = backup_params,
    .flags = CF_WORKSPACE | CF_LONG,
    .run = run_backup,
};

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct backup_entries all;
    int64_t bytes = 0;
    (void)args;
    int rc = backups_list(&all, app->workspace, err);
    if (rc != 0)
        return rc;
    result_add_column(out, "backup", CELL_TEXT, "", "in backups/ of the workspace", -1);
    result_add_column(out, "why", CELL_TEXT, "", "made by somebody; or what was there before a restore or a new schema", -1);
    result_add_column(out, "taken", CELL_TIME, "", "", -1);
    result_add_column(out, "schema", CELL_INT, "", "", -1);
    result_add_column(out, "bytes", CELL_INT, "", "", -1);
    result_add_column(out, "kept_until", CELL_TIME, "", "empty: until somebody removes it, or a newer one takes its place", -1);
    for (size_t i = 0; i < all.n; i++) {
        const struct backup_entry *e = &all.list[i];
        result_add_text(out, e->name);
        result_add_text(out, backup_kind_name(e->kind));
        result_add_time(out, e->made);
        result_add_int(out, e->schema);
        result_add_int(out, e->bytes);
        if (e->goes)
            result_add_time(out, e->kept_until);
        else
            result_add_null(out);
        bytes += e->bytes;
    }
    backups_release(&all);
    result_fact_int(out, "bytes", bytes, "");
    result_note(out, "Copies made before a new schema go by themselves: see reckon settings backups.migration-days.");
    return 0;
}

const struct command command_backup_list = {
    .name = "backup list",
    .summary = "show what lies in the workspace's backups/, and how long it stays",
    .description = "Copies that were made before a new schema are removed when they are old enough, but for the newest "
                   "(settings backups.migration-copies and backups.migration-days): at the next new schema or "
                   "erasure, and by `reckon privacy retention run`. Whatever else is there stays until you remove it. "
                   "An erasure reaches all of them.",
    .examples = "  reckon backup list\n",
    .flags = CF_WORKSPACE,
    .run = run_list,
};

/* Where restore goes: --to, else the workspace that there is. */
static int find_target(struct app *app, const char *to, char out[FS_PATH_MAX], struct error *err)
{
    char path[FS_PATH_MAX];
    if (to == NULL) {
        int rc = app_find_workspace(app, err);
        if (rc == 0)
            snprintf(out, FS_PATH_MAX, "%s", app->workspace);
        return rc;
    }
    if (fs_join(path, sizeof path, to, STORE_FILE) != 0)
        return error_set(err, E_USAGE, to, "the path is too long");
    snprintf(out, FS_PATH_MAX, "%s", to);
    if (!fs_exists(path))
        return 0;
    error_set(err, E_CONFLICT, to, "is a workspace already");
    return error_hint(err, E_CONFLICT, "to replace it: reckon --workspace %s restore FROM --yes", to);
}

static int run_restore(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char target[FS_PATH_MAX];
    struct backup_restored restored;
    int rc = find_target(app, args_text(args, "to"), target, err);
    rc = rc != 0 ? rc : backup_restore(args_text(args, "from"), target, &restored, app->job, err);
    if (rc != 0)
        return rc;
    result_fact_text(out, "workspace", target);
    add_info(out, &restored.backup);
    if (restored.replaced) {
        result_fact_text(out, "kept", restored.kept);
        if (restored.kept_is_damaged)
            result_note(out, "What was there was damaged, and is kept as it was in %s.", restored.kept);
        else
            result_note(out, "To undo this: reckon restore %s --yes", restored.kept);
    }
    if (restored.erased > 0) {
        result_fact_int(out, "erased_again", restored.erased, "people");
        result_note(out, "Whoever was erased since the backup was made was taken out of it before it was brought back.");
    }
    if (restored.models_left_out > 0)
        result_note(out, "%lld models of the backup had learnt from them and were left out: train anew, then promote.",
                    (long long)restored.models_left_out);
    if (restored.erasures_unknown)
        result_note(out, "The database that was replaced could not be read, so whoever was erased since the backup may be "
                    "back: erase them again.");
    if (args_text(args, "to") != NULL)
        result_note(out, "A new workspace does not know who was erased elsewhere after the backup was made.");
    result_note(out, "Keys were not touched.");
    return 0;
}

static bool restores_beside(const struct args *args)
{
    return args_text(args, "to") != NULL; /* never over anything */
}

static const struct command_param restore_params[] = {
    {"from", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "a directory that `reckon backup` made"},
    {"to", PT_PATH, 0, NULL, 0, 0, NULL, "a new workspace, instead of the one at hand"},
    {0},
};

const struct command command_restore = {
    .name = "restore",
    .summary = "bring a backup back, over this workspace or as a new one",
    .description = "The backup is checked first: every file against its checksum, every page of the database. When "
                   "anything is wrong with it, nothing is changed. Over a workspace (which needs --yes), what was "
                   "there is kept in backups/before-restore-TIME, itself a backup. Programs that have the workspace "
                   "open go on and see the restored state; a crash half-way leaves the old one. With --to, it becomes "
                   "a new workspace, and nothing is replaced.",
    .examples = "  reckon restore backups/20261124T070622Z --yes\n"
                "  reckon restore /mnt/backups/shop-monday --to shop2\n",
    .params = restore_params,
    .flags = CF_LONG | CF_WRITES | CF_DESTRUCTIVE,
    .harmless = restores_beside,
    .run = run_restore,
};
