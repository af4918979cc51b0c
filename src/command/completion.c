/* Shell completion scripts from the command table: commands by word, then the options of the command,
 * then the words of a choice; anything else completes as a file name. */
#include <string.h>

#include "command/help.h"

static void put_options(struct str *out, const struct command *command, const char *separator)
{
    const struct command_param *p;
    for (size_t i = 0; (p = command_param_at(command, i)) != NULL; i++)
        if (!(p->flags & PF_POSITIONAL))
            str_printf(out, "--%s%s", p->name, separator);
    for (p = global_params; p->name != NULL; p++)
        str_printf(out, "--%s%s", p->name, separator);
}

/* One `case` arm per option with choices, shared by bash and zsh. */
static void put_choices(struct str *out)
{
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const struct command_param *p;
        for (size_t j = 0; (p = command_param_at(command_table[i], j)) != NULL; j++) {
            if (p->type != PT_CHOICE || p->flags & PF_POSITIONAL)
                continue;
            str_printf(out, "    '%s --%s') values='", command_table[i]->name, p->name);
            for (const char *c = p->choices; *c != '\0'; c++)
                str_putc(out, *c == '|' ? ' ' : *c);
            str_puts(out, "' ;;\n");
        }
    }
}

static void put_bash(struct str *out)
{
    str_puts(out, "# bash completion for reckon; made by `reckon completion bash`\n"
                  "_reckon() {\n"
                  "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command='' i w options='' values=''\n"
                  "  local commands='");
    for (size_t i = 0; command_table[i] != NULL; i++)
        if (!(command_table[i]->flags & CF_HIDDEN))
            str_printf(out, "%s\n", command_table[i]->name);
    str_puts(out, "'\n"
                  "  local -a typed=()\n"
                  "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
                  "    w=${COMP_WORDS[i]}\n"
                  "    case $w in --workspace|--threads) ((i++)) ;; -*) ;; *) typed+=(\"$w\") ;; esac\n"
                  "  done\n"
                  "  for i in 3 2 1; do\n"
                  "    w=\"${typed[*]:0:i}\"\n"
                  "    if [[ -n $w && $'\\n'$commands == *$'\\n'\"$w\"$'\\n'* ]]; then command=$w; break; fi\n"
                  "  done\n"
                  "  case \"$command $before\" in\n");
    put_choices(out);
    str_puts(out, "  esac\n"
                  "  if [[ -n $values ]]; then COMPREPLY=($(compgen -W \"$values\" -- \"$word\")); return; fi\n"
                  "  case $command in\n");
    for (size_t i = 0; command_table[i] != NULL; i++) {
        str_printf(out, "    '%s') options='", command_table[i]->name);
        put_options(out, command_table[i], " ");
        str_puts(out, "' ;;\n");
    }
    str_puts(out, "  esac\n"
                  "  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W \"${options:---workspace --json --csv --help --version}\" -- \"$word\")); return; fi\n"
                  "  local prefix=\"${typed[*]}\" next=''\n"
                  "  while IFS= read -r w; do\n"
                  "    [[ -z $prefix ]] && next+=\" ${w%% *}\"\n"
                  "    [[ -n $prefix && $w == \"$prefix \"* ]] && { w=${w#\"$prefix \"}; next+=\" ${w%% *}\"; }\n"
                  "  done <<< \"$commands\"\n"
                  "  COMPREPLY=($(compgen -W \"$next\" -- \"$word\"))\n"
                  "  [[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- \"$word\"))\n"
                  "}\n"
                  "complete -o filenames -F _reckon reckon\n");
}

static void put_zsh(struct str *out)
{
    str_puts(out, "#compdef reckon\n# zsh completion for reckon; made by `reckon completion zsh`\n"
                  "autoload -Uz bashcompinit && bashcompinit\n");
    put_bash(out);
}

static void put_quoted(struct str *out, const char *text)
{
    str_putc(out, '\'');
    for (; *text != '\0'; text++)
        str_puts(out, *text == '\'' ? "\\'" : *text == '\\' ? "\\\\" : (char[]){*text, '\0'});
    str_putc(out, '\'');
}

static void put_fish_option(struct str *out, const struct command *c, const struct command_param *p)
{
    str_printf(out, "complete -c reckon -n '__reckon_is \"%s\"' -l %s -d ", c->name, p->name);
    put_quoted(out, p->help);
    if (p->type == PT_CHOICE) {
        str_puts(out, " -x -a '");
        for (const char *q = p->choices; *q != '\0'; q++)
            str_putc(out, *q == '|' ? ' ' : *q);
        str_putc(out, '\'');
    } else if (p->type != PT_FLAG) {
        str_puts(out, p->type == PT_PATH ? " -r -F" : " -x");
    }
    str_putc(out, '\n');
}

static void put_fish(struct str *out)
{
    str_puts(out, "# fish completion for reckon; made by `reckon completion fish`\n"
                  "function __reckon_is\n"
                  "  set -l words (commandline -opc | string match -v -- '-*')[2..]\n"
                  "  set -l want (string split ' ' $argv[1])\n"
                  "  test \"$words[1..\"(count $want)\"]\" = \"$argv[1]\"\n"
                  "end\n"
                  "function __reckon_at\n"
                  "  set -l words (commandline -opc | string match -v -- '-*')[2..]\n"
                  "  test \"$words\" = \"$argv[1]\"\n"
                  "end\n");
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const struct command *c = command_table[i];
        if (c->flags & CF_HIDDEN)
            continue;
        const char *blank = strrchr(c->name, ' ');
        str_printf(out, "complete -c reckon -f -n '__reckon_at \"%.*s\"' -a %s -d ",
                   blank != NULL ? (int)(blank - c->name) : 0, c->name, blank != NULL ? blank + 1 : c->name);
        put_quoted(out, c->summary);
        str_putc(out, '\n');
        const struct command_param *p;
        for (size_t j = 0; (p = command_param_at(c, j)) != NULL; j++)
            if (!(p->flags & PF_POSITIONAL))
                put_fish_option(out, c, p);
    }
    for (const struct command_param *p = global_params; p->name != NULL; p++) {
        str_printf(out, "complete -c reckon -l %s%s -d ", p->name, p->type == PT_FLAG ? "" : " -r");
        put_quoted(out, p->help);
        str_putc(out, '\n');
    }
    /* nouns that are no command themselves (models, quarantine) */
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const char *name = command_table[i]->name, *blank = strchr(name, ' ');
        bool first = blank != NULL;
        for (size_t j = 0; first && j < i; j++)
            first = strncmp(command_table[j]->name, name, (size_t)(blank - name) + 1) != 0 &&
                    !(strlen(command_table[j]->name) == (size_t)(blank - name) &&
                      strncmp(command_table[j]->name, name, (size_t)(blank - name)) == 0);
        if (first)
            str_printf(out, "complete -c reckon -f -n '__reckon_at \"\"' -a %.*s\n", (int)(blank - name), name);
    }
}

int help_completion(struct str *out, const char *shell, struct error *err)
{
    if (strcmp(shell, "bash") == 0)
        put_bash(out);
    else if (strcmp(shell, "zsh") == 0)
        put_zsh(out);
    else if (strcmp(shell, "fish") == 0)
        put_fish(out);
    else
        return error_set(err, E_USAGE, "completion", "no script for the shell '%s'", shell);
    return out->failed ? error_nomem(err, "completion") : 0;
}
