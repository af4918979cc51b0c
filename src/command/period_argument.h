/* period_argument: --kind, --since and --until: which events. */
#ifndef RECKON_COMMAND_PERIOD_ARGUMENT_H
#define RECKON_COMMAND_PERIOD_ARGUMENT_H

#include "command/command.h"
#include "store/extract.h"

#define PERIOD_PARAMS                                                                                   \
    {"kind", PT_TEXT, PF_EVENT_KIND, NULL, 0, 0, NULL, "only events of this kind"},                     \
    {"since", PT_TEXT, 0, NULL, 0, 0, NULL, "only events from then on: a date, or RFC 3339"},           \
    {"until", PT_TEXT, 0, NULL, 0, 0, NULL, "only events before"}

/* With --kind; E_NOT_FOUND: there is none of that name. */
int period_argument(const struct app *app, const struct args *args, struct extract_filter *out, struct error *err);

#endif
