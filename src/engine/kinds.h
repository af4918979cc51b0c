/* kinds: the recommenders that this build knows; model.c lists them in model_kinds. */
#ifndef RECKON_ENGINE_KINDS_H
#define RECKON_ENGINE_KINDS_H

#include "engine/model.h"

extern const struct model_kind random_kind;
extern const struct model_kind popular_kind;
extern const struct model_kind popular_segment_kind;
extern const struct model_kind own_frequency_kind;
extern const struct model_kind knn_kind;
extern const struct model_kind rules_kind;
extern const struct model_kind content_kind;
extern const struct model_kind svd_kind;
extern const struct model_kind period_kind;
extern const struct model_kind blend_kind;
extern const struct model_kind ease_kind;
extern const struct model_kind ials_kind;

#endif
