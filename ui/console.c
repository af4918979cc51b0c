/* Screens, events and news. */
#include "ui/console.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ui/console_private.h"
#include "ui/grid.h"
#include "ui/keys.h"

/* Rings from any thread. */
static void ring(void *context)
{
    const struct console *self = context;
    uint64_t one = 1;
    ssize_t n = write(self->bell, &one, sizeof one);
    (void)n; /* full: it has rung already */
}

static void recall_lines(struct console *self);
static void remember(struct console *self);

static void count_tabs(struct console *self)
{
    for (const struct place *p = places; p->name != NULL; p++)
        self->n_tabs += p->above == NULL && self->n_tabs < TABS_MAX;
}

int console_new(struct console **out, const struct console_setup *setup, struct error *err)
{
    struct console *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the console");
    self->theme = setup->theme;
    self->keymap = setup->keymap;
    self->state = setup->state;
    self->read_only = setup->read_only;
    self->dirty = true;
    self->changes.fd = -1;
    self->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    count_tabs(self);
    int rc = self->bell >= 0 ? 0 : error_set(err, E_FAILED, "the console", "%s", strerror(errno));
    if (rc == 0 && canvas_init(&self->canvas, setup->rows, setup->cols) != 0)
        rc = error_nomem(err, "the console");
    self->canvas.ascii = setup->ascii;
    self->canvas.ink = setup->ascii ? INK_ASCII : setup->ink;
    struct background_options jobs = {
        .workspace = setup->workspace, .threads = setup->threads, .keep_models = true, .check_keys = keys_check, .crew = 2, .front = "console",
        .changed = ring, .context = self};
    if (rc == 0)
        rc = background_new(&self->jobs, &jobs, err);
    if (rc == 0)
        rc = fetcher_new(&self->fetcher, ring, self, err);
    if (rc == 0 && setup->workspace != NULL)
        console_set_workspace(self, setup->workspace);
    self->server = setup->server;
    self->key_file = setup->key_file;
    const char *first = setup->place != NULL ? setup->place : places[0].name;
    const char *last = self->state != NULL ? state_get(self->state, "console", "screen") : "";
    if (setup->place == NULL && place_named(last) != NULL && self->workspace[0] != '\0')
        first = last;
    recall_lines(self);
    if (rc == 0 && !console_go(self, first, NULL)) {
        rc = error_set(err, E_NOT_FOUND, first, "is no screen of the console");
        error_hint(err, rc, "`reckon console` opens it; g shows the names of all screens");
    }
    if (rc != 0)
        console_free(self);
    else
        *out = self;
    return rc;
}

/* The last place, and the newest command lines. */
static void remember(struct console *self)
{
    if (self->state == NULL)
        return;
    if (self->n_visits > 0)
        state_set(self->state, "console", "screen", self->visits[self->visit]->name);
    for (size_t i = 0; i < self->n_lines && i < LINES_REMEMBERED; i++) {
        char key[16];
        snprintf(key, sizeof key, "%02zu", i);
        state_set(self->state, "history", key, self->lines[i]);
    }
}

static void recall_lines(struct console *self)
{
    for (size_t i = 0; self->state != NULL && i < LINES_REMEMBERED; i++) {
        char key[16];
        snprintf(key, sizeof key, "%02zu", i);
        const char *line = state_get(self->state, "history", key);
        char *copy = line[0] != '\0' ? mem_strdup(line) : NULL;
        if (copy == NULL)
            return;
        self->lines[self->n_lines++] = copy;
    }
}

void console_free(struct console *self)
{
    if (self == NULL)
        return;
    background_cancel_all(self->jobs);
    remember(self);
    while (self->dialog != NULL) {
        struct screen *s = self->dialog;
        self->dialog = s->below;
        console_close_screen(self, s);
    }
    for (size_t t = 0; t < self->n_tabs; t++)
        while (self->tabs[t] != NULL) {
            struct screen *s = self->tabs[t];
            self->tabs[t] = s->below;
            console_close_screen(self, s);
        }
    fetcher_free(self->fetcher);
    background_free(self->jobs);
    keymap_free(self->own_keymap);
    canvas_release(&self->canvas);
    for (size_t i = 0; i < self->n_lines; i++)
        mem_free(self->lines[i]);
    mem_free(self->copied);
    changes_close(&self->changes);
    if (self->bell >= 0)
        close(self->bell);
    mem_free(self);
}

/* ---- screens ------------------------------------------------------------------------------------------- */

