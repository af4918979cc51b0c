/* user_traits: what is known of people beside their events, as keys of traits: "country=france", the band of half an
 * octave that an age lies in ("age~9"), "newsletter=yes".  Long texts are no traits.
 *
 * The keys are those of item_text.h; who has which trait stays with the caller, and a model keeps only traits that
 * many people share. */
#ifndef RECKON_TRAIN_USER_TRAITS_H
#define RECKON_TRAIN_USER_TRAITS_H

#include "engine/dataset.h"
#include "store/store.h"
#include "train/item_text.h"

/* Of one user; terms[].key are the traits. */
int user_traits_read(struct item_text *out, struct store *store, int64_t user, struct error *err);

/* Of n users: the store's integers and their user_key. */
int user_traits_load(struct user_traits *out, struct store *store, const int64_t *user, const uint64_t *user_key,
                     uint32_t n, struct error *err);

#endif
