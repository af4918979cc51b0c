/* experiment_report: the tables of a report behind its verdict: money by arm, days, segments, and the time before. */
#ifndef RECKON_COMMAND_EXPERIMENT_REPORT_H
#define RECKON_COMMAND_EXPERIMENT_REPORT_H

#include "command/result.h"
#include "experiment/findings.h"

void experiment_report_findings(struct result *out, const struct findings *findings, const struct collected *collected,
                                const struct design *design);

#endif
