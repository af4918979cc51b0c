/* app: what a command works with; passed down, never global.
 *
 * Owner: the front.  `store` is opened by command_run for commands that ask for it and closed by
 * app_release; everything else is set by the front before the first command. */
#ifndef RECKON_COMMAND_APP_H
#define RECKON_COMMAND_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/job.h"
#include "base/pool.h"
#include "base/settings.h"

struct cores;
struct result;
struct str;
struct store;

/* How the console is to be opened: the options of `reckon console`. */
struct console_options {
    const char *screen; /* name of the place to begin with; NULL: where one was */
    const char *size;   /* "80x24": of a frame that is not drawn on a terminal; NULL: the terminal's, else 80x24 */
    const char *theme;  /* NULL: the setting */
    const char *server; /* of the screen Serving; NULL: the setting serve.listen */
    const char *key_file; /* with the token for it; NULL: $RECKON_TOKEN */
    bool once;          /* draw one frame as text, and end */
    bool plain;         /* lines of text instead of a full screen */
    bool ascii, no_mouse, fresh;
    bool read_only;    /* nothing of the workspace can be changed from it */
};

/* What a server is started with on the command line; NULL: as the settings say. */
struct serve_options {
    const char *listen;   /* ADDRESS:PORT */
    const char *dialects; /* with commas */
    bool demo;            /* with the demo shop, whatever the setting says */
};

struct app {
    const char *workspace_option; /* --workspace, or NULL: found by app_find_workspace */
    char workspace[4096];         /* absolute path of the open workspace; "" before */
    struct store *store;
    struct pool *pool;            /* made on first use by app_pool */
    unsigned threads;             /* 0: all processors */
    struct cores *cores;          /* models that stay open between commands; borrowed; NULL: none does */
    struct job *job;              /* may be NULL */
    int64_t logged;               /* the job's number in the log of jobs, while a long command runs; 0: none */
    bool confirmed;               /* --yes was given */
    const char *front;            /* "http", "shell": for the audit log; NULL: the command line */
    const char *caller;           /* who it is, when the front knows better than the system's user; may be NULL */
    /* Asks the person at the terminal; false: there is none, or no answer.  NULL where nobody can be asked. */
    bool (*ask)(void *context, const char *question, char *answer, size_t size);
    void *ask_context;
    /* Starts the server and returns when it has stopped; NULL where that cannot be (set by the front). */
    int (*serve)(struct app *self, const struct serve_options *options, struct error *err);
    /* Reads commands until the end of standard input, or `exit`; NULL where that cannot be. */
    int (*shell)(struct app *self, bool keep_going, struct error *err);
    /* Are the keys of the console in this settings file ([console.keys]) keys, of actions, and each of one alone?  NULL
     * where the console's actions are not known. */
    int (*check_keys)(const char *text, size_t n, struct error *err);
    /* Draws the curves of a result as text; NULL where nobody can. */
    int (*draw)(struct str *out, const struct result *result, size_t width);
    /* Opens the console and returns when it was left; NULL likewise. */
    int (*console)(struct app *self, const struct console_options *options, struct error *err);
};

/* Finds the workspace: the option, $RECKON_WORKSPACE, the nearest directory upward that holds
 * reckon.db, else the XDG data directory (reckon/default).  E_NOT_FOUND says where it looked. */
int app_find_workspace(struct app *self, struct error *err);
int app_open_store(struct app *self, bool writable, struct error *err);
/* The settings of the open workspace (or, without one, the defaults). */
int app_settings(const struct app *self, struct settings *out, struct error *err);
struct pool *app_pool(struct app *self); /* NULL only when out of memory: then everything runs in one thread */
void app_release(struct app *self);

#endif