void console_close_screen(struct console *self, struct screen *screen)
{
    fetcher_forget(self->fetcher, screen);
    console_orders_forget(self, screen);
    if (screen->kind->close != NULL)
        screen->kind->close(screen);
    mem_free(screen);
    self->dirty = true;
}

static struct screen *make_screen(struct console *self, const struct screen_kind *kind, const void *argument,
                                  const char *title, struct error *err)
{
    struct screen *s = mem_zalloc(1, kind->size);
    if (s == NULL) {
        error_nomem(err, title);
        return NULL;
    }
    s->kind = kind;
    s->console = self;
    s->place = "";
    snprintf(s->title, sizeof s->title, "%s", title);
    if (kind->open == NULL || kind->open(s, argument, err) == 0)
        return s;
    console_close_screen(self, s);
    return NULL;
}

struct screen *console_push(struct console *self, const struct screen_kind *kind, const void *argument,
                            const char *title)
{
    struct error err = {0};
    struct screen *s = make_screen(self, kind, argument, title, &err);
    if (s == NULL) {
        console_notice_error(self, &err);
        return NULL;
    }
    struct screen **top = kind->dialog ? &self->dialog : &self->tabs[self->tab];
    s->below = *top;
    *top = s;
    self->dirty = true;
    return s;
}

void console_pop(struct console *self)
{
    struct screen **top = self->dialog != NULL ? &self->dialog : &self->tabs[self->tab];
    struct screen *s = *top;
    if (s == NULL || (!s->kind->dialog && s->below == NULL))
        return;
    *top = s->below;
    console_close_screen(self, s);
}

static size_t tab_of(const struct place *place)
{
    const struct place *tab = place_tab(place);
    size_t n = 0;
    for (const struct place *p = places; p != tab; p++)
        n += p->above == NULL;
    return n;
}

static void remember_visit(struct console *self, const struct place *place)
{
    if (self->going_back || (self->n_visits > 0 && self->visits[self->visit] == place))
        return;
    self->n_visits = self->n_visits > 0 ? self->visit + 1 : 0;
    if (self->n_visits == VISITS_MAX) {
        memmove(self->visits, self->visits + 1, (VISITS_MAX - 1) * sizeof self->visits[0]);
        self->n_visits--;
    }
    self->visits[self->n_visits] = place;
    self->visit = self->n_visits++;
}

/* The tab's stack down to the screen of the place above, opening what is not open. */
static bool open_tab(struct console *self, const struct place *place)
{
    const struct place *tab = place_tab(place);
    struct error err = {0};
    self->tab = tab_of(place);
    struct screen **top = &self->tabs[self->tab];
    if (*top == NULL) {
        *top = make_screen(self, tab->kind, tab->argument, tab->title, &err);
        if (*top == NULL) {
            console_notice_error(self, &err);
            return false;
        }
        (*top)->place = tab->name;
    }
    return true;
}

bool console_go(struct console *self, const char *name, const void *argument)
{
    const struct place *place = place_named(name);
    if (place == NULL)
        return false;
    size_t before = self->tab;
    while (self->dialog != NULL)
        console_pop(self);
    if (!open_tab(self, place)) {
        self->tab = before;
        return true; /* told on the notice line */
    }
    if (place->above == NULL && self->tab == before) /* the tab where one is: its first screen */
        while (self->tabs[self->tab]->below != NULL)
            console_pop(self);
    struct screen *top = self->tabs[self->tab];
    bool here = strcmp(top->place, place->name) == 0;
    if (place->above != NULL && (!here || argument != NULL)) {
        while (self->tabs[self->tab]->below != NULL)
            console_pop(self);
        top = console_push(self, place->kind, argument != NULL ? argument : place->argument, place->title);
        if (top != NULL)
            top->place = place->name;
    }
    remember_visit(self, place);
    self->dirty = true;
    return true;
}

void console_jump(struct console *self, size_t tab)
{
    for (const struct place *p = places; p->name != NULL; p++)
        if (p->above == NULL && tab-- == 0)
            console_go(self, p->name, NULL);
}

void console_history(struct console *self, int direction)
{
    size_t to = self->visit + (size_t)direction; /* -1 wraps around, and is too large then */
    if (self->n_visits == 0 || to >= self->n_visits) {
        console_notice(self, STYLE_DIM, "There is nothing %s this.", direction < 0 ? "before" : "after");
        return;
    }
    self->visit = to;
    self->going_back = true;
    console_go(self, self->visits[to]->name, NULL);
    self->going_back = false;
}

