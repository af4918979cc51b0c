/* describe batch list | resume | cancel: texts that a provider works on by itself. */
#include <string.h>

#include "base/mem.h"
#include "command/commands.h"
#include "command/describe/describe_report.h"
#include "store/batches.h"
#include "store/jobs.h"

enum { SHOWN_FAILED = 200 };

void describe_add_batch_sums(struct result *out, const struct batch_sums *sums, const char *currency)
{
    result_fact_int(out, "batches", sums->made, "sent");
    result_fact_int(out, "requests", sums->asked, "");
    result_fact_int(out, "ended", sums->ended, "batches");
    describe_add_sums(out, &sums->texts, currency);
    result_fact_int(out, "unknown", sums->unknown, "lines that name nothing that was asked");
    result_fact_int(out, "twice", sums->twice, "lines");
    result_fact_int(out, "broken", sums->broken, "lines");
    if (sums->waiting > 0)
        result_note(out, "%lld go on at the provider: reckon describe batch resume", (long long)sums->waiting);
    if (sums->texts.ends[DESCRIBE_FAILED] > 0)
        result_note(out, "What failed is asked again by the same `reckon describe run`, with --batch or without.");
}

/* ---- list ------------------------------------------------------------------------------------------------ */

struct listing {
    struct app *app;
    struct result *out;
};

static int add_batch(void *context, const struct batch *b)
{
    struct listing *self = context;
    struct result *out = self->out;
    bool worked_on = strcmp(b->state, "ended") != 0 && b->job != 0 && jobs_alive(self->app->workspace, b->job);
    result_add_int(out, b->batch);
    result_add_text(out, b->provider);
    result_add_text(out, b->model);
    result_add_text(out, b->collection);
    result_add_time(out, b->created);
    result_add_text(out, b->state);
    result_add_text(out, b->remote_state[0] != '\0' ? b->remote_state : NULL);
    result_add_int(out, b->requests);
    result_add_int(out, b->written);
    result_add_int(out, b->requests - b->open - b->written);
    if (worked_on)
        result_add_int(out, b->job);
    else
        result_add_null(out);
    result_add_text(out, b->remote);
    result_add_text(out, b->why[0] != '\0' ? b->why : NULL);
    return 0;
}

static int add_failed(void *context, const struct batch_request *r)
{
    struct result *out = context;
    result_add_int(out, r->request);
    result_add_int(out, r->item);
    result_add_text(out, r->why);
    return out->n_rows >= SHOWN_FAILED;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct listing self = {app, out};
    result_add_column(out, "batch", CELL_INT, "", "", 0);
    result_add_column(out, "provider", CELL_TEXT, "", "", 0);
    result_add_column(out, "model", CELL_TEXT, "", "", 0);
    result_add_column(out, "collection", CELL_TEXT, "", "", 0);
    result_add_column(out, "created", CELL_TIME, "", "", 0);
    result_add_column(out, "state", CELL_TEXT, "", "preparing: perhaps not sent yet; sent: the provider has it", 0);
    result_add_column(out, "there", CELL_TEXT, "", "what the provider said last", 0);
    result_add_column(out, "requests", CELL_INT, "", "", 0);
    result_add_column(out, "written", CELL_INT, "", "", 0);
    result_add_column(out, "failed", CELL_INT, "", "", 0);
    result_add_column(out, "job", CELL_INT, "", "that sees to it now", 0);
    result_add_column(out, "name", CELL_TEXT, "", "at the provider", 0);
    result_add_column(out, "why", CELL_TEXT, "", "", 0);
    if (!args_given(args, "batch"))
        return batches_each(app->store, args_flag(args, "open"), add_batch, &self, err);
    int64_t batch = args_int(args, "batch");
    int rc = batches_find(app->store, batch, add_batch, &self, err);
    struct result *failed = rc == 0 ? result_add_table(out, "failed") : NULL;
    if (failed == NULL)
        return rc;
    result_set_title(failed, "What failed, and why");
    result_add_column(failed, "request", CELL_INT, "", "", 0);
    result_add_column(failed, "item", CELL_INT, "", "the store's number", 0);
    result_add_column(failed, "why", CELL_TEXT, "", "", 0);
    rc = batches_each_request(app->store, batch, "failed", add_failed, failed, err);
    return rc < 0 ? rc : 0;
}

