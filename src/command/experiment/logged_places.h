/* logged_places: what another policy, or a model, would have put into the places that were drawn on the shop's own slates.
 *
 * Who could stand in a place: what the log or the policy speaks of, less what was drawn above it on the slate, and less what
 * the person had met before the slate was given out (unless met items were drawn too, so that repeats were wanted).
 * Chances are shared among these alone, as they were when the place was drawn; else they would not sum to one.
 *
 * A model draws as the server does: each with its part of 1 / log2(1 + place) by the model's order for that person, by
 * what was known of them before the slate was given out (later events would tell it what came of the slate). */
#ifndef RECKON_COMMAND_LOGGED_PLACES_H
#define RECKON_COMMAND_LOGGED_PLACES_H

#include "command/experiment/logged_rounds.h"

/* Both fill in target and, where there is room, `each` of rounds of logged_rounds_slates. */
/* weights: of each item. */
int logged_places_policy(struct logged_rounds *logged, struct store *store, const double *weights, struct job *job,
                         struct error *err);
/* name: NAME@VERSION of the model. */
int logged_places_model(struct logged_rounds *logged, struct store *store, const char *model, char name[96],
                        struct job *job, struct error *err);

#endif
