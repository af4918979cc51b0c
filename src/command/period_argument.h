/* period_argument: --since and --until of events. */
#ifndef RECKON_COMMAND_PERIOD_ARGUMENT_H
#define RECKON_COMMAND_PERIOD_ARGUMENT_H

#include "command/command.h"

#define PERIOD_PARAMS                                                                                   \
    {"since", PT_TEXT, 0, NULL, 0, 0, NULL, "only events from then on: a date, or RFC 3339"},           \
    {"until", PT_TEXT, 0, NULL, 0, 0, NULL, "only events before"}

/* since <= time < until; all of time where nothing is given. */
int period_argument(const struct args *args, int64_t *since, int64_t *until, struct error *err);

#endif
