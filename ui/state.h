/* state: what the console remembers from one time to the next: the last screen, how tables were sorted and filtered,
 * the command lines that were run.
 *
 * A small file of texts in the workspace, STATE_FILE with the user's number, apart from the settings, readable by its
 * owner alone: filters and command lines may name people, and so it is on the personal-data map.  One that cannot be
 * understood is renamed (".bad" behind its name) and forgotten. */
#ifndef RECKON_UI_STATE_H
#define RECKON_UI_STATE_H

#include <stdbool.h>

#include "base/error.h"

#define STATE_FILE "console-%u.toml" /* of the user with that number */

struct state;

/* A workspace of "" remembers nothing beyond the process.  *was_bad: there was a file that could not be understood. */
int state_open(struct state **out, const char *workspace, bool fresh, bool *was_bad, struct error *err);
int state_save(struct state *self, struct error *err); /* nothing when nothing changed */
void state_free(struct state *self);

/* "" when it is not there; borrowed until the next change. */
const char *state_get(const struct state *self, const char *table, const char *key);
void state_set(struct state *self, const char *table, const char *key, const char *value); /* too long: left out */

#endif
