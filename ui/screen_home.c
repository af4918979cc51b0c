/* Home: the workspace at a glance, what needs attention, and the first steps. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/commands.h"
#include "store/browse.h"
#include "store/events.h"
#include "store/imports.h"
#include "store/items.h"
#include "store/jobs.h"
#include "store/registry.h"
#include "store/users.h"
#include "ui/ask.h"
#include "ui/explorer.h"
#include "ui/plot.h"

enum { BINS = 120, NAME = 96, JOBS_SHOWN = 5 };

/* What is read at once. */
struct facts {
    int64_t users, items, quarantine, models;
    bool has_production, newer_model;
    char production[NAME], newest[NAME];
    int64_t production_created;
    struct {
        char command[NAME], outcome[16];
        int64_t started, ended;
    } jobs[JOBS_SHOWN];
    size_t n_jobs;
};

/* What takes a pass over all events. */
struct course {
    struct event_totals totals;
    struct browse_histogram events;
};

struct home {
    struct screen screen;
    struct facts facts;
    struct course course;
    bool known, course_known;
    struct error problem, course_problem; /* code 0: none */
    char broken[NAME]; /* an experiment that nothing may be concluded from; "" : none */
    size_t n_broken;
};

/* ---- reading ------------------------------------------------------------------------------------------- */

static int take_job(void *context, const struct job_info *info)
{
    struct facts *f = context;
    snprintf(f->jobs[f->n_jobs].command, NAME, "%s", info->command);
    snprintf(f->jobs[f->n_jobs].outcome, sizeof f->jobs[0].outcome, "%s", info->outcome);
    f->jobs[f->n_jobs].started = info->started;
    f->jobs[f->n_jobs].ended = info->ended;
    f->n_jobs++;
    return 0;
}

static int count_model(void *context, const struct model_record *record)
{
    (void)record;
    ++*(int64_t *)context;
    return 0;
}

static int read_models(struct store *store, struct facts *f, struct error *err)
{
    struct model_record r;
    int64_t production = 0;
    int rc = registry_each(store, count_model, &f->models, err);
    if (rc == 0 && registry_production(store, &r, NULL) == 0) {
        f->has_production = true;
        production = r.model;
        snprintf(f->production, NAME, "%.64s@%" PRId64, r.name, r.version);
        f->production_created = r.created;
        model_record_release(&r);
    }
    if (rc == 0 && registry_newest(store, &r, NULL) == 0) {
        f->newer_model = r.model > production;
        snprintf(f->newest, NAME, "%.64s@%" PRId64, r.name, r.version);
        model_record_release(&r);
    }
    return rc;
}

static int read_facts(struct store *store, void *data, struct job *job, struct error *err)
{
    struct facts *f = data;
    (void)job;
    int rc = users_count(store, &f->users, err);
    if (rc == 0)
        rc = items_count(store, &f->items, err);
    if (rc == 0)
        rc = quarantine_count(store, &f->quarantine, err);
    if (rc == 0)
        rc = read_models(store, f, err);
    if (rc == 0)
        rc = jobs_each(store, JOBS_SHOWN, take_job, f, err);
    return rc;
}

static int read_course(struct store *store, void *data, struct job *job, struct error *err)
{
    struct course *c = data;
    struct browse *browse = NULL;
    struct browse_query all = {0};
    size_t time;
    int rc = events_totals(store, &c->totals, err);
    if (rc == 0)
        rc = browse_open(&browse, store, "events", err);
    if (rc == 0)
        rc = browse_find(browse, "time", &time, err);
    if (rc == 0)
        rc = browse_histogram(store, browse, &all, time, BINS, &c->events, job, err);
    browse_free(browse);
    return rc;
}

static void deliver_facts(void *owner, void *data, int rc, const struct error *err)
{
    struct home *self = owner;
    self->problem = rc != 0 ? *err : (struct error){0};
    if (rc == 0) {
        self->facts = *(struct facts *)data;
        self->known = true;
    }
}

static void deliver_course(void *owner, void *data, int rc, const struct error *err)
{
    struct home *self = owner;
    self->course_problem = rc != 0 ? *err : (struct error){0};
    if (rc == 0) {
        self->course = *(struct course *)data;
        self->course_known = true;
    }
}

