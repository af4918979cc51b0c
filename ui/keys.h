/* keys: the keys of the console as reckon.toml gives them, checked against the actions of all screens. */
#ifndef RECKON_UI_KEYS_H
#define RECKON_UI_KEYS_H

#include "ui/action.h"

/* Of the workspace's settings ("" : none, an empty map).  E_BAD_DATA with the line, or E_CONFLICT: a key of two actions on
 * one screen. */
int keys_load(struct keymap **out, const char *workspace, struct error *err);

/* The hook app.check_keys: of a settings file's text. */
int keys_check(const char *text, size_t n, struct error *err);

#endif
