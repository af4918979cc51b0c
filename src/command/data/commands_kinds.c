/* The kinds of event and their weights: kinds list, kinds set. */
#include <stdio.h>

#include "base/mem.h"
#include "command/commands.h"
#include "store/kinds.h"

static void add_kinds(struct result *out, const struct kind *kinds, size_t n)
{
    result_add_column(out, "kind", CELL_TEXT, "", "", -1);
    result_add_column(out, "weight", CELL_REAL, "", "what one event of the kind adds to a user's interest in an item",
                      -1);
    result_add_column(out, "usual", CELL_REAL, "", "the weight that the word has when nobody sets it", -1);
    result_add_column(out, "events", CELL_INT, "events", "", -1);
    int64_t events = 0, silent = 0;
    for (size_t i = 0; i < n; i++) {
        result_add_text(out, kinds[i].name);
        result_add_real(out, kinds[i].weight);
        result_add_real(out, kinds_usual_weight(kinds[i].name));
        result_add_int(out, kinds[i].events);
        events += kinds[i].events;
        silent += kinds[i].weight > 0 ? 0 : kinds[i].events;
    }
    result_fact_int(out, "kinds", (int64_t)n, "");
    result_fact_int(out, "events", events, "");
    result_fact_int(out, "events_of_weight_0", silent, "");
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)args;
    struct kind *kinds;
    size_t n;
    int rc = kinds_list(app->store, true, &kinds, &n, err);
    if (rc != 0)
        return rc;
    add_kinds(out, kinds, n);
    if (n == 0)
        result_note(out, "There are no events yet, and so no kinds: reckon import events FILE brings some.");
    mem_free(kinds);
    return 0;
}

const struct command command_kinds_list = {
    .name = "kinds list",
    .summary = "show the kinds of event, their weights in training, and how many there are",
    .description = "Models learn from a matrix of users and items; an event adds the weight of its kind to its cell "
                   "(times the decay of its age, where a model has one). A purchase weighs 1, a view 0.2. A kind of "
                   "weight 0, such as an exposure or a return, teaches nothing, but stays in the history.",
    .examples = "  reckon kinds list\n  reckon kinds set view --weight 0.1\n",
    .flags = CF_WORKSPACE,
    .run = run_list,
};

static int run_set(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *name = args_text(args, "kind");
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = kinds_set_weight(app->store, name, args_real(args, "weight"), err);
    rc = store_end(app->store, rc, err);
    if (rc != 0)
        return rc;
    result_fact_text(out, "kind", name);
    result_fact_real(out, "weight", args_real(args, "weight"), "");
    result_note(out, "The next training counts it so; models that exist stay as they are.");
    return 0;
}

static const struct command_param set_params[] = {
    {"kind", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_EVENT_KIND, NULL, 0, 0, NULL, "a kind that `kinds list` shows"},
    {"weight", PT_REAL, PF_REQUIRED, NULL, 0, 1e6, NULL, "what one event of the kind counts in training, a purchase "
     "being 1; 0: nothing"},
    {0},
};

const struct command command_kinds_set = {
    .name = "kinds set",
    .summary = "change what a kind of event weighs in training",
    .description = "The weight counts from the next training on; events are not touched, and models are immutable. "
                   "Only the ratio of weights matters to most models.",
    .examples = "  reckon kinds set view --weight 0.1\n  reckon kinds set return --weight 0\n",
    .params = set_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_set,
};
