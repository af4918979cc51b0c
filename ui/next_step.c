#include "ui/next_step.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/words.h"

enum { VALUES_MAX = 128 };

const char *next_step_line(const struct result *result)
{
    static const char sign[] = "Next: reckon ";
    for (size_t i = 0; i < result->n_notes; i++) {
        const char *at = strstr(result->notes[i], sign);
        if (at != NULL)
            return at + strlen("Next: ");
    }
    return NULL;
}

/* The nth parameter that is given by place; one that takes several takes all the rest. */
static const struct command_param *by_place(const struct command *command, size_t n)
{
    const struct command_param *last = NULL;
    for (size_t i = 0; command_param_at(command, i) != NULL; i++) {
        const struct command_param *p = command_param_at(command, i);
        if (!(p->flags & PF_POSITIONAL))
            continue;
        last = p;
        if (n-- == 0)
            return p;
    }
    return last != NULL && last->flags & PF_MANY ? last : NULL;
}

/* "--name value", "--name=value" or "--flag" at words[i]; how many words it took. */
static size_t take_option(const struct command *command, char **words, size_t i, const char **values, size_t *n)
{
    char *name = words[i] + 2, *equals = strchr(name, '=');
    const struct command_param *p = command_option(command, name, equals != NULL ? (size_t)(equals - name) : strlen(name));
    if (p == NULL)
        return 1;
    bool flag = p->type == PT_FLAG, apart = !flag && equals == NULL;
    const char *value = flag ? "1" : apart ? words[i + 1] : equals + 1;
    if (value != NULL && *n + 2 <= VALUES_MAX) {
        values[(*n)++] = p->name;
        values[(*n)++] = value;
    }
    return apart && words[i + 1] != NULL ? 2 : 1;
}

static void take_values(const struct command *command, char **words, const char **values)
{
    size_t n = 0, place = 0;
    for (size_t i = 0; words[i] != NULL && n + 2 <= VALUES_MAX;) {
        const struct command_param *p;
        if (strncmp(words[i], "--", 2) == 0 && words[i][2] != '\0') {
            i += take_option(command, words, i, values, &n);
            continue;
        }
        if ((p = by_place(command, place++)) != NULL) {
            values[n++] = p->name;
            values[n++] = words[i];
        }
        i++;
    }
    values[n] = NULL;
}

void next_step_open(struct console *console, const char *line)
{
    const char *values[VALUES_MAX + 1];
    struct error err = {0};
    char **words;
    size_t n, used = 0;
    const char *end = strstr(line, "; ");
    char *copy = mem_strndup(line, end != NULL ? (size_t)(end - line) : strlen(line));
    if (copy == NULL || words_of_line(copy, &words, &n) != 0) {
        mem_free(copy);
        return;
    }
    size_t from = n > 0 && strcmp(words[0], "reckon") == 0;
    const struct command *command = command_find((const char *const *)words + from, n - from, &used, &err);
    if (command != NULL) {
        take_values(command, words + from + used, values);
        console_form(console, command, values);
    } else {
        console_notice_error(console, &err);
    }
    mem_free(words);
    mem_free(copy);
}
