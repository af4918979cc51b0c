/* A command's parameters as a form, generated from the command table. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "command/commands.h"
#include "command/help.h"
#include "command/recipes.h"
#include "ui/console.h"
#include "ui/form_answer.h"
#include "ui/input.h"
#include "ui/list.h"

enum { LABEL_COLS = 20, LIVE_COLS_MOST = 76, WORDS_MAX = 8192 };

struct field {
    const struct command_param *param;
    char usual[32];     /* what it is when nothing is given, where that depends on the kind of model; "" : as declared */
    struct input input; /* of PT_FLAG: "yes" or nothing; of PF_MANY: several with blanks */
};

struct form {
    struct screen screen;
    const struct command *command;
    struct field *fields;
    struct list list; /* its last line is the button */
    char problem[1024];
    size_t problem_at;
    struct form_answer answer; /* of one that answers while it is filled in */
};

/* Commands whose answer is worth seeing before they are run. */
static bool is_live(const struct command *command)
{
    return command == &command_experiment_design;
}

struct form_argument {
    const struct command *command;
    const char *const *values;
};

/* What is needed first, then the arguments by place, then the rest. */
static int rank(const struct command_param *p)
{
    return (p->flags & PF_REQUIRED ? 0 : 2) + (p->flags & PF_POSITIONAL ? 0 : 1);
}

static void set_value(struct form *self, const char *name, const char *value)
{
    for (size_t i = 0; i + 1 < self->list.n; i++)
        if (strcmp(self->fields[i].param->name, name) == 0)
            input_set(&self->fields[i].input, value);
}

static const char *value_of(const char *const *values, const char *name)
{
    for (size_t i = 0; values != NULL && values[i] != NULL; i += 2)
        if (strcmp(values[i], name) == 0)
            return values[i + 1];
    return "";
}

/* A parameter that the kind of model does not take has no place in the form. */
static void add_field(struct form *self, const struct command_param *p, const char *model)
{
    struct field *f = &self->fields[self->list.n];
    if (self->command->flags & CF_MODEL_PARAMS && recipes_param(model, p, f->usual, sizeof f->usual) == RECIPE_USES_NOT)
        return;
    f->param = p;
    self->list.n++;
}

/* The fields as they stand, for the answer beside them; a name is not needed for it. */
static void ask_answer(struct form *self)
{
    const char *values[FORM_VALUES_MAX + 1];
    char words[WORDS_MAX], *at = words;
    size_t n = 0;
    if (!is_live(self->command))
        return;
    for (size_t i = 0; i + 1 < self->list.n && n + 2 <= FORM_VALUES_MAX; i++) {
        const struct field *f = &self->fields[i];
        bool many = (f->param->flags & PF_MANY) != 0, unnamed = f->input.n == 0 && f->param->flags & PF_POSITIONAL;
        const char *text = unnamed ? "unnamed" : f->param->type == PT_FLAG && f->input.n > 0 ? "1" : f->input.text;
        if (text[0] == '\0' || at + strlen(text) + 1 > words + sizeof words)
            continue;
        strcpy(at, text);
        char *rest = NULL;
        for (char *word = many ? strtok_r(at, " ", &rest) : at; word != NULL && n + 2 <= FORM_VALUES_MAX;
             word = many ? strtok_r(NULL, " ", &rest) : NULL) {
            values[n++] = f->param->name;
            values[n++] = word;
        }
        at += strlen(text) + 1;
    }
    values[n] = NULL;
    form_answer_ask(&self->answer, self->command, values);
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct form *self = (struct form *)s;
    const struct form_argument *given = argument;
    const struct command_param *p;
    size_t n = 0;
    self->command = given->command;
    self->problem_at = SIZE_MAX;
    while (command_param_at(self->command, n) != NULL)
        n++;
    self->fields = mem_zalloc(n + 1, sizeof *self->fields);
    if (self->fields == NULL)
        return error_nomem(err, "the form");
    for (int r = 0; r < 4; r++)
        for (size_t i = 0; (p = command_param_at(self->command, i)) != NULL; i++)
            if (rank(p) == r)
                add_field(self, p, value_of(given->values, "model"));
    self->list.n++;
    for (size_t i = 0; given->values != NULL && given->values[i] != NULL; i += 2)
        set_value(self, given->values[i], given->values[i + 1]);
    if (is_live(self->command))
        form_answer_init(&self->answer, s->console);
    ask_answer(self);
    return 0;
}

static void close_it(struct screen *s)
{
    form_answer_release(&((struct form *)s)->answer);
    mem_free(((struct form *)s)->fields);
}

/* Puts the words of a field into the arguments. */
static int put_words(struct args *args, const struct field *f, struct error *err)
{
    int rc = 0;
    for (const char *p = f->input.text + strspn(f->input.text, " "); rc == 0 && *p != '\0'; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        char *word = mem_strndup(p, n);
        rc = word != NULL ? args_put(args, f->param->name, word, err) : error_nomem(err, "the form");
        mem_free(word);
        p += n;
    }
    return rc;
}

