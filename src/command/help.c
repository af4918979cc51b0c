#include "command/help.h"

#include <string.h>

#include "config.h"

const char help_version[] = PACKAGE_VERSION;

const struct command_param global_params[] = {
    {"workspace", PT_PATH, 0, NULL, 0, 0, NULL, "the workspace directory; else $RECKON_WORKSPACE, else the nearest one upward"},
    {"json", PT_FLAG, 0, NULL, 0, 0, NULL, "print one JSON object"},
    {"csv", PT_FLAG, 0, NULL, 0, 0, NULL, "print the rows as CSV"},
    {"markdown", PT_FLAG, 0, NULL, 0, 0, NULL, "print it as Markdown"},
    {"html", PT_FLAG, 0, NULL, 0, 0, NULL, "print it as a page that needs nothing beside it, with its curves"},
    {"plot", PT_FLAG, 0, NULL, 0, 0, NULL, "draw the result's curves below the table, where it has any"},
    {"threads", PT_INT, 0, NULL, 1, 256, NULL, "worker threads; default: one for each processor"},
    {"yes", PT_FLAG, 0, NULL, 0, 0, NULL, "confirm what removes or replaces something"},
    {"quiet", PT_FLAG, 0, NULL, 0, 0, NULL, "no progress and no notes"},
    {"help", PT_FLAG, 0, NULL, 0, 0, NULL, "show help"},
    {"version", PT_FLAG, 0, NULL, 0, 0, NULL, "show the version"},
    {0},
};

enum { HELP_WIDTH = 100 };

/* Appends text wrapped to HELP_WIDTH, every line after the first indented by `indent`; `at` is the
 * column where the text begins.  A line break in the text stays one. */
static void put_wrapped(struct str *out, const char *text, size_t indent, size_t at)
{
    while (*text != '\0') {
        size_t word = strcspn(text, " \n");
        if (at > indent && at + word > HELP_WIDTH) {
            while (out->len > 0 && out->data[out->len - 1] == ' ')
                out->data[--out->len] = '\0';
            str_putc(out, '\n');
            str_pad(out, ' ', indent);
            at = indent;
        }
        str_append(out, text, word);
        at += word;
        text += word;
        if (*text == '\n') {
            str_putc(out, '\n');
            if (text[1] != '\0' && text[1] != '\n')
                str_pad(out, ' ', indent);
            at = indent;
            text++;
        } else if (*text == ' ') {
            str_putc(out, ' ');
            at++;
            text++;
        }
    }
    str_putc(out, '\n');
}

static const char *value_word(const struct command_param *p)
{
    switch (p->type) {
    case PT_INT: return "N";
    case PT_REAL: return "X";
    case PT_CHOICE: return p->choices;
    case PT_PATH: return "PATH";
    case PT_SETTING: return "NAME=VALUE";
    case PT_TEXT: return "TEXT";
    case PT_FLAG: return "";
    }
    return "";
}

static void put_upper(struct str *out, const char *s)
{
    for (; *s != '\0'; s++)
        str_putc(out, *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s);
}

static void put_option(struct str *out, const struct command_param *p)
{
    str_printf(out, "--%s", p->name);
    if (p->type != PT_FLAG)
        str_printf(out, " %s", value_word(p));
}

void help_usage_line(struct str *out, const struct command *command)
{
    str_printf(out, "reckon %s", command->name);
    bool options = false;
    const struct command_param *p;
    for (size_t i = 0; (p = command_param_at(command, i)) != NULL; i++) {
        if (!(p->flags & PF_POSITIONAL)) {
            if (p->flags & PF_REQUIRED) {
                str_putc(out, ' ');
                put_option(out, p);
            } else {
                options = true;
            }
            continue;
        }
        str_puts(out, p->flags & PF_REQUIRED ? " " : " [");
        put_upper(out, p->name);
        str_printf(out, "%s%s", p->flags & PF_MANY ? "\xE2\x80\xA6" : "", p->flags & PF_REQUIRED ? "" : "]");
    }
    if (options)
        str_puts(out, " [options]");
}

static void put_param(struct str *out, const struct command_param *p)
{
    size_t start = out->len;
    str_puts(out, "  ");
    if (p->flags & PF_POSITIONAL)
        put_upper(out, p->name);
    else
        put_option(out, p);
    size_t used = out->len - start;
    if (used > 30) {
        str_putc(out, '\n');
        used = 0;
    }
    str_pad(out, ' ', 32 - used);
    struct str text;
    str_init(&text, 4096);
    str_puts(&text, p->type == PT_CHOICE && strcmp(p->help, p->choices) == 0 ? "one of these words" : p->help);
    if (p->default_text != NULL)
        str_printf(&text, " [%s]", p->default_text);
    if (p->flags & PF_REQUIRED && !(p->flags & PF_POSITIONAL))
        str_puts(&text, " (needed)");
    put_wrapped(out, str_text(&text), 32, 32);
    str_release(&text);
}

static void put_params(struct str *out, const struct command *command, bool positional, const char *heading)
{
    const struct command_param *p;
    bool any = false;
    for (size_t i = 0; (p = command_param_at(command, i)) != NULL; i++) {
        if (((p->flags & PF_POSITIONAL) != 0) != positional)
            continue;
        if (!any)
            str_printf(out, "\n%s\n", heading);
        any = true;
        put_param(out, p);
    }
}