static void deliver_experiments(void *owner, int tag, struct result *result, int rc, const struct error *err)
{
    struct home *self = owner;
    (void)tag, (void)err;
    self->n_broken = 0;
    self->broken[0] = '\0';
    for (size_t i = 0; i < result->n_rows && rc == 0; i++) {
        const char *attention = result_text_named(result, i, "attention"), *name = result_text_named(result, i, "experiment");
        if (attention == NULL || name == NULL || strncmp(attention, "BROKEN", 6) != 0)
            continue;
        if (self->n_broken++ == 0)
            snprintf(self->broken, NAME, "%s", name);
    }
}

static void ask(struct home *self, enum read_lane lane, size_t size,
                int (*read)(struct store *, void *, struct job *, struct error *),
                void (*deliver)(void *, void *, int, const struct error *), struct error *problem)
{
    void *data = mem_zalloc(1, size);
    if (data == NULL) {
        error_nomem(problem, "what is in the workspace");
        return;
    }
    struct question q = {.owner = self, .lane = lane, .data = data, .read = read, .deliver = deliver, .free = mem_free};
    fetcher_ask(console_fetcher(self->screen.console), &q, problem);
}

static void refresh(struct screen *s)
{
    struct home *self = (struct home *)s;
    if (console_workspace(s->console)[0] == '\0')
        return;
    fetcher_forget(console_fetcher(s->console), self);
    ask(self, READ_NOW, sizeof(struct facts), read_facts, deliver_facts, &self->problem);
    ask(self, READ_LATER, sizeof(struct course), read_course, deliver_course, &self->course_problem);
    struct ask experiments = {.owner = self, .command = &command_experiment_list, .lane = READ_LATER,
                              .deliver = deliver_experiments};
    ask_command(self->screen.console, &experiments, NULL);
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    (void)argument, (void)err;
    refresh(s);
    return 0;
}

/* ---- drawing ------------------------------------------------------------------------------------------- */

/* The path that a new user walks, with the key for each step; how far it was walked. */
static void draw_steps(struct home *self, struct canvas *c, struct area a)
{
    bool workspace = console_workspace(self->screen.console)[0] != '\0', known = workspace && self->known;
    const struct {
        bool done;
        char key;
        const char *text;
    } steps[] = {
        {workspace, 'n', "make a workspace: a directory that holds data and models"},
        {known && self->facts.users > 0, 'm', "import events: who did what with which item, and when"},
        {known && self->facts.models > 0, 'c', "compare models: which one foresees best what people do next"},
        {known && self->facts.models > 0, 't', "train the best one on all data"},
        {known && self->facts.has_production, 'p', "put it into production (on the screen Models, with P)"},
        {false, 'w', "see what it recommends to somebody"},
    };
    canvas_text(c, a, 0, 0, STYLE_TITLE, "First steps");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        bool next = !steps[i].done && (i == 0 || steps[i - 1].done);
        canvas_text(c, a, (int)i + 1, 1, steps[i].done ? STYLE_GOOD : STYLE_DIM, steps[i].done ? "done" : next ? "next" : "");
        canvas_printf(c, a, (int)i + 1, 7, STYLE_KEY, "%c", steps[i].key);
        canvas_text(c, a, (int)i + 1, 10, next ? STYLE_TITLE : STYLE_NORMAL, steps[i].text);
    }
    if (known && self->facts.users == 0) {
        int col = canvas_text(c, a, 7, 1, STYLE_DIM, "No data at hand?  ");
        col = canvas_text(c, a, 7, col, STYLE_KEY, "s");
        canvas_text(c, a, 7, col, STYLE_DIM, " writes the events of a simulated shop, to try everything with");
    }
}

static void draw_counts(struct home *self, struct canvas *c, struct area a)
{
    const struct facts *f = &self->facts;
    char from[40], to[40], created[40];
    int col = canvas_text(c, a, 0, 0, STYLE_LABEL, "Events      ");
    if (!self->course_known && self->course_problem.code != 0)
        canvas_printf(c, a, 0, col, STYLE_WARN, "not counted: %s; r tries again", self->course_problem.why);
    else if (!self->course_known)
        canvas_text(c, a, 0, col, STYLE_DIM, "counting ...");
    else if (self->course.totals.events == 0)
        canvas_text(c, a, 0, col, STYLE_NORMAL, "none yet");
    else
        canvas_printf(c, a, 0, col, STYLE_NORMAL, "%" PRId64 "   %s to %s", self->course.totals.events,
                      clock_format_date(self->course.totals.first, from, sizeof from),
                      clock_format_date(self->course.totals.last, to, sizeof to));
    canvas_text(c, a, 1, 0, STYLE_LABEL, "People");
    canvas_printf(c, a, 1, 12, STYLE_NORMAL, "%" PRId64 "   with %" PRId64 " items", f->users, f->items);
    canvas_text(c, a, 2, 0, STYLE_LABEL, "Models");
    canvas_printf(c, a, 2, 12, STYLE_NORMAL, "%" PRId64, f->models);
    canvas_text(c, a, 3, 0, STYLE_LABEL, "Production");
    if (f->has_production)
        canvas_printf(c, a, 3, 12, STYLE_GOOD, "%s, trained %s", f->production,
                      clock_format_date(f->production_created, created, sizeof created));
    else
        canvas_text(c, a, 3, 12, STYLE_WARN, "none");
}

