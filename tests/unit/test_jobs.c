/* The log of long commands: true, and never in the way. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "command/command.h"
#include "store/db.h"
#include "store/jobs.h"
#include "tests/unit/check_main.h"
#include "tests/unit/store_fixture.h"

struct seen {
    int n;
    int64_t job, took;
    char command[64], outcome[32], message[256];
};

static int see(void *context, const struct job_info *info)
{
    struct seen *seen = context;
    if (seen->n++ > 0)
        return 0;
    seen->job = info->job;
    seen->took = info->ended != 0 ? info->ended - info->started : -1;
    snprintf(seen->command, sizeof seen->command, "%s", info->command);
    snprintf(seen->outcome, sizeof seen->outcome, "%s", info->outcome);
    snprintf(seen->message, sizeof seen->message, "%s", info->message);
    return 0;
}

static struct seen newest(struct store *store)
{
    struct seen seen = {0};
    ck_assert_int_eq(jobs_each(store, 0, see, &seen, NULL), 0);
    return seen;
}

START_TEST(a_job_runs_and_ends)
{
    struct fixture f;
    struct job_log log;
    fixture_init(&f);
    ck_assert_int_eq(newest(f.store).n, 0);
    jobs_begin(&log, f.dir, "train", 1000);
    ck_assert_str_eq(newest(f.store).outcome, "running");
    jobs_end(&log, f.dir, "failed", "the disk is full", 3500);
    struct seen seen = newest(f.store);
    ck_assert_str_eq(seen.outcome, "failed");
    ck_assert_str_eq(seen.message, "the disk is full");
    ck_assert_str_eq(seen.command, "train");
    ck_assert_int_eq(seen.took, 2500);
    ck_assert_int_eq(seen.n, 1);
    fixture_release(&f);
}
END_TEST

START_TEST(a_killed_job_is_interrupted)
{
    struct fixture f;
    int started[2], status;
    char byte;
    fixture_init(&f);
    ck_assert_int_eq(pipe(started), 0);
    pid_t child = fork();
    if (child == 0) {
        struct job_log log;
        jobs_begin(&log, f.dir, "train", 1000);
        if (write(started[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(started[0], &byte, 1), 1);
    ck_assert_str_eq(newest(f.store).outcome, "running");
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    ck_assert_str_eq(newest(f.store).outcome, "interrupted");
    close(started[0]);
    close(started[1]);
    fixture_release(&f);
}
END_TEST

START_TEST(the_log_is_bounded)
{
    struct fixture f;
    struct job_log log;
    fixture_init(&f);
    ck_assert_int_eq(db_exec(f.store, NULL, "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < "
                                            "?1) INSERT INTO jobs (command, process, started, ended) SELECT 'x', 1, i, "
                                            "i FROM c", "i",
                             (int64_t)JOBS_KEPT + 50), 0);
    jobs_begin(&log, f.dir, "train", 1);
    jobs_end(&log, f.dir, "done", NULL, 2);
    struct seen seen = newest(f.store);
    ck_assert_int_eq(seen.n, JOBS_KEPT);
    ck_assert_str_eq(seen.outcome, "done");
    fixture_release(&f);
}
END_TEST

START_TEST(it_is_never_in_the_way)
{
    struct fixture f;
    struct job_log log;
    fixture_init(&f);
    setenv("RECKON_PATIENCE_MS", "1", 1);
    ck_assert_int_eq(store_begin(f.store, NULL), 0); /* another writer */
    jobs_begin(&log, f.dir, "train", 1);
    ck_assert_int_eq(log.job, 0);
    jobs_end(&log, f.dir, "done", NULL, 2);
    store_rollback(f.store);
    jobs_begin(&log, "/nonexistent", "train", 1);
    jobs_end(&log, "/nonexistent", "done", NULL, 2);
    ck_assert_int_eq(newest(f.store).n, 0);
    /* the job's row went away under it, as by a restore: it is logged anew */
    jobs_begin(&log, f.dir, "restore", 1);
    ck_assert_int_eq(db_exec(f.store, NULL, "DELETE FROM jobs", ""), 0);
    jobs_end(&log, f.dir, "done", NULL, 2);
    ck_assert_str_eq(newest(f.store).outcome, "done");
    fixture_release(&f);
}
END_TEST

/* A command that fails in a way that quotes what was typed. */
static int run_quoting(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app, (void)args, (void)out;
    return error_set(err, E_NOT_FOUND, "12347", "there is no user '12347'");
}
static int run_full(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app, (void)args, (void)out;
    return error_set(err, E_IO, "x", "the disk is full");
}

START_TEST(commands_are_logged_without_what_was_typed)
{
    static const struct command quoting = {.name = "train x", .flags = CF_WORKSPACE | CF_LONG, .run = run_quoting};
    static const struct command full = {.name = "train x", .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
                                        .run = run_full};
    static const struct command quick = {.name = "train x", .flags = CF_WORKSPACE, .run = run_full};
    struct fixture f;
    fixture_init(&f);
    struct app app = {.workspace_option = f.dir};
    struct error err = {0};
    ck_assert_int_eq(command_run(&quick, &app, NULL, NULL, &err), E_IO);
    ck_assert_int_eq(newest(f.store).n, 0);
    ck_assert_int_eq(command_run(&quoting, &app, NULL, NULL, &err), E_NOT_FOUND);
    ck_assert_str_eq(err.what, "12347");
    ck_assert_str_eq(newest(f.store).outcome, "failed");
    ck_assert_str_eq(newest(f.store).message, "not found");
    ck_assert_int_eq(command_run(&full, &app, NULL, NULL, NULL), E_IO);
    ck_assert_str_eq(newest(f.store).message, "the disk is full");
    app_release(&app);
    fixture_release(&f);
}
END_TEST

CHECK_MAIN("jobs", a_job_runs_and_ends, a_killed_job_is_interrupted, the_log_is_bounded, it_is_never_in_the_way,
           commands_are_logged_without_what_was_typed)
