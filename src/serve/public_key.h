/* public_key: what a key of the role browser may ask.  It stands in a page, so that whoever looks has it: it asks
 * for what pages show and tells what their visitors do, one visitor at a time, and learns nothing of anybody's past.
 *
 * Checked after the shape of the body.  What is not named here is refused, also fields that come later. */
#ifndef RECKON_SERVE_PUBLIC_KEY_H
#define RECKON_SERVE_PUBLIC_KEY_H

#include <stdbool.h>

#include "serve/call.h"

/* Was the caller let in as a browser only? */
bool public_key_used(const struct call *call);

/* False: the call has a problem for an answer.  Reasons, which tell of a person's past, are left out. */
bool public_key_check(struct call *call);

/* Is the item attribute one of those that are for everybody? */
bool public_key_may_read(const struct call *call, const char *attribute);

#endif