void help_command(struct str *out, const struct command *command)
{
    str_printf(out, "reckon %s: %s\n\nUsage: ", command->name, command->summary);
    help_usage_line(out, command);
    str_putc(out, '\n');
    if (command->description[0] != '\0') {
        str_putc(out, '\n');
        put_wrapped(out, command->description, 0, 0);
    }
    put_params(out, command, true, "Arguments:");
    put_params(out, command, false, "Options:");
    str_puts(out, "\nEvery command also takes --workspace, --json, --csv, --threads, --quiet and --help.\n");
    if (command->examples[0] != '\0')
        str_printf(out, "\nExamples:\n%s", command->examples);
}

/* What people come for, in the order in which they come: the first words of the commands. */
static const struct {
    const char *title, *nouns;
} sections[] = {
    {"Begin", "init import quarantine simulate"},
    {"Look at what is there", "events items users imports attributes kinds"},
    {"Models", "train evaluate compare models features"},
    {"Answers, and how a shop wants them", "recommend similar why rules scenarios slates describe"},
    {"Experiments", "experiment stats"},
    {"People's rights", "privacy audit"},
    {"Ways in", "console shell serve keys top"},
    {"The workspace", "settings jobs doctor backup restore monitor plugin"},
    {"Help", "help completion"},
};

static size_t noun_length(const struct command *c)
{
    return strcspn(c->name, " ");
}

static bool has_noun(const struct command *c, const char *noun, size_t n)
{
    return !(c->flags & CF_HIDDEN) && noun_length(c) == n && memcmp(c->name, noun, n) == 0;
}

static size_t count_noun(const char *noun, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; command_table[i] != NULL; i++)
        count += has_noun(command_table[i], noun, n);
    return count;
}

enum { COLUMN = 20 };

static void put_line(struct str *out, const char *name, const char *text)
{
    size_t n = strlen(name);
    str_printf(out, "  %s", name);
    str_pad(out, ' ', n + 2 < COLUMN ? COLUMN - n - 2 : 1);
    put_wrapped(out, text, COLUMN, n + 2 < COLUMN ? COLUMN : n + 3);
}

/* A command of its own, and the verbs of a noun on one line. */
static void put_noun(struct str *out, const char *noun, size_t n)
{
    struct str verbs;
    str_init(&verbs, 1024);
    bool single = count_noun(noun, n) == 1;
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const struct command *c = command_table[i];
        if (!has_noun(c, noun, n))
            continue;
        if (c->name[n] == '\0' || single)
            put_line(out, c->name, c->summary);
        else
            str_printf(&verbs, "%s%s", verbs.len > 0 ? ", " : "", c->name + n + 1);
    }
    if (verbs.len > 0) {
        str_printf(out, "  %.*s \xE2\x80\xA6", (int)n, noun);
        str_pad(out, ' ', n + 4 < COLUMN ? COLUMN - n - 4 : 1);
        put_wrapped(out, str_text(&verbs), COLUMN, COLUMN);
    }
    str_release(&verbs);
}

bool help_has_section(const char *noun, size_t n)
{
    for (size_t s = 0; s < sizeof sections / sizeof *sections; s++)
        for (const char *w = sections[s].nouns; *w != '\0'; w += strcspn(w, " "), w += *w == ' ')
            if (strcspn(w, " ") == n && memcmp(w, noun, n) == 0)
                return true;
    return false;
}

void help_overview(struct str *out)
{
    str_printf(out,
               "reckon %s: from a shop's clickstream to measured product recommendations\n\n"
               "Usage: reckon [--workspace DIR] COMMAND [ARGUMENT\xE2\x80\xA6] [--option value] [--json|--csv]\n"
               "       reckon                alone, on a terminal: the console, where all of this is done by keys\n",
               help_version);
    for (size_t s = 0; s < sizeof sections / sizeof *sections; s++) {
        str_printf(out, "\n%s\n", sections[s].title);
        for (const char *w = sections[s].nouns; *w != '\0'; w += strcspn(w, " "), w += *w == ' ')
            if (count_noun(w, strcspn(w, " ")) > 0)
                put_noun(out, w, strcspn(w, " "));
    }
    str_puts(out, "\nOptions of every command\n");
    for (const struct command_param *p = global_params; p->name != NULL; p++)
        put_param(out, p);
    str_puts(out, "\n`reckon COMMAND --help` explains one command, `reckon models --help` all that begin so. Start with\n"
                  "`reckon init DIR`. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused, 5 bad data,\n"
                  "6 conflict or busy, 130 cancelled.\n");
}

int help_noun(struct str *out, const char *noun)
{
    enum { WIDE = 28 };
    size_t n = strlen(noun);
    if (count_noun(noun, n) < 2)
        return -1;
    str_printf(out, "The commands that begin with `reckon %s`:\n\n", noun);
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const struct command *c = command_table[i];
        if (!has_noun(c, noun, n))
            continue;
        size_t len = strlen(c->name);
        str_printf(out, "  %s", c->name);
        str_pad(out, ' ', len + 2 < WIDE ? WIDE - len - 2 : 1);
        put_wrapped(out, c->summary, WIDE, len + 2 < WIDE ? WIDE : len + 3);
    }
    str_puts(out, "\n`--help` after any of them explains it.\n");
    return 0;
}
