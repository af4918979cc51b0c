/* tune_private: what the files of tune share. */
#ifndef RECKON_DESCRIBE_TUNE_PRIVATE_H
#define RECKON_DESCRIBE_TUNE_PRIVATE_H

#include "describe/tune.h"

/* A tuning as it is in the store, with texts of its own. */
struct tune_copy {
    struct tune tune;
    char *owned[9];
};
int tune_copy(void *context, const struct tune *tune); /* a tunes_fn: E_NOMEM */
int tune_read(struct store *store, int64_t tune, struct tune_copy *out, struct error *err);
void tune_copy_release(struct tune_copy *self);

int tune_write(struct store *store, const struct tune *tune, struct error *err); /* tunes_change, in a transaction */

#endif
