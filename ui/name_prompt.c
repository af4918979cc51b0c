#include "ui/name_prompt.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

struct reading {
    enum names_of what;
    char prefix[NAME_PROMPT_LEN];
    char found[NAME_PROMPT_NAMES][NAME_PROMPT_LEN];
    size_t n;
};

static int take(void *context, const char *name)
{
    struct reading *r = context;
    if (r->n < NAME_PROMPT_NAMES && strlen(name) < NAME_PROMPT_LEN)
        snprintf(r->found[r->n++], NAME_PROMPT_LEN, "%s", name);
    return 0;
}

static int read_names(struct store *store, void *data, struct job *job, struct error *err)
{
    struct reading *r = data;
    (void)job;
    return names_begin_with(store, r->what, r->prefix, NAME_PROMPT_NAMES, take, r, err);
}

static void deliver(void *owner, void *data, int rc, const struct error *err)
{
    struct name_prompt *self = owner;
    const struct reading *r = data;
    (void)err;
    self->n = rc == 0 ? r->n : 0;
    memcpy(self->found, r->found, sizeof self->found);
    if (self->at > self->n)
        self->at = 0;
}

/* What is being completed: the text, or what follows its last comma. */
static size_t word_start(const struct name_prompt *self)
{
    const char *comma = self->list ? strrchr(self->input.text, ',') : NULL;
    return comma != NULL ? (size_t)(comma + 1 - self->input.text) : 0;
}

static void look_up(struct name_prompt *self)
{
    struct error err;
    self->at = 0;
    fetcher_forget(console_fetcher(self->console), self);
    struct reading *r = self->names ? mem_zalloc(1, sizeof *r) : NULL;
    if (r == NULL)
        return;
    r->what = self->what;
    snprintf(r->prefix, sizeof r->prefix, "%.127s", self->input.text + word_start(self));
    struct question q = {
        .owner = self, .lane = READ_NOW, .data = r, .read = read_names, .deliver = deliver, .free = mem_free};
    fetcher_ask(console_fetcher(self->console), &q, &err);
}

void name_prompt_open(struct name_prompt *self, struct console *console, const struct name_prompt_options *options)
{
    self->console = console;
    self->label = options->label;
    self->tag = options->tag;
    self->names = options->names;
    self->list = options->list;
    self->what = options->what;
    self->n = self->at = 0;
    input_set(&self->input, options->text != NULL ? options->text : "");
    look_up(self);
}

void name_prompt_close(struct name_prompt *self)
{
    if (self->console != NULL)
        fetcher_forget(console_fetcher(self->console), self);
    self->label = NULL;
}

/* Puts the chosen name into the line. */
static void complete(struct name_prompt *self)
{
    char text[INPUT_MAX];
    size_t start = word_start(self), which = self->at > 0 ? self->at - 1 : 0;
    if (which >= self->n || start + strlen(self->found[which]) >= sizeof text)
        return;
    memcpy(text, self->input.text, start);
    strcpy(text + start, self->found[which]);
    input_set(&self->input, text);
}

bool name_prompt_event(struct name_prompt *self, const struct event *event)
{
    key_code key = event->type == EVENT_KEY ? event->key : 0;
    if (key == K_ESCAPE) {
        name_prompt_close(self);
    } else if (key == K_ENTER) {
        if (self->at > 0)
            complete(self);
        name_prompt_close(self);
        return true;
    } else if (key == K_DOWN || key == K_UP) {
        self->at = (self->at + (key == K_DOWN ? 1 : self->n)) % (self->n + 1);
    } else if (key == K_TAB) {
        complete(self);
        look_up(self);
    } else if (input_event(&self->input, event)) {
        look_up(self);
    }
    return false;
}

void name_prompt_draw(const struct name_prompt *self, struct canvas *canvas, struct area area)
{
    int label = (int)text_width(self->label, strlen(self->label)) + 2, cols = area.cols - label;
    canvas_fill(canvas, area_part(area, 0, 0, 1, area.cols), STYLE_NORMAL);
    canvas_printf(canvas, area, 0, 0, STYLE_KEY, "%s:", self->label);
    input_draw(&self->input, canvas, area, 0, label, cols, true);
    int at = (int)text_width(self->input.text, self->input.at);
    canvas_cursor(canvas, area, 0, label + (at < cols ? at : cols - 1));
    for (size_t i = 0; i < self->n; i++) {
        struct area row = area_part(area, (int)i + 1, label, 1, cols < 40 ? cols : 40);
        canvas_field(canvas, row, 0, 0, row.cols, ALIGN_LEFT, STYLE_INPUT, self->found[i]);
        if (self->at == i + 1)
            canvas_over(canvas, row, STYLE_SELECTED);
    }
}