struct screen *console_below_dialogs(struct console *self)
{
    return self->tabs[self->tab];
}

struct screen *console_top(struct console *self)
{
    return self->dialog != NULL ? self->dialog : self->tabs[self->tab];
}

static void mark_stale(struct screen *s)
{
    for (; s != NULL; s = s->below)
        s->stale = true;
}

void console_refresh_all(struct console *self)
{
    for (size_t t = 0; t < self->n_tabs; t++)
        mark_stale(self->tabs[t]);
    self->dirty = true;
}

/* What is seen is up to date; called before anybody looks. */
static void refresh_seen(struct console *self)
{
    struct screen *s = self->tabs[self->tab];
    if (s == NULL || !s->stale)
        return;
    s->stale = false;
    if (s->kind->refresh != NULL)
        s->kind->refresh(s);
}

/* ---- events -------------------------------------------------------------------------------------------- */

static const struct action *find(struct console *self, struct screen *s, key_code key)
{
    const action_table own[] = {console_actions, NULL};
    const struct action *a = action_find(self->keymap, s->kind->tables, key);
    return a != NULL || s->kind->dialog ? a : action_find(self->keymap, own, key);
}

static void do_action(struct console *self, struct screen *s, const struct action *a, key_code key)
{
    const char *why = "it cannot be done now";
    if (a->can == NULL || a->can(s, &why))
        a->run(s);
    else if (s->grid == NULL || !grid_hold(s->grid, key))
        console_notice(self, STYLE_WARN, "%s: %s", a->name, why);
}

void console_key(struct console *self, key_code key)
{
    struct event event = {.type = EVENT_KEY, .key = key};
    console_event(self, &event);
}

/* A click on the bar of tabs. */
static bool click_tab(struct console *self, const struct event *event)
{
    if (event->type != EVENT_CLICK || event->row != 0 || self->dialog != NULL)
        return false;
    int col = 9;
    size_t tab = 0;
    for (const struct place *p = places; p->name != NULL; p++) {
        if (p->above != NULL)
            continue;
        int width = (int)strlen(p->title) + 4;
        if (event->col >= col && event->col < col + width) {
            console_jump(self, tab);
            return true;
        }
        col += width;
        tab++;
    }
    return false;
}

static void resize(struct console *self, int rows, int cols)
{
    bool ascii = self->canvas.ascii;
    if (canvas_resize(&self->canvas, rows, cols) != 0)
        console_notice(self, STYLE_BAD, "There is not enough memory for a screen of this size.");
    self->canvas.ascii = ascii;
}

/* Mouse events in rows and columns of the screen. */
static struct event within(const struct event *event, struct area area)
{
    struct event e = *event;
    if (e.type >= EVENT_CLICK && e.type <= EVENT_WHEEL_DOWN) {
        e.row -= area.row;
        e.col -= area.col;
    }
    return e;
}

void console_event(struct console *self, const struct event *event)
{
    self->dirty = true;
    if (event->type == EVENT_RESIZE) {
        resize(self, event->row, event->col);
        return;
    }
    if (event->type == EVENT_HANG_UP) {
        self->over = true;
        return;
    }
    struct screen *s = console_top(self);
    if (event->type == EVENT_KEY)
        self->notice[0] = '\0';
    refresh_seen(self);
    struct event e = within(event, s->drawn);
    if (s->kind->event != NULL && s->kind->event(s, &e))
        return;
    if (click_tab(self, event) || event->type != EVENT_KEY)
        return;
    const struct action *a = find(self, s, event->key);
    char word[KEY_WORD_MAX];
    if (a != NULL)
        do_action(self, s, a, event->key);
    else if (!s->kind->dialog)
        console_notice(self, STYLE_DIM, "%s does nothing here; ? shows what can be done",
                       key_word(event->key, word));
}

/* What others wrote is read by itself, but not while the last of it is still being read, nor all the time. */
static void notice_changes(struct console *self)
{
    self->outdated = changes_take(&self->changes) || self->outdated;
    if (!self->outdated || fetcher_pending(self->fetcher) > 0 ||
        clock_monotonic_ms() - self->refreshed < CHANGES_MS)
        return;
    self->outdated = false;
    self->refreshed = clock_monotonic_ms();
    console_refresh_all(self);
}

int console_changes_bell(const struct console *self)
{
    return self->changes.fd;
}

static bool ticks(struct console *self)
{
    const struct screen *s = console_below_dialogs(self);
    return s != NULL && s->kind->tick != NULL;
}

