/* audited: who runs a command, for the audit log. */
#ifndef RECKON_COMMAND_AUDITED_H
#define RECKON_COMMAND_AUDITED_H

#include "command/command.h"
#include "store/audit.h"

/* The caller that the front names, else the system's user; `name` is where it is kept. */
struct audit_actor audited_actor(const struct app *app, char name[64]);

/* Writes that the command ran, and how it ended, into the log of the workspace that is open.  It never makes a command
 * fail: what cannot be written is for the next entry to show, by its number. */
void audited_write(const struct command *command, struct app *app, int outcome);

/* The end of a transaction of app->store (store_end), with an entry of its own in the log: takes `facts`, which name
 * nobody (NULL: none). */
int audited_end(struct app *app, const char *action, json_t *facts, int rc, struct error *err);

/* Notes something that a command did beyond itself (a backup taken out of the workspace); takes `facts`.  As little as the
 * above does it fail. */
void audited_note(const struct app *app, const char *action, json_t *facts);

#endif
