#include "cli/argv.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/help.h"

/* An argument list with a place in it. */
struct cursor {
    int argc, at;
    char *const *argv;
};

static bool is_global(const struct command_param *p)
{
    for (const struct command_param *g = global_params; g->name != NULL; g++)
        if (g == p)
            return true;
    return false;
}

static int unknown_option(const struct command *command, const char *typed, size_t len, struct error *err)
{
    char name[64];
    if (len >= sizeof name)
        len = sizeof name - 1;
    memcpy(name, typed, len);
    name[len] = '\0';
    char what[80] = "--";
    strcat(what, name);
    error_set(err, E_USAGE, what, "is not an option of `reckon %s`", command != NULL ? command->name : "");
    const struct command_param *p, *best = NULL;
    size_t nearest = 3;
    for (size_t i = 0; command != NULL && (p = command_param_at(command, i)) != NULL; i++) {
        size_t d = text_distance(p->name, name, 2);
        if (!(p->flags & PF_POSITIONAL) && d < nearest) {
            nearest = d;
            best = p;
        }
    }
    if (best != NULL)
        return error_hint(err, E_USAGE, "perhaps --%s; `reckon %s --help` shows all", best->name, command->name);
    return error_hint(err, E_USAGE, "`reckon %s%s--help` shows all", command != NULL ? command->name : "",
                      command != NULL ? " " : "");
}

static int take_global(struct invocation *out, const struct command_param *p, const char *value, struct error *err)
{
    if (strcmp(p->name, "json") == 0)
        out->format = OUTPUT_JSON;
    else if (strcmp(p->name, "csv") == 0)
        out->format = OUTPUT_CSV;
    else if (strcmp(p->name, "markdown") == 0)
        out->format = OUTPUT_MARKDOWN;
    else if (strcmp(p->name, "html") == 0)
        out->format = OUTPUT_HTML;
    else if (strcmp(p->name, "plot") == 0)
        out->plot = true;
    else if (strcmp(p->name, "help") == 0)
        out->help = true;
    else if (strcmp(p->name, "version") == 0)
        out->version = true;
    else if (strcmp(p->name, "yes") == 0)
        out->yes = true;
    else if (strcmp(p->name, "quiet") == 0)
        out->quiet = true;
    else if (strcmp(p->name, "workspace") == 0)
        out->workspace = value;
    else {
        int64_t n;
        if (!text_to_int64(value, strlen(value), &n) || n < (int64_t)p->min || n > (int64_t)p->max)
            return error_set(err, E_USAGE, "--threads", "'%s' is not a number from 1 to 256", value);
        out->threads = (unsigned)n;
    }
    return 0;
}

/* One option at the cursor (which stands on it), known to begin with "--". */
static int take_option(struct invocation *out, struct cursor *c, struct error *err)
{
    const char *text = c->argv[c->at] + 2;
    size_t len = strcspn(text, "=");
    const struct command_param *p = command_option(out->command, text, len);
    if (p == NULL)
        return unknown_option(out->command, text, len, err);
    const char *value = text[len] == '=' ? text + len + 1 : NULL;
    if (p->type == PT_FLAG && value != NULL)
        return error_set(err, E_USAGE, c->argv[c->at], "takes no value");
    if (p->type != PT_FLAG && value == NULL) {
        if (c->at + 1 >= c->argc) {
            error_set(err, E_USAGE, c->argv[c->at], "needs a value");
            return error_hint(err, E_USAGE, "%s", p->help);
        }
        value = c->argv[++c->at];
    }
    if (value == NULL)
        value = "1";
    return is_global(p) ? take_global(out, p, value, err) : args_put(out->args, p->name, value, err);
}

/* The word takes the place of the next positional parameter. */
static int take_word(struct invocation *out, size_t *position, const char *word, struct error *err)
{
    const struct command_param *p;
    size_t place = 0;
    for (size_t i = 0; (p = command_param_at(out->command, i)) != NULL; i++) {
        if (!(p->flags & PF_POSITIONAL))
            continue;
        if (place == *position) {
            if (!(p->flags & PF_MANY))
                (*position)++;
            return args_put(out->args, p->name, word, err);
        }
        place++;
    }
    error_set(err, E_USAGE, word, "is one argument too many for `reckon %s`", out->command->name);
    return error_hint(err, E_USAGE, "`reckon %s --help` shows how it is called", out->command->name);
}

