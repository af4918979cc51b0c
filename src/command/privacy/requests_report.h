/* requests_report: a case that is not an erasure, as a result. */
#ifndef RECKON_COMMAND_REQUESTS_REPORT_H
#define RECKON_COMMAND_REQUESTS_REPORT_H

#include "command/result.h"
#include "store/cases.h"

int requests_report(struct store *store, const struct case_record *record, struct result *out, struct error *err);

#endif
