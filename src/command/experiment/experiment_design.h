/* experiment_design: the answer of a design, and of its rehearsal, as tables. */
#ifndef RECKON_COMMAND_EXPERIMENT_DESIGN_H
#define RECKON_COMMAND_EXPERIMENT_DESIGN_H

#include "command/result.h"
#include "experiment/plan.h"
#include "experiment/rehearsal.h"

void experiment_design_answer(struct result *out, const struct plan *plan, const struct design *design,
                              const struct baseline *baseline);
void experiment_rehearsal_answer(struct result *out, const struct rehearsal *done, const struct design *design);

#endif
