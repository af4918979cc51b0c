/* The log of long commands. */
#include "command/commands.h"
#include "store/jobs.h"

static int add_job(void *context, const struct job_info *job)
{
    struct result *out = context;
    result_add_int(out, job->job);
    result_add_text(out, job->command);
    result_add_text(out, job->outcome);
    result_add_time(out, job->started);
    if (job->ended != 0)
        result_add_real(out, (double)(job->ended - job->started) / 1000);
    else
        result_add_null(out);
    result_add_int(out, job->process);
    result_add_text(out, job->message);
    return 0;
}

static int run_jobs(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    result_add_column(out, "job", CELL_INT, "", "", -1);
    result_add_column(out, "command", CELL_TEXT, "", "", -1);
    result_add_column(out, "outcome", CELL_TEXT, "", "", -1);
    result_add_column(out, "started", CELL_TIME, "", "", -1);
    result_add_column(out, "took", CELL_REAL, "s", "", 1);
    result_add_column(out, "process", CELL_INT, "", "", -1);
    result_add_column(out, "message", CELL_TEXT, "", "", -1);
    int rc = jobs_each(app->store, args_int(args, "n"), add_job, out, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "No long command has run in this workspace yet.");
    return rc;
}

static const struct command_param jobs_params[] = {
    {"n", PT_INT, 0, "20", 1, JOBS_KEPT, NULL, "how many, newest first"},
    {0},
};

const struct command command_jobs = {
    .name = "jobs",
    .summary = "show the long commands that ran here, and how each ended",
    .description = "Outcomes: running; done; failed (the message says why); cancelled (Ctrl-C; nothing half-done was "
                   "left); interrupted (its process is gone without a word: killed, or the machine went down; what it "
                   "had committed is there, and running it again completes it). The arguments of commands are not "
                   "kept, since they may name people. The newest 1000 are kept.",
    .examples = "  reckon jobs\n  reckon jobs --n 100 --json\n",
    .params = jobs_params,
    .flags = CF_WORKSPACE,
    .run = run_jobs,
};
