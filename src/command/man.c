/* Man pages (roff, man macros) from the command table. */
#include <string.h>

#include "command/help.h"

static void put_roff(struct str *out, const char *text)
{
    bool line_start = true;
    for (; *text != '\0'; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            str_puts(out, "\\&");
        if (*text == '\\')
            str_puts(out, "\\e");
        else if (*text == '-')
            str_puts(out, "\\-");
        else
            str_putc(out, *text);
        line_start = *text == '\n';
    }
}

static void put_paragraphs(struct str *out, const char *text)
{
    while (*text != '\0') {
        const char *gap = strstr(text, "\n\n");
        size_t n = gap != NULL ? (size_t)(gap - text) : strlen(text);
        struct str one;
        str_init(&one, 65536);
        str_append(&one, text, n);
        str_puts(out, ".PP\n");
        put_roff(out, str_text(&one));
        str_putc(out, '\n');
        str_release(&one);
        text += n;
        while (*text == '\n')
            text++;
    }
}

static void put_literal(struct str *out, const char *text)
{
    str_puts(out, ".PP\n.nf\n");
    put_roff(out, text);
    str_puts(out, ".fi\n");
}

static void put_param(struct str *out, const struct command_param *p)
{
    str_puts(out, ".TP\n");
    struct str s;
    str_init(&s, 1024);
    if (p->flags & PF_POSITIONAL) {
        for (const char *c = p->name; *c != '\0'; c++)
            str_putc(&s, *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c);
    } else {
        str_printf(&s, "--%s", p->name);
        if (p->type == PT_CHOICE)
            str_printf(&s, " %s", p->choices);
        else if (p->type != PT_FLAG)
            str_puts(&s, p->type == PT_INT ? " N" : p->type == PT_REAL ? " X" : p->type == PT_PATH ? " PATH" : " TEXT");
    }
    str_puts(out, "\\fB");
    put_roff(out, str_text(&s));
    str_puts(out, "\\fR\n");
    put_roff(out, p->help);
    if (p->default_text != NULL) {
        str_puts(out, " (default: ");
        put_roff(out, p->default_text);
        str_puts(out, ")");
    }
    str_puts(out, ".\n");
    str_release(&s);
}

static void put_title(struct str *out, const char *name, const char *summary)
{
    str_puts(out, ".TH \"");
    for (const char *c = name; *c != '\0'; c++)
        str_putc(out, *c == ' ' ? '-' : *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c);
    str_printf(out, "\" 1 \"\" \"reckon %s\" \"reckon manual\"\n.SH NAME\n", help_version);
    for (const char *c = name; *c != '\0'; c++)
        str_puts(out, *c == ' ' || *c == '-' ? "\\-" : (char[]){*c, '\0'});
    str_puts(out, " \\- ");
    put_roff(out, summary);
    str_putc(out, '\n');
}

static void put_main_page(struct str *out)
{
    put_title(out, "reckon", "from a shop's clickstream to measured product recommendations");
    str_puts(out, ".SH SYNOPSIS\n\\fBreckon\\fR [\\-\\-workspace DIR] COMMAND [ARGUMENT\\&...] [\\-\\-option value] "
                  "[\\-\\-json|\\-\\-csv]\n.SH COMMANDS\n");
    for (size_t i = 0; command_table[i] != NULL; i++) {
        if (command_table[i]->flags & CF_HIDDEN)
            continue;
        str_puts(out, ".TP\n\\fB");
        put_roff(out, command_table[i]->name);
        str_puts(out, "\\fR\n");
        put_roff(out, command_table[i]->summary);
        str_puts(out, ".\n");
    }
    str_puts(out, ".SH OPTIONS\nEvery command takes these.\n");
    for (const struct command_param *p = global_params; p->name != NULL; p++)
        put_param(out, p);
    str_puts(out, ".SH EXIT STATUS\n0 done; 1 failed; 2 wrong usage; 3 not found; 4 refused (needs \\-\\-yes or a key); "
                  "5 bad data beyond the allowed share; 6 conflict or busy; 130 cancelled.\n"
                  ".SH ENVIRONMENT\n.TP\n\\fBRECKON_WORKSPACE\\fR\nThe workspace, when \\-\\-workspace is not given.\n"
                  ".TP\n\\fBRECKON_NOW\\fR\nA fixed \"now\" (RFC 3339), to repeat a run exactly.\n"
                  ".TP\n\\fBRECKON_PATIENCE_MS\\fR\nHow long to wait while another process writes (5000).\n"
                  ".TP\n\\fBNO_COLOR\\fR\nWhen set, no colour.\n");
}

void help_man_page(struct str *out, const struct command *command)
{
    if (command == NULL) {
        put_main_page(out);
        return;
    }
    struct str s;
    str_init(&s, 256);
    str_printf(&s, "reckon %s", command->name);
    put_title(out, str_text(&s), command->summary);
    str_clear(&s);
    help_usage_line(&s, command);
    str_puts(out, ".SH SYNOPSIS\n");
    put_roff(out, str_text(&s));
    str_putc(out, '\n');
    str_release(&s);
    if (command->description[0] != '\0') {
        str_puts(out, ".SH DESCRIPTION\n");
        put_paragraphs(out, command->description);
    }
    const struct command_param *p;
    for (size_t i = 0; (p = command_param_at(command, i)) != NULL; i++) {
        if (i == 0)
            str_puts(out, ".SH OPTIONS\n");
        put_param(out, p);
    }
    if (command->examples[0] != '\0') {
        str_puts(out, ".SH EXAMPLES\n");
        put_literal(out, command->examples);
    }
    str_puts(out, ".SH SEE ALSO\n\\fBreckon\\fR(1)\n");
}