static int put_field(struct args *args, const struct field *f, struct error *err)
{
    if (f->input.n == 0)
        return 0;
    if (f->param->type == PT_FLAG)
        return args_put(args, f->param->name, "1", err);
    if (f->param->flags & PF_MANY)
        return put_words(args, f, err);
    return args_put(args, f->param->name, f->input.text, err);
}

/* The arguments as they stand; NULL, and the place of the problem. */
static struct args *collect(struct form *self, bool finish, struct error *err)
{
    struct args *args = args_new(self->command);
    int rc = args != NULL ? 0 : error_nomem(err, "the form");
    self->problem_at = SIZE_MAX;
    for (size_t i = 0; rc == 0 && i + 1 < self->list.n; i++) {
        rc = put_field(args, &self->fields[i], err);
        if (rc == 0 && finish && (self->fields[i].param->flags & PF_REQUIRED) && self->fields[i].input.n == 0)
            rc = error_set(err, E_USAGE, self->fields[i].param->name, "is needed");
        if (rc != 0)
            self->problem_at = i;
    }
    if (rc == 0 && finish)
        rc = args_finish(args, err);
    if (rc == 0)
        return args;
    args_free(args);
    return NULL;
}

static void tell_problem(struct form *self, const struct error *err)
{
    snprintf(self->problem, sizeof self->problem, "%s %s%s%s", err->what, err->why, err->hint[0] != '\0' ? "; " : "",
             err->hint);
    if (self->problem_at != SIZE_MAX)
        self->list.at = self->problem_at;
}

static void submit(struct form *self)
{
    struct error err = {0};
    struct console *console = self->screen.console;
    struct args *args = collect(self, true, &err);
    if (args == NULL) {
        tell_problem(self, &err);
        return;
    }
    struct console_order order = {.command = self->command, .args = args, .show = true};
    console_pop(console); /* self is gone */
    console_run(console, &order);
}

static const char *usual(const struct field *f)
{
    return f->usual[0] != '\0' ? f->usual : f->param->default_text;
}

static void draw_value(const struct field *f, struct canvas *c, struct area a, int row, bool focus)
{
    const struct command_param *p = f->param;
    int cols = a.cols - LABEL_COLS - 2;
    if (p->type == PT_FLAG) {
        canvas_text(c, a, row, LABEL_COLS, focus ? STYLE_INPUT : STYLE_NORMAL, f->input.n > 0 ? "[x] yes" : "[ ] no ");
    } else if (p->type == PT_CHOICE) {
        const char *shown = f->input.n > 0 ? f->input.text : usual(f) != NULL ? usual(f) : "(not given)";
        int col = canvas_text(c, a, row, LABEL_COLS, STYLE_KEY, "< ");
        col = canvas_text(c, a, row, col, f->input.n > 0 ? STYLE_INPUT : STYLE_DIM, shown);
        canvas_text(c, a, row, col, STYLE_KEY, " >");
    } else {
        input_draw(&f->input, c, a, row, LABEL_COLS, cols, focus);
        if (f->input.n == 0 && usual(f) != NULL)
            canvas_text(c, a, row, LABEL_COLS, STYLE_DIM, usual(f));
        if (focus)
            canvas_cursor(c, area_part(a, row, LABEL_COLS, 1, cols), 0,
                          (int)text_width(f->input.text, f->input.at) < cols ? (int)text_width(f->input.text, f->input.at)
                                                                             : cols - 1);
    }
}

static void draw_field(struct form *self, struct canvas *c, struct area a, int row, size_t i)
{
    bool focus = i == self->list.at;
    if (i + 1 == self->list.n) {
        canvas_text(c, a, row, 0, focus ? STYLE_TAB_HERE : STYLE_TITLE, "[ Run it ]");
        return;
    }
    const struct command_param *p = self->fields[i].param;
    bool needed = (p->flags & PF_REQUIRED) != 0;
    enum style style = i == self->problem_at ? STYLE_BAD : needed ? STYLE_TITLE : STYLE_LABEL;
    canvas_text(c, a, row, 0, focus ? STYLE_KEY : STYLE_NORMAL, focus ? ">" : needed ? "*" : " ");
    canvas_field(c, a, row, 2, LABEL_COLS - 3, ALIGN_LEFT, style, p->name);
    draw_value(&self->fields[i], c, a, row, focus);
}

