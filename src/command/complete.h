/* complete: what may come next on a command line, for every front in which people type one.
 *
 * Commands by word, then options, words of a choice, and what a parameter names (PF_USER, PF_MODEL, …) by the names in
 * the store.  Nothing is offered for a free text; a PT_PATH is left to the front, which knows files. */
#ifndef RECKON_COMMAND_COMPLETE_H
#define RECKON_COMMAND_COMPLETE_H

#include "command/command.h"

/* candidate: the whole word in place of the prefix; unfinished: more of the same word may follow ("--filter=").
 * A non-zero answer ends it. */
typedef int (*complete_fn)(void *context, const char *candidate, bool unfinished);

/* words[0..n): those before the one that begins with `prefix`.  store NULL: without names.  *path: a file name is
 * wanted here.  Returns 0, what fn returned, or an error of the store. */
int complete_word(const char *const *words, size_t n, const char *prefix, struct store *store, complete_fn fn,
                  void *context, bool *path, struct error *err);

/* At most this many names of the store are offered. */
enum { COMPLETE_NAMES = 200 };

#endif
