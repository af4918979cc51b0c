/* subject_argument: a person by any identifier, as commands of the privacy team take it. */
#ifndef RECKON_COMMAND_SUBJECT_ARGUMENT_H
#define RECKON_COMMAND_SUBJECT_ARGUMENT_H

#include "store/store.h"

/* The one whom an identifier, an e-mail address or a telephone number leads to; the first, when they are linked.  E_NOT_FOUND
 * reveals nothing of others; E_CONFLICT: an address that leads to several people who are not linked. */
int subject_argument(struct store *store, const char *name, int64_t *user, struct error *err);

#endif
