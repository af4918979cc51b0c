#include "command/app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/store.h"

static bool is_workspace(const char *dir)
{
    char path[FS_PATH_MAX];
    return fs_join(path, sizeof path, dir, "reckon.db") == 0 && fs_exists(path);
}

static int take(struct app *self, const char *dir, const char *said_by, struct error *err)
{
    char *absolute = realpath(dir, NULL);
    if (absolute == NULL || !is_workspace(absolute) || strlen(absolute) >= sizeof self->workspace) {
        free(absolute);
        error_set(err, E_NOT_FOUND, dir, "is no workspace: it has no reckon.db (%s)", said_by);
        return error_hint(err, E_NOT_FOUND, "`reckon init %s` makes one", dir);
    }
    strcpy(self->workspace, absolute);
    free(absolute);
    return 0;
}

/* The nearest directory upward from here that is a workspace. */
static bool find_upward(struct app *self)
{
    char dir[FS_PATH_MAX];
    if (getcwd(dir, sizeof dir) == NULL)
        return false;
    for (;;) {
        if (is_workspace(dir) && strlen(dir) < sizeof self->workspace) {
            strcpy(self->workspace, dir);
            return true;
        }
        char *slash = strrchr(dir, '/');
        if (slash == NULL || (slash == dir && dir[1] == '\0'))
            return false;
        slash[slash == dir] = '\0';
    }
}

int app_find_workspace(struct app *self, struct error *err)
{
    if (self->workspace[0] != '\0')
        return 0;
    if (self->workspace_option != NULL)
        return take(self, self->workspace_option, "given by --workspace", err);
    const char *env = getenv("RECKON_WORKSPACE");
    if (env != NULL && env[0] != '\0')
        return take(self, env, "given by $RECKON_WORKSPACE", err);
    if (find_upward(self))
        return 0;
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    char path[FS_PATH_MAX] = "";
    int n = -1;
    if (data != NULL && data[0] == '/')
        n = snprintf(path, sizeof path, "%s/reckon/default", data);
    else if (home != NULL)
        n = snprintf(path, sizeof path, "%s/.local/share/reckon/default", home);
    if (n > 0 && (size_t)n < sizeof path && is_workspace(path))
        return take(self, path, "the default workspace", err);
    error_set(err, E_NOT_FOUND, "workspace", "none here or in a directory above, none in $RECKON_WORKSPACE, none at %s",
              path[0] != '\0' ? path : "the XDG data directory");
    return error_hint(err, E_NOT_FOUND, "make one with `reckon init DIR`, then `cd DIR` or use --workspace DIR");
}

int app_open_store(struct app *self, bool writable, struct error *err)
{
    if (self->store != NULL)
        return 0;
    int rc = app_find_workspace(self, err);
    return rc != 0 ? rc : store_open(&self->store, self->workspace, writable, err);
}

int app_settings(const struct app *self, struct settings *out, struct error *err)
{
    char path[FS_PATH_MAX];
    settings_init(out);
    if (self->workspace[0] == '\0')
        return 0;
    if (fs_join(path, sizeof path, self->workspace, STORE_SETTINGS) != 0)
        return error_set(err, E_USAGE, self->workspace, "the path is too long");
    return settings_load(out, path, err);
}

struct pool *app_pool(struct app *self)
{
    if (self->pool == NULL)
        self->pool = pool_new(self->threads);
    return self->pool;
}

void app_release(struct app *self)
{
    pool_free(self->pool);
    store_close(self->store);
    self->store = NULL;
    self->pool = NULL;
}