static int draw_warning(struct canvas *c, struct area a, int row, const char *text, const char *key)
{
    int col = canvas_text(c, a, row, 1, STYLE_WARN, c->ascii ? "! " : "\xE2\x96\xB2 ");
    col = canvas_text(c, a, row, col, STYLE_NORMAL, text);
    canvas_printf(c, a, row, col + 2, STYLE_KEY, "%s", key);
    return row + 1;
}

static void draw_attention(struct home *self, struct canvas *c, struct area a)
{
    const struct facts *f = &self->facts;
    char text[256];
    int row = 1;
    canvas_text(c, a, 0, 0, STYLE_TITLE, "Attention");
    if (self->n_broken > 0) {
        snprintf(text, sizeof text, "%s IS BROKEN (sample ratio)", self->n_broken == 1 ? self->broken : "more than one experiment");
        row = draw_warning(c, a, row, text, "g E");
    }
    if (f->models > 0 && !f->has_production)
        row = draw_warning(c, a, row, "no model is in production: the newest one answers", "g m");
    if (f->has_production && f->newer_model) {
        snprintf(text, sizeof text, "%s is newer than what is in production", f->newest);
        row = draw_warning(c, a, row, text, "g m");
    }
    if (f->quarantine > 0) {
        snprintf(text, sizeof text, "%" PRId64 " rows are in quarantine", f->quarantine);
        row = draw_warning(c, a, row, text, "g x");
    }
    for (size_t i = 0; i < f->n_jobs; i++)
        if (strcmp(f->jobs[i].outcome, "failed") == 0 || strcmp(f->jobs[i].outcome, "interrupted") == 0) {
            snprintf(text, sizeof text, "%s %s", f->jobs[i].command,
                     f->jobs[i].outcome[0] == 'f' ? "failed" : "was interrupted");
            row = draw_warning(c, a, row, text, "g l");
            break;
        }
    if (row == 1)
        canvas_text(c, a, 1, 1, STYLE_GOOD, "nothing");
}

static void draw_jobs(struct home *self, struct canvas *c, struct area a)
{
    const struct facts *f = &self->facts;
    canvas_text(c, a, 0, 0, STYLE_TITLE, "Last jobs");
    if (f->n_jobs == 0)
        canvas_text(c, a, 1, 1, STYLE_DIM, "none yet");
    for (size_t i = 0; i < f->n_jobs; i++) {
        bool bad = strcmp(f->jobs[i].outcome, "failed") == 0 || strcmp(f->jobs[i].outcome, "interrupted") == 0;
        bool good = strcmp(f->jobs[i].outcome, "done") == 0;
        char took[32] = "";
        if (f->jobs[i].ended != 0)
            snprintf(took, sizeof took, "%.1f s", (double)(f->jobs[i].ended - f->jobs[i].started) / 1000);
        canvas_field(c, a, (int)i + 1, 1, 11, ALIGN_LEFT, bad ? STYLE_BAD : good ? STYLE_GOOD : STYLE_NORMAL,
                     f->jobs[i].outcome);
        canvas_field(c, a, (int)i + 1, 13, 18, ALIGN_LEFT, STYLE_NORMAL, f->jobs[i].command);
        canvas_field(c, a, (int)i + 1, 32, 10, ALIGN_RIGHT, STYLE_DIM, took);
    }
}

