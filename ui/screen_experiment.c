/* One experiment: what may be concluded, the intervals, the numbers, its arms and what happened to it; and steering it. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "command/commands.h"
#include "command/render.h"
#include "ui/ask.h"
#include "ui/charts.h"
#include "ui/grid.h"
#include "ui/intervals.h"
#include "ui/pager.h"

enum { NAME_MAX_BYTES = 96, VIEWS_MAX = 16, SENTENCE_ROWS = 5, CHART_ROWS = 8, FACTS_ROWS = 18 };
enum tag { SHOW, REPORT };

struct experiment_screen {
    struct screen screen;
    struct grid grid;
    char name[NAME_MAX_BYTES];
    struct result show, report;
    bool show_known, report_known, reading;
    struct error problem, report_problem;
    size_t view;        /* of `views` */
    struct charts charts;
    struct pager facts;
    int facts_cols;
};

/* ---- what is known ------------------------------------------------------------------------------------- */

static const char *fact(const struct experiment_screen *self, const char *name)
{
    const char *text = result_fact_text_named(&self->show, name);
    return text != NULL ? text : "";
}

static bool is_draft(const struct experiment_screen *self)
{
    return strcmp(fact(self, "state"), "draft") == 0;
}

/* The tables that there are, and their names; the first one is the result (of a draft: its arms). */
static size_t views(const struct experiment_screen *self, const struct result **tables, const char **names)
{
    size_t n = 0;
    if (self->report_known) {
        tables[n] = &self->report;
        names[n++] = "result";
    }
    tables[n] = &self->show;
    names[n++] = "arms";
    for (size_t i = 0; i < self->report.n_tables && n < VIEWS_MAX; i++) {
        tables[n] = self->report.tables[i];
        names[n++] = self->report.tables[i]->name;
    }
    for (size_t i = 0; i < self->show.n_tables && n < VIEWS_MAX; i++) {
        tables[n] = self->show.tables[i];
        names[n++] = self->show.tables[i]->name;
    }
    return n;
}

static const struct result *table_here(struct experiment_screen *self)
{
    const struct result *tables[VIEWS_MAX + 1];
    const char *names[VIEWS_MAX + 1];
    size_t n = views(self, tables, names);
    self->view = self->view < n ? self->view : 0;
    return tables[self->view];
}

static void show_table(struct experiment_screen *self, bool anew)
{
    const struct result *table = table_here(self);
    struct source *source = source_of_result(table);
    if (source == NULL)
        return;
    if (anew)
        grid_set_source(&self->grid, source);
    else
        grid_replace_source(&self->grid, source);
    charts_clear(&self->charts);
    if (table != &self->report) /* its series are the intervals */
        charts_add_result(&self->charts, table);
    self->facts_cols = 0;
}

static void deliver(void *owner, int tag, struct result *result, int rc, const struct error *err)
{
    struct experiment_screen *self = owner;
    bool *known = tag == SHOW ? &self->show_known : &self->report_known, before = *known;
    struct result *into = tag == SHOW ? &self->show : &self->report;
    *(tag == SHOW ? &self->problem : &self->report_problem) = rc != 0 ? *err : (struct error){0};
    self->reading = tag == SHOW ? self->reading : false;
    if (rc != 0)
        return;
    result_release(into);
    *into = *result;
    result_init(result);
    *known = true;
    if (tag == REPORT && !before && self->view > 0)
        self->view++; /* the result came before what is looked at */
    show_table(self, !before && self->view == 0);
}

static void read_all(struct experiment_screen *self)
{
    const char *const values[] = {"name", self->name, NULL};
    struct ask show = {.owner = self, .command = &command_experiment_show, .values = values, .tag = SHOW, .deliver = deliver};
    struct ask report = {.owner = self, .command = &command_experiment_report, .values = values, .tag = REPORT,
                         .lane = READ_LATER, .deliver = deliver};
    fetcher_forget(console_fetcher(self->screen.console), self);
    if (ask_command(self->screen.console, &show, &self->problem) == 0)
        self->reading = ask_command(self->screen.console, &report, &self->report_problem) == 0;
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct experiment_screen *self = (struct experiment_screen *)s;
    (void)err;
    snprintf(self->name, sizeof self->name, "%s", (const char *)argument);
    result_init(&self->show);
    result_init(&self->report);
    grid_init(&self->grid, s, NULL);
    self->grid.empty = "There is nothing here yet.";
    read_all(self);
    return 0;
}

