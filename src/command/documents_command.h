/* documents_command: what the commands on rule sets and on scenarios have in common (store/documents.h). */
#ifndef RECKON_COMMAND_DOCUMENTS_COMMAND_H
#define RECKON_COMMAND_DOCUMENTS_COMMAND_H

#include "command/command.h"
#include "store/documents.h"

/* The text of a file, or of standard input ("-"); mem_free(*text). */
int documents_read_file(const char *path, char **text, size_t *n, struct error *err);
/* How the file is called in errors. */
const char *documents_file_name(const char *path);

#define DOCUMENTS_BY_PARAM \
    {"by", PT_TEXT, 0, NULL, 0, 0, NULL, "who does it, for the history; default: as the audit log names them"}
#define DOCUMENTS_COMMENT_PARAM {"comment", PT_TEXT, 0, NULL, 0, 0, NULL, "what for, for the history"}

/* Stores the text as the next version of `name` and reports that. */
int documents_command_put(struct app *app, const struct args *args, enum document_kind kind, const char *name,
                          const char *text, struct result *out, struct error *err);
int documents_command_show(struct app *app, const struct args *args, enum document_kind kind, struct result *out,
                           struct error *err);
int documents_command_history(struct app *app, const struct args *args, enum document_kind kind, struct result *out,
                              struct error *err);
int documents_command_rollback(struct app *app, const struct args *args, enum document_kind kind, struct result *out,
                               struct error *err);
int documents_command_remove(struct app *app, const struct args *args, enum document_kind kind, struct result *out,
                             struct error *err);

#endif
