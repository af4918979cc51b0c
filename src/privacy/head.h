/* head: what the audit log looked like at a moment, signed: its size and the root of its tree.
 *
 * Given away, a head is what nobody can take back: a log that was changed, shortened or written anew since does not
 * contain it any more. */
#ifndef RECKON_PRIVACY_HEAD_H
#define RECKON_PRIVACY_HEAD_H

#include <jansson.h>

#include "base/merkle.h"
#include "store/store.h"

/* The head of now. */
int head_make(struct store *store, json_t **out, struct error *err);

/* Of an object that holds "size" and "root". */
int head_parse(const json_t *head, int64_t *size, struct merkle_hash *root, struct error *err);

/* Does the log, as it is, contain the head?  E_CORRUPT says how not. */
int head_check(struct store *store, const json_t *head, struct error *err);

void head_hex(const struct merkle_hash *hash, char hex[65]);
bool head_unhex(const char *hex, struct merkle_hash *out);

#endif
