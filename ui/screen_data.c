/* Data: what is in the workspace, and where to look at it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ui/console.h"
#include "ui/list.h"
#include "ui/source.h"

struct data_screen {
    struct screen screen;
    struct list list;
    int64_t counts[16]; /* of the views; -1: not known yet */
    bool asked;
    struct error problem;
};

static size_t views_count(void)
{
    size_t n = 0;
    while (browse_views[n].name != NULL)
        n++;
    return n;
}

struct counts {
    int64_t counts[16];
};

static int count_all(struct store *store, void *data, struct job *job, struct error *err)
{
    struct counts *c = data;
    int rc = 0;
    for (size_t i = 0; rc == 0 && browse_views[i].name != NULL; i++) {
        struct browse *browse = NULL;
        struct browse_query query = {0};
        rc = browse_open(&browse, store, browse_views[i].name, err);
        if (rc == 0)
            rc = browse_count(store, browse, &query, &c->counts[i], job, err);
        browse_free(browse);
    }
    return rc;
}

static void deliver(void *owner, void *data, int rc, const struct error *err)
{
    struct data_screen *self = owner;
    self->asked = false;
    self->problem = rc != 0 ? *err : (struct error){0};
    if (rc == 0)
        memcpy(self->counts, ((struct counts *)data)->counts, sizeof self->counts);
}

static void refresh(struct screen *s)
{
    struct data_screen *self = (struct data_screen *)s;
    struct counts *c = mem_zalloc(1, sizeof *c);
    if (c == NULL)
        return;
    fetcher_forget(console_fetcher(s->console), self);
    struct question q = {
        .owner = self, .lane = READ_LATER, .data = c, .read = count_all, .deliver = deliver, .free = mem_free};
    self->asked = fetcher_ask(console_fetcher(s->console), &q, &self->problem) == 0;
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct data_screen *self = (struct data_screen *)s;
    (void)argument, (void)err;
    self->list.n = views_count();
    for (size_t i = 0; i < 16; i++)
        self->counts[i] = -1;
    refresh(s);
    return 0;
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct data_screen *self = (struct data_screen *)s;
    canvas_field(c, a, 0, 0, a.cols, ALIGN_LEFT, STYLE_HEADER, "table               rows   what it holds");
    struct area body = area_part(a, 1, 0, a.rows - 1, a.cols);
    list_show(&self->list, body.rows);
    for (size_t i = 0; i < self->list.n && (int)i < body.rows; i++) {
        char count[32] = "...";
        const struct place *place = place_named(browse_views[i].name);
        if (self->counts[i] >= 0)
            snprintf(count, sizeof count, "%" PRId64, self->counts[i]);
        canvas_field(c, body, (int)i, 0, 11, ALIGN_LEFT, STYLE_TITLE, browse_views[i].name);
        canvas_field(c, body, (int)i, 12, 12, ALIGN_RIGHT, STYLE_NORMAL, count);
        canvas_text(c, body, (int)i, 27, STYLE_NORMAL, browse_views[i].help);
        if (place != NULL && place->letter != 0)
            canvas_printf(c, body, (int)i, a.cols - 4, STYLE_KEY, "g %c", place->letter);
        if (i == self->list.at)
            canvas_over(c, area_part(body, (int)i, 0, 1, body.cols), STYLE_SELECTED);
    }
    if (self->problem.code != 0)
        canvas_wrap(c, area_part(body, (int)self->list.n + 1, 0, 4, body.cols), 0, STYLE_WARN, self->problem.why);
    else if (self->counts[0] == 0)
        canvas_wrap(c, area_part(body, (int)self->list.n + 1, 0, 4, body.cols), 0, STYLE_NORMAL,
                    "There are no events yet. Press : and type import events, or : and simulate for a made-up shop.");
}

static void act_open(struct screen *s)
{
    console_go(s->console, browse_views[((struct data_screen *)s)->list.at].name, NULL);
}

static bool event(struct screen *s, const struct event *e)
{
    struct data_screen *self = (struct data_screen *)s;
    bool mouse = e->type == EVENT_CLICK || e->type == EVENT_DOUBLE_CLICK;
    if (mouse && e->row >= 1 && (size_t)(e->row - 1) < self->list.n) {
        self->list.at = (size_t)(e->row - 1);
        if (e->type == EVENT_DOUBLE_CLICK)
            act_open(s);
    }
    return mouse || list_event(&self->list, e, true);
}

static const struct action actions[] = {
    {"open", "enter right", "open", "open the table under the cursor", NULL, act_open},
    {0},
};

const struct screen_kind screen_data = {
    .name = "data",
    .help = "What is in the workspace. Each table can be filtered, sorted, counted by any column and exported.",
    .size = sizeof(struct data_screen),
    .tables = {actions},
    .open = open,
    .draw = draw,
    .event = event,
    .refresh = refresh,
};
