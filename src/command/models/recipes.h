/* recipes: what there is to train, for fronts that let people choose. */
#ifndef RECKON_COMMAND_RECIPES_H
#define RECKON_COMMAND_RECIPES_H

#include <stdbool.h>
#include <stddef.h>

#include "command/command.h"

struct recipe_about {
    const char *name, *title; /* "ease", "EASE^R" */
    const char *about;        /* one sentence and the source */
    const char *defaults;     /* "lambda=500 counting=once" */
};

/* The kinds of model in their order; false behind the last one. */
bool recipes_about(size_t index, struct recipe_about *out);

enum recipe_use { RECIPE_USES, RECIPE_USES_NOT, RECIPE_OTHER };
/* Does the kind use this hyper-parameter?  Then `value` is its default there.  RECIPE_OTHER: no hyper-parameter, or no
 * such kind (a trained model, say). */
enum recipe_use recipes_param(const char *kind, const struct command_param *param, char *value, size_t size);

#endif
