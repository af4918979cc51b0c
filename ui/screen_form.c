/* A command's parameters as a form, generated from the command table. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "command/commands.h"
#include "command/help.h"
#include "command/models/recipes.h"
#include "ui/console.h"
#include "ui/form_answer.h"
#include "ui/input.h"
#include "ui/list.h"
#include "ui/path_complete.h"

enum { LABEL_COLS = 20, LIVE_COLS_MOST = 76 };

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
    struct str files;          /* what a file's name could be, after Tab; empty: nothing was asked */
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

/* A value more of a field that takes several stands behind a blank. */
static void put_value(struct field *f, const char *value)
{
    struct str text;
    if (f->param->type == PT_FLAG || !(f->param->flags & PF_MANY)) {
        input_set(&f->input, f->param->type == PT_FLAG ? "yes" : value);
        return;
    }
    str_init(&text, INPUT_MAX);
    str_printf(&text, "%s%s", f->input.text, f->input.n > 0 ? " " : "");
    words_quote(&text, value);
    if (!text.failed)
        input_set(&f->input, str_text(&text));
    str_release(&text);
}

static void set_value(struct form *self, const char *name, const char *value)
{
    for (size_t i = 0; i + 1 < self->list.n; i++)
        if (strcmp(self->fields[i].param->name, name) == 0)
            put_value(&self->fields[i], value);
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

static bool put_answer_value(const char **values, size_t *n, const char *name, const char *value)
{
    if (*n + 2 > FORM_VALUES_MAX)
        return false;
    values[(*n)++] = name;
    values[(*n)++] = value;
    return true;
}

/* The fields as they stand, for the answer beside them; a name is not needed for it. */
static void ask_answer(struct form *self)
{
    const char *values[FORM_VALUES_MAX + 1];
    char **words[FORM_VALUES_MAX];
    size_t n = 0, n_words = 0;
    if (!is_live(self->command))
        return;
    for (size_t i = 0; i + 1 < self->list.n; i++) {
        const struct field *f = &self->fields[i];
        size_t many = 0;
        if (f->input.n == 0 && f->param->flags & PF_POSITIONAL)
            put_answer_value(values, &n, f->param->name, "unnamed");
        else if (f->input.n > 0 && !(f->param->flags & PF_MANY))
            put_answer_value(values, &n, f->param->name, f->param->type == PT_FLAG ? "1" : f->input.text);
        else if (f->input.n > 0 && n_words < FORM_VALUES_MAX && words_of_line(f->input.text, &words[n_words], &many) == 0)
            n_words++;
        for (size_t k = 0; k < many && put_answer_value(values, &n, f->param->name, words[n_words - 1][k]); k++)
            ;
    }
    values[n] = NULL;
    form_answer_ask(&self->answer, self->command, values);
    while (n_words > 0)
        mem_free(words[--n_words]);
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct form *self = (struct form *)s;
    const struct form_argument *given = argument;
    const struct command_param *p;
    size_t n = 0;
    self->command = given->command;
    str_init(&self->files, 1 << 16);
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
    struct form *self = (struct form *)s;
    fetcher_forget(console_fetcher(s->console), self);
    form_answer_release(&self->answer);
    str_release(&self->files);
    mem_free(self->fields);
}

/* Puts the words of a field into the arguments. */
static int put_words(struct args *args, const struct field *f, struct error *err)
{
    char **words;
    size_t n;
    if (words_of_line(f->input.text, &words, &n) != 0)
        return error_nomem(err, "the form");
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = args_put(args, f->param->name, words[i], err);
    mem_free(words);
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

/* Where the word begins that is being typed at the end of a field; of one that takes a single value: its beginning. */
static size_t word_begin(const struct field *f)
{
    size_t begin = 0;
    char quote = '\0';
    for (size_t i = 0; i < f->input.n && f->param->flags & PF_MANY; i++) {
        char c = f->input.text[i];
        if (quote == '\0' && c == ' ')
            begin = i + 1;
        else if (quote == '\0' && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote)
            quote = '\0';
    }
    return begin;
}

/* What begins like it: as much as is common to all; when that is what was there already, their names, or the next field. */
static void take_files(void *owner, const struct path_answer *answer)
{
    struct form *self = owner;
    struct field *f = &self->fields[self->list.at < self->list.n ? self->list.at : 0];
    struct str text;
    str_clear(&self->files);
    if (self->list.at + 1 >= self->list.n || f->param->type != PT_PATH)
        return;
    if (answer->all == 0 || (answer->all == 1 && strcmp(answer->common, answer->text) == 0)) {
        if (answer->all == 0 && answer->text[0] != '\0')
            str_puts(&self->files, "no file begins like this");
        else
            list_move(&self->list, 1);
        return;
    }
    str_init(&text, INPUT_MAX);
    str_printf(&text, "%.*s", (int)word_begin(f), f->input.text);
    if (f->param->flags & PF_MANY)
        words_quote(&text, answer->common);
    else
        str_puts(&text, answer->common);
    if (!text.failed && answer->common[0] != '\0')
        input_set(&f->input, str_text(&text));
    str_release(&text);
    for (size_t i = 0; i < answer->n && answer->all > 1; i++)
        str_printf(&self->files, "%s%s", i > 0 ? "  " : "", answer->names[i]);
}

/* Tab in the field of a file. */
static bool complete_file(struct form *self)
{
    const struct field *f = &self->fields[self->list.at];
    char **words;
    size_t n;
    if (self->list.at + 1 >= self->list.n || f->param->type != PT_PATH)
        return false;
    if (!(f->param->flags & PF_MANY))
        return path_complete(self->screen.console, self, f->input.text, take_files) == 0;
    if (words_of_line(f->input.text + word_begin(f), &words, &n) != 0)
        return false;
    int rc = path_complete(self->screen.console, self, n > 0 ? words[0] : "", take_files);
    mem_free(words);
    return rc == 0;
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
    } else if (self->files.len > 0) {
        canvas_wrap(c, area_part(a, 1, 0, 2, a.cols), 0, STYLE_ACCENT, str_text(&self->files));
    } else if (self->list.at + 1 < self->list.n) {
        const struct command_param *p = self->fields[self->list.at].param;
        struct area two = area_part(a, 1, 0, 2, a.cols);
        int row = canvas_wrap(c, two, 0, STYLE_NORMAL, p->help);
        if (p->type == PT_CHOICE && row < 2 && strcmp(p->help, p->choices) != 0)
            canvas_printf(c, two, row, 0, STYLE_DIM, "one of %s; left and right change it", p->choices);
        else if ((p->type == PT_INT || p->type == PT_REAL) && (p->min < p->max) && row < 2)
            canvas_printf(c, two, row, 0, STYLE_DIM, "from %.10g to %.10g", p->min, p->max);
        else if (p->type == PT_PATH && row < 2)
            canvas_text(c, two, row, 0, STYLE_DIM, p->flags & PF_MANY ? "Tab completes a name; several with blanks between them"
                                                                      : "Tab completes a name");
        else if (p->flags & PF_MANY && row < 2)
            canvas_text(c, two, row, 0, STYLE_DIM, "several with blanks between them; one with blanks in quotes");
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
    if (key && e->key == K_TAB && complete_file(self))
        return true;
    str_clear(&self->files);
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
