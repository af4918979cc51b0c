/* import_options: the options that say how a file is to be read, shared by import, guess and quarantine retry. */
#ifndef RECKON_COMMAND_IMPORT_OPTIONS_H
#define RECKON_COMMAND_IMPORT_OPTIONS_H

#include "command/command.h"
#include "ingest/import.h"
#include "ingest/spec.h"

/* Put these into a command's parameters. */
#define IMPORT_FORM_PARAMS                                                                                          \
    {"format", PT_CHOICE, 0, NULL, 0, 0, "csv|jsonl|sequence",                                                       \
     "what the file is; found from its content if not given"},                                                       \
    {"delimiter", PT_TEXT, 0, NULL, 0, 0, NULL,                                                                      \
     "what stands between fields: one character, or tab; found if not given"},                                       \
    {"encoding", PT_TEXT, 0, NULL, 0, 0, NULL,                                                                       \
     "how the text is written, such as ISO-8859-1 or windows-1252 (UTF-8)"},                                         \
    {"no-header", PT_FLAG, 0, NULL, 0, 0, NULL, "the first line is data; columns are named by number"},              \
    {"no-quotes", PT_FLAG, 0, NULL, 0, 0, NULL, "a double quote is an ordinary character"},                          \
    {"time-format", PT_TEXT, 0, NULL, 0, 0, NULL,                                                                    \
     "auto, seconds, milliseconds, or a pattern such as '%d/%m/%Y %H:%M'"},                                          \
    {"time-zone", PT_TEXT, 0, NULL, 0, 0, NULL, "offset of times that state none, such as +01:00 (UTC)"},            \
    {"decimal-comma", PT_FLAG, 0, NULL, 0, 0, NULL, "numbers are written 1.234,50"},                                 \
    {"whole-number", PT_TEXT, 0, NULL, 0, 0, NULL,                                                                   \
     "identifiers written as 17850.0 are 17850: a comma list of fields, such as user"}

#define IMPORT_MAP_PARAMS                                                                                            \
    {"preset", PT_TEXT, 0, NULL, 0, 0, NULL,                                                                         \
     "how a known data set is read: a name (`reckon import presets`) or a .toml file"},                              \
    {"map", PT_SETTING, PF_MANY, NULL, 0, 0, NULL,                                                                   \
     "field=column, by the column's name or number; repeat for each field"},                                         \
    {"kind", PT_TEXT, 0, NULL, 0, 0, NULL, "kind of the events that state none (view)"}

/* A spec from the preset and the options that were given; spec_free. */
int import_options_spec(const struct args *args, enum spec_entity entity, struct spec **out, struct error *err);

/* Lays the options that were given over a spec. */
int import_options_apply(const struct args *args, struct spec *spec, struct error *err);

/* Fills the table and the facts of an import's report. */
void import_options_report(const struct import_report *report, const struct spec *spec, struct result *out);

#endif
