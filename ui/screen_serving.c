/* Serving: a running server, looked at once a second. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings.h"
#include "command/entry/server_view.h"
#include "ui/grid.h"
#include "ui/plot.h"
#include "ui/progress_bar.h"

enum { HISTORY = 240, TOP_ROWS = 8, URL_MAX = 256 };

enum course { RATE, ERRORS, P99, COURSES };

struct serving {
    struct screen screen;
    struct grid grid; /* the routes */
    char url[URL_MAX], token[SERVER_TOKEN];
    struct server_sample before; /* at 0: none yet */
    struct result result;        /* its facts are what is shown above the routes */
    double course[COURSES][HISTORY];
    size_t n;
    bool asked, known;
    struct error problem;
};

struct glance {
    char url[URL_MAX], token[SERVER_TOKEN];
    struct server_sample before, now;
    struct result result;
};

static void glance_free(void *data)
{
    struct glance *l = data;
    result_release(&l->result);
    mem_free(l);
}

static int look_at(struct store *store, void *data, struct job *job, struct error *err)
{
    struct glance *l = data;
    (void)store;
    int rc = server_sample_read(&l->now, l->url, l->token, job, err);
    if (rc == 0)
        server_report(&l->result, l->before.at > 0 ? &l->before : NULL, &l->now);
    return rc != 0 ? rc : result_check(&l->result, err);
}

static double fact(const struct serving *self, const char *name)
{
    const struct cell *c = result_fact_named(&self->result, name);
    return c == NULL ? (double)NAN : c->type == CELL_REAL ? c->real : c->type == CELL_INT ? (double)c->integer : (double)NAN;
}

static const char *text_fact(const struct serving *self, const char *name)
{
    const char *text = result_fact_text_named(&self->result, name);
    return text != NULL ? text : "";
}

/* The newest is the last; what is not known counts as nothing. */
static void keep_course(struct serving *self)
{
    const double now[COURSES] = {[RATE] = fact(self, "rate"), [ERRORS] = fact(self, "errors"), [P99] = fact(self, "p99")};
    if (self->n == HISTORY) {
        for (size_t c = 0; c < COURSES; c++)
            memmove(self->course[c], self->course[c] + 1, (HISTORY - 1) * sizeof self->course[c][0]);
        self->n--;
    }
    for (size_t c = 0; c < COURSES; c++)
        self->course[c][self->n] = isfinite(now[c]) ? now[c] : 0;
    self->n++;
}

static void deliver(void *owner, void *data, int rc, const struct error *err)
{
    struct serving *self = owner;
    struct glance *l = data;
    self->asked = false;
    self->problem = rc != 0 ? *err : (struct error){0};
    if (rc != 0) {
        self->before.at = 0;
        return;
    }
    struct source *source = source_of_result(&l->result);
    result_release(&self->result);
    self->result = l->result;
    result_init(&l->result);
    if (self->before.at > 0)
        keep_course(self);
    self->before = l->now;
    self->known = true;
    if (source != NULL)
        grid_replace_source(&self->grid, source);
}

static void ask(struct screen *s)
{
    struct serving *self = (struct serving *)s;
    struct glance *l = self->asked ? NULL : mem_zalloc(1, sizeof *l);
    if (l == NULL)
        return;
    memcpy(l->url, self->url, sizeof l->url);
    memcpy(l->token, self->token, sizeof l->token);
    l->before = self->before;
    result_init(&l->result);
    struct question q = {.owner = self, .lane = READ_AWAY, .without_store = true, .data = l, .read = look_at,
                         .deliver = deliver, .free = glance_free};
    self->asked = fetcher_ask(console_fetcher(s->console), &q, &self->problem) == 0;
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct serving *self = (struct serving *)s;
    struct settings settings;
    struct app app = {0};
    const char *server = console_server(s->console);
    (void)argument;
    grid_init(&self->grid, s, NULL);
    result_init(&self->result);
    self->grid.empty = "No request was answered yet.";
    strncpy(app.workspace, console_workspace(s->console), sizeof app.workspace - 1);
    int rc = server == NULL ? app_settings(&app, &settings, err) : 0;
    if (rc == 0)
        rc = server_token(console_key_file(s->console), self->token, err);
    if (rc != 0)
        return rc;
    snprintf(self->url, sizeof self->url, "%.255s", server != NULL ? server : settings_text(&settings, SETTING_ID_LISTEN));
    ask(s);
    return 0;
}

static void close_it(struct screen *s)
{
    struct serving *self = (struct serving *)s;
    fetcher_forget(console_fetcher(s->console), self);
    grid_release(&self->grid);
    result_release(&self->result);
    memset(self->token, 0, sizeof self->token);
}

