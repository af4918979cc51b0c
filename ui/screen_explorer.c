/* Explorer: what somebody would see and why, by several models, and how it moves when something changes. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "command/commands.h"
#include "store/browse_filter.h"
#include "ui/explorer.h"

enum { TAG_MODELS = 100 };
enum prompt_for { FOR_USER, FOR_ITEM, FOR_VISITOR, FOR_MODELS, FOR_FILTER, FOR_SCENARIO, FOR_MET };

/* ---- asking -------------------------------------------------------------------------------------------- */

/* Where each item stands now, to tell moves from. */
static void keep_order(struct explorer_pane *p)
{
    p->n_before = 0;
    for (size_t i = 0; i < p->result.n_rows && i < EXPLORER_N; i++)
        snprintf(p->before[p->n_before++], EXPLORER_ID, "%s", explorer_text(p, i, "item"));
}

static void deliver(void *owner, int tag, struct result *result, int rc, const struct error *err)
{
    struct explorer *self = owner;
    struct explorer_pane *p = &self->panes[tag];
    p->asked = false;
    p->known = true;
    p->problem = rc != 0 ? *err : (struct error){0};
    result_release(&p->result);
    p->result = *result;
    result_init(result);
    p->list.n = p->result.n_rows;
    list_move(&p->list, 0);
    if (p->list.at >= p->list.n)
        p->list.at = p->list.n > 0 ? p->list.n - 1 : 0;
    if (tag > 0 && rc == 0 && !explorer_changed(self))
        keep_order(p);
}

static void ask_history(struct explorer *self)
{
    struct str where;
    struct explorer_pane *p = &self->panes[0];
    if (self->subject != SUBJECT_USER && self->subject != SUBJECT_ITEM)
        return;
    str_init(&where, BROWSE_WHERE_MAX);
    browse_filter_put(&where, self->subject == SUBJECT_ITEM ? "item" : "user", "=", self->id);
    const char *const values[] = {"where", str_text(&where), "sort", "time", "descending", "1", "limit", "200", NULL};
    struct ask ask = {.owner = self, .command = &command_events_list, .values = values, .tag = 0, .deliver = deliver};
    p->asked = ask_command(self->screen.console, &ask, &p->problem) == 0;
    str_release(&where);
}

static const struct command *answer_command(const struct explorer *self)
{
    return self->subject == SUBJECT_ITEM ? &command_similar : &command_recommend;
}

static void ask_answers(struct explorer *self)
{
    const char *values[EXPLORER_VALUES];
    if (self->subject == SUBJECT_NONE || !self->models_known)
        return;
    for (size_t i = 1; i < self->n_panes; i++) {
        struct explorer_pane *p = &self->panes[i];
        explorer_values(self, p, NULL, values);
        struct ask ask = {
            .owner = self, .command = answer_command(self), .values = values, .tag = (int)i, .deliver = deliver};
        p->problem = (struct error){0};
        p->asked = ask_command(self->screen.console, &ask, &p->problem) == 0;
        p->known = p->known || !p->asked;
    }
    explorer_values(self, &self->panes[1], NULL, values);
    console_show_line(self->screen.console, answer_command(self), values);
}

/* Answers to what was asked before the last change are not waited for, but for the first of each model: where the items
 * stood before any change. */
static void forget_outdated(struct explorer *self)
{
    bool history = self->panes[0].asked, first = !self->models_known;
    for (size_t i = 1; i < self->n_panes; i++)
        first = first || !self->panes[i].known;
    if (first)
        return;
    fetcher_forget(console_fetcher(self->screen.console), self);
    if (history)
        ask_history(self);
}

/* The question was changed. */
static void ask_models(struct explorer *self)
{
    forget_outdated(self);
    ask_answers(self);
}

/* All of it anew. */
static void ask_all(struct explorer *self)
{
    if (!self->models_known)
        return;
    fetcher_forget(console_fetcher(self->screen.console), self);
    self->panes[0].asked = false;
    ask_history(self);
    ask_answers(self);
}

static void add_pane(struct explorer *self, const char *model)
{
    if (self->n_panes == EXPLORER_PANES)
        return;
    struct explorer_pane *p = &self->panes[self->n_panes++];
    result_release(&p->result);
    *p = (struct explorer_pane){0};
    snprintf(p->model, sizeof p->model, "%.95s", model);
}

