#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/commands.h"
#include "ingest/simulate.h"

static int read_options(const struct args *args, struct simulate_options *o, struct error *err)
{
    *o = (struct simulate_options){
        .users = (uint32_t)args_int(args, "users"), .items = (uint32_t)args_int(args, "items"),
        .events = (uint64_t)args_int(args, "events"), .days = (uint32_t)args_int(args, "days"),
        .seed = (uint64_t)args_int(args, "seed"), .zipf = args_real(args, "zipf"),
        .tastes = (uint32_t)args_int(args, "tastes"), .click = args_real(args, "click-rate"),
        .cart = args_real(args, "cart-rate"), .purchase = args_real(args, "purchase-rate"),
        .review = args_real(args, "review-rate"), .new_items = args_real(args, "new-items"),
    };
    const char *start = args_text(args, "start");
    int64_t earliest = clock_days_from_civil(1970, 1, 2) * CLOCK_DAY_MS;
    int64_t latest = clock_days_from_civil(2090, 1, 1) * CLOCK_DAY_MS;
    if (!clock_parse(start, strlen(start), &o->start) || o->start % CLOCK_DAY_MS != 0 || o->start < earliest ||
        o->start > latest)
        return error_set(err, E_USAGE, "--start", "'%s' is not a date from 1970-01-02 to 2090-01-01", start);
    return 0;
}

static int run_simulate(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    static const char *const kinds[SIMULATE_KINDS] = {"view", "click", "add_to_cart", "purchase", "review"};
    struct simulate_options o;
    struct simulate_counts counts;
    int rc = read_options(args, &o, err);
    if (rc != 0)
        return rc;
    const char *dir = args_text(args, "out");
    if (dir == NULL) /* the events are the output: nothing else may come with them */
        return simulate_to_fd(&o, STDOUT_FILENO, app->job, &counts, err);
    rc = simulate_to_directory(&o, dir, app->job, &counts, err);
    if (rc != 0)
        return rc;
    result_add_column(out, "kind", CELL_TEXT, "", "", 0);
    result_add_column(out, "events", CELL_INT, "", "", 0);
    for (int k = 0; k < SIMULATE_KINDS; k++) {
        result_add_text(out, kinds[k]);
        result_add_int(out, (int64_t)counts.events[k]);
    }
    result_fact_bool(out, "synthetic", true);
    result_fact_text(out, "directory", dir);
    result_fact_int(out, "events", (int64_t)o.events, "events");
    result_fact_int(out, "sessions", (int64_t)counts.sessions, "sessions");
    result_fact_int(out, "bytes", (int64_t)counts.bytes, "bytes");
    if (o.events > 0) {
        result_fact_time(out, "first event", counts.first);
        result_fact_time(out, "last event", counts.last);
    }
    result_note(out, "the data is synthetic: good for tests of scale, worthless for claims about quality");
    result_note(out, "import it: reckon import items %s/items.csv && reckon import users %s/users.csv && "
                     "reckon import events %s/events.csv", dir, dir, dir);
    result_note(out, "Next: reckon import events %s/events.csv", dir);
    return 0;
}

static const struct command_param simulate_params[] = {
    {"out", PT_PATH, 0, NULL, 0, 0, NULL,
     "directory for events.csv, items.csv and users.csv; without it the events go to standard output"},
    {"users", PT_INT, 0, "1000", 1, 1e9, NULL, "people"},
    {"items", PT_INT, 0, "500", 1, 1e8, NULL, "products"},
    {"events", PT_INT, 0, "100000", 0, 1e12, NULL, "events of all kinds"},
    {"days", PT_INT, 0, "365", 1, SIMULATE_DAYS_MAX, NULL, "days that they spread over"},
    {"start", PT_TEXT, 0, "2024-01-01", 0, 0, NULL, "the first day"},
    {"seed", PT_INT, 0, "1", 0, 9e15, NULL, "another seed, another shop; the same seed, the same bytes"},
    {"zipf", PT_REAL, 0, "0.8", 0, 4, NULL, "exponent of the items' popularity (0: all alike)"},
    {"tastes", PT_INT, 0, "24", 1, SIMULATE_TASTES_MAX, NULL, "groups of items that tastes go by"},
    {"click-rate", PT_REAL, 0, "0.5", 0, 1, NULL, "share of the views that lead to a click"},
    {"cart-rate", PT_REAL, 0, "0.25", 0, 1, NULL, "share of the clicks that lead to add_to_cart"},
    {"purchase-rate", PT_REAL, 0, "0.4", 0, 1, NULL, "share of what is in a cart that is bought"},
    {"review-rate", PT_REAL, 0, "0.15", 0, 1, NULL, "share of the purchases that are reviewed, one to 14 days later"},
    {"new-items", PT_REAL, 0, "0.2", 0, 1, NULL, "share of the items that are launched within the time"},
    {0},
};

const struct command command_simulate = {
    .name = "simulate",
    .summary = "write a synthetic shop of any size, for tests of scale",
    .description =
        "Writes the events of a shop that does not exist, in the order of time, in the format that `reckon import` "
        "reads without a mapping, and with --out its items and people too. It has popular and rare items, people with "
        "tastes and habits, sessions that go from view to click, add_to_cart, purchase and review, seasons, and items "
        "and people that come in later.\n\n"
        "The first line of each file says that it is synthetic and how it was made. Use it to try things at scale; "
        "it says nothing about how well a model will do in a real shop.",
    .examples = "  reckon simulate --out shop-data --users 1000 --items 500 --events 100000\n"
                "  reckon simulate --users 138000 --items 27000 --events 20000000 --seed 7 >events.csv\n",
    .params = simulate_params,
    .flags = CF_LONG,
    .run = run_simulate,
};
