/* A model with all that it takes to answer, as one file. */
#include "base/fs.h"
#include "command/commands.h"
#include "recommend/package.h"

static int run_package(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *path = args_text(args, "file");
    struct settings settings;
    struct package_info info;
    if (fs_exists(path) && !app->confirmed) {
        error_set(err, E_REFUSED, path, "exists already");
        return error_hint(err, E_REFUSED, "give another name, or --yes to replace it");
    }
    int rc = app_settings(app, &settings, err);
    if (rc == 0)
        rc = package_make(app->store, args_text(args, "model"), &settings, path, &info, app->job, err);
    if (rc != 0)
        return rc;
    result_fact_text(out, "model", info.model);
    if (info.popularity[0] != '\0')
        result_fact_text(out, "popularity", info.popularity);
    if (info.placer[0] != '\0')
        result_fact_text(out, "new_items", info.placer);
    result_fact_int(out, "items", info.items, "");
    result_fact_text(out, "file", path);
    result_fact_int(out, "bytes", info.bytes, "");
    result_fact_text(out, "sha256", info.sha256);
    if (info.popularity[0] == '\0')
        result_note(out, "There is no model of popularity (`reckon train popular`): people without a history will get what "
                         "was popular when the model was trained.");
    result_note(out, "It holds no person. Unpacked, it is a workspace: `reckon --workspace DIR serve`; "
                     "docs/dialects.md tells how Amazon SageMaker takes it.");
    return 0;
}

static const struct command_param package_params[] = {
    {"model", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "NAME or NAME@VERSION"},
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the file to write, as in model.tar.gz"},
    {0},
};

const struct command command_models_package = {
    .name = "models package",
    .summary = "pack a model and the catalogue, without any person, to be served elsewhere",
    .description = "The file (tar, gzip) holds the model, the newest of popularity for people without a history, the "
                   "newest of content for new items, the items with their titles and attributes, and the rule sets in "
                   "force: all that it takes to answer. Unpacked it is a workspace "
                   "that may lie on a read-only medium. It is what a container of Amazon SageMaker "
                   "expects as model.tar.gz.",
    .examples = "  reckon models package blend model.tar.gz\n",
    .params = package_params,
    .flags = CF_WORKSPACE | CF_LONG,
    .run = run_package,
};