/* The one that answers now, and the newest of another kind to see beside it. */
static void take_models(void *owner, int tag, struct result *result, int rc, const struct error *err)
{
    struct explorer *self = owner;
    struct explorer_pane read = {.result = *result}; /* borrowed */
    size_t first = 0;
    (void)tag, (void)err;
    self->models_known = true;
    for (size_t i = 0; rc == 0 && i < result->n_rows; i++)
        if (strcmp(explorer_text(&read, i, "stage"), "production") == 0)
            first = i;
    add_pane(self, explorer_text(&read, first, "model"));
    for (size_t i = 0; rc == 0 && i < result->n_rows; i++)
        if (self->n_panes < 3 && i != first && strcmp(explorer_text(&read, i, "kind"), explorer_text(&read, first, "kind")) != 0 &&
            strcmp(explorer_text(&read, i, "stage"), "archived") != 0)
            add_pane(self, explorer_text(&read, i, "model"));
    ask_all(self);
}

static void begin(struct explorer *self, enum subject subject, const char *id)
{
    if (self->models_known) /* else what is being read are the models, and then all is asked */
        fetcher_forget(console_fetcher(self->screen.console), self);
    self->subject = subject;
    snprintf(self->id, sizeof self->id, "%s", id);
    self->n_met = self->n_base = self->n_without = 0;
    self->mode = NULL;
    self->filter[0] = self->scenario[0] = '\0';
    self->focus = self->n_panes > 1 ? 1 : 0;
    for (size_t i = 0; i < self->n_panes; i++) {
        self->panes[i].known = false;
        result_release(&self->panes[i].result);
        self->panes[i].n_before = 0;
        self->panes[i].list = (struct list){0};
    }
}

static void set_subject(struct explorer *self, enum subject subject, const char *id)
{
    begin(self, subject, id);
    if (self->models_known)
        ask_all(self);
}

/* argument: NULL, "user NAME" or "item NAME". */
static int open(struct screen *s, const void *argument, struct error *err)
{
    struct explorer *self = (struct explorer *)s;
    const char *text = argument;
    struct ask ask = {.owner = self, .command = &command_models_list, .tag = TAG_MODELS, .deliver = take_models};
    self->n_panes = 1;
    self->focus = 1;
    if (text != NULL && strlen(text) > 5)
        set_subject(self, strncmp(text, "item ", 5) == 0 ? SUBJECT_ITEM : SUBJECT_USER, text + 5);
    self->focus = 1;
    return console_workspace(s->console)[0] != '\0' ? ask_command(s->console, &ask, err) : 0;
}

static void close_it(struct screen *s)
{
    struct explorer *self = (struct explorer *)s;
    fetcher_forget(console_fetcher(s->console), self);
    name_prompt_close(&self->prompt);
    for (size_t i = 0; i < EXPLORER_PANES; i++)
        result_release(&self->panes[i].result);
}

static void refresh(struct screen *s)
{
    struct explorer *self = (struct explorer *)s;
    if (self->models_known && self->subject != SUBJECT_NONE)
        ask_all(self);
}

/* ---- actions ------------------------------------------------------------------------------------------- */

static struct explorer_pane *here(struct explorer *self)
{
    return &self->panes[self->focus < self->n_panes ? self->focus : 0];
}

static const char *item_here(struct explorer *self)
{
    struct explorer_pane *p = here(self);
    return p->known ? explorer_text(p, p->list.at, "item") : "";
}

static void prompt(struct screen *s, enum prompt_for what, const char *label, const char *text)
{
    struct explorer *self = (struct explorer *)s;
    struct name_prompt_options o = {.label = label, .text = text, .tag = (int)what};
    o.names = what != FOR_FILTER && what != FOR_SCENARIO;
    o.list = what == FOR_MODELS || what == FOR_VISITOR;
    o.what = what == FOR_USER ? NAMES_USERS : what == FOR_MODELS ? NAMES_MODELS : NAMES_ITEMS;
    name_prompt_open(&self->prompt, s->console, &o);
    console_changed(s->console);
}

void explorer_ask_user(struct screen *s)
{
    prompt(s, FOR_USER, "user", "");
}

static void act_visitor(struct screen *s)
{
    prompt(s, FOR_VISITOR, "items that the visitor looks at, with commas", "");
}

static void act_item(struct screen *s)
{
    prompt(s, FOR_ITEM, "item", "");
}

