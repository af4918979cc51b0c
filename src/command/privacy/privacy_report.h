/* privacy_report: cases and plans as results. */
#ifndef RECKON_COMMAND_PRIVACY_REPORT_H
#define RECKON_COMMAND_PRIVACY_REPORT_H

#include "command/result.h"
#include "privacy/erasure.h"

void privacy_report_plan(const struct erasure_plan *plan, struct result *out);
int privacy_report_case(struct store *store, const struct case_record *record, struct result *out, struct error *err);

#endif
