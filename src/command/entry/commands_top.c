/* top: a running server, live. */
#include <poll.h>
#include <string.h>

#include "base/mem.h"
#include "command/commands.h"
#include "command/entry/server_view.h"

enum { SLICE_MS = 100 };

/* Waits, and answers whether to stop. */
static bool wait_for(struct job *job, double seconds)
{
    for (double left = seconds * 1000; left > 0; left -= SLICE_MS) {
        if (job_cancelled(job))
            return true;
        poll(NULL, 0, left < SLICE_MS ? (int)left : SLICE_MS);
    }
    return job_cancelled(job);
}

/* Two looks, `seconds` apart. */
static int look(struct app *app, const char *url, const char *token, double seconds, struct result *out, struct error *err)
{
    struct server_sample *two = mem_zalloc(2, sizeof *two);
    if (two == NULL)
        return error_nomem(err, "top");
    int rc = server_sample_read(&two[0], url, token, app->job, err);
    if (rc == 0 && wait_for(app->job, seconds))
        rc = job_error_cancelled(err, "top");
    if (rc == 0)
        rc = server_sample_read(&two[1], url, token, app->job, err);
    if (rc == 0) {
        result_set_title(out, "%s over %g s", url, seconds);
        server_report(out, &two[0], &two[1]);
    }
    mem_free(two);
    return rc;
}

static int run_top(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    char token[SERVER_TOKEN];
    struct settings settings;
    const char *url = args_text(args, "url");
    if (app->front != NULL && strcmp(app->front, "http") == 0) { /* nobody may have a server call other addresses */
        error_set(err, E_REFUSED, "top", "a server looks at no other server for its callers");
        return error_hint(err, E_REFUSED, "GET /metrics says how this one does");
    }
    int rc = server_token(args_text(args, "key-file"), token, err);
    if (rc != 0)
        return rc;
    if (url == NULL) {
        app_find_workspace(app, NULL);
        rc = app_settings(app, &settings, err);
        if (rc != 0)
            return rc;
        url = settings_text(&settings, SETTING_ID_LISTEN);
    }
    if (args_flag(args, "once") || app->console == NULL)
        return look(app, url, token, args_real(args, "seconds"), out, err);
    struct console_options options = {.screen = "serving", .server = url, .key_file = args_text(args, "key-file"), .fresh = true};
    return app->console(app, &options, err);
}

static const struct command_param top_params[] = {
    {"url", PT_TEXT, PF_POSITIONAL, NULL, 0, 0, NULL, "where the server listens; default: the setting serve.listen of this workspace"},
    {"once", PT_FLAG, 0, NULL, 0, 0, NULL, "look for a moment, print, and end"},
    {"seconds", PT_REAL, 0, "1", 0.1, 3600, NULL, "with --once: how long to look"},
    {"key-file", PT_PATH, 0, NULL, 0, 0, NULL, "a file of mode 0600 with the token of a key; default: $RECKON_TOKEN"},
    {0},
};

const struct command command_top = {
    .name = "top",
    .summary = "watch a running server: rates, latencies, errors, cache, queue, model",
    .description = "On a terminal it opens the screen Serving of the console; with --once it prints what happened within a "
                   "second. It reads /metrics and /readyz, for which any key will do; the token is taken from $RECKON_TOKEN or a "
                   "file, never from the command line.",
    .examples = "  reckon top\n  reckon top http://shop:8080 --once --json\n",
    .params = top_params,
    .flags = 0,
    .run = run_top,
};
