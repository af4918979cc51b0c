/* prompt: where lines come from when a person types them; private to src/shell.
 *
 * Over GNU readline, which knows one line at a time and calls back without a context: one prompt at a time. */
#ifndef RECKON_SHELL_PROMPT_H
#define RECKON_SHELL_PROMPT_H

#include "base/error.h"

struct store;

/* The workspace's store for names, or NULL; the prompt closes what it gets. */
struct prompt_source {
    struct store *(*open)(void *context);
    void *context;
};

int prompt_begin(const struct prompt_source *source, const char *history_file, struct error *err); /* "": none is kept */
void prompt_end(void);

enum prompt_answer { PROMPT_LINE, PROMPT_END, PROMPT_INTERRUPTED };

/* *line: mem_free.  so_far: what was typed before it and goes on here, for completion; "" or lines with \n. */
enum prompt_answer prompt_read(const char *prompt, const char *so_far, char **line);

/* Keeps a whole command in the history, and in its file. */
void prompt_remember(const char *command);

#endif
