#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "command/commands.h"
#include "command/help.h"

enum { DOCUMENT_MAX = 1 << 20 };

static int finish(struct str *text, struct result *out, struct error *err)
{
    int rc = text->failed ? error_nomem(err, "help") : 0;
    if (rc == 0)
        result_set_document(out, str_text(text));
    str_release(text);
    return rc;
}

static int find_by_arguments(const struct args *args, const struct command **found, struct error *err)
{
    const char *words[3];
    size_t n = args_count(args, "command"), used = 0;
    for (size_t i = 0; i < n && i < 3; i++)
        words[i] = args_text_at(args, "command", i);
    *found = command_find(words, n < 3 ? n : 3, &used, err);
    return *found != NULL ? 0 : E_USAGE;
}

static int run_help(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app;
    struct str text;
    str_init(&text, DOCUMENT_MAX);
    const struct command *c;
    if (args_count(args, "command") == 0)
        help_overview(&text);
    else if (find_by_arguments(args, &c, err) == 0)
        help_command(&text, c);
    else if (args_count(args, "command") > 1 || help_noun(&text, args_text(args, "command")) != 0)
        return E_USAGE;
    return finish(&text, out, err);
}

static const struct command_param help_params[] = {
    {"command", PT_TEXT, PF_POSITIONAL | PF_MANY, NULL, 0, 0, NULL, "the command to explain"},
    {0},
};

const struct command command_help = {
    .name = "help",
    .summary = "explain reckon or one command",
    .description = "",
    .examples = "  reckon help import events\n",
    .params = help_params,
    .run = run_help,
};

static int run_completion(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app;
    struct str text;
    str_init(&text, DOCUMENT_MAX);
    int rc = help_completion(&text, args_text(args, "shell"), err);
    if (rc != 0) {
        str_release(&text);
        return rc;
    }
    return finish(&text, out, err);
}

static const struct command_param completion_params[] = {
    {"shell", PT_CHOICE, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, "bash|zsh|fish", "the shell"},
    {0},
};

const struct command command_completion = {
    .name = "completion",
    .summary = "print a completion script for bash, zsh or fish",
    .description = "`make install` puts the scripts where the shells look for them. To try one in the running shell, "
                   "evaluate what this prints.",
    .examples = "  eval \"$(reckon completion bash)\"\n",
    .params = completion_params,
    .run = run_completion,
};

/* "models promote" -> DIR/reckon-models-promote.1 */
static int write_page(const char *dir, const struct command *c, struct error *err)
{
    char name[128] = "reckon", path[FS_PATH_MAX];
    if (c != NULL) {
        size_t at = strlen(name);
        name[at++] = '-';
        for (const char *p = c->name; *p != '\0' && at + 4 < sizeof name; p++)
            name[at++] = *p == ' ' ? '-' : *p;
        name[at] = '\0';
    }
    strcat(name, ".1");
    if (fs_join(path, sizeof path, dir, name) != 0)
        return error_set(err, E_USAGE, dir, "is too long a path");
    struct str text;
    str_init(&text, DOCUMENT_MAX);
    help_man_page(&text, c);
    int rc = text.failed ? error_nomem(err, path) : fs_write_all(path, str_text(&text), text.len, 0644, err);
    str_release(&text);
    return rc;
}

static int run_man(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app;
    const char *dir = args_text(args, "directory");
    int rc = fs_make_dir(dir, 0755, err);
    int64_t pages = 1;
    if (rc == 0)
        rc = write_page(dir, NULL, err);
    for (size_t i = 0; rc == 0 && command_table[i] != NULL; i++) {
        if (command_table[i]->flags & CF_HIDDEN)
            continue;
        rc = write_page(dir, command_table[i], err);
        pages++;
    }
    if (rc == 0)
        result_fact_int(out, "pages", pages, "files");
    return rc;
}

static const struct command_param man_params[] = {
    {"directory", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "where to write them"},
    {0},
};

const struct command command_man = {
    .name = "man",
    .summary = "write the man pages into a directory",
    .description = "One page for reckon and one for each command, from the same table as --help. `make install` does it.",
    .examples = "  reckon man /tmp/man && man /tmp/man/reckon-import-events.1\n",
    .params = man_params,
    .flags = CF_HIDDEN,
    .run = run_man,
};