static bool has_subject(struct screen *s, const char **why)
{
    *why = "nobody is looked at yet: u, v or i";
    return ((struct explorer *)s)->subject != SUBJECT_NONE;
}

static bool has_person(struct screen *s, const char **why)
{
    *why = "it is about what is recommended to somebody: u or v";
    return ((struct explorer *)s)->subject == SUBJECT_USER || ((struct explorer *)s)->subject == SUBJECT_VISITOR;
}

static bool has_item_here(struct screen *s, const char **why)
{
    *why = "there is no item under the cursor";
    return item_here((struct explorer *)s)[0] != '\0';
}

static bool can_change(struct screen *s, const char **why)
{
    return has_person(s, why) && has_item_here(s, why);
}

static void act_models(struct screen *s)
{
    struct explorer *self = (struct explorer *)s;
    char text[EXPLORER_MODELS * EXPLORER_SPEC] = "";
    for (size_t i = 1; i < self->n_panes; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i > 1 ? "," : "", self->panes[i].model);
    prompt(s, FOR_MODELS, "models, one to three, with commas", text);
}

static void act_filter(struct screen *s)
{
    prompt(s, FOR_FILTER, "filter", ((struct explorer *)s)->filter);
}

static void act_scenario(struct screen *s)
{
    prompt(s, FOR_SCENARIO, "scenario", ((struct explorer *)s)->scenario);
}

static void remember(char list[][EXPLORER_ID], size_t *n, const char *item)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i], item) == 0)
            return;
    if (*n < EXPLORER_CHANGES)
        snprintf(list[(*n)++], EXPLORER_ID, "%s", item);
}

static void act_add(struct screen *s)
{
    struct explorer *self = (struct explorer *)s;
    remember(self->met, &self->n_met, item_here(self));
    ask_models(self);
}

static void act_hide(struct screen *s)
{
    struct explorer *self = (struct explorer *)s;
    remember(self->without, &self->n_without, item_here(self));
    ask_models(self);
}

static void act_look_at(struct screen *s)
{
    prompt(s, FOR_MET, "an item that they look at now", "");
}

/* What is set, then the other, then as it is set again. */
static void act_mode(struct screen *s)
{
    struct explorer *self = (struct explorer *)s;
    const char *now = explorer_fact(&self->panes[1], "mode");
    self->mode = self->mode != NULL ? NULL : strcmp(now, "repeat") == 0 ? "discover" : "repeat";
    ask_models(self);
}

static bool can_reset(struct screen *s, const char **why)
{
    *why = "nothing was changed";
    return explorer_changed((struct explorer *)s);
}

static void act_reset(struct screen *s)
{
    struct explorer *self = (struct explorer *)s;
    self->n_met = self->n_base;
    self->n_without = 0;
    self->mode = NULL;
    self->filter[0] = self->scenario[0] = '\0';
    ask_models(self);
}

static void push(struct screen *s, const char *what, const char *name)
{
    char argument[EXPLORER_ID + 8], title[SCREEN_TITLE_MAX];
    snprintf(argument, sizeof argument, "%s %s", what, name);
    snprintf(title, sizeof title, "%s %.60s", what, name);
    console_push(s->console, &screen_explorer, argument, title);
}

/* From a user to an item, and from an item to those who met it. */
static void act_open(struct screen *s)
{
    struct explorer *self = (struct explorer *)s;
    struct explorer_pane *p = here(self);
    if (self->focus == 0 && self->subject == SUBJECT_ITEM)
        push(s, "user", explorer_text(p, p->list.at, "user"));
    else
        push(s, "item", item_here(self));
}

static bool can_why(struct screen *s, const char **why)
{
    struct explorer *self = (struct explorer *)s;
    if (!has_item_here(s, why))
        return false;
    *why = self->subject != SUBJECT_USER ? "it explains what a user is recommended: u chooses one"
                                         : "whose answer? Move to a model with tab";
    return self->subject == SUBJECT_USER && self->focus > 0;
}

static void act_why(struct screen *s)
{
    struct explorer *self = (struct explorer *)s;
    const char *values[EXPLORER_VALUES];
    explorer_values(self, here(self), item_here(self), values);
    console_call(s->console, &command_why, values, true);
}

