/* mentions: does a text name one of the people of the store?  Yes or no, and never who.
 *
 * For what goes out to others: a catalogue may hold whose hands it went through.  A word is somebody's identifier when it is
 * the same to the byte; words that are like all others (letters alone, "walnut") are looked up only where they are all of the
 * text, and digits alone only there and from five on, since a shop's numbers are everywhere. */
#ifndef RECKON_STORE_MENTIONS_H
#define RECKON_STORE_MENTIONS_H

#include <stdbool.h>

#include "store/store.h"

int mentions_anybody(struct store *self, const char *text, bool *out, struct error *err);

#endif