static void draw_foot(struct form *self, struct canvas *c, struct area a)
{
    struct str line;
    if (self->problem[0] != '\0') {
        canvas_wrap(c, area_part(a, 1, 0, 2, a.cols), 0, STYLE_BAD, self->problem);
    } else if (self->list.at + 1 < self->list.n) {
        const struct command_param *p = self->fields[self->list.at].param;
        struct area two = area_part(a, 1, 0, 2, a.cols);
        int row = canvas_wrap(c, two, 0, STYLE_NORMAL, p->help);
        if (p->type == PT_CHOICE && row < 2 && strcmp(p->help, p->choices) != 0)
            canvas_printf(c, two, row, 0, STYLE_DIM, "one of %s; left and right change it", p->choices);
        else if ((p->type == PT_INT || p->type == PT_REAL) && (p->min < p->max) && row < 2)
            canvas_printf(c, two, row, 0, STYLE_DIM, "from %.10g to %.10g", p->min, p->max);
        else if (p->flags & PF_MANY && row < 2)
            canvas_text(c, two, row, 0, STYLE_DIM, "several with blanks between them");
    }
    struct error err = {0};
    size_t problem_at = self->problem_at;
    struct args *args = collect(self, false, &err);
    self->problem_at = problem_at;
    str_init(&line, 1 << 16);
    if (args != NULL)
        args_command_line(args, &line);
    canvas_rule(c, a, 0, STYLE_BORDER);
    canvas_field(c, a, 3, 0, a.cols, ALIGN_LEFT, STYLE_DIM, args != NULL ? str_text(&line) : err.why);
    canvas_text(c, a, 4, 0, STYLE_DIM, "Enter: run it   Tab: next   space: change   Esc: leave it");
    str_release(&line);
    args_free(args);
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct form *self = (struct form *)s;
    int row = canvas_wrap(c, area_part(a, 0, 0, 2, a.cols), 0, STYLE_DIM, self->command->summary);
    struct area body = area_part(a, row + 1, 0, a.rows - row - 6, a.cols);
    if (is_live(self->command)) {
        int left = a.cols / 2 + 4 < LIVE_COLS_MOST ? a.cols / 2 + 4 : LIVE_COLS_MOST;
        form_answer_draw(&self->answer, c, area_part(a, row + 1, left + 2, body.rows, a.cols - left - 2));
        body = area_part(body, 0, 0, body.rows, left);
    }
    list_show(&self->list, body.rows);
    for (size_t i = 0; i < self->list.rows && self->list.top + i < self->list.n; i++)
        draw_field(self, c, area_part(body, 0, 0, body.rows, body.cols - 1), (int)i, self->list.top + i);
    list_scrollbar(&self->list, c, body);
    draw_foot(self, c, area_part(a, a.rows - 5, 0, 5, a.cols));
}

/* The choice after or before the present one; none is one of them. */
static void turn_choice(struct field *f, int direction)
{
    const char *words[64];
    char text[512];
    size_t n = 1, at = 0;
    words[0] = "";
    snprintf(text, sizeof text, "%s", f->param->choices);
    for (char *p = text; p != NULL && n < 64; n++) {
        words[n] = p;
        p = strchr(p, '|');
        if (p != NULL)
            *p++ = '\0';
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], f->input.text) == 0)
            at = i;
    input_set(&f->input, words[(at + n + (size_t)(direction + (int)n)) % n]);
}

static bool edit_field(struct field *f, const struct event *e)
{
    bool key = e->type == EVENT_KEY;
    if (f->param->type == PT_FLAG) {
        if (key && (e->key == ' ' || e->key == K_LEFT || e->key == K_RIGHT || e->key == 'x'))
            input_set(&f->input, f->input.n > 0 ? "" : "yes");
        return true;
    }
    if (f->param->type == PT_CHOICE) {
        if (key && (e->key == ' ' || e->key == K_RIGHT))
            turn_choice(f, 1);
        else if (key && e->key == K_LEFT)
            turn_choice(f, -1);
        else if (key && (e->key == K_BACKSPACE || e->key == K_DELETE))
            input_set(&f->input, "");
        return true;
    }
    return input_event(&f->input, e);
}

static bool event(struct screen *s, const struct event *e)
{
    struct form *self = (struct form *)s;
    bool key = e->type == EVENT_KEY, button = self->list.at + 1 == self->list.n;
    if (key && e->key == K_ESCAPE) {
        struct console *console = s->console;
        console_pop(console); /* self is gone */
        console_notice(console, STYLE_DIM, "Nothing was run.");
        return true;
    }
    if (key && e->key == K_ENTER) {
        submit(self);
        return true;
    }
    self->problem[0] = '\0';
    self->problem_at = SIZE_MAX;
    if (key && (e->key == K_TAB || e->key == K_BACK_TAB))
        list_move(&self->list, e->key == K_TAB ? 1 : -1);
    else if (key && (e->key == K_HOME || e->key == K_END) && !button)
        input_event(&self->fields[self->list.at].input, e);
    else if (!list_event(&self->list, e, false) && !button && edit_field(&self->fields[self->list.at], e))
        ask_answer(self);
    return true;
}

void console_form(struct console *self, const struct command *command, const char *const *values)
{
    static const char *const none[] = {NULL};
    if (command_param_at(command, 0) == NULL) {
        console_call(self, command, none, true);
        return;
    }
    struct form_argument argument = {command, values};
    console_push(self, is_live(command) ? &screen_form_live : &screen_form, &argument, command->name);
}

const struct screen_kind screen_form = {
    .name = "form",
    .help = "The parameters of a command.",
    .size = sizeof(struct form),
    .dialog = true,
    .cols = 96,
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = event,
};

const struct screen_kind screen_form_live = {
    .name = "form-live",
    .help = "The parameters of a command, and what it would answer.",
    .size = sizeof(struct form),
    .dialog = true,
    .open = open,
    .close = close_it,
    .draw = draw,
    .event = event,
};