static void draw_course(const struct serving *self, struct canvas *c, struct area a, int row, enum course which,
                        const char *name, const char *unit)
{
    char number[16];
    const double *values = self->course[which];
    int cols = a.cols - 26;
    size_t shown = self->n < (size_t)(cols > 0 ? cols : 0) ? self->n : (size_t)(cols > 0 ? cols : 0);
    bool known = self->n > 0;
    canvas_field(c, a, row, 0, 9, ALIGN_LEFT, STYLE_LABEL, name);
    canvas_field(c, a, row, 9, 8, ALIGN_RIGHT, which == ERRORS && known && values[self->n - 1] > 0 ? STYLE_BAD : STYLE_NORMAL,
                 known ? progress_bar_number(values[self->n - 1], number) : "...");
    canvas_text(c, a, row, 18, STYLE_DIM, unit);
    if (shown > 0)
        plot_sparkline(c, a, row, 25, (int)shown, which == ERRORS ? STYLE_BAD : STYLE_SERIES_1, values + self->n - shown, shown);
}

static void draw_state(const struct serving *self, struct canvas *c, struct area a)
{
    const char *state = text_fact(self, "state"), *problems = text_fact(self, "problems");
    enum style style = strcmp(state, "ready") == 0 ? STYLE_GOOD : strcmp(state, "degraded") == 0 ? STYLE_WARN : STYLE_BAD;
    double up = fact(self, "up");
    int col = canvas_text(c, a, 0, 0, style, state);
    col = canvas_printf(c, a, 0, col + 2, STYLE_TITLE, "%s", self->url);
    col = canvas_printf(c, a, 0, col + 2, STYLE_NORMAL, "model %s", text_fact(self, "model"));
    if (isfinite(up))
        canvas_printf(c, a, 0, col + 2, STYLE_DIM, "up %lld:%02d:%02d", (long long)(up / 3600), (int)fmod(up / 60, 60),
                      (int)fmod(up, 60));
    if (problems[0] != '\0')
        canvas_field(c, a, 1, 0, a.cols, ALIGN_LEFT, STYLE_WARN, problems);
}

static void draw_top(const struct serving *self, struct canvas *c, struct area a)
{
    double hits = fact(self, "cache_hits");
    draw_state(self, c, a);
    draw_course(self, c, a, 2, RATE, "answers", "/s");
    draw_course(self, c, a, 3, ERRORS, "errors", "/s");
    draw_course(self, c, a, 4, P99, "p99", "ms");
    int col = canvas_printf(c, a, 5, 0, STYLE_NORMAL, "in flight %.0f  queue %.0f  to be written %.0f  connections %.0f",
                            fact(self, "in_flight"), fact(self, "queue"), fact(self, "writer_queue"), fact(self, "connections"));
    if (isfinite(hits))
        canvas_printf(c, a, 5, col + 2, STYLE_NORMAL, "from the cache %.0f %%", 100 * hits);
    canvas_printf(c, a, 6, 0, STYLE_NORMAL, "turned away %.1f/s  limited %.1f/s  refused %.1f/s  memory %.0f MB  processors %.2f",
                  fact(self, "shed"), fact(self, "limited"), fact(self, "refused"), fact(self, "memory") / 1e6,
                  fact(self, "processors"));
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct serving *self = (struct serving *)s;
    if (self->problem.code != 0) {
        int row = canvas_wrap(c, a, 1, STYLE_BAD, self->problem.what);
        row = canvas_wrap(c, area_part(a, 0, 0, a.rows, a.cols), row, STYLE_BAD, self->problem.why);
        row = canvas_wrap(c, a, row + 1, STYLE_NORMAL, self->problem.hint);
        canvas_wrap(c, a, row + 1, STYLE_DIM, "It is looked for again every second.");
    } else if (!self->known) {
        canvas_printf(c, a, 1, 0, STYLE_DIM, "Asking %s ...", self->url);
    } else {
        draw_top(self, c, area_part(a, 0, 0, TOP_ROWS, a.cols));
        grid_draw(&self->grid, c, area_part(a, TOP_ROWS - 1, 0, a.rows - TOP_ROWS + 1, a.cols));
    }
}

const struct screen_kind screen_serving = {
    .name = "serving",
    .help = "A running server, looked at once a second: what it answers, how fast, what fails. Routes can be sorted, filtered and "
            "exported. `reckon top URL` opens this screen alone, with the token of a key from $RECKON_TOKEN or a file.",
    .size = sizeof(struct serving),
    .tables = {grid_actions},
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = grid_screen_event,
    .refresh = ask,
    .tick = ask,
};