static void close_it(struct screen *s)
{
    struct experiment_screen *self = (struct experiment_screen *)s;
    fetcher_forget(console_fetcher(s->console), self);
    grid_release(&self->grid);
    pager_release(&self->facts);
    charts_clear(&self->charts);
    result_release(&self->show);
    result_release(&self->report);
}

static void refresh(struct screen *s)
{
    read_all((struct experiment_screen *)s);
}

/* ---- drawing ------------------------------------------------------------------------------------------- */

static int draw_head(struct experiment_screen *self, struct canvas *c, struct area a)
{
    const char *state = fact(self, "state");
    const struct cell *share = result_fact_named(&self->show, "share"), *coverage = result_fact_named(&self->show, "coverage");
    enum style style = strcmp(state, "running") == 0 ? STYLE_GOOD : strcmp(state, "paused") == 0 ? STYLE_WARN : STYLE_ACCENT;
    int col = canvas_text(c, a, 0, 0, style, state);
    col = canvas_printf(c, a, 0, col + 2, STYLE_NORMAL, "%s, %zu arms", fact(self, "primary"), self->show.n_rows);
    if (share != NULL && share->type == CELL_REAL)
        col = canvas_printf(c, a, 0, col, STYLE_NORMAL, ", %g %% of users", share->real);
    if (coverage != NULL && coverage->type == CELL_REAL && coverage->real < 100)
        col = canvas_printf(c, a, 0, col, STYLE_WARN, ", of whom %g %% take part now", coverage->real);
    col = canvas_printf(c, a, 0, col, STYLE_DIM, ", read %s", fact(self, "read"));
    if (fact(self, "bandit")[0] != '\0')
        canvas_printf(c, a, 0, col, STYLE_DIM, ", bandit: %s", fact(self, "bandit"));
    return 1;
}

static enum style verdict_style(const char *verdict)
{
    if (strcmp(verdict, "better") == 0)
        return STYLE_GOOD;
    return strcmp(verdict, "broken") == 0 || strcmp(verdict, "worse") == 0 || strcmp(verdict, "harm") == 0 ? STYLE_BAD
                                                                                                          : STYLE_TITLE;
}

/* The sentence; of a broken test within a frame, so that nobody looks past it. */
static int draw_sentence(struct experiment_screen *self, struct canvas *c, struct area a)
{
    const char *verdict = result_fact_text_named(&self->report, "verdict"), *says = result_fact_text_named(&self->report, "says");
    if (self->report_problem.code != 0 && !is_draft(self)) {
        int row = canvas_wrap(c, a, 0, STYLE_BAD, self->report_problem.why);
        return canvas_wrap(c, a, row, STYLE_NORMAL, self->report_problem.hint);
    }
    if (is_draft(self))
        return canvas_wrap(c, a, 0, STYLE_NORMAL, "A draft: nobody is assigned yet. S starts it, D designs it anew, T tries the "
                                                  "design on the shop's own history.");
    if (!self->report_known || verdict == NULL || says == NULL)
        return canvas_wrap(c, a, 0, STYLE_DIM, "Reading the exposures and what people did ...");
    if (strcmp(verdict, "broken") != 0)
        return canvas_wrap(c, a, 0, verdict_style(verdict), says);
    struct area frame = area_part(a, 0, 0, SENTENCE_ROWS + 2 < a.rows ? SENTENCE_ROWS + 2 : a.rows, a.cols);
    struct area inside = canvas_box(c, frame, STYLE_BAD, "! SAMPLE-RATIO MISMATCH");
    canvas_wrap(c, inside, 0, STYLE_BAD, says);
    return frame.rows;
}

static void draw_names(struct experiment_screen *self, struct canvas *c, struct area a)
{
    const struct result *tables[VIEWS_MAX + 1];
    const char *names[VIEWS_MAX + 1];
    size_t n = views(self, tables, names);
    int col = 0;
    for (size_t i = 0; i < n; i++)
        col = canvas_printf(c, a, 0, col, i == self->view ? STYLE_TAB_HERE : STYLE_TAB, " %s ", names[i]) + 1;
    canvas_text(c, a, 0, col + 1, STYLE_DIM, self->reading ? "reading ..." : "tab: the next one");
}

static bool is_said_above(const char *name)
{
    return strcmp(name, "verdict") == 0 || strcmp(name, "says") == 0;
}

