/* arm_options: what an arm changes of the widget: "title=Picked for you; level=3".  Names are those of the widget's
 * data- attributes that say how a list looks, not whom it is for or who asks. */
#ifndef RECKON_EXPERIMENT_ARM_OPTIONS_H
#define RECKON_EXPERIMENT_ARM_OPTIONS_H

#include "base/error.h"
#include "base/str.h"

/* E_USAGE says what may be written. */
int arm_options_check(const char *text, struct error *err);

/* One after the other, as they are in the page's script: label-heading is labelHeading.  A non-zero answer ends it. */
typedef int (*arm_option_fn)(void *context, const char *name, const char *value);
int arm_options_each(const char *text, arm_option_fn fn, void *context);

#endif
