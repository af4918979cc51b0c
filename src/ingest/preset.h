/* preset: specs for known data sets, by name.
 *
 * The texts are the files of samples/presets, compiled in, so that they are there wherever reckon runs.
 * A person's own preset is a file in the same form (spec.h), given by its path. */
#ifndef RECKON_INGEST_PRESET_H
#define RECKON_INGEST_PRESET_H

#include "ingest/spec.h"

struct preset {
    const char *name, *text;
};

extern const struct preset presets[]; /* ends with a NULL name */

/* Reads the preset of that name, or the file when the name has a '/' or ends in .toml, over the spec.
 * E_NOT_FOUND lists the names; E_BAD_DATA when it is for another entity or not well-formed. */
int preset_load(struct spec *spec, const char *name_or_path, struct error *err);

/* The text of a preset, or NULL. */
const char *preset_text(const char *name);

/* Its entity and description ("" when it has none). */
void preset_describe(const struct preset *self, char entity[16], char about[SPEC_CONDITION_MAX]);

#endif