static void tick(struct console *self)
{
    int64_t now = clock_monotonic_ms();
    if (!ticks(self) || now - self->ticked < CLOCK_MS)
        return;
    struct screen *s = console_below_dialogs(self);
    self->ticked = now;
    s->kind->tick(s);
}

int console_patience_ms(struct console *self)
{
    int clock = self->n_orders > 0 ? CLOCK_MS : -1;
    if (ticks(self)) {
        int64_t left = CLOCK_MS - (clock_monotonic_ms() - self->ticked);
        clock = left < 0 ? 0 : (int)left;
    }
    if (!self->outdated || fetcher_pending(self->fetcher) > 0)
        return clock;
    int64_t left = CHANGES_MS - (clock_monotonic_ms() - self->refreshed);
    return left < 0 ? 0 : (int)left;
}

void console_news(struct console *self)
{
    uint64_t rung;
    ssize_t n = read(self->bell, &rung, sizeof rung);
    (void)n;
    if (fetcher_deliver(self->fetcher) > 0)
        self->dirty = true;
    console_orders_news(self);
    notice_changes(self);
    tick(self);
}

size_t console_busy(struct console *self)
{
    refresh_seen(self);
    background_lock(self->jobs);
    size_t jobs = background_unfinished(self->jobs);
    background_unlock(self->jobs);
    return jobs + self->n_orders + fetcher_pending(self->fetcher);
}

/* ---- small things -------------------------------------------------------------------------------------- */

int console_bell(const struct console *self)
{
    return self->bell;
}

bool console_dirty(const struct console *self)
{
    return self->dirty;
}

int64_t console_number(struct console *self)
{
    return ++self->numbers;
}

void console_changed(struct console *self)
{
    self->dirty = true;
}

bool console_over(const struct console *self)
{
    return self->over;
}

void console_notice(struct console *self, enum style style, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(self->notice, sizeof self->notice, fmt, ap);
    va_end(ap);
    self->notice_style = style;
    self->dirty = true;
}

void console_notice_error(struct console *self, const struct error *err)
{
    console_notice(self, err->code == E_CANCELLED ? STYLE_WARN : STYLE_BAD, "%s%s%s%s%s", err->what,
                   err->what[0] != '\0' ? ": " : "", err->why, err->hint[0] != '\0' ? "; " : "", err->hint);
}

void console_copy(struct console *self, const char *text, const char *what)
{
    mem_free(self->copied);
    self->copied = mem_strdup(text);
    console_notice(self, STYLE_GOOD, "Copied %s.", what);
}

char *console_take_copied(struct console *self)
{
    char *text = self->copied;
    self->copied = NULL;
    return text;
}

bool console_take_redraw(struct console *self)
{
    bool redraw = self->redraw;
    self->redraw = false;
    return redraw;
}

bool console_take_suspend(struct console *self)
{
    bool suspend = self->suspend;
    self->suspend = false;
    return suspend;
}

bool console_read_only(const struct console *self)
{
    return self->read_only;
}

void console_set_read_only(struct console *self, bool on)
{
    self->read_only = on;
    self->dirty = true;
}

const char *console_server(const struct console *self)
{
    return self->server;
}

const char *console_key_file(const struct console *self)
{
    return self->key_file;
}

const char *console_workspace(const struct console *self)
{
    return self->workspace;
}

void console_set_workspace(struct console *self, const char *workspace)
{
    snprintf(self->workspace, sizeof self->workspace, "%s", workspace);
    fetcher_set_workspace(self->fetcher, workspace);
    background_set_workspace(self->jobs, workspace);
    changes_close(&self->changes);
    changes_open(&self->changes, workspace);
    console_refresh_all(self);
}

struct fetcher *console_fetcher(struct console *self)
{
    return self->fetcher;
}

struct background *console_jobs(struct console *self)
{
    return self->jobs;
}

const struct keymap *console_keymap(const struct console *self)
{
    return self->keymap;
}

struct state *console_state(const struct console *self)
{
    return self->state;
}

const struct theme *console_theme(const struct console *self)
{
    return self->theme;
}

void console_set_theme(struct console *self, const struct theme *theme)
{
    self->theme = theme;
    self->redraw = self->dirty = true;
}

bool console_knows_action(const char *name)
{
    const action_table own[] = {console_actions, NULL};
    if (action_named(own, name) != NULL)
        return true;
    for (const struct screen_kind *const *k = screens_all; *k != NULL; k++)
        if (action_named((*k)->tables, name) != NULL)
            return true;
    return false;
}
