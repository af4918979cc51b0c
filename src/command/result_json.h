/* result_json: a typed result as JSON, as the command line and the server give it out. */
#ifndef RECKON_COMMAND_RESULT_JSON_H
#define RECKON_COMMAND_RESULT_JSON_H

#include "base/str.h"
#include "command/result.h"

/* err: of a command that failed and still has something to show, or NULL. */
int result_json(struct str *out, const char *command, const struct result *result, const struct error *err);

/* The rows alone: one object a line. */
int result_json_lines(struct str *out, const struct result *result);

/* {"error": {"code", "message", "hint"}} */
int result_json_error(struct str *out, const struct error *err);

#endif
