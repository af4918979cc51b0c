/* blend: several models, each standardised per user, weighed and summed (`blend_kind` in kinds.h).
 *
 *   score(u, i) = sum over members m of weight_m (s_m(u, i) - mean_m(u)) / deviation_m(u)
 *
 * with mean and deviation over all items of the user's scores.  The members come from one list (blend.c), the
 * same for all data; which of them stay, and their weights, is found by blend_fit.h on a validation split inside
 * the training data, made the way the model will be used (train_context.validation).  Then those that stay are
 * trained again on everything.  Without anything to validate on, a few sturdy members count alike.
 *
 * This header is for who sets members' parameters; all else goes through model.h. */
#ifndef RECKON_ENGINE_BLEND_H
#define RECKON_ENGINE_BLEND_H

#include <stddef.h>

#include "engine/model.h"

/* The i-th member that is tried: its name and kind; NULL after the last. */
const char *blend_member_name(size_t i);
const struct model_kind *blend_member_kind(size_t i);

/* Fills a setting from "ease-recent", "lambda" and "300".  E_NOT_FOUND: no such member; E_USAGE: it has no such
 * parameter, or the value is out of range. */
int blend_setting(struct member_setting *out, const char *member, const char *param, const char *text,
                  struct error *err);

#endif
