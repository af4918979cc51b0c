/* settings_edit: one line of reckon.toml, changed as a careful person would: everything else stays as it was written,
 * comments too.  Pure. */
#ifndef RECKON_BASE_SETTINGS_EDIT_H
#define RECKON_BASE_SETTINGS_EDIT_H

#include <stddef.h>

#include "base/str.h"

/* Appends `text`, a settings file that can be read, with `key` of [table] set to `value` (TOML as it is to stand there).
 * The line that sets it is replaced; else the comment that shows its default (# key = ...); else it is the last line of
 * its table, which is begun when it is not there. */
int settings_edit(struct str *out, const char *text, size_t n, const char *table, const char *key, const char *value);
/* The line that sets it becomes a comment that shows the default (NULL: there is none to show). */
int settings_edit_out(struct str *out, const char *text, size_t n, const char *table, const char *key,
                      const char *default_value);

#endif
