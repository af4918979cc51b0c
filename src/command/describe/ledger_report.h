/* ledger_report: what the commands of budgets share. */
#ifndef RECKON_COMMAND_LEDGER_REPORT_H
#define RECKON_COMMAND_LEDGER_REPORT_H

#include "command/command.h"

/* Every budget, and how much of it is spent. */
int ledger_show_budgets(struct app *app, struct result *out, struct error *err);

#endif
