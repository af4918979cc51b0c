#include "serve/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "store/store.h"

#define MODEL_DIRECTORY "/opt/ml/model"
#define USUAL_PORT "8080"

static const char *said(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool has_package(const char *dir)
{
    char path[FS_PATH_MAX];
    return fs_join(path, sizeof path, dir, STORE_FILE) == 0 && fs_exists(path);
}

static int check_port(const char *port, struct error *err)
{
    int64_t number;
    if (text_to_int64(port, strlen(port), &number) && number >= 0 && number <= 65535)
        return 0;
    return error_set(err, E_USAGE, "SAGEMAKER_BIND_TO_PORT", "'%.20s' is no port", port);
}

static int make_absolute(char out[FS_PATH_MAX], const char *dir, struct error *err)
{
    char *absolute = realpath(dir, NULL);
    bool fits = absolute != NULL && snprintf(out, FS_PATH_MAX, "%s", absolute) < FS_PATH_MAX;
    free(absolute);
    return fits ? 0 : error_set(err, E_IO, dir, "cannot be reached");
}

int container_look(struct container *out, const struct app *app, struct error *err)
{
    const char *dir = said("SM_MODEL_DIR"), *port = said("SAGEMAKER_BIND_TO_PORT");
    bool told = dir != NULL || port != NULL;
    out->found = false;
    if (app->workspace[0] != '\0' || app->workspace_option != NULL || said("RECKON_WORKSPACE") != NULL)
        return 0;
    dir = dir != NULL ? dir : MODEL_DIRECTORY;
    port = port != NULL ? port : USUAL_PORT;
    if (!has_package(dir)) {
        if (!told)
            return 0;
        error_set(err, E_NOT_FOUND, dir, "holds no model: there is no %s in it", STORE_FILE);
        return error_hint(err, E_NOT_FOUND, "`reckon models package MODEL FILE` makes what is to be unpacked there");
    }
    int rc = check_port(port, err);
    if (rc == 0)
        rc = make_absolute(out->workspace, dir, err);
    snprintf(out->listen, sizeof out->listen, "0.0.0.0:%.5s", port);
    out->found = rc == 0;
    return rc;
}

bool container_is_batch(void)
{
    const char *batch = said("SAGEMAKER_BATCH");
    return batch != NULL && strcmp(batch, "true") == 0;
}
