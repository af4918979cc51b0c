/* serve: the command that starts another front. */
#include "command/commands.h"

static int run_serve(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)out;
    if (app->serve != NULL)
        return app->serve(app,
                          &(struct serve_options){args_text(args, "listen"), args_text(args, "dialects"),
                                                  args_flag(args, "demo")},
                          err);
    error_set(err, E_REFUSED, "serve", "a server cannot be started from here");
    return error_hint(err, E_REFUSED, "start it on a command line or as a service: `reckon serve`");
}

static const struct command_param serve_params[] = {
    {"listen", PT_TEXT, 0, NULL, 0, 0, NULL,
     "ADDRESS:PORT; port 0: any free one; default: the setting serve.listen. A socket that systemd passes on comes "
     "first"},
    {"dialects", PT_TEXT, 0, NULL, 0, 0, NULL,
     "protocols of other servers that are spoken too: tfserving, sagemaker, with commas between them; default: the "
     "setting serve.dialects"},
    {"demo", PT_FLAG, 0, NULL, 0, 0, NULL,
     "with a small shop over the workspace's items at /demo/, to see recommendations at work; it shows items and a few "
     "customers' identifiers to whoever reaches the server"},
    {0},
};

const struct command command_serve = {
    .name = "serve",
    .summary = "answer over HTTP until it is told to stop",
    .description =
        "Serves recommendations, takes events, and runs commands, as described by /openapi.json. It listens on this "
        "machine only as long as there are no keys (`reckon keys create`). SIGTERM: finish and stop; SIGHUP: read "
        "reckon.toml again. A model that is promoted or rolled back, a key that is made or revoked, counts at "
        "once.\n\nStarted as a container of Amazon SageMaker does (no workspace given, a package of "
        "`reckon models package` in /opt/ml/model), it speaks the dialect sagemaker on 0.0.0.0:8080 and nothing else to callers without a key."
        "\n\nThe settings of the table [serve] (`reckon settings`) hold limits, rates, TLS and the access log.",
    .examples = "  reckon serve\n  reckon serve --demo\n  reckon serve --dialects tfserving\n"
                "  reckon serve --listen 0.0.0.0:8080\n",
    .params = serve_params,
    .flags = 0,
    .run = run_serve,
};
