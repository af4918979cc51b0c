/* recipe: which model to train, with which parameters.
 *
 * Named by a kind ("ease": its defaults) or by a trained model ("blend@3": what that one was trained with).
 * A parameter given for the call applies to every recipe that uses it; one given as MODEL.NAME=VALUE to one
 * of them (in a blend: to its member of that name). */
#ifndef RECKON_TRAIN_RECIPE_H
#define RECKON_TRAIN_RECIPE_H

#include <stdbool.h>

#include "engine/model.h"
#include "store/registry.h"

enum { RECIPE_SETTINGS_MAX = 64 };

struct recipe {
    char name[96]; /* as it was asked for */
    const struct model_kind *kind;
    struct params params;
    struct member_setting settings[RECIPE_SETTINGS_MAX]; /* of a blend's members */
    size_t n_settings;
};

/* The parameters that a model was trained with; those of its kind that the record does not hold have their defaults. */
int recipe_params(struct params *out, const struct model_kind *kind, const struct model_record *record, struct error *err);

/* What training with this recipe begins with; borrows the settings. */
struct train_context recipe_context(const struct recipe *self);

/* E_NOT_FOUND names what there is.  `store` may be NULL: then only kinds. */
int recipe_init(struct recipe *self, const char *name, struct store *store, struct error *err);

/* Sets a parameter, when the kind uses it; *used is set to true then and left alone otherwise. */
int recipe_set(struct recipe *self, int param, const char *text, bool *used, struct error *err);

/* "ease.lambda=300", "ease-recent.lambda=300": sets it, when this recipe is of that kind or is a blend with a
 * member of that name; *used likewise.  E_USAGE when it is no setting of any model. */
int recipe_set_one(struct recipe *self, const char *setting, bool *used, struct error *err);

#endif
