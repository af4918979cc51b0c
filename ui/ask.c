#include "ui/ask.h"

#include <string.h>

#include "base/mem.h"
#include "store/store.h"

/* What a reading thread does. */
struct asking {
    const struct command *command;
    struct args *args;
    struct cores *cores;
    struct result result;
    int tag;
    ask_fn deliver;
};

static void asking_free(void *data)
{
    struct asking *a = data;
    args_free(a->args);
    result_release(&a->result);
    mem_free(a);
}

static int run(struct store *store, void *data, struct job *job, struct error *err)
{
    struct asking *a = data;
    struct app app = {.store = store, .threads = 1, .job = job, .cores = a->cores};
    strncpy(app.workspace, store_workspace(store), sizeof app.workspace - 1);
    int rc = a->command->run(&app, a->args, &a->result, err);
    rc = rc != 0 ? rc : result_check(&a->result, err);
    app.store = NULL; /* the lane's own */
    app_release(&app);
    return rc;
}

static void deliver(void *owner, void *data, int rc, const struct error *err)
{
    struct asking *a = data;
    a->deliver(owner, a->tag, &a->result, rc, err);
}

int ask_command(struct console *console, const struct ask *ask, struct error *err)
{
    struct asking *a = mem_zalloc(1, sizeof *a);
    if (a == NULL)
        return error_nomem(err, ask->command->name);
    result_init(&a->result);
    a->command = ask->command;
    a->tag = ask->tag;
    a->cores = background_cores(console_jobs(console));
    a->deliver = ask->deliver;
    a->args = args_new(ask->command);
    int rc = a->args != NULL ? 0 : error_nomem(err, ask->command->name);
    for (size_t i = 0; rc == 0 && ask->values != NULL && ask->values[i] != NULL; i += 2)
        rc = args_put(a->args, ask->values[i], ask->values[i + 1], err);
    if (rc == 0)
        rc = args_finish(a->args, err);
    if (rc != 0) {
        asking_free(a);
        return rc;
    }
    struct question q = {
        .owner = ask->owner, .lane = ask->lane, .data = a, .read = run, .deliver = deliver, .free = asking_free};
    return fetcher_ask(console_fetcher(console), &q, err);
}