static void act_next(struct screen *s)
{
    struct explorer *self = (struct explorer *)s;
    self->focus = (self->focus + 1) % self->n_panes;
    console_changed(s->console);
}

/* ---- what was typed ------------------------------------------------------------------------------------ */

/* Calls fn for each word between commas. */
static void each_word(struct explorer *self, const char *text, void (*fn)(struct explorer *self, const char *word))
{
    char word[EXPLORER_ID];
    for (const char *p = text; *p != '\0';) {
        size_t n = strcspn(p, ",");
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), p + strspn(p, " "));
        if (word[0] != '\0')
            fn(self, word);
        p += n + (p[n] == ',');
    }
}

static void add_met(struct explorer *self, const char *word)
{
    remember(self->met, &self->n_met, word);
}

static void answered(struct explorer *self)
{
    const char *text = self->prompt.input.text;
    switch ((enum prompt_for)self->prompt.tag) {
    case FOR_USER:
        if (text[0] != '\0')
            set_subject(self, SUBJECT_USER, text);
        break;
    case FOR_ITEM:
        if (text[0] != '\0')
            set_subject(self, SUBJECT_ITEM, text);
        break;
    case FOR_VISITOR:
        if (text[0] == '\0')
            break;
        begin(self, SUBJECT_VISITOR, "");
        each_word(self, text, add_met);
        self->n_base = self->n_met;
        ask_all(self);
        break;
    case FOR_MODELS:
        for (size_t i = 1; i < EXPLORER_PANES; i++)
            result_release(&self->panes[i].result);
        self->n_panes = 1;
        each_word(self, text, add_pane);
        if (self->n_panes == 1)
            add_pane(self, "");
        self->focus = 1;
        ask_all(self);
        break;
    case FOR_FILTER:
        snprintf(self->filter, sizeof self->filter, "%.511s", text);
        ask_models(self);
        break;
    case FOR_SCENARIO:
        snprintf(self->scenario, sizeof self->scenario, "%.127s", text);
        ask_models(self);
        break;
    case FOR_MET:
        if (text[0] != '\0')
            add_met(self, text);
        ask_models(self);
        break;
    }
}

static bool event(struct screen *s, const struct event *e)
{
    struct explorer *self = (struct explorer *)s;
    if (self->prompt.label != NULL) {
        if (name_prompt_event(&self->prompt, e))
            answered(self);
        console_changed(s->console);
        return true;
    }
    if (self->subject == SUBJECT_NONE)
        return false;
    return list_event(&here(self)->list, e, true);
}

static const struct action actions[] = {
    {"user", "u", "user", "choose a user; names are completed as you type", NULL, explorer_ask_user},
    {"visitor", "v", "visitor", "a visitor of whom nothing is known but the items that they look at", NULL, act_visitor},
    {"item", "i", "item", "choose an item, to see what is like it and who met it", NULL, act_item},
    {"open", "enter right", "open", "go to the item under the cursor, or to the user who met it", has_item_here, act_open},
    {"next-pane", "tab", "pane", "go to the next list: history, then each model", has_subject, act_next},
    {"add-event", "+", "add", "what if they looked at the item under the cursor, too", can_change, act_add},
    {"hide-item", "-", "hide", "what if the item under the cursor were not there", can_change, act_hide},
    {"filter", "/", "filter", "what if only items that pass a filter may be shown: price<20 and country=France", has_subject, act_filter},
    {"mode", "d", "seen", "what if items that they already have may be shown, or may not", has_person, act_mode},
    {"why", "w", "why", "everything that speaks for and against the item under the cursor", can_why, act_why},
    {"models", "M", "models", "choose the models, one to three, that answer beside each other", NULL, act_models},
    {"look-at", "a", NULL, "what if they looked at an item that is typed", has_person, act_look_at},
    {"scenario", "S", NULL, "what if it were another place in the shop", has_subject, act_scenario},
    {"reset", "z", NULL, "take back all that was changed", can_reset, act_reset},
    {0},
};

const struct screen_kind screen_explorer = {
    .name = "explorer",
    .help = "A user, a visitor or an item: the history beside what each of one to three models answers, and why. Change "
            "something, and each item says how far it moved: +3 is up, -2 is down, new was not there.",
    .size = sizeof(struct explorer),
    .tables = {actions},
    .open = open,
    .close = close_it,
    .draw = explorer_draw,
    .event = event,
    .refresh = refresh,
};
