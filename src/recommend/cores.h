/* cores: models that stay open between questions.
 *
 * Opening a model reads its whole file and checks its SHA-256; a console that asks again at each key would do that again
 * and again.  A model is known by its number, its checksum and the words for why it was chosen; the file behind it cannot
 * change.  Each question chooses anew, so one that was promoted or trained meanwhile answers at once.  What nobody asked
 * for lately is let go, as is what the registry does not know any more: at most CORES_MAX stay, and at most
 * CORES_BYTES_MAX of files (the last one in every case).
 *
 * Any number of threads.  Owner: cores_free; what was given out is held by whoever has it. */
#ifndef RECKON_RECOMMEND_CORES_H
#define RECKON_RECOMMEND_CORES_H

#include "recommend/recommender.h"

enum { CORES_MAX = 6 };
#define CORES_BYTES_MAX (INT64_C(512) << 20)

struct cores;

struct cores *cores_new(void); /* NULL: out of memory */
void cores_free(struct cores *self); /* NULL is fine */

/* As recommender_core_open; a NULL self keeps nothing. */
int cores_open(struct cores *self, struct recommender_core **out, struct store *store,
               const struct recommender_options *options, struct error *err);
/* The one of recommender_find_placer; *out NULL: there is none. */
int cores_open_placer(struct cores *self, struct recommender_core **out, struct store *store, struct job *job,
                      struct error *err);

#endif