static bool wants_help(const struct cursor *c)
{
    for (int i = 1; i < c->argc && strcmp(c->argv[i], "--") != 0; i++)
        if (strcmp(c->argv[i], "--help") == 0 || strcmp(c->argv[i], "-h") == 0)
            return true;
    return false;
}

/* The leading words, passing over global options and their values; they name the command. */
static int find_command(struct invocation *out, struct cursor *c, int taken[3], size_t *used, struct error *err)
{
    const char *words[3];
    size_t n = 0;
    for (int i = 1; i < c->argc && n < 3; i++) {
        const char *a = c->argv[i];
        if (a[0] == '-' && a[1] == '-' && a[2] != '\0') {
            const struct command_param *p = command_option(NULL, a + 2, strcspn(a + 2, "="));
            if (p == NULL)
                break;
            if (p->type != PT_FLAG && strchr(a, '=') == NULL)
                i++;
            continue;
        }
        if (a[0] == '-')
            break;
        taken[n] = i;
        words[n++] = a;
    }
    *used = 0;
    if (n == 0)
        return 0;
    out->command = command_find(words, n, used, err);
    if (out->command == NULL && n == 1 && wants_help(c)) {
        out->noun = words[0];
        *used = 1;
        return 0;
    }
    return out->command != NULL ? 0 : E_USAGE;
}

/* The output form is looked for first, so that even a wrong command line is answered in it. */
static void scan_format(struct invocation *out, int argc, char *const *argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            out->format = OUTPUT_JSON;
        else if (strcmp(argv[i], "--csv") == 0)
            out->format = OUTPUT_CSV;
    }
}

static int parse_rest(struct invocation *out, struct cursor *c, const int *taken, size_t used, struct error *err)
{
    size_t position = 0;
    bool options_end = false;
    for (c->at = 1; c->at < c->argc; c->at++) {
        const char *a = c->argv[c->at];
        bool is_name = false;
        for (size_t i = 0; i < used; i++)
            is_name = is_name || taken[i] == c->at;
        if (is_name)
            continue;
        int rc;
        if (!options_end && strcmp(a, "--") == 0) {
            options_end = true;
            continue;
        } else if (!options_end && (strcmp(a, "-h") == 0 || strcmp(a, "-V") == 0)) {
            *(a[1] == 'h' ? &out->help : &out->version) = true;
            continue;
        } else if (!options_end && a[0] == '-' && a[1] == '-') {
            rc = take_option(out, c, err);
        } else if (!options_end && a[0] == '-' && a[1] != '\0' && !(a[1] >= '0' && a[1] <= '9')) {
            error_set(err, E_USAGE, a, "is not an option");
            return error_hint(err, E_USAGE, "options are written in full: --name value");
        } else if (out->command == NULL) {
            return error_set(err, E_USAGE, a, "is not a command");
        } else {
            rc = take_word(out, &position, a, err);
        }
        if (rc != 0)
            return rc;
    }
    return 0;
}

int argv_parse(struct invocation *out, int argc, char *const *argv, struct error *err)
{
    *out = (struct invocation){0};
    scan_format(out, argc, argv);
    struct cursor c = {.argc = argc, .argv = argv};
    int taken[3];
    size_t used;
    int rc = find_command(out, &c, taken, &used, err);
    if (rc != 0)
        return rc;
    if (out->command != NULL) {
        out->args = args_new(out->command);
        if (out->args == NULL)
            return error_nomem(err, "the command line");
    }
    rc = parse_rest(out, &c, taken, used, err);
    if (rc != 0)
        return rc;
    if (out->help || out->version || out->command == NULL)
        return 0;
    return args_finish(out->args, err);
}

void argv_release(struct invocation *self)
{
    args_free(self->args);
    self->args = NULL;
}
