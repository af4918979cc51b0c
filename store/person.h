/* person: everything that the tables hold of one, by the map of personal data, for whoever asks what is known of them.
 *
 * Every table that is reached by `user` (store/personal_data.h), read by its schema and not by a list, so that a table that
 * comes later cannot be missed; integers that stand for something (items, kinds, attributes, words, sessions) are given by its
 * name, times as RFC 3339.  And lines that are kept as they came (quarantine) and hold one of the identifiers. */
#ifndef RECKON_STORE_PERSON_H
#define RECKON_STORE_PERSON_H

#include <jansson.h>

#include "store/store.h"

/* {"events": [{"time": …}, …], "identities": […], …}: every table of the map, also those with nothing.  *out: json_decref. */
int person_tables(struct store *self, int64_t user, json_t **out, struct error *err);

#endif
