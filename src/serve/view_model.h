/* view_model: the models of a view, and those that requests name. */
#ifndef RECKON_SERVE_VIEW_MODEL_H
#define RECKON_SERVE_VIEW_MODEL_H

#include <stdint.h>

#include "base/error.h"

struct recommender_core;
struct store;
struct view;

/* Fills core, similar_core, placer, named, model and core_problem; those of `former` when they are still the right ones. */
int view_model_open(struct view *self, struct store *store, const struct view *former, struct error *err);
void view_model_release(struct view *self);

/* The core that a scenario of the view names so, and that of a model (by number) that the view has open for whatever
 * purpose; you hold it.  NULL: none. */
struct recommender_core *view_named_core(const struct view *self, const char *spec);
struct recommender_core *view_model_core(const struct view *self, int64_t model);

#endif
