/* describe_report: what came of having texts written, as all commands that do so show it. */
#ifndef RECKON_COMMAND_DESCRIBE_REPORT_H
#define RECKON_COMMAND_DESCRIBE_REPORT_H

#include "command/command.h"
#include "describe/batch.h"

/* Parameters that several of the commands take. */
#define TEXT_PARAM {"text", PT_INT, PF_POSITIONAL | PF_REQUIRED, NULL, 1, 0x1p53, NULL, "its number (`reckon describe list`)"}
#define PAYING_PARAMS                                                \
    {"team", PT_TEXT, 0, "", 0, 0, NULL, "who pays, in the ledger"}, \
    {"phase", PT_TEXT, 0, "", 0, 0, NULL, "of the project, in the ledger"}
#define NOTE_PARAM {"note", PT_TEXT, 0, NULL, 0, 0, NULL, "why, for whoever looks at it later"}

void describe_add_columns(struct result *out);
int describe_add_news(void *context, const struct describe_news *news); /* the result is the context */
void describe_add_sums(struct result *out, const struct describe_sums *sums, const char *currency);
void describe_add_batch_sums(struct result *out, const struct batch_sums *sums, const char *currency);

#endif