static void draw_course(struct home *self, struct canvas *c, struct area a)
{
    double x[BROWSE_BINS_MAX], y[BROWSE_BINS_MAX];
    const struct browse_histogram *h = &self->course.events;
    if (!self->course_known || h->n == 0)
        return;
    for (size_t i = 0; i < h->n; i++) {
        x[i] = h->low + (double)i * h->width;
        y[i] = (double)h->counts[i];
    }
    char name[64], width[32];
    if (h->width >= 86400000)
        snprintf(width, sizeof width, "%.0f day%s", h->width / 86400000, h->width > 86400000 ? "s" : "");
    else
        snprintf(width, sizeof width, "%.0f min", h->width / 60000);
    snprintf(name, sizeof name, "events in %s", width);
    struct plot plot = {.kind = PLOT_BARS, .series = {{name, x, y, h->n}}, .n = 1, .x_unit = "", .y_unit = "", .x_time = true};
    plot_draw(&plot, c, a);
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct home *self = (struct home *)s;
    bool workspace = console_workspace(s->console)[0] != '\0';
    bool beginner = !workspace || (self->known && !self->facts.has_production);
    if (self->problem.code != 0) {
        canvas_wrap(c, a, canvas_wrap(c, a, 1, STYLE_BAD, self->problem.why), STYLE_NORMAL, self->problem.hint);
        return;
    }
    if (!workspace) {
        int row = canvas_wrap(c, a, 1, STYLE_NORMAL, "Welcome. There is no workspace here yet.");
        draw_steps(self, c, area_part(a, row + 1, 0, 8, a.cols));
        return;
    }
    if (!self->known) {
        canvas_text(c, a, 1, 0, STYLE_DIM, "Reading ...");
        return;
    }
    int half = a.cols >= 96 ? a.cols / 2 : a.cols;
    draw_counts(self, c, area_part(a, 0, 0, 4, half));
    int row = 5;
    if (beginner) {
        draw_steps(self, c, area_part(a, row, 0, 8, a.cols));
        row += 8 + (self->facts.users == 0);
    } else {
        draw_attention(self, c, area_part(a, row, 0, 5, half));
        row += 5;
    }
    if (half < a.cols)
        draw_jobs(self, c, area_part(a, 0, half, 6, a.cols - half));
    else if (a.rows - row >= 14 || !beginner) {
        draw_jobs(self, c, area_part(a, row, 0, 6, a.cols));
        row += 7;
    }
    draw_course(self, c, area_part(a, row, 0, a.rows - row < 16 ? a.rows - row : 16, a.cols));
}

/* ---- actions ------------------------------------------------------------------------------------------- */

static void act_init(struct screen *s)
{
    static const char *const values[] = {"directory", "shop", NULL};
    console_form(s->console, &command_init, values);
}

static void act_import(struct screen *s)
{
    console_form(s->console, &command_import_guess, NULL); /* what it says leads on to the import */
}

static void act_simulate(struct screen *s)
{
    static const char *const values[] = {"out", "simulated", NULL};
    console_form(s->console, &command_simulate, values); /* its result leads on to the import */
}

static void act_compare(struct screen *s)
{
    static const char *const values[] = {"models", "popular,ease,ials,blend", NULL};
    console_form(s->console, &command_compare, values);
}

static void act_train(struct screen *s)
{
    static const char *const values[] = {"model", "blend", NULL};
    console_form(s->console, &command_train, values);
}

static void act_models(struct screen *s)
{
    console_go(s->console, "models", NULL);
}

static void act_recommend(struct screen *s)
{
    struct console *console = s->console;
    console_go(console, "explorer", NULL);
    if (console_top(console)->kind == &screen_explorer)
        explorer_ask_user(console_top(console));
}

static bool has_workspace(struct screen *s, const char **why)
{
    *why = "there is no workspace yet; n makes one";
    return console_workspace(s->console)[0] != '\0';
}

static bool has_none(struct screen *s, const char **why)
{
    *why = "there is a workspace already";
    return console_workspace(s->console)[0] == '\0';
}

static const struct action actions[] = {
    {"new-workspace", "n", "new", "make a workspace", has_none, act_init},
    {"import", "m", "import", "import events from a file", has_workspace, act_import},
    {"simulate", "s", NULL, "write the events of a simulated shop, to try things with", has_workspace, act_simulate},
    {"compare", "c", "compare", "compare models on data that was held out", has_workspace, act_compare},
    {"train", "t", "train", "train a model", has_workspace, act_train},
    {"models", "p", "models", "go to the models, to put one into production", has_workspace, act_models},
    {"recommend", "w", "recommend", "see what is recommended to somebody", has_workspace, act_recommend},
    {0},
};

const struct screen_kind screen_home = {
    .name = "home",
    .help = "The workspace at a glance: what is in it, what needs attention, what ran last, and what to do next.",
    .size = sizeof(struct home),
    .tables = {actions},
    .open = open,
    .draw = draw,
    .refresh = refresh,
};
