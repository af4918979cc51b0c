#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "command/command.h"

struct value {
    char **texts;
    size_t n, cap;
    bool given;
};

struct args {
    const struct command *command;
    size_t n_params;
    struct value values[];
};

struct args *args_new(const struct command *command)
{
    size_t n = 0;
    while (command_param_at(command, n) != NULL)
        n++;
    struct args *self = mem_zalloc(1, sizeof *self + n * sizeof self->values[0]);
    if (self == NULL)
        return NULL;
    self->command = command;
    self->n_params = n;
    return self;
}

void args_free(struct args *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->n_params; i++) {
        for (size_t j = 0; j < self->values[i].n; j++)
            mem_free(self->values[i].texts[j]);
        mem_free(self->values[i].texts);
    }
    mem_free(self);
}

static size_t find_param(const struct args *self, const char *name)
{
    for (size_t i = 0; i < self->n_params; i++)
        if (strcmp(command_param_at(self->command, i)->name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* How people see a parameter: --test-days, or FILE. */
static const char *label(const struct command_param *p, char buf[80])
{
    size_t len = strlen(p->name), at = 0;
    if (len > 70)
        len = 70;
    if (p->flags & PF_POSITIONAL) {
        for (; at < len; at++)
            buf[at] = (char)(p->name[at] >= 'a' && p->name[at] <= 'z' ? p->name[at] - 32 : p->name[at]);
    } else {
        buf[at++] = '-';
        buf[at++] = '-';
        memcpy(buf + at, p->name, len);
        at += len;
    }
    buf[at] = '\0';
    return buf;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t n = strlen(value);
    for (const char *p = choices; *p != '\0';) {
        size_t len = strcspn(p, "|");
        if (len == n && memcmp(p, value, n) == 0)
            return true;
        p += len + (p[len] == '|');
    }
    return false;
}

static int check_number(const struct command_param *p, const char *value, const char *name, struct error *err)
{
    double v;
    int64_t whole = 0;
    bool bounded = p->min != 0 || p->max != 0;
    if (p->type == PT_INT && !text_to_int64(value, strlen(value), &whole))
        return error_set(err, E_USAGE, name, "'%s' is not a whole number", value);
    if (p->type == PT_REAL && !text_to_double(value, strlen(value), &v))
        return error_set(err, E_USAGE, name, "'%s' is not a number", value);
    if (p->type == PT_INT)
        v = (double)whole;
    /* (a whole number above 2^53 may become the bound itself when it is made a double) */
    bool above = v > p->max || (p->type == PT_INT && p->max < 0x1p62 && whole > (int64_t)p->max);
    if (bounded && (v < p->min || above)) {
        char min[40], max[40];
        snprintf(min, sizeof min, p->type == PT_INT ? "%.0f" : "%.12g", p->min);
        snprintf(max, sizeof max, p->type == PT_INT ? "%.0f" : "%.12g", p->max);
        error_set(err, E_USAGE, name, "%s is %s %s", value, v < p->min ? "below" : "above", v < p->min ? min : max);
        return error_hint(err, E_USAGE, "give a value from %s to %s", min, max);
    }
    return 0;
}

static int check_value(const struct command_param *p, const char *value, struct error *err)
{
    char buf[80];
    const char *name = label(p, buf);
    if (!text_utf8_valid(value, strlen(value)) && p->type != PT_PATH)
        return error_set(err, E_USAGE, name, "the value is not valid UTF-8");
    switch (p->type) {
    case PT_INT:
    case PT_REAL: return check_number(p, value, name, err);
    case PT_CHOICE:
        if (is_choice(p->choices, value))
            return 0;
        error_set(err, E_USAGE, name, "'%s' is not one of %s", value, p->choices);
        return error_hint(err, E_USAGE, "choose one of %s", p->choices);
    case PT_SETTING:
        if (strchr(value, '=') != NULL && value[0] != '=')
            return 0;
        error_set(err, E_USAGE, name, "'%s' has no '='", value);
        return error_hint(err, E_USAGE, "write it as name=value");
    case PT_TEXT:
    case PT_PATH:
    case PT_FLAG: return 0;
    }
    return 0;
}

int args_put(struct args *self, const char *name, const char *value, struct error *err)
{
    size_t at = find_param(self, name);
    if (at == SIZE_MAX)
        return error_set(err, E_USAGE, name, "is not a parameter of `%s`", self->command->name);
    const struct command_param *p = command_param_at(self->command, at);
    struct value *v = &self->values[at];
    char buf[80];
    if (v->n > 0 && !(p->flags & PF_MANY))
        return error_set(err, E_USAGE, label(p, buf), "is given twice");
    int rc = check_value(p, value, err);
    if (rc != 0)
        return rc;
    char *copy = mem_strdup(value);
    if (copy == NULL || mem_grow((void **)&v->texts, &v->cap, v->n + 1, sizeof *v->texts) != 0) {
        mem_free(copy);
        return error_nomem(err, "the command line");
    }
    v->texts[v->n++] = copy;
    v->given = true;
    return 0;
}

int args_finish(struct args *self, struct error *err)
{
    char buf[80];
    for (size_t i = 0; i < self->n_params; i++) {
        const struct command_param *p = command_param_at(self->command, i);
        if (self->values[i].n > 0)
            continue;
        if (p->flags & PF_REQUIRED) {
            error_set(err, E_USAGE, self->command->name, "%s is missing (%s)", label(p, buf), p->help);
            return error_hint(err, E_USAGE, "`reckon %s --help` shows how it is called", self->command->name);
        }
        if (p->default_text != NULL) {
            int rc = args_put(self, p->name, p->default_text, err);
            if (rc != 0)
                return rc;
            self->values[i].given = false;
        }
    }
    return 0;
}

static const struct value *value_of(const struct args *self, const char *name)
{
    size_t at = find_param(self, name);
    assert(at != SIZE_MAX && "a parameter that the command declares");
    return &self->values[at];
}

bool args_given(const struct args *self, const char *name)
{
    return value_of(self, name)->given;
}

bool args_flag(const struct args *self, const char *name)
{
    return value_of(self, name)->n > 0;
}

size_t args_count(const struct args *self, const char *name)
{
    return value_of(self, name)->n;
}

const char *args_text_at(const struct args *self, const char *name, size_t index)
{
    const struct value *v = value_of(self, name);
    return index < v->n ? v->texts[index] : NULL;
}

const char *args_text(const struct args *self, const char *name)
{
    return args_text_at(self, name, 0);
}

int64_t args_int(const struct args *self, const char *name)
{
    const char *text = args_text(self, name);
    int64_t v = 0;
    if (text != NULL)
        text_to_int64(text, strlen(text), &v);
    return v;
}

double args_real(const struct args *self, const char *name)
{
    const char *text = args_text(self, name);
    double v = 0;
    if (text != NULL)
        text_to_double(text, strlen(text), &v);
    return v;
}

int args_list(const struct args *self, const char *name, char ***words, size_t *n, struct error *err)
{
    const char *text = args_text(self, name);
    if (text == NULL) {
        *words = NULL;
        *n = 0;
        return 0;
    }
    int rc = words_split(text, words, n);
    if (rc == E_NOMEM)
        return error_nomem(err, name);
    if (rc != 0) {
        error_set(err, E_USAGE, name, "the list '%s' has an empty place", text);
        return error_hint(err, E_USAGE, "write the words with single commas between them: a,b,c");
    }
    return 0;
}

int args_command_line(const struct args *self, struct str *out)
{
    str_printf(out, "reckon %s", self->command->name);
    for (int positional = 1; positional >= 0; positional--)
        for (size_t i = 0; i < self->n_params; i++) {
            const struct command_param *p = command_param_at(self->command, i);
            const struct value *v = &self->values[i];
            for (size_t k = 0; v->given && k < v->n; k++) {
                if (((p->flags & PF_POSITIONAL) != 0) != (positional == 1))
                    continue;
                if (!positional)
                    str_printf(out, " --%s", p->name);
                if (p->type == PT_FLAG)
                    continue;
                str_putc(out, ' ');
                words_quote(out, v->texts[k]);
            }
        }
    return out->failed ? -1 : 0;
}
