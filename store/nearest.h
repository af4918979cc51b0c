/* nearest: which known names are close to one that is not known; private to store/. */
#ifndef RECKON_STORE_NEAREST_H
#define RECKON_STORE_NEAREST_H

#include "store/db.h"

/* Sets E_NOT_FOUND for `text`: "is no user of this workspace", with up to five nearest names as the hint.
 * `prefix_sql` selects names that are >= the first parameter, in order; `all_sql` names in any order (looked at
 * for a bounded number of rows). Returns E_NOT_FOUND, or another error. */
int nearest_not_found(struct store *self, const char *noun, const char *text, const char *prefix_sql,
                      const char *all_sql, struct error *err);

#endif
