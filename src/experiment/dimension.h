/* dimension: what users are told apart by, for segments and strata: known before the exposure, or chance itself.
 *
 *   weekday      of the exposure (UTC)
 *   history      was anything known of the user from the days before (pre_days)?
 *   device, channel   of the last event up to the exposure
 *   NAME         an attribute of people (user:NAME when it is called like one of the others)
 *   item:NAME    an attribute of the item that the user did something with last
 *
 * The most frequent levels have a name; the rest are "other", and who has no value is "unknown".  Numbers of more than
 * a few values are cut into quarters. */
#ifndef RECKON_EXPERIMENT_DIMENSION_H
#define RECKON_EXPERIMENT_DIMENSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/job.h"

struct store;

enum dimension_kind { DIMENSION_WEEKDAY, DIMENSION_HISTORY, DIMENSION_VALUES };
enum { DIMENSION_LEVELS_MAX = 12, DIMENSION_NAME_MAX = 80, DIMENSION_LABEL_MAX = 64 };

struct dimension {
    char name[DIMENSION_NAME_MAX];
    enum dimension_kind kind;
    char label[DIMENSION_LEVELS_MAX][DIMENSION_LABEL_MAX];
    size_t n_levels;
    int64_t *users; /* ascending; of DIMENSION_VALUES, those who have a value */
    uint8_t *level;
    size_t n;
};

/* Reads what is known of the experiment's users; experiment 0: only whether there is such a dimension.  E_USAGE names
 * those there are. */
int dimension_read(struct dimension *out, struct store *store, int64_t experiment, const char *name, struct job *job,
                   struct error *err);
void dimension_release(struct dimension *self); /* zeroed is fine */

/* The level of a user.  `before`: something is known of the days before. */
size_t dimension_level(const struct dimension *self, int64_t user, int64_t exposed, bool before);

#endif
