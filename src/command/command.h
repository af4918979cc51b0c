/* command: the one command table.
 *
 * A command is declared once, as a `const struct command` in commands_NOUN.c, and listed in
 * command_table.c.  The argv parser, --help, man pages, shell completion, and every later front are
 * derived from the declaration.
 *
 * To add a command: write its struct and run function in commands_NOUN.c; add its line to
 * command_table.c; add a test under tests/command.  Nothing else: `make check` verifies that every
 * command answers --help and has a man page.
 *
 * run() gets validated arguments, fills `out` and returns 0 or an error (and what it filled in until then is
 * shown with the error).  It does not print, does not
 * read the terminal, and does not know which front called it.  Preconditions are flags, checked by
 * command_run. */
#ifndef RECKON_COMMAND_COMMAND_H
#define RECKON_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "command/app.h"
#include "command/result.h"

enum command_param_type {
    PT_TEXT,
    PT_INT,
    PT_REAL,
    PT_FLAG,     /* --repeat: no value */
    PT_CHOICE,   /* one of `choices` */
    PT_PATH,     /* completed as a file name */
    PT_SETTING   /* name=value; repeatable */
};

enum command_param_flag {
    PF_REQUIRED = 1,
    PF_POSITIONAL = 2, /* given by place, in the order of declaration */
    PF_MANY = 4,       /* may be given several times (the last positional, PT_SETTING) */
    /* What a text names, so that fronts can offer what there is: */
    PF_USER = 8,
    PF_ITEM = 16,
    PF_MODEL = 32,      /* a trained model, NAME or NAME@VERSION */
    PF_RECIPE = 64,     /* a kind of model, or a trained model */
    PF_EVENT_KIND = 128,
    PF_API_KEY = 256,       /* a key of the server */
    PF_LIST = 512,      /* several of them, with commas */
    PF_RULES = 1024,    /* a rule set */
    PF_SCENARIO = 2048,
    PF_TEMPLATE = 4096  /* how products are described */
};

struct command_param {
    const char *name;          /* "test-days": --test-days; of a positional: the word in the usage line */
    enum command_param_type type;
    unsigned flags;
    const char *default_text;  /* NULL: no default (absent) */
    double min, max;           /* of PT_INT and PT_REAL, inclusive; both 0: any */
    const char *choices;       /* "a|b|c" */
    const char *help;          /* one sentence, without a full stop */
};

enum command_flag {
    CF_WORKSPACE = 1,   /* opens the workspace's store before run() */
    CF_WRITES = 2,      /* opens it for writing */
    CF_LONG = 4,        /* is a job: has progress and can be cancelled */
    CF_DESTRUCTIVE = 8, /* needs --yes, or a confirmation at the prompt of an interactive front */
    CF_MODEL_PARAMS = 16, /* takes the hyper-parameters of engine/params.h as options too */
    CF_HIDDEN = 32,     /* not in the overview of --help */
    CF_PRIVATE = 64     /* names people whose data are handled: fronts keep its arguments in no history */
};

struct args;

struct command {
    const char *name;        /* "models promote": words split by one blank */
    const char *summary;     /* one line, lower case, no full stop */
    const char *description; /* paragraphs for --help and the man page; may be "" */
    const char *examples;    /* lines of commands; may be "" */
    const struct command_param *params; /* ends with a NULL name; may be NULL */
    unsigned flags;
    bool (*harmless)(const struct args *args); /* of CF_DESTRUCTIVE: this call needs no confirmation; may be NULL */
    int (*run)(struct app *app, const struct args *args, struct result *out, struct error *err);
};

extern const struct command *const command_table[]; /* by name; ends with NULL */

/* The command whose name is the longest match of words[0..n); *used = words it took.  NULL: none; then
 * `err` names the nearest commands. */
const struct command *command_find(const char *const *words, size_t n, size_t *used, struct error *err);

/* The parameters of a command in order, those of the engine included (CF_MODEL_PARAMS); NULL at the end. */
const struct command_param *command_param_at(const struct command *self, size_t index);

/* The option of that name, of the command (NULL: none yet) or of every command; NULL: there is none. */
const struct command_param *command_option(const struct command *self, const char *name, size_t len);

/* Opens what the flags ask for, runs, and checks the result.  A long command on a workspace is written to its log
 * of jobs (store/jobs.h). */
int command_run(const struct command *self, struct app *app, const struct args *args, struct result *out,
                struct error *err);

/* Arguments of one call: validated values by parameter name.  The names must be declared parameters
 * (asserted); a PT_INT read as int etc. */
struct args *args_new(const struct command *command);
void args_free(struct args *self);
int args_put(struct args *self, const char *name, const char *value, struct error *err); /* validates; PF_MANY appends */
int args_finish(struct args *self, struct error *err); /* fills defaults, checks what is required */

/* The command line that makes the same call, quoted for a shell: reckon import events 'my file.csv' --kind view.
 * Defaults are left out. */
int args_command_line(const struct args *self, struct str *out);

bool args_given(const struct args *self, const char *name); /* by the caller, not by default */
bool args_flag(const struct args *self, const char *name);
const char *args_text(const struct args *self, const char *name); /* NULL when absent; PF_MANY: the first */
int64_t args_int(const struct args *self, const char *name);      /* 0 when absent */
double args_real(const struct args *self, const char *name);
size_t args_count(const struct args *self, const char *name);
const char *args_text_at(const struct args *self, const char *name, size_t index);
/* Splits a comma list ("a,b,c", blanks trimmed) into words; *words is one allocation (mem_free). */
int args_list(const struct args *self, const char *name, char ***words, size_t *n, struct error *err);

#endif