/* What else the command tells of it: facts and notes, without the rows. */
static void set_facts(struct experiment_screen *self, const struct result *r, int cols)
{
    struct str text;
    struct render_options options = {.width = (size_t)(cols > 20 ? cols : 20)};
    struct result shown = *r; /* borrowed */
    struct result notes = *r;
    if (self->facts_cols == cols)
        return;
    str_init(&text, 1 << 20);
    notes.n_rows = notes.n_columns = notes.n_summary = notes.n_tables = 0, notes.title = NULL;
    shown.n_rows = shown.n_columns = shown.n_notes = shown.n_tables = 0, shown.title = NULL;
    while (shown.n_summary > 0 && is_said_above(shown.summary[0].name))
        shown.summary++, shown.n_summary--;
    render_table(&text, &notes, &options);
    render_table(&text, &shown, &options);
    pager_set(&self->facts, str_take(&text));
    self->facts_cols = cols;
}

/* The table; below it curves or facts, where there is room. */
static void draw_table(struct experiment_screen *self, struct canvas *c, struct area a)
{
    const struct result *table = table_here(self);
    int wanted = (int)table->n_rows + 3, below = a.rows - wanted;
    set_facts(self, table, a.cols);
    bool chart = self->charts.n > 0 && below >= CHART_ROWS, facts = !chart && below >= 4 && self->facts.list.n > 0;
    grid_draw(&self->grid, c, area_part(a, 0, 0, chart || facts ? wanted : a.rows, a.cols));
    if (chart)
        charts_draw(&self->charts, c, area_part(a, wanted, 0, below, a.cols));
    else if (facts)
        pager_draw(&self->facts, c, area_part(a, wanted, 0, below, a.cols));
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct experiment_screen *self = (struct experiment_screen *)s;
    if (self->problem.code != 0) {
        int row = canvas_wrap(c, a, 1, STYLE_BAD, self->problem.why);
        canvas_wrap(c, a, row, STYLE_NORMAL, self->problem.hint);
        return;
    }
    if (!self->show_known) {
        canvas_text(c, a, 1, 0, STYLE_DIM, "Reading ...");
        return;
    }
    const struct result *table = table_here(self);
    int row = draw_head(self, c, a);
    row += draw_sentence(self, c, area_part(a, row, 0, a.rows / 2, a.cols)) + 1;
    draw_names(self, c, area_part(a, row++, 0, 1, a.cols));
    if (table == &self->report && intervals_count(table) > 0)
        row += intervals_draw(table, c, area_part(a, row, 0, (a.rows - row) / 2, a.cols));
    draw_table(self, c, area_part(a, row, 0, a.rows - row, a.cols));
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

static void act_next_table(struct screen *s)
{
    struct experiment_screen *self = (struct experiment_screen *)s;
    const struct result *tables[VIEWS_MAX + 1];
    const char *names[VIEWS_MAX + 1];
    self->view = (self->view + 1) % views(self, tables, names);
    show_table(self, true);
    console_changed(s->console);
}

static bool in_state(struct screen *s, const char *states)
{
    const char *state = fact((struct experiment_screen *)s, "state");
    return state[0] != '\0' && strstr(states, state) != NULL;
}

static bool can_start(struct screen *s, const char **why)
{
    *why = in_state(s, "running") ? "it runs already" : "what is stopped does not begin again; N copies it";
    return in_state(s, "draft paused");
}

static bool can_pause(struct screen *s, const char **why)
{
    *why = "it does not run";
    return in_state(s, "running");
}

static bool can_stop(struct screen *s, const char **why)
{
    *why = in_state(s, "draft") ? "it has not begun" : "it is stopped already";
    return in_state(s, "running paused");
}

static bool is_bandit(struct screen *s, const char **why)
{
    *why = can_pause(s, why) ? "its design has no bandit: weights stay" : "it does not run";
    return in_state(s, "running") && fact((struct experiment_screen *)s, "bandit")[0] != '\0';
}

static bool is_still_draft(struct screen *s, const char **why)
{
    *why = "its design is fixed since it began; N copies it into a new draft";
    return in_state(s, "draft");
}

/* A change that waits for its answer. */
struct change {
    char name[NAME_MAX_BYTES];
    const struct command *command;
};

static void change(struct console *console, void *context)
{
    const struct change *c = context;
    const char *const values[] = {"name", c->name, NULL};
    console_call(console, c->command, values, (c->command->flags & CF_LONG) != 0);
}

static void ask_change(struct screen *s, const struct command *command, const char *title, const char *text, bool for_good)
{
    struct experiment_screen *self = (struct experiment_screen *)s;
    struct change *c = mem_zalloc(1, sizeof *c);
    if (c == NULL)
        return;
    snprintf(c->name, sizeof c->name, "%s", self->name);
    c->command = command;
    struct confirmation asked = {.title = title, .text = text, .phrase = for_good ? self->name : NULL, .context = c,
                                 .yes = change, .done = mem_free};
    console_confirm(s->console, &asked);
}

static void act_start(struct screen *s)
{
    struct experiment_screen *self = (struct experiment_screen *)s;
    struct str text;
    str_init(&text, 4096);
    str_printf(&text, "%s begins: its design cannot be changed from then on, and a running server assigns from its next answer "
                      "on.\n\n", self->name);
    for (size_t i = 0; i < self->show.n_rows; i++) {
        const char *arm = result_text_named(&self->show, i, "arm"), *shows = result_text_named(&self->show, i, "shows");
        const struct cell *weight = result_cell_named(&self->show, i, "weight");
        str_printf(&text, "%s: %g %%, %s\n", arm != NULL ? arm : "?", weight != NULL ? weight->real : 0,
                   shows != NULL && shows[0] != '\0' ? shows : "the default");
    }
    ask_change(s, &command_experiment_start, in_state(s, "paused") ? "Go on with it?" : "Start it?", str_text(&text), false);
    str_release(&text);
}

static void act_pause(struct screen *s)
{
    ask_change(s, &command_experiment_pause, "Pause it?",
               "Nobody is assigned while it is paused: everybody gets the default, also those who had an arm. S goes on with it.",
               false);
}

static void act_stop(struct screen *s)
{
    ask_change(s, &command_experiment_stop, "Stop it for good?",
               "Everybody gets the default from then on, and it does not begin again; its exposures and its report stay.\n\nTo stop "
               "for a while press Esc, and p.", true);
}

static void act_ramp(struct screen *s)
{
    struct experiment_screen *self = (struct experiment_screen *)s;
    const char *const values[] = {"name", self->name, NULL};
    console_form(s->console, &command_experiment_ramp, values);
}

static void act_adapt(struct screen *s)
{
    ask_change(s, &command_experiment_adapt, "Let the weights follow what was learnt?",
               "Users who come get the arms by the new weights, and a running server goes by them from its next answer on. Those who "
               "met an arm keep it.", false);
}

static void form(struct screen *s, const struct command *command)
{
    const char *const values[] = {"name", ((struct experiment_screen *)s)->name, NULL};
    console_form(s->console, command, values);
}

static void act_assign(struct screen *s)
{
    form(s, &command_experiment_assign);
}

static void act_design(struct screen *s)
{
    struct experiment_screen *self = (struct experiment_screen *)s;
    const char *const values[] = {"name", self->name, "metric", fact(self, "primary"), NULL};
    console_form(s->console, &command_experiment_design, values);
}

static void act_rehearse(struct screen *s)
{
    form(s, &command_experiment_simulate);
}

static void act_copy(struct screen *s)
{
    form(s, &command_experiment_copy);
}

static void act_page(struct screen *s)
{
    form(s, &command_experiment_report);
}

static const struct action actions[] = {
    {"next-table", "tab", "tables", "show the next table: the result, the arms, the history, and whatever else is reported", NULL,
     act_next_table},
    {"start", "S", "start", "start it, or go on with it, after a question", can_start, act_start},
    {"pause", "p", "pause", "assign nobody for a while, after a question", can_pause, act_pause},
    {"stop", "X", "stop", "end it for good, after its name was typed", can_stop, act_stop},
    {"ramp", "R", "ramp", "take the next step of a rollout, by a form", can_pause, act_ramp},
    {"adapt", "W", NULL, "let the weights of a bandit follow what was learnt, after a question", is_bandit, act_adapt},
    {"assignment", "a", "who", "look up which arm a user has, and why", NULL, act_assign},
    {"design", "D", NULL, "design it anew, while it is a draft", is_still_draft, act_design},
    {"rehearse", "T", NULL, "try the design on the shop's own history: false alarms and power as they are", NULL, act_rehearse},
    {"copy-experiment", "E", NULL, "make a draft of its design; its users are drawn anew", NULL, act_copy},
    {"page", "M", NULL, "the report as a page of Markdown or HTML", NULL, act_page},
    {0},
};

const struct screen_kind screen_experiment = {
    .name = "experiment",
    .help = "One experiment: whether its users are split as planned, what may be concluded in one sentence, the intervals, and "
            "the numbers; then its arms, its segments and what happened to it.",
    .size = sizeof(struct experiment_screen),
    .tables = {actions, grid_actions},
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = grid_screen_event,
    .refresh = refresh,
};