static const struct command_param list_params[] = {
    {"batch", PT_INT, PF_POSITIONAL, NULL, 1, 9e15, NULL, "only this one, with what failed of it"},
    {"open", PT_FLAG, 0, NULL, 0, 0, NULL, "only those that have not ended"},
    {0},
};

const struct command command_batch_list = {
    .name = "describe batch list",
    .summary = "show the batches that providers work on, or have worked on",
    .description = "",
    .examples = "  reckon describe batch list --open\n  reckon describe batch list 3\n",
    .params = list_params,
    .flags = CF_WORKSPACE,
    .run = run_list,
};

/* ---- resume, cancel -------------------------------------------------------------------------------------- */

struct open_batches {
    int64_t *list;
    size_t n, cap;
};

static int take_open(void *context, const struct batch *b)
{
    struct open_batches *self = context;
    if (mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0)
        return E_NOMEM;
    self->list[self->n++] = b->batch;
    return 0;
}

/* One after the other; the first error is kept, and the others are still looked at. */
static int resume_all(struct app *app, const struct open_batches *open, bool wait, bool cancel, struct result *out,
                      struct error *err)
{
    struct providers providers;
    struct batch_sums sums = {0};
    struct settings settings;
    int rc = app_settings(app, &settings, err);
    rc = rc != 0 ? rc : providers_load(&providers, app->workspace, err);
    if (rc != 0)
        return rc;
    describe_add_columns(out);
    for (size_t i = 0; i < open->n && rc != E_CANCELLED; i++) {
        const struct batch_taking taking = {.store = app->store, .providers = &providers, .batch = open->list[i],
                                            .job = app->logged,
                                            .duplicates = settings_real(&settings, SETTING_ID_DUPLICATES), .wait = wait, .cancel = cancel};
        struct error why = {0};
        int one = batch_resume(&taking, &sums, describe_add_news, out, app->job, &why);
        if (one != 0 && (rc == 0 || one == E_CANCELLED)) {
            rc = one;
            if (err != NULL)
                *err = why;
        }
    }
    describe_add_batch_sums(out, &sums, providers.currency);
    providers_release(&providers);
    return rc;
}

static int run_either(struct app *app, const struct args *args, bool cancel, struct result *out, struct error *err)
{
    struct open_batches open = {0};
    int64_t batch = args_int(args, "batch");
    int rc = 0;
    if (args_given(args, "batch")) {
        open.list = mem_dup(&batch, sizeof batch);
        open.n = 1;
        rc = open.list == NULL ? error_nomem(err, "batches") : 0;
    } else {
        rc = batches_each(app->store, true, take_open, &open, err);
        if (rc == E_NOMEM)
            rc = error_nomem(err, "batches");
    }
    if (rc == 0 && open.n == 0)
        result_note(out, "There are no batches that have not ended.");
    else if (rc == 0)
        rc = resume_all(app, &open, cancel || !args_flag(args, "no-wait"), cancel, out, err);
    mem_free(open.list);
    return rc;
}

static int run_resume(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return run_either(app, args, false, out, err);
}

static int run_cancel(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return run_either(app, args, true, out, err);
}

static const struct command_param resume_params[] = {
    {"batch", PT_INT, PF_POSITIONAL, NULL, 1, 9e15, NULL, "its number; default: all that have not ended"},
    {"no-wait", PT_FLAG, 0, NULL, 0, 0, NULL, "only take what is there by now"},
    {0},
};

const struct command command_batch_resume = {
    .name = "describe batch resume",
    .summary = "go on with batches: send, wait, and keep what came",
    .description = "Whatever became of the process that began it: a batch of which it was never heard whether the provider "
                   "got it is looked for there. Each answer is kept and paid once, however often it is read. From a timer, "
                   "with --no-wait.",
    .examples = "  reckon describe batch resume\n  reckon describe batch resume 3 --no-wait\n",
    .params = resume_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_resume,
};

static const struct command_param cancel_params[] = {
    {"batch", PT_INT, PF_POSITIONAL | PF_REQUIRED, NULL, 1, 9e15, NULL, "its number"},
    {0},
};

const struct command command_batch_cancel = {
    .name = "describe batch cancel",
    .summary = "have a provider end a batch, and keep what it has done",
    .description = "What was reserved for the rest is free again.",
    .examples = "  reckon describe batch cancel 3\n",
    .params = cancel_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_cancel,
};
